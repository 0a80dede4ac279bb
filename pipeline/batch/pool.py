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
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from pipeline.batch.folder import RunFolder, unwritable
from pipeline.batch.nursery import Child, Lost, Nursery, as_error
from pipeline.batch.tasks import Kind, Task
from pipeline.errors import OutputError

_TICK = 0.25
_STILLBORN = 3  # nurseries in a row that end before a worker of theirs has done a task


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
    child: Child
    task: Task | None = None
    batch: tuple[int, int] | None = None
    heard: float = field(default_factory=time.monotonic)
    rest: bytes = b""


class Pool:
    """``count`` workers of a run, forked by ``nursery`` as they are needed. A context manager: they are gone with it.

    ``lock`` is the descriptor of the folder's lock, which each holds as long as it lives.
    ``limit`` is the number of seconds in which a worker must say something. Of several
    places one is kept for the nursery, which loads the model while the others read.
    """

    def __init__(self, nursery: Nursery, folder: RunFolder, count: int, lock: int, limit: float) -> None:
        self._nursery = nursery
        self._folder = folder
        if count < 1:
            raise ValueError("a pool without workers does nothing")
        self._count = count
        self._lock = lock
        self._limit = limit
        self._workers: list[_Worker] = []
        self._selector = selectors.DefaultSelector()
        self._stillborn = 0
        self._ahead = count > 1  # whether the model is yet to be loaded while others read
        self._orphaned: Counter[Task] = Counter()

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._selector.close()
        self._nursery.close(at_once=kind is not None)
        for worker in self._workers:
            worker.child.close()

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
            while task := again.popleft() if again else next(waiting, None):
                if not self._hand_out(task, failed, again):
                    again.appendleft(task)
                    break
            if self._ahead and any(worker.task and worker.task.kind is Kind.INTAKE for worker in self._workers):
                self._ahead = False
                self._nursery.load()
            if not again and not any(worker.task for worker in self._workers):
                return
            for key, _ in self._selector.select(_TICK):
                self._hear(key.data, failed, said, again)
            for worker in [worker for worker in self._workers if self._is_late(worker)]:
                if worker in self._workers and self._end(worker, failed, again) is not None:
                    message = f"nothing was heard of its worker for {self._limit:g} seconds"
                    self._lose(worker, "time-limit", message, failed, again)

    def _is_late(self, worker: _Worker) -> bool:
        return bool(worker.task and worker.task.is_timed and time.monotonic() - worker.heard > self._limit)

    def _hand_out(self, task: Task, failed: OnFailure, again: deque[Task]) -> bool:
        """Give a task to a worker that is free and fit for it, or to a new one; whether there was one."""
        for worker in list(self._workers):
            if worker.task is None:
                if worker.child.model or not task.needs_model:
                    self._give(worker, task)
                    return True
                if self._end(worker, failed, again) is None:
                    return False
        if len(self._workers) >= self._count - (task.kind is Kind.INTAKE and self._keeps_a_place()):
            return False
        try:
            log = self._folder.work / "workers.log"
            with self._unheard():
                child = self._nursery.fork(self._folder.root, self._lock, log, model=task.needs_model)
        except Lost as error:
            self._begin_anew(str(error), self._workers, failed, again)
            return False
        worker = _Worker(child)
        self._workers.append(worker)
        os.set_blocking(child.answers.fileno(), False)
        self._selector.register(child.answers, selectors.EVENT_READ, worker)
        self._give(worker, task)
        return True

    def _keeps_a_place(self) -> bool:
        return self._ahead or self._nursery.is_loading()

    def _give(self, worker: _Worker, task: Task) -> None:
        with contextlib.suppress(BrokenPipeError):  # it has just died: the selector will tell
            worker.child.tasks.write(json.dumps({"kind": task.kind, "name": task.name}).encode() + b"\n")
            worker.child.tasks.flush()
        worker.task, worker.batch, worker.heard = task, None, time.monotonic()

    def _hear(
        self,
        worker: _Worker,
        failed: OnFailure,
        said: OnAnswer,
        again: deque[Task],
    ) -> None:
        if worker not in self._workers:  # it went with the others a moment ago
            return
        try:
            data = os.read(worker.child.answers.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not data:
            if (how := self._end(worker, failed, again)) is not None:
                self._lose(worker, "killed", how, failed, again)
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
        if "disk" in answer:
            raise unwritable(self._folder.root, OSError(0, answer["disk"]))
        if "fatal" in answer:
            raise as_error(answer)
        task = worker.task
        if task is None:
            return
        if "batch" in answer:
            first, count = answer["batch"]
            worker.batch = (first, count)
        said(task, answer)
        if "done" in answer:
            worker.task = None
            self._stillborn = 0
        elif "failed" in answer:
            worker.task = None
            again.extend(failed(Failure(task, "failed", answer["failed"], worker.batch)))

    def _begin_anew(self, message: str, lost: Iterable[_Worker], failed: OnFailure, again: deque[Task]) -> None:
        """The nursery has died, and so have all workers: take another, and give it what they were at.

        That was hardly a task's fault, unless it was under way each time.
        """
        self._stillborn += 1
        if self._stillborn == _STILLBORN:
            raise OutputError(f"no worker stays alive ({message}): try --workers 0, or fewer")
        for worker in list(lost):
            if worker in self._workers:
                self._forget(worker)
                worker.child.close()
            if worker.task is not None:
                self._orphaned[worker.task] += 1
                if self._orphaned[worker.task] < _STILLBORN:
                    again.append(worker.task)
                else:
                    self._lose(worker, "killed", message, failed, again)
        self._nursery.again()

    def _lose(self, worker: _Worker, reason: str, message: str, failed: OnFailure, again: deque[Task]) -> None:
        if worker.task is not None:
            again.extend(failed(Failure(worker.task, reason, message, worker.batch)))

    def _end(self, worker: _Worker, failed: OnFailure, again: deque[Task]) -> str | None:
        """See a worker to its end; how it came to it, None if all have come to theirs and begin anew."""
        self._forget(worker)
        try:
            with self._unheard():
                return self._nursery.end(worker.child)
        except Lost as error:
            self._begin_anew(str(error), [worker, *self._workers], failed, again)
            return None

    @contextlib.contextmanager
    def _unheard(self) -> Iterator[None]:
        """While the nursery is spoken to, which may be loading, no worker is listened to: they have that time more."""
        begun = time.monotonic()
        try:
            yield
        finally:
            for worker in self._workers:
                worker.heard += time.monotonic() - begun

    def _forget(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        self._selector.unregister(worker.child.answers)
