"""Anchors, intervals, modifiers and links of resolved dates."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import RuleError
from pipeline.extract.dates import find_dates
from pipeline.records import Anchor, Granularity, ResolvedDate, TimexType
from pipeline.resolve.dates import resolve_dates
from pipeline.resolve.dates.holidays import easter
from pipeline.rules.dates import load_dates
from pipeline.rules.source import home, layers

from .conftest import Parse

RULES = load_dates(layers())
DAY = date(2024, 3, 13)  # a Wednesday


def read(parse: Parse, text: str, published: date | None = DAY) -> dict[str, ResolvedDate]:
    article = parse(text)
    mentions = [m for part in article.texts for m in find_dates(part, RULES)]
    return {d.mention.span.of(text): d for d in resolve_dates(article, mentions, [], published, RULES)}


@pytest.mark.parametrize(
    ("text", "span", "start", "end", "unit"),
    [
        ("It closed last week.", "last week", "2024-03-04", "2024-03-10", Granularity.WEEK),
        ("It closed last month.", "last month", "2024-02-01", "2024-02-29", Granularity.MONTH),
        ("It closed on Friday.", "Friday", "2024-03-08", "2024-03-08", Granularity.DAY),
        ("It closed in the 1960s.", "the 1960s", "1960-01-01", "1969-12-31", Granularity.DECADE),
        ("It closed on Tuesday night.", "Tuesday night", "2024-03-12", "2024-03-12", Granularity.PART_OF_DAY),
        ("It closed at 9 a.m. Monday.", "9 a.m. Monday", "2024-03-11", "2024-03-11", Granularity.HOUR),
        (
            "Prices fell over the past three months.",
            "the past three months",
            "2023-12-13",
            "2024-03-13",
            Granularity.MONTH,
        ),
        (
            "Sales fell in the second half of 2015.",
            "the second half of 2015",
            "2015-07-01",
            "2015-12-31",
            Granularity.HALF,
        ),
        ("Sales fell in the quarter ended Nov. 30.", "the quarter", "2023-09-01", "2023-11-30", Granularity.QUARTER),
        ("It lost money in the year ended June 30.", "the year", "2022-07-01", "2023-06-30", Granularity.YEAR),
        ("It grew in the nine months to January.", "the nine months", "2023-05-01", "2024-01-31", Granularity.MONTH),
    ],
)
def test_intervals(parse: Parse, text: str, span: str, start: str, end: str, unit: Granularity) -> None:
    d = read(parse, text)[span]
    assert d.start is not None
    assert d.end is not None
    assert (d.start.isoformat(), d.end.isoformat(), d.granularity) == (start, end, unit)


@pytest.mark.parametrize(
    ("text", "span", "mod"),
    [
        ("It grew in early 2010.", "early 2010", "START"),
        ("It grew in mid-1996.", "mid-1996", "MID"),
        ("It grew by the end of 1990.", "the end of 1990", "END"),
        ("It took about two weeks.", "about two weeks", "APPROX"),
        ("It took more than four hours.", "more than four hours", "MORE_THAN"),
        ("It took nearly three years.", "nearly three years", "LESS_THAN"),
        ("It takes at least 30 days.", "at least 30 days", "EQUAL_OR_MORE"),
        ("It takes up to 180 days.", "up to 180 days", "EQUAL_OR_LESS"),
    ],
)
def test_modifiers(parse: Parse, text: str, span: str, mod: str) -> None:
    assert read(parse, text)[span].mod == mod


def test_a_bound_has_a_value_but_no_days(parse: Parse) -> None:
    d = read(parse, "It closed more than a decade ago.")["more than a decade ago"]
    assert (d.value, d.mod, d.start, d.end) == ("2014", "BEFORE", None, None)


def test_a_quarter_told_by_its_last_day_keeps_its_days_and_has_no_number(parse: Parse) -> None:
    found = read(parse, "Profit rose in the quarter ended Jan. 31. It had fallen a year earlier. The quarter was warm.")
    for span, value, start, end in (
        ("the quarter", "2024-QX", date(2023, 11, 1), date(2024, 1, 31)),
        ("a year earlier", "2023-QX", date(2022, 11, 1), date(2023, 1, 31)),
        ("The quarter", "2024-QX", date(2023, 11, 1), date(2024, 1, 31)),
    ):
        assert (found[span].value, found[span].start, found[span].end) == (value, start, end)


LATER = " It rained all day. Nobody was hurt. The road was closed. Trains were late. Schools stayed open. It was cold."


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("The bridge collapsed on Thursday." + LATER, date(2024, 3, 14)),  # the page's date is a day early
        ("The mayor spoke on Monday. The bridge collapsed on Thursday." + LATER, date(2024, 3, 7)),
        ("The bridge collapsed on Thursday.", date(2024, 3, 7)),  # too short a text to tell
    ],
)
def test_a_lead_that_tells_of_tomorrow_as_past_is_of_tomorrow(parse: Parse, text: str, day: date) -> None:
    assert read(parse, text)["Thursday"].start == day


def test_types(parse: Parse) -> None:
    found = read(parse, "On Friday at noon, for three days, they met every week.")
    assert {span: d.timex_type for span, d in found.items()} == {
        "Friday at noon": TimexType.TIME,
        "three days": TimexType.DURATION,
        "every week": TimexType.SET,
    }


def test_the_anchor_is_recorded(parse: Parse) -> None:
    found = read(
        parse, "It opened in 1990. The following year it closed. It reopened last month, long after the Cold War."
    )
    assert {span: d.anchor for span, d in found.items()} == {
        "1990": Anchor.NONE,
        "The following year": Anchor.PREVIOUS,
        "last month": Anchor.DOCUMENT,
        "the Cold War": Anchor.EVENT,
    }


def test_a_range_is_linked_and_its_neighbour_is_not(parse: Parse) -> None:
    found = read(parse, "It ran from 3 March to 5 March. On Friday it closed.")
    keys = [d.mention.range_key for d in found.values()]
    assert keys[0] is not None
    assert keys[0] == keys[1]
    assert keys[2] is None


def test_without_a_document_date_nothing_relative_has_a_day(parse: Parse) -> None:
    text = "Yesterday, on Friday, last week, in March, this year and two days ago they met; on 3 May 2019 they parted."
    for span, d in read(parse, text, None).items():
        assert (d.start is None) == (span != "3 May 2019"), span


def test_easter() -> None:
    assert [easter(year) for year in (2000, 2016, 2024, 2038)] == [
        date(2000, 4, 23),
        date(2016, 3, 27),
        date(2024, 3, 31),
        date(2038, 4, 25),
    ]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("- {id: x, pattern: '{month:m}', type: DATE, meaning: {is: date, month: $m}}", "without an example"),
        ("- {id: x, pattern: '{monath:m}', type: DATE, meaning: {is: date}, examples: ['[a] => b']}", "unknown class"),
        ("- {id: x, pattern: 'the?', type: DATE, meaning: {is: date}, examples: ['[a] => b']}", "matches nothing"),
        ("- {id: x, pattern: '( the', type: DATE, meaning: {is: date}, examples: ['[a] => b']}", "broken pattern"),
        ("- {id: x, pattern: 'the', type: DAY, meaning: {is: date}, examples: ['[a] => b']}", "unknown type"),
        ("- {id: x, pattern: 'the', type: DATE, meening: {is: date}}", "unknown key"),
        ("- {id: x, pattern: 'in 1999', type: DATE, meaning: {is: date}, examples: ['[a] => b']}", "write a class"),
        ("- {id: x, pattern: 'the', type: DATE, meaning: {is: dat}, examples: ['[a] => b']}", "unknown meaning"),
        ("- {id: x, pattern: 'the', type: DATE, meaning: {is: date, month: $q}, examples: ['[a] => b']}", "no capture"),
        (
            "- {id: x, pattern: 'the', type: DATE, meaning: {is: date}, guards: [sober], examples: ['[a] => b']}",
            "guard",
        ),
        ("- {id: x, pattern: 'the', type: DATE, meaning: {is: date}, examples: ['a']}", "an example must read"),
    ],
)
def test_a_broken_rule_is_an_error_with_its_line(tmp_path: Path, rule: str, message: str) -> None:
    folder = tmp_path / "dates"
    folder.mkdir()
    (folder / "own.yaml").write_text(f"rules:\n{rule}\n", encoding="utf-8")
    with pytest.raises(RuleError, match=message) as caught:
        load_dates((home(), tmp_path))
    assert caught.value.line == 2


def test_a_users_rule_and_event_are_laid_over_ours(tmp_path: Path, parse: Parse) -> None:
    folder = tmp_path / "dates"
    folder.mkdir()
    (folder / "own.yaml").write_text(
        "rules:\n- {id: own.moon, pattern: 'this moon', type: DATE, meaning: {is: shift, unit: month},"
        " anchor: '2024-03-13', examples: ['It ends [this moon]. => 2024-03']}\n",
        encoding="utf-8",
    )
    (folder / "lexicon.tsv").write_text("word\tclasses\nmoon\tmoonword=\n", encoding="utf-8")
    rules = load_dates((home(), tmp_path))
    article = parse("It ends this moon.")
    mentions = [m for text in article.texts for m in find_dates(text, rules)]
    assert [d.value for d in resolve_dates(article, mentions, [], DAY, rules)] == ["2024-03"]
