"""Faults of the world, at random: kills, a full disk, broken inputs. ``--long`` does many more of each."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.batch.status import read_status
from pipeline.batch.verify import verify
from pipeline.cli import execute
from pipeline.read.sources import printable

from .broken import broken_files
from .test_batch import HOME, SHORT, command, descendants, everything, write_articles


@pytest.fixture
def long(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--long"))


def test_a_run_killed_at_random_moments_ends_with_the_same_tables(tmp_path: Path, long: bool) -> None:
    kills, articles = (40, 300) if long else (3, 120)
    folder = write_articles(tmp_path / "in", range(articles))
    began = time.monotonic()
    subprocess.run(command(folder, tmp_path / "whole", "--workers", "2"), cwd=HOME, check=True)
    lasted = time.monotonic() - began
    whole = everything(tmp_path / "whole")
    rng = random.Random(20)
    done = 0
    while done < kills:
        out = tmp_path / f"out{done}"
        resumed = 0
        while True:
            process = subprocess.Popen(command(folder, out, "--workers", "2", "--resume"), cwd=HOME)
            try:
                process.wait(rng.uniform(0.1, lasted))
                break  # it was done before the blow fell
            except subprocess.TimeoutExpired:
                victim = rng.choice([process.pid, *descendants(process.pid)])
                os.kill(victim, signal.SIGKILL)
                done += 1
                if victim != process.pid:
                    process.wait(120)
                    break
                process.wait()
                resumed += 1
        assert process.returncode == 0
        assert everything(out) == whole, (done, resumed)
        assert not verify(out).damages


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """A file system of so many bytes; where none can be mounted, a folder, and None."""
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", folder], capture_output=True, check=False
    )
    try:
        yield folder
    finally:
        if made.returncode == 0:
            subprocess.run(["umount", folder], check=True)


def test_a_full_disk_is_said_and_what_was_done_is_kept(tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "in", range(600))
    subprocess.run(command(folder, tmp_path / "whole", "--workers", "2"), cwd=HOME, check=True)
    size = sum(p.stat().st_size for p in (tmp_path / "whole").rglob("*") if p.is_file())
    with small_disk(tmp_path / "disk", size // 2) as disk:
        out = disk / "out"
        # where no file system can be mounted, no file may grow beyond what the largest has
        limit = 0 if os.path.ismount(disk) else max(p.stat().st_size for p in (tmp_path / "whole").rglob("*")) // 2
        told = subprocess.run(
            ["bash", "-c", f"{f'ulimit -f {limit // 1024}; ' if limit else ''}exec \"$@\"", "bash",
             *command(folder, out, "--workers", "2")],
            cwd=HOME, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
        assert told.returncode == 1, told.stderr
        (line,) = told.stderr.strip().splitlines()
        assert "can't be written" in line
        assert "No space left" in line or "too large" in line
        assert "--resume" in line
        kept = read_status(out).done
        if not limit:
            subprocess.run(["mount", "-o", f"remount,size={size * 4 + (8 << 20)}", disk], check=True)
        assert execute(["run", str(folder), "-o", str(out), "--workers", "2", "--resume", "-q"]) == 0
        assert everything(out) == everything(tmp_path / "whole")
    assert 0 <= kept < 600


def test_broken_inputs_cost_themselves_alone(tmp_path: Path, long: bool) -> None:
    broken, good = (2000, 500) if long else (150, 40)
    folder = tmp_path / "in"
    write_articles(folder, range(good))
    made = broken_files(folder, broken, seed=7)
    if long:
        with (folder / "huge.jsonl").open("wb") as file:  # one line of two gigabytes
            file.write(b'{"id": "huge", "text": "')
            file.truncate(2 << 30)
        made.append(folder / "huge.jsonl")
    (folder / "loop").symlink_to(folder)
    out = tmp_path / "out"
    code = execute(["run", str(folder), "-o", str(out), "--workers", "2", "--time-limit", "60", "-q"])
    assert code == 3
    documents = pq.read_table(out / "documents").to_pylist()
    texts = {d["doc_id"]: d["text"] for d in documents}
    for n in range(good):
        assert SHORT[n % 4] in texts[f"a{n:03d}"]
    seen = {d["source"] for d in documents} | set(pq.read_table(out / "rejects").column("source").to_pylist())
    lost = [path for path in made if printable(path.as_posix()) not in seen]
    assert not lost, lost[:5]
    for reject in pq.read_table(out / "rejects").to_pylist():
        assert reject["error"]
        assert reject["message"]
        assert "\n" not in reject["message"]
    assert not verify(out).damages


def test_a_file_that_goes_while_it_is_read_is_named(tmp_path: Path) -> None:
    folder = write_articles(tmp_path / "in", range(20))
    with (folder / "grows.txt").open("w") as file:
        file.write(SHORT[0])
        file.flush()
        script = (
            "import sys, pathlib\n"
            "import pipeline.batch.intake as intake\n"
            "real = intake.read_source\n"
            "def changing(source, *rest):\n"
            "    yield from real(source, *rest)\n"
            "    if source.stem == 'grows':\n"
            "        source.path.open('a').write(' More.')\n"
            "    if source.stem == 'a007':\n"
            "        pathlib.Path(source.path.parent / 'a008.txt').unlink(missing_ok=True)\n"
            "intake.read_source = changing\n"
            "from pipeline.cli import execute\n"
            "sys.exit(execute(sys.argv[1:]))\n"
        )
        arguments = ["run", str(folder), "-o", str(tmp_path / "out"), "--workers", "0", "-q"]
        assert subprocess.run([sys.executable, "-c", script, *arguments], cwd=HOME, check=False).returncode == 3
    rejects = {Path(r["source"]).name: r for r in pq.read_table(tmp_path / "out" / "rejects").to_pylist()}
    assert {name: r["error"] for name, r in rejects.items()} == {"grows.txt": "changed", "a008.txt": "unreadable"}
    assert execute(["run", str(folder), "-o", str(tmp_path / "out"), "--workers", "0", "--resume", "-q"]) == 0
    texts = {d["doc_id"]: d["text"] for d in pq.read_table(tmp_path / "out" / "documents").to_pylist()}
    assert texts["grows"].endswith("More.")
    assert "a008" not in texts
