"""A gold file's lines of JSON, and its objects read with checks.

Every getter raises GoldError, which names file, line and label, where the value can't
be right.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

from pipeline.errors import GoldError
from pipeline.spans import Span

E = TypeVar("E", bound=StrEnum)

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def read_lines(path: Path, what: str) -> Iterator[tuple[int, Any]]:
    """Number and data of each line that is not blank.

    GoldError if the file can't be read, a line is not JSON, or it holds no ``what``.
    """
    try:
        with path.open(encoding="utf-8") as file:
            lines = list(file)
    except (OSError, UnicodeDecodeError) as error:
        raise GoldError(f"{path}: can't be read as UTF-8 text: {error}") from error
    if not any(line.strip() for line in lines):
        raise GoldError(f"{path}: holds no {what}")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            data = json.loads(line)
        except json.JSONDecodeError as error:
            raise GoldError(f"{path}:{number}: not JSON: {error.msg} at column {error.colno}") from error
        yield number, data


class Label:
    """One JSON object of the gold, with where it stands; every getter checks."""

    def __init__(self, where: str, data: Any, keys: frozenset[str]) -> None:
        self.where = where
        if not isinstance(data, dict):
            raise self.error(f"must be an object, not {type(data).__name__}")
        self.data: dict[str, Any] = data
        for key in data:
            if key not in keys:
                raise self.error(f"unknown key {key!r} (known: {', '.join(sorted(keys))})")

    def error(self, message: str) -> GoldError:
        """An error that names where the object stands."""
        return GoldError(f"{self.where}: {message}")

    def has(self, key: str) -> bool:
        """Whether the key is there and not null."""
        return self.data.get(key) is not None

    def text(self, key: str) -> str:
        """A text. GoldError if it is missing or blank."""
        value = self.data.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self.error(f"{key} must be a text that is not empty, not {value!r}")
        return value

    def maybe(self, key: str) -> str | None:
        """A text, or None if it is missing or null."""
        return self.text(key) if self.has(key) else None

    def flag(self, key: str, default: bool) -> bool:
        """true or false, ``default`` if it is missing."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"{key} must be true or false, not {value!r}")
        return value

    def items(self, key: str) -> list[Any]:
        """A list, empty if it is missing or null."""
        value = self.data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.error(f"{key} must be a list, not {value!r}")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of different texts, none of them blank."""
        found = self.items(key)
        if not all(isinstance(item, str) and item.strip() for item in found):
            raise self.error(f"{key} must be a list of texts, none of them empty: {found!r}")
        if len(set(found)) < len(found):
            raise self.error(f"{key} names something twice: {found!r}")
        return tuple(found)

    def shaped(self, key: str, shape: re.Pattern[str], what: str) -> str | None:
        """A text of the given shape, which ``what`` puts into words, or None."""
        value = self.maybe(key)
        if value is not None and not shape.fullmatch(value):
            raise self.error(f"{key} {value!r} is not {what}")
        return value

    def one_of(self, key: str, values: type[E]) -> E:
        """A member of an enum, by its value."""
        value = self.data.get(key)
        if value not in list(values):
            raise self.error(f"{key} {value!r} is none of {', '.join(values)}")
        return values(value)

    def maybe_one_of(self, key: str, values: type[E]) -> E | None:
        """A member of an enum, or None if the key is missing or null."""
        return self.one_of(key, values) if self.has(key) else None

    def day(self, key: str) -> date | None:
        """An ISO day, or None."""
        value = self.maybe(key)
        if value is None:
            return None
        try:
            if not _DAY.fullmatch(value):
                raise ValueError
            return date.fromisoformat(value)
        except ValueError:
            raise self.error(f"{key} {value!r} is not a day (YYYY-MM-DD)") from None

    def index(self, key: str, length: int, of: str) -> int | None:
        """An index into a list of ``length`` things, ``of`` by name, or None."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < length:
            raise self.error(f"{key} {value!r} is not the index of one of {length} {of}")
        return value

    def span(self, text: str, key: str, value: Any) -> Span:
        """``value`` as a span [start, end] of ``text``; ``key`` is what errors call it."""
        if (
            not isinstance(value, list)
            or len(value) != 2
            or not all(isinstance(x, int) and not isinstance(x, bool) for x in value)
        ):
            raise self.error(f"{key} {value!r} is not a span [start, end]")
        start, end = value
        if start >= end:
            raise self.error(f"{key} [{start}, {end}) is empty")
        if start < 0 or end > len(text):
            raise self.error(f"{key} [{start}, {end}) is outside the text of {len(text)} characters")
        return Span(start, end)

    def own_span(self, text: str, *copies: str) -> Span:
        """The span of ``start`` and ``end``, with the keys ``copies`` checked against its words."""
        span = self.span(text, "span", [self.data.get("start"), self.data.get("end")])
        for key in copies:
            self.same_text(text, key, span)
        return span

    def same_text(self, text: str, key: str, span: Span) -> None:
        """Check a copy of the marked words, which labels carry so that a slipped offset shows."""
        if self.has(key) and self.data[key] != span.of(text):
            raise self.error(f"{key} is {self.data[key]!r}, but the text there reads {span.of(text)!r}")

    def spans(self, text: str, key: str) -> tuple[Span, ...]:
        """A list of spans of ``text``, in text order, none of them overlapping."""
        spans = tuple(self.span(text, f"{key}[{i}]", item) for i, item in enumerate(self.items(key)))
        for before, after in pairwise(spans):
            if after.start < before.end:
                raise self.error(f"{key} are not in text order or overlap: {list(before)}, {list(after)}")
        return spans
