"""The steps of the pass over a run's tables, each of which any process can do.

A step is laid down as a file, and all that it reads and makes lies beside it. What it
makes bears its name and is put there whole, so that a step may be done twice.
"""

from __future__ import annotations

import gc
import pickle
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.dataset import Dataset, Row, open_dataset
from pipeline.rows import StoryRow
from pipeline.rules.stories import StoryRules
from pipeline.stories.cluster import stories
from pipeline.stories.files import (
    LINK,
    Links,
    Sorted,
    Structured,
    Tellings,
    deal,
    dealt,
    links_to,
    runs_of,
    sort_to,
    tellings_to,
    whole,
)
from pipeline.stories.match import Link, compared, joins_articles, pairs_beside, probability
from pipeline.stories.telling import (
    DOCUMENT_COLUMNS,
    EVENT_COLUMNS,
    TERM_BITS,
    Rarity,
    Teller,
    Telling,
    article_terms,
    pack_article,
)
from pipeline.tables import BY_NAME

PARTITIONS = 256  # of all that is dealt, to be sorted
KEY = np.dtype([("key", "<i8"), ("row", "<i8"), ("article", "<i8")])
PAIR = np.dtype([("first", "<i8"), ("second", "<i8")])  # of articles
MEMBER = np.dtype([("root", "<i8"), ("row", "<i8")])
LINKED = np.dtype([("root", "<i8"), *((name, LINK[name]) for name in LINK.names or ())])
DEALT = {"blocks": KEY, "pairs": PAIR, "members": MEMBER, "linked": LINKED}  # by the ending of their files
STORIES = BY_NAME["stories"]
# enumerations as plain strings, which Arrow turns to Python's much faster
_EVENTS = pa.schema(
    pa.field(name, pa.string() if pa.types.is_dictionary(kind) else kind)
    for name in EVENT_COLUMNS
    for kind in [BY_NAME["events"].schema.field(name).type]
)
_CAST = pa.schema(
    [*((name, pa.string()) for name in ("actor_id", "kind", "country")), ("sectors", pa.list_(pa.string()))]
)
_FOLDER = "stories"
_DOCUMENTS_AT_ONCE = 250
_DEALT_AT_ONCE = 200_000


@dataclass(frozen=True, slots=True)
class Job:
    """What all steps of a pass need to know; ``folder`` is where they are laid down."""

    folder: Path
    run: Path
    rules: StoryRules

    def path(self, name: str, ending: str) -> Path:
        """A file of a step."""
        return self.folder / f"{name}.{ending}"

    def made(self, kind: str, ending: str) -> list[Path]:
        """The files of that ending that the steps of a kind have made, in the order of the steps."""
        return sorted(self.folder.glob(f"{kind}-*.{ending}"))


class Step(Protocol):
    """One step."""

    @property
    def kind(self) -> str:
        """What its name begins with."""

    def do(self, job: Job, name: str) -> None:
        """Do it."""


def folder_of(work: Path) -> Path:
    """Where the steps of a pass lie, below the folder for temporary files."""
    return work / _FOLDER


def begin(job: Job) -> None:
    """Lay down what all steps need."""
    _lay_down(job.folder / "job.pickle", job)


def lay_down(job: Job, steps: Iterable[Step]) -> list[str]:
    """Lay steps down for any process to do; their names, in the same order."""
    names = []
    for number, step in enumerate(steps):
        names.append(f"{step.kind}-{number:06d}")
        _lay_down(job.path(names[-1], "step"), step)
    return names


def _lay_down(path: Path, value: object) -> None:
    with whole(path) as temporary:
        temporary.write_bytes(pickle.dumps(value))


def do_step(work: Path, name: str) -> None:
    """Do a step of the pass that ``build_stories`` makes with the same ``work``. OSError if a file can't be written."""
    folder = folder_of(work)
    job = pickle.loads((folder / "job.pickle").read_bytes())
    step = pickle.loads((folder / f"{name}.step").read_bytes())
    if not isinstance(job, Job) or not isinstance(step, STEPS):
        raise TypeError(f"{name} is no step of stories")
    collecting = gc.isenabled()
    gc.disable()  # nothing here is in a cycle: the collector would go through it all, again and again, in vain
    try:
        step.do(job, name)
    finally:
        if collecting:
            gc.enable()


@dataclass(frozen=True, slots=True)
class CountWords:
    """Count in how many articles each term occurs, and keep the terms of each, for the articles of some parts."""

    kind: ClassVar[str] = "words"
    parts: Sequence[str]

    def do(self, job: Job, name: str) -> None:
        """Makes ``.rarity`` and ``.terms``."""
        rarity = Rarity()
        with whole(job.path(name, "terms")) as temporary, temporary.open("wb") as file:
            for documents in chain.from_iterable(_documents(job.run / "documents" / part) for part in self.parts):
                found = [article_terms(row["title"], row["text"], job.rules) for row in documents]
                for row, terms in zip(documents, found, strict=True):
                    if row["duplicate_of"] is None:  # a text printed a hundred times does not make its words common
                        rarity.add(terms)
                _save_terms(file, found)
        seen = np.flatnonzero(rarity.counts).astype(np.uint32)
        with whole(job.path(name, "rarity")) as temporary, temporary.open("wb") as file:
            for array in (np.array(rarity.articles), seen, rarity.counts[seen]):
                np.save(file, array)


def sum_rarity(job: Job) -> None:
    """Add up what the steps have counted."""
    whole_run = Rarity()
    for path in job.made(CountWords.kind, "rarity"):
        with path.open("rb") as file:
            articles, seen, counts = (np.load(file) for _ in range(3))
        whole_run.articles += int(articles)
        whole_run.counts[seen] += counts
        path.unlink()
    with (job.folder / "all.rarity").open("wb") as file:
        file.write(whole_run.articles.to_bytes(8, "little"))
        file.write(whole_run.counts.tobytes())


def _read_rarity(job: Job) -> Rarity:
    path = job.folder / "all.rarity"
    rarity = Rarity()
    with path.open("rb") as file:
        rarity.articles = int.from_bytes(file.read(8), "little")
    rarity.counts = np.memmap(path, np.uint32, "r", offset=8)
    return rarity


def _save_terms(file: Any, found: Sequence[Mapping[int, float]]) -> None:
    np.save(file, np.array([len(terms) for terms in found], np.int32))
    np.save(file, np.array([term for terms in found for term in terms], np.uint32))
    np.save(file, np.array([weight for terms in found for weight in terms.values()], np.float64))


def _read_terms(file: Any) -> Iterator[dict[int, float]]:
    sizes, terms, weights = (np.load(file) for _ in range(3))
    ends = np.cumsum(sizes)
    for start, end in zip((ends - sizes).tolist(), ends.tolist(), strict=True):
        yield dict(zip(terms[start:end].tolist(), weights[start:end].tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class ListActors:
    """Put kind, country and sectors of the corpus's actors where any step can look them up.

    ``make`` makes the table of actors first, where it is not there yet.
    """

    kind: ClassVar[str] = "cast"
    make: Callable[[], object] | None = None

    def do(self, job: Job, name: str) -> None:
        """Makes ``.sqlite``."""
        if self.make is not None:
            self.make()
        with whole(job.path(name, "sqlite")) as temporary:
            base = sqlite3.connect(temporary, isolation_level=None)
            try:
                for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-16384"):
                    base.execute(f"pragma {pragma}").fetchall()
                base.execute(
                    "create table cast(id text primary key, kind text, country text, sectors text) without rowid"
                )
                base.execute("begin")
                for part in open_dataset(job.run).parts("actors"):
                    with pq.ParquetFile(part) as file:
                        for batch in file.iter_batches(10_000, columns=_CAST.names, use_threads=False):
                            columns = batch.cast(_CAST).columns
                            ids, kinds, countries, sectors = (column.to_pylist() for column in columns)
                            joint = map(" ".join, sectors)
                            rows = zip(ids, kinds, countries, joint, strict=True)
                            base.executemany("insert into cast values (?, ?, ifnull(?, ''), ?)", rows)
                base.execute("commit")
            finally:
                base.close()


class _Cast:
    """Kind, country and sectors of actors, as ``ListActors`` put them down."""

    def __init__(self, job: Job) -> None:
        path = job.path(f"{ListActors.kind}-{0:06d}", "sqlite").absolute()
        self._base = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)

    def of(self, actor_ids: Collection[str]) -> dict[str, tuple[str, str, tuple[str, ...]]]:
        out: dict[str, tuple[str, str, tuple[str, ...]]] = {}
        wanted = sorted(actor_ids)
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            marks = ",".join("?" * len(some))
            for actor_id, kind, country, sectors in self._base.execute(
                f"select * from cast where id in ({marks})", some
            ):
                out[actor_id] = (kind, country, tuple(sectors.split()))
        return out

    def __enter__(self) -> _Cast:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()


@dataclass(frozen=True, slots=True)
class TellArticles:
    """Make the tellings of the articles of some parts; ``words`` is the step that counted their words.

    ``beside``: events lie in parts of the same names, so that none need be looked for elsewhere.
    """

    kind: ClassVar[str] = "tell"
    parts: Sequence[str]
    words: str
    beside: bool

    def do(self, job: Job, name: str) -> None:
        """Makes ``.tellings`` and ``.places``, ``.links`` within articles, and numbered ``.blocks``: rows from 0."""
        dataset = open_dataset(job.run)
        teller = Teller(job.rules, _read_rarity(job))
        blocks = _Blocks(job, name)
        with (
            _Cast(job) as cast,
            job.path(self.words, "terms").open("rb") as words,
            tellings_to(job.path(name, "tellings")) as out,
            links_to(job.path(name, "links")) as links,
        ):
            for documents, events in chain.from_iterable(_articles(dataset, p, self.beside) for p in self.parts):
                known = cast.of({a for rows in events.values() for row in rows for a in _participants(row)})
                for row, counts in zip(documents, _read_terms(words), strict=True):
                    if found := teller.tellings(row, events.get(row["doc_id"], ()), known, counts):
                        _link_within(found, out.count, links)
                        blocks.add(found, out.count)
                        out.add(pack_article(found))
        blocks.flush()


def _link_within(tellings: Sequence[Telling], first: int, links: Links) -> None:
    """Later tellings of an article's event belong to the first one."""
    rows = {telling.event_id: row for row, telling in enumerate(tellings, first)}
    for row, telling in enumerate(tellings, first):
        if telling.same_as in rows:
            links.add(rows[telling.same_as], row, 1.0)


class _Blocks:
    """The keys of tellings, dealt to partitions; those of one type and window of days to one."""

    def __init__(self, job: Job, name: str) -> None:
        self._job = job
        self._name = name
        self._written = 0
        self._keys: list[int] = []
        self._rows: list[int] = []
        self._articles: list[int] = []
        self._counts: list[int] = []

    def add(self, tellings: Sequence[Telling], first: int) -> None:
        """Take the tellings of an article, from the row ``first`` on."""
        for row, telling in enumerate(tellings, first):
            self._keys += telling.keys
            self._counts.append(len(telling.keys))
            self._rows.append(row)
            self._articles.append(first)
        if len(self._keys) >= _DEALT_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        records = np.empty(len(self._keys), KEY)
        records["key"] = self._keys
        records["row"] = np.repeat(np.array(self._rows, np.int64), self._counts)
        records["article"] = np.repeat(np.array(self._articles, np.int64), self._counts)
        path = self._job.path(f"{self._name}-{self._written:06d}", "blocks")
        deal(path, records, (records["key"] >> TERM_BITS) % PARTITIONS, PARTITIONS)
        self._written += 1
        for waiting in (self._keys, self._counts, self._rows, self._articles):
            waiting.clear()


def list_dealt(job: Job, ending: str, files: Iterable[tuple[Path, int]]) -> None:
    """Lay down which files hold dealt records, and what each adds to the rows in its own."""
    _lay_down(job.path("all", ending), [(path.name, start) for path, start in files])


@dataclass(frozen=True, slots=True)
class SortDealt:
    """Bring together, from all files with an ending, what was dealt to partitions from ``first`` to before ``end``."""

    kind: str  # the ending
    first: int
    end: int

    def do(self, job: Job, name: str) -> None:
        """Makes ``.sorted``."""
        sort_to(job.path(name, "sorted"), self._pieces(job), DEALT[self.kind])

    def _pieces(self, job: Job) -> Iterator[Structured]:
        kind = DEALT[self.kind]
        for path, start in pickle.loads(job.path("all", self.kind).read_bytes()):
            found = dealt(job.folder / path, kind, self.first, self.end, PARTITIONS)
            if start:
                found = found.copy()
                for column in (kind.names or ())[1:]:
                    found[column] += start
            yield found


@dataclass(frozen=True, slots=True)
class Share:
    """Records of a sorted file: from one place to before another, each moved back to where its key begins."""

    file: str
    start: int
    end: int

    def read(self, job: Job, kind: np.dtype[Any]) -> Structured:
        """The records."""
        with (job.folder / self.file).open("rb") as file:
            return Sorted(file, kind).whole_runs(self.start, self.end)


@dataclass(frozen=True, slots=True)
class CompareBlocks:
    """Compare the tellings of each block. ``count`` are all tellings."""

    kind: ClassVar[str] = "compare"
    share: Share
    count: int

    def do(self, job: Job, name: str) -> None:
        """Makes ``.links``, ``.crowded``, numbered ``.pairs`` of articles that belong together."""
        crowded = 0
        with Tellings(job.folder) as tellings, links_to(job.path(name, "links")) as links:
            pairs = _Pairs(job, name, self.count)
            for key, rows, articles in _blocks(self.share.read(job, KEY)):
                crowded += len(rows) if len(rows) > job.rules.crowd else 0
                some = [tellings.get(row) for row in rows]
                for i, j in compared(some, key, job.rules):
                    likely = probability(some[i], some[j], job.rules)
                    if likely >= job.rules.least:
                        links.add(rows[i], rows[j], likely)
                        if joins_articles(some[i], some[j], likely, job.rules):
                            pairs.add(articles[i], articles[j])
            pairs.flush()
        with whole(job.path(name, "crowded")) as temporary:
            temporary.write_text(str(crowded), encoding="ascii")


def _blocks(keys: Structured) -> Iterator[tuple[int, list[int], list[int]]]:
    """Each block with tellings of several articles: key, rows, articles. Most hold the events of one."""
    if not len(keys):
        return
    key, article = keys["key"], keys["article"]
    starts, ends = runs_of(key)
    several = np.minimum.reduceat(article, starts) != np.maximum.reduceat(article, starts)
    for start, end in zip(starts[several].tolist(), ends[several].tolist(), strict=True):
        yield int(key[start]), keys["row"][start:end].tolist(), article[start:end].tolist()


class _Pairs:
    """Pairs of articles, dealt to partitions by the first of the two."""

    def __init__(self, job: Job, name: str, count: int) -> None:
        self._job = job
        self._name = name
        self._count = count
        self._written = 0
        self._waiting: set[tuple[int, int]] = set()

    def add(self, one: int, other: int) -> None:
        """Take two articles in any order."""
        self._waiting.add((min(one, other), max(one, other)))
        if len(self._waiting) >= _DEALT_AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        records = np.array(sorted(self._waiting), PAIR)
        path = self._job.path(f"{self._name}-{self._written:06d}", "pairs")
        deal(path, records, records["first"] * PARTITIONS // max(1, self._count), PARTITIONS)
        self._written += 1
        self._waiting.clear()


@dataclass(frozen=True, slots=True)
class CompareArticles:
    """Compare all that two articles tell which a strong link has joined."""

    kind: ClassVar[str] = "beside"
    share: Share

    def do(self, job: Job, name: str) -> None:
        """Makes ``.links``."""
        with Tellings(job.folder) as tellings, links_to(job.path(name, "links")) as links:
            for first, second in np.unique(self.share.read(job, PAIR)).tolist():
                one, other = tellings.of_article(first), tellings.of_article(second)
                sides = ((first, one), (second, other))
                rows = {t.event_id: row for start, side in sides for row, t in enumerate(side, start)}
                for a, b, likely in pairs_beside(one, other, job.rules):
                    links.add(rows[a], rows[b], likely)


@dataclass(frozen=True, slots=True)
class ClusterGroups:
    """Make the stories of the groups of linked tellings whose roots are from ``low`` to before ``high``."""

    kind: ClassVar[str] = "stories"
    place: int  # of the steps that sorted, that which sorted these
    low: int
    high: int

    def do(self, job: Job, name: str) -> None:
        """Makes ``.arrow``: rows in no order that means anything."""
        groups = _groups(self._read(job, "members"), self._read(job, "linked"))
        with Tellings(job.folder) as tellings:
            rows = [story for group, linked in groups for story in _stories_of(group, linked, tellings, job.rules)]
        batch = STORIES.batch(rows)
        with (
            whole(job.path(name, "arrow")) as temporary,
            pa.OSFile(str(temporary), "wb") as sink,
            pa.ipc.new_file(sink, batch.schema) as out,
        ):
            out.write_batch(batch)

    def _read(self, job: Job, ending: str) -> Structured:
        with job.path(f"{ending}-{self.place:06d}", "sorted").open("rb") as file:
            return Sorted(file, DEALT[ending]).between(self.low, self.high)


def _groups(members: Structured, links: Structured) -> Iterator[tuple[list[int], Structured]]:
    """The rows of each group, and the links within it. Both are sorted by root."""
    if not len(members):
        return
    starts, ends = runs_of(members["root"])
    roots = members["root"][starts]
    low, high = (np.searchsorted(links["root"], roots, side) for side in ("left", "right"))
    for start, end, a, b in zip(starts.tolist(), ends.tolist(), low.tolist(), high.tolist(), strict=True):
        yield members["row"][start:end].tolist(), links[a:b]


def _stories_of(rows: Sequence[int], linked: Structured, tellings: Tellings, rules: StoryRules) -> Iterator[StoryRow]:
    if len(rows) == 1:
        yield from stories([tellings.read(rows[0], vectors=False)], (), rules)
        return
    parts = [(rows, linked)] if len(rows) <= rules.largest else _cut(rows, linked, tellings, rules.largest)
    for some_rows, links in parts:
        some = {row: tellings.read(row) for row in some_rows}
        names = {row: telling.event_id for row, telling in some.items()}
        yield from stories(list(some.values()), _named_links(links, names), rules)


def _cut(
    rows: Sequence[int], linked: Structured, tellings: Tellings, largest: int
) -> Iterator[tuple[list[int], Structured]]:
    """A group that is too large, cut by days, and the links within each part."""
    dated = ((t.day, t.event_id, row) for row in rows for t in [tellings.read(row, vectors=False)])
    order = np.array([row for _, _, row in sorted(dated)])
    places = np.argsort(order)
    first, second = (places[np.searchsorted(order[places], linked[end])] // largest for end in ("first", "second"))
    linked, part = linked[first == second], first[first == second]
    linked, part = linked[np.argsort(part, kind="stable")], np.sort(part)
    for number, start in enumerate(range(0, len(order), largest)):
        low, high = np.searchsorted(part, [number, number + 1])
        yield order[start : start + largest].tolist(), linked[low:high]


def _named_links(linked: Structured, names: Mapping[int, str]) -> Iterator[Link]:
    for _, first, second, likely in linked.tolist():
        low, high = sorted((names[first], names[second]))
        yield low, high, likely


def _documents(part: Path) -> Iterator[list[Row]]:
    """The documents of a part, some at a time."""
    with pq.ParquetFile(part) as file:
        for batch in file.iter_batches(_DOCUMENTS_AT_ONCE, columns=list(DOCUMENT_COLUMNS), use_threads=False):
            yield batch.to_pylist()


def _articles(dataset: Dataset, part: str, beside: bool) -> Iterator[tuple[list[Row], dict[str, list[Row]]]]:
    """The documents of a part, some at a time, and the events of each: those of the part beside it, or from all."""
    of_part: dict[str, list[Row]] = {}
    events = dataset.folder / "events" / part
    if beside and events.exists():
        with pq.ParquetFile(events) as file:
            rows = file.read(columns=list(EVENT_COLUMNS), use_threads=False).select(EVENT_COLUMNS)
        of_part = _by_document(rows.cast(_EVENTS).to_pylist())
    for some in _documents(dataset.folder / "documents" / part):
        if beside:
            yield some, {row["doc_id"]: of_part.pop(row["doc_id"], []) for row in some}
        else:
            ids = {row["doc_id"] for row in some}
            yield some, _by_document(dataset.rows("events", EVENT_COLUMNS, doc_id=ids))


def _by_document(events: Iterable[Row]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = {}
    for event in events:
        out.setdefault(event["doc_id"], []).append(event)
    return out


def _participants(event: Row) -> Iterable[str]:
    return (*event["actors"], *event["recipients"])


STEPS = (CountWords, ListActors, TellArticles, SortDealt, CompareBlocks, CompareArticles, ClusterGroups)
