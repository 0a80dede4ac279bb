"""Patterns that repair and extend the model's named entities (``models/ner/*.yaml``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.rules.source import read_folder

_KEYS = frozenset({"label", "pattern", "phrases", "note", "source", "examples", "counterexamples"})
LABELS = frozenset(
    ("PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE")
    + ("DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL")
)


@dataclass(frozen=True, slots=True)
class NerPattern:
    """One pattern of spaCy's EntityRuler: a phrase, or a list of token descriptions."""

    rule_id: str
    label: str
    pattern: str | list[dict[str, Any]]


def load_ner(stack: Sequence[Path]) -> tuple[NerPattern, ...]:
    """All patterns, in file order. RuleError at an unknown label or an empty pattern."""
    out: list[NerPattern] = []
    for item in read_folder(stack, "ner"):
        item.only(_KEYS)
        label = item.text("label")
        if label not in LABELS:
            raise item.error(f"unknown label {label!r}")
        patterns: list[str | list[dict[str, Any]]] = list(item.texts("phrases"))
        tokens = item.data.get("pattern")
        if tokens is not None:
            if not isinstance(tokens, list) or not tokens or not all(isinstance(t, dict) and t for t in tokens):
                raise item.error("pattern must be a list of token descriptions, none of them empty")
            patterns.append(tokens)
        if not patterns or not all(patterns):
            raise item.error("needs phrases or a pattern")
        out.extend(NerPattern(item.id, label, p) for p in patterns)
    return tuple(out)
