"""When a holiday falls in a year."""

from __future__ import annotations

from datetime import date, timedelta

from pipeline.records import Granularity
from pipeline.rules.dates import HolidayRow
from pipeline.timex import Impossible, Slot, make_date


def easter(year: int) -> date:
    """Western Easter Sunday by the Gregorian reckoning (Meeus, Jones, Butcher)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = b // 4, b % 4
    g = (b - (b + 8) // 25 + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = c // 4, c % 4
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def holiday_slot(row: HolidayRow, year: int) -> Slot:
    """The holiday's first day in a year. Impossible out of the calendar."""
    make_date(year, 1, 1)
    if row.easter is not None:
        return Slot(easter(year) + timedelta(row.easter), Granularity.DAY)
    if not row.weekday:
        return Slot(make_date(year, row.month, row.day), Granularity.DAY)
    if row.nth > 0:
        first = make_date(year, row.month, 1)
        day = first + timedelta((row.weekday - first.isoweekday()) % 7 + 7 * (row.nth - 1))
        return Slot(day + timedelta(row.offset), Granularity.DAY)
    if row.nth < 0:
        last = make_date(year + row.month // 12, row.month % 12 + 1, 1) - timedelta(1)
        return Slot(last - timedelta((last.isoweekday() - row.weekday) % 7), Granularity.DAY)
    raise Impossible(row.id)
