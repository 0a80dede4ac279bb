"""The document's own date, and when there is none."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.extract.dates import find_dates
from pipeline.parsed import ParsedArticle
from pipeline.records import PublishedSource
from pipeline.resolve.published import resolve_published
from pipeline.rules.dates import load_dates
from pipeline.rules.source import layers

from .conftest import Parse

RULES = load_dates(layers())
BODY = "The council met in the town hall. Its members argued for two hours about the new bridge over the river.\n"


def published(article: ParsedArticle) -> tuple[date | None, PublishedSource]:
    return resolve_published(article, [m for text in article.texts for m in find_dates(text, RULES)], RULES)


def test_metadata_comes_first(parse: Parse) -> None:
    article = parse(f"Council meets\n\nPublished: 3 May 2019\n\n{BODY}", "2019-05-04")
    assert published(article) == (date(2019, 5, 4), PublishedSource.METADATA)


@pytest.mark.parametrize(
    "line",
    ["Published: 3 May 2019", "Posted on May 3, 2019", "3 May 2019", "Updated 03/05/2019, first posted 25/04/2019"],
)
def test_a_line_of_the_page_gives_it(line: str, parse: Parse) -> None:
    day, source = published(parse(f"Council meets over bridge\n\n{line}\n\n{BODY}"))
    assert (day, source) == (date(2019, 5, 3), PublishedSource.PAGE)


def test_a_timeline_dated_throughout_gives_it(parse: Parse) -> None:
    text = (
        "Timeline of the bridge\n\nThe council said on Friday that it would build.\n\n"
        f"4 April 2019: First plans\n\n{BODY}\n1 May 2019: The vote\n\n{BODY}"
    )
    assert published(parse(text)) == (date(2019, 5, 3), PublishedSource.INFERRED)


def test_today_with_its_date_gives_it(parse: Parse) -> None:
    text = f"{BODY}\nThe bridge was closed today, 3 May 2019, after a storm.\n"
    assert published(parse(text)) == (date(2019, 5, 3), PublishedSource.INFERRED)


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        f"Council meets\n\nThe bridge opened on 3 May 1919 in the rain.\n\n{BODY}",
        f"LONDON, May 3 (Wire) - {BODY}",
        f"Timeline\n\n4 April: First plans\n\n{BODY}\n1 May: The vote\n\n{BODY}",
        f"{BODY}\nIt will open on 3 May 2119.\n",
    ],
)
def test_no_guess(text: str, parse: Parse) -> None:
    assert published(parse(text)) == (None, PublishedSource.NONE)
