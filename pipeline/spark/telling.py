"""Stories on Spark: tellings, the blocks they share by one shuffle, groups by another.

Each step is the function of ``pipeline.stories`` that a local run takes too; what is
ours here is only who stands beside whom.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from pipeline.rows import StoryRow
from pipeline.rules.stories import StoryRules
from pipeline.spark.rows import LINKS, TELLINGS, WORDS, WRITTEN, Batches, Function, batches, by_key, ddl, each
from pipeline.spark.stages import write_part
from pipeline.stories import Rarity, Teller, article_terms, pack, pairs, stories, unpack
from pipeline.stories.build import LEVELS
from pipeline.stories.match import joins_articles, pairs_beside
from pipeline.stories.telling import DOCUMENT_COLUMNS, EVENT_COLUMNS
from pipeline.tables import BY_NAME

Keep = Callable[[DataFrame, str], DataFrame]
_STORIES = BY_NAME["stories"]
_AT_ONCE = 20_000
_SIDES = ("one", "other")


def write_stories(spark: SparkSession, folder: str, rules: StoryRules, keep: Keep) -> DataFrame:
    """Write ``stories`` of the tables in ``folder``; how many rows each part has.

    ``keep`` writes what was computed so far to disk under a name, and reads it back.
    """
    documents = spark.read.parquet(f"{folder}/documents").select(*DOCUMENT_COLUMNS)
    events = spark.read.parquet(f"{folder}/events").select(*EVENT_COLUMNS)
    actors = spark.read.parquet(f"{folder}/actors").select("actor_id", "kind", "country", "sectors")
    rarity = spark.sparkContext.broadcast(_rarity(documents, rules))

    taking_part = events.select("doc_id", sf.explode(sf.array_union("actors", "recipients")).alias("actor_id"))
    cast = taking_part.distinct().join(actors, "actor_id").groupBy("doc_id")
    by_article = events.groupBy("doc_id").agg(sf.collect_list(sf.struct(*EVENT_COLUMNS)).alias("events"))
    articles = documents.join(by_article, "doc_id").join(
        cast.agg(sf.collect_list(sf.struct("actor_id", "kind", "country", "sectors")).alias("cast")), "doc_id", "left"
    )
    tellings = keep(articles.mapInArrow(_teller(rules, rarity.value), ddl(TELLINGS)), "tellings")

    blocks = tellings.select(sf.explode("keys").alias("key"), "data")
    blocks = blocks.repartition("key").sortWithinPartitions("key")
    near = keep(blocks.mapInArrow(_linker(rules), ddl(LINKS)), "near")
    of_article = tellings.groupBy("doc_id").agg(sf.collect_list("data").alias("tellings"))
    one, other = (of_article.select(sf.col("doc_id").alias(n), sf.col("tellings").alias(f"of_{n}")) for n in _SIDES)
    joined = near.where("one is not null").select(*_SIDES).distinct().join(one, "one").join(other, "other")
    beside = joined.mapInArrow(_article_linker(rules), ddl(LINKS))
    again = tellings.where("same_as <> ''").select(sf.col("same_as").alias("first"), sf.col("event_id").alias("second"))
    again = again.join(tellings.select(sf.col("event_id").alias("first")), "first").withColumn("likely", sf.lit(1.0))
    columns = ("first", "second", "likely")
    links = keep(near.select(*columns).union(beside.select(*columns)).union(again.select(*columns)), "links")

    roots = _groups(links, rules, keep)
    members = tellings.join(roots, "event_id", "left").select(sf.coalesce("root", "event_id").alias("root"), "data")
    ends = [roots.select(sf.col("event_id").alias(end), sf.col("root").alias(f"root_{end}")) for end in columns[:2]]
    inside = links.join(ends[0], "first").join(ends[1], "second").where("root_first = root_second")
    inside = inside.select(sf.col("root_first").alias("root"), *columns)
    grouped = members.unionByName(inside, allowMissingColumns=True)
    grouped = grouped.repartition("root").sortWithinPartitions("root")
    return grouped.mapInArrow(_story_writer(rules, folder), ddl(WRITTEN))


def _rarity(documents: DataFrame, rules: StoryRules) -> bytes:
    def count(given: Batches) -> Batches:
        rarity = Rarity()
        for row in each(given):
            rarity.add(article_terms(row["title"], row["text"], rules))
        yield from batches([{"articles": rarity.articles, "counts": zlib.compress(rarity.counts.tobytes())}], WORDS)

    whole = Rarity()
    firsts = documents.where("duplicate_of is null").mapInArrow(count, ddl(WORDS))
    for row in firsts.toLocalIterator():
        whole.merge(_read_rarity(row["articles"], bytes(row["counts"])))
    return whole.articles.to_bytes(8, "little") + zlib.compress(whole.counts.tobytes())


def _read_rarity(articles: int, counts: bytes) -> Rarity:
    rarity = Rarity()
    rarity.articles = articles
    rarity.counts = np.frombuffer(zlib.decompress(counts), np.uint32).copy()
    return rarity


def _teller(rules: StoryRules, rarity: bytes) -> Function:
    def tell(given: Batches) -> Batches:
        teller = Teller(rules, _read_rarity(int.from_bytes(rarity[:8], "little"), rarity[8:]))
        return batches(_tell(teller, given), TELLINGS)

    return tell


def _tell(teller: Teller, given: Batches) -> Iterator[dict[str, Any]]:
    for row in each(given):
        cast = {a["actor_id"]: (a["kind"], a["country"] or "", tuple(a["sectors"])) for a in row["cast"] or ()}
        for telling in teller.tellings(row, row["events"], cast):
            yield {
                "event_id": telling.event_id,
                "doc_id": telling.doc_id,
                "same_as": telling.same_as,
                "keys": list(telling.keys),
                "data": pack(telling),
            }


def _linker(rules: StoryRules) -> Function:
    def found(given: Batches) -> Iterator[dict[str, Any]]:
        for key, rows in by_key(given, "key"):
            tellings = {telling.event_id: telling for telling in (unpack(row["data"]) for row in rows)}
            for first, second, likely in pairs(list(tellings.values()), key, rules):
                a, b = tellings[first], tellings[second]
                one, other = sorted((a.doc_id, b.doc_id)) if joins_articles(a, b, likely, rules) else (None, None)
                yield {"first": first, "second": second, "likely": likely, "one": one, "other": other}

    return lambda given: batches(found(given), LINKS)


def _article_linker(rules: StoryRules) -> Function:
    def found(given: Batches) -> Iterator[dict[str, Any]]:
        for row in each(given):
            one, other = ([unpack(data) for data in row[f"of_{name}"]] for name in _SIDES)
            for first, second, likely in pairs_beside(one, other, rules):
                yield {"first": first, "second": second, "likely": likely}

    return lambda given: batches(found(given), LINKS)


def _story_writer(rules: StoryRules, folder: str) -> Function:
    def found(given: Batches) -> Iterator[StoryRow]:
        for _, group in by_key(given, "root"):
            tellings, links = [], []
            for row in group:
                if row["data"] is not None:
                    tellings.append(unpack(row["data"]))
                else:
                    first, second = sorted((row["first"], row["second"]))
                    links.append((first, second, row["likely"]))
            if len(tellings) > rules.largest:
                tellings.sort(key=lambda t: (t.day, t.event_id))
            for start in range(0, len(tellings), rules.largest):
                some = tellings[start : start + rules.largest]
                names = {telling.event_id for telling in some}
                yield from stories(some, [link for link in links if {*link[:2]} <= names], rules)

    return lambda given: write_part(_STORIES, folder, _tables(found(given)))


def _tables(rows: Iterator[StoryRow]) -> Iterator[pa.Table]:
    while some := list(islice(rows, _AT_ONCE)):
        yield pa.Table.from_batches([_STORIES.batch(some)])


def _groups(links: DataFrame, rules: StoryRules, keep: Keep) -> DataFrame:
    """The group of each linked telling: (event_id, root). One that is too large is made of closer links alone."""
    roots = _components(links.where(sf.col("likely") >= rules.least), keep, "all")
    for level in LEVELS:
        sizes = roots.groupBy("root").count()
        if sizes.where(sf.col("count") > rules.largest).isEmpty():
            return roots
        size_of = roots.join(sizes, "root").select(sf.col("event_id").alias("first"), "count")
        least = sf.when(sf.col("count") <= rules.largest, rules.least).otherwise(level)
        closer = links.join(size_of, "first").where(sf.col("likely") >= least)
        roots = _components(closer.select("first", "second"), keep, f"level-{level}")
    return roots


def _components(links: DataFrame, keep: Keep, name: str) -> DataFrame:
    """Connected components: each end of a link, and the smallest id it can reach; by passing on the smallest known."""
    ends = links.select("first", "second").union(
        links.select(sf.col("second").alias("first"), sf.col("first").alias("second"))
    )
    ends = keep(ends.distinct(), f"ends-{name}")
    labels = ends.groupBy(sf.col("first").alias("event_id")).agg(sf.min("second").alias("root"))
    labels = keep(labels.withColumn("root", sf.least("root", "event_id")), f"labels-{name}-0")
    step = 0
    while True:
        step += 1
        told = (
            ends.join(labels, sf.col("second") == sf.col("event_id")).groupBy("first").agg(sf.min("root").alias("told"))
        )
        above = labels.select(sf.col("event_id").alias("root"), sf.col("root").alias("above"))
        better = (
            labels.join(told, sf.col("event_id") == sf.col("first"))
            .join(above, "root")
            .select("event_id", sf.col("root").alias("before"), sf.least("root", "told", "above").alias("root"))
        )
        kept = keep(better, f"labels-{name}-{step}")
        labels = kept.select("event_id", "root")
        if kept.where("root <> before").isEmpty():
            return labels
