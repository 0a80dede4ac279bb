"""The nursery's side: ``python -m pipeline.batch.worker SOCKET``, started and spoken to by ``nursery`` alone.

The job comes in on standard input. A worker's tasks come in as lines of JSON, and so do
its answers go out.
"""

from __future__ import annotations

import ctypes
import errno
import gc
import json
import os
import pickle
import queue
import select
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path
from typing import Any, NoReturn, TextIO

from pipeline.batch.folder import RunFolder
from pipeline.batch.job import Job, load_rules, make_tools
from pipeline.batch.tasks import Kind, Task, Workshop
from pipeline.errors import DatelineError
from pipeline.process import Tools
from pipeline.read import prepare
from pipeline.rules.load import Rules

# what no other article can be written after
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)
_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>
_IDLE = 0.2  # seconds without a request after which the model is loaded unasked
_REQUEST = 1 << 16


def main() -> None:
    """Load, then fork workers and see them to their end, until the run is gone."""
    _die_with_parent()
    control = socket.socket(fileno=int(sys.argv[1]))
    try:
        job = pickle.load(sys.stdin.buffer)
    except EOFError:  # the run was refused
        return
    os.dup2(2, 1)  # whatever prints must not speak between answers
    gc.disable()  # what is loaded stays
    try:
        _Nursery(control, job).serve()
    except BrokenPipeError:
        os._exit(1)
    os._exit(0)  # nothing that was loaded need be taken apart


def _die_with_parent() -> None:
    """Have Linux end this process when its parent ends: the end of input is not heard inside a long regular
    expression, and a worker that lives on holds the folder's lock."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)


class _Nursery:
    def __init__(self, control: socket.socket, job: Job) -> None:
        self._control = control
        self._job = job
        self._rules: Rules | None = None
        self._tools: Tools | None = None
        self._children: set[int] = set()

    def serve(self) -> None:
        try:
            self._rules = load_rules(self._job)
            while True:
                if self._tools is None and not select.select([self._control], [], [], _IDLE)[0]:
                    self._load()
                data, handles, _, _ = socket.recv_fds(self._control, _REQUEST, 4)
                if not data:
                    break
                self._do(json.loads(data), handles)
        except DatelineError as error:
            self._tell(fatal=str(error), kind=type(error).__name__)
        finally:
            for child in list(self._children):
                self._end(child)

    def _tell(self, **said: Any) -> None:
        self._control.sendall(json.dumps(said).encode() + b"\n")

    def _load(self) -> None:
        assert self._rules is not None
        self._tools = make_tools(self._rules, self._job.spacy_model, self._job.batch_size, self._job.run_id)

    def _do(self, request: dict[str, Any], handles: list[int]) -> None:
        if "end" in request:
            self._tell(code=self._end(request["end"]))
            return
        if request["model"] and self._tools is None:
            self._load()
        if not request["model"]:
            prepare()
        gc.collect()
        gc.freeze()  # the collector of a worker need not go through all that was loaded, nor so copy its pages
        child = os.fork()
        if not child:
            self._be_worker(Path(request["fork"]), *handles)
        for handle in handles:
            os.close(handle)
        self._children.add(child)
        self._tell(pid=child, model=self._tools is not None)

    def _end(self, child: int) -> int:
        """End a worker that has not ended by itself; its exit code, negative for a signal."""
        self._children.discard(child)
        ended, status = os.waitpid(child, os.WNOHANG)
        if not ended:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)

    def _be_worker(self, root: Path, tasks: int, answers: int, log: int, lock: int) -> NoReturn:
        try:
            _die_with_parent()
            self._control.close()
            gc.enable()
            for handle, place in ((tasks, 0), (log, 1), (log, 2)):
                os.dup2(handle, place)
            with os.fdopen(answers, "w", encoding="utf-8") as told:
                work(Workshop(RunFolder(root), self._job, rules=self._rules, tools=self._tools), told)
        except BrokenPipeError:  # the run is gone
            pass
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)


def work(workshop: Workshop, answers: TextIO) -> None:
    """Do the tasks that come in on standard input; the process ends with them."""

    def tell(**said: Any) -> None:
        answers.write(json.dumps(said) + "\n")
        answers.flush()

    waiting: queue.Queue[dict[str, Any]] = queue.Queue()
    threading.Thread(target=_listen, args=(waiting,), daemon=True).start()
    while True:
        given = waiting.get()
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


def _listen(tasks: queue.Queue[dict[str, Any]]) -> None:
    with open(0, "rb", closefd=False) as lines:  # sys.stdin has read the nursery's
        for line in lines:
            tasks.put(json.loads(line))
    os._exit(0)


if __name__ == "__main__":
    main()
