"""Fixtures that several tests share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from pipeline.annotate import Annotator, load_model, make_ruler
from pipeline.layout import read_layout
from pipeline.parsed import ParsedArticle
from pipeline.records import Article, Field, PublishedSource
from pipeline.rules.layout import LayoutRules, load_layout
from pipeline.rules.ner import load_ner
from pipeline.rules.source import layers

Parse = Callable[..., ParsedArticle]


@pytest.fixture(scope="session")
def annotator() -> Annotator:
    nlp = load_model()
    return Annotator(nlp, make_ruler(nlp, load_ner(layers())))


@pytest.fixture(scope="session")
def layout_rules() -> LayoutRules:
    return load_layout(layers())


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
