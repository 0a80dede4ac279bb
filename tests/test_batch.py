"""What a run survives: stops, kills, damage, changed inputs; and that its rows are always those of an unbroken one."""

import errno
import json
import os
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline.batch import nursery, workshop
from pipeline.batch import shard as shards
from pipeline.batch.failures import smaller_groups, smaller_units
from pipeline.batch.folder import RunFolder, digest, finished
from pipeline.batch.intake import make_units
from pipeline.batch.join import crowded
from pipeline.batch.merge import merge_all_actors
from pipeline.batch.nursery import Nursery
from pipeline.batch.plan import LARGEST_SHARD, Duplicates
from pipeline.batch.pool import Failure
from pipeline.batch.shard import Done, Item, do_shard
from pipeline.batch.status import read_status
from pipeline.batch.tasks import Kind, Task
from pipeline.batch.verify import repair, verify
from pipeline.cli import execute
from pipeline.errors import InputError, OutputError, RunStopped, UsageError
from pipeline.process import process
from pipeline.read import Format, find_sources
from pipeline.records import Notice
from pipeline.report.progress import watch
from pipeline.run import RunOptions, RunResult, Silent, run
from pipeline.tables import ARTICLE_ACTORS, ARTICLE_ACTORS_SCHEMA, BY_NAME

from .rows import actor

HOME = Path(__file__).resolve().parent.parent
Run = Callable[..., RunResult]
Rows = dict[str, list[str]]
SHORT = (
    "Rebels attacked a police post near Aden on 26 February 2021, officials said.",
    "“We will not negotiate,” said Prime Minister Karl Benn on Monday. The United Nations condemned the attack.",
    "Protesters marched in Valletta on 3 March 2021 and police arrested two of them.",
    "Norland and Estmark signed a treaty in Geneva last week, a spokeswoman said.",
)


def everything(folder: Path) -> Rows:
    return {
        name: sorted(json.dumps(row, default=str, sort_keys=True) for row in pq.read_table(folder / name).to_pylist())
        for name in BY_NAME
    }


def write_articles(folder: Path, numbers: Iterable[int], words: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    for n in numbers:
        text = f"Report number {n} of {n * 37} about case {n * n}. {SHORT[n % 4]} {words} It was file {n} of the day.\n"
        (folder / f"a{n:03d}.txt").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    return write_articles(tmp_path / "in", range(60))


class Breaks:
    """Stops a run, as Ctrl-C would, when so many batches were begun."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, *given: Any) -> Done:
        shard, tools, folder, starts = given

        def counted(first: int, count: int) -> None:
            self.left -= 1
            if self.left < 0:
                raise KeyboardInterrupt
            starts(first, count)

        return do_shard(shard, tools, folder, counted)


def test_a_run_stopped_anywhere_goes_on_to_the_same_tables(
    do: Run, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = do(articles, output="whole")
    for after in (0, 1, 3):
        with monkeypatch.context() as patch:
            patch.setattr(shards, "do_shard", Breaks(after))
            with pytest.raises(RunStopped, match=r"go on with: dateline run .* --resume"):
                do(articles, output=f"stopped{after}")
        out = tmp_path / f"stopped{after}"
        status = read_status(out)
        assert (status.state, status.total) == ("stopped", 60)
        assert status.done < 60
        assert not list(out.rglob("*.writing"))
        rest = do(articles, output=f"stopped{after}", resume=True)
        assert rest.done == 60 - status.done
        assert everything(out) == everything(whole.output)
        assert read_status(out).state == "complete"
    again = do(articles, output="whole", resume=True)
    assert (again.done, again.counts) == (0, whole.counts)


def test_a_grown_folder_costs_only_what_is_new_or_changed(do: Run, articles: Path, tmp_path: Path) -> None:
    do(articles)
    write_articles(articles, range(60, 65))
    write_articles(articles, [3], "Two men were arrested.")
    (articles / "a017.txt").unlink()
    (articles / "a018.txt").rename(articles / "b018.txt")
    grown = do(articles, resume=True)
    assert grown.done == 5 + 1 + 1
    fresh = do(articles, output="fresh")
    assert everything(grown.output) == everything(fresh.output)
    assert grown.counts == fresh.counts
    assert not verify(grown.output).damages


def test_a_changed_metadata_table_does_what_it_changes(do: Run, articles: Path, tmp_path: Path) -> None:
    table = tmp_path / "meta.csv"
    table.write_text("file,published\na001.txt,2021-03-04\n")
    do(articles, metadata=table)
    table.write_text("file,published\na001.txt,2021-03-04\na002.txt,2021-03-05\n")
    second = do(articles, metadata=table, resume=True)
    assert second.done == 1
    assert everything(second.output) == everything(do(articles, metadata=table, output="fresh").output)


def test_half_a_manifest_costs_its_shard(do: Run, articles: Path, tmp_path: Path) -> None:
    whole = everything(do(articles).output)
    out = tmp_path / "out"
    manifest = sorted((out / "_work" / "shards").iterdir())[0]
    manifest.write_bytes(manifest.read_bytes()[: manifest.stat().st_size // 2])
    assert [d.path for d in verify(out).damages if "manifest is cut short" in d.what] == [manifest]
    assert manifest.name in "".join(read_status(out).lines())
    assert 0 < do(articles, resume=True).done < 60
    assert everything(out) == whole
    record = out / "_run.json"
    record.write_bytes(record.read_bytes()[:100])
    assert "cut short" in verify(out).damages[0].what
    assert do(articles, resume=True).done == 0
    assert everything(out) == whole
    assert not verify(out).damages


def damage_flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(bytes(data))


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize("damage", [damage_flip, damage_cut, Path.unlink])
@pytest.mark.parametrize("table", ["events", "documents", "actors"])
def test_a_damaged_part_is_found_and_made_again(
    do: Run, articles: Path, tmp_path: Path, damage: Callable[[Path], None], table: str
) -> None:
    whole = everything(do(articles).output)
    out = tmp_path / "out"
    part = sorted((out / table).glob("*.parquet"))[-1]
    damage(part)
    found = verify(out)
    assert part in {d.path for d in found.damages} or any(table in d.path.parts for d in found.damages)
    assert "--repair" in "".join(found.lines())
    repair(out, found)
    do(articles, resume=True)
    assert everything(out) == whole
    assert not verify(out).damages


def test_copies_are_listed_extracted_or_rejected(do: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    long = " ".join(SHORT) + " " + " ".join(f"Witness {n} spoke of {n} cars on road {n}." for n in range(40))
    for name, day, text in (("b", "2021-03-09", long), ("a", "2021-03-10", long), ("c", "2021-03-11", SHORT[0])):
        (folder / f"{name}.jsonl").write_text(json.dumps({"id": name, "text": text, "published": day}))
    near = long.replace("Witness 7 ", "Witness seven ") + " This story was updated."
    (folder / "d.jsonl").write_text(json.dumps({"id": "d", "text": near, "published": "2021-03-12"}))
    mark = do(folder, output="mark")
    documents = {d["doc_id"]: d for d in pq.read_table(mark.output / "documents").to_pylist()}
    assert {k: d["duplicate_of"] for k, d in documents.items()} == {"a": "b", "b": None, "c": None, "d": "b"}
    assert (documents["a"]["n_sentences"], documents["a"]["text"]) == (0, long)
    assert documents["a"]["n_tokens"] > 300
    events = pq.read_table(mark.output / "events").to_pylist()
    assert {e["doc_id"] for e in events} == {"b", "c"}
    keep = do(folder, output="keep", duplicates=Duplicates.KEEP)
    events = pq.read_table(keep.output / "events").to_pylist()
    assert {e["doc_id"] for e in events} == {"a", "b", "c", "d"}
    assert pq.read_table(keep.output / "documents").column("duplicate_of").null_count == 2
    skip = do(folder, output="skip", duplicates=Duplicates.SKIP)
    assert skip.rejects == {"duplicate": 2}
    assert pq.read_table(skip.output / "documents").column("doc_id").to_pylist() == ["b", "c"]
    changed = do(folder, output="mark", duplicates=Duplicates.KEEP, resume=True)
    assert changed.done == 2
    assert everything(changed.output) == everything(keep.output)


def test_rejected_copies_name_their_record_when_others_have_gone(do: Run, tmp_path: Path) -> None:
    lines = [json.dumps({"id": name, "text": SHORT[n]}) for n, name in ((0, "a"), (1, "b"), (1, "c"))]
    feed = tmp_path / "feed.jsonl"
    feed.write_text("\n".join(lines))
    do(feed, duplicates=Duplicates.SKIP)
    feed.write_text("\n".join(lines[1:]))
    shorter = do(feed, duplicates=Duplicates.SKIP, resume=True)
    assert [(r["doc_id"], r["record"]) for r in pq.read_table(shorter.output / "rejects").to_pylist()] == [("c", 1)]
    assert everything(shorter.output) == everything(do(feed, output="fresh", duplicates=Duplicates.SKIP).output)


def test_only_one_run_writes_to_a_folder(do: Run, articles: Path, tmp_path: Path, monkeypatch: Any) -> None:
    do(articles)
    monkeypatch.setattr("pipeline.batch.folder._LOCK_PATIENCE", 0.1)
    folder = RunFolder(tmp_path / "out")
    with folder.locked():
        assert folder.in_use()
        with pytest.raises(OutputError, match=f"in use: another run .process {os.getpid()}"):
            do(articles, resume=True)
        with pytest.raises(OutputError, match="writing there now"):
            verify(tmp_path / "out")
    assert not folder.in_use()
    assert do(articles, resume=True).done == 0


def test_what_does_not_go_together_is_refused(do: Run, articles: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="give one"):
        do(articles, resume=True, overwrite=True)
    with pytest.raises(UsageError, match="--workers"):
        do(articles, workers=-1)
    with pytest.raises(UsageError, match="--time-limit"):
        do(articles, time_limit=0)
    with pytest.raises(InputError, match="no run"):
        read_status(articles)
    with pytest.raises(InputError, match="no run"):
        verify(articles)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("precious")
    for options in ({}, {"overwrite": True}, {"resume": True}):
        with pytest.raises(OutputError, match=r"exists already|not made by a run"):
            do(articles, **options)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["thesis.docx"]


def test_overwriting_clears_what_a_run_made_and_nothing_else(do: Run, articles: Path, tmp_path: Path) -> None:
    do(articles)
    (tmp_path / "out" / "notes.txt").write_text("kept")
    first = articles / "a000.txt"
    only = do(first, overwrite=True)
    assert only.counts["documents"] == 1
    assert (tmp_path / "out" / "notes.txt").read_text() == "kept"
    assert not verify(tmp_path / "out").damages


def test_a_file_that_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    def half(path: Path) -> None:
        with finished(path) as temporary:
            temporary.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half(tmp_path / "x.json")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fails_is_said_in_one_line_and_what_is_done_is_kept(
    do: Run, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:

    def full(self: Any, *given: Any, **more: Any) -> None:
        raise OSError(28, "No space left on device")

    class Fails(Breaks):
        def __call__(self, *given: Any) -> Done:
            self.left -= 1
            if self.left < 0:
                monkeypatch.setattr("pyarrow.parquet.ParquetWriter.write_table", full)
            return do_shard(*given)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "do_shard", Fails(2))
        with pytest.raises(OutputError, match="No space left on device"):
            do(articles)
        patch.undo()
    monkeypatch.undo()
    status = read_status(tmp_path / "out")
    assert status.done == 32
    assert not list((tmp_path / "out").rglob("*.writing"))


def test_rows_written_by_a_shard_that_failed_afterwards_are_not_doubled(
    do: Run, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = do(articles, output="whole")
    failures = iter((True,))

    def mark_done(folder: RunFolder, done: Done) -> Done:
        if next(failures, False):
            raise MemoryError("when its parts were written and its manifest was not")
        return marked(folder, done)

    marked = shards._mark_done
    monkeypatch.setattr(shards, "_mark_done", mark_done)
    again = do(articles)
    assert next(failures, None) is None
    assert again.counts == whole.counts
    assert everything(again.output) == everything(whole.output)
    assert not verify(again.output).damages


def test_an_article_that_fails_outside_all_rooms_costs_only_itself(
    do: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(articles: Any, *given: Any) -> Any:
        if any(article.doc_id == "a007" for article in articles):
            raise MemoryError("too much")
        return process(articles, *given)

    monkeypatch.setattr(shards, "process", fails)
    result = do(articles)
    assert result.rejects == {"failed": 1}
    assert result.counts["documents"] == 59
    (reject,) = pq.read_table(result.output / "rejects").to_pylist()
    assert reject["doc_id"] == "a007"
    assert "MemoryError: too much" in reject["message"]
    assert not verify(result.output).damages


def test_a_file_that_could_not_be_read_is_read_when_it_can(
    do: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = articles / "a007.txt"
    os.utime(locked, (1e9, 1e9))

    def refuse(path: Any, *given: Any) -> Any:
        if Path(path) == locked:
            raise PermissionError(13, "Permission denied")
        return open(path, *given)

    def digest_or_refuse(path: Path) -> str:
        with refuse(path, "rb"):
            return digest(path)

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.read.streams.open", refuse, raising=False)
        patch.setattr("pipeline.batch.intake.digest", digest_or_refuse)
        assert do(articles).rejects == {"unreadable": 1}
    after = do(articles, resume=True)
    assert (after.done, after.rejects, after.counts["documents"]) == (1, {}, 60)


@pytest.mark.parametrize("end", ["index", "rejects"])
def test_half_an_index_is_read_again(do: Run, articles: Path, tmp_path: Path, end: str) -> None:
    whole = everything(do(articles).output)
    (index,) = (tmp_path / "out" / "_work" / "intake").glob(f"*.{end}.parquet")
    index.write_bytes(index.read_bytes()[: index.stat().st_size // 2])
    assert do(articles, resume=True).done == 0
    assert everything(tmp_path / "out") == whole


def test_a_stop_while_reading_tells_what_is_kept(do: Run, articles: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*given: Any) -> None:
        raise KeyboardInterrupt

    do(articles)
    write_articles(articles, range(60, 62))
    monkeypatch.setattr(workshop, "take_in", stop)
    with pytest.raises(RunStopped, match="stopped: 60 articles are done and kept; go on with"):
        do(articles, resume=True)


def test_actors_are_merged_across_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa

    monkeypatch.setattr("pipeline.batch.merge._IN_MEMORY", 2)
    monkeypatch.setattr("pipeline.batch.merge._FAN_IN", 2)
    monkeypatch.setattr("pipeline.batch.merge._ROWS_AT_ONCE", 20)
    folder = RunFolder(tmp_path)
    folder.make()
    names = [f"group:{n % 30:02d}" for n in range(200)]
    random.Random(5).shuffle(names)
    for shard in range(10):
        rows = [
            actor("org:nato", "Nato" if shard % 2 else "N.A.T.O.", country="IGO" if shard == 4 else None),
            *(actor(name, name.title()) for name in names[20 * shard : 20 * shard + 20]),
        ]
        columns = BY_NAME["actors"].batch(rows).columns
        ids = pa.array([f"d{shard}"] * len(rows), pa.string())
        table = pa.Table.from_arrays([ids, *columns], schema=ARTICLE_ACTORS_SCHEMA)
        pq.write_table(table, folder.part(ARTICLE_ACTORS, f"s{shard}"))
    assert merge_all_actors(folder, [f"s{n}" for n in range(10)]) == 31
    found = pq.read_table(tmp_path / "actors").to_pylist()
    assert [a["actor_id"] for a in found] == sorted({*names, "org:nato"})
    nato = found[-1]
    assert (nato["name"], nato["aliases"], nato["country"], nato["n_documents"]) == ("Nato", ["N.A.T.O."], "IGO", 10)
    assert sum(a["n_documents"] for a in found) == 210


def command(folder: Path, out: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "pipeline", "run", str(folder), "-o", str(out), "-q", *more]


def test_workers_give_the_same_rows_and_a_killed_run_goes_on(do: Run, articles: Path, tmp_path: Path) -> None:
    alone = do(articles, output="alone")
    write_articles(articles, range(60, 400))
    out = tmp_path / "killed"
    process = subprocess.Popen(command(articles, out, "--workers", "2"), cwd=HOME)
    deadline = time.monotonic() + 120
    while not list(out.glob("_work/shards/*.json")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert read_status(out).state in ("killed", "running")  # its workers may see it a moment later
    done = read_status(out).done
    assert execute(["run", str(articles), "-o", str(out), "--workers", "2", "--resume", "-q"]) == 0
    assert 0 < done < 400
    for n in range(60, 400):
        (articles / f"a{n:03d}.txt").unlink()
    assert execute(["run", str(articles), "-o", str(out), "--workers", "1", "--resume", "-q"]) == 0
    assert everything(out) == everything(alone.output)


def descendants(process: int) -> list[int]:
    """The nursery of a run and its workers, from the system's table of processes."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):
                parents[int(entry.name)] = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
    found = [process]
    for known in found:
        found += [child for child, parent in parents.items() if parent == known]
    return found[1:]


def heed_ctrl_c() -> None:
    """Have children hear it: what a shell runs in the background ignores it, and hands that on."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def test_ctrl_c_ends_within_two_seconds_and_says_how_to_go_on(articles: Path, tmp_path: Path) -> None:
    write_articles(articles, range(60, 900))
    out = tmp_path / "out"
    started = command(articles, out, "--workers", "2")
    heed_ctrl_c()
    with subprocess.Popen(started, cwd=HOME, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 120
        while not list(out.glob("_work/shards/*.json")) and time.monotonic() < deadline:
            time.sleep(0.05)
        asked = time.monotonic()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=30)
    assert time.monotonic() - asked < 2
    assert process.returncode == 130
    (line,) = said.strip().splitlines()
    match = re.fullmatch(r"dateline: stopped: (\d+) of 900 articles are done and kept; go on with: (.*)", line)
    assert match, line
    assert match[2].endswith(f"-o {out} --workers 2 --resume")
    assert int(match[1]) == read_status(out).done > 0
    assert json.loads((out / "_run.json").read_text())["complete"] is False


def test_workers_come_back_when_the_process_they_come_from_dies(do: Run, articles: Path, tmp_path: Path) -> None:
    write_articles(articles, range(60, 300))
    out = tmp_path / "out"
    with subprocess.Popen(command(articles, out, "--workers", "2"), cwd=HOME) as process:
        deadline = time.monotonic() + 120
        while not list(out.glob("_work/shards/*.json")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        first, *workers = descendants(process.pid)
        assert len(workers) == 2
        os.kill(first, signal.SIGKILL)
        assert process.wait(120) == 0
    assert everything(out) == everything(do(articles, output="alone").output)


def test_a_run_without_any_standard_stream_is_like_any_other(articles: Path, tmp_path: Path) -> None:
    line = shlex.join(command(articles, tmp_path / "out", "--workers", "1"))
    assert subprocess.run(["bash", "-c", f"{line} <&- >&- 2>&-"], cwd=HOME, check=False).returncode == 0
    assert read_status(tmp_path / "out").state == "complete"


def test_a_nursery_is_not_waited_for_where_there_are_no_workers(do: Run, articles: Path, tmp_path: Path) -> None:
    options = RunOptions(inputs=[articles], output=tmp_path / "out", workers=0)
    assert run(options, Silent(), Nursery()).counts == do(articles, output="alone").counts


def test_a_worker_has_the_time_that_loading_takes(do: Run, articles: Path) -> None:
    result = do(articles, workers=2, time_limit=5.0)
    assert not result.rejects
    assert result.counts["documents"] == 60


def test_an_error_of_the_system_that_is_not_the_disks_costs_one_article(
    do: Run, articles: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(given: Sequence[Any], *more: Any) -> Any:
        if any(article.doc_id == "a007" for article in given):
            raise OSError(errno.EINVAL, "Invalid argument")
        return process(given, *more)

    monkeypatch.setattr(shards, "process", odd)
    result = do(articles)
    (row,) = pq.read_table(result.output / "rejects").to_pylist()
    assert (row["doc_id"], row["error"]) == ("a007", "failed")
    assert row["message"].startswith("it failed, twice: OSError: ")
    assert result.counts["documents"] == 59


def test_what_is_left_of_a_file_is_cut_as_before(do: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    lines = [json.dumps({"id": f"a{n}", "text": f"{SHORT[n % 4]} {n} " + "It was quiet. " * 90}) for n in range(3_000)]
    (tmp_path / "in" / "a.jsonl").write_text("\n".join(lines[:1_500]))
    (tmp_path / "in" / "b.jsonl").write_text("\n".join(lines[1_500:]))
    sizes = []
    for missing in (2, 1):
        sources = find_sources([tmp_path / "in"])
        total = sum(source.size for source in sources)
        sizes.append({unit.bytes // 1_000 for unit in make_units(sources[-missing:], "key", total)})
    assert sizes[1] <= sizes[0]


def test_an_article_that_no_worker_survives_is_a_reject_and_costs_no_other(
    do: Run, articles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(articles, tmp_path / "good")
    good = do(tmp_path / "good", output="alone")
    (articles / "a200.txt").write_text("The general KILLS the worker on Monday. " + SHORT[0])
    (articles / "a201.txt").write_text("The general HANGS the worker on Monday. " + SHORT[1])
    monkeypatch.setattr(nursery, "NURSERY", (sys.executable, "-m", "tests.poisoned_worker"))
    monkeypatch.chdir(HOME)
    result = do(articles, workers=2, time_limit=12.0)
    rejects = {r["doc_id"]: r for r in pq.read_table(result.output / "rejects").to_pylist()}
    assert {k: r["error"] for k, r in rejects.items()} == {"a200": "killed", "a201": "time-limit"}
    assert "signal 9" in rejects["a200"]["message"]
    assert "12 seconds" in rejects["a201"]["message"]
    expected = everything(good.output)
    found = everything(result.output)
    for name in BY_NAME.keys() - {"rejects", "documents"}:
        assert found[name] == expected[name], name
    assert len(found["documents"]) == 60
    (articles / "a200.txt").unlink()
    (articles / "a201.txt").write_text("The general FILLS the disk on Monday. " + SHORT[1])
    with pytest.raises(OutputError, match="No space left on device"):
        do(articles, workers=1, resume=True)


def test_what_fails_is_done_in_smaller_tasks_until_it_stands_alone(tmp_path: Path) -> None:
    items = [Item(str(n), f"d{n}", "file", n) for n in range(5)]
    assert [len(group) for group in smaller_groups(items, None)] == [2, 3]
    groups = smaller_groups(items, (1, 2))
    assert [[item.doc_id for item in group] for group in groups] == [["d1"], ["d2"], ["d0", "d3", "d4"]]
    assert [[item.doc_id for item in group] for group in smaller_groups(items[:2], (0, 2))] == [["d0"], ["d1"]]
    write_articles(tmp_path / "in", range(2))
    (unit,) = make_units(find_sources([tmp_path / "in"]), "key")
    killed = Failure(Task(Kind.INTAKE, unit.name), "killed", "signal 9")
    alone = smaller_units(unit, killed, 1, "key")
    assert [len(some.sources) for some in alone] == [1, 1]
    assert smaller_units(alone[0], killed, 1, "key") == [alone[0]]
    for failure, attempts in ((killed, 2), (replace(killed, reason="time-limit"), 1)):
        (last,) = smaller_units(alone[0], failure, attempts, "key")
        assert last.sources[0].format is Format.UNKNOWN
        assert failure.reason in (last.sources[0].problem or "")
        with pytest.raises(OutputError, match="can't be written"):
            smaller_units(last, failure, 2, "key")


class Heard:
    """A ``Progress`` that adds up what it hears, by stretch."""

    def __init__(self) -> None:
        self.stretches: list[tuple[str, int]] = []
        self.done: list[int] = []

    def start(self, what: str, total: int) -> None:
        self.stretches.append((what, total))
        self.done.append(0)

    def advance(self, done: int) -> None:
        self.done[-1] += done

    def notice(self, notice: Notice) -> None:
        raise AssertionError(notice)


@pytest.mark.parametrize("workers", [0, 2])
def test_who_watches_hears_of_every_stretch_to_its_end(do: Run, articles: Path, tmp_path: Path, workers: int) -> None:
    heard = Heard()
    run(RunOptions(inputs=[articles], output=tmp_path / "out", workers=workers), heard)
    names = [what for what, _ in heard.stretches]
    assert names[:2] == ["reading", "extracting"]
    assert len(names) > 3
    assert names[2:] == [f"stories, stage {n}" for n in range(1, len(names) - 1)]
    assert [total for _, total in heard.stretches] == heard.done
    assert all(heard.done)
    assert heard.done[1] == 60


def test_what_is_shown_names_what_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    told = StringIO()
    monkeypatch.setattr("pipeline.report.progress._LINE_EVERY", 0.0)
    with watch(Console(file=told, width=200)) as lines:
        for what in ("reading", "extracting", "stories, stage 1"):
            lines.start(what, 4_000_000)
            lines.advance(1_000_000)
    shown = [line.partition(", 25%")[0] for line in told.getvalue().splitlines()]
    assert shown[0] == "reading: 1.0 of 4.0 MB"
    assert re.fullmatch(r"extracting: 1,000,000 of 4,000,000 articles, [\d.]+ a second", shown[1])
    assert shown[2:] == ["stories, stage 1: 1,000,000 of 4,000,000 steps"]


def test_who_is_quiet_shows_nothing() -> None:
    told = StringIO()
    with watch(Console(file=told, quiet=True)) as lines:
        lines.start("stories, stage 1", 1)
        lines.advance(1)
    assert not told.getvalue()


class Killed(BaseException):
    """What nothing in a run catches, as nothing catches SIGKILL."""


def parts(folder: Path, table: str = "documents") -> list[str]:
    return sorted(path.name for path in (folder / table).glob("*.parquet"))


def test_thirty_small_runs_leave_few_parts_and_the_rows_of_one(do: Run, tmp_path: Path) -> None:
    days = tmp_path / "in"
    most = 0
    for day in range(30):
        write_articles(days, range(3 * day, 3 * day + 3))
        if day % 10 == 9:
            (days / f"a{day:03d}.txt").unlink()
        result = do(days, resume=True)
        assert result.done == 3
        most = max(most, len(parts(result.output)))
    assert most <= 2 * 8 + 1  # at most eight of each of two levels, and the day's own
    assert len(parts(result.output)) <= 8
    whole = do(days, output="whole")
    assert everything(result.output) == everything(whole.output)
    assert (result.counts, result.rejects) == (whole.counts, whole.rejects)
    found = verify(result.output)
    assert not found.damages
    assert read_status(result.output).done == 30 * 3 - 3
    before = parts(result.output)
    record = result.output / "_run.json"
    record.write_text(json.dumps({**json.loads(record.read_text()), "complete": False}))
    assert do(days, resume=True).done == 0
    assert parts(result.output) == before  # nothing is new: nothing is joined


@pytest.mark.parametrize("moment", ["parts", "manifest", "one", "half"])
def test_a_kill_while_shards_are_joined_is_mended(
    do: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    days = tmp_path / "in"
    for day in range(9):
        write_articles(days, [2 * day, 2 * day + 1])
        do(days, resume=True)
    out = tmp_path / "out"
    assert len(parts(out)) == 9
    write_articles(days, [18])
    real_mark, real_remove, calls = shards._mark_done, shards.remove, []

    def mark(folder: RunFolder, done: Done) -> Done:
        if moment == "parts":
            raise Killed
        return real_mark(folder, done)

    def remove(folder: RunFolder, done: Done) -> None:
        calls.append(done.name)
        if moment == "manifest" or len(calls) == 5:
            raise Killed
        if moment == "half" and len(calls) == 4:
            (folder.shards / f"{done.name}.json").unlink()
            raise Killed
        real_remove(folder, done)

    with monkeypatch.context() as patch:
        patch.setattr(shards, "_mark_done", mark)
        patch.setattr(shards, "remove", remove)
        with pytest.raises(Killed):
            do(days, resume=True)
    left = {"parts": 9, "manifest": 10, "one": 6, "half": 6}[moment]
    assert len(list((out / "_work" / "shards").glob("*.json"))) == left
    assert read_status(out).done == 18
    assert [damage.what for damage in verify(out).damages if "in two shards" in damage.what] == []
    after = do(days, resume=True)
    assert after.done == 1
    assert len(parts(out)) == 2
    assert everything(out) == everything(do(days, output="fresh").output)
    assert not verify(out).damages


def test_where_what_came_in_their_place_is_not_whole_the_old_ones_stay(do: Run, tmp_path: Path) -> None:
    days = tmp_path / "in"
    for day in range(2):
        write_articles(days, [day])
        do(days, resume=True)
    folder = RunFolder(tmp_path / "out")
    saved = tmp_path / "saved"
    shutil.copytree(folder.root, saved)
    joined = shards.join(list(shards.settled(folder)), 7, folder)
    shutil.copytree(saved, folder.root, dirs_exist_ok=True)
    folder.part("documents", joined.name).unlink()
    assert [done.items for done in shards.settled(folder)] == [dict([item]) for item in joined.items.items()]
    assert not (folder.shards / f"{joined.name}.json").exists()


def test_levels_of_shards_are_joined_in_groups_that_are_not_too_full() -> None:
    assert crowded({f"s{n}": 3 for n in range(8)}) == []
    nine = {f"s{n}": 3 for n in range(9)}
    assert crowded(nine) == [sorted(nine)]
    assert crowded(nine | {"t": 8, "u": 2000}) == [sorted(nine)]
    assert crowded({f"s{n}": 1500 for n in range(99)}) == []
    (first, *_) = groups = crowded({f"s{n}": 600 for n in range(10)})
    assert first == ["s0", "s1", "s2"]
    assert [len(group) for group in groups] == [3, 3, 3]


@given(st.lists(st.integers(1, 300), max_size=400))
def test_a_row_is_copied_once_a_level_and_shards_stay_few(added: list[int]) -> None:
    sizes: dict[str, int] = {}
    copied = number = 0
    for size in added:
        sizes[f"{number:06d}"] = size
        number += 1
        while groups := crowded(sizes):
            for group in groups:
                total = sum(sizes.pop(name) for name in group)
                assert total <= LARGEST_SHARD
                copied += total
                sizes[f"{number:06d}"] = total
                number += 1
        assert sum(size < LARGEST_SHARD // 2 for size in sizes.values()) <= 4 * 8
    assert copied <= 4 * sum(added)
