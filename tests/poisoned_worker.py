"""A nursery like any other, but that some texts are too much for its workers: they die, hang, or lose their disk.

Started in the place of ``pipeline.batch.nursery_process`` by tests of what a run survives.
"""

import os
import signal
import sys
import time
from collections.abc import Sequence

from pipeline.batch import shard
from pipeline.batch.nursery_process import main
from pipeline.meter import Meter
from pipeline.process import Tools, process
from pipeline.records import Article


def poisoned(articles: Sequence[Article], tools: Tools, meter: Meter) -> object:
    for article in articles:
        if "KILLS" in article.text:
            os.kill(os.getpid(), signal.SIGKILL)
        if "HANGS" in article.text:
            time.sleep(1000)
        if "FILLS" in article.text:
            raise OSError(28, "No space left on device")
    return process(articles, tools, meter)


if __name__ == "__main__":
    shard.process = poisoned  # type: ignore[assignment]
    sys.exit(main())
