"""``.jsonl``: one article a line, each line a JSON object."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pipeline.errors import RecordError
from pipeline.read.decode import decode
from pipeline.read.fields import Outcome, Raw, ReadOptions, build, pick, reject, too_large
from pipeline.read.sources import Source
from pipeline.read.streams import OnBytes, TooLong, lines


def read_jsonl(source: Source, options: ReadOptions, on_bytes: OnBytes) -> Iterator[Outcome]:
    """The records of a file or piece in order; blank lines are none. RecordError where the file breaks off."""
    limit = 6 * options.max_chars + (1 << 20)  # six bytes is the longest escape of a character
    first, record = (source.piece.line, source.piece.record - 1) if source.piece else (1, -1)
    for number, line in enumerate(lines(source, limit, on_bytes), first):
        if isinstance(line, TooLong):
            record += 1
            message = f"line {number}: {too_large(f'over {limit / 1e6:.1f} MB', options.max_chars)}"
            yield reject(source, record, "too-large", message, line.head)
            continue
        if not line.strip():
            continue
        record += 1
        try:
            text, encoding = decode(line)
            values = json.loads(text)
        except RecordError as error:
            yield reject(source, record, error.kind, f"line {number}: {error}", line)
            continue
        except (ValueError, RecursionError) as error:
            what = "objects inside objects, too deep" if isinstance(error, RecursionError) else str(error)
            yield reject(source, record, "broken-record", f"line {number} is no JSON: {what}", line)
            continue
        if not isinstance(values, dict):
            yield reject(source, record, "broken-record", f"line {number} is JSON, but not an object", line)
            continue
        raw = Raw(record, pick(values, options))
        if encoding != "utf-8":
            raw.notices.append(("encoding", f"line {number} is not UTF-8: read as {encoding}"))
        yield from build(raw, source, options)
