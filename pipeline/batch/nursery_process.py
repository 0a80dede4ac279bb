"""The nursery's own process: ``python -m pipeline.batch.nursery_process PARENT``, spoken to by ``nursery`` alone.

Its standard input is a socket. The job comes first, then requests as lines of JSON, with
the descriptors that a worker is to have; each is answered by a line: to be done (``fork``,
``end``), or when it is done (``load``).
"""

from __future__ import annotations

import gc
import json
import os
import pickle
import select
import signal
import socket
import sys
import traceback
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from pipeline.batch.death import die_with
from pipeline.errors import DatelineError

if TYPE_CHECKING:
    from pipeline.batch.job import Job

_REQUEST = 1 << 16


def main() -> None:
    """Load, then fork workers and see them to their end, until the run is gone."""
    die_with(int(sys.argv[1]))
    control = socket.socket(fileno=os.dup(0))
    gc.disable()  # what is loaded stays
    from pipeline.read import prepare

    prepare()
    unhurried = _Imports(control)
    unhurried.go_on()
    try:
        if (data := _receive(control)) is not None:
            _Nursery(control, pickle.loads(data), unhurried).serve()
    except (BrokenPipeError, ConnectionResetError):  # the run is gone
        pass
    os._exit(0)  # nothing that was loaded need be taken apart


def _receive(control: socket.socket) -> bytes | None:
    """What comes after its length in eight bytes; None if the run ends before that."""
    data, size = b"", 8
    while len(data) < size:
        if not (some := control.recv(min(size - len(data), 1 << 20))):
            return None
        data += some
        if size == 8 and len(data) == 8:
            data, size = b"", int.from_bytes(data, "little")
    return data


class _Imports:
    """What can be imported while nothing was asked for."""

    def __init__(self, control: socket.socket) -> None:
        from pipeline.batch.workshop import LATER

        self._control = control
        self._left = iter(LATER)

    def go_on(self) -> None:
        """Import until something is asked for."""
        while not select.select([self._control], [], [], 0)[0]:
            if (module := next(self._left, None)) is None:
                break
            import_module(module)


class _Nursery:
    def __init__(self, control: socket.socket, job: Job, unhurried: _Imports) -> None:
        from pipeline.batch.workshop import Workshop

        self._control = control
        self._workshop = Workshop(job)
        self._unhurried = unhurried
        self._children: set[int] = set()
        self._frozen = False

    def serve(self) -> None:
        try:
            self._workshop.prepare_reading()
            while True:
                if not self._children:  # beside them it does only what it is told to
                    self._unhurried.go_on()
                data, handles, _, _ = socket.recv_fds(self._control, _REQUEST, 4)
                if not data:
                    break
                for line in data.splitlines():  # one that is answered late, and one more
                    self._do(json.loads(line), handles)
        except DatelineError as error:
            self._tell(fatal=str(error), kind=type(error).__name__)
        finally:
            for child in list(self._children):
                self._end(child)

    def _load(self) -> None:
        if not self._workshop.has_tools:
            self._workshop.prepare_extracting()
            self._frozen = False

    def _tell(self, **said: Any) -> None:
        self._control.sendall(json.dumps(said).encode() + b"\n")

    def _do(self, request: dict[str, Any], handles: list[int]) -> None:
        if "end" in request:
            self._tell(code=self._end(request["end"]))
            return
        if "load" in request:
            self._load()
            self._tell(loaded=True)
            return
        if request["model"]:
            self._load()
        if not self._frozen:
            gc.collect()
            gc.freeze()  # the collector of a worker need not go through all that was loaded, nor so copy its pages
            self._frozen = True
        parent = os.getpid()
        child = os.fork()
        if not child:
            self._be_worker(parent, Path(request["fork"]), *handles)
        for handle in handles:
            os.close(handle)
        self._children.add(child)
        self._tell(pid=child, model=self._workshop.has_tools)

    def _end(self, child: int) -> int:
        """End a worker that has not ended by itself; its exit code, negative for a signal."""
        self._children.discard(child)
        ended, status = os.waitpid(child, os.WNOHANG)
        if not ended:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)

    def _be_worker(self, parent: int, root: Path, tasks: int, answers: int, log: int, lock: int) -> NoReturn:
        """Become a worker, which keeps ``lock`` open as long as it lives."""
        from pipeline.batch.folder import RunFolder
        from pipeline.batch.worker import work

        try:
            die_with(parent)
            self._control.close()
            gc.enable()
            for handle, place in ((tasks, 0), (log, 1), (log, 2)):
                os.dup2(handle, place)
            with os.fdopen(answers, "w", encoding="utf-8") as told:
                work(self._workshop, RunFolder(root), told)
        except BrokenPipeError:  # the run is gone
            pass
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)


if __name__ == "__main__":
    main()
