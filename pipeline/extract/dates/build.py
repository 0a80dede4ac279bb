"""From a rule's meaning, as its file writes it, and what it captured to a meaning of the algebra."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipeline.extract.dates.numbers import number, spoken_year, two_digit_year, whole
from pipeline.records import Granularity, TimexType
from pipeline.rules.dates import DateRules
from pipeline.timex import (
    Base,
    Century,
    Clock,
    Date,
    Decade,
    Distance,
    Happening,
    Holiday,
    Impossible,
    Length,
    Meaning,
    Nth,
    Part,
    Period,
    Ref,
    Repeat,
    Shift,
    Weekday,
    Which,
    Written,
    clock_value,
    make_date,
)

LEAP = 2024  # a year in which every day of a month exists


class Builder:
    """Builds one meaning. ``words`` are the atoms of each capture, in lower case."""

    def __init__(self, words: Mapping[str, Sequence[str]], rules: DateRules) -> None:
        self.words = words
        self.rules = rules

    def build(self, node: Mapping[str, Any]) -> Meaning:
        """The meaning of a tree. Impossible if its words name nothing in the calendar."""
        return MAKERS[node["is"]](self, node)

    # ---------------------------------------------------------------- captures

    def got(self, node: Mapping[str, Any], key: str) -> Sequence[str] | None:
        """The captured words, or the literal, under a key; None if it is absent."""
        value = node.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.startswith("$"):
            return self.words.get(value[1:])
        return (str(value),)

    def lookup(self, node: Mapping[str, Any], key: str, kind: str) -> str | None:
        """The value that the captured word has in a class, or the literal."""
        words = self.got(node, key)
        if words is None:
            return None
        for word in words:
            entry = self.rules.words.get(word)
            if entry is not None and kind in entry.classes:
                return entry.classes[kind]
        return words[0] if not str(node[key]).startswith("$") else None

    def unit(self, node: Mapping[str, Any], key: str = "unit") -> Granularity:
        """The unit that the word under a key names. Impossible if it names none."""
        name = self.lookup(node, key, "unit") or self.lookup(node, key, "setunit")
        if name is None:
            raise Impossible("no unit")
        return Granularity(name)

    def whole(self, node: Mapping[str, Any], key: str, kind: str = "") -> int | None:
        """A whole number: figures, the value of a word in a class, or a number in words; None if absent."""
        words = self.got(node, key)
        if words is None:
            return None
        if len(words) == 1 and words[0].lstrip("-").isdigit() and words[0].isascii() and len(words[0]) < 7:
            return int(words[0])
        for word in words:
            entry = self.rules.words.get(word)
            if entry is None:
                continue
            for name in (kind, kind + "s", kind + "abbr", "lastnum") if kind else ():
                if name in entry.classes:
                    return int(entry.classes[name])
        return whole(words, self.rules)

    def year(self, node: Mapping[str, Any], key: str = "year") -> int | None:
        """A year in figures, shortened to two, or spoken; None if absent."""
        words = self.got(node, key)
        if words is None:
            return None
        plain = [w for w in words if w not in ("'", "’", "‘", "`", "fy", "-")]
        if len(plain) == 1 and plain[0].startswith("fy"):
            plain = [plain[0][2:]]
        if len(plain) == 1 and plain[0].isdigit() and len(plain[0]) == 2:
            return two_digit_year(int(plain[0]))
        return spoken_year(plain, self.rules)

    def which(self, node: Mapping[str, Any]) -> Which:
        """last, this, next …, as the captured word says; BARE if there is none."""
        return Which(self.lookup(node, "which", "which") or "")

    def base(self, node: Mapping[str, Any], default: Base = Base.NOW) -> Base:
        """What the meaning counts from."""
        return Base(self.lookup(node, "base", "base") or default)

    def child(self, node: Mapping[str, Any], key: str) -> Meaning | None:
        """The meaning of a subtree; None if there is none."""
        value = node.get(key)
        return self.build(value) if isinstance(value, Mapping) else None

    def count(self, node: Mapping[str, Any], key: str = "count") -> float | None:
        """An amount; 1 where no word gives one, None where it is vague."""
        words = self.got(node, key)
        return 1.0 if words is None else number(words, self.rules)


def _date(b: Builder, node: Mapping[str, Any]) -> Meaning:
    year, month, day = b.year(node), b.whole(node, "month", "month"), b.whole(node, "day", "ord")
    if day is not None and month is not None:
        make_date(LEAP if year is None else year, month, day)
    elif (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        raise Impossible("no such month or day")
    if year is not None and not 1 <= year <= 9998:
        raise Impossible(f"year {year}")
    weekday = b.whole(node, "weekday", "weekday")
    return Date(year, month, day, b.which(node), b.child(node, "within"), weekday)


def _written(b: Builder, node: Mapping[str, Any]) -> Meaning:
    return Written(" ".join(b.got(node, "text") or ()), b.lookup(node, "order", "order") or "")


def _period(b: Builder, node: Mapping[str, Any]) -> Meaning:
    unit = b.unit(node)
    words = b.got(node, "number")
    if words and len(words) == 1 and words[0][:1] == "q" and words[0][1:].isdigit():
        number_: int | None = int(words[0][1:])
    else:
        number_ = b.whole(node, "number", "season" if unit is Granularity.SEASON else "ord")
    limit = 2 if unit is Granularity.HALF else 4
    if number_ is None or not (1 <= number_ <= limit or number_ == -1):
        raise Impossible(f"no {unit} of number {number_}")
    return Period(unit, limit if number_ == -1 else number_, b.year(node), b.which(node), b.child(node, "within"))


def _decade(b: Builder, node: Mapping[str, Any]) -> Meaning:
    words = b.got(node, "first") or ()
    value = "".join(w for w in words if w[:1].isdigit()).rstrip("s")
    if value.isdigit() and len(value) in (2, 4):
        return Decade(int(value))
    tens = b.lookup(node, "first", "tens")
    if tens is None:
        raise Impossible("no decade")
    century = b.lookup(node, "century", "num")
    return Decade(int(tens) + (int(float(century)) * 100 if century else 0))


def _century(b: Builder, node: Mapping[str, Any]) -> Meaning:
    number_ = b.whole(node, "number")
    if number_ is None or not 1 <= number_ <= 30:
        raise Impossible("no century")
    return Century(number_)


def _weekday(b: Builder, node: Mapping[str, Any]) -> Meaning:
    number_ = b.whole(node, "number", "weekday")
    if number_ is None:
        raise Impossible("no weekday")
    side = b.lookup(node, "side", "forward")
    return Weekday(number_, b.which(node), b.child(node, "within"), 0 if side is None else 1 if side == "1" else -1)


def _holiday(b: Builder, node: Mapping[str, Any]) -> Meaning:
    name = b.rules.phrases[" ".join(b.got(node, "name") or ())]
    return Holiday(name, b.year(node), b.which(node), b.child(node, "within"))


def _shift(b: Builder, node: Mapping[str, Any]) -> Meaning:
    by = b.lookup(node, "by", "shift")
    return Shift(b.unit(node), int(by or 0), b.base(node), b.year(node))


def _distance(b: Builder, node: Mapping[str, Any]) -> Meaning:
    forward = b.lookup(node, "forward", "forward") in ("1", "True", "true")
    rest = None
    if b.got(node, "rest") is not None:
        more = number(b.got(node, "rest") or (), b.rules)
        rest = (more or 1.0, b.unit(node, "rest_unit"))
    like = b.lookup(node, "like", "unit")
    return Distance(
        b.count(node),
        b.unit(node),
        forward,
        b.base(node),
        b.child(node, "of"),
        rest,
        bool(node.get("keep")),
        Granularity(like) if like is not None else None,
    )


def _nth(b: Builder, node: Mapping[str, Any]) -> Meaning:
    within = b.child(node, "within")
    number_ = b.whole(node, "number", "ord")
    if within is None or number_ is None:
        raise Impossible("nth of nothing")
    weekday = b.whole(node, "weekday", "weekday")
    return Nth(number_, Granularity.DAY if weekday else b.unit(node), within, weekday)


def _part(b: Builder, node: Mapping[str, Any]) -> Meaning:
    return Part(b.lookup(node, "part", "part") or "", b.child(node, "day"), b.base(node, Base.EITHER))


def _zone(b: Builder, node: Mapping[str, Any]) -> str:
    return next((b.rules.zones[word] for word in b.got(node, "zone") or () if word in b.rules.zones), "")


def _clock(b: Builder, node: Mapping[str, Any]) -> Meaning:
    words = b.got(node, "hour") or ()
    named = b.lookup(node, "hour", "noonword")
    if named is not None and named.isdigit() and words and not words[0].isdigit():
        return Clock(int(named), zone=_zone(b, node), day=b.child(node, "day"))
    figures = words[0].replace(".", ":").split(":") if words else [""]
    if words and len(words[0]) == 4 and words[0].isdigit():
        figures = [words[0][:2], words[0][2:]]
    if all(f.isdigit() and len(f) <= 2 for f in figures):
        hour = int(figures[0])
    else:
        hour = whole(words, b.rules)
        figures = [str(hour)]
    minute = int(figures[1]) if len(figures) > 1 else b.whole(node, "minute")
    second = int(figures[2]) if len(figures) > 2 else None
    half = b.lookup(node, "half", "half") or b.lookup(node, "half", "halfday")
    if half:
        if not 1 <= hour <= 12:
            raise Impossible("no hour of twelve")
        hour = hour % 12 + (12 if half == "pm" else 0)
    zone = _zone(b, node)
    clock_value(hour, minute, second, zone)
    return Clock(hour, minute, second, zone, b.child(node, "day"))


def _length(b: Builder, node: Mapping[str, Any]) -> Meaning:
    amounts = [(b.count(node), b.unit(node))]
    if b.got(node, "rest") is not None:
        amounts.append((b.count(node, "rest"), b.unit(node, "rest_unit")))
    return Length(tuple(amounts), int(node.get("reach", 0)))


def _repeat(b: Builder, node: Mapping[str, Any]) -> Meaning:
    of = b.child(node, "of")
    if of is not None:
        return Repeat(of=of)
    count = b.count(node) or 1.0
    return Repeat(b.unit(node), max(1, int(count)))


def _ref(_: Builder, node: Mapping[str, Any]) -> Meaning:
    return Ref(str(node["value"]))


def _happening(b: Builder, node: Mapping[str, Any]) -> Meaning:
    if b.got(node, "month") is not None:
        month_day = f"{b.whole(node, 'month', 'month') or 0:02d}-{b.whole(node, 'day') or 0:02d}"
        name = next((row.id for row in b.rules.events.values() if row.month_day == month_day), None)
        if name is None:
            raise Impossible("no event is called by this day")
        return Happening(name, by_day=True)
    name = b.rules.phrases[" ".join(b.got(node, "name") or ())]
    return Happening(name, b.whole(node, "years", "ord") or 0, int(node.get("edge", 0)))


MAKERS: Mapping[str, Callable[[Builder, Mapping[str, Any]], Meaning]] = {
    "date": _date,
    "written": _written,
    "period": _period,
    "decade": _decade,
    "century": _century,
    "weekday": _weekday,
    "holiday": _holiday,
    "shift": _shift,
    "distance": _distance,
    "nth": _nth,
    "part": _part,
    "clock": _clock,
    "length": _length,
    "repeat": _repeat,
    "ref": _ref,
    "event": _happening,
}


def expression_type(meaning: Meaning, declared: TimexType) -> TimexType:
    """The rule's type, but TIME for a clock or part of a day, DURATION for "a few days later"."""
    if isinstance(meaning, Distance) and meaning.count is None and meaning.base is Base.FOCUS:
        return TimexType.DURATION
    return TimexType.TIME if isinstance(meaning, Part | Clock) and declared is TimexType.DATE else declared
