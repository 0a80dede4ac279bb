"""Groups whose members the article names: "Lee and Kim", "US and Russian officials"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Mention, MentionType
from pipeline.resolve.actors.entities import Entity
from pipeline.rules.actors import ActorRules


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
