"""Groups whose members the article names: "Lee and Kim", "the two leaders", "US and Russian officials"."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Mention, MentionType
from pipeline.resolve.actors.entities import Entity
from pipeline.rules.actors import ActorRules

_LEADING = frozenset({"GOV", "REB", "PTY", "LEG", "REL"})


class Groups:
    """Makes and remembers the groups of one article, one for each set of members."""

    def __init__(self, rules: ActorRules, new: Callable[[ActorKind], Entity], state: Callable[[str], Entity]) -> None:
        self.rules = rules
        self.new = new
        self.state = state
        self.known: dict[frozenset[int], Entity] = {}

    def of(self, members: Sequence[Entity]) -> Entity:
        """The group of at least two entities."""
        key = frozenset(id(m) for m in members)
        group = self.known.get(key)
        if group is None:
            group = self.known[key] = self.new(ActorKind.GROUP)
            group.plural = True
            group.members = tuple(members)
            countries = {m.country for m in members}
            if len(countries) == 1:
                group.country = countries.pop()
            group.sectors = tuple(s for s in members[0].sectors if all(s in m.sectors for m in members))
            group.roles = set.intersection(*(m.roles for m in members))
        return group

    def joined(self, mention: Mention, text: ParsedText, at: Callable[[int], Entity | None]) -> Entity | None:
        """The group that a name and the names before it, joined by "and", make up; None if it is not the last."""
        head = mention.head
        if text.dep[head] != "conj" or any(text.dep[c] == "conj" for c in text.children[head]):
            return None
        chain = [head]
        while text.dep[chain[-1]] == "conj" and len(chain) < 6:
            chain.append(text.head[chain[-1]])
        if not any(text.lower[c] == "and" for i in chain for c in text.children[i] if text.dep[c] == "cc"):
            return None
        members = [entity for entity in map(at, reversed(chain)) if entity is not None]
        if len(members) < len(chain) or len(set(map(id, members))) < 2 or any(m.members for m in members):
            return None
        persons = sum(m.kind is ActorKind.PERSON for m in members)
        return self.of(members) if persons in (0, len(members)) else None

    def counted(self, mention: Mention, text: ParsedText, recent: Iterable[Entity]) -> Entity | None:
        """The latest two or three entities that "the two leaders" or "both countries" can mean."""
        counts = self.rules.counts
        number = next((counts[w] for w in text.lower[mention.first : mention.head] if w in counts), 0)
        if not number or mention.plural is False or mention.country or not mention.roles:
            return None
        if text.lower[mention.first] not in self.rules.words["counted-before"]:
            return None
        found: list[Entity] = []
        states = self._states(mention)
        for entity in recent:
            if entity.members and len(entity.members) == number and all(self._one(m, mention) for m in entity.members):
                return entity
            one = self._state_of(entity) if states else entity
            if one is not None and self._one(one, mention) and not any(self._same(one, other) for other in found):
                found.append(one)
                if len(found) == number:
                    return self.of(found[::-1])
        return None

    def _state_of(self, entity: Entity) -> Entity | None:
        """The state an entity belongs to; None for a place, a group of several, or a body of several states."""
        identity = f"state:{entity.country}"
        if entity.members or entity.kind is ActorKind.PLACE or identity not in self.rules.gazetteer.entries:
            return None
        return self.state(identity)

    def _one(self, entity: Entity, mention: Mention) -> bool:
        """Whether an entity can be one of several so described."""
        role = mention.roles[0]
        if self._states(mention):
            return entity.kind in (ActorKind.STATE, ActorKind.GOVERNMENT) and f"state:{entity.country}" in (
                self.rules.gazetteer.entries
            )
        if entity.members or not (entity.names or entity.entry):
            return False
        if role in entity.roles:
            return True
        if entity.kind is ActorKind.PERSON:
            if role in self.rules.words["plain-person"]:
                return entity.gender is None or mention.gender is None or entity.gender == mention.gender
            return role in self.rules.words["joint-person"] and bool(_LEADING & set(entity.sectors))
        return (
            self.rules.has(mention.rule, "company")
            and entity.kind is ActorKind.ORGANISATION
            and "GOV" not in entity.sectors
        )

    def _states(self, mention: Mention) -> bool:
        """Whether several so described are states."""
        return self.rules.has(mention.rule, "state") or mention.roles[0] in self.rules.words["joint-state"]

    @staticmethod
    def _same(one: Entity, other: Entity) -> bool:
        states = (ActorKind.STATE, ActorKind.GOVERNMENT)
        return one is other or (one.kind in states and other.kind in states and one.country == other.country)

    def split(self, mention: Mention, text: ParsedText, make: Callable[[str, str], Entity]) -> Entity | None:
        """One group a country for "US and Russian officials", together as a group of groups."""
        if not mention.plural or mention.mention_type is not MentionType.NOMINAL:
            return None
        forms: list[tuple[str, str]] = []
        joined = False
        for i in range(mention.first, mention.head):
            joined = joined or text.lower[i] == "and"
            for sense in self.rules.gazetteer.senses.get(text.word[i], ()):
                country = self.rules.gazetteer.entries[sense.entry].country
                if country and sense.entry.startswith("state:") and all(c != country for _, c in forms):
                    forms.append((text.word[i], country))
                    break
        if not joined or len(forms) < 2:
            return None
        return self.of([make(form, country) for form, country in forms])
