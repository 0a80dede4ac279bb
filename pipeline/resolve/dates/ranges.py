"""The two ends of a range, which share a year and come one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from pipeline.records import DateMention, Granularity, ResolvedDate
from pipeline.timex import Clock, Date, Impossible, Meaning, Part, Slot, Weekday, Which, make_date

_LONG = 330  # days between the ends of a range that share a year, if no year is told


def put_ranges_in_order(dates: Sequence[DateMention], done: dict[int, ResolvedDate]) -> None:
    """Bring the first end of a range before the last: "April to June", not of two years."""
    for i, mention in enumerate(dates[:-1]):
        if mention.range_key is None or dates[i + 1].range_key != mention.range_key or mention.range_key[0] == "&":
            continue
        first, last = done.get(i), done.get(i + 1)
        if first is None or last is None or first.start is None or last.start is None:
            continue
        if first.start <= last.start:
            if (last.start - first.start).days > _LONG:
                done[i + 1] = _in_year(last, dates[i + 1].expression.meaning, first.start.year)
            continue
        meaning = mention.expression.meaning
        day = _yearless(meaning)
        if day is not None:
            done[i] = _in_year(first, meaning, last.start.year - ((day.month or 0) > last.start.month))
        elif isinstance(meaning, Weekday) and meaning.which in (Which.BARE, Which.LAST):
            slot = Slot(first.start - timedelta(7), Granularity.DAY)
            done[i] = replace(first, value=slot.value, start=slot.start, end=slot.end)


def _yearless(meaning: Meaning) -> Date | None:
    """The month or day that a meaning names without its year, itself or as the day of a part or hour."""
    day = meaning.day if isinstance(meaning, Part | Clock) else meaning
    if isinstance(day, Date) and day.year is None and day.within is None and day.month:
        return day
    return None


def _in_year(found: ResolvedDate, meaning: Meaning, year: int) -> ResolvedDate:
    """The same month or day, or part or hour of such a day, in another year, if its words tell none."""
    day = _yearless(meaning)
    if day is None or day.month is None:
        return found
    try:
        slot = Slot(make_date(year, day.month, day.day or 1), Granularity.DAY if day.day else Granularity.MONTH)
    except Impossible:
        return found
    time = found.value[found.value.index("T") :] if "T" in found.value else ""
    return replace(found, value=slot.value + time, start=slot.start, end=slot.end)
