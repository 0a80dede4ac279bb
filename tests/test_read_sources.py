"""Which files a command means, in which order, and every id once."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.read import Claim, Compression, Format, IdRegister, find_sources


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ["b/two.txt", "b/c/three.jsonl.gz", "one.HTML", "b/odd.xyz", "b/.hidden.txt", ".git/x.txt", "meta.csv"]:
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "in"


def inside(*inputs: str | Path, exclude: tuple[str, ...] = ()) -> list[str]:
    return [s.inside for s in find_sources(inputs, exclude)]


def test_a_folder_is_searched_to_its_depths_and_unknown_files_are_listed(tree: Path):
    found = find_sources([tree], exclude=[tree / "meta.csv"])
    assert [s.inside for s in found] == ["b/c/three.jsonl.gz", "b/odd.xyz", "b/two.txt", "one.HTML"]
    assert [s.format for s in found] == [Format.JSONL, Format.UNKNOWN, Format.PLAIN, Format.HTML]
    assert found[0].compression is Compression.GZIP
    assert "no reader" in found[1].problem
    assert [s.own_id for s in found[2:]] == ["b/two", "one"]
    assert [s.stem for s in found[:1]] == ["three"]
    assert found[2].size == 1


def test_an_excluded_folder_is_not_entered(tree: Path):
    assert inside(tree, exclude=("in/b",)) == ["meta.csv", "one.HTML"]


def test_the_order_of_arguments_changes_nothing(tree: Path):
    inputs = ["in/b", "in", "in/one.HTML", "in/b/*.txt", "in/b/c/three.jsonl.gz"]
    first = find_sources(inputs)
    for _ in range(5):
        random.shuffle(inputs)
        assert find_sources(inputs) == first
    assert [s.own_id for s in first] == ["b/c/three", "b/odd.xyz", "b/two", "meta", "one"]


def test_a_file_named_directly_is_its_stem(tree: Path):
    assert inside("in/b/two.txt") == ["two.txt"]


def test_globs_expand_here_as_in_a_shell(tree: Path):
    assert inside("in/b/*.txt") == ["two.txt"]
    assert inside("in/**/*.gz") == ["b/c/three.jsonl.gz"]
    assert inside("in/b*") == ["b/c/three.jsonl.gz", "b/odd.xyz", "b/two.txt"]


def test_a_name_with_brackets_that_exists_is_a_file(tree: Path):
    (tree / "a[1].txt").write_text("x", encoding="utf-8")
    assert inside("in/a[1].txt") == ["a[1].txt"]


@pytest.mark.parametrize("name", ["in/none.txt", "none", "in/*.pdf", "in/b/odd.xyz", "in/link.txt", "a\0b"])
def test_an_input_that_is_none_is_told(tree: Path, name: str):
    (tree / "link.txt").symlink_to(tree / "nowhere.txt")
    with pytest.raises(InputError) as caught:
        find_sources([name])
    assert "\n" not in str(caught.value)


def test_loops_of_links_end(tree: Path):
    (tree / "b/loop").symlink_to(tree)
    (tree / "b/self").symlink_to(tree / "b")
    assert len(find_sources([tree])) == 5


def test_names_that_are_no_utf8_are_shown_and_read(tree: Path):
    path = os.fsencode(tree) + b"/caf\xe9.txt"
    with open(path, "wb") as file:
        file.write(b"x")
    name = next(s for s in find_sources([tree]) if s.inside.startswith("caf"))
    assert name.own_id == "caf\\xe9"
    name.name.encode("utf-8")


ONE, TWO = (hashlib.sha256(text).digest() for text in (b"one", b"two"))


def test_ids_are_given_once():
    with IdRegister() as register:
        assert register.claim("x", ONE, "a.jsonl", 0) == Claim("x")
        assert register.claim("x", ONE, "a.jsonl", 1) == Claim("x~2", copy_of="x")
        assert register.claim("x", ONE, "b.jsonl", 0) == Claim("x~3", copy_of="x")
        assert register.claim("y", ONE, "a.jsonl", 2) == Claim("y")
        clash = register.claim("x", TWO, "b.txt", None)
        inside = register.claim("x", TWO, "a.jsonl", 7)
    for word in ("a.jsonl, record 0", "b.txt", "--qualify-ids"):
        assert word in clash.conflict
    assert "--map id=" in inside.conflict
    assert "--qualify-ids" not in inside.conflict


def test_a_suffix_that_is_taken_is_passed_over():
    with IdRegister() as register:
        register.claim("x~2", TWO, "a", 0)
        register.claim("x", ONE, "a", 1)
        assert register.claim("x", ONE, "a", 2).doc_id == "x~3"


def test_the_register_leaves_no_file(tmp_path: Path):
    with IdRegister(tmp_path) as register:
        for n in range(2000):
            assert register.claim(str(n), ONE, "a", n) == Claim(str(n))
        assert list(tmp_path.iterdir())
    assert list(tmp_path.iterdir()) == []


def test_links_that_lead_nowhere_are_each_named(tmp_path: Path):
    (tmp_path / "a.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "nowhere.txt")
    (tmp_path / "c.txt").symlink_to(tmp_path / "c.txt")
    (tmp_path / "d.txt").write_text("Police freed a man.")
    (tmp_path / "e.txt").symlink_to(tmp_path / "d.txt")
    found = find_sources([tmp_path])
    assert [s.path.name for s in found if s.problem] == ["a.txt", "b.txt", "c.txt"]
    assert [s.path.name for s in found if not s.problem] == ["d.txt"]


def test_the_tables_of_an_earlier_run_are_no_articles(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("An article.")
    earlier = tmp_path / "outputs" / "march"
    (earlier / "documents").mkdir(parents=True)
    (earlier / "_run.json").write_text("{}")
    (earlier / "documents" / "part-0.parquet").write_bytes(b"PAR1")
    article, tables = find_sources([tmp_path])
    assert (article.inside, article.problem) == ("a.txt", "")
    assert (tables.inside, tables.format) == ("outputs/march", Format.UNKNOWN)
    assert "tables of a run" in tables.problem
    with pytest.raises(InputError, match="tables of a run"):
        find_sources([earlier])
    assert [s.inside for s in find_sources([tmp_path], exclude=[earlier])] == ["a.txt"]
    (texts,) = find_sources([earlier / "documents"])
    assert texts.format is Format.PARQUET
