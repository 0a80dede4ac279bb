"""Actions outside the ontology: kept where somebody named acts and the day is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle
from pipeline.records import (
    ActorKind,
    DateSource,
    EventMention,
    Field,
    MentionType,
    ResolvedEvent,
    ResolvedMention,
    ResolvedQuote,
)
from pipeline.resolve.events.dating import Dated, Dating
from pipeline.resolve.events.participants import Participants, identity
from pipeline.resolve.events.place import find_place
from pipeline.resolve.events.recorder import Recorder

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast

_ACTING = frozenset(
    {ActorKind.PERSON, ActorKind.STATE, ActorKind.GOVERNMENT, ActorKind.ORGANISATION, ActorKind.ARMED_GROUP}
)


class Untyped:
    """Resolves the events without a type of one article, after all others and without changing them."""

    def __init__(
        self,
        article: ParsedArticle,
        cast: Cast,
        quotes: Sequence[ResolvedQuote],
        dating: Dating,
        recorder: Recorder,
        people: Participants,
    ) -> None:
        self.article = article
        self.cast = cast
        self.dating = dating
        self.recorder = recorder
        self.people = people
        self.named = {
            m.actor.actor_id
            for m in cast.mentions
            if m.mention.mention_type is MentionType.NAME and m.actor.kind in _ACTING
        }
        self.cues = {(q.mention.field, q.mention.cue_token) for q in quotes if q.mention.cue_token is not None}

    def resolve(
        self, events: Sequence[EventMention], spoken: Sequence[ResolvedQuote | None]
    ) -> dict[int, ResolvedEvent]:
        """Those of the events without a type that stay, by index in the list; ``same_as`` indexes the same list.

        One stays if an actor of it has a name and it has a date, and if it is no cue of a quote.
        """
        out: dict[int, ResolvedEvent] = {}
        for i, event in enumerate(events):
            if event.event_type is not None or (event.field, event.clause) in self.cues:
                continue
            dated = self.dating.alone(event)
            if not dated or not self._may_be_named(event):
                continue
            if dated.source is DateSource.HEADING and not self._main(event):
                continue
            parts = self.people.of(event)
            if not any(a.actor.actor_id in self.named for a in parts[0]):
                continue
            place = find_place(event, self.article.text(event.field), self.cast)
            told = self._told(event, parts[0], dated, out)
            out[i] = self.recorder.record(event, parts, dated, place, spoken[i], told)
        return out

    def _main(self, event: EventMention) -> bool:
        """Whether it heads a main clause: what a clause below one tells may be of another day than the heading's."""
        text, clause = self.article.text(event.field), event.clause
        while text.dep[clause] == "conj" and text.head[clause] < clause:
            clause = text.head[clause]
        return text.head[clause] == clause

    def _may_be_named(self, event: EventMention) -> bool:
        """Whether the cast knows a named actor at an argument: asks nothing that would add to the cast."""
        for argument in event.arguments:
            item = self.cast.at(event.field, argument.head)
            if item is not None and item.actor.actor_id in self.named:
                return True
        return False

    def _told(
        self,
        event: EventMention,
        actors: Sequence[ResolvedMention],
        dated: Dated,
        before: dict[int, ResolvedEvent],
    ) -> int | None:
        """The first telling of the same: one word, one actor, one date, polarity and modality."""
        word = self._lemma(event.field, event.trigger)
        who = {identity(a) for a in actors}
        for i, other in before.items():
            mention = other.mention
            if (
                self._lemma(mention.field, mention.trigger) == word
                and (other.start, other.end) == (dated.start, dated.end)
                and (mention.negated, mention.modality) == (event.negated, event.modality)
                and who & {identity(a) for a in other.actors}
            ):
                return i if other.same_as is None else other.same_as
        return None

    def _lemma(self, field: Field, token: int) -> str:
        return self.article.text(field).lemma[token].lower()


def merged(
    events: Sequence[EventMention], typed: Sequence[ResolvedEvent], untyped: Mapping[int, ResolvedEvent]
) -> list[ResolvedEvent]:
    """Events with and without a type in the order of ``events``, ``same_as`` pointing into the list returned.

    ``typed`` are those of the events that have a type, in order; ``untyped`` those of the others that stay, by index.
    """
    with_type = [i for i, event in enumerate(events) if event.event_type is not None]
    kept = sorted((*with_type, *untyped))
    at = {i: number for number, i in enumerate(kept)}
    by_index = dict(zip(with_type, typed, strict=True))
    out = []
    for i in kept:
        event = by_index.get(i) or untyped[i]
        first = event.same_as
        if first is not None:
            first = at[with_type[first] if i in by_index else first]
        out.append(replace(event, same_as=first))
    return out
