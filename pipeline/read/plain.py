"""``.txt`` and ``.md``: one article a file, with or without a header.

A header is a block of ``Key: value`` lines at the top, ended by a blank line, whose
first key is a field's name (``Title``, ``Date``, …); or, as Markdown has it, such lines
between two lines ``---``. The article's text is all that comes after the header's blank
line, or after its second ``---``; without a header it is the whole file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.read.decode import decode
from pipeline.read.fields import NAMES, Outcome, Raw, ReadOptions, build, pick, reject, too_large
from pipeline.read.sources import Source
from pipeline.read.streams import OnBytes, read_up_to

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9 _-]{0,30}?)[ \t]*:(?:[ \t]+([^\r\n]*)|)(?:\r\n|\n|\r|$)")
_BLANK = re.compile(r"[ \t]*(?:\r\n|\n|\r|$)")
_FENCE = re.compile(r"---[ \t]*(?:\r\n|\n|\r|$)")
_OTHER = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|$)")  # a list or nested value of front matter
_MOST_LINES = 60


def read_plain(source: Source, options: ReadOptions, on_bytes: OnBytes) -> Iterator[Outcome]:
    """The file's article. RecordError for the file as a whole."""
    data, whole = read_up_to(source, 4 * options.max_chars + 4096, on_bytes)
    if not whole:
        yield reject(source, None, "too-large", too_large("over " + _size(len(data)), options.max_chars), data[:800])
        return
    text, encoding = decode(data)
    header, start = split_header(text, options)
    raw = Raw(None, pick({**header, _own_text(options): text[start:]}, options))
    if encoding not in ("utf-8", "ascii"):
        raw.notices.append(("encoding", f"the file is not UTF-8: read as {encoding}"))
    if not text[start:].strip():
        raw.fields = {**raw.fields, "text": text[start:]}
    yield from build(raw, source, options)


def split_header(text: str, options: ReadOptions) -> tuple[dict[str, str], int]:
    """The header's fields and the offset at which the text begins; none and 0 without a header."""
    fence = _FENCE.match(text)
    place = fence.end() if fence else 0
    names = {name for known in NAMES.values() for name in known} | {n.casefold() for n in options.fields.values()}
    names -= {*NAMES["text"], _own_text(options).casefold()}
    header: dict[str, str] = {}
    for _ in range(_MOST_LINES):
        end = (_FENCE if fence else _BLANK).match(text, place)
        if end is not None:
            if not header or (place == len(text) and fence):
                return {}, 0
            return (header, end.end()) if any(key.casefold() in names for key in header) else ({}, 0)
        line = _LINE.match(text, place)
        if line is None and not fence:
            return {}, 0
        if line is None:
            other = _OTHER.match(text, place)
            place = other.end() if other else len(text)
            continue
        key = line[1]
        if not header and not fence and key.casefold() not in names:
            return {}, 0
        header.setdefault(key, (line[2] or "").strip().strip("\"'" if fence else ""))
        place = line.end()
    return {}, 0


def _own_text(options: ReadOptions) -> str:
    return options.fields.get("text", "text")


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
