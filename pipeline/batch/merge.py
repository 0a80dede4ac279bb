"""What spans the corpus, made from the parts of all shards: actors, the rejects of reading, tables without a row.

Memory does not grow with the corpus: actors are sorted and merged in runs on disk.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.assemble import merge_actors, reject_row
from pipeline.batch.folder import FIRST_PART, RunFolder, digest, finished
from pipeline.batches import by_count, by_rows, in_one
from pipeline.records import ActorKind, Reject
from pipeline.rows import ActorRow
from pipeline.tables import ARTICLE_ACTORS, BY_NAME, TABLES

_ACTORS = BY_NAME["actors"]
_REJECTS = BY_NAME["rejects"]
_KINDS = {kind.value: kind for kind in ActorKind}
_IN_MEMORY = 100_000  # rows sorted at once
_FAN_IN = 64  # runs merged at once
_RUN_ROWS = 4_000  # of each of them in memory
_ROWS_AT_ONCE = 20_000
_READ_AT_ONCE = 2_000  # of those that are merged one by one
_ROWS_PER_PART = 1_000_000


def merge_all_actors(folder: RunFolder, shards: Iterable[str]) -> int:
    """Write ``actors``: one row an actor, by id, from the shards of these names. The number of actors."""
    work = folder.work / "merging"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        runs: list[Path] = []
        waiting, size = [_ACTORS.schema.empty_table()], 0
        for table in _tables(folder, shards):
            waiting.append(table)
            size += table.num_rows
            if size >= _IN_MEMORY:
                waiting, size = [rows := _united(waiting)], 0
                if rows.num_rows >= _IN_MEMORY // 2:
                    runs.append(_write_run(work / f"0-{len(runs):06d}.arrow", waiting))
                    waiting = []
                else:
                    size = rows.num_rows
        last = _united(waiting) if waiting else None
        if not runs:
            return _write_parts(folder, [last] if last is not None else [])
        if last is not None:
            runs.append(_write_run(work / f"0-{len(runs):06d}.arrow", [last]))
        level = 0
        while len(runs) > _FAN_IN:
            level += 1
            runs = [
                _write_run(work / f"{level}-{n:06d}.arrow", _merged(runs[n : n + _FAN_IN]))
                for n in range(0, len(runs), _FAN_IN)
            ]
        return _write_parts(folder, _merged(runs))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _tables(folder: RunFolder, shards: Iterable[str]) -> Iterator[pa.Table]:
    """What each shard has of each article's actors, some rows at a time."""
    for shard in shards:
        path = folder.part(ARTICLE_ACTORS, shard)
        if path.exists():
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(_ROWS_AT_ONCE, columns=_ACTORS.schema.names):
                    yield _plain(pa.Table.from_batches([batch]))


def _plain(rows: pa.Table) -> pa.Table:
    """Rows as the table ``actors`` has them: its schema, its order of kinds, and nothing for an empty string."""
    kinds = pa.array([kind.value for kind in ActorKind], pa.string())
    for place, name in enumerate(_ACTORS.schema.names):
        column = rows.column(name)
        if name == "kind":
            codes = pc.index_in(column.cast(pa.string()), kinds).cast(pa.int8())
            column = pa.chunked_array([pa.DictionaryArray.from_arrays(chunk, kinds) for chunk in codes.chunks])
        elif name in ("country", "wikidata_id"):
            column = pc.if_else(pc.equal(column, ""), pa.scalar(None, pa.string()), column)
        rows = rows.set_column(place, _ACTORS.schema.field(name), column)
    return rows.cast(_ACTORS.schema)


def _united(tables: Sequence[pa.Table]) -> pa.Table:
    """One row an actor, by id. Most have one row already: those stay as they are, for merging would not change them."""
    rows = _by_id(pa.concat_tables(tables))
    ids = rows.column("actor_id").combine_chunks()
    again = pc.equal(ids[1:], ids[:-1]).to_numpy(zero_copy_only=False)
    if not again.any():
        return rows
    several = np.concatenate([again, [False]]) | np.concatenate([[False], again])
    same = groupby(_read(rows.filter(pa.array(several))), key=attrgetter("actor_id"))
    merged = by_count((merge_actors(list(group)) for _, group in same), _ROWS_AT_ONCE)
    batches = [pa.Table.from_batches([_ACTORS.batch(some)]) for some in merged]
    return _by_id(pa.concat_tables([rows.filter(pa.array(~several)), *batches]))


def _by_id(rows: pa.Table) -> pa.Table:
    return rows.take(pc.sort_indices(rows.column("actor_id")))


def _read(rows: pa.Table) -> Iterator[ActorRow]:
    for batch in rows.to_batches(_READ_AT_ONCE):
        columns = (batch.column(name).to_pylist() for name in _ACTORS.schema.names)
        for actor_id, name, kind, country, sectors, aliases, item, documents, mentions in zip(*columns, strict=True):
            yield ActorRow(
                actor_id=actor_id,
                name=name,
                kind=_KINDS[kind],
                country=country,
                sectors=tuple(sectors),
                aliases=tuple(aliases),
                wikidata_id=item,
                n_documents=documents,
                n_mentions=mentions,
            )


def _merged(runs: Sequence[Path]) -> Iterator[pa.Table]:
    """Runs, each sorted by id, as one: all rows up to an id to which every run was read."""
    streams = [_read_run(run) for run in runs]
    heads = [(next(stream), stream) for stream in streams]
    while heads:
        bound = min(rows.column("actor_id")[-1].as_py() for rows, _ in heads)
        taken, left = [], []
        for rows, stream in heads:
            count = pc.sum(pc.less_equal(rows.column("actor_id"), bound)).as_py()
            taken.append(rows.slice(0, count))
            rest = rows.slice(count) if count < rows.num_rows else next(stream, None)
            if rest is not None:
                left.append((rest, stream))
        heads = left
        yield _united(taken)


def _write_run(path: Path, tables: Iterable[pa.Table]) -> Path:
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, _ACTORS.schema, options=options) as out:
        for rows in by_rows(tables, _RUN_ROWS):
            out.write_batch(in_one(rows))
    return path


def _read_run(path: Path) -> Iterator[pa.Table]:
    with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
        for number in range(file.num_record_batches):
            yield pa.Table.from_batches([file.get_batch(number)])


def _write_parts(folder: RunFolder, tables: Iterable[pa.Table]) -> int:
    target = folder.root / _ACTORS.name
    for old in target.glob("*.parquet"):
        old.unlink()
    count = part = 0
    batches = map(in_one, by_rows(tables, _ROWS_AT_ONCE))
    batch = next(batches, None)
    while batch is not None or not part:
        with (
            finished(target / f"part-{part:05d}.parquet") as path,
            pq.ParquetWriter(path, _ACTORS.schema, compression="zstd") as out,
        ):
            written = 0
            while batch is not None and written < _ROWS_PER_PART:
                out.write_batch(batch)
                written += batch.num_rows
                batch = next(batches, None)
        count, part = count + written, part + 1
    return count


def read_actor(row: Mapping[str, Any]) -> ActorRow:
    """A row of ``actors`` as Arrow gives it, as a record."""
    lists = {name: tuple(row[name]) for name in ("sectors", "aliases")}
    return ActorRow(**{**row, **lists, "kind": ActorKind(row["kind"])})


def write_read_rejects(folder: RunFolder, rejects: Iterable[Reject]) -> dict[str, int]:
    """Write what reading rejected to a part of its own; how many of each kind."""
    path = folder.root / _REJECTS.name / FIRST_PART
    counts: dict[str, int] = {}
    waiting: list[Reject] = []
    with finished(path) as temporary, pq.ParquetWriter(temporary, _REJECTS.schema, compression="zstd") as out:
        for reject in rejects:
            counts[reject.error] = counts.get(reject.error, 0) + 1
            waiting.append(reject)
            if len(waiting) == _ROWS_AT_ONCE:
                out.write_batch(_REJECTS.batch([reject_row(r) for r in waiting]))
                waiting.clear()
        out.write_batch(_REJECTS.batch([reject_row(r) for r in waiting]))
    return counts


def fill_empty(folder: RunFolder) -> None:
    """Give every table that has no part one without rows, so that its schema is there."""
    for table in TABLES:
        parts = sorted((folder.root / table.name).glob("*.parquet"))
        first = folder.root / table.name / FIRST_PART
        if not parts:
            with finished(first) as temporary:
                pq.write_table(table.schema.empty_table(), temporary, compression="zstd")


def drop_empty(folder: RunFolder) -> None:
    """Remove what ``fill_empty`` and the merges made, before shards are done anew."""
    for table in TABLES:
        for path in (folder.root / table.name).glob("part-?????.parquet"):
            path.unlink()


def count_rows(folder: RunFolder) -> dict[str, int]:
    """Rows of each table, from the parts' footers."""
    return {
        table.name: sum(int(pq.read_metadata(path).num_rows) for path in (folder.root / table.name).glob("*.parquet"))
        for table in TABLES
    }


def describe_merged(folder: RunFolder) -> dict[str, dict[str, Any]]:
    """Rows, bytes and hash of every part that no shard's manifest tells of, by its path in the folder."""
    shards = {path.stem for path in folder.shards.glob("*.json")}
    return {
        f"{table.name}/{path.name}": {
            "rows": int(pq.read_metadata(path).num_rows),
            "bytes": path.stat().st_size,
            "sha256": digest(path),
        }
        for table in TABLES
        for path in sorted((folder.root / table.name).glob("*.parquet"))
        if path.stem not in shards
    }
