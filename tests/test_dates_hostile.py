"""Text that tries to break the dates room: it gives a value where one is right, else nothing, and soon."""

from __future__ import annotations

import itertools
import time
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.extract.dates import find_dates
from pipeline.extract.dates.atoms import Speller
from pipeline.parsed import ParsedArticle
from pipeline.records import ResolvedDate
from pipeline.resolve.dates import resolve_dates
from pipeline.resolve.published import resolve_published
from pipeline.rules.dates import load_dates
from pipeline.rules.source import layers

from .conftest import Parse

RULES = load_dates(layers())


def read(article: ParsedArticle, published: date | None) -> list[ResolvedDate]:
    mentions = [m for text in article.texts for m in find_dates(text, RULES)]
    resolve_published(article, mentions, RULES)
    return resolve_dates(article, mentions, [], published, RULES)


NOTHING = [
    "7" * 10_000,
    "At 99:99 it ended.",
    "Room 32/13/2013 is free.",
    "31 February",
    "They met on 31 February 2019.",
    "They met on February 30.",
    "In 0000 it began.",
    "0000-00-00",
    "2013-13-45",
    "٣ مارس ٢٠١٣",
    "२०१३",
    "ISBN 978-3-16-148410-0",
    "(" * 500 + ")" * 500,
    "",
    "\x00",
    "\n \t\n",
    "😀" * 300,
    "³²¹ ½½½",
]


@pytest.mark.parametrize("text", NOTHING, ids=[repr(t[:20]) for t in NOTHING])
def test_no_day_is_made_of_what_names_none(text: str, parse: Parse) -> None:
    for found in read(parse(text), date(2016, 9, 20)):
        assert found.start is None, (found.mention.span.of(text), found.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("The king died on 5 May 1789.", "1789-05-05"),
        ("The comet returns on 28 July 2199.", "2199-07-28"),
        ("They met on 29 February 2016.", "2016-02-29"),
        ("It began on 2013-03-22.", "2013-03-22"),
    ],
)
def test_days_far_from_now(text: str, value: str, parse: Parse) -> None:
    assert [d.value for d in read(parse(text), date(2016, 9, 20))] == [value]


@pytest.mark.parametrize("published", [date(1, 1, 1), date(9999, 12, 31), date(9998, 12, 31), date(2000, 2, 29), None])
def test_the_ends_of_the_calendar_do_not_raise(published: date | None, parse: Parse) -> None:
    text = (
        "Yesterday, tomorrow, last week, next week, last century, next decade, 3,000 years ago, 9,999 years later, "
        "on Monday, in March, last March, next Friday, this weekend, last spring, on Christmas, on Easter Sunday, "
        "a day earlier, the following year, that same day, 500 months ago, in the third quarter, on Feb. 29, "
        "the last Friday in March, 900 centuries ago, at noon on Tuesday, since the Cold War, 2 million years ago."
    )
    read(parse(text), published)


@pytest.mark.parametrize(
    "unit",
    [
        "3 ",
        "Monday ",
        "the last two years and ",
        "March 3, ",
        "3 and ",
        "two hundred ",
        "1990-",
        "late ",
        "of the ",
        "9/11/",
    ],
)
def test_repetition_is_not_slow(unit: str, parse: Parse) -> None:
    article = parse(unit * 800)
    begin = time.process_time()
    read(article, date(2016, 9, 20))
    assert time.process_time() - begin < 2.0


@given(st.text(max_size=60), st.dates())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_gives_sorted_spans_inside_it(parse: Parse, text: str, published: date) -> None:
    check(parse(text), text, published)


WORDS = st.lists(
    st.sampled_from(
        [
            "the",
            "last",
            "next",
            "March",
            "May",
            "3",
            "31",
            "and",
            "-",
            "1990",
            "'90s",
            "Monday",
            "weeks",
            "a",
            "ago",
            "earlier",
            "quarter",
            "second",
            "of",
            "two",
            "noon",
            "p.m.",
            "10:30",
            "Christmas",
            "this",
            "early",
            ",",
            "Feb.",
            "29",
            "day",
            "before",
            "later",
            "night",
            "year-ago",
            "decade",
            "every",
            "0",
            "half",
            "million",
            "century",
        ]
    ),
    max_size=14,
)


@given(WORDS, st.one_of(st.none(), st.dates()))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_mixture_of_date_words(parse: Parse, words: list[str], published: date | None) -> None:
    text = " ".join(words)
    check(parse(text), text, published)


def check(article: ParsedArticle, text: str, published: date | None) -> None:
    found = read(article, published)
    spans = [d.mention.span for d in found]
    assert all(0 <= s.start < s.end <= len(text) for s in spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    for d in found:
        assert d.value
        assert (d.start is None) == (d.end is None)
        assert d.start is None or d.end is None or d.start <= d.end
        assert d.mention.first <= d.mention.last


def test_atoms_lie_inside_their_tokens(parse: Parse) -> None:
    text = parse("İstanbul mid-1996, 2½ years; 10:30pm Oct.31 FY2016 1989–90 year-ago.").texts[0]
    atoms = Speller(RULES).spell(text)
    for token, start, end in zip(atoms.token, atoms.start, atoms.end, strict=True):
        assert text.start[token] <= start <= end <= text.end[token]
