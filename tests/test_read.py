"""Reading good input: formats, fields, ids, metadata, encodings."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from pipeline.errors import InputError, UsageError
from pipeline.read import ReadOptions, find_sources, load_metadata, parse_map, prepare, read_source
from pipeline.read.language import load_detector
from pipeline.records import Article, Notice, PublishedSource, Reject

TEXT = (
    "The harbour council voted late on Tuesday to close the old bridge to lorries, after engineers "
    "found cracks in two of its pillars.\r\n\r\nFerry owners welcomed it: “At last,” said one of them."
)
OTHER = "Two fishing boats collided off the cape on Friday, and all eleven sailors were brought ashore alive."


def read(path: Path, options: ReadOptions | None = None) -> list[Article | Reject | Notice]:
    found = []
    for source in find_sources([path]):
        found.extend(read_source(source, options or ReadOptions()))
    return found


def articles(path: Path, options: ReadOptions | None = None) -> list[Article]:
    found = read(path, options)
    assert [row for row in found if isinstance(row, Reject)] == []
    return [row for row in found if isinstance(row, Article)]


def put(path: Path, data: bytes | str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data.encode("utf-8") if isinstance(data, str) else data)
    return path


RECORDS = [
    {"id": "r1", "text": TEXT, "title": "Bridge closed", "published": "2021-03-02", "url": "https://example.org/1"},
    {
        "id": "r2",
        "body": OTHER,
        "date": "2021-03-05T23:30:00-05:00",
        "author": "Jane Doe",
        "publisher": "Coastal Times",
    },
]


def write_jsonl(path: Path) -> bytes:
    return "".join(json.dumps(r) + "\n" for r in RECORDS).encode()


def write_table(delimiter: str) -> bytes:
    lines: list[str] = []

    class Sink:
        def write(self, line: str) -> int:
            lines.append(line)
            return len(line)

    names = ["id", "text", "title", "published", "url", "author", "publisher"]
    writer = csv.DictWriter(Sink(), names, delimiter=delimiter)
    writer.writeheader()
    for record in RECORDS:
        row = {{"body": "text", "date": "published"}.get(k, k): v for k, v in record.items()}
        writer.writerow(row)
    return "".join(lines).encode()


def check_records(found: list[Article]) -> None:
    first, second = found
    assert (first.doc_id, first.text, first.title) == ("r1", TEXT, "Bridge closed")
    assert (first.published_at, first.published_date) == (None, date(2021, 3, 2))
    assert first.url == "https://example.org/1"
    assert (second.doc_id, second.text, second.author) == ("r2", OTHER, "Jane Doe")
    assert second.published_at == datetime(2021, 3, 6, 4, 30, tzinfo=UTC)
    assert second.published_date == date(2021, 3, 5)
    assert {a.published_source for a in found} == {PublishedSource.METADATA}
    assert [a.record for a in found] == [0, 1]
    assert {a.language for a in found} == {"en"}
    assert first.text_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()


PACKERS = {"": bytes, ".gz": gzip.compress, ".zst": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("ending", [".jsonl", ".ndjson", ".csv", ".tsv"])
def test_files_of_many_records(tmp_path: Path, ending: str, packing: str):
    data = write_jsonl(tmp_path) if "j" in ending or "nd" in ending else write_table("\t" if ending == ".tsv" else ",")
    check_records(articles(put(tmp_path / f"news{ending}{packing}", PACKERS[packing](data))))


def test_parquet(tmp_path: Path):
    table = pa.table(
        {
            "id": ["r1", "r2"],
            "text": pa.array([TEXT, None]),
            "body": pa.array([None, OTHER]).dictionary_encode(),
            "title": pa.array(["Bridge closed", None], pa.large_string()),
            "published": pa.array([datetime(2021, 3, 2), None], pa.timestamp("ns")),
            "date": [None, "2021-03-05T23:30:00-05:00"],
            "url": ["https://example.org/1", None],
            "author": [None, "Jane Doe"],
            "publisher": [None, "Coastal Times"],
            "vector": [[1.0], [2.0]],
        }
    )
    pq.write_table(table, tmp_path / "news.parquet", row_group_size=1)
    check_records(articles(tmp_path / "news.parquet"))


def test_parquet_of_many_row_groups_streams(tmp_path: Path):
    pq.write_table(pa.table({"id": range(500), "text": [TEXT] * 500}), tmp_path / "n.parquet", row_group_size=100)
    found = articles(tmp_path / "n.parquet")
    assert [a.doc_id for a in found] == [str(n) for n in range(500)]


def test_text_keeps_its_line_ends_and_loses_its_mark(tmp_path: Path):
    for name, data in [
        ("a.txt", TEXT.encode()),
        ("b.txt", b"\xef\xbb\xbf" + TEXT.encode()),
        ("c.txt", TEXT.encode("utf-16")),
        ("d.txt", b"\xfe\xff" + TEXT.encode("utf-16-be")),
        ("e.md", TEXT.encode()),
        ("f.txt", TEXT.encode("utf-32")),
        ("g.txt", TEXT.encode("utf-16-le")),
    ]:
        (found,) = articles(put(tmp_path / name, data))
        assert found.text == TEXT, name
        assert found.doc_id == name[0]
        assert found.record is None


def test_a_text_in_a_code_page_is_read_and_told(tmp_path: Path):
    text = TEXT + " The café owner, Zoë Müller, said “no”. " + OTHER
    notice, found = read(put(tmp_path / "a.txt", text.encode("cp1252")))
    assert isinstance(notice, Notice)
    assert notice.kind == "encoding"
    assert isinstance(found, Article)
    assert found.text == text


def test_jsonl_and_csv_with_a_mark(tmp_path: Path):
    check_records(articles(put(tmp_path / "a.jsonl", b"\xef\xbb\xbf" + write_jsonl(tmp_path))))
    check_records(articles(put(tmp_path / "b.csv", b"\xef\xbb\xbf" + write_table(","))))
    check_records(articles(put(tmp_path / "c.csv", write_table(",").decode().encode("utf-16"))))
    check_records(articles(put(tmp_path / "d.jsonl", write_jsonl(tmp_path).decode().encode("utf-16"))))


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_header_gives_fields_and_the_text_is_what_follows(tmp_path: Path, end: str):
    head = end.join(["Title: Bridge closed", "Date: 2 March 2021", "Author: Jane Doe", "Section: Coast", "", ""])
    (found,) = articles(put(tmp_path / "a.md", head + TEXT))
    assert found.text == TEXT
    assert (found.title, found.author) == ("Bridge closed", "Jane Doe")
    assert found.published_date == date(2021, 3, 2)
    assert found.published_source is PublishedSource.METADATA


def test_front_matter_gives_fields(tmp_path: Path):
    head = '---\ntitle: "Bridge closed"\ndate: 2021-03-02\ntags:\n  - coast\n---\n'
    (found,) = articles(put(tmp_path / "a.md", head + TEXT))
    assert (found.text, found.title, found.published_date) == (TEXT, "Bridge closed", date(2021, 3, 2))


@pytest.mark.parametrize(
    "start",
    [
        "Timeline: how it came about\n\n",
        "Title: and no blank line\n",
        "Note: a word\n\n",
        "---\nno: end\n",
        "14:35\n\n",
    ],
)
def test_what_is_no_header_stays_in_the_text(tmp_path: Path, start: str):
    (found,) = articles(put(tmp_path / "a.txt", start + TEXT))
    assert found.text == start + TEXT
    assert found.title is None


def test_ids_come_from_records_paths_or_content(tmp_path: Path):
    put(tmp_path / "in/2021/march/bridge.txt", TEXT)
    put(tmp_path / "in/boats.md.gz", gzip.compress(OTHER.encode()))
    put(tmp_path / "in/v1.2 final.txt", OTHER)
    put(tmp_path / "in/feed.jsonl", json.dumps({"text": OTHER}) + "\n" + json.dumps({"id": 7, "text": TEXT}))
    digest = hashlib.sha256(OTHER.encode()).hexdigest()[:12]
    assert [a.doc_id for a in articles(tmp_path / "in")] == [
        "2021/march/bridge",
        "boats",
        f"feed:{digest}",
        "7",
        "v1.2 final",
    ]
    assert [a.doc_id for a in articles(tmp_path / "in/2021/march/bridge.txt")] == ["bridge"]
    qualified = articles(tmp_path / "in", ReadOptions(qualify_ids=True))
    assert [a.doc_id for a in qualified] == [
        "in/2021/march/bridge.txt",
        "in/boats.md.gz",
        f"feed:{digest}",
        "feed:7",
        "in/v1.2 final.txt",
    ]


def test_fields_can_be_mapped(tmp_path: Path):
    record = {"story": {"main": TEXT}, "Headline": "Bridge closed", "day": "2 March 2021", "text": "not this"}
    options = ReadOptions(fields=parse_map(["text=story.main,title=headline", "published=day"]))
    (found,) = articles(put(tmp_path / "a.jsonl", json.dumps(record)), options)
    assert (found.text, found.title, found.published_date) == (TEXT, "Bridge closed", date(2021, 3, 2))
    (found,) = articles(
        put(tmp_path / "a.csv", f'Story,Day\n"{OTHER}",2021-03-02\n'), ReadOptions(fields={"text": "story"})
    )
    assert found.text == OTHER


def test_records_without_a_mapped_name_are_read_by_the_standard_ones(tmp_path: Path):
    records = [{"story": TEXT, "headline": "A"}, {"text": OTHER, "title": "B"}, {"story": None, "text": OTHER}]
    options = ReadOptions(fields=parse_map(["text=story,title=headline"]))
    found = read(put(tmp_path / "in/a.jsonl", "\n".join(map(json.dumps, records))), options)
    assert [(a.text, a.title) for a in found if isinstance(a, Article)] == [(TEXT, "A"), (OTHER, "B")]
    assert [r.error for r in found if isinstance(r, Reject)] == ["no-text"]  # a mapped name that is there decides
    (row,) = articles(put(tmp_path / "b.csv", f'text,title\n"{OTHER}",B\n'), options)
    assert (row.text, row.title) == (OTHER, "B")
    (plain,) = articles(put(tmp_path / "c.txt", f"Title: C\n\n{TEXT}"), options)
    assert (plain.text, plain.title) == (TEXT, "C")


@pytest.mark.parametrize("bad", ["text", "text=", "=body", "colour=red", "text=a,text=b"])
def test_a_bad_map_is_told(bad: str):
    with pytest.raises(UsageError, match="--map"):
        parse_map([bad])


def test_metadata_by_file_and_by_id(tmp_path: Path):
    put(tmp_path / "in/a/bridge.txt", TEXT)
    put(tmp_path / "in/boats.txt", OTHER)
    put(tmp_path / "in/feed.jsonl", json.dumps({"id": "r9", "text": TEXT + OTHER, "author": "Li Wei"}))
    table = put(
        tmp_path / "in/meta.csv",
        "file,id,date,publisher,author\na/bridge.txt,,2021-03-02,Coastal Times,\n"
        "boats.txt,b1,5 March 2021,,Jane Doe\n,r9,2021-04-01,,Jane Doe\nnone.txt,,2020-01-01,,\n",
    )
    sources = find_sources([tmp_path / "in"], exclude=[table])
    metadata = load_metadata(table, sources)
    assert len(metadata.messages) == 1
    assert "none.txt" in metadata.messages[0]
    found = [row for s in sources for row in read_source(s, ReadOptions(metadata=metadata))]
    assert all(isinstance(row, Article) for row in found)
    by_id = {row.doc_id: row for row in found if isinstance(row, Article)}
    assert by_id["a/bridge"].published_date == date(2021, 3, 2)
    assert by_id["a/bridge"].publisher == "Coastal Times"
    assert by_id["b1"].author == "Jane Doe"
    assert by_id["r9"].published_date == date(2021, 4, 1)
    assert by_id["r9"].author == "Li Wei"


def test_a_bare_file_name_must_mean_one_file(tmp_path: Path):
    put(tmp_path / "in/a/x.txt", TEXT)
    put(tmp_path / "in/b/x.txt", OTHER)
    table = put(tmp_path / "meta.csv", "file,date\nx.txt,2021-03-02\n")
    metadata = load_metadata(table, find_sources([tmp_path / "in"]))
    assert metadata.by_path == {}
    assert "write its path" in metadata.messages[0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("name,date\na,b\n", "needs a column"),
        ("file,date\n,2021-01-01\n", "neither file nor id"),
        ("file,date\na.txt,2021-01-01\na.txt,2021-01-02\n", "differ about"),
        ("file,date\na.txt,1,2,3\n", "cells"),
    ],
)
def test_a_broken_metadata_table_is_told(tmp_path: Path, text: str, says: str):
    with pytest.raises(InputError, match=says):
        load_metadata(put(tmp_path / "meta.csv", text), [])
    with pytest.raises(InputError, match="can't be read"):
        load_metadata(tmp_path / "nothing.csv", [])


def test_the_command_gives_a_day_to_those_that_have_none(tmp_path: Path):
    put(tmp_path / "a.txt", TEXT)
    put(tmp_path / "b.txt", f"Date: 2021-03-02\n\n{OTHER}")
    found = articles(tmp_path, ReadOptions(published=date(2020, 1, 1)))
    assert [a.published_date for a in found] == [date(2020, 1, 1), date(2021, 3, 2)]


PAGE = """<!doctype html><html lang="en"><head><meta charset="{charset}"><title>Bridge closed | Coastal Times</title>
{meta}</head><body><nav><a href="/">Home</a><a href="/coast">Coast</a></nav><article><h1>Bridge closed</h1>
<p>{first}</p><p>Ferry owners welcomed the café’s decision, while shopkeepers on the southern bank said that they
would lose half of their customers if the detour through the hills stayed in place until spring.</p>
<p>Engineers will look at the pillars again in May, and the council will decide then whether to repair them.</p>
</article><footer>Copyright 1999 Coastal Times</footer></body></html>"""


def html(meta: str, charset: str = "utf-8") -> bytes:
    return PAGE.format(meta=meta, charset=charset, first=TEXT.replace("\r\n", " ")).encode(charset)


@pytest.mark.parametrize(
    ("meta", "at", "day"),
    [
        ('<meta property="article:published_time" content="2021-03-02T22:00:00+02:00">', 20, date(2021, 3, 2)),
        ('<meta name="date" content="2 March 2021">', None, date(2021, 3, 2)),
        (
            '<script type="application/ld+json">{"@graph": [{"@type": "WebSite"}, {"@type": ["NewsArticle"],'
            ' "datePublished": "2021-03-02T20:00:00Z", "dateModified": "2022-01-01"}]}</script>',
            20,
            date(2021, 3, 2),
        ),
        ('<time datetime="2021-03-02" pubdate>x</time><time datetime="2022-01-01">y</time>', None, date(2021, 3, 2)),
        ('<meta property="article:modified_time" content="2022-01-01">', None, None),
        ('<time datetime="2022-01-01">y</time><time datetime="2021-01-01">y</time>', None, None),
        ("", None, None),
    ],
)
def test_a_page_gives_its_text_title_and_stated_date(tmp_path: Path, meta: str, at: int | None, day: date | None):
    (found,) = articles(put(tmp_path / "a.html", html(meta)))
    assert "found cracks in two of its pillars" in found.text
    assert "café’s" in found.text
    assert "Home" not in found.text
    assert found.title is not None
    assert found.title.startswith("Bridge closed")
    assert found.published_date == day
    assert (found.published_at.hour if found.published_at else None) == at
    assert found.published_source is (PublishedSource.PAGE if day else PublishedSource.NONE)


def test_a_page_in_its_declared_encoding(tmp_path: Path):
    (found,) = articles(put(tmp_path / "a.htm", html("", "windows-1252")))
    assert "café’s" in found.text


def test_metadata_goes_before_the_page(tmp_path: Path):
    put(tmp_path / "a.html", html('<meta name="date" content="2 March 2021">'))
    table = put(tmp_path / "m.csv", "file,date\na.html,2020-05-05\n")
    sources = find_sources([tmp_path], exclude=[table])
    found = list(read_source(sources[0], ReadOptions(metadata=load_metadata(table, sources))))[-1]
    assert isinstance(found, Article)
    assert (found.published_date, found.published_source) == (date(2020, 5, 5), PublishedSource.METADATA)


def test_progress_adds_up_to_the_size(tmp_path: Path):
    put(tmp_path / "a.jsonl.gz", gzip.compress(write_jsonl(tmp_path)))
    put(tmp_path / "b.txt", TEXT)
    put(tmp_path / "c.csv.zst", zstandard.ZstdCompressor().compress(write_table(",")))
    pq.write_table(pa.table({"text": [TEXT] * 200}), tmp_path / "d.parquet")
    for source in find_sources([tmp_path]):
        steps: list[int] = []
        assert list(read_source(source, ReadOptions(), steps.append))
        assert sum(steps) == source.size


def test_what_reading_needs_is_loaded_once() -> None:
    load_detector.cache_clear()
    prepare()
    assert load_detector.cache_info().currsize == 1
