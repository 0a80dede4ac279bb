"""A worker process: ``python -m pipeline.batch.worker FOLDER``, started and spoken to by ``pool`` alone.

Tasks come in as lines of JSON, and so do answers go out. When the run that started it
is gone, however it ended, its input ends, and so does the worker, at once.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import queue
import signal
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from pipeline.errors import DatelineError

# what no other article can be written after
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>


def main() -> None:
    """Work until there is no more to do."""
    _die_with_parent()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever else prints must not speak between the answers
    tasks: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    try:
        _work(Path(sys.argv[1]), tasks, answers)
    except BrokenPipeError:
        os._exit(1)


def _die_with_parent() -> None:
    """Have Linux end this process when the run's own process ends: the end of input is not heard inside a long
    regular expression, and a worker that lives on holds the folder's lock."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)


def _listen(tasks: queue.Queue[dict[str, Any]]) -> None:
    for line in sys.stdin:
        tasks.put(json.loads(line))
    os._exit(0)


def _work(root: Path, tasks: queue.Queue[dict[str, Any]], answers: TextIO) -> None:
    def tell(**said: Any) -> None:
        answers.write(json.dumps(said) + "\n")
        answers.flush()

    from pipeline.batch.folder import RunFolder
    from pipeline.batch.job import load_job
    from pipeline.batch.tasks import Kind, Task, Workshop

    folder = RunFolder(root)
    workshop = Workshop(folder, load_job(folder.job))
    tell(ready=True)
    while True:
        given = tasks.get()
        try:
            tell(done=workshop.do(Task(Kind(given["kind"]), given["name"]), tell))
        except BrokenPipeError:
            raise
        except OSError as error:
            if error.errno in _DISK:
                tell(disk=error.strerror or str(error))
            else:
                tell(failed=f"{type(error).__name__}: {error}")
        except DatelineError as error:
            tell(fatal=str(error), kind=type(error).__name__)
        except Exception as error:
            tell(failed=f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
