"""The pass over a finished run's tables that makes ``stories``, in memory that does not grow with the corpus.

The articles are read twice: to count how rare each word is, then to make the tellings.
Those lie in a flat file; their blocks are dealt to partitions, of which one at a time is
sorted and compared; links are joined to groups, and each group is clustered on its own.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from pipeline.dataset import Dataset, Row, open_dataset
from pipeline.errors import OutputError
from pipeline.forest import Forest
from pipeline.records import StoryRow
from pipeline.rules.stories import StoryRules
from pipeline.stories.cluster import stories
from pipeline.stories.match import Link, compared, joins_articles, pairs_beside, probability
from pipeline.stories.telling import TERM_BITS, Rarity, Teller, Telling, article_terms, pack, unpack
from pipeline.tables import BY_NAME

Structured = npt.NDArray[Any]

_PARTITIONS = 64
_CHUNK = 50_000  # records in memory while they are dealt
_AT_ONCE = 2_000_000  # keys sorted at once; a larger partition is taken in slices of its keys
_KEPT = 4_000  # tellings kept in memory while blocks are compared
_DOCUMENTS_AT_ONCE = 250
_STORIES_AT_ONCE = 20_000
_STORIES_PER_PART = 1_000_000
LEVELS = (0.7, 0.85, 0.95, 0.99)  # of links in a group that is too large
_STORIES = BY_NAME["stories"]
EVENT_COLUMNS = (
    *("event_id", "doc_id", "trigger_start", "trigger_end", "trigger_lemma", "event_type", "event_mode", "quad_class"),
    *("negated", "modality", "date_start", "date_end", "date_source", "actors", "recipients", "actor_names"),
    *("recipient_names", "place", "place_country", "same_as", "confidence", "field"),
)
DOCUMENT_COLUMNS = ("doc_id", "title", "text", "published_at", "published_date", "duplicate_of")
_KEY = np.dtype([("key", "<i8"), ("row", "<i8"), ("article", "<i8")])
_LINK = np.dtype([("first", "<i8"), ("second", "<i8"), ("likely", "<f4")])
_LINKED = np.dtype([("root", "<i8"), ("first", "<i8"), ("second", "<i8"), ("likely", "<f4")])
_PLACE = np.dtype([("root", "<i8"), ("row", "<i8")])


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


def build_stories(run: Path, rules: StoryRules, *, output: Path | None = None, work: Path | None = None) -> StoryCounts:
    """Make the table ``stories`` of the run in the folder ``run``, in place of the one that is there.

    ``output`` is a folder to write the table's parts to instead. Temporary files go
    below ``work`` (default: the system's); they take about two kilobytes an event.
    Every event that happened or is planned is in one story. InputError if ``run`` is
    no run's folder, OutputError if the table can't be written. The rows do not depend on how
    the tables are cut into parts, nor on the order of those.
    """
    dataset = open_dataset(run)
    target = output if output is not None else run / _STORIES.name
    folder = Path(tempfile.mkdtemp(prefix="dateline-stories-", dir=work))
    try:
        with _Job(folder, rules) as job:
            job.tell(dataset)
            job.link()
            written = _write(target, job.stories())
            return StoryCounts(job.count, written[0], written[1], job.crowded, job.cut)
    except OSError as error:
        raise OutputError(f"{target} can't be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Job:
    """One pass: ``tell`` the tellings, ``link`` like ones, give the ``stories``."""

    def __init__(self, folder: Path, rules: StoryRules) -> None:
        self.rules = rules
        self.count = self.crowded = self.cut = 0
        self._folder = folder
        self._tellings = (folder / "tellings.bin").open("w+b")
        self._places = (folder / "places.bin").open("w+b")
        self._links = (folder / "links.bin").open("w+b")
        self._articles = (folder / "articles.bin").open("w+b")
        self._blocks = Partitions(folder, "block", _KEY, shift=TERM_BITS)
        self._size = 0
        self._telling = lru_cache(maxsize=_KEPT)(self._read)

    def __enter__(self) -> _Job:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._blocks.close()
        for file in (self._tellings, self._places, self._links, self._articles):
            file.close()

    # tellings

    def tell(self, dataset: Dataset) -> None:
        """Write all tellings to disk, and the blocks that each stands in."""
        rarity = Rarity()
        for documents, _ in _articles(dataset, events=False):
            for row in documents:
                if row["duplicate_of"] is None:  # a text printed a hundred times does not make its words common
                    rarity.add(article_terms(row["title"], row["text"], self.rules))
        teller = Teller(self.rules, rarity)
        with _Cast(self._folder, dataset) as cast:
            for documents, events in _articles(dataset):
                known = cast.of({a for rows in events.values() for row in rows for a in _participants(row)})
                for row in documents:
                    if found := events.get(row["doc_id"]):
                        self._add(teller.tellings(row, found, known))
        for file in (self._tellings, self._places, self._articles):
            file.flush()

    def _add(self, tellings: Sequence[Telling]) -> None:
        """Take the tellings of an article, which is known by the row of the first."""
        article = self.count
        rows = {telling.event_id: self.count + n for n, telling in enumerate(tellings)}
        for telling in tellings:
            data = pack(telling)
            self._tellings.write(data)
            self._places.write(self._size.to_bytes(8, "little"))
            self._articles.write(len(tellings).to_bytes(8, "little"))
            self._size += len(data)
            for key in telling.keys:
                self._blocks.add(key, (key, self.count, article))
            if telling.same_as in rows:
                self._link(rows[telling.same_as], self.count, 1.0)
            self.count += 1

    def _read(self, row: int) -> Telling:
        start, end = np.frombuffer(os.pread(self._places.fileno(), 16, 8 * row).ljust(16, b"\0"), "<i8").tolist()
        size = (end or self._size) - start
        return unpack(os.pread(self._tellings.fileno(), size, start))

    def _link(self, first: int, second: int, likely: float) -> None:
        self._links.write(np.array([(first, second, likely)], _LINK).tobytes())

    # links

    def link(self) -> None:
        """Compare what shares a block, then all that two articles tell which a strong link has joined."""
        beside = Partitions(self._folder, "beside", _KEY)
        try:
            for keys in self._blocks.sorted("key"):
                if not len(keys):
                    continue
                key, article = keys["key"], keys["article"]
                starts = np.flatnonzero(np.concatenate([[True], key[1:] != key[:-1]]))
                ends = np.append(starts[1:], len(key))
                # most blocks hold the events of one article
                several = np.minimum.reduceat(article, starts) != np.maximum.reduceat(article, starts)
                for start, end in zip(starts[several].tolist(), ends[several].tolist(), strict=True):
                    part = slice(start, end)
                    self._compare(int(key[start]), keys["row"][part].tolist(), article[part].tolist(), beside)
            for joined in beside.sorted("key"):
                for first, second in np.unique(joined[["row", "article"]]).tolist():
                    self._compare_articles(first, second)
        finally:
            beside.close()
        self._links.flush()

    def _compare(self, key: int, rows: Sequence[int], articles: Sequence[int], beside: Partitions) -> None:
        tellings = [self._telling(row) for row in rows]
        if len(rows) > self.rules.crowd:
            self.crowded += len(rows)
        for i, j in compared(tellings, key, self.rules):
            likely = probability(tellings[i], tellings[j], self.rules)
            if likely >= self.rules.least:
                self._link(rows[i], rows[j], likely)
                if joins_articles(tellings[i], tellings[j], likely, self.rules):
                    first, second = sorted((articles[i], articles[j]))
                    beside.add(first, (first, first, second))

    def _compare_articles(self, first: int, second: int) -> None:
        one, other = self._of_article(first), self._of_article(second)
        rows = {t.event_id: row for start, side in ((first, one), (second, other)) for row, t in enumerate(side, start)}
        for a, b, likely in pairs_beside(one, other, self.rules):
            self._link(rows[a], rows[b], likely)

    def _of_article(self, first: int) -> list[Telling]:
        count = int.from_bytes(os.pread(self._articles.fileno(), 8, 8 * first), "little")
        return [self._telling(row) for row in range(first, first + count)]

    # stories

    def stories(self) -> Iterator[StoryRow]:
        """All stories; the order is that of the tellings on disk, and means nothing."""
        forest = self._groups()
        groups, links = Partitions(self._folder, "group", _PLACE), Partitions(self._folder, "link", _LINKED)
        try:
            for row in range(self.count):
                first = forest.find(row)
                groups.add(first, (first, row))
            for first, second, likely in self._all_links():
                root = forest.find(first)
                if root == forest.find(second):
                    links.add(root, (root, first, second, likely))
            forest.forget()
            # both are cut into partitions by the root, and in each come in the order of the roots
            sizes = groups.slices()
            both = zip(groups.sorted("root", sizes=sizes), links.sorted("root", sizes=sizes), strict=True)
            for places, linked in both:
                if not len(places):
                    continue
                roots = places["root"]
                starts = np.flatnonzero(np.concatenate([[True], roots[1:] != roots[:-1]]))
                ends = np.append(starts[1:], len(roots))
                low = np.searchsorted(linked["root"], roots[starts], "left")
                high = np.searchsorted(linked["root"], roots[starts], "right")
                for start, end, a, b in zip(starts.tolist(), ends.tolist(), low.tolist(), high.tolist(), strict=True):
                    yield from self._stories_of(places["row"][start:end].tolist(), linked[a:b])
        finally:
            groups.close()
            links.close()

    def _stories_of(self, rows: Sequence[int], linked: Structured) -> Iterator[StoryRow]:
        tellings = {row: self._read(row) for row in rows[: self.rules.largest]}
        if len(rows) <= self.rules.largest:
            names = {row: telling.event_id for row, telling in tellings.items()}
            yield from stories(list(tellings.values()), _named_links(linked, names), self.rules)
            return
        self.cut += len(rows)
        order = sorted((t.day, t.event_id, row) for row in rows for t in [self._read(row)])
        for start in range(0, len(order), self.rules.largest):
            names = {row: name for _, name, row in order[start : start + self.rules.largest]}
            yield from stories([self._read(row) for row in names], _named_links(linked, names), self.rules)

    def _groups(self) -> Forest:
        """Groups of linked tellings; in one that is too large, of those linked more closely."""
        forest = Forest(self._folder / "groups-0.bin", self.count)
        self._join(forest, None, None, self.rules.least)
        for number, level in enumerate(LEVELS, 1):
            sizes = self._sizes(forest, number)
            if sizes is None:
                break
            closer = Forest(self._folder / f"groups-{number}.bin", self.count)
            self._join(closer, forest, sizes, level)
            forest = closer
        return forest

    def _join(self, forest: Forest, wider: Forest | None, sizes: Any, level: float) -> None:
        for first, second, likely in self._all_links():
            if likely >= (self.rules.least if wider is None or self._small(wider, first, sizes) else level):
                forest.unite(first, second)
        forest.forget()

    def _small(self, forest: Forest, row: int, sizes: Any) -> bool:
        return bool(sizes[forest.find(row)] <= self.rules.largest)

    def _all_links(self) -> Iterator[tuple[int, int, float]]:
        size, number, start = _CHUNK * _LINK.itemsize, self._links.fileno(), 0
        while data := os.pread(number, size, start):
            yield from np.frombuffer(data, _LINK).tolist()
            start += len(data)

    def _sizes(self, forest: Forest, number: int) -> Any:
        """Members of each root's group, or None if none is too large."""
        sizes: Any = np.memmap(self._folder / f"sizes-{number}.bin", np.int32, "w+", shape=(max(1, self.count),))
        large = False
        for _, root in forest.joined():
            sizes[root] += 1
            large = large or sizes[root] >= self.rules.largest
        sizes += 1
        return sizes if large else None


def _named_links(linked: Structured, names: Mapping[int, str]) -> Iterator[Link]:
    for _, first, second, likely in linked.tolist():
        if first in names and second in names:
            low, high = sorted((names[first], names[second]))
            yield low, high, likely


class Partitions:
    """Records dealt to files by a key, and read back sorted, those of one key together."""

    def __init__(self, folder: Path, name: str, kind: np.dtype[Any], *, shift: int = 0) -> None:
        """``shift``: the key's lowest bits that have no say in which file it goes to."""
        self._kind = kind
        self._shift = shift
        self._files = [(folder / f"{name}-{n:02d}.bin").open("w+b") for n in range(_PARTITIONS)]
        self._waiting: list[list[tuple[float, ...]]] = [[] for _ in self._files]

    def add(self, key: int, record: tuple[float, ...]) -> None:
        """Take a record."""
        place = (key >> self._shift) % _PARTITIONS
        waiting = self._waiting[place]
        waiting.append(record)
        if len(waiting) >= _CHUNK // _PARTITIONS:
            self._flush(place)

    def sorted(self, column: str, *, sizes: Sequence[int] | None = None) -> Iterator[Structured]:
        """Sorted by ``column``, which is the key; all records of a key in one array.

        A large partition comes in slices: as many as it needs, or as ``sizes`` says,
        which are another's, so that the two can be read side by side.
        """
        own = self.slices()
        for place, slices in enumerate(own if sizes is None else sizes):
            for n in range(slices):
                parts = list(self._slice(self._files[place], column, n, slices))
                records = np.concatenate(parts) if parts else np.empty(0, self._kind)
                yield records[np.argsort(records[column], kind="stable")]

    def slices(self) -> list[int]:
        """In how many slices each partition comes."""
        for place in range(len(self._files)):
            self._flush(place)
        sizes = [file.seek(0, os.SEEK_END) // self._kind.itemsize for file in self._files]
        return [-(-size // _AT_ONCE) for size in sizes]

    def _slice(self, file: Any, column: str, n: int, slices: int) -> Iterator[Structured]:
        file.seek(0)
        while data := file.read(_CHUNK * self._kind.itemsize):
            records = np.frombuffer(data, self._kind)
            yield records if slices == 1 else records[records[column] // _PARTITIONS % slices == n]

    def _flush(self, place: int) -> None:
        waiting = self._waiting[place]
        if waiting:
            self._files[place].write(np.array(waiting, self._kind).tobytes())
            waiting.clear()

    def close(self) -> None:
        """Drop the files."""
        for file in self._files:
            file.close()
            Path(file.name).unlink(missing_ok=True)


class _Cast:
    """Kind, country and sectors of the corpus's actors, on disk."""

    def __init__(self, folder: Path, dataset: Dataset) -> None:
        self._base = sqlite3.connect(folder / "actors.sqlite", isolation_level=None)
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-16384"):
            self._base.execute(f"pragma {pragma}").fetchall()
        self._base.execute(
            "create table cast(id text primary key, kind text, country text, sectors text) without rowid"
        )
        self._base.execute("begin")
        for part in dataset.parts("actors"):
            with pq.ParquetFile(part) as file:
                for batch in file.iter_batches(10_000, columns=["actor_id", "kind", "country", "sectors"]):
                    rows = (
                        (r["actor_id"], r["kind"], r["country"] or "", " ".join(r["sectors"]))
                        for r in batch.to_pylist()
                    )
                    self._base.executemany("insert into cast values (?, ?, ?, ?)", rows)
        self._base.execute("commit")

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


def _participants(event: Row) -> Iterable[str]:
    return (*event["actors"], *event["recipients"])


def _articles(dataset: Dataset, *, events: bool = True) -> Iterator[tuple[list[Row], dict[str, list[Row]]]]:
    """Documents, some at a time, and the events of each."""
    beside = {path.name: path for path in dataset.parts("events")} if events else {}
    for part in dataset.parts("documents"):
        of_part: dict[str, list[Row]] | None = None
        with pq.ParquetFile(part) as file:
            if events and part.name in beside:
                of_part = _by_document(pq.read_table(beside[part.name], columns=list(EVENT_COLUMNS)).to_pylist())
            for batch in file.iter_batches(_DOCUMENTS_AT_ONCE, columns=list(DOCUMENT_COLUMNS)):
                documents: list[Row] = batch.to_pylist()
                if not events:
                    yield documents, {}
                elif of_part is not None:
                    yield documents, {row["doc_id"]: of_part.pop(row["doc_id"], []) for row in documents}
                else:
                    ids = {row["doc_id"] for row in documents}
                    yield documents, _by_document(dataset.rows("events", EVENT_COLUMNS, doc_id=ids))


def _by_document(events: Iterable[Row]) -> dict[str, list[Row]]:
    out: dict[str, list[Row]] = {}
    for event in events:
        out.setdefault(event["doc_id"], []).append(event)
    return out


def _write(target: Path, found: Iterator[StoryRow]) -> tuple[int, int]:
    """Write the parts under temporary names, then put them in the place of the old ones. All rows, and shared ones."""
    target.mkdir(parents=True, exist_ok=True)
    count = shared = 0
    done: list[tuple[Path, Path]] = []
    batch = _take(found)
    while batch or not done:
        final = target / f"part-{len(done):05d}.parquet"
        temporary = target / f".{final.name}.writing"
        done.append((temporary, final))
        with pq.ParquetWriter(temporary, _STORIES.schema, compression="zstd") as out:
            written = 0
            while written < _STORIES_PER_PART:
                out.write_batch(_STORIES.batch(sorted(batch, key=lambda row: row.story_id)))
                written += len(batch)
                shared += sum(row.n_documents > 1 for row in batch)
                batch = _take(found)
                if not batch:
                    break
        count += written
    for old in target.glob("*.parquet"):
        old.unlink()
    for temporary, final in done:
        os.replace(temporary, final)
    return count, shared


def _take(found: Iterator[StoryRow]) -> list[StoryRow]:
    return list(islice(found, _STORIES_AT_ONCE))
