"""What a user's folder does to the layers below it: no file of it is passed over in silence.

A file is read if our own models have one of its path, or if it lies in a folder of which
every YAML file is read. Others are most likely misspelt, and are refused by name; only
notes to people (``.md``, ``.txt``) and hidden files may lie beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath

from pipeline.errors import RuleError
from pipeline.rules.source import items_of, read

_WHOLE_FOLDERS = frozenset({"ner", "layout", "dates"})
_TRIGGERS = "triggers"
_ONTOLOGIES = "ontologies"
_NOTES = frozenset({".md", ".txt"})


@dataclass(frozen=True, slots=True)
class Change:
    """What one folder changes: files read, rules and lines added, replaced and switched off, files it stands in for."""

    folder: Path
    files: int = 0
    added: int = 0
    replaced: int = 0
    off: int = 0
    instead: int = 0

    def __str__(self) -> str:
        """In words, such as "mine: 2 added, 1 replaced, 0 switched off (1 file)"."""
        files = f"{self.files} file" + ("" if self.files == 1 else "s")
        if self.instead:
            files += f", {self.instead} in place of ours"
        return f"{self.folder}: {self.added} added, {self.replaced} replaced, {self.off} switched off ({files})"


def check_overlays(stack: Sequence[Path]) -> None:
    """RuleError at a file of an upper layer that nothing reads or that is empty, and at a layer without any file."""
    base = stack[0]
    known = [path.as_posix() for path in _files(base)]
    for layer in stack[1:]:
        found = list(_files(layer))
        for path in found:
            _check_read(layer, path, known)
            replace, items = items_of(layer / path)
            if not items and not replace:
                raise RuleError(layer / path, 0, "holds no rule or line: take it away, or put something into it")
        if not found:
            raise RuleError(layer, 0, "nothing in it is read: --models takes a folder laid out like models/")


def changes(stack: Sequence[Path]) -> list[Change]:
    """What each upper layer does to those below it, in order. RuleError at a file that can't be read."""
    out = []
    for number, layer in enumerate(stack[1:], 1):
        added = replaced = off = instead = 0
        files = list(_files(layer))
        for path in files:
            below = {item.id for item in read(stack[:number], path.as_posix(), required=False)}
            replace, items = items_of(layer / path)
            instead += replace and bool(below)
            for item in items:
                if item.data.get("off") in (True, "true"):
                    off += 1
                elif item.id in below and not replace:
                    replaced += 1
                else:
                    added += 1
        out.append(Change(layer, len(files), added, replaced, off, instead))
    return out


def _files(layer: Path) -> Iterator[PurePosixPath]:
    """Files of a layer that are no notes to people, by path below it, sorted."""
    for path in sorted(layer.rglob("*")):
        below = PurePosixPath(path.relative_to(layer).as_posix())
        hidden = any(part.startswith((".", "__")) for part in below.parts)
        if path.is_file() and not hidden and below.suffix.lower() not in _NOTES:
            yield below


def _check_read(layer: Path, path: PurePosixPath, known: Sequence[str]) -> None:
    name = path.as_posix()
    if name in known:
        return
    parts = path.parts
    if path.suffix == ".yaml":
        if len(parts) == 2 and parts[0] in _WHOLE_FOLDERS:
            return
        if len(parts) == 4 and parts[0] == _ONTOLOGIES and parts[2] == _TRIGGERS:
            return
    if len(parts) == 3 and parts[0] == _ONTOLOGIES:
        files = {PurePosixPath(k).name for k in known if k.startswith(f"{_ONTOLOGIES}/") and k.count("/") == 2}
        if parts[2] in files:
            return
        known = [*known, *(f"{_ONTOLOGIES}/{parts[1]}/{file}" for file in files)]
    close = get_close_matches(name, known, 1, 0.6)
    named = [k for k in known if PurePosixPath(k).name == path.name]
    hint = (named or close or [""])[0]
    raise RuleError(layer / path, 0, "is not read by anything" + (f": did you mean {hint}?" if hint else ""))
