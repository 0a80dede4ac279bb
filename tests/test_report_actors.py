"""The list of a run's actors, and the lines by which a user names those that nobody knows."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.cli import execute
from pipeline.dataset import Dataset
from pipeline.report.actors import often_seen, unresolved

TEXT = (
    "Zenobia Kvartskaya, head of the Lumberyard Guild, condemned the raid on Monday. Zenobia Kvartskaya said the "
    "Lumberyard Guild would sue. Angela Merkel met Kvartskaya. Protesters attacked a convoy.\n"
)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("actors")
    (folder / "in").mkdir()
    (folder / "in" / "one.txt").write_text(TEXT, encoding="utf-8")
    (folder / "in" / "two.txt").write_text("Zenobia Kvartskaya met Angela Merkel in Berlin.\n", encoding="utf-8")
    out = folder / "out"
    assert execute(["run", str(folder / "in"), "-o", str(out), "--published", "2019-03-18", "--quiet"]) == 0
    return out


def said(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert execute(arguments) == 0
    return capsys.readouterr().out


def test_the_most_often_seen_stand_first(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast = often_seen(run, 3)
    rows = pq.read_table(run / "actors").to_pylist()
    assert cast.total == len(rows)
    assert [a.mentions for a in cast.actors] == sorted((r["n_mentions"] for r in rows), reverse=True)[:3]
    assert cast.actors[0].name == "Zenobia Kvartskaya"
    assert cast.actors[0].documents == 2
    out = said(["actors", str(run), "-n", "1"], capsys)
    assert "Zenobia Kvartskaya · person" in out
    assert f"1 of {len(rows)} actors" in out


def test_the_plain_table_is_tab_separated(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, first, *_ = said(["actors", str(run), "--tsv"], capsys).splitlines()
    row = dict(zip(header.split("\t"), first.split("\t"), strict=True))
    assert row["actor_id"] == "person:zenobia-kvartskaya"
    assert int(row["mentions"]) >= 4


def test_unknown_names_come_with_a_passage(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cast = unresolved(run, 50)
    names = {a.name for a in cast.actors}
    assert {"Zenobia Kvartskaya", "Lumberyard Guild"} <= names
    assert not {"Angela Merkel", "Protesters", "protesters"} & names
    (person,) = [a for a in cast.actors if a.name == "Zenobia Kvartskaya"]
    assert person.doc_id == "one"
    assert person.example.startswith("[Zenobia Kvartskaya], head of")
    out = said(["actors", str(run), "--unresolved"], capsys)
    assert "one: [Zenobia Kvartskaya]" in out
    assert "people.tsv" in out


def test_the_lines_can_be_put_into_an_overlay_as_they_are(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine"
    (mine / "actors").mkdir(parents=True)
    for table in ("people", "organisations"):
        lines = said(["actors", str(run), "--unresolved", "--tsv", "--kind", table], capsys)
        (mine / "actors" / f"{table}.tsv").write_text(lines, encoding="utf-8")
    assert execute(["rules", "check", "--models", str(mine)]) == 0
    capsys.readouterr()
    assert "every actor with a name is known" in said(
        ["actors", str(run), "--unresolved", "--models", str(mine)], capsys
    )
    people = (mine / "actors" / "people.tsv").read_text(encoding="utf-8").splitlines()
    assert any(line.startswith("person:zenobia-kvartskaya\tZenobia Kvartskaya") for line in people)
    assert any(line.startswith("# ") and "× in 2 articles, e.g. one: [Zenobia" in line for line in people)


def test_the_folders_of_the_run_are_known_without_being_named(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    (mine / "actors").mkdir(parents=True)
    line = "person:zenobia-kvartskaya\tZenobia Kvartskaya\tKAZ"
    (mine / "actors" / "people.tsv").write_text(f"id\tname\tcountry\n{line}\n", encoding="utf-8")
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    out = tmp_path / "out"
    assert execute(["run", str(tmp_path / "a.txt"), "-o", str(out), "--models", str(mine), "--quiet"]) == 0
    from pipeline.report.actors import run_overlays

    assert run_overlays(out) == [mine]
    assert "Zenobia Kvartskaya" not in {a.name for a in unresolved(out, 50, run_overlays(out)).actors}
    assert run_overlays(tmp_path / "none") == []


def test_rows_are_streamed_by_the_batch(run: Path) -> None:
    stream = Dataset(run).stream("mentions", ["mention_id"])
    assert next(stream)["mention_id"].startswith("one#")
    assert len(list(stream)) == Dataset(run).count("mentions") - 1


@pytest.mark.parametrize(
    ("options", "told"),
    [(["-n", "0"], "at least 1"), (["--kind", "people"], "needs --unresolved"), (["--unresolved", "--kind", "x"], "x")],
)
def test_bad_options_are_told(run: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["actors", str(run), *options]) == 2
    assert told in capsys.readouterr().err


def test_no_run_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["actors", str(tmp_path)]) == 1
    assert "not the folder of a run" in capsys.readouterr().err
