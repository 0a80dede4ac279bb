"""Known actors: states, organisations, people, and who held which office when (``models/actors/*.tsv``).

An *entry* is one actor. A *sense* is what one written form may mean: an entry, and how
the form means it (its name, an adjective, a noun for its people, its seat of
government). The same form may have several senses ("Georgian"; "Washington"), but two
*names* of two entries valid on one day are refused unless one is marked ``?``.
"""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from pipeline.records import ActorKind
from pipeline.rules.provenance import sources_of
from pipeline.rules.source import Item, read

BODIES = frozenset({"IGO", "UNO", "EUR", "NGO", "ISM", "IMG", "MNC"})
SECTORS = frozenset(
    [
        "COP",
        "GOV",
        "JUD",
        "LEG",
        "MIL",
        "PRM",
        "PTY",
        "REB",
        "SPY",
        "UAF",
        "UNK",
        "AGR",
        "BUS",
        "CRM",
        "CVL",
        "EDU",
        "ELI",
        "JRN",
        "LAB",
        "MED",
        "REF",
        "OPP",
        "PRE",
        "REL",
        "SOC",
    ]
)
_STATE_KEYS = frozenset({"id", "name", "aliases", "adjectives", "people", "seats", "palaces", "source", "off"})
_ORGANISATION_KEYS = frozenset(
    {"id", "name", "kind", "country", "sectors", "aliases", "from", "to", "wikidata", "body", "seats", "source", "off"}
)
_PERSON_KEYS = frozenset({"id", "name", "country", "sectors", "gender", "aliases", "wikidata", "source", "off"})
_OFFICE_KEYS = frozenset({"id", "title", "country", "sectors", "roles", "source", "off"})
_BODY_KEYS = frozenset({"id", "name", "roles", "sectors", "source", "off"})
_TERM_KEYS = frozenset({"id", "person", "office", "from", "to", "source", "off"})
_STANDING_KEYS = frozenset({"id", "actor", "country", "sectors", "from", "to", "source", "off"})
_LETTERS = {"ł": "l", "Ł": "L", "ı": "i", "đ": "d", "Đ": "D", "ø": "o", "Ø": "O", "ß": "ss", "æ": "ae", "ð": "d"}
_DAY = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?\Z")
_WIKIDATA = re.compile(r"Q[1-9]\d*\Z")


class How(StrEnum):
    """In what way a written form means an entry."""

    NAME = "name"
    ADJECTIVE = "adjective"
    PEOPLE = "people"
    SEAT = "seat"
    PALACE = "palace"


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``since`` to ``until``, both included, each known to a day, month or year.

    ``since`` and ``until`` are the outermost days; ``since_last`` and ``until_first``
    the innermost. None is open.
    """

    since: date | None = None
    since_last: date | None = None
    until: date | None = None
    until_first: date | None = None

    def holds(self, on: date | None) -> bool:
        """Whether the day may lie in it; true without a day."""
        if on is None:
            return True
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)

    def clashes(self, other: Period) -> bool:
        """Whether the two certainly share more than the day on which one hands over to the other."""
        return _before(self.since_last, other.until_first) and _before(other.since_last, self.until_first)


def _before(start: date | None, end: date | None) -> bool:
    return start is None or end is None or start < end


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One known actor. ``gender`` is m, f or None; ``period`` says when it existed; ``sources`` are its row's."""

    id: str
    name: str
    kind: ActorKind
    country: str | None = None
    sectors: tuple[str, ...] = ()
    gender: str | None = None
    wikidata_id: str | None = None
    period: Period = Period()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sense:
    """One meaning of a written form. ``plural`` tells of a noun for people whether it means several."""

    entry: str
    how: How
    plural: bool | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """An office: its title, country, sectors, and the roles its holder is called by."""

    id: str
    title: str
    country: str | None
    sectors: tuple[str, ...]
    roles: tuple[str, ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """One person's time in one office."""

    person: str
    office: str
    period: Period
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What an actor was for a time: whose, and in which sectors ("in power", "in opposition")."""

    country: str | None
    sectors: tuple[str, ...]
    period: Period
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All entries, the forms that mean them, and the terms of office.

    ``surnames`` maps a last name in lower case to the people who bear it; it is weak
    evidence. ``full_names`` maps first and last word of a person's name to the one person
    who has both. ``holders`` maps (country, role) to terms, ``terms`` a person to theirs,
    ``bodies`` a noun to the kind of state body it names, ``adjectives`` a country to its first adjective.
    ``own_bodies`` maps a body of a state to the organisation that it is, where that has a name of its own.
    ``standings`` has what an actor was in which period, where that is not one thing for all time.
    """

    entries: Mapping[str, Entry]
    senses: Mapping[str, tuple[Sense, ...]]
    surnames: Mapping[str, tuple[str, ...]]
    full_names: Mapping[tuple[str, str], str]
    offices: Mapping[str, Office]
    terms: Mapping[str, tuple[Term, ...]]
    holders: Mapping[tuple[str, str], tuple[Term, ...]]
    bodies: Mapping[str, str]
    adjectives: Mapping[str, str]
    standings: Mapping[str, tuple[Standing, ...]]
    own_bodies: Mapping[str, str]

    def standing(self, actor: str, on: date | None) -> tuple[str | None, tuple[str, ...]]:
        """Country and sectors of an actor on a day: of its latest standing then, else of its offices, else its own."""
        entry = self.entries[actor]
        found = [s for s in self.standings.get(actor, ()) if s.period.holds(on)] if on is not None else []
        if not found:
            return entry.country, self.sectors(actor, on)
        latest = max(found, key=lambda s: s.period.since or date.min)
        return latest.country, latest.sectors

    def described(self, identity: str) -> str:
        """The name of an actor that an article only describes: a state's body goes by the state's adjective."""
        for body, organisation in self.own_bodies.items():
            if organisation == identity:
                return self.entries[body].name
        return self.entries[identity].name

    def in_office(self, person: str, on: date | None) -> tuple[Term, ...]:
        """A person's terms that may hold on a day; all of them without one."""
        return tuple(t for t in self.terms.get(person, ()) if t.period.holds(on))

    def sectors(self, identity: str, on: date | None) -> tuple[str, ...]:
        """An actor's sectors on a day: of a person those of the offices held then.

        Who has left their last office is of the former elite (ELI), who has not held one
        yet a politician (PTY), each with what the row says beside. Without a day, and of
        actors without terms, the row's own.
        """
        own, terms = self.entries[identity].sectors, self.terms.get(identity, ())
        if on is None or not terms:
            return own
        held = [s for t in terms if t.period.holds(on) for s in self.offices[t.office].sectors]
        if held:
            return tuple(dict.fromkeys(held))
        official = {s for t in terms for s in self.offices[t.office].sectors}
        beside = tuple(s for s in own if s not in official)
        if any(t.period.until is not None and t.period.until < on for t in terms):
            return tuple(dict.fromkeys(("ELI", *beside)))
        return beside or ("PTY",)

    def body(self, country: str | None, role: str) -> str | None:
        """The entry of a country's army, parliament, ministry …; None if the noun names no such body."""
        identity = f"gov:{country}.{self.bodies.get(role)}"
        return self.own_bodies.get(identity) or (identity if identity in self.entries else None)

    def holder(self, country: str, role: str, on: date | None) -> str | None:
        """Who held a role in a country on a day: the latest to take it; None if unknown or no day is given."""
        if on is None:
            return None
        found = [t for t in self.holders.get((country, role), ()) if t.period.holds(on)]
        return max(found, key=lambda t: t.period.since or date.min).person if found else None


def slug(name: str) -> str:
    """A name in lower-case ASCII letters and digits, joined by hyphens; non-Latin letters are kept."""
    plain = unicodedata.normalize("NFKD", name.replace("’", "'").replace("'", ""))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return "-".join(re.findall(r"[^\W_]+", plain.lower())) or "unnamed"


def load_gazetteer(stack: Sequence[Path]) -> Gazetteer:
    """The gazetteer of all layers.

    RuleError at an unknown code, kind or kind of source, a date out of order, a term of an unknown
    person or office, two holders of one office at once, a standing of an unknown actor, or
    one name of two entries on one day.
    """
    entries: dict[str, Entry] = {}
    senses: dict[str, list[tuple[Sense, Item, bool]]] = {}
    countries = _states(read(stack, "actors/states.tsv"), entries, senses)
    organisations = read(stack, "actors/organisations.tsv")
    _organisations(organisations, entries, senses, countries)
    adjectives = _adjectives(senses)
    bodies = _bodies(read(stack, "actors/bodies.tsv"), entries, adjectives)
    own_bodies = _own_bodies(organisations, entries)
    offices = _offices(read(stack, "actors/offices.tsv"), countries)
    terms, first_country = _terms(read(stack, "actors/officeholders.tsv"), offices)
    people = _people(read(stack, "actors/people.tsv"), entries, senses, countries)
    for name, (item, country, sectors) in first_country.items():
        if f"person:{slug(name)}" not in entries:
            _person(item, name, country, sectors, None, None, (), entries, senses)
            people.append(name)
    by_person: dict[str, list[Term]] = {}
    holders: dict[tuple[str, str], list[Term]] = {}
    for term in terms:
        by_person.setdefault(term.person, []).append(term)
        office = offices[term.office]
        for role in office.roles:
            if office.country:
                holders.setdefault((office.country, role), []).append(term)
    surnames: dict[str, list[str]] = {}
    for name in people:
        last = name.lower().split()[-1]
        identity = f"person:{slug(name)}"
        if identity not in surnames.setdefault(last, []):
            surnames[last].append(identity)
    both: dict[tuple[str, str], set[str]] = {}
    for name in people:
        words = name.lower().split()
        if len(words) > 1:
            both.setdefault((words[0], words[-1]), set()).add(f"person:{slug(name)}")
    return Gazetteer(
        entries,
        {form: _checked(form, found, entries) for form, found in senses.items()},
        {k: tuple(v) for k, v in surnames.items()},
        {k: next(iter(v)) for k, v in both.items() if len(v) == 1},
        offices,
        {k: tuple(v) for k, v in by_person.items()},
        {k: tuple(v) for k, v in holders.items()},
        bodies,
        adjectives,
        _standings(read(stack, "actors/standings.tsv", required=False), entries, countries),
        own_bodies,
    )


_Senses = dict[str, list[tuple[Sense, Item, bool]]]


def _states(items: Iterable[Item], entries: dict[str, Entry], senses: _Senses) -> frozenset[str]:
    countries = set()
    for item in items:
        item.only(_STATE_KEYS)
        if not re.fullmatch(r"state:[A-Z]{3}", item.id):
            raise item.error("the id of a state is state: and three capital letters")
        code = item.id[6:]
        countries.add(code)
        name = item.text("name")
        government = f"gov:{code}"
        sources = sources_of(item)
        entries[item.id] = Entry(
            id=item.id, name=name, kind=ActorKind.STATE, country=code, sectors=("GOV",), sources=sources
        )
        entries[government] = Entry(
            id=government,
            name=f"Government of {name}",
            kind=ActorKind.GOVERNMENT,
            country=code,
            sectors=("GOV",),
            sources=sources,
        )
        named = {name, *_list(item, "aliases")}
        _add(senses, item, (name, *_list(item, "aliases")), Sense(item.id, How.NAME))
        adjectives = _list(item, "adjectives")
        _add(senses, item, adjectives, Sense(item.id, How.ADJECTIVE))
        people = _list(item, "people") or tuple(f for a in adjectives for f in (a, a + "s"))
        for form in people:
            if form != "-":
                plural = form not in adjectives if form.endswith("s") else form.endswith("men") or None
                _add(senses, item, (form,), Sense(item.id, How.PEOPLE, plural))
        seats = [s for s in _list(item, "seats") if s not in named]
        _add(senses, item, seats, Sense(government, How.SEAT))
        _add(senses, item, _list(item, "palaces"), Sense(government, How.PALACE))
    return frozenset(countries)


def _organisations(
    items: Iterable[Item], entries: dict[str, Entry], senses: _Senses, countries: frozenset[str]
) -> None:
    for item in items:
        item.only(_ORGANISATION_KEYS)
        if not re.fullmatch(r"org:[a-z0-9-]+", item.id):
            raise item.error("the id of an organisation is org: and lower-case letters, digits and hyphens")
        entries[item.id] = Entry(
            id=item.id,
            name=item.text("name"),
            kind=_kind(item),
            country=_country(item, countries),
            sectors=_sectors(item),
            wikidata_id=_wikidata(item),
            period=_period(item),
            sources=sources_of(item),
        )
        _add(senses, item, (item.text("name"), *_list(item, "aliases")), Sense(item.id, How.NAME))
        _add(senses, item, _list(item, "seats"), Sense(item.id, How.SEAT))


def _adjectives(senses: _Senses) -> dict[str, str]:
    out: dict[str, str] = {}
    for form, listed in senses.items():
        for sense, _, _ in listed:
            if sense.how is How.ADJECTIVE:
                out.setdefault(sense.entry.partition(":")[2], form)
    return out


def _bodies(items: Iterable[Item], entries: dict[str, Entry], adjectives: Mapping[str, str]) -> dict[str, str]:
    """One entry for each state and kind of body; the kind of body for each noun."""
    states = [entry for entry in entries.values() if entry.kind is ActorKind.STATE]
    out: dict[str, str] = {}
    for item in items:
        item.only(_BODY_KEYS)
        sectors = _sectors(item)
        for role in _list(item, "roles"):
            if role in out:
                raise item.error(f"{role!r} names {out[role]}, too")
            out[role] = item.id
        if item.id not in out.values():
            raise item.error("a body needs roles")
        for state in states:
            assert state.country is not None
            identity = f"gov:{state.country}.{item.id}"
            entries[identity] = Entry(
                id=identity,
                name=f"{adjectives.get(state.country, state.name)} {item.text('name')}",
                kind=ActorKind.GOVERNMENT,
                country=state.country,
                sectors=sectors,
                sources=sources_of(item),
            )
    return out


def _own_bodies(organisations: Iterable[Item], entries: Mapping[str, Entry]) -> dict[str, str]:
    """The organisations that are a body of their state, by the body they are."""
    out: dict[str, str] = {}
    for item in organisations:
        body = item.maybe("body")
        if body is None:
            continue
        identity = f"gov:{item.maybe('country')}.{body}"
        if identity not in entries:
            raise item.error(f"no state has a body {identity!r}")
        if identity in out:
            raise item.error(f"{out[identity]} is {identity}, too")
        out[identity] = item.id
    return out


def _people(items: Iterable[Item], entries: dict[str, Entry], senses: _Senses, countries: frozenset[str]) -> list[str]:
    names = []
    for item in items:
        item.only(_PERSON_KEYS)
        name = item.text("name")
        if item.id != f"person:{slug(name)}":
            raise item.error(f"the id of this person must be person:{slug(name)}")
        gender = item.maybe("gender")
        if gender not in (None, "m", "f"):
            raise item.error(f"gender must be m or f, not {gender!r}")
        country, sectors = _country(item, countries), _sectors(item)
        _person(item, name, country, sectors, gender, _wikidata(item), _list(item, "aliases"), entries, senses)
        names.append(name)
    return names


def _person(
    item: Item,
    name: str,
    country: str | None,
    sectors: tuple[str, ...],
    gender: str | None,
    wikidata: str | None,
    aliases: Sequence[str],
    entries: dict[str, Entry],
    senses: _Senses,
) -> None:
    identity = f"person:{slug(name)}"
    entries[identity] = Entry(
        id=identity,
        name=name,
        kind=ActorKind.PERSON,
        country=country,
        sectors=sectors,
        gender=gender,
        wikidata_id=wikidata,
        sources=sources_of(item),
    )
    plain = _plain(name)
    forms = (name, *aliases) if plain == name else (name, plain, *aliases)
    _add(senses, item, forms, Sense(identity, How.NAME))


def _plain(name: str) -> str:
    """A name as papers print it that set no marks on Latin letters ("Andrej Babis")."""
    bare = "".join(_LETTERS.get(c, c) for c in name)
    return "".join(c for c in unicodedata.normalize("NFD", bare) if not unicodedata.combining(c))


def _offices(items: Iterable[Item], countries: frozenset[str]) -> dict[str, Office]:
    out = {}
    for item in items:
        item.only(_OFFICE_KEYS)
        roles = _list(item, "roles")
        if not roles or any(r != r.lower() for r in roles):
            raise item.error("an office needs roles, in lower case")
        country, sectors = _country(item, countries), _sectors(item)
        out[item.id] = Office(item.id, item.text("title"), country, sectors, roles, sources_of(item))
    return out


def _terms(
    items: Iterable[Item], offices: Mapping[str, Office]
) -> tuple[list[Term], dict[str, tuple[Item, str | None, tuple[str, ...]]]]:
    out: list[Term] = []
    people: dict[str, tuple[Item, str | None, tuple[str, ...]]] = {}
    by_office: dict[str, list[tuple[Term, Item]]] = {}
    for item in items:
        item.only(_TERM_KEYS)
        office = offices.get(item.text("office"))
        if office is None:
            raise item.error(f"unknown office {item.text('office')!r}")
        name = item.text("person")
        people.setdefault(name, (item, office.country, office.sectors))
        term = Term(f"person:{slug(name)}", office.id, _period(item), sources_of(item))
        for other, line in by_office.setdefault(office.id, []):
            if term.period.clashes(other.period):
                raise item.error(f"holds {office.id} at the same time as {line.id} (line {line.line})")
        by_office[office.id].append((term, item))
        out.append(term)
    return out, people


def _standings(
    items: Iterable[Item], entries: Mapping[str, Entry], countries: frozenset[str]
) -> dict[str, tuple[Standing, ...]]:
    out: dict[str, list[Standing]] = {}
    for item in items:
        item.only(_STANDING_KEYS)
        actor = item.text("actor")
        if actor not in entries:
            raise item.error(f"unknown actor {actor!r}")
        period = _period(item)
        if period.since is None and period.until is None:
            raise item.error("needs from or to: what holds for all time stands with the actor")
        country, sectors = _country(item, countries), _sectors(item)
        out.setdefault(actor, []).append(Standing(country, sectors, period, sources_of(item)))
    return {actor: tuple(found) for actor, found in out.items()}


def _add(senses: _Senses, item: Item, forms: Iterable[str], sense: Sense) -> None:
    for form in forms:
        declared = form.endswith("?")
        form = form.rstrip("?")
        found = senses.setdefault(form, [])
        if not any(s == sense for s, _, _ in found):
            found.append((sense, item, declared))


def _checked(form: str, found: Sequence[tuple[Sense, Item, bool]], entries: Mapping[str, Entry]) -> tuple[Sense, ...]:
    """The senses of a form; RuleError if two names of two entries hold on one day, undeclared."""
    for how in (How.NAME, How.ADJECTIVE, How.PEOPLE, How.SEAT, How.PALACE):
        same = [(s, item) for s, item, declared in found if s.how is how and not declared]
        for number, (sense, item) in enumerate(same):
            for other, line in same[:number]:
                if entries[sense.entry].period.clashes(entries[other.entry].period):
                    raise item.error(
                        f"{form!r} already means {other.entry} ({line.file}:{line.line}); mark it {form}? to allow both"
                    )
    return tuple(sense for sense, _, _ in found)


def _list(item: Item, key: str) -> tuple[str, ...]:
    value = item.data.get(key) or ""
    return tuple(dict.fromkeys(part.strip() for part in str(value).split("|") if part.strip()))


def _kind(item: Item) -> ActorKind:
    try:
        return ActorKind(item.text("kind"))
    except ValueError:
        raise item.error(f"unknown kind {item.text('kind')!r}") from None


def _country(item: Item, countries: frozenset[str]) -> str | None:
    code = item.maybe("country")
    if code is not None and code not in countries and code not in BODIES:
        raise item.error(f"unknown country {code!r}")
    return code


def _sectors(item: Item) -> tuple[str, ...]:
    found = _list(item, "sectors")
    for code in found:
        if code not in SECTORS:
            raise item.error(f"unknown sector {code!r}")
    return found


def _wikidata(item: Item) -> str | None:
    code = item.maybe("wikidata")
    if code is not None and not _WIKIDATA.match(code):
        raise item.error(f"{code!r} is no Wikidata id")
    return code


def _period(item: Item) -> Period:
    since, until = _days(item, "from"), _days(item, "to")
    period = Period(
        since[0] if since else None,
        since[1] if since else None,
        until[1] if until else None,
        until[0] if until else None,
    )
    if since and until and since[0] > until[1]:
        raise item.error("ends before it begins")
    return period


def _days(item: Item, key: str) -> tuple[date, date] | None:
    """First and last day of a day, month or year."""
    text = item.maybe(key)
    if text is None:
        return None
    match = _DAY.match(text)
    try:
        if match is None:
            raise ValueError(text)
        year, month, day = (int(g) if g else None for g in match.groups())
        assert year is not None
        if month is None:
            return date(year, 1, 1), date(year, 12, 31)
        if day is None:
            return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])
        return date(year, month, day), date(year, month, day)
    except ValueError:
        raise item.error(f"{key} must be a day, month or year like 2001-09-11, not {text!r}") from None


def iter_names(gazetteer: Gazetteer) -> Iterator[tuple[str, Entry]]:
    """Every form that is a name, with its entry."""
    for form, senses in gazetteer.senses.items():
        for sense in senses:
            if sense.how is How.NAME:
                yield form, gazetteer.entries[sense.entry]
