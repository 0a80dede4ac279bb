"""Relative pronouns to entities: by what the pronoun can stand for, not by where the parse hangs its clause.

A parser hangs a relative clause on the nearest noun, which is often a place or body that
only says which people are meant ("doctors in the town, who …"). So "who" and "whom" go
from that noun up to what governs it, until there is a noun for people; where there may be
one that nobody found, they are left unresolved.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.extract.actors.nominals import is_age
from pipeline.parsed import ParsedText
from pipeline.records import ActorKind, Mention
from pipeline.resolve.actors.entities import THINGS, Entity
from pipeline.resolve.actors.memory import SUBJECTS, Memory
from pipeline.rules.actors import Pronoun

_PEOPLE = frozenset({ActorKind.PERSON, ActorKind.GROUP})
_LANDS = frozenset({ActorKind.PLACE, ActorKind.STATE})
_INERT = frozenset({"GPE", "LOC", "FAC", "DATE", "TIME", "MONEY", "PERCENT", "QUANTITY", "EVENT", "LAW", "PRODUCT"})
_AUXILIARY = frozenset({"aux", "auxpass"})
_JOINED = frozenset({"appos", "conj", "compound", "nmod", "poss", "amod"})
_CLAUSE = 5  # steps from the pronoun up to the verb of its clause
_STEPS = 8  # from the noun that the clause hangs on to what governs it


class Relatives:
    """Links the relative pronouns of one article."""

    def __init__(self, memory: Memory) -> None:
        self.memory = memory
        self.rules = memory.rules

    def link(self, mention: Mention, text: ParsedText, pronoun: Pronoun) -> Entity | None:
        """Whom or what a relative pronoun means; None if nothing that it can stand for is told of."""
        head, steps = mention.head, 0
        while text.dep[head] != "relcl" and steps < _CLAUSE:
            head, steps = text.head[head], steps + 1
        noun = text.head[head]
        entity = self.memory.at.get((mention.field, noun))
        if pronoun.gender == "p":
            if text.tag[mention.head] == "WP$" and entity is not None and entity.kind is not ActorKind.PLACE:
                return entity  # a body or state has what is its own
            return self._people(mention, text, noun)
        if pronoun.gender == "n" and entity is not None and entity.kind is ActorKind.PERSON:
            return self._beside(mention, text)
        return entity

    def _people(self, mention: Mention, text: ParsedText, noun: int) -> Entity | None:
        """The people that "who" means: those of the clause's noun, or of the nearest noun that governs it."""
        several = _several(text, mention.head)
        second: Entity | None = None  # a body, or of the wrong number: if there is nobody else
        for token in (*_up(text, noun), *_arguments(text, noun)):
            entity = self.memory.at.get((mention.field, token))
            if entity is None:
                if not self._inert(text, token):
                    return second
            elif entity.kind not in _LANDS:
                several_people = text.tag[token] == "NNS" or text.ent[token] == "NORP"
                personal = entity.kind in _PEOPLE or several_people
                if personal and (several is None or several is (entity.kind is not ActorKind.PERSON)):
                    return entity
                second = second or entity
        return second

    def _inert(self, text: ParsedText, token: int) -> bool:
        """Whether a noun surely names no people, whatever it is."""
        lemma = text.lemma[token].lower()
        if text.ent[token] in _INERT or lemma in self.rules.words["place-noun"]:
            return not is_age(text, token)  # "17-year-olds"
        return self.rules.is_act(lemma) or lemma in self.rules.words["not-an-actor"]

    def _beside(self, mention: Mention, text: ParsedText) -> Entity | None:
        """The body named right before "which" when its clause hangs on a person ("the head of Adoma, which …")."""
        before = mention.head - 1
        while before >= 0 and text.pos[before] in ("ADP", "PUNCT"):
            before -= 1
        entity = self.memory.at.get((mention.field, before))
        return entity if entity is not None and entity.kind in THINGS else None


def _up(text: ParsedText, noun: int) -> Iterator[int]:
    """A noun, and those that govern it through prepositions, participles and apposition, the nearest first."""
    yield noun
    for _ in range(_STEPS):
        parent = text.head[noun]
        if text.dep[noun] == "pobj" or text.dep[noun] == "pcomp":
            while text.pos[parent] == "ADP" and text.head[parent] != parent:
                parent = text.head[parent]
            while text.dep[parent] == "acl":
                parent = text.head[parent]  # "doctors working in the town"
            if text.pos[parent] in ("VERB", "AUX"):
                return
        elif text.dep[noun] not in _JOINED:
            return
        if parent >= noun:
            return
        noun = parent
        yield noun


def _arguments(text: ParsedText, noun: int) -> Iterator[int]:
    """Objects and subject of the verb whose own phrase a noun stands in, the nearest first."""
    verb = noun
    for _ in range(_STEPS):
        if text.pos[verb] in ("VERB", "AUX") or text.dep[verb] in SUBJECTS:
            break
        verb = text.head[verb]
    if text.pos[verb] not in ("VERB", "AUX"):
        return
    wanted = (*SUBJECTS, "dobj", "dative")
    yield from (c for c in sorted(text.children[verb], reverse=True) if c < noun and text.dep[c] in wanted)


def _several(text: ParsedText, pronoun: int) -> bool | None:
    """Whether the verb of which a pronoun is the subject is plural; None where its form does not tell."""
    verb = text.head[pronoun]
    if text.dep[pronoun] not in SUBJECTS:
        return None
    for token in (*(c for c in text.children[verb] if text.dep[c] in _AUXILIARY and c > pronoun), verb):
        if text.tag[token] == "VBZ" or text.lower[token] == "was":
            return False
        if text.tag[token] == "VBP" or text.lower[token] == "were":
            return True
        if text.tag[token] == "MD":
            return None
    return None
