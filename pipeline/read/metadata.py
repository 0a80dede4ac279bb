"""A table that gives fields to files or records that carry none (``--metadata FILE.csv``)."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import InputError, RecordError
from pipeline.read.decode import decode
from pipeline.read.sources import Format, Source, classify, printable

_FIELDS = {
    "id": "id",
    "title": "title",
    "published": "published",
    "date": "published",
    "published_at": "published",
    "url": "url",
    "author": "author",
    "publisher": "publisher",
    "language": "language",
}
_LONGEST_FIELD = 1 << 20


@dataclass(frozen=True, slots=True)
class Metadata:
    """Fields by file and by id. ``messages`` tell of lines that fit no file, or more than one."""

    by_path: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    by_id: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    messages: tuple[str, ...] = ()

    def fields_of(self, source: Source, own_id: str | None) -> tuple[Mapping[str, str], str]:
        """What the table gives for a record: by its id, else by its file; and a remark if the two differ."""
        file = self.by_path.get(source.path.as_posix())
        key = own_id if own_id is not None else source.own_id if source.single else None
        record = self.by_id.get(key) if key is not None else None
        if file and record and any(file[name] != value for name, value in record.items() if name in file):
            return {
                **file,
                **record,
            }, "the metadata table's lines for its file and for its id differ: the id's is taken"
        return {**(file or {}), **(record or {})}, ""


def load_metadata(path: Path, sources: Sequence[Source]) -> Metadata:
    """Read a metadata table and find the file that each line means.

    A ``file`` is a path below an input folder, or one that starts where the table
    lies, or a file's bare name if only one input has it. InputError if the table can't
    be read, has neither ``file`` nor ``id``, or says two things of one of them.
    """
    by_id: dict[str, tuple[int, dict[str, str]]] = {}
    by_file: dict[str, tuple[int, dict[str, str]]] = {}
    for line, row in _rows(path):
        fields = {ours: row[theirs] for theirs, ours in reversed(_FIELDS.items()) if row.get(theirs)}
        if not row.get("file") and not row.get("id"):
            raise InputError(f"{path}: line {line} names neither file nor id")
        for table, key in ((by_file, row.get("file", "")), (by_id, row.get("id", ""))):
            if not key or (table is by_id and row.get("file")):
                continue  # beside a file's name, an id is one more field: the file's own
            if key in table and table[key][1] != fields:
                raise InputError(f"{path}: lines {table[key][0]} and {line} differ about {key!r}")
            table.setdefault(key, (line, fields))
    names = Counter(os.path.basename(s.inside) for s in sources)
    places: dict[str, list[Source]] = {}
    for source in sources:
        inside = printable(source.inside)
        keys = {inside, source.name, printable(os.path.relpath(source.path, path.parent).replace(os.sep, "/"))}
        if names[os.path.basename(source.inside)] == 1:
            keys.add(os.path.basename(inside))
        for key in keys:
            places.setdefault(key, []).append(source)
    found: dict[str, Mapping[str, str]] = {}
    messages: list[str] = []
    for key, (line, fields) in by_file.items():
        fits = places.get(printable(key.replace(os.sep, "/")).removeprefix("./"), [])
        if len(fits) == 1:
            found[fits[0].path.as_posix()] = fields
        elif fits or any(os.path.basename(s.inside) == key for s in sources):
            messages.append(f"{path}: line {line}: more than one input is called {key!r}; write its path")
        else:
            messages.append(f"{path}: line {line}: no input file is called {key!r}")
    return Metadata(found, {key: fields for key, (_, fields) in by_id.items()}, tuple(messages))


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text, _ = decode(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: the metadata table can't be read: {error.strerror}") from error
    except RecordError as error:
        raise InputError(f"{path}: the metadata table can't be read: {error}") from error
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_FIELD))
    form, _ = classify(path.name)
    delimiter = "\t" if form is Format.TSV else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    header: list[str] | None = None
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = [cell.strip().casefold() for cell in cells]
                if "file" not in header and "id" not in header:
                    raise InputError(f"{path}: the metadata table needs a column `file` or `id`")
                continue
            if len(cells) > len(header):
                raise InputError(f"{path}: line {reader.line_num} has {len(cells)} cells, its header {len(header)}")
            yield reader.line_num, {name: cell.strip() for name, cell in zip(header, cells, strict=False)}
    except csv.Error as error:
        raise InputError(f"{path}: line {reader.line_num}: {error}") from error
    if header is None:
        raise InputError(f"{path}: the metadata table is empty")
