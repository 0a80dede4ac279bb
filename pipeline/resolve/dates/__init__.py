"""Which day, month or year each date expression means.

Every expression gets the anchor that the text gives it: the date heading it stands
under, the day on which the quotation it stands in was said, what the narration told
before, a named event, else the document's date. Without an anchor it stays unresolved;
today's date is never one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import Anchor, BlockKind, DateMention, Field, Granularity, QuoteMention, ResolvedDate, TimexType
from pipeline.resolve.dates.anchors import Told, cue_dates, headings, section_of, section_start
from pipeline.resolve.dates.evaluate import Context, Reading, evaluate
from pipeline.resolve.dates.tense import Tense, looks_ahead, looks_back, surely_over, tense
from pipeline.rules.dates import DateRules
from pipeline.timex import (
    Base,
    Clock,
    Date,
    Distance,
    Expression,
    Impossible,
    Length,
    Meaning,
    Part,
    Period,
    Shift,
    Slot,
    Weekday,
    Which,
    make_date,
)

_LEAD = 3  # sentences of a text's beginning
_OFTEN = 3  # mentions elsewhere that count as much as one there
_LONG = 330  # days between the ends of a range that share a year, if no year is told
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
    behind = document is not None and _a_day_behind(article, dates, document.start, rules)
    told = Told(article)
    done: dict[int, ResolvedDate] = {}

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
            opens=_opens(text, mention),
            frame=frame,
            bound=mention.expression.mod in _BOUNDS,
            closed=told.closed(mention),
            back=looks_back(text, mention.first, mention.last, rules)
            or text.kind_at(mention.first) is BlockKind.CAPTION,
            alone=_alone(text, mention),
            end=mention.expression.mod == "END",
            compared=_compared(text, mention, rules),
            ahead=looks_ahead(text, mention.first, mention.last, rules),
            behind=behind and anchor is Anchor.DOCUMENT,
            over=surely_over(text, mention.first, mention.last, rules),
        )

    order = sorted(range(len(dates)), key=lambda i: (i in said, i))  # quoted speech after the frame that dates it
    for i in order:
        mention = dates[i]
        expression: Expression = mention.expression
        context = context_of(i)
        if _closes_on(article, dates, i, rules):
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
            timex_type=expression.timex_type,
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
    _put_ranges_in_order(dates, done)
    return [done[i] for i in range(len(dates)) if i in done]


def _a_day_behind(article: ParsedArticle, dates: Sequence[DateMention], published: date, rules: DateRules) -> bool:
    """Whether a text tells of the day after its date as past: before any other weekday in its lead, or often.

    Feeds and updated pages carry such dates; a lead hardly names a day of six days ago.
    """
    tomorrow = published.isoweekday() % 7 + 1
    found = 0
    earlier = False
    for mention in dates:
        meaning = mention.expression.meaning
        day = meaning.day if isinstance(meaning, Part | Clock) else meaning
        if mention.field is not Field.BODY or not isinstance(day, Weekday) or mention.range_key is not None:
            continue
        text, first, last = article.text(mention.field), mention.first, mention.last
        if day != Weekday(tomorrow):
            earlier = True
        elif tense(text, first, last, rules) is Tense.PAST and not looks_ahead(text, first, last, rules):
            found += _OFTEN if len(text.sentences) > 2 * _LEAD and text.sent[first] < _LEAD and not earlier else 1
    return found >= _OFTEN


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


def _put_ranges_in_order(dates: Sequence[DateMention], done: dict[int, ResolvedDate]) -> None:
    """Bring the first end of a range before the last: "April to June", not of two years."""
    for i, mention in enumerate(dates[:-1]):
        if mention.range_key is None or dates[i + 1].range_key != mention.range_key or mention.range_key[0] == "&":
            continue
        first, last = done.get(i), done.get(i + 1)
        if first is None or last is None or first.start is None or last.start is None:
            continue
        if first.start <= last.start:
            if (last.start - first.start).days > _LONG:
                done[i + 1] = _in_year(last, dates[i + 1].expression.meaning, first.start.year)
            continue
        meaning = mention.expression.meaning
        day = _yearless(meaning)
        if day is not None:
            done[i] = _in_year(first, meaning, last.start.year - ((day.month or 0) > last.start.month))
        elif isinstance(meaning, Weekday) and meaning.which in (Which.BARE, Which.LAST):
            slot = Slot(first.start - timedelta(7), Granularity.DAY)
            done[i] = replace(first, value=slot.value, start=slot.start, end=slot.end)


def _yearless(meaning: Meaning) -> Date | None:
    """The month or day that a meaning names without its year, itself or as the day of a part or hour."""
    day = meaning.day if isinstance(meaning, Part | Clock) else meaning
    if isinstance(day, Date) and day.year is None and day.within is None and day.month:
        return day
    return None


def _in_year(found: ResolvedDate, meaning: Meaning, year: int) -> ResolvedDate:
    """The same month or day, or part or hour of such a day, in another year, if its words tell none."""
    day = _yearless(meaning)
    if day is None or day.month is None:
        return found
    try:
        slot = Slot(make_date(year, day.month, day.day or 1), Granularity.DAY if day.day else Granularity.MONTH)
    except Impossible:
        return found
    time = found.value[found.value.index("T") :] if "T" in found.value else ""
    return replace(found, value=slot.value + time, start=slot.start, end=slot.end)


def _compared(text: ParsedText, mention: DateMention, rules: DateRules) -> bool:
    """Whether an amount of the expression is compared with another: "up from $4 million last year"."""
    first, last = mention.first, mention.last
    after = last + 1 < len(text) and text.tag[last + 1] == "POS"
    amount = last + 2 if after else first - 1
    if not 0 <= amount < len(text) or text.sent[amount] != text.sent[first] or text.ent[amount] != "MONEY":
        return False
    start = text.sentences[text.sent[first]].first
    return any(text.lower[i] in rules.cues["comparison"] for i in range(start, first))


def _closes_on(article: ParsedArticle, dates: Sequence[DateMention], i: int, rules: DateRules) -> bool:
    """Whether the next expression gives the last day of this one: "the quarter ended Sept. 30"."""
    if i + 1 >= len(dates) or not isinstance(dates[i].expression.meaning, Period | Shift | Length):
        return False
    here, after = dates[i], dates[i + 1]
    text = article.text(here.field)
    between = text.lower[here.last + 1 : after.first]
    if here.field is not after.field or not 1 <= len(between) <= 2 or after.range_key != here.range_key:
        return False
    if between[0] in rules.cues["closing-on"]:
        return all(word in rules.cues["closing-preposition"] for word in between[1:])
    length = here.expression.meaning
    long = isinstance(length, Length) and length.amounts[0][1] in (Granularity.MONTH, Granularity.YEAR)
    return long and len(between) == 1 and between[0] in rules.cues["closing-length"]


def _day_of(meaning: Meaning, context: Context) -> date | None:
    try:
        slot = evaluate(meaning, context).slot
    except Impossible:
        return None
    return slot.end if slot is not None and slot.unit in (Granularity.DAY, Granularity.MONTH) else None


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


def _alone(text: ParsedText, mention: DateMention) -> bool:
    number = text.sent[mention.first]
    if number < 0:
        return False
    sentence = text.sentences[number]
    return all(
        mention.first <= i <= mention.last or text.pos[i] in ("PUNCT", "SPACE")
        for i in range(sentence.first, sentence.last + 1)
    )


def _opens(text: ParsedText, mention: DateMention) -> bool:
    sentence = text.sent[mention.first]
    return sentence >= 0 and mention.first - text.sentences[sentence].first <= 1
