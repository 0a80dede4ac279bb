"""When two articles are one text: the numbers of ``models/duplicates/copies.yaml``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.records import BlockKind
from pipeline.rules.source import Item, read

_FILE = "duplicates/copies.yaml"
_KEYS = {
    "shingle": {"words"},
    "similarity": {"least"},
    "keeper": {"least"},
    "short": {"words"},
    "signature": {"permutations", "rows", "seed"},
    "crowd": {"leaders"},
    "words": {"kinds"},
}


@dataclass(frozen=True, slots=True)
class DuplicateRules:
    """The numbers, each explained where it stands in the file.

    ``similarity`` and ``keeper`` are Jaccard coefficients, ``permutations`` is a
    multiple of ``rows``, ``kinds`` are the blocks whose words count.
    """

    shingle: int
    similarity: float
    keeper: float
    short: int
    permutations: int
    rows: int
    seed: int
    leaders: int
    kinds: frozenset[BlockKind]

    @property
    def bands(self) -> int:
        """Bands of a signature."""
        return self.permutations // self.rows


def load_duplicates(stack: Sequence[Path]) -> DuplicateRules:
    """Read the numbers. RuleError at one that is missing, of the wrong kind or out of its range."""
    items = {item.id: item for item in read(stack, _FILE)}
    for name, item in items.items():
        if name not in _KEYS:
            raise item.error(f"unknown rule (known: {', '.join(sorted(_KEYS))})")
        item.only(frozenset(_KEYS[name] | {"note", "source"}))
    missing = sorted(set(_KEYS) - set(items))
    if missing:
        raise next(iter(items.values())).error(f"the rule {missing[0]!r} is missing from the file")
    signature = items["signature"]
    rules = DuplicateRules(
        shingle=_whole(items["shingle"], "words", 1, 12),
        similarity=_share(items["similarity"]),
        keeper=_share(items["keeper"]),
        short=_whole(items["short"], "words", 0, 100_000),
        permutations=_whole(signature, "permutations", 16, 1024),
        rows=_whole(signature, "rows", 1, 16),
        seed=_whole(signature, "seed", 0, 2**31),
        leaders=_whole(items["crowd"], "leaders", 1, 10_000),
        kinds=_kinds(items["words"]),
    )
    if rules.permutations % rules.rows:
        raise signature.error(f"rows ({rules.rows}) must divide permutations ({rules.permutations})")
    if rules.keeper > rules.similarity:
        raise items["keeper"].error("must not be above the similarity of near copies")
    return rules


def _whole(item: Item, key: str, low: int, high: int) -> int:
    value = item.number(key)
    if value != int(value) or not low <= value <= high:
        raise item.error(f"{key} must be a whole number from {low} to {high}")
    return int(value)


def _share(item: Item) -> float:
    value = item.number("least")
    if not 0 < value <= 1:
        raise item.error("least must be above 0 and at most 1")
    return value


def _kinds(item: Item) -> frozenset[BlockKind]:
    known = {str(kind) for kind in BlockKind}
    names = item.texts("kinds")
    unknown = sorted(set(names) - known)
    if unknown or not names:
        raise item.error(f"kinds must be of {', '.join(sorted(known))}" + (f", not {unknown[0]!r}" if unknown else ""))
    return frozenset(BlockKind(name) for name in names)
