"""Runs the compiled rules over a text's atoms: which rule fits where, longest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from pipeline.extract.dates.atoms import BREAK, Atoms
from pipeline.rules.date_patterns import Shape
from pipeline.rules.dates import DateRule, DateRules

REACH = 9  # atoms before a content word at which an expression may begin
LIMIT = 24  # the most atoms of one expression: keeps every match short, whatever the text
_BORDERS = (Shape.OTHER, BREAK)  # over which none runs


class Found(NamedTuple):
    """A rule that fits the atoms ``first`` to ``last`` (inclusive), and its captures as atom ranges."""

    rule: DateRule
    first: int
    last: int
    captures: dict[str, tuple[int, int]]


def candidates(atoms: Atoms, rules: DateRules, accept: Callable[[Found], bool]) -> Iterator[Found]:
    """Fitting core and veto rules, left to right, without overlap.

    At each place the longest match that ``accept`` lets pass wins, of equal ones the
    rule that stands first in its file; then the search goes on behind it.
    """
    symbols = atoms.symbols
    content = rules.content
    by_first = rules.by_first
    done = 0
    for at, symbol in enumerate(symbols):
        if symbol not in content or at < done:
            continue
        begin = at
        while begin > done and begin > at - REACH and symbols[begin - 1] not in _BORDERS:
            begin -= 1
        while begin <= at:
            best = _best(symbols, begin, by_first.get(symbols[begin], ()), at, accept)
            if best is None:
                begin += 1
                continue
            yield best
            done = begin = best.last + 1


def _best(
    symbols: str, at: int, rules: tuple[DateRule, ...], content: int, accept: Callable[[Found], bool]
) -> Found | None:
    best: Found | None = None
    reached = content  # a match must hold the content word it was tried for
    for rule in rules:
        match = rule.pattern.match(symbols, at, at + LIMIT)
        if match is None or match.end() <= reached:
            continue
        groups = {
            name.partition("__")[0]: match.span(name) for name in rule.pattern.groupindex if match.start(name) >= 0
        }
        found = Found(rule, at, match.end() - 1, groups)
        if accept(found):
            best, reached = found, match.end()
    return best
