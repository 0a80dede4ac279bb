"""Files of a record a line, cut into pieces that can be read side by side.

Only the bytes are looked at: where lines end, and which of them are blank. A piece knows
the number of its first line and record, so that what is read of it is what reading the
file whole gives in that place.
"""

from __future__ import annotations

import codecs
import hashlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import BinaryIO

from pipeline.read.sources import Compression, Format, Piece, Source, stamp_of

_BLOCK = 1 << 20
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)  # UTF-32's other mark begins with UTF-16's


def cut(source: Source, size: int) -> Iterator[Source]:
    """The pieces of a file, in order, each of about ``size`` bytes; the file itself if it is not to be cut.

    That is, unless it is JSONL, not packed, in UTF-8 and larger than ``size``. A piece is
    given as soon as its end is seen: only the last waits for the whole file, whose hash it
    has. Never raises: what can't be read here is one last piece, whose reader will say so.
    """
    if source.format is not Format.JSONL or source.compression is not Compression.NONE or source.size <= size:
        yield source
        return
    seen = time.time()
    try:
        file = open(source.path, "rb")  # noqa: SIM115 - what goes wrong here is not what goes wrong below
    except OSError:
        yield source
        return
    with file:
        whole = stamp_of(os.fstat(file.fileno()))
        goal = -(-whole.size // max(1, -(-whole.size // size)))
        for found in _scan(file, whole.size, goal, _Stretch()):
            if found.whole:
                yield source
                return
            piece = Piece(
                start=found.start,
                end=found.end,
                line=found.line,
                record=found.record,
                lines=found.lines,
                cut=size,
                stamp=whole,
                seen=seen,
                last=found.last,
                sha256=found.sha256,
            )
            yield replace(source, size=piece.end - piece.start, piece=piece)


def halve(source: Source) -> list[Source]:
    """The two halves of a file or piece, to read what can be read of one that can't be; or itself, if it has none.

    Never raises.
    """
    piece = source.piece
    if piece is None:
        return list(cut(source, -(-source.size // 2)))
    try:
        with open(source.path, "rb") as file:
            if stamp_of(os.fstat(file.fileno())) != piece.stamp:
                return [source]
            file.seek(piece.start)
            begun = _Stretch(piece.start, piece.start, piece.line, piece.record)
            found = list(_scan(file, piece.end, -(-(piece.end - piece.start) // 2), begun))
    except OSError:
        return [source]
    out: list[Source] = []
    for half in found:
        last = half is found[-1]
        sha256 = piece.sha256 if last else None
        made = replace(
            piece,
            start=half.start,
            end=half.end,
            line=half.line,
            record=half.record,
            lines=half.lines,
            last=last and piece.last,
            sha256=sha256,
        )
        out.append(replace(source, size=made.end - made.start, piece=made))
    return out


@dataclass(slots=True)
class _Stretch:
    """A piece in the making. ``whole``: the file is not to be cut after all."""

    start: int = 0
    end: int = 0
    line: int = 1
    record: int = 0
    lines: int = 0
    records: int = 0
    last: bool = False
    sha256: str | None = None
    whole: bool = False

    def add(self, length: int, filled: bool) -> None:
        self.end += length
        self.lines += 1
        self.records += filled

    def after(self) -> _Stretch:
        return _Stretch(self.end, self.end, self.line + self.lines, self.record + self.records)


def _scan(file: BinaryIO, end: int, goal: int, here: _Stretch) -> Iterator[_Stretch]:
    """What lies between two line ends, in stretches of at least ``goal`` bytes, from ``here`` on up to byte ``end``.

    Lines are told apart and held to be blank as ``streams.lines`` and ``jsonl`` do it. The
    last knows the hash of all that was looked at.
    """
    hashed = hashlib.sha256()
    length, filled = 0, False  # of the line whose end is not yet seen
    left = end - here.start
    try:
        while left and (block := file.read(min(_BLOCK, left))):
            hashed.update(block)
            if left == end:  # the file's first bytes
                if block.startswith(_WIDE):
                    here.whole = True
                    yield here
                    return
                if block.startswith(codecs.BOM_UTF8):
                    length = len(codecs.BOM_UTF8)
                    block = block[length:]
                    left -= length
            left -= len(block)
            *ended, rest = block.split(b"\n")
            for line in ended:
                here.add(length + len(line) + 1, filled or bool(line.strip()))
                length, filled = 0, False
                if here.end - here.start >= goal and here.end < end:
                    yield here
                    here = here.after()
            length += len(rest)
            filled = filled or bool(rest.strip())
    except OSError:
        here.end = end
    else:
        if length:
            here.add(length, filled)
        here.sha256 = hashed.hexdigest()
    here.last = True
    yield here
