"""The probe set: sentences of our own for what a date normalizer is rarely asked."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.extract.dates import find_dates
from pipeline.extract.quotes import find_quotes
from pipeline.records import ResolvedDate
from pipeline.resolve.dates import resolve_dates
from pipeline.rules.dates import load_dates
from pipeline.rules.quotes import load_quotes
from pipeline.rules.source import layers

from .conftest import Parse

FILE = Path(__file__).parent.parent / "corpus" / "probes" / "dates.jsonl"
PROBES: list[dict[str, Any]] = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]
KINDS = ("quote-time", "tense", "chain", "heading", "event", "range", "ambiguity", "abstention")
KNOWN_FAILURES: dict[str, str] = {}
DATES, QUOTES = load_dates(layers()), load_quotes(layers())


def read(parse: Parse, probe: dict[str, Any]) -> list[ResolvedDate]:
    article = parse(probe["text"], probe["published"])
    mentions = [m for text in article.texts for m in find_dates(text, DATES)]
    quotes = [q for text in article.texts for q in find_quotes(text, QUOTES)]
    day = date.fromisoformat(probe["published"]) if probe["published"] else None
    return resolve_dates(article, mentions, quotes, day, DATES)


def faults(found: list[ResolvedDate], probe: dict[str, Any]) -> list[str]:
    """What is wrong, a line each; empty if all is as the probe wants it."""
    text = probe["text"]
    out = []
    keys = set()
    for want in probe["expect"]:
        fitting = [d for d in found if d.mention.span.of(text) == want["text"]]
        right = [d for d in fitting if d.value == want["value"]]
        if not right:
            out.append(f"{want['text']!r}: {want['value']} wanted, got {[d.value for d in fitting]}")
            continue
        d = right[0]
        out.extend(
            f"{want['text']!r}: {name} {want[name]} wanted, got {value}"
            for name, value in (
                ("anchor", d.anchor.value),
                ("start", d.start and d.start.isoformat()),
                ("end", d.end and d.end.isoformat()),
            )
            if name in want and want[name] != value
        )
        if "range" in want:
            keys.add(d.mention.range_key)
    if keys and (len(keys) > 1 or None in keys):
        out.append(f"not linked: {keys}")
    shown = {d.mention.span.of(text) for d in found}
    out.extend(f"{word!r} is no date" for word in probe.get("absent", ()) if word in shown)
    return out


def params() -> list[Any]:
    return [
        pytest.param(
            probe,
            id=probe["id"],
            marks=[pytest.mark.xfail(strict=True, reason=KNOWN_FAILURES[probe["id"]])]
            if probe["id"] in KNOWN_FAILURES
            else [],
        )
        for probe in PROBES
    ]


@pytest.mark.parametrize("probe", params())
def test_probe(probe: dict[str, Any], parse: Parse) -> None:
    assert faults(read(parse, probe), probe) == []


def test_the_set_is_large_and_its_known_failures_few() -> None:
    counts = Counter(probe["kind"] for probe in PROBES)
    assert len(PROBES) >= 120
    assert all(counts[kind] >= 12 for kind in KINDS), counts
    assert len({probe["id"] for probe in PROBES}) == len(PROBES)
    assert len(KNOWN_FAILURES) <= 0.05 * len(PROBES)
    assert KNOWN_FAILURES.keys() <= {probe["id"] for probe in PROBES}
