"""Participants that only another telling names: "the raid" has the raiders of the sentence before."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.records import ActorKind, EventMention, Field, Modality, ResolvedMention, Role
from pipeline.resolve.events.participants import Parts, distinct
from pipeline.resolve.events.telling import Telling, related
from pipeline.rules.events import EventRules

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast


_NEAR = 3  # events that a noun looks back for the verb it takes up


def share(
    tellings: Sequence[Telling],
    parts: Sequence[Parts],
    same: Sequence[int | None],
    cast: Cast,
    rules: EventRules,
) -> list[Parts]:
    """The participants of each event, with those that it leaves to other tellings filled in.

    What a telling lacks comes from the nearest other telling of the same happening, the
    one before first. A hostile act without an agent has that of an act of the same type
    on the same target. What is said of an event is said of who did it ("condemned the
    raid" is aimed at the raiders).
    """
    out = list(parts)
    events = [t.event for t in tellings]
    _fill(tellings, out, same)
    _same_target(events, out, rules)
    _again(tellings, out)
    _aim(events, out)
    _beside(tellings, out)
    _states(events, out, cast)
    return out


def _fill(tellings: Sequence[Telling], out: list[Parts], same: Sequence[int | None]) -> None:
    groups: dict[int, list[int]] = {}
    for i, first in enumerate(same):
        groups.setdefault(i if first is None else first, []).append(i)
    for members in groups.values():
        if len(members) < 2:
            continue
        before = {m: out[m] for m in members}  # as told, nothing filled in
        acting = [m for m in members if before[m][0]]
        aimed = [m for m in members if before[m][1]]
        alike: dict[str, list[int]] = {}  # those with recipients in words related to one
        for i in members:
            actors, recipients = out[i]
            if not actors and acting:
                actors = before[_nearest(i, acting)][0]
                recipients = _without(recipients, actors) or recipients
            if not recipients and not tellings[i].event.reciprocal:
                lemma = tellings[i].lemma
                if lemma not in alike:
                    alike[lemma] = [m for m in aimed if related(tellings[m].lemma, lemma)]
                if alike[lemma]:
                    recipients = _without(before[_nearest(i, alike[lemma])][1], actors)
            out[i] = (actors, recipients)


def _again(tellings: Sequence[Telling], out: list[Parts]) -> None:
    """The target of a noun that names none, from the verb it takes up: "questioned ten men. The questioning …"."""
    for i, telling in enumerate(tellings):
        if not telling.noun or out[i][1] or telling.event.reciprocal:
            continue
        actors = {a.actor.actor_id for a in out[i][0]}
        for j in range(i - 1, max(-1, i - _NEAR - 1), -1):
            other = tellings[j]
            if other.event.field is not telling.event.field or other.event.event_type != telling.event.event_type:
                continue
            if other.event.modality is not telling.event.modality or other.event.negated != telling.event.negated:
                continue
            if not out[j][1] or not (
                related(other.lemma, telling.lemma)
                or (telling.event.event_mode and other.event.event_mode == telling.event.event_mode)
            ):
                continue
            before = {a.actor.actor_id for a in out[j][0]}
            if actors and before and not actors & before:
                continue
            out[i] = (out[i][0], _without(out[j][1], out[i][0]))
            break


def _nearest(i: int, told: Sequence[int]) -> int:
    """Of other tellings, in text order, the nearest before one, else the nearest after it."""
    at = bisect_left(told, i)
    return told[at - 1] if at else told[0]


def _without(items: Sequence[ResolvedMention], others: Sequence[ResolvedMention]) -> tuple[ResolvedMention, ...]:
    taken = {o.actor.actor_id for o in others}
    return tuple(item for item in items if item.actor.actor_id not in taken)


def _same_target(events: Sequence[EventMention], out: list[Parts], rules: EventRules) -> None:
    known: dict[tuple[str, str], tuple[ResolvedMention, ...]] = {}
    for again in (False, True):  # an agent may be named after the first telling
        for i, event in enumerate(events):
            kind = rules.ontology.types.get(event.event_type or "")
            if kind is None or kind.quad_class != "material conflict" or event.negated:
                continue
            if event.modality is not Modality.ASSERTED:
                continue
            actors, recipients = out[i]
            keys = [(kind.name, r.actor.actor_id) for r in recipients]
            if actors:
                for key in keys:
                    if not again:
                        known[key] = actors
            elif keys:
                found = next((known[key] for key in keys if key in known), ())
                out[i] = (_without(found, recipients), recipients)


def _aim(events: Sequence[EventMention], out: list[Parts]) -> None:
    triggers: dict[tuple[Field, int], int] = {(e.field, e.trigger): i for i, e in enumerate(events)}
    for i, event in enumerate(events):
        actors, recipients = out[i]
        if recipients or event.reciprocal:
            continue
        for argument in event.arguments:
            about = triggers.get((event.field, argument.head))
            if argument.role is Role.RECIPIENT and about is not None and about != i:
                recipients = _without(out[about][0], actors)
        out[i] = (actors, recipients)


def _beside(tellings: Sequence[Telling], out: list[Parts]) -> None:
    """The target of a coordinated act that names none: "urged both sides to stop and offered mediation"."""
    clauses = {(t.event.field, t.event.clause): i for i, t in enumerate(tellings)}
    for i, telling in enumerate(tellings):
        event, text = telling.event, telling.text
        if text.dep[event.clause] != "conj" or event.clause != event.trigger:
            continue
        other = clauses.get((event.field, text.head[event.clause]))
        if other is None or event.reciprocal or tellings[other].event.reciprocal:
            continue
        actors = {a.actor.actor_id for a in out[i][0]}
        if not actors or actors != {a.actor.actor_id for a in out[other][0]}:
            continue
        for to, given in ((i, other), (other, i)):
            unnamed = not any(a.role is Role.RECIPIENT for a in tellings[to].event.arguments)
            if unnamed and not out[to][1]:
                out[to] = (out[to][0], out[given][1])


def _states(events: Sequence[EventMention], out: list[Parts], cast: Cast) -> None:
    """The state for a town that suffers from or is visited by another country's people, if the article names it."""
    states: dict[str, ResolvedMention] = {}
    for item in cast.mentions:
        if item.actor.kind is ActorKind.STATE and item.actor.country:
            states.setdefault(item.actor.country, item)
    for i, (actors, recipients) in enumerate(out):
        if not any(r.actor.kind is ActorKind.PLACE for r in recipients):
            continue
        abroad = {a.actor.country for a in actors if a.actor.country}
        found: list[ResolvedMention] = []
        for item in recipients:
            country = item.actor.country
            if item.actor.kind is ActorKind.PLACE and country in states and abroad and country not in abroad:
                item = states[country]
            found.append(item)
        out[i] = (actors, distinct(found, set()))
