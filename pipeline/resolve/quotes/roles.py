"""Speakers whom the article names only at another quote: a heading's, "a spokesman", "the minister"."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.parsed import ParsedText
from pipeline.records import (
    ActorKind,
    BlockKind,
    MentionType,
    QuoteType,
    ResolvedMention,
    ResolvedQuote,
    SpeakerKind,
    SpeakerMethod,
)
from pipeline.resolve.quotes.epithets import by_epithet
from pipeline.resolve.quotes.floor import FLOOR
from pipeline.resolve.quotes.phrases import speaks
from pipeline.resolve.quotes.roster import Roster
from pipeline.rules.quotes import QuoteRules
from pipeline.spans import Span

_LEAD = 6  # paragraphs of a lead, where those are named whom a headline describes
_NEAR = 3  # sentences in which a group of people is sought
_AHEAD = 40  # quotes looked ahead to
_TOP = (BlockKind.HEADLINE, BlockKind.HEADING)


def place(quotes: Sequence[ResolvedQuote], roster: Roster) -> Iterator[tuple[int, ResolvedQuote]]:
    """Quotes whose speaker other quotes tell, by their number in ``quotes``.

    ``quotes`` may stand in any order. One pass in text order: who held which role so far
    is remembered, and a quote looks ahead to those of the next paragraphs.
    """
    ordered = sorted(range(len(quotes)), key=lambda i: (quotes[i].mention.field, quotes[i].mention.spans[0].start))
    latest: dict[str, ResolvedMention] = {}  # role → the person who has it and was quoted last
    for rank, number in enumerate(ordered):
        quote = quotes[number]
        following = [quotes[i] for i in ordered[rank + 1 : rank + 1 + _AHEAD]]
        previous = quotes[ordered[rank - 1]] if rank else None
        better = _placed(quote, previous, following, latest, roster)
        if better is not None:
            yield number, better
        if quote.speaker is not None and quote.speaker_kind is SpeakerKind.PERSON:
            for role in roster.roles(quote.speaker.actor.actor_id):
                latest[role] = quote.speaker


def _placed(
    quote: ResolvedQuote,
    previous: ResolvedQuote | None,
    after: Sequence[ResolvedQuote],
    latest: dict[str, ResolvedMention],
    roster: Roster,
) -> ResolvedQuote | None:
    said = quote.mention
    text = roster.article.text(said.field)
    block = text.block_at(said.spans[0].start)
    top = block >= 0 and text.blocks[block].kind in _TOP
    following = [
        q
        for q in after
        if q.mention.quote_type is not QuoteType.TURN
        and q.mention.field is said.field
        and text.block_at(q.mention.spans[0].start) - block <= (_LEAD if top else FLOOR)
    ]
    if said.speaker is None and quote.speaker_name is None and top and following:
        # "4 May: says the vote was fair" heads what its speaker is then told to say
        first = following[0]
        return _like(quote, first, roster.rules) if first.speaker_kind is SpeakerKind.PERSON else None
    head = said.speaker_head
    if head is None or quote.speaker is None or quote.speaker.mention.mention_type is not MentionType.NOMINAL:
        return None
    if roster.is_named(quote.speaker.actor.actor_id):
        return None
    role = text.lemma[head].lower()
    if top and text.tag[head] in ("NN", "NNP") and role in roster.rules.lists["anybody"]:
        return next((_like(quote, q, roster.rules) for q in following if _person(q) is not None), None)
    if quote.speaker_kind is not SpeakerKind.PERSON:
        return _body(quote, text, head, roster)
    if any(text.lower[i] in roster.rules.lists["other-words"] for i in range(text.left[head], head)):
        return None  # somebody who was not told of
    some = text.lower[text.left[head]] in ("a", "an")
    for other in following:
        who = _person(other)
        if who is None or role not in roster.roles(who.actor.actor_id, whole=top):
            continue
        if not (some and roster.told_of(who.actor.actor_id, said.field, text.start[text.left[head]])):
            return speaks(quote, who, roster)
    bare = said.speaker == text.span(head - 1, head) and text.lower[head - 1] == "the"
    if bare and role in latest:
        return speaks(quote, latest[role], roster)
    if bare:
        found = _only_one(quote, previous, roster)
        if found is not None:
            return found
    return (
        _introduced(quote, text, head, following, roster)
        or _of_trade(quote, previous, text, head, roster)
        or by_epithet(quote, previous, text, head, roster)
    )


def _body(quote: ResolvedQuote, text: ParsedText, head: int, roster: Roster) -> ResolvedQuote | None:
    """The organisation that "the company" or "the paper" means: the one named last, best as a subject.

    None of which it is told that it is something else ("the union, VDA").
    """
    said, item, lists = quote.mention, quote.speaker, roster.rules.lists
    role = text.lemma[head].lower()
    if said.speaker is None or item is None or not _definite(text, said.speaker, head):
        return None
    if item.actor.name.lower() not in " ".join(said.speaker.of(text.text).lower().split()):
        return None  # it means what was described more fully: "a group of voters"
    if item.actor.kind is ActorKind.ARMED_GROUP:
        return _only_band(quote, text, roster)
    if (
        item.actor.kind not in (ActorKind.ORGANISATION, ActorKind.GOVERNMENT)
        or role not in lists["body-nouns"]
        or text.tag[head] != "NN"
    ):
        return None
    since = text.blocks[max(text.block_at(said.speaker.start) - FLOOR, 0)].span.start
    best: ResolvedMention | None = None
    for other in roster.bodies(said.field, since, said.speaker.start):
        roles = roster.roles(other.actor.actor_id)
        if (other.actor.kind is ActorKind.PLACE and role not in lists["team-nouns"]) or (
            role not in roles and (roles & lists["body-nouns"] or _other_sort(other.actor.name, role, roster.rules))
        ):
            continue
        best = best or other
        if role in lists["team-nouns"]:
            if roster.count(other.actor.actor_id, said.field) > roster.count(best.actor.actor_id, said.field):
                best = other
        elif text.dep[other.mention.head] in ("nsubj", "nsubjpass"):
            best = other
            break
    if best is None and role in lists["any-body"]:
        near = text.sentences[max(text.sent[head] - _NEAR, 0)].span.start
        best = next(roster.groups(said.field, near, said.speaker.start), None)  # "the group", of climbers
    if best is None:
        best = _main_body(text, said.speaker.start, roster)
    if best is None:
        return None
    return speaks(quote, best, roster)


def _definite(text: ParsedText, phrase: Span, head: int) -> bool:
    """Whether a phrase is a noun with "the" and at most one adjective: "the company", "the Danish company".

    Or one name, as in "the UN body".
    """
    first = head - 2 if head > 1 and text.tag[head - 1] in ("JJ", "NNP") else head - 1
    if text.lower[head - 1] == "based":
        first = text.left[head]  # "the Geneva-based body"
    return first >= 0 and text.lower[first] == "the" and phrase == text.span(first, head)


def _other_sort(name: str, role: str, rules: QuoteRules) -> bool:
    """Whether a body's name ends in a sort other than the one it would be called by: no council is "the agency"."""
    sort = name.lower().split()[-1:]
    return role not in rules.lists["any-body"] and bool(rules.lists["body-sorts"] & set(sort)) and sort != [role]


def _main_body(text: ParsedText, until: int, roster: Roster) -> ResolvedMention | None:
    """The organisation that the article so far names most, if it does so twice at least."""
    named = [other for other in roster.bodies(text.field, 0, until) if other.actor.kind is ActorKind.ORGANISATION]
    counts = Counter(other.actor.actor_id for other in named)
    best = max(named, key=lambda other: counts[other.actor.actor_id], default=None)
    return best if best is not None and counts[best.actor.actor_id] > 1 else None


def _only_band(quote: ResolvedQuote, text: ParsedText, roster: Roster) -> ResolvedQuote | None:
    """The armed group that "the rebels" or "the militia" means, if only one is named before, or just before."""
    assert quote.mention.speaker is not None
    until = quote.mention.speaker.start
    near = text.blocks[max(text.block_at(until) - FLOOR, 0)].span.start
    named: dict[str, ResolvedMention] = {}
    for since in (0, near):
        named = {
            other.actor.actor_id: other for other in roster.bodies(text.field, since, until) if _band(other, roster)
        }
        if len(named) < 2:
            break
    if len(named) != 1:
        return None
    (band,) = named.values()
    return speaks(quote, band, roster)


def _band(item: ResolvedMention, roster: Roster) -> bool:
    """Whether somebody is an armed group, or an organisation whose name ends as theirs do ("the M7 Front")."""
    words = item.actor.name.lower().split()
    names = item.actor.kind is ActorKind.ORGANISATION and bool(words) and words[-1] in roster.rules.lists["band-names"]
    return names or item.actor.kind is ActorKind.ARMED_GROUP


def _introduced(
    quote: ResolvedQuote, text: ParsedText, head: int, following: Sequence[ResolvedQuote], roster: Roster
) -> ResolvedQuote | None:
    """Whom a definite phrase only describes, if the next one to speak is named there first.

    Of a lead ("The top commander of … said") whoever that is; elsewhere somebody of whom
    nothing is told, since readers know who it is ("Marin's lawyer said …. Ada Blok added …").
    """
    who = _person(following[0]) if following else None
    first = roster.first_named(who.actor.actor_id) if who is not None else None
    if who is None or first is None or first.mention.field is not text.field or first.mention.first <= head:
        return None
    start = text.left[head]
    if text.lower[start] != "the" and not any(text.dep[c] == "poss" for c in text.children[head]):
        return None
    lead = text.sent[head] == _first_sentence(text) and text.lower[start] == "the"
    described = any(c > first.mention.head for c in text.children[first.mention.head])
    if lead or not (described or roster.roles(who.actor.actor_id)):
        return speaks(quote, who, roster)
    return None


def _of_trade(
    quote: ResolvedQuote, previous: ResolvedQuote | None, text: ParsedText, head: int, roster: Roster
) -> ResolvedQuote | None:
    """Whom "the Republican senator" means, which nobody is introduced as: somebody told of who is in that trade.

    The last speaker, else of the persons who did something in the last paragraphs the one told of most.
    """
    said, item = quote.mention, quote.speaker
    if said.speaker is None or item is None or not item.mention.sectors:
        return None
    if (
        text.tag[head] != "NN"
        or text.lower[text.left[head]] != "the"
        or roster.count(item.actor.actor_id, said.field) > 1
    ):
        return None
    block = text.block_at(said.speaker.start)
    since = text.blocks[max(block - FLOOR, 0)].span.start

    def fits(other: ResolvedMention) -> bool:
        actor = other.actor
        if not roster.is_named(actor.actor_id) or any(span.overlaps(other.mention.span) for span in said.spans):
            return False
        countries = {actor.country, item.actor.country} - {None}
        genders = {roster.gender(actor.actor_id), item.mention.gender} - {None}
        return bool(set(actor.sectors) & set(item.mention.sectors)) and len(countries) < 2 and len(genders) < 2

    speaker = _person(previous) if previous is not None else None
    if previous is not None and speaker is not None and fits(speaker):
        place = previous.mention.spans[-1].start
        if previous.mention.field is said.field and block - text.block_at(place) <= FLOOR:
            return speaks(quote, speaker, roster)
    doing = [
        other
        for other in roster.people(said.field, since, said.speaker.start)
        if text.dep[other.mention.head] in ("nsubj", "nsubjpass") and fits(other)
    ]
    best = max(doing, key=lambda other: roster.count(other.actor.actor_id, said.field), default=None)
    return None if best is None else speaks(quote, best, roster)


def _only_one(quote: ResolvedQuote, previous: ResolvedQuote | None, roster: Roster) -> ResolvedQuote | None:
    """Whom a bare role means that nobody has: the last speaker, if the article tells no role of that person."""
    who = _person(previous) if previous is not None else None
    if previous is None or who is None or quote.speaker is None or not roster.is_named(who.actor.actor_id):
        return None
    text = roster.article.text(quote.mention.field)
    near = text.block_at(quote.mention.spans[0].start) - text.block_at(previous.mention.spans[-1].start) <= FLOOR
    if near and previous.mention.field is quote.mention.field and not roster.roles(who.actor.actor_id):
        return speaks(quote, who, roster)
    return None


def _first_sentence(text: ParsedText) -> int:
    """Number of the first sentence of the body; -1 if there is none."""
    return next((n for n, s in enumerate(text.sentences) if s.kind is BlockKind.BODY), -1)


def _person(quote: ResolvedQuote) -> ResolvedMention | None:
    return quote.speaker if quote.speaker_kind is SpeakerKind.PERSON else None


def _like(quote: ResolvedQuote, other: ResolvedQuote, rules: QuoteRules) -> ResolvedQuote:
    """The quote, with the speaker of another that it heads."""
    return replace(
        quote,
        speaker=other.speaker,
        speaker_name=other.speaker_name,
        speaker_kind=other.speaker_kind,
        speaker_method=SpeakerMethod.CONTINUATION,
        confidence=rules.numbers["confidence-continuation"],
    )
