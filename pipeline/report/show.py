"""One article of a run on the terminal: its text, marked, and beneath it what was found, an entry a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from rich.console import Group, RenderableType
from rich.rule import Rule
from rich.style import Style

from pipeline.dataset import Dataset, Row, open_dataset
from pipeline.errors import UsageError
from pipeline.records import BlockKind, Field
from pipeline.report.entries import Labels, draw_actors, draw_dates, draw_events, draw_quotes
from pipeline.report.lines import Drawn, Lines, Wrapped, one_line
from pipeline.report.marks import Layer, Mark, legend, marked
from pipeline.spans import Span, cover

_KINDS: Mapping[str, Style] = {
    BlockKind.HEADLINE: Style(bold=True),
    BlockKind.HEADING: Style(bold=True, color="yellow"),
    BlockKind.DATELINE: Style(color="yellow"),
    BlockKind.CAPTION: Style(italic=True),
    BlockKind.QUESTION: Style(italic=True),
    BlockKind.BOILERPLATE: Style(dim=True, strike=True),
}
_TABLES = ("sentences", "dates", "mentions", "events", "participants", "quotes")
_FIRST = {"dates": "start", "mentions": "start", "events": "trigger_start", "quotes": "start"}


def render_document(run: Path, doc_id: str, *, plain: bool = False) -> RenderableType:
    """One article with its events, quotes, dates and actors marked, and beneath it an entry for each of them.

    A label (e1, q2, d3) stands at each mark and opens its entry. ``plain`` marks are
    brackets instead of colours. InputError if the folder is no run; UsageError, with ids that come
    close, if the run has no such article.
    """
    dataset = open_dataset(run)
    found = dataset.rows("documents", doc_id=[doc_id])
    if not found:
        raise UsageError(_unknown(dataset, doc_id))
    document = found[0]
    rows = {name: dataset.rows(name, doc_id=[doc_id]) for name in _TABLES}
    for name, first in _FIRST.items():
        rows[name].sort(key=lambda row, first=first: (row["field"] != Field.TITLE, row[first]))  # type: ignore[misc]
    cast = _cast(dataset, rows)
    labels = {
        row[f"{name[:-1]}_id"]: f"{name[0]}{n}"
        for name in ("events", "quotes", "dates")
        for n, row in enumerate(rows[name], 1)
    }
    colour = not plain
    parts: list[RenderableType] = [Drawn(partial(_heading, document)), Drawn(partial(legend, colour=colour)), Rule()]
    parting = {row["mention_id"] for row in rows["participants"]}
    for field, text in ((Field.TITLE, document["title"]), (Field.BODY, document["text"])):
        here = {name: [row for row in found if row.get("field") == field] for name, found in rows.items()}
        if text and (field is Field.BODY or any(here.values())):
            base = [(Span(s["start"], s["end"]), _KINDS[s["kind"]]) for s in here["sentences"] if s["kind"] in _KINDS]
            parts += [Wrapped(marked(text, _marks(here, labels, parting), colour=colour, base=base)), Rule()]
    parts += [
        Drawn(partial(draw_events, rows["events"], labels, colour=colour)),
        Drawn(partial(draw_quotes, rows["quotes"], labels, cast, colour=colour)),
        Drawn(partial(draw_dates, rows["dates"], labels, colour=colour)),
        Drawn(partial(draw_actors, rows["mentions"], cast)),
    ]
    return Group(*parts)


def _unknown(dataset: Dataset, doc_id: str) -> str:
    ids = [row["doc_id"] for row in dataset.rows("documents", ["doc_id"])]
    close = get_close_matches(doc_id, ids, 3, 0.5) or [known for known in ids if doc_id in known][:3]
    if close:
        return f"{dataset.folder} has no document {doc_id!r}; did you mean {', '.join(close)}?"
    some = f", e.g. {', '.join(sorted(ids)[:3])}" if ids else ""
    return f"{dataset.folder} has no document {doc_id!r} (it has {len(ids)}{some})"


def _cast(dataset: Dataset, rows: Mapping[str, Sequence[Row]]) -> dict[str, Row]:
    wanted = {row["actor_id"] for row in rows["mentions"]}
    wanted |= {row["addressee_id"] for row in rows["quotes"] if row["addressee_id"]}
    return {row["actor_id"]: row for row in dataset.rows("actors", actor_id=wanted)}


def _marks(rows: Mapping[str, Sequence[Row]], labels: Labels, parting: set[str]) -> list[Mark]:
    """Marks of one field; ``parting`` are the mentions that fill a role of an event."""
    speakers = {Span(row["speaker_start"], row["speaker_end"]) for row in rows["quotes"] if row["speaker_end"]}
    roles = {Span(row["start"], row["end"]) for row in rows["mentions"] if row["mention_id"] in parting}
    # a role within a speaker's words adds nothing
    roles = speakers | {span for span in roles if all(cover([span, speaker]) != speaker for speaker in speakers)}
    others = {Span(row["start"], row["end"]) for row in rows["mentions"]} - roles
    marks = [Mark(span, Layer.PARTICIPANT, "") for span in sorted(roles)]
    marks += [Mark(span, Layer.ACTOR, "") for span in sorted(others)]
    marks += [Mark(Span(row["start"], row["end"]), Layer.DATE, labels[row["date_id"]]) for row in rows["dates"]]
    for row in rows["events"]:
        marks.append(Mark(Span(row["trigger_start"], row["trigger_end"]), Layer.EVENT, labels[row["event_id"]]))
    for row in rows["quotes"]:
        label = labels[row["quote_id"]]
        marks += [Mark(Span(span["start"], span["end"]), Layer.QUOTE, label) for span in row["spans"]]
        if row["cue_start"] is not None:
            marks.append(Mark(Span(row["cue_start"], row["cue_end"]), Layer.CUE, ""))
    return marks


def _heading(document: Row, lines: Lines) -> None:
    day = document["published_date"]
    published = f"{day} ({document['published_source']})" if day else "date unknown"
    lines.new()
    lines.put(one_line(document["doc_id"]), "bold")
    glue = "  "
    for told in (published, document["publisher"], document["source"]):
        if told:
            lines.put(one_line(told), "dim", glue=glue)
            glue = " · "
