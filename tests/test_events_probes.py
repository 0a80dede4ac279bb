"""The probe set: sentences of our own that say each type of event in many ways, and some that say none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.annotate import Annotator
from pipeline.extract.events import find_events
from pipeline.parsed import ParsedText
from pipeline.records import Article, Block, BlockKind, Field
from pipeline.rules.events import EventRules, load_events
from pipeline.rules.source import layers
from pipeline.spans import Span

FILE = Path(__file__).parent.parent / "corpus" / "probes" / "events.jsonl"
PROBES: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
KINDS = {"sentence": BlockKind.BODY, "headline": BlockKind.HEADLINE, "quiet": BlockKind.BODY}


@pytest.fixture(scope="session")
def texts(annotator: Annotator) -> dict[str, ParsedText]:
    """Parses of all probes, made in one go."""
    work = [
        (
            Article(doc_id=p["id"], source="x", text=p["text"]),
            [(Field.BODY, p["text"], [Block(Span(0, len(p["text"])), KINDS[p["kind"]])])],
        )
        for p in PROBES
    ]
    return {p["id"]: parsed.texts[0] for p, parsed in zip(PROBES, annotator.annotate(work, 64), strict=True)}


@pytest.mark.parametrize("probe", PROBES, ids=[p["id"] for p in PROBES])
def test_probe(probe: dict[str, Any], texts: dict[str, ParsedText], event_rules: EventRules) -> None:
    found = [e for e in find_events(texts[probe["id"]], event_rules) if e.event_type]
    have = [{"trigger": e.span.of(probe["text"]), "type": e.event_type} for e in found]
    assert have == probe["events"]


def test_probes_are_whole() -> None:
    assert len({p["id"] for p in PROBES}) == len({p["text"] for p in PROBES}) == len(PROBES)
    types = {e["type"] for p in PROBES for e in p["events"]}
    assert types == set(load_events(layers()).ontology.types)
    assert all(bool(p["events"]) == (p["kind"] != "quiet") for p in PROBES)
