"""Trigger rules: which words tell of an event, and what they need around them.

``models/ontologies/NAME/triggers/*.yaml`` holds the rules of one ontology;
``models/events/`` what all ontologies share: word classes (``classes.yaml``), words of
grammar (``grammar.yaml``, ``dating.yaml``) and topics in which words mean something else (``topics.yaml``).

A rule lists lemmas by part of speech (``verb``, ``noun``, ``adjective``). An entry of
several words is a verb with its particles (``pull out``) or a noun with the modifiers it
must have (``air strike``). The other keys:

``type``, ``mode``
    what it tells of (``types.yaml``).
``needs``, ``any``, ``veto``
    mappings from *slot* to what may stand there: all of ``needs`` must hold, one mapping
    of the list ``any``, and nothing of ``veto``. A slot's fillers are lemmas, ``<word
    classes>``, entity labels (``GPE``), ``ACTOR`` (anything that can act), ``VERB``,
    ``NUMBER``, ``ANY`` or ``NONE`` (the slot is empty).
``passive``, ``transitive``, ``tense``
    whether the verb must be passive, have an object, be told as ``asserted``, ``future``
    or ``hypothetical``.
``roles``, ``noun_roles``
    who fills a slot is ``actor``, ``recipient`` or ``none``, for verbs and for nouns;
    laid over the type's own. ``clause_SLOT`` looks into the complement clause.
``swallow``, ``keep``
    slots whose content is no event of its own (``none`` for none); whether particular
    happenings among it stand.
``bare``
    when a noun alone is a happening: ``particular`` (with a determiner, date or argument
    that points at one), ``strict`` (an argument, or a verb that carries it), ``any``.
``reciprocal``, ``topics``, ``priority``, ``strength``
    all parts are actors; topics of a text in which its words tell of nothing; an amount
    to outrank other rules; how good an evidence it is, 0 to 1.
``about``, ``unless``
    topics of which one must be the text's or paragraph's, and of which none may be; other
    rules may hold instead.
``performs``
    to announce or offer it is to do it ("offered congratulations").
``examples``, ``counterexamples``
    sentences with the trigger between asterisks, or mappings with one under ``text`` and
    what must come out (``actor``, ``recipient``, ``negated``, ``modality``, ``type`` …).

Slots: ``subject``, ``object``, ``dative``, ``attribute``, ``clause`` and ``infinitive``
(heads of complements), ``poss``, ``adjective`` and ``compound`` (names before a noun),
``modifier`` (adjectives and compounds of a noun), ``light`` (the verb that carries a
noun), ``governed`` (the word it depends on), ``object_of`` and ``object_poss`` (what the
object is of, whose it is), ``bearer`` (the noun before "in custody"), ``beside`` (any dependent), ``near`` (six words
either way), ``sentence`` (any word of it), ``auxiliary`` (``clause_auxiliary``: of the
complement), ``particle``, and any preposition, particle or conjunction by its own name.

Where several rules fit a word, the most specific wins: by ``priority``, by words of its
entry, then by what it needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from pipeline.errors import RuleError
from pipeline.records import Role
from pipeline.rules.ontology import EventType, Ontology, load_ontology, read_roles
from pipeline.rules.sentences import Example, read_examples
from pipeline.rules.source import Item, read, read_folder
from pipeline.rules.untyped import UntypedRules, load_untyped

LABELS = frozenset(
    (
        *("PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE"),
        *("DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL"),
    )
)
SPECIAL = frozenset({"ACTOR", "ANY", "NONE", "VERB", "NUMBER"})
SLOTS = frozenset(
    (
        *("subject", "object", "dative", "attribute", "clause", "infinitive", "poss", "adjective", "compound"),
        *("modifier", "light", "governed", "object_of", "object_poss", "bearer", "beside", "near", "sentence"),
        *("auxiliary", "particle", "agent", "none"),
    )
)
BARE = ("strict", "particular", "any")
TENSES = ("asserted", "future", "hypothetical")
_KEYS = frozenset(
    (
        *("type", "mode", "verb", "noun", "adjective", "needs", "any", "veto", "roles", "noun_roles", "swallow"),
        *("keep", "bare", "passive", "strength", "priority", "reciprocal", "topics", "note", "source", "examples"),
        *("counterexamples", "tense", "transitive", "about", "unless", "performs"),
    )
)
WEIGHTS = ("base", "strength", "actor", "recipient", "dated", "negated", "not_asserted", "noun", "headline", "untyped")


@dataclass(frozen=True, slots=True)
class Spec:
    """What may fill a slot: lemmas, entity labels, special kinds; ``none`` if it must be empty."""

    words: frozenset[str]
    labels: frozenset[str]
    actor: bool
    anything: bool
    none: bool
    verb: bool
    number: bool


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """One rule, all its lemmas sharing type, needs and roles."""

    id: str
    type: EventType
    mode: str | None
    needs: tuple[tuple[str, Spec], ...]
    alternatives: tuple[tuple[tuple[str, Spec], ...], ...]
    veto: tuple[tuple[str, Spec], ...]
    passive: bool | None
    roles: Mapping[str, Role | None]
    noun_roles: Mapping[str, Role | None]
    swallow: frozenset[str]
    keep: bool
    bare: str
    transitive: bool
    strength: float
    priority: int
    reciprocal: bool
    tense: str
    topics: frozenset[str]
    about: frozenset[str]
    unless: frozenset[str]
    performs: bool
    examples: tuple[Example, ...]
    counterexamples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One lemma of a rule, with the particles or modifiers that its entry names."""

    rule: TriggerRule
    extra: tuple[str, ...]
    weight: int


Index = Mapping[str, tuple[Entry, ...]]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic in which trigger words mean something else: its words, and how dense they must be.

    ``share`` of a whole text's tokens; ``least`` different ones in a paragraph. Nought for
    neither.
    """

    id: str
    words: frozenset[str]
    least: int
    share: float
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRules:
    """All that finding and resolving events needs to know."""

    ontology: Ontology
    rules: tuple[TriggerRule, ...]
    verbs: Index
    nouns: Index
    adjectives: Index
    classes: Mapping[str, frozenset[str]]
    grammar: Mapping[str, frozenset[str]]
    topics: tuple[Topic, ...]
    topic_words: Mapping[str, tuple[str, ...]]
    weights: Mapping[str, float]
    untyped: UntypedRules | None = None

    def words(self, name: str) -> frozenset[str]:
        """The words of grammar listed under ``name``; none if the list is not there."""
        return self.grammar.get(name, frozenset())


def load_events(stack: Sequence[Path], ontology: str = "plover") -> EventRules:
    """All trigger rules of an ontology. RuleError at the first that can't be used."""
    known = load_ontology(stack, ontology)
    classes = _read_words(stack, "events/classes.yaml")
    grammar = {**_read_words(stack, "events/grammar.yaml"), **_read_words(stack, "events/dating.yaml")}
    slots = SLOTS | grammar.get("slot_word", frozenset())
    topics = tuple(_read_topics(stack))
    rules: list[TriggerRule] = []
    verbs: dict[str, list[Entry]] = {}
    nouns: dict[str, list[Entry]] = {}
    adjectives: dict[str, list[Entry]] = {}
    folder = f"ontologies/{ontology}/triggers"
    items = read_folder(stack, folder)
    if not items:
        raise RuleError(stack[-1] / folder, 0, "no trigger rules: the folder is missing or empty")
    names = frozenset(topic.id for topic in topics)
    for item in items:
        rule = _read_rule(item, known, classes, names, slots)
        rules.append(rule)
        for key, index in (("verb", verbs), ("noun", nouns), ("adjective", adjectives)):
            seen: set[str] = set()
            for phrase in item.texts(key):
                if phrase in seen:
                    raise item.error(f"{key}: {phrase!r} is listed twice")
                seen.add(phrase)
                words = phrase.lower().split()
                if not words:
                    raise item.error(f"{key}: an empty entry")
                lemma, extra = (words[-1], words[:-1]) if key == "noun" else (words[0], words[1:])
                weight = 10 * rule.priority + 2 * len(extra) + _weight(rule)
                index.setdefault(lemma, []).append(Entry(rule, tuple(extra), weight))
    return EventRules(
        ontology=known,
        rules=tuple(rules),
        verbs=_freeze(verbs),
        nouns=_freeze(nouns),
        adjectives=_freeze(adjectives),
        classes=MappingProxyType(classes),
        grammar=MappingProxyType(grammar),
        topics=topics,
        topic_words=MappingProxyType(_by_word(topics)),
        weights=MappingProxyType(_read_weights(stack)),
        untyped=load_untyped(stack, names),
    )


def _by_word(topics: Sequence[Topic]) -> dict[str, tuple[str, ...]]:
    """The topics that each word speaks for."""
    out: dict[str, tuple[str, ...]] = {}
    for topic in topics:
        for word in sorted(topic.words):
            out[word] = (*out.get(word, ()), topic.id)
    return out


def _read_weights(stack: Sequence[Path]) -> dict[str, float]:
    """The weights of confidence by name; all must be there, and no other."""
    out: dict[str, float] = {}
    item = None
    for item in read(stack, "events/confidence.yaml"):
        item.only(frozenset({"weight", "note", "source"}))
        if item.id not in WEIGHTS:
            raise item.error(f"unknown weight (known: {', '.join(WEIGHTS)})")
        out[item.id] = item.number("weight")
    missing = [name for name in WEIGHTS if name not in out]
    if missing:
        raise RuleError(item.file if item else stack[-1] / "events/confidence.yaml", 0, f"no weight {missing[0]!r}")
    return out


def _weight(rule: TriggerRule) -> int:
    """How specific a rule is: what it needs counts, then what it excludes."""
    wants = 2 * len(rule.needs) + (2 if rule.alternatives else 0) + (2 if rule.about else 0)
    return wants + (rule.passive is not None)


def _freeze(index: dict[str, list[Entry]]) -> Index:
    # the most specific first; the sort is stable, so equals stay in file order
    return {lemma: tuple(sorted(entries, key=lambda e: -e.weight)) for lemma, entries in index.items()}


def _read_words(stack: Sequence[Path], name: str) -> dict[str, frozenset[str]]:
    """Word lists by name; ``<other list>`` in one stands for the words of a list above it."""
    out: dict[str, frozenset[str]] = {}
    for item in read(stack, name):
        item.only(frozenset({"words", "note", "source"}))
        words: set[str] = set()
        for word in item.texts("words"):
            if word.startswith("<") and word.endswith(">"):
                if word[1:-1] not in out:
                    raise item.error(f"no list {word} above this one")
                words |= out[word[1:-1]]
            elif word.strip():
                words.add(word.lower())
            else:
                raise item.error("an empty word")
        if not words:
            raise item.error("needs words")
        out[item.id] = frozenset(words)
    return out


def _read_topics(stack: Sequence[Path]) -> list[Topic]:
    out = []
    for item in read(stack, "events/topics.yaml", required=False):
        item.only(frozenset({"words", "least", "share", "note", "source", "examples"}))
        words, examples = item.texts("words"), item.texts("examples")
        if not words:
            raise item.error("needs words")
        least, share = int(item.number("least", 0)), item.number("share", 0.0)
        if least < 0 or not 0 <= share <= 1 or not (least or share):
            raise item.error("needs least (words of a paragraph, from 1) or share (of a text's tokens, 0 to 1)")
        if not examples:
            raise item.error("a topic needs an example")
        out.append(Topic(item.id, frozenset(w.lower() for w in words), least, share, examples))
    return out


def _read_rule(
    item: Item,
    ontology: Ontology,
    classes: Mapping[str, frozenset[str]],
    topics: frozenset[str],
    slots: frozenset[str],
) -> TriggerRule:
    item.only(_KEYS)
    kind = ontology.types.get(item.text("type"))
    if kind is None:
        raise item.error(f"unknown type {item.text('type')!r}")
    mode = item.maybe("mode")
    if mode is not None and mode not in kind.modes:
        raise item.error(f"{kind.name} has no mode {mode!r} (known: {', '.join(kind.modes) or 'none'})")
    if not any(item.texts(key) for key in ("verb", "noun", "adjective")):
        raise item.error("needs verb, noun or adjective")
    alternatives = item.data.get("any", [])
    if not isinstance(alternatives, list) or not all(isinstance(a, dict) and a for a in alternatives):
        raise item.error("any must be a list of mappings, none of them empty")
    bare = item.text("bare", "particular")
    if bare not in BARE:
        raise item.error(f"bare must be one of {', '.join(BARE)}")
    tense = item.text("tense", "")
    if tense not in ("", *TENSES):
        raise item.error(f"tense must be one of {', '.join(TENSES)}")
    strength = item.number("strength", 0.7)
    if not 0 <= strength <= 1:
        raise item.error("strength must be between 0 and 1")
    unknown = {*item.texts("topics"), *item.texts("about"), *item.texts("unless")} - topics
    if unknown:
        raise item.error(f"unknown topic {sorted(unknown)[0]!r}")
    named = [item.data.get("needs"), item.data.get("veto"), *alternatives, item.data.get("roles")]
    named += [item.data.get("noun_roles"), dict.fromkeys(item.texts("swallow"))]
    for slot in (s for mapping in named if isinstance(mapping, dict) for s in mapping):
        if str(slot).removeprefix("clause_") not in slots:
            raise item.error(f"unknown slot {slot!r}")
    examples = read_examples(item, "examples")
    if not examples:
        raise item.error("a rule needs an example")
    swallow = item.texts("swallow")
    return TriggerRule(
        id=item.id,
        type=kind,
        mode=mode,
        needs=_read_slots(item, "needs", item.data.get("needs"), classes),
        alternatives=tuple(_read_slots(item, "any", a, classes) for a in alternatives),
        veto=_read_slots(item, "veto", item.data.get("veto"), classes),
        passive=item.flag("passive") if "passive" in item.data else None,
        roles={"subject": Role.ACTOR, "object": Role.RECIPIENT, **kind.roles, **read_roles(item, "roles")},
        noun_roles={
            "poss": Role.ACTOR,
            "by": Role.ACTOR,
            "bearer": Role.RECIPIENT,
            **kind.noun_roles,
            **read_roles(item, "noun_roles"),
        },
        swallow=frozenset(() if swallow == ("none",) else swallow or kind.swallow),
        keep=item.flag("keep") if "keep" in item.data else kind.keep,
        bare=bare,
        transitive=item.flag("transitive"),
        strength=strength,
        priority=int(item.number("priority", 0)),
        reciprocal=item.flag("reciprocal") if "reciprocal" in item.data else kind.reciprocal,
        tense=tense,
        topics=frozenset(item.texts("topics")),
        about=frozenset(item.texts("about")),
        unless=frozenset(item.texts("unless")),
        performs=item.flag("performs"),
        examples=examples,
        counterexamples=read_examples(item, "counterexamples"),
    )


def _read_slots(
    item: Item, key: str, value: object, classes: Mapping[str, frozenset[str]]
) -> tuple[tuple[str, Spec], ...]:
    if value is None:
        return ()
    if not isinstance(value, dict) or not value:
        raise item.error(f"{key} must be a mapping from slot to what may stand there")
    out = []
    for slot, words in value.items():
        if isinstance(words, str):
            words = [words]
        if not isinstance(words, list) or not words or not all(isinstance(w, str) and w.strip() for w in words):
            raise item.error(f"{key}: {slot} must be a list of words (quote yes, no, on, off)")
        out.append((str(slot), _read_spec(item, words, classes)))
    return tuple(out)


def _read_spec(item: Item, words: list[str], classes: Mapping[str, frozenset[str]]) -> Spec:
    lemmas: set[str] = set()
    for word in words:
        if word.startswith("<") and word.endswith(">"):
            if word[1:-1] not in classes:
                raise item.error(f"unknown word class {word}")
            lemmas |= classes[word[1:-1]]
        elif word not in LABELS and word not in SPECIAL:
            if word.isupper() and len(word) > 2:
                raise item.error(f"unknown entity label {word}")
            lemmas.add(word.lower())
    return Spec(
        words=frozenset(lemmas),
        labels=frozenset(w for w in words if w in LABELS),
        actor="ACTOR" in words,
        anything="ANY" in words,
        none="NONE" in words,
        verb="VERB" in words,
        number="NUMBER" in words,
    )
