"""Each rule of ``models/actors`` against its own examples, one by one; what the loader refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.extract.actors import find_mentions
from pipeline.records import MentionType
from pipeline.rules.actors import ActorRules, load_actors
from pipeline.rules.source import layers, read

from .conftest import Parse

FILES = ("agents", "pronouns", "titles", "modifiers")
EXAMPLES = [
    (name, item.id, text)
    for name in FILES
    for item in read(layers(), f"actors/{name}.yaml")
    for text in item.texts("examples")
]
COUNTEREXAMPLES = [
    (item.id, text) for item in read(layers(), "actors/agents.yaml") for text in item.texts("counterexamples")
]


@pytest.mark.parametrize(("file", "rule", "example"), EXAMPLES, ids=[f"{r}:{t[:30]}" for _, r, t in EXAMPLES])
def test_example(file: str, rule: str, example: str, parse: Parse, actor_rules: ActorRules) -> None:
    marked = re.search(r"\[(.*?)\]", example)
    assert marked, "an example marks its mention with brackets"
    text = parse(example.replace("[", "").replace("]", "")).texts[0]
    mentions = find_mentions(text, actor_rules)
    found = [m for m in mentions if m.span.of(text.text).endswith(marked[1]) or marked[1] in m.span.of(text.text)]
    assert found, [m.span.of(text.text) for m in mentions]
    if file in ("agents", "pronouns"):
        assert rule in {m.rule for m in found}
        assert any(m.span.of(text.text) == marked[1] for m in found if m.rule == rule)
    elif file == "modifiers":
        sectors = next(m.sectors for m in actor_rules.modifiers.values() if m.rule == rule)
        assert any(set(sectors) <= set(m.sectors) for m in found)
    else:
        assert any(m.mention_type is MentionType.NAME for m in found)


@pytest.mark.parametrize(("rule", "text"), COUNTEREXAMPLES)
def test_counterexample(rule: str, text: str, parse: Parse, actor_rules: ActorRules) -> None:
    assert rule not in {m.rule for m in find_mentions(parse(text).texts[0], actor_rules)}


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
