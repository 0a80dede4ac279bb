"""What events there are: types, modes, scores and contexts (``models/ontologies/NAME/``).

An ontology is a folder: ``types.yaml`` (the types), ``contexts.yaml`` (what a passage
is about) and ``triggers/`` (which words tell of which type, read by ``rules.events``).
A user adds one by laying a folder of the same layout over ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RuleError
from pipeline.records import Role
from pipeline.rules.aims import Aim, Maker, load_aims, load_makers
from pipeline.rules.source import Item, read

_TYPE_KEYS = frozenset(
    (
        *("quad_class", "score", "modes", "roles", "noun_roles", "reciprocal", "swallow", "future", "announced"),
        *("conditional", "keep", "purpose", "blames", "goes_to", "dominant", "note", "source"),
    )
)
_CONTEXT_KEYS = frozenset({"words", "least", "document", "share", "note", "source", "examples"})
QUAD_CLASSES = ("verbal cooperation", "material cooperation", "verbal conflict", "material conflict")


@dataclass(frozen=True, slots=True)
class EventType:
    """One type of event.

    ``modes`` gives each mode's score. ``roles`` and ``noun_roles`` say which part of the
    sentence is actor or recipient, by slot (``subject``, ``object``, ``with`` …); a
    trigger's own mapping goes over it. ``swallow`` names the slots whose content is not
    an event of its own; ``keep`` lets particular happenings among them stand.
    ``purpose``: as the purpose of another act it is done by that act ("burnt flags to
    protest"); of other types a purpose is no event. ``blames``: aimed at an event, it
    is aimed at who did it ("condemned the raid"). ``goes_to``: a place that is its object
    is where it happens ("visited Oslo"). ``dominant``: an article mostly tells one such
    happening over and over, so that tellings without a date have the only one there is.
    ``announced`` is what a future event
    becomes whose agent announces it. ``future``
    and ``conditional`` are the types that a planned or conditional event of this type
    becomes.
    """

    name: str
    quad_class: str | None
    score: float | None
    modes: Mapping[str, float | None]
    roles: Mapping[str, Role | None]
    noun_roles: Mapping[str, Role | None]
    reciprocal: bool
    swallow: tuple[str, ...]
    keep: bool
    purpose: bool
    blames: bool
    goes_to: bool
    dominant: bool
    future: str | None
    announced: str | None
    conditional: str | None

    @property
    def verbal(self) -> bool:
        """Whether it is of words, not deeds."""
        return self.quad_class is not None and self.quad_class.startswith("verbal")

    @property
    def material(self) -> bool:
        """Whether it is of deeds, not words."""
        return self.quad_class is not None and self.quad_class.startswith("material")

    def score_of(self, mode: str | None) -> float | None:
        """The score of a mode, or the type's own."""
        own = self.modes.get(mode) if mode else None
        return self.score if own is None else own


@dataclass(frozen=True, slots=True)
class EventContext:
    """What a passage may be about: so many different words of its lexicon must stand in it.

    ``least`` in a paragraph; ``document`` in an article, where its words must also be
    ``share`` of all tokens.
    """

    name: str
    words: frozenset[str]
    least: int
    document: int
    share: float
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ontology:
    """Types and contexts by name; ``context_words`` has the contexts that a word speaks for.

    ``aims`` tells, by type, where acts name their target only in their content, ``makers``
    whom acts on a thing mean.
    """

    name: str
    types: Mapping[str, EventType]
    contexts: Mapping[str, EventContext]
    context_words: Mapping[str, tuple[str, ...]]
    aims: Mapping[str, Aim]
    makers: tuple[Maker, ...] = ()

    def verbal(self, name: str | None) -> bool:
        """Whether a type is of words, not deeds; no type is."""
        kind = self.types.get(name or "")
        return kind is not None and kind.verbal

    def material(self, name: str | None) -> bool:
        """Whether a type is of deeds, not words; no type is."""
        kind = self.types.get(name or "")
        return kind is not None and kind.material


def read_roles(item: Item, key: str) -> dict[str, Role | None]:
    """A mapping from slot to role; ``none`` frees a slot. RuleError at another word."""
    value = item.data.get(key, {})
    if not isinstance(value, dict):
        raise item.error(f"{key} must be a mapping from slot to actor, recipient or none")
    out: dict[str, Role | None] = {}
    for slot, role in value.items():
        if role not in ("actor", "recipient", "none"):
            raise item.error(f"{key}: {slot} must be actor, recipient or none, not {role!r}")
        out[str(slot)] = None if role == "none" else Role(role)
    return out


def load_ontology(stack: Sequence[Path], name: str) -> Ontology:
    """Types and contexts of one ontology. RuleError if a file is missing or broken."""
    folder = f"ontologies/{name}"
    if not any((layer / folder / "types.yaml").is_file() for layer in stack):
        raise RuleError(stack[-1] / folder, 0, "no such ontology: it needs a types.yaml")
    items = read(stack, f"{folder}/types.yaml")
    types: dict[str, EventType] = {}
    for item in items:
        item.only(_TYPE_KEYS)
        types[item.id] = _read_type(item)
    for item in items:
        for target in (types[item.id].future, types[item.id].announced, types[item.id].conditional):
            if target is not None and target not in types:
                raise item.error(f"unknown type {target!r}")
    contexts = {item.id: _read_context(item) for item in read(stack, f"{folder}/contexts.yaml", required=False)}
    words: dict[str, tuple[str, ...]] = {}
    for context in contexts.values():
        for word in sorted(context.words):
            words[word] = (*words.get(word, ()), context.name)
    return Ontology(name, types, contexts, words, load_aims(stack, name, types), load_makers(stack, name, types))


def _read_context(item: Item) -> EventContext:
    item.only(_CONTEXT_KEYS)
    words = item.texts("words")
    if not item.texts("examples"):
        raise item.error("a context needs an example")
    if not words:
        raise item.error("needs words")
    for word in words:
        if not word.strip() or " " in word:
            raise item.error(f"{word!r} is not one word: a context's words are single tokens")
    least, document, share = int(item.number("least", 2)), int(item.number("document", 5)), item.number("share", 0.01)
    if least < 1 or document < 1 or not 0 <= share <= 1:
        raise item.error("least and document must be at least 1, share between 0 and 1")
    return EventContext(item.id, frozenset(w.lower() for w in words), least, document, share, item.texts("examples"))


def _read_type(item: Item) -> EventType:
    quad = item.maybe("quad_class")
    if quad is not None and quad not in QUAD_CLASSES:
        raise item.error(f"quad_class must be one of {', '.join(QUAD_CLASSES)}")
    score = item.number("score") if "score" in item.data else None
    modes = item.data.get("modes", {})
    if not isinstance(modes, dict):
        raise item.error("modes must be a mapping from mode to score (or nothing, for the type's own)")
    for mode, value in modes.items():
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise item.error(f"the score of mode {mode} must be a number")
    for value in (score, *modes.values()):
        if value is not None and not -10 <= value <= 10:
            raise item.error(f"score {value} is not between -10 and 10")
    return EventType(
        name=item.id,
        quad_class=quad,
        score=score,
        modes={str(mode): None if value is None else float(value) for mode, value in modes.items()},
        roles=read_roles(item, "roles"),
        noun_roles=read_roles(item, "noun_roles"),
        reciprocal=item.flag("reciprocal"),
        swallow=item.texts("swallow"),
        keep=item.flag("keep"),
        purpose=item.flag("purpose"),
        blames=item.flag("blames"),
        goes_to=item.flag("goes_to"),
        dominant=item.flag("dominant"),
        future=item.maybe("future"),
        announced=item.maybe("announced"),
        conditional=item.maybe("conditional"),
    )
