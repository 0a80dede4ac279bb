"""Which day, month or year each date expression means.

Every expression gets the anchor that the text gives it: the date heading it stands
under, the day on which the quotation it stands in was said, what the narration told
before, a named event, else the document's date. Without an anchor it stays unresolved;
today's date is never one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pipeline.parsed import ParsedArticle
from pipeline.records import Anchor, BlockKind, DateMention, Granularity, QuoteMention, ResolvedDate, TimexType
from pipeline.resolve.dates.anchors import Told, cue_dates, headings, section_of, section_start
from pipeline.resolve.dates.clues import (
    a_day_behind,
    alone,
    called_by_day,
    closes_on,
    compared,
    counted_from_event,
    day_behind,
    habitual,
    opens,
    same_happening,
    year_of_its_phrase,
)
from pipeline.resolve.dates.context import Context, Reading
from pipeline.resolve.dates.evaluate import evaluate
from pipeline.resolve.dates.ranges import put_ranges_in_order
from pipeline.resolve.dates.tense import (
    dates_its_verb,
    looks_ahead,
    looks_back,
    plain_past,
    plainly_to_come,
    surely_over,
    tense,
)
from pipeline.rules.dates import DateRules
from pipeline.timex import Base, Clock, Distance, Expression, Happening, Impossible, Length, Meaning, Part, Shift, Slot

# The value is only a bound: "more than a decade ago" is no day of the year ten years back.
_BOUNDS = frozenset(("BEFORE", "AFTER", "ON_OR_BEFORE", "ON_OR_AFTER"))


def resolve_dates(
    article: ParsedArticle,
    dates: Sequence[DateMention],
    quotes: Sequence[QuoteMention],
    published: date | None,
    rules: DateRules,
) -> list[ResolvedDate]:
    """The value and interval of each mention, in the order of ``dates``.

    Mentions whose words name no day of the calendar are left out. ``published`` None:
    what is relative to the time of writing keeps an unresolved value (``XXXX-WXX-5``)
    and no interval.
    """
    document = Slot(published, Granularity.DAY) if published is not None else None
    sections = headings(article, dates, document, rules)
    said = cue_dates(article, dates, quotes)
    behind = document is not None and a_day_behind(article, dates, document.start, rules)
    told = Told(article)
    done: dict[int, ResolvedDate] = {}
    times = [i for i, mention in enumerate(dates) if _of_no_day(mention.expression.meaning)]
    called = called_by_day(article, dates, rules)
    twins = same_happening(article, dates, times, rules) | day_behind(article, dates, times, rules)

    def context_of(i: int) -> Context:
        mention = dates[i]
        text = article.text(mention.field)
        now, anchor = document, Anchor.DOCUMENT
        section, frame = section_of(sections, mention), None
        if section is not None:
            now, anchor = section, Anchor.HEADING
            if section.unit is not Granularity.DAY:  # a month or year can complete dates, but "Friday" may be any in it
                now, frame = None, section
        cue = done.get(said[i]) if i in said else None
        if cue is not None and cue.start is not None and cue.start == cue.end:
            now, anchor = Slot(cue.start, Granularity.DAY), Anchor.QUOTE
        return Context(
            now=now,
            anchor=anchor,
            focus=() if i in sections.undated else told.before(mention, section_start(sections, mention)),
            tense=tense(text, mention.first, mention.last, rules),
            rules=rules,
            opens=opens(text, mention),
            frame=frame,
            bound=mention.expression.mod in _BOUNDS,
            closed=told.closed(mention),
            back=looks_back(text, mention.first, mention.last, rules)
            or text.kind_at(mention.first) is BlockKind.CAPTION,
            alone=alone(text, mention),
            end=mention.expression.mod == "END",
            compared=compared(text, mention, rules),
            direct=dates_its_verb(text, mention.first, mention.last),
            plain=plainly_to_come(text, mention.first, mention.last, rules),
            ahead=looks_ahead(text, mention.first, mention.last, rules),
            behind=behind and anchor is Anchor.DOCUMENT,
            past=_goes_on(mention.expression.meaning) and plain_past(text, mention.first, mention.last),
            over=surely_over(text, mention.first, mention.last, rules),
            unsaid=i in times
            and (habitual(article, dates, mention, rules) or counted_from_event(article, dates, mention)),
            called=called,
            of_year=year_of_its_phrase(article, dates, i)
            if isinstance(mention.expression.meaning, Happening)
            else None,
            same=_day(done.get(twins[i])) if i in twins else None,
        )

    # quoted speech after the frame that dates it, a time of day after the day that is told of the same elsewhere
    order = sorted(range(len(dates)), key=lambda i: (i in said, i in twins, i))
    for i in order:
        mention = dates[i]
        expression: Expression = mention.expression
        context = context_of(i)
        if closes_on(article, dates, i, rules):
            context = replace(context, until=_day_of(dates[i + 1].expression.meaning, context_of(i + 1)))
        if i in sections.own:
            own, counted_from = sections.own[i]
            reading = Reading(own.value, own.unit, counted_from, own)
        else:
            try:
                reading = evaluate(expression.meaning, context)
            except Impossible:
                continue
        start, end = _bounded(expression, reading, context) if expression.mod in _BOUNDS else reading.interval
        done[i] = ResolvedDate(
            mention=mention,
            timex_type=reading.timex_type or expression.timex_type,
            value=reading.value,
            mod=expression.mod,
            start=start,
            end=end,
            granularity=reading.unit,
            anchor=reading.anchor,
            rule=mention.rule,
        )
        if _part_of_the_year(expression.meaning) and context.now is not None:
            told.add(mention, replace(reading, slot=Slot.at(Granularity.YEAR, context.now.start)))
        elif expression.timex_type in (TimexType.DATE, TimexType.TIME) and not _aside(expression.meaning):
            told.add(mention, reading)
    put_ranges_in_order(dates, done)
    return [done[i] for i in range(len(dates)) if i in done]


def _bounded(expression: Expression, reading: Reading, context: Context) -> tuple[date | None, date | None]:
    """The interval of a bound, which has one only up to now: "less than two weeks ago"."""
    meaning = expression.meaning
    since, now = reading.interval[0], context.now
    if (
        expression.mod != "AFTER"
        or not isinstance(meaning, Distance)
        or meaning.forward
        or meaning.base is not Base.NOW
    ):
        return None, None
    if since is None or now is None or meaning.of is not None or since > now.start:
        return None, None
    return since, now.start


def _day_of(meaning: Meaning, context: Context) -> date | None:
    try:
        slot = evaluate(meaning, context).slot
    except Impossible:
        return None
    return slot.end if slot is not None and slot.unit in (Granularity.DAY, Granularity.MONTH) else None


def _goes_on(meaning: Meaning) -> bool:
    """ "The next year": of the narration where that is in the past."""
    return isinstance(meaning, Shift) and meaning.base is Base.TOLD


def _of_no_day(meaning: Meaning) -> bool:
    """A time of day whose words give no day."""
    return isinstance(meaning, Clock | Part) and meaning.day is None


def _day(found: ResolvedDate | None) -> Slot | None:
    if found is None or found.start is None or found.start != found.end:
        return None
    return Slot(found.start, Granularity.DAY)


def _aside(meaning: Meaning) -> bool:
    """A period named only for comparison ("than a year earlier"): the narration does not move there."""
    if isinstance(meaning, Shift):
        return meaning.year is not None
    return isinstance(meaning, Distance) and meaning.unit is Granularity.YEAR and (meaning.keep or meaning.count == 1)


def _part_of_the_year(meaning: Meaning) -> bool:
    """ "The first nine months", "the nine months": a stretch of the running year, which comparisons then mean."""
    if not isinstance(meaning, Length) or len(meaning.amounts) != 1 or meaning.reach:
        return False
    number, unit = meaning.amounts[0]
    return unit is Granularity.MONTH and number in (6, 9)
