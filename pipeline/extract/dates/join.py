"""Puts neighbouring pieces together: modifiers, joined expressions, ranges and lists."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.extract.dates.atoms import Atoms
from pipeline.parsed import ParsedText
from pipeline.records import Granularity, TimexType
from pipeline.rules.date_patterns import Shape
from pipeline.rules.dates import DateRules
from pipeline.timex import (
    Clock,
    Date,
    Distance,
    Expression,
    Holiday,
    Length,
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
    meaning = piece.expression.meaning
    if isinstance(meaning, Length) and meaning.amounts[0][1] is Granularity.WEEKEND:
        return False  # "over a weekend" is during it
    entry = rules.words.get(word)
    classes = entry.classes.keys() if entry else ()
    if word in rules.cues["counting"] or word[:1].isdigit() or "num" in classes or "scale" in classes:
        return True
    return (
        piece.expression.timex_type is not TimexType.DURATION
        and isinstance(piece.expression.meaning, Date | Clock | Shift)
        and word not in rules.cues["uncounted"]
    )


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
        mod = piece.expression.mod or _towards(best[1], piece.expression.meaning)
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


_OTHER_WAY = {"BEFORE": "AFTER", "AFTER": "BEFORE"}


def _towards(mod: str | None, meaning: Meaning) -> str | None:
    """A bound the other way round for what is counted forwards: "over two years after" is later than that."""
    if isinstance(meaning, Distance) and meaning.forward and mod is not None:
        return _OTHER_WAY.get(mod, mod)
    return mod


def _glue(word: str, rules: DateRules) -> bool:
    """Whether a word or mark may stand between the members of a range or list."""
    return word in rules.cues["range-glue"] or word in rules.cues["list-glue"]


def link(atoms: Atoms, pieces: list[Piece], text: ParsedText, rules: DateRules) -> list[tuple[Piece, str | None]]:
    """Pieces in order, each with the key of its range or None; a list's key begins with ``&``.

    The shortened end of a range or list becomes a piece of its own and takes the month
    or year of the full one: "3 and 5 March", "March 3-5", "2019-20".
    """
    out: list[Piece] = []
    keys: dict[int, str] = {}
    for piece in pieces:
        parts = _split_years(atoms, piece) or [
            *_shorter_before(atoms, piece, out, rules),
            *_year_after(atoms, [piece, *_shorter_after(atoms, piece, rules)]),
        ]
        for part in parts:
            if out and part.first <= out[-1].last:
                continue
            out.append(part)
        if len(parts) > 1:
            key = f"{text.field}:{parts[0].first}"
            keys.update((p.first, keys.get(parts[0].first, key)) for p in parts)
    for left, right in pairwise(out):
        if left.first in keys and right.first in keys:
            continue
        if _range(atoms, left, right, text, rules):
            joined = atoms.text[right.first - 1] in rules.cues["conjunction"]
            listed = "&" if joined and atoms.text[left.first - 1] not in rules.cues["between"] else ""
            key = keys.get(left.first) or keys.get(right.first) or f"{listed}{text.field}:{left.first}"
            keys[left.first] = keys[right.first] = key
    return [(_share(piece, index, out, keys), keys.get(piece.first)) for index, piece in enumerate(out)]


def _split_years(atoms: Atoms, piece: Piece) -> list[Piece] | None:
    """ "2019-20", "1991-94" as two years."""
    meaning = piece.expression.meaning
    if piece.rule != "date.year-pair" or not isinstance(meaning, Date) or meaning.year is None:
        return None
    first = next(i for i in range(piece.first, piece.last + 1) if atoms.symbols[i] == Shape.YEAR)
    figures = next(atoms.text[i] for i in range(piece.last, first, -1) if atoms.text[i].isdigit())
    second = replace(meaning, year=meaning.year + (int(figures) - meaning.year) % 100)
    return [
        replace(piece, last=first),
        replace(piece, first=piece.last, expression=replace(piece.expression, meaning=second)),
    ]


def _day_number(atoms: Atoms, at: int) -> int | None:
    if not 0 <= at < len(atoms.symbols) or atoms.symbols[at] not in (Shape.DAY, Shape.NTH):
        return None
    figures = atoms.text[at].rstrip("stndrh")
    return int(figures) if figures.isdigit() and 1 <= int(figures) <= 31 else None


def _shorter_before(atoms: Atoms, piece: Piece, done: list[Piece], rules: DateRules) -> list[Piece]:
    """Days before a full date that share its month: the "3" of "3 and 5 March"."""
    meaning = piece.expression.meaning
    if not isinstance(meaning, Date) or meaning.day is None or _day_number(atoms, _figure(atoms, piece)) is None:
        return []
    found: list[Piece] = []
    at = piece.first - 1
    while at > 0 and _glue(atoms.text[at], rules):
        day = _day_number(atoms, at - 1)
        first = at - 1
        if day is None or (done and first <= done[-1].last) or (not found and atoms.text[at] == ","):
            break
        if atoms.text[first - 1] in ("$", "£", "€", "#"):
            break
        part = replace(meaning, day=day, weekday=None)
        found.insert(0, Piece(first, first, piece.expression.with_meaning(part), piece.rule))
        at = first - 1
    if found and atoms.text[found[0].first - 1] not in rules.cues["before-days"] and found[0].last + 1 < piece.first:
        joined = atoms.text[found[-1].last + 1]
        if joined == "," or not _glue(joined, rules):
            return []
    return found


def _figure(atoms: Atoms, piece: Piece) -> int:
    """The first atom of a piece, past an article: where "5 March" has its figure."""
    return piece.first + 1 if atoms.text[piece.first] == "the" else piece.first


def _shorter_after(atoms: Atoms, piece: Piece, rules: DateRules) -> list[Piece]:
    """Days after a full date that share its month: the "5" of "March 3-5"."""
    meaning = piece.expression.meaning
    if not isinstance(meaning, Date) or meaning.day is None or meaning.month is None:
        return []
    if _day_number(atoms, piece.last) is None:
        return []
    found: list[Piece] = []
    at = piece.last + 1
    while at + 1 < len(atoms.symbols) and _glue(atoms.text[at], rules):
        if atoms.text[at] == "," and atoms.text[at + 1] in rules.cues["conjunction"]:
            at += 1
        day = _day_number(atoms, at + 1)
        if day is None or _counts_something(atoms, at + 2, rules):
            break
        if atoms.text[at] == "," and not any(w in rules.cues["list-glue"] for w in atoms.text[at + 2 : at + 3]):
            break
        part = replace(meaning, day=day, weekday=None)
        found.append(Piece(at + 1, at + 1, piece.expression.with_meaning(part), piece.rule))
        at += 2
    return found


def _year_after(atoms: Atoms, pieces: list[Piece]) -> list[Piece]:
    """Days of one month with the year that stands behind the last: "June 12-14, 2019"."""
    last = pieces[-1]
    at = last.last + 1
    if at < len(atoms.text) and atoms.text[at] == ",":
        at += 1
    meaning = last.expression.meaning
    if len(pieces) < 2 or at >= len(atoms.symbols) or atoms.symbols[at] != Shape.YEAR:
        return pieces
    if not isinstance(meaning, Date) or meaning.year is not None:
        return pieces
    year = int(atoms.text[at])
    dated = [
        replace(p, expression=p.expression.with_meaning(replace(p.expression.meaning, year=year)))
        for p in pieces
        if isinstance(p.expression.meaning, Date)
    ]
    return [*dated[:-1], replace(dated[-1], last=at)]


def _counts_something(atoms: Atoms, at: int, rules: DateRules) -> bool:
    """Whether a word follows that the number before it may count ("March 3 and 5 people")."""
    if at >= len(atoms.symbols):
        return False
    word = atoms.text[at]
    return (word[:1].isalpha() and word not in rules.cues["after-days"]) or word in ("%", ":", ".5")


def _range(atoms: Atoms, left: Piece, right: Piece, text: ParsedText, rules: DateRules) -> bool:
    """Whether two pieces are the ends of one range or members of one list."""
    between = atoms.text[left.last + 1 : right.first]
    before = atoms.text[left.first - 1] if left.first else ""
    framed = before in rules.cues["framing"]
    if not 1 <= len(between) <= 2 or not _alike(left.expression, right.expression, framed=framed):
        return False
    if between[-1] in rules.cues["range-filler"]:
        between = between[:-1]
    if len(between) != 1:
        return False
    glue = between[0]
    of_one_kind = type(left.expression.meaning) is type(right.expression.meaning)
    if not of_one_kind and glue in rules.cues["loose-glue"] and not framed:
        return False  # "a revision Friday to December's figures"
    if glue in rules.cues["range-glue"]:
        return glue != "/"
    return glue in rules.cues["conjunction"] and (
        before in rules.cues["between"] or text.sent[atoms.token[left.first]] == text.sent[atoms.token[right.first]]
    )


def _alike(one: Expression, other: Expression, *, framed: bool) -> bool:
    if one.timex_type is not other.timex_type or one.timex_type not in (TimexType.DATE, TimexType.TIME):
        return False
    points = _FRAMED if framed else _POINTS
    return isinstance(one.meaning, points) and isinstance(other.meaning, points)


_POINTS = (Date, Weekday, Period, Clock, Part, Written, Holiday)
_FRAMED = (*_POINTS, Shift, Distance, Nth)  # "from 2010 until last year"


def _share(piece: Piece, index: int, pieces: list[Piece], keys: dict[int, str]) -> Piece:
    """A range's first end with the year that only the last one tells ("from March to June 1999")."""
    key = keys.get(piece.first)
    meaning = piece.expression.meaning
    if key is not None and isinstance(meaning, Clock | Part) and meaning.day is None:
        for other in pieces[index + 1 : index + 3]:
            later = other.expression.meaning
            if keys.get(other.first) == key and isinstance(later, Clock | Part) and later.day is not None:
                return replace(piece, expression=piece.expression.with_meaning(replace(meaning, day=later.day)))
    if key is None or not isinstance(meaning, Date | Period) or meaning.year is not None or meaning.within is not None:
        return piece
    for other in pieces[index + 1 : index + 4]:
        if keys.get(other.first) != key:
            break
        later = other.expression.meaning
        if isinstance(later, Date | Period) and later.year is not None:
            if isinstance(meaning, Date) and isinstance(later, Date):
                if meaning.month is None or later.month is None:
                    break
                wraps = (meaning.month, meaning.day or 1) > (later.month, later.day or 31)
                year = later.year - 1 if wraps else later.year
            else:
                year = later.year
            return replace(piece, expression=piece.expression.with_meaning(replace(meaning, year=year)))
    return piece
