"""Actors and recipients: the extractor's arguments, as the cast knows them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import ActorKind, EventMention, ResolvedMention, Role
from pipeline.rules.events import EventRules

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast

_NAMED = frozenset({"ORG", "GPE", "NORP"})
_BACK = 1  # sentences that a pronoun looks back
Parts = tuple[tuple[ResolvedMention, ...], tuple[ResolvedMention, ...]]


class Participants:
    """Asks the cast of one article who the arguments of its events are."""

    def __init__(self, article: ParsedArticle, cast: Cast, rules: EventRules) -> None:
        self.article = article
        self.cast = cast
        self.happenings = rules.nouns
        self.object_pronouns = rules.words("object_pronoun")

    def of(self, event: EventMention) -> Parts:
        """Actors and recipients of an event, in text order, each entity once; nobody is both."""
        found: dict[Role, list[ResolvedMention]] = {Role.ACTOR: [], Role.RECIPIENT: []}
        text = self.article.text(event.field)
        for argument in event.arguments:
            if argument.role is Role.PLACE:
                continue
            item = self._who(event, argument.head, text)
            if item is None and argument.role is Role.ACTOR:
                item = self._issuer(event, argument.head, text)
            if item is not None:
                found[argument.role].extend(self.cast.each(item))
        actors = distinct(found[Role.ACTOR], set())
        acting = {a.actor.actor_id for a in actors}
        found[Role.RECIPIENT] = [self._somebody_else(r, acting, text) for r in found[Role.RECIPIENT]]
        recipients = distinct(found[Role.RECIPIENT], {a.actor.actor_id for a in actors})
        return actors, recipients

    def _who(self, event: EventMention, head: int, text: ParsedText) -> ResolvedMention | None:
        """The mention of a noun phrase: one that was found, one described now, or the name it is described by."""
        item = self.cast.at(event.field, head)
        if item is not None and (item.mention.head == head or text.ent[head]):
            return item
        # a noun inside a longer mention is not that mention: "the army's chief"
        if text.lemma[head].lower() in self.happenings:
            return None
        described = self.cast.describe(text, head)
        if described is not None:
            return described
        for child in text.children[head]:
            if text.dep[child] in ("compound", "amod", "nmod") and text.ent[child] in _NAMED:
                named = self.cast.at(event.field, child)
                if named is not None:
                    return named  # "a Khmer Rouge faction", where nobody knows of factions
        return item

    def _issuer(self, event: EventMention, head: int, text: ParsedText) -> ResolvedMention | None:
        """Who brings forth the thing that acts: "The union issued a statement urging …" is the union's urging."""
        if text.dep[head] not in ("dobj", "pobj") or text.pos[head] != "NOUN":
            return None
        verb = text.head[head] if text.dep[head] == "dobj" else text.head[text.head[head]]
        if text.pos[verb] != "VERB" or verb == event.trigger:
            return None
        for child in text.children[verb]:
            if text.dep[child] == "nsubj":
                item = self.cast.at(event.field, child)
                return item if item is not None and item.mention.head == child else None
        return None

    def _somebody_else(self, item: ResolvedMention, acting: set[str], text: ParsedText) -> ResolvedMention:
        """Whom "him" means that was taken for the subject of its own clause: the person named last before."""
        mention = item.mention
        if item.actor.actor_id not in acting or text.lower[mention.head] not in self.object_pronouns:
            return item
        sentence = text.sent[mention.head]
        for other in reversed(self.cast.mentions):
            found = other.mention
            if found.field is not mention.field or found.head >= mention.head:
                continue
            if text.sent[found.head] < sentence - _BACK:
                break
            if other.actor.actor_id in acting or (other.actor.kind is ActorKind.PERSON) != (mention.plural is not True):
                continue
            if found.gender is None or mention.gender is None or found.gender == mention.gender:
                return other
        return item


def distinct(items: Sequence[ResolvedMention], seen: set[str]) -> tuple[ResolvedMention, ...]:
    """The first mention of each entity that is not in ``seen``, in their order."""
    out = []
    for item in items:
        if item.actor.actor_id not in seen:
            seen.add(item.actor.actor_id)
            out.append(item)
    return tuple(out)


def identity(item: ResolvedMention) -> str:
    """What an entity counts as in comparisons: a state and its government are one."""
    actor = item.actor
    if actor.country and actor.kind in (ActorKind.STATE, ActorKind.GOVERNMENT):
        return actor.country
    return actor.actor_id
