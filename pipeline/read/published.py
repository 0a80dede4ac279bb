"""Dates of publication as sources write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import NamedTuple

import dateparser

_YEARS = range(1600, 2200)
_SECONDS = (10**8, 72 * 10**8)  # 1973 to 2198, in seconds since 1970
_ISO = re.compile(
    r"\d{4}-?\d{2}-?\d{2}(?:[T ]\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d+)?)?)?(?: ?(?:Z|[+-]\d{2}(?::?\d{2})?))?)?"
)
_MAIL = re.compile(  # RFC 5322, and the C library's asctime with a zone
    r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d(?::\d\d)? [+-]?\w+"
    r"|[A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d (?:[+-]?\w+ )?\d{4}\Z"
)
_LONG_FRACTION = re.compile(r"([.,]\d{6})\d+")
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(?:[ ,T]+(\d.*))?")
_YEAR = re.compile(r"(?<!\d)(?:1[6-9]|20|21)\d\d(?!\d)")
_MONTH = re.compile(r"(?i)(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*")
_DAY = re.compile(r"(?<![\d:])(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?(?![\d:])", re.IGNORECASE)
# zones that mean one offset; "ET" does not, nor do abbreviations that two continents use
_ZONE = re.compile(r"(?:(?<=\d)Z|\b(?:UTC|GMT|EST|EDT|CDT|MST|MDT|PST|PDT|CET|CEST|EET|EEST|MSK)|[+-]\d{2}:?\d{2})\)?$")
_SETTINGS = {
    "STRICT_PARSING": True,
    "REQUIRE_PARTS": ["day", "month", "year"],
    "PARSERS": ["absolute-time"],
    "DATE_ORDER": "DMY",  # decides nothing: ambiguous numbers are refused before
}


class Published(NamedTuple):
    """The moment in UTC, where one is known, and the day as the source wrote it, in its own zone."""

    at: datetime | None
    day: date


@lru_cache(maxsize=4096)
def parse_published(value: str) -> Published | None:
    """A written date; None if it is none, or not one day only.

    ISO 8601, mail dates, seconds or milliseconds since 1970, and English written forms.
    A time without a zone is no moment: only its day is kept. Refused are relative
    words, missing days or years, and numbers that may be day or month
    ("03/04/2021"), except with dots, which nobody writes month first.
    """
    value = " ".join(value.split())
    if not 6 <= len(value) <= 80:
        return None
    for read in (_iso, _epoch, _mail, _numbers, _words):
        found = read(value)
        if found is not None:
            return found if found.day.year in _YEARS else None
    return None


def _of(moment: datetime) -> Published | None:
    if moment.tzinfo is None:
        return Published(None, moment.date())
    try:
        return Published(moment.astimezone(UTC), moment.date())
    except OverflowError:
        return None


def _iso(value: str) -> Published | None:
    if not _ISO.fullmatch(value):
        return None
    value = _LONG_FRACTION.sub(r"\1", value).replace(" +", "+").replace(" -", "-").replace(" Z", "Z")
    try:
        return _of(datetime.fromisoformat(value))
    except ValueError:
        return None


def _epoch(value: str) -> Published | None:
    number = value.removesuffix(".0")
    if not (number.isascii() and number.isdigit()):
        return None
    seconds = int(number)
    if len(number) == 13:
        seconds //= 1000
    if not _SECONDS[0] <= seconds < _SECONDS[1] or len(number) == 8:
        return None
    return _of(datetime.fromtimestamp(seconds, UTC))


def _mail(value: str) -> Published | None:
    if not _MAIL.match(value):
        return None
    try:
        return _of(parsedate_to_datetime(value))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _numbers(value: str) -> Published | None:
    found = _NUMBERS.fullmatch(value)
    if not found:
        return None
    first, mark, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
    if mark == "." or first > 12 or first == second:
        day, month = first, second
    elif second > 12:
        month, day = first, second
    else:
        return None
    try:
        return Published(None, date(year, month, day))
    except ValueError:
        return None


def _words(value: str) -> Published | None:
    if not (_YEAR.search(value) and _MONTH.search(value) and _DAY.search(value)):
        return None
    try:
        moment = dateparser.parse(value, languages=["en"], settings=_SETTINGS)
    except (ValueError, OverflowError, TypeError, IndexError, AttributeError):
        return None  # its grammar is not closed under odd input
    if moment is None:
        return None
    if str(moment.year) not in value or not re.search(rf"(?<!\d)0?{moment.day}(?!\d)", value):
        return None  # it took a day or year from elsewhere than the words
    return _of(moment if _ZONE.search(value) else moment.replace(tzinfo=None))
