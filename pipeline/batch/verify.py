"""Is a run's folder what its manifests say? Every byte, row, field and key is looked at.

Memory holds one shard at a time; what must be unique in the whole corpus is put down in
a temporary file of SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.batch.folder import RunFolder, digest, read_json, write_json
from pipeline.batch.shard import SCHEMAS, Done, read_done, remove
from pipeline.errors import InputError, OutputError, TableError
from pipeline.tables import BY_NAME, TABLES, check

_MERGED = ("actors", "stories")


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

    InputError if the folder holds no run, OutputError if one is writing there now.
    """
    folder = RunFolder(root)
    if not folder.work.is_dir():
        raise InputError(f"{root}: no run that can be checked is here (it has no {folder.work.name})")
    if folder.in_use():
        raise OutputError(f"{root}: a run is writing there now; verify it when it has ended")
    record = read_json(folder.run_file)
    damages: list[Damage] = []
    if record is None:
        damages.append(Damage(folder.run_file, "the run's record is missing or cut short"))
    record = record or {}
    known: set[str] = set()
    parts = rows = 0
    base = sqlite3.connect("")  # a temporary file, gone when closed
    base.execute("create table documents(doc_id text primary key) without rowid")
    for path in sorted(folder.shards.glob("*.json")):
        done = read_done(path)
        if done is None:
            damages.append(Damage(path, "the manifest is cut short or not of this version", path.stem))
            continue
        known.add(done.name)
        parts += len(done.parts)
        rows += sum(part["rows"] for part in done.parts.values())
        damages.extend(_of_shard(folder, done, base))
    base.close()
    damages.extend(_of_folder(folder, known, record))
    parts += sum(1 for name in _MERGED for _ in (root / name).glob("*.parquet"))
    if record and not record.get("complete"):
        damages.append(Damage(folder.run_file, f"the run is not complete: {record.get('state', 'unfinished')}"))
    return Verified(root, parts, rows, tuple(damages), str(record.get("resume", "")))


def _of_shard(folder: RunFolder, done: Done, base: sqlite3.Connection) -> Iterator[Damage]:
    batches: dict[str, pa.RecordBatch] = {}
    for table, part in done.parts.items():
        path = folder.part(table, done.name)
        wrong = _of_part(path, table, part)
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


def _of_part(path: Path, table: str, part: object) -> str | pa.RecordBatch:
    """What is wrong with a part, or its rows."""
    assert isinstance(part, dict)
    try:
        if path.stat().st_size != part["bytes"]:
            return f"has {path.stat().st_size:,} bytes, its manifest says {part['bytes']:,}"
        if digest(path) != part["sha256"]:
            return "its bytes are not those that were written (SHA-256 differs)"
        rows = pq.read_table(path, partitioning=None)
    except FileNotFoundError:
        return "is missing"
    except (OSError, pa.ArrowException) as error:
        return f"can't be read: {str(error).splitlines()[0]}"
    if not rows.schema.equals(SCHEMAS[table]):
        return "its fields are not those of the table"
    if rows.num_rows != part["rows"]:
        return f"has {rows.num_rows:,} rows, its manifest says {part['rows']:,}"
    rows = rows.combine_chunks().cast(SCHEMAS[table])
    return rows.to_batches()[0] if rows.num_rows else pa.RecordBatch.from_pylist([], SCHEMAS[table])


def _of_folder(folder: RunFolder, known: set[str], record: dict[str, object]) -> Iterator[Damage]:
    counts: dict[str, int] = {}
    for table in TABLES:
        where = folder.root / table.name
        if not where.is_dir():
            yield Damage(where, "the table is missing")
            continue
        last = ""
        for path in sorted(where.glob("*.parquet")):
            if path.stem.count("-") == 2 and path.stem not in known and table.name not in _MERGED:
                yield Damage(path, "no manifest tells of it")
                continue
            try:
                with pq.ParquetFile(path) as file:
                    counts[table.name] = counts.get(table.name, 0) + file.metadata.num_rows
                    if not file.schema_arrow.equals(table.schema):
                        yield Damage(path, "its fields are not those of the table")
                    elif table.name in _MERGED:
                        for batch in file.iter_batches(columns=list(table.key)):
                            keys = [last, *batch.column(0).to_pylist()]
                            if any(a >= b for a, b in pairwise(keys)):
                                yield Damage(path, f"its {table.key[0]} are not in order, each once")
                                break
                            last = keys[-1]
            except (OSError, pa.ArrowException) as error:
                yield Damage(path, f"can't be read: {str(error).splitlines()[0]}")
    rows = record.get("rows")
    if isinstance(rows, dict):
        for name, count in counts.items():
            if record.get("complete") and rows.get(name) != count:
                yield Damage(folder.root / name, f"holds {count:,} rows, the run's record says {rows.get(name)}")


def repair(root: Path, found: Verified) -> int:
    """Set aside every shard and part that is damaged, so that ``--resume`` makes them again; how many shards.

    The run counts as not complete from then on. OutputError if another run holds the folder.
    """
    folder = RunFolder(root)
    with folder.locked():
        record = read_json(folder.run_file) or {}
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
