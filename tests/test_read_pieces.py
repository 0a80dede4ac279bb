"""A file read in pieces gives what it gives read whole, wherever it is cut."""

from __future__ import annotations

import codecs
import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from pipeline.read import Outcome, ReadOptions, Source, cut, find_sources, halve, pieces, read_source, stamp
from pipeline.records import Article, Reject

TEXT = "The harbour council voted late on Tuesday to close the old bridge to lorries."
RECORDS = st.one_of(
    st.builds(
        lambda number, text, plain: json.dumps({"id": number, "text": text}, ensure_ascii=plain).encode(
            "utf-8", "surrogatepass"
        ),
        st.integers(0, 5),
        st.sampled_from([TEXT, TEXT[:20], "", "Ça n’est pas cher, dit-elle.", "a\r\nb \x85 \u2028 c", "\ud800"]),
        st.booleans(),
    ),
    st.sampled_from(
        [b"", b" ", b"\t\x0b\x0c", b"\r", b"{", b"[1]", b"{}", b'{"text": "caf\xe9"}', b'{"text": "a\rb"}', b"\xff\xfe"]
    ),
    st.sampled_from([b"\x85", b"\xc2\xa0", b"\x1c", codecs.BOM_UTF8, codecs.BOM_UTF8 + b'{"text": "It was."}', b"\0"]),
    st.binary(max_size=12).map(lambda data: data.replace(b"\n", b"")),
)
FILES = st.builds(
    lambda mark, lines, end: mark + b"".join(line + after for line, after in lines) + end,
    st.sampled_from([b"", codecs.BOM_UTF8]),
    st.lists(st.tuples(RECORDS, st.sampled_from([b"\n", b"\r\n", b"\n\n", b"\n\r\n", b"\r"])), max_size=12),
    st.one_of(st.just(b""), RECORDS),
)


def put(folder: Path, data: bytes, name: str = "a.jsonl") -> Source:
    path = folder / name
    path.write_bytes(data)
    (source,) = find_sources([path])
    return source


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read(source: Source, **options: Any) -> list[Outcome]:
    return list(read_source(source, ReadOptions(**options)))


def read_pieces(source: Source, size: int, **options: Any) -> list[Outcome]:
    return [item for piece in cut(source, size) for item in read(piece, **options)]


def write_records(folder: Path, count: int) -> Source:
    records = ({"id": f"r{n}", "text": f"{TEXT} It was vote {n}."} for n in range(count))
    return put(folder, b"".join(json.dumps(record).encode() + b"\n" for record in records))


@given(FILES, st.integers(1, 300), st.integers(1, 70))
@example(b"\n" * 40, 1, 1)
@example(b" \r\n" * 40 + b"{", 7, 3)
@example(codecs.BOM_UTF8, 1, 1)
@example(codecs.BOM_UTF16_LE + "\n".join(["{}"] * 9).encode("utf-16-le"), 4, 8)
@example(codecs.BOM_UTF32_BE + "\n".join(["{}"] * 9).encode("utf-32-be"), 4, 8)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_pieces_give_what_the_file_gives(tmp_path: Path, data: bytes, size: int, block: int) -> None:
    source = put(tmp_path, data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_BLOCK", block + 3)
        found = list(cut(source, size))
    told: list[int] = []
    items = [item for piece in found for item in read_source(piece, ReadOptions(), told.append)]
    assert items == read(source)
    assert sum(told) == len(data)
    halves = [half for piece in found for half in halve(piece)]
    assert [item for half in halves for item in read(half)] == items
    assert [half.piece.sha256 for half in halves if half.piece and half.piece.last] in ([], [digest(data)])
    if found == [source]:
        return
    stretches = [piece.piece for piece in found if piece.piece]
    assert [p.start for p in stretches] == [0, *(p.end for p in stretches[:-1])]
    assert stretches[-1].end == len(data)
    assert [p.last for p in stretches] == [False] * (len(stretches) - 1) + [True]
    assert all(data[: p.start].endswith(b"\n") for p in stretches[1:])
    assert [p.line for p in stretches] == [1 + data[: p.start].count(b"\n") for p in stretches]
    assert sum(p.lines for p in stretches) >= data.count(b"\n")
    assert stretches[-1].sha256 == digest(data)


@pytest.mark.parametrize("size", [1, 100, 1_000_000, 1_100_000, 3_000_000])
def test_lines_that_are_too_long_are_told_by_their_number(tmp_path: Path, size: int) -> None:
    good = json.dumps({"text": TEXT}).encode()
    long = json.dumps({"text": TEXT * 15_000}).encode()
    blank = b" " * 1_200_000
    source = put(tmp_path, b"\n".join([b"", good, long, blank, good, long + b"\r", b"\r", good, blank]))
    whole = read(source, max_chars=100)
    assert read_pieces(source, size, max_chars=100) == whole
    rejects = [item for item in whole if isinstance(item, Reject)]
    assert [(item.record, item.message.split(":")[0]) for item in rejects] == [(1, "line 3"), (3, "line 6")]
    assert [item.record for item in whole if isinstance(item, Article)] == [0, 2, 4]


def test_a_file_of_blank_lines_says_so_once(tmp_path: Path) -> None:
    source = put(tmp_path, b" \n\n" * 1000)
    found = read_pieces(source, 100)
    assert found == read(source)
    assert [item.message for item in found if isinstance(item, Reject)] == ["the file holds no record"]


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.csv", "a.txt"])
def test_only_plain_jsonl_is_cut(tmp_path: Path, name: str) -> None:
    source = put(tmp_path, b"text\n" * 1000, name)
    assert list(cut(source, 10)) == [source]


def test_a_small_file_is_not_cut(tmp_path: Path) -> None:
    source = write_records(tmp_path, 10)
    assert list(cut(source, source.size)) == [source]
    assert len(list(cut(source, source.size - 1))) == 2


def test_a_file_that_is_gone_is_said_by_its_reader(tmp_path: Path) -> None:
    source = write_records(tmp_path, 10)
    source.path.unlink()
    assert list(cut(source, 100)) == [source]
    found = iter(cut(write_records(tmp_path, 10), 100))
    first = next(found)
    source.path.unlink()
    assert [item.error for item in read(first) if isinstance(item, Reject)] == ["unreadable"]
    assert sum(1 for _ in found) == 9


def test_a_disk_that_fails_costs_what_follows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        def __init__(self, file: Any) -> None:
            self.file, self.left = file, 3

        def __enter__(self) -> Failing:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()

        def fileno(self) -> int:
            return int(self.file.fileno())

        def read(self, size: int) -> bytes:
            self.left -= 1
            if self.left < 0:
                raise OSError(5, "Input/output error")
            return bytes(self.file.read(size))

    source = write_records(tmp_path, 20)
    monkeypatch.setattr(pieces, "_BLOCK", 200)
    monkeypatch.setattr(pieces, "open", lambda path, mode: Failing(Path.open(path, mode)), raising=False)
    found = list(cut(source, 250))
    assert [piece.piece.end for piece in found if piece.piece][-1] == source.size
    assert [piece.piece.sha256 for piece in found if piece.piece] == [None] * len(found)
    monkeypatch.undo()
    assert [item for piece in found for item in read(piece)] == read(source)


def test_a_file_that_grows_keeps_its_pieces_and_another_file_has_none(tmp_path: Path) -> None:
    source = write_records(tmp_path, 20)
    whole = read(source)
    found = list(cut(source, 500))
    with source.path.open("ab") as file:
        file.write(b'{"text": "One more."}\n')
    assert [item for piece in found for item in read(piece)] == whole
    os.truncate(source.path, source.size - 1)
    assert {item.error for piece in found for item in read(piece) if isinstance(item, Reject)} == {"changed"}
    source = write_records(tmp_path, 20)
    found = list(cut(source, 500))
    (tmp_path / "new").write_bytes(source.path.read_bytes())
    (tmp_path / "new").rename(source.path)
    for piece in found:
        (item,) = read(piece)
        assert isinstance(item, Reject)
        assert (item.error, item.record) == ("changed", None)


def test_what_a_stamp_tells(tmp_path: Path) -> None:
    source = write_records(tmp_path, 5)
    before = stamp(source.path)
    assert before.size == source.size
    os.utime(source.path, (1e9, 1e9))
    assert stamp(source.path) == before._replace(changed=10**18)
    source.path.unlink()
    assert stamp(source.path) == (0, 0, 0)


def test_halves_of_halves_are_lines(tmp_path: Path) -> None:
    source = write_records(tmp_path, 100)
    waiting, lines = [source], []
    while waiting:
        halves = halve(waiting.pop())
        if len(halves) == 1:
            lines += halves
        waiting += halves if len(halves) > 1 else []
    assert sorted(line.piece.told for line in lines if line.piece) == sorted(f"line {n}" for n in range(1, 101))
    (packed,) = halve(put(tmp_path, b"{}\n" * 9, "a.jsonl.zst"))
    assert packed.piece is None
    (one,) = halve(lines[0])
    source.path.write_bytes(b"")
    assert halve(one) == [one]
    source.path.unlink()
    assert halve(one) == [one]


def test_the_place_of_a_piece_is_told_by_its_lines(tmp_path: Path) -> None:
    source = write_records(tmp_path, 3000)
    told = [piece.piece.told for piece in cut(source, 100_000) if piece.piece]
    assert told[0].startswith("lines 1 to ")
    assert told[-1].endswith(" to 3,000")
    assert replace(source, piece=None) == source
