"""Who says what: the speakers of quotes, found in the cast.

The mention that utters a quote is grammar's affair (``extract.quotes``), and who that
mention is, is the cast's. What is left here: floating quotes and paragraphs, which
have the speaker of the quote they continue; pronouns the cast could not place, which
go to whoever was speaking; answers of an interview, which have a printed name;
documents that speak; and the day of saying.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import (
    ActorKind,
    MentionType,
    QuoteMention,
    QuoteType,
    ResolvedDate,
    ResolvedMention,
    ResolvedQuote,
    SpeakerKind,
    SpeakerMethod,
)
from pipeline.rules.quotes import QuoteRules

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast

_KINDS = {
    ActorKind.PERSON: SpeakerKind.PERSON,
    ActorKind.STATE: SpeakerKind.STATE,
    ActorKind.PLACE: SpeakerKind.STATE,  # a place that speaks is the state or town that stands for it
    ActorKind.GOVERNMENT: SpeakerKind.GOVERNMENT,
    ActorKind.ORGANISATION: SpeakerKind.ORGANISATION,
    ActorKind.ARMED_GROUP: SpeakerKind.ARMED_GROUP,
    ActorKind.GROUP: SpeakerKind.GROUP,
}
_METHODS = {
    MentionType.NAME: SpeakerMethod.NAME,
    MentionType.NOMINAL: SpeakerMethod.DESCRIPTION,
    MentionType.PRONOUN: SpeakerMethod.PRONOUN,
}


def resolve_quotes(
    article: ParsedArticle,
    quotes: Sequence[QuoteMention],
    cast: Cast,
    dates: Sequence[ResolvedDate],
    rules: QuoteRules,
) -> list[ResolvedQuote]:
    """Every quote with its speaker, addressee and day of saying, in the order given.

    ``quotes`` are those of all fields of one article, each field's in the order of its
    extractor (so that ``continues`` can be followed). Raises nothing.
    """
    out: list[ResolvedQuote] = []
    offsets: dict[object, int] = {}
    for i, quote in enumerate(quotes):
        offsets.setdefault(quote.field, i)
    for quote in quotes:
        text = article.text(quote.field)
        previous = None
        if quote.continues is not None:
            at = offsets[quote.field] + quote.continues
            previous = out[at] if at < len(out) else None
        out.append(_resolve(text, quote, previous, out, cast, dates, rules))
    return out


def _resolve(
    text: ParsedText,
    quote: QuoteMention,
    previous: ResolvedQuote | None,
    before: Sequence[ResolvedQuote],
    cast: Cast,
    dates: Sequence[ResolvedDate],
    rules: QuoteRules,
) -> ResolvedQuote:
    speaker: ResolvedMention | None = None
    name: str | None = None
    kind = SpeakerKind.UNKNOWN
    method = SpeakerMethod.NONE
    confidence = rules.numbers["confidence-none"]
    if quote.quote_type is QuoteType.TURN:
        speaker, name = _labelled(quote, cast)
        if name is not None:
            method, confidence = SpeakerMethod.TURN, rules.numbers["confidence-turn"]
            kind = _KINDS[speaker.actor.kind] if speaker is not None else SpeakerKind.PERSON
    elif quote.speaker is not None and quote.speaker_head is not None:
        speaker = cast.at(quote.field, quote.speaker_head) or cast.describe(text, quote.speaker_head)
        if speaker is None and text.pos[quote.speaker_head] == "PRON":
            speaker, name = _who_was_speaking(text, quote, before)
            if speaker is not None or name is not None:
                method, confidence = SpeakerMethod.PRONOUN, rules.numbers["confidence-recent"]
        elif speaker is not None:
            method = _METHODS[speaker.mention.mention_type]
            confidence = rules.numbers[f"confidence-{method.value}"]
        else:
            name = quote.speaker.of(text.text)
            method, confidence = SpeakerMethod.DESCRIPTION, rules.numbers["confidence-words"]
        if speaker is not None:
            kind = _KINDS[speaker.actor.kind]
        if text.lemma[quote.speaker_head].lower() in rules.lists["document-nouns"] and (
            speaker is None or speaker.mention.mention_type is MentionType.NOMINAL
        ):
            kind = SpeakerKind.DOCUMENT
    elif previous is not None:
        speaker, name, kind = previous.speaker, previous.speaker_name, previous.speaker_kind
        if name is not None or speaker is not None:
            method, confidence = SpeakerMethod.CONTINUATION, rules.numbers["confidence-continuation"]
    addressee = cast.at(quote.field, quote.addressee_head) if quote.addressee_head is not None else None
    return ResolvedQuote(
        mention=quote,
        speaker=speaker,
        speaker_name=speaker.actor.name if speaker is not None else name,
        speaker_kind=kind,
        speaker_method=method,
        addressee=addressee,
        date=_said_on(text, quote, dates),
        confidence=confidence,
    )


def _labelled(quote: QuoteMention, cast: Cast) -> tuple[ResolvedMention | None, str | None]:
    """The person whose name stands before an answer: a mention of that name or surname."""
    label = quote.speaker_label
    if not label:
        return None, None
    wanted = label.casefold().split()
    for mention in cast.mentions:
        words = mention.actor.name.casefold().split()
        if mention.actor.kind is ActorKind.PERSON and words and words[-1] == wanted[-1]:
            return mention, mention.actor.name
    return None, label


def _who_was_speaking(
    text: ParsedText, quote: QuoteMention, before: Sequence[ResolvedQuote]
) -> tuple[ResolvedMention | None, str | None]:
    """The last speaker that a pronoun the cast left open can mean."""
    assert quote.speaker_head is not None
    pronoun = text.lower[quote.speaker_head]
    for other in reversed(before):
        if other.mention.field is not quote.field or other.speaker_name is None:
            continue
        person = other.speaker_kind is SpeakerKind.PERSON
        if (pronoun in ("he", "she") and person) or (pronoun in ("it", "they") and not person):
            return other.speaker, other.speaker_name
    return None, None


def _said_on(text: ParsedText, quote: QuoteMention, dates: Sequence[ResolvedDate]) -> ResolvedDate | None:
    """The date that modifies the cue itself and stands outside what is said."""
    if quote.cue_token is None:
        return None
    for resolved in dates:
        mention = resolved.mention
        if mention.field is not quote.field or resolved.start is None:
            continue
        if any(span.overlaps(mention.span) for span in quote.spans):
            continue
        at = mention.first
        while mention.first <= text.head[at] <= mention.last and text.head[at] != at:
            at = text.head[at]
        governor = text.head[at]
        if text.pos[governor] == "ADP":
            governor = text.head[governor]
        if governor == quote.cue_token:
            return resolved
    return None
