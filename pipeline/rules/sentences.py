"""Sentences by which trigger rules show what they are for: the trigger stands between asterisks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.rules.source import Item

_EXAMPLE_KEYS = frozenset({"text", "type", "mode", "actor", "recipient", "negated", "modality", "trigger"})


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence with its trigger between asterisks, and what must come out of it."""

    text: str
    start: int
    end: int
    expect: Mapping[str, Any]


def read_examples(item: Item, key: str) -> tuple[Example, ...]:
    """Sentences with the trigger between asterisks, under a key of a rule. RuleError at one without a trigger."""
    value = item.data.get(key, [])
    if not isinstance(value, list):
        raise item.error(f"{key} must be a list")
    out = []
    for entry in value:
        data = {"text": entry} if isinstance(entry, str) else entry
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            raise item.error(f"{key}: each must be a sentence, or a mapping with one under text")
        unknown = sorted(set(data) - _EXAMPLE_KEYS)
        if unknown:
            raise item.error(f"{key}: unknown key {unknown[0]!r}")
        parts = data["text"].split("*")
        if len(parts) != 3 or not parts[1].strip():
            raise item.error(f"{key}: the trigger must stand between two asterisks: {data['text']!r}")
        start = len(parts[0])
        text = "".join(parts)
        expect = {k: v for k, v in data.items() if k != "text"}
        out.append(Example(text, start, start + len(parts[1]), expect))
    return tuple(out)
