"""What the steps of the pass hand to one another: files that are whole or not there.

Records are numpy structures. Dealt ones lie by partition behind an index; those of a
partition are then sorted from all files into one, so that what reads a range of keys opens
one file and reads that range of it, whatever the number of steps that made them.
"""

from __future__ import annotations

import os
import tempfile
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from itertools import chain, pairwise
from pathlib import Path
from typing import IO, Any, BinaryIO

import numpy as np
import numpy.typing as npt

from pipeline.stories.telling import Telling, unpack

Structured = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]
LINK = np.dtype([("first", "<i8"), ("second", "<i8"), ("likely", "<f4")])  # rows of two tellings
_PLACE = np.dtype([("start", "<i8"), ("size", "<i4"), ("count", "<i4")])
_CHUNK = 50_000  # records in memory while they are written
_AT_ONCE = 400_000  # records in memory while they are sorted
_KEPT = 4_000  # tellings kept in memory
_NEAR = 64  # rows whose places are read at once


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Gives a temporary path; the file becomes the real one if the block ends well."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.writing")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


class Links:
    """Links between tellings on their way to a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._waiting: list[tuple[int, int, float]] = []

    def add(self, first: int, second: int, likely: float) -> None:
        """Link two rows."""
        self._waiting.append((first, second, likely))
        if len(self._waiting) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Write what is waiting."""
        self._file.write(np.array(self._waiting, LINK).tobytes())
        self._waiting.clear()


@contextmanager
def links_to(path: Path) -> Iterator[Links]:
    """Write links to one file."""
    with whole(path) as temporary, temporary.open("wb") as file:
        links = Links(file)
        yield links
        links.flush()


def read_links(paths: Iterable[Path]) -> Iterator[Structured]:
    """All links of some files, some at a time."""
    return in_lots(chain.from_iterable(map(_read_links, paths)), LINK, _CHUNK)


def _read_links(path: Path) -> Iterator[Structured]:
    with path.open("rb") as file:
        while data := file.read(_CHUNK * LINK.itemsize):
            yield np.frombuffer(data, LINK)


def deal(path: Path, records: Structured, places: Numbers, partitions: int) -> None:
    """Write records, each to the partition of that number in ``places``."""
    order = np.argsort(places, kind="stable")
    index = np.searchsorted(places[order], np.arange(partitions + 1))
    with whole(path) as temporary, temporary.open("wb") as file:
        file.write(index.astype("<i8").tobytes())
        file.write(records[order].tobytes())


def dealt(path: Path, kind: np.dtype[Any], first: int, end: int, partitions: int) -> Structured:
    """The records of the partitions from ``first`` to before ``end`` in one file."""
    with path.open("rb") as file:
        index = np.frombuffer(os.pread(file.fileno(), 8 * (end - first + 1), 8 * first), "<i8")
        start, size = int(index[0]), int(index[-1] - index[0])
        data = os.pread(file.fileno(), size * kind.itemsize, 8 * (partitions + 1) + start * kind.itemsize)
    return np.frombuffer(data, kind)


def dealt_sizes(paths: Iterable[Path], partitions: int) -> Numbers:
    """The records in each partition of some files."""
    sizes = np.zeros(partitions, np.int64)
    for path in paths:
        with path.open("rb") as file:
            sizes += np.diff(np.frombuffer(file.read(8 * (partitions + 1)), "<i8"))
    return sizes


class Sorted:
    """Records that lie in a file, sorted by their first column, which holds whole numbers: a sequence of those."""

    def __init__(self, file: IO[bytes], kind: np.dtype[Any], start: int = 0, end: int | None = None) -> None:
        self._file = file
        self._kind = kind
        self._start = start
        self._end = os.fstat(file.fileno()).st_size // kind.itemsize if end is None else end

    def __len__(self) -> int:
        return self._end - self._start

    def __getitem__(self, place: int) -> int:
        return int(self.read(place, place + 1)[0][0])

    def read(self, start: int, end: int) -> Structured:
        """The records from one place to before another."""
        size = self._kind.itemsize
        data = os.pread(self._file.fileno(), (end - start) * size, (self._start + start) * size)
        return np.frombuffer(data, self._kind)

    def between(self, low: int, high: int) -> Structured:
        """The records whose number is at least ``low`` and less than ``high``."""
        return self.read(bisect_left(self, low), bisect_left(self, high))

    def whole_runs(self, start: int, end: int) -> Structured:
        """The records between two places, each moved back to where the run of its number begins."""
        first, last = (bisect_left(self, self[place]) if place < len(self) else place for place in (start, end))
        return self.read(first, last)


def sort_to(path: Path, pieces: Iterable[Structured], kind: np.dtype[Any]) -> None:
    """Write all records sorted by their first column, those of one number in the order in which they come.

    Some at a time are sorted in memory and laid aside, then merged.
    """
    with tempfile.TemporaryFile(dir=path.parent) as aside, whole(path) as temporary, temporary.open("wb") as file:
        ends = [0]
        for some in in_lots(pieces, kind, _AT_ONCE):
            aside.write(_by_number([some]).tobytes())
            ends.append(ends[-1] + len(some))
        aside.flush()
        runs = [Sorted(aside, kind, start, end) for start, end in pairwise(ends)]
        # between two neighbours of these lie, of each run, fewer than ``apart`` records
        apart = max(1, _AT_ONCE // (2 * len(runs)))
        cuts = sorted(run[place] for run in runs for place in range(0, len(run), apart))[:: len(runs)]
        places = [[0, *(bisect_left(run, cut) for cut in cuts), len(run)] for run in runs]
        for number in range(len(cuts) + 1):
            some = _by_number([run.read(*at[number : number + 2]) for run, at in zip(runs, places, strict=True)])
            file.write(some.tobytes())


def in_lots(pieces: Iterable[Structured], kind: np.dtype[Any], least: int) -> Iterator[Structured]:
    """The same records in the same order, at least so many at a time, but for the last, which may be none."""
    waiting, size = [np.empty(0, kind)], 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= least:
            yield np.concatenate(waiting)
            waiting, size = [np.empty(0, kind)], 0
    yield np.concatenate(waiting)


def _by_number(parts: Sequence[Structured]) -> Structured:
    records = np.concatenate(parts)
    column, *_ = records.dtype.names or ()
    return records[np.argsort(records[column], kind="stable")]


def runs_of(keys: npt.NDArray[Any]) -> tuple[Numbers, Numbers]:
    """Where each run of equal keys starts and ends; there must be a key."""
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return starts, np.append(starts[1:], len(keys))


class ArticleWriter:
    """Packed tellings on their way to a file, article by article; ``count`` are those taken."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._size = 0
        self.count = 0
        self.places: list[Structured] = [np.empty(0, _PLACE)]

    def add(self, article: Sequence[bytes]) -> None:
        """Take all tellings of an article."""
        places = np.empty(len(article), _PLACE)
        places["size"] = [len(data) for data in article]
        places["start"] = self._size + np.cumsum(places["size"], dtype=np.int64) - places["size"]
        places["count"] = len(article)
        self.places.append(places)
        self._size += self._file.write(b"".join(article))
        self.count += len(article)


@contextmanager
def tellings_to(path: Path) -> Iterator[ArticleWriter]:
    """Write tellings to two files: of ``path`` with the ending .tellings the data, with .places where each lies."""
    with whole(path.with_suffix(".tellings")) as temporary, temporary.open("wb") as file:
        out = ArticleWriter(file)
        yield out
    with whole(path.with_suffix(".places")) as temporary:
        temporary.write_bytes(np.concatenate(out.places).tobytes())


def gather_tellings(folder: Path, paths: Iterable[Path]) -> list[int]:
    """Put tellings that were written to several paths into one file, and remove those.

    The row of the first telling of each path, and at the end the number of all.
    """
    rows, size = [0], 0
    with (folder / "all.tellings").open("wb") as out, (folder / "all.places").open("wb") as out_places:
        for path in paths:
            data, index = path.with_suffix(".tellings"), path.with_suffix(".places")
            places = np.frombuffer(index.read_bytes(), _PLACE).copy()
            places["start"] += size
            out_places.write(places.tobytes())
            with data.open("rb") as file:
                while some := file.read(1 << 20):
                    size += out.write(some)
            rows.append(rows[-1] + len(places))
            data.unlink()
            index.unlink()
    return rows


class Tellings:
    """The tellings that ``gather_tellings`` put together, by row. An article is known by the row of its first."""

    def __init__(self, folder: Path) -> None:
        self._data = (folder / "all.tellings").open("rb")
        self._places = (folder / "all.places").open("rb")
        self.get = lru_cache(maxsize=_KEPT)(self.read)
        self._some_places = lru_cache(maxsize=_KEPT)(self._read_places)

    def __enter__(self) -> Tellings:
        return self

    def __exit__(self, *_: object) -> None:
        self._data.close()
        self._places.close()
        for kept in (self.get, self._some_places):
            kept.cache_clear()  # they and this object hold each other, which only the cyclic collector would see

    def read(self, row: int, *, vectors: bool = True) -> Telling:
        """One telling, read from disk; ``get`` keeps those last read. ``vectors``: those of words, too."""
        start, size, _ = self._place(row)
        return unpack(os.pread(self._data.fileno(), size, start), vectors=vectors)

    def of_article(self, first: int) -> list[Telling]:
        """All tellings of an article."""
        return [self.get(row) for row in range(first, first + self._place(first)[2])]

    def _place(self, row: int) -> tuple[int, int, int]:
        return self._some_places(row // _NEAR)[row % _NEAR]

    def _read_places(self, number: int) -> list[tuple[int, int, int]]:
        data = os.pread(self._places.fileno(), _NEAR * _PLACE.itemsize, number * _NEAR * _PLACE.itemsize)
        return np.frombuffer(data, _PLACE).tolist()  # type: ignore[no-any-return]
