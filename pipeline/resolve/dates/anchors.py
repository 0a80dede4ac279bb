"""What an expression can be counted from: date headings, dated quotations, what was told before."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Container, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import Anchor, BlockKind, DateMention, Field, QuoteMention, QuoteType
from pipeline.records import Granularity as Unit
from pipeline.resolve.dates.context import Closed, Context, Reading
from pipeline.resolve.dates.evaluate import evaluate
from pipeline.resolve.dates.tense import Tense, governor
from pipeline.rules.dates import DateRules
from pipeline.spans import Span
from pipeline.timex import Clock, Date, Impossible, Part, Slot, Weekday, make_date, unanchored

_MEMORY = 12  # expressions that the narration keeps in mind


@dataclass(slots=True)
class Sections:
    """The dated passages of the body: where each begins (tokens, ascending) and its date.

    A None date ends a passage without beginning a dated one. ``own`` holds the dates of
    the headings' own expressions and what they were counted from, by their index;
    ``undated`` those whose year is unknown.
    """

    starts: list[int] = field(default_factory=list)
    dates: list[Slot | None] = field(default_factory=list)
    own: dict[int, tuple[Slot, Anchor]] = field(default_factory=dict)
    undated: set[int] = field(default_factory=set)


def headings(article: ParsedArticle, dates: Sequence[DateMention], document: Slot | None, rules: DateRules) -> Sections:
    """Passages under headings that begin with a date; the year, if not given, from the headings before."""
    out = Sections()
    for text in article.texts:
        if text.field is not Field.BODY:
            continue
        at_start = {d.first: i for i, d in enumerate(dates) if d.field is Field.BODY}
        previous: Slot | None = None
        datelines = passage_datelines(text, at_start)
        for number, sentence in enumerate(text.sentences):
            if sentence.kind is not BlockKind.HEADING and number not in datelines:
                continue
            if number and text.sentences[number - 1].block == sentence.block:
                continue  # a heading's second sentence
            index = at_start.get(sentence.first)
            if index is not None and isinstance(dates[index].expression.meaning, Clock | Part):
                continue  # a live blog's hour, within the day
            slot = _heading_date(dates[index], previous, document, rules) if index is not None else None
            if slot is not None and index is not None:
                out.own[index] = (slot, _counted_from(dates[index], previous))
                previous = slot
            elif index is not None:
                out.undated.add(index)
            out.starts.append(sentence.first)
            out.dates.append(slot)
    if not out.own:
        return Sections(undated=out.undated)
    return out


def _counted_from(mention: DateMention, previous: Slot | None) -> Anchor:
    meaning = mention.expression.meaning
    if isinstance(meaning, Date) and meaning.year is not None:
        return Anchor.NONE
    return Anchor.HEADING if previous is not None else Anchor.DOCUMENT


def passage_datelines(text: ParsedText, starting: Container[int]) -> frozenset[int]:
    """Numbers of the sentences that are a line of a date alone and stand over passages of their own.

    One such line is the page's date; two or more with text between them are headings.
    ``starting`` holds the tokens with which date expressions begin.
    """
    found: list[int] = []
    after_text = True
    for number, sentence in enumerate(text.sentences):
        if sentence.kind is BlockKind.DATELINE and sentence.first in starting:
            if after_text:
                found.append(number)
            after_text = False
        elif sentence.kind is BlockKind.BODY:
            after_text = True
    return frozenset(found) if len(found) > 1 else frozenset()


def _heading_date(mention: DateMention, previous: Slot | None, document: Slot | None, rules: DateRules) -> Slot | None:
    meaning = mention.expression.meaning
    if not isinstance(meaning, Date | Weekday):
        return None
    if isinstance(meaning, Date) and meaning.year is None and meaning.within is None and meaning.month and previous:
        near = []
        for year in (previous.start.year, previous.start.year - 1, previous.start.year + 1):
            with suppress(Impossible):  # 29 February
                day = make_date(year, meaning.month, meaning.day or 1)
                near.append(Slot(day, Unit.DAY if meaning.day else Unit.MONTH))
        return min(near, key=lambda s: abs((s.start - previous.start).days), default=None)
    now = previous if isinstance(meaning, Weekday) and previous else document
    context = Context(now=now, anchor=Anchor.DOCUMENT, focus=(), tense=Tense.PAST, rules=rules)
    try:
        reading = evaluate(meaning, context)
    except Impossible:
        return None
    return reading.slot if reading.slot is not None and reading.value != unanchored(meaning) else None


def section_start(sections: Sections, mention: DateMention) -> int:
    """The first token of the dated passage in which a mention stands; 0 if there are none."""
    if mention.field is not Field.BODY or not sections.starts:
        return 0
    index = bisect_right(sections.starts, mention.first) - 1
    return sections.starts[index] if index >= 0 and sections.dates[index] is not None else 0


def section_of(sections: Sections, mention: DateMention) -> Slot | None:
    """The date of the heading under which a mention stands; None if it stands under none."""
    if mention.field is not Field.BODY or not sections.starts:
        return None
    index = bisect_right(sections.starts, mention.first) - 1
    return sections.dates[index] if index >= 0 else None


def cue_dates(article: ParsedArticle, dates: Sequence[DateMention], quotes: Sequence[QuoteMention]) -> dict[int, int]:
    """For each mention inside quotation marks, the mention that dates the saying, by index.

    That is the expression outside of the quotation whose governing verb is the quote's
    cue: "We met yesterday," he *said* on *Tuesday*.
    """
    out: dict[int, int] = {}
    places: dict[Field, list[tuple[int, int]]] = {}
    for i, mention in enumerate(dates):
        places.setdefault(mention.field, []).append((mention.span.start, i))
    for quote in quotes:
        where = places.get(quote.field)
        if where is None or quote.cue_token is None or quote.quote_type is QuoteType.INDIRECT:
            continue
        text = article.text(quote.field)
        inside = [
            i for span in quote.spans for i in _between(where, span) if _within_marks(text, dates[i], span, quote)
        ]
        sentence = text.sent[quote.cue_token]
        if not inside or sentence < 0:
            continue
        for i in _between(where, text.sentences[sentence].span):
            d = dates[i]
            outside = not any(d.span.overlaps(span) for span in quote.spans)
            if outside and governor(text, d.first, d.last) == quote.cue_token:
                out.update(dict.fromkeys(inside, i))
                break
    return out


def _between(where: list[tuple[int, int]], span: Span) -> list[int]:
    """Indices of the mentions, sorted by their start, that begin inside a span."""
    first, after = bisect_left(where, (span.start, 0)), bisect_left(where, (span.end, 0))
    return [i for _, i in where[first:after]]


def _within_marks(text: ParsedText, mention: DateMention, span: Span, quote: QuoteMention) -> bool:
    """Whether a mention is the speaker's own word: all of a direct quote is, of a mixed one what marks enclose."""
    if not (span.start <= mention.span.start and mention.span.end <= span.end):
        return False
    if quote.quote_type is QuoteType.DIRECT:
        return True
    before = text.text[span.start : mention.span.start]
    opened = before.count("“") - before.count("”")
    plain = before.count('"') % 2 + (before.count("``") - before.count("''"))
    return opened > 0 or plain > 0


class Told:
    """What the narration has told so far: the slots of the expressions before, with their places."""

    def __init__(self, article: ParsedArticle) -> None:
        self.article = article
        self.slots: dict[Field, list[tuple[int, Slot]]] = {}
        self._closed: dict[Field, tuple[Closed, ...]] = {}

    def add(self, mention: DateMention, reading: Reading) -> None:
        """Remember an expression's slot; the day of a clock time counts as its slot."""
        slot = reading.slot
        if slot is None and reading.start is not None and reading.start == reading.end:
            slot = Slot(reading.start, Unit.DAY)
        closed = self._closed.get(mention.field, ())
        if slot is not None and reading.start is None and reading.value == slot.value:  # its number is told now
            self._closed[mention.field] = tuple(replace(c, numbered=True) if c.slot == slot else c for c in closed)
        elif slot is not None and reading.start is not None and reading.end is not None:
            told = Closed(slot, reading.start, reading.end, reading.value == slot.value)
            self._closed[mention.field] = (told, *closed[: _MEMORY - 1])
        if slot is not None:
            insort(self.slots.setdefault(mention.field, []), (mention.first, slot))

    def closed(self, mention: DateMention) -> tuple[Closed, ...]:
        """Periods that the mention's text has told by their last day, the last one first."""
        return self._closed.get(mention.field, ())

    def before(self, mention: DateMention, since: int) -> tuple[tuple[Slot, int], ...]:
        """Slots told before a mention, from token ``since`` on, the nearest first, with their distance in sentences."""
        told = self.slots.get(mention.field)
        if not told:
            return ()
        sent = self.article.text(mention.field).sent
        here = sent[mention.first]
        end = bisect_left(told, mention.first, key=lambda t: t[0])
        near = reversed(told[max(0, end - _MEMORY) : end])
        return tuple((slot, here - sent[token]) for token, slot in near if token >= since)
