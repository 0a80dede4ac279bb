"""Date expressions, measured as TempEval-3 does (UzZaman et al. 2013).

Extents are compared without white space and punctuation at their edges. Matching is
one to one: equal extents first, then the largest overlap.

- strict: the same extent; relaxed: any overlap
- value: relaxed, and the same TIMEX3 value; type: relaxed, and the same type
- mod: of the pairs where either side has a modifier, those with the same
- range: of pairs of matched expressions, those told to be ends of one range
- DATE value: the value measure over type DATE alone, which is what an event table lives on
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from pipeline.evaluate.bootstrap import F1, Share
from pipeline.evaluate.gold import GoldDate, GoldDocument
from pipeline.evaluate.mistakes import Fault, Notes
from pipeline.evaluate.predicted import PredictedDate
from pipeline.records import TimexType
from pipeline.spans import Span, trim

EDGE = ".,;:!?\"'()[]`“”‘’"

MEASURES = (
    F1("strict", "strict", "predicted", "gold"),
    F1("relaxed", "relaxed", "predicted", "gold"),
    F1("value", "value", "predicted", "gold"),
    F1("type", "type", "predicted", "gold"),
    F1("DATE value", "DATE.typed value", "DATE.predicted", "DATE.gold"),
)
ON_MATCHED = (F1("range", "range", "range.predicted", "range.gold"),)
SHARES = (Share("value where matched", "value", "relaxed"), Share("mod where labelled", "mod", "mod.gold"))
BY_TYPE = tuple(F1(name, f"{name}.typed value", f"{name}.predicted", f"{name}.gold") for name in TimexType)
SHARES_BY_TYPE = tuple(
    Share(f"{name} {what}", f"{name}.{what}", f"{name}.gold")
    for name in TimexType
    for what in ("relaxed", "strict", "value")
)


def compare_dates(document: GoldDocument, predicted: Sequence[PredictedDate], notes: Notes) -> Counter[str]:
    """Counts for one document; what is wrong is added to ``notes``.

    Predictions that touch a span of the gold's ``ignore`` do not count.
    """
    gold = document.dates or ()
    text = document.text
    given = [
        p
        for p in predicted
        if p.span.start < len(text) and not any(p.span.overlaps(ignored) for ignored in document.ignore)
    ]
    pairs = match(text, gold, given)
    counts: Counter[str] = Counter(gold=len(gold), predicted=len(given))
    counts.update(f"{p.timex_type}.predicted" for p in given)
    for i, label in enumerate(gold):
        kind = label.timex_type
        counts[f"{kind}.gold"] += 1
        told = f"{kind} {label.value}"
        if i not in pairs:
            notes.add(Fault.MISS, label.span, told)
            continue
        j, exact = pairs[i]
        found = given[j]
        same_value = _value(label.value) == _value(found.value)
        same_type = kind == found.timex_type
        for name, right in (("relaxed", True), ("strict", exact), ("value", same_value)):
            counts[name] += right
            counts[f"{kind}.{name}"] += right
        counts["type"] += same_type
        if "mod" in label.labels and (label.mod or found.mod):
            counts["mod.gold"] += 1
            counts["mod"] += label.mod == found.mod
        counts[f"{kind}.typed value"] += same_value and same_type
        if not (exact and same_value and same_type):
            fault = Fault.VALUE if not same_value else Fault.SPAN if not exact else Fault.TYPE
            got = f"{found.timex_type} {found.value}" + ("" if exact else f" “{found.span.of(text)}”")
            notes.add(fault, label.span, told, got)
    _compare_ranges(gold, given, pairs, counts)
    hit = {j for j, _ in pairs.values()}
    for j, found in enumerate(given):
        if j not in hit:
            got = f"{found.timex_type} {found.value}"
            notes.add(Fault.FALSE_ALARM, found.span, predicted=got)
    return counts


def _compare_ranges(
    gold: Sequence[GoldDate],
    given: Sequence[PredictedDate],
    pairs: Mapping[int, tuple[int, bool]],
    counts: Counter[str],
) -> None:
    if not any("range_id" in label.labels for label in gold):
        return
    for one, other in combinations(sorted(pairs), 2):
        a, b = given[pairs[one][0]], given[pairs[other][0]]
        want = gold[one].range_id is not None and gold[one].range_id == gold[other].range_id
        got = a.range_id is not None and a.range_id == b.range_id
        counts["range.gold"] += want
        counts["range.predicted"] += got
        counts["range"] += want and got


def match(text: str, gold: Sequence[GoldDate], predicted: Sequence[PredictedDate]) -> dict[int, tuple[int, bool]]:
    """For each gold index that has one, the prediction's index and whether extents are equal."""
    want = [trim(text, label.span, EDGE) for label in gold]
    have = [trim(text, found.span, EDGE) for found in predicted]
    pairs: dict[int, tuple[int, bool]] = {}
    first: dict[Span, int] = {}
    for j, span in enumerate(have):
        first.setdefault(span, j)
    used: set[int] = set()
    for i, span in enumerate(want):
        equal = first.get(span)
        if equal is not None and equal not in used:
            pairs[i] = (equal, True)
            used.add(equal)
    shared = [
        (min(span.end, other.end) - max(span.start, other.start), i, j)
        for i, span in enumerate(want)
        if i not in pairs
        for j, other in enumerate(have)
        if j not in used and min(span.end, other.end) > max(span.start, other.start)
    ]
    for _, i, j in sorted(shared, reverse=True):
        if i not in pairs and j not in used:
            pairs[i] = (j, False)
            used.add(j)
    return pairs


def _value(value: str) -> str:
    """Values are compared without white space and case."""
    return "".join(value.split()).upper()
