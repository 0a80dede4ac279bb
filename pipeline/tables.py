"""The output contract: each table's grain, key, foreign keys and Arrow schema, and its checks.

Column names, types, nullability and descriptions stand in the row classes of
``rows``; this module turns them into Arrow schemas and rows into record batches,
and refuses a batch that breaks the contract. pyarrow alone would let pass a null in
a column declared without nulls, and drop a column it does not know.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Union, get_args, get_origin

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import TableError
from pipeline.rows import (
    ActorRow,
    DateRow,
    DocumentRow,
    EventRow,
    Int64,
    MentionRow,
    ParticipantRow,
    QuoteRow,
    RejectRow,
    SentenceRow,
    StoryRow,
)
from pipeline.spans import Span

SCHEMA_VERSION = "1"

_PLAIN: dict[Any, pa.DataType] = {
    str: pa.string(),
    bool: pa.bool_(),
    int: pa.int32(),
    float: pa.float32(),
    date: pa.date32(),
    datetime: pa.timestamp("us", tz="UTC"),
    Span: pa.struct([pa.field("start", pa.int32(), nullable=False), pa.field("end", pa.int32(), nullable=False)]),
}


@dataclass(frozen=True)
class Column:
    """One column: its name, Arrow type, whether it may be null, its description, its enum if it has one."""

    name: str
    type: pa.DataType
    nullable: bool
    description: str
    enum: type[StrEnum] | None


@dataclass(frozen=True)
class Table:
    """One table: row class, key columns, and foreign keys as column → (table, column)."""

    name: str
    row: type
    key: tuple[str, ...]
    foreign: Mapping[str, tuple[str, str]]

    @property
    def grain(self) -> str:
        """What one row stands for."""
        return (self.row.__doc__ or "").strip()

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """The columns in their order."""
        hints = typing.get_type_hints(self.row, include_extras=True)
        return tuple(_column(f.name, hints[f.name]) for f in fields(self.row))

    @cached_property
    def schema(self) -> pa.Schema:
        """The Arrow schema; descriptions, key and schema version are in its metadata."""
        metadata = {
            "dateline.schema_version": SCHEMA_VERSION,
            "dateline.table": self.name,
            "dateline.description": self.grain,
            "dateline.key": ",".join(self.key),
            "dateline.foreign_keys": ",".join(f"{c}->{t}.{k}" for c, (t, k) in self.foreign.items()),
        }
        return pa.schema(
            [pa.field(c.name, c.type, c.nullable, {"description": c.description}) for c in self.columns], metadata
        )

    def batch(self, rows: Sequence[Any]) -> pa.RecordBatch:
        """A record batch of ``rows``, in their order. TableError if a value does not fit its column."""
        arrays = []
        for column in self.columns:
            values = [getattr(row, column.name) for row in rows]
            try:
                arrays.append(_array(column, values))
            except (pa.ArrowException, KeyError, TypeError, ValueError, OverflowError) as error:
                raise TableError(f"{self.name}.{column.name}: {error}") from error
        return pa.RecordBatch.from_arrays(arrays, schema=self.schema)


def _column(name: str, hint: Any) -> Column:
    kind, *notes = get_args(hint)
    description = next(n for n in notes if isinstance(n, str))
    nullable = get_origin(kind) in (Union, types.UnionType)
    if nullable:
        (kind,) = [k for k in get_args(kind) if k is not type(None)]
    listed = get_origin(kind) is tuple
    if listed:
        kind = get_args(kind)[0]
    enum = kind if isinstance(kind, type) and issubclass(kind, StrEnum) else None
    if enum is not None:
        arrow: pa.DataType = pa.dictionary(pa.int8(), pa.string())
    else:
        arrow = pa.int64() if Int64 in notes else _PLAIN[kind]
    if listed:
        arrow = pa.list_(pa.field("element", arrow, nullable=False))
    return Column(name, arrow, nullable, description, enum)


def _array(column: Column, values: list[Any]) -> pa.Array:
    if column.enum is not None:
        names = [member.value for member in column.enum]
        place = {name: i for i, name in enumerate(names)}
        codes = pa.array([None if v is None else place[v] for v in values], pa.int8())
        return pa.DictionaryArray.from_arrays(codes, pa.array(names, pa.string()))
    if pa.types.is_list(column.type) and pa.types.is_struct(column.type.value_type):
        values = [[{"start": s, "end": e} for s, e in v] for v in values]
    elif pa.types.is_list(column.type):
        values = [list(v) for v in values]
    return pa.array(values, column.type)


_OF_DOCUMENT = {"doc_id": ("documents", "doc_id")}
TABLES: tuple[Table, ...] = (
    Table("documents", DocumentRow, ("doc_id",), {}),
    Table("sentences", SentenceRow, ("doc_id", "sentence_id"), _OF_DOCUMENT),
    Table("dates", DateRow, ("date_id",), _OF_DOCUMENT),
    Table("actors", ActorRow, ("actor_id",), {}),
    Table("mentions", MentionRow, ("mention_id",), {**_OF_DOCUMENT, "actor_id": ("actors", "actor_id")}),
    Table(
        "events",
        EventRow,
        ("event_id",),
        {
            **_OF_DOCUMENT,
            "date_id": ("dates", "date_id"),
            "quote_id": ("quotes", "quote_id"),
            "same_as": ("events", "event_id"),
            "actors": ("actors", "actor_id"),
            "recipients": ("actors", "actor_id"),
        },
    ),
    Table(
        "participants",
        ParticipantRow,
        ("event_id", "role", "actor_id"),
        {
            **_OF_DOCUMENT,
            "event_id": ("events", "event_id"),
            "actor_id": ("actors", "actor_id"),
            "mention_id": ("mentions", "mention_id"),
        },
    ),
    Table(
        "quotes",
        QuoteRow,
        ("quote_id",),
        {**_OF_DOCUMENT, "speaker_id": ("actors", "actor_id"), "addressee_id": ("actors", "actor_id")},
    ),
    Table("stories", StoryRow, ("story_id",), {"representative_event_id": ("events", "event_id")}),
    Table("rejects", RejectRow, (), {}),
)
BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}
# the tables whose rows belong to one article each; the others span the corpus and are made by merging
OF_ARTICLES: dict[str, Table] = {table.name: table for table in TABLES if table.name not in ("actors", "stories")}
ARTICLE_ACTORS = "article_actors"  # what ``actors`` is merged from: each article's own, with its doc_id in front
ARTICLE_ACTORS_SCHEMA = pa.schema([pa.field("doc_id", pa.string(), False), *BY_NAME["actors"].schema])


def check(batches: Mapping[str, pa.RecordBatch], *, types: Iterable[str] | None = None) -> None:
    """Check batches of all tables that were made from the same articles.

    Actors may be given merged (``actors``) or by article (``article_actors``).

    Exact fields, nulls, enumerations, unique keys, foreign keys, offsets in order;
    ``types`` are the event types that the ontology knows. TableError at the first
    break, naming table, column and value.
    """
    keys: dict[tuple[str, str], set[Any]] = {}

    def values_of(table: str, column: str) -> set[Any]:
        if (table, column) not in keys:
            given = ARTICLE_ACTORS if table == "actors" and table not in batches else table
            keys[table, column] = set(batches[given].column(column).to_pylist()) if given in batches else set()
        return keys[table, column]

    for name, batch in batches.items():
        if name == ARTICLE_ACTORS:
            continue
        table = BY_NAME[name]
        if not batch.schema.equals(table.schema, check_metadata=False):
            raise TableError(f"{name}: fields differ from the declared schema: {batch.schema.names}")
        for column in table.columns:
            _check_column(name, column, batch.column(column.name))
        _check_offsets(name, batch)
        if table.key:
            found = list(zip(*(batch.column(k).to_pylist() for k in table.key), strict=True))
            if len(set(found)) != len(found):
                twice = next(key for key in found if found.count(key) > 1)
                raise TableError(f"{name}: key {twice} occurs twice")
        for column_name, (other, key) in table.foreign.items():
            array = batch.column(column_name)
            wanted = array.flatten() if pa.types.is_list(array.type) else array.drop_null()
            lost = set(wanted.to_pylist()) - values_of(other, key)
            if lost:
                raise TableError(f"{name}.{column_name}: {min(lost)!r} is not in {other}.{key}")
    if types is not None and "events" in batches:
        unknown = set(batches["events"].column("event_type").drop_null().to_pylist()) - set(types)
        if unknown:
            raise TableError(f"events.event_type: {min(unknown)!r} is not in the ontology")


def _check_column(table: str, column: Column, array: pa.Array) -> None:
    if not column.nullable and array.null_count:
        raise TableError(f"{table}.{column.name}: null in a column that has none")
    if pa.types.is_list(column.type) and array.flatten().null_count:
        raise TableError(f"{table}.{column.name}: null inside a list")
    if column.enum is not None:
        known = {member.value for member in column.enum}
        unknown = set(array.dictionary.to_pylist()) - known
        if unknown:
            raise TableError(f"{table}.{column.name}: {min(unknown)!r} is not one of {sorted(known)}")


def _check_offsets(table: str, batch: pa.RecordBatch) -> None:
    pairs: list[tuple[str, str, Callable[[pa.Array, pa.Array], pa.Array]]] = [
        ("start", "end", pc.less),
        ("trigger_start", "trigger_end", pc.less),
        ("cue_start", "cue_end", pc.less),
        ("speaker_start", "speaker_end", pc.less),
        ("date_start", "date_end", pc.less_equal),
    ]
    names = set(batch.schema.names)
    for low, high, ordered in pairs:
        if {low, high} <= names:
            first, second = batch.column(low), batch.column(high)
            if low != "date_start" and first.is_null().to_pylist() != second.is_null().to_pylist():
                raise TableError(f"{table}: {low} without {high}, or the other way round")
            if pc.all(ordered(first, second)).as_py() is False:
                raise TableError(f"{table}: {low} is after {high}")


def one(batches: Sequence[pa.RecordBatch], table: Table) -> pa.Table:
    """The batches of one table as an Arrow table, with the declared schema even if there are none."""
    return pa.Table.from_batches(batches, schema=table.schema)
