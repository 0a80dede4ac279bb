"""Who has the floor: what a pronoun means that utters a quote.

Speakers hold the floor. In news the "he" of "he said" is the speaker of the quote before
far more often than the nearest man named, unless somebody else came in as a subject
since, or was asked.
"""

from __future__ import annotations

from dataclasses import replace

from pipeline.parsed import ParsedText
from pipeline.records import (
    ActorKind,
    MentionType,
    QuoteMention,
    QuoteType,
    ResolvedMention,
    ResolvedQuote,
    SpeakerKind,
)
from pipeline.records import SpeakerMethod as Method
from pipeline.resolve.quotes.phrases import Speaker, told
from pipeline.resolve.quotes.roster import KINDS, Roster

FLOOR = 2  # paragraphs for which a speaker holds the floor
_BACK = 40  # quotes looked back at
_SUBJECT = frozenset({"nsubj", "nsubjpass"})
_LONGEST = 80  # tokens of a sentence looked back through
_SENTENCES = 3  # sentences in which a pronoun's person is sought when nobody else is left


def of_pronoun(
    text: ParsedText, quote: QuoteMention, mention: ResolvedMention | None, before: list[ResolvedQuote], roster: Roster
) -> Speaker:
    """Whom a pronoun means: whoever was speaking, unless somebody else came in as a subject since.

    ``mention`` is what the cast makes of it, ``before`` the quotes resolved so far.
    """
    assert quote.speaker is not None
    assert quote.speaker_head is not None
    pronoun = text.lower[quote.speaker_head]
    gender = _gender(pronoun, roster)
    last = _last_speaker(text, quote, pronoun, gender, before, roster)
    if gender is None:
        chosen = mention
        if pronoun == "they" and (mention is None or mention.actor.kind is not ActorKind.GROUP):
            chosen = _several(text, quote, roster) or mention
        if mention is not None and chosen is mention and last is not None:
            chosen = mention if _told_since(mention, text, quote, last, roster) else None
    else:
        chosen = (
            _asked(text, quote, gender, before, roster)
            or _in_sentence(gender, text, quote, roster)
            or _at_turn(gender, text, quote, last, roster)
        )
        if chosen is None:
            fits = mention is not None and _can_be(mention, gender, roster)
            chosen = mention if fits else _told_of(gender, text, quote, roster)
    document = _document(text, quote, roster) if pronoun == "it" else None
    if document is not None:
        return Speaker(None, document, SpeakerKind.DOCUMENT, Method.PRONOUN)
    if chosen is None and last is not None:
        return Speaker(last.speaker, last.speaker_name, last.speaker_kind, Method.PRONOUN)
    if chosen is None:
        return Speaker(None, quote.speaker.of(text.text), SpeakerKind.UNKNOWN, Method.PRONOUN)
    if gender is not None:
        roster.learn(chosen.actor.actor_id, gender)
    if chosen.mention.mention_type is not MentionType.NAME and not roster.is_named(chosen.actor.actor_id):
        name = told(text, chosen.mention.head, roster) if chosen.mention.field is text.field else None
        if name is not None:
            return replace(name, method=Method.PRONOUN)
    return Speaker(chosen, chosen.actor.name, KINDS[chosen.actor.kind], Method.PRONOUN)


def _gender(pronoun: str, roster: Roster) -> str | None:
    lists = roster.rules.lists
    return "m" if pronoun in lists["pronouns-male"] else "f" if pronoun in lists["pronouns-female"] else None


def _last_speaker(
    text: ParsedText,
    quote: QuoteMention,
    pronoun: str,
    gender: str | None,
    before: list[ResolvedQuote],
    roster: Roster,
) -> ResolvedQuote | None:
    """The nearest quote before, of this or the last two paragraphs, whose speaker the pronoun can mean."""
    assert quote.speaker is not None
    block = text.block_at(quote.speaker.start)
    for number in range(len(before) - 1, max(-1, len(before) - 1 - _BACK), -1):
        other = before[number]
        said = other.mention
        if said.field is not quote.field or other.speaker_name is None:
            continue
        place = said.speaker or said.spans[0]
        if place.start >= quote.speaker.start or _nested(before, number):
            continue
        if block - text.block_at(max(place.start, said.spans[-1].start)) > FLOOR:
            return None
        person = other.speaker_kind is SpeakerKind.PERSON
        if gender is not None:
            if person and other.speaker is not None and _can_be(other.speaker, gender, roster):
                return other
        elif not person or pronoun == "they":
            return other
    return None


def _nested(quotes: list[ResolvedQuote], number: int) -> bool:
    """Whether a quote is itself part of what the one before it reports."""
    cue = quotes[number].mention.cue
    return cue is not None and number > 0 and any(span.overlaps(cue) for span in quotes[number - 1].mention.spans)


def _can_be(item: ResolvedMention, gender: str, roster: Roster) -> bool:
    return item.actor.kind is ActorKind.PERSON and roster.gender(item.actor.actor_id) in (None, gender)


def _end(quote: ResolvedQuote) -> int:
    said = quote.mention
    return max(s.end for s in (*said.spans, *filter(None, (said.cue, said.speaker))))


def _outside(item: ResolvedMention, quote: QuoteMention) -> bool:
    """Whether a mention is not part of what is quoted."""
    return not any(span.overlaps(item.mention.span) for span in quote.spans)


def _at_turn(
    gender: str, text: ParsedText, quote: QuoteMention, last: ResolvedQuote | None, roster: Roster
) -> ResolvedMention | None:
    """The last speaker, or who came in since as the subject of a main clause."""
    if last is None or last.speaker is None or quote.speaker is None:
        return None
    until = quote.speaker.start
    since = roster.came_in(text.field, _end(last), until)
    found = next((item for item in since if _can_be(item, gender, roster) and _outside(item, quote)), None)
    block = text.block_at(until)
    if found is None and block > text.block_at(last.mention.spans[-1].start):
        # a paragraph that so far tells of one person's doings
        start = text.blocks[block].span.start
        told_of = {
            item.actor.actor_id: item
            for item in roster.people(text.field, start, until)
            if text.dep[item.mention.head] in _SUBJECT and _can_be(item, gender, roster) and _outside(item, quote)
        }
        if len(told_of) == 1:
            found = next(iter(told_of.values()))
    return found or last.speaker


def _in_sentence(gender: str, text: ParsedText, quote: QuoteMention, roster: Roster) -> ResolvedMention | None:
    """Whom the sentence itself tells of first: "Marin's house burned, but he said …", "As for Marin, he said …".

    Nobody, if the same pronoun came before.
    """
    assert quote.speaker_head is not None
    head = quote.speaker_head
    number = text.sent[head]
    if number < 0:
        return None
    sentence = text.sentences[number]
    first = max(sentence.first, head - _LONGEST)
    if any(text.lower[i] == text.lower[head] for i in range(first, head)):
        return None
    found = None
    for item in roster.people(text.field, text.start[first], text.start[head]):
        at = item.mention.head
        dep = text.dep[at]
        about = dep == "pobj" and text.lower[max(text.head[at] - 1, 0) : text.head[at] + 1] == ["as", "for"]
        owner = dep == "poss" and text.dep[text.head[at]] in _SUBJECT and item.mention.first <= sentence.first + 1
        if not (about or owner or (dep in _SUBJECT and text.head[at] != text.head[head])):
            continue
        if item.mention.mention_type is MentionType.NAME and _can_be(item, gender, roster) and _outside(item, quote):
            found = _whom(text, text.head[at], gender, roster) or item
    return found


def _whom(text: ParsedText, verb: int, gender: str, roster: Roster) -> ResolvedMention | None:
    """The person asked: of "Blok asked Marin about words that he had said" Marin."""
    if text.lemma[verb] not in roster.rules.lists["question-verbs"]:
        return None
    asked = (roster.cast.at(text.field, c) for c in text.children[verb] if text.dep[c] == "dobj")
    return next((item for item in asked if item is not None and _can_be(item, gender, roster)), None)


def _subject_before(text: ParsedText, quote: QuoteMention) -> int | None:
    """The subject of the sentence before a pronoun's own."""
    assert quote.speaker_head is not None
    number = text.sent[quote.speaker_head] - 1
    if number < 0:
        return None
    sentence = text.sentences[number]
    for i in range(sentence.first, min(sentence.last, sentence.first + _LONGEST) + 1):
        if text.dep[i] in _SUBJECT and text.dep[text.head[i]] == "ROOT":
            return i
    return None


def _document(text: ParsedText, quote: QuoteMention, roster: Roster) -> str | None:
    """The document that the sentence before tells of: "The report blamed the pilot. It said …"."""
    head = _subject_before(text, quote)
    if head is None or text.lemma[head].lower() not in roster.rules.lists["document-nouns"] or text.tag[head] != "NN":
        return None
    return text.span(min(text.left[head], head), head).of(text.text)


def _several(text: ParsedText, quote: QuoteMention, roster: Roster) -> ResolvedMention | None:
    """The joined subject of the sentence before: "Ada Blok and her son were rescued. They said …"."""
    head = _subject_before(text, quote)
    if head is None:
        return None
    heads = [head, *(c for c in text.children[head] if text.dep[c] == "conj")]
    return roster.cast.together(text, heads) if len(heads) > 1 else None


def _told_since(
    item: ResolvedMention, text: ParsedText, quote: QuoteMention, last: ResolvedQuote, roster: Roster
) -> bool:
    """Whether the narrator tells of somebody after the last speaker came in."""
    assert quote.speaker is not None
    if last.speaker is not None and last.speaker.actor.actor_id == item.actor.actor_id:
        return True
    place = last.mention.speaker or last.mention.spans[0]
    since = place.end if last.speaker_kind is SpeakerKind.DOCUMENT else place.start
    told_of = roster.mentions(item.actor.actor_id, text.field, since, quote.speaker.start)
    return any(_outside(one, quote) for one in told_of)


def _told_of(gender: str, text: ParsedText, quote: QuoteMention, roster: Roster) -> ResolvedMention | None:
    """The nearest person before that the pronoun can mean, of the last sentences."""
    assert quote.speaker is not None
    until = quote.speaker.start
    sentence = text.sentences[max(text.sent[max(text.token_at(until), 0)] - _SENTENCES, 0)]
    found = roster.people(text.field, sentence.span.start, until)
    return next((item for item in found if _can_be(item, gender, roster) and _outside(item, quote)), None)


def _asked(
    text: ParsedText, quote: QuoteMention, gender: str, before: list[ResolvedQuote], roster: Roster
) -> ResolvedMention | None:
    """Whoever the sentence before asks: of "Blok asked Marin whether it rained. “It did,” he said." Marin."""
    if not before or quote.quote_type is QuoteType.TURN or quote.speaker is None:
        return None
    last = before[-1]
    cue, item = last.mention.cue_token, last.addressee
    if last.mention.field is not quote.field or cue is None or item is None:
        return None
    if text.lemma[cue] not in roster.rules.lists["question-verbs"] or not _can_be(item, gender, roster):
        return None
    here = text.sent[max(text.token_at(quote.speaker.start), 0)]
    start = text.sent[max(text.token_at(min(s.start for s in quote.spans)), 0)]
    return item if min(here, start) - text.sent[cue] in (0, 1) and start > text.sent[cue] else None
