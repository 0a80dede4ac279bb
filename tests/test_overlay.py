"""A user's own folder over models/: types, triggers and names change without Python."""

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.cli import execute
from pipeline.read import ReadOptions
from pipeline.rules.load import DEFAULT_ONTOLOGY
from tests.conftest import Run

Events = Callable[..., list[dict[str, Any]]]
HOME = Path(__file__).resolve().parent.parent
TEXT = (
    "Pupils in Graz skipped school on Friday to demand climate action.\n\n"
    "The Harbour Pilots' Guild condemned the plan on Monday. Rebels attacked a convoy near Aden.\n"
)


def overlay(folder: Path, **files: str) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_yaml", ".yaml").replace("_tsv", ".tsv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return folder


@pytest.fixture
def events(do: Run, tmp_path: Path) -> Events:
    """The events of a text, with these folders laid over ours."""

    def find(*overlays: Path, text: str = TEXT, ontology: str = DEFAULT_ONTOLOGY) -> list[dict[str, Any]]:
        (tmp_path / "a.txt").write_text(text, encoding="utf-8")
        read = ReadOptions(published=date(2019, 3, 18))
        do(tmp_path / "a.txt", overlays=overlays, ontology=ontology, read=read, overwrite=True)
        found: list[dict[str, Any]] = pq.read_table(tmp_path / "out" / "events").to_pylist()
        return found

    return find


def test_the_rule_in_the_readme_works_as_it_says(
    tmp_path: Path, events: Events, capsys: pytest.CaptureFixture[str]
) -> None:
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    (rule,) = re.findall(r"```yaml\n(rules:.*?)```", readme, re.S)
    mine = overlay(tmp_path / "mine", ontologies__plover__triggers__protest_yaml=rule)
    assert execute(["rules", "check", "--models", str(mine), "--examples"]) == 0
    assert " 0 failed" in capsys.readouterr().out
    assert not [e for e in events() if e["trigger"] == "skipped"]
    (event,) = [e for e in events(mine) if e["trigger"] == "skipped"]
    assert (event["event_type"], event["event_mode"], event["rule"]) == ("PROTEST", "strike", "mine.school-strike")


def test_a_rule_of_ours_can_be_switched_off_or_replaced(tmp_path: Path, events: Events) -> None:
    (ours,) = [e for e in events() if e["trigger"] == "condemned"]
    assert ours["event_type"] == "ACCUSE"
    name = next(p.name for p in (HOME / "models/ontologies/plover/triggers").glob("*.yaml") if p.stem == "accuse")
    key = "ontologies__plover__triggers__" + name.replace(".yaml", "_yaml")
    mine = overlay(tmp_path / "off", **{key: f"rules:\n- id: {ours['rule']}\n  off: true\n"})
    assert ours["rule"] not in [e["rule"] for e in events(mine)]
    replaced = (
        f'rules:\n- id: {ours["rule"]}\n  type: PROTEST\n  verb: [condemn]\n  examples: ["They *condemned* it."]\n'
    )
    mine = overlay(tmp_path / "instead", **{key: replaced})
    (event,) = [e for e in events(mine) if e["trigger"] == "condemned"]
    assert (event["event_type"], event["rule"]) == ("PROTEST", ours["rule"])


def test_a_name_of_ones_own_is_an_actor_with_its_id(tmp_path: Path, events: Events) -> None:
    table = (
        "id\tname\tkind\tcountry\tsectors\taliases\n"
        "org:pilots\tHarbour Pilots' Guild\torganisation\tPRT\tLAB\tPilots' Guild\n"
    )
    mine = overlay(tmp_path / "names", actors__organisations_tsv=table)
    (event,) = [e for e in events(mine) if e["trigger"] == "condemned"]
    assert event["actors"] == ["org:pilots"]
    rows = {r["actor_id"]: r for r in pq.read_table(tmp_path / "out" / "actors").to_pylist()}
    assert rows["org:pilots"]["country"] == "PRT"
    assert rows["org:pilots"]["sectors"] == ["LAB"]


def test_an_ontology_of_ones_own(tmp_path: Path, events: Events) -> None:
    mine = overlay(
        tmp_path / "whole",
        ontologies__school__types_yaml=(HOME / "models/ontologies/business/types.yaml").read_text(encoding="utf-8"),
        ontologies__school__triggers__all_yaml=(
            "rules:\n- id: school.buy\n  type: ACQUIRE\n  verb: [buy]\n  examples: ['Acme *bought* Zenith.']\n"
        ),
    )
    (event,) = events(mine, ontology="school", text="Acme Corp bought Zenith Ltd on Monday.\n")
    assert (event["event_type"], event["rule"]) == ("ACQUIRE", "school.buy")


def test_business_news_has_an_ontology(events: Events) -> None:
    text = (
        "Norsk Ferje said on Tuesday it had acquired the rival line Kattegat Ruter for $90 million.\n\n"
        "The company appointed Ida Holm chief executive and will lay off 200 workers.\n"
    )
    found = events(ontology="business", text=text)
    assert {"ACQUIRE", "APPOINT", "LAY_OFF"} <= {e["event_type"] for e in found}
    assert all(e["quad_class"] is None for e in found)


GOOD = {"actors__people_tsv": "id\tname\tcountry\nperson:ann-lee\tAnn Lee\tUSA\n"}


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (
            {"actors__peple_tsv": "id\tname\n"},
            "actors/peple.tsv: is not read by anything: did you mean actors/people.tsv?",
        ),
        ({"people_tsv": "id\tname\n"}, "people.tsv: is not read by anything: did you mean actors/people.tsv?"),
        ({"events__classes.yml": "rules: []\n"}, "did you mean events/classes.yaml?"),
        (
            {"ontologies__plover__trigers__protest_yaml": "rules: []\n"},
            "did you mean ontologies/plover/triggers/protest.yaml?",
        ),
        ({"ontologies__mine__type_yaml": "rules: []\n"}, "did you mean ontologies/mine/types.yaml?"),
        ({"actors__people_tsv": ""}, "actors/people.tsv: is empty"),
        ({"actors__people_tsv": "id\tname\n"}, "actors/people.tsv: holds no rule or line"),
        ({"ner__mine_yaml": ""}, "ner/mine.yaml: holds no rule or line"),
        ({"ner__mine_yaml": "rules: []\n"}, "ner/mine.yaml: holds no rule or line"),
        ({"notes.md": "# nothing\n"}, "nothing in it is read"),
    ],
)
def test_a_file_that_nothing_reads_or_that_is_empty_is_refused_by_name(
    tmp_path: Path, files: dict[str, str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = overlay(tmp_path / "mine", **({} if told.startswith("nothing") else GOOD) | files)
    assert execute(["rules", "check", "--models", str(mine)]) == 1
    assert told in capsys.readouterr().err


def test_notes_and_hidden_files_may_lie_beside_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = overlay(tmp_path / "mine", **GOOD, **{"README.md": "Mine.\n", "actors__why.txt": "", ".git__x": ""})
    assert execute(["rules", "check", "--models", str(mine)]) == 0


def test_the_check_counts_what_a_folder_changes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = "id\tname\tcountry\toff\nperson:ann-lee\tAnn Lee\tUSA\nperson:elon-musk\tElon Musk\tUSA\n"
    people += "person:jd-vance\tJD Vance\tUSA\ttrue\n"
    mine = overlay(tmp_path / "mine", actors__people_tsv=people)
    more = overlay(
        tmp_path / "more",
        actors__people_tsv="id\tname\tcountry\nperson:ann-lee\tAnn Lee\tCAN\n",
        ner__repairs_yaml="replace: true\n",
    )
    assert execute(["rules", "check", "--models", str(mine), "--models", str(more)]) == 0
    ok = capsys.readouterr().out
    assert ok.startswith("ok: ")
    assert f"; {mine}: 1 added, 1 replaced, 1 switched off (1 file);" in ok
    assert f"; {more}: 0 added, 1 replaced, 0 switched off (2 files, 1 in place of ours)" in ok
