"""One run: from a command's inputs to a finished dataset folder, or as far as it came.

Reading gives staged articles (``batch.intake``), the plan says which of them are yet to
be done (``batch.plan``), workers do them by the shard (``batch.pool``), and what spans the
corpus is merged from the parts (``batch.merge``). A stop at any moment loses no more than
the shards under way.
"""

from __future__ import annotations

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any

from pipeline.batch.failures import ATTEMPTS, given_up, smaller_groups, smaller_units
from pipeline.batch.folder import RunFolder, digest, unwritable, write_json
from pipeline.batch.here import Here
from pipeline.batch.intake import (
    Taken,
    Unit,
    file_hashes,
    load_unit,
    make_units,
    read_all_rejects,
    source_key,
    sources_of,
    still_good,
    sweep_intake,
    unit_of,
)
from pipeline.batch.job import Job, engine_key, make_tools, read_key
from pipeline.batch.join import join_small, size_of
from pipeline.batch.merge import count_rows, drop_empty, fill_empty, merge_all_actors, write_read_rejects
from pipeline.batch.nursery import Nursery
from pipeline.batch.options import (
    RunOptions,
    check_options,
    default_workers,
    parse_day,
    parse_duplicates,
    refuse_inside,
    resume_command,
)
from pipeline.batch.plan import Plan
from pipeline.batch.pool import Failure, OnFailure, Pool
from pipeline.batch.progress import Progress, Silent
from pipeline.batch.record import RunResult, closing, corpus_key, opening, unchanged
from pipeline.batch.shard import (
    Done,
    Shard,
    give_up,
    read_done,
    read_todo,
    remove,
    settled,
    shard_name,
    trim,
    write_todo,
)
from pipeline.batch.tasks import Kind, Task, lay_down, read_unit
from pipeline.batch.workshop import Workshop
from pipeline.errors import DatelineError, InputError, OutputError, RunStopped
from pipeline.model import describe_model
from pipeline.read import Source, find_sources, load_metadata
from pipeline.records import Notice
from pipeline.rules.load import Rules, digest_rules, load
from pipeline.stop import stoppable
from pipeline.stories import build_stories, do_step

__all__ = [
    "Progress",
    "RunOptions",
    "RunResult",
    "Silent",
    "default_workers",
    "make_tools",
    "parse_day",
    "parse_duplicates",
    "prepared",
    "resume_command",
    "run",
]


def run(options: RunOptions, progress: Progress, nursery: Nursery | None = None) -> RunResult:
    """Do one run, or what is left of it. What can be refused is refused before the output folder is touched.

    ``nursery`` is one that was started beforehand, to save time; it ends with the run.
    Raises UsageError, InputError, RuleError, ModelError or OutputError, and RunStopped
    where a person stopped it; what a record holds never raises but becomes a row of
    ``rejects``.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        stack.enter_context(stoppable())
        if nursery is not None:
            stack.enter_context(nursery)
        job, model, sources = prepared(options)
        folder = RunFolder(options.output)
        if options.resume and folder.work.is_dir():
            with folder.locked():
                if (result := unchanged(options, job, sources, folder, started)) is not None:
                    return result
        if not options.workers:
            nursery = None
        else:
            nursery = nursery or stack.enter_context(Nursery())
            nursery.take(job)
        rules = load(options.overlays, options.ontology)
        folder.prepare(overwrite=options.overwrite, resume=options.resume)
        with folder.locked() as lock:
            try:
                return _Run(options, job, rules, model, sources, folder, lock, progress, started, nursery).do()
            except OSError as error:
                raise unwritable(options.output, error) from error


def prepared(options: RunOptions) -> tuple[Job, str, list[Source]]:
    """What a run needs to know before it touches its folder: the job, its model's name and version, its sources."""
    check_options(options)
    exclude = [options.metadata] if options.metadata else []
    refuse_inside(options.output, [*options.inputs, *exclude])
    sources = find_sources(options.inputs, exclude=[*exclude, options.output])
    refuse_inside(options.output, (source.path for source in sources))
    read = options.read
    if options.metadata:
        read = replace(read, metadata=load_metadata(options.metadata, sources))
    if not sources:
        raise InputError(f"{', '.join(map(str, options.inputs))}: no file is there that could be read")
    model = describe_model(options.spacy_model)
    job = Job(
        read=read,
        overlays=tuple(options.overlays),
        ontology=options.ontology,
        spacy_model=options.spacy_model,
        batch_size=options.batch_size,
        read_key=read_key(read),
        run_id=engine_key(digest_rules(options.overlays), options.ontology, model),
    )
    return job, model, sources


class _Run:
    """One run's way through its stages."""

    def __init__(
        self,
        options: RunOptions,
        job: Job,
        rules: Rules,
        model: str,
        sources: Sequence[Source],
        folder: RunFolder,
        lock: int,
        progress: Progress,
        started: float,
        nursery: Nursery | None,
    ) -> None:
        self.nursery = nursery
        self.options = options
        self.job = job
        self.rules = rules
        self.model = model
        self.sources = sources
        self.folder = folder
        self.lock = lock
        self.progress = progress
        self.started = started
        self.cpu: dict[str, float] = defaultdict(float)
        self.record: dict[str, Any] = {}
        self._without_engine = ""
        self._counted: dict[Task, int] = {}
        self._attempts: Counter[str] = Counter()
        self._number = 0
        self._total = self._done_now = self._stage = 0

    def do(self) -> RunResult:
        """All stages in turn; what is done already is not done again."""
        if self.options.overwrite:
            self.folder.clear()
        self.folder.make()
        self.record = opening(self.options, self.job, self.rules, self.model, self.sources)
        write_json(self.folder.run_file, self.record, indent=2)
        for message in self.job.read.metadata.messages:
            self.progress.notice(Notice(str(self.options.metadata), None, None, "metadata", message))
        known = [done.name for done in settled(self.folder)]
        drop_empty(self.folder)
        self.folder.sweep(set(known))
        self._number = 1 + max((int(name.split("-")[1]) for name in known), default=-1)
        try:
            with self._workers() as work:
                units = self._read_all(work)
                with Plan(self.folder) as plan:
                    self._plan(plan, units)
                    self._extract(plan, units, work)
                    return self._close(plan, units, work)
        except KeyboardInterrupt as error:
            raise RunStopped(f"stopped: {self._how_far('stopped')}") from error
        except OutputError as error:
            raise OutputError(f"{error}: {self._how_far('failed')}") from error
        except OSError as error:
            raise OutputError(f"{unwritable(self.options.output, error)}: {self._how_far('failed')}") from error
        except sqlite3.OperationalError as error:  # a full disk, or one that fails: all its files are new
            failed = unwritable(self.options.output, OSError(0, str(error)))
            raise OutputError(f"{failed}: {self._how_far('failed')}") from error
        except DatelineError:
            self._how_far("failed")
            raise

    # reading

    def _read_all(self, work: _Work) -> list[Taken]:
        kept, missing = still_good(self.folder, self.job.read_key, self.sources)
        self.progress.start("reading", sum(source.size for source in missing))
        for unit in kept:
            self._tell_notices(unit)
        new: list[str] = []
        total = sum(source.size for source in self.sources)
        tasks = (self._lay_down(unit, new) for unit in make_units(missing, self.job.read_key, total))
        work(tasks, lambda failure: self._unread(failure, new))
        units = kept
        for name in new:
            unit = load_unit(self.folder, name)
            self._tell_notices(unit)
            units.append(unit)
        return units

    def _lay_down(self, unit: Unit, new: list[str]) -> Task:
        new.append(unit.name)
        return lay_down(self.folder, unit)

    def _tell_notices(self, unit: Taken) -> None:
        for notice in unit.samples:
            self.progress.notice(notice)

    def _unread(self, failure: Failure, new: list[str]) -> Iterable[Task]:
        """What becomes of a unit that ended its worker: its files alone, it again, its halves, then a reject."""
        unit = read_unit(self.folder, failure.task.name)
        new.remove(unit.name)
        self._attempts[unit.name] += 1
        smaller = smaller_units(unit, failure, self._attempts[unit.name], self.job.read_key)
        return [self._lay_down(some, new) for some in smaller]

    # planning

    def _plan(self, plan: Plan, units: Sequence[Taken]) -> None:
        begun = time.process_time()
        plan.take(units, {source_key(source): place for place, source in enumerate(self.sources)})
        plan.find_copies(self.rules.duplicates)
        plan.make_keys(self.job.run_id, self.options.duplicates)
        sizes: dict[str, int] = {}
        changed = False
        for keep in plan.compare(settled(self.folder)):
            shard = keep.shard
            if not keep.whole:
                changed = True
                if not keep.keys:
                    remove(self.folder, shard)
                    continue
                shard = trim(shard, keep.keys, self._next_number(), self.folder)
            sizes[shard.name] = size_of(shard)
        if changed or plan.left():
            join_small(self.folder, sizes, self._next_number)
        self.cpu["plan"] += time.process_time() - begun

    def _next_number(self) -> int:
        self._number += 1
        return self._number - 1

    # extracting

    def _extract(self, plan: Plan, units: Sequence[Taken], work: _Work) -> None:
        needed = plan.units_needed()
        self._stage_again([unit for unit in units if unit.name in needed and not unit.staged(self.folder)], work)
        left = plan.left()
        self._total = plan.articles
        self.record |= {"articles": plan.articles, "copies": plan.copies}
        write_json(self.folder.run_file, self.record, indent=2)
        self.progress.start("extracting", left)
        if left:
            work((self._todo(shard) for shard in plan.shards(self.options.workers, self._number)), self._undone)

    def _stage_again(self, units: Sequence[Taken], work: _Work) -> None:
        """Texts that went when an earlier run was complete are staged anew from their files."""
        if not units:
            return
        by_key = {source_key(source): source for source in self.sources}
        again = [sources_of(unit, by_key) for unit in units]
        known = {unit.name: digest(self.folder.intake / f"{unit.name}.index.parquet") for unit in units}
        self.progress.start("reading", sum(source.size for group in again for source in group))
        names: list[str] = []
        tasks = []
        for unit, group in zip(units, again, strict=True):
            same = replace(unit_of(group, self.job.read_key), name=unit.name)
            tasks.append(self._lay_down(same, names))
        work(tasks, self._once_more)
        # what is to be done was planned with the old index
        if {name: digest(self.folder.intake / f"{name}.index.parquet") for name in names} != known:
            raise OutputError("files changed while they were read again")

    def _todo(self, shard: Shard) -> Task:
        self._number = max(self._number, int(shard.name.split("-")[1]) + 1)
        write_todo(self.folder, shard)
        return Task(Kind.SHARD, shard.name)

    def _undone(self, failure: Failure) -> Iterable[Task]:
        """What becomes of a shard that ended its worker: the articles it was at one by one, the rest together.

        An article that alone does so again is given up: a row of ``rejects``.
        """
        if (done := read_done(self.folder.shards / f"{failure.task.name}.json")) is not None:
            self._count_done(failure.task, done)  # it died after its last word
            return []
        self.progress.advance(-self._counted.pop(failure.task, 0))
        items = list(read_todo(self.folder, failure.task.name).items)
        if len(items) == 1:
            self._attempts[items[0].key] += 1
            if self._attempts[items[0].key] < ATTEMPTS and failure.reason != "time-limit":
                return [failure.task]
            shard = Shard(failure.task.name, items)
            done = give_up(shard, lambda article: given_up(article, failure), self.folder)
            self._count_done(failure.task, done)
            return []
        groups = smaller_groups(items, failure.batch)
        return [self._todo(Shard(shard_name(self._next_number(), group), group)) for group in groups]

    def _count_done(self, task: Task, done: Done) -> None:
        self._said(task, {"done": {"articles": len(done.items), "rejects": dict(done.rejects), "cpu": dict(done.cpu)}})

    # closing

    def _close(self, plan: Plan, units: Sequence[Taken], work: _Work) -> RunResult:
        begun = time.process_time()
        rejects: Counter[str] = Counter()
        shards: list[str] = []
        found = 0
        for done in settled(self.folder):
            rejects.update(done.rejects)
            shards.append(done.name)
            found += len(done.items)
        self._check_whole(found)
        self.folder.sweep(set(shards))  # what a worker that died had written, but not said
        order = {source_key(source): place for place, source in enumerate(self.sources)}
        in_reading = read_all_rejects(self.folder, units, order)
        rejects.update(write_read_rejects(self.folder, chain(in_reading, plan.conflicts())))
        fill_empty(self.folder)
        self.cpu["merge"] += time.process_time() - begun
        begun = time.process_time()
        build_stories(
            self.folder.root,
            self.rules.stories,
            work=self.folder.work,
            do=partial(self._do_steps, work),
            make_actors=partial(merge_all_actors, self.folder, shards),
        )
        self.cpu["stories"] += time.process_time() - begun
        sweep_intake(self.folder, units)
        notices: Counter[str] = Counter()
        notices["metadata"] += len(self.job.read.metadata.messages)
        notices["spacy-model"] += bool(self._without_engine)
        for unit in units:
            notices.update(unit.notices)
        result = RunResult(
            output=self.options.output,
            counts=count_rows(self.folder),
            rejects=dict(rejects),
            notices={kind: count for kind, count in notices.items() if count},
            seconds=time.monotonic() - self.started,
            cpu=dict(self.cpu),
            run_id=self.job.run_id,
            done=self._done_now,
        )
        hashes = file_hashes(units)
        for entry, source in zip(self.record["inputs"], self.sources, strict=True):
            entry["sha256"] = hashes[source_key(source)]
        self.record |= closing(result, self.folder) | {"corpus_key": corpus_key(self.options, self.job, hashes)}
        write_json(self.folder.run_file, self.record, indent=2)
        return result

    def _do_steps(self, work: _Work, names: Sequence[str]) -> None:
        """Do the steps of one stage of the stories' pass."""
        self._stage += 1
        self.progress.start(f"stories, stage {self._stage}", len(names))
        if self.nursery is not None:
            work((Task(Kind.STORIES, name) for name in names), self._once_more)
            return
        for name in names:
            do_step(self.folder.work, name)
            self.progress.advance(1)

    def _once_more(self, failure: Failure) -> Iterable[Task]:
        """The task again, if that is the first time that its worker did not do it: there is nothing to do without."""
        self._attempts[failure.task.name] += 1
        if self._attempts[failure.task.name] == ATTEMPTS:
            raise OutputError(f"{failure.task.kind} {failure.task.name}: {failure.reason}: {failure.message}")
        return [failure.task]

    def _check_whole(self, found: int) -> None:
        if found != self._total:
            raise OutputError(
                f"{self.folder.root}: {found:,} of {self._total:,} articles are there after all were done: "
                "something else changed the folder; run again with --resume"
            )

    def _how_far(self, state: str) -> str:
        """Note in the run's record how far it came; what to tell a person."""
        done = sum(len(shard.items) for shard in settled(self.folder))
        with suppress(OSError):  # the disk may be what failed
            write_json(self.folder.run_file, {**self.record, "state": state, "articles_done": done}, indent=2)
        of = f"{done:,} of {self._total:,} articles" if self._total else f"{done:,} articles"
        return f"{of} are done and kept; go on with: {resume_command(self.options)}"

    # working

    @contextmanager
    def _workers(self) -> Iterator[_Work]:
        if self.nursery is None:
            here = Here(Workshop(self.job, rules=self.rules, make_tools=make_tools), self.folder)
            yield lambda tasks, failed: here.run(tasks, failed, self._said)
            return
        with Pool(self.nursery, self.folder, self.options.workers, self.lock, self.options.time_limit) as pool:
            yield lambda tasks, failed: pool.run(tasks, failed, self._said)

    def _said(self, task: Task, said: Mapping[str, Any]) -> None:
        if "bytes" in said:
            self.progress.advance(said["bytes"])
        elif "batch" in said:
            self.progress.advance(said["batch"][0] - self._counted.get(task, 0))
            self._counted[task] = said["batch"][0]
        elif "done" in said:
            done = said["done"]
            for stage, seconds in done.get("cpu", {}).items():
                self.cpu[stage] += seconds
            reason = done.get("without_engine", "")
            if reason and not self._without_engine:
                self._without_engine = reason
                message = f"spaCy runs it itself, at about three times the CPU, for it has {reason}"
                self.progress.notice(Notice(self.options.spacy_model, None, None, "spacy-model", message))
            if task.kind is Kind.STORIES:
                self.progress.advance(1)
            if task.kind is Kind.SHARD:
                self.progress.advance(done["articles"] - self._counted.pop(task, 0))
                self._done_now += done["articles"]
                (self.folder.todo / f"{task.name}.json").unlink(missing_ok=True)


_Work = Callable[[Iterable[Task], OnFailure], None]
