"""Every rule of models/dates runs against its own examples and counterexamples."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from pipeline.extract.dates import find_dates
from pipeline.extract.dates.build import MAKERS
from pipeline.extract.dates.guards import GUARDS
from pipeline.parsed import ParsedArticle
from pipeline.records import ResolvedDate
from pipeline.resolve.dates import resolve_dates
from pipeline.rules import dates as rules_module
from pipeline.rules.dates import DateRule, Example, load_dates
from pipeline.rules.source import layers

Parse = Callable[..., ParsedArticle]
RULES = load_dates(layers())
CASES = [(rule, example) for rule in RULES.rules for example in rule.examples]


def read(article: ParsedArticle, published: date | None) -> list[ResolvedDate]:
    mentions = [m for text in article.texts for m in find_dates(text, RULES)]
    return resolve_dates(article, mentions, [], published, RULES)


@pytest.mark.parametrize(("rule", "example"), CASES, ids=[f"{rule.id}-{n}" for n, (rule, _) in enumerate(CASES)])
def test_example(rule: DateRule, example: Example, parse: Parse) -> None:
    text = example.text.replace("[", "").replace("]", "")
    found = read(parse(text), example.on)
    if example.value is None:
        if rule.kind == "veto":
            assert found == []
        else:
            assert not [d.mention.span.of(text) for d in found if d.rule == rule.id]
        return
    marked = example.text[example.text.index("[") + 1 : example.text.index("]")]
    spans = {d.mention.span.of(text): d for d in found}
    assert marked in spans, list(spans)
    d = spans[marked]
    assert d.value == example.value
    if rule.kind in ("before", "after"):  # these modify what another rule has found
        assert d.mod == rule.mods[d.timex_type.value]
    else:
        assert d.rule == rule.id


def test_guards_and_meanings_of_the_files_are_those_of_the_code() -> None:
    assert set(GUARDS) == set(rules_module.GUARDS)
    assert set(MAKERS) == set(rules_module.MEANINGS)
