"""WARC archives: pages out, everything else named, broken archives up to where they break."""

import gzip
from pathlib import Path

import zstandard

from pipeline.read import ReadOptions, find_sources, read_source
from pipeline.records import Article, Reject

WORDS = (
    "Rebels attacked a police post near Aden on Friday, officials said, and two of the guards were wounded.",
    "Police later arrested two men in the town, who are to appear before a court in the capital next week.",
    "A spokesman for the rebels said that they had nothing to do with the raid on the post at the coast.",
)
PAGE = (
    '<html><head><title>Clash near Aden</title><meta property="article:published_time" content="2021-02-28"/></head>'
    f"<body><article><h1>Clash near Aden</h1>{''.join(f'<p>{w}</p>' for w in WORDS)}</article></body></html>"
)


def response(url: str, body: bytes, kind: str = "text/html", status: str = "200 OK", more: str = "") -> bytes:
    http = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n".encode() + body
    return record("response", http, url)


def record(kind: str, content: bytes, url: str = "") -> bytes:
    head = [
        "WARC/1.1",
        f"WARC-Type: {kind}",
        "WARC-Record-ID: <urn:uuid:5e0b4b5a-0000-4000-8000-000000000001>",
        "WARC-Date: 2021-03-09T10:00:00Z",
        f"Content-Type: application/http; msgtype={kind}",
        f"Content-Length: {len(content)}",
    ]
    if url:
        head.append(f"WARC-Target-URI: {url}")
    return "\r\n".join(head).encode() + b"\r\n\r\n" + content + b"\r\n\r\n"


def archive(path: Path, *records: bytes, pack: str = "") -> Path:
    data = b"".join(gzip.compress(r) for r in records) if pack == "gz" else b"".join(records)
    path.write_bytes(zstandard.compress(data) if pack == "zst" else data)
    return path


def read(path: Path) -> tuple[list[Article], list[Reject]]:
    (source,) = find_sources([path])
    items = list(read_source(source, ReadOptions()))
    return [i for i in items if isinstance(i, Article)], [i for i in items if isinstance(i, Reject)]


def test_pages_come_out_as_articles(tmp_path: Path):
    packed = gzip.compress(PAGE.encode())
    records = (
        record("warcinfo", b"software: none\r\n"),
        record("request", b"GET / HTTP/1.1\r\n\r\n", "https://news.example/1"),
        response("https://news.example/1", PAGE.encode()),
        response("https://news.example/2", packed, more="Content-Encoding: gzip\r\n"),
        response(
            "https://news.example/3", PAGE.replace("Aden", "Café").encode("latin-1"), "text/html; charset=latin-1"
        ),
    )
    for name, pack in (("a.warc", ""), ("b.warc.gz", "gz"), ("c.warc.zst", "zst")):
        articles, rejects = read(archive(tmp_path / name, *records, pack=pack))
        assert not rejects, name
        assert [a.url for a in articles] == [f"https://news.example/{n}" for n in (1, 2, 3)]
        assert [a.record for a in articles] == [0, 1, 2]
        assert articles[0].title == "Clash near Aden"
        assert str(articles[0].published_date) == "2021-02-28"
        assert articles[0].text == articles[1].text
        assert "Café" in articles[2].text
        assert articles[0].doc_id.startswith(f"{name[0]}:")


def test_what_is_no_article_is_named(tmp_path: Path):
    articles, rejects = read(
        archive(
            tmp_path / "a.warc",
            response("https://news.example/pic", b"\x89PNG", "image/png"),
            response("https://news.example/gone", PAGE.encode(), status="404 Not Found"),
            response("https://news.example/menu", b"<html><body><nav>Home</nav></body></html>"),
            record("revisit", b"HTTP/1.1 200 OK\r\n\r\n", "https://news.example/1"),
            response("https://news.example/1", PAGE.encode()),
        )
    )
    assert [a.url for a in articles] == ["https://news.example/1"]
    assert [(r.record, r.error) for r in rejects] == [
        (0, "no-article"),
        (1, "http-status"),
        (2, "no-article"),
        (3, "revisit"),
    ]
    assert all("https://news.example/" in r.message for r in rejects)


def test_a_broken_archive_gives_what_came_before(tmp_path: Path):
    good = response("https://news.example/1", PAGE.encode())
    whole = gzip.compress(good) + gzip.compress(good)
    (tmp_path / "cut.warc.gz").write_bytes(whole[:-40])
    articles, rejects = read(tmp_path / "cut.warc.gz")
    assert len(articles) >= 1
    assert [r.error for r in rejects] == ["truncated"]
    for name, data in (
        ("noise.warc", b"\x00\x01nonsense" * 50),
        ("html.warc", PAGE.encode()),
        ("half.warc", good[:90]),
    ):
        (tmp_path / name).write_bytes(data)
        articles, rejects = read(tmp_path / name)
        assert not articles
        assert len(rejects) == 1, name


def test_a_broken_response_costs_none_of_those_after_it(tmp_path: Path):
    bomb = gzip.compress(b" " * 30_000_000)
    plain = b"<p>" + b"word " * 2_000_000
    articles, rejects = read(
        archive(
            tmp_path / "a.warc.gz",
            response("https://news.example/bomb", bomb, more="Content-Encoding: gzip\r\n"),
            response("https://news.example/large", plain),
            response("https://news.example/chunks", b"ZZZ\r\n" + PAGE.encode(), more="Transfer-Encoding: chunked\r\n"),
            response("https://news.example/pack", PAGE.encode(), more="Content-Encoding: gzip\r\n"),
            response("https://news.example/head", PAGE.encode(), more=f"X-Long: {'x' * 100_000}\r\n"),
            response("https://news.example/1", PAGE.encode()),
            pack="gz",
        )
    )
    assert [(a.url, a.record) for a in articles] == [("https://news.example/1", 5)]
    assert [(r.record, r.error) for r in rejects] == [
        (0, "too-large"),
        (1, "too-large"),
        (2, "corrupt"),
        (3, "corrupt"),
        (4, "corrupt"),
    ]
