"""A nursery like any other, but that it dies when it is to load the model: each time, or once for each file named.

Started in the place of ``pipeline.batch.nursery_process`` by tests of what a run survives.
The environment's POISONED names a file; where that is missing it is made, and the nursery
dies. Where it is empty the nursery always does.
"""

import os
import signal
import sys
from pathlib import Path

from pipeline.batch.nursery_process import main
from pipeline.batch.workshop import Workshop

prepare = Workshop.prepare_extracting


def poisoned(workshop: Workshop) -> None:
    once = os.environ["POISONED"]
    if not once or not Path(once).exists():
        if once:
            Path(once).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    prepare(workshop)


if __name__ == "__main__":
    Workshop.prepare_extracting = poisoned  # type: ignore[method-assign]
    sys.exit(main())
