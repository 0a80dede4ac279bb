"""``.warc``: one article a page that a crawler was given, taken out of the page as from ``.html``.

The day of the crawl is not the day of publication: only what the page itself states is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, cast

from fastwarc.warc import ArchiveIterator, WarcRecord, WarcRecordType

from pipeline.errors import RecordError
from pipeline.read.fields import Outcome, ReadOptions, build, reject, too_large
from pipeline.read.html import LARGEST_PAGE, page_text, read_page
from pipeline.read.sources import Source
from pipeline.read.streams import OnBytes, chunks

_PAGES = ("text/html", "application/xhtml+xml")
_HEADERS = 1 << 16  # more than a response's own headers take
_WANTED = WarcRecordType.response | WarcRecordType.revisit | WarcRecordType.resource | WarcRecordType.continuation


def read_warc(source: Source, options: ReadOptions, on_bytes: OnBytes) -> Iterator[Outcome]:
    """The archive's pages in order; a response that is no page, and a broken one, is a reject.

    ``record`` counts responses, from 0; requests and the crawler's own records are none.
    RecordError where the archive breaks off.
    """
    number = -1
    archive = ArchiveIterator(
        cast(BinaryIO, _Stream(source, on_bytes)),  # it only ever reads
        record_types=_WANTED,
        parse_http=False,  # so that a broken response is not a broken archive
        stream_detect=False,
        fsspec_args=False,
    )
    try:
        for number, record in enumerate(archive):
            limit = max(LARGEST_PAGE, 4 * options.max_chars)
            whole = record.content_length <= limit + _HEADERS
            block = record.reader.read() if whole else record.reader.read(_HEADERS)
            yield from _read(record, block, number, source, options, limit if whole else 0)
    except RecordError:
        raise
    except Exception as error:  # whatever the archive's parser stumbles over ends the archive, not the run
        raise RecordError("corrupt", f"broken WARC after record {number}: {_first_line(error)}") from error
    if number < 0:
        raise RecordError("empty", "the archive holds no response")


def _read(
    record: WarcRecord, block: bytes, number: int, source: Source, options: ReadOptions, limit: int
) -> Iterator[Outcome]:
    """One response's article or reject. ``limit`` is the largest page taken, 0 if the response is larger as stored."""
    url = record.headers.get("WARC-Target-URI") or ""
    shown = url[:200]
    if record.headers.get("WARC-Type") == "revisit":
        yield reject(source, number, "revisit", f"the archive says that {shown} was as at an earlier visit", url)
        return
    answer = WarcRecord()  # one by itself: what breaks in its encoding leaves the archive's own reader alone
    try:
        answer.set_bytes_content(block)
        answer.is_http = record.is_http
        answer.parse_http(auto_decode="all" if limit else "none")
        http = answer.http_headers
        data = answer.reader.read(limit + 1) if limit else b""
    except Exception as error:  # whatever the parser stumbles over: the records after it stand by themselves
        yield reject(source, number, "corrupt", f"{shown}: broken response: {_first_line(error)}", url)
        return
    status = http.status_code if http is not None else None
    if status is not None and status != 200:
        yield reject(source, number, "http-status", f"{shown} was answered with status {status}", url)
        return
    kind = (answer.http_content_type or record.headers.get("Content-Type") or "").split(";")[0].strip().lower()
    if kind not in _PAGES:
        yield reject(source, number, "no-article", f"{shown} is no page but {kind or 'of no stated type'}", url)
        return
    if len(data) > limit or not limit:
        largest = max(LARGEST_PAGE, 4 * options.max_chars)
        message = too_large(f"{shown}: a page of over {largest / 1e6:.1f} MB", options.max_chars)
        yield reject(source, number, "too-large", message, data[:800])
        return
    try:
        page, notices = page_text(data, answer.http_charset)
        raw = read_page(page)
    except RecordError as error:
        yield reject(source, number, error.kind, f"{shown}: {error}", url)
        return
    raw.record = number
    raw.notices.extend(notices)
    raw.fields = {**raw.fields, "url": url or raw.fields.get("url")}
    yield from build(raw, source, options)


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__


class _Stream:
    """An archive's bytes, unpacked, as a file to read from."""

    def __init__(self, source: Source, on_bytes: OnBytes) -> None:
        self._chunks = chunks(source, on_bytes)
        self._rest = b""
        self._place = 0

    def tell(self) -> int:
        """Bytes read so far."""
        return self._place

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes, none at the end. RecordError where the archive breaks off."""
        if not self._rest:
            self._rest = next(self._chunks, b"")
        out, self._rest = self._rest[:size], self._rest[size:]
        self._place += len(out)
        return out
