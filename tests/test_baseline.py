"""Quality on our own labels only rises: the figures must not fall below corpus/baseline.json."""

from pathlib import Path

import pytest

from pipeline.evaluate import evaluate, load_gold
from pipeline.evaluate.baseline import check, load_baseline
from pipeline.rules.load import load

HOME = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("half", ["dev", "test"])
def test_no_figure_falls_below_the_baseline(half: str, sample_run: Path) -> None:
    types = frozenset(load().events.ontology.types)
    gold = load_gold(HOME / "corpus" / "gold" / f"{half}.jsonl", types)
    drops = check(evaluate(gold, sample_run, name=half), load_baseline(HOME / "corpus" / "baseline.json"))
    assert not drops, "; ".join(map(str, drops))


def test_labels_are_those_of_the_articles() -> None:
    for half in ("dev", "test"):
        for document in load_gold(HOME / "corpus" / "gold" / f"{half}.jsonl"):
            article = HOME / "corpus" / "articles" / f"{document.doc_id}.txt"
            assert article.read_text(encoding="utf-8") == document.text
