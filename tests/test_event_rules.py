"""Every trigger rule against its own examples and counterexamples, one by one."""

from __future__ import annotations

import pytest

from pipeline.annotate import Annotator
from pipeline.extract.events.examples import failures, misfires
from pipeline.parsed import ParsedText
from pipeline.records import Article, Block, BlockKind, Field
from pipeline.rules.events import EventRules, TriggerRule, load_events
from pipeline.rules.sentences import Example
from pipeline.rules.source import home, layers
from pipeline.spans import Span

ONTOLOGIES = sorted(path.name for path in (home() / "ontologies").iterdir() if (path / "types.yaml").is_file())
RULES = {name: load_events(layers(), name) for name in ONTOLOGIES}
EXAMPLES = [(n, r, e) for n, rules in RULES.items() for r in rules.rules for e in r.examples]
COUNTEREXAMPLES = [(n, r, e) for n, rules in RULES.items() for r in rules.rules for e in r.counterexamples]

Case = tuple[str, TriggerRule, Example]


def identity(case: Case) -> str:
    return f"{case[0]}:{case[1].id}:{case[2].text[:40]}"


@pytest.fixture(scope="session")
def parses(annotator: Annotator) -> dict[str, ParsedText]:
    """Parses of all examples, made in one go."""
    texts = sorted({e.text for _, _, e in (*EXAMPLES, *COUNTEREXAMPLES)})
    work = [
        (
            Article(doc_id=str(i), source="x", text=text),
            [(Field.BODY, text, [Block(Span(0, len(text)), BlockKind.BODY)])],
        )
        for i, text in enumerate(texts)
    ]
    return {p.texts[0].text: p.texts[0] for p in annotator.annotate(work, 64)}


def rules_of(case: Case) -> EventRules:
    return RULES[case[0]]


@pytest.mark.parametrize("case", EXAMPLES, ids=identity)
def test_example(case: Case, parses: dict[str, ParsedText]) -> None:
    assert failures(parses[case[2].text], rules_of(case), case[1], case[2]) == []


@pytest.mark.parametrize("case", COUNTEREXAMPLES, ids=identity)
def test_counterexample(case: Case, parses: dict[str, ParsedText]) -> None:
    assert misfires(parses[case[2].text], rules_of(case), case[1], case[2]) == []
