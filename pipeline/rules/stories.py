"""When two tellings are one happening: the numbers of ``models/stories/stories.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from pipeline.records import Modality
from pipeline.rules.source import Item, read

_FILE = "stories/stories.yaml"


@dataclass(frozen=True, slots=True)
class Weights:
    """The logistic model's, by what each is multiplied by or added for."""

    bias: float
    same_day: float
    next_day: float
    near: float
    undated: float
    actors: float
    recipients: float
    other_actors: float
    few_words: float
    actors_abroad: float
    other_recipients: float
    other_mode: float
    lemma: float
    words: float
    article: float
    place: float
    planned: float
    verbal: float
    beside: float


@dataclass(frozen=True, slots=True)
class StoryRules:
    """The numbers, each explained where it stands in the file."""

    modality: frozenset[Modality]
    apart: int
    undated: int
    longest: int
    span: int
    stem: int
    shortest: int
    of_article: int
    of_sentence: int
    lead: int
    capital: float
    article_keys: int
    sentence_keys: int
    window: int
    crowd: int
    reach: int
    name: float
    country_sector: float
    country: float
    common: float
    weights: Weights
    least: float
    few: float
    strong: float
    alike: float
    retold: float
    together: float
    one_article: float
    rival: float
    largest: int


_WHOLE = {
    "days": ("apart", "undated", "longest", "span"),
    "terms": ("stem", "shortest", "of_article", "of_sentence", "lead"),
    "blocks": ("article_keys", "sentence_keys", "window", "crowd", "reach"),
    "largest": ("largest",),
}
_SHARES = {
    "parties": ("name", "country_sector", "country", "common"),
    "story": ("least", "few", "strong", "alike", "retold", "together", "one_article", "rival"),
}
_RULES = {
    "happens": ("modality",),
    **_WHOLE,
    "terms": (*_WHOLE["terms"], "capital"),
    **_SHARES,
    "weights": tuple(f.name for f in fields(Weights)),
}


def load_stories(stack: Sequence[Path]) -> StoryRules:
    """Read the numbers. RuleError at one that is missing, of the wrong kind or out of its range."""
    items = {item.id: item for item in read(stack, _FILE)}
    for name, item in items.items():
        if name not in _RULES:
            raise item.error(f"unknown rule (known: {', '.join(sorted(_RULES))})")
        item.only(frozenset((*_RULES[name], "note", "source")))
    missing = sorted(set(_RULES) - set(items))
    if missing:
        raise next(iter(items.values())).error(f"the rule {missing[0]!r} is missing from the file")
    whole = {key: _whole(items[name], key) for name, keys in _WHOLE.items() for key in keys}
    shares = {key: _share(items[name], key) for name, keys in _SHARES.items() for key in keys}
    weights = Weights(**{key: items["weights"].number(key) for key in _RULES["weights"]})
    if whole["window"] < 2 * max(whole["undated"], whole["apart"]):
        raise items["blocks"].error("window must be at least twice the days that tellings may lie apart")
    rest: dict[str, Any] = {**whole, **shares, "capital": items["terms"].number("capital")}
    return StoryRules(modality=_modality(items["happens"]), weights=weights, **rest)


def _whole(item: Item, key: str) -> int:
    value = item.number(key)
    if value != int(value) or not 0 <= value <= 1_000_000:
        raise item.error(f"{key} must be a whole number that is not negative")
    return int(value)


def _share(item: Item, key: str) -> float:
    value = item.number(key)
    if not 0 <= value <= 1:
        raise item.error(f"{key} must be from 0 to 1")
    return value


def _modality(item: Item) -> frozenset[Modality]:
    known = {str(m) for m in Modality}
    names = item.texts("modality")
    if not names or set(names) - known:
        raise item.error(f"modality must be of {', '.join(sorted(known))}")
    return frozenset(Modality(name) for name in names)
