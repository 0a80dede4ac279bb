"""The algebra of dates: calendar periods, the meanings of expressions, TIMEX3 values.

A *slot* is one period of the calendar: a day, a week, the third quarter of 1998. It
knows its TIMEX3 value and its first and last day, and can be moved.

A *meaning* is what the words of an expression say, before it is known what they are
said relative to: "last Friday" is ``Weekday(5, Which.LAST)`` whatever the day. Meanings
hold no calendar arithmetic; turning one into a slot needs an anchor and is the work of
``pipeline.resolve.dates``.

Values follow TimeML's TIMEX3 (ISO 8601 with TimeML's additions: ``SP``, ``Q1``,
``TMO``, ``WE``, ``PXD``, ``PRESENT_REF``).
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from pipeline.records import Granularity as Unit
from pipeline.records import TimexType

MIN_YEAR, MAX_YEAR = 1, 9998  # a slot's end and its neighbours must be dates too
SEASONS = ("SP", "SU", "FA", "WI")
_SEASON_MONTH = (3, 6, 9, 12)
_MONTHS = {Unit.MONTH: 1, Unit.QUARTER: 3, Unit.SEASON: 3, Unit.HALF: 6}
_YEARS = {Unit.YEAR: 1, Unit.DECADE: 10, Unit.CENTURY: 100}
_DAYS = {Unit.DAY: 1, Unit.WEEK: 7, Unit.WEEKEND: 7}
_LETTER = {
    Unit.SECOND: "TS",
    Unit.MINUTE: "TM",
    Unit.HOUR: "TH",
    Unit.DAY: "D",
    Unit.WEEKEND: "WE",
    Unit.WEEK: "W",
    Unit.MONTH: "M",
    Unit.QUARTER: "Q",
    Unit.YEAR: "Y",
    Unit.DECADE: "E",
    Unit.CENTURY: "C",
}
_ORDER = (
    *(Unit.SECOND, Unit.MINUTE, Unit.HOUR, Unit.PART_OF_DAY, Unit.DAY, Unit.WEEKEND, Unit.WEEK, Unit.MONTH),
    *(Unit.QUARTER, Unit.SEASON, Unit.HALF, Unit.YEAR, Unit.DECADE, Unit.CENTURY, Unit.OTHER),
)
_RANK = {unit: rank for rank, unit in enumerate(_ORDER)}


class Impossible(ValueError):
    """Words that name no day of the calendar (31 February, month 13, year 0)."""


def finer(one: Unit, other: Unit) -> bool:
    """Whether ``one`` is a smaller unit than ``other``."""
    return _RANK[one] < _RANK[other]


def make_date(year: int, month: int, day: int) -> date:
    """A day. Impossible if the calendar has none such."""
    if not (MIN_YEAR <= year <= MAX_YEAR and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]):
        raise Impossible(f"{year}-{month}-{day}")
    return date(year, month, day)


def _add_months(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    return make_date(index // 12, index % 12 + 1, 1)


# ------------------------------------------------------------------------ slots


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """One period of the calendar: its unit and first day."""

    start: date
    unit: Unit

    @staticmethod
    def at(unit: Unit, day: date) -> Slot:
        """The slot of a unit that holds a day. Impossible for units below a day."""
        if unit is Unit.DAY:
            return Slot(day, unit)
        if unit is Unit.WEEK:
            back = day.weekday()
        elif unit is Unit.WEEKEND:
            back = day.weekday() - 5  # a weekday belongs to the weekend that ends its week
        elif unit in _YEARS:
            size = _YEARS[unit]
            return Slot(make_date(max(day.year - day.year % size, 1), 1, 1), unit)
        elif unit is Unit.SEASON:
            return Slot(_add_months(date(day.year, day.month, 1), -(day.month % 3)), unit)
        elif unit in _MONTHS:
            size = _MONTHS[unit]
            return Slot(date(day.year, (day.month - 1) // size * size + 1, 1), unit)
        else:
            raise Impossible(f"no slot of unit {unit}")
        try:
            return Slot(day - timedelta(back), unit)
        except OverflowError as error:
            raise Impossible("out of the calendar") from error

    def shift(self, by: int) -> Slot:
        """The slot ``by`` units later. Impossible out of the calendar's bounds."""
        try:
            if self.unit in _DAYS:
                start = self.start + timedelta(by * _DAYS[self.unit])
            elif self.unit in _MONTHS:
                start = _add_months(self.start, by * _MONTHS[self.unit])
            else:
                start = make_date(self.start.year + by * _YEARS[self.unit], 1, 1)
        except OverflowError as error:
            raise Impossible("out of the calendar") from error
        if not MIN_YEAR <= start.year <= MAX_YEAR:
            raise Impossible("out of the calendar")
        return Slot(start, self.unit)

    @property
    def end(self) -> date:
        """Last day, inclusive."""
        if self.unit is Unit.DAY:
            return self.start
        if self.unit is Unit.WEEKEND:
            return self.start + timedelta(1)
        if self.unit is Unit.WEEK:
            return self.start + timedelta(6)
        months = _MONTHS.get(self.unit) or 12 * _YEARS[self.unit]
        index = self.start.year * 12 + self.start.month - 1 + months - 1
        year, month = index // 12, index % 12 + 1
        if year > MAX_YEAR:
            return date(MAX_YEAR, 12, 31)
        return date(year, month, monthrange(year, month)[1])

    def __contains__(self, day: object) -> bool:
        """Whether a day lies in the slot."""
        return isinstance(day, date) and self.start <= day <= self.end

    @property
    def value(self) -> str:
        """The TIMEX3 value."""
        year, month = self.start.year, self.start.month
        match self.unit:
            case Unit.DAY:
                return self.start.isoformat()
            case Unit.WEEK | Unit.WEEKEND:
                iso_year, week, _ = self.start.isocalendar()
                return f"{iso_year:04d}-W{week:02d}" + ("-WE" if self.unit is Unit.WEEKEND else "")
            case Unit.MONTH:
                return f"{year:04d}-{month:02d}"
            case Unit.QUARTER:
                return f"{year:04d}-Q{(month + 2) // 3}"
            case Unit.HALF:
                return f"{year:04d}-H{1 if month < 7 else 2}"
            case Unit.SEASON:
                return f"{year:04d}-{SEASONS[month // 3 - 1]}"
            case Unit.DECADE:
                return f"{year:04d}"[:3]
            case Unit.CENTURY:
                return f"{year:04d}"[:2]
            case _:
                return f"{year:04d}"


def named_slot(unit: Unit, number: int, year: int) -> Slot:
    """The month, quarter, half or season (1 spring … 4 winter) of a year. Impossible if there is none."""
    if unit is Unit.SEASON:
        if not 1 <= number <= 4:
            raise Impossible(f"season {number}")
        return Slot(make_date(year, _SEASON_MONTH[number - 1], 1), unit)
    return Slot(make_date(year, (number - 1) * _MONTHS[unit] + 1, 1), unit)


def number_in_year(slot: Slot) -> int:
    """A month's, quarter's, half's or season's number in its year, as ``named_slot`` takes it."""
    month = slot.start.month
    return month // 3 if slot.unit is Unit.SEASON else (month - 1) // _MONTHS[slot.unit] + 1


def move(day: date, unit: Unit, count: int) -> date:
    """The day ``count`` units from ``day``; the month's last day where there is none such. Impossible out of bounds."""
    try:
        if unit in _DAYS:
            return day + timedelta(count * _DAYS[unit])
    except OverflowError as error:
        raise Impossible("out of the calendar") from error
    if unit in (Unit.SECOND, Unit.MINUTE, Unit.HOUR, Unit.PART_OF_DAY, Unit.OTHER):
        return day
    months = count * (_MONTHS.get(unit) or 12 * _YEARS[unit])
    first = _add_months(date(day.year, day.month, 1), months)
    return date(first.year, first.month, min(day.day, monthrange(first.year, first.month)[1]))


# --------------------------------------------------------------------- meanings


class Which(StrEnum):
    """Which of the periods of one name, or which neighbour of the anchor's, is meant."""

    BARE = ""
    LAST = "last"
    THIS = "this"
    NEXT = "next"
    PREVIOUS = "previous"
    SAME = "same"
    FOLLOWING = "following"


class Base(StrEnum):
    """What a relative meaning counts from.

    ``NOW``: the time of speaking (document, heading or quote). ``FOCUS``: the time the
    narration has reached. ``EITHER``: the definite article's: the focus if it has that
    unit, else now. ``TOLD``: the focus in a plain past tense, else now ("the next year").
    """

    NOW = "now"
    FOCUS = "focus"
    EITHER = "either"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Date:
    """A year, month or day; without year a partial one that its anchor completes."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    which: Which = Which.BARE
    within: Meaning | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A date in figures or in full that a general parser reads; ``order`` DMY or MDY where the text gives it."""

    text: str
    order: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """A named part of a year: quarter, half, season, by its number."""

    unit: Unit
    number: int
    year: int | None = None
    which: Which = Which.BARE
    within: Meaning | None = None


@dataclass(frozen=True, slots=True)
class Decade:
    """A decade by its first year (two digits: of the century that the anchor gives)."""

    first: int


@dataclass(frozen=True, slots=True)
class Century:
    """A century by its number: the 20th has years 1900 to 1999, as TIMEX3 counts."""

    number: int


@dataclass(frozen=True, slots=True)
class Weekday:
    """A day of the week, 1 Monday to 7 Sunday.

    ``within`` is the week it lies in or, with ``side`` -1 or 1, the day it comes before or after.
    """

    number: int
    which: Which = Which.BARE
    within: Meaning | None = None
    side: int = 0


@dataclass(frozen=True, slots=True)
class Holiday:
    """A holiday or fixed observance, by its id in the table of holidays."""

    name: str
    year: int | None = None
    which: Which = Which.BARE
    within: Meaning | None = None


@dataclass(frozen=True, slots=True)
class Shift:
    """The unit that holds the anchor, moved: today, last week, that year, the following month.

    ``year``: the slot of the same name in that year ("the 1988 quarter").
    """

    unit: Unit
    by: int = 0
    base: Base = Base.NOW
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Distance:
    """So many units before or after the anchor: three weeks ago, a day earlier, two years later.

    ``count`` None is an unknown number ("years ago"). ``of`` is what it counts from
    where the words say ("two days before the election"). ``keep``: of the size of the
    period told before ("the same period a year earlier"), of the unit ``like`` if the
    words name one ("the year-ago quarter").
    """

    count: float | None
    unit: Unit
    forward: bool
    base: Base = Base.NOW
    of: Meaning | None = None
    rest: tuple[float, Unit] | None = None
    keep: bool = False
    like: Unit | None = None


@dataclass(frozen=True, slots=True)
class Nth:
    """The nth unit or weekday of a larger period (-1: the last): the first week of March."""

    number: int
    unit: Unit
    within: Meaning
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the day (MO, MI, AF, EV, NI, DT) of a day; without ``day`` the anchor's."""

    part: str
    day: Meaning | None = None
    base: Base = Base.EITHER


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day; without ``day`` the anchor's. ``zone`` is Z, an offset, or a letter name."""

    hour: int
    minute: int | None = None
    second: int | None = None
    zone: str = ""
    day: Meaning | None = None


@dataclass(frozen=True, slots=True)
class Length:
    """A duration; a None count is vague. ``reach``: -1 it ends now, 1 it begins now, 0 neither."""

    amounts: tuple[tuple[float | None, Unit], ...]
    reach: int = 0


@dataclass(frozen=True, slots=True)
class Repeat:
    """A set: every so many units, or every period of a name."""

    unit: Unit | None = None
    count: int = 1
    of: Meaning | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """PRESENT_REF, PAST_REF, FUTURE_REF or another value that needs no arithmetic."""

    value: str


@dataclass(frozen=True, slots=True)
class Happening:
    """The time of a named event, by its id in the table of events; ``years`` after it for anniversaries.

    ``edge``: -1 its beginning, 1 its end, 0 all of it. ``by_day``: it is called by its day of
    the year alone ("the Sept. 11 attacks"), which other happenings of that day may be, too.
    """

    name: str
    years: int = 0
    edge: int = 0
    by_day: bool = False


Meaning = (
    Date
    | Written
    | Period
    | Decade
    | Century
    | Weekday
    | Holiday
    | Shift
    | Distance
    | Nth
    | Part
    | Clock
    | Length
    | Repeat
    | Ref
    | Happening
)


@dataclass(frozen=True, slots=True)
class Expression:
    """A meaning with its type and what modifies it (TIMEX3 ``mod``)."""

    timex_type: TimexType
    meaning: Meaning
    mod: str | None = None

    def with_meaning(self, meaning: Meaning) -> Expression:
        """The same type and modifier with another meaning."""
        return replace(self, meaning=meaning)

    def modified(self, mod: str | None) -> Expression:
        """The same with another ``mod``."""
        return replace(self, mod=mod)


# ----------------------------------------------------------------------- values


def _count(number: float) -> str:
    return f"{number:g}" if number < 1e15 else f"{number:.0f}"


def length_value(amounts: tuple[tuple[float | None, Unit], ...]) -> str:
    """TIMEX3 value of a duration: P3D, PT2H30M, P1Y6M, PXW; halves go to the smaller unit. Impossible if empty."""
    days: list[str] = []
    clock: list[str] = []
    for number, unit in _whole(amounts):
        if unit not in _LETTER:
            return "PXX"
        letter = _LETTER[unit]
        text = "X" if number is None else _count(number)
        if letter.startswith("T"):
            clock.append(text + letter[1:])
        else:
            days.append(text + letter)
    if not days and not clock:
        raise Impossible("a duration of nothing")
    return "P" + "".join(days) + ("T" + "".join(clock) if clock else "")


_SMALLER = {
    Unit.YEAR: (12, Unit.MONTH),
    Unit.HOUR: (60, Unit.MINUTE),
    Unit.MINUTE: (60, Unit.SECOND),
    Unit.DAY: (24, Unit.HOUR),
}


def _together(amounts: tuple[tuple[float | None, Unit], ...]) -> list[tuple[float | None, Unit]]:
    """Amounts of one unit added up: a month and half a month."""
    out: list[tuple[float | None, Unit]] = []
    for number, unit in amounts:
        if out and number is not None and out[-1][1] is unit and out[-1][0] is not None:
            out[-1] = (out[-1][0] + number, unit)
        else:
            out.append((number, unit))
    return out


def _whole(amounts: tuple[tuple[float | None, Unit], ...]) -> list[tuple[float | None, Unit]]:
    out: list[tuple[float | None, Unit]] = []
    for number, unit in _together(amounts):
        if number is None:
            out.append((number, Unit.YEAR if unit is Unit.DECADE else unit))
            continue
        if unit is Unit.DECADE:
            number, unit = number * 10, Unit.YEAR
        elif unit is Unit.CENTURY:
            number, unit = number * 100, Unit.YEAR
        elif unit in (Unit.HALF, Unit.SEASON):
            number, unit = number * _MONTHS[unit], Unit.MONTH
        part = number % 1
        if part and unit in _SMALLER:
            factor, smaller = _SMALLER[unit]
            if number >= 1:
                out.append((number - part, unit))
            out.append((round(part * factor, 2), smaller))
        else:
            out.append((number, unit))
    return out


def clock_value(hour: int, minute: int | None, second: int | None, zone: str) -> str:
    """The part of a TIMEX3 value from the ``T`` on. Impossible for 99:99."""
    if not (0 <= hour <= 24 and 0 <= (minute or 0) <= 59 and 0 <= (second or 0) <= 60):
        raise Impossible(f"{hour}:{minute}:{second}")
    if hour == 24 and (minute or second):
        raise Impossible("after midnight's midnight")
    text = f"T{hour:02d}:{minute or 0:02d}"
    return text + (f":{second:02d}" if second is not None else "") + zone


def unanchored(meaning: Meaning) -> str:
    """The value of a meaning whose anchor is unknown: what the words fix, X for the rest."""
    match meaning:
        case Date(month=int(month), day=int(day)):
            return f"XXXX-{month:02d}-{day:02d}"
        case Date(month=int(month)):
            return f"XXXX-{month:02d}"
        case Date(day=int(day)):
            return f"XXXX-XX-{day:02d}"
        case Weekday(number=number):
            return f"XXXX-WXX-{number}"
        case Period(unit=Unit.SEASON, number=number):
            return f"XXXX-{SEASONS[number - 1]}"
        case Period(unit=Unit.QUARTER, number=number):
            return f"XXXX-Q{number}"
        case Period(unit=Unit.HALF, number=number):
            return f"XXXX-H{number}"
        case Shift(unit=unit) | Distance(unit=unit) | Nth(unit=unit):
            return unknown(unit)
        case Part(part=part, day=day):
            return (unanchored(day) if day else "XXXX-XX-XX") + "T" + part
        case Clock(day=day):
            head = unanchored(day) if day else "XXXX-XX-XX"
            return head + clock_value(meaning.hour, meaning.minute, meaning.second, meaning.zone)
        case Ref(value=value):
            return value
        case _:
            return "XXXX"


def unnumbered(unit: Unit, year: int) -> str:
    """The value of a part of a year whose number is unknown: ``1989-QX``, ``1989-XX``, ``1989-HX``."""
    return f"{year:04d}" + {Unit.QUARTER: "-QX", Unit.HALF: "-HX", Unit.MONTH: "-XX"}.get(unit, "")


def unknown(unit: Unit) -> str:
    """The value of an unknown slot of a unit."""
    match unit:
        case Unit.DAY | Unit.HOUR | Unit.MINUTE | Unit.SECOND | Unit.PART_OF_DAY:
            return "XXXX-XX-XX"
        case Unit.WEEK:
            return "XXXX-WXX"
        case Unit.WEEKEND:
            return "XXXX-WXX-WE"
        case Unit.MONTH:
            return "XXXX-XX"
        case Unit.QUARTER:
            return "XXXX-QX"
        case Unit.DECADE:
            return "XXX"
        case Unit.CENTURY:
            return "XX"
        case _:
            return "XXXX"
