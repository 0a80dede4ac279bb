"""The records that pass between the rooms.

This module imports nothing of ours but ``spans``. It has closed vocabularies, as enums;
*mentions*, what an extractor found in one text; and what resolution made of them.

Offsets are Unicode code points, half-open, into the text of the record's field.
Token positions (``first``, ``last``, ``head``, ``trigger`` …) index the lists of
the field's ``ParsedText``; ``last`` is inclusive.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pipeline.spans import Span


class Field(StrEnum):
    """Which text of an article a record points into."""

    BODY = "body"
    TITLE = "title"


class BlockKind(StrEnum):
    """What a block of the page is for; every sentence has its block's kind."""

    HEADLINE = "headline"
    DATELINE = "dateline"
    HEADING = "heading"
    BODY = "body"
    CAPTION = "caption"
    QUESTION = "question"
    BOILERPLATE = "boilerplate"


class PublishedSource(StrEnum):
    """Where the document's own date comes from."""

    METADATA = "metadata"
    PAGE = "page"
    INFERRED = "inferred"
    NONE = "none"


class TimexType(StrEnum):
    """TIMEX3 types (TimeML)."""

    DATE = "DATE"
    TIME = "TIME"
    DURATION = "DURATION"
    SET = "SET"


class Granularity(StrEnum):
    """The finest unit that a date expression names."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    PART_OF_DAY = "part_of_day"
    DAY = "day"
    WEEKEND = "weekend"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    HALF = "half"
    SEASON = "season"
    YEAR = "year"
    DECADE = "decade"
    CENTURY = "century"
    OTHER = "other"


class Anchor(StrEnum):
    """What a date expression was resolved against."""

    NONE = "none"
    DOCUMENT = "document"
    HEADING = "heading"
    PREVIOUS = "previous"
    QUOTE = "quote"
    EVENT = "event"


class ActorKind(StrEnum):
    """What sort of entity an actor is."""

    PERSON = "person"
    STATE = "state"
    GOVERNMENT = "government"
    ORGANISATION = "organisation"
    ARMED_GROUP = "armed_group"
    GROUP = "group"
    PLACE = "place"


class MentionType(StrEnum):
    """How an actor is referred to."""

    NAME = "name"
    NOMINAL = "nominal"
    PRONOUN = "pronoun"


class Modality(StrEnum):
    """Whether an event is told as fact, as planned, or as possible."""

    ASSERTED = "asserted"
    FUTURE = "future"
    HYPOTHETICAL = "hypothetical"


class DateSource(StrEnum):
    """How an event came by its date."""

    EXPLICIT = "explicit"
    CONTEXT = "context"
    HEADING = "heading"
    DOCUMENT = "document"
    NONE = "none"


class Role(StrEnum):
    """A participant's part in an event."""

    ACTOR = "actor"
    RECIPIENT = "recipient"
    PLACE = "place"


class QuoteType(StrEnum):
    """How speech is reported."""

    DIRECT = "direct"
    INDIRECT = "indirect"
    MIXED = "mixed"
    TURN = "turn"


class SpeakerKind(StrEnum):
    """What sort of source a quote has."""

    PERSON = "person"
    STATE = "state"
    GOVERNMENT = "government"
    ORGANISATION = "organisation"
    ARMED_GROUP = "armed_group"
    GROUP = "group"
    DOCUMENT = "document"
    UNKNOWN = "unknown"


class SpeakerMethod(StrEnum):
    """How a quote's speaker was found."""

    NAME = "name"
    DESCRIPTION = "description"
    PRONOUN = "pronoun"
    CONTINUATION = "continuation"
    TURN = "turn"
    NONE = "none"


# ------------------------------------------------------------------ what is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One article as a reader hands it over: text as it came, fields as they were found."""

    doc_id: str
    source: str
    text: str
    record: int | None = None
    title: str | None = None
    url: str | None = None
    author: str | None = None
    publisher: str | None = None
    language: str | None = None
    published_at: datetime | None = None
    published_date: date | None = None
    published_source: PublishedSource = PublishedSource.NONE
    text_sha256: str = ""
    duplicate_of: str | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that could not be processed, and why; becomes a row of ``rejects``."""

    source: str
    record: int | None
    doc_id: str | None
    stage: str
    error: str
    message: str
    excerpt: str | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about a record that was kept but that its owner should know; counted and shown, no row."""

    source: str
    record: int | None
    doc_id: str | None
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the page with one purpose: a line or paragraph.

    ``rule`` names what made it other than body; ``speaker`` is set on the blocks of
    an interview that are an answer or question (a name as printed, or ``""``).
    ``turn`` marks the blocks of an answer printed without quotation marks.
    """

    span: Span
    kind: BlockKind
    rule: str = ""
    speaker: str | None = None
    turn: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: characters, tokens (``first`` to ``last`` inclusive), block and kind."""

    span: Span
    first: int
    last: int
    block: int
    kind: BlockKind


# ------------------------------------------------------- what the extractors find


@dataclass(frozen=True, slots=True, kw_only=True)
class DateMention:
    """A date or time expression, typed but not yet resolved.

    ``expression`` is the meaning in the algebra of ``pipeline.timex``; it holds no
    calendar date unless the words do.
    """

    field: Field
    span: Span
    first: int
    last: int
    timex_type: TimexType
    expression: Any
    rule: str
    range_key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A stretch of text that names, describes or points at an actor.

    ``entries`` are ids of gazetteer rows that the words may mean, best first; the
    features are what the words alone tell (None where they don't). ``name`` is first
    and last token of the name proper, without titles and modifiers; ``roles`` are the
    agent nouns and titles in it; ``definite`` tells of a description whether its
    determiner points at somebody known.
    """

    field: Field
    span: Span
    first: int
    last: int
    head: int
    mention_type: MentionType
    rule: str
    ner_label: str | None = None
    entries: tuple[str, ...] = ()
    kind: ActorKind | None = None
    country: str | None = None
    sectors: tuple[str, ...] = ()
    plural: bool | None = None
    gender: str | None = None
    name: tuple[int, int] | None = None
    roles: tuple[str, ...] = ()
    definite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteMention:
    """Reported speech as the page gives it, its speaker not yet an actor.

    ``speaker_head`` and ``addressee_head`` are the head tokens of the noun phrases;
    ``continues`` is the index, in the extractor's list, of the quote whose speaker a
    floating one takes over. ``personal`` says that only somebody, or a document, can
    utter the cue: where nobody does, nothing is quoted.
    """

    field: Field
    spans: tuple[Span, ...]
    quote_type: QuoteType
    rule: str
    cue: Span | None = None
    cue_token: int | None = None
    speaker: Span | None = None
    speaker_head: int | None = None
    addressee_head: int | None = None
    continues: int | None = None
    negated: bool = False
    speaker_label: str | None = None
    personal: bool = False


@dataclass(frozen=True, slots=True)
class Argument:
    """A noun phrase that fills a role: its head token, and its first and last token."""

    role: Role
    head: int
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMention:
    """An action found by a trigger rule, its arguments not yet actors.

    ``clause`` is the token that heads the trigger's clause (the light verb of an
    event noun, else the trigger itself): what dates and negation attach to.
    ``strength`` is the rule's own weight of evidence, 0 to 1.
    """

    field: Field
    trigger: int
    clause: int
    span: Span
    event_type: str | None
    event_mode: str | None
    negated: bool
    modality: Modality
    arguments: tuple[Argument, ...]
    rule: str
    strength: float = 0.5
    reciprocal: bool = False
    tense: str = ""


# ------------------------------------------------------------- what is resolved


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedDate:
    """A date mention with its TIMEX3 value and interval (inclusive days), and its evidence."""

    mention: DateMention
    timex_type: TimexType
    value: str
    mod: str | None
    start: date | None
    end: date | None
    granularity: Granularity
    anchor: Anchor
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """One entity of the dataset, as one article knows it.

    ``name`` is the fullest name the article gives it; ``canonical`` the gazetteer's,
    the same in every article (None for an actor the gazetteer does not have).
    """

    actor_id: str
    name: str
    kind: ActorKind
    country: str | None = None
    sectors: tuple[str, ...] = ()
    wikidata_id: str | None = None
    canonical: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedMention:
    """A mention and the actor it was found to mean."""

    mention: Mention
    actor: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedQuote:
    """A quote and its speaker; ``date`` is the one its cue gives for the saying."""

    mention: QuoteMention
    speaker: ResolvedMention | None
    speaker_name: str | None
    speaker_kind: SpeakerKind
    speaker_method: SpeakerMethod
    addressee: ResolvedMention | None
    date: ResolvedDate | None
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedEvent:
    """An event with its participants, date, place and quote.

    ``start``, ``end`` and ``granularity`` are the event's own date, which may span a
    range of two expressions or be the document's; ``date`` is the expression that
    gives it, if one does. ``same_as`` is the index, in the article's list of resolved
    events, of the first telling.
    """

    mention: EventMention
    quad_class: str | None
    intensity: float | None
    contexts: tuple[str, ...]
    actors: tuple[ResolvedMention, ...]
    recipients: tuple[ResolvedMention, ...]
    start: date | None
    end: date | None
    granularity: Granularity | None
    date_source: DateSource
    date: ResolvedDate | None
    place: ResolvedMention | None
    place_text: str | None
    place_country: str | None
    quote: ResolvedQuote | None
    same_as: int | None
    confidence: float
