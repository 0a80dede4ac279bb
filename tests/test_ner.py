"""Repairs of named entities: each with its examples; names of the gazetteer."""

from __future__ import annotations

import pytest

from pipeline.rules.gazetteer import load_gazetteer
from pipeline.rules.ner import load_ner
from pipeline.rules.source import layers

from .conftest import Parse


@pytest.mark.parametrize(
    ("text", "name", "label"),
    [
        ("Volodymyr Zelenskyy spoke to Trump on Friday.", "Volodymyr Zelenskyy", "PERSON"),
        ("Officials of the World Food Programme left Sudan.", "World Food Programme", "ORG"),
        ("Ban Ki-moon arrived in Darfur.", "Ban Ki-moon", "PERSON"),
        ("Theresa May resigned.", "Theresa May", "PERSON"),
    ],
)
def test_known_names_have_their_label(text: str, name: str, label: str, parse: Parse) -> None:
    parsed = parse(text).texts[0]
    assert (name, label) in {(parsed.span(e.first, e.last).of(text), e.label) for e in parsed.entities}


def test_single_words_of_the_gazetteer_repair_nothing() -> None:
    found = load_ner(layers(), load_gazetteer(layers()))
    patterns = [p for p in found if p.rule_id.partition(":")[0] in ("person", "org", "state")]
    assert patterns
    assert all(isinstance(p.pattern, str) and " " in p.pattern for p in patterns)
