"""Every rule against its own examples and counterexamples, one by one."""

from __future__ import annotations

import pytest

from pipeline.annotate import Annotator
from pipeline.examples import Case, Parse, cases, parser
from pipeline.rules.load import DEFAULT_ONTOLOGY, Rules, load
from pipeline.rules.source import home

ONTOLOGIES = {
    path.parent.name: load(ontology=path.parent.name) for path in sorted((home() / "ontologies").glob("*/types.yaml"))
}


def own_cases(ontology: str, rules: Rules) -> list[Case]:
    """Those of an ontology; the default one's are with those of all other rooms."""
    if ontology == DEFAULT_ONTOLOGY:
        return list(cases(rules))
    triggers = {rule.id for rule in rules.events.rules}
    return [case for case in cases(rules) if case.rule in triggers]


CASES = [(ontology, case) for ontology, rules in ONTOLOGIES.items() for case in own_cases(ontology, rules)]


@pytest.fixture(scope="module")
def parses(annotator: Annotator) -> dict[str, Parse]:
    return {ontology: parser(annotator, rules) for ontology, rules in ONTOLOGIES.items()}


@pytest.mark.parametrize(("ontology", "case"), CASES, ids=[f"{o}:{c.rule}:{c.text[:40]}" for o, c in CASES])
def test_example(ontology: str, case: Case, parses: dict[str, Parse]) -> None:
    assert case.fails(parses[ontology]) == ""


def test_every_room_has_examples() -> None:
    rules = ONTOLOGIES[DEFAULT_ONTOLOGY]
    untyped = rules.events.untyped
    assert untyped is not None
    named = {case.rule for case in cases(rules)}
    layout = rules.layout
    assert named >= {rule.rule_id for rule in layout.lines} | {sign.rule_id for sign in layout.evidence}
    assert named >= {part.rule_id for part in layout.parts}
    assert named >= {rule.id for rule in rules.dates.rules} | {rule.id for rule in rules.events.rules}
    assert named >= {rule for rule, _ in (*rules.quotes.examples, *untyped.examples, *untyped.counterexamples)}
