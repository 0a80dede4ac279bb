"""The tables of known actors, and what is refused at load."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import combinations, groupby
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import RuleError
from pipeline.records import ActorKind
from pipeline.rules.actors import load_actors
from pipeline.rules.gazetteer import Gazetteer, How, Period, load_gazetteer, slug
from pipeline.rules.provenance import KINDS, SourceKind, sources_of
from pipeline.rules.source import home, layers, read

Overlay = Callable[[str, str], tuple[Path, ...]]

HEADERS = {
    "states.tsv": "id\tname\taliases\tadjectives\tpeople\tseats\tpalaces\tsource",
    "organisations.tsv": "id\tname\tkind\tcountry\tsectors\taliases\tfrom\tto\twikidata\tbody\tsource",
    "offices.tsv": "id\ttitle\tcountry\tsectors\troles\tsource",
    "officeholders.tsv": "id\tperson\toffice\tfrom\tto\tsource",
    "people.tsv": "id\tname\tcountry\tsectors\tgender\taliases\twikidata\tsource",
    "standings.tsv": "id\tactor\tcountry\tsectors\tfrom\tto\tsource",
}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer(layers())


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    """A layer with lines of one table laid over the project's own."""

    def make(table: str, lines: str) -> tuple[Path, ...]:
        folder = tmp_path / "actors"
        folder.mkdir()
        (folder / table).write_text(HEADERS[table] + "\n" + lines + "\n", encoding="utf-8")
        return layers([tmp_path])

    return make


def test_every_state_has_a_government_an_adjective_or_people_and_a_capital(gazetteer: Gazetteer) -> None:
    codes = {i[6:] for i in gazetteer.entries if i.startswith("state:")}
    assert {"KOS", "PSE", "TWN", "RUS", "USA", "SSD", "TLS"} <= codes
    assert len(codes) >= 195
    for code in codes:
        assert gazetteer.entries[f"gov:{code}"].kind is ActorKind.GOVERNMENT
    adjectives = {s.entry for senses in gazetteer.senses.values() for s in senses if s.how is How.ADJECTIVE}
    assert codes - {a[6:] for a in adjectives} <= {"DMA", "COG", "VAT"}
    seats = {s.entry for senses in gazetteer.senses.values() for s in senses if s.how is How.SEAT}
    assert len(seats) >= 190


@pytest.mark.parametrize(
    ("country", "role", "day", "person"),
    [
        ("USA", "secretary of state", date(2014, 5, 1), "person:john-kerry"),
        ("USA", "president", date(1998, 2, 1), "person:bill-clinton"),
        ("USA", "president", date(2018, 2, 1), "person:donald-trump"),
        ("USA", "president", date(2025, 3, 1), "person:donald-trump"),
        ("RUS", "prime minister", date(2010, 1, 1), "person:vladimir-putin"),
        ("FRA", "president", date(2010, 1, 1), "person:nicolas-sarkozy"),
        ("GBR", "prime minister", date(1990, 11, 1), "person:margaret-thatcher"),
        ("DEU", "chancellor", date(2021, 12, 8), "person:olaf-scholz"),
        ("ISR", "president", date(1980, 1, 1), None),
    ],
)
def test_roles_mean_whom_they_meant_on_the_day(
    gazetteer: Gazetteer, country: str, role: str, day: date, person: str | None
) -> None:
    assert gazetteer.holder(country, role, day) == person


def test_without_a_day_nobody_holds_an_office(gazetteer: Gazetteer) -> None:
    assert gazetteer.holder("USA", "president", None) is None


def test_people_of_one_surname_are_all_listed(gazetteer: Gazetteer) -> None:
    assert {"person:bill-clinton", "person:hillary-clinton"} <= set(gazetteer.surnames["clinton"])


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("states.tsv", "state:Xyz\tNowhere", "three capital letters"),
        ("organisations.tsv", "org:x\tX\torganization\tUSA", "unknown kind 'organization'"),
        ("organisations.tsv", "org:x\tX\torganisation\tUSX", "unknown country 'USX'"),
        ("organisations.tsv", "org:x\tX\torganisation\tUSA\tGVT", "unknown sector 'GVT'"),
        ("organisations.tsv", "org:x\tX\torganisation\tUSA\t\t\t2001-13", "from must be a day"),
        ("organisations.tsv", "org:x\tX\torganisation\tUSA\t\t\t2001\t1999", "ends before it begins"),
        ("organisations.tsv", "org:x\tX\torganisation\tUSA\t\t\t\t\t42", "no Wikidata id"),
        ("organisations.tsv", "org:x\tX\torganisation\tUSA\t\tGazprom", "'Gazprom' already means org:gazprom"),
        ("organisations.tsv", "org:x\tX\tgovernment\tUSA\tLEG\t\t\t\t\tdiet", "no state has a body 'gov:USA.diet'"),
        ("organisations.tsv", "org:x\tX\tgovernment\tUSA\tLEG\t\t\t\t\tparliament", "is gov:USA.parliament, too"),
        ("organisations.tsv", "o:x\tX\torganisation", "the id of an organisation"),
        ("officeholders.tsv", "x.1\tAnn Lee\tusa.empress\t2001\t2002", "unknown office 'usa.empress'"),
        ("officeholders.tsv", "x.1\tAnn Lee\tusa.president\t2010\t2011", "holds usa.president at the same time"),
        ("officeholders.tsv", "x.1\tAnn Lee\tusa.president\t1888-02-30\t1889", "from must be a day"),
        ("offices.tsv", "x.head\tHead\tUSA\tGOV\t", "needs roles"),
        ("standings.tsv", "s.1\torg:nobody\tUSA\tGOV\t2001", "unknown actor 'org:nobody'"),
        ("standings.tsv", "s.1\torg:nato\tUSA\tGOV", "needs from or to"),
        ("standings.tsv", "s.1\torg:nato\tUSX\tGOV\t2001", "unknown country 'USX'"),
        ("standings.tsv", "s.1\torg:nato\tUSA\tGOV\t2001\t1999", "ends before it begins"),
        ("people.tsv", "person:ann\tAnn Lee\tUSA", "must be person:ann-lee"),
        ("people.tsv", "person:ann-lee\tAnn Lee\tUSA\t\tx", "gender must be m or f"),
        ("states.tsv", "state:XYZ\tNowhere\t\tNowherian\t\tHere\t\thearsay", "unknown kind of source 'hearsay'"),
        ("organisations.tsv", "org:x\tX\torganisation\tUSA\t\t\t\t\t\t\tpackage:", "unknown kind of source 'package:'"),
        ("offices.tsv", "x.head\tHead\tUSA\tGOV\thead\tfounding-record|user|user", "names the source 'user' twice"),
        ("officeholders.tsv", "x.1\tAnn Lee\tusa.president\t1801\t1802\tholders list", "unknown kind of source"),
        ("people.tsv", "person:ann-lee\tAnn Lee\tUSA\t\tf\t\t\tdataset:Big Names", "unknown kind of source"),
        ("standings.tsv", "s.1\torg:nato\tUSA\tGOV\t2001\t\tuser|", "unknown kind of source ''"),
    ],
)
def test_a_broken_line_is_refused_with_file_and_line(overlay: Overlay, table: str, line: str, message: str) -> None:
    with pytest.raises(RuleError, match=message) as caught:
        load_gazetteer(overlay(table, line))
    assert caught.value.line == 2
    assert str(caught.value.file).endswith(table)


@pytest.mark.parametrize(
    ("day", "sectors"),
    [(date(1999, 1, 1), ("GOV",)), (date(2010, 1, 1), ("REB",)), (date(2021, 8, 15), ("GOV",)), (None, ("REB",))],
)
def test_an_actor_is_what_it_was_on_the_day(gazetteer: Gazetteer, day: date | None, sectors: tuple[str, ...]) -> None:
    assert gazetteer.standing("org:taliban", day) == ("AFG", sectors)


def test_a_cycle_of_names_is_refused(overlay: Overlay) -> None:
    lines = "org:x\tLeague X\torganisation\tUSA\t\tLeague Y\norg:y\tLeague Y\torganisation\tUSA\t\tLeague X"
    with pytest.raises(RuleError, match="already means org:x") as caught:
        load_gazetteer(overlay("organisations.tsv", lines))
    assert caught.value.line == 3


DAYS = [date(1995, 7, 1), date(2005, 7, 1), date(2015, 7, 1), date(2024, 7, 1)]
LARGER = {
    "USA": ("president", "secretary of state", "defense secretary", "vice president", "attorney general"),
    "GBR": ("prime minister", "foreign secretary", "defence secretary", "home secretary", "chancellor"),
    "FRA": ("president", "prime minister", "foreign minister"),
    "DEU": ("chancellor", "president", "foreign minister", "defence minister", "finance minister"),
    "ITA": ("prime minister", "president", "foreign minister"),
    "RUS": ("president", "prime minister", "foreign minister", "defence minister"),
    "CHN": ("president", "premier", "defence minister"),
    "JPN": ("prime minister", "emperor"),
    "IND": ("prime minister", "president"),
    "ISR": ("prime minister", "president", "foreign minister", "defence minister"),
    "BRA": ("president", "foreign minister"),
    "MEX": ("president",),
    "ZAF": ("president", "foreign minister"),
    "KOR": ("president",),
    "ESP": ("prime minister", "king"),
    "POL": ("president", "foreign minister"),
    "NGA": ("president",),
    "EGY": ("president",),
    "TUR": ("president",),
}


@pytest.mark.parametrize(("country", "role"), [(c, r) for c, roles in LARGER.items() for r in roles])
def test_larger_states_have_their_officeholders(gazetteer: Gazetteer, country: str, role: str) -> None:
    unknown = [day.year for day in DAYS if gazetteer.holder(country, role, day) is None]
    assert unknown == []


def test_most_states_have_a_leader(gazetteer: Gazetteer) -> None:
    roles = ("president", "prime minister", "king", "emir", "sultan", "premier", "chancellor", "leader", "taoiseach")
    codes = {i[6:] for i in gazetteer.entries if i.startswith("state:")}
    led = {c for c in codes if any(gazetteer.holder(c, r, date(2015, 7, 1)) for r in roles)}
    assert len(led) >= 150


def test_terms_are_in_order_and_no_office_has_two_holders(gazetteer: Gazetteer) -> None:
    by_office: dict[str, list[Period]] = {}
    for terms in gazetteer.terms.values():
        for term in terms:
            period = term.period
            assert period.since is not None
            assert period.until is None or period.since <= period.until
            assert all(not period.clashes(other) for other in by_office.setdefault(term.office, []))
            by_office[term.office].append(period)
    assert set(by_office) == set(gazetteer.offices)


TABLES = sorted(path.stem for path in (home() / "actors").glob("*.tsv"))
OWN_KINDS = {kind.value for kind in SourceKind} - {SourceKind.USER, SourceKind.PETRARCH}


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_ours_has_its_source_kind(table: str) -> None:
    path = home() / "actors" / f"{table}.tsv"
    header = "".join(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#"))
    seen = set()
    for item in read([home()], f"actors/{table}.tsv"):
        first, *compared = sources_of(item)
        assert first in OWN_KINDS or first.startswith(("package:", "dataset:")), f"line {item.line}"
        assert all(kind.startswith(("package:", "dataset:")) for kind in compared), f"line {item.line}"
        seen.update((first, *compared))
    assert [kind for kind in sorted(seen) if kind not in header] == []


def test_the_vocabulary_of_sources_is_documented() -> None:
    told = (home() / "README.md").read_text(encoding="utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in told] == []


def test_sources_are_kept_on_what_is_loaded(gazetteer: Gazetteer) -> None:
    assert gazetteer.entries["state:FRA"].sources[0] == SourceKind.STATE_LIST
    assert "package:pycountry" in gazetteer.entries["gov:FRA"].sources
    assert gazetteer.offices["fra.president"].sources == (SourceKind.HOLDERS_LIST,)
    assert all(entry.sources for entry in gazetteer.entries.values())
    assert all(term.sources[0] == SourceKind.HOLDERS_LIST for terms in gazetteer.terms.values() for term in terms)
    assert all(standing.sources for found in gazetteer.standings.values() for standing in found)


def test_a_row_of_a_user_needs_no_source(overlay: Overlay) -> None:
    stack = overlay("people.tsv", "person:ann-lee\tAnn Lee\tUSA\tGOV\tf")
    assert load_gazetteer(stack).entries["person:ann-lee"].sources == (SourceKind.USER,)


def test_a_layer_without_the_column_loads(tmp_path: Path) -> None:
    (tmp_path / "actors").mkdir()
    line = "person:ann-lee\tAnn Lee\tUSA\tGOV"
    (tmp_path / "actors/people.tsv").write_text(f"id\tname\tcountry\tsectors\n{line}\n", encoding="utf-8")
    assert load_gazetteer(layers([tmp_path])).entries["person:ann-lee"].sources == (SourceKind.USER,)


@pytest.mark.parametrize(
    ("table", "line"), [("places.tsv", "place:x\tX\tUSA\t\tatlas"), ("first_names.tsv", "Zoey\tf\tme")]
)
def test_places_and_first_names_are_checked_for_their_sources_too(tmp_path: Path, table: str, line: str) -> None:
    header = {"places.tsv": "id\tname\tcountry\taliases\tsource", "first_names.tsv": "id\tgender\tsource"}[table]
    (tmp_path / "actors").mkdir()
    (tmp_path / "actors" / table).write_text(f"{header}\n{line}\n", encoding="utf-8")
    with pytest.raises(RuleError, match="unknown kind of source") as caught:
        load_actors(layers([tmp_path]))
    assert caught.value.line == 2


def test_the_tables_stand_in_order() -> None:
    """Terms of an office stand together, earliest first, so that a reader sees gaps and a doubled holder."""
    items = read([home()], "actors/officeholders.tsv")
    order = [item.text("office") for item in items]
    assert [office for office, _ in groupby(order)] == list(dict.fromkeys(order))
    for office, terms in groupby(items, key=lambda item: item.text("office")):
        begins = [term.text("from") for term in terms]
        assert begins == sorted(begins), office


def test_codes_are_iso_ones() -> None:
    codes = {item.id[6:] for item in read([home()], "actors/states.tsv")}
    sources = {item.id[6:]: sources_of(item) for item in read([home()], "actors/states.tsv")}
    assert {code for code in codes if "package:pycountry" not in sources[code]} == {"KOS"}


def test_no_form_of_a_place_stands_twice() -> None:
    seen: dict[str, str] = {}
    for item in read([home()], "actors/places.tsv"):
        for form in dict.fromkeys((item.text("name"), *filter(None, item.text("aliases", "").split("|")))):
            assert form.isprintable()
            assert seen.setdefault(form.lower(), item.id) == item.id, f"{form}: line {item.line}"


def test_names_of_places_have_all_their_letters() -> None:
    places = load_actors(layers()).places
    assert {places.get(form) for form in ("wrocław", "wroclaw", "łódź", "lodz", "białystok")} == {"POL"}
    assert {places.get(form) for form in ("diyarbakır", "diyarbakir", "şanlıurfa", "sanliurfa")} == {"TUR"}
    assert not {"wrocaw", "diyarbakr", "odz", "league", "international", "universal"} & set(places)
    assert (places["los angeles"], places["san jose"], places["xi'an"]) == ("USA", "USA", "CHN")


def test_two_names_of_one_day_are_declared(gazetteer: Gazetteer) -> None:
    """Who a name means on a day is one actor, unless every row but one has it as ``name?``."""
    declared: dict[str, set[str]] = {}
    for table in ("states", "organisations", "people"):
        for item in read([home()], f"actors/{table}.tsv"):
            for alias in filter(None, item.text("aliases", "").split("|")):
                if alias.endswith("?"):
                    declared.setdefault(alias[:-1], set()).add(item.id)
    for form, senses in gazetteer.senses.items():
        named = [s.entry for s in senses if s.how is How.NAME]
        free = [gazetteer.entries[e].period for e in named if e not in declared.get(form, ())]
        assert not any(one.clashes(other) for one, other in combinations(free, 2)), form


@pytest.mark.parametrize(
    ("country", "role", "day", "person"),
    [
        ("JPN", "prime minister", date(2025, 11, 1), "person:sanae-takaichi"),
        ("FRA", "prime minister", date(2025, 9, 20), "person:sebastien-lecornu"),
        ("POL", "president", date(2025, 9, 1), "person:karol-nawrocki"),
        ("POL", "prime minister", date(2005, 3, 1), "person:marek-belka"),
        ("GBR", "foreign secretary", date(2025, 10, 1), "person:yvette-cooper"),
        ("BEL", "prime minister", date(2013, 1, 1), "person:elio-di-rupo"),
        ("UKR", "prime minister", date(2019, 12, 1), "person:oleksiy-honcharuk"),
        ("ISR", "foreign minister", date(2019, 9, 1), "person:israel-katz"),
        ("BOL", "president", date(2004, 5, 1), "person:carlos-mesa"),
        ("BGR", "president", date(2014, 5, 1), "person:rosen-plevneliev"),
        ("SEN", "president", date(2025, 1, 1), "person:bassirou-diomaye-faye"),
    ],
)
def test_gaps_between_holders_are_filled(gazetteer: Gazetteer, country: str, role: str, day: date, person: str) -> None:
    assert gazetteer.holder(country, role, day) == person


def test_names_with_marks_are_known_without_them(gazetteer: Gazetteer) -> None:
    for form in ("Radosław Sikorski", "Radoslaw Sikorski", "Andrej Babis", "Yasar Guler"):
        assert gazetteer.senses[form]


def test_a_doubled_name_is_allowed_when_declared(overlay: Overlay) -> None:
    found = load_gazetteer(overlay("organisations.tsv", "org:x\tX\torganisation\tUSA\t\tGazprom?"))
    assert {s.entry for s in found.senses["Gazprom"]} == {"org:gazprom", "org:x"}


def test_one_name_may_pass_from_one_organisation_to_the_next(overlay: Overlay) -> None:
    lines = "org:x\tOld Body\torganisation\tUSA\t\tXYZZ\t1950\t1990\norg:y\tNew Body\torganisation\tUSA\t\tXYZZ\t1991"
    found = load_gazetteer(overlay("organisations.tsv", lines))
    assert [s.entry for s in found.senses["XYZZ"]] == ["org:x", "org:y"]


def test_a_users_line_replaces_ours(overlay: Overlay) -> None:
    found = load_gazetteer(overlay("people.tsv", "person:elon-musk\tElon Musk\tUSA\tGOV\tm\tMusk"))
    assert found.entries["person:elon-musk"].sectors == ("GOV",)


_DAYS = st.dates(date(1950, 1, 1), date(2050, 1, 1))


@given(_DAYS, _DAYS, _DAYS, _DAYS)
def test_periods_clash_in_both_directions_or_not_at_all(a: date, b: date, c: date, d: date) -> None:
    one, other = Period(min(a, b), min(a, b), max(a, b), max(a, b)), Period(min(c, d), min(c, d), max(c, d), max(c, d))
    assert one.clashes(other) == other.clashes(one)
    assert one.holds(min(a, b))
    assert one.holds(None)


@given(st.text())
def test_slugs_are_stable_and_never_empty(name: str) -> None:
    made = slug(name)
    assert made
    assert slug(made) == made


def test_slugs_fold_accents_and_apostrophes() -> None:
    assert slug("Côte d’Ivoire") == slug("Cote d'Ivoire") == "cote-divoire"
