"""Ontologies as folders: what is refused, what can be laid over, and which there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.rules.events import load_events
from pipeline.rules.load import load
from pipeline.rules.ontology import load_ontology
from pipeline.rules.source import home, layers
from tests.conftest import Parse
from tests.events import by_trigger

TYPES = {
    *("AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT", "REQUEST"),
    *("ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "MOBILIZE", "COERCE", "ASSAULT"),
}
CONTEXTS = 37
ONTOLOGIES = sorted(path.parent.name for path in (home() / "ontologies").glob("*/types.yaml"))


@pytest.mark.parametrize("name", ONTOLOGIES)
def test_ontology_loads(name: str) -> None:
    rules = load_events(layers(), name)
    assert rules.rules
    assert {r.type.name for r in rules.rules} <= set(rules.ontology.types)


def test_plover_is_whole() -> None:
    known = load_ontology(layers(), "plover")
    assert set(known.types) == TYPES
    assert len(known.contexts) == CONTEXTS
    assert known.types["ASSAULT"].score_of("heavy-weapons") == -9.5
    assert known.types["ASSAULT"].score_of(None) == -9
    assert all(kind.quad_class and kind.score is not None for kind in known.types.values())


RULE = """rules:
- id: own.pardon
  type: CONCEDE
  verb: [amnesty]
  examples: ["The king *amnestied* nine men."]
"""

BROKEN = [
    ("types.yaml", "rules:\n- id: FIGHT\n  quad_class: violent\n", 2, "quad_class"),
    ("types.yaml", "rules:\n- id: FIGHT\n  score: 11\n", 2, "between -10 and 10"),
    ("types.yaml", "rules:\n- id: FIGHT\n  roles: {subject: victim}\n", 2, "must be actor, recipient or none"),
    ("types.yaml", "rules:\n- id: FIGHT\n  future: NOWHERE\n", 2, "unknown type"),
    ("types.yaml", "rules:\n- id: FIGHT\n  colour: red\n", 2, "unknown key"),
    ("contexts.yaml", "rules:\n- id: sea\n  words: [two words]\n  examples: [x]\n", 2, "not one word"),
    ("contexts.yaml", "rules:\n- id: sea\n  words: [ship]\n", 2, "needs an example"),
    ("triggers/own.yaml", RULE.replace("CONCEDE", "FORGIVE"), 2, "unknown type"),
    ("triggers/own.yaml", RULE.replace("verb:", "verbs:"), 2, "unknown key"),
    ("triggers/own.yaml", RULE.replace("  verb: [amnesty]\n", ""), 2, "needs verb, noun or adjective"),
    ("triggers/own.yaml", RULE.replace("[amnesty]", "[amnesty, amnesty]"), 2, "listed twice"),
    ("triggers/own.yaml", RULE.replace("[amnesty]", '[""]'), 2, "empty"),
    ("triggers/own.yaml", RULE.split("  examples", maxsplit=1)[0], 2, "needs an example"),
    ("triggers/own.yaml", RULE.replace("*", ""), 2, "between two asterisks"),
    ("triggers/own.yaml", RULE + "  mode: gently\n", 2, "has no mode"),
    ("triggers/own.yaml", RULE + "  needs: {object: [<nobody>]}\n", 2, "unknown word class"),
    ("triggers/own.yaml", RULE + "  needs: {object: [GPES]}\n", 2, "unknown entity label"),
    ("triggers/own.yaml", RULE + "  needs: {objct: [ANY]}\n", 2, "unknown slot"),
    ("triggers/own.yaml", RULE + "  strength: 2\n", 2, "between 0 and 1"),
    ("triggers/own.yaml", RULE + "  tense: perfect\n", 2, "tense must be one of"),
    ("triggers/own.yaml", RULE + "  bare: maybe\n", 2, "bare must be one of"),
    ("triggers/own.yaml", RULE + "  topics: [astrology]\n", 2, "unknown topic"),
    ("triggers/own.yaml", RULE + RULE.removeprefix("rules:\n"), 6, "occurs twice"),
]


@pytest.mark.parametrize(("name", "text", "line", "message"), BROKEN, ids=[f"{b[0]}: {b[3]}" for b in BROKEN])
def test_broken_rules_are_refused_with_file_and_line(
    name: str, text: str, line: int, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "ontologies" / "plover" / name
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RuleError) as caught:
        load_events(layers([tmp_path]))
    assert f"{path}:{line}" in str(caught.value)
    assert message in str(caught.value)


def test_broken_weights_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "events" / "confidence.yaml"
    path.parent.mkdir()
    path.write_text("rules:\n- {id: luck, weight: 1}\n", encoding="utf-8")
    with pytest.raises(RuleError, match="unknown weight"):
        load_events(layers([tmp_path]))


def test_unknown_ontology_is_refused() -> None:
    with pytest.raises(RuleError, match="no such ontology"):
        load_ontology(layers(), "nowhere")


def test_users_rule_is_laid_over(parse: Parse, tmp_path: Path) -> None:
    path = tmp_path / "ontologies" / "plover" / "triggers" / "own.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(RULE.replace("amnesty", "serenade").replace("amnestied", "serenaded"), encoding="utf-8")
    article = parse("The king serenaded the general on Monday.", "2020-05-08")
    assert "serenaded" not in by_trigger(article, load())
    event = by_trigger(article, load([tmp_path]))["serenaded"]
    assert (event.mention.event_type, event.mention.rule) == ("CONCEDE", "own.pardon")


def test_users_ontology_is_found(parse: Parse, tmp_path: Path) -> None:
    folder = tmp_path / "ontologies" / "weddings"
    (folder / "triggers").mkdir(parents=True)
    (folder / "types.yaml").write_text("rules:\n- id: MARRY\n  roles: {object: actor}\n", encoding="utf-8")
    rule = 'rules:\n- id: marry\n  type: MARRY\n  verb: [marry]\n  examples: ["She *married* him."]\n'
    (folder / "triggers" / "all.yaml").write_text(rule, encoding="utf-8")
    found = by_trigger(parse("Meghan Markle married Prince Harry in 2018."), load([tmp_path], "weddings"))
    assert found["married"].mention.event_type == "MARRY"
    assert found["married"].quad_class is None
    assert found["married"].intensity is None
