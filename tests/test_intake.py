"""Intake: units of files and of pieces of them, read once, and the same rows however they are dealt out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.batch import intake, workshop
from pipeline.batch.folder import RunFolder, digest, read_json, write_json
from pipeline.batch.intake import (
    LARGEST_UNIT,
    SMALLEST_UNIT,
    Taken,
    file_hashes,
    in_order,
    make_units,
    read_all_rejects,
    read_index,
    source_key,
    sources_of,
    still_good,
    take_in,
    unit_bytes,
    unit_of,
)
from pipeline.batch.verify import verify
from pipeline.duplicates import Fingerprint
from pipeline.errors import RunStopped
from pipeline.read import ReadOptions, Source, find_sources, read_source
from pipeline.records import Article, Reject
from pipeline.run import RunResult

from .test_batch import SHORT, everything

Run = Callable[..., RunResult]
OLD = 1e9  # seconds: a file that was written long before it is read


@pytest.fixture(autouse=True)
def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "SMALLEST_UNIT", 1 << 10)


def write_records(path: Path, numbers: Iterable[int], end: bytes = b"\n") -> Path:
    path.parent.mkdir(exist_ok=True)
    records = ({"id": f"r{n}", "text": f"Report {n} of {n * 37}. {SHORT[n % 4]}"} for n in numbers)
    path.write_bytes(b"\n{ broken\n" + end.join(json.dumps(record).encode() for record in records) + end)
    os.utime(path, (OLD, OLD))
    return path


def change(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert data.count(old) == 1
    path.write_bytes(data.replace(old, new))


def as_is(text: str) -> Fingerprint:
    return Fingerprint(text.encode(), b"")


class Reading:
    """Reads folders as a run does, in this process."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = RunFolder(tmp_path / "out")
        self.folder.make()
        self.read: list[str] = []
        self.bytes = 0

    def __call__(self, *inputs: Path, stop: int = 1_000_000) -> list[Taken]:
        sources = find_sources(inputs)
        kept, missing = still_good(self.folder, "key", sources)
        self.read, self.bytes = [], 0
        for unit in make_units(missing, "key"):
            if len(self.read) == stop:
                break
            kept.append(self.take(unit))
        return in_order(kept, {source_key(source): place for place, source in enumerate(sources)})

    def take(self, unit: intake.Unit) -> Taken:
        def told(count: int) -> None:
            self.bytes += count

        before = (self.folder.intake / f"{unit.name}.json").is_file()
        taken = take_in(
            unit, ReadOptions(), "key", self.folder, lambda text: Fingerprint(text[:16].encode(), b""), told
        )
        self.read += [] if before else [unit.name]
        return taken

    def rejects(self, units: list[Taken]) -> list[Reject]:
        order = {entry["key"]: place for place, entry in enumerate(e for u in units for e in u.sources)}
        return list(read_all_rejects(self.folder, units, order))

    def ids(self, units: list[Taken]) -> list[tuple[str, int | None]]:
        return [(e.doc_id, e.record) for unit in units for _, e in read_index(self.folder, unit)]


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    return Reading(tmp_path)


def whole(path: Path) -> tuple[list[tuple[str, int | None]], list[Reject]]:
    (source,) = find_sources([path])
    items = list(read_source(source, ReadOptions()))
    return [(i.doc_id, i.record) for i in items if isinstance(i, Article)], [i for i in items if isinstance(i, Reject)]


def test_units_grow_with_what_there_is_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert [unit_bytes(n) for n in (0, 4 << 20, 8 << 20)] == [SMALLEST_UNIT] * 3
    assert unit_bytes((8 << 20) + 1) == 2 * SMALLEST_UNIT
    assert unit_bytes(1 << 40) == LARGEST_UNIT
    sizes = [unit_bytes(n << 20) for n in range(0, 2000, 7)]
    assert sizes == sorted(sizes)


def test_files_and_pieces_are_dealt_out_in_order(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "d.txt", "e.txt"):
        (tmp_path / name).write_text(SHORT[0])
    write_records(tmp_path / "c.jsonl", range(100))
    sources = find_sources([tmp_path])
    units = list(make_units(sources, "key"))
    assert [s.inside for s in units[0].sources] == ["a.txt", "b.txt"]
    assert [s.inside for s in units[-1].sources] == ["d.txt", "e.txt"]
    assert all(len(unit.sources) == 1 and unit.sources[0].piece for unit in units[1:-1])
    assert len(units) > 10
    assert sum(unit.bytes for unit in units) == sum(source.size for source in sources)
    assert [unit.name for unit in make_units(sources, "key")] == [unit.name for unit in units]
    assert len({unit.name for unit in units}) == len(units)


def test_pieces_are_read_once(tmp_path: Path, reading: Reading) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    units = reading(path)
    assert len(units) > 10
    assert (reading.ids(units), reading.rejects(units)) == whole(path)
    assert reading.bytes == path.stat().st_size
    assert list(file_hashes(units).values()) == [digest(path)]
    assert reading(path) == units
    assert reading.read == []


def test_a_touched_file_is_hashed_and_not_read(tmp_path: Path, reading: Reading) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    units = reading(path)
    os.utime(path, (OLD + 5, OLD + 5))
    assert reading(path) == units
    assert reading.read == []


@pytest.mark.parametrize("old", [b'"r7"', b'"r99"'])
def test_a_changed_byte_has_all_pieces_read_again(tmp_path: Path, reading: Reading, old: bytes) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    before = reading(path)
    change(path, old, b'"rA"')
    units = reading(path)
    assert len(reading.read) == len(units)
    assert (reading.ids(units), reading.rejects(units)) == whole(path)
    assert file_hashes(units) != file_hashes(before)
    assert len(list(reading.folder.intake.glob("*.json"))) == len(units)


def test_a_file_just_written_is_hashed_again(tmp_path: Path, reading: Reading) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    os.utime(path)
    before = reading.ids(reading(path))
    stamp = path.stat()
    change(path, b'"r7"', b'"rA"')
    os.utime(path, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    again = reading.ids(reading(path))
    assert again == whole(path)[0] != before


def test_an_unbroken_reading_and_one_that_was_stopped_are_the_same(tmp_path: Path, reading: Reading) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    reading(path, stop=4)
    first = list(reading.read)
    units = reading(path)
    assert len(reading.read) == len(units) - 4
    assert not set(first) & set(reading.read)
    assert reading.bytes == path.stat().st_size
    assert (reading.ids(units), reading.rejects(units)) == whole(path)
    assert reading(path) == units


def test_pieces_of_what_was_another_file_then_are_not_taken(tmp_path: Path, reading: Reading) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    reading(path, stop=4)
    change(path, b'"r1"', b'"rA"')
    units = reading(path)
    assert len(reading.read) == len(units)
    assert reading.ids(units) == whole(path)[0]


def test_a_piece_whose_manifest_is_gone_is_read_again_alone(tmp_path: Path, reading: Reading) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    units = reading(path)
    (reading.folder.intake / f"{units[3].name}.json").unlink()
    assert reading(path) == units
    assert reading.read == [units[3].name]


def test_a_file_that_changes_between_its_pieces_says_so_once(tmp_path: Path, reading: Reading) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    (tmp_path / "b.txt").write_text(SHORT[1])
    sources = find_sources([path, tmp_path / "b.txt"])
    todo = make_units(sources, "key")
    units = [reading.take(next(todo)) for _ in range(3)]
    with path.open("ab") as file:
        file.write(b'{"id": "more", "text": "It rained."}\n')
    units += [reading.take(unit) for unit in todo]
    told = [(r.record, r.error, r.source) for r in reading.rejects(units) if r.error != "broken-record"]
    assert told == [(None, "changed", path.as_posix())]
    assert len(reading.ids(units)) == 101  # what it held when it was cut, and the other file
    again = reading(path, tmp_path / "b.txt")
    assert len(reading.read) > 10
    assert len(reading.ids(again)) == 102
    assert [r.error for r in reading.rejects(again)] == ["broken-record"]


@pytest.mark.parametrize("then", ["gone", "replaced"])
def test_a_file_that_goes_between_its_pieces_says_so_once(tmp_path: Path, reading: Reading, then: str) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    todo = make_units(find_sources([path]), "key")
    units = [reading.take(next(todo)) for _ in range(3)]
    if then == "replaced":
        write_records(tmp_path / "b.jsonl", range(200)).rename(path)
    else:
        path.unlink()
    units += [reading.take(unit) for unit in todo]
    (_, reject) = reading.rejects(units)
    assert (reject.record, reject.error) == (None, "changed" if then == "replaced" else "unreadable")
    write_records(path, range(100))
    assert reading.ids(reading(path)) == whole(path)[0]


def test_texts_that_went_are_staged_again_piece_by_piece(tmp_path: Path, reading: Reading) -> None:
    path = write_records(tmp_path / "a.jsonl", range(100))
    units = reading(path)
    os.utime(path, (OLD + 5, OLD + 5))
    (source,) = find_sources([path])
    for unit in units[2:4]:
        unit.chunk(reading.folder, 0).unlink()
        index = digest(reading.folder.intake / f"{unit.name}.index.parquet")
        again = unit_of(sources_of(unit, {source_key(source): source}), "key")
        taken = reading.take(intake.Unit(unit.name, again.sources))
        assert taken.staged(reading.folder)
        assert digest(reading.folder.intake / f"{unit.name}.index.parquet") == index
    assert [u.name for u in reading(path)] == [u.name for u in units]
    assert reading.read == []


# ---------------------------------------------------------------------------- whole runs


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_records(tmp_path / "in" / "all.jsonl", range(60))


def read_whole(do: Run, path: Path, monkeypatch: pytest.MonkeyPatch, output: str) -> RunResult:
    with monkeypatch.context() as patch:
        patch.setattr(intake, "SMALLEST_UNIT", LARGEST_UNIT)
        result = do(path, output=output)
    assert len(list((result.output / "_work" / "intake").glob("*.json"))) == 1
    return result


def same(first: RunResult, other: RunResult) -> bool:
    ours, theirs = (read_json(r.output / "_run.json") or {} for r in (first, other))
    keys = ("inputs", "corpus_key", "rejects", "rows", "notices")
    return everything(first.output) == everything(other.output) and all(ours[k] == theirs[k] for k in keys)


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_a_cut_file_gives_the_rows_of_the_whole_one(
    do: Run, file: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    once = read_whole(do, file, monkeypatch, "whole")
    pieces = do(file, workers=workers)
    assert len(list((pieces.output / "_work" / "intake").glob("*.json"))) > 5
    assert same(pieces, once)
    assert not verify(pieces.output).damages
    assert do(file, workers=workers, resume=True).done == 0
    with file.open("ab") as more:
        more.write(json.dumps({"id": "r60", "text": SHORT[2]}).encode())
    assert do(file, workers=workers, resume=True).done == 1
    assert same(pieces, read_whole(do, file, monkeypatch, "grown"))
    change(file, b"Report 31 of", b"Report 32 of")
    assert do(file, workers=workers, resume=True).done == 1
    assert same(pieces, read_whole(do, file, monkeypatch, "changed"))


def test_a_run_stopped_between_pieces_goes_on(do: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = read_whole(do, file, monkeypatch, "whole")
    taken: list[str] = []

    def stop(unit: intake.Unit, *given: Any) -> Taken:
        if len(taken) == 4:
            raise KeyboardInterrupt
        taken.append(unit.name)
        return take_in(unit, *given)

    with monkeypatch.context() as patch:
        patch.setattr(workshop, "take_in", stop)
        with pytest.raises(RunStopped):
            do(file)
    before = {name: (once.output.parent / "out/_work/intake" / f"{name}.json").stat().st_mtime_ns for name in taken}
    rest = do(file, resume=True)
    assert same(rest, once)
    for name, changed in before.items():
        assert (rest.output / "_work/intake" / f"{name}.json").stat().st_mtime_ns == changed


@pytest.mark.parametrize("most", [1 << 10, LARGEST_UNIT])
def test_a_line_that_ends_its_reader_costs_itself(
    do: Run, file: Path, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(intake, "SMALLEST_UNIT", most)
    once = read_whole(do, file, monkeypatch, "whole")

    def fails(source: Source, *given: Any) -> Iterator[Any]:
        for item in read_source(source, *given):
            if isinstance(item, Article) and item.doc_id == "r30":
                raise MemoryError("too much")
            yield item

    with monkeypatch.context() as patch:
        patch.setattr(intake, "read_source", fails)
        result = do(file)
    assert result.rejects["broken-record"] == 1
    assert result.counts["documents"] == 59
    (reject,) = (r for r in pq.read_table(result.output / "rejects").to_pylist() if r["error"] != "broken-record")
    assert reject["source"] == file.as_posix()
    assert "reading line 33 ended with failed: MemoryError: too much" in reject["message"]
    again = do(file, resume=True)
    assert again.done == 1
    assert same(again, once)
    assert do(file, resume=True).done == 0


def test_a_manifest_of_a_piece_cut_in_half_is_none(do: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    once = read_whole(do, file, monkeypatch, "whole")
    out = do(file).output
    first, second, *_ = sorted((out / "_work" / "intake").glob("*.json"))
    first.write_bytes(first.read_bytes()[:100])
    write_json(second, (read_json(second) or {}) | {"read_key": "other"})
    assert same(do(file, resume=True), once)
