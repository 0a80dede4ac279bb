"""The lint of layout rules."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.rules.layout import load_layout
from pipeline.rules.source import layers

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
def test_broken_rules_name_file_and_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    folder = tmp_path / "layout"
    folder.mkdir()
    (folder / "a.yaml").write_text(RULE.replace(old, new), encoding="utf-8")
    (folder / "labels.tsv").write_text("label\tpart\texample\tnote\n", encoding="utf-8")
    with pytest.raises(RuleError, match=says) as caught:
        load_layout([tmp_path])
    assert caught.value.file.endswith("a.yaml")
    assert caught.value.line >= 2


def test_a_part_that_uses_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "layout").mkdir()
    text = "rules:\n- {id: a, kind: part, pattern: '<<b>>', examples: [x]}\n"
    text += "- {id: b, kind: part, pattern: '<<a>>', examples: [x]}\n"
    (tmp_path / "layout" / "a.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError, match="uses itself"):
        load_layout([tmp_path])


def test_a_layer_above_switches_a_rule_off(tmp_path: Path) -> None:
    (tmp_path / "layout").mkdir()
    (tmp_path / "layout" / "furniture.yaml").write_text(
        "rules:\n- id: furniture.share\n  off: true\n", encoding="utf-8"
    )
    rules = load_layout(layers([tmp_path]))
    assert "furniture.share" not in {rule.rule_id for rule in rules.lines}
    assert len(rules.lines) == len(load_layout(layers()).lines) - 1
