"""Intake: from files to staged articles, so that all that follows can be cut into shards.

Sources are read in units, some small files or one large file each. A unit gives the
texts of its articles in chunks (which go when the run is complete), an index of them
without the texts (which stays), its rejects, and last its manifest. A unit whose files
are all as they were is not read again.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.batch.folder import RunFolder, digest, finished, read_json, sync_folder, write_json
from pipeline.duplicates import Fingerprint
from pipeline.errors import OutputError
from pipeline.read import ReadOptions, Source, read_source
from pipeline.records import Article, Notice, PublishedSource, Reject

UNIT_FILES, UNIT_BYTES = 64, 16 << 20
_CHUNK_ARTICLES, _CHUNK_CHARS = 512, 8_000_000
_ROW_GROUP = 32
_RACY = 2.0  # seconds: a file written so shortly before it was read may change again without a new time stamp
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


def make_units(sources: Iterable[Source], read_key: str) -> Iterator[Unit]:
    """Cut sources, in their order, into units."""
    waiting: list[Source] = []
    size = 0
    for source in sources:
        if waiting and (len(waiting) == UNIT_FILES or size + source.size > UNIT_BYTES):
            yield _unit(waiting, read_key)
            waiting, size = [], 0
        waiting.append(source)
        size += source.size
    if waiting:
        yield _unit(waiting, read_key)


def _unit(sources: Sequence[Source], read_key: str) -> Unit:
    stamps = [(source_key(s), s.size, s.problem, *_stamp(s.path)) for s in sources]
    return Unit(hashlib.sha256(json.dumps([read_key, stamps]).encode()).hexdigest()[:20], tuple(sources))


def _stamp(path: Path) -> tuple[int, int, int]:
    """Size, time of the last change in ns and inode of a file; zeros if it can't be looked at."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0, 0)
    return (status.st_size, status.st_mtime_ns, status.st_ino)


def still_good(folder: RunFolder, read_key: str, sources: Sequence[Source]) -> tuple[list[Taken], list[Source]]:
    """Units of an earlier run that still hold, and the sources that have to be read.

    A unit holds if it was read in the same way and all its files are there as they were:
    same size, time stamp and inode, or, where those differ, same bytes. Files of other
    units are removed.
    """
    wanted = {source_key(source): source for source in sources}
    kept: list[Taken] = []
    read: set[str] = set()
    for path in sorted(folder.intake.glob("*.json")):
        record = read_json(path)
        if record is None or record.get("read_key") != read_key or not _complete(folder, record):
            continue
        keys = [entry["key"] for entry in record["sources"]]
        if read.isdisjoint(keys) and all(
            key in wanted and _unchanged(entry, wanted[key]) for key, entry in zip(keys, record["sources"], strict=True)
        ):
            kept.append(_taken(record))
            read.update(keys)
    names = {unit.name for unit in kept}
    for path in folder.intake.iterdir():
        if path.name.split("-")[0].split(".")[0] not in names:
            path.unlink(missing_ok=True)
    return kept, [source for key, source in wanted.items() if key not in read]


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
    if list(_stamp(source.path)) == entry["stamp"] and not entry["racy"]:
        return True
    try:
        return bool(source.size == entry["stamp"][0] and digest(source.path) == entry["sha256"])
    except OSError:
        return False


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
    costs a reject that says so; what was read of it is kept.
    """
    notices: Counter[str] = Counter()
    samples: list[Notice] = []
    entries: list[dict[str, Any]] = []
    with _Stage(folder, unit.name, fingerprint) as stage:
        for place, source in enumerate(unit.sources):
            before, taken = _stamp(source.path), time.time()
            for item in read_source(source, options, told):
                if isinstance(item, Article):
                    stage.add(place, item)
                elif isinstance(item, Reject):
                    stage.reject(item)
                else:
                    notices[item.kind] += 1
                    if notices[item.kind] <= _SAMPLES:
                        samples.append(item)
            sha256 = None if source.problem else _digest(source.path)
            stable = _stamp(source.path) == before  # looked at last, so that the hash is that of what was read
            if not stable and not source.problem:
                stage.reject(_changed(source))
            entries.append(
                {
                    "key": source_key(source),
                    "name": source.name,
                    "problem": source.problem,
                    "stamp": list(before),
                    "stable": stable,
                    "racy": taken - before[1] / 1e9 < _RACY,
                    "sha256": sha256,
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


def _changed(source: Source) -> Reject:
    message = "the file changed while it was read: run again with --resume when it is finished"
    return Reject(source.name, None, None, "read", "changed", message)


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
