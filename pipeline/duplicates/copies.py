"""The merge pass over a corpus: which article is a copy of which.

Texts are compared that share a band of their MinHash signatures (locality-sensitive
hashing), and verified on the whole signatures; texts without one only if equal. Copies
of copies are joined, and of each such cluster the first article, by day of
publication and then by id, is the one that the others are copies of.

Everything that grows with the corpus lies in a temporary folder: signatures in a flat
file, bands in partitions of it that are sorted one at a time, clusters in a table of
SQLite. Memory stays at a few partitions, whatever the number of articles.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.duplicates.fingerprint import EXACT_BYTES, Fingerprint
from pipeline.forest import Forest
from pipeline.rules.duplicates import DuplicateRules

Rows = npt.NDArray[np.int64]
Structured = npt.NDArray[Any]

_CHUNK = 50_000  # records in memory while signatures are read or written
_PARTITIONS = 64  # files that the keys of some bands are dealt to, at most
_BANDS_AT_ONCE = 8  # bands on disk together: 32 bytes each and article
_KEYS_AT_ONCE = 2_000_000  # keys sorted at once; a larger partition is taken in slices of its keys
_NO_DAY = 1 << 23  # after every day: an article of no known day is never the first
_UNSIGNED, _OWN, _SHARED = 0, 1, 2  # no signature; one of its own; that of an equal text, which stands for it
_KEEPERS = 64  # keepers of one cluster that a member is compared with
_KEY = np.dtype([("key", "<u8"), ("order", "<u8"), ("row", "<i8")])
_MIX = np.uint64(0x9E3779B97F4A7C15)
_TURN = np.uint64(29)

_SCHEMA = """
create table articles(row integer primary key, doc_id text not null, day integer not null);
create table members(row integer primary key, root integer not null);
create table copies(doc_id text primary key, duplicate_of text not null) without rowid;
"""


class Entry(NamedTuple):
    """One article of the corpus: its id, its day of publication if that is known, its fingerprint."""

    doc_id: str
    day: date | None
    fingerprint: Fingerprint


class Copies:
    """The copies found, on disk. A context manager: the temporary files go when it is left.

    Iterates over (doc_id, duplicate_of) in the order of doc_id. ``articles`` were
    looked at, ``uncompared`` articles stood in a bucket too crowded to compare each.
    """

    def __init__(self, folder: Path, base: sqlite3.Connection, articles: int, uncompared: int) -> None:
        self._folder = folder
        self._base = base
        self.articles = articles
        self.uncompared = uncompared

    def of(self, doc_ids: Collection[str]) -> dict[str, str]:
        """Those of ``doc_ids`` that are copies, and of which article each is."""
        out: dict[str, str] = {}
        wanted = sorted(doc_ids)
        for start in range(0, len(wanted), 500):
            some = wanted[start : start + 500]
            marks = ",".join("?" * len(some))
            out.update(self._base.execute(f"select * from copies where doc_id in ({marks})", some))
        return out

    def __iter__(self) -> Iterator[tuple[str, str]]:
        yield from self._base.execute("select doc_id, duplicate_of from copies order by doc_id")

    def __len__(self) -> int:
        (count,) = self._base.execute("select count(*) from copies").fetchone()
        return int(count)

    def __enter__(self) -> Copies:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Drop the temporary files."""
        self._base.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def find_copies(entries: Iterable[Entry], rules: DuplicateRules, *, folder: Path | None = None) -> Copies:
    """The copies among ``entries``, whose ids are distinct; the same for any order of them.

    ``duplicate_of`` is the earliest published article of the cluster, then the one of
    the smallest doc_id; it is never itself a copy. An article that only a chain of
    others joins to it, and that is unlike it, is the first of its own. Temporary
    files go below ``folder`` (default: the system's); they take about 700 bytes an
    article, and are gone when the result is closed.
    """
    work = Path(tempfile.mkdtemp(prefix="dateline-copies-", dir=folder))
    base = sqlite3.connect(work / "copies.sqlite", isolation_level=None)
    try:
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-32768", "temp_store=file"):
            base.execute(f"pragma {pragma}").fetchall()
        base.executescript(_SCHEMA)
        with _Job(work, base, rules) as job:
            job.take(entries)
            job.join()
            job.choose()
            return Copies(work, base, job.count, job.uncompared)
    except BaseException:
        base.close()
        shutil.rmtree(work, ignore_errors=True)
        raise


class _Job:
    """One pass: ``take`` all entries, ``join`` like ones, ``choose`` the first of each cluster."""

    def __init__(self, work: Path, base: sqlite3.Connection, rules: DuplicateRules) -> None:
        self.rules = rules
        self.count = 0
        self.uncompared = 0
        self._base = base
        self._work = work
        self._file = (work / "signatures.bin").open("w+b")
        self._record = np.dtype(
            [
                ("order", "<u8"),
                ("exact", f"V{EXACT_BYTES}"),
                ("signed", "u1"),
                ("signature", "<u2", (rules.permutations,)),
            ]
        )
        self._signed_at = int(self._record.fields["signed"][1]) if self._record.fields else 0

    def __enter__(self) -> _Job:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def take(self, entries: Iterable[Entry]) -> None:
        """Write all entries to disk; an entry's row is its place in the stream."""
        blank = bytes(2 * self.rules.permutations)
        self._base.execute("begin")
        waiting: list[tuple[int, str, int]] = []
        parts: list[bytes] = []
        for doc_id, day, (exact, signature) in entries:
            when = _NO_DAY if day is None else day.toordinal()
            waiting.append((self.count, doc_id, when))
            parts += (_order(doc_id, when), exact, bytes([_OWN if signature else _UNSIGNED]), signature or blank)
            self.count += 1
            if len(waiting) == _CHUNK:
                self._flush(waiting, parts)
        self._flush(waiting, parts)
        self._file.flush()
        self._base.execute("commit")

    def _flush(self, waiting: list[tuple[int, str, int]], parts: list[bytes]) -> None:
        self._file.write(b"".join(parts))
        self._base.executemany("insert into articles values (?, ?, ?)", waiting)
        waiting.clear()
        parts.clear()

    def join(self) -> None:
        """Find like pairs, and join them to clusters."""
        if not self.count:
            return
        forest = Forest(self._work / "clusters.bin", self.count)
        # equal texts first: of them, one stands for all among the near copies
        self._band_group(None, forest)
        for first in range(0, self.rules.bands, _BANDS_AT_ONCE):
            bands = range(first, min(self.rules.bands, first + _BANDS_AT_ONCE))
            self._band_group(bands, forest)
        self._base.execute("begin")
        self._base.executemany("insert into members values (?, ?)", forest.joined())
        # a root is a member of its own cluster
        self._base.execute("insert into members select distinct root, root from members")
        self._base.execute("commit")

    def _band_group(self, bands: range | None, forest: Forest) -> None:
        """Deal the keys of some bands (None: of the equal texts) to partitions, and join what shares a key."""
        partitions = max(1, min(_PARTITIONS, self.count // _CHUNK))
        files = [(self._work / f"keys-{n:02d}.bin").open("w+b") for n in range(partitions)]
        try:
            start = 0
            for some in self._records():
                rows = np.arange(start, start + len(some), dtype=np.int64)
                start += len(some)
                if bands is None:
                    exact = np.ascontiguousarray(some["exact"]).view("<u8").reshape(-1, 2)
                    self._deal(files, exact[:, 0], some, rows)
                else:
                    alone = some["signed"] == _OWN
                    some, rows = some[alone], rows[alone]
                    for band in bands:
                        self._deal(files, self._keys(some["signature"], band), some, rows)
            for file in files:
                for keys in _slices(file, partitions):
                    self._compare(keys, forest, exact=bands is None)
                    forest.forget()
        finally:
            for file in files:
                file.close()
                os.unlink(file.name)

    def _keys(self, signatures: npt.NDArray[np.uint16], band: int) -> npt.NDArray[np.uint64]:
        """One key a row, of the values of one band; other bands' keys differ."""
        key = np.full(len(signatures), band + 1, np.uint64)
        for column in range(band * self.rules.rows, (band + 1) * self.rules.rows):
            key = (key ^ signatures[:, column].astype(np.uint64)) * _MIX
            key ^= key >> _TURN
        return key

    @staticmethod
    def _deal(files: Sequence[Any], keys: npt.NDArray[np.uint64], some: Structured, rows: Rows) -> None:
        out = np.empty(len(rows), _KEY)
        out["key"], out["order"], out["row"] = keys, some["order"], rows
        place = (keys % np.uint64(len(files))).astype(np.intp)
        by_place = np.argsort(place, kind="stable")
        out = out[by_place]
        ends = np.searchsorted(place[by_place], np.arange(len(files) + 1))
        for n, file in enumerate(files):
            file.write(out[ends[n] : ends[n + 1]].tobytes())

    def _compare(self, keys: Structured, forest: Forest, *, exact: bool) -> None:
        """Join the like rows of each bucket: each against the first there, then against the first left over."""
        keys = keys[np.lexsort((keys["row"], keys["order"], keys["key"]))]
        bucket, rows = keys["key"], keys["row"]
        for _ in range(self.rules.leaders):
            fresh = np.empty(len(bucket), bool)
            fresh[:1] = True
            np.not_equal(bucket[1:], bucket[:-1], out=fresh[1:])
            leaders = rows[np.flatnonzero(fresh)][np.cumsum(fresh) - 1]
            left = ~fresh
            if not left.any():
                return
            bucket, first, rows = bucket[left], leaders[left], rows[left]
            unlike = np.empty(len(rows), bool)
            for start in range(0, len(rows), _CHUNK):
                part = slice(start, start + _CHUNK)
                unlike[part] = ~self._join_pairs(first[part], rows[part], forest, exact=exact)
            bucket, rows = bucket[unlike], rows[unlike]
        self.uncompared += len(rows)

    def _join_pairs(self, first: Rows, second: Rows, forest: Forest, *, exact: bool) -> npt.NDArray[np.bool_]:
        """Which pairs are alike; those are joined."""
        rows, place = np.unique(np.concatenate([first, second]), return_inverse=True)
        records = self._fetch(rows)
        a, b = place[: len(first)], place[len(first) :]
        if exact:
            like = records["exact"][a] == records["exact"][b]
            for one, other in zip(first[like].tolist(), second[like].tolist(), strict=True):
                forest.unite(one, other)
            for row in second[like & (records["signed"][b] == _OWN)].tolist():
                os.pwrite(self._file.fileno(), bytes([_SHARED]), row * self._record.itemsize + self._signed_at)
        else:
            signatures = records["signature"]
            like = np.mean(signatures[a] == signatures[b], axis=1) >= self.rules.similarity
            for one, other in zip(first[like].tolist(), second[like].tolist(), strict=True):
                forest.unite(one, other)
        out: npt.NDArray[np.bool_] = like
        return out

    def _records(self) -> Iterator[Structured]:
        """All records in the order of their rows, some at a time."""
        size, number, start = _CHUNK * self._record.itemsize, self._file.fileno(), 0
        while data := os.pread(number, size, start):
            yield np.frombuffer(data, self._record)
            start += len(data)

    def _fetch(self, rows: Rows) -> Structured:
        """The records of some rows. Read, not mapped: what is mapped counts as memory of this process."""
        size, number = self._record.itemsize, self._file.fileno()
        return np.frombuffer(b"".join([os.pread(number, size, row * size) for row in rows.tolist()]), self._record)

    def choose(self) -> None:
        """In each cluster, the first article, and the copies of it."""
        found = self._base.cursor().execute(
            "select root, members.row, doc_id from members join articles using (row) order by root, day, doc_id"
        )
        self._base.execute("begin")
        for _, members in groupby(found, key=lambda row: row[0]):
            keepers: list[tuple[str, Any]] = []
            for _, row, doc_id in members:
                record = self._fetch(np.array([row]))[0]
                first = next((name for name, keeper in keepers if self._copy_of(record, keeper)), None)
                if first is not None:
                    self._base.execute("insert into copies values (?, ?)", (doc_id, first))
                elif len(keepers) < _KEEPERS:
                    keepers.append((doc_id, record))
        self._base.execute("commit")

    def _copy_of(self, record: Any, keeper: Any) -> bool:
        if record["exact"] == keeper["exact"]:
            return True
        if not (record["signed"] and keeper["signed"]):
            return False
        return bool(np.mean(record["signature"] == keeper["signature"]) >= self.rules.keeper)


def _order(doc_id: str, day: int) -> bytes:
    """Sorts by day, then by a hash of the id: the order in a bucket must not depend on that of the stream."""
    mark = int.from_bytes(hashlib.blake2b(doc_id.encode("utf-8", "surrogatepass"), digest_size=5).digest(), "little")
    return (day << 40 | mark).to_bytes(8, "little")


def _slices(file: Any, partitions: int) -> Iterator[Structured]:
    """A partition's keys; those of a large one in several slices, the rows of one key never apart."""
    size = file.seek(0, os.SEEK_END) // _KEY.itemsize
    parts = -(-size // _KEYS_AT_ONCE)
    for part in range(parts):
        file.seek(0)
        chosen: list[Structured] = []
        while data := file.read(_CHUNK * _KEY.itemsize):
            keys = np.frombuffer(data, _KEY)
            if parts > 1:
                keys = keys[keys["key"] // np.uint64(partitions) % np.uint64(parts) == part]
            chosen.append(keys)
        yield np.concatenate(chosen)
