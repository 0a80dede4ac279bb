"""PETRARCH dictionaries: read as they stand, and taken over as a layer that changes a run."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import execute
from pipeline.errors import OutputError, RuleError
from pipeline.records import ActorKind
from pipeline.rules.actors import load_actors
from pipeline.rules.cameo import Meaning, load_cameo
from pipeline.rules.gazetteer import How
from pipeline.rules.imported import Imported, import_petrarch
from pipeline.rules.load import load
from pipeline.rules.petrarch import day, read_dictionaries
from pipeline.rules.source import layers

from .conftest import Parse
from .events import actors, by_trigger

ACTORS = """\
# own sample, in the format of the actor dictionaries
TORVALD_IMRENKOV_  ; head of the made-up junta
+IMRENKOV_
\t[KAZMIL <900801]
\t[KAZGOV 900802-20030409]
\t[KAZELI >030410]

<!-- a comment
over two lines -->
ORDER_OF_THE_GREY_HERON_  [PERREB]
+GREY_HERON_ORDER_

KAZAKHSTAN_ [KAZ]
+KAZAKH_
+REPUBLIC_OF_THE_STEPPE_ # not known to us
WESTERN_FISHERIES_COUNCIL_ [IGOFSH]
VLADIMIR_PUTIN_
+V._V._PUTIN_
\t[RUSGOV 990809-080507]
"""
AGENTS = """\
!SMITH! = SMITH, SMITHS
LOCK!SMITH! [~BUS]
HARBOUR_MASTER {HARBOURS_MASTER} [~GOVPRT]
FISH_WARDEN {} [~COP]
LEAGUE_OF_PILOTS [NGO~]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.actors.txt").write_text(ACTORS, encoding="utf-8")
    (tmp_path / "own.agents.txt").write_text(AGENTS, encoding="utf-8")
    return tmp_path


@pytest.fixture(scope="module")
def states() -> list[str]:
    return [i[6:] for i in load_actors(layers()).gazetteer.entries if i.startswith("state:")]


def imported(folder: Path, *names: str) -> Imported:
    return import_petrarch([folder / name for name in names or ("own.actors.txt", "own.agents.txt")], folder / "out")


def written(tmp_path: Path, text: str) -> Imported:
    (tmp_path / "a.txt").write_text("ANNA_BEKOVA_ [KAZGOV]\n" + text, encoding="utf-8")
    return import_petrarch([tmp_path / "a.txt"], tmp_path / "out")


# ------------------------------------------------------------------------- reading


def test_records_are_read_with_their_dates_and_lines(folder: Path) -> None:
    found = read_dictionaries([folder / "own.actors.txt"])
    assert found.problems == []
    head, order, state, council, known = found.actors
    assert head.phrase.words == "TORVALD IMRENKOV"
    assert [s.words for s in head.synonyms] == ["IMRENKOV"]
    assert [(c.code, c.since, c.until, c.line) for c in head.codes] == [
        ("KAZMIL", None, date(1990, 8, 1), 4),
        ("KAZGOV", date(1990, 8, 2), date(2003, 4, 9), 5),
        ("KAZELI", date(2003, 4, 10), None, 6),
    ]
    assert [c.code for c in order.codes] == ["PERREB"]
    assert [s.words for s in state.synonyms] == ["KAZAKH", "REPUBLIC OF THE STEPPE"]
    assert (council.phrase.line, known.phrase.line) == (16, 17)


def test_restrictions_may_stand_behind_the_phrase_and_share_a_code(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("X_ [KAZGOV <900801] [>030409]\n+Y_ [KAZ]\n")
    (record,) = read_dictionaries([tmp_path / "a.txt"]).actors
    assert [(c.code, c.since, c.until) for c in record.codes] == [
        ("KAZGOV", None, date(1990, 8, 1)),
        ("KAZGOV", date(2003, 4, 9), None),
        ("KAZ", None, None),
    ]


def test_what_stands_in_parentheses_is_an_acronym_or_nothing(tmp_path: Path) -> None:
    text = "RIVER_DELTA_FRONT_(RDF)_ [PERREB]\n+FRONT_OF_THE_DELTA_(PERU)_\n+DELTA_ARMY_(DA\n"
    (tmp_path / "a.txt").write_text(text, encoding="utf-8")
    (record,) = read_dictionaries([tmp_path / "a.txt"]).actors
    assert record.phrase.words == "RIVER DELTA FRONT"
    assert [s.words for s in record.synonyms] == ["RDF", "FRONT OF THE DELTA", "PERU", "DELTA ARMY", "DA"]


def test_agents_are_read_with_plurals_and_substitutions(folder: Path) -> None:
    found = read_dictionaries([folder / "own.agents.txt"])
    assert [(a.phrase.words, a.plurals, a.code, a.before, a.single) for a in found.agents] == [
        ("LOCKSMITH", (), "BUS", False, False),
        ("LOCKSMITHS", (), "BUS", False, False),
        ("HARBOUR MASTER", ("HARBOURS MASTER",), "GOVPRT", False, False),
        ("FISH WARDEN", (), "COP", False, True),
        ("LEAGUE OF PILOTS", None, "NGO", True, False),
    ]


@given(st.dates(date(1930, 1, 1), date(2029, 12, 31)))
def test_days_of_six_and_eight_digits(on: date) -> None:
    assert day(f"{on:%y%m%d}") == day(f"{on.year:04}{on:%m%d}") == on


@given(st.text(alphabet="AB_+-[]<>{}!=~;# 0123456789\t\n", max_size=200))
def test_nothing_that_is_written_ends_in_an_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.txt"
    path.write_text("A_B_ [KAZ]\n" + text, encoding="utf-8")
    found = read_dictionaries([path])
    assert found.actors or found.agents or found.problems


# ------------------------------------------------------------------------- mapping


@pytest.mark.parametrize(
    ("code", "country", "sectors", "dropped"),
    [
        ("KAZ", "KAZ", (), ()),
        ("KAZGOV", "KAZ", ("GOV",), ()),
        ("KAZGOVMIL", "KAZ", ("GOV", "MIL"), ()),
        ("KAZINS", "KAZ", ("REB",), ()),
        ("KAZMED", "KAZ", ("JRN",), ()),
        ("KAZHLH", "KAZ", ("MED",), ()),
        ("ROMPTY", "ROU", ("PTY",), ()),
        ("IGOUNO", "UNO", (), ()),
        ("IGOEUREEC", "EUR", (), ("EEC",)),
        ("IMGMUSXYZ", "IMG", ("REL",), ("XYZ",)),
        ("NGM", "ISM", (), ()),
        ("WAF", None, (), ()),
        ("GOV", None, ("GOV",), ()),
    ],
)
def test_codes_become_country_and_sectors(
    states: list[str], code: str, country: str | None, sectors: tuple[str, ...], dropped: tuple[str, ...]
) -> None:
    meaning = load_cameo(layers(), states).meaning(code)
    assert isinstance(meaning, Meaning)
    assert (meaning.country, meaning.sectors, meaning.dropped) == (country, sectors, dropped)


@pytest.mark.parametrize(
    ("code", "told"), [("QQQGOV", "unknown code 'QQQ'"), ("KA", "parts of three"), ("12", "parts")]
)
def test_codes_that_mean_nothing_are_said_to(states: list[str], code: str, told: str) -> None:
    meaning = load_cameo(layers(), states).meaning(code)
    assert isinstance(meaning, str)
    assert told in meaning


@pytest.mark.parametrize(
    ("table", "line", "message"),
    [
        ("countries", "id\tcountry\nROMA\tROU", "three capital letters"),
        ("countries", "id\tcountry\nROX\tRUX", "unknown country 'RUX'"),
        ("roles", "id\tsectors\nABC\tGVT", "unknown sector 'GVT'"),
        ("roles", "id\tsectors\tbody\nABC\tGOV\tking", "unknown kind 'king'"),
    ],
)
def test_a_broken_table_of_codes_is_refused(
    states: list[str], tmp_path: Path, table: str, line: str, message: str
) -> None:
    (tmp_path / "petrarch").mkdir()
    (tmp_path / "petrarch" / f"cameo_{table}.tsv").write_text(line, encoding="utf-8")
    with pytest.raises(RuleError, match=message) as caught:
        load_cameo(layers([tmp_path]), states)
    assert caught.value.line == 2


# ----------------------------------------------------------------------- importing


def test_a_layer_is_made_that_loads(folder: Path) -> None:
    done = imported(folder)
    assert done.problems == []
    rules = load_actors(layers([folder / "out"]))
    gazetteer = rules.gazetteer
    person = gazetteer.entries["person:torvald-imrenkov"]
    assert (person.name, person.kind) == ("Torvald Imrenkov", ActorKind.PERSON)
    assert [gazetteer.standing(person.id, date(year, 6, 1))[1] for year in (1985, 1995, 2010)] == [
        ("MIL",),
        ("GOV",),
        ("ELI",),
    ]
    order = gazetteer.entries["org:order-of-the-grey-heron"]
    assert (order.kind, order.country, order.sectors) == (ActorKind.ARMED_GROUP, "PER", ("REB",))
    assert [s.entry for s in gazetteer.senses["Grey Heron Order"]] == [order.id]
    council = gazetteer.entries["org:western-fisheries-council"]
    assert (council.kind, council.country) == (ActorKind.ORGANISATION, "IGO")
    assert [s.entry for s in gazetteer.senses["Republic of the Steppe"]] == ["state:KAZ"]
    assert all(s.how is not How.NAME for s in gazetteer.senses["Kazakh"])
    assert [s.entry for s in gazetteer.senses["V. V. Putin"]] == ["person:vladimir-putin"]
    assert len(gazetteer.standings["person:vladimir-putin"]) == 1
    assert rules.agents["locksmith"].sectors == ("BUS",)
    assert rules.agents["harbours master"].plural
    assert rules.agents["fish warden"].kind is ActorKind.GOVERNMENT
    assert rules.agents["league of pilots"].sectors == ("SOC",)


def test_what_is_imported_says_so_in_its_source(folder: Path) -> None:
    imported(folder)
    gazetteer = load_actors(layers([folder / "out"])).gazetteer
    for identity in ("person:torvald-imrenkov", "org:western-fisheries-council", "state:KAZ", "person:vladimir-putin"):
        assert gazetteer.entries[identity].sources == ("petrarch",)
    assert all(s.sources == ("petrarch",) for s in gazetteer.standings["person:torvald-imrenkov"])
    assert gazetteer.entries["person:dmitry-medvedev"].sources != ("petrarch",)


def test_what_a_known_body_is_of_its_state_stays_known(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("BUNDESTAG_ [DEULEG]\n+GERMAN_LOWER_CHAMBER_OF_DEPUTIES_\n", encoding="utf-8")
    import_petrarch([tmp_path / "a.txt"], tmp_path / "out")
    gazetteer = load_actors(layers([tmp_path / "out"])).gazetteer
    assert gazetteer.entries["org:bundestag"].sources == ("petrarch",)
    assert gazetteer.body("DEU", "parliament") == "org:bundestag"


def test_what_was_taken_over_in_part_is_noted(folder: Path) -> None:
    done = imported(folder)
    told = [str(note) for note in done.notes]
    assert [t.partition(": ")[2] for t in told] == [
        "WESTERN FISHERIES COUNCIL: IGOFSH without its FSH",
        "HARBOUR MASTER: GOVPRT without its PRT",
        "LEAGUE OF PILOTS: NGO as a sector, not before a country",
    ]
    report = (folder / "out" / "not-imported.txt").read_text(encoding="utf-8")
    assert all(line in report for line in told)


def test_a_run_names_the_actor_with_the_role_of_the_day(folder: Path, parse: Parse) -> None:
    imported(folder)
    rules, ours = load([folder / "out"]), load()
    text = "Imrenkov condemned the raid. The locksmiths attacked the depot."
    for published, sectors in (("1989-05-02", ("MIL",)), ("1999-05-02", ("GOV",)), ("2011-05-02", ("ELI",))):
        article = parse(text, published)
        found = by_trigger(article, rules)
        assert actors(found["condemned"]) == ["Torvald Imrenkov"]
        (mention,) = found["condemned"].actors
        assert (mention.actor.actor_id, mention.actor.country, mention.actor.sectors) == (
            "person:torvald-imrenkov",
            "KAZ",
            sectors,
        )
        (locksmiths,) = found["attacked"].actors
        assert locksmiths.actor.sectors == ("BUS",)
        without = by_trigger(article, ours)
        assert [m.actor.country for m in without["condemned"].actors] == [None]


@pytest.mark.parametrize(
    ("phrase", "forms"),
    [
        ("NURI_AL_HAKIM_", ["Nuri al Hakim", "Nuri Al Hakim", "Nuri al-Hakim", "Nuri Al-Hakim"]),
        ("KARIN_O'DOWD_", ["Karin O'Dowd"]),
        ("KARIN_MCDOWD_", ["Karin McDowd"]),
        ("JEAN-LUC_PERROT_", ["Jean-Luc Perrot"]),
        ("HANS_VAN_DER_BERGEN_", ["Hans van der Bergen", "Hans Van Der Bergen"]),
        ("UN_RIVER_COUNCIL_", ["UN River Council"]),
        ("COUNCIL_OF_THE_RIVERS_", ["Council of the Rivers"]),
    ],
)
def test_names_are_written_as_the_news_writes_them(tmp_path: Path, phrase: str, forms: list[str]) -> None:
    written(tmp_path, f"{phrase} [PERGOV]\n")
    senses = load_actors(layers([tmp_path / "out"])).gazetteer.senses
    assert [f for f in forms if f not in senses] == []


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("OLGA_TIMKO_\n\t[KAZGOV 901345-950101]\n", 3, "901345 is no day"),
        ("OLGA_TIMKO_\n\t[KAZGOV 950101-900101]\n", 3, "ends before it begins"),
        ("OLGA_TIMKO_\n\t[KAZGOV around 1990]\n", 3, "is no restriction"),
        ("OLGA_TIMKO_ [QQQGOV]\n", 2, "unknown code 'QQQ' in 'QQQGOV'"),
        ("OLGA_TIMKO_\n", 2, "OLGA TIMKO: no code"),
        ("OLGA_TIMKO_ [KAZGOV\n", 2, "a bracket is not closed"),
        ("OLGA_TIMKO_ []\n", 2, "empty brackets"),
        ("OLGA_TIMKO_ [<900801]\n", 2, "a restriction without a code"),
        ("REBELS_ [KAZREB]\n", 2, "a word for anybody"),
        ("ANNA_BEKOVA_TIMKO_ [KAZ]\n+ANGELA_MERKEL_\n", 3, "already means person:angela-merkel"),
        ("OLGA_TIMKO_ [KAZGOV]\n+ANNA_BEKOVA_\n", 3, "already means person:anna-bekova"),
        ("OLGA_TIMKO_ [KAZGOV]\n+RUTH_TIMKO_\nRUTH_TIMKO_ [KAZMIL]\n+OLGA_TIMKO_\n", 3, "a cycle of synonyms"),
    ],
)
def test_what_can_not_be_taken_over_is_told_by_file_and_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    done = written(tmp_path, text)
    assert next(p.line for p in done.problems if message in p.message) == line
    assert all(p.file.endswith("a.txt") for p in done.problems)
    report = (tmp_path / "out" / "not-imported.txt").read_text(encoding="utf-8")
    assert f"a.txt:{line}: " in report
    load_actors(layers([tmp_path / "out"]))


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("!A! = !B!, X\n!B! = !A!\nCAT_!A! [~BUS]\n", 2, "a cycle of substitutions: !A! → !B! → !A!"),
        ("CAT_!A! [~BUS]\n", 2, "!A! is not defined"),
        ("CAT [~QQQ]\n", 2, "unknown code 'QQQ'"),
        ("CAT [BUS]\n", 2, "an agent is a phrase and one code"),
        ("!A! = X\n!A! = Y\n", 3, "is defined on line 2 already"),
        ("!A! =\n", 2, "stands for nothing"),
    ],
)
def test_agents_that_can_not_be_taken_over_are_told(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "a.txt").write_text("PIPE_FITTER [~LAB]\n" + text, encoding="utf-8")
    done = import_petrarch([tmp_path / "a.txt"], tmp_path / "out")
    assert line in [p.line for p in done.problems if message in p.message]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("--- DIG [010] ---\nDIG {DUG} [011]\n- * WELL [012]\n", "a verb dictionary, its 3 lines are not imported"),
        ("FOOTBALL CUP\n+CHESS\n", "a discard list?"),
        ('<ISSUE CATEGORY="X">\nWATER [WAT]\n', "an issues dictionary"),
    ],
)
def test_other_dictionaries_are_named_and_left_out(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "a.txt").write_text("ANNA_BEKOVA_ [KAZGOV]\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text(text, encoding="utf-8")
    done = import_petrarch([tmp_path / "a.txt", tmp_path / "b.txt"], tmp_path / "out")
    (problem,) = done.problems
    assert told in str(problem)
    assert str(problem).startswith(str(tmp_path / "b.txt"))
    with pytest.raises(RuleError, match="nothing to import"):
        import_petrarch([tmp_path / "b.txt"], tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_folder_with_something_in_it_is_kept(folder: Path) -> None:
    imported(folder)
    with pytest.raises(OutputError, match="--overwrite"):
        imported(folder)
    files = [folder / "own.actors.txt"]
    import_petrarch(files, folder / "out", overwrite=True)
    assert not (folder / "out" / "actors" / "agents.yaml").exists()
    mine = folder / "out" / "actors" / "people.tsv"
    mine.write_text("id\tname\n", encoding="utf-8")
    with pytest.raises(OutputError, match="was not made by an import"):
        import_petrarch(files, folder / "out", overwrite=True)
    assert mine.read_text(encoding="utf-8") == "id\tname\n"


def test_the_command_imports_checks_and_counts(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(folder / "out")
    actors_file, agents_file = str(folder / "own.actors.txt"), str(folder / "own.agents.txt")
    assert execute(["rules", "import-petrarch", actors_file, agents_file, "-o", out]) == 0
    said = capsys.readouterr().out
    assert "1 people, 2 organisations" in said
    assert "4 dated roles" in said
    assert "0 left out, 3 taken over in part" in said
    assert execute(["rules", "check", "--models", out]) == 0
    with (folder / "own.actors.txt").open("a", encoding="utf-8") as file:
        file.write("OLGA_TIMKO_ [QQQGOV]\n")
    capsys.readouterr()
    assert execute(["rules", "import-petrarch", actors_file, "-o", out, "--overwrite"]) == 3
    said_then = capsys.readouterr()
    assert "own.actors.txt:20: OLGA TIMKO: unknown code 'QQQ'" in said_then.err
    assert execute(["rules", "import-petrarch", str(folder / "none.txt"), "-o", out, "--overwrite"]) == 1
    assert "none.txt" in capsys.readouterr().err
