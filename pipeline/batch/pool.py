"""Worker processes: given tasks, watched, and replaced when they die or hang.

A worker gets a task's name and gives back counts. One that dies or goes beyond its
time is replaced, and its task is handed back with what is known of the place where it
failed; what becomes of it is the caller's to say.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from pipeline import errors
from pipeline.batch.folder import RunFolder, unwritable
from pipeline.batch.tasks import Task
from pipeline.errors import DatelineError, OutputError

WORKER = (sys.executable, "-m", "pipeline.batch.worker")
_TICK = 0.25
_LOADING = 300.0  # seconds in which a worker must have loaded rules and model
_STILLBORN = 3  # workers in a row that end before they can work


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that no worker finished: ``reason`` is ``killed``, ``time-limit`` or ``failed``.

    ``batch`` is the place and number of the articles it was at, None if it was not told.
    """

    task: Task
    reason: str
    message: str
    batch: tuple[int, int] | None = None


OnFailure = Callable[[Failure], Iterable[Task]]
OnAnswer = Callable[[Task, dict[str, Any]], None]


@dataclass(eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    task: Task | None = None
    batch: tuple[int, int] | None = None
    heard: float = field(default_factory=time.monotonic)
    ready: bool = False
    begun: bool = False  # whether it was heard of since it was given its task
    rest: bytes = b""


class Pool:
    """``count`` workers of a run. A context manager: they are gone when it is left.

    ``lock`` is the descriptor of the folder's lock, which each holds as long as it lives.
    ``limit`` is the number of seconds in which a worker must say something; until it has
    loaded what it works with, it has longer.
    """

    def __init__(self, folder: RunFolder, count: int, lock: int, limit: float) -> None:
        self._folder = folder
        self._count = count
        self._lock = lock
        self._limit = limit
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._stillborn = 0

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in list(self._workers):
            self._end(worker)
        self._selector.close()

    def run(
        self,
        tasks: Iterable[Task],
        failed: OnFailure,
        said: OnAnswer,
    ) -> None:
        """Do all tasks, and those that ``failed`` makes of one that no worker finished.

        ``said`` hears everything a worker tells: ``bytes``, ``batch``, and ``done`` with
        counts. OutputError if the folder can't be written, or no worker comes up;
        whatever error a worker met that is the user's to mend.
        """
        waiting: Iterator[Task] = iter(tasks)
        again: deque[Task] = deque()
        while True:
            for worker in self._workers:
                if worker.ready and worker.task is None:
                    task = again.popleft() if again else next(waiting, None)
                    if task is not None:
                        self._give(worker, task)
                        if worker.task is None:
                            again.appendleft(task)
            busy = [w for w in self._workers if w.task is not None]
            if not busy and not again:
                following = next(waiting, None)
                if following is None:
                    return
                again.append(following)
            while len(again) < self._count and (following := next(waiting, None)) is not None:
                again.append(following)
            coming = sum(1 for worker in self._workers if not worker.ready)
            while len(self._workers) < self._count and coming < len(again):
                self._start()
                coming += 1
            for key, _ in self._selector.select(_TICK):
                self._hear(key.data, failed, said, again)
            for worker in list(self._workers):
                limit = self._limit if worker.begun else max(self._limit, _LOADING)
                if time.monotonic() - worker.heard > limit and (worker.task or not worker.ready):
                    message = f"nothing was heard of its worker for {limit:g} seconds"
                    self._lose(worker, "time-limit", message, failed, again)

    def _start(self) -> None:
        with (self._folder.work / "workers.log").open("ab") as log:
            process = subprocess.Popen(
                [*WORKER, os.fspath(self._folder.root)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=(self._lock,),
                start_new_session=True,  # Ctrl-C is the run's to hear
                env=os.environ | _ONE_THREAD,
            )
        worker = _Worker(process)
        self._workers.append(worker)
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, worker)

    def _give(self, worker: _Worker, task: Task) -> None:
        assert worker.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has just died: the selector will tell
            worker.process.stdin.write(json.dumps({"kind": task.kind, "name": task.name}).encode() + b"\n")
            worker.process.stdin.flush()
            worker.task, worker.batch, worker.begun, worker.heard = task, None, False, time.monotonic()

    def _hear(
        self,
        worker: _Worker,
        failed: OnFailure,
        said: OnAnswer,
        again: deque[Task],
    ) -> None:
        assert worker.process.stdout is not None
        try:
            data = os.read(worker.process.stdout.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._lose(worker, "killed", _how(worker.process), failed, again)
            return
        worker.heard = time.monotonic()
        *lines, worker.rest = (worker.rest + data).split(b"\n")
        for line in lines:
            self._take(worker, json.loads(line), failed, said, again)

    def _take(
        self,
        worker: _Worker,
        answer: dict[str, Any],
        failed: OnFailure,
        said: OnAnswer,
        again: deque[Task],
    ) -> None:
        if "ready" in answer:
            worker.ready = True
            self._stillborn = 0
            return
        if "disk" in answer:
            raise unwritable(self._folder.root, OSError(0, answer["disk"]))
        if "fatal" in answer:
            kind = getattr(errors, answer["kind"], DatelineError)
            raise kind(answer["fatal"]) if kind is not errors.RuleError else DatelineError(answer["fatal"])
        task = worker.task
        if task is None:
            return
        worker.begun = True
        if "batch" in answer:
            first, count = answer["batch"]
            worker.batch = (first, count)
        said(task, answer)
        if "done" in answer:
            worker.task = None
        elif "failed" in answer:
            worker.task = None
            again.extend(failed(Failure(task, "failed", answer["failed"], worker.batch)))

    def _lose(self, worker: _Worker, reason: str, message: str, failed: OnFailure, again: deque[Task]) -> None:
        self._end(worker)
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn == _STILLBORN:
                raise OutputError(
                    f"no worker comes up ({message}): see {self._folder.work / 'workers.log'}, or try --workers 0"
                )
        if worker.task is not None:
            again.extend(failed(Failure(worker.task, reason, message, worker.batch)))

    def _end(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        process = worker.process
        assert process.stdin is not None
        assert process.stdout is not None
        self._selector.unregister(process.stdout)
        process.kill()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.close()
        process.stdout.close()
        process.wait()


# a worker is one core's work: libraries that would start threads of their own only get in each other's way
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def _how(process: subprocess.Popen[bytes]) -> str:
    try:
        code = process.wait(1)
    except subprocess.TimeoutExpired:
        return "its worker closed its output"
    return f"its worker was ended by signal {-code}" if code < 0 else f"its worker ended with code {code}"
