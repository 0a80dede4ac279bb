"""How well an entity suits a description: kind, number, gender and country; role, name and sort."""

from __future__ import annotations

from functools import lru_cache

from pipeline.records import ActorKind, Mention
from pipeline.resolve.actors.entities import Entity
from pipeline.rules.actors import ActorRules

_LONG = 4  # words before a noun that say more than "the group" does ("the anti-tax farmers' movement")
_BODIES = frozenset({ActorKind.ORGANISATION, ActorKind.ARMED_GROUP})


def can_be(entity: Entity, mention: Mention) -> bool:
    """Whether kind, number, gender and country allow a description to mean an entity."""
    if mention.plural and entity.kind in (ActorKind.PERSON, ActorKind.STATE):
        return False
    if mention.plural is False and entity.plural:
        return False
    if mention.kind is ActorKind.PERSON and not mention.plural:
        if entity.kind is not ActorKind.PERSON:
            return False
    elif entity.kind is ActorKind.PERSON:
        return False
    if mention.plural and mention.kind is entity.kind is ActorKind.ORGANISATION and not entity.plural and entity.names:
        return False
    if mention.gender and entity.gender and mention.gender != entity.gender:
        return False
    return not (mention.country and entity.country and mention.country != entity.country)


def likeness(rules: ActorRules, entity: Entity, mention: Mention, role: str) -> float:
    """How well an entity fits a head noun: 3 the same role (less if unnamed), 2 the same word, 1 its kind, 0 not."""
    if role in entity.roles:
        return 3.0 if entity.names or entity.entry or entity.kind is ActorKind.PERSON else 2.4
    head = _noun(role)
    told = bool(entity.names or entity.entry)
    if role in rules.words["plain-body"] and entity.kind in _BODIES and told and mention.head - mention.first < _LONG:
        if any(name.lower().split()[-1] in rules.words["no-group"] for name in entity.names):
            return 0.0
        return 1.6 if any(head in name.lower().split() for name in entity.names) else 1.0
    if any(head in name.lower().split() for name in entity.names):
        return 2.5
    known = rules.entry(entity.entry) if entity.entry is not None else None
    if known is not None and known.kind is not ActorKind.PERSON and head in known.name.lower().split():
        return 2.5
    same = [r for r in entity.roles if _noun(r) == head]
    if same:  # but a defence minister is no foreign minister
        return 0.0 if head != role and any(" " in r for r in same) else 2.0
    if entity.kind is ActorKind.PERSON:
        return _person(rules, entity, mention, role)
    if entity.kind is ActorKind.STATE:
        return 1.0 if rules.has(mention.rule, "country") and role in rules.words["own-country"] else 0.0
    if entity.kind not in _BODIES:
        return 0.0
    return _body(rules, entity, mention, role)


@lru_cache(maxsize=5000)
def _noun(role: str) -> str:
    """The word that a role is headed by: "court" of "court of appeal", "minister" of "foreign minister"."""
    return role.partition(" of ")[0].rsplit(maxsplit=1)[-1]


def _person(rules: ActorRules, entity: Entity, mention: Mention, role: str) -> float:
    if rules.has(mention.rule, "peer"):
        for held in entity.roles:
            other, title = rules.agents.get(held), rules.titles.get(held)
            if other is not None and other.rule == mention.rule:
                return 1.2
            if title is not None and title.sectors and title.sectors == mention.sectors:
                return 1.2  # "the senator" after "Sen. Lee"
    if entity.roles and rules.alike(role, entity.roles):
        return 1.2
    if role in rules.words["plain-person"] and mention.gender and entity.gender == mention.gender:
        return 0.0 if entity.entry else 1.0
    return 0.0


def _trades(rules: ActorRules, role: str) -> bool:
    """Whether a noun is one for a firm, or says nothing of a body."""
    agent = rules.agents.get(role)
    return agent is None or agent.kind is not ActorKind.ORGANISATION or rules.has(agent.rule, "company")


def _body(rules: ActorRules, entity: Entity, mention: Mention, role: str) -> float:
    if rules.has(mention.rule, "company") and entity.names and (not entity.sectors or "BUS" in entity.sectors):
        if (entity.entry is not None and not entity.sectors) or any(not _trades(rules, held) for held in entity.roles):
            return 0.0  # "Save Adoma, a charity" is no company
        return 1.0 if entity.kind is ActorKind.ORGANISATION else 0.0
    if rules.has(mention.rule, "armed") and entity.kind is ActorKind.ARMED_GROUP and (entity.names or entity.entry):
        return 1.2
    told = bool(entity.names or entity.entry)
    if told and rules.has(mention.rule, "press") and role in rules.words["naming-noun"] and "JRN" in entity.sectors:
        return 1.5
    return 0.0
