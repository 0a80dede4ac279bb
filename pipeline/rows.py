"""The rows that leave the house: one class a table, one attribute a column.

The class is the only place where a column's name, type, nullability and description are
declared, as ``Annotated[type, description]`` or ``Annotated[type, Int64, description]``;
its docstring is the table's grain. ``tables`` derives the Arrow schema from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated

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
from pipeline.spans import Span


class Int64:
    """Marks an integer column as 64 bits wide; plain ``int`` is int32."""


DocId = Annotated[str, "The article (`documents.doc_id`)."]
SentenceId = Annotated[int, "The sentence (`sentences.sentence_id`) in which it starts."]
Start = Annotated[int, "First code point in the field's text."]
End = Annotated[int, "Code point after the last in the field's text."]
InField = Annotated[Field, "Whether offsets point into `documents.text` (body) or `documents.title`."]


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """One row per article."""

    doc_id: Annotated[str, "Key. The record's own id, else made from its file's path or its content."]
    source: Annotated[str, "File that the article was read from."]
    url: Annotated[str | None, "Address of the article."]
    title: Annotated[str | None, "Title that came as a field of its own."]
    author: Annotated[str | None, "Author as the source gives it."]
    publisher: Annotated[str | None, "Publisher as the source gives it."]
    language: Annotated[str | None, "Language code, from the source or detected."]
    published_at: Annotated[datetime | None, "Moment of publication in UTC; null where only a day is known."]
    published_date: Annotated[date | None, "Day of publication as the source wrote it: what “today” means."]
    published_source: Annotated[PublishedSource, "Where the day of publication comes from."]
    text: Annotated[str, "The text as it came; all body offsets point into it."]
    text_sha256: Annotated[str, "SHA-256 of the text in UTF-8, as hex digits."]
    n_chars: Annotated[int, "Code points in the text."]
    n_tokens: Annotated[int, "Tokens of title and text, white space not counted."]
    n_sentences: Annotated[int, "Rows of this article in `sentences`."]
    duplicate_of: Annotated[str | None, "doc_id of the first copy of this text, if this is a later one."]
    run_id: Annotated[str, "The run that wrote the row."]


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceRow:
    """One row per sentence."""

    doc_id: DocId
    sentence_id: Annotated[int, "0, 1, … in the document, title first."]
    start: Start
    end: End
    kind: Annotated[BlockKind, "What the sentence is for on the page."]
    field: InField


@dataclass(frozen=True, slots=True, kw_only=True)
class DateRow:
    """One row per date or time expression."""

    date_id: Annotated[str, "Key."]
    doc_id: DocId
    sentence_id: SentenceId
    start: Start
    end: End
    text: Annotated[str, "The expression as it stands."]
    timex_type: Annotated[TimexType, "TIMEX3 type."]
    value: Annotated[str, "TIMEX3 value; X for digits that nothing tells."]
    mod: Annotated[str | None, "TIMEX3 modifier: START, MID, END, APPROX, BEFORE, AFTER and others."]
    date_start: Annotated[date | None, "First day it denotes, if it denotes days."]
    date_end: Annotated[date | None, "Last day it denotes, inclusive."]
    granularity: Annotated[Granularity, "Finest unit that the words name."]
    anchor: Annotated[Anchor, "What it was resolved against."]
    range_id: Annotated[str | None, "Shared by the two ends of a range."]
    rule: Annotated[str, "The rule that found it."]
    field: InField


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorRow:
    """One row per entity of the dataset."""

    actor_id: Annotated[str, "Key. Gazetteer id, else made of normalised name and kind."]
    name: Annotated[str, "Fullest name in common use."]
    kind: Annotated[ActorKind, "What sort of entity it is."]
    country: Annotated[str | None, "ISO 3166-1 alpha-3, KOS, PSE, or IGO, UNO, EUR, NGO, ISM, IMG, MNC."]
    sectors: Annotated[tuple[str, ...], "PLOVER sector codes."]
    aliases: Annotated[tuple[str, ...], "Other names and descriptions it goes by in this dataset, sorted."]
    wikidata_id: Annotated[str | None, "Wikidata item, where the gazetteer has it."]
    n_documents: Annotated[int, "Articles that mention it."]
    n_mentions: Annotated[int, "Mentions of it."]


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRow:
    """One row per mention of an actor."""

    mention_id: Annotated[str, "Key."]
    doc_id: DocId
    sentence_id: SentenceId
    start: Start
    end: End
    text: Annotated[str, "The mention as it stands."]
    mention_type: Annotated[MentionType, "Name, description or pronoun."]
    actor_id: Annotated[str, "The actor it means (`actors.actor_id`)."]
    ner_label: Annotated[str | None, "spaCy's entity label there, after our repairs."]
    field: InField


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One row per dated action."""

    event_id: Annotated[str, "Key."]
    doc_id: DocId
    sentence_id: SentenceId
    trigger: Annotated[str, "The word that carries the meaning, as it stands."]
    trigger_lemma: Annotated[str, "Its lemma."]
    trigger_start: Annotated[int, "First code point of the trigger."]
    trigger_end: Annotated[int, "Code point after the trigger."]
    event_type: Annotated[str | None, "Type of the ontology (PLOVER); null for an action outside it."]
    event_mode: Annotated[str | None, "Mode of the type."]
    contexts: Annotated[tuple[str, ...], "Contexts of the paragraph and document, sorted."]
    quad_class: Annotated[str | None, "Verbal or material, cooperation or conflict."]
    intensity: Annotated[float | None, "Conflict-cooperation score, -10 to +10."]
    negated: Annotated[bool, "The text says that it did not happen."]
    modality: Annotated[Modality, "Told as fact, as planned, or as possible."]
    date_start: Annotated[date | None, "First day on which it happened or will happen."]
    date_end: Annotated[date | None, "Last day, inclusive."]
    granularity: Annotated[Granularity | None, "Granularity of that date."]
    date_source: Annotated[DateSource, "How the event came by its date."]
    date_id: Annotated[
        str | None,
        "The expression that dates it (`dates.date_id`); of a range the first, whose `range_id` leads to all.",
    ]
    actors: Annotated[tuple[str, ...], "actor_ids of those who act, in text order."]
    recipients: Annotated[tuple[str, ...], "actor_ids of those acted upon, in text order."]
    actor_names: Annotated[tuple[str, ...], "Their fullest names in the article; in the order of `actors`."]
    recipient_names: Annotated[tuple[str, ...], "Their fullest names in the article; in the order of `recipients`."]
    place: Annotated[str | None, "Where, as the text has it."]
    place_country: Annotated[str | None, "Country of the place, ISO 3166-1 alpha-3."]
    quote_id: Annotated[str | None, "The quote in which it is reported (`quotes.quote_id`)."]
    same_as: Annotated[str | None, "event_id of the document's first telling of the same happening."]
    rule: Annotated[str, "The rule that fired."]
    confidence: Annotated[float, "0 to 1."]
    field: InField


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantRow:
    """One row per event, role and actor."""

    event_id: Annotated[str, "The event (`events.event_id`)."]
    doc_id: DocId
    role: Annotated[Role, "Part in the event."]
    actor_id: Annotated[str, "The actor (`actors.actor_id`)."]
    mention_id: Annotated[str | None, "The mention that fills the role (`mentions.mention_id`)."]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteRow:
    """One row per quote."""

    quote_id: Annotated[str, "Key."]
    doc_id: DocId
    sentence_id: SentenceId
    quote_type: Annotated[QuoteType, "Direct, indirect, mixed, or an interview's answer (turn)."]
    text: Annotated[str, "The content, first code point to last."]
    start: Start
    end: End
    spans: Annotated[tuple[Span, ...], "The content's fragments, in text order."]
    cue: Annotated[str | None, "The words that report: a speech verb, “according to”, a noun."]
    cue_start: Annotated[int | None, "First code point of the cue."]
    cue_end: Annotated[int | None, "Code point after the cue."]
    speaker_text: Annotated[str | None, "The mention that utters it, with its identifying modifiers."]
    speaker_start: Annotated[int | None, "First code point of that mention."]
    speaker_end: Annotated[int | None, "Code point after that mention."]
    speaker_id: Annotated[str | None, "The speaker (`actors.actor_id`)."]
    speaker_name: Annotated[str | None, "The speaker's fullest name in the article."]
    speaker_kind: Annotated[
        SpeakerKind,
        "What sort of source speaks: as `actors.kind`, but a place that speaks is a state, and a document no actor.",
    ]
    speaker_method: Annotated[SpeakerMethod, "How the speaker was found."]
    addressee_id: Annotated[str | None, "To whom it is said (`actors.actor_id`)."]
    negated: Annotated[bool, "The speech is said not to have happened (“did not say”)."]
    date_start: Annotated[date | None, "First day of saying."]
    date_end: Annotated[date | None, "Last day of saying, inclusive."]
    rule: Annotated[str, "The rule that found it."]
    confidence: Annotated[float, "0 to 1."]
    field: InField


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRow:
    """One row per happening across articles."""

    story_id: Annotated[str, "Key."]
    event_type: Annotated[str | None, "Type shared by its events."]
    date_start: Annotated[date | None, "First day."]
    date_end: Annotated[date | None, "Last day, inclusive."]
    actors: Annotated[tuple[str, ...], "actor_ids of those who act."]
    recipients: Annotated[tuple[str, ...], "actor_ids of those acted upon."]
    event_ids: Annotated[tuple[str, ...], "Every telling (`events.event_id`)."]
    n_documents: Annotated[int, "Articles that tell it."]
    first_published: Annotated[datetime | None, "Earliest moment of publication."]
    representative_event_id: Annotated[str, "The telling that stands for all."]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectRow:
    """One row per record that could not be processed."""

    source: Annotated[str, "File that the record stands in."]
    record: Annotated[int | None, Int64, "Position of the record in its file, from 0; null for a file as a whole."]
    doc_id: Annotated[str | None, "The record's id, where it has one."]
    stage: Annotated[str, "Where in the pipeline it failed."]
    error: Annotated[str, "Short stable name of the reason."]
    message: Annotated[str, "The reason in words."]
    excerpt: Annotated[str | None, "The record's first characters."]


@dataclass(slots=True)
class Tables:
    """Rows of one or many articles, table by table; what resolution hands to ``tables``."""

    documents: list[DocumentRow] = field(default_factory=list)
    sentences: list[SentenceRow] = field(default_factory=list)
    dates: list[DateRow] = field(default_factory=list)
    actors: list[ActorRow] = field(default_factory=list)
    mentions: list[MentionRow] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)
    participants: list[ParticipantRow] = field(default_factory=list)
    quotes: list[QuoteRow] = field(default_factory=list)
    stories: list[StoryRow] = field(default_factory=list)
    rejects: list[RejectRow] = field(default_factory=list)
