"""From bytes to text: UTF-8 first, then what a byte order mark or the bytes themselves tell."""

from __future__ import annotations

import codecs
import re

from charset_normalizer import from_bytes

from pipeline.errors import RecordError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# first bytes of formats that some text decoder would take for text
_BINARY = (
    b"%PDF-",
    b"PK\x03\x04",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"PAR1",
    b"\xd0\xcf\x11\xe0",
    b"\x7fELF",
    b"SQLite format 3\x00",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BZh",
    b"{\\rtf",
)
_CONTROL = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 1 << 16
_SURROGATE = re.compile("[\ud800-\udfff]")


def decode(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """The text and the name of its encoding; the byte order mark is dropped, line ends are kept.

    ``declared`` is what the file says of itself, believed where the bytes are no UTF-8.
    RecordError: ``binary`` for what is no text, ``encoding`` for text in no known encoding.
    """
    for start in _BINARY:
        if data.startswith(start):
            raise RecordError("binary", "this is not text: the first bytes are those of another format")
    for mark, name in _MARKS:
        if data.startswith(mark):
            try:
                return _textual(data[len(mark) :].decode(name)), name
            except UnicodeDecodeError as error:
                raise RecordError(
                    "encoding", f"the byte order mark says {name}, but byte {error.start} is not"
                ) from None
    if 10 * data.count(0) > len(data):
        return _unmarked_wide(data)
    try:
        return _textual(data.decode("utf-8")), "utf-8"
    except UnicodeDecodeError as error:
        broken = error.start
    encoding = _known(declared) or guess_encoding(data[:_SAMPLE] if broken < _SAMPLE else _around(data, broken))
    if encoding is not None:
        try:
            return _textual(data.decode(encoding)), encoding
        except (UnicodeDecodeError, ValueError):
            encoding = None
    # one broken byte in a long UTF-8 text is better marked than the whole text misread
    text = data.decode("utf-8", "replace")
    if 1000 * text.count("�") <= len(text):
        return _textual(text), "utf-8 with broken bytes"
    raise RecordError("encoding", f"byte {broken} is not UTF-8, and no other encoding fits: save the file as UTF-8")


def guess_encoding(data: bytes) -> str | None:
    """The encoding that makes the most of some bytes that are no UTF-8; None if they look like no text."""
    best = from_bytes(data, steps=5, threshold=0.3).best()
    if best is None:
        return None
    # the code pages of Western text differ in rare signs only; Windows' has the typographic quotation marks
    return "cp1252" if best.encoding in _WESTERN and _decodes(data, "cp1252") else best.encoding


_WESTERN = frozenset(
    ("ascii", "latin_1", "cp1250", "cp1252", "cp1254", "cp1257", "cp1258", "iso8859_2", "iso8859_3", "iso8859_4")
) | frozenset(("iso8859_9", "iso8859_10", "iso8859_13", "iso8859_14", "iso8859_15", "iso8859_16"))


def mend(text: str) -> tuple[str, int]:
    """Lone surrogates, which no encoding of Unicode can hold, as U+FFFD, and their number. Offsets stay."""
    mended, count = _SURROGATE.subn("�", text)
    return mended, count


def binary_share(text: str) -> float:
    """Share of control characters in the first 64 Ki characters, white space and escape not counted."""
    sample = text[:_SAMPLE]
    return len(_CONTROL.findall(sample)) / len(sample) if sample else 0.0


def _textual(text: str) -> str:
    if binary_share(text) > 0.05:
        raise RecordError("binary", "this is not text: too many control characters")
    return text


def _unmarked_wide(data: bytes) -> tuple[str, str]:
    for name, zeros in (("utf-16-le", data[1::2]), ("utf-16-be", data[0::2])):
        if 2 * zeros.count(0) > len(zeros):
            try:
                return _textual(data.decode(name)), name
            except UnicodeDecodeError:
                continue
    raise RecordError("binary", "this is not text: too many null bytes")


def _around(data: bytes, place: int) -> bytes:
    return data[max(0, place - _SAMPLE // 2) : place + _SAMPLE // 2]


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _known(declared: str | None) -> str | None:
    if not declared:
        return None
    try:
        name = codecs.lookup(declared.strip()).name
    except (LookupError, ValueError):
        return None
    # browsers read these labels as Windows' code page (WHATWG Encoding Standard, section 4.2)
    return "cp1252" if name in ("iso8859-1", "ascii") else name
