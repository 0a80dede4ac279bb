"""A finished run, read back: what evaluation and reports stand on.

Reading needs nothing of the house but the folder: each table is a folder of Parquet
parts, read in the order of the parts' names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq

from pipeline.errors import InputError

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A run's folder. Make one with ``open_dataset``, which checks that it is one."""

    folder: Path

    def parts(self, table: str) -> list[Path]:
        """Parquet parts of a table, by name; empty if the table has none. InputError if it is not there."""
        folder = self.folder / table
        if not folder.is_dir():
            raise InputError(f"{self.folder}: the table {table} is missing: not a run of this version, or cut short")
        return sorted(folder.glob("*.parquet"))

    def count(self, table: str) -> int:
        """Number of rows, from the parts' footers."""
        return sum(int(pq.read_metadata(part).num_rows) for part in self.parts(table))

    def rows(self, table: str, columns: Sequence[str] | None = None, **among: Collection[str]) -> list[Row]:
        """Rows as dictionaries, in stored order; only those whose columns have a value of those given.

        ``rows("dates", doc_id=["a"])`` are the dates of one document. InputError if a
        part can't be read or lacks a column.
        """
        return list(self.stream(table, columns, **among))

    def stream(self, table: str, columns: Sequence[str] | None = None, **among: Collection[str]) -> Iterator[Row]:
        """The same rows one by one; no more than a few batches of the table are held at once."""
        parts = self.parts(table)
        if not parts:
            return
        wanted: Any = None
        for column, values in among.items():
            test = pads.field(column).isin(pa.array([str(value) for value in values], pa.string()))
            wanted = test if wanted is None else wanted & test
        try:
            names = list(columns) if columns is not None else None
            for batch in pads.dataset(parts, format="parquet").to_batches(columns=names, filter=wanted):
                yield from batch.to_pylist()
        except (pa.ArrowException, OSError) as error:
            raise InputError(f"{self.folder}: the table {table} can't be read: {str(error).splitlines()[0]}") from error


def open_dataset(folder: Path) -> Dataset:
    """The run in ``folder``. InputError if there is none."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder (give the folder that `dateline run -o` wrote)")
    if not (folder / "documents").is_dir():
        raise InputError(f"{folder}: no documents table: not the folder of a run, or the run failed")
    return Dataset(folder)
