"""Event tables from a Spark cluster: ``spark-submit examples/spark_job.py INPUT… -o OUTPUT``.

Every executor needs a Python with ``dateline[spark]`` installed, which PYSPARK_PYTHON
names, and inputs and output under the paths that the driver knows. A Python worker
takes up to 1 GB: give executors that much a core beside the JVM
(``spark.executor.memoryOverhead``).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pyspark.sql import SparkSession

from pipeline.errors import DatelineError
from pipeline.read import ReadOptions, parse_map
from pipeline.run import RunOptions, parse_duplicates
from pipeline.spark import run_on_spark


def main() -> int:
    """Run the job; the exit code is 0, or 1 with one line that says why."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("inputs", nargs="+", help="files, folders and globs, as `dateline run` takes them")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder to make")
    parser.add_argument("--map", action="append", default=[], help="names of the records' fields, such as text=body")
    parser.add_argument("--models", type=Path, action="append", default=[], help="folder laid over our models/")
    parser.add_argument("--duplicates", default="mark", help="keep, mark (default) or skip")
    parser.add_argument("--overwrite", action="store_true", help="replace what an earlier run wrote there")
    given = parser.parse_args()
    spark = (
        SparkSession.builder.appName("dateline")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "512")  # a row may be a whole article
        .getOrCreate()
    )
    try:
        result = run_on_spark(
            spark,
            RunOptions(
                inputs=given.inputs,
                output=given.output,
                read=ReadOptions(fields=parse_map(given.map)),
                overlays=given.models,
                duplicates=parse_duplicates(given.duplicates),
                overwrite=given.overwrite,
            ),
        )
    except DatelineError as error:
        print(f"dateline: {error}", file=sys.stderr)
        return 1
    finally:
        spark.stop()
    print(", ".join(f"{count:,} {table}" for table, count in result.counts.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
