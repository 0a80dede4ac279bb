"""Where an event happened: the locative phrase of its predicate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import EventMention, ResolvedMention, Role
from pipeline.rules.events import EventRules

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


def share_places(
    events: Sequence[EventMention],
    article: ParsedArticle,
    found: Sequence[Place],
    same: Sequence[int | None],
    rules: EventRules,
) -> list[Place]:
    """The place of each event, with that of the clause it goes with or of another telling where it has none."""
    out = list(found)
    clauses = {(e.field, e.clause): i for i, e in enumerate(events)}
    simultaneous = rules.words("simultaneous")
    for _ in range(2):
        for i, event in enumerate(events):
            text = article.text(event.field)
            other = clauses.get((event.field, text.head[event.clause]))
            if other is None or other == i or not _together(text, event.clause, simultaneous):
                continue
            for to, given in ((i, other), (other, i)):
                if out[to].text is None and out[given].text is not None and _physical(events[to], rules):
                    out[to] = out[given]
    for i, first in enumerate(same):
        if first is not None and out[i].text is None:
            out[i] = out[first]
    return out


def _together(text: ParsedText, clause: int, simultaneous: frozenset[str]) -> bool:
    """Whether a clause tells what happens where its governing clause does."""
    dep = text.dep[clause]
    if dep == "conj":
        return not any(text.dep[c] in ("nsubj", "nsubjpass") for c in text.children[clause])
    if dep == "advcl":
        marks = {text.lower[c] for c in text.children[clause] if text.dep[c] in ("mark", "advmod")}
        return bool(marks & simultaneous) or (not marks and text.tag[clause] in ("VBG", "VBN"))
    return False


def _physical(event: EventMention, rules: EventRules) -> bool:
    kind = rules.ontology.types.get(event.event_type or "")
    return kind is not None and (kind.quad_class or "").startswith("material")
