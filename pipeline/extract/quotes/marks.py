"""Quotation marks as a structure of the page.

Reads characters alone, no parse. Every paragraph is read by itself, so that an
unbalanced mark costs at most the quotations of its own paragraph; a quotation that
stays open at a paragraph's end goes on if the next one opens with a mark of the same
family, as a statement over several paragraphs is printed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.rules.quotes import MarkRules
from pipeline.spans import Span, index_at, trim

_BEFORE_OPEN = frozenset("([{<—–-_/:;,…*|")  # besides white space and the text's start
_LOOK = 60  # marks read ahead to see whether a quotation inside a quotation is closed
_SENTENCE_END = re.compile(r"[.!?…]['\"”’)\]]*\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A stretch in quotation marks.

    ``parts`` are its inner spans, the marks left out, one a paragraph; ``outer`` runs
    from the first mark to the last, marks included. ``depth`` counts the quotations
    around it, ``level`` is that of its marks (``outer`` or ``inner``), ``repaired``
    says that one of the two marks is missing.
    """

    parts: tuple[Span, ...]
    outer: Span
    depth: int
    level: str
    repaired: bool = False

    @property
    def inner(self) -> Span:
        """From the first character inside the marks to the last."""
        return Span(self.parts[0].start, self.parts[-1].end)


@dataclass(slots=True)
class _Mark:
    start: int
    end: int
    family: str
    level: str
    opens: bool
    closes: bool


@dataclass(slots=True)
class _Open:
    mark: _Mark
    depth: int


@dataclass(slots=True)
class _Found:
    inner: Span
    outer: Span
    depth: int
    level: str
    repaired: bool
    family: str
    dangling: bool = False  # still open at the paragraph's end
    leads: bool = False  # its mark is the paragraph's first character


def read_marks(text: str, paragraphs: Sequence[Span], rules: MarkRules) -> list[Quotation]:
    """All quotations of a text, by start (an outer one before those inside it).

    ``paragraphs`` are spans of the text in order. Offsets are code points. Every
    span lies inside the text and is not empty; parts of one quotation are in order
    and do not overlap. Raises nothing, whatever the marks.
    """
    found: list[_Found] = []
    chains: list[list[_Found]] = []
    pending: list[_Found] | None = None
    for paragraph in paragraphs:
        here = _paragraph(text, paragraph, rules)
        if not here and not text[paragraph.start : paragraph.end].strip():
            continue
        lead = here[0] if here and here[0].leads else None
        if pending is not None and lead is not None and lead.family == pending[-1].family:
            pending.append(lead)
            here = here[1:]
            if not lead.dangling:
                pending = None
        else:
            pending = None
        for item in here:
            chain = [item]
            chains.append(chain)
            if item.dangling:
                pending = chain
        found.extend(here)
    out: list[Quotation] = []
    for chain in chains:
        last = chain[-1]
        # a quotation that never closes and has no next paragraph is trusted only as a whole paragraph
        if last.dangling and len(chain) == 1 and not chain[0].leads:
            continue
        parts = tuple(s for s in (trim(text, item.inner) for item in chain) if s.end > s.start)
        if parts:
            repaired = any(item.repaired for item in chain) or last.dangling
            out.append(
                Quotation(parts, Span(chain[0].outer.start, last.outer.end), chain[0].depth, last.level, repaired)
            )
    out.sort(key=lambda q: (q.outer.start, -q.outer.end))
    return out


def _paragraph(text: str, paragraph: Span, rules: MarkRules) -> list[_Found]:
    marks = _marks(text, paragraph, rules)
    if not marks:
        return []
    out: list[_Found] = []
    stack: list[_Open] = []
    pending: Counter[str] = Counter()  # marks on the stack, by family

    def cut(position: int) -> None:
        for opened in stack[position:]:
            pending[opened.mark.family] -= 1
        del stack[position:]

    first = trim(text, paragraph).start
    for number, mark in enumerate(marks):
        position = -1
        if pending[mark.family]:
            position = next(k for k in range(len(stack) - 1, -1, -1) if stack[k].mark.family == mark.family)
        opens, closes = mark.opens, mark.closes
        if opens and closes:
            opens, closes = (False, True) if position >= 0 else (True, False)
        if closes and position < 0:
            if mark.level == "outer" and not mark.opens and not stack:
                _recover_start(text, paragraph, mark, out)
            continue
        if opens and position >= 0 and mark.level == "outer" and not _closes_twice(marks, number, mark.family):
            # a second opening mark with no second closing one: the first lost its partner
            cut(position)
            position = -1
        if opens:
            stack.append(_Open(mark, len(stack)))
            pending[mark.family] += 1
        elif closes:
            opened = stack[position]
            out.append(_pair(opened, mark, first))
            cut(position)
    for opened in stack:
        if opened.mark.level == "outer":
            item = _pair(opened, _Mark(paragraph.end, paragraph.end, opened.mark.family, "outer", False, True), first)
            item.dangling = item.repaired = True
            out.append(item)
            break
    out.sort(key=lambda f: (f.outer.start, -f.outer.end))
    return [f for f in out if f.inner.end > f.inner.start]


def _pair(opened: _Open, closing: _Mark, first: int) -> _Found:
    mark = opened.mark
    inner, outer = Span(mark.end, closing.start), Span(mark.start, closing.end)
    return _Found(inner, outer, opened.depth, mark.level, False, mark.family, leads=mark.start == first)


def _closes_twice(marks: list[_Mark], number: int, family: str) -> bool:
    """Whether, from mark ``number`` on, closing marks follow for it and for one around it."""
    balance = 1
    for mark in marks[number : number + _LOOK]:
        if mark.family == family:
            if mark.opens and not mark.closes:
                balance += 1
            elif mark.closes and not mark.opens:
                balance -= 1
                if balance == 0:
                    return True
            else:
                return False
    return False


def _recover_start(text: str, paragraph: Span, mark: _Mark, found: list[_Found]) -> None:
    """A closing mark alone: the quotation starts with its sentence, if that opens the paragraph."""
    start = paragraph.start
    if found or mark.start == start or text[mark.start - 1] not in ",.!?":
        return
    if _SENTENCE_END.search(text, start, mark.start):
        return
    inner = Span(start, mark.start)
    found.append(_Found(inner, Span(start, mark.end), 0, mark.level, True, mark.family))


def _marks(text: str, paragraph: Span, rules: MarkRules) -> list[_Mark]:
    out: list[_Mark] = []
    singles = 0
    closers = _closers(text, paragraph, rules)
    for match in rules.pattern.finditer(text, paragraph.start, paragraph.end):
        start, end = match.span()
        kind = rules.kinds[match.group()]
        before = text[start - 1] if start > paragraph.start else " "
        after = text[end] if end < paragraph.end else " "
        opens, closes = kind.opens, kind.closes
        if kind.level == "inner":
            if kind.closes and before.isalnum() and after.isalnum():
                continue  # an apostrophe inside a word
            if kind.opens and kind.closes:
                opens, closes = _side(before, after)
            if opens and not closes and kind.closes and rules.elision.match(text, end):
                continue
            if opens and not after.isalnum() and after not in '([…“"':
                opens = False
            if closes and (before.isspace() or not singles):
                closes = False
            if not opens and not closes:
                continue
            if opens:
                if index_at(closers, end - 1) == len(closers) - 1:
                    continue
                singles += 1
            elif _possessive(text, Span(start, end), paragraph.end, index_at(closers, end - 1) < len(closers) - 1):
                continue
            else:
                singles = 0
        elif kind.opens and kind.closes:
            opens, closes = _side(before, after)
        elif kind.opens and not before.isspace() and before not in _BEFORE_OPEN and not after.isalnum():
            opens, closes = False, True  # the wrong one of the pair was typed
        elif kind.closes and before.isspace() and after.isalnum():
            opens, closes = True, False
        out.append(_Mark(start, end, kind.family, kind.level, opens, closes))
    return out


def _side(before: str, after: str) -> tuple[bool, bool]:
    """What a mark can do that looks the same on both sides, by its neighbours."""
    can_open = before.isspace() or before in _BEFORE_OPEN or before in "“‘«"
    can_close = not before.isspace() and before not in "([{"
    if after.isspace():
        can_open = False
        can_close = True if before.isspace() is False else can_close
    elif after.isalnum() and can_open:
        can_close = can_close and before in "—–-…,"
    if not can_open and not can_close:
        return True, True
    return can_open, can_close


def _closers(text: str, paragraph: Span, rules: MarkRules) -> list[int]:
    """Where single marks stand that can close: after a word or stop, and not inside a word."""
    out: list[int] = []
    for match in rules.pattern.finditer(text, paragraph.start, paragraph.end):
        kind = rules.kinds[match.group()]
        if kind.level != "inner" or not kind.closes or match.start() == paragraph.start:
            continue
        after = text[match.end()] if match.end() < paragraph.end else " "
        if not text[match.start() - 1].isspace() and not after.isalnum():
            out.append(match.start())
    return out


def _possessive(text: str, mark: Span, stop: int, closed_later: bool) -> bool:
    """A plural's apostrophe ("the workers' rights"), when a better closing mark follows."""
    if text[mark.start - 1] != "s" or not text[mark.end : mark.end + 1].isspace():
        return False
    at = mark.end
    while at < stop and text[at].isspace():
        at += 1
    return closed_later and text[at : at + 1].islower()
