"""Shards: some articles, all their rows, one part a table, and a manifest that says it is done.

A shard's parts are written, synced and renamed before its manifest is; what has no
manifest was not done. Which articles stand in a shard matters to no row.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.batch.folder import RunFolder, digest, finished, read_json, sync_folder, write_json
from pipeline.batch.intake import read_staged
from pipeline.errors import OutputError
from pipeline.meter import Meter
from pipeline.process import Tools, only_listed, only_rejects, process
from pipeline.records import Article, Reject
from pipeline.tables import ARTICLE_ACTORS, ARTICLE_ACTORS_SCHEMA, OF_ARTICLES

_FORMAT = 2
_TOLD = {"rows", "bytes", "sha256"}  # of each part
_BATCH_CHARS = 200_000
_FLUSH_ROWS, _FLUSH_BYTES = 20_000, 16 << 20
_ROW_GROUP = 20_000
_AT_ONCE = 64  # articles whose texts are in memory at once
SCHEMAS: Mapping[str, pa.Schema] = {name: table.schema for name, table in OF_ARTICLES.items()} | {
    ARTICLE_ACTORS: ARTICLE_ACTORS_SCHEMA
}


@dataclass(frozen=True, slots=True)
class Item:
    """One article to be done: where its text is staged, under which id, and what for.

    ``key`` is made of everything its rows are made of. ``copy_of`` is the article it is a
    copy of; ``task`` says what becomes of it: ``extract`` all rows, ``list`` a row of
    ``documents`` alone, ``leave`` a row of ``rejects``.
    """

    key: str
    doc_id: str
    file: str
    row: int
    copy_of: str | None = None
    task: str = "extract"


@dataclass(frozen=True, slots=True)
class Shard:
    """Articles to be done together. ``name`` is that of its parts; the number in it keeps them in order."""

    name: str
    items: Sequence[Item]


@dataclass(frozen=True, slots=True)
class Done:
    """What a shard's manifest says."""

    name: str
    items: Mapping[str, str]  # key to doc_id, in order
    parts: Mapping[str, Mapping[str, Any]]  # by table: rows, bytes and sha256 of the part; no entry if it has none
    rejects: Mapping[str, int]
    cpu: Mapping[str, float]
    replaces: Sequence[str] = ()  # shards whose articles it took over


def shard_name(number: int, items: Iterable[Item | str]) -> str:
    """The name of a shard: its place among the others, and what is in it."""
    keys = "\n".join(item if isinstance(item, str) else item.key for item in items)
    return f"part-{number:06d}-{hashlib.sha256(keys.encode()).hexdigest()[:12]}"


def write_todo(folder: RunFolder, shard: Shard) -> None:
    """Lay a shard down for a worker to take."""
    write_json(folder.todo / f"{shard.name}.json", {"items": [asdict(item) for item in shard.items]})


def read_todo(folder: RunFolder, name: str) -> Shard:
    """The shard of that name that was laid down."""
    record = read_json(folder.todo / f"{name}.json")
    if record is None:
        raise OutputError(f"{folder.todo / name}.json: the list of articles to do is gone or cut short")
    return Shard(name, [Item(**item) for item in record["items"]])


def read_done(path: Path) -> Done | None:
    """A manifest; None if it is not whole, or not of this format."""
    record = read_json(path)
    try:
        if record is None or record["format"] != _FORMAT or record["name"] != path.stem:
            return None
        if not all(table in SCHEMAS and part.keys() >= _TOLD for table, part in record["parts"].items()):
            return None
        return Done(
            name=record["name"],
            items=dict(record["items"]),
            parts=record["parts"],
            rejects=dict(record["rejects"]),
            cpu=dict(record["cpu"]),
            replaces=tuple(map(str, record["replaces"])),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def missing_part(folder: RunFolder, done: Done) -> Path | None:
    """The first of a shard's parts that is not there in its size; None if all are."""
    for table, part in done.parts.items():
        path = folder.part(table, done.name)
        try:
            if path.stat().st_size != part["bytes"]:
                return path
        except OSError:
            return path
    return None


def do_shard(
    shard: Shard, tools: Tools, folder: RunFolder, starts: Callable[[int, int], None] = lambda first, count: None
) -> Done:
    """Put a shard's articles through all rooms and write its parts and manifest.

    ``starts`` hears, before each batch, of the place of its first article in the shard
    and of their number. OSError if the folder can't be written.
    """
    meter = Meter()
    with _Parts(folder, shard.name) as parts:
        for first, articles in _batches(shard, folder, tools.batch_size, meter):
            starts(first, len(articles))
            tasks = [item.task for item in shard.items[first : first + len(articles)]]
            for tables in rows_of(articles, tasks, tools, meter):
                with meter("write"):
                    parts.add(tables)
    return _mark_done(folder, Done(shard.name, _ids(shard), parts.made, parts.rejects, dict(meter.seconds)))


def rows_of(
    articles: Sequence[Article], tasks: Sequence[str], tools: Tools, meter: Meter
) -> Iterator[Mapping[str, pa.RecordBatch]]:
    """Rows by table of a batch of articles, made as the ``Item.task`` of each says; those of like articles together."""
    by_task: dict[str, list[Article]] = {}
    for article, task in zip(articles, tasks, strict=True):
        by_task.setdefault(task, []).append(article)
    if wanted := by_task.get("extract"):
        yield process(wanted, tools, meter)
    with meter("tables"):
        if copies := by_task.get("list"):
            yield only_listed(copies, tools)
        if left := by_task.get("leave"):
            yield only_rejects([_left_out(article) for article in left])


def give_up(shard: Shard, reject: Callable[[Article], Reject], folder: RunFolder) -> Done:
    """Write a shard in which every article is a reject: what a worker could not survive."""
    meter = Meter()
    with _Parts(folder, shard.name) as parts:
        for _, articles in _batches(shard, folder, 1, meter):
            parts.add(only_rejects([reject(article) for article in articles]))
    return _mark_done(folder, Done(shard.name, _ids(shard), parts.made, parts.rejects, {}))


def _ids(shard: Shard) -> dict[str, str]:
    return {item.key: item.doc_id for item in shard.items}


def trim(done: Done, keep: Sequence[str], number: int, folder: RunFolder) -> Done:
    """A shard without the articles that have changed or gone: the rows of ``keep`` (keys) copied to a new one.

    The old shard goes afterwards; a stop between the two is mended by ``settled``.
    """
    items = {key: done.items[key] for key in keep}
    return _take_over([done], items, done.cpu, number, folder)


def join(shards: Sequence[Done], number: int, folder: RunFolder) -> Done:
    """Shards as one: all their rows copied to a new one. They go afterwards, as in ``trim``."""
    items = {key: doc_id for done in shards for key, doc_id in done.items.items()}
    cpu: Counter[str] = Counter()
    for done in shards:
        cpu.update(done.cpu)
    return _take_over(shards, items, cpu, number, folder)


def _take_over(
    shards: Sequence[Done], items: Mapping[str, str], cpu: Mapping[str, float], number: int, folder: RunFolder
) -> Done:
    """A new shard of the rows of ``items`` (key to doc_id), which stand in ``shards``, which go when it is done."""
    name = shard_name(number, items)
    ids = None if len(items) == sum(len(done.items) for done in shards) else pa.array(list(items.values()), pa.string())
    with _Parts(folder, name) as parts:
        for table in SCHEMAS:
            for done in shards:
                if table in done.parts:
                    with pq.ParquetFile(folder.part(table, done.name)) as file:
                        for batch in file.iter_batches(batch_size=_FLUSH_ROWS, use_threads=False):
                            rows = batch if ids is None else batch.filter(pc.is_in(batch.column("doc_id"), ids))
                            parts.add({table: rows.cast(SCHEMAS[table])})
    replaced = [done.name for done in shards]
    new = _mark_done(folder, Done(name, items, parts.made, parts.rejects, cpu, replaced))
    for done in shards:
        remove(folder, done)
    return new


def remove(folder: RunFolder, done: Done) -> None:
    """Undo a shard: first its manifest, then its parts."""
    (folder.shards / f"{done.name}.json").unlink(missing_ok=True)
    for table in done.parts:
        folder.part(table, done.name).unlink(missing_ok=True)


def replaced(folder: RunFolder) -> set[str]:
    """Names of shards in whose place another has come that is whole; a stop may have left them there."""
    found: set[str] = set()
    for path in folder.shards.glob("*.json"):
        done = read_done(path)
        if done is not None and done.replaces and missing_part(folder, done) is None:
            found.update(done.replaces)
    return found


def settled(folder: RunFolder) -> Iterator[Done]:
    """Every shard that is done and whole, by name. What is not is removed, to be done again."""
    gone = replaced(folder)
    for path in sorted(folder.shards.glob("*.json")):
        done = read_done(path)
        if done is None:
            path.unlink()
        elif done.name in gone or missing_part(folder, done) is not None:
            remove(folder, done)
        else:
            yield done


def _batches(shard: Shard, folder: RunFolder, size: int, meter: Meter) -> Iterator[tuple[int, list[Article]]]:
    """A shard's articles under their ids, in order, by the batch, each with the place of its first."""
    first, waiting, chars = 0, list[Article](), 0
    for article in _articles(shard, folder, meter):
        waiting.append(article)
        chars += len(article.text)
        if len(waiting) == size or chars >= _BATCH_CHARS:
            yield first, waiting
            first, waiting, chars = first + len(waiting), [], 0
    if waiting:
        yield first, waiting


def _articles(shard: Shard, folder: RunFolder, meter: Meter) -> Iterator[Article]:
    for file, group in groupby(shard.items, key=attrgetter("file")):
        items = list(group)
        for some in range(0, len(items), _AT_ONCE):
            wanted = items[some : some + _AT_ONCE]
            with meter("read"):
                articles = read_staged(folder, file, [item.row for item in wanted])
            for item, article in zip(wanted, articles, strict=True):
                yield replace(article, doc_id=item.doc_id, duplicate_of=item.copy_of)


def _left_out(article: Article) -> Reject:
    message = f"a copy of {article.duplicate_of!r}: left out by --duplicates skip"
    return Reject(article.source, article.record, article.doc_id, "duplicates", "duplicate", message)


class _Parts:
    """A shard's part files while they are written: one a table that has rows, in row groups of bounded size."""

    def __init__(self, folder: RunFolder, name: str) -> None:
        self._folder = folder
        self._name = name
        self._stack = ExitStack()
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.RecordBatch]] = {}
        self._bytes = 0
        self._rows: Counter[str] = Counter()
        self.rejects: Counter[str] = Counter()
        self.made: dict[str, dict[str, Any]] = {}

    def __enter__(self) -> _Parts:
        return self

    def add(self, batches: Mapping[str, pa.RecordBatch]) -> None:
        """Take record batches by table."""
        for name, batch in batches.items():
            if batch.num_rows:
                self._waiting.setdefault(name, []).append(batch)
                self._bytes += batch.nbytes
        if "rejects" in batches:
            self.rejects.update(batches["rejects"].column("error").to_pylist())
        if self._bytes >= _FLUSH_BYTES:
            self._flush()

    def _flush(self) -> None:
        for name, batches in self._waiting.items():
            rows = pa.Table.from_batches(batches)
            if name not in self._writers:
                path = self._stack.enter_context(finished(self._folder.part(name, self._name)))
                self._writers[name] = self._stack.enter_context(
                    pq.ParquetWriter(path, SCHEMAS[name], compression="zstd")
                )
            self._writers[name].write_table(rows, row_group_size=_ROW_GROUP)
            self._rows[name] += rows.num_rows
        self._waiting, self._bytes = {}, 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            try:
                self._flush()
            except BaseException as failure:
                self._stack.__exit__(type(failure), failure, failure.__traceback__)
                raise
        self._stack.__exit__(kind, error, trace)
        if kind is not None:
            return
        for name, count in self._rows.items():
            path = self._folder.part(name, self._name)
            self.made[name] = {"rows": count, "bytes": path.stat().st_size, "sha256": digest(path)}
            sync_folder(path.parent)


def _mark_done(folder: RunFolder, done: Done) -> Done:
    record = {
        "format": _FORMAT,
        "name": done.name,
        "items": list(done.items.items()),
        "parts": done.parts,
        "rejects": done.rejects,
        "cpu": {stage: round(seconds, 3) for stage, seconds in done.cpu.items()},
        "replaces": list(done.replaces),
    }
    write_json(folder.shards / f"{done.name}.json", record)
    sync_folder(folder.shards)
    return done
