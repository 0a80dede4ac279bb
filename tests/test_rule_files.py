from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.rules import source


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


BASE = "rules:\n- id: one\n  word: alpha\n- id: two\n  word: beta\n"


def test_an_upper_layer_replaces_adds_and_switches_off(tmp_path: Path) -> None:
    base = write(tmp_path / "base", "x/a.yaml", BASE)
    mine = write(
        tmp_path / "mine",
        "x/a.yaml",
        "rules:\n- id: two\n  word: gamma\n- id: three\n  word: delta\n- id: one\n  off: true\n",
    )
    items = source.read([base, mine], "x/a.yaml")
    assert [(i.id, i.text("word")) for i in items] == [("two", "gamma"), ("three", "delta")]
    assert items[0].file == str(tmp_path / "mine" / "x" / "a.yaml")
    assert items[0].line == 2


def test_replace_stands_in_for_the_whole_file(tmp_path: Path) -> None:
    base = write(tmp_path / "base", "a.yaml", BASE)
    mine = write(tmp_path / "mine", "a.yaml", "replace: true\nrules:\n- id: other\n  word: omega\n")
    assert [i.id for i in source.read([base, mine], "a.yaml")] == ["other"]


@pytest.mark.parametrize(("name", "text"), [("a.yaml", BASE), ("t.tsv", "name\tcode\none\tONE\n")])
def test_a_file_may_begin_with_a_byte_order_mark(tmp_path: Path, name: str, text: str) -> None:
    base = write(tmp_path, name, "\ufeff" + text)
    assert source.read([base], name)[0].id == "one"


def test_tables_merge_by_their_first_column(tmp_path: Path) -> None:
    base = write(tmp_path / "base", "t.tsv", "# comment\nname\tcode\tnote\nFrance\tFRA\nItaly\tITA\tboot\n")
    mine = write(tmp_path / "mine", "t.tsv", "name\tcode\noff\tX\nItaly\tIT2\n")
    items = source.read([base, mine], "t.tsv")
    assert [(i.id, i.data["code"]) for i in items] == [("France", "FRA"), ("Italy", "IT2"), ("off", "X")]
    assert items[0].line == 3


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("rules:\n- id: a\n- id: a\n", 3, "twice"),
        ("rules:\n- word: a\n", 2, "without an id"),
        ("rules:\n- just text\n", 2, "mapping"),
        ("rules:\n- id: a\n  word: [b\n", 4, "broken YAML"),
        ("rules:\n- id: a\n  word: b\n  word: c\n", 4, "occurs twice"),
        ("- id: a\n", 1, "mapping with a list"),
        ("surprise: 1\nrules: []\n", 1, "unknown key"),
        ("rules:\n- id: a\n  off: true\n", 2, "switched off"),
    ],
)
def test_broken_rule_files_name_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    base = write(tmp_path, "a.yaml", text)
    with pytest.raises(RuleError, match=says) as caught:
        source.read([base], "a.yaml")
    assert caught.value.line == line
    assert str(tmp_path / "a.yaml") in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("", 0, "empty"),
        ("a\ta\nx\ty\n", 1, "doubled"),
        ("a\tb\nx\ty\tz\n", 2, "3 cells"),
        ("a\tb\n\ty\n", 2, "is empty"),
        ("a\tb\nx\t1\nx\t2\n", 3, "twice"),
    ],
)
def test_broken_tables_name_file_and_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    base = write(tmp_path, "t.tsv", text)
    with pytest.raises(RuleError, match=says) as caught:
        source.read([base], "t.tsv")
    assert caught.value.line == line


def test_typed_access_refuses_other_types(tmp_path: Path) -> None:
    base = write(tmp_path, "a.yaml", "rules:\n- id: a\n  word: 3\n  flag: 'yes'\n  list: [1]\n  size: x\n")
    (item,) = source.read([base], "a.yaml")
    for call in (lambda: item.text("word"), lambda: item.text("none"), lambda: item.flag("flag")):
        with pytest.raises(RuleError):
            call()
    for call in (lambda: item.texts("list"), lambda: item.number("size"), lambda: item.only(frozenset({"word"}))):
        with pytest.raises(RuleError):
            call()


def test_two_files_of_a_folder_may_not_share_an_id(tmp_path: Path) -> None:
    write(tmp_path, "d/a.yaml", BASE)
    write(tmp_path, "d/b.yaml", "rules:\n- id: two\n  word: x\n")
    with pytest.raises(RuleError, match="also at"):
        source.read_folder([tmp_path], "d")


def test_a_missing_folder_or_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no such folder"):
        source.layers([tmp_path / "none"])
    with pytest.raises(RuleError, match="missing"):
        source.read([tmp_path], "a.yaml")
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(RuleError, match="UTF-8"):
        source.read([tmp_path], "bad.yaml")


def test_plain_words_stay_words(tmp_path: Path) -> None:
    write(
        tmp_path,
        "a.yaml",
        "rules:\n- id: a\n  words: [no, on, off, yes, 14:35, 2001-01-01, 1e5, 0x1F]\n  n: 12\n  f: 0.5\n  t: true\n",
    )
    (item,) = source.read([tmp_path], "a.yaml")
    assert item.texts("words") == ("no", "on", "off", "yes", "14:35", "2001-01-01", "1e5", "0x1F")
    assert (item.number("n"), item.number("f"), item.flag("t")) == (12, 0.5, True)
