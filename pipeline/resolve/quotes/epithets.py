"""Whom an epithet means that tells nobody's office: "the defendant", "the mother of three", "his rival"."""

from __future__ import annotations

from pipeline.parsed import ParsedText
from pipeline.records import MentionType, ResolvedMention, ResolvedQuote
from pipeline.resolve.quotes.floor import FLOOR
from pipeline.resolve.quotes.phrases import speaks
from pipeline.resolve.quotes.roster import Roster

_SUBJECT = frozenset({"nsubj", "nsubjpass"})


def by_epithet(
    quote: ResolvedQuote, previous: ResolvedQuote | None, text: ParsedText, head: int, roster: Roster
) -> ResolvedQuote | None:
    """The quote with the person named in the last paragraphs whom its epithet must mean.

    The last speaker, if that person can be meant; else the only person who can; else the
    only one who did something. With "his rival" that is somebody else than he.
    """
    said, item, lists = quote.mention, quote.speaker, roster.rules.lists
    if said.speaker is None or item is None or text.tag[head] != "NN":
        return None
    role, first = text.lemma[head].lower(), text.left[head]
    owner = None
    if text.tag[first] == "PRP$" and role in lists["rival-nouns"]:
        owner = roster.cast.at(said.field, first)
        if owner is None:
            return None
    elif text.lower[first] != "the" or not (
        role in lists["epithets"]
        or _of_so_many(text, head, lists["parents"])
        or any(text.lower[i] in lists["epithet-words"] for i in range(first + 1, head))
    ):
        return None
    block = text.block_at(said.speaker.start)
    since = text.blocks[max(block - FLOOR, 0)].span.start
    found: dict[str, ResolvedMention] = {}
    doing: dict[str, ResolvedMention] = {}
    for other in roster.people(said.field, since, said.speaker.start):
        actor_id = other.actor.actor_id
        genders = {roster.gender(actor_id), item.mention.gender} - {None}
        if other.mention.mention_type is not MentionType.NAME or len(genders) > 1:
            continue
        if owner is not None and owner.actor.actor_id == actor_id:
            continue
        found.setdefault(actor_id, other)
        if text.dep[other.mention.head] in _SUBJECT:
            doing.setdefault(actor_id, other)
    last = previous.speaker if previous is not None else None
    if last is not None and owner is None and last.actor.actor_id in found:
        return speaks(quote, found[last.actor.actor_id], roster)
    for few in (found, doing):
        if len(few) == 1:
            return speaks(quote, next(iter(few.values())), roster)
    return None


def _of_so_many(text: ParsedText, head: int, parents: frozenset[str]) -> bool:
    """Whether somebody is called by the number of children ("the mother of three")."""
    after = text.tag[head + 2 : head + 3]
    return text.lemma[head].lower() in parents and text.lower[head + 1 : head + 2] == ["of"] and after == ["CD"]
