"""Runs made by hand, for the tests of evaluation and reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.evaluate.gold import GoldDocument
from pipeline.records import (
    ActorKind,
    Anchor,
    BlockKind,
    DateSource,
    Field,
    Granularity,
    MentionType,
    Modality,
    PublishedSource,
    QuoteType,
    SpeakerKind,
    SpeakerMethod,
    TimexType,
)
from pipeline.rows import ActorRow, DateRow, DocumentRow, EventRow, MentionRow, QuoteRow, SentenceRow, Tables
from pipeline.spans import Span, cover
from pipeline.tables import TABLES


def write_run(folder: Path, rows: Tables, parts: int = 1) -> Path:
    """A dataset folder with ``rows``, every table there; rows dealt over ``parts`` files."""
    for table in TABLES:
        where = folder / table.name
        where.mkdir(parents=True, exist_ok=True)
        given = getattr(rows, table.name)
        size = max(1, -(-len(given) // parts))
        for n in range(parts):
            batch = table.batch(given[n * size : (n + 1) * size])
            pq.write_table(pa.Table.from_batches([batch]), where / f"part-{n}.parquet")
    return folder


def document_row(doc_id: str, text: str, **other: Any) -> DocumentRow:
    values: dict[str, Any] = {
        "doc_id": doc_id,
        "source": f"{doc_id}.txt",
        "url": None,
        "title": None,
        "author": None,
        "publisher": None,
        "language": "en",
        "published_at": None,
        "published_date": None,
        "published_source": PublishedSource.NONE,
        "text": text,
        "text_sha256": "",
        "n_chars": len(text),
        "n_tokens": len(text.split()),
        "n_sentences": 1,
        "duplicate_of": None,
        "run_id": "r",
    }
    return DocumentRow(**{**values, **other})


def date_row(doc_id: str, text: str, start: int, end: int, **other: Any) -> DateRow:
    values: dict[str, Any] = {
        "date_id": f"{doc_id}:d{start}-{end}",
        "doc_id": doc_id,
        "sentence_id": 0,
        "start": start,
        "end": end,
        "text": text[start:end],
        "timex_type": TimexType.DATE,
        "value": "2024-03-01",
        "mod": None,
        "date_start": None,
        "date_end": None,
        "granularity": Granularity.DAY,
        "anchor": Anchor.NONE,
        "range_id": None,
        "rule": "day-month-year",
        "field": Field.BODY,
    }
    return DateRow(**{**values, **other})


def sentence_row(doc_id: str, sentence_id: int, start: int, end: int, kind: str = "body") -> SentenceRow:
    return SentenceRow(
        doc_id=doc_id, sentence_id=sentence_id, start=start, end=end, kind=BlockKind(kind), field=Field.BODY
    )


def mention_row(doc_id: str, text: str, start: int, end: int, actor_id: str, **other: Any) -> MentionRow:
    values: dict[str, Any] = {
        "mention_id": f"{doc_id}:m{start}-{end}",
        "doc_id": doc_id,
        "sentence_id": 0,
        "start": start,
        "end": end,
        "text": text[start:end],
        "mention_type": MentionType.NAME,
        "actor_id": actor_id,
        "ner_label": None,
        "field": Field.BODY,
    }
    return MentionRow(**{**values, **other})


def event_row(doc_id: str, text: str, span: Sequence[int], event_type: str | None, **other: Any) -> EventRow:
    start, end = span
    values: dict[str, Any] = {
        "event_id": f"{doc_id}:e{start}-{end}",
        "doc_id": doc_id,
        "sentence_id": 0,
        "trigger": text[start:end],
        "trigger_lemma": text[start:end].lower(),
        "trigger_start": start,
        "trigger_end": end,
        "event_type": event_type,
        "event_mode": None,
        "contexts": (),
        "quad_class": None,
        "intensity": None,
        "negated": False,
        "modality": Modality.ASSERTED,
        "date_start": None,
        "date_end": None,
        "granularity": None,
        "date_source": DateSource.NONE,
        "date_id": None,
        "actors": (),
        "recipients": (),
        "actor_names": (),
        "recipient_names": (),
        "place": None,
        "place_country": None,
        "quote_id": None,
        "same_as": None,
        "rule": "a-rule",
        "confidence": 0.9,
        "field": Field.BODY,
    }
    return EventRow(**{**values, **other})


def quote_row(doc_id: str, text: str, spans: Iterable[Sequence[int]], **other: Any) -> QuoteRow:
    fragments = tuple(Span(span[0], span[1]) for span in spans)
    whole = cover(fragments)
    values: dict[str, Any] = {
        "quote_id": f"{doc_id}:q{whole.start}-{whole.end}",
        "doc_id": doc_id,
        "sentence_id": 0,
        "quote_type": QuoteType.DIRECT,
        "text": whole.of(text),
        "start": whole.start,
        "end": whole.end,
        "spans": fragments,
        "cue": None,
        "cue_start": None,
        "cue_end": None,
        "speaker_text": None,
        "speaker_start": None,
        "speaker_end": None,
        "speaker_id": None,
        "speaker_name": None,
        "speaker_kind": SpeakerKind.UNKNOWN,
        "speaker_method": SpeakerMethod.NONE,
        "addressee_id": None,
        "negated": False,
        "date_start": None,
        "date_end": None,
        "rule": "marks",
        "confidence": 0.9,
        "field": Field.BODY,
    }
    return QuoteRow(**{**values, **other})


def actor_row(actor_id: str, name: str, kind: ActorKind = ActorKind.PERSON, **other: Any) -> ActorRow:
    values: dict[str, Any] = {
        "actor_id": actor_id,
        "name": name,
        "kind": kind,
        "country": None,
        "sectors": (),
        "aliases": (),
        "wikidata_id": None,
        "n_documents": 1,
        "n_mentions": 1,
    }
    return ActorRow(**{**values, **other})


def perfect(gold: Iterable[GoldDocument]) -> Tables:
    """The rows of a run that finds exactly what ``gold`` labels."""
    made = Tables()
    for document in gold:
        doc_id, text = document.doc_id, document.text
        made.documents.append(document_row(doc_id, text))
        actor_id = {key: f"{doc_id}:{key}" for key in document.actors}
        for key, actor in document.actors.items():
            made.actors.append(actor_row(actor_id[key], actor.names[0], actor.kind, country=actor.country))
        for n, label in enumerate(document.dates or ()):
            made.dates.append(
                date_row(
                    doc_id,
                    text,
                    *label.span,
                    date_id=f"{doc_id}:d{n}",
                    timex_type=label.timex_type,
                    value=label.value,
                    mod=label.mod,
                    range_id=label.range_id,
                )
            )
        for n, quote in enumerate(document.quotes or ()):
            speaker = quote.speakers[0] if quote.speakers else None
            made.quotes.append(
                quote_row(
                    doc_id,
                    text,
                    quote.spans,
                    quote_id=f"{doc_id}:q{n}",
                    quote_type=quote.quote_type or QuoteType.DIRECT,
                    cue=quote.cue.of(text) if quote.cue else None,
                    cue_start=quote.cue.start if quote.cue else None,
                    cue_end=quote.cue.end if quote.cue else None,
                    speaker_text=speaker.of(text) if speaker else None,
                    speaker_start=speaker.start if speaker else None,
                    speaker_end=speaker.end if speaker else None,
                    speaker_id=actor_id[quote.speaker] if quote.speaker else None,
                    speaker_name=quote.reference,
                    negated=quote.negated,
                    confidence=1.0,
                )
            )
        for n, event in enumerate(document.events or ()):
            names = {key: actor.names[0] for key, actor in document.actors.items()}
            made.events.append(
                event_row(
                    doc_id,
                    text,
                    event.span,
                    event.event_type,
                    event_id=f"{doc_id}:e{n}",
                    event_mode=event.mode,
                    negated=event.negated,
                    modality=event.modality,
                    date_start=date.fromisoformat(event.date_start) if event.date_start else None,
                    date_end=date.fromisoformat(event.date_end) if event.date_end else None,
                    granularity=event.granularity,
                    date_source=event.date_source,
                    actors=tuple(actor_id[key] for key in event.actors),
                    actor_names=tuple(names[key] for key in event.actors),
                    recipients=tuple(actor_id[key] for key in event.recipients),
                    recipient_names=tuple(names[key] for key in event.recipients),
                    place=event.place,
                    place_country=event.place_country,
                    quote_id=f"{doc_id}:q{event.quote}" if event.quote is not None else None,
                    same_as=f"{doc_id}:e{event.same_as}" if event.same_as is not None else None,
                    confidence=1.0,
                )
            )
        for n, sentence in enumerate(document.sentence_events or ()):
            sides: dict[str, list[tuple[str, str]]] = {}
            for side, countries in (("actors", sentence.actor_countries), ("recipients", sentence.recipient_countries)):
                for country in sorted(countries):
                    key = f"{doc_id}:{country}:{n}:{side}"
                    made.actors.append(actor_row(key, country, ActorKind.STATE, country=country))
                    sides.setdefault(side, []).append((key, country))
            first, after = (list(zip(*sides.get(s, []), strict=True)) or [(), ()] for s in ("actors", "recipients"))
            made.events.append(
                event_row(
                    doc_id,
                    text,
                    (0, min(3, len(text))),
                    sentence.event_type,
                    event_id=f"{doc_id}:s{n}",
                    actors=first[0],
                    actor_names=first[1],
                    recipients=after[0],
                    recipient_names=after[1],
                )
            )
    return made
