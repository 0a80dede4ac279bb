"""Descriptions that count: "the two leaders", "both countries", "the pair".

They mean those that were last told of together: joined by "and", or alone with each other
in what the sentences before tell. Where more could be meant they are left unresolved.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Mention
from pipeline.resolve.actors.entities import Entity
from pipeline.resolve.actors.groups import Groups
from pipeline.resolve.actors.memory import SUBJECTS, Memory

_STATES = frozenset({ActorKind.STATE, ActorKind.GOVERNMENT})
_LEADING = frozenset({"GOV", "REB", "PTY", "LEG", "REL"})
_TOGETHER = 15  # sentences that a pair told of together is remembered
_NEAR = 3  # sentences in which two are told of alone with each other
_STEPS = 8  # clauses above a description in which it is spoken of by somebody else


class Counted:
    """Links the descriptions of one article that say how many they mean."""

    def __init__(self, memory: Memory, groups: Groups) -> None:
        self.memory = memory
        self.rules = memory.rules
        self.groups = groups

    def link(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The group of those that a counting description means; None if it is not one, or not clear."""
        number = self.number(mention, text)
        if not number or mention.plural is False or mention.country or not mention.roles:
            return None
        if text.lower[mention.first] not in self.rules.words["counted-before"] or _joined(text, mention.head):
            return None
        states = self._states(mention)
        now = self.memory.sentence(mention)
        for entity in self.memory.back():
            if len(entity.members) == number and (distance := entity.ago(now)) is not None and distance <= _TOGETHER:
                found = self._all(entity, mention, states)
                if found is not None:
                    return found
        members = self._parties(mention, number, now) if states else self._persons(mention, text, number, now)
        return self.groups.of(members) if members else None

    def number(self, mention: Mention, text: ParsedText) -> int:
        """How many a description means; 0 if it does not say."""
        counts = self.rules.counts
        words = (*text.lower[mention.first : mention.head], *mention.roles[:1])
        return next((counts[w] for w in words if w in counts), 0)

    def _states(self, mention: Mention) -> bool:
        """Whether several so described are states."""
        return self.rules.has(mention.rule, "state") or mention.roles[0] in self.rules.words["joint-state"]

    def _all(self, group: Entity, mention: Mention, states: bool) -> Entity | None:
        """A group whose members can all be meant, as states if the description means states."""
        members = group.members
        if not states:
            return group if all(self._one(m, mention) for m in members) else None
        if all(m.kind in _STATES for m in members):
            return group if all(self._country(m) for m in members) else None
        countries = [self._country(m, _STATES | {ActorKind.GROUP}) for m in members]
        if None in countries or len(set(countries)) < len(countries):
            return None
        return self.groups.of([self.groups.state(f"state:{country}") for country in countries])

    def _country(self, entity: Entity, kinds: frozenset[ActorKind] = _STATES) -> str | None:
        """The country for which an entity, of some kind or in its government, stands in what states do."""
        stands = entity.kind in kinds or "GOV" in entity.sectors
        if not stands or entity.members or f"state:{entity.country}" not in self.rules.gazetteer.entries:
            return None
        return entity.country

    def _one(self, entity: Entity, mention: Mention) -> bool:
        """Whether an entity can be one of several so described, if they are no states."""
        role = mention.roles[0]
        words = self.rules.words
        if entity.members or not (entity.names or entity.entry):
            return False
        if role in entity.roles or (role in self.rules.counts and entity.kind is ActorKind.PERSON):
            return True
        if entity.kind is ActorKind.PERSON:
            if role in words["plain-person"]:
                return entity.gender is None or mention.gender is None or entity.gender == mention.gender
            leads = not entity.roles or bool(words["speaks-for-state"] & entity.roles)
            return role in words["joint-person"] and leads and bool(_LEADING & set(entity.sectors))
        return (
            self.rules.has(mention.rule, "company")
            and entity.kind is ActorKind.ORGANISATION
            and "GOV" not in entity.sectors
        )

    def _parties(self, mention: Mention, number: int, now: int) -> list[Entity]:
        """The states that the sentences before tell of alone, unless the article is about others."""
        if mention.roles[0] in self.rules.words["joined-only"]:
            return []
        leading = self._leading(number, now)
        # "the two sides" may be no states
        sides = self.rules.has(mention.rule, "state") and not self.rules.has(mention.rule, "country")
        for back in range(_NEAR):
            found = list(dict.fromkeys(c for e in self.memory.told(now - back) if (c := self._country(e)) is not None))
            if len(found) < number:
                continue
            same = set(leading) == set(found)
            clear = not sides and (not leading or (back == 0 and self.rules.has(mention.rule, "country")))
            if len(found) > number or not (same or clear):
                return []
            return [self.groups.state(f"state:{country}") for country in found]
        return [] if sides else [self.groups.state(f"state:{country}") for country in leading]

    def _leading(self, number: int, now: int) -> list[str]:
        """The countries that what was told so far is about: each twice as often as any other; none if unclear."""
        counts: Counter[str] = Counter()
        for entity in self.memory.back():
            country = self._country(entity)
            if country is not None:
                counts[country] += sum(sentence <= now for sentence in entity.told)
        ranked = counts.most_common()
        if len(ranked) < number:
            return []
        last = ranked[number - 1][1]
        if len(ranked) > number and (last < 2 or 2 * ranked[number][1] > last):
            return []
        return [country for country, _ in ranked[:number]]

    def _persons(self, mention: Mention, text: ParsedText, number: int, now: int) -> list[Entity]:
        """Those so described in the latest sentences that tell of enough of them, if of no more."""
        above = set(map(id, self._speakers(mention, text)))
        found: list[Entity] = []
        for back in range(_NEAR):
            for entity in self.memory.told(now - back):
                if entity not in found and id(entity) not in above and self._one(entity, mention):
                    found.append(entity)
            if len(found) >= number:
                break
        return found if len(found) == number else []

    def _speakers(self, mention: Mention, text: ParsedText) -> Iterator[Entity]:
        """Subjects of the verbs of speech above a description: who speaks of "the two men" is neither."""
        verb = text.head[mention.head]
        for _ in range(_STEPS):
            for child in text.children[verb] if text.lemma[verb] in self.rules.words["speech-verb"] else ():
                if child != mention.head and text.dep[child] in SUBJECTS:
                    entity = self.memory.at.get((mention.field, child))
                    if entity is not None:
                        yield entity
            if text.head[verb] == verb:
                return
            verb = text.head[verb]


def _joined(text: ParsedText, head: int) -> bool:
    """Whether "both" joins two nouns, or an "of" says what of ("both men and women", "both sides of the road")."""
    if text.dep[head] == "conj" and text.head[head] < head:
        return False
    return any(
        child > head and (text.dep[child] == "conj" or (text.dep[child] == "prep" and text.lower[child] == "of"))
        for child in text.children[head]
    )
