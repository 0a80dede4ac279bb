"""Where an event happened: the locative phrase of its predicate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedText
from pipeline.records import EventMention, ResolvedMention, Role

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast


@dataclass(frozen=True, slots=True)
class Place:
    """A place as the text has it, and what the cast knows of it."""

    text: str | None = None
    country: str | None = None
    mention: ResolvedMention | None = None


def find_place(event: EventMention, text: ParsedText, cast: Cast) -> Place:
    """The first place argument of an event; an empty place if it has none."""
    for argument in event.arguments:
        if argument.role is not Role.PLACE:
            continue
        mention = cast.at(event.field, argument.head)
        words = " ".join(text.span(argument.first, argument.last).of(text.text).split())
        return Place(words, mention.actor.country if mention else None, mention)
    return Place()
