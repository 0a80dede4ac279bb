"""Descriptions and pronouns to entities, in text order; then what the article as a whole tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Field, Mention, MentionType
from pipeline.resolve.actors.descriptions import Descriptions
from pipeline.resolve.actors.entities import Entity
from pipeline.resolve.actors.groups import Groups
from pipeline.resolve.actors.memory import SUBJECTS, Memory
from pipeline.resolve.actors.names import NameLinker
from pipeline.resolve.actors.pronouns import Pronouns
from pipeline.rules.actors import ActorRules
from pipeline.rules.gazetteer import BODIES

_PUBLIC = frozenset({"GOV", "COP", "MIL", "JUD", "LEG"})
_LANDS = frozenset({ActorKind.STATE, ActorKind.GOVERNMENT, ActorKind.PLACE})
_ATTACHED = frozenset({"amod", "compound", "nmod"})
_OWNED = frozenset({"ORG", "PERSON"})
_LEAD = 0.6  # share of an article's mentions that makes a country the one it is about


class Linker:
    """Links the descriptions and pronouns of one article."""

    def __init__(self, rules: ActorRules, on: date | None, texts: Sequence[ParsedText], names: NameLinker) -> None:
        self.rules = rules
        self.names = names
        self.memory = Memory(rules, texts)
        self.groups = Groups(rules, names.new, names.known)
        self.descriptions = Descriptions(self.memory, names, self.groups, on)
        self.pronouns = Pronouns(self.memory, names)
        self.lands: dict[tuple[Field, int], str | None] = {}

    def link(self, mentions: Sequence[Mention], named: dict[int, Entity]) -> list[tuple[Mention, Entity]]:
        """Each mention that could be linked, with its entity. ``mentions`` are in text order."""
        for number, known in named.items():
            self.memory.at[mentions[number].field, mentions[number].head] = known
        self.descriptions.home = self._home(mentions, named)
        for number, known in named.items():
            own = self._own_body(mentions[number], known)
            if own is not None:
                named[number] = own
                self.memory.at[mentions[number].field, mentions[number].head] = own
        out: list[tuple[Mention, Entity]] = []
        for number, mention in enumerate(mentions):
            text = self.memory.texts[mention.field]
            entity: Entity | None
            if number in named:
                entity = named[number]
            elif mention.mention_type is MentionType.PRONOUN:
                entity = self.pronouns.link(mention, text)
            elif mention.mention_type is MentionType.NAME and mention.rule != "name.people":
                entity = None
            else:
                entity = self.descriptions.link(mention, text)
            if entity is None:
                continue
            self.memory.see(entity, mention)
            out.append((mention, entity))
            if number in named or mention.rule == "name.people":
                self._join(mention, text)
        for mention, linked in out:
            self._settle(linked, mention, self.memory.texts[mention.field])
        return out

    def described(self, mention: Mention, text: ParsedText) -> Entity:
        """The entity of a description that was not among the mentions."""
        entity = self.names.again(mention, text) or self.descriptions.link(mention, text)
        self.memory.at[mention.field, mention.head] = entity
        if entity.actor is None:
            self._settle(entity, mention, text)
        return entity

    def _own_body(self, mention: Mention, entity: Entity) -> Entity | None:
        """The body of the article's own country for a bare name that many states' bodies have ("Congress")."""
        text = self.memory.texts[mention.field]
        if entity.entry is None or not self._bare(mention, text):
            return None
        country = self.descriptions.home
        for child in text.children[mention.head]:
            owner = self.memory.at.get((mention.field, child))
            if child < mention.head and owner is not None and owner.kind is ActorKind.STATE:
                country = owner.country  # "Peru's Congress"
        if country in (None, entity.country):
            return None
        assert mention.name is not None
        form = " ".join(text.lower[mention.name[0] : mention.name[1] + 1])
        identity = self.rules.gazetteer.body(country, form)
        return self.names.known(identity) if identity is not None and identity != entity.entry else None

    def _bare(self, mention: Mention, text: ParsedText) -> bool:
        """Whether a name is one that bodies of many states have."""
        if mention.name is None:
            return False
        return " ".join(text.lower[mention.name[0] : mention.name[1] + 1]) in self.rules.words["bare-body"]

    def _join(self, mention: Mention, text: ParsedText) -> None:
        """Let the names joined before and by this one be meant together by a "they" to come."""
        group = self.groups.joined(mention, text, lambda i: self.memory.at.get((mention.field, i)))
        if group is not None:
            self.memory.touch(group, mention, text.head[mention.head])

    def _home(self, mentions: Sequence[Mention], named: dict[int, Entity]) -> str | None:
        """The country the article is about: that of most of its mentions, if it clearly leads."""
        counts: dict[str, int] = {}
        for number, mention in enumerate(mentions):
            if self._bare(mention, self.memory.texts[mention.field]):
                continue
            entity = named.get(number)
            country = entity.country if entity is not None else mention.country
            if country and country not in BODIES and not self._towards(mention):
                counts[country] = counts.get(country, 0) + 1
        if not counts:
            return None
        first = max(counts, key=lambda c: counts[c])
        return first if counts[first] >= _LEAD * sum(counts.values()) else None

    def _towards(self, mention: Mention) -> bool:
        """Whether a mention names whom an act is aimed at ("action against Chad"), which may well be abroad."""
        text, token = self.memory.texts[mention.field], mention.head
        while text.dep[token] in _ATTACHED and text.head[token] > token:
            token = text.head[token]
        if text.dep[token] != "pobj":
            return text.dep[token] == "dobj" and token != mention.head
        return text.lower[text.head[token]] in self.rules.words["towards-preposition"]

    def _settle(self, entity: Entity, mention: Mention, text: ParsedText) -> None:
        """Give a described actor without a country that of its sentence's place, or the article's."""
        if entity.country or entity.entry or entity.members or (entity.names and not entity.roles):
            return
        if any(text.ent[i] in _OWNED for i in range(mention.head + 1, mention.last + 1)):
            return
        if not entity.names and any(
            (other := self.memory.at.get((mention.field, i))) is not None and other is not entity and other.names
            for i in range(mention.first, mention.last + 1)
        ):
            return
        if not entity.names and any(self.rules.has(mention.rule, t) for t in ("country", "state")):
            return  # other countries are not here
        if not entity.names or self._public(entity):
            entity.country = self._local(mention, text) or self.descriptions.home

    def _public(self, entity: Entity) -> bool:
        """Whether a person holds a role that belongs to some country."""
        known = (self.rules.agents.get(r) for r in entity.roles)
        return any(a is not None and a.role and _PUBLIC & set(a.sectors) for a in known)

    def _local(self, mention: Mention, text: ParsedText) -> str | None:
        """Country in which the sentence places things; else the one that leads it; None if there are several."""
        number = text.sent[mention.head]
        key = (mention.field, number)
        if number >= 0 and key not in self.lands:
            self.lands[key] = self._land(mention.field, text, number)
        return self.lands.get(key)

    def _located(self, text: ParsedText, token: int, depth: int) -> bool:
        """Whether a clause, and not only one of its nouns, is placed at a token ("at a camp in Chad")."""
        preposition = text.head[token]
        if text.dep[token] != "pobj" or text.lower[preposition] not in self.rules.words["locative"] or depth > 2:
            return False
        host = text.head[preposition]
        return text.pos[host] in ("VERB", "AUX") or self._located(text, host, depth + 1)

    @staticmethod
    def _leads(text: ParsedText, token: int) -> bool:
        """Whether a token belongs to a subject, or to no clause: what is acted upon may be another country's."""
        for _ in range(6):
            if text.dep[token] in SUBJECTS or text.head[token] == token:
                return True
            token = text.head[token]
            if text.pos[token] in ("VERB", "AUX"):
                return False
        return False

    def _land(self, field: Field, text: ParsedText, number: int) -> str | None:
        sentence = text.sentences[number]
        where: set[str] = set()
        named: set[str] = set()
        for i in range(sentence.first, sentence.last + 1):
            entity = self.memory.at.get((field, i))
            if entity is not None and entity.country and entity.country not in BODIES:
                if entity.kind in _LANDS and self._leads(text, i):
                    named.add(entity.country)
                if self._located(text, i, 0):
                    where.add(entity.country)
        for found in (where, named):
            if len(found) == 1:
                return found.pop()
        return None
