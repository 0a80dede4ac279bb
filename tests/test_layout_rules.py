"""Every layout rule against its own examples, and the lint of the rule files."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.rules.layout import expand_part, load_layout
from pipeline.rules.source import layers, read, read_folder

RULES = load_layout(layers())
LINES = [(rule, text) for rule in RULES.lines for text in rule.examples]
AGAINST = [(rule, text) for rule in RULES.lines for text in rule.counterexamples]
EVIDENCE = [(rule, text) for rule in RULES.evidence for text in rule.examples]
NO_EVIDENCE = [(rule, text) for rule in RULES.evidence for text in rule.counterexamples]
PARTS = [item for item in read_folder(layers(), "layout") if item.data["kind"] == "part"]


@pytest.mark.parametrize(("rule", "text"), LINES, ids=[f"{r.rule_id}-{i}" for i, (r, _) in enumerate(LINES)])
def test_a_rule_meets_its_examples(rule, text):
    assert rule.meets(text)


@pytest.mark.parametrize(("rule", "text"), AGAINST, ids=[f"{r.rule_id}-{i}" for i, (r, _) in enumerate(AGAINST)])
def test_a_rule_misses_its_counterexamples(rule, text):
    assert not rule.meets(text)


@pytest.mark.parametrize(("rule", "text"), EVIDENCE)
def test_evidence_is_found_in_its_examples(rule, text):
    assert rule.pattern.search(text)


@pytest.mark.parametrize(("rule", "text"), NO_EVIDENCE)
def test_evidence_is_not_found_in_its_counterexamples(rule, text):
    assert not rule.pattern.search(text)


@pytest.mark.parametrize("item", PARTS, ids=lambda item: item.id)
def test_parts_meet_their_examples_whole(item):
    pattern = expand_part(layers(), item.id)
    assert [e for e in item.texts("examples") if not pattern.fullmatch(e)] == []
    assert [e for e in item.texts("counterexamples") if pattern.fullmatch(e)] == []


def test_each_label_opens_its_example():
    for item in read(layers(), "layout/labels.tsv"):
        assert item.text("example").casefold().startswith(item.id + ":"), item.id


RULE = "rules:\n- id: a\n  kind: heading\n  pattern: 'x+'\n  examples: [x]\n"


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("kind: heading", "kind: body", "unknown kind"),
        ("kind: heading", "kind: heading\n  colour: red", "unknown key"),
        ("pattern: 'x+'", "pattern: ''", "pattern is empty"),
        ("pattern: 'x+'", "pattern: 'x*'\n  match: start", "matches the empty text"),
        ("pattern: 'x+'", "pattern: '(x'", "broken pattern"),
        ("pattern: 'x+'", "pattern: '(x)'", "groups must be"),
        ("pattern: 'x+'", "pattern: '<<nothing>>'", "no part has this id"),
        ("examples: [x]", "examples: []", "needs an example"),
        ("kind: heading", "kind: heading\n  match: somewhere", "match must be"),
        ("kind: heading", "kind: heading\n  at: left", "at must be"),
        ("kind: heading", "kind: interview\n  match: line", "match must be"),
        ("kind: heading", "kind: part\n  pattern: '<<a>>'", "occurs twice"),
    ],
)
def test_broken_rules_name_file_and_line(tmp_path: Path, old: str, new: str, says: str):
    folder = tmp_path / "layout"
    folder.mkdir()
    (folder / "a.yaml").write_text(RULE.replace(old, new), encoding="utf-8")
    (folder / "labels.tsv").write_text("label\tpart\texample\tnote\n", encoding="utf-8")
    with pytest.raises(RuleError, match=says) as caught:
        load_layout([tmp_path])
    assert caught.value.file.endswith("a.yaml")
    assert caught.value.line >= 2


def test_a_part_that_uses_itself_is_refused(tmp_path: Path):
    (tmp_path / "layout").mkdir()
    text = "rules:\n- {id: a, kind: part, pattern: '<<b>>', examples: [x]}\n"
    text += "- {id: b, kind: part, pattern: '<<a>>', examples: [x]}\n"
    (tmp_path / "layout" / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match="uses itself"):
        load_layout([tmp_path])


def test_a_layer_above_switches_a_rule_off(tmp_path: Path):
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "furniture.yaml").write_text(
        "rules:\n- id: furniture.share\n  off: true\n", encoding="utf-8"
    )
    rules = load_layout(layers([tmp_path]))
    assert "furniture.share" not in {rule.rule_id for rule in rules.lines}
    assert len(rules.lines) == len(RULES.lines) - 1
