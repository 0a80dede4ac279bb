"""Fixtures that several tests share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.annotate import Annotator, load_model, make_annotator
from pipeline.layout import read_layout
from pipeline.parsed import ParsedArticle
from pipeline.process import Tools
from pipeline.records import Article, Field, PublishedSource
from pipeline.rules.actors import ActorRules
from pipeline.rules.events import EventRules
from pipeline.rules.layout import LayoutRules
from pipeline.rules.load import DEFAULT_ONTOLOGY, Rules, load
from pipeline.run import RunOptions, RunResult, Silent, run

Parse = Callable[..., ParsedArticle]
Run = Callable[..., RunResult]


@pytest.fixture(scope="session")
def rules() -> Rules:
    return load()


@pytest.fixture(scope="session")
def layout_rules(rules: Rules) -> LayoutRules:
    return rules.layout


@pytest.fixture(scope="session")
def actor_rules(rules: Rules) -> ActorRules:
    return rules.actors


@pytest.fixture(scope="session")
def event_rules(rules: Rules) -> EventRules:
    return rules.events


@pytest.fixture(scope="session")
def annotator(rules: Rules) -> Annotator:
    return make_annotator(load_model(), rules.ner)


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run that ``make demo`` makes, in ``…/outputs/demo``."""
    from .readme import demo

    return demo(tmp_path_factory.mktemp("sample"))


@pytest.fixture(scope="session")
def parse(annotator: Annotator, layout_rules: LayoutRules) -> Parse:
    def parse_text(text: str, published: str | None = None) -> ParsedArticle:
        article = Article(
            doc_id="x",
            source="x.txt",
            text=text,
            published_date=date.fromisoformat(published) if published else None,
            published_source=PublishedSource.METADATA if published else PublishedSource.NONE,
        )
        return next(annotator.annotate([(article, [(Field.BODY, text, read_layout(text, layout_rules))])], 8))

    return parse_text


@pytest.fixture(scope="session")
def tools(annotator: Annotator, rules: Rules) -> Tools:
    return Tools(annotator, rules, run_id="test")


@pytest.fixture
def do(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A run with the model loaded once for all tests; keyword arguments are RunOptions."""

    def make(rules: Any, spacy_model: str, batch_size: int, run_id: str) -> Tools:
        annotator = tools.annotator
        if rules.ner != tools.rules.ner:
            annotator = make_annotator(annotator.nlp, rules.ner)
        return replace(tools, annotator=annotator, rules=rules, batch_size=batch_size, run_id=run_id)

    def load_some(overlays: Any, ontology: str) -> Rules:
        return load(overlays, ontology) if overlays or ontology != DEFAULT_ONTOLOGY else tools.rules

    monkeypatch.setattr("pipeline.run.make_tools", make)
    monkeypatch.setattr("pipeline.run.load", load_some)

    def go(*inputs: Path, output: str = "out", **options: Any) -> RunResult:
        return run(RunOptions(inputs=inputs, output=tmp_path / output, **options), Silent())

    return go


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add ``--long``: fault tests of many rounds."""
    parser.addoption("--long", action="store_true", help="many more random faults; takes long")
