"""Descriptions to entities: apposition, role, office and likeness; else a new entity."""

from __future__ import annotations

from datetime import date

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Mention
from pipeline.resolve.actors.counted import Counted
from pipeline.resolve.actors.entities import THINGS, Entity
from pipeline.resolve.actors.groups import Groups
from pipeline.resolve.actors.likeness import can_be, likeness
from pipeline.resolve.actors.memory import Memory
from pipeline.resolve.actors.names import NameLinker

_OWNERS = frozenset({"his", "her"})
_PAST = ("former ", "ex-")
_BETWEEN = frozenset({"compound", "amod", "punct", "appos", "nmod", "npadvmod"})
_NEAR = 2  # sentences in which another country told of is the one that "the country" means
_REACH = 6  # sentences that a weak likeness reaches back
_AGE = 4  # tokens from "old" back to the number in "44-year-old"
_AGES = 400  # tokens in which an age is sought


class Descriptions:
    """Links the descriptions of one article. ``home`` is the country it is about, if one leads."""

    def __init__(self, memory: Memory, names: NameLinker, groups: Groups, on: date | None) -> None:
        self.memory = memory
        self.rules = memory.rules
        self.names = names
        self.groups = groups
        self.counted = Counted(memory, groups)
        self.on = on
        self.home: str | None = None
        self.phrases: dict[tuple[ActorKind, str], Entity] = {}

    def link(self, mention: Mention, text: ParsedText) -> Entity:
        """Whom a description means: somebody told of before, a known holder or body, or somebody new."""
        entity = (
            self._apposition(mention, text)
            or self._predicate(mention, text)
            or self._named_by(mention, text)
            or self._government(mention)
            or self.counted.link(mention, text)
            or self.groups.split(mention, text, lambda form, country: self._part(mention, text, form, country))
            or (self._antecedent(mention, text) if mention.definite and not self._other(mention, text) else None)
            or self._compatriot(mention, text)
            or self._aged(mention, text)
            or self._holder(mention, text)
        )
        if entity is not None:
            if not entity.phrase and mention.country and entity.entry and not entity.names:
                entity.phrase = self._phrase(mention, text)
            entity.learn(
                mention.country,
                mention.sectors if entity.kind is ActorKind.PERSON else (),
                mention.gender,
                mention.roles if entity.kind is not ActorKind.STATE else (),
            )
            return entity
        phrase = self._phrase(mention, text)
        kind = mention.kind or ActorKind.GROUP
        key = (kind, phrase.lower())
        entity = self.phrases.get(key)
        if entity is None or (mention.plural is False and not mention.definite):
            entity = self.names.new(kind)
            entity.phrase = phrase
            entity.plural = mention.plural
            self.phrases[key] = entity
        entity.learn(mention.country, mention.sectors, mention.gender, mention.roles)
        return entity

    def _part(self, mention: Mention, text: ParsedText, form: str, country: str) -> Entity:
        """The part of "US and Russian officials" that belongs to one country."""
        phrase = f"{form} {text.word[mention.head]}"
        kind = mention.kind or ActorKind.GROUP
        entity = self.phrases.get((kind, phrase.lower()))
        if entity is None:
            entity = self.phrases[kind, phrase.lower()] = self.names.new(kind)
            entity.phrase, entity.plural = phrase, True
        entity.learn(country, mention.sectors, None, mention.roles)
        return entity

    def _apposition(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The entity of the noun phrase that stands beside it ("Ann Lee, the mayor of X")."""
        head = mention.head
        beside = [text.head[head]] if text.dep[head] == "appos" else []
        beside += [c for c in text.children[head] if text.dep[c] == "appos"]
        for i in beside:
            entity = self.memory.at.get((mention.field, i))
            if entity is not None and (can_be(entity, mention) or self._does(entity, mention)):
                return entity
        return None

    def _does(self, entity: Entity, mention: Mention) -> bool:
        """Whether a word for a firm says what a person does ("Ann Lee, a property developer")."""
        if entity.kind is not ActorKind.PERSON or mention.plural:
            return False
        return bool(set(mention.roles) & self.rules.words["firm-or-person"])

    def _predicate(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The named subject of which the description is said ("Lee is the mayor", "Lee became mayor")."""
        head = mention.head
        if text.dep[head] != "attr":
            return None
        verb = text.head[head]
        if any(text.dep[c] == "neg" for c in text.children[verb]):
            return None
        for child in text.children[verb]:
            if text.dep[child] == "nsubj" and child < head:
                entity = self.memory.at.get((mention.field, child))
                if entity is not None and entity.kind is ActorKind.PERSON and can_be(entity, mention):
                    return entity
        return None

    def _government(self, mention: Mention) -> Entity | None:
        """The government of a country for "the Russian government", "the Obama administration"."""
        if not self.rules.has(mention.rule, "government"):
            return self._own_country(mention) or self._body(mention)
        country = mention.country
        if country is None and mention.definite and set(mention.roles) & self.rules.words["own-government"]:
            country = self.home
        identity = f"gov:{country}"
        return self.names.known(identity) if identity in self.rules.gazetteer.entries else None

    def _own_country(self, mention: Mention) -> Entity | None:
        """The country the article is about, for "the country" when no other was told of."""
        if not self.rules.has(mention.rule, "country") or not mention.definite or mention.plural or mention.country:
            return None
        if mention.roles[0] not in self.rules.words["own-country"]:
            return None
        now = self.memory.sentence(mention)
        for entity in self.memory.back():
            if now - entity.sentence > _NEAR:
                break
            if entity.kind is ActorKind.STATE:
                if entity.country != self.home:
                    return None
                break
        identity = f"state:{self.home}"
        return self.names.known(identity) if identity in self.rules.gazetteer.entries else None

    def _body(self, mention: Mention) -> Entity | None:
        """The army, parliament or ministry of a country ("the Russian defence ministry")."""
        country = mention.country or (self.home if mention.definite else None)
        if mention.kind is not ActorKind.GOVERNMENT or not country or not mention.roles:
            return None
        if mention.plural and not self.rules.has(mention.rule, "body"):
            return None
        identity = self.rules.gazetteer.body(country, mention.roles[0])
        return self.names.known(identity) if identity else None

    def _named_by(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The body whose name stands right before the noun that says what it is ("the Interfax news agency")."""
        if (
            mention.kind not in THINGS
            or mention.plural
            or not set(mention.roles[-1:]) & self.rules.words["naming-noun"]
        ):
            return None
        for child in text.children[mention.head]:
            if text.dep[child] in ("compound", "nmod") and child < mention.head:
                entity = self.memory.at.get((mention.field, child))
                if entity is not None and entity.kind in (ActorKind.ORGANISATION, ActorKind.ARMED_GROUP):
                    after = child + 1
                    if all(text.dep[i] in _BETWEEN for i in range(after, mention.head)):
                        return entity
        return None

    def _antecedent(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The latest entity that a definite description can point back at."""
        if not mention.roles:
            return None
        role = mention.roles[0]
        agent = self.rules.agents.get(role)
        best: tuple[float, int, Entity] | None = None
        now = self.memory.sentence(mention)
        owned = mention.kind in THINGS and text.lower[mention.first] in _OWNERS
        past = self._not_incumbent(mention, text) or role.startswith(_PAST)
        role = role.removeprefix("ex-")
        number = self.counted.number(mention, text)
        for entity in self.memory.back():
            if not can_be(entity, mention) or (number and entity.members and len(entity.members) != number):
                continue
            score = likeness(self.rules, entity, mention, role)
            if score <= 0 and past and self._held(entity, role):
                score = 1.5
            if score <= 0:
                continue
            distance = entity.ago(now)
            if (
                distance is None
                or (past and self._holds(entity, role))
                or self._called_otherwise(entity, mention, text)
            ):
                continue
            if owned and score < 2:
                continue  # "his firm" is not whatever firm was told of last
            if score < 2 and distance > _REACH:
                continue
            key = (score - 0.1 * min(distance, 15), entity.token, entity)
            if best is None or key[:2] > best[:2]:
                best = key
        if best is not None:
            return best[2]
        if agent is not None and agent.role and not past:
            for entity in self.names.entities:
                unseen = entity.count == 0 and entity.kind is ActorKind.PERSON
                if unseen and role in entity.roles and can_be(entity, mention):
                    return entity
        return None

    def _compatriot(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The person of that country told of last, for "the Latvian"."""
        alone = mention.rule == "name.people" and mention.first == mention.last == mention.head > 0
        if not alone or mention.kind is not ActorKind.PERSON or text.lower[mention.head - 1] != "the":
            return None
        now = self.memory.sentence(mention)
        near: list[Entity] = []
        for entity in self.memory.back():
            distance = entity.ago(now)
            if distance is None or distance > _REACH or entity.kind is not ActorKind.PERSON or not entity.names:
                continue
            if entity.country == mention.country is not None:
                return entity
            if distance <= _NEAR:
                near.append(entity)
        return near[0] if len(near) == 1 and near[0].country is None else None  # the only one told of

    def _aged(self, mention: Mention, text: ParsedText) -> Entity | None:
        """Whom "the 44-year-old" means: the person with that age beside the name, else who was told of last."""
        at = self._age(mention, text)
        if at is None or not mention.definite or mention.plural:
            return None
        age = text.lower[at]
        for i in range(mention.first - 1, max(mention.first - _AGES, 1), -1):
            if text.lower[i] == age and text.word[i - 1] == ",":
                told = self.memory.at.get((mention.field, i - 2)) or self.memory.at.get((mention.field, text.head[i]))
                if told is not None and told.kind is ActorKind.PERSON:
                    return told
        now, best = self.memory.sentence(mention), None
        for entity in self.memory.back():
            distance = entity.ago(now)
            if distance is not None and distance <= _NEAR and entity.kind is ActorKind.PERSON and entity.names:
                key = (-distance, entity.subject, entity.token)
                if best is None or key > best[0]:
                    best = (key, entity)
        return best[1] if best is not None else None

    @staticmethod
    def _age(mention: Mention, text: ParsedText) -> int | None:
        """The number in "the 44-year-old" and "the 44-year-old builder"."""
        if mention.kind is not ActorKind.PERSON:
            return None
        for i in range(mention.first + _AGE, mention.head + 1):
            if text.lower[i] == "old" and text.lower[i - 2] == "year":
                return i - _AGE
        return None

    def _holder(self, mention: Mention, text: ParsedText) -> Entity | None:
        """Who held the office in the country on the article's date ("the Russian president")."""
        if mention.plural or mention.kind is not ActorKind.PERSON or not mention.roles:
            return None
        if text.lower[mention.first] in self.rules.words["indefinite"]:
            return None
        if self._not_incumbent(mention, text):
            return None
        country = mention.country or (self.home if mention.definite else None)
        if not country:
            return None
        person = self.rules.gazetteer.holder(country, mention.roles[0], self.on)
        return self.names.known(person) if person else None

    def _not_incumbent(self, mention: Mention, text: ParsedText) -> bool:
        """Whether a description says that its bearer does not hold the office now ("the former president")."""
        return any(text.lower[i] in self.rules.words["not-incumbent"] for i in range(mention.first, mention.head))

    def _other(self, mention: Mention, text: ParsedText) -> bool:
        """Whether a description says that it means somebody else than those told of ("the other groups")."""
        return any(text.lower[i] in self.rules.words["other-than"] for i in range(mention.first, mention.head))

    def _held(self, entity: Entity, role: str) -> bool:
        """Whether somebody known has left an office of that name by the article's day ("the former president")."""
        if entity.entry is None or self.on is None:
            return False
        gazetteer = self.rules.gazetteer
        plain = role.removeprefix("former ").removeprefix("ex-")
        return any(
            term.period.until is not None
            and term.period.until < self.on
            and plain in gazetteer.offices[term.office].roles
            for term in gazetteer.terms.get(entity.entry, ())
        )

    def _called_otherwise(self, entity: Entity, mention: Mention, text: ParsedText) -> bool:
        """Whether capitals in both descriptions tell them apart ("the Aldo executives", "the Berg executives")."""
        if entity.entry is not None or entity.names or not entity.phrase:
            return False
        known = {word for word in entity.phrase.split()[:-1] if word[0].isupper()}
        said = {text.word[i] for i in range(mention.first + 1, mention.head) if text.word[i][0].isupper()}
        if said and not known:
            return len(entity.phrase.split()) > 1  # "a military campaign", "the Adoma campaign"
        return bool(said) and not known & said

    def _holds(self, entity: Entity, role: str) -> bool:
        """Whether somebody known holds an office of that name on the article's day."""
        if entity.entry is None or self.on is None:
            return False
        terms = self.rules.gazetteer.in_office(entity.entry, self.on)
        return any(role in self.rules.gazetteer.offices[t.office].roles for t in terms)

    def _phrase(self, mention: Mention, text: ParsedText) -> str:
        """The description as a name: without determiner, its possessive pronoun put into words."""
        first, last = mention.first, mention.last
        owner = ""
        determiners = self.rules.words["determiner"]
        while first < mention.head and (text.lower[first] in determiners or text.word[first] in "\"“‘'"):
            entity = self.memory.at.get((mention.field, first)) if text.tag[first] in ("PRP$", "WP$") else None
            if entity is not None:
                adjective = self.rules.gazetteer.adjectives.get(entity.country or "")
                if adjective and entity.kind in (ActorKind.STATE, ActorKind.GOVERNMENT):
                    owner = adjective
                    first += 1
                    continue
                name = entity.name(self.rules)
                owner = f"{name}'" if name.endswith("s") else f"{name}'s"
            first += 1
        quantifiers = self.rules.words["quantifier"]
        while first < mention.head and (
            text.lower[first] in quantifiers or (first and text.lower[first - 1] == "as" == text.lower[first + 1])
        ):
            first += 1  # "as many as 40 rebels"
        words = " ".join(text.span(first, last).of(text.text).split())
        if text.tag[mention.head] == "CD" and first == last and mention.plural:
            words = f"{words} people"  # "82 were killed"
        return f"{owner} {words}".strip()
