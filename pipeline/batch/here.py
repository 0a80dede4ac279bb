"""Tasks done in the process of the run itself, in place of a pool of workers."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any

from pipeline.batch.folder import RunFolder, is_of_disk
from pipeline.batch.pool import Failure, OnAnswer, OnFailure
from pipeline.batch.tasks import Task
from pipeline.batch.workshop import Workshop
from pipeline.errors import DatelineError


class Here:
    """What ``Pool`` is, without processes: nothing can be killed, and nothing is timed."""

    def __init__(self, workshop: Workshop, folder: RunFolder) -> None:
        self._workshop = workshop
        self._folder = folder

    def run(self, tasks: Iterable[Task], failed: OnFailure, said: OnAnswer) -> None:
        """Do all tasks, and those that ``failed`` makes of one that was not finished. As ``Pool.run`` does."""
        waiting, again = iter(tasks), deque[Task]()
        while (task := again.popleft() if again else next(waiting, None)) is not None:
            if (failure := self._do(task, said)) is not None:
                again.extend(failed(failure))

    def _do(self, task: Task, said: OnAnswer) -> Failure | None:
        """Do a task. What fails is told as a worker's failure is, and costs no other task."""
        batch: tuple[int, int] | None = None

        def tell(**told: Any) -> None:
            nonlocal batch
            batch = told.get("batch", batch)
            said(task, told)

        try:
            said(task, {"done": self._workshop.do(task, self._folder, tell)})
        except DatelineError:
            raise
        except Exception as error:
            if is_of_disk(error):
                raise
            place = None if batch is None else (batch[0], batch[1])
            return Failure(task, "failed", f"{type(error).__name__}: {error}", place)
        return None
