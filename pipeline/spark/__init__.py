"""The same job on a Spark cluster: ``pip install dateline[spark]``, ``run_on_spark(session, options)``.

The rooms are those of a local run, and so are the rows. Spark does what crosses
articles: it deals them to executors, merges actors and joins stories by shuffles.
"""

from pipeline.spark.job import run_on_spark

__all__ = ["run_on_spark"]
