"""A worker: tasks come in as lines of JSON on standard input, and so do its answers go out."""

from __future__ import annotations

import json
import os
import queue
import threading
from typing import Any, TextIO

from pipeline.batch.folder import RunFolder, is_of_disk
from pipeline.batch.tasks import Kind, Task
from pipeline.batch.workshop import Workshop
from pipeline.errors import DatelineError


def work(workshop: Workshop, folder: RunFolder, answers: TextIO) -> None:
    """Do the tasks of a run that come in; the process ends with them."""

    def tell(**said: Any) -> None:
        answers.write(json.dumps(said) + "\n")
        answers.flush()

    waiting: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(waiting,), daemon=True).start()
    while True:
        given = waiting.get()
        try:
            tell(done=workshop.do(Task(Kind(given["kind"]), given["name"]), folder, tell))
        except BrokenPipeError:
            raise
        except DatelineError as error:
            tell(fatal=str(error), kind=type(error).__name__)
        except Exception as error:
            if is_of_disk(error):
                tell(disk=getattr(error, "strerror", None) or str(error))
            else:
                tell(failed=f"{type(error).__name__}: {error}")


def _listen(tasks: queue.Queue[dict[str, Any]]) -> None:
    with open(0, "rb", closefd=False) as lines:
        for line in lines:
            tasks.put(json.loads(line))
    os._exit(0)
