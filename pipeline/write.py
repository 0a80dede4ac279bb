"""Record batches to a dataset folder: part files, the actors' merge, the run's own record.

A part is one file in each table's folder, made from the same articles. Files are
written under a temporary name and renamed, so that a file that is there is whole.
"""

from __future__ import annotations

import heapq
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.assemble import merge_actors
from pipeline.errors import OutputError
from pipeline.records import ActorKind, ActorRow
from pipeline.tables import BY_NAME, TABLES, one

RUN_FILE = "_run.json"
_UNMERGED = "_unmerged_actors"
_ACTORS = BY_NAME["actors"]
_ROWS_AT_ONCE = 20_000


def prepare_folder(folder: Path, *, overwrite: bool) -> None:
    """Make the dataset's folder. OutputError if it can't be made, or holds anything and ``overwrite`` is not set.

    Of a folder that a run made (it holds ``_run.json``) the tables are cleared, and nothing
    else that may lie there.
    """
    try:
        if folder.exists():
            if not folder.is_dir():
                raise OutputError(f"{folder} is a file: name a folder for -o")
            if any(folder.iterdir()):
                if not overwrite:
                    raise OutputError(f"{folder} exists already: name another with -o, or pass --overwrite")
                if not (folder / RUN_FILE).is_file():
                    raise OutputError(f"{folder} was not made by a run (it has no {RUN_FILE}): it is not overwritten")
                for name in (*BY_NAME, _UNMERGED):
                    shutil.rmtree(folder / name, ignore_errors=True)
                (folder / RUN_FILE).unlink()
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder} can't be written: {error.strerror or error}") from error


class DatasetWriter:
    """Writes the tables of a run, part by part.

    Batches are kept until they hold ``rows_per_part`` articles or ``bytes_per_part``
    bytes, then written as one part; so memory does not grow with the corpus. The
    actors of each part go to a folder of their own, and ``close`` merges them.
    """

    def __init__(self, folder: Path, *, rows_per_part: int = 1000, bytes_per_part: int = 64 << 20) -> None:
        self._folder = folder
        self._rows_per_part = rows_per_part
        self._bytes_per_part = bytes_per_part
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._bytes = 0
        self._part = 0
        self.counts: dict[str, int] = dict.fromkeys(BY_NAME, 0)

    def add(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Take checked batches made from the same articles."""
        for name, batch in batches.items():
            if batch.num_rows:
                self._waiting.setdefault(name, []).append(batch)
                self._bytes += batch.nbytes
                if name != "actors":
                    self.counts[name] += batch.num_rows
        articles = sum(b.num_rows for b in self._waiting.get("documents", ()))
        if articles >= self._rows_per_part or self._bytes >= self._bytes_per_part:
            self._flush()

    def close(self) -> None:
        """Write what is waiting, give every table a file, and merge the actors."""
        if any(self._waiting.values()) or not self._part:
            self._flush()
        self._merge_actors()
        shutil.rmtree(self._folder / _UNMERGED, ignore_errors=True)

    def _flush(self) -> None:
        for table in TABLES:
            rows = one(self._waiting.get(table.name, []), table)
            if table is _ACTORS:
                rows = rows.sort_by("actor_id")
                self._write(rows, _UNMERGED)
            elif rows.num_rows or not self._part:
                self._write(rows, table.name)
        self._waiting.clear()
        self._bytes = 0
        self._part += 1

    def _write(self, rows: pa.Table, folder: str) -> None:
        path = self._folder / folder / f"part-{self._part:05d}.parquet"
        path.parent.mkdir(exist_ok=True)
        with _finished(path) as temporary:
            pq.write_table(rows, temporary, compression="zstd", row_group_size=_ROWS_AT_ONCE)

    def _merge_actors(self) -> None:
        """One row an actor from the sorted parts, in memory that does not grow with their number of rows."""
        streams = [_read_actors(path) for path in sorted((self._folder / _UNMERGED).glob("*.parquet"))]
        merged = (
            merge_actors(list(rows))
            for _, rows in groupby(heapq.merge(*streams, key=attrgetter("actor_id")), key=attrgetter("actor_id"))
        )
        path = self._folder / _ACTORS.name / "part-00000.parquet"
        path.parent.mkdir(exist_ok=True)
        with _finished(path) as temporary, pq.ParquetWriter(temporary, _ACTORS.schema, compression="zstd") as out:
            rows: list[ActorRow] = []
            for row in merged:
                rows.append(row)
                self.counts["actors"] += 1
                if len(rows) == _ROWS_AT_ONCE:
                    out.write_batch(_ACTORS.batch(rows))
                    rows.clear()
            out.write_batch(_ACTORS.batch(rows))


class _finished:
    """Gives a temporary path; renames it to the real one if the block ends well."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.writing")

    def __enter__(self) -> Path:
        return self._temporary

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            os.replace(self._temporary, self._path)
        else:
            self._temporary.unlink(missing_ok=True)


def _read_actors(path: Path) -> Iterator[ActorRow]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE // 10):
            for row in batch.to_pylist():
                yield ActorRow(
                    **{
                        **row,
                        "kind": ActorKind(row["kind"]),
                        "sectors": tuple(row["sectors"]),
                        "aliases": tuple(row["aliases"]),
                    }
                )


def write_run_file(folder: Path, record: Mapping[str, Any]) -> None:
    """Write ``_run.json``: what was run on what, and what came of it."""
    with _finished(folder / RUN_FILE) as temporary:
        temporary.write_text(json.dumps(record, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
