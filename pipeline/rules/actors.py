"""What the program knows about actors: the gazetteer, nouns for those who act, titles, pronouns.

Everything is read from ``models/actors/``; see ``pipeline.rules.gazetteer`` for the
tables of names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import RuleError
from pipeline.records import ActorKind
from pipeline.rules.gazetteer import SECTORS, Entry, Gazetteer, How, Sense, load_gazetteer
from pipeline.rules.provenance import sources_of
from pipeline.rules.source import Item, read

if TYPE_CHECKING:
    from spacy.lang.en import English
    from spacy.matcher import PhraseMatcher

_AGENT_KEYS = frozenset(
    {"nouns", "kind", "plural_kind", "plural", "sectors", "gender", "role", "note", "source", "examples"}
    | {"counterexamples", "off", "only_plural", "traits"}
)
# what resolution asks of a rule: government (stands for that of its country), body (one, even in the plural), country,
# state (several of them are states), peer (bearers of its nouns go by each other's), company and press (any such
# organisation may be so described)
TRAITS = frozenset({"government", "body", "country", "state", "peer", "company", "press", "armed"})
_PRONOUN_KEYS = frozenset({"forms", "person", "number", "gender", "type", "note", "source", "examples", "off"})
_TITLE_KEYS = frozenset({"forms", "gender", "sectors", "note", "source", "examples", "off"})
_WORD_KEYS = frozenset({"words", "note", "source", "off"})
_MODIFIER_KEYS = frozenset({"words", "sectors", "kind", "note", "source", "examples", "off"})
_FIRST_NAME_KEYS = frozenset({"id", "gender", "source", "off"})
_PLACE_KEYS = frozenset({"id", "name", "country", "aliases", "source", "off"})


@dataclass(frozen=True, slots=True)
class Agent:
    """A noun for those who act: what one of them is, what several are."""

    rule: str
    noun: str
    kind: ActorKind
    plural_kind: ActorKind
    plural: bool
    sectors: tuple[str, ...]
    gender: str | None
    role: bool
    only_plural: bool = False
    traits: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Pronoun:
    """A pronoun's grammar. ``number`` is one, many or any; ``gender`` m, f, p (people), n or any."""

    rule: str
    person: int
    number: str
    gender: str
    type: str


@dataclass(frozen=True, slots=True)
class Title:
    """A word before a name: what it tells of who bears it."""

    rule: str
    gender: str | None
    sectors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Modifier:
    """A word before an agent noun that changes its sectors or kind ("opposition leader", "rebel commander")."""

    rule: str
    sectors: tuple[str, ...]
    kind: ActorKind | None


@dataclass(frozen=True, slots=True)
class ActorExample:
    """A rule's own sentence. Of an example the brackets hold the mention, of a title the name behind it.

    ``kind`` is agent, pronoun, title or modifier; ``wanted`` is false of counterexamples.
    """

    kind: str
    rule: str
    text: str
    wanted: bool


@dataclass(frozen=True)
class ActorRules:
    """All that finding and resolving actors is told by data. Word keys are in lower case.

    ``agents`` is keyed by noun phrase, ``words`` by the name of a word list. ``places``
    maps a place's name to its country, ``counts`` a word to the small number it means.
    """

    gazetteer: Gazetteer
    agents: Mapping[str, Agent]
    pronouns: Mapping[str, Pronoun]
    titles: Mapping[str, Title]
    modifiers: Mapping[str, Modifier]
    first_names: Mapping[str, str]
    places: Mapping[str, str]
    words: Mapping[str, frozenset[str]]
    counts: Mapping[str, int]
    examples: tuple[ActorExample, ...] = ()

    @cached_property
    def _traits(self) -> Mapping[str, frozenset[str]]:
        return {agent.rule: agent.traits for agent in self.agents.values()}

    def has(self, rule: str, trait: str) -> bool:
        """Whether a rule for agent nouns has one of ``TRAITS``; false of other rules."""
        return trait in self._traits.get(rule, ())

    @cached_property
    def matcher(self) -> PhraseMatcher:
        """Matches every form of the gazetteer as written; the key of a match is the form."""
        from spacy.matcher import PhraseMatcher  # half a second that who only lints rules need not wait

        matcher = PhraseMatcher(self._english.vocab, attr="ORTH")
        for form in self.gazetteer.senses:
            matcher.add(form, [self._english.make_doc(form)])
        return matcher

    @cached_property
    def _english(self) -> English:
        """spaCy's tokenizer alone: forms are cut as the pipeline cuts texts."""
        from spacy.lang.en import English

        return English()

    @cached_property
    def forms(self) -> Mapping[int, tuple[str, tuple[Sense, ...]]]:
        """The form and its senses for each match id of ``matcher``."""
        strings = self._english.vocab.strings
        return {strings.add(form): (form, senses) for form, senses in self.gazetteer.senses.items()}

    @cached_property
    def agent_words(self) -> frozenset[str]:
        """Every word that can head an agent noun phrase."""
        out = set()
        for noun in self.agents:
            words = noun.split()
            out.add(words[0] if len(words) > 2 and words[1] in ("of", "in") else words[-1])
            out.add(noun.rpartition("-")[2])
        return frozenset(out)

    @cached_property
    def endings(self) -> tuple[str, ...]:
        """Endings of nouns that name an abstraction, never an actor."""
        return tuple(sorted(self.words["abstract-ending"]))

    @cached_property
    def agent_endings(self) -> tuple[str, ...]:
        """Endings of nouns for those who do something."""
        return tuple(sorted(self.words["agent-ending"]))

    @cached_property
    def _sorts(self) -> Mapping[str, frozenset[str]]:
        out: dict[str, frozenset[str]] = {}
        for name, nouns in self.words.items():
            if name.startswith(PERSON_SORT):
                for noun in nouns:
                    out[noun] = out.get(noun, frozenset()) | {name}
        return out

    @cached_property
    def spelling(self) -> Mapping[str, str]:
        """One spelling for the words of bodies' names that have two ("labor", "labour")."""
        out: dict[str, str] = {}
        for name, words in self.words.items():
            if name.startswith(SPELLING):
                first = min(words)
                out.update((word, first) for word in words)
        return out

    def same_spelling(self, name: str, other: str) -> bool:
        """Whether two names differ in nothing but their spelling ("World Food Program", "World Food Programme")."""
        one, two = name.lower().split(), other.lower().split()
        return len(one) == len(two) and all(
            self.spelling.get(a, a) == self.spelling.get(b, b) for a, b in zip(one, two, strict=True)
        )

    def alike(self, role: str, others: Iterable[str]) -> bool:
        """Whether one person goes by a role and by one of others ("novelist", "author"), in lower case."""
        sorts = self._sorts.get(role)
        return sorts is not None and any(not sorts.isdisjoint(self._sorts.get(other, ())) for other in others)

    def is_act(self, lemma: str) -> bool:
        """Whether a noun, in lower case, names an act or another abstraction and nobody who acts."""
        words = self.words
        if lemma in words["place-noun"] or lemma in self.agents:
            return False
        return (
            lemma in words["not-an-actor"]
            or lemma in words["act-noun"]
            or (len(lemma) > 4 and lemma.endswith(self.endings))
        )

    def entry(self, identity: str) -> Entry:
        """A gazetteer row. KeyError if there is none."""
        return self.gazetteer.entries[identity]


def load_actors(stack: Sequence[Path]) -> ActorRules:
    """Read ``models/actors/`` of all layers. RuleError at the first line that can't be used."""
    gazetteer = load_gazetteer(stack)
    examples: list[ActorExample] = []
    agents: dict[str, Agent] = {}
    items = read(stack, "actors/agents.yaml")
    layer = {str(folder / "actors/agents.yaml"): number for number, folder in enumerate(stack)}
    for item in sorted(items, key=lambda i: -layer[i.file]):  # of two rules for one noun the upper layer's wins
        for agent in _agents(item, examples):
            agents.setdefault(agent.noun, agent)
    pronouns: dict[str, Pronoun] = {}
    for item in read(stack, "actors/pronouns.yaml"):
        item.only(_PRONOUN_KEYS)
        examples.extend(_examples(item, "pronoun"))
        pronoun = Pronoun(
            item.id,
            int(item.number("person")),
            _one_of(item, "number", ("one", "many", "any")),
            _one_of(item, "gender", ("m", "f", "n", "p", "any")),
            _one_of(item, "type", ("personal", "possessive", "reflexive", "relative", "demonstrative")),
        )
        for form in _new(item, "forms", pronouns):
            pronouns[form] = pronoun
    titles: dict[str, Title] = {}
    for item in read(stack, "actors/titles.yaml"):
        item.only(_TITLE_KEYS)
        examples.extend(_examples(item, "title"))
        gender = _one_of(item, "gender", ("m", "f")) if "gender" in item.data else None
        for form in _new(item, "forms", titles):
            titles[form] = Title(item.id, gender, _sectors(item))
    modifiers: dict[str, Modifier] = {}
    for item in read(stack, "actors/modifiers.yaml"):
        item.only(_MODIFIER_KEYS)
        examples.extend(_examples(item, "modifier"))
        kind = _kind(item, "kind") if "kind" in item.data else None
        for form in _new(item, "words", modifiers):
            modifiers[form] = Modifier(item.id, _sectors(item), kind)
    words: dict[str, frozenset[str]] = {}
    for item in read(stack, "actors/words.yaml"):
        item.only(_WORD_KEYS)
        found = item.texts("words")
        if not found or not all(found):
            raise item.error("words must be a list of texts, none of them empty")
        words[item.id] = frozenset(found)
    first_names: dict[str, str] = {}
    for item in read(stack, "actors/first_names.tsv"):
        item.only(_FIRST_NAME_KEYS)
        sources_of(item)
        first_names[item.id] = _one_of(item, "gender", ("m", "f"))
    places: dict[str, str] = {}
    for item in read(stack, "actors/places.tsv"):
        item.only(_PLACE_KEYS)
        sources_of(item)
        country = item.text("country")
        if f"state:{country}" not in gazetteer.entries:
            raise item.error(f"unknown country {country!r}")
        for form in (item.text("name"), *(a for a in item.text("aliases", "").split("|") if a)):
            places.setdefault(form.lower(), country)
    for needed in WORD_LISTS:
        if needed not in words:
            raise RuleError(stack[-1] / "actors/words.yaml", 0, f"the list {needed} is missing")
    counts = {word: number for number, name in ((2, "two"), (3, "three")) for word in words[name]}
    return ActorRules(
        gazetteer, agents, pronouns, titles, modifiers, first_names, places, words, counts, tuple(examples)
    )


SPELLING = "spelling-"  # word lists so named hold spellings of one word
PERSON_SORT = "person-sort-"  # word lists so named hold nouns by which one person goes
WORD_LISTS = (
    "abstract-ending",
    "not-an-actor",
    "partitive",
    "determiner",
    "expletive-verb",
    "speech-verb",
    "organisation-word",
    "honorific-suffix",
    "animate-verb",
    "motion-verb",
    "place-noun",
    "act-noun",
    "own-government",
    "own-country",
    "naming-noun",
    "not-incumbent",
    "quantifier",
    "speaks-for-state",
    "plain-person",
    "plain-body",
    "joined-only",
    "done-to-actor",
    "towards-actor",
    "dealing-verb",
    "dealing-preposition",
    "inward",
    "locative",
    "towards",
    "region-side",
    "region-noun",
    "mass-noun",
    "nobody",
    "no-name",
    "firm-or-person",
    "person-or-body",
    "organisation-ending",
    "no-group",
    "surname-noun",
    "other-than",
    "reciprocal-before",
    "bare-body",
    "member-preposition",
    "language-verb",
    "agent-ending",
    "law-word",
    "towards-preposition",
    "definite",
    "possessive",
    "indefinite",
    "bare-quantity",
    "owner-preposition",
    "name-link",
    "civil-title",
    "acronym-link",
    "two",
    "three",
    "counted-before",
    "joint-state",
    "joint-person",
    "seat-agent",
    "seat-target",
)


def _agents(item: Item, examples: list[ActorExample]) -> list[Agent]:
    item.only(_AGENT_KEYS)
    examples.extend(_examples(item, "agent"))
    kind = _kind(item, "kind")
    plural_kind = _kind(item, "plural_kind") if "plural_kind" in item.data else ActorKind.GROUP
    gender = _one_of(item, "gender", ("m", "f")) if "gender" in item.data else None
    agent = Agent(
        item.id,
        "",
        kind,
        plural_kind,
        item.flag("plural"),
        _sectors(item),
        gender,
        item.flag("role"),
        item.flag("only_plural"),
        frozenset(item.texts("traits")),
    )
    for trait in agent.traits - TRAITS:
        raise item.error(f"unknown trait {trait!r} (known: {', '.join(sorted(TRAITS))})")
    nouns = item.texts("nouns")
    if not nouns:
        raise item.error("needs nouns")
    out = []
    for noun in nouns:
        if not noun.strip() or noun != noun.lower():
            raise item.error(f"{noun!r} must be words in lower case")
        out.append(replace(agent, noun=noun))
    return out


def _examples(item: Item, kind: str) -> list[ActorExample]:
    if not item.texts("examples"):
        raise item.error("a rule without an example")
    both = (("examples", True), ("counterexamples", False))
    return [ActorExample(kind, item.id, text, wanted) for key, wanted in both for text in item.texts(key)]


def _new(item: Item, key: str, known: Mapping[str, object]) -> list[str]:
    """The words of a rule; RuleError if there are none, or if another rule has one of them."""
    out = []
    for form in item.texts(key):
        if not form or form != form.lower():
            raise item.error(f"{form!r} must be a word in lower case")
        if form in known:
            raise item.error(f"{form!r} is in another rule, too")
        out.append(form)
    if not out:
        raise item.error(f"needs {key}")
    return out


def _one_of(item: Item, key: str, allowed: Sequence[str]) -> str:
    value = item.text(key)
    if value not in allowed:
        raise item.error(f"{key} must be one of {', '.join(allowed)}, not {value!r}")
    return value


def _kind(item: Item, key: str) -> ActorKind:
    try:
        return ActorKind(item.text(key))
    except ValueError:
        raise item.error(f"unknown kind {item.text(key)!r}") from None


def _sectors(item: Item) -> tuple[str, ...]:
    found = item.texts("sectors")
    for code in found:
        if code not in SECTORS:
            raise item.error(f"unknown sector {code!r}")
    return found


__all__ = ["ActorExample", "ActorRules", "Agent", "How", "Modifier", "Pronoun", "Sense", "Title", "load_actors"]
