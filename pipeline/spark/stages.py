"""What executors do: functions from record batches to record batches, for ``mapInArrow``.

Rules and model are loaded once in each Python worker, and kept from task to task.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.assemble import merge_actors
from pipeline.batch.folder import finished
from pipeline.batch.intake import Unit
from pipeline.batch.job import Job, load_rules, make_prints, make_tools
from pipeline.batch.merge import read_actor
from pipeline.batch.shard import rows_of
from pipeline.meter import Meter
from pipeline.process import Tools
from pipeline.read import read_source
from pipeline.records import Article, Reject
from pipeline.rules.load import Rules
from pipeline.spark.rows import (
    ACTORS,
    MADE,
    READ,
    WRITTEN,
    Batches,
    Function,
    batches,
    by_key,
    each,
    freeze,
    from_bytes,
    thaw,
    to_bytes,
)
from pipeline.tables import BY_NAME, Table

_ROWS_PER_GROUP = 20_000


@lru_cache(maxsize=1)
def _rules(frozen: bytes) -> Rules:
    return load_rules(thaw(frozen, Job))


@lru_cache(maxsize=1)
def _tools(frozen: bytes) -> Tools:
    job = thaw(frozen, Job)
    return make_tools(_rules(frozen), job.spacy_model, job.batch_size, job.run_id)


def reader(job: bytes) -> Function:
    """From units of sources to articles and rejects, each with its place in the canonical order."""

    def read(given: Batches) -> Batches:
        known = thaw(job, Job)
        return batches(_read(given, make_prints(known), known.read), READ, 64)

    return read


def _read(given: Batches, fingerprint: Callable[[str], Any], options: Any) -> Iterator[dict[str, Any]]:
    for row in each(given):
        order, unit = row["unit"], thaw(row["data"], Unit)
        for place, source in enumerate(unit.sources):
            for position, item in enumerate(read_source(source, options)):
                where = {"source_order": order + place, "position": position}
                if isinstance(item, Reject):
                    yield {"kind": "reject", **where, "data": freeze(item)}
                elif isinstance(item, Article):
                    exact, signature = fingerprint(item.text)
                    yield {
                        "kind": "article",
                        **where,
                        "doc_id": item.doc_id,
                        "source": item.source,
                        "record": item.record,
                        "content": bytes.fromhex(item.text_sha256),
                        "day": item.published_date.toordinal() if item.published_date else None,
                        "exact": exact,
                        "signature": signature,
                        "data": freeze(item),
                    }


def extractor(job: bytes) -> Function:
    """From articles under their ids, with what is to become of each, to rows of all tables."""

    def extract(given: Batches) -> Batches:
        tools, meter = _tools(job), Meter()
        for some in _by_count(each(given), thaw(job, Job).batch_size):
            articles = [
                replace(thaw(row["data"], Article), doc_id=row["claimed"], duplicate_of=row["copy_of"]) for row in some
            ]
            made = rows_of(articles, [row["task"] for row in some], tools, meter)
            yield from batches(
                (
                    {"table": name, "data": to_bytes(batch)}
                    for tables in made
                    for name, batch in tables.items()
                    if batch.num_rows
                ),
                MADE,
            )

    return extract


def _by_count(rows: Iterator[dict[str, Any]], count: int) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for row in rows:
        some.append(row)
        if len(some) == count:
            yield some
            some = []
    if some:
        yield some


def split_actors(given: Batches) -> Batches:
    """From articles' actors, many in one value, to one actor a row, to be sorted by id."""
    rows = (row for some in each(given) for row in from_bytes(some["data"]).drop_columns("doc_id").to_pylist())
    return batches(({"actor_id": row["actor_id"], "data": freeze(row)} for row in rows), ACTORS)


def writer(table: Table, folder: str) -> Function:
    """From rows of a table, many in one value, to a part of it: one a partition, with the table's own schema."""

    def write(given: Batches) -> Batches:
        rows = (from_bytes(row["data"]).cast(table.schema) for row in each(given))
        return write_part(table, folder, rows)

    return write


def actor_writer(folder: str) -> Function:
    """From single rows of actors sorted by id to merged ones, one part a partition."""
    table = BY_NAME["actors"]

    def merged(given: Batches) -> Iterator[pa.Table]:
        rows = (
            merge_actors([read_actor(thaw(row["data"], dict)) for row in group])
            for _, group in by_key(given, "actor_id")
        )
        while some := list(islice(rows, _ROWS_PER_GROUP)):
            yield pa.Table.from_batches([table.batch(some)])

    return lambda given: write_part(table, folder, merged(given))


def write_part(table: Table, folder: str, rows: Iterator[pa.Table]) -> Batches:
    """Write one part, if there are rows. A task that is done twice writes the same file twice; whole or not at all."""
    first = next(rows, None)
    if first is None:
        return
    path = Path(folder) / table.name / f"part-{_partition():06d}-spark.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    count = 0
    with finished(path) as temporary, pq.ParquetWriter(temporary, table.schema, compression="zstd") as out:
        for some in _in_groups(chain([first], rows)):
            out.write_table(some, row_group_size=_ROWS_PER_GROUP)
            count += some.num_rows
    yield pa.RecordBatch.from_pylist([{"table": table.name, "rows": count}], WRITTEN)


def _partition() -> int:
    from pyspark import TaskContext

    context = TaskContext.get()
    return context.partitionId() if context is not None else 0


def _in_groups(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    waiting: list[pa.Table] = []
    for table in tables:
        waiting.append(table)
        if sum(t.num_rows for t in waiting) >= _ROWS_PER_GROUP:
            yield pa.concat_tables(waiting)
            waiting = []
    if waiting:
        yield pa.concat_tables(waiting)
