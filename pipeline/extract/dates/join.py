"""Puts neighbouring pieces together: modifiers, joined expressions, ranges and lists."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pipeline.extract.dates.atoms import Atoms
from pipeline.parsed import ParsedText
from pipeline.records import Granularity, TimexType
from pipeline.rules.dates import DateRules
from pipeline.timex import (
    Clock,
    Date,
    Distance,
    Expression,
    Holiday,
    Meaning,
    Nth,
    Part,
    Period,
    Shift,
    Weekday,
    Written,
)

_WIDEST_PREFIX = 6


@dataclass(frozen=True, slots=True)
class Piece:
    """An expression over the atoms ``first`` to ``last`` (inclusive)."""

    first: int
    last: int
    expression: Expression
    rule: str


def kinds(meaning: Meaning) -> frozenset[str]:
    """What a meaning can be joined as."""
    match meaning:
        case Clock(day=None):
            return frozenset({"clock"})
        case Part(day=None):
            return frozenset({"part"})
        case Weekday(within=None):
            return frozenset({"weekday", "day"})
        case Date(year=None, month=int(), day=int()):
            return frozenset({"monthday", "day"})
        case Date(year=None, month=int(), day=None):
            return frozenset({"month"})
        case Date(year=int(), month=None):
            return frozenset({"year"})
        case Date(day=int()) | Written() | Holiday():
            return frozenset({"day"})
        case Period(year=None, within=None):
            return frozenset({"period"})
        case Shift(unit=Granularity.DAY):
            return frozenset({"day"})
        case Shift(unit=Granularity.YEAR):
            return frozenset({"year"})
        case Shift():
            return frozenset({"slot"})
        case Distance(unit=Granularity.DAY | Granularity.WEEK):
            return frozenset({"day"})
        case Nth():
            return frozenset({"day"})
        case _:
            return frozenset()


def _combine(result: str, left: Meaning, right: Meaning) -> Meaning | None:
    """The meaning of two joined pieces; None if they can't be one."""
    match result, left, right:
        case "day", Clock() | Part(), _:
            return replace(left, day=right)
        case "day", _, Clock() | Part():
            return replace(right, day=left)
        case "within", Date() | Period() | Holiday(), _:
            return replace(left, within=right)
        case "within", _, Date() | Period() | Holiday():
            return replace(right, within=left)
        case "weekday", Weekday(number=number), Date():
            return replace(right, weekday=number)
        case _:
            return None


def join(atoms: Atoms, pieces: list[Piece], rules: DateRules) -> list[Piece]:
    """Neighbours that one of the join rules takes for one expression, joined."""
    out: list[Piece] = []
    for piece in pieces:
        out.append(piece)
        while len(out) > 1 and (both := _joined(atoms, out[-2], out[-1], rules)) is not None:
            out[-2:] = [both]
    return out


def _joined(atoms: Atoms, left: Piece, right: Piece, rules: DateRules) -> Piece | None:
    if right.first - left.last > 4:
        return None
    glue = atoms.symbols[left.last + 1 : right.first]
    is_left, is_right = kinds(left.expression.meaning), kinds(right.expression.meaning)
    if not is_left or not is_right:
        return None
    for rule in rules.joins:
        if rule.left in is_left and rule.right in is_right and rule.pattern.fullmatch(glue):
            meaning = _combine(rule.result, left.expression.meaning, right.expression.meaning)
            if meaning is not None:
                timex_type = TimexType.TIME if isinstance(meaning, Clock | Part) else TimexType.DATE
                mod = left.expression.mod or right.expression.mod
                return Piece(left.first, right.last, Expression(timex_type, meaning, mod), rule.id)
    return None


def _counted(atoms: Atoms, piece: Piece, rules: DateRules) -> bool:
    """Whether a piece begins with an amount or a time, so that "about" and "over" can modify it."""
    word = atoms.text[piece.first]
    entry = rules.words.get(word)
    classes = entry.classes.keys() if entry else ()
    if word in ("a", "an", "half") or word[:1].isdigit() or "num" in classes or "scale" in classes:
        return True
    return piece.expression.timex_type is not TimexType.DURATION and isinstance(
        piece.expression.meaning, Date | Clock | Shift
    ) and word not in ("the", "this", "last", "next", "that")


def extend(atoms: Atoms, piece: Piece, rules: DateRules) -> Piece:
    """A piece with the modifiers that stand before and after it."""
    for _ in range(2):
        best: tuple[int, str | None] | None = None
        for rule in rules.before:
            if piece.expression.timex_type.value not in rule.mods:
                continue
            if "counted" in rule.guards and not _counted(atoms, piece, rules):
                continue
            for first in range(max(0, piece.first - _WIDEST_PREFIX), piece.first):
                if rule.pattern.fullmatch(atoms.symbols, first, piece.first):
                    if best is None or first < best[0]:
                        best = (first, rule.mods.get(piece.expression.timex_type.value))
                    break
        if best is None:
            break
        mod = piece.expression.mod or best[1]
        piece = replace(piece, first=best[0], expression=piece.expression.modified(mod))
    for rule in rules.after:
        if piece.expression.timex_type.value in rule.mods:
            match = rule.pattern.match(atoms.symbols, piece.last + 1, piece.last + 5)
            if match:
                mod = rule.mods.get(piece.expression.timex_type.value)
                piece = replace(
                    piece, last=match.end() - 1, expression=piece.expression.modified(piece.expression.mod or mod)
                )
    return piece


def link(atoms: Atoms, pieces: list[Piece], text: ParsedText) -> list[tuple[Piece, str | None]]:
    """Pieces in order, each with the key of its range or None."""
    return [(piece, None) for piece in pieces]
