"""Intake: from files to staged articles, so that all that follows can be cut into shards.

Sources are read in units: some small files, one large file, or one piece of a large file
that has a record a line. A unit gives the texts of its articles in chunks (which go when
the run is complete), an index of them without the texts (which stays), its rejects, and
last its manifest. A unit whose files are all as they were is not read again. How files
are dealt out to units changes nothing in what is read.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.batch.folder import RunFolder, digest, finished, read_json, sync_folder, write_json
from pipeline.duplicates import Fingerprint
from pipeline.errors import OutputError
from pipeline.read import Piece, ReadOptions, Source, cut, read_source, stamp
from pipeline.read.streams import CHANGED
from pipeline.records import Article, Notice, PublishedSource, Reject

UNIT_FILES = 64
SMALLEST_UNIT, LARGEST_UNIT = 256 << 10, 16 << 20  # bytes
_UNITS = 32  # that a corpus is to make at least, if they are not too small then: work for several workers
_CHUNK_ARTICLES, _CHUNK_CHARS = 512, 8_000_000
_ROW_GROUP = 32
_RACY = 2.0  # seconds: a file written so shortly before it was read may change again without a new time stamp
_OF_PIECE = ("start", "end", "line", "record", "lines", "cut", "last")  # what a manifest says of a piece
_SAMPLES = 5  # notices of a kind and unit that are kept word by word

_ARTICLE = pa.schema(
    [
        pa.field("doc_id", pa.string(), False),
        pa.field("source", pa.string(), False),
        pa.field("text", pa.large_string(), False),
        pa.field("record", pa.int64()),
        *(pa.field(name, pa.string()) for name in ("title", "url", "author", "publisher", "language")),
        pa.field("published_at", pa.timestamp("us", "UTC")),
        pa.field("published_date", pa.date32()),
        pa.field("published_source", pa.string(), False),
        pa.field("text_sha256", pa.string(), False),
    ]
)
_INDEX = pa.schema(
    [
        pa.field("source", pa.int32(), False),  # its place in the unit
        pa.field("doc_id", pa.string(), False),
        pa.field("record", pa.int64()),
        pa.field("content", pa.binary(32), False),  # SHA-256 of the text
        pa.field("fields", pa.binary(16), False),  # of everything a row is made of but the text
        pa.field("published", pa.date32()),
        pa.field("chars", pa.int32(), False),
        pa.field("exact", pa.binary(), False),
        pa.field("signature", pa.binary(), False),
        pa.field("chunk", pa.int32(), False),
        pa.field("row", pa.int32(), False),
    ]
)
_REJECT = pa.schema(
    [
        pa.field("source", pa.string(), False),
        pa.field("record", pa.int64()),
        *(pa.field(name, pa.string()) for name in ("doc_id", "stage", "error", "message", "excerpt")),
    ]
)


@dataclass(frozen=True, slots=True)
class Unit:
    """Sources that are read together. ``name`` is made of what they are and how they are read."""

    name: str
    sources: Sequence[Source]

    @property
    def bytes(self) -> int:
        """Bytes as stored."""
        return sum(s.size for s in self.sources)


@dataclass(frozen=True, slots=True)
class Taken:
    """A unit that was read: what its manifest says."""

    name: str
    sources: Sequence[dict[str, Any]]
    chunks: int
    articles: int
    rejects: int
    notices: dict[str, int]
    samples: Sequence[Notice]

    def chunk(self, folder: RunFolder, number: int) -> Path:
        """The file of a chunk of staged articles."""
        return folder.intake / f"{self.name}-{number:05d}.parquet"

    def staged(self, folder: RunFolder) -> bool:
        """Whether the texts are still there."""
        return all(self.chunk(folder, n).is_file() for n in range(self.chunks))


def source_key(source: Source) -> str:
    """What tells one source of a command from another, by path and by the folder it was found through."""
    parts = (os.fsencode(source.path), os.fsencode(source.inside), os.fsencode(source.root.resolve().name))
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:24]


def make_units(sources: Iterable[Source], read_key: str, total: int | None = None) -> Iterator[Unit]:
    """Deal sources, in their order, out to units; a large file of a record a line is cut for that.

    ``total`` are the bytes of all sources of the run, of which these may be what is left: so
    that it is cut as before. A file is looked through as its units are asked for. Never raises.
    """
    given = list(sources)
    most = unit_bytes(sum(source.size for source in given) if total is None else total)
    waiting: list[Source] = []
    size = 0
    for source in (piece for whole in given for piece in cut(whole, most)):
        alone = source.piece is not None
        if waiting and (alone or len(waiting) == UNIT_FILES or size + source.size > most):
            yield unit_of(waiting, read_key)
            waiting, size = [], 0
        if alone:
            yield unit_of([source], read_key)
        else:
            waiting.append(source)
            size += source.size
    if waiting:
        yield unit_of(waiting, read_key)


def unit_bytes(total: int) -> int:
    """About how many bytes a unit should have where so many are to be read; powers of two, so that a folder that has
    grown a little is mostly cut as before."""
    size = SMALLEST_UNIT
    while size < LARGEST_UNIT and size * _UNITS < total:
        size *= 2
    return size


def unit_of(sources: Sequence[Source], read_key: str) -> Unit:
    """The unit of some sources, as they are."""
    whole = [
        (source_key(s), s.size, s.problem, *(s.piece.stamp if s.piece else stamp(s.path)), s.piece and s.piece.start)
        for s in sources
    ]
    return Unit(hashlib.sha256(json.dumps([read_key, whole]).encode()).hexdigest()[:20], tuple(sources))


def still_good(folder: RunFolder, read_key: str, sources: Sequence[Source]) -> tuple[list[Taken], list[Source]]:
    """Units of an earlier run that still hold, and the sources that have to be read.

    A unit holds if it was read in the same way and all its files are there as they were:
    same size, time stamp and inode, or, where those differ, same bytes. Those of pieces
    hold only together, all of a file's; if some are missing, the others are left for
    ``take_in`` to find when the file is cut again. Files of other units are removed.
    """
    wanted = {source_key(source): source for source in sources}
    kept: list[Taken] = []
    left: list[str] = []
    read: set[str] = set()
    pieces: dict[tuple[str, int], list[dict[str, Any]]] = defaultdict(list)
    for path in sorted(folder.intake.glob("*.json")):
        record = read_json(path)
        if record is None or record.get("read_key") != read_key or not _complete(folder, record):
            continue
        if (piece := record["sources"][0].get("piece")) is not None:
            pieces[record["sources"][0]["key"], piece["cut"]].append(record)
            continue
        keys = [entry["key"] for entry in record["sources"]]
        if read.isdisjoint(keys) and all(
            key in wanted and _unchanged(entry, wanted[key]) for key, entry in zip(keys, record["sources"], strict=True)
        ):
            kept.append(_taken(record))
            read.update(keys)
    for (key, _), records in pieces.items():
        source = wanted.get(key)
        if source is None or source.problem or key in read:
            continue
        records = [r for r in records if r["sources"][0]["stable"] and not r["sources"][0]["problem"]]
        together = _together(records)
        if together and _same_file([record["sources"][0] for record in together], source):
            kept.extend(map(_taken, together))
            read.add(key)
        else:
            left += [record["unit"] for record in records if _as_it_was(record["sources"][0], source)]
    names = {unit.name for unit in kept} | set(left)
    for path in folder.intake.iterdir():
        if path.name.split("-")[0].split(".")[0] not in names:
            path.unlink(missing_ok=True)
    return kept, [source for key, source in wanted.items() if key not in read]


def sweep_intake(folder: RunFolder, units: Iterable[Taken]) -> None:
    """Remove all staged texts, and what belongs to no unit of these: the run is complete."""
    names = {unit.name for unit in units}
    for path in folder.intake.iterdir():
        if "-" in path.name or path.name.split(".")[0] not in names:
            path.unlink(missing_ok=True)


def _complete(folder: RunFolder, record: dict[str, Any]) -> bool:
    try:
        return all(
            pq.read_metadata(folder.intake / f"{record['unit']}.{end}.parquet").num_rows == record[count]
            for end, count in (("index", "articles"), ("rejects", "rejects"))
        )
    except (KeyError, OSError, pa.ArrowException):
        return False


def _unchanged(entry: dict[str, Any], source: Source) -> bool:
    if not entry["stable"] or entry["problem"] != source.problem:
        return False
    if source.problem:
        return True
    if entry["sha256"] is None:  # it could not be read then: perhaps it can be now
        return False
    return _as_it_was(entry, source) or _same_bytes(entry, source)


def _as_it_was(entry: dict[str, Any], source: Source) -> bool:
    return bool(entry["stable"] and not entry["racy"] and list(stamp(source.path)) == entry["stamp"])


def _same_bytes(entry: dict[str, Any], source: Source) -> bool:
    try:
        return bool(source.size == entry["stamp"][0] and digest(source.path) == entry["sha256"])
    except OSError:
        return False


def _together(records: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those units of pieces that one after the other make a file; none if they do not."""
    pieces = {r["sources"][0]["piece"]["start"]: r for r in sorted(records, key=_end)}  # the longest, not its halves
    out: list[dict[str, Any]] = []
    place = 0
    while (record := pieces.get(place)) is not None:
        out.append(record)
        place = _end(record)
        if record["sources"][0]["piece"]["last"]:
            return out
    return []


def _end(record: dict[str, Any]) -> int:
    return int(record["sources"][0]["piece"]["end"])


def _same_file(entries: Sequence[dict[str, Any]], source: Source) -> bool:
    """Whether the file of these pieces, which are all of it, is as it was."""
    if entries[-1]["sha256"] is None:
        return False
    return all(_as_it_was(entry, source) for entry in entries) or _same_bytes(entries[-1], source)


def _taken(record: dict[str, Any]) -> Taken:
    return Taken(
        name=record["unit"],
        sources=record["sources"],
        chunks=record["chunks"],
        articles=record["articles"],
        rejects=record["rejects"],
        notices=record["notices"],
        samples=[Notice(**sample) for sample in record["samples"]],
    )


def file_hashes(units: Iterable[Taken]) -> dict[str, str | None]:
    """SHA-256 of every file that was read, by the key of its source; None for one that could not be."""
    out: dict[str, str | None] = {}
    for unit in units:
        for entry in unit.sources:
            out[entry["key"]] = entry["sha256"] or out.get(entry["key"])
    return out


def in_order(units: Iterable[Taken], order: Mapping[str, int]) -> list[Taken]:
    """Units by the place of their first source, given by its key, and by their place in it."""
    return sorted(units, key=lambda unit: (order[unit.sources[0]["key"]], start_of(unit.sources[0])))


def start_of(entry: Mapping[str, Any]) -> int:
    """Where in its file a unit's source begins: 0 unless it is a piece."""
    return int(entry["piece"]["start"]) if "piece" in entry else 0


def sources_of(unit: Taken, sources: Mapping[str, Source]) -> list[Source]:
    """What a unit was read from, to read it again. ``sources`` are those of the command, by their keys."""
    out: list[Source] = []
    for entry in unit.sources:
        source = sources[entry["key"]]
        if "piece" in entry:
            piece = Piece(**entry["piece"], stamp=stamp(source.path), seen=time.time(), sha256=entry["sha256"])
            source = replace(source, size=piece.end - piece.start, piece=piece)
        out.append(source)
    return out


def load_unit(folder: RunFolder, name: str) -> Taken:
    """The unit of that name, which was read."""
    record = read_json(folder.intake / f"{name}.json")
    if record is None:
        raise FileNotFoundError(f"the manifest of intake unit {name} is gone")
    return _taken(record)


def take_in(
    unit: Unit,
    options: ReadOptions,
    read_key: str,
    folder: RunFolder,
    fingerprint: Callable[[str], Fingerprint],
    told: Callable[[int], None],
) -> Taken:
    """Read a unit and stage its articles; its manifest is written last.

    ``told`` hears of stored bytes as they are read. A file that changes while it is read
    costs a reject that says so; what was read of it is kept. A unit that a stopped run
    finished is not read again.
    """
    if (known := _finished(folder, unit, read_key)) is not None:
        told(unit.bytes)
        return known
    notices: Counter[str] = Counter()
    samples: list[Notice] = []
    entries: list[dict[str, Any]] = []
    with _Stage(folder, unit.name, fingerprint) as stage:
        for place, source in enumerate(unit.sources):
            piece = source.piece
            before, taken = (piece.stamp, piece.seen) if piece else (stamp(source.path), time.time())
            unread = False
            for item in read_source(source, options, told):
                if isinstance(item, Article):
                    stage.add(place, item)
                elif isinstance(item, Reject):
                    stage.reject(item)
                    unread = unread or item.error in ("unreadable", "changed")
                else:
                    notices[item.kind] += 1
                    if notices[item.kind] <= _SAMPLES:
                        samples.append(item)
            sha256 = None if source.problem else piece.sha256 if piece else _digest(source.path)
            stable = stamp(source.path) == before  # looked at last, so that the hash is that of what was read
            if not stable and not source.problem and not (piece and unread):
                stage.reject(Reject(source.name, None, None, "read", "changed", CHANGED))
            entries.append(
                {
                    "key": source_key(source),
                    "name": source.name,
                    "problem": source.problem,
                    "stamp": list(before),
                    "stable": stable and not (piece and unread),
                    "racy": taken - before.changed / 1e9 < _RACY,
                    "sha256": sha256,
                    **({"piece": {name: getattr(piece, name) for name in _OF_PIECE}} if piece else {}),
                }
            )
    record = {
        "unit": unit.name,
        "read_key": read_key,
        "sources": entries,
        "chunks": stage.chunks,
        "articles": stage.articles,
        "rejects": stage.rejects,
        "notices": dict(notices),
        "samples": [{f.name: getattr(sample, f.name) for f in fields(Notice)} for sample in samples],
    }
    sync_folder(folder.intake)
    write_json(folder.intake / f"{unit.name}.json", record)
    return _taken(record)


def _finished(folder: RunFolder, unit: Unit, read_key: str) -> Taken | None:
    record = read_json(folder.intake / f"{unit.name}.json")
    if record is None or record.get("read_key") != read_key or not _complete(folder, record):
        return None
    taken = _taken(record)
    return taken if taken.staged(folder) else None


def _digest(path: Path) -> str | None:
    try:
        return digest(path)
    except OSError:
        return None


class _Stage:
    """Writes a unit's chunks, index and rejects as they come, in memory that does not grow with them."""

    def __init__(self, folder: RunFolder, name: str, fingerprint: Callable[[str], Fingerprint]) -> None:
        self._folder = folder
        self._name = name
        self._fingerprint = fingerprint
        self._articles: list[Article] = []
        self._chars = 0
        self._waiting: list[dict[str, Any]] = []
        self._rejects: list[Reject] = []
        self._files = [finished(folder.intake / f"{name}.{end}.parquet") for end in ("index", "rejects")]
        index, rejects = (file.__enter__() for file in self._files)
        self._index = pq.ParquetWriter(index, _INDEX, compression="zstd")
        self._reject = pq.ParquetWriter(rejects, _REJECT, compression="zstd")
        self.chunks = self.articles = self.rejects = 0

    def __enter__(self) -> _Stage:
        return self

    def add(self, source: int, article: Article) -> None:
        exact, signature = self._fingerprint(article.text)
        self._waiting.append(
            {
                "source": source,
                "doc_id": article.doc_id,
                "record": article.record,
                "content": bytes.fromhex(article.text_sha256),
                "fields": _fields_digest(article),
                "published": article.published_date,
                "chars": len(article.text),
                "exact": exact,
                "signature": signature,
                "chunk": self.chunks,
                "row": len(self._articles),
            }
        )
        self._articles.append(article)
        self._chars += len(article.text)
        self.articles += 1
        if len(self._articles) == _CHUNK_ARTICLES or self._chars >= _CHUNK_CHARS:
            self._flush()

    def reject(self, reject: Reject) -> None:
        self._rejects.append(reject)
        self.rejects += 1
        if len(self._rejects) == _CHUNK_ARTICLES:
            self._flush_rejects()

    def _flush(self) -> None:
        if self._articles:
            rows = [{name: getattr(a, name) for name in _ARTICLE.names} for a in self._articles]
            with finished(self._folder.intake / f"{self._name}-{self.chunks:05d}.parquet") as path:
                pq.write_table(
                    pa.Table.from_pylist(rows, _ARTICLE), path, compression="zstd", row_group_size=_ROW_GROUP
                )
            self._index.write_table(pa.Table.from_pylist(self._waiting, _INDEX))
            self.chunks += 1
        self._articles, self._waiting, self._chars = [], [], 0

    def _flush_rejects(self) -> None:
        rows = [{name: getattr(r, name) for name in _REJECT.names} for r in self._rejects]
        self._reject.write_table(pa.Table.from_pylist(rows, _REJECT))
        self._rejects = []

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._flush()
                self._flush_rejects()
        finally:
            self._index.close()
            self._reject.close()
            for file in self._files:
                file.__exit__(kind)


def _fields_digest(article: Article) -> bytes:
    values = [getattr(article, name) for name in _ARTICLE.names if name not in ("text", "record")]
    return hashlib.blake2b(json.dumps(values, default=str).encode("utf-8"), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Entry:
    """One staged article as the plan sees it: everything but its text."""

    source: str
    doc_id: str
    record: int | None
    content: bytes
    fields: bytes
    published: date | None
    chars: int
    exact: bytes
    signature: bytes
    chunk: int
    row: int


def read_index(folder: RunFolder, unit: Taken) -> Iterator[tuple[int, Entry]]:
    """A unit's articles in the order they were read, each with the place of its source in the unit."""
    with pq.ParquetFile(folder.intake / f"{unit.name}.index.parquet") as file:
        for batch in file.iter_batches(batch_size=10_000):
            for row in batch.to_pylist():
                place = row.pop("source")
                yield place, Entry(source=unit.sources[place]["name"], **row)


def read_rejects(folder: RunFolder, unit: Taken) -> Iterator[Reject]:
    """What reading a unit rejected, in order."""
    with pq.ParquetFile(folder.intake / f"{unit.name}.rejects.parquet") as file:
        for batch in file.iter_batches(batch_size=10_000):
            for row in batch.to_pylist():
                yield Reject(**row)


def read_all_rejects(folder: RunFolder, units: Iterable[Taken], order: Mapping[str, int]) -> Iterator[Reject]:
    """What reading all units rejected, in their order. What pieces of a file all say of it is said once."""
    told: set[Reject] = set()
    for unit in in_order(units, order):
        if not start_of(unit.sources[0]):
            told.clear()
        for reject in read_rejects(folder, unit):
            if reject.record is None and "piece" in unit.sources[0]:
                if reject in told:
                    continue
                told.add(reject)
            yield reject


def read_staged(folder: RunFolder, file: str, rows: Sequence[int]) -> list[Article]:
    """The articles in some rows of a chunk, in the order of ``rows``. Only their row groups are read.

    OutputError if the chunk is damaged.
    """
    wanted = sorted({row // _ROW_GROUP for row in rows})
    found: dict[int, Article] = {}
    try:
        with pq.ParquetFile(folder.intake / file) as chunk:
            for group in wanted:
                for offset, row in enumerate(chunk.read_row_group(group, use_threads=False).to_pylist()):
                    found[group * _ROW_GROUP + offset] = Article(
                        **{**row, "published_source": PublishedSource(row["published_source"])}
                    )
        return [found[row] for row in rows]
    except (pa.ArrowException, OSError, KeyError) as error:
        raise OutputError(
            f"{folder.intake / file} holds texts that were read, and is damaged or gone: "
            f"remove {folder.intake}, and they are read again"
        ) from error
