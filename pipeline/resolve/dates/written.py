"""Dates in figures, read by dateparser behind a list of checked shapes.

dateparser guesses at anything it is handed (48 is a year to it, "a" a month), so only
strings of a shape that was checked get there. One parser is kept, and each string and
order is asked for once.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Any

from pipeline.records import Granularity
from pipeline.timex import Impossible, Slot

_NEAR = 10  # days from the anchor within which one reading, and not the other, is taken
_SHAPES = (
    re.compile(r"[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})", re.ASCII),
    re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4}|[0-9]{2})", re.ASCII),
    re.compile(r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", re.ASCII),
)


def read_written(text: str, order: str, now: date | None) -> Slot | str:
    """The day of a numeric date; a value with X for day and month if these can't be told apart.

    Which comes first is told by the figures themselves (one is above 12), by a point
    as separator (day first), by ``order``, or by nearness to ``now``. Impossible if
    there is no such day.
    """
    if not any(shape.fullmatch(text) for shape in _SHAPES):
        raise Impossible(text)
    if text[:4].isdigit():
        return _slot(text, "YMD")
    first, second, year = re.split(r"[/.]", text)
    if int(first) > 12 or "." in text:
        return _slot(text, "DMY")
    if int(second) > 12 or first == second:
        return _slot(text, "MDY")
    if order in ("DMY", "MDY"):
        return _slot(text, order)
    both = [_slot(text, "DMY"), _slot(text, "MDY")]
    near = [slot for slot in both if now is not None and abs((slot.start - now).days) <= _NEAR]
    if len(near) == 1:
        return near[0]
    return f"{both[0].start.year:04d}-XX-XX" if len(year) == 4 else "XXXX-XX-XX"


def _slot(text: str, order: str) -> Slot:
    day = _parse(text, order)
    if day is None:
        raise Impossible(text)
    return Slot(day, Granularity.DAY)


@lru_cache(maxsize=3)
def _parser(order: str) -> Any:
    from dateparser.date import DateDataParser  # slow to load, and most texts need none

    return DateDataParser(languages=["en"], settings={"STRICT_PARSING": True, "DATE_ORDER": order})


@lru_cache(maxsize=4096)
def _parse(text: str, order: str) -> date | None:
    found = _parser(order).get_date_data(text).date_obj
    return found.date() if found is not None else None
