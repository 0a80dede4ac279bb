"""CAMEO actor codes as country and PLOVER sectors (``models/petrarch/cameo_*.tsv``).

A code is a run of parts of three letters. The first is a state, a kind of international
actor or, for agents, a role; those after it are roles, from the general to the narrow.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.records import ActorKind
from pipeline.rules.gazetteer import BODIES, SECTORS
from pipeline.rules.source import Item, read

_COUNTRY_KEYS = frozenset({"id", "country", "within", "note", "off"})
_ROLE_KEYS = frozenset({"id", "sectors", "body", "note", "off"})
_NONE = "-"
_INTERNATIONAL = frozenset({"IGO", "NGO", "INT"})
_PART = 3


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code comes to.

    ``body`` is the kind of an organisation with this code, None if nothing tells;
    ``dropped`` are narrower parts that PLOVER does not code; ``international`` says that
    the first part is no state's.
    """

    country: str | None
    sectors: tuple[str, ...]
    body: ActorKind | None
    dropped: tuple[str, ...]
    international: bool


@dataclass(frozen=True, slots=True)
class CameoCodes:
    """The tables. ``within`` are the parts after IGO, NGO or INT that tell whose body it is."""

    countries: Mapping[str, str | None]
    within: frozenset[str]
    sectors: Mapping[str, tuple[str, ...]]
    bodies: Mapping[str, ActorKind]

    def meaning(self, code: str, *, agent: bool = False) -> Meaning | str:
        """What an actor's or ``agent``'s code means; a string says why it can't be mapped.

        A part that is not known is dropped if a part before it is; the first must be known.
        """
        if not code.isascii() or not code.isalpha() or len(code) % _PART:
            return f"the code {code!r} is not made of parts of three letters"
        parts = [code[i : i + _PART].upper() for i in range(0, len(code), _PART)]
        country, international = None, False
        body: ActorKind | None = None
        if not agent:
            first = parts[0]
            if first in self.countries:
                country, international = self.countries[first], self.countries[first] in (None, *BODIES)
                parts = parts[1:]
                body = ActorKind.ARMED_GROUP if first == "IMG" else ActorKind.ORGANISATION if international else None
                if first in _INTERNATIONAL and parts and parts[0] in self.within:
                    country, parts = self.countries[parts[0]], parts[1:]
            elif first not in self.sectors:
                return f"unknown code {first!r} in {code!r}"
        sectors: list[str] = []
        dropped: list[str] = []
        for number, part in enumerate(parts):
            if part in self.sectors:
                sectors.extend(s for s in self.sectors[part] if s not in sectors)
                body = body or self.bodies.get(part)
            elif agent and number == 0:
                return f"unknown code {part!r} in {code!r}"
            if not self.sectors.get(part):
                dropped.append(part)
        return Meaning(country, tuple(sectors), body, tuple(dropped), international)


def load_cameo(stack: Sequence[Path], states: Sequence[str]) -> CameoCodes:
    """The tables of all layers; ``states`` are the codes of the gazetteer's states. RuleError at an unknown code."""
    countries: dict[str, str | None] = {code: code for code in states}
    within: set[str] = set()
    for item in read(stack, "petrarch/cameo_countries.tsv"):
        item.only(_COUNTRY_KEYS)
        _check(item)
        code = item.text("country")
        if code not in states and code not in BODIES and code != _NONE:
            raise item.error(f"unknown country {code!r}")
        countries[item.id] = None if code == _NONE else code
        if item.maybe("within") is not None:
            within.add(item.id)
    sectors: dict[str, tuple[str, ...]] = {}
    bodies: dict[str, ActorKind] = {}
    for item in read(stack, "petrarch/cameo_roles.tsv"):
        item.only(_ROLE_KEYS)
        _check(item)
        found = tuple(s for s in item.text("sectors").split("|") if s != _NONE)
        for sector in found:
            if sector not in SECTORS:
                raise item.error(f"unknown sector {sector!r}")
        sectors[item.id] = found
        body = item.maybe("body")
        if body is not None:
            if body not in set(ActorKind):
                raise item.error(f"unknown kind {body!r}")
            bodies[item.id] = ActorKind(body)
    return CameoCodes(countries, frozenset(within), sectors, bodies)


def _check(item: Item) -> None:
    if len(item.id) != _PART or not item.id.isupper():
        raise item.error("a part of a code is three capital letters")
