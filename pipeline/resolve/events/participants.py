"""Actors and recipients: the extractor's arguments, as the cast knows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle
from pipeline.records import ActorKind, EventMention, ResolvedMention, Role

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast

Parts = tuple[tuple[ResolvedMention, ...], tuple[ResolvedMention, ...]]


class Participants:
    """Asks the cast of one article who the arguments of its events are."""

    def __init__(self, article: ParsedArticle, cast: Cast) -> None:
        self.article = article
        self.cast = cast

    def of(self, event: EventMention) -> Parts:
        """Actors and recipients of an event, in text order, each entity once; nobody is both."""
        found: dict[Role, list[ResolvedMention]] = {Role.ACTOR: [], Role.RECIPIENT: []}
        text = self.article.text(event.field)
        for argument in event.arguments:
            if argument.role is Role.PLACE:
                continue
            item = self.cast.at(event.field, argument.head)
            if item is None or (item.mention.head != argument.head and text.ent[argument.head] == ""):
                # a noun inside a longer mention is not that mention: "the army's chief"
                item = self.cast.describe(text, argument.head) or item
            if item is not None:
                found[argument.role].append(item)
        actors = _distinct(found[Role.ACTOR], set())
        recipients = _distinct(found[Role.RECIPIENT], {a.actor.actor_id for a in actors})
        return actors, recipients


def _distinct(items: list[ResolvedMention], seen: set[str]) -> tuple[ResolvedMention, ...]:
    out = []
    for item in items:
        if item.actor.actor_id not in seen:
            seen.add(item.actor.actor_id)
            out.append(item)
    return tuple(out)


def is_actor(item: ResolvedMention) -> bool:
    """Whether an entity can act at all: anything but a place."""
    return item.actor.kind is not ActorKind.PLACE
