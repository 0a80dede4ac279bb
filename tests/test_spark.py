"""The same rows from a cluster: a run on Spark's local-cluster master, row by row beside a local one."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pipeline.batch.plan import Duplicates
from pipeline.batch.verify import verify
from pipeline.run import RunOptions, RunResult
from pipeline.tables import BY_NAME

from .broken import broken_files
from .test_batch import everything, write_articles

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

HOME = Path(__file__).resolve().parent.parent
Run = Callable[..., RunResult]


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator["SparkSession"]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PySpark says of pandas 3 that it does not know it; we give it Arrow
        import pyspark
        from pyspark.sql import SparkSession

        work = tmp_path_factory.mktemp("spark")
        os.environ |= {
            "SPARK_HOME": str(Path(pyspark.__file__).parent),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_WORKER_DIR": str(work / "worker"),
            "PYSPARK_PYTHON": sys.executable,
            "PYTHONPATH": str(HOME),
            "PYTHONWARNINGS": "ignore",
        }
        session = (
            SparkSession.builder.master("local-cluster[2,1,1024]")
            .config("spark.ui.enabled", "false")
            .config("spark.ui.showConsoleProgress", "false")
            .config("spark.sql.shuffle.partitions", "4")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.warehouse.dir", str(work / "warehouse"))
            .config("spark.driver.host", "127.0.0.1")
            .getOrCreate()
        )
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


def same(local: Path, cluster: Path) -> None:
    first, second = everything(local), everything(cluster)
    for name in BY_NAME:
        assert first[name] == second[name], name


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_tables_are_those_of_a_local_run(
    do: Run, tmp_path: Path, spark: Any, request: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.spark import run_on_spark

    long = request.config.getoption("--long")
    folder = write_articles(tmp_path / "in", range(200 if long else 30))
    retold = (HOME / "corpus" / "stories" / "articles-dev.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "retold.jsonl").write_text("".join(retold if long else retold[:12]), encoding="utf-8")
    for path in sorted((HOME / "corpus" / "articles").glob("*.txt"))[: 25 if long else 4]:
        shutil.copy(path, folder / f"x-{path.name}")
        shutil.copy(path, folder / f"y-{path.name}")
    (folder / "same.jsonl").write_text(
        '{"id": "a001", "text": "Police arrested a man in Aden on Friday."}\n'
        '{"id": "q", "text": "Police freed a man in Aden on Friday."}\n'
    )
    broken_files(folder, 200 if long else 20, seed=4)
    local = do(folder, duplicates=Duplicates.MARK)
    options = RunOptions(inputs=[folder], output=tmp_path / "cluster")
    monkeypatch.setattr("pipeline.batch.intake.unit_bytes", lambda total: 1 << 10)  # so that files are cut
    cluster = run_on_spark(spark, options)
    same(local.output, tmp_path / "cluster")
    assert (cluster.counts, cluster.rejects) == (local.counts, local.rejects)
    assert cluster.rejects["id-conflict"] == 1
    assert any(n > 1 for n in stories_told(tmp_path / "cluster"))
    assert not verify(tmp_path / "cluster").damages


def stories_told(folder: Path) -> list[int]:
    import pyarrow.parquet as pq

    told: list[int] = pq.read_table(folder / "stories").column("n_documents").to_pylist()
    return told
