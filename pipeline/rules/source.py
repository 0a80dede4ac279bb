"""Files of ``models/``: where they lie, how layers are laid over each other, their lines.

A *layer* is a folder with the layout of ``models/``. The first is the project's own;
each further one (``--models DIR``) is laid over it. A file is found by its path below
the layer. Its items have ids: an item of an upper layer replaces the one of equal id
below it, ``off: true`` takes it away, other items are added after those below. A YAML
file that says ``replace: true`` at its top stands in for all files of its path below.

Two formats, both with lines for error messages: YAML (a mapping whose ``rules`` is a
list of mappings with ``id``) for rules, and tab-separated tables (first line: column
names; ``#`` lines are comments; first column: the id) for lexicons and gazetteers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import yaml

from pipeline.errors import RuleError

try:
    from yaml import CSafeLoader as _SafeLoader
except ImportError:  # pragma: no cover - PyYAML without libyaml
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]


class _Loader(_SafeLoader):
    """YAML 1.2's core schema: of plain words only true, false, null and decimal numbers are no text.

    PyYAML's own is YAML 1.1, to which no, on and off are booleans, 14:35 is a number
    and 2001-01-01 a date: traps in lists of words.
    """

    # empty on the class, where PyYAML looks; its stub declares an instance variable
    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}  # type: ignore[misc]


for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
    ("int", r"^[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"^[-+]?[0-9]+\.[0-9]+$", "-+0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


@dataclass(frozen=True, slots=True)
class Item:
    """One rule or line as its file gives it: where it stands, its id, its keys."""

    file: str
    line: int
    id: str
    data: Mapping[str, Any]

    def error(self, message: str) -> RuleError:
        """An error that names this item's file and line."""
        return RuleError(self.file, self.line, f"{self.id}: {message}" if self.id else message)

    def only(self, allowed: frozenset[str]) -> None:
        """RuleError at a key that is not allowed: a misspelt key must not be ignored."""
        unknown = sorted(set(self.data) - allowed)
        if unknown:
            raise self.error(f"unknown key {unknown[0]!r} (known: {', '.join(sorted(allowed))})")

    def text(self, key: str, default: str | None = None) -> str:
        """A string. RuleError if it is missing without default, or no string."""
        value = self.data.get(key, default)
        if value is None:
            raise self.error(f"{key} is missing")
        if not isinstance(value, str):
            raise self.error(f"{key} must be text, not {type(value).__name__} (quote it?)")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, or one string; empty if missing."""
        value = self.data.get(key)
        if value is None:
            return ()
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
            raise self.error(f"{key} must be a list of texts (quote numbers, true and false)")
        return tuple(value)

    def number(self, key: str, default: float | None = None) -> float:
        """A number. RuleError if it is missing without default, or no number."""
        value = self.data.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.error(f"{key} must be a number" if key in self.data else f"{key} is missing")
        return float(value)

    def flag(self, key: str) -> bool:
        """true or false; false if missing."""
        value = self.data.get(key, False)
        if not isinstance(value, bool):
            raise self.error(f"{key} must be true or false")
        return value

    def maybe(self, key: str) -> str | None:
        """A string, or None if it is missing or empty."""
        return self.text(key, "") or None


def home() -> Path:
    """The project's own ``models/``: beside the code in a wheel, at the top of a checkout."""
    here = Path(__file__).resolve().parent.parent
    inside = here / "models"
    return inside if inside.is_dir() else here.parent / "models"


def layers(overlays: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Our own layer and the user's over it, in order. RuleError if one is no folder."""
    base = home()
    if not base.is_dir():
        raise RuleError(base, 0, "the project's models folder is missing: install the package again")
    for folder in overlays:
        if not folder.is_dir():
            raise RuleError(folder, 0, "no such folder (--models takes a folder laid out like models/)")
    return (base, *overlays)


def names(stack: Sequence[Path], folder: str) -> list[str]:
    """Paths, below a layer, of all YAML files directly in ``folder`` of any layer, sorted."""
    found = {f"{folder}/{p.name}" for layer in stack for p in (layer / folder).glob("*.yaml")}
    return sorted(found)


def read(stack: Sequence[Path], name: str, *, required: bool = True) -> list[Item]:
    """The items of one file, all layers merged, in order.

    RuleError if no layer has the file (unless not ``required``), if one is broken, or
    if an id occurs twice in one layer.
    """
    merged: dict[str, Item] = {}
    found = False
    for layer in stack:
        path = layer / name
        if not path.is_file():
            continue
        found = True
        replace, items = items_of(path)
        if replace:
            merged.clear()
        here: set[str] = set()
        for item in items:
            if item.id in here:
                raise item.error("this id occurs twice in the file")
            here.add(item.id)
            if item.data.get("off") in (True, "true"):
                if item.id not in merged:
                    raise item.error("is switched off, but no rule below has this id")
                del merged[item.id]
            else:
                merged[item.id] = item
    if required and not found:
        raise RuleError(stack[-1] / name, 0, "the file is missing")
    return list(merged.values())


def read_folder(stack: Sequence[Path], folder: str) -> list[Item]:
    """The items of all files of a folder. RuleError if two files share an id."""
    seen: dict[str, Item] = {}
    for name in names(stack, folder):
        for item in read(stack, name):
            if item.id in seen:
                raise item.error(f"this id is also at {seen[item.id].file}:{seen[item.id].line}")
            seen[item.id] = item
    return list(seen.values())


def items_of(path: Path) -> tuple[bool, list[Item]]:
    """Whether a file stands in for those of its path below, and its items. RuleError if it is broken."""
    return _read_yaml(path) if path.suffix == ".yaml" else (False, _read_table(path))


def read_text(path: Path) -> str:
    """A file's text. RuleError if it can't be read, or is not UTF-8; a mark of the order of bytes is no text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise RuleError(path, 0, f"is not UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise RuleError(path, 0, f"can't be read: {error.strerror}") from error


def _read_yaml(path: Path) -> tuple[bool, list[Item]]:
    try:
        loader = _Loader(read_text(path))
        try:
            node = loader.get_single_node()
            top: Any = loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        raise RuleError(path, line, f"broken YAML: {getattr(error, 'problem', error)}") from error
    if top is None:
        return False, []
    if not isinstance(top, dict) or not isinstance(top.get("rules", []), list):
        raise RuleError(path, 1, "must be a mapping with a list under `rules`")
    for key in top:
        if key not in ("rules", "replace", "note"):
            raise RuleError(path, 1, f"unknown key {key!r} at the top (known: note, replace, rules)")
    return bool(top.get("replace", False)), list(_yaml_items(path, node, top.get("rules", [])))


def _yaml_items(path: Path, node: Any, rules: list[Any]) -> Iterator[Item]:
    lines: list[int] = []
    for key, value in node.value:
        if key.value == "rules":
            lines = [child.start_mark.line + 1 for child in value.value]
            for child in value.value:
                _no_doubled_keys(path, child)
    for line, data in zip(lines, rules, strict=True):
        if not isinstance(data, dict):
            raise RuleError(path, line, "a rule must be a mapping with an id")
        identity = data.get("id")
        if not isinstance(identity, str) or not identity.strip():
            raise RuleError(path, line, "a rule without an id")
        yield Item(str(path), line, identity, {k: v for k, v in data.items() if k != "id"})


def _no_doubled_keys(path: Path, node: Any) -> None:
    if isinstance(node, yaml.MappingNode):
        seen = set()
        for key, value in node.value:
            if key.value in seen:
                raise RuleError(path, key.start_mark.line + 1, f"key {key.value!r} occurs twice")
            seen.add(key.value)
            _no_doubled_keys(path, value)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            _no_doubled_keys(path, child)


def _read_table(path: Path) -> list[Item]:
    header: list[str] | None = None
    out: list[Item] = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = [cell.strip() for cell in line.split("\t")]
        if header is None:
            header = cells
            if len(set(header)) != len(header) or "" in header:
                raise RuleError(path, number, "the header has an empty or doubled column name")
            continue
        if len(cells) > len(header):
            raise RuleError(path, number, f"{len(cells)} cells, but the header has {len(header)} (tabs separate)")
        cells += [""] * (len(header) - len(cells))
        if not cells[0]:
            raise RuleError(path, number, f"the first column ({header[0]}) is empty")
        out.append(Item(str(path), number, cells[0], dict(zip(header, cells, strict=True))))
    if header is None:
        raise RuleError(path, 0, "is empty: its first line must name the columns")
    return out
