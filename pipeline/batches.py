"""Streams in portions: rows and tables by a number of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import pyarrow as pa

T = TypeVar("T")


def by_count(items: Iterable[T], count: int) -> Iterator[list[T]]:
    """Lists of ``count`` items in their order, the last of what is left; none that is empty."""
    rest = iter(items)
    while some := list(islice(rest, count)):
        yield some


def by_rows(tables: Iterable[pa.Table], count: int) -> Iterator[pa.Table]:
    """Tables of ``count`` rows in their order, the last of what is left; none that is empty.

    All must have one schema. No more is held than ``count`` rows and the table that fills them up.
    """
    waiting: list[pa.Table] = []
    size = 0
    for table in tables:
        waiting.append(table)
        size += table.num_rows
        if size >= count:
            whole = pa.concat_tables(waiting)
            start = 0
            while size - start >= count:
                yield whole.slice(start, count)
                start += count
            waiting, size = [whole.slice(start)], size - start
    if size:
        yield pa.concat_tables(waiting)


def in_one(table: pa.Table) -> pa.RecordBatch:
    """The rows of a table as one record batch."""
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=table.schema)
