"""The document's own date: from metadata, else from the page, else inferred from the text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pipeline.parsed import ParsedArticle
from pipeline.records import BlockKind, DateMention, PublishedSource
from pipeline.resolve.dates.written import read_written
from pipeline.rules.dates import DateRules
from pipeline.timex import Clock, Date, Impossible, Meaning, Part, Written, make_date

_PAGE = frozenset((BlockKind.DATELINE, BlockKind.BOILERPLATE))


def resolve_published(
    article: ParsedArticle, dates: Sequence[DateMention], rules: DateRules
) -> tuple[date | None, PublishedSource]:
    """The day of publication and where it comes from; (None, NONE) rather than a guess."""
    del rules
    if article.article.published_date is not None:
        source = article.article.published_source
        return (
            article.article.published_date,
            source if source is not PublishedSource.NONE else PublishedSource.METADATA,
        )
    for mention in dates:
        text = article.text(mention.field)
        sentence = text.sent[mention.first]
        if sentence >= 0 and text.sentences[sentence].kind is BlockKind.DATELINE:
            day = absolute_day(mention.expression.meaning)
            if day is not None:
                return day, PublishedSource.PAGE
    return None, PublishedSource.NONE


def absolute_day(meaning: Meaning | None) -> date | None:
    """The day that a meaning names all by itself; None if it needs an anchor."""
    match meaning:
        case Date(year=int(year), month=int(month), day=int(day)):
            try:
                return make_date(year, month, day)
            except Impossible:
                return None
        case Written(text=text, order=order):
            slot = read_written(text, order, None)
            return slot.start if slot is not None else None
        case Clock(day=inner) | Part(day=inner):
            return absolute_day(inner)
        case _:
            return None
