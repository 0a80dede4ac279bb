"""Whether a confidence of 0.8 means right in eight of ten cases.

Reliability in five bins of equal width, and the expected calibration error (Naeini et
al. 2015): the mean, over predictions, of how far a bin's mean confidence is from its
share of right ones.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from pipeline.evaluate.bootstrap import Sums

BINS = 5


@dataclass(frozen=True, slots=True)
class Bin:
    """Predictions whose confidence lies in [low, high), the last bin's end included."""

    low: float
    high: float
    predicted: int
    right: int
    mean_confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, slots=True)
class Reliability:
    """Five bins, and the expected calibration error (0 to 1; None without predictions)."""

    name: str
    bins: tuple[Bin, ...]
    expected_error: float | None


def count_confidence(counts: Counter[str], confidence: float, right: bool) -> None:
    """Add one prediction to a document's counts. The sum of confidences is counted in millionths."""
    number = min(int(confidence * BINS), BINS - 1)
    counts[f"confidence.{number}.predicted"] += 1
    counts[f"confidence.{number}.right"] += right
    counts[f"confidence.{number}.sum"] += round(confidence * 1_000_000)


def reliability(name: str, sums: Sums) -> Reliability:
    """The table for a layer whose documents were counted with ``count_confidence``."""
    bins = []
    for number in range(BINS):
        predicted = sums.total(f"confidence.{number}.predicted")
        right = sums.total(f"confidence.{number}.right")
        mean = sums.total(f"confidence.{number}.sum") / 1_000_000 / predicted if predicted else None
        accuracy = right / predicted if predicted else None
        bins.append(Bin(number / BINS, (number + 1) / BINS, predicted, right, mean, accuracy))
    total = sum(b.predicted for b in bins)
    gaps = sum(
        b.predicted * abs(b.mean_confidence - b.accuracy)
        for b in bins
        if b.mean_confidence is not None and b.accuracy is not None
    )
    return Reliability(name, tuple(bins), gaps / total if total else None)
