"""From counts per document to figures with confidence intervals.

Every figure is a ratio of sums over documents, or made of such ratios. So a layer hands
over one mapping of counts a document, and the bootstrap over documents (Efron 1979,
percentile intervals) is one matrix product: how often each document was drawn, times
its counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = Mapping[str, float]
Array = NDArray[np.float64]

SAMPLES = 1000
_SEED = 20_240_229
_LEVEL = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % confidence interval, in per cent."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class F1:
    """A measure with precision and recall, by the names of its counts.

    ``right`` of ``predicted`` is the precision; ``found`` (``right``, if not given) of
    ``gold`` the recall. Either is 0 where there is nothing to divide by.
    """

    name: str
    right: str
    predicted: str
    gold: str
    found: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """A measure that is one ratio: ``right`` of ``of``, by the names of its counts."""

    name: str
    right: str
    of: str


@dataclass(frozen=True, slots=True)
class Score:
    """Precision, recall and F1 in per cent, not rounded, and the counts they are made of; ``interval`` is F1's."""

    name: str
    precision: float
    recall: float
    f1: float
    right: int
    found: int
    predicted: int
    gold: int
    precision_interval: Interval
    recall_interval: Interval
    interval: Interval


@dataclass(frozen=True, slots=True)
class Rate:
    """A ratio in per cent, not rounded; None where there is nothing to divide by."""

    name: str
    value: float | None
    right: int
    of: int
    interval: Interval | None


class Sums:
    """Counts of all documents, summed: as they are, and for each bootstrap sample.

    The samples depend on their number and that of the documents alone, so that two runs
    on one gold file are compared on the same samples.
    """

    def __init__(self, documents: Sequence[Counts], samples: int) -> None:
        names = sorted({name for counts in documents for name in counts})
        self._column = {name: i for i, name in enumerate(names)}
        table = np.array([[counts.get(name, 0) for name in names] for counts in documents], dtype=np.float64)
        table = table.reshape(len(documents), len(names))
        n = len(documents)
        drawn = np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=samples) if n else np.zeros((1, 0))
        # the first row is the documents as they are
        self._sums: Array = np.vstack([table.sum(axis=0), drawn.astype(np.float64) @ table])

    def get(self, name: str) -> Array:
        """A count's sums: of all documents, then of each sample. Zeros for a name that no document counts."""
        column = self._column.get(name)
        return np.zeros(len(self._sums)) if column is None else self._sums[:, column]

    def total(self, name: str) -> int:
        """A count over all documents."""
        return round(float(self.get(name)[0]))

    def score(self, measure: F1) -> Score:
        """The measure's figures."""
        found = measure.found or measure.right
        precision = _ratio(self.get(measure.right), self.get(measure.predicted), 0.0)
        recall = _ratio(self.get(found), self.get(measure.gold), 0.0)
        # samples without anything to count tell nothing of the measure
        told = (self.get(measure.predicted) + self.get(measure.gold))[1:] > 0
        f1 = _ratio(200 * precision * recall, precision + recall, 0.0)  # in per cent
        return Score(
            name=measure.name,
            precision=100 * float(precision[0]),
            recall=100 * float(recall[0]),
            f1=float(f1[0]),
            right=self.total(measure.right),
            found=self.total(found),
            predicted=self.total(measure.predicted),
            gold=self.total(measure.gold),
            precision_interval=_interval(precision[1:][told]),
            recall_interval=_interval(recall[1:][told]),
            interval=_interval(f1[1:][told] / 100),
        )

    def rate(self, measure: Share) -> Rate:
        """The measure's figure; samples without anything to divide by are left out of its interval."""
        values = _ratio(self.get(measure.right), self.get(measure.of), np.nan)
        drawn = values[1:][~np.isnan(values[1:])]
        known = self.total(measure.of) > 0
        return Rate(
            measure.name,
            100 * float(values[0]) if known else None,
            self.total(measure.right),
            self.total(measure.of),
            _interval(drawn) if known and len(drawn) else None,
        )


def _ratio(above: Array, below: Array, empty: float) -> Array:
    out: Array = np.full(len(above), empty)
    np.divide(above, below, out=out, where=below != 0)
    return out


def _interval(samples: Array) -> Interval:
    if not len(samples):
        return Interval(0.0, 0.0)
    low, high = np.percentile(samples, _LEVEL)
    return Interval(100 * float(low), 100 * float(high))
