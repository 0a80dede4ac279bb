"""Where acts of a type name their target only in their content (``models/ontologies/NAME/aims.yaml``)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.rules.gazetteer import SECTORS
from pipeline.rules.source import Item, read

# relations other than prepositions, which stand under their own names
RELATIONS = frozenset({"object", "clause", "purpose", "gerund", "participle", "subject", "owner", "complier"})
LAND = ("any", "abroad", "none")
_KEYS = frozenset(
    {"types", "through", "inner", "at", "public", "abroad", "places", "land", "note", "source", "examples", "off"}
)
_MAKER_KEYS = frozenset({"types", "things", "sectors", "note", "source", "examples", "off"})
_KEYS = _KEYS | {"counterexamples"}


@dataclass(frozen=True, slots=True)
class Aim:
    """How to walk from a trigger to the target of its act.

    ``through`` are the relations followed from the trigger, ``inner`` those followed
    below it: a preposition, or one of ``RELATIONS``. A target stands at one of ``at``;
    at one of ``public`` it must be a state or hold public power; at one of ``abroad`` it
    may be a state or place that is not the actors' own. ``places``: a place that has a
    country can be a target anywhere. ``land`` is the land that may be a target where an
    argument names it: ``any``, ``abroad`` (none of the actors' own) or ``none``.
    """

    id: str
    through: frozenset[str]
    inner: frozenset[str]
    at: frozenset[str]
    public: frozenset[str]
    abroad: frozenset[str]
    places: bool
    land: str
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Maker:
    """Who is meant by what they make: an act on a bill is aimed at the parliament that passes it.

    ``things`` are lemmas of the act's trigger or object, ``sectors`` those of the makers.
    """

    id: str
    types: frozenset[str]
    things: frozenset[str]
    sectors: frozenset[str]
    examples: tuple[str, ...]


def load_makers(stack: Sequence[Path], name: str, types: Collection[str]) -> tuple[Maker, ...]:
    """Makers by what they make (``makers.yaml``). RuleError at an unknown type or sector, or a missing list."""
    out = []
    for item in read(stack, f"ontologies/{name}/makers.yaml", required=False):
        item.only(_MAKER_KEYS)
        if not item.texts("examples") or not item.texts("things") or not item.texts("types"):
            raise item.error("needs types, things and examples")
        for kind in item.texts("types"):
            if kind not in types:
                raise item.error(f"unknown type {kind!r}")
        for code in item.texts("sectors"):
            if code not in SECTORS:
                raise item.error(f"unknown sector {code!r}")
        types_, things, sectors = (frozenset(item.texts(key)) for key in ("types", "things", "sectors"))
        out.append(Maker(item.id, types_, things, sectors, item.texts("examples")))
    return tuple(out)


def load_aims(stack: Sequence[Path], name: str, types: Collection[str]) -> dict[str, Aim]:
    """The aim of each type that has one. RuleError at an unknown type or relation, or two aims of one type."""
    out: dict[str, Aim] = {}
    for item in read(stack, f"ontologies/{name}/aims.yaml", required=False):
        item.only(_KEYS)
        aim = _read(item)
        named = item.texts("types")
        if not named:
            raise item.error("needs types")
        for kind in named:
            if kind not in types:
                raise item.error(f"unknown type {kind!r}")
            if kind in out:
                raise item.error(f"{kind} has an aim already, {out[kind].id}")
            out[kind] = aim
    return out


def _read(item: Item) -> Aim:
    if not item.texts("examples"):
        raise item.error("a rule without an example")
    for text in item.texts("examples"):
        if text.count("[") != 1 or text.count("]") != 1 or text.count("*") != 2:
            raise item.error("an example has its trigger between asterisks and its target in brackets")
    for text in item.texts("counterexamples"):
        if text.count("*") != 2:
            raise item.error("a counterexample has its trigger between asterisks")
    if not item.texts("through") or not any(item.texts(k) for k in ("at", "public", "abroad")):
        raise item.error("needs through, and at, public or abroad")
    for key in ("through", "inner", "at", "public", "abroad"):
        for word in item.texts(key):
            if not word.isalpha() or word != word.lower():
                raise item.error(f"{key}: {word!r} is neither a preposition nor one of {', '.join(sorted(RELATIONS))}")
    land = item.text("land", "any")
    if land not in LAND:
        raise item.error(f"land must be one of {', '.join(LAND)}, not {land!r}")
    return Aim(
        item.id,
        frozenset(item.texts("through")),
        frozenset(item.texts("inner")),
        frozenset(item.texts("at")),
        frozenset(item.texts("public")),
        frozenset(item.texts("abroad")),
        item.flag("places"),
        land,
        item.texts("examples"),
        item.texts("counterexamples"),
    )
