"""Makes small valid rows for the tests of tables, writing and reports."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa

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
    Role,
    SpeakerKind,
    SpeakerMethod,
    TimexType,
)
from pipeline.rows import (
    ActorRow,
    DateRow,
    DocumentRow,
    EventRow,
    MentionRow,
    ParticipantRow,
    QuoteRow,
    SentenceRow,
    Tables,
)
from pipeline.spans import Span
from pipeline.tables import BY_NAME

TEXT = "Rebels attacked Aden on Friday, police said."


def article(doc_id: str = "a") -> Tables:
    """The rows of one article of one sentence, as the pipeline would give them."""
    return Tables(
        documents=[
            DocumentRow(
                doc_id=doc_id,
                source=f"{doc_id}.txt",
                url=None,
                title=None,
                author=None,
                publisher=None,
                language="en",
                published_at=None,
                published_date=date(2024, 3, 2),
                published_source=PublishedSource.METADATA,
                text=TEXT,
                text_sha256="0" * 64,
                n_chars=len(TEXT),
                n_tokens=9,
                n_sentences=1,
                duplicate_of=None,
                run_id="r",
            )
        ],
        sentences=[
            SentenceRow(doc_id=doc_id, sentence_id=0, start=0, end=len(TEXT), kind=BlockKind.BODY, field=Field.BODY)
        ],
        dates=[
            DateRow(
                date_id=f"{doc_id}#d24-30",
                doc_id=doc_id,
                sentence_id=0,
                start=24,
                end=30,
                text="Friday",
                timex_type=TimexType.DATE,
                value="2024-03-01",
                mod=None,
                date_start=date(2024, 3, 1),
                date_end=date(2024, 3, 1),
                granularity=Granularity.DAY,
                anchor=Anchor.DOCUMENT,
                range_id=None,
                rule="date.weekday",
                field=Field.BODY,
            )
        ],
        actors=[actor("group:rebels", "rebels"), actor("group:police", "police")],
        mentions=[
            _mention(doc_id, 0, 6, "Rebels", "group:rebels"),
            _mention(doc_id, 32, 38, "police", "group:police"),
        ],
        events=[
            EventRow(
                event_id=f"{doc_id}#e7-15",
                doc_id=doc_id,
                sentence_id=0,
                trigger="attacked",
                trigger_lemma="attack",
                trigger_start=7,
                trigger_end=15,
                event_type="ASSAULT",
                event_mode=None,
                contexts=("military",),
                quad_class="material conflict",
                intensity=-9.0,
                negated=False,
                modality=Modality.ASSERTED,
                date_start=date(2024, 3, 1),
                date_end=date(2024, 3, 1),
                granularity=Granularity.DAY,
                date_source=DateSource.EXPLICIT,
                date_id=f"{doc_id}#d24-30",
                actors=("group:rebels",),
                recipients=(),
                actor_names=("rebels",),
                recipient_names=(),
                place="Aden",
                place_country="YEM",
                quote_id=f"{doc_id}#q0-30",
                same_as=None,
                rule="assault.attack",
                confidence=0.8,
                field=Field.BODY,
            )
        ],
        participants=[
            ParticipantRow(
                event_id=f"{doc_id}#e7-15",
                doc_id=doc_id,
                role=Role.ACTOR,
                actor_id="group:rebels",
                mention_id=f"{doc_id}#m0-6",
            )
        ],
        quotes=[
            QuoteRow(
                quote_id=f"{doc_id}#q0-30",
                doc_id=doc_id,
                sentence_id=0,
                quote_type=QuoteType.INDIRECT,
                text=TEXT[:30],
                start=0,
                end=30,
                spans=(Span(0, 30),),
                cue="said",
                cue_start=39,
                cue_end=43,
                speaker_text="police",
                speaker_start=32,
                speaker_end=38,
                speaker_id="group:police",
                speaker_name="police",
                speaker_kind=SpeakerKind.GROUP,
                speaker_method=SpeakerMethod.DESCRIPTION,
                addressee_id=None,
                negated=False,
                date_start=None,
                date_end=None,
                rule="quote.fronted",
                confidence=0.7,
                field=Field.BODY,
            )
        ],
    )


def actor(actor_id: str, name: str, **fields: Any) -> ActorRow:
    """An actor's row."""
    row = ActorRow(
        actor_id=actor_id,
        name=name,
        kind=ActorKind.GROUP,
        country=None,
        sectors=(),
        aliases=(),
        wikidata_id=None,
        n_documents=1,
        n_mentions=1,
    )
    return replace(row, **fields)


def batches(tables: Tables) -> dict[str, pa.RecordBatch]:
    """The rows as one batch a table."""
    return {name: table.batch(getattr(tables, name)) for name, table in BY_NAME.items()}


def _mention(doc_id: str, start: int, end: int, text: str, actor_id: str) -> MentionRow:
    return MentionRow(
        mention_id=f"{doc_id}#m{start}-{end}",
        doc_id=doc_id,
        sentence_id=0,
        start=start,
        end=end,
        text=text,
        mention_type=MentionType.NOMINAL,
        actor_id=actor_id,
        ner_label=None,
        field=Field.BODY,
    )
