"""From a file to its articles, whatever its format."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from pipeline.errors import RecordError
from pipeline.read.delimited import read_delimited
from pipeline.read.fields import Outcome, ReadOptions, reject
from pipeline.read.html import read_html
from pipeline.read.jsonl import read_jsonl
from pipeline.read.language import load_detector
from pipeline.read.parquet import read_parquet
from pipeline.read.plain import read_plain
from pipeline.read.published import parse_published
from pipeline.read.sources import Format, Source
from pipeline.read.streams import OnBytes, ignore_bytes
from pipeline.read.warc import read_warc

_READERS: dict[Format, Callable[[Source, ReadOptions, OnBytes], Iterator[Outcome]]] = {
    Format.PLAIN: read_plain,
    Format.HTML: read_html,
    Format.JSONL: read_jsonl,
    Format.CSV: read_delimited,
    Format.TSV: read_delimited,
    Format.PARQUET: read_parquet,
    Format.WARC: read_warc,
}


def prepare() -> None:
    """Load now what reading would load when it first needs it, so that processes forked from this one share it."""
    load_detector()
    parse_published("1 March 2020")


def read_source(source: Source, options: ReadOptions, on_bytes: OnBytes = ignore_bytes) -> Iterator[Outcome]:
    """The articles, rejects and notices of a file, or a piece of one, in record order, as a stream.

    A notice comes before the article that it is about. Nothing that a file holds raises:
    a record that can't be read is a reject, a file that breaks off is one reject after
    all that came before. Ids are not yet unique (``IdRegister``). ``on_bytes`` hears how
    many stored bytes each step takes; they add up to about ``source.size``.
    """
    reader = _READERS.get(source.format)
    if reader is None:
        kind = "unreadable" if source.problem and not source.problem.startswith("no reader") else "unknown-format"
        yield reject(source, None, kind, source.problem)
        return
    if source.size == 0 and source.piece is None:
        yield reject(source, None, "empty", "the file is empty")
        return
    found = False
    try:
        for outcome in reader(source, options, on_bytes):
            found = True
            yield outcome
    except RecordError as error:
        yield reject(source, None, error.kind, str(error))
    else:
        # of pieces only the last can tell, and only if there was no record before it
        if not found and (source.piece is None or (source.piece.last and not source.piece.record)):
            yield reject(source, None, "empty", "the file holds no record")
