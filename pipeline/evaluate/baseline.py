"""Figures below which quality must not fall.

A baseline file is JSON: F1 of every measure and every rate (``guarded``), by the name of
the gold they were measured on, and the record of each that was lowered, with the reason.
Precision and recall alone are not guarded: one is often bought with the other.

    {"figures": {"dev": {"dates/value/F1": 81.2, …}}, "lowered": [{"gold", "figure", "from", "to", "reason"}]}
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import DatelineError, OutputError, UsageError
from pipeline.evaluate.events import PER_SENTENCE
from pipeline.evaluate.figures import Report


@dataclass(frozen=True, slots=True)
class Drop:
    """A figure below its baseline; ``now`` is None where the report no longer has it."""

    figure: str
    before: float
    now: float | None

    def __str__(self) -> str:
        """In words."""
        now = "missing" if self.now is None else f"{self.now:.2f}"
        return f"{self.figure}: {now}, baseline {self.before:.2f}"


@dataclass(frozen=True, slots=True)
class Baseline:
    """Figures by gold name, and the record of those that were lowered."""

    figures: Mapping[str, Mapping[str, float]]
    lowered: tuple[Mapping[str, Any], ...] = ()


def guarded(report: Report) -> dict[str, float]:
    """Those of the report's figures of which more is better: F1 and rates."""
    return {
        name: value
        for name, value in report.figures().items()
        if not name.endswith(("/P", "/R", f"/{PER_SENTENCE.name}"))
    }


def load_baseline(path: Path) -> Baseline:
    """Read a baseline file; one that is not there is an empty baseline. UsageError if it is broken."""
    if not path.exists():
        return Baseline({})
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        figures = {
            str(gold): {str(name): float(value) for name, value in values.items()}
            for gold, values in data["figures"].items()
        }
        return Baseline(figures, tuple(data["lowered"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path}: not a baseline file ({error}): take it from version control again") from error


def open_baseline(path: Path, *, writing: bool) -> Baseline:
    """The baseline to compare with, or, if ``writing``, to be written: fails before any work is done.

    UsageError if the file is broken, or is not there although it is to be read;
    OutputError if it is to be written and can't be.
    """
    if not path.exists():
        if not writing:
            raise UsageError(f"{path}: no such baseline file: make it with --update")
        if not path.parent.is_dir():
            raise OutputError(f"{path}: can't be written: no folder {path.parent}")
    baseline = load_baseline(path)
    if writing and not os.access(path if path.exists() else path.parent, os.W_OK):
        raise OutputError(f"{path}: can't be written: no permission")
    return baseline


def check(report: Report, baseline: Baseline) -> list[Drop]:
    """The figures of the report that are below the baseline, in its order.

    A figure of the baseline that the report lacks counts as a drop. DatelineError if
    the baseline has no figures for the report's gold: an empty check would pass anything.
    """
    if report.gold not in baseline.figures:
        raise DatelineError(f"the baseline has no figures for {report.gold!r}: make them with --update")
    now = guarded(report)
    return [
        Drop(name, before, now.get(name))
        for name, before in baseline.figures[report.gold].items()
        if name not in now or now[name] < before
    ]


def update(report: Report, path: Path, *, lower: bool = False, reason: str = "") -> list[Drop]:
    """Write the report's figures into the baseline file, and return those that were lowered.

    Raising is free. Lowering any figure, or dropping one, needs ``lower`` and a reason,
    both of which stay in the file; UsageError without them, and the file is left as it is.
    OutputError if it can't be written.
    """
    old = load_baseline(path)
    drops = check(report, old) if report.gold in old.figures else []
    if drops and not (lower and reason.strip()):
        told = "; ".join(str(drop) for drop in drops[:3]) + (f"; and {len(drops) - 3} more" if len(drops) > 3 else "")
        raise UsageError(f"{path}: would fall ({told}): to lower a baseline, pass --lower REASON")
    figures = {**old.figures, report.gold: guarded(report)}
    lowered = [
        *old.lowered,
        *(
            {"gold": report.gold, "figure": d.figure, "from": d.before, "to": d.now, "reason": reason.strip()}
            for d in drops
        ),
    ]
    data = {"figures": {gold: figures[gold] for gold in sorted(figures)}, "lowered": lowered}
    try:
        path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{path}: can't be written: {error.strerror}") from error
    return drops
