"""The document's own date: from metadata, else from the page, else inferred from the text.

A wrong day is worse than none: every relative date of the article would be wrong with
it. So the page counts only where a line is there to give the date, and the text only
where it is dated throughout.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from pipeline.parsed import ParsedArticle
from pipeline.records import BlockKind, DateMention, Field, Granularity, PublishedSource
from pipeline.resolve.dates.anchors import headings, passage_datelines
from pipeline.resolve.dates.tense import Tense, tense
from pipeline.resolve.dates.written import read_written
from pipeline.rules.dates import DateRules
from pipeline.timex import Clock, Date, Impossible, Meaning, Part, Shift, Slot, Weekday, Written, make_date

_TOP = 5  # blocks from the top (or the end) of a page in which its date stands
_ALONE = 24  # characters that a line may hold beside its date


def resolve_published(
    article: ParsedArticle, dates: Sequence[DateMention], rules: DateRules
) -> tuple[date | None, PublishedSource]:
    """The day of publication and where it comes from; (None, NONE) rather than a guess."""
    known = article.article
    if known.published_date is not None:
        source = known.published_source
        return known.published_date, source if source is not PublishedSource.NONE else PublishedSource.METADATA
    day = _from_page(article, dates, rules)
    if day is not None:
        return day, PublishedSource.PAGE
    day = _from_text(article, dates, rules)
    if day is not None:
        return day, PublishedSource.INFERRED
    return None, PublishedSource.NONE


def _from_page(article: ParsedArticle, dates: Sequence[DateMention], rules: DateRules) -> date | None:
    """The day that a dateline, a byline or a "Published" line gives, with its year."""
    starting = {m.first for m in dates if m.field is Field.BODY}
    passages = {t.field: passage_datelines(t, starting) for t in article.texts if t.field is Field.BODY}
    for mention in dates:
        if mention.field is not Field.BODY or not _on_a_dateline(article, mention, rules):
            continue
        if article.text(mention.field).sent[mention.first] in passages[mention.field]:
            continue
        day = absolute_day(mention.expression.meaning)
        if day is None:
            day = _year_from_elsewhere(mention.expression.meaning, dates)
        if day is not None:
            return day
    return None


def _on_a_dateline(article: ParsedArticle, mention: DateMention, rules: DateRules) -> bool:
    text = article.text(mention.field)
    sentence = text.sent[mention.first]
    if sentence < 0:
        return False
    kind = text.sentences[sentence].kind
    if kind is BlockKind.DATELINE:
        return True
    number = text.sentences[sentence].block
    if number >= len(text.blocks) or kind not in (BlockKind.BODY, BlockKind.HEADING, BlockKind.BOILERPLATE):
        return False
    block = text.blocks[number].span
    line = block.of(text.text)
    near_edge = number < _TOP or number >= len(text.blocks) - _TOP
    if not near_edge or len(line) > 120:
        return False
    before = text.text[block.start : mention.span.start].lower()
    cues = rules.cues["published"]
    if any(cue in cues for cue in before.replace(":", " ").split()):
        return True
    return (
        number < _TOP and kind is BlockKind.BODY and len(line) - (mention.span.end - mention.span.start) <= _ALONE // 8
    )


def _year_from_elsewhere(meaning: Meaning | None, dates: Sequence[DateMention]) -> date | None:
    """A dateline's month and day with the year that the text gives to the very same day."""
    if not isinstance(meaning, Date) or meaning.month is None or meaning.day is None:
        return None
    for other in dates:
        day = absolute_day(other.expression.meaning)
        if day is not None and (day.month, day.day) == (meaning.month, meaning.day):
            return day
    return None


def _from_text(article: ParsedArticle, dates: Sequence[DateMention], rules: DateRules) -> date | None:
    """ "Today, 3 March 2014"; or the last of a timeline's headings, moved to the weekday that the lead names."""
    for left, right in pairwise(dates):
        day = absolute_day(right.expression.meaning)
        meaning = left.expression.meaning
        if day is None or not isinstance(meaning, Shift) or meaning.unit is not Granularity.DAY or meaning.by:
            continue
        between = article.text(left.field).text[left.span.end : right.span.start] if left.field is right.field else "?"
        if between.strip() in (",", "(", "-", "–", "") and len(between) < 4:
            return day
    sections = headings(article, dates, None, rules)
    days = [slot.start for slot, _ in sections.own.values() if slot.unit is Granularity.DAY]
    if len(days) < 2:
        return None
    last = max(days)
    text = article.text(Field.BODY)
    ahead: list[date] = []
    for mention in dates:
        if mention.field is not Field.BODY or mention.first >= sections.starts[0]:
            continue
        meaning = mention.expression.meaning
        if isinstance(meaning, Weekday) and tense(text, mention.first, mention.last, rules) is not Tense.FUTURE:
            ahead.append(last + timedelta((meaning.number - last.isoweekday()) % 7))
    return max(ahead, default=last)


def absolute_day(meaning: Meaning | None) -> date | None:
    """The day that a meaning names all by itself; None if it needs an anchor."""
    match meaning:
        case Date(year=int(year), month=int(month), day=int(day)):
            try:
                return make_date(year, month, day)
            except Impossible:
                return None
        case Written(text=text, order=order):
            try:
                slot = read_written(text, order, None)
            except Impossible:
                return None
            return slot.start if isinstance(slot, Slot) else None
        case Clock(day=inner) | Part(day=inner):
            return absolute_day(inner)
        case _:
            return None
