"""What an evaluation says: figures by layer, reliability of confidences, mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.evaluate.bootstrap import Interval, Rate, Score
from pipeline.evaluate.calibration import Reliability
from pipeline.evaluate.mistakes import Mistake


@dataclass(frozen=True, slots=True)
class Section:
    """Figures of one layer, or of one subset of it: ``name`` is "dates", "quotes: direct", …

    ``scores`` have precision and recall, ``rates`` are single ratios; ``by_type`` and
    ``rates_by_type`` are those of each type.
    """

    name: str
    documents: int
    scores: tuple[Score, ...]
    rates: tuple[Rate, ...]
    by_type: tuple[Score, ...] = ()
    rates_by_type: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All figures of one run against one gold file. Mistakes are in the order of gold and text.

    ``untyped`` is the number of event rows without a type, with which nothing is compared.
    """

    gold: str
    run: str
    documents: int
    sections: tuple[Section, ...]
    reliability: tuple[Reliability, ...]
    mistakes: tuple[Mistake, ...]
    untyped: int = 0

    def section(self, name: str) -> Section:
        """A section by name. KeyError if the gold has no such layer."""
        for section in self.sections:
            if section.name == name:
                return section
        raise KeyError(name)

    def score(self, section: str, measure: str) -> Score:
        """The figures of one measure. KeyError if the gold has no such layer, or the layer no such measure."""
        for score in self.section(section).scores:
            if score.name == measure:
                return score
        raise KeyError(measure)

    def figures(self) -> dict[str, float]:
        """The figures by flat name, in per cent, rounded to two decimals, types left out.

        "dates/value/F1" for a score, "events/modality" for a rate; one that has nothing
        to divide by is left out.
        """
        return dict(self._figures())

    def _figures(self) -> Iterator[tuple[str, float]]:
        for section in self.sections:
            for score in section.scores:
                if score.gold or score.predicted:
                    for name, value in (("P", score.precision), ("R", score.recall), ("F1", score.f1)):
                        yield f"{section.name}/{score.name}/{name}", round(value, 2)
            for rate in section.rates:
                if rate.value is not None:
                    yield f"{section.name}/{rate.name}", round(rate.value, 2)

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, figures rounded to two decimals, mistakes as a list of objects."""
        return {
            "gold": self.gold,
            "run": self.run,
            "documents": self.documents,
            "layers": {section.name: _section(section) for section in self.sections},
            "events_without_type": self.untyped,
            "reliability": {table.name: _reliability(table) for table in self.reliability},
            "mistakes": [_mistake(item) for item in self.mistakes],
        }


def _section(section: Section) -> dict[str, Any]:
    return {
        "documents": section.documents,
        "scores": {score.name: _score(score) for score in section.scores},
        "rates": {rate.name: _rate(rate) for rate in section.rates},
        "by_type": {score.name: _score(score) for score in section.by_type},
        "rates_by_type": {rate.name: _rate(rate) for rate in section.rates_by_type},
    }


def _score(score: Score) -> dict[str, Any]:
    return {
        "P": round(score.precision, 2),
        "R": round(score.recall, 2),
        "F1": round(score.f1, 2),
        "P_95": _interval(score.precision_interval),
        "R_95": _interval(score.recall_interval),
        "F1_95": _interval(score.interval),
        "right": score.right,
        "found": score.found,
        "predicted": score.predicted,
        "gold": score.gold,
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {
        "value": None if rate.value is None else round(rate.value, 2),
        "value_95": _interval(rate.interval),
        "right": rate.right,
        "of": rate.of,
    }


def _interval(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [round(interval.low, 2), round(interval.high, 2)]


def _reliability(table: Reliability) -> Mapping[str, Any]:
    return {
        "expected_calibration_error": table.expected_error,
        "bins": [
            {
                "low": b.low,
                "high": b.high,
                "predicted": b.predicted,
                "right": b.right,
                "mean_confidence": b.mean_confidence,
                "accuracy": b.accuracy,
            }
            for b in table.bins
        ],
    }


def _mistake(item: Mistake) -> dict[str, Any]:
    return {
        "layer": item.layer,
        "fault": str(item.fault),
        "doc_id": item.doc_id,
        "start": item.span.start,
        "end": item.span.end,
        "gold": item.gold,
        "predicted": item.predicted,
        "before": item.before,
        "marked": item.marked,
        "after": item.after,
    }
