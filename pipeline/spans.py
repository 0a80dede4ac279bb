"""All arithmetic on offsets.

A span is half-open, ``[start, end)``, in Unicode code points of one text. Nothing
else in the project adds to, subtracts from, trims or merges offsets.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """``text[start:end]``, in code points. Orders by start, then end."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The characters the span covers."""
        return text[self.start : self.end]

    def __contains__(self, other: object) -> bool:
        """Whether an offset, or all of another span, lies inside."""
        if isinstance(other, int):
            return self.start <= other < self.end
        if isinstance(other, tuple) and len(other) == 2:
            return bool(self.start <= other[0] and other[1] <= self.end)
        return False

    def overlaps(self, other: tuple[int, int]) -> bool:
        """Whether at least one character is in both."""
        return self.start < other[1] and other[0] < self.end

    def shift(self, by: int) -> Span:
        """The span moved by ``by`` characters."""
        return Span(self.start + by, self.end + by)


def trim(text: str, span: tuple[int, int], also: str = "") -> Span:
    """Shrink past white space, and past any character of ``also``, on both sides.

    A span of nothing else becomes empty at its start.
    """
    start, end = span
    while end > start and (text[end - 1].isspace() or text[end - 1] in also):
        end -= 1
    while start < end and (text[start].isspace() or text[start] in also):
        start += 1
    return Span(start, end)


def cover(spans: Iterable[tuple[int, int]]) -> Span:
    """The smallest span that holds all of ``spans``. ValueError if there are none."""
    found = list(spans)
    return Span(min(s for s, _ in found), max(e for _, e in found))


def merge(text: str, spans: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Sorted spans, with those that touch, overlap or have only white space between joined."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if out and not text[out[-1].end : start].strip():
            out[-1] = Span(out[-1].start, max(out[-1].end, end))
        else:
            out.append(Span(start, end))
    return tuple(out)


def union(spans: Iterable[tuple[int, int]]) -> tuple[Span, ...]:
    """Sorted spans that cover the same characters, none of them overlapping or touching; empty ones are dropped."""
    out: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if out and start <= out[-1].end:
            out[-1] = Span(out[-1].start, max(out[-1].end, end))
        else:
            out.append(Span(start, end))
    return tuple(out)


def size(spans: Sequence[tuple[int, int]]) -> int:
    """Number of characters in spans that do not overlap each other (``union``)."""
    return sum(end - start for start, end in spans)


def common(a: Sequence[tuple[int, int]], b: Sequence[tuple[int, int]]) -> int:
    """Number of characters in both of two lists of spans, each as ``union`` gives it."""
    i = j = total = 0
    while i < len(a) and j < len(b):
        total += max(0, min(a[i][1], b[j][1]) - max(a[i][0], b[j][0]))
        if a[i][1] <= b[j][1]:
            i += 1
        else:
            j += 1
    return total


def longest(spans: Iterable[tuple[int, int]]) -> list[Span]:
    """The longest spans that do not overlap (ties: the leftmost), in text order."""
    out: list[Span] = []
    for start, end in sorted(spans, key=lambda s: (s[0] - s[1], s[0])):
        if not any(start < o.end and o.start < end for o in out):
            out.append(Span(start, end))
    return sorted(out)


def index_at(starts: Sequence[int], offset: int) -> int:
    """Index of the last item of sorted ``starts`` that is ≤ ``offset``; -1 if there is none."""
    return bisect_right(starts, offset) - 1


def check(text: str, span: tuple[int, int]) -> Span:
    """The span, if it is in bounds and not empty; ValueError if not."""
    start, end = span
    if not 0 <= start < end <= len(text):
        raise ValueError(f"span [{start}, {end}) is not inside a text of {len(text)} characters")
    return Span(start, end)
