"""Bytes of a file or a piece of it, unpacked, a bounded number at a time.

Whatever goes wrong is a ``RecordError`` with a stable word, raised at the place in the
stream where it is met: what came before is already out.
"""

from __future__ import annotations

import codecs
import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import zstandard

from pipeline.errors import RecordError
from pipeline.read.sources import Compression, Piece, Source, stamp_of

_CHUNK = 1 << 16
_ZSTD_CHUNK = 1 << 12  # one packed byte can mean 32 KiB: small pieces bound what a bomb unpacks to at once
_WIDE_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark starts it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

CHANGED = "the file changed while it was read: run again with --resume when it is finished"

OnBytes = Callable[[int], None]


def ignore_bytes(count: int) -> None:
    """The default listener: nobody wants to know how far reading is."""


def chunks(source: Source, on_bytes: OnBytes = ignore_bytes) -> Iterator[bytes]:
    """The bytes of a file or piece, unpacked. ``on_bytes`` gets the number of stored bytes each step takes.

    RecordError: ``unreadable``, ``truncated`` (a packed file that ends too early),
    ``corrupt``, or ``changed`` (a piece of a file that is no longer the one that was cut).
    """
    try:
        with open(source.path, "rb") as raw:
            file = _Counted(raw, on_bytes)
            if source.piece is not None:
                yield from _stretch(raw, source.piece, file)
            elif source.compression is Compression.GZIP:
                yield from _gzip(file)
            elif source.compression is Compression.ZSTD:
                yield from _zstd(file)
            else:
                while piece := file.read(_CHUNK):
                    yield piece
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RecordError("unreadable", f"the file can't be read: {reason}") from error


def _stretch(raw: BinaryIO, piece: Piece, file: _Counted) -> Iterator[bytes]:
    now = stamp_of(os.fstat(raw.fileno()))
    if now.inode != piece.stamp.inode or now.size < piece.stamp.size:
        # another file, or cut short; one that grows still has its lines where they were
        raise RecordError("changed", CHANGED)
    raw.seek(piece.start)
    left = piece.end - piece.start
    while left and (data := file.read(min(_CHUNK, left))):
        left -= len(data)
        yield data


def read_up_to(source: Source, limit: int, on_bytes: OnBytes = ignore_bytes) -> tuple[bytes, bool]:
    """At most ``limit`` bytes and a bit, and whether that is all. Errors as ``chunks``."""
    out: list[bytes] = []
    size = 0
    for piece in chunks(source, on_bytes):
        out.append(piece)
        size += len(piece)
        if size > limit:
            return b"".join(out), False
    return b"".join(out), True


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a line above the limit; its first bytes are kept, the rest was skipped."""

    head: bytes


def lines(source: Source, limit: int, on_bytes: OnBytes = ignore_bytes) -> Iterator[bytes | TooLong]:
    """Lines with their ends, in UTF-8 if a byte order mark tells that the file has another Unicode form.

    The mark itself is dropped. Memory stays near ``limit`` however long a line is; one of
    white space alone is given as an empty one, so that what is blank does not depend on it.
    Errors as ``chunks``, raised after the lines before it and the rest that is there.
    """
    rest: list[bytes] = []
    size = 0
    head: bytes | None = None  # set while a line above the limit is being skipped
    blank = False
    failure: RecordError | None = None
    pieces = chunks(source, on_bytes)
    if source.piece is None or not source.piece.start:
        pieces = _narrow(pieces)
    while True:
        try:
            piece = next(pieces, b"")
        except RecordError as error:
            failure, piece = error, b""
        if not piece:
            break
        parts = piece.splitlines(keepends=True) if b"\r" not in piece else _split(piece)
        for part in parts:
            whole = part.endswith(b"\n")
            if head is None:
                rest.append(part)
                size += len(part)
                if size > limit:
                    head = b"".join(rest)[:_CHUNK]
                    blank = not any(map(bytes.strip, rest))
                    rest, size = [], 0
                elif whole:
                    yield rest[0] if len(rest) == 1 else b"".join(rest)
                    rest, size = [], 0
            if head is not None:
                blank = blank and not part.strip()
                if whole:
                    yield b"\n" if blank else TooLong(head)
                    head = None
    if head is not None:
        yield b"\n" if blank else TooLong(head)
    elif rest:
        yield b"".join(rest)
    if failure is not None:
        raise failure


def _split(piece: bytes) -> list[bytes]:
    """Lines ended by ``\\n`` alone: a lone ``\\r`` ends none."""
    parts = piece.split(b"\n")
    out = [part + b"\n" for part in parts[:-1]]
    if parts[-1]:
        out.append(parts[-1])
    return out


def _narrow(pieces: Iterator[bytes]) -> Iterator[bytes]:
    first = b""
    for piece in pieces:
        first += piece
        if len(first) >= 4:
            break
    for mark, name in _WIDE_MARKS:
        if first.startswith(mark):
            decoder = codecs.getincrementaldecoder(name)("replace")
            yield decoder.decode(first[len(mark) :]).encode("utf-8", "replace")
            for piece in pieces:
                yield decoder.decode(piece).encode("utf-8", "replace")
            yield decoder.decode(b"", final=True).encode("utf-8", "replace")
            return
    yield first.removeprefix(codecs.BOM_UTF8)
    yield from pieces


class _Counted:
    """A raw file that tells how many bytes were taken from it; all that GzipFile asks of one."""

    def __init__(self, raw: BinaryIO, on_bytes: OnBytes) -> None:
        self._raw = raw
        self._on_bytes = on_bytes

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self._on_bytes(len(data))
        return data

    def seekable(self) -> bool:
        return False


def _gzip(file: _Counted) -> Iterator[bytes]:
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as unpacked:  # type: ignore[call-overload]
            while piece := unpacked.read1(_CHUNK):
                yield piece
    except EOFError as error:
        raise RecordError("truncated", "the gzip file ends too early: it was not written or copied whole") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise RecordError("corrupt", f"broken gzip data: {error}") from error


def _zstd(file: _Counted) -> Iterator[bytes]:
    context = zstandard.ZstdDecompressor()
    frame = context.decompressobj()
    inside = False
    try:
        while packed := file.read(_ZSTD_CHUNK):
            while packed:
                inside = True
                if piece := frame.decompress(packed):
                    yield piece
                packed = b""
                if frame.eof:
                    packed = frame.unused_data
                    frame = context.decompressobj()
                    inside = False
    except zstandard.ZstdError as error:
        raise RecordError("corrupt", f"broken zstd data: {error}") from error
    if inside:
        raise RecordError("truncated", "the zstd file ends too early: it was not written or copied whole")
