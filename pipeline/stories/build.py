"""The pass over a finished run's tables that makes ``stories``, in memory that does not grow with the corpus.

The heavy parts are steps (``steps``) that any processes can do at the same time: the
words of some articles are counted, then their tellings made, then some blocks compared,
then some pairs of articles that belong together, at last some groups of linked tellings
clustered. What lies between, adding up, dealing out and joining links to groups, is done
here. What one stage makes in many files other steps sort, so that each step of the next
reads a range of one file: files opened and bytes read grow with the corpus.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.batches import by_rows, in_one
from pipeline.dataset import Dataset, open_dataset
from pipeline.errors import OutputError
from pipeline.forest import Forest, mapped
from pipeline.rules.stories import StoryRules
from pipeline.stories.files import Numbers, Structured, deal, dealt_sizes, gather_tellings, read_links
from pipeline.stories.steps import (
    DEALT,
    LINKED,
    MEMBER,
    PARTITIONS,
    STORIES,
    ClusterGroups,
    CompareArticles,
    CompareBlocks,
    CountWords,
    Job,
    ListActors,
    Share,
    SortDealt,
    Step,
    TellArticles,
    begin,
    do_step,
    folder_of,
    lay_down,
    list_dealt,
    sum_rarity,
)

Do = Callable[[Sequence[str]], None]
LEVELS = (0.7, 0.85, 0.95, 0.99)  # of links in a group that is too large
_STEPS = 16  # of a kind, at least, if there is enough to do
# a step's least and most: enough that starting it costs little, and a second or two of work
_DOCUMENTS = (40, 2_000)
_KEYS = (4_000, 400_000)
_PAIRS = (50, 10_000)
_WEIGHT = (400, 40_000)
_SORTED = 400_000  # records that one step sorts, or more of one partition
_CHUNK = 200_000  # rows in memory while they are dealt
_STORIES_AT_ONCE = 20_000
_STORIES_PER_PART = 1_000_000


@dataclass(frozen=True, slots=True)
class StoryCounts:
    """What came of the pass.

    ``shared`` are stories that more than one article tells; ``crowded`` are tellings
    that stood in a block too large to compare each with each, ``cut`` the tellings of
    groups that no link was close enough to divide.
    """

    tellings: int
    stories: int
    shared: int
    crowded: int
    cut: int


def build_stories(
    run: Path,
    rules: StoryRules,
    *,
    output: Path | None = None,
    work: Path | None = None,
    do: Do | None = None,
    make_actors: Callable[[], object] | None = None,
) -> StoryCounts:
    """Make the table ``stories`` of the run in the folder ``run``, in place of the one that is there.

    ``output`` is a folder to write the table's parts to instead. Temporary files go
    below ``work`` (default: a folder of the system's); they take about three kilobytes an event.
    ``do`` is given names of steps and returns when all are done, in any order and any processes,
    each by ``do_step`` with the same ``work``; by default they are done here. ``make_actors``, which
    can be pickled, makes the table of actors: it is called in one of the first steps, beside the others.
    Every event that happened or is planned is in one story. InputError if ``run`` is
    no run's folder, OutputError if the table can't be written. The rows do not depend on how
    the tables are cut into parts, nor on the order of those, nor on who does the steps.
    """
    dataset = open_dataset(run)
    target = output if output is not None else run / STORIES.name
    own = Path(tempfile.mkdtemp(prefix="dateline-stories-")) if work is None else None
    below = own or work or run
    folder = folder_of(below)
    try:
        shutil.rmtree(folder, ignore_errors=True)  # of a pass that was stopped
        folder.mkdir()
        return _Pass(Job(folder.absolute(), run.absolute(), rules), below, do, make_actors).make(dataset, target)
    except OSError as error:
        raise OutputError(f"{target} can't be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(own or folder, ignore_errors=True)


class _Pass:
    """One pass: its steps in turn, and what lies between them."""

    def __init__(self, job: Job, work: Path, do: Do | None, make_actors: Callable[[], object] | None) -> None:
        self._job = job
        self._make_actors = make_actors
        self._work = work
        self._given = do
        self._count = 0  # tellings

    def make(self, dataset: Dataset, target: Path) -> StoryCounts:
        """Do all, and write the table."""
        begin(self._job)
        starts = self._tell(dataset)
        self._count = starts[-1]
        self._compare(starts)
        cut = self._cluster()
        written = _write(target, self._job.made(ClusterGroups.kind, "arrow"))
        crowded = sum(int(path.read_text("ascii")) for path in self._job.made(CompareBlocks.kind, "crowded"))
        return StoryCounts(self._count, written[0], written[1], crowded, cut)

    def _do(self, names: Sequence[str]) -> None:
        if self._given is not None and names:
            self._given(names)
        elif names:
            for name in names:
                do_step(self._work, name)

    def _lay_down(self, steps: Iterable[Step]) -> list[str]:
        return lay_down(self._job, steps)

    def _tell(self, dataset: Dataset) -> list[int]:
        """Make all tellings: the row of the first of each step, and at the end the number of all."""
        parts = dataset.parts("documents")
        sizes = [int(pq.read_metadata(part).num_rows) for part in parts]
        some = [[p.name for p in parts[a:b]] for a, b in _ranges(sizes, _enough(sum(sizes), _DOCUMENTS))]
        words = self._lay_down(CountWords(names) for names in some)
        self._do([*self._lay_down([ListActors(self._make_actors)]), *words])
        sum_rarity(self._job)
        beside = {part.name for part in dataset.parts("events")} <= {part.name for part in parts}
        tell = self._lay_down(TellArticles(names, w, beside) for names, w in zip(some, words, strict=True))
        self._do(tell)
        self._forget(CountWords.kind, "terms")
        return gather_tellings(self._job.folder, [self._job.path(name, "tellings") for name in tell])

    def _compare(self, starts: Sequence[int]) -> None:
        """Compare what shares a block, then all that two articles tell which a strong link has joined."""
        self._shift_links(starts)
        self._sort("blocks", starts=starts)
        self._do(self._lay_down(CompareBlocks(share, self._count) for share in self._shares("blocks", _KEYS)))
        self._forget("blocks", "sorted")
        self._sort("pairs")
        self._do(self._lay_down(CompareArticles(share) for share in self._shares("pairs", _PAIRS)))
        self._forget("pairs", "sorted")

    def _sort(self, *endings: str, starts: Sequence[int] = ()) -> list[int]:
        """Sort dealt records, those of neighbouring partitions into one file: before which partition each file ends.

        ``starts``: what is added to the rows in the files that the steps of each number made.
        """
        sizes = np.zeros(PARTITIONS, np.int64)
        for ending in endings:
            paths = self._job.made("*", ending)
            added = (starts[int(path.name.split("-")[1])] if starts else 0 for path in paths)
            list_dealt(self._job, ending, zip(paths, added, strict=True))
            sizes += dealt_sizes(paths, PARTITIONS)
        ranges = list(_ranges(sizes.tolist(), _SORTED))
        self._do([n for ending in endings for n in self._lay_down(SortDealt(ending, *some) for some in ranges)])
        for ending in endings:
            self._forget("*", ending)
        return [end for _, end in ranges]

    def _shares(self, ending: str, bounds: tuple[int, int]) -> Iterator[Share]:
        """What is sorted, in shares of about one size."""
        paths = self._job.made(ending, "sorted")
        sizes = [path.stat().st_size // DEALT[ending].itemsize for path in paths]
        target = _enough(sum(sizes), bounds)
        for path, size in zip(paths, sizes, strict=True):
            count = -(-size // target)
            yield from (Share(path.name, size * n // count, size * (n + 1) // count) for n in range(count))

    def _shift_links(self, starts: Sequence[int]) -> None:
        """Links within articles, whose rows were counted from the first of each step."""
        for path, start in zip(self._job.made(TellArticles.kind, "links"), starts, strict=False):
            with path.with_name(f"again-{path.stem}.links").open("wb") as out:
                for links in read_links([path]):
                    links = links.copy()
                    links["first"] += start
                    links["second"] += start
                    out.write(links.tobytes())
            path.unlink()

    def _forget(self, kind: str, ending: str) -> None:
        for path in self._job.made(kind, ending):
            path.unlink()

    # groups

    def _cluster(self) -> int:
        """Make the stories of all groups of linked tellings; how many tellings are in groups that are too large."""
        forest, sizes = self._group()
        bounds = self._bounds(sizes)
        for n, start in enumerate(range(0, self._count, _CHUNK)):
            rows = np.arange(start, min(start + _CHUNK, self._count))
            members = np.empty(len(rows), MEMBER)
            members["root"], members["row"] = forest.find_all(rows), rows
            self._deal(f"group-{n:06d}.members", members, bounds)
        for n, links in enumerate(self._links()):
            first = forest.find_all(links["first"])
            within = first == forest.find_all(links["second"])
            linked = np.empty(int(within.sum()), LINKED)
            linked["root"] = first[within]
            for name in links.dtype.names or ():
                linked[name] = links[name][within]
            self._deal(f"group-{n:06d}.linked", linked, bounds)
        forest.forget()
        ends = self._sort("members", "linked")
        if self._count:
            roots = [0, *bounds.tolist(), self._count]
            places = np.searchsorted(ends, _partition(np.arange(len(roots) - 1), bounds), "right").tolist()
            steps = zip(places, roots[:-1], roots[1:], strict=True)
            self._do(self._lay_down(ClusterGroups(*step) for step in steps))
        largest = self._job.rules.largest
        return int(sum(some[some > largest].sum() for _, some in _chunks(sizes)))

    def _deal(self, name: str, records: Structured, bounds: Numbers) -> None:
        steps = np.searchsorted(bounds, records["root"], "right")
        deal(self._job.folder / name, records, _partition(steps, bounds), PARTITIONS)

    def _bounds(self, sizes: Numbers) -> Numbers:
        """The roots with which a new partition of groups begins: one a step, of about the same work."""
        largest = self._job.rules.largest

        def weights(some: Numbers) -> Numbers:
            each: Numbers = some.astype(np.int64)
            work: Numbers = each + (each > 1) * (6 + each * np.minimum(each, largest) // 8)  # each compared with each
            return work

        total = sum(int(weights(some).sum()) for _, some in _chunks(sizes))
        target = _enough(total, _WEIGHT)
        bounds, before = [], 0
        for start, some in _chunks(sizes):
            above = before + np.cumsum(weights(some))
            number = np.concatenate([[before], above]) // target
            bounds.append(start + 1 + np.flatnonzero(number[1:] != number[:-1]))
            before = int(above[-1])
        return np.concatenate([np.empty(0, np.int64), *bounds])

    def _group(self) -> tuple[Forest, Numbers]:
        """Groups of linked tellings, of one that is too large those linked more closely; and each root's members."""
        rules = self._job.rules
        forest = Forest(self._job.folder / "groups-0.bin", self._count)
        for links in self._links():
            near = links[links["likely"].astype(np.float64) >= rules.least]
            forest.unite_all(near["first"], near["second"])
        sizes = self._sizes(forest, 0)
        for number, level in enumerate(LEVELS, 1):
            if all((some <= rules.largest).all() for _, some in _chunks(sizes)):
                break
            closer = Forest(self._job.folder / f"groups-{number}.bin", self._count)
            for links in self._links():
                small = sizes[forest.find_all(links["first"])] <= rules.largest
                near = links[links["likely"].astype(np.float64) >= np.where(small, rules.least, level)]
                closer.unite_all(near["first"], near["second"])
            forest, sizes = closer, self._sizes(closer, number)
        return forest, sizes

    def _sizes(self, forest: Forest, number: int) -> Numbers:
        """The members of each root's group, 0 for a row that is no root."""
        path = self._job.folder / f"sizes-{number}.bin"
        sizes = mapped(path, np.int32, self._count)
        for start in range(0, self._count, _CHUNK):
            roots, counts = np.unique(
                forest.find_all(np.arange(start, min(start + _CHUNK, self._count))), return_counts=True
            )
            sizes[roots] += counts.astype(np.int32)
        forest.forget()
        return sizes  # type: ignore[no-any-return]

    def _links(self) -> Iterator[Structured]:
        return read_links(sorted(self._job.folder.glob("*.links")))


def _partition(steps: Numbers, bounds: Numbers) -> Numbers:
    """To which partition what each of the steps that ``bounds`` divide reads is dealt."""
    return steps * PARTITIONS // (len(bounds) + 1)


def _chunks(sizes: Numbers) -> Iterator[tuple[int, Numbers]]:
    for start in range(0, len(sizes), _CHUNK):
        yield start, np.asarray(sizes[start : start + _CHUNK])


def _enough(total: int, bounds: tuple[int, int]) -> int:
    """How much one step is to do."""
    least, most = bounds
    return min(most, max(least, -(-total // _STEPS)))


def _ranges(sizes: Sequence[int], target: int) -> Iterator[tuple[int, int]]:
    """Neighbours that make about ``target`` together: first, and end. None that is nothing."""
    first = size = 0
    for place, more in enumerate(sizes):
        if size and size + more > target:
            yield first, place
            first, size = place, 0
        size += more
    if size:
        yield first, len(sizes)


def _write(target: Path, paths: Iterable[Path]) -> tuple[int, int]:
    """Write the parts under temporary names, then put them in the place of the old ones. All rows, and shared ones."""
    target.mkdir(parents=True, exist_ok=True)
    count = shared = 0
    done: list[tuple[Path, Path]] = []
    batches = _row_groups(paths)
    batch = next(batches, STORIES.batch([]))
    while batch.num_rows or not done:
        final = target / f"part-{len(done):05d}.parquet"
        temporary = target / f".{final.name}.writing"
        done.append((temporary, final))
        with pq.ParquetWriter(temporary, STORIES.schema, compression="zstd") as out:
            written = 0
            while written < _STORIES_PER_PART:
                out.write_batch(batch)
                written += batch.num_rows
                shared += pc.sum(pc.greater(batch.column("n_documents"), 1)).as_py() or 0
                batch = next(batches, STORIES.batch([]))
                if not batch.num_rows:
                    break
        count += written
    for old in target.glob("*.parquet"):
        old.unlink()
    for temporary, final in done:
        os.replace(temporary, final)
    return count, shared


def _row_groups(paths: Iterable[Path]) -> Iterator[pa.RecordBatch]:
    """The rows that the steps have made, some at a time, sorted by id."""
    for rows in by_rows(map(_read_rows, paths), _STORIES_AT_ONCE):
        yield in_one(rows.sort_by("story_id"))


def _read_rows(path: Path) -> pa.Table:
    with pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).read_all()
