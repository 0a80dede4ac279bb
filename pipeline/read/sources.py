"""Which files a command means: files, folders and globs, in one canonical order."""

from __future__ import annotations

import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum
from glob import glob, has_magic
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from pipeline.errors import InputError


class Format(StrEnum):
    """How a file's bytes, decompressed, are to be read."""

    PLAIN = "plain"
    HTML = "html"
    JSONL = "jsonl"
    CSV = "csv"
    TSV = "tsv"
    PARQUET = "parquet"
    WARC = "warc"
    UNKNOWN = "unknown"


class Compression(StrEnum):
    """How a file's bytes are packed."""

    NONE = "none"
    GZIP = "gzip"
    ZSTD = "zstd"


_FORMATS = {
    ".txt": Format.PLAIN,
    ".md": Format.PLAIN,
    ".html": Format.HTML,
    ".htm": Format.HTML,
    ".jsonl": Format.JSONL,
    ".ndjson": Format.JSONL,
    ".csv": Format.CSV,
    ".tsv": Format.TSV,
    ".parquet": Format.PARQUET,
    ".warc": Format.WARC,
}
_PACKED = {".gz": Compression.GZIP, ".zst": Compression.ZSTD}
_SINGLE = frozenset((Format.PLAIN, Format.HTML, Format.UNKNOWN))
_SURROGATE = re.compile("[\ud800-\udfff]")
_TABLES = "these are the tables of a run, not articles: name its folder documents to read their texts again"
_KNOWN = ", ".join(_FORMATS) + " (each but .parquet also .gz or .zst)"


class Stamp(NamedTuple):
    """What tells a file that was changed since from one that was not; zeros if it can't be looked at."""

    size: int
    changed: int  # ns
    inode: int


def stamp(path: Path) -> Stamp:
    """A file's stamp as it is now. Never raises."""
    try:
        return stamp_of(path.stat())
    except OSError:
        return Stamp(0, 0, 0)


def stamp_of(status: os.stat_result) -> Stamp:
    """The stamp of a file that was looked at."""
    return Stamp(status.st_size, status.st_mtime_ns, status.st_ino)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a file that has a record a line, to be read by itself. It begins where a line begins.

    ``start`` and ``end`` are bytes of the file. ``line`` (from 1) and ``record`` (from 0)
    are the numbers of the first one at ``start``, ``lines`` the number of lines that it
    has. ``cut`` is the size that was aimed at, ``stamp`` the file's when it was cut, at
    ``seen`` (seconds since 1970). ``sha256`` is the file's, and known to its ``last`` piece alone.
    """

    start: int
    end: int
    line: int
    record: int
    lines: int
    cut: int
    stamp: Stamp
    seen: float
    last: bool = False
    sha256: str | None = None

    @property
    def told(self) -> str:
        """Its place, as a message names it."""
        if self.lines == 1:
            return f"line {self.line:,}"
        return f"lines {self.line:,} to {self.line + self.lines - 1:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One input file, or a piece of one.

    ``root`` is the folder that was given (of a file named directly: its own), ``inside``
    the path below it, with ``/``. ``size`` is in bytes as stored, of the piece if it is
    one. ``problem`` says why a file of no known format is listed: reading it gives one
    reject.
    """

    path: Path
    root: Path
    inside: str
    format: Format
    compression: Compression = Compression.NONE
    size: int = 0
    problem: str = ""
    piece: Piece | None = None

    @property
    def name(self) -> str:
        """The path as the user would write it; what rejects and ``documents.source`` say."""
        return printable(self.path.as_posix())

    @property
    def stem(self) -> str:
        """File name without endings of format and packing."""
        return printable(PurePosixPath(bare(self.inside)).name)

    @property
    def inside_printable(self) -> str:
        """Path below the root, with its endings, as text."""
        return printable(self.inside)

    @property
    def single(self) -> bool:
        """Whether the file is one article, so that its id comes from its path."""
        return self.format in _SINGLE

    @property
    def own_id(self) -> str:
        """Path below the root without endings: the id of a file that is one article."""
        return printable(bare(self.inside))


def printable(path: str) -> str:
    """A path as text that UTF-8 can hold: bytes that are no UTF-8 become ``\\xNN``, letters are composed (NFC)."""
    if _SURROGATE.search(path):
        path = os.fsencode(path).decode("utf-8", "backslashreplace")
    return unicodedata.normalize("NFC", path)


def bare(path: str) -> str:
    """A path without the endings of packing and format; others are part of the name."""
    stem, ending = os.path.splitext(path)
    if ending.lower() in _PACKED and stem:
        path = stem
        stem, ending = os.path.splitext(path)
    return stem if ending.lower() in _FORMATS and stem else path


def classify(name: str) -> tuple[Format, Compression]:
    """Format and packing by the endings of a file's name, in any case."""
    stem, ending = os.path.splitext(name.lower())
    packed = _PACKED.get(ending, Compression.NONE)
    if packed is not Compression.NONE:
        ending = os.path.splitext(stem)[1]
    found = _FORMATS.get(ending, Format.UNKNOWN)
    if found is Format.PARQUET and packed is not Compression.NONE:
        return Format.UNKNOWN, packed  # Parquet packs its own pages; its reader has to seek
    return found, packed


def find_sources(inputs: Sequence[str | Path], exclude: Iterable[str | Path] = ()) -> list[Source]:
    """The files that ``inputs`` mean, sorted by path, each once, whatever the order of ``inputs``.

    A folder is searched to its depths; hidden files and folders, ``__MACOSX`` and what is
    in ``exclude`` (the metadata table or an output folder among the articles) are left
    out. A file of unknown format in a folder is listed with ``problem``, and so is the
    folder of an earlier run, whose tables hold texts too. A file reached on two ways
    belongs to the outermost folder. InputError if an input does not exist, names a file of
    unknown format, or is the folder of a run.
    """
    skip = {os.path.realpath(p) for p in exclude}
    found: dict[str, Source] = {}
    for item in sorted({os.fspath(p) for p in inputs}):
        for source in _expand(item, skip):
            # two links that lead nowhere are two inputs that can't be read, two links to one file are one
            key = os.path.realpath(source.path) if source.path.exists() else os.fspath(source.path)
            known = found.get(key)
            if key not in skip and (known is None or _rank(source) < _rank(known)):
                found[key] = source
    return sorted(found.values(), key=lambda s: (s.path.as_posix(), s.inside))


def _rank(source: Source) -> tuple[int, str]:
    """Outermost root first; the path settles ties (two links to one file)."""
    return (len(os.path.realpath(source.root)), source.path.as_posix())


def _expand(item: str, skip: AbstractSet[str]) -> list[Source]:
    path = Path(item)
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:
        if has_magic(item):
            return _match(item, skip)
        what = "is a broken link" if path.is_symlink() else getattr(error, "strerror", None) or str(error)
        raise InputError(f"{printable(item)}: {what} (give a file, a folder or a pattern in quotes)") from error
    if stat.S_ISDIR(mode):
        if os.path.realpath(path) not in skip and _made_by_run(path):
            raise InputError(f"{printable(item)}: {_TABLES}")
        return _walk(path, path, skip)
    form, _ = classify(path.name)
    if form is Format.UNKNOWN:
        raise InputError(f"{printable(item)}: no reader takes this kind of file; known: {_KNOWN}")
    return [_source(path, path.parent)]


def _match(pattern: str, skip: AbstractSet[str]) -> list[Source]:
    """Matches of a glob. Its root is the folder before the first wildcard."""
    fixed: list[str] = []
    for part in Path(pattern).parts:
        if has_magic(part):
            break
        fixed.append(part)
    root = Path(*fixed)
    out: list[Source] = []
    for name in glob(pattern, recursive=True):
        path = Path(name)
        out.extend(_walk(path, root, skip) if path.is_dir() else [_source(path, root)])
    if not out:
        raise InputError(f"{printable(pattern)}: nothing matches this pattern")
    return out


def _walk(folder: Path, root: Path, skip: AbstractSet[str]) -> list[Source]:
    """All files below a folder. Links to folders are followed, but no folder is entered twice."""
    out: list[Source] = []
    seen = set(skip)
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        real = os.path.realpath(here)
        if real in seen:
            continue
        seen.add(real)
        try:
            with os.scandir(here) as scan:
                entries = sorted(scan, key=lambda e: e.name)
        except OSError as error:
            out.append(_broken(here, root, f"folder can't be listed: {error.strerror}"))
            continue
        if _made_by_run(here):
            out.append(_broken(here, root, _TABLES))
            continue
        folders: list[Path] = []
        for entry in entries:
            if entry.name.startswith(".") or entry.name == "__MACOSX":
                continue
            path = here / entry.name
            try:
                inner = entry.is_dir()
            except OSError as error:
                out.append(_broken(path, root, f"can't be looked at: {error.strerror}"))
                continue
            if inner:
                folders.append(path)
            else:
                out.append(_source(path, root))
        waiting.extend(reversed(folders))
    return out


def _made_by_run(folder: Path) -> bool:
    return (folder / "_run.json").is_file() and (folder / "documents").is_dir()


def _source(path: Path, root: Path) -> Source:
    try:
        status = path.stat()
    except OSError as error:
        what = "broken link" if path.is_symlink() else f"can't be looked at: {error.strerror}"
        return _broken(path, root, what)
    form, packed = classify(path.name)
    if not stat.S_ISREG(status.st_mode):
        return _broken(path, root, "not a regular file")
    problem = f"no reader takes this kind of file; known: {_KNOWN}" if form is Format.UNKNOWN else ""
    return Source(
        path=path,
        root=root,
        inside=_inside(path, root),
        format=form,
        compression=packed,
        size=status.st_size,
        problem=problem,
    )


def _broken(path: Path, root: Path, problem: str) -> Source:
    return Source(path=path, root=root, inside=_inside(path, root), format=Format.UNKNOWN, problem=problem)


def _inside(path: Path, root: Path) -> str:
    return PurePosixPath(path.relative_to(root)).as_posix() if path != root else path.name
