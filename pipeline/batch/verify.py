"""Is a run's folder what its manifests say? Every byte, row, field and key is looked at.

Memory holds one shard at a time; what must be unique in the whole corpus is put down in
a temporary file of SQLite.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.batch.folder import RunFolder, digest, read_record, write_json
from pipeline.batch.shard import SCHEMAS, Done, read_done, remove, replaced
from pipeline.errors import InputError, OutputError, TableError
from pipeline.tables import BY_NAME, TABLES, check


@dataclass(frozen=True, slots=True)
class Damage:
    """Something that is not as it should be: the file, what is wrong, and the shard to be done again, if one is."""

    path: Path
    what: str
    shard: str | None = None


@dataclass(frozen=True, slots=True)
class Verified:
    """What ``verify`` looked at, and what was wrong."""

    folder: Path
    parts: int
    rows: int
    damages: tuple[Damage, ...]
    resume: str

    def lines(self) -> Iterator[str]:
        """What to tell a person, a line each."""
        for damage in self.damages:
            yield f"{damage.path}: {damage.what}"
        if not self.damages:
            yield f"{self.folder}: whole ({self.parts:,} parts, {self.rows:,} rows)"
            return
        count = f"{len(self.damages):,} thing{'s are' if len(self.damages) > 1 else ' is'} wrong"
        yield f"{self.folder}: {count} in {self.parts:,} parts"
        yield f"  set aside what is damaged: dateline verify {self.folder} --repair"
        yield f"  then have it made again:   {self.resume or 'the command of the run, with --resume'}"


def verify(root: Path) -> Verified:
    """Check every part of a run against its manifest, and the tables against their contract.

    InputError if the folder holds no run, OutputError if one is writing there now, or if
    what must be unique can't be put down in the system's folder of temporary files.
    """
    try:
        return _verify(root)
    except sqlite3.OperationalError as error:
        raise OutputError(f"no temporary file can be written ({error}): set TMPDIR to a folder with room") from error


def _verify(root: Path) -> Verified:
    folder = RunFolder(root)
    if not folder.work.is_dir():
        raise InputError(f"{root}: no run that can be checked is here (it has no {folder.work.name})")
    if folder.in_use():
        raise OutputError(f"{root}: a run is writing there now; verify it when it has ended")
    record = read_record(folder)
    damages: list[Damage] = []
    if record is None:
        damages.append(Damage(folder.run_file, "the run's record is missing, cut short or not one"))
    record = record or {}
    known: set[str] = set()
    counts: Counter[str] = Counter()
    parts = 0
    gone = replaced(folder)
    base = sqlite3.connect("")  # a temporary file, gone when closed
    base.execute("create table documents(doc_id text primary key) without rowid")
    for path in sorted(folder.shards.glob("*.json")):
        done = read_done(path)
        if done is None:
            damages.append(Damage(path, "the manifest is cut short or not of this version", path.stem))
            continue
        known.add(done.name)
        if done.name in gone:  # a run that was killed left it, and the next takes it away
            continue
        parts += len(done.parts)
        counts.update({table: part["rows"] for table, part in done.parts.items()})
        damages.extend(_of_shard(folder, done, base))
    base.close()
    damages.extend(_of_folder(folder, known, counts, record))
    parts += len(record.get("merged", {}))
    if record and not record.get("complete"):
        damages.append(Damage(folder.run_file, f"the run is not complete: {record.get('state', 'unfinished')}"))
    return Verified(
        root, parts, sum(counts[table.name] for table in TABLES), tuple(damages), str(record.get("resume", ""))
    )


def _of_shard(folder: RunFolder, done: Done, base: sqlite3.Connection) -> Iterator[Damage]:
    batches: dict[str, pa.RecordBatch] = {}
    for table, part in done.parts.items():
        path = folder.part(table, done.name)
        wrong = _of_part(path, part, SCHEMAS[table])
        if isinstance(wrong, str):
            yield Damage(path, wrong, done.name)
            return
        batches[table] = wrong
    for table, schema in SCHEMAS.items():
        batches.setdefault(table, pa.RecordBatch.from_pylist([], schema))
    try:
        check(batches)
    except TableError as error:
        yield Damage(folder.shards / f"{done.name}.json", f"its rows break the contract: {error}", done.name)
    found = set(batches["documents"].column("doc_id").to_pylist()) | set(
        batches["rejects"].column("doc_id").to_pylist()
    )
    if lost := set(done.items.values()) - found:
        yield Damage(folder.shards / f"{done.name}.json", f"article {min(lost)!r} has no row", done.name)
    for doc_id in done.items.values():
        try:
            base.execute("insert into documents values (?)", (doc_id,))
        except sqlite3.IntegrityError:
            yield Damage(folder.shards / f"{done.name}.json", f"article {doc_id!r} is in two shards", done.name)


def _of_part(path: Path, part: Mapping[str, Any], schema: pa.Schema) -> str | pa.RecordBatch:
    """What is wrong with a part, or its rows."""
    try:
        if path.stat().st_size != part["bytes"]:
            return f"has {path.stat().st_size:,} bytes; {part['bytes']:,} were written"
        if digest(path) != part["sha256"]:
            return "its bytes are not those that were written (SHA-256 differs)"
        rows = pq.read_table(path, partitioning=None)
    except FileNotFoundError:
        return "is missing"
    except (OSError, pa.ArrowException) as error:
        return f"can't be read: {str(error).splitlines()[0]}"
    if not rows.schema.equals(schema):
        return "its fields are not those of the table"
    if rows.num_rows != part["rows"]:
        return f"has {rows.num_rows:,} rows; {part['rows']:,} were written"
    rows = rows.combine_chunks().cast(schema)
    return rows.to_batches()[0] if rows.num_rows else pa.RecordBatch.from_pylist([], schema)


def _of_folder(folder: RunFolder, known: set[str], counts: Counter[str], record: dict[str, Any]) -> Iterator[Damage]:
    """What the run's record tells of the tables as wholes, and of the parts made by merging."""
    merged: dict[str, Any] = record.get("merged", {})
    for table in TABLES:
        where = folder.root / table.name
        if not where.is_dir():
            yield Damage(where, "the table is missing")
            continue
        for path in sorted(where.glob("*.parquet")):
            told = merged.get(f"{table.name}/{path.name}")
            if path.stem in known:
                continue
            if told is None:
                yield Damage(path, "no manifest tells of it")
                continue
            wrong = _of_part(path, told, table.schema)
            if isinstance(wrong, str):
                yield Damage(path, wrong)
                continue
            counts[table.name] += wrong.num_rows
            keys = list(zip(*(wrong.column(key).to_pylist() for key in table.key), strict=True)) if table.key else []
            if len(set(keys)) < len(keys):
                yield Damage(path, f"its {', '.join(table.key)} are not each there once")
        for name in merged:
            if name.startswith(f"{table.name}/") and not (folder.root / name).exists():
                yield Damage(folder.root / name, "is missing")
        if record.get("complete") and record["rows"].get(table.name) != counts[table.name]:
            yield Damage(
                where, f"holds {counts[table.name]:,} rows, the run's record says {record['rows'].get(table.name)}"
            )


def repair(root: Path, found: Verified) -> int:
    """Set aside every shard and part that is damaged, so that ``--resume`` makes them again; how many shards.

    The run counts as not complete from then on. OutputError if another run holds the folder.
    """
    folder = RunFolder(root)
    with folder.locked():
        record = read_record(folder) or {}
        write_json(folder.run_file, {**record, "complete": False, "state": "repaired"}, indent=2)
        shards = {damage.shard for damage in found.damages if damage.shard}
        for name in shards:
            done = read_done(folder.shards / f"{name}.json")
            if done is not None:
                remove(folder, done)
            (folder.shards / f"{name}.json").unlink(missing_ok=True)
            for table in SCHEMAS:
                folder.part(table, name).unlink(missing_ok=True)
        for damage in found.damages:
            if damage.shard is None and damage.path.suffix == ".parquet" and damage.path.parent.name in BY_NAME:
                damage.path.unlink(missing_ok=True)
        return len(shards)
