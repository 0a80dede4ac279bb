"""The workshop, in which tasks are done: files in, files out, names and counts between.

What a kind of task takes is imported and loaded when the first of it comes, or when it is
prepared, so that reading need not wait for spaCy.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from pipeline.batch import job as jobs
from pipeline.batch.folder import RunFolder
from pipeline.batch.intake import take_in
from pipeline.batch.tasks import Kind, Task, read_unit
from pipeline.read import prepare
from pipeline.records import Article

if TYPE_CHECKING:
    from pipeline.process import Tools
    from pipeline.rules.load import Rules

Tell = Callable[..., None]
_SPECIMEN = Article(
    doc_id="specimen",
    source="specimen",
    text="“We will vote on Monday,” Ann Berg, the mayor of Oslo, said after police arrested two men.",
)


# what tasks other than reading import, and pandas, which Arrow looks for when it is given lists: a second in all
LATER = ("pandas", "pipeline.stories", "pipeline.batch.shard", "pipeline.rules.load", "pipeline.annotate")


class Workshop:
    """What does the tasks of a job. What they take is loaded when it is first needed, then kept."""

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
    def prints(self) -> jobs.Prints:
        """What texts are compared by."""
        return jobs.make_prints(self._job, self._rules)

    @cached_property
    def tools(self) -> Tools:
        """The job's rules and model."""
        rules = self._rules or jobs.load_rules(self._job)
        tools = self._make_tools(rules, self._job.spacy_model, self._job.batch_size, self._job.run_id)
        gc.collect()
        gc.freeze()  # they stay as long as the process: the collector need not go through them again and again
        return tools

    @property
    def has_tools(self) -> bool:
        """Whether rules and model are loaded."""
        return "tools" in vars(self)

    def prepare_reading(self) -> None:
        """Load what reading needs, so that processes forked from this one share it."""
        prepare()
        _ = self.prints

    def prepare_extracting(self) -> None:
        """Load what all other tasks need, and have made what the rooms make at their first article."""
        for module in LATER:
            import_module(module)
        from pipeline.meter import Meter
        from pipeline.process import process

        process([_SPECIMEN], self.tools, Meter())

    def do(self, task: Task, folder: RunFolder, tell: Tell) -> dict[str, Any]:
        """Do a task. ``tell`` hears ``bytes=N`` as files are read, and ``batch=[FIRST, COUNT]`` before each batch.

        What comes back are counts: articles and rejects by reason, CPU by stage; and why spaCy
        has to run the model itself, if it has to.
        """
        begun = time.process_time()
        if task.kind is Kind.STORIES:
            from pipeline.stories import do_step

            do_step(folder.work, task.name)
            return {"cpu": {"stories": time.process_time() - begun}}
        if task.kind is Kind.INTAKE:
            unit = read_unit(folder, task.name)
            prints = self.prints
            tell(bytes=0)  # all is loaded
            read = self._job.read
            taken = take_in(unit, read, self._job.read_key, folder, prints, lambda count: tell(bytes=count))
            return {"articles": taken.articles, "cpu": {"read": time.process_time() - begun}}
        from pipeline.batch.shard import do_shard, read_todo

        shard = read_todo(folder, task.name)
        tools = self.tools
        done = do_shard(shard, tools, folder, lambda first, count: tell(batch=[first, count]))
        return {
            "articles": len(done.items),
            "rejects": dict(done.rejects),
            "cpu": dict(done.cpu),
            "without_engine": tools.annotator.without_engine,
        }
