"""Who says what: the speakers of quotes, found in the cast.

The mention that utters a quote is grammar's affair (``extract.quotes``), and who that
mention is, is the cast's. What is left here: floating quotes and paragraphs, which
have the speaker of the quote they continue; pronouns the cast could not place, which
go to whoever was speaking; answers of an interview, which have a printed name;
documents that speak; and the day of saying.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import (
    ActorKind,
    BlockKind,
    Field,
    MentionType,
    QuoteMention,
    QuoteType,
    ResolvedDate,
    ResolvedMention,
    ResolvedQuote,
    SpeakerKind,
    SpeakerMethod,
)
from pipeline.resolve.interview import interviewee, introduced
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
_GENDER = {"he": "m", "his": "m", "she": "f", "her": "f"}
_FLOOR = 2  # paragraphs for which a speaker holds the floor
_LEAD = 6  # paragraphs of a lead, where those are named whom a headline describes
_BESIDE = 10  # tokens of a title or apposition
_NOMINAL = frozenset({"NOUN", "PROPN", "ADJ", "ADP", "DET"})
_METHODS = {
    MentionType.NAME: SpeakerMethod.NAME,
    MentionType.NOMINAL: SpeakerMethod.DESCRIPTION,
    MentionType.PRONOUN: SpeakerMethod.PRONOUN,
}


@dataclass(frozen=True, slots=True)
class _Speaker:
    """Who speaks, how it was found, and how sure that is."""

    mention: ResolvedMention | None = None
    name: str | None = None
    kind: SpeakerKind = SpeakerKind.UNKNOWN
    method: SpeakerMethod = SpeakerMethod.NONE


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
    base: dict[Field, int] = {}
    for i, quote in enumerate(quotes):
        base.setdefault(quote.field, i)
    governed = _dates_by_governor(article, dates)
    for quote in quotes:
        text = article.text(quote.field)
        previous = None
        if quote.continues is not None and base[quote.field] + quote.continues < len(out):
            previous = out[base[quote.field] + quote.continues]
        found = _speaker(article, text, quote, previous, out, cast, rules)
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
    by_place = sorted(range(len(out)), key=lambda i: (out[i].mention.field, out[i].mention.spans[0].start))
    ordered = [out[i] for i in by_place]
    for place, i in enumerate(by_place):
        better = _placed(article, ordered, place, cast, rules)
        if better is not None:
            out[i] = better
    return out


def _speaker(
    article: ParsedArticle,
    text: ParsedText,
    quote: QuoteMention,
    previous: ResolvedQuote | None,
    before: Sequence[ResolvedQuote],
    cast: Cast,
    rules: QuoteRules,
) -> _Speaker:
    if quote.quote_type is QuoteType.TURN:
        return _answering(article, text, quote, before, cast, rules)
    head = quote.speaker_head
    if quote.speaker is None or head is None:
        if previous is None or previous.speaker_name is None:
            return _Speaker()
        return _Speaker(previous.speaker, previous.speaker_name, previous.speaker_kind, SpeakerMethod.CONTINUATION)
    mention = _named(text, quote, cast) or cast.at(quote.field, head) or cast.describe(text, head)
    if mention is None and text.word[head][0].isupper():
        mention = _called(text, text.word[head], cast)  # a name that the tagger took for something else
    if text.lower[head] in rules.lists["personal-pronouns"]:
        return _pronoun(text, quote, mention, before, cast)
    document = text.lemma[head].lower() in rules.lists["document-nouns"]
    if mention is None:
        kind = SpeakerKind.DOCUMENT if document else SpeakerKind.UNKNOWN
        first, last = text.tokens_in(quote.speaker)
        # of "a paper that says" the paper, not the pronoun
        named = quote.speaker.of(text.text) if first <= head <= last else text.span(text.left[head], head).of(text.text)
        return _Speaker(None, named, kind, SpeakerMethod.DESCRIPTION)
    method = _METHODS[mention.mention.mention_type]
    if document and method is not SpeakerMethod.NAME:
        return _Speaker(mention, mention.actor.name, SpeakerKind.DOCUMENT, method)
    return _Speaker(mention, mention.actor.name, _KINDS[mention.actor.kind], method)


def _placed(
    article: ParsedArticle, quotes: Sequence[ResolvedQuote], at: int, cast: Cast, rules: QuoteRules
) -> ResolvedQuote | None:
    """A quote whose speaker other quotes tell: a heading's, or a role's that only another quote names."""
    quote = quotes[at]
    text = article.text(quote.mention.field)
    block = text.block_at(quote.mention.spans[0].start)
    top = text.blocks[block].kind in (BlockKind.HEADLINE, BlockKind.HEADING) if block >= 0 else False
    following = [
        q
        for q in quotes[at + 1 :]
        if q.mention.quote_type is not QuoteType.TURN
        and q.mention.field is quote.mention.field
        and text.block_at(q.mention.spans[0].start) - block <= (_LEAD if top else _FLOOR)
    ]
    if quote.mention.speaker is None and quote.speaker_name is None and top and following:
        first = following[0]  # "4 May: says the vote was fair" heads what its speaker is then told to say
        if first.speaker_kind is SpeakerKind.PERSON:
            return replace(
                quote,
                speaker=first.speaker,
                speaker_name=first.speaker_name,
                speaker_kind=first.speaker_kind,
                speaker_method=SpeakerMethod.CONTINUATION,
                confidence=rules.numbers["confidence-continuation"],
            )
    head = quote.mention.speaker_head
    if head is None or quote.speaker_kind is not SpeakerKind.PERSON or quote.speaker is None:
        return None
    if quote.speaker.mention.mention_type is not MentionType.NOMINAL or _is_named(quote.speaker.actor.actor_id, cast):
        return None
    role = text.lemma[head].lower()
    bare = text.left[head] == head - 1 and text.lower[head - 1] == "the" and text.right[head] == head
    others = [*reversed(quotes[:at]), *following] if bare else following
    for other in others:
        if other.speaker_kind is not SpeakerKind.PERSON or other.speaker is None:
            continue
        if role in _roles_of(article, other.speaker.actor.actor_id, cast, whole=top):
            return replace(
                quote,
                speaker=other.speaker,
                speaker_name=other.speaker_name,
                confidence=rules.numbers["confidence-recent"],
            )
    return None


def _is_named(actor_id: str, cast: Cast) -> bool:
    return any(
        item.actor.actor_id == actor_id and item.mention.mention_type is MentionType.NAME for item in cast.mentions
    )


def _roles_of(article: ParsedArticle, actor_id: str, cast: Cast, *, whole: bool) -> set[str]:
    """The nouns that stand beside an actor's names: of "Minister of Trade Ada Blok, a former envoy" all of them.

    ``whole``: those of the sentence that names the actor first.
    """
    out: set[str] = set()
    for item in cast.mentions:
        mention = item.mention
        if item.actor.actor_id != actor_id or mention.mention_type is not MentionType.NAME:
            continue
        text = article.text(mention.field)
        if whole:
            sentence = text.sentences[text.sent[mention.head]]
            return {text.lemma[i].lower() for i in range(sentence.first, sentence.last + 1) if text.pos[i] == "NOUN"}
        after = mention.last + 2 if text.word[mention.last + 1 : mention.last + 2] == [","] else len(text)
        for places in (range(mention.last, -1, -1), range(after, len(text))):
            for count, i in enumerate(places):
                if count > _BESIDE or text.pos[i] not in _NOMINAL:
                    break
                out.add(text.lemma[i].lower())
    return out


def _named(text: ParsedText, quote: QuoteMention, cast: Cast) -> ResolvedMention | None:
    """The person that a phrase names besides describing: "its director, Ada Blok"."""
    assert quote.speaker is not None
    first, last = text.tokens_in(quote.speaker)
    for i in range(last, first - 1, -1):
        found = cast.at(quote.field, i) if text.pos[i] == "PROPN" else None
        if found is None or found.actor.kind is not ActorKind.PERSON:
            continue
        mention = found.mention
        if mention.mention_type is not MentionType.NAME or mention.last > last:
            continue
        apposed = mention.last == last and mention.first > first and text.word[mention.first - 1] == ","
        if (
            apposed
            or _closes(text, mention.last, last, quote.speaker_head or 0)
            or mention.first <= (quote.speaker_head or 0) <= mention.last
        ):
            return found
    return None


def _closes(text: ParsedText, name: int, last: int, head: int) -> bool:
    """Whether a name ends a phrase that begins with a body's name: "Friends for Peace director Ada Blok"."""
    while name == last and name > head and text.pos[name] == "PROPN":
        name, last = name - 1, last - 1
    capital = [i for i in range(head, name) if text.word[i][0].isupper()]
    return head < name == last and text.tag[name] == "NN" and head in capital and len(capital) > 1


def _pronoun(
    text: ParsedText,
    quote: QuoteMention,
    mention: ResolvedMention | None,
    before: Sequence[ResolvedQuote],
    cast: Cast,
) -> _Speaker:
    """What a pronoun means: whoever was speaking, unless somebody else came in as a subject since.

    Speakers hold the floor: in news the "he" of "he said" is the speaker of the quote before
    far more often than the nearest man named.
    """
    assert quote.speaker is not None
    assert quote.speaker_head is not None
    pronoun = text.lower[quote.speaker_head]
    last = _last_speaker(text, quote, pronoun, before, cast)
    chosen = mention
    if last is not None and last.speaker is not None and pronoun in _GENDER:
        since = max(s.end for s in (*last.mention.spans, *filter(None, (last.mention.cue, last.mention.speaker))))
        chosen = _came_in(text, pronoun, since, quote.speaker.start, cast) or last.speaker
    if chosen is None and last is not None:
        return _Speaker(last.speaker, last.speaker_name, last.speaker_kind, SpeakerMethod.PRONOUN)
    if chosen is None:
        return _Speaker(None, quote.speaker.of(text.text), SpeakerKind.UNKNOWN, SpeakerMethod.PRONOUN)
    return _Speaker(chosen, chosen.actor.name, _KINDS[chosen.actor.kind], SpeakerMethod.PRONOUN)


def _last_speaker(
    text: ParsedText, quote: QuoteMention, pronoun: str, before: Sequence[ResolvedQuote], cast: Cast
) -> ResolvedQuote | None:
    """The nearest quote before, of this or the last two paragraphs, whose speaker the pronoun can mean."""
    assert quote.speaker is not None
    block = text.block_at(quote.speaker.start)
    for other in reversed(before):
        said = other.mention
        if said.field is not quote.field or other.speaker_name is None:
            continue
        place = said.speaker or said.spans[0]
        if place.start >= quote.speaker.start:
            continue
        if block - text.block_at(max(place.start, said.spans[-1].start)) > _FLOOR:
            return None
        person = other.speaker_kind is SpeakerKind.PERSON
        if pronoun in _GENDER:
            if not person or other.speaker is None:
                continue
            gender = _gender(other.speaker.actor.actor_id, cast)
            if gender is not None and gender != _GENDER[pronoun]:
                continue
            return other
        if not person or pronoun == "they":
            return other
    return None


def _gender(actor_id: str, cast: Cast) -> str | None:
    """What the names and descriptions of an actor tell of its gender; pronouns are what is being asked."""
    for item in cast.mentions:
        told = item.mention.gender if item.mention.mention_type is not MentionType.PRONOUN else None
        if told is not None and item.actor.actor_id == actor_id:
            return told
    return None


def _came_in(text: ParsedText, pronoun: str, since: int, until: int, cast: Cast) -> ResolvedMention | None:
    """The last person that the pronoun can mean who is a main clause's subject between two places of the text."""
    found = None
    for item in cast.mentions:
        mention = item.mention
        if mention.field is not text.field or not since <= mention.span.start < until:
            continue
        if item.actor.kind is not ActorKind.PERSON or mention.mention_type is MentionType.PRONOUN:
            continue
        verb = text.head[mention.head]
        if text.dep[mention.head] not in ("nsubj", "nsubjpass"):
            continue
        joined = text.dep[verb] == "conj" and text.dep[text.head[verb]] in ("ROOT", "conj")
        if text.dep[verb] != "ROOT" and not joined:
            continue
        if _gender(item.actor.actor_id, cast) in (None, _GENDER[pronoun]):
            found = item
    return found


def _answering(
    article: ParsedArticle,
    text: ParsedText,
    quote: QuoteMention,
    before: Sequence[ResolvedQuote],
    cast: Cast,
    rules: QuoteRules,
) -> _Speaker:
    """Who answers in an interview: the name before the answer, else the one answer's speaker, found once."""
    label = quote.speaker_label
    if label:
        item = _called(text, label, cast)
        name = item.actor.name if item is not None else label
        return _Speaker(item, name, SpeakerKind.PERSON, SpeakerMethod.TURN)
    for other in reversed(before):
        turn = other.mention.quote_type is QuoteType.TURN and other.mention.field is quote.field
        if turn and not other.mention.speaker_label:
            return _Speaker(other.speaker, other.speaker_name, other.speaker_kind, other.speaker_method)
    best = interviewee(article, text, before, cast, rules)
    if best is not None:
        return _Speaker(best, best.actor.name, SpeakerKind.PERSON, SpeakerMethod.TURN)
    named = introduced(text)
    return _Speaker(None, named, SpeakerKind.PERSON, SpeakerMethod.TURN) if named else _Speaker()


def _called(text: ParsedText, name: str, cast: Cast) -> ResolvedMention | None:
    """The first person whose name ends as a printed one does."""
    wanted = name.casefold().split()[-1:]
    for item in cast.mentions:
        named = item.mention.mention_type is MentionType.NAME and item.mention.field is text.field
        if named and item.actor.kind is ActorKind.PERSON and item.actor.name.casefold().split()[-1:] == wanted:
            return item
    return None


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
