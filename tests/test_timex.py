"""The algebra of calendar periods and values."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.records import Granularity as Unit
from pipeline.timex import (
    Clock,
    Date,
    Impossible,
    Part,
    Period,
    Ref,
    Shift,
    Slot,
    Weekday,
    clock_value,
    finer,
    length_value,
    make_date,
    move,
    named_slot,
    number_in_year,
    unanchored,
    unknown,
    unnumbered,
)

UNITS = [
    *(Unit.DAY, Unit.WEEK, Unit.WEEKEND, Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.SEASON),
    *(Unit.YEAR, Unit.DECADE, Unit.CENTURY),
]
DAYS = st.dates(date(1200, 1, 1), date(8000, 12, 31))


@pytest.mark.parametrize(
    ("unit", "value", "start", "end"),
    [
        (Unit.DAY, "2016-02-29", "2016-02-29", "2016-02-29"),
        (Unit.WEEK, "2016-W09", "2016-02-29", "2016-03-06"),
        (Unit.WEEKEND, "2016-W09-WE", "2016-03-05", "2016-03-06"),
        (Unit.MONTH, "2016-02", "2016-02-01", "2016-02-29"),
        (Unit.QUARTER, "2016-Q1", "2016-01-01", "2016-03-31"),
        (Unit.HALF, "2016-H1", "2016-01-01", "2016-06-30"),
        (Unit.SEASON, "2015-WI", "2015-12-01", "2016-02-29"),
        (Unit.YEAR, "2016", "2016-01-01", "2016-12-31"),
        (Unit.DECADE, "201", "2010-01-01", "2019-12-31"),
        (Unit.CENTURY, "20", "2000-01-01", "2099-12-31"),
    ],
)
def test_the_slot_of_a_leap_day(unit: Unit, value: str, start: str, end: str) -> None:
    slot = Slot.at(unit, date(2016, 2, 29))
    assert (slot.value, slot.start.isoformat(), slot.end.isoformat()) == (value, start, end)


@given(st.sampled_from(UNITS), DAYS)
def test_a_slot_holds_its_day_and_touches_its_neighbours(unit: Unit, day: date) -> None:
    slot = Slot.at(unit, day)
    if unit is not Unit.WEEKEND:
        assert day in slot
        assert slot.shift(1).start == slot.end + timedelta(1)
    assert slot.shift(1).shift(-1) == slot
    assert Slot.at(unit, slot.end) == slot


@given(st.sampled_from([Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.SEASON]), DAYS)
def test_a_named_slot_is_found_by_its_number(unit: Unit, day: date) -> None:
    slot = Slot.at(unit, day)
    assert named_slot(unit, number_in_year(slot), slot.start.year) == slot


@given(DAYS, st.sampled_from([Unit.DAY, Unit.WEEK, Unit.MONTH, Unit.YEAR, Unit.DECADE]), st.integers(-50, 50))
def test_moving_forth_and_back_ends_near_the_start(day: date, unit: Unit, count: int) -> None:
    assert abs((move(move(day, unit, count), unit, -count) - day).days) <= 3


def test_a_month_on_from_the_31st_is_the_months_last_day() -> None:
    assert move(date(2015, 1, 31), Unit.MONTH, 1) == date(2015, 2, 28)
    assert move(date(2016, 2, 29), Unit.YEAR, 1) == date(2017, 2, 28)


@pytest.mark.parametrize(
    ("year", "month", "day"), [(2019, 2, 29), (2019, 4, 31), (0, 1, 1), (2019, 13, 1), (10_000, 1, 1)]
)
def test_days_that_are_none(year: int, month: int, day: int) -> None:
    with pytest.raises(Impossible):
        make_date(year, month, day)


def test_out_of_the_calendar_is_impossible_not_an_overflow() -> None:
    with pytest.raises(Impossible):
        Slot.at(Unit.YEAR, date(2016, 1, 1)).shift(9_000)
    with pytest.raises(Impossible):
        Slot.at(Unit.DAY, date(2016, 1, 1)).shift(10**9)
    with pytest.raises(Impossible):
        move(date(2016, 1, 1), Unit.CENTURY, -100)
    with pytest.raises(Impossible):
        Slot.at(Unit.HOUR, date(2016, 1, 1))


@pytest.mark.parametrize(
    ("amounts", "value"),
    [
        (((3.0, Unit.DAY),), "P3D"),
        (((None, Unit.WEEK),), "PXW"),
        (((2.5, Unit.YEAR),), "P2Y6M"),
        (((1.0, Unit.HOUR), (20.0, Unit.MINUTE)), "PT1H20M"),
        (((None, Unit.MINUTE),), "PTXM"),
        (((0.5, Unit.HOUR),), "PT30M"),
        (((2.0, Unit.DECADE),), "P20Y"),
        (((1.0, Unit.DAY), (6.0, Unit.HOUR)), "P1DT6H"),
        (((1.0, Unit.MONTH), (0.5, Unit.MONTH)), "P1.5M"),
        (((1.0, Unit.YEAR), (0.5, Unit.YEAR)), "P1Y6M"),
        (((None, Unit.DECADE),), "PXY"),
    ],
)
def test_durations(amounts: tuple[tuple[float | None, Unit], ...], value: str) -> None:
    assert length_value(amounts) == value


def test_parts_of_a_year_without_their_number() -> None:
    assert [unnumbered(u, 1989) for u in (Unit.QUARTER, Unit.HALF, Unit.MONTH)] == ["1989-QX", "1989-HX", "1989-XX"]


def test_clock_times() -> None:
    assert clock_value(7, 35, None, "Z") == "T07:35Z"
    assert clock_value(24, None, None, "") == "T24:00"
    for hour, minute in ((99, 99), (25, 0), (24, 1), (12, 60)):
        with pytest.raises(Impossible):
            clock_value(hour, minute, None, "")


@pytest.mark.parametrize(
    ("meaning", "value"),
    [
        (Weekday(5), "XXXX-WXX-5"),
        (Date(month=3), "XXXX-03"),
        (Date(month=3, day=5), "XXXX-03-05"),
        (Period(Unit.SEASON, 2), "XXXX-SU"),
        (Shift(Unit.WEEK, -1), "XXXX-WXX"),
        (Part("NI", Weekday(2)), "XXXX-WXX-2TNI"),
        (Clock(7, 15), "XXXX-XX-XXT07:15"),
        (Ref("PAST_REF"), "PAST_REF"),
    ],
)
def test_values_without_an_anchor(meaning: Weekday, value: str) -> None:
    assert unanchored(meaning) == value


def test_units_are_ordered_and_have_an_unknown_value() -> None:
    assert finer(Unit.DAY, Unit.WEEK)
    assert not finer(Unit.YEAR, Unit.MONTH)
    assert [unknown(u) for u in (Unit.DAY, Unit.MONTH, Unit.QUARTER, Unit.YEAR)] == [
        "XXXX-XX-XX",
        "XXXX-XX",
        "XXXX-QX",
        "XXXX",
    ]
