"""A baseline file that can't be used is told of before any work is done, in one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline.cli import execute
from pipeline.errors import OutputError, UsageError
from pipeline.evaluate.baseline import open_baseline


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--baseline", "none.json"], 2, "none.json: no such baseline file: make it with --update"),
        (["--baseline", "none/b.json", "--update"], 1, "none/b.json: can't be written: no folder none"),
        (["--baseline", "gold.jsonl", "--update"], 2, "gold.jsonl: not a baseline file"),
        (["--baseline", "gold.jsonl"], 2, "gold.jsonl: not a baseline file"),
        (["--baseline", ".", "--update"], 2, ".: not a baseline file"),
    ],
)
def test_a_baseline_that_can_not_be_used_is_told_at_once(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    told: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("gold.jsonl").write_text(json.dumps({"doc_id": "a", "text": "A."}) + "\n", encoding="utf-8")
    # there is no run: a mistake that is found late would be about the run
    assert execute(["evaluate", "gold.jsonl", "no-run", *options]) == code
    err = capsys.readouterr().err
    assert told in err
    assert len(err.strip().splitlines()) == 1


def test_a_file_that_may_not_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "b.json"
    path.write_text(json.dumps({"figures": {}, "lowered": []}), encoding="utf-8")
    assert open_baseline(path, writing=True).figures == {}
    monkeypatch.setattr("os.access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission"):
        open_baseline(path, writing=True)
    assert open_baseline(path, writing=False).figures == {}


def test_a_missing_file_is_made_only_when_it_is_to_be_written(tmp_path: Path) -> None:
    assert open_baseline(tmp_path / "new.json", writing=True).figures == {}
    with pytest.raises(UsageError, match="--update"):
        open_baseline(tmp_path / "new.json", writing=False)
