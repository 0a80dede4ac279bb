"""What came of a run, in a screenful: rows by table, rejects by reason, and where to look."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.text import Text

from pipeline.tables import TABLES


class Finished(Protocol):
    """What a run gives back, as far as it is summed up here."""

    @property
    def output(self) -> Path:
        """The dataset's folder."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Rows by table."""

    @property
    def rejects(self) -> Mapping[str, int]:
        """Rejects by reason (``rejects.error``)."""

    @property
    def notices(self) -> Mapping[str, int]:
        """Warnings by kind: of records that were kept although something is wrong with them."""

    @property
    def seconds(self) -> float:
        """Wall time."""

    @property
    def done(self) -> int:
        """Articles that this run did; the rows of the others stood already."""


def print_summary(finished: Finished, console: Console) -> None:
    """Print the summary: with colours on a terminal, else the bare lines, which are never wrapped."""
    if console.is_terminal:
        console.print(render_summary(finished))
    else:
        console.out(plain_summary(finished), highlight=False)


def render_summary(summary: Finished) -> RenderableType:
    """The summary for a terminal."""
    lines = []
    for kind, line in _lines(summary):
        lines.append(Text(line, style={"title": "bold", "warning": "yellow", "reject": "red"}.get(kind, "")))
    return Group(*lines)


def plain_summary(summary: Finished) -> str:
    """The same lines as plain text, without a line's end at the end."""
    return "\n".join(line for _, line in _lines(summary))


def _lines(summary: Finished) -> Iterator[tuple[str, str]]:
    """Lines, each with what it is about: title, row, reject, warning or hint."""
    yield "title", _title(summary)
    width = max(len(table.name) for table in TABLES)
    digits = max(len(f"{count:,}") for count in [0, *summary.counts.values()])
    for table in TABLES:
        if table.name != "rejects":
            yield "row", f"  {table.name:{width}}  {summary.counts.get(table.name, 0):>{digits},}"
    rejected = sum(summary.rejects.values())
    if rejected:
        yield "reject", f"  {'rejects':{width}}  {rejected:>{digits},}  {_by_count(summary.rejects)}"
    if summary.notices:
        told = _by_count(summary.notices)
        yield "warning", f"  {_plural(sum(summary.notices.values()), 'warning')}: {told} (those records were kept)"
    yield "hint", f"  look: {summary.output}/events (Parquet), dateline show DOC_ID {summary.output}"
    if rejected:
        yield "hint", f"  what was rejected and why: {summary.output}/rejects"


def _title(summary: Finished) -> str:
    articles = summary.counts.get("documents", 0)
    found = f"{summary.output}: {_plural(articles, 'article')}"
    if not summary.seconds:
        return found
    if not summary.done:
        return f"{found}, nothing was new ({_time(summary.seconds)})"
    some = "" if summary.done >= articles else f", {summary.done:,} of them new,"
    return f"{found}{some} in {_time(summary.seconds)} ({summary.done / summary.seconds:.1f} a second)"


def _by_count(counts: Mapping[str, int]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {name}" for name, count in ordered)


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _time(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"
