"""Pronouns to entities, by number, gender and salience.

The preferences are the usual ones of rule-based coreference: a pronoun goes to the
nearest sentence first, there to the subject first (Hobbs 1978; centering: Grosz, Joshi
and Weinstein 1995), and never to another argument of its own verb.
"""

from __future__ import annotations

from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Field, Mention
from pipeline.resolve.actors.entities import THINGS, Entity
from pipeline.resolve.actors.memory import SUBJECTS, Memory
from pipeline.resolve.actors.names import NameLinker
from pipeline.resolve.actors.relatives import Relatives

_OBJECTS = frozenset({"dobj", "dative", "pobj"})
_LONG = 400  # tokens of a sentence that are searched for its speaker
_REACH = 6  # sentences a pronoun reaches back
_QUOTES = '"“”„«»'


class Pronouns:
    """Links the pronouns of one article."""

    def __init__(self, memory: Memory, names: NameLinker) -> None:
        self.memory = memory
        self.rules = memory.rules
        self.names = names
        self.relatives = Relatives(memory)
        self.quoted: dict[Field, list[bool]] = {}

    def link(self, mention: Mention, text: ParsedText) -> Entity | None:
        """Whom a pronoun means; None if nobody fits."""
        pronoun = self.rules.pronouns[text.lower[mention.head]]
        if pronoun.type == "relative":
            return self.relatives.link(mention, text, pronoun)
        if pronoun.person == 2:
            return None
        if pronoun.person == 1:
            return self._first_person(mention, text, pronoun.number == "many")
        if pronoun.type == "reflexive":
            subject = self._subject_of(mention, text)
            if subject is not None:
                return subject
        return self._third_person(mention, text, pronoun.type == "possessive")

    def _subject_of(self, mention: Mention, text: ParsedText) -> Entity | None:
        verb, steps = text.head[mention.head], 0
        while steps < 5:
            for child in text.children[verb]:
                if text.dep[child] in SUBJECTS and child != mention.head:
                    entity = self.memory.at.get((mention.field, child))
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
                        entity = self.memory.at.get((text.field, child))
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

    def _same_owner(self, mention: Mention, text: ParsedText) -> Entity | None:
        """Whose the thing is that a possessive's own is joined to ("Lee's record and his views")."""
        thing = text.head[mention.head]
        if text.dep[mention.head] != "poss" or text.dep[thing] != "conj":
            return None
        for child in text.children[text.head[thing]]:
            if text.dep[child] == "poss":
                entity = self.memory.at.get((mention.field, child))
                if entity is not None and self._fits(entity, mention) > 0:
                    return entity
        return None

    def _third_person(self, mention: Mention, text: ParsedText, possessive: bool) -> Entity | None:
        owner = self._same_owner(mention, text) if possessive else None
        if owner is not None:
            return owner
        sentence = self.memory.sentence(mention)
        rivals = set() if possessive else self._coarguments(mention, text)
        above = self._subjects_above(mention, text)
        best: tuple[float, int, Entity] | None = None
        outer_speaker = (
            text.dep[mention.head] in SUBJECTS
            and text.lemma[text.head[mention.head]] in self.rules.words["speech-verb"]
        )
        for entity in self.memory.back():
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
                if text.dep[child] in SUBJECTS and child != mention.head:
                    entity = self.memory.at.get((mention.field, child))
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
        wanted: tuple[str, ...] = (*SUBJECTS, *_OBJECTS)
        for _ in range(3):
            found = set()
            for child in text.children[verb]:
                if child != head and text.dep[child] in wanted:
                    found.add(text.dep[child])
                    entity = self.memory.at.get((mention.field, child))
                    if entity is not None:
                        out.add(id(entity))
            if text.dep[verb] != "conj" or found & SUBJECTS or text.dep[head] in SUBJECTS:
                break
            # "Lee called Kim a liar and blamed him": the first verb's subject is the second's, too
            verb, wanted = text.head[verb], tuple(SUBJECTS)
        return out
