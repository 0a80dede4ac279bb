"""A run's rows as evaluation compares them: the body of each document that has gold."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

from pipeline.dataset import Dataset, Row
from pipeline.evaluate.names import Party
from pipeline.records import Field
from pipeline.spans import Span


@dataclass(frozen=True, slots=True)
class PredictedDate:
    """One row of ``dates``."""

    span: Span
    timex_type: str
    value: str
    mod: str | None
    range_id: str | None


@dataclass(frozen=True, slots=True)
class PredictedQuote:
    """One row of ``quotes``; ``spans`` as stored."""

    quote_id: str
    spans: tuple[Span, ...]
    cue: Span | None
    speaker: Span | None
    speaker_name: str | None
    negated: bool
    confidence: float


@dataclass(frozen=True, slots=True)
class PredictedEvent:
    """One row of ``events`` that has a type; days as ISO strings."""

    event_id: str
    span: Span
    event_type: str
    event_mode: str | None
    negated: bool
    modality: str
    date_start: str | None
    date_end: str | None
    actors: tuple[Party, ...]
    recipients: tuple[Party, ...]
    place: str | None
    place_country: str | None
    quote_id: str | None
    same_as: str | None
    confidence: float


@dataclass(slots=True)
class PredictedDocument:
    """All that a run says of one document's body; ``untyped`` is the number of its events without a type."""

    text: str
    dates: list[PredictedDate] = field(default_factory=list)
    quotes: list[PredictedQuote] = field(default_factory=list)
    events: list[PredictedEvent] = field(default_factory=list)
    untyped: int = 0


def read_predictions(run: Dataset, doc_ids: Collection[str], layers: Collection[str]) -> dict[str, PredictedDocument]:
    """What a run found in those of ``doc_ids`` that it has, rows in stored order.

    ``layers`` are tables to read (dates, quotes, events). Rows of titles are left out,
    and so are interview turns, which no gold labels. InputError if a table is missing.
    """
    documents = {
        row["doc_id"]: PredictedDocument(row["text"])
        for row in run.rows("documents", ["doc_id", "text"], doc_id=doc_ids)
    }
    if "dates" in layers:
        for row in _body(run, "dates", documents):
            documents[row["doc_id"]].dates.append(
                PredictedDate(
                    Span(row["start"], row["end"]), row["timex_type"], row["value"], row["mod"], row["range_id"]
                )
            )
    if "quotes" in layers:
        for row in _body(run, "quotes", documents):
            if row["quote_type"] != "turn" and row["end"] > row["start"]:
                documents[row["doc_id"]].quotes.append(_quote(row))
    if "events" in layers:
        rows = _body(run, "events", documents)
        wanted = {actor for row in rows for side in ("actors", "recipients") for actor in row[side]}
        cast = {row["actor_id"]: row for row in run.rows("actors", ["actor_id", "country", "kind"], actor_id=wanted)}
        for row in rows:
            if row["event_type"]:
                documents[row["doc_id"]].events.append(_event(row, cast))
            else:
                documents[row["doc_id"]].untyped += 1
    return documents


def _body(run: Dataset, table: str, documents: Collection[str]) -> list[Row]:
    return run.rows(table, field=[Field.BODY], doc_id=documents)


def _quote(row: Row) -> PredictedQuote:
    spans = tuple(Span(s["start"], s["end"]) for s in row["spans"])
    return PredictedQuote(
        row["quote_id"],
        spans or (Span(row["start"], row["end"]),),
        _span(row, "cue"),
        _span(row, "speaker"),
        row["speaker_name"],
        row["negated"],
        row["confidence"],
    )


def _span(row: Row, name: str) -> Span | None:
    start, end = row[f"{name}_start"], row[f"{name}_end"]
    return None if start is None or end is None else Span(start, end)


def _event(row: Row, cast: dict[str, Row]) -> PredictedEvent:
    def parties(ids: str, names: str) -> tuple[Party, ...]:
        known = [(name, cast.get(key, {})) for key, name in zip(row[ids], row[names], strict=True)]
        return tuple(Party(name, actor.get("country"), actor.get("kind")) for name, actor in known)

    return PredictedEvent(
        event_id=row["event_id"],
        span=Span(row["trigger_start"], row["trigger_end"]),
        event_type=row["event_type"],
        event_mode=row["event_mode"],
        negated=row["negated"],
        modality=row["modality"],
        date_start=_iso(row["date_start"]),
        date_end=_iso(row["date_end"]),
        actors=parties("actors", "actor_names"),
        recipients=parties("recipients", "recipient_names"),
        place=row["place"],
        place_country=row["place_country"],
        quote_id=row["quote_id"],
        same_as=row["same_as"],
        confidence=row["confidence"],
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
