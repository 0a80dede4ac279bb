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
from pipeline.timex import Slot

_SHAPES = (
    re.compile(r"[0-9]{1,2}/[0-9]{1,2}/(?:[0-9]{4}|[0-9]{2})", re.ASCII),
    re.compile(r"[0-9]{1,2}\.[0-9]{1,2}\.(?:[0-9]{4}|[0-9]{2})", re.ASCII),
    re.compile(r"[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", re.ASCII),
)


def read_written(text: str, order: str, now: date | None) -> Slot | None:
    """The day of a numeric date; None if it has none, or if day and month can't be told apart.

    Which comes first is told by the figures themselves (one is above 12), by a point
    as separator (day first), by ``order``, or by nearness to ``now``.
    """
    if not any(shape.fullmatch(text) for shape in _SHAPES):
        return None
    if text[:4].isdigit():
        return _slot(_parse(text, "YMD"))
    first, second = (int(part) for part in re.split(r"[/.]", text)[:2])
    if order in ("DMY", "MDY"):
        return _slot(_parse(text, order))
    if first > 12 or "." in text:
        return _slot(_parse(text, "DMY"))
    if second > 12 or first == second:
        return _slot(_parse(text, "MDY"))
    both = [_parse(text, "DMY"), _parse(text, "MDY")]
    if now is not None:
        near = [d for d in both if d is not None and abs((d - now).days) <= 10]
        if len(near) == 1:
            return _slot(near[0])
    return None


def _slot(day: date | None) -> Slot | None:
    return Slot(day, Granularity.DAY) if day is not None else None


@lru_cache(maxsize=3)
def _parser(order: str) -> Any:
    from dateparser.date import DateDataParser  # slow to load, and most texts need none

    return DateDataParser(languages=["en"], settings={"STRICT_PARSING": True, "DATE_ORDER": order})


@lru_cache(maxsize=4096)
def _parse(text: str, order: str) -> date | None:
    found = _parser(order).get_date_data(text).date_obj
    return found.date() if found is not None else None
