"""One article of a run on the terminal: its text, marked, and beneath it the rows that were found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.style import Style
from rich.table import Table
from rich.text import Text

from pipeline.dataset import Dataset, Row, open_dataset
from pipeline.errors import UsageError
from pipeline.records import BlockKind, Field
from pipeline.report.marks import Layer, Mark, legend, marked
from pipeline.spans import Span

_KINDS: Mapping[str, Style] = {
    BlockKind.HEADLINE: Style(bold=True),
    BlockKind.HEADING: Style(bold=True, color="yellow"),
    BlockKind.DATELINE: Style(color="yellow"),
    BlockKind.CAPTION: Style(italic=True),
    BlockKind.QUESTION: Style(italic=True),
    BlockKind.BOILERPLATE: Style(dim=True, strike=True),
}


def render_document(run: Path, doc_id: str, *, plain: bool = False) -> RenderableType:
    """One article with its events, quotes, dates and actors marked, and a table for each layer.

    A label (e1, q2, d3) stands at each mark and opens its row. ``plain`` marks are
    brackets instead of colours. InputError if the folder is no run; UsageError, with ids that come
    close, if the run has no such article.
    """
    dataset = open_dataset(run)
    found = dataset.rows("documents", doc_id=[doc_id])
    if not found:
        raise UsageError(_unknown(dataset, doc_id))
    document = found[0]
    rows = {
        name: dataset.rows(name, doc_id=[doc_id]) for name in ("sentences", "dates", "mentions", "events", "quotes")
    }
    for name, first in (("dates", "start"), ("mentions", "start"), ("events", "trigger_start"), ("quotes", "start")):
        rows[name].sort(key=lambda row, first=first: (row["field"] != Field.TITLE, row[first]))  # type: ignore[misc]
    cast = _cast(dataset, rows)
    labels = {
        row[f"{name[:-1]}_id"]: f"{name[0]}{n}"
        for name in ("events", "quotes", "dates")
        for n, row in enumerate(rows[name], 1)
    }
    parts: list[RenderableType] = [_heading(document), legend(colour=not plain), Rule()]
    for field, text in ((Field.TITLE, document["title"]), (Field.BODY, document["text"])):
        here = {name: [row for row in found if row["field"] == field] for name, found in rows.items()}
        if text and (field is Field.BODY or any(here.values())):
            base = [(Span(s["start"], s["end"]), _KINDS[s["kind"]]) for s in here["sentences"] if s["kind"] in _KINDS]
            parts += [marked(text, _marks(here, labels), colour=not plain, base=base), Rule()]
    parts += [
        _events(rows["events"], labels),
        _quotes(rows["quotes"], labels),
        _dates(rows["dates"], labels),
        _actors(rows["mentions"], cast),
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
    return {row["actor_id"]: row for row in dataset.rows("actors", actor_id=wanted)}


def _marks(rows: Mapping[str, Sequence[Row]], labels: Mapping[str, str]) -> list[Mark]:
    marks = [Mark(Span(row["start"], row["end"]), Layer.ACTOR, "") for row in rows["mentions"]]
    marks += [Mark(Span(row["start"], row["end"]), Layer.DATE, labels[row["date_id"]]) for row in rows["dates"]]
    for row in rows["events"]:
        marks.append(Mark(Span(row["trigger_start"], row["trigger_end"]), Layer.EVENT, labels[row["event_id"]]))
    for row in rows["quotes"]:
        label = labels[row["quote_id"]]
        marks += [Mark(Span(span["start"], span["end"]), Layer.QUOTE, label) for span in row["spans"]]
        if row["cue_start"] is not None:
            marks.append(Mark(Span(row["cue_start"], row["cue_end"]), Layer.CUE, ""))
    return marks


def _heading(document: Row) -> Text:
    day = document["published_date"]
    published = f"{day} ({document['published_source']})" if day else "date unknown"
    text = Text(document["doc_id"], style="bold")
    told = [published, document["publisher"], document["source"]]
    return text.append("  " + " · ".join(item for item in told if item), style="not bold dim")


def _table(title: str, count: int, columns: Iterable[str]) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD, title=f"{title} ({count})", title_justify="left", title_style="bold", pad_edge=False
    )
    for name in columns:
        table.add_column(name, overflow="fold", no_wrap=not name)
    return table


def _events(rows: Sequence[Row], labels: Mapping[str, str]) -> RenderableType:
    columns = ("", "trigger", "type", "who → to whom", "date", "told as", "where", "in", "rule", "conf.")
    table = _table("events", len(rows), columns)
    for row in rows:
        kind = (row["event_type"] or "–") + (f" {row['event_mode']}" if row["event_mode"] else "")
        when = _days(row["date_start"], row["date_end"])
        source = row["date_source"] + (f" {labels.get(row['date_id'], '')}" if row["date_id"] else "")
        told = row["modality"] + (", negated" if row["negated"] else "")
        again = labels.get(row["same_as"] or "", "")
        links = [labels.get(row["quote_id"] or "", ""), f"={again}" if again else ""]
        table.add_row(
            labels[row["event_id"]],
            _one_line(row["trigger"]),
            kind,
            _sides(row),
            f"{when} ({source})" if when else source,
            told,
            " ".join(item for item in (row["place"], row["place_country"]) if item),
            " ".join(item for item in links if item),
            row["rule"],
            f"{row['confidence']:.2f}",
        )
    return _beneath(table)


def _quotes(rows: Sequence[Row], labels: Mapping[str, str]) -> RenderableType:
    table = _table("quotes", len(rows), ("", "type", "speaker", "found by", "cue", "content", "rule", "conf."))
    for row in rows:
        printed, name = row["speaker_text"], row["speaker_name"]
        speaker = name or printed or "–"
        if printed and name and printed != name:
            speaker = f"{name} (“{_one_line(printed)}”)"
        content = " … ".join(
            _one_line(row["text"][s["start"] - row["start"] : s["end"] - row["start"]]) for s in row["spans"]
        )
        table.add_row(
            labels[row["quote_id"]],
            row["quote_type"],
            speaker,
            f"{row['speaker_method']}, {row['speaker_kind']}",
            ("not: " if row["negated"] else "") + _one_line(row["cue"] or "–"),
            _short(content),
            row["rule"],
            f"{row['confidence']:.2f}",
        )
    return _beneath(table)


def _dates(rows: Sequence[Row], labels: Mapping[str, str]) -> RenderableType:
    table = _table("dates", len(rows), ("", "text", "type", "value", "mod", "days", "granularity", "anchor", "rule"))
    for row in rows:
        table.add_row(
            labels[row["date_id"]],
            _one_line(row["text"]),
            row["timex_type"],
            row["value"],
            row["mod"] or "",
            _days(row["date_start"], row["date_end"]),
            row["granularity"],
            row["anchor"],
            row["rule"],
        )
    return _beneath(table)


def _actors(mentions: Sequence[Row], cast: Mapping[str, Row]) -> RenderableType:
    columns = ("", "name", "kind", "country", "sectors", "mentions", "as")
    by_actor: dict[str, list[Row]] = {}
    for row in mentions:
        by_actor.setdefault(row["actor_id"], []).append(row)
    table = _table("actors", len(by_actor), columns)
    for actor_id, named in by_actor.items():
        actor = cast.get(actor_id, {})
        ways = dict.fromkeys(_one_line(row["text"]) for row in named)
        table.add_row(
            "",
            actor.get("name", actor_id),
            actor.get("kind", ""),
            actor.get("country") or "",
            " ".join(actor.get("sectors", ())),
            f"{len(named)}",
            _short(", ".join(ways)),
        )
    return _beneath(table)


def _beneath(table: Table) -> RenderableType:
    if not table.row_count:
        return Text(f"{table.title}: none\n", style="dim")
    return Padding(table, (0, 0, 1, 0))


def _sides(row: Row) -> str:
    actors, recipients = ", ".join(row["actor_names"]), ", ".join(row["recipient_names"])
    return f"{actors or '–'} → {recipients}" if recipients else actors or "–"


def _days(start: date | None, end: date | None) -> str:
    if start is None:
        return ""
    return f"{start}" if end in (start, None) else f"{start} to {end}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _short(text: str, longest: int = 90) -> str:
    return text if len(text) <= longest else f"{text[: longest - 2]} …"
