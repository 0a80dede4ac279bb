"""The process that workers come from: what it loads and when, and what a run makes of its death."""

import importlib.util
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.batch import nursery
from pipeline.batch.folder import RunFolder
from pipeline.batch.nursery import Nursery
from pipeline.errors import ModelError, OutputError
from pipeline.model import DEFAULT_MODEL
from pipeline.run import RunOptions, RunResult, Silent, prepared, run

from .test_batch import HOME, everything, write_articles

Do = Callable[..., RunResult]


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "in", range(30))


@pytest.fixture
def do(articles: Path, tmp_path: Path) -> Do:
    def done(output: str = "out", **more: object) -> RunResult:
        return run(RunOptions(inputs=[articles], output=tmp_path / output, **more), Silent())  # type: ignore[arg-type]

    return done


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | Path], None]:
    def poison(once: str | Path) -> None:
        monkeypatch.setattr(nursery, "NURSERY", (sys.executable, "-m", "tests.poisoned_load"))
        monkeypatch.setenv("POISONED", str(once))
        monkeypatch.chdir(HOME)

    return poison


def test_a_run_knows_its_job_and_reads_without_spacy() -> None:
    code = "import pipeline.run, pipeline.batch.worker, sys; sys.exit('spacy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=HOME, check=False).returncode == 0


def test_the_model_is_loaded_when_that_is_asked_for(articles: Path, tmp_path: Path) -> None:
    job, _, _ = prepared(RunOptions(inputs=[articles], output=tmp_path / "out"))
    folder = RunFolder(tmp_path / "out")
    folder.prepare(overwrite=False, resume=False)
    folder.make()
    log = folder.work / "workers.log"
    with folder.locked() as lock, Nursery() as cradle:
        cradle.take(job)
        early = [cradle.fork(folder.root, lock, log, model=False) for _ in range(2)]
        assert not any(child.model for child in early)
        assert not cradle.is_loading()
        cradle.load()
        assert cradle.is_loading()
        deadline = time.monotonic() + 120
        while cradle.is_loading() and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not cradle.is_loading()
        late = cradle.fork(folder.root, lock, log, model=False)
        assert late.model
        for child in (*early, late):
            assert cradle.end(child)


def test_what_is_no_longer_needed_is_not_waited_for(articles: Path, tmp_path: Path) -> None:
    job, _, _ = prepared(RunOptions(inputs=[articles], output=tmp_path / "out"))
    with Nursery() as cradle:
        cradle.take(job)
        cradle.load()
        begun = time.monotonic()
        cradle.close()
        assert time.monotonic() - begun < nursery._LEAVING
        assert not cradle.is_loading()  # and it can be closed again, as it is now


def test_a_run_may_be_over_before_the_model_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name in ("a.txt", "b.txt"):
        (tmp_path / "in" / name).touch()
    result = run(RunOptions(inputs=[tmp_path / "in"], output=tmp_path / "out", workers=2), Silent())
    assert result.rejects == {"empty": 2}


def test_a_death_while_the_model_is_loaded_costs_no_article(
    do: Do, poisoned: Callable[[str | Path], None], tmp_path: Path
) -> None:
    alone = do("alone", workers=0)
    poisoned(tmp_path / "once")
    result = do(workers=2)
    assert (tmp_path / "once").exists()
    assert not result.rejects
    assert everything(result.output) == everything(alone.output)


def test_who_dies_of_loading_every_time_ends_the_run(do: Do, poisoned: Callable[[str | Path], None]) -> None:
    poisoned("")
    for workers in (1, 2):
        with pytest.raises(OutputError, match=r"no worker stays alive .*signal 9"):
            do(f"out{workers}", workers=workers)


def test_where_nothing_is_extracted_no_model_is_loaded(
    do: Do, poisoned: Callable[[str | Path], None], tmp_path: Path
) -> None:
    done = do(workers=0)
    expected = everything(done.output)
    record = json.loads((done.output / "_run.json").read_text())
    (done.output / "_run.json").write_text(json.dumps(record | {"complete": False}))
    poisoned("")
    assert do(workers=2, resume=True).done == 0
    assert everything(done.output) == expected


@pytest.mark.parametrize("workers", [1, 2])
def test_a_damaged_model_is_said_in_one_line(do: Do, tmp_path: Path, workers: int) -> None:
    spec = importlib.util.find_spec(DEFAULT_MODEL)
    assert spec is not None
    assert spec.origin is not None
    (whole,) = (path.parent for path in Path(spec.origin).parent.glob("*/config.cfg"))
    model = tmp_path / "model"
    for path in whole.rglob("*"):
        if path.is_file() and path.name != "strings.json":
            copy = model / path.relative_to(whole)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.symlink_to(path)
    with pytest.raises(ModelError, match=r"can't be loaded: .*strings.json"):
        do(spacy_model=str(model), workers=workers)
