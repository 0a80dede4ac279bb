"""The tasks of a worker: reading a unit, doing a shard, a step of the stories' pass.

Files in, files out, names and counts between.
"""

from __future__ import annotations

import gc
import pickle
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from pipeline.batch import job as jobs
from pipeline.batch.folder import RunFolder, finished
from pipeline.batch.intake import Unit, take_in
from pipeline.batch.shard import do_shard, read_todo
from pipeline.meter import Meter
from pipeline.process import Tools, process
from pipeline.read import prepare
from pipeline.records import Article
from pipeline.rules.load import Rules
from pipeline.stories import do_step

Tell = Callable[..., None]
_SPECIMEN = Article(
    doc_id="specimen",
    source="specimen",
    text="“We will vote on Monday,” Ann Berg, the mayor of Oslo, said after police arrested two men.",
)


class Kind(StrEnum):
    """What a task is: read a unit of sources, extract a shard of articles, do a step of the stories' pass."""

    INTAKE = "intake"
    SHARD = "shard"
    STORIES = "stories"


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work, by the name under which it is laid down."""

    kind: Kind
    name: str

    @property
    def needs_model(self) -> bool:
        """Whether it takes more than rules."""
        return self.kind is Kind.SHARD

    @property
    def is_timed(self) -> bool:
        """Whether something is heard of it every so often, unless an article takes too long."""
        return self.kind is not Kind.STORIES


def lay_down(folder: RunFolder, unit: Unit) -> Task:
    """Lay a unit down for a worker to read."""
    with finished(_unit_file(folder, unit.name)) as temporary:
        temporary.write_bytes(pickle.dumps(unit))
    return Task(Kind.INTAKE, unit.name)


def _unit_file(folder: RunFolder, name: str) -> Path:
    return folder.todo / f"{name}.pickle"


def read_unit(folder: RunFolder, name: str) -> Unit:
    """The unit of that name that this run laid down."""
    unit = pickle.loads(_unit_file(folder, name).read_bytes())
    if not isinstance(unit, Unit):
        raise TypeError(f"{name} holds no unit")
    return unit


class Workshop:
    """What does the tasks of a job. Rules, and rules with model, are loaded when they are first needed, then kept."""

    def __init__(
        self,
        job: jobs.Job,
        *,
        rules: Rules | None = None,
        make_tools: Callable[[Rules, str, int, str], Tools] = jobs.make_tools,
    ) -> None:
        self._job = job
        self._rules = rules
        self._make_tools = make_tools

    @cached_property
    def rules(self) -> Rules:
        """The job's rules."""
        return self._rules or jobs.load_rules(self._job)

    @cached_property
    def tools(self) -> Tools:
        """The job's rules and model."""
        tools = self._make_tools(self.rules, self._job.spacy_model, self._job.batch_size, self._job.run_id)
        gc.collect()
        gc.freeze()  # they stay as long as the process: the collector need not go through them again and again
        return tools

    @property
    def has_tools(self) -> bool:
        """Whether rules and model are loaded."""
        return "tools" in vars(self)

    def prepare_reading(self) -> None:
        """Load what reading needs, so that processes forked from this one share it."""
        _ = self.rules
        prepare()

    def prepare_extracting(self) -> None:
        """Load what extraction needs, and have made what the rooms make at their first article."""
        process([_SPECIMEN], self.tools, Meter())

    def do(self, task: Task, folder: RunFolder, tell: Tell) -> dict[str, Any]:
        """Do a task. ``tell`` hears ``bytes=N`` as files are read, and ``batch=[FIRST, COUNT]`` before each batch.

        What comes back are counts: articles and rejects by reason, CPU by stage; and why spaCy
        has to run the model itself, if it has to.
        """
        begun = time.process_time()
        if task.kind is Kind.STORIES:
            do_step(folder.work, task.name)
            return {"cpu": {"stories": time.process_time() - begun}}
        if task.kind is Kind.INTAKE:
            unit = read_unit(folder, task.name)
            prints = jobs.make_fingerprint(self.rules)
            tell(bytes=0)  # all is loaded
            taken = take_in(
                unit,
                self._job.read,
                self._job.read_key,
                folder,
                prints,
                lambda count: tell(bytes=count),
            )
            return {"articles": taken.articles, "cpu": {"read": time.process_time() - begun}}
        shard = read_todo(folder, task.name)
        tools = self.tools
        done = do_shard(shard, tools, folder, lambda first, count: tell(batch=[first, count]))
        return {
            "articles": len(done.items),
            "rejects": dict(done.rejects),
            "cpu": dict(done.cpu),
            "without_engine": tools.annotator.without_engine,
        }
