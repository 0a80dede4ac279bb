"""A confidence of 0.9 means right in nine of ten cases: on the half that weights were fitted to, and on the other."""

from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from pipeline.evaluate import evaluate, load_gold
from pipeline.evaluate.calibration import BINS
from pipeline.evaluate.render import render_report

HOME = Path(__file__).resolve().parent.parent
WORST = 0.08


@pytest.mark.parametrize("half", ["dev", "test"])
def test_confidence_of_events_is_calibrated(half: str, sample_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = evaluate(load_gold(HOME / "corpus" / "gold" / f"{half}.jsonl"), sample_run, name=half)
    (table,) = [t for t in report.reliability if t.name == "events"]
    assert len(table.bins) == BINS == 5
    assert sum(b.predicted for b in table.bins) > 100
    assert table.expected_error is not None
    assert table.expected_error <= WORST
    Console(width=120).print(render_report(report))
    said = capsys.readouterr().out
    assert f"events: confidence (expected calibration error {table.expected_error:.3f})" in said
    assert "share right" in said


def test_confidence_tells_rows_apart(sample_run: Path) -> None:
    """Rows that say more than 0.8 are right more often than those that say less, on both halves together."""
    counts = {True: [0, 0], False: [0, 0]}
    for half in ("dev", "test"):
        report = evaluate(load_gold(HOME / "corpus" / "gold" / f"{half}.jsonl"), sample_run, name=half)
        (table,) = [t for t in report.reliability if t.name == "events"]
        for row in table.bins:
            counts[row.low >= 0.8][0] += row.right
            counts[row.low >= 0.8][1] += row.predicted
    assert counts[True][0] / counts[True][1] > counts[False][0] / counts[False][1]
