"""Patterns that repair and extend the model's named entities (``models/ner/*.yaml``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.records import ActorKind
from pipeline.rules.gazetteer import Gazetteer, iter_names
from pipeline.rules.source import read_folder

_KEYS = frozenset({"label", "pattern", "phrases", "note", "source", "examples", "counterexamples"})
LABELS = frozenset(
    ("PERSON", "NORP", "FAC", "ORG", "GPE", "LOC", "PRODUCT", "EVENT", "WORK_OF_ART", "LAW", "LANGUAGE")
).union(("DATE", "TIME", "PERCENT", "MONEY", "QUANTITY", "ORDINAL", "CARDINAL"))
_GAZETTEER = {
    ActorKind.PERSON: "PERSON",
    ActorKind.ORGANISATION: "ORG",
    ActorKind.GOVERNMENT: "ORG",
    ActorKind.ARMED_GROUP: "ORG",
    ActorKind.STATE: "GPE",
}


@dataclass(frozen=True, slots=True)
class NerPattern:
    """One pattern of spaCy's EntityRuler: a phrase, or a list of token descriptions.

    All patterns of a rule have the rule's examples, those of the gazetteer none. In an
    example one entity of the rule stands between brackets; in a counterexample is none.
    """

    rule_id: str
    label: str
    pattern: str | list[dict[str, Any]]
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


def load_ner(stack: Sequence[Path], gazetteer: Gazetteer) -> tuple[NerPattern, ...]:
    """All patterns: those of the files, in order, then the gazetteer's full names.

    Only names of several words are taken over from the gazetteer: a single word may be
    anything. RuleError at an unknown label, an empty pattern or a rule without an example.
    """
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
        examples, against = item.texts("examples"), item.texts("counterexamples")
        if not examples:
            raise item.error("a rule without an example")
        out.extend(NerPattern(item.id, label, p, examples, against) for p in patterns)
    taken = {p.pattern for p in out if isinstance(p.pattern, str)}
    for form, entry in iter_names(gazetteer):
        if " " in form and form not in taken and entry.kind in _GAZETTEER:
            out.append(NerPattern(entry.id, _GAZETTEER[entry.kind], form))
            taken.add(form)
    return tuple(out)
