"""``.csv`` and ``.tsv``: one article a row, the first row names the columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.read.decode import decode, guess_encoding
from pipeline.read.fields import Outcome, Raw, ReadOptions, build, choose, reject, too_large
from pipeline.read.sources import Format, Source
from pipeline.read.streams import OnBytes, TooLong, lines


def read_delimited(source: Source, options: ReadOptions, on_bytes: OnBytes) -> Iterator[Outcome]:
    """The file's records in order; blank rows are none. RecordError for the file as a whole.

    A field above the size limit, a row broken inside its quotation marks and a row with
    more cells than columns are rejects; reading goes on after them.
    """
    limit = 4 * options.max_chars + (1 << 20)
    csv.field_size_limit(max(csv.field_size_limit(), limit))
    feed = _Feed(source, limit, on_bytes)
    dialect: type[csv.Dialect] = csv.excel_tab if source.format is Format.TSV else csv.excel
    reader = csv.reader(feed, dialect=dialect)
    header: list[str] = []
    columns: dict[str, list[int]] = {}
    record = -1
    failure: RecordError | None = None
    while True:
        first_line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except RecordError as error:
            failure = error
            break
        except csv.Error as error:
            record += bool(header)
            large = "field larger" in str(error)
            message = too_large("a field too long to read", options.max_chars) if large else str(error)
            kind = "too-large" if large else "broken-record"
            yield reject(source, record if header else None, kind, f"line {first_line}: {message}", feed.last)
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = [cell.strip() for cell in cells]
            columns = choose(header, options)
            if "text" not in columns:
                yield _textless(source, header)
                return
            continue
        record += 1
        if feed.skipped:
            feed.skipped = False
            message = f"line {first_line}: {too_large(f'a line over {limit / 1e6:.1f} MB', options.max_chars)}"
            yield reject(source, record, "too-large", message, feed.last)
            continue
        if len(cells) > len(header) and any(cells[len(header) :]):
            message = (
                f"line {first_line} has {len(cells)} cells, the header {len(header)}: quote texts that hold commas"
            )
            yield reject(source, record, "broken-record", message, feed.last)
            continue
        fields = {}
        for ours, places in columns.items():
            value = next((cells[i] for i in places if i < len(cells) and cells[i]), None)
            if value is not None:
                fields[ours] = value
        raw = Raw(record, fields)
        if feed.remark:
            raw.notices.append(("encoding", feed.remark))
            feed.remark = ""
        yield from build(raw, source, options)
    if failure is not None:
        raise failure


def _textless(source: Source, header: list[str]) -> Outcome:
    shown = ", ".join(header[:12])[:200]
    message = (
        f"no column holds the text (there are: {shown}): --map text=NAME names it; "
        "a table that only describes other files is given as --metadata"
    )
    return reject(source, None, "no-text", message)


class _Feed:
    """Decoded lines for the csv module, which asks for one after the other.

    ``last`` is the last line given, ``skipped`` whether one above the limit was replaced
    by an empty one-cell line since it was last reset, ``remark`` what to tell once about
    the encoding.
    """

    def __init__(self, source: Source, limit: int, on_bytes: OnBytes) -> None:
        self._lines = lines(source, limit, on_bytes)
        self._encoding = "utf-8"
        self._first = True
        self.last = ""
        self.skipped = False
        self.remark = ""

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        if isinstance(line, TooLong):
            self.skipped = True
            self.last = line.head.decode("utf-8", "replace")
            return "-\n"
        if self._first:
            self._first = False
            decode(line)  # a file that is no text at all shows it at its start
        self.last = self._decode(line)
        return self.last

    def _decode(self, line: bytes) -> str:
        try:
            return line.decode("utf-8")
        except UnicodeDecodeError:
            pass
        if self._encoding == "utf-8":
            self._encoding = guess_encoding(line[:65536]) or "cp1252"
            self.remark = f"the file is not UTF-8: lines that are not are read as {self._encoding}"
        return line.decode(self._encoding, "replace")
