"""At whom acts are aimed that name their target only in their content: beside the examples of aims.yaml; refusals."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.records import Field, ResolvedEvent
from pipeline.rules.aims import load_aims, load_makers
from pipeline.rules.load import Rules
from tests.conftest import Parse
from tests.events import events_of


def _event(marked: str, rules: Rules, parse: Parse) -> ResolvedEvent:
    """The event at the starred trigger."""
    plain = marked.replace("*", "")
    found = [e for e in events_of(parse(plain), rules) if e.mention.span.of(plain) == marked.split("*")[1]]
    assert found, f"no event in {marked}"
    return found[0]


def test_who_acts_is_no_target(rules: Rules, parse: Parse) -> None:
    event = _event("Kenya *rejected* a plan for ending its quarrel with the Kenyan government.", rules, parse)
    assert not event.recipients


def test_those_joined_are_targets_too(rules: Rules, parse: Parse) -> None:
    event = _event("Miners *rallied* over a law signed by Anna Lee and Tom Diaz.", rules, parse)
    assert [m.actor.name for m in event.recipients] == ["Anna Lee", "Tom Diaz"]


def test_members_of_a_group_take_part_one_by_one(rules: Rules, parse: Parse) -> None:
    text = "Anna Lee and Tom Diaz flew to Oslo on Monday. They *criticised* the bank."
    event = _event(text, rules, parse)
    assert [m.actor.name for m in event.actors] == ["Anna Lee", "Tom Diaz"]
    assert all(m.mention.field is Field.BODY for m in event.actors)


GOOD = 'types: [PROTEST], through: [object], at: [by], examples: ["He *ran* from [Lee]."]'
BROKEN = [
    (
        "{id: a, types: [DANCE], through: [object], at: [by], examples: ['He *hit* [Lee].']}",
        "unknown type 'DANCE'",
    ),
    ("{id: a, types: [], through: [object], at: [by], examples: ['He *hit* [Lee].']}", "needs types"),
    ("{id: a, types: [PROTEST], through: [object], at: [by]}", "without an example"),
    ("{id: a, types: [PROTEST], through: [object], at: [by], examples: ['He ran.']}", "between asterisks"),
    ("{id: a, types: [PROTEST], at: [by], examples: ['He *hit* [Lee].']}", "needs through"),
    ("{id: a, types: [PROTEST], through: [ob-ject], at: [by], examples: ['He *hit* [Lee].']}", "neither"),
    ("{id: a, types: [PROTEST], thru: [object], at: [by], examples: ['He *hit* [Lee].']}", "unknown key"),
    (f"{{id: a, {GOOD}}}\n- {{id: b, {GOOD}}}", "has an aim already"),
]


@pytest.mark.parametrize(("rule", "message"), BROKEN, ids=[m for _, m in BROKEN])
def test_broken_aim_is_refused(tmp_path: Path, rule: str, message: str) -> None:
    folder = tmp_path / "ontologies/small"
    folder.mkdir(parents=True)
    (folder / "aims.yaml").write_text(f"rules:\n- {rule}\n", encoding="utf-8")
    with pytest.raises(RuleError, match=message) as error:
        load_aims([tmp_path], "small", {"PROTEST"})
    assert "aims.yaml" in str(error.value)


def test_a_body_of_another_state_made_nothing(rules: Rules, parse: Parse) -> None:
    text = "The Kenyan parliament met on Monday. The president of Peru *vetoed* the bill."
    event = _event(text, rules, parse)
    assert not event.recipients


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{id: a, types: [DANCE], things: [bill], sectors: [LEG], examples: [x]}", "unknown type"),
        ("{id: a, types: [PROTEST], things: [bill], sectors: [LAW], examples: [x]}", "unknown sector"),
        ("{id: a, types: [PROTEST], things: [bill], sectors: [LEG]}", "needs types, things and examples"),
        ("{id: a, types: [PROTEST], things: [bill], sector: [LEG], examples: [x]}", "unknown key"),
    ],
)
def test_broken_maker_is_refused(tmp_path: Path, rule: str, message: str) -> None:
    folder = tmp_path / "ontologies/small"
    folder.mkdir(parents=True)
    (folder / "makers.yaml").write_text(f"rules:\n- {rule}\n", encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        load_makers([tmp_path], "small", {"PROTEST"})
