"""Bad input: every case ends as a clear reject or is processed, and everything else still comes out."""

from __future__ import annotations

import gzip
import json
import os
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from random import choice

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.read import Outcome, ReadOptions, Source, find_sources, read_source
from pipeline.records import Article, Notice, Reject

TEXT = (
    "The harbour council voted late on Tuesday to close the old bridge to lorries, after engineers "
    "found cracks in two of its pillars and warned that another winter could bring it down."
)
WORDS = [
    f"{a}{b}{c}s" for a in ("stop", "mark", "hold", "lift") for b in "aeiou" for c in ("nd", "rt", "ck", "ll", "mp")
]
LINE = json.dumps({"id": "good", "text": TEXT}) + "\n"


def put(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return path


def read(path: Path, options: ReadOptions | None = None) -> list[Outcome]:
    return [row for source in find_sources([path]) for row in read_source(source, options or ReadOptions())]


def only_reject(path: Path, options: ReadOptions | None = None) -> Reject:
    (row,) = read(path, options)
    assert isinstance(row, Reject)
    assert row.stage == "read"
    assert row.source == path.as_posix()
    return row


def test_a_broken_link_in_a_folder(tmp_path: Path):
    put(tmp_path / "good.txt", TEXT)
    (tmp_path / "gone.txt").symlink_to(tmp_path / "nowhere.txt")
    good, bad = sorted(read(tmp_path), key=lambda row: row.source, reverse=True)
    assert isinstance(good, Article | Reject)
    rows = {Path(row.source).name: row for row in (good, bad)}
    assert isinstance(rows["good.txt"], Article)
    assert isinstance(rows["gone.txt"], Reject)
    assert rows["gone.txt"].error == "unreadable"


def test_a_file_that_vanishes_or_can_not_be_opened(tmp_path: Path):
    path = put(tmp_path / "a.txt", TEXT)
    (source,) = find_sources([path])
    path.unlink()
    (row,) = read_source(source, ReadOptions())
    assert isinstance(row, Reject)
    assert row.error == "unreadable"
    path.mkdir()
    (row,) = read_source(source, ReadOptions())
    assert isinstance(row, Reject)
    assert row.error == "unreadable"


def test_a_pipe_in_a_folder_does_not_hang(tmp_path: Path):
    os.mkfifo(tmp_path / "a.txt")
    (row,) = read(tmp_path)
    assert isinstance(row, Reject)
    assert row.error == "unreadable"


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.html", "a.jsonl", "a.csv", "a.tsv", "a.parquet", "a.txt.gz"])
def test_an_empty_file(tmp_path: Path, name: str):
    assert only_reject(put(tmp_path / name, b"")).error == "empty"


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.csv", "a.md"])
def test_a_blank_file(tmp_path: Path, name: str):
    assert only_reject(put(tmp_path / name, b" \r\n\t \n")).error == "empty"


@pytest.mark.parametrize("name", ["a.txt", "a.html", "a.csv"])
@pytest.mark.parametrize("head", [b"%PDF-1.4\n", b"PK\x03\x04", b"\x89PNG\r\n\x1a\n", b"\x00\x01\x02\x03", b"\x7fELF"])
def test_a_binary_file(tmp_path: Path, name: str, head: bytes):
    data = head + bytes(range(256)) * 20
    assert only_reject(put(tmp_path / name, data)).error in ("binary", "encoding")


def test_a_packed_file_under_a_plain_name(tmp_path: Path):
    assert only_reject(put(tmp_path / "a.txt", gzip.compress(TEXT.encode()))).error == "binary"


def test_one_broken_byte_does_not_cost_the_article(tmp_path: Path):
    data = (TEXT * 20).encode().replace(b"bridge", b"br\xffdge", 1)
    rows = read(put(tmp_path / "a.txt", data))
    assert [type(row) for row in rows] == [Notice, Article]


def test_a_broken_line_of_jsonl_costs_only_itself(tmp_path: Path):
    lines = [
        LINE,
        '{"id": "half", "text": "The har\n',
        "[1, 2]\n",
        "\n",
        '"just a string"\n',
        "{'id': 1}\n",
        "[" * 100_000 + "\n",
        '{"id": ' + "9" * 6000 + "}\n",
        LINE.replace("good", "last"),
    ]
    rows = read(put(tmp_path / "a.jsonl", "".join(lines)))
    assert [row.doc_id for row in rows if isinstance(row, Article)] == ["good", "last"]
    rejects = [row for row in rows if isinstance(row, Reject)]
    assert [row.error for row in rejects] == ["broken-record"] * 6
    assert [row.record for row in rejects] == [1, 2, 3, 4, 5, 6]
    assert "line 2" in rejects[0].message
    assert rejects[0].excerpt == '{"id": "half", "text": "The har'


def test_a_half_written_jsonl(tmp_path: Path):
    rows = read(put(tmp_path / "a.jsonl", LINE + LINE[: len(LINE) // 2]))
    assert [type(row) for row in rows] == [Article, Reject]


@pytest.mark.parametrize("ending", [".gz", ".zst"])
def test_a_half_written_packed_file_keeps_what_came_before(tmp_path: Path, ending: str):
    texts = "".join(
        json.dumps({"id": str(n), "text": f"{TEXT} It {' and it '.join(choice(WORDS) for _ in range(90))}."}) + "\n"
        for n in range(400)
    )
    pack = gzip.compress if ending == ".gz" else zstandard.ZstdCompressor().compress
    data = pack(texts.encode())
    rows = read(put(tmp_path / f"a.jsonl{ending}", data[: len(data) // 2]))
    assert sum(isinstance(row, Article) for row in rows) > 100
    assert isinstance(rows[-1], Reject)
    assert (rows[-1].error, rows[-1].record) == ("truncated", None)


@pytest.mark.parametrize("ending", [".gz", ".zst"])
@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.html"])
def test_a_packed_file_that_is_none(tmp_path: Path, name: str, ending: str):
    assert only_reject(put(tmp_path / (name + ending), TEXT)).error == "corrupt"


def test_a_broken_parquet(tmp_path: Path):
    pq.write_table(pa.table({"text": [TEXT] * 500, "n": range(500)}), tmp_path / "a.parquet", compression="zstd")
    data = (tmp_path / "a.parquet").read_bytes()
    assert only_reject(put(tmp_path / "b.parquet", data[: len(data) // 2])).error == "corrupt"
    assert only_reject(put(tmp_path / "c.parquet", TEXT)).error == "corrupt"


@pytest.mark.parametrize("dictionary", [True, False])
def test_parquet_that_expands_a_thousandfold_is_not_unpacked(
    tmp_path: Path, dictionary: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("pipeline.read.parquet._LARGE", 8 << 20)
    schema, path = pa.schema([("text", pa.string())]), tmp_path / "a.parquet"
    with pq.ParquetWriter(path, schema, compression="zstd", use_dictionary=dictionary) as out:
        out.write_table(pa.table({"text": ["word " * 50_000] * 70}))
        out.write_table(pa.table({"text": [TEXT]}))
    bomb, good = read(path)
    assert isinstance(bomb, Reject)
    assert (bomb.error, bomb.record) == ("too-large", 0)
    assert isinstance(good, Article)
    assert (good.text, good.record) == (TEXT, 70)


def test_parquet_with_texts_that_are_no_utf8(tmp_path: Path):
    broken = pa.StringArray.from_buffers(
        1, pa.py_buffer(b"\0\0\0\0\x1c\0\0\0"), pa.py_buffer(b"The caf\xe9 by the port is shut")
    )
    pq.write_table(pa.table({"id": ["a"], "text": broken}), tmp_path / "a.parquet")
    (row,) = [row for row in read(tmp_path / "a.parquet") if not isinstance(row, Notice)]
    assert isinstance(row, Article)
    row.text.encode("utf-8")


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.parquet"])
def test_a_table_without_a_text_column_is_one_reject(tmp_path: Path, name: str):
    path = tmp_path / name
    if name == "a.parquet":
        pq.write_table(pa.table({"file": ["a"], "published": ["b"]}), path)
    else:
        mark = "\t" if name == "a.tsv" else ","
        put(path, f"file{mark}published\na.txt{mark}2021-03-02\nb.txt{mark}2021-03-02\n")
    row = only_reject(path)
    assert (row.error, row.record) == ("no-text", None)
    assert "file, published" in row.message
    assert "--map" in row.message


def test_a_csv_with_bad_rows_keeps_the_good_ones(tmp_path: Path):
    rows = read(put(tmp_path / "a.csv", f'id,text\na,"{TEXT}"\nb,\nc,one,two,three\n\nd,"{TEXT}"\n'))
    assert [row.doc_id for row in rows if isinstance(row, Article)] == ["a", "d"]
    assert [(row.error, row.record) for row in rows if isinstance(row, Reject)] == [
        ("no-text", 1),
        ("broken-record", 2),
    ]


def test_a_csv_with_an_open_quotation_mark_ends(tmp_path: Path):
    rows = read(
        put(tmp_path / "a.csv", f'id,text\na,"{TEXT}"\nb,"{TEXT}\n' + f'c,"{TEXT}"\n' * 20_000),
        ReadOptions(max_chars=5000),
    )
    assert isinstance(rows[0], Article)
    assert any(isinstance(row, Reject) and row.error in ("too-large", "broken-record") for row in rows)


@pytest.mark.parametrize(
    "record", [{"id": "x"}, {"id": "x", "text": None}, {"id": "x", "text": 5}, {"id": "x", "text": [TEXT]}]
)
def test_a_record_without_text(tmp_path: Path, record: dict[str, object]):
    row = only_reject(put(tmp_path / "a.jsonl", json.dumps(record)))
    assert (row.error, row.doc_id, row.record) == ("no-text", "x", 0)


def test_a_record_with_blank_text(tmp_path: Path):
    assert only_reject(put(tmp_path / "a.jsonl", json.dumps({"text": " \n\u200b"}))).error == "empty"


@pytest.mark.parametrize("day", ["31 February 2021", "soon", 99, {"y": 2021}, "03/04/2021", [2021], 1e400, True])
def test_a_broken_date_is_a_notice_and_the_record_stays(tmp_path: Path, day: object):
    notice, article = read(put(tmp_path / "a.jsonl", json.dumps({"id": "x", "text": TEXT, "published": day})))
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.doc_id, notice.record) == ("published", "x", 0)
    assert isinstance(article, Article)
    assert (article.published_date, article.published_at) == (None, None)


FRENCH = (
    "Le conseil du port a décidé mardi soir de fermer le vieux pont aux camions, après que des ingénieurs ont trouvé "
    "des fissures dans deux de ses piliers. Les propriétaires de bacs ont salué cette décision, tandis que les "
    "commerçants de la rive sud craignent de perdre la moitié de leurs clients."
)


@pytest.mark.parametrize(
    "text", [FRENCH, "Кремль сообщил, что переговоры пройдут в среду в столице.", "议会周二晚间投票决定关闭旧桥。" * 2]
)
def test_an_article_in_another_language(tmp_path: Path, text: str):
    assert only_reject(put(tmp_path / "a.txt", text)).error == "language"


def test_a_record_that_says_it_is_in_another_language(tmp_path: Path):
    row = only_reject(put(tmp_path / "a.jsonl", json.dumps({"text": TEXT, "language": "fr"})))
    assert row.error == "language"
    assert "'fr'" in row.message


@pytest.mark.parametrize("language", ["en", "EN", "eng", "English", "en-GB", "en_US"])
def test_english_by_any_name(tmp_path: Path, language: str):
    (row,) = read(put(tmp_path / "a.jsonl", json.dumps({"text": TEXT, "language": language})))
    assert isinstance(row, Article)


@pytest.mark.parametrize(
    "text", ["Talks fail.", "Haka", "Zelenskyy, Lukashenko, Kuchma, Putin", TEXT + " " + FRENCH[:120]]
)
def test_short_and_mixed_texts_are_not_taken_for_another_language(tmp_path: Path, text: str):
    (row,) = read(put(tmp_path / "a.txt", text))
    assert isinstance(row, Article)


@pytest.mark.parametrize(
    "body",
    ["", "<p>Home</p>", '<nav><a href="/">Home</a><a href="/x">Coast</a></nav>', "<<<<>>>", "<script>x()</script>"],
)
def test_html_without_an_article(tmp_path: Path, body: str):
    assert only_reject(put(tmp_path / "a.html", f"<html><body>{body}</body></html>")).error == "no-article"


def test_null_bytes_surrogates_and_control_characters_are_processed(tmp_path: Path):
    lines = [
        json.dumps({"id": n, "text": text, "title": text})
        for n, text in enumerate((f"{TEXT}\0", f"{TEXT}\ud800", f"{TEXT}\x1b"))
    ]
    put(tmp_path / "in/a.jsonl", "\n".join(lines))
    put(tmp_path / "in/b.txt", TEXT.encode() + b"\0 and more")
    rows = read(tmp_path / "in")
    found = [row for row in rows if isinstance(row, Article)]
    assert len(found) == 4
    assert found[0].text == TEXT + "\0"
    assert found[1].text == TEXT + "�"
    assert {row.kind for row in rows if isinstance(row, Notice)} == {"characters"}
    pa.array([value for row in found for value in (row.text, row.title, row.doc_id)]).validate(full=True)


def test_odd_fields_are_left_empty_or_written_as_text(tmp_path: Path):
    record = {
        "id": 12.0,
        "text": TEXT,
        "title": {"a": 1},
        "author": ["Jane Doe", "Tom Okoro"],
        "url": 7,
        "publisher": True,
    }
    rows = read(put(tmp_path / "a.jsonl", json.dumps(record)))
    (row,) = [row for row in rows if isinstance(row, Article)]
    assert (row.title, row.author, row.url, row.publisher) == (None, "Jane Doe, Tom Okoro", "7", None)


def test_an_id_of_unreasonable_length(tmp_path: Path):
    assert only_reject(put(tmp_path / "a.jsonl", json.dumps({"id": "x" * 2000, "text": TEXT}))).error == "bad-id"


def big(name: str) -> Iterator[bytes]:
    yield {"a.jsonl": b'{"id": "big", "text": "', "a.csv": b'id,text\nbig,"', "a.html": b"<html><p>"}.get(name, b"")
    for _ in range(800):
        yield b"The bridge is closed. " * 3000
    yield {"a.jsonl": b'"}\n' + LINE.encode(), "a.csv": f'"\ngood,"{TEXT}"\n'.encode()}.get(name, b"")


@pytest.mark.parametrize("name", ["a.txt", "a.jsonl", "a.csv", "a.html", "a.jsonl.gz", "a.txt.gz"])
def test_a_file_of_50_megabytes_is_a_reject_and_memory_stays_flat(tmp_path: Path, name: str):
    path = tmp_path / name
    with gzip.open(path, "wb", 1) if name.endswith(".gz") else path.open("wb") as file:
        for piece in big(name.removesuffix(".gz")):
            file.write(piece)
    tracemalloc.start()
    rows = read(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    assert isinstance(rows[0], Reject)
    assert rows[0].error == "too-large"
    assert "--max-chars" in rows[0].message
    if "jsonl" in name or "csv" in name:
        assert isinstance(rows[-1], Article)
        assert rows[-1].doc_id == "good"


def test_one_sentence_of_200_000_characters_is_processed(tmp_path: Path):
    (row,) = read(put(tmp_path / "a.txt", "the bridge and " * 14_000))
    assert isinstance(row, Article)


def test_the_limit_counts_characters(tmp_path: Path):
    text = "é" * 5001 + TEXT
    assert only_reject(put(tmp_path / "a.txt", text), ReadOptions(max_chars=5000)).error == "too-large"
    (row,) = read(tmp_path / "a.txt", ReadOptions(max_chars=len(text)))
    assert isinstance(row, Article)


def test_a_folder_of_everything(tmp_path: Path):
    put(tmp_path / "good.txt", TEXT)
    put(tmp_path / "good.jsonl", LINE)
    put(tmp_path / "picture.png", b"\x89PNG")
    put(tmp_path / "notes.docx", b"PK\x03\x04")
    put(tmp_path / ".hidden.txt", TEXT)
    put(tmp_path / "__MACOSX/a.txt", TEXT)
    put(tmp_path / "empty.txt", b"")
    put(tmp_path / "half.jsonl.gz", gzip.compress(LINE.encode())[:40])
    put(tmp_path / "fr.md", FRENCH)
    put(tmp_path / "no.html", "<html></html>")
    rows = read(tmp_path)
    assert len([row for row in rows if isinstance(row, Article)]) == 2
    assert sorted((Path(row.source).name, row.error) for row in rows if isinstance(row, Reject)) == [
        ("empty.txt", "empty"),
        ("fr.md", "language"),
        ("half.jsonl.gz", "truncated"),
        ("no.html", "no-article"),
        ("notes.docx", "unknown-format"),
        ("picture.png", "unknown-format"),
    ]


FORMATS = ["a.txt", "a.md", "a.html", "a.jsonl", "a.csv", "a.tsv", "a.parquet", "a.txt.gz", "a.jsonl.zst", "a.csv.gz"]
BYTES = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace")),
    st.lists(
        st.sampled_from(
            [
                b'{"text": "',
                b'"}\n',
                b"text,id\n",
                b'"',
                b"\xff\xfe",
                b"\0",
                b"\xef\xbb\xbf",
                b"---\n",
                b"Title: x\n\n",
                b"<p>",
                b"<html>",
                b"PAR1",
                b"\x1f\x8b\x08",
                b"\r\n",
                b"\\ud800",
                b"\xc3",
                TEXT.encode(),
                b"[[[",
                b"\x28\xb5\x2f\xfd",
            ]
        ),
        max_size=12,
    ).map(b"".join),
)


@given(BYTES, st.sampled_from(FORMATS), st.booleans())
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_bytes_raise_in_any_format(tmp_path: Path, data: bytes, name: str, pack: bool):
    if pack and name.endswith(".gz"):
        data = gzip.compress(data)
    if pack and name.endswith(".zst"):
        data = zstandard.ZstdCompressor().compress(data)
    path = put(tmp_path / name, data)
    (source,) = find_sources([path])
    assert isinstance(source, Source)
    rows = list(read_source(source, ReadOptions()))
    assert rows
    for row in rows:
        if isinstance(row, Article):
            row.text.encode("utf-8")
            row.doc_id.encode("utf-8")
            assert row.text.strip()
            assert len(row.text_sha256) == 64
        else:
            row.message.encode("utf-8")
            (getattr(row, "excerpt", None) or "").encode("utf-8")
