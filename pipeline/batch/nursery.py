"""The nursery: a process that loads rules and model once, and of which every worker is a fork.

A worker so comes up at once, and all of them share the pages of what was loaded. The
run speaks with the nursery over a socket, with each worker over pipes of its own. When
the run is gone, however it ended, so are nursery and workers.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import select
import socket
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline import errors
from pipeline.errors import DatelineError

if TYPE_CHECKING:
    from pipeline.batch.job import Job

NURSERY = (sys.executable, "-m", "pipeline.batch.nursery_process")
_LOADING = 300.0  # seconds in which rules, or the model, must have been loaded
_LEAVING = 5.0  # seconds in which it must have ended its workers, though it be loading the model
# a worker is one core's work: libraries that would start threads of their own only get in each other's way
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    """A worker's process, with the pipes to and from it. ``model`` says whether it was born with the model."""

    pid: int
    tasks: BinaryIO
    answers: BinaryIO
    model: bool

    def close(self) -> None:
        """Close the pipes; a worker ends when its tasks do."""
        with contextlib.suppress(BrokenPipeError):
            self.tasks.close()
        self.answers.close()


def as_error(said: dict[str, Any]) -> DatelineError:
    """The error that was told of in words: of its own kind, if words are all that it is made of."""
    kind = getattr(errors, said["kind"], DatelineError)
    return (kind if kind.__init__ is Exception.__init__ else DatelineError)(said["fatal"])


class Lost(Exception):
    """The nursery has died, and its workers with it."""


class Nursery:
    """The nursery of a run: its process is started at once, and told later what to load. A context manager:
    it is gone when it is left."""

    def __init__(self) -> None:
        self._job: Job | None = None
        self._start()

    def _start(self) -> None:
        self._loading = False
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(_LOADING)
        self._rest = b""
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 (it is closed with the nursery)
        with theirs:
            self._process = subprocess.Popen(
                [*NURSERY, str(os.getpid())],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=self._log,
                start_new_session=True,  # Ctrl-C is the run's to hear
                env=os.environ | _ONE_THREAD,
            )

    def take(self, job: Job) -> None:
        """Tell it its job."""
        self._job = job
        data = pickle.dumps(job)
        with contextlib.suppress(OSError):  # that it died is heard later
            self._socket.sendall(len(data).to_bytes(8, "little") + data)

    def load(self) -> None:
        """Have it load rules and model now. Until it has, it answers nothing else, and ``is_loading`` is true."""
        self._loading = True
        with contextlib.suppress(OSError):
            self._socket.sendall(json.dumps({"load": True}).encode() + b"\n")

    def fork(self, root: Path, lock: int, log: Path, *, model: bool) -> Child:
        """A new worker for the run in ``root``, which holds ``lock``, a descriptor, as long as it lives.

        Lost if the nursery has died; ModelError if a worker with the model was asked for
        and it can't be loaded.
        """
        tasks, to_worker = os.pipe()
        from_worker, answers = os.pipe()
        try:
            handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                said = self._ask({"fork": os.fspath(root), "model": model}, (tasks, answers, handle, lock))
            finally:
                os.close(handle)
        except BaseException:
            os.close(to_worker)
            os.close(from_worker)
            raise
        finally:
            os.close(tasks)
            os.close(answers)
        return Child(said["pid"], os.fdopen(to_worker, "wb"), os.fdopen(from_worker, "rb", 0), said["model"])

    def is_loading(self) -> bool:
        """Whether it is still loading what ``load`` asked for. Raises the error that it met there."""
        while self._loading and (b"\n" in self._rest or select.select([self._socket], [], [], 0)[0]):
            try:
                self._listen()
            except Lost:  # who next wants something of it will know
                self._loading = False
        return self._loading

    def end(self, child: Child) -> str:
        """See a worker to its end; how it came to it. Lost if the nursery has died, and all workers with it."""
        child.close()
        code = self._ask({"end": child.pid})["code"]
        return f"its worker was ended by signal {-code}" if code < 0 else f"its worker ended with code {code}"

    def again(self) -> None:
        """Put another in the place of one that has died."""
        assert self._job is not None
        self.close()
        self._start()
        self.take(self._job)

    def _ask(self, request: dict[str, Any], handles: tuple[int, ...] = ()) -> dict[str, Any]:
        data = json.dumps(request).encode() + b"\n"
        try:
            if handles:
                socket.send_fds(self._socket, [data], handles)
            else:
                self._socket.sendall(data)
        except OSError:  # it may have said why it ended
            self._hear()
            raise Lost(self._how()) from None
        return self._hear()

    def _hear(self) -> dict[str, Any]:
        """Its answer."""
        while (said := self._listen()) is None:
            pass
        return said

    def _listen(self) -> dict[str, Any] | None:
        """Its next line; None if that tells no more than that it has loaded."""
        while b"\n" not in self._rest:
            try:
                data = self._socket.recv(1 << 16)
            except TimeoutError as error:
                raise Lost(f"it took more than {_LOADING:g} seconds to load") from error
            except OSError as error:
                raise Lost(self._how()) from error
            if not data:
                raise Lost(self._how())
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        said: dict[str, Any] = json.loads(line)
        if "fatal" in said:
            raise as_error(said)
        if "loaded" in said:
            self._loading = False
            return None
        return said

    def _how(self) -> str:
        try:
            code = self._process.wait(1)
        except subprocess.TimeoutExpired:
            return "the process they come from closed its socket"
        how = f"the process they come from ended with {f'signal {-code}' if code < 0 else f'code {code}'}"
        self._log.seek(0)
        last = self._log.read().decode("utf-8", "replace").strip().rpartition("\n")[2]
        return f"{how}: {last}" if last else how

    def close(self, *, at_once: bool = False) -> None:
        """End the nursery and all its workers; unless ``at_once``, with the time to count what they have used.

        One that is loading what is no longer needed is not waited for. Closing it again does nothing.
        """
        if self._socket.fileno() < 0:
            return
        with contextlib.suppress(DatelineError):
            at_once = at_once or self.is_loading()
        self._loading = False
        self._socket.close()
        self._log.close()
        try:
            self._process.wait(0 if at_once or self._job is None else _LEAVING)
        except subprocess.TimeoutExpired:
            self._process.kill()  # and Linux its workers
            self._process.wait()

    def __enter__(self) -> Nursery:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(at_once=kind is not None)
