"""The command line as a user meets it: exit codes, one line for a mistake, no traceback."""

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer

from pipeline.cli import app, execute
from pipeline.errors import OutputError

from .test_batch import descendants, heed_ctrl_c

HOME = Path(__file__).resolve().parent.parent
GOOD = "Rebels attacked a police post near Aden on 26 February 2021, officials said.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "clash.txt").write_text(GOOD, encoding="utf-8")
    return tmp_path


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    err = capsys.readouterr().err
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    assert "Traceback" not in err
    return lines[0]


def test_a_run_then_show_then_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = folder / "out"
    assert execute(["run", str(folder / "in"), "-o", str(out)]) == 0
    said = capsys.readouterr().out
    assert "1 article" in said
    assert str(out) in said
    assert execute(["show", "clash", str(out), "--plain", "--width", "100"]) == 0
    shown = capsys.readouterr().out
    assert "attacked" in shown
    assert "ASSAULT" in shown
    assert execute(["show", "clsh", str(out)]) == 2
    assert "clash" in one_line(capsys)
    assert execute(["run", str(folder / "in"), "-o", str(out)]) == 1
    assert "--overwrite" in one_line(capsys)
    assert execute(["run", str(folder / "in"), "-o", str(out), "--overwrite", "--quiet"]) == 0
    assert capsys.readouterr() == ("", "")


def test_rejects_have_an_exit_code_of_their_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "in" / "empty.txt").write_text("")
    assert execute(["run", str(folder / "in"), "-o", str(folder / "out")]) == 3
    said = capsys.readouterr().out
    assert "empty" in said
    assert "rejects" in said


def mistakes(folder: Path) -> list[tuple[list[str], int, str]]:
    given, out = str(folder / "in"), str(folder / "out")
    (folder / "broken" / "ner").mkdir(parents=True)
    (folder / "broken" / "ner" / "repairs.yaml").write_text("rules:\n- id: x\n  lable: ORG\n")
    (folder / "bad.csv").write_text("name,published\nclash,2020-01-01\n")
    (folder / "gold.jsonl").write_text(json.dumps({"doc_id": "clash", "text": GOOD, "dates": [{"start": 5}]}) + "\n")
    return [
        (["run", given], 2, "-o"),
        (["run", "-o", out], 2, "INPUT"),
        (["run", given, "-o", out, "--bogus"], 2, "--bogus"),
        (["run", given, "-o", out, "--batch-size", "900"], 2, "8 to 32"),
        (["run", given, "-o", out, "--batch-size", "many"], 2, "valid integer"),
        (["run", given, "-o", out, "--published", "yesterday"], 2, "YYYY-MM-DD"),
        (["run", given, "-o", out, "--map", "body"], 2, "text=body"),
        (["run", given, "-o", out, "--max-chars", "0"], 2, "--max-chars"),
        (["run", given, "-o", out, "--published", ""], 2, "YYYY-MM-DD"),
        (["run", given, "", "-o", out], 2, "an input is empty"),
        (["run", given, "-o", out, "--workers", "5000"], 2, "at most 400"),
        (["run", given, "-o", out, "--time-limit", "inf"], 2, "--time-limit"),
        (["run", given, "-o", out, "--time-limit", "nan"], 2, "--time-limit"),
        (["run", str(folder / "none"), "-o", out], 1, "none"),
        (["run", given, "-o", out, "--models", str(folder / "none")], 1, "no such folder"),
        (["run", given, "-o", out, "--models", str(folder / "broken")], 1, "repairs.yaml:2"),
        (["run", given, "-o", out, "--spacy-model", "no_such_model"], 1, "pip install"),
        (["run", given, "-o", out, "--ontology", "astrology"], 1, "business, plover"),
        (["run", given, "-o", out, "--metadata", str(folder / "bad.csv")], 1, "column"),
        (["run", given, "-o", str(folder / "bad.csv")], 1, "is a file"),
        (["run", given, "-o", given], 2, "lies in the output folder"),
        (["show", "clash", str(folder / "none")], 1, "no such folder"),
        (["evaluate", str(folder / "gold.jsonl"), str(folder / "none")], 1, "gold.jsonl"),
        (["evaluate", str(folder / "none.jsonl"), out], 1, "none.jsonl"),
        (["evaluate", str(folder / "gold.jsonl"), out, "--update"], 2, "--baseline"),
        (["rules", "check", "--models", str(folder / "broken")], 1, "lable"),
        (["rules", "bogus"], 2, "bogus"),
        (["bogus"], 2, "bogus"),
    ]


def test_each_mistake_is_said_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code, says in mistakes(folder):
        assert execute(arguments) == code, arguments
        assert says in one_line(capsys), arguments
        assert not (folder / "out").exists(), arguments


def test_ctrl_c_is_said_and_leaves_a_run_that_is_not_complete(folder: Path) -> None:
    lines = [json.dumps({"id": str(i), "text": f"{i}. {GOOD * 20}"}) for i in range(4000)]
    (folder / "many.jsonl").write_text("\n".join(lines), encoding="utf-8")
    out = folder / "out"
    command = [sys.executable, "-m", "pipeline", "run", str(folder / "many.jsonl"), "-o", str(out)]
    heed_ctrl_c()
    with subprocess.Popen(command, cwd=HOME, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (out / "_run.json").exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("dateline: stopped")
    assert "Traceback" not in said
    assert json.loads((out / "_run.json").read_text())["complete"] is False


def heeds_sigterm(process: int) -> bool:
    """Whether a process has set a handler of its own for SIGTERM, as ours does first of all; Python itself does not."""
    status = Path(f"/proc/{process}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("how", [["--workers", "0", "--resume"], ["--workers", "2"]])
def test_a_stop_at_the_very_beginning_is_said_in_one_line_too(
    folder: Path, how: list[str], sent: signal.Signals
) -> None:
    """Stopped at chosen moments, for what is under way differs: imports, a process that starts, rules being read."""
    given = ["run", str(folder / "in"), *how]
    heed_ctrl_c()
    delays = (0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5)
    for delay in delays[:: 1 if sent is signal.SIGINT else 3]:
        command = [sys.executable, "-m", "pipeline", *given, "-o", str(folder / f"out{delay}")]
        with subprocess.Popen(command, cwd=HOME, stderr=subprocess.PIPE, text=True) as process:
            while not heeds_sigterm(process.pid):
                assert process.poll() is None
                time.sleep(0.001)
            time.sleep(delay)
            begun = descendants(process.pid)
            process.send_signal(sent)
            _, said = process.communicate(timeout=30)
        (line,) = [line for line in said.splitlines() if not line.startswith("note: ")]
        assert line.startswith("dateline: stopped"), (delay, said)
        assert process.returncode == 130, delay
        deadline = time.monotonic() + 5
        while any(Path(f"/proc/{child}").exists() for child in begun):
            assert time.monotonic() < deadline, delay
            time.sleep(0.02)


def test_pressing_ctrl_c_again_changes_nothing(folder: Path) -> None:
    lines = [json.dumps({"id": str(i), "text": f"{i}. {GOOD * 20}"}) for i in range(4000)]
    (folder / "many.jsonl").write_text("\n".join(lines), encoding="utf-8")
    out = folder / "out"
    command = [sys.executable, "-m", "pipeline", "run", str(folder / "many.jsonl"), "-o", str(out), "--workers", "2"]
    heed_ctrl_c()
    with subprocess.Popen(command, cwd=HOME, stderr=subprocess.PIPE, text=True) as process:
        while not list(out.glob("_work/intake/*.json")):
            assert process.poll() is None
            time.sleep(0.02)
        for _ in range(20):
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
            time.sleep(0.01)
        _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert said.splitlines()[-1].startswith("dateline: stopped")
    assert "Traceback" not in said
    assert execute(["status", str(out)]) == 3


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert execute(["--version"]) == 0
    assert re.fullmatch(r"dateline \d+\.\d+\.\d+\n", capsys.readouterr().out)
    assert execute(["run", "--help"]) == 0
    assert "--spacy-model" in capsys.readouterr().out
    assert execute([]) == 2


def test_python_m_pipeline_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "run", str(tmp_path / "none"), "-o", "x"],
        cwd=HOME,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("dateline: ")
    assert len(done.stderr.splitlines()) == 1


def commands(group: Any, path: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, f"{path}{name} ")
        else:
            found.append((f"{path}{name}", command))
    return found


def options(command: Any) -> list[Any]:
    return [p for p in command.params if p.opts[0].startswith("-") and "--help" not in p.opts]


def test_every_command_and_option_is_documented() -> None:
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    top = typer.main.get_command(app)
    for name, command in commands(top):
        assert f"dateline {name}" in readme, name
        assert command.help, name
        for option in options(command):
            assert option.help, (name, option.name)
            for spelling in option.opts:
                assert f"`{spelling}" in readme, (name, spelling)


def test_the_readme_names_no_option_that_is_not_there() -> None:
    readme = (HOME / "README.md").read_text(encoding="utf-8")
    top = typer.main.get_command(app)
    known = {s for _, c in commands(top) for o in options(c) for s in o.opts} | {"--version", "--help"}
    named = set(re.findall(r"`(--[a-z-]+)", readme)) | set(re.findall(r"dateline [^\n]*?(--[a-z-]+)", readme))
    assert named <= known, named - known


@pytest.fixture
def finished_run(do: Any, folder: Path) -> Path:
    do(folder / "in")
    return folder / "out"


@pytest.mark.parametrize(
    "record",
    [
        "[]",
        "{}",
        '{"complete": true}',
        '{"complete": true, "state": "complete", "rows": null, "rejects": [1], "merged": [], "resume": 5}',
        '{"complete": "yes", "state": null, "articles": "many"}',
    ],
)
def test_a_record_that_is_none_is_said_and_made_again(
    do: Any, folder: Path, finished_run: Path, record: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (finished_run / "_run.json").write_text(record)
    assert execute(["status", str(finished_run)]) == 3
    assert "_run.json" in capsys.readouterr().out
    assert execute(["verify", str(finished_run)]) == 3
    assert "the run's record is missing, cut short or not one" in capsys.readouterr().out
    assert do(folder / "in", resume=True).done == 0
    assert execute(["verify", str(finished_run)]) == 0


@pytest.mark.parametrize("parts", ['{"events": null}', '{"events": {"rows": 1}}', '{"gossip": {}}', "[]", "7"])
def test_a_manifest_that_is_none_costs_its_shard(
    do: Any, folder: Path, finished_run: Path, parts: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (manifest,) = (finished_run / "_work" / "shards").glob("*.json")
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "parts": json.loads(parts)}))
    assert execute(["verify", str(finished_run)]) == 3
    assert "the manifest is cut short or not of this version" in capsys.readouterr().out
    assert do(folder / "in", resume=True).done == 1
    assert execute(["verify", str(finished_run)]) == 0


def test_a_run_does_not_lie_in_the_folder_of_another(do: Any, folder: Path, finished_run: Path) -> None:
    with pytest.raises(OutputError, match="which a run made"):
        do(folder / "in", output="out/events/mine")
    assert not (finished_run / "events" / "mine").exists()


def test_a_folder_that_can_not_be_locked_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def refuse(*given: Any) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    assert execute(["run", str(folder / "in"), "-o", str(folder / "out"), "--workers", "0"]) == 1
    assert "can't be locked on its file system: No locks available" in one_line(capsys)


def test_names_that_are_no_utf_8_are_names_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = os.fsdecode(b"caf\xe9")
    (folder / "in").rename(folder / name)
    out = folder / "out"
    assert execute(["run", str(folder / name), "-o", str(folder / name / "out")]) == 2
    assert "-o" in one_line(capsys)
    environment = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    for given, words in (
        (["run", name, "-o", out.name, "--workers", "0"], "1 article"),
        (["status", out.name], "complete, 1 of 1"),
        (["verify", out.name], "whole"),
    ):
        command = [sys.executable, "-m", "pipeline", *given]
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment | {"PYTHONPATH": str(HOME)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert words in done.stdout
    assert name in json.loads((out / "_run.json").read_text())["settings"]["inputs"]


@pytest.mark.parametrize("buffered", ["", "1"])
def test_what_can_not_be_said_is_no_success(folder: Path, finished_run: Path, buffered: str) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "pipeline", "status", str(finished_run)],
            cwd=HOME,
            env=os.environ | {"PYTHONUNBUFFERED": buffered},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("dateline: ")
    assert "No space left on device" in line


def test_verify_says_that_it_has_no_room(finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    def full(*given: Any) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("pipeline.batch.verify._of_shard", full)
    assert execute(["verify", str(finished_run)]) == 1
    assert "set TMPDIR" in one_line(capsys)
