"""The speaker, addressee and day of saying of every quote of an article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import (
    Field,
    QuoteMention,
    QuoteType,
    ResolvedDate,
    ResolvedQuote,
    SpeakerKind,
    SpeakerMethod,
)
from pipeline.resolve.quotes.described import in_words
from pipeline.resolve.quotes.floor import of_pronoun
from pipeline.resolve.quotes.interview import Answers
from pipeline.resolve.quotes.phrases import Speaker, of_phrase
from pipeline.resolve.quotes.roles import place
from pipeline.resolve.quotes.roster import Roster
from pipeline.rules.quotes import QuoteRules

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast


def resolve_quotes(
    article: ParsedArticle,
    quotes: Sequence[QuoteMention],
    cast: Cast,
    dates: Sequence[ResolvedDate],
    rules: QuoteRules,
) -> list[ResolvedQuote]:
    """Every quote with its speaker, addressee and day of saying, in the order given.

    ``quotes`` are those of all fields of one article, each field's in the order of its
    extractor (so that ``continues`` can be followed). What a verb that only somebody can
    utter has as its subject must be an actor or document: else nobody speaks, and the
    quote is left out. Raises nothing.
    """
    if not quotes:
        return []
    roster = Roster(article, cast, quotes, rules)
    answers = Answers(roster)
    out: list[ResolvedQuote] = []
    base: dict[Field, int] = {}
    for i, quote in enumerate(quotes):
        base.setdefault(quote.field, i)
    governed = _dates_by_governor(article, dates)
    for quote in quotes:
        text = article.text(quote.field)
        previous = None
        if quote.continues is not None and base[quote.field] + quote.continues < len(out):
            previous = out[base[quote.field] + quote.continues]
        found = _speaker(text, quote, previous, out, answers, roster)
        method = found.method.value
        if found.method is SpeakerMethod.DESCRIPTION and found.mention is None:
            method = "words"
        addressed = quote.addressee_head
        out.append(
            ResolvedQuote(
                mention=quote,
                speaker=found.mention,
                speaker_name=found.name,
                speaker_kind=found.kind,
                speaker_method=found.method,
                addressee=cast.at(quote.field, addressed) if addressed is not None else None,
                date=_said_on(quote, governed),
                confidence=rules.numbers[f"confidence-{method}"],
            )
        )
    told: dict[str, ResolvedQuote] = {}
    for number, better in list(place(out, roster)):
        before = out[number].speaker
        if before is not None:
            told.setdefault(before.actor.actor_id, better)
        out[number] = better
    out = [_followed(quote, told) for quote in out]
    return [in_words(quote, roster) for quote in out if not _nobody(quote)]


def _followed(quote: ResolvedQuote, told: dict[str, ResolvedQuote]) -> ResolvedQuote:
    """The quote, its pronoun or missing speaker meaning whom the description before it was found to mean."""
    if quote.speaker is None or quote.speaker_method not in (SpeakerMethod.PRONOUN, SpeakerMethod.CONTINUATION):
        return quote
    better = told.get(quote.speaker.actor.actor_id)
    if better is None or better.mention.spans[0].start > quote.mention.spans[0].start:
        return quote
    return replace(quote, speaker=better.speaker, speaker_name=better.speaker_name, speaker_kind=better.speaker_kind)


def _nobody(quote: ResolvedQuote) -> bool:
    """Whether a cue that only somebody can utter has a subject that is nobody ("the move signals that …").

    Quoted words are somebody's in any case.
    """
    if quote.mention.quote_type is not QuoteType.INDIRECT:
        return False
    thing = quote.speaker is None and quote.speaker_kind is SpeakerKind.UNKNOWN
    return quote.mention.personal and thing and quote.speaker_method is SpeakerMethod.DESCRIPTION


def _speaker(
    text: ParsedText,
    quote: QuoteMention,
    previous: ResolvedQuote | None,
    before: list[ResolvedQuote],
    answers: Answers,
    roster: Roster,
) -> Speaker:
    if quote.quote_type is QuoteType.TURN:
        return answers.speaker(text, quote, before)
    head = quote.speaker_head
    if quote.speaker is None or head is None:
        if previous is None or previous.speaker_name is None:
            return Speaker()
        return Speaker(previous.speaker, previous.speaker_name, previous.speaker_kind, SpeakerMethod.CONTINUATION)
    alone = quote.speaker == text.span(head, head)
    if text.lower[head] in roster.rules.lists["personal-pronouns"] and alone:
        return of_pronoun(text, quote, roster.cast.at(quote.field, head), before, roster)
    return of_phrase(text, quote, head, roster)


def _dates_by_governor(
    article: ParsedArticle, dates: Sequence[ResolvedDate]
) -> dict[tuple[Field, int], list[ResolvedDate]]:
    """The dates that have a day, by the token they modify."""
    out: dict[tuple[Field, int], list[ResolvedDate]] = {}
    for resolved in dates:
        mention = resolved.mention
        if resolved.start is None:
            continue
        text = article.text(mention.field)
        at = mention.first
        while mention.first <= text.head[at] <= mention.last and text.head[at] != at:
            at = text.head[at]
        governor = text.head[at]
        if text.pos[governor] == "ADP":
            governor = text.head[governor]
        out.setdefault((mention.field, governor), []).append(resolved)
    return out


def _said_on(quote: QuoteMention, governed: dict[tuple[Field, int], list[ResolvedDate]]) -> ResolvedDate | None:
    """The date that modifies the cue itself and stands outside what is said."""
    if quote.cue_token is None:
        return None
    for resolved in governed.get((quote.field, quote.cue_token), ()):
        if not any(span.overlaps(resolved.mention.span) for span in quote.spans):
            return resolved
    return None
