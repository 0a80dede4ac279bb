"""One run on Spark: read, number, extract, merge, join stories; a folder of tables as a local run writes it.

Inputs and output are paths that driver and executors all see. What names and copies of
articles are is decided by one pass of the driver over their fingerprints, in memory that
does not grow with them; everything else is dealt out.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pyspark
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from pipeline.batch.folder import RunFolder, write_json
from pipeline.batch.intake import make_units
from pipeline.batch.job import Job
from pipeline.batch.merge import count_rows, fill_empty, write_read_rejects
from pipeline.batch.options import RunOptions
from pipeline.batch.plan import TASK
from pipeline.batch.record import RunResult, closing, opening
from pipeline.duplicates import Entry, Fingerprint, find_copies
from pipeline.read import IdRegister
from pipeline.records import Reject
from pipeline.rules.load import Rules, load
from pipeline.run import prepared
from pipeline.spark.rows import ACTORS, MADE, READ, UNITS, WRITTEN, ddl, freeze, thaw
from pipeline.spark.stages import actor_writer, extractor, reader, split_actors, writer
from pipeline.spark.telling import write_stories
from pipeline.tables import ARTICLE_ACTORS, BY_NAME, OF_ARTICLES

_SHARD = 500  # articles a task: a lost executor costs no more than a few of them
_AT_ONCE = 10_000
_IDS = pa.schema(
    [
        *(("source_order", pa.int64()), ("position", pa.int64())),
        *((name, pa.string()) for name in ("claimed", "conflict", "copy_of", "task")),
    ]
)


def run_on_spark(spark: SparkSession, options: RunOptions) -> RunResult:
    """Do one run with the executors of a Spark session; rows are those of a local run of the same options.

    Python workers must be able to import this package, and see inputs and output under the
    same paths. ``workers``, ``time_limit`` and ``resume`` are Spark's own business and not
    looked at. Raises as ``run.run`` does; a task that fails four times ends the job, as
    Spark has it.
    """
    job, model, sources = prepared(options)
    rules = load(options.overlays, options.ontology)
    folder = RunFolder(options.output)
    folder.prepare(overwrite=options.overwrite, resume=False)
    with folder.locked():
        if options.overwrite:
            folder.clear()
        folder.make()
        record = opening(options, job, rules, model, sources) | {"spark": pyspark.__version__}
        write_json(folder.run_file, record, indent=2)
        return _Job(spark, options, job, rules, folder, record).do(sources)


class _Job:
    def __init__(
        self,
        spark: SparkSession,
        options: RunOptions,
        job: Job,
        rules: Rules,
        folder: RunFolder,
        record: dict[str, Any],
    ) -> None:
        self.spark = spark
        self.options = options
        self.job = job
        self.rules = rules
        self.folder = folder
        self.record = record
        self.frozen = freeze(job)
        self.root = str(folder.root.resolve())
        self.work = folder.work.resolve() / "spark"
        self.began = time.monotonic()

    def do(self, sources: list[Any]) -> RunResult:
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir()
        try:
            read = self.read(sources)
            ids = self.number(read)
            made = self.extract(read, ids)
            self.write(made)
            rejects = self.write_rejects(read, ids)
            fill_empty(self.folder)
            write_stories(self.spark, self.root, self.rules.stories, self.keep).collect()
            self._drop_filled()
        finally:
            shutil.rmtree(self.work, ignore_errors=True)
        counts = count_rows(self.folder)
        result = RunResult(
            output=self.options.output,
            counts=counts,
            rejects=rejects,
            notices={},
            seconds=time.monotonic() - self.began,
            cpu={},
            run_id=self.job.run_id,
            done=counts["documents"],
        )
        self.record |= closing(result, self.folder) | {"articles": counts["documents"]}
        write_json(self.folder.run_file, self.record, indent=2)
        return result

    def keep(self, frame: DataFrame, name: str) -> DataFrame:
        """Compute a frame once: write it down, and read it back."""
        path = str(self.work / name)
        frame.write.mode("overwrite").parquet(path)
        return self.spark.read.schema(frame.schema).parquet(path)

    def read(self, sources: list[Any]) -> DataFrame:
        """All that is in the inputs, each article and reject with its place."""
        order, rows = 0, []
        for unit in make_units(sources, self.job.read_key):
            rows.append((order, freeze(unit)))
            order += len(unit.sources)
        units = self.spark.createDataFrame(rows, ddl(UNITS)).repartition(min(len(rows), 10_000))
        return self.keep(units.mapInArrow(reader(self.frozen), ddl(READ)), "read")

    def number(self, read: DataFrame) -> DataFrame:
        """The id of every article, and which are copies: one pass of the driver, in the canonical order."""
        names = ("source_order", "position", "doc_id", "source", "record", "content", "day", "exact", "signature")
        articles = read.where("kind = 'article'").select(*names).orderBy("source_order", "position")
        claimed = self.work / "claimed.parquet"
        with (
            IdRegister(self.work) as register,
            pq.ParquetWriter(claimed, _IDS) as out,
            find_copies(_claims(articles, register, out), self.rules.duplicates, folder=self.work) as copies,
        ):
            task = TASK[self.options.duplicates]
            target = self.work / "ids"
            target.mkdir()
            out.close()
            with pq.ParquetFile(claimed) as file, pq.ParquetWriter(target / "ids.parquet", _IDS) as final:
                for batch in file.iter_batches(_AT_ONCE):
                    rows = batch.to_pylist()
                    known = copies.of({row["claimed"] for row in rows if not row["conflict"]})
                    for row in rows:
                        row["copy_of"] = None if row["conflict"] else known.get(row["claimed"])
                        row["task"] = task if row["copy_of"] else "extract"
                    final.write_table(pa.Table.from_pylist(rows, _IDS))
        return self.spark.read.parquet(str(target))

    def extract(self, read: DataFrame, ids: DataFrame) -> DataFrame:
        """Rows of all tables, made by the executors."""
        todo = read.where("kind = 'article'").select("source_order", "position", "data")
        todo = todo.join(ids.where("conflict is null"), ["source_order", "position"])
        tasks = max(self.spark.sparkContext.defaultParallelism, -(-ids.count() // _SHARD))
        todo = todo.repartition(tasks).select("claimed", "copy_of", "task", "data")
        return self.keep(todo.mapInArrow(extractor(self.frozen), ddl(MADE)), "made")

    def write(self, made: DataFrame) -> None:
        """The tables of articles, and actors merged by a shuffle."""
        for name in OF_ARTICLES:
            rows = made.where(sf.col("table") == name).select("data")
            rows.mapInArrow(writer(BY_NAME[name], self.root), ddl(WRITTEN)).collect()
        actors = made.where(sf.col("table") == ARTICLE_ACTORS).select("data").mapInArrow(split_actors, ddl(ACTORS))
        actors = actors.repartition("actor_id").sortWithinPartitions("actor_id")
        actors.mapInArrow(actor_writer(self.root), ddl(WRITTEN)).collect()

    def write_rejects(self, read: DataFrame, ids: DataFrame) -> dict[str, int]:
        """What reading rejected, and what its id was taken from; how many of all rejects of each kind."""
        in_reading = read.where("kind = 'reject'").orderBy("source_order", "position").select("data")
        clashing = read.join(ids.where("conflict is not null"), ["source_order", "position"])
        clashing = clashing.orderBy("source_order", "position").select("source", "record", "doc_id", "conflict")

        def rejects() -> Iterator[Reject]:
            told: set[Reject] = set()
            for row in in_reading.toLocalIterator():
                reject = thaw(bytes(row["data"]), Reject)
                if reject.record is None:
                    if reject in told:
                        continue  # what all pieces of a file say of it is said once
                    told.add(reject)
                yield reject
            for row in clashing.toLocalIterator():
                yield Reject(row["source"], row["record"], row["doc_id"], "read", "id-conflict", row["conflict"])

        counts = Counter(write_read_rejects(self.folder, rejects()))
        for path in (self.folder.root / "rejects").glob("*-spark.parquet"):
            counts.update(pq.read_table(path, columns=["error"]).column("error").to_pylist())
        return dict(counts)

    def _drop_filled(self) -> None:
        """Empty parts that were there for Spark to find a schema in go where others are."""
        for name in BY_NAME:
            parts = sorted((self.folder.root / name).glob("*.parquet"))
            for path in parts if len(parts) > 1 else ():
                if pq.read_metadata(path).num_rows == 0:
                    path.unlink()


def _claims(articles: DataFrame, register: IdRegister, out: pq.ParquetWriter) -> Iterator[Entry]:
    """Claim ids in order; write each claim down, and hand on what copies are found by."""
    waiting: list[dict[str, Any]] = []
    for row in articles.toLocalIterator():
        claim = register.claim(row["doc_id"], bytes(row["content"]), row["source"], row["record"])
        waiting.append(
            {
                "source_order": row["source_order"],
                "position": row["position"],
                "claimed": claim.doc_id,
                "conflict": claim.conflict or None,
                "copy_of": None,
                "task": None,
            }
        )
        if len(waiting) == _AT_ONCE:
            out.write_table(pa.Table.from_pylist(waiting, _IDS))
            waiting.clear()
        if not claim.conflict:
            day = None if row["day"] is None else date.fromordinal(row["day"])
            yield Entry(claim.doc_id, day, Fingerprint(bytes(row["exact"]), bytes(row["signature"])))
    out.write_table(pa.Table.from_pylist(waiting, _IDS))
