"""Descriptions and pronouns to entities, in text order, by role, number, gender and salience.

The preferences are the usual ones of rule-based coreference: a pronoun goes to the
nearest sentence first, there to the subject first (Hobbs 1978; centering: Grosz, Joshi
and Weinstein 1995), and never to another argument of its own verb.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Field, Mention, MentionType
from pipeline.resolve.actors.entities import THINGS, Entity
from pipeline.resolve.actors.groups import Groups
from pipeline.resolve.actors.likeness import can_be, likeness
from pipeline.resolve.actors.names import NameLinker
from pipeline.rules.actors import ActorRules
from pipeline.rules.gazetteer import BODIES

_SUBJECTS = frozenset({"nsubj", "nsubjpass"})
_OBJECTS = frozenset({"dobj", "dative", "pobj"})
_BODY_RULES = frozenset({"agent.government-body"})
_PUBLIC = frozenset({"GOV", "COP", "MIL", "JUD", "LEG"})
_BETWEEN = frozenset({"compound", "amod", "punct", "appos", "nmod"})
_LANDS = frozenset({ActorKind.STATE, ActorKind.GOVERNMENT, ActorKind.PLACE})
_MEMORY = 200  # entities looked back at
_LONG = 400  # tokens of a sentence that are searched for its speaker
_REACH = 6  # sentences a pronoun reaches back
_LEAD = 0.6
_QUOTES = '"“”„«»'


class Linker:
    """Links the descriptions and pronouns of one article."""

    def __init__(self, rules: ActorRules, on: date | None, texts: Sequence[ParsedText], names: NameLinker) -> None:
        self.rules = rules
        self.on = on
        self.names = names
        self.texts = {text.field: text for text in texts}
        self.sentence_base: dict[Field, int] = {}
        self.token_base: dict[Field, int] = {}
        sentences = tokens = 0
        for text in texts:
            self.sentence_base[text.field], self.token_base[text.field] = sentences, tokens
            sentences += len(text.sentences)
            tokens += len(text)
        self.at: dict[tuple[Field, int], Entity] = {}
        self.phrases: dict[tuple[ActorKind, str], Entity] = {}
        self.recent: dict[int, Entity] = {}
        self.home: str | None = None
        self.lands: dict[tuple[Field, int], str | None] = {}
        self.quoted: dict[Field, list[bool]] = {}
        self.groups = Groups(rules, names.new, names.known)

    def link(self, mentions: Sequence[Mention], named: dict[int, Entity]) -> list[tuple[Mention, Entity]]:
        """Each mention that could be linked, with its entity. ``mentions`` are in text order."""
        for number, known in named.items():
            self.at[mentions[number].field, mentions[number].head] = known
        self.home = self._home(mentions, named)
        out: list[tuple[Mention, Entity]] = []
        for number, mention in enumerate(mentions):
            text = self.texts[mention.field]
            entity: Entity | None
            if number in named:
                entity = named[number]
            elif mention.mention_type is MentionType.PRONOUN:
                entity = self._pronoun(mention, text)
            elif mention.mention_type is MentionType.NAME and mention.rule != "name.people":
                entity = None
            else:
                entity = self._description(mention, text)
            if entity is None:
                continue
            self._see(entity, mention, text)
            out.append((mention, entity))
            if number in named:
                self._join(mention, text)
        for mention, linked in out:
            self._settle(linked, mention, self.texts[mention.field])
        return out

    def _join(self, mention: Mention, text: ParsedText) -> None:
        """Let the names joined before and by this one be meant together by a "they" to come."""
        group = self.groups.joined(mention, text, lambda i: self.at.get((mention.field, i)))
        if group is not None:
            first = text.head[mention.head]
            group.seen(
                self.sentence_base[mention.field] + max(text.sent[mention.head], 0),
                self.token_base[mention.field] + mention.head,
                _subject_rank(text, first),
            )
            self._latest(group)

    def described(self, mention: Mention, text: ParsedText) -> Entity:
        """The entity of a description that was not among the mentions."""
        entity = self._description(mention, text)
        self.at[mention.field, mention.head] = entity
        if entity.actor is None:
            self._settle(entity, mention, text)
        return entity

    # ------------------------------------------------------------ bookkeeping

    def _latest(self, entity: Entity) -> None:
        """Move an entity to the end of those told of."""
        self.recent.pop(id(entity), None)
        self.recent[id(entity)] = entity

    def _see(self, entity: Entity, mention: Mention, text: ParsedText) -> None:
        self.at.setdefault((mention.field, mention.head), entity)
        sentence = self.sentence_base[mention.field] + max(text.sent[mention.head], 0)
        token = self.token_base[mention.field] + mention.head
        entity.seen(sentence, token, _subject_rank(text, mention.head))
        self._latest(entity)
        if text.dep[mention.head] in _SUBJECTS:
            verb = text.head[mention.head]
            if text.lemma[verb] in self.rules.words["speech-verb"]:
                entity.spoke = sentence

    def _home(self, mentions: Sequence[Mention], named: dict[int, Entity]) -> str | None:
        """The country the article is about: that of most of its mentions, if it clearly leads."""
        counts: dict[str, int] = {}
        for number, mention in enumerate(mentions):
            entity = named.get(number)
            country = entity.country if entity is not None else mention.country
            if country and country not in BODIES:
                counts[country] = counts.get(country, 0) + 1
        if not counts:
            return None
        first = max(counts, key=lambda c: counts[c])
        return first if counts[first] >= _LEAD * sum(counts.values()) else None

    def _settle(self, entity: Entity, mention: Mention, text: ParsedText) -> None:
        """Give a described actor without a country that of its sentence's place, or the article's."""
        if entity.country or entity.entry or entity.members or (entity.names and not entity.roles):
            return
        if not entity.names and any(
            (other := self.at.get((mention.field, i))) is not None and other is not entity and other.names
            for i in range(mention.first, mention.last + 1)
        ):
            return
        if not entity.names or self._public(entity):
            entity.country = self._local(mention, text) or self.home

    def _public(self, entity: Entity) -> bool:
        """Whether a person holds a role that belongs to some country."""
        known = (self.rules.agents.get(r) for r in entity.roles)
        return any(a is not None and a.role and _PUBLIC & set(a.sectors) for a in known)

    def _local(self, mention: Mention, text: ParsedText) -> str | None:
        """Country in which the sentence places things; else the one country it names; None if there are several."""
        number = text.sent[mention.head]
        key = (mention.field, number)
        if number >= 0 and key not in self.lands:
            self.lands[key] = self._land(mention.field, text, number)
        return self.lands.get(key)

    def _land(self, field: Field, text: ParsedText, number: int) -> str | None:
        sentence = text.sentences[number]
        where: set[str] = set()
        named: set[str] = set()
        for i in range(sentence.first, sentence.last + 1):
            entity = self.at.get((field, i))
            if entity is not None and entity.country and entity.country not in BODIES:
                if entity.kind in _LANDS:
                    named.add(entity.country)
                if text.dep[i] == "pobj" and text.lower[text.head[i]] in self.rules.words["locative"]:
                    where.add(entity.country)
        for found in (where, named):
            if len(found) == 1:
                return found.pop()
        return None

    # ----------------------------------------------------------- descriptions

    def _description(self, mention: Mention, text: ParsedText) -> Entity:
        entity = (
            self._apposition(mention, text)
            or self._predicate(mention, text)
            or self._named_by(mention, text)
            or self._government(mention)
            or self.groups.counted(mention, text, islice(reversed(self.recent.values()), _MEMORY))
            or self.groups.split(mention, text, lambda form, country: self._part(mention, text, form, country))
            or (self._antecedent(mention, text) if self._definite(mention, text) else None)
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
        if entity is None or (mention.plural is False and not self._definite(mention, text)):
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

    def _definite(self, mention: Mention, text: ParsedText) -> bool:
        return mention.definite

    def _apposition(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The entity of the noun phrase that stands beside it ("Ann Lee, the mayor of X")."""
        head = mention.head
        beside = [text.head[head]] if text.dep[head] == "appos" else []
        beside += [c for c in text.children[head] if text.dep[c] == "appos"]
        for i in beside:
            entity = self.at.get((mention.field, i))
            if entity is not None and can_be(entity, mention):
                return entity
        return None

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
                entity = self.at.get((mention.field, child))
                if entity is not None and entity.kind is ActorKind.PERSON and can_be(entity, mention):
                    return entity
        return None

    def _government(self, mention: Mention) -> Entity | None:
        """The government of a country for "the Russian government", "the Obama administration"."""
        if mention.rule not in _BODY_RULES:
            return self._body(mention)
        country = mention.country
        if country is None and mention.definite and set(mention.roles) & self.rules.words["own-government"]:
            country = self.home
        identity = f"gov:{country}"
        return self.names.known(identity) if identity in self.rules.gazetteer.entries else None

    def _body(self, mention: Mention) -> Entity | None:
        """The army, parliament or ministry of a country ("the Russian defence ministry")."""
        if mention.kind is not ActorKind.GOVERNMENT or not mention.country or not mention.roles:
            return None
        if mention.plural and mention.rule != "agent.police-body":
            return None
        identity = self.rules.gazetteer.body(mention.country, mention.roles[0])
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
                entity = self.at.get((mention.field, child))
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
        now = self.sentence_base[mention.field] + max(text.sent[mention.head], 0)
        for entity in islice(reversed(self.recent.values()), _MEMORY):
            if not can_be(entity, mention):
                continue
            score = likeness(self.rules, entity, mention, role)
            if score <= 0:
                continue
            distance = now - entity.sentence
            if score < 2 and distance > _REACH:
                continue
            key = (score - 0.1 * min(distance, 15), entity.token, entity)
            if best is None or key[:2] > best[:2]:
                best = key
        if best is not None:
            return best[2]
        if agent is not None and agent.role:
            for entity in self.names.entities:
                unseen = entity.count == 0 and entity.kind is ActorKind.PERSON
                if unseen and role in entity.roles and can_be(entity, mention):
                    return entity
        return None

    def _holder(self, mention: Mention, text: ParsedText) -> Entity | None:
        """Who held the office in the country on the article's date ("the Russian president")."""
        if mention.plural or mention.kind is not ActorKind.PERSON or not mention.roles:
            return None
        if text.lower[mention.first] in ("a", "an", "another"):
            return None
        if any(text.lower[i] in self.rules.words["not-incumbent"] for i in range(mention.first, mention.head)):
            return None
        country = mention.country or (self.home if mention.definite else None)
        if not country:
            return None
        person = self.rules.gazetteer.holder(country, mention.roles[0], self.on)
        return self.names.known(person) if person else None

    def _phrase(self, mention: Mention, text: ParsedText) -> str:
        """The description as a name: without determiner, its possessive pronoun put into words."""
        first, last = mention.first, mention.last
        owner = ""
        determiners = self.rules.words["determiner"]
        while first < mention.head and (text.lower[first] in determiners or text.word[first] in "\"“‘'"):
            entity = self.at.get((mention.field, first)) if text.tag[first] in ("PRP$", "WP$") else None
            if entity is not None:
                name = entity.name(self.rules)
                owner = f"{name}'" if name.endswith("s") else f"{name}'s"
            first += 1
        while first < mention.head and text.lower[first] in self.rules.words["quantifier"]:
            first += 1
        words = " ".join(text.span(first, last).of(text.text).split())
        return f"{owner} {words}".strip()

    # ---------------------------------------------------------------- pronouns

    def _pronoun(self, mention: Mention, text: ParsedText) -> Entity | None:
        pronoun = self.rules.pronouns[text.lower[mention.head]]
        if pronoun.type == "relative":
            return self._relative(mention, text)
        if pronoun.person == 2:
            return None
        if pronoun.person == 1:
            return self._first_person(mention, text, pronoun.number == "many")
        if pronoun.type == "reflexive":
            subject = self._subject_of(mention, text)
            if subject is not None:
                return subject
        return self._third_person(mention, text, pronoun.type == "possessive")

    def _relative(self, mention: Mention, text: ParsedText) -> Entity | None:
        verb, steps = text.head[mention.head], 0
        while text.dep[verb] != "relcl" and steps < 4:
            verb, steps = text.head[verb], steps + 1
        entity = self.at.get((mention.field, text.head[verb]))
        if entity is not None and entity.kind is ActorKind.PERSON and text.lower[mention.head] == "which":
            return None
        return entity

    def _subject_of(self, mention: Mention, text: ParsedText) -> Entity | None:
        verb, steps = text.head[mention.head], 0
        while steps < 5:
            for child in text.children[verb]:
                if text.dep[child] in _SUBJECTS and child != mention.head:
                    entity = self.at.get((mention.field, child))
                    if entity is not None:
                        return entity
            if text.head[verb] == verb:
                return None
            verb, steps = text.head[verb], steps + 1
        return None

    def _first_person(self, mention: Mention, text: ParsedText, several: bool) -> Entity | None:
        """Who says "I" or "we": the subject of the nearest speech verb outside the quotation."""
        number = text.sent[mention.head]
        if number < 0:
            return None
        for s in (number, number + 1, number - 1, number - 2):
            if not 0 <= s < len(text.sentences) or (
                text.sentences[s].block != text.sentences[number].block and s > number
            ):
                continue
            speaker = self._speaker(text, s)
            if speaker is not None:
                if several and speaker.kind is ActorKind.PERSON:
                    return self._own_government(speaker)
                if not several and speaker.kind is not ActorKind.PERSON:
                    return None
                return speaker
        return None

    def _own_government(self, speaker: Entity) -> Entity | None:
        """For whom somebody who leads a government says "we"."""
        if "GOV" in speaker.sectors and speaker.roles & self.rules.words["speaks-for-state"]:
            identity = f"gov:{speaker.country}"
            if identity in self.rules.gazetteer.entries:
                return self.names.known(identity)
        return None

    def _speaker(self, text: ParsedText, number: int) -> Entity | None:
        sentence = text.sentences[number]
        inside = self._quoted(text)
        speech = self.rules.words["speech-verb"]
        for i in range(sentence.first, min(sentence.last + 1, sentence.first + _LONG)):
            if text.pos[i] == "VERB" and text.lemma[i] in speech and not inside[i]:
                for child in text.children[i]:
                    if text.dep[child] == "nsubj" and not inside[child]:
                        entity = self.at.get((text.field, child))
                        if entity is not None:
                            return entity
        return None

    def _quoted(self, text: ParsedText) -> list[bool]:
        """For each token whether it stands within quotation marks; marks close at a paragraph's end."""
        found = self.quoted.get(text.field)
        if found is None:
            found = [False] * len(text)
            on = False
            for i, word in enumerate(text.word):
                if word[0] in _QUOTES or word in ("``", "''"):
                    on = word not in ("”", "''", "»") and (word in ("“", "``", "«", "„") or not on)
                elif word.isspace() and "\n" in word:
                    on = False
                else:
                    found[i] = on
            self.quoted[text.field] = found
        return found

    def _third_person(self, mention: Mention, text: ParsedText, possessive: bool) -> Entity | None:
        sentence = self.sentence_base[mention.field] + max(text.sent[mention.head], 0)
        rivals = set() if possessive else self._coarguments(mention, text)
        above = self._subjects_above(mention, text)
        best: tuple[float, int, Entity] | None = None
        outer_speaker = (
            text.dep[mention.head] in _SUBJECTS
            and text.lemma[text.head[mention.head]] in self.rules.words["speech-verb"]
        )
        for entity in islice(reversed(self.recent.values()), _MEMORY):
            distance = sentence - entity.sentence
            if distance > _REACH:
                break
            if id(entity) in rivals:
                continue
            fit = self._fits(entity, mention)
            if fit <= 0:
                continue
            score = fit - distance
            score += 0.45 * entity.subject
            if id(entity) in above:
                score += above[id(entity)]
            if entity.names or entity.entry:
                score += 0.3
            score += 0.06 * min(entity.count, 8)
            if outer_speaker and 0 <= sentence - entity.spoke <= 2:
                score += 0.8
            key = (score, entity.token, entity)
            if best is None or key[:2] > best[:2]:
                best = key
        return best[2] if best is not None else None

    def _subjects_above(self, mention: Mention, text: ParsedText) -> dict[int, float]:
        """Subjects of the clauses around a pronoun, by entity: the nearest weighs most."""
        out: dict[int, float] = {}
        verb, weight = text.head[mention.head], 0.9
        for _ in range(8):
            for child in text.children[verb]:
                if text.dep[child] in _SUBJECTS and child != mention.head:
                    entity = self.at.get((mention.field, child))
                    if entity is not None and id(entity) not in out:
                        out[id(entity)] = weight
                        weight /= 2
            if text.head[verb] == verb:
                break
            verb = text.head[verb]
        return out

    def _fits(self, entity: Entity, mention: Mention) -> float:
        """How well an entity's kind, number and gender suit a pronoun; 0 not at all."""
        if mention.gender in ("m", "f"):
            if entity.kind is not ActorKind.PERSON or entity.plural:
                return 0.0
            if entity.gender is None:
                return 1.0
            return 1.5 if entity.gender == mention.gender else 0.0
        if mention.gender == "n":
            if entity.kind not in THINGS or entity.plural:
                return 0.0
            return 1.0
        if entity.plural or entity.kind is ActorKind.GROUP:
            return 1.5
        if entity.kind in (ActorKind.ORGANISATION, ActorKind.ARMED_GROUP, ActorKind.GOVERNMENT):
            return 0.8
        return 0.0

    def _coarguments(self, mention: Mention, text: ParsedText) -> set[int]:
        """Entities that fill another place of the pronoun's own verb."""
        head = mention.head
        verb = text.head[head]
        if text.dep[head] == "pobj":
            verb = text.head[verb]
        out: set[int] = set()
        if text.pos[verb] not in ("VERB", "AUX"):
            return out
        for child in text.children[verb]:
            if child != head and text.dep[child] in (*_SUBJECTS, *_OBJECTS):
                entity = self.at.get((mention.field, child))
                if entity is not None:
                    out.add(id(entity))
        return out


def _subject_rank(text: ParsedText, token: int) -> int:
    """2 for the subject of a sentence's main clause, 1 for that of another, 0 for what is no subject."""
    if text.dep[token] not in _SUBJECTS:
        return 0
    return 2 if text.dep[text.head[token]] == "ROOT" else 1
