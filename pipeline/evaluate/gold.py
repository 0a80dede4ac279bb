"""Hand-labelled documents, and the checks that make a wrong label loud.

The format is JSONL, one document a line, with the layers that were labelled: dates,
quotes, events, actors, sentence_events. An absent layer is not scored; an empty one
says that there is nothing to find.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import GoldError
from pipeline.evaluate.labels import Label, read_lines
from pipeline.records import ActorKind, DateSource, Granularity, Modality, QuoteType, TimexType
from pipeline.spans import Span, cover

T = TypeVar("T")

# Shape only, for slips of the hand: published corpora hold odd values (P1E, 2000-W8, PXX) that are their right.
_DATE_VALUE = r"""
    (?:[0-9X]{4}|FY[0-9]{2,4}|[0-9X]{2,3})                       # year, fiscal year; decade or century
    (?:-(?: [0-9X]{1,2}(?:-[0-9X]{1,2})?                         # month, day
          | W[0-9X]{1,2}(?:-(?:[1-7X]|WE))?                      # week, its day or weekend
          | Q[1-4X] | H[12X] | SP | SU | FA | WI ))?             # quarter, half, season
    (?:T?(?:[0-9X]{1,2}(?::[0-9X]{2}){0,2}(?:Z|[+-][0-9:]{2,5})? | [A-Z]{2}))?   # clock time or part of day
"""
_VALUE = re.compile(
    rf"(?: {_DATE_VALUE} (?:BC)? | (?:PAST|PRESENT|FUTURE)_REF | P(?=[0-9XT.]*[A-Z])[0-9A-Z.]{{1,16}} )", re.VERBOSE
)
_COUNTRY = re.compile(r"[A-Z]{3}")
_SECTOR = re.compile(r"[A-Z]{3}")
_SECTORS = re.compile(r"(?:[A-Za-z]{3})+")

_DOCUMENT_KEYS = frozenset(
    ("doc_id", "text", "published", "actors", "events", "quotes", "dates", "sentence_events", "ignore", "explode")
)
_ACTOR_KEYS = frozenset(("name", "aliases", "kind", "country", "sectors"))
_EVENT_KEYS = frozenset(
    (
        *("start", "end", "trigger", "text", "type", "mode", "negated", "modality", "actors", "recipients"),
        *("date_start", "date_end", "granularity", "date_source", "place", "place_country", "same_as", "quote"),
    )
)
_QUOTE_KEYS = frozenset(
    ("spans", "text", "type", "cue", "speaker_span", "speaker_spans", "speaker", "speech", "reference", "negated")
)
_DATE_KEYS = frozenset(("start", "end", "text", "type", "value", "mod", "range_id"))
_SENTENCE_EVENT_KEYS = frozenset(("type", "actors", "recipients"))
_PARTICIPANT_KEYS = frozenset(("text", "country", "sector"))


@dataclass(frozen=True, slots=True)
class GoldActor:
    """An entity of one document; ``names`` are the canonical one and its aliases."""

    key: str
    names: tuple[str, ...]
    kind: ActorKind
    country: str | None
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GoldDate:
    """A date or time expression with its TIMEX3 value. ``labels`` names the optional labels it has."""

    span: Span
    timex_type: TimexType
    value: str
    mod: str | None
    range_id: str | None
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class GoldQuote:
    """A quote. ``quote_type`` is None where the gold leaves it to the quotation marks.

    ``reference`` is the speaker's full name (of the actor ``speaker``, if not given);
    ``speech`` says that the cue communicates, rather than tells of belief; ``labels``
    names the optional labels it has.
    """

    spans: tuple[Span, ...]
    quote_type: QuoteType | None
    cue: Span | None
    speakers: tuple[Span, ...]
    speaker: str | None
    reference: str | None
    speech: bool
    negated: bool
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class GoldEvent:
    """An event. Days are ISO strings; ``same_as`` and ``quote`` are indexes into the document's lists.

    ``labels`` names the optional labels it has, for one that is empty is still a label.
    """

    span: Span
    event_type: str
    mode: str | None
    negated: bool
    modality: Modality
    actors: tuple[str, ...]
    recipients: tuple[str, ...]
    date_start: str | None
    date_end: str | None
    granularity: Granularity | None
    date_source: DateSource
    place: str | None
    place_country: str | None
    same_as: int | None
    quote: int | None
    labels: frozenset[str]


@dataclass(frozen=True, slots=True)
class GoldSentenceEvent:
    """One label for a whole sentence: a type, and the countries of both sides."""

    event_type: str
    actor_countries: frozenset[str]
    recipient_countries: frozenset[str]


@dataclass(frozen=True, slots=True)
class GoldDocument:
    """One labelled document; a layer that was not labelled is None."""

    doc_id: str
    text: str
    published: date | None
    actors: Mapping[str, GoldActor]
    dates: tuple[GoldDate, ...] | None
    quotes: tuple[GoldQuote, ...] | None
    events: tuple[GoldEvent, ...] | None
    sentence_events: tuple[GoldSentenceEvent, ...] | None
    ignore: tuple[Span, ...]
    explode: bool
    line: int


def load_gold(path: Path, types: Collection[str] | None = None) -> list[GoldDocument]:
    """The documents of a gold file, in order, every label checked.

    ``types`` are the event types of the ontology; None accepts any. GoldError, which
    names file, line and label, at the first label that can't be right.
    """
    documents: list[GoldDocument] = []
    seen: dict[str, int] = {}
    for number, data in read_lines(path, "document"):
        document = _Reader(f"{path}:{number}", types).document(data, number)
        if document.doc_id in seen:
            raise GoldError(f"{path}:{number}: doc_id {document.doc_id!r} is already on line {seen[document.doc_id]}")
        seen[document.doc_id] = number
        documents.append(document)
    return documents


class _Reader:
    """Reads one document; ``where`` is its file and line."""

    def __init__(self, where: str, types: Collection[str] | None) -> None:
        self.where = where
        self.types = types
        self.text = ""

    def document(self, data: Any, number: int) -> GoldDocument:
        top = Label(self.where, data, _DOCUMENT_KEYS)
        doc_id = top.text("doc_id")
        top.where = self.where = f"{self.where} ({doc_id})"
        self.text = top.text("text")
        actors = self._actors(top)
        quotes = self._layer(top, "quotes", _QUOTE_KEYS, lambda label: self._quote(label, actors))
        n_quotes = len(quotes) if quotes is not None else 0
        n_events = len(top.items("events"))
        events = self._layer(top, "events", _EVENT_KEYS, lambda label: self._event(label, actors, n_events, n_quotes))
        self._check_tellings(events or ())
        dates = self._layer(top, "dates", _DATE_KEYS, self._date)
        self._check_ranges(dates or ())
        return GoldDocument(
            doc_id=doc_id,
            text=self.text,
            published=top.day("published"),
            actors=actors,
            dates=dates,
            quotes=quotes,
            events=events,
            sentence_events=self._layer(top, "sentence_events", _SENTENCE_EVENT_KEYS, self._sentence_event),
            ignore=tuple(top.span(self.text, "ignore", item) for item in top.items("ignore")),
            explode=top.flag("explode", False),
            line=number,
        )

    def _layer(self, top: Label, name: str, keys: frozenset[str], read: Callable[[Label], T]) -> tuple[T, ...] | None:
        if name not in top.data:
            return None
        if not isinstance(top.data[name], list):
            raise top.error(f"{name} must be a list")
        return tuple(read(Label(f"{self.where}: {name}[{i}]", item, keys)) for i, item in enumerate(top.data[name]))

    def _actors(self, top: Label) -> dict[str, GoldActor]:
        data = top.data.get("actors", {})
        if not isinstance(data, dict):
            raise top.error("actors must be an object")
        out = {}
        for key, value in data.items():
            label = Label(f"{self.where}: actors[{key!r}]", value, _ACTOR_KEYS)
            sectors = label.texts("sectors")
            for sector in sectors:
                if not _SECTOR.fullmatch(sector):
                    raise label.error(f"sector {sector!r} is not a code of three capitals")
            out[key] = GoldActor(
                key,
                (label.text("name"), *label.texts("aliases")),
                label.one_of("kind", ActorKind),
                label.shaped("country", _COUNTRY, "a code of three capitals"),
                sectors,
            )
        return out

    def _date(self, label: Label) -> GoldDate:
        span = label.own_span(self.text, "text")
        value = label.shaped("value", _VALUE, "shaped like a TIMEX3 value")
        if value is None:
            raise label.error("value is missing")
        labels = frozenset(("mod", "range_id")) & label.data.keys()
        return GoldDate(
            span, label.one_of("type", TimexType), value, label.maybe("mod"), label.maybe("range_id"), labels
        )

    def _quote(self, label: Label, actors: Mapping[str, GoldActor]) -> GoldQuote:
        spans = label.spans(self.text, "spans")
        if not spans:
            raise label.error("spans are missing")
        label.same_text(self.text, "text", cover(spans))
        main = label.span(self.text, "speaker_span", label.data["speaker_span"]) if label.has("speaker_span") else None
        speaker = label.maybe("speaker")
        self._known(label, "speaker", [speaker] if speaker else [], actors)
        quote_type = label.maybe_one_of("type", QuoteType)
        return GoldQuote(
            spans=spans,
            quote_type=quote_type,
            cue=label.span(self.text, "cue", label.data["cue"]) if label.has("cue") else None,
            speakers=label.spans(self.text, "speaker_spans") or ((main,) if main else ()),
            speaker=speaker,
            reference=label.maybe("reference") or (actors[speaker].names[0] if speaker else None),
            speech=label.flag("speech", True),
            negated=label.flag("negated", False),
            labels=frozenset(("negated",)) & label.data.keys(),
        )

    def _event(self, label: Label, actors: Mapping[str, GoldActor], n_events: int, n_quotes: int) -> GoldEvent:
        start, end = label.day("date_start"), label.day("date_end")
        if (start is None) != (end is None):
            raise label.error("date_start and date_end must both be there, or neither")
        if start and end and start > end:
            raise label.error(f"date_start {start} is after date_end {end}")
        granularity = label.maybe_one_of("granularity", Granularity)
        source = label.maybe_one_of("date_source", DateSource)
        if start and source is DateSource.NONE:
            raise label.error(f"has a date ({start}), but date_source none")
        if not start and (granularity or source not in (None, DateSource.NONE)):
            raise label.error("has no date, but a granularity or date_source")
        sides = {}
        for key in ("actors", "recipients"):
            sides[key] = label.texts(key)
            self._known(label, key, sides[key], actors)
        return GoldEvent(
            span=label.own_span(self.text, "trigger", "text"),
            event_type=self._type(label),
            mode=label.maybe("mode"),
            negated=label.flag("negated", False),
            modality=label.maybe_one_of("modality", Modality) or Modality.ASSERTED,
            actors=sides["actors"],
            recipients=sides["recipients"],
            date_start=start.isoformat() if start else None,
            date_end=end.isoformat() if end else None,
            granularity=granularity,
            date_source=source or DateSource.NONE,
            place=label.maybe("place"),
            place_country=label.shaped("place_country", _COUNTRY, "a code of three capitals"),
            same_as=label.index("same_as", n_events, "events"),
            quote=label.index("quote", n_quotes, "quotes"),
            labels=frozenset(("mode", "place", "place_country", "same_as", "quote")) & label.data.keys(),
        )

    def _check_ranges(self, dates: Sequence[GoldDate]) -> None:
        ends = Counter(label.range_id for label in dates if label.range_id)
        for i, label in enumerate(dates):
            if label.range_id and ends[label.range_id] < 2:
                raise GoldError(f"{self.where}: dates[{i}]: no other date has the range_id {label.range_id!r}")

    def _check_tellings(self, events: Sequence[GoldEvent]) -> None:
        for i, event in enumerate(events):
            if event.same_as is None:
                continue
            where = f"{self.where}: events[{i}]"
            if event.same_as == i:
                raise GoldError(f"{where}: same_as points at the event itself")
            if events[event.same_as].same_as is not None:
                raise GoldError(f"{where}: same_as {event.same_as} is itself a later telling; point at the first")

    def _type(self, label: Label) -> str:
        name = label.text("type")
        if self.types is not None and name not in self.types:
            raise label.error(f"type {name!r} is not in the ontology ({', '.join(sorted(self.types))})")
        return name

    def _known(self, label: Label, key: str, keys: Iterable[str], actors: Mapping[str, GoldActor]) -> None:
        for actor in keys:
            if actor not in actors:
                raise label.error(f"{key}: no actor {actor!r} (the document has {', '.join(sorted(actors)) or 'none'})")

    def _sentence_event(self, label: Label) -> GoldSentenceEvent:
        def countries(key: str) -> frozenset[str]:
            parties = [
                Label(f"{label.where}: {key}[{i}]", item, _PARTICIPANT_KEYS) for i, item in enumerate(label.items(key))
            ]
            for party in parties:
                party.text("text")
                party.shaped("sector", _SECTORS, "codes of three letters")
            found = (party.shaped("country", _COUNTRY, "a code of three capitals") for party in parties)
            return frozenset(country for country in found if country)

        return GoldSentenceEvent(self._type(label), countries("actors"), countries("recipients"))
