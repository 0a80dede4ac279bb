"""What the text around a date expression tells of it, besides its tense."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import DateMention, Field, Granularity, TimexType
from pipeline.resolve.dates.tense import Tense, dates_its_verb, governor, is_plain_past, looks_ahead, tense
from pipeline.rules.dates import DateRules, EventRow
from pipeline.timex import Clock, Date, Happening, Length, Meaning, Part, Period, Repeat, Shift, Weekday

_LEAD = 3  # sentences of a text's beginning
_LONGER = (Granularity.DAY, Granularity.WEEK, Granularity.MONTH, Granularity.YEAR)
_BRACKET = 3  # times of day beside each other: "10 p.m. (0200 GMT)"
_PHRASE = 5  # steps up the parse within one noun phrase
_OFTEN = 3  # mentions elsewhere that count as much as one there


def a_day_behind(article: ParsedArticle, dates: Sequence[DateMention], published: date, rules: DateRules) -> bool:
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


def compared(text: ParsedText, mention: DateMention, rules: DateRules) -> bool:
    """Whether an amount of the expression is compared with another: "up from $4 million last year"."""
    first, last = mention.first, mention.last
    after = last + 1 < len(text) and text.tag[last + 1] == "POS"
    amount = last + 2 if after else first - 1
    if not 0 <= amount < len(text) or text.sent[amount] != text.sent[first] or text.ent[amount] != "MONEY":
        return False
    start = text.sentences[text.sent[first]].first
    return any(text.lower[i] in rules.cues["comparison"] for i in range(start, first))


def closes_on(article: ParsedArticle, dates: Sequence[DateMention], i: int, rules: DateRules) -> bool:
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


def alone(text: ParsedText, mention: DateMention) -> bool:
    """Whether a mention is all of its sentence."""
    number = text.sent[mention.first]
    if number < 0:
        return False
    sentence = text.sentences[number]
    return all(
        mention.first <= i <= mention.last or text.pos[i] in ("PUNCT", "SPACE")
        for i in range(sentence.first, sentence.last + 1)
    )


def opens(text: ParsedText, mention: DateMention) -> bool:
    """Whether a mention opens its sentence, a preposition before it apart."""
    sentence = text.sent[mention.first]
    return sentence >= 0 and mention.first - text.sentences[sentence].first <= 1


def habitual(article: ParsedArticle, dates: Sequence[DateMention], mention: DateMention, rules: DateRules) -> bool:
    """Whether a time of day is that of many days: "every Friday from 8 a.m.", "usually by 6 p.m."."""
    text = article.text(mention.field)
    number = text.sent[mention.first]
    if number < 0:
        return False
    sentence = text.sentences[number]
    if any(text.lower[i] in rules.cues["habit"] for i in range(sentence.first, mention.first)):
        return True
    return any(
        d.timex_type is TimexType.SET
        and d.field is mention.field
        and sentence.first <= d.first <= sentence.last
        and (text.lower[d.first] in rules.cues["each-time"] or d.expression.meaning != Repeat(Granularity.DAY))
        for d in dates
    )


def counted_from_event(article: ParsedArticle, dates: Sequence[DateMention], mention: DateMention) -> bool:
    """Whether the sentence counts a time's day from an event: "at 6 a.m., ten days before the vote"."""
    text = article.text(mention.field)
    return any(
        d.field is mention.field
        and text.sent[d.first] == text.sent[mention.first]
        and isinstance(d.expression.meaning, Length)
        and d.expression.meaning.amounts[-1][1] in _LONGER
        and d.last + 1 < len(text)
        and text.lower[d.last + 1] in ("before", "after")
        for d in dates
    )


def same_happening(
    article: ParsedArticle, dates: Sequence[DateMention], times: Sequence[int], rules: DateRules
) -> dict[int, int]:
    """For times of day without a day, the expression that dates the same happening elsewhere in the text, by index.

    The same happened where both hang on a verb of one lemma in the past, told of the same
    subject or of a pronoun: "He was shot on Oct. 23 …", "Reed was shot at 10 p.m.".
    """
    out: dict[int, int] = {}
    for i in times:
        here = dates[i]
        text = article.text(here.field)
        verb = governor(text, here.first, here.last)
        if verb is None or text.lemma[verb] in rules.cues["of-any-day"] or not is_plain_past(text, verb):
            continue
        for j, there in enumerate(dates):
            if j in times or there.field is not here.field or there.timex_type not in (TimexType.DATE, TimexType.TIME):
                continue
            other = governor(text, there.first, there.last)
            if (
                other is None
                or other == verb
                or text.lemma[other] != text.lemma[verb]
                or not is_plain_past(text, other)
            ):
                continue
            if dates_its_verb(text, there.first, there.last) and _one_subject(text, verb, other):
                out[i] = j
                break
    return out


def day_behind(
    article: ParsedArticle, dates: Sequence[DateMention], times: Sequence[int], rules: DateRules
) -> dict[int, int]:
    """For times of day, the day that follows them behind a bracket: "at 10 p.m. (0200 GMT) on Tuesday", by index."""
    out: dict[int, int] = {}
    every = set(times)
    for i in times:
        text = article.text(dates[i].field)
        j = i + 1
        while j in every and j - i < _BRACKET and dates[j].field is dates[i].field:
            j += 1
        if j == i + 1 or j in every or j >= len(dates) or dates[j].field is not dates[i].field:
            continue
        day = dates[j].expression.meaning
        if not isinstance(day, Weekday | Date) or text.sent[dates[i].first] != text.sent[dates[j].first]:
            continue
        between = range(dates[i].last + 1, dates[j].first)
        inner = {t for k in range(i + 1, j) for t in range(dates[k].first, dates[k].last + 1)}
        if all(t in inner or text.lower[t] in rules.cues["bracket-filler"] for t in between):
            out.update(dict.fromkeys(range(i, j), j))
    return out


def _one_subject(text: ParsedText, one: int, other: int) -> bool:
    """Whether two verbs have one subject by its head word, or one of them a pronoun for it."""
    first, second = ([c for c in text.children[verb] if text.dep[c] in ("nsubj", "nsubjpass")] for verb in (one, other))
    if not first or not second:
        return False
    pronouns = sum(text.pos[subject[0]] == "PRON" for subject in (first, second))
    return pronouns == 1 or text.lower[first[0]] == text.lower[second[0]]


def year_of_its_phrase(article: ParsedArticle, dates: Sequence[DateMention], i: int) -> int | None:
    """The year that hangs on a mention's own noun: "the Sept. 11 attack on the compound in 2012"."""
    if i + 1 >= len(dates):
        return None
    here, after = dates[i], dates[i + 1]
    meaning = after.expression.meaning
    if after.field is not here.field or not isinstance(meaning, Date) or meaning.year is None or meaning.month:
        return None
    text = article.text(here.field)
    at = after.first
    for _ in range(_PHRASE):
        above = text.head[at]
        if here.first <= above <= here.last:
            return meaning.year
        if above == at or text.pos[above] in ("VERB", "AUX"):
            return None
        at = above
    return None


def called_by_day(article: ParsedArticle, dates: Sequence[DateMention], rules: DateRules) -> Mapping[str, EventRow]:
    """The known event that each day of the year means in this text ("the Sept. 11 attacks"), by month and day."""
    rows = [row for row in rules.events.values() if row.month_day]
    wanted = {row.month_day for row in rows}
    if not any(_month_day(m.expression.meaning, rules) in wanted for m in dates):
        return {}
    out: dict[str, EventRow] = {}
    for row in rows:
        if row.month_day not in out or (row.cue and any(row.cue in t.lower for t in article.texts)):
            out[row.month_day] = row
    return out


def _month_day(meaning: Meaning, rules: DateRules) -> str:
    if isinstance(meaning, Happening) and meaning.by_day:
        return rules.events[meaning.name].month_day
    if isinstance(meaning, Date) and meaning.year is None and meaning.month and meaning.day:
        return f"{meaning.month:02d}-{meaning.day:02d}"
    return ""
