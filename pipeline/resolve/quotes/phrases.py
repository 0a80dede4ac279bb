"""Whom the phrase that utters a quote means: a name, a description, several joined, a document."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.parsed import ParsedText
from pipeline.records import (
    ActorKind,
    MentionType,
    QuoteMention,
    ResolvedMention,
    ResolvedQuote,
    SpeakerKind,
    SpeakerMethod,
)
from pipeline.resolve.quotes.roster import KINDS, Roster

_MOST = 8  # joined speakers
_REACH = 30  # tokens after a phrase in which it is told who that is
_METHODS = {
    MentionType.NAME: SpeakerMethod.NAME,
    MentionType.NOMINAL: SpeakerMethod.DESCRIPTION,
    MentionType.PRONOUN: SpeakerMethod.PRONOUN,
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, how it was found, and how sure that is."""

    mention: ResolvedMention | None = None
    name: str | None = None
    kind: SpeakerKind = SpeakerKind.UNKNOWN
    method: SpeakerMethod = SpeakerMethod.NONE


def meant(item: ResolvedMention, method: SpeakerMethod | None = None) -> Speaker:
    """A mention as a speaker, found by what the mention is unless ``method`` says otherwise."""
    return Speaker(item, item.actor.name, KINDS[item.actor.kind], method or _METHODS[item.mention.mention_type])


def speaks(quote: ResolvedQuote, item: ResolvedMention, roster: Roster) -> ResolvedQuote:
    """The quote, its described speaker being whom a mention of another place means."""
    return replace(
        quote,
        speaker=item,
        speaker_name=item.actor.name,
        speaker_kind=KINDS[item.actor.kind],
        confidence=roster.rules.numbers["confidence-recent"],
    )


def of_phrase(text: ParsedText, quote: QuoteMention, head: int, roster: Roster) -> Speaker:
    """The speaker of a phrase that is no pronoun."""
    assert quote.speaker is not None
    lists, cast = roster.rules.lists, roster.cast
    named = _named(text, quote, roster)
    if named is not None:
        return meant(named)
    joined = _joined(text, quote, head, roster)
    if joined is not None:
        return joined
    if text.lower[head] in lists["participants"] and not roster.quoted(quote.field, quote.speaker.start):
        kind = SpeakerKind.PERSON if text.lower[head] == "i" else SpeakerKind.GROUP
        return Speaker(None, quote.speaker.of(text.text), kind, SpeakerMethod.PRONOUN)  # whoever writes
    chapter = _chapter(text, quote, head, roster)
    if chapter is not None:
        return Speaker(None, chapter, SpeakerKind.ORGANISATION, SpeakerMethod.DESCRIPTION)
    document = bool({text.lemma[head].lower(), text.lower[head]} & lists["document-nouns"])
    if document and text.lemma[head].lower() in lists["body-nouns"]:
        document = not (quote.speaker == text.span(head - 1, head) and text.lower[head - 1] == "the")
    item = cast.at(quote.field, head) or cast.describe(text, head)
    if item is None and text.word[head][0].isupper():
        item = roster.called(quote.field, text.word[head])  # a name that the tagger took for something else
    if item is None and not document and quote.speaker == text.span(head - 1, head) and text.lower[head - 1] == "the":
        item = roster.body(text, head)  # "the museum", after "the Tarn Museum"
        if item is not None:
            return meant(item, SpeakerMethod.DESCRIPTION)
    if not document and (item is None or item.mention.mention_type is MentionType.NOMINAL):
        named_there = told(text, head, roster)
        if named_there is not None:
            return named_there
    if item is None:
        body = text.lemma[head].lower() in lists["office-nouns"]
        kind = SpeakerKind.DOCUMENT if document else SpeakerKind.ORGANISATION if body else SpeakerKind.UNKNOWN
        first, last = text.tokens_in(quote.speaker)
        # of "a paper that says" the paper, not the pronoun
        words = quote.speaker.of(text.text) if first <= head <= last else text.span(text.left[head], head).of(text.text)
        return Speaker(None, _owned(text, head, roster) or words, kind, SpeakerMethod.DESCRIPTION)
    whole = _part_of_name(text, item, roster)
    if whole is not None:
        return Speaker(None, whole, SpeakerKind.ORGANISATION, SpeakerMethod.NAME)
    found = meant(item)
    if document and found.method is not SpeakerMethod.NAME and item.actor.kind is not ActorKind.PERSON:
        return Speaker(None, found.name, SpeakerKind.DOCUMENT, found.method)  # a document is no actor
    return found


def _named(text: ParsedText, quote: QuoteMention, roster: Roster) -> ResolvedMention | None:
    """The person that a phrase names besides describing: "its director, Ada Blok"."""
    assert quote.speaker is not None
    head = quote.speaker_head or 0
    first, last = text.tokens_in(quote.speaker)
    for i in (*range(last, first - 1, -1), *_apposed(text, head, last)):
        found = roster.cast.at(quote.field, i) if text.pos[i] == "PROPN" else None
        if found is None or found.actor.kind is not ActorKind.PERSON:
            continue
        mention = found.mention
        if mention.mention_type is not MentionType.NAME:
            continue
        if i > last:
            return found
        if mention.last > last:
            continue
        apposed = mention.last == last and mention.first > first and text.word[mention.first - 1] == ","
        if (
            apposed
            or _closes(text, mention.last, last, head)
            or _titled(text, mention.head, last, head)
            or mention.first <= head <= mention.last
        ):
            joined = any(text.dep[c] == "conj" for c in text.children[mention.head])
            return None if joined else found
    return None


def _apposed(text: ParsedText, head: int, last: int) -> list[int]:
    """The name in apposition that a clause parts from its phrase: "one nurse on the ward, Ada Blok"."""
    if text.pos[head] not in ("NOUN", "NUM"):
        return []
    return [c for c in text.children[head] if c > last and text.dep[c] == "appos" and text.pos[c] == "PROPN"]


def _closes(text: ParsedText, name: int, last: int, head: int) -> bool:
    """Whether a name ends a phrase that begins with a body's name: "Friends for Peace director Ada Blok"."""
    while name == last and name > head and text.pos[name] == "PROPN":
        name, last = name - 1, last - 1
    capital = [i for i in range(head, name) if text.word[i][0].isupper()]
    return head < name == last and text.tag[name] == "NN" and head in capital and len(capital) > 1


def _titled(text: ParsedText, name: int, last: int, head: int) -> bool:
    """Whether a name ends two joined roles of one person: "writer and former envoy Ada Blok"."""
    if name != last or text.dep[name] != "conj" or text.head[name] != head or text.tag[head] != "NN":
        return False
    beside = [c for c in text.children[name] if c < name]
    return any(text.tag[c] == "NN" for c in beside) and not any(text.dep[c] == "det" for c in beside)


def _part_of_name(text: ParsedText, item: ResolvedMention, roster: Roster) -> str | None:
    """A body's name of which the cast knows the place alone: "Police Scotland", "Bank Nordland"."""
    mention = item.mention
    place = item.actor.kind in (ActorKind.STATE, ActorKind.PLACE) and mention.mention_type is MentionType.NAME
    before = mention.first - 1
    if not place or before < 0 or text.dep[before] != "compound" or text.head[before] != mention.head:
        return None
    other = roster.cast.at(mention.field, before)
    known = other is not None and other.actor.kind in (ActorKind.GOVERNMENT, ActorKind.ORGANISATION)
    return text.span(before, mention.last).of(text.text) if known and text.tag[before] == "NNP" else None


def _owned(text: ParsedText, head: int, roster: Roster) -> str | None:
    """A phrase with the name of whoever its possessive means: "Ada Blok's office" for "her office"."""
    first = text.left[head]
    item = roster.cast.at(text.field, first) if text.tag[first] == "PRP$" and first < head else None
    if item is None:
        return None
    name = item.actor.name
    mark = "'" if name.endswith("s") else "'s"
    return f"{name}{mark} {text.span(first + 1, head).of(text.text)}"


def _chapter(text: ParsedText, quote: QuoteMention, head: int, roster: Roster) -> str | None:
    """What a body's branch in a country is called: "Rivers United Peru" for "Rivers United's Peruvian chapter"."""
    if text.lemma[head].lower() not in roster.rules.lists["chapter-nouns"]:
        return None
    owner = land = None
    for child in text.children[head]:
        item = roster.cast.at(quote.field, child) if child < head else None
        if item is None:
            continue
        named = item.mention.mention_type is MentionType.NAME
        if item.actor.kind is ActorKind.STATE and named and text.dep[child] in ("amod", "compound"):
            land = item.actor.name
        elif named and item.actor.kind is ActorKind.ORGANISATION and text.dep[child] == "poss":
            owner = item.actor.name
    if owner is not None and land is not None:
        return f"{owner} {land}"
    return None


def _joined(text: ParsedText, quote: QuoteMention, head: int, roster: Roster) -> Speaker | None:
    """All speakers of "Ada Blok and two ministers", as one group."""
    assert quote.speaker is not None
    _, last = text.tokens_in(quote.speaker)
    if quote.cue_token is not None and head < quote.cue_token:
        last = quote.cue_token - 1  # an apposition parts them: "Ada Blok, the mayor, and two ministers said"
    heads = list(_chain(text, head, last))
    if len(heads) < 2 or len(heads) > _MOST or _one_person(text, heads, roster):
        return None
    item = roster.cast.together(text, heads)
    if item is not None:
        return meant(item, SpeakerMethod.NAME if _all_named(text, heads, roster) else SpeakerMethod.DESCRIPTION)
    known = [roster.cast.at(quote.field, i) for i in heads]
    actors = {k.actor.actor_id for k in known if k is not None}
    if len(actors) < 2 and None not in known:
        return None  # "the minister and acting mayor": one person
    if any(text.lemma[i].lower() in roster.rules.lists["document-nouns"] for i in heads):
        return None
    words = text.span(min(text.left[head], head), heads[-1]).of(text.text)
    return Speaker(None, " ".join(words.split()), SpeakerKind.GROUP, SpeakerMethod.DESCRIPTION)


def _one_person(text: ParsedText, heads: list[int], roster: Roster) -> bool:
    """Whether joined nouns share a determiner and describe somebody: "the senator and candidate"."""
    for head in heads[1:]:
        item = roster.cast.at(text.field, head)
        own = any(text.dep[c] in ("det", "poss", "nummod") for c in text.children[head])
        if text.tag[head] == "NN" and not own and item is not None and item.actor.kind is ActorKind.PERSON:
            return True
    return False


def _chain(text: ParsedText, head: int, last: int) -> Iterator[int]:
    """A head and those joined to it, up to the phrase's last token."""
    todo = [head]
    for _ in range(_MOST + 1):
        if not todo:
            return
        at = todo.pop(0)
        yield at
        todo.extend(c for c in text.children[at] if text.dep[c] == "conj" and at < c <= last)


def _all_named(text: ParsedText, heads: list[int], roster: Roster) -> bool:
    found = (roster.cast.at(text.field, i) for i in heads)
    return all(item is not None and item.mention.mention_type is MentionType.NAME for item in found)


def told(text: ParsedText, head: int, roster: Roster) -> Speaker | None:
    """Who somebody is said to be: "one of them, who gave his name as Ada Blok", "a man identified as …"."""
    naming = roster.rules.lists["naming-words"]
    for i in range(head + 1, min(text.right[head], head + _REACH) + 1):
        name = text.pos[i] == "PROPN" and text.word[i][0].isupper()
        if not name or text.dep[i] not in ("appos", "oprd", "dobj", "attr", "pobj", "xcomp"):
            continue
        at, found = i, False
        for _ in range(4):
            at = text.head[at]
            if at == head or text.head[at] == at:
                break
            found = found or any(text.lemma[k] in naming for k in (at, *text.children[at]))
        if found:
            item = roster.cast.at(text.field, i)
            if item is not None and item.actor.kind is ActorKind.PERSON:
                return meant(item)
            words = text.span(min(text.left[i], i), i).of(text.text)
            return Speaker(None, words, SpeakerKind.PERSON, SpeakerMethod.NAME)
    return None
