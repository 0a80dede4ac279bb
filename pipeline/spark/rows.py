"""What Spark moves: plain columns to join and sort by, and whole rows as bytes beside them."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, TypeVar

import pyarrow as pa

from pipeline.errors import DatelineError

T = TypeVar("T")
Batches = Iterator[pa.RecordBatch]
Function = Callable[[Batches], Batches]
_ROWS = 1_000  # rows of a batch: they may be whole articles

UNITS = pa.schema([("unit", pa.int64()), ("data", pa.binary())])
READ = pa.schema(
    [
        *(("kind", pa.string()), ("source_order", pa.int64()), ("position", pa.int64())),
        *(("doc_id", pa.string()), ("source", pa.string()), ("record", pa.int64()), ("content", pa.binary())),
        *(("day", pa.int32()), ("exact", pa.binary()), ("signature", pa.binary()), ("data", pa.binary())),
    ]
)
MADE = pa.schema([("table", pa.string()), ("data", pa.binary())])
ACTORS = pa.schema([("actor_id", pa.string()), ("data", pa.binary())])
WRITTEN = pa.schema([("table", pa.string()), ("rows", pa.int64())])
WORDS = pa.schema([("articles", pa.int64()), ("counts", pa.binary())])
TELLINGS = pa.schema(
    [
        *(("event_id", pa.string()), ("doc_id", pa.string()), ("same_as", pa.string())),
        *(("keys", pa.list_(pa.int64())), ("data", pa.binary())),
    ]
)
LINKS = pa.schema(
    [
        *(("first", pa.string()), ("second", pa.string()), ("likely", pa.float64())),
        *(("one", pa.string()), ("other", pa.string())),  # articles that the link joins, if it is strong enough
    ]
)


def ddl(schema: pa.Schema) -> str:
    """A schema as Spark writes one."""
    names = {pa.string(): "string", pa.int64(): "bigint", pa.int32(): "int", pa.binary(): "binary"}
    names |= {pa.float64(): "double", pa.list_(pa.int64()): "array<bigint>"}
    return ", ".join(f"`{field.name}` {names[field.type]}" for field in schema)


def batches(rows: Iterable[dict[str, Any]], schema: pa.Schema, size: int = _ROWS) -> Batches:
    """Rows as record batches of bounded size."""
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == size:
            yield pa.RecordBatch.from_pylist(some, schema)
            some = []
    if some:
        yield pa.RecordBatch.from_pylist(some, schema)


def each(given: Batches) -> Iterator[dict[str, Any]]:
    """The rows of record batches."""
    for batch in given:
        yield from batch.to_pylist()


def by_key(given: Batches, name: str) -> Iterator[tuple[Any, Iterator[dict[str, Any]]]]:
    """Rows that stand together because they were sorted by a column."""
    yield from groupby(each(given), key=lambda row: row[name])


def to_bytes(batch: pa.RecordBatch) -> bytes:
    """A record batch as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def from_bytes(data: bytes) -> pa.Table:
    """The rows of ``to_bytes``."""
    return pa.ipc.open_stream(data).read_all()


def freeze(value: object) -> bytes:
    """A value of this package's own, for another process of the same job."""
    return pickle.dumps(value)


def thaw(data: bytes, kind: type[T]) -> T:
    """The value that this job froze."""
    value = pickle.loads(data)
    if not isinstance(value, kind):
        raise DatelineError(f"a {kind.__name__} was expected from another process, not a {type(value).__name__}")
    return value
