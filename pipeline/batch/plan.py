"""The plan of a run: which articles there are, under which ids, which are copies, and which are yet to be done.

Made anew at every run from the index of what was read, so that a run that goes on ends
where an unbroken one would. All that grows with the corpus lies in a file of SQLite,
which goes with the plan.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import TracebackType

from pipeline.batch.folder import RunFolder
from pipeline.batch.intake import Entry as Staged
from pipeline.batch.intake import Taken, read_index, start_of
from pipeline.batch.shard import Done, Item, Shard, shard_name
from pipeline.duplicates import Entry, Fingerprint, find_copies
from pipeline.read import IdRegister
from pipeline.records import Reject
from pipeline.rules.duplicates import DuplicateRules

LARGEST_SHARD, SMALLEST_SHARD = 2048, 16
_SHARD_CHARS = 12_000_000
_SHARES = 4  # of what is left, for each worker
_AT_ONCE = 10_000

_SCHEMA = """
create table items(
    place integer primary key, doc_id text not null, copy_of text, unit text not null, chunk integer not null,
    row integer not null, chars integer not null, fields blob not null, day integer,
    exact blob not null, signature blob not null, record integer, key blob, done integer not null default 0
);
create table copies(doc_id text primary key, copy_of text not null) without rowid;
create table conflicts(source text not null, record integer, doc_id text not null, message text not null);
"""


class Duplicates(StrEnum):
    """What becomes of a copy: all its rows (``keep``), a row of ``documents`` (``mark``), a reject (``skip``)."""

    KEEP = "keep"
    MARK = "mark"
    SKIP = "skip"


TASK = {Duplicates.KEEP: "extract", Duplicates.MARK: "list", Duplicates.SKIP: "leave"}


@dataclass(frozen=True, slots=True)
class Keep:
    """What is to be done with a shard of an earlier run: the keys of its articles that still stand."""

    shard: Done
    keys: Sequence[str]

    @property
    def whole(self) -> bool:
        """Whether nothing in it has changed."""
        return len(self.keys) == len(self.shard.items)


class Plan:
    """The plan, on disk. A context manager: its file goes when it is left.

    ``articles`` are all but those whose id stands for another text, ``copies`` those of
    them that are copies.
    """

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._path = folder.work / "plan.sqlite"
        self._path.unlink(missing_ok=True)
        self._base = sqlite3.connect(self._path, isolation_level=None)
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-65536", "temp_store=file"):
            self._base.execute(f"pragma {pragma}").fetchall()
        self._base.executescript(_SCHEMA)
        self.articles = 0
        self.copies = 0

    def take(self, units: Sequence[Taken], order: Mapping[str, int]) -> None:
        """Give every article its id. ``order`` is the place of each source, by its key, among all."""
        with IdRegister(self._folder.work) as register:
            self._base.execute("begin")
            for unit, entry in _in_order(self._folder, units, order):
                claim = register.claim(entry.doc_id, entry.content, entry.source, entry.record)
                if claim.conflict:
                    row = (entry.source, entry.record, entry.doc_id, claim.conflict)
                    self._base.execute("insert into conflicts values (?, ?, ?, ?)", row)
                    continue
                day = None if entry.published is None else entry.published.toordinal()
                self._base.execute(
                    "insert into items(doc_id, copy_of, unit, chunk, row, chars, fields, day, exact, signature, "
                    "record) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        claim.doc_id,
                        claim.copy_of,
                        unit.name,
                        entry.chunk,
                        entry.row,
                        entry.chars,
                        entry.fields,
                        day,
                        entry.exact,
                        entry.signature,
                        entry.record,
                    ),
                )
                self.articles += 1
            self._base.execute("commit")

    def conflicts(self) -> Iterator[Reject]:
        """A reject for every article whose id is that of an earlier one with another text."""
        for source, record, doc_id, message in self._base.cursor().execute("select * from conflicts order by rowid"):
            yield Reject(source, record, doc_id, "read", "id-conflict", message)

    def find_copies(self, rules: DuplicateRules) -> None:
        """Find the copies among all articles."""
        stream = self._base.cursor().execute("select doc_id, day, exact, signature from items order by place")
        entries = (
            Entry(doc_id, None if day is None else date.fromordinal(day), Fingerprint(exact, signature))
            for doc_id, day, exact, signature in stream
        )
        with find_copies(entries, rules, folder=self._folder.work) as found:
            self.copies = len(found)
            self._base.execute("begin")
            self._base.executemany("insert into copies values (?, ?)", iter(found))
            self._base.execute("commit")
        self._base.execute("update items set copy_of = (select copy_of from copies where copies.doc_id = items.doc_id)")

    def make_keys(self, engine: str, duplicates: Duplicates) -> None:
        """Give every article the key of its rows: a hash of everything that they are made of."""
        task = TASK[duplicates]
        self._base.execute("begin")
        for first in range(0, self.articles + 1, _AT_ONCE):
            rows = self._base.execute(
                "select place, doc_id, copy_of, fields, record from items where place > ? and place <= ?",
                (first, first + _AT_ONCE),
            ).fetchall()
            keys = []
            for place, doc_id, copy_of, fields, record in rows:
                told = f"{task}{record}" if task == "leave" else task  # a reject names its record
                keys.append((_key(engine, doc_id, copy_of, told if copy_of else "extract", fields), place))
            self._base.executemany("update items set key = ? where place = ?", keys)
        self._base.execute("commit")
        self._base.execute("create unique index by_key on items(key)")
        self._duplicates = duplicates

    def compare(self, earlier: Iterable[Done]) -> Iterator[Keep]:
        """What of each shard done before still stands; the articles in it count as done."""
        for shard in earlier:
            standing = []
            for key in shard.items:
                changed = self._base.execute(
                    "update items set done = 1 where key = ? and done = 0", (bytes.fromhex(key),)
                ).rowcount
                if changed:
                    standing.append(key)
            yield Keep(shard, standing)

    def left(self) -> int:
        """How many articles are yet to be done."""
        return int(self._base.execute("select count(*) from items where not done").fetchone()[0])

    def units_needed(self) -> set[str]:
        """The intake units in which articles stand that are yet to be done."""
        return {name for (name,) in self._base.execute("select distinct unit from items where not done")}

    def shards(self, workers: int, first: int) -> Iterator[Shard]:
        """What is yet to be done, in order, cut into shards; numbered from ``first``.

        A shard is a share of what is left, so that they become smaller towards the end and
        no worker ends long after the others (Polychronopoulos and Kuck 1987: guided
        self-scheduling); none is so large that a stop costs much, nor so small that parts
        become too many.
        """
        left = self.left()
        waiting: list[Item] = []
        chars = 0
        stream = self._base.cursor().execute(
            "select key, doc_id, unit, chunk, row, copy_of, chars from items where not done order by place"
        )
        for key, doc_id, unit, chunk, row, copy_of, length in stream:
            size = min(LARGEST_SHARD, max(SMALLEST_SHARD, left // (_SHARES * max(workers, 1))))
            if waiting and (len(waiting) >= size or chars + length > _SHARD_CHARS):
                yield Shard(shard_name(first, waiting), waiting)
                first, left, waiting, chars = first + 1, left - len(waiting), [], 0
            task = TASK[self._duplicates] if copy_of else "extract"
            waiting.append(Item(key.hex(), doc_id, f"{unit}-{chunk:05d}.parquet", row, copy_of, task))
            chars += length
        if waiting:
            yield Shard(shard_name(first, waiting), waiting)

    def close(self) -> None:
        """Drop the plan and its file."""
        self._base.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Plan:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _key(engine: str, doc_id: str, copy_of: str | None, task: str, fields: bytes) -> bytes:
    text = "\0".join((engine, doc_id, copy_of or "", task))
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass") + fields, digest_size=16).digest()


def _in_order(folder: RunFolder, units: Sequence[Taken], order: Mapping[str, int]) -> Iterator[tuple[Taken, Staged]]:
    """Staged articles in the order of their sources, and within one, whole or in pieces, as they stand there.

    The index of a unit of many sources, which are small, is held while they are due.
    """
    due = sorted(
        (order[source["key"]], start_of(source), place, unit.name)
        for unit in units
        for place, source in enumerate(unit.sources)
    )
    by_name = {unit.name: unit for unit in units}
    left = Counter(name for *_, name in due)
    held: dict[str, dict[int, list[Staged]]] = {}
    for _, _, place, name in due:
        unit = by_name[name]
        if len(unit.sources) == 1:
            yield from ((unit, entry) for _, entry in read_index(folder, unit))
            continue
        if name not in held:
            held[name] = {}
            for at, entry in read_index(folder, unit):
                held[name].setdefault(at, []).append(entry)
        yield from ((unit, entry) for entry in held[name].get(place, ()))
        left[name] -= 1
        if not left[name]:
            del held[name]
