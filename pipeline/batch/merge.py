"""What spans the corpus, made from the parts of all shards: actors, the rejects of reading, tables without a row.

Memory does not grow with the corpus: actors are sorted and merged in runs on disk.
"""

from __future__ import annotations

import heapq
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.assemble import merge_actors, reject_row
from pipeline.batch.folder import FIRST_PART, RunFolder, digest, finished
from pipeline.records import ActorKind, ActorRow, Reject
from pipeline.tables import ARTICLE_ACTORS, BY_NAME, TABLES

_ACTORS = BY_NAME["actors"]
_REJECTS = BY_NAME["rejects"]
_IN_MEMORY = 100_000  # actors sorted at once
_FAN_IN = 64  # runs merged at once
_ROWS_AT_ONCE = 20_000
_ROWS_PER_PART = 1_000_000


def merge_all_actors(folder: RunFolder, shards: Iterable[str]) -> int:
    """Write ``actors``: one row an actor, by id, from the shards of these names. The number of actors."""
    work = folder.work / "merging"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    try:
        runs = list(_sorted_runs(folder, shards, work))
        level = 0
        while len(runs) > _FAN_IN:
            level += 1
            runs = [
                _write_run(work / f"{level}-{n:06d}.parquet", _merged(runs[n : n + _FAN_IN]))
                for n in range(0, len(runs), _FAN_IN)
            ]
        return _write_parts(folder, _merged(runs))
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sorted_runs(folder: RunFolder, shards: Iterable[str], work: Path) -> Iterator[Path]:
    held: dict[str, ActorRow] = {}
    number = 0
    for shard in shards:
        path = folder.part(ARTICLE_ACTORS, shard)
        if not path.exists():
            continue
        groups: dict[str, list[ActorRow]] = {}
        for row in _read(path):
            groups.setdefault(row.actor_id, []).append(row)
        for identity, rows in groups.items():
            known = held.get(identity)
            held[identity] = merge_actors([known, *rows] if known else rows)
        if len(held) >= _IN_MEMORY:
            yield _write_run(work / f"0-{number:06d}.parquet", _by_id(held))
            held, number = {}, number + 1
    yield _write_run(work / f"0-{number:06d}.parquet", _by_id(held))


def _by_id(held: dict[str, ActorRow]) -> Iterator[ActorRow]:
    return (held[identity] for identity in sorted(held))


def _merged(runs: Sequence[Path]) -> Iterator[ActorRow]:
    identity = attrgetter("actor_id")
    for _, rows in groupby(heapq.merge(*(_read(run) for run in runs), key=identity), key=identity):
        yield merge_actors(list(rows))


def _write_run(path: Path, rows: Iterable[ActorRow]) -> Path:
    with pq.ParquetWriter(path, _ACTORS.schema, compression="zstd") as out:
        for some in _by_count(rows, _ROWS_AT_ONCE):
            out.write_batch(_ACTORS.batch(some))
    return path


def _write_parts(folder: RunFolder, rows: Iterable[ActorRow]) -> int:
    target = folder.root / _ACTORS.name
    for old in target.glob("*.parquet"):
        old.unlink()
    count = part = 0
    batches = _by_count(rows, _ROWS_AT_ONCE)
    batch = next(batches, None)
    while batch is not None or not part:
        with (
            finished(target / f"part-{part:05d}.parquet") as path,
            pq.ParquetWriter(path, _ACTORS.schema, compression="zstd") as out,
        ):
            written = 0
            while batch is not None and written < _ROWS_PER_PART:
                out.write_batch(_ACTORS.batch(batch))
                written += len(batch)
                batch = next(batches, None)
        count, part = count + written, part + 1
    return count


def _by_count(rows: Iterable[ActorRow], count: int) -> Iterator[list[ActorRow]]:
    some: list[ActorRow] = []
    for row in rows:
        some.append(row)
        if len(some) == count:
            yield some
            some = []
    if some:
        yield some


def _read(path: Path) -> Iterator[ActorRow]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE // 10, columns=_ACTORS.schema.names):
            yield from map(read_actor, batch.to_pylist())


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
