"""What becomes of a task that no worker finished: smaller ones, until what does it stands alone and is given up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.batch.intake import Unit, unit_of
from pipeline.batch.pool import Failure
from pipeline.batch.shard import Item
from pipeline.errors import OutputError
from pipeline.process import EXCERPT
from pipeline.read import Format, halve
from pipeline.records import Article, Reject

_HOW = {"time-limit": "it took longer than the time limit", "failed": "it failed, twice"}
ATTEMPTS = 2  # times that something alone may end its worker before it is given up


def smaller_units(unit: Unit, failure: Failure, attempts: int, read_key: str) -> list[Unit]:
    """What to read in place of a unit: its files alone, it again, its halves, at last a reject.

    ``attempts`` is how many times it has ended its worker. OutputError if not even a reject
    can be made of it, which is nothing that the file does.
    """
    if len(unit.sources) > 1:
        return [unit_of([source], read_key) for source in unit.sources]
    if attempts < ATTEMPTS and failure.reason != "time-limit":
        return [unit]
    (source,) = unit.sources
    if source.format is Format.UNKNOWN:
        raise OutputError(f"what is wrong with {source.name} can't be written: {failure.reason}: {failure.message}")
    halves = halve(source)
    if len(halves) > 1:
        return [unit_of([half], read_key) for half in halves]
    what = source.piece.told if source.piece else "it"
    problem = f"reading {what} ended with {failure.reason}: {failure.message}"
    return [unit_of([replace(source, format=Format.UNKNOWN, problem=problem)], read_key)]


def smaller_groups(items: Sequence[Item], batch: tuple[int, int] | None) -> list[Sequence[Item]]:
    """What to do in place of a shard of several articles: those it was at one by one, the rest together.

    ``batch`` is the place and number of those; where it is not known, the shard is halved.
    """
    if batch is None:
        return [items[: len(items) // 2], items[len(items) // 2 :]]
    first, count = batch
    rest = [*items[:first], *items[first + count :]]
    return [*([item] for item in items[first : first + count]), *([rest] if rest else [])]


def given_up(article: Article, failure: Failure) -> Reject:
    """What is written of an article that no worker survives."""
    how = _HOW.get(failure.reason, "its worker did not survive it, twice")
    excerpt = article.text[:EXCERPT]
    message = f"{how}: {failure.message}"
    return Reject(article.source, article.record, article.doc_id, "extract", failure.reason, message, excerpt)
