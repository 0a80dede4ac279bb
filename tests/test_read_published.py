"""Dates of publication as sources write them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.read import parse_published

DAY = date(2021, 3, 9)


@pytest.mark.parametrize(
    "written",
    [
        "2021-03-09",
        "20210309",
        "2021-03-09 10:00",
        "2021-03-09T10:00:00.123",
        "9 March 2021",
        "March 9, 2021",
        "Tuesday, 9 March 2021",
        "Mar. 9, 2021 5:42 p.m.",
        "9th of March, 2021",
        "09.03.2021",
        "03/31/2021",
        "31/03/2021",
        "Mar 9, 2021 5:42 p.m. ET",
    ],
)
def test_a_day_without_a_zone_is_a_day_only(written: str):
    found = parse_published(written)
    assert found is not None
    assert found.at is None
    assert found.day == (date(2021, 3, 31) if "31" in written else DAY)


@pytest.mark.parametrize(
    ("written", "hour", "day"),
    [
        ("2021-03-09T10:00:00Z", 10, 9),
        ("2021-03-09T23:30:00-05:00", 4, 9),
        ("2021-03-09T00:30:00.1234567+02:00", 22, 9),
        ("2021-03-09 10:00:00 +0100", 9, 9),
        ("Tue, 09 Mar 2021 10:00:00 GMT", 10, 9),
        ("Tue Mar 09 10:00:00 +0000 2021", 10, 9),
        ("9 March 2021 at 14:35 GMT", 14, 9),
        ("March 9, 2021 5:42 p.m. EST", 22, 9),
        ("1615284000", 10, 9),
        ("1615284000000", 10, 9),
    ],
)
def test_a_time_with_a_zone_is_a_moment_and_the_day_stays_as_written(written: str, hour: int, day: int):
    found = parse_published(written)
    assert found is not None
    assert found.at is not None
    assert (found.at.hour, found.at.tzinfo) == (hour, UTC)
    assert found.day == date(2021, 3, day)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "x",
        "yesterday",
        "Monday",
        "2021",
        "March 2021",
        "9 March",
        "2021-02-30",
        "31 February 2021",
        "0000-00-00",
        "03/04/2021",
        "2021-13-01",
        "9999999999999999",
        "12",
        "March 9, 3021",
        "now",
        "today",
        "3 days ago",
        "n/a",
        "1",
    ],
)
def test_what_is_not_one_sure_day_is_none(written: str):
    assert parse_published(written) is None


@given(st.dates(min_value=date(1700, 1, 1), max_value=date(2199, 12, 31)))
def test_written_forms_of_any_day_agree(day: date):
    month = day.strftime("%B")
    for written in (day.isoformat(), f"{day.day} {month} {day.year}", f"{month} {day.day}, {day.year}"):
        found = parse_published(written)
        assert found is not None
        assert found.day == day


@given(st.text(max_size=60))
def test_no_text_raises(written: str):
    parse_published(written)


@given(st.datetimes(min_value=datetime(1700, 1, 1), max_value=datetime(2199, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_moments_come_back(moment: datetime, minutes: int):
    sign, rest = ("-" if minutes < 0 else "+"), abs(minutes)
    found = parse_published(f"{moment.isoformat(timespec='microseconds')}{sign}{rest // 60:02}:{rest % 60:02}")
    assert found is not None
    assert found.day == moment.date()
    assert found.at is not None
