"""What the loader of ``models/actors`` refuses, and what a user can add."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.rules.actors import load_actors
from pipeline.rules.source import layers


@pytest.mark.parametrize(
    ("file", "rule", "message"),
    [
        ("agents.yaml", "{id: a, nouns: [wizard], kind: persona, examples: [x]}", "unknown kind 'persona'"),
        ("agents.yaml", "{id: a, nouns: [wizard], kind: person}", "without an example"),
        ("agents.yaml", "{id: a, nouns: [], kind: person, examples: [x]}", "needs nouns"),
        ("agents.yaml", "{id: a, nouns: [Wizard], kind: person, examples: [x]}", "lower case"),
        ("agents.yaml", "{id: a, noun: [wizard], kind: person, examples: [x]}", "unknown key 'noun'"),
        ("agents.yaml", "{id: a, nouns: [wizard], kind: person, sectors: [WIZ], examples: [x]}", "unknown sector"),
        (
            "pronouns.yaml",
            "{id: a, forms: [he], person: 3, number: one, gender: m, type: own, examples: [x]}",
            "type must",
        ),
        ("titles.yaml", "{id: a, forms: [mr], examples: [x]}", "is in another rule, too"),
        ("titles.yaml", "{id: a, forms: [mx], gender: x, examples: [x]}", "gender must be one of"),
        ("words.yaml", "{id: partitive, words: []}", "none of them empty"),
        ("words.yaml", "{id: partitive, words: [lots], examples: [x]}", "unknown key 'examples'"),
    ],
)
def test_a_broken_rule_is_refused_with_file_and_line(file: str, rule: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "actors").mkdir()
    (tmp_path / "actors" / file).write_text(f"rules:\n- {rule}\n", encoding="utf-8")
    with pytest.raises(RuleError, match=message) as caught:
        load_actors(layers([tmp_path]))
    assert caught.value.line == 2


def test_a_user_can_add_a_noun_and_a_place(tmp_path: Path) -> None:
    folder = tmp_path / "actors"
    folder.mkdir()
    rule = "{id: own.wizard, nouns: [wizard], kind: person, sectors: [REL], examples: ['[The wizard] left.']}"
    (folder / "agents.yaml").write_text(f"rules:\n- {rule}\n", encoding="utf-8")
    (folder / "places.tsv").write_text("id\tname\tcountry\nplace:oz\tOz\tAUS\n", encoding="utf-8")
    rules = load_actors(layers([tmp_path]))
    assert rules.agents["wizard"].sectors == ("REL",)
    assert rules.places["oz"] == "AUS"
