"""From a meaning and its anchors to a calendar slot and a TIMEX3 value."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import date, timedelta

from pipeline.records import Anchor, Granularity, TimexType
from pipeline.resolve.dates.context import Context, Reading
from pipeline.resolve.dates.holidays import holiday_slot
from pipeline.resolve.dates.tense import Tense
from pipeline.resolve.dates.written import read_written
from pipeline.timex import (
    Base,
    Century,
    Clock,
    Date,
    Decade,
    Distance,
    Happening,
    Holiday,
    Impossible,
    Length,
    Meaning,
    Nth,
    Part,
    Period,
    Ref,
    Repeat,
    Shift,
    Slot,
    Weekday,
    Which,
    Written,
    clock_value,
    finer,
    length_value,
    make_date,
    move,
    named_slot,
    number_in_year,
    unanchored,
    unknown,
    unnumbered,
)

Unit = Granularity
_GOES_ON = 62  # days by which a date without year may follow the one told before, if the document has none
_AHEAD = 0.1  # news looks back: a month or day of an unknown tense lies more often in the year before than in the next
_SOON = 3  # days ahead within which a weekday is rather the coming one, if no past tense dates it
_FAR = 100  # cycles: further than any reading lies
_PLANNED = 0.35  # what goes on is rather for a month to come: "are preparing for the November vote"
_ANNIVERSARY = 75  # days around the day of a known event within which its bare date may be this year's
_COMPARED = 8  # sentences over which a comparison reaches back to the period it compares
_NAMED = (Unit.MONTH, Unit.QUARTER, Unit.HALF, Unit.SEASON)  # what a year has by name or number
# What it costs a reading to go against the tense of its verb, in cycles (years): a month goes by
# a future tense, a quarter by nearness, tuned on news with labelled dates.
_AGAINST = {
    Tense.PAST: {Unit.DAY: 0.7, Unit.MONTH: 0.75, Unit.QUARTER: 0.45, Unit.HALF: 0.3, Unit.SEASON: 0.6},
    Tense.FUTURE: {Unit.DAY: 0.7, Unit.MONTH: 0.9, Unit.QUARTER: 0.45, Unit.HALF: 0.5, Unit.SEASON: 0.9},
}


def evaluate(meaning: Meaning, context: Context) -> Reading:
    """The reading of a meaning. Impossible if it names no day of the calendar."""
    reading = _Evaluator(context).read(meaning)
    slot = reading.slot
    if slot is None or slot.unit not in _NAMED or reading.anchor is not Anchor.PREVIOUS or reading.start is not None:
        return reading
    for told in context.closed:
        if told.slot.unit is slot.unit and number_in_year(told.slot) == number_in_year(slot):
            years = slot.start.year - told.slot.start.year
            first, last = (move(day, Unit.YEAR, years) for day in (told.first, told.last))
            value = reading.value if told.numbered else unnumbered(slot.unit, last.year)
            return replace(reading, value=value, start=first, end=last)
    return reading


def _of(slot: Slot, anchor: Anchor) -> Reading:
    return Reading(slot.value, slot.unit, anchor, slot)


class _Evaluator:
    def __init__(self, context: Context) -> None:
        self.c = context
        self.now = context.now.start if context.now is not None else None

    def read(self, meaning: Meaning) -> Reading:
        match meaning:
            case Date():
                return self.calendar(meaning)
            case Written():
                found = read_written(meaning.text, meaning.order, self.now)
                if isinstance(found, str):
                    return Reading(found, Unit.DAY)
                return _of(found, Anchor.NONE)
            case Period():
                return self.period(meaning)
            case Decade():
                return self.decade(meaning)
            case Century(number=number):
                return _of(Slot(make_date(max((number - 1) * 100, 1), 1, 1), Unit.CENTURY), Anchor.NONE)
            case Weekday():
                return self.weekday(meaning)
            case Holiday():
                return self.holiday(meaning)
            case Shift():
                return self.shift(meaning)
            case Distance():
                return self.distance(meaning)
            case Nth():
                return self.nth(meaning)
            case Part():
                return self.part(meaning)
            case Clock():
                return self.clock(meaning)
            case Length():
                return self.length(meaning)
            case Repeat():
                return self.repeat(meaning)
            case Ref(value=value):
                return Reading(value, Unit.OTHER)
            case Happening():
                return self.happening(meaning)

    # -------------------------------------------------------------- anchors

    def focus(self, unit: Granularity, reach: int = 6, *, other: bool = False) -> Slot | None:
        """The nearest slot told before that has a unit of this size (a day has a month, a year no day).

        ``other``: rather one that is not the anchor's own, as "that year" is not this one.
        """
        own: Slot | None = None
        if unit in (Unit.QUARTER, Unit.HALF):  # rather one told as such than that of a day told since
            for slot, distance in self.c.focus:
                if slot.unit is unit and distance <= 2:
                    return slot
        for slot, distance in self.c.focus:
            if distance <= reach and not finer(unit, slot.unit):
                if not other or self.now is None or self.now not in Slot.at(unit, slot.start):
                    return slot
                own = own or slot
        return own

    def told_on(self, make: Callable[[int], Slot]) -> Slot | None:
        """The slot of a bare month or day that goes on from the date told just before, whose year it takes over."""
        if self.c.tense is Tense.FUTURE:
            return None
        for slot, distance in self.c.focus:
            if distance <= 1 and slot.unit in (Unit.DAY, Unit.MONTH):
                for year in (slot.start.year, slot.start.year + 1):
                    try:
                        found = make(year)
                    except Impossible:
                        continue
                    if 0 <= (found.start - slot.start).days <= _GOES_ON:
                        return found
                return None
        return None

    def unresolved(self, meaning: Meaning, unit: Granularity) -> Reading:
        return Reading(unanchored(meaning), unit)

    # -------------------------------------------------- the nearest of a name

    def choose(self, near: Callable[[int], Slot], which: Which) -> tuple[Slot, Anchor] | None:
        """Which of the slots of one name is meant; ``near(k)`` is the one in the anchor's cycle, moved by k."""
        if which in (Which.PREVIOUS, Which.SAME, Which.FOLLOWING):
            focus = self.c.focus[0][0] if self.c.focus else None
            if focus is not None:
                return self.from_focus(near, which, focus)
            which = {Which.PREVIOUS: Which.LAST, Which.FOLLOWING: Which.NEXT}.get(which, Which.BARE)
        if self.now is None:
            return None
        now = self.now
        options = [near(k) for k in (-2, -1, 0, 1, 2)]
        if which is Which.LAST:
            return [s for s in options if s.end < now][-1], self.c.anchor
        if which is Which.NEXT:
            return next(s for s in options if s.start > now), self.c.anchor
        if which is Which.THIS:
            return near(0), self.c.anchor
        cycle = (options[3].start - options[2].start).days
        return min(options, key=lambda s: (self._unlikely(s, now, cycle), s.start)), self.c.anchor

    def _unlikely(self, slot: Slot, now: date, cycle: int) -> float:
        """How far a slot lies from now, in cycles; more if it lies against the tense."""
        if now in slot:
            return 0.0
        ahead = slot.start > now
        if ahead and self.c.over:
            return float(_FAR)
        away = (slot.start - now).days if ahead else (now - slot.end).days
        against = (ahead and self.c.tense is Tense.PAST) or (not ahead and self.c.tense is Tense.FUTURE)
        doubt = _AHEAD if ahead and self.c.tense is Tense.NONE else 0.0
        if not ahead and self.c.tense is Tense.ONGOING:
            doubt = _PLANNED
        return away / cycle + doubt + (_AGAINST[self.c.tense][slot.unit] if against else 0.0)

    def from_focus(self, near: Callable[[int], Slot], which: Which, focus: Slot) -> tuple[Slot, Anchor]:
        """The slot of the name just before, at or just after the focus."""
        cycle = (near(1).start - near(0).start).days
        edge = focus.end if which is Which.FOLLOWING else focus.start
        about = round((edge - near(0).start).days / cycle)
        options = [near(about + k) for k in (-2, -1, 0, 1, 2)]
        if which is Which.FOLLOWING:
            return next(s for s in options if s.start > focus.end), Anchor.PREVIOUS
        if which is Which.PREVIOUS:
            return [s for s in options if s.end < focus.start][-1], Anchor.PREVIOUS
        return [s for s in options if s.start <= focus.end][-1], Anchor.PREVIOUS

    # ------------------------------------------------------------------ dates

    def year_of(self, within: Meaning) -> tuple[int, Anchor] | None:
        reading = self.read(within)
        return (reading.slot.start.year, reading.anchor) if reading.slot is not None else None

    def calendar(self, m: Date) -> Reading:
        if m.year is not None and m.month is None:
            return _of(Slot(make_date(m.year, 1, 1), Unit.YEAR), Anchor.NONE)
        if m.year is not None and m.month is not None:
            return _of(self._day_or_month(m.year, m.month, m.day), Anchor.NONE)
        if m.month is None:
            return self._day_alone(m)
        unit = Unit.DAY if m.day is not None else Unit.MONTH
        month, day = m.month, m.day
        if m.within is not None:
            year = self.year_of(m.within)
            if year is None:
                return self.unresolved(m, unit)
            return _of(self._day_or_month(year[0], month, day), year[1])
        if self.c.frame is not None and not m.which:
            return _of(self._day_or_month(self.c.frame.start.year, month, day), Anchor.HEADING)
        if self.now is None:
            told_on = None if m.which else self.told_on(lambda year: self._day_or_month(year, month, day))
            return _of(told_on, Anchor.PREVIOUS) if told_on else self.unresolved(m, unit)
        base = self.now.year
        if m.weekday is not None and m.day is not None:
            fitting = [y for y in (base, base - 1, base + 1) if _fits(y, month, m.day, m.weekday)]
            if len(fitting) >= 1 and m.which is Which.BARE:
                return _of(self._day_or_month(fitting[0], month, day), self.c.anchor)
        if (month, day) == (2, 29):
            return self._leap(m)
        if m.which is Which.BARE and m.weekday is None and day is not None:
            by_day = self._by_its_day(month, day)
            if by_day is not None:
                return by_day
        told = self._year_told(opens=self.c.opens and day is not None)
        if m.which is Which.BARE and told is not None:
            return _of(self._day_or_month(told, month, day), Anchor.PREVIOUS)
        found = self.choose(lambda k: self._day_or_month(base + k, month, day), m.which)
        return _of(*found) if found else self.unresolved(m, unit)

    def _day_alone(self, m: Date) -> Reading:
        """ "The 15th": of the month told just before, else the nearest that the tense allows."""
        if m.day is None:
            return self.unresolved(m, Unit.DAY)
        for slot, distance in self.c.focus:
            if distance <= 1 and slot.unit is Unit.MONTH:
                return _of(Slot(make_date(slot.start.year, slot.start.month, m.day), Unit.DAY), Anchor.PREVIOUS)
        if self.now is None:
            return self.unresolved(m, Unit.DAY)
        ahead = self.c.tense is Tense.FUTURE
        month = Slot.at(Unit.MONTH, self.now)
        for by in (0, 1, 2) if ahead else (0, -1, -2):
            start = month.shift(by).start
            try:
                day = make_date(start.year, start.month, m.day)
            except Impossible:
                continue  # no 31st in this one
            if day >= self.now if ahead else day <= self.now:
                return _of(Slot(day, Unit.DAY), self.c.anchor)
        return self.unresolved(m, Unit.DAY)

    def _year_told(self, *, opens: bool = False) -> int | None:
        """The year of the passage, where its own sentence names one in the past that is not the document's."""
        if self.now is None or self.c.tense is Tense.FUTURE:
            return None
        for slot, distance in self.c.focus:
            if distance == 1 and not (opens and slot.unit is Unit.YEAR and self.c.tense is Tense.PAST):
                return None
            if distance <= 1 and slot.unit is not Unit.DECADE and slot.unit is not Unit.CENTURY:
                if abs(slot.start.year - self.now.year) > 1:
                    return slot.start.year
                return None
        return None

    def _leap(self, m: Date) -> Reading:
        if self.now is None:
            return self.unresolved(m, Unit.DAY)
        for k in (0, -1, 1, -2, 2, -3, 3, -4, 4):
            try:
                return _of(Slot(make_date(self.now.year + k, 2, 29), Unit.DAY), self.c.anchor)
            except Impossible:
                continue
        return self.unresolved(m, Unit.DAY)

    def _day_or_month(self, year: int, month: int, day: int | None) -> Slot:
        if day is None:
            return Slot(make_date(year, month, 1), Unit.MONTH)
        return Slot(make_date(year, month, day), Unit.DAY)

    def period(self, m: Period) -> Reading:
        if m.year is not None:
            return self._closed(named_slot(m.unit, m.number, m.year), Anchor.NONE)
        if m.within is not None:
            year = self.year_of(m.within)
            if year is None:
                return self.unresolved(m, m.unit)
            slot = named_slot(m.unit, m.number, year[0])
            if (
                self.now is not None
                and slot.start > self.now
                and self.c.tense is Tense.PAST
                and isinstance(m.within, Shift)
            ):
                slot = named_slot(m.unit, m.number, year[0] - 1)  # of the year just over, told in January
            return self._closed(slot, year[1])
        if self.c.until is not None:  # by the name that a firm's own calendar gives it
            return self._closed(named_slot(m.unit, m.number, self.c.until.year), self.c.anchor)
        if self.c.frame is not None and not m.which:
            return _of(named_slot(m.unit, m.number, self.c.frame.start.year), Anchor.HEADING)
        if self.now is None:
            told_on = None if m.which else self.told_on(lambda year: named_slot(m.unit, m.number, year))
            return _of(told_on, Anchor.PREVIOUS) if told_on else self.unresolved(m, m.unit)
        base = self.now.year
        told = self._year_told()
        if m.which is Which.BARE and told is not None:
            return _of(named_slot(m.unit, m.number, told), Anchor.PREVIOUS)
        found = self.choose(lambda k: named_slot(m.unit, m.number, base + k), m.which)
        return _of(*found) if found else self.unresolved(m, m.unit)

    def _closed(self, slot: Slot, anchor: Anchor) -> Reading:
        """The slot, with the days of a period of its length up to the last day that the words give."""
        until = self.c.until
        if until is None or slot.unit not in _NAMED:
            return _of(slot, anchor)
        months = (slot.end.year - slot.start.year) * 12 + slot.end.month - slot.start.month + 1
        return Reading(slot.value, slot.unit, anchor, slot, _before(until, Unit.MONTH, months), until)

    def _ended(self, unit: Granularity, until: date) -> Reading:
        """ "The quarter ended Sept. 30": its days are told, its number only if that quarter was named before."""
        for slot, distance in self.c.focus:
            if distance <= 2 and slot.unit is unit and until in slot:
                return self._closed(slot, Anchor.PREVIOUS)
        holds = Slot.at(unit, until)
        half = (holds.end - holds.start).days // 2
        closed = self._closed(Slot.at(unit, move(until, Unit.DAY, -half)), self.c.anchor)
        return replace(closed, value=unnumbered(unit, until.year)) if unit is Unit.QUARTER else closed

    def decade(self, m: Decade) -> Reading:
        first = m.first
        anchor = Anchor.NONE
        if first < 100:
            first += 2000 if first < 30 else 1900
        return _of(Slot(make_date(first - first % 10, 1, 1), Unit.DECADE), anchor)

    def weekday(self, m: Weekday) -> Reading:
        if m.within is not None:
            inner = self.read(m.within)
            if inner.slot is not None and m.side:
                day = inner.slot.start + timedelta(m.side)
                while day.isoweekday() != m.number:
                    day += timedelta(m.side)
                return _of(Slot(day, Unit.DAY), inner.anchor)
            if inner.slot is None or inner.slot.unit is not Unit.WEEK:
                return self.unresolved(m, Unit.DAY)
            return _of(Slot(inner.slot.start + timedelta(m.number - 1), Unit.DAY), inner.anchor)
        origin = self.now
        if m.which in (Which.PREVIOUS, Which.SAME, Which.FOLLOWING) and self.c.focus:
            focus = self.focus(Unit.DAY)
            origin = focus.start if focus is not None else None
            if origin is None:
                return self.unresolved(m, Unit.DAY)
        if origin is None:
            return self.unresolved(m, Unit.DAY)
        first = origin + timedelta(m.number - origin.isoweekday())

        def near(k: int) -> Slot:
            return Slot(first, Unit.DAY).shift(7 * k)

        if m.which is Which.BARE:
            if self.c.tense is Tense.FUTURE and not self._just_over(origin, m.number):
                return _of(near(0 if first >= origin else 1), self.c.anchor)
            latest = 0 if first <= origin else -1
            return _of(near(latest + 1 if self._near_ahead(origin, m.number) else latest), self.c.anchor)
        if m.which is Which.THIS and first < origin and self.c.tense is not Tense.PAST:
            return _of(near(1), self.c.anchor)  # "they vote this Tuesday", told on a Friday
        found = self.choose(near, m.which)
        return _of(*found) if found else self.unresolved(m, Unit.DAY)

    def _just_over(self, origin: date, weekday: int) -> bool:
        """Whether a weekday beside a future tense is yesterday or the day before nevertheless.

        "He was set to speak on Tuesday", "Tuesday's win will help": yesterday, unless a
        plain future dates it (21 of 24 in 840 articles of 2016), and the day before
        where it hangs on a noun (5 of 6).
        """
        days = (origin.isoweekday() - weekday) % 7
        return (days == 1 and not self.c.plain) or (days == 2 and not self.c.direct)

    def _near_ahead(self, origin: date, weekday: int) -> bool:
        """Whether a weekday that no future tense dates is the coming one nevertheless.

        The prior is the latest one. But where the verb tells no past, one of the next two
        or three days is meant more often than one four to six days back (37 of 46 in 840
        articles of 2016); and one that a text of a date a day too early tells of is the
        next day.
        """
        days = (weekday - origin.isoweekday()) % 7
        if days == 1 and self.c.behind:
            return True
        if self.c.back or not 1 <= days <= _SOON:
            return False
        told = self.c.tense in (Tense.PRESENT, Tense.ONGOING)
        return self.c.ahead or told or (self.c.tense is Tense.NONE and days < _SOON)

    def holiday(self, m: Holiday) -> Reading:
        row = self.c.rules.holidays[m.name]
        if m.year is not None:
            return self._holiday(holiday_slot(row, m.year), row.span, Anchor.NONE)
        if m.within is not None:
            year = self.year_of(m.within)
            if year is not None:
                return self._holiday(holiday_slot(row, year[0]), row.span, year[1])
        if self.c.frame is not None and not m.which:
            return self._holiday(holiday_slot(row, self.c.frame.start.year), row.span, Anchor.HEADING)
        if self.now is None:
            value = f"XXXX-{row.month:02d}-{row.day:02d}" if row.day else "XXXX-XX-XX"
            return Reading(value, Unit.DAY)
        base = self.now.year - self.now.year % row.every
        found = self.choose(lambda k: holiday_slot(row, base + k * row.every), m.which)
        if found is None:
            return Reading("XXXX-XX-XX", Unit.DAY)
        return self._holiday(found[0], row.span, found[1])

    def _holiday(self, slot: Slot, span: int, anchor: Anchor) -> Reading:
        if span == 7:
            return _of(Slot.at(Unit.WEEK, slot.start), anchor)
        return _of(slot, anchor)

    # --------------------------------------------------------------- relative

    def shift(self, m: Shift) -> Reading:
        if m.base is Base.TOLD:
            m = replace(m, base=Base.FOCUS if self.c.past and self.focus(m.unit) is not None else Base.NOW)
            if self.c.past and m.base is Base.NOW and m.by > 0:
                return self.unresolved(m, m.unit)  # "the next month he resigned", after nothing that has a month
        if m.year is not None and m.unit is Unit.YEAR:
            return self._period_of(m.year)
        if m.year is not None:
            plain = self.shift(replace(m, year=None))
            if plain.slot is None or m.unit not in _NAMED:
                return Reading(f"{m.year:04d}" + unanchored(m)[4:], m.unit)
            return _of(named_slot(m.unit, number_in_year(plain.slot), m.year), plain.anchor)
        if self.c.until is not None and m.unit in _NAMED:
            return self._ended(m.unit, self.c.until)
        if self.c.until is not None and m.unit is Unit.WEEK:
            week = Slot.at(m.unit, self.c.until)
            return Reading(week.value, m.unit, self.c.anchor, week, _before(self.c.until, m.unit, 1), self.c.until)
        if m.base is Base.FOCUS:
            within = self._day_within() if (m.unit, m.by) == (Unit.DAY, 0) else None
            if within is not None:
                return within
            focus = self.focus(m.unit, other=m.by == 0)
            if focus is None:
                if self.now is None or not finer(Unit.WEEK, m.unit):
                    return self.unresolved(m, m.unit)
                return _of(Slot.at(m.unit, self.now).shift(m.by), self.c.anchor)
            return _of(Slot.at(m.unit, focus.end if m.by > 0 else focus.start).shift(m.by), Anchor.PREVIOUS)
        if m.base is Base.EITHER:
            for slot, distance in self.c.focus:
                if distance <= 2 and slot.unit is m.unit and (self.now is None or m.unit is not Unit.YEAR):
                    return _of(slot, Anchor.PREVIOUS)
            if m.unit is Unit.QUARTER and self.now is not None:
                reported = self._reported((Unit.QUARTER,))
                if reported is not None:
                    return _of(reported, Anchor.PREVIOUS)
                return _of(Slot.at(m.unit, self.now).shift(-1), self.c.anchor)
        if self.now is None:
            return self.unresolved(m, m.unit)
        if self.c.compared and (m.unit, m.by, m.base) == (Unit.YEAR, -1, Base.NOW):
            alike = self._compared(Distance(1, Unit.YEAR, forward=False))
            if alike is not None:
                return alike
        if m.unit is Unit.WEEKEND:
            return self._weekend(m)
        by = m.by
        if self.c.end and (m.unit, by) == (Unit.YEAR, 0) and self.now.month == 1 and self.c.tense is Tense.PAST:
            by = -1  # "it had more cash at year's end", told in January
        return _of(Slot.at(m.unit, self.now).shift(by), self.c.anchor)

    def _day_within(self) -> Reading | None:
        """ "That same day", told of a month or year: a day in it, nobody says which."""
        if not self.c.focus:
            return None
        slot, distance = self.c.focus[0]
        if distance > 1 or slot.unit not in (Unit.MONTH, Unit.YEAR) or (self.now is not None and self.now in slot):
            return None
        if slot.unit is Unit.YEAR and self.focus(Unit.DAY) is not None:
            return None  # the year was an aside
        value = slot.value + ("-XX" if slot.unit is Unit.MONTH else "-XX-XX")
        return Reading(value, slot.unit, Anchor.PREVIOUS, None, slot.start, slot.end)

    def _period_of(self, year: int) -> Reading:
        """ "The 1988 period": the quarter or half of which the text told last, or all the year."""
        for slot, distance in self.c.focus:
            if distance <= _COMPARED and slot.unit in (Unit.QUARTER, Unit.HALF):
                slot = self._reported((Unit.QUARTER, Unit.HALF)) or slot
                return _of(named_slot(slot.unit, number_in_year(slot), year), Anchor.PREVIOUS)
            if slot.unit is Unit.YEAR and self.now is not None and self.now in slot:
                break  # of the year so far
        return _of(Slot(make_date(year, 1, 1), Unit.YEAR), Anchor.NONE)

    def _reported(self, units: Collection[Granularity]) -> Slot | None:
        """The period that a report is about: the one of these units just over, if told lately, else the last told."""
        if self.now is None:
            return None
        near = [(s, d) for s, d in self.c.focus if d <= _COMPARED and s.unit in units and s.end <= self.now]
        for slot, distance in near:
            if distance == 0 or self.now in slot.shift(1):
                return slot
        return near[0][0] if near else None

    def _weekend(self, m: Shift) -> Reading:
        if self.now is None:
            return self.unresolved(m, m.unit)
        ahead = Slot.at(Unit.WEEKEND, self.now)
        begun = ahead if self.now in ahead else ahead.shift(-1)
        if m.by < 0:
            return _of(begun if self.now not in begun else begun.shift(-1), self.c.anchor)
        if m.by > 0:
            return _of(ahead.shift(1), self.c.anchor)
        future = self.c.tense is Tense.FUTURE
        if m.base is Base.NOW:  # "this weekend": the coming one, but for what happened by Wednesday
            future = self.c.tense is not Tense.PAST or self.now.isoweekday() > 3
        return _of(ahead if future else begun, self.c.anchor)

    def distance(self, m: Distance) -> Reading:
        if m.of is not None:
            inner = self.read(m.of)
            first, last = inner.interval
            edge = last if m.forward else first
            if edge is None or m.count is None:
                return self.unresolved(m, m.unit)
            if m.keep and m.unit is not Unit.DAY:  # "the week before Christmas", no day of it
                return _of(Slot.at(m.unit, move(edge, m.unit, 1 if m.forward else -1)), inner.anchor)
            return self._moved(m, edge, inner.anchor, exact=self.c.bound and edge == inner.interval[0])
        if m.count is None and m.base is Base.FOCUS:
            return Reading(length_value(((None, m.unit),)), m.unit)
        if m.count is None:
            return Reading("FUTURE_REF" if m.forward else "PAST_REF", Unit.OTHER)
        if m.base is Base.NOW and self.now is None:
            return self.unresolved(m, m.unit)
        if m.unit is Unit.YEAR and m.count == 1:
            compared = self._compared(m)
            if compared is not None:
                return compared
        if m.base is Base.FOCUS:
            focus = self.focus(m.unit)
            if focus is not None:
                if m.unit is Unit.YEAR and focus.unit is Unit.MONTH:
                    return self._years(focus, int(m.count) * (1 if m.forward else -1))
                moved = self._moved(m, focus.start, Anchor.PREVIOUS)
                beyond = self.now is not None and moved.slot is not None and moved.slot.start > self.now
                if m.forward and beyond and self.c.tense is not Tense.FUTURE:
                    return self._so_long(m)  # not told as to come, so not counted from there
                return moved
            later = m.forward and self.c.tense is not Tense.FUTURE  # not from now: it has been
            if self.now is None or later or not finer(Unit.WEEK, m.unit):
                return self._so_long(m)
        if self.now is None:
            return self.unresolved(m, m.unit)
        return self._moved(m, self.now, self.c.anchor)

    def _so_long(self, m: Distance) -> Reading:
        """ "Two days later", after nothing that has a day: how long is all that is known, as annotators label it."""
        amounts = ((m.count, m.unit), *([m.rest] if m.rest else []))
        return Reading(length_value(amounts), m.unit, timex_type=TimexType.DURATION)

    def _compared(self, m: Distance) -> Reading | None:
        """ "A year earlier": the quarter or half of which a report tells, or its year so far, moved by a year."""
        by = 1 if m.forward else -1
        ahead: Slot | None = None
        wanted = (m.like,) if m.like in _NAMED else _NAMED if m.keep else (Unit.QUARTER, Unit.HALF)
        for slot, distance in self.c.focus:
            if self.now is not None and slot.end > self.now and not m.forward and slot.unit is not Unit.YEAR:
                ahead = ahead or (slot if slot.unit in wanted and distance <= 1 else None)
                continue  # a forecast is not what was compared, if anything else was told
            if distance <= (_COMPARED if m.keep else 4) and slot.unit in wanted:
                if distance and slot.unit is Unit.QUARTER:
                    slot = self._reported((Unit.QUARTER, Unit.HALF)) or slot
                return self._years(slot, by)
            so_far = slot.unit is Unit.YEAR and self.now is not None and self.now in slot
            if so_far and m.like is None and distance <= 2:
                return _of(slot.shift(by), self.c.anchor)
        if ahead is not None:  # "fourth-quarter" may be named by a calendar of the firm's own
            return self._years(ahead, by)
        if m.like is Unit.QUARTER and self.now is not None:
            return self._years(Slot.at(m.like, self.now).shift(-1), by)
        return None

    def _years(self, slot: Slot, years: int) -> Reading:
        moved = Slot(make_date(slot.start.year + years, slot.start.month, 1), slot.unit)
        return _of(moved, Anchor.PREVIOUS)

    def _moved(self, m: Distance, day: date, anchor: Anchor, *, exact: bool = False) -> Reading:
        sign = 1 if m.forward else -1
        count = m.count or 0
        amounts = [(count, m.unit), *([m.rest] if m.rest else [])]
        unit = m.unit
        for number, size in amounts:
            if number != int(number) and size in (Unit.DECADE, Unit.CENTURY):  # half a century
                number, size = number * (10 if size is Unit.DECADE else 100), Unit.YEAR
                unit = Unit.YEAR
            whole = int(number)
            day = move(day, size, sign * whole)
            if number != whole and size is Unit.YEAR:
                day = move(day, Unit.MONTH, sign * round((number - whole) * 12))
                size = Unit.MONTH
            unit = size if finer(size, unit) else unit
        if unit in (Unit.HOUR, Unit.MINUTE, Unit.SECOND):
            return (
                _of(Slot(day, Unit.DAY), anchor) if unit is not Unit.HOUR or count < 12 else Reading("XXXX-XX-XX", unit)
            )
        if exact or (unit is Unit.WEEK and count < 3):
            unit = Unit.DAY  # "two weeks ago" is still counted by the day
        if unit is Unit.DECADE:
            unit = Unit.YEAR
        return _of(Slot.at(unit, day), anchor)

    def nth(self, m: Nth) -> Reading:
        outer = self.read(m.within)
        if outer.slot is None:
            return Reading(unknown(m.unit), m.unit)
        if m.number == 0:  # "the week of March 6"
            return _of(Slot.at(m.unit, outer.slot.start), outer.anchor)
        if m.weekday is not None:
            first = outer.slot.start if m.number > 0 else outer.slot.end
            step = (m.weekday - first.isoweekday()) % 7 if m.number > 0 else -((first.isoweekday() - m.weekday) % 7)
            day = first + timedelta(step + 7 * (m.number - 1 if m.number > 0 else m.number + 1))
            if day not in outer.slot:
                raise Impossible("no such weekday in the period")
            return _of(Slot(day, Unit.DAY), outer.anchor)
        if not finer(m.unit, outer.slot.unit):
            raise Impossible("a part as large as the whole")
        if m.number > 0:
            slot = Slot.at(m.unit, outer.slot.start).shift(m.number - 1)
        else:
            slot = Slot.at(m.unit, outer.slot.end).shift(m.number + 1)
        if slot.end < outer.slot.start or slot.start > outer.slot.end:
            raise Impossible("outside of the period")
        return _of(slot, outer.anchor)

    # ------------------------------------------------------------------- time

    def _day(self, day: Meaning | None, reach: int = 4) -> tuple[Slot | None, Anchor, str]:
        if day is not None:
            inner = self.read(day)
            if inner.slot is not None and inner.slot.unit is Unit.DAY:
                return inner.slot, inner.anchor, inner.value
            return None, inner.anchor, inner.value
        if self.c.unsaid:
            return None, Anchor.NONE, "XXXX-XX-XX"
        if self.c.same is not None:
            return self.c.same, Anchor.PREVIOUS, self.c.same.value
        focus = self.focus(Unit.DAY, reach)
        if focus is not None and self.now is not None:
            to_come = focus.start > self.now and self.c.tense is Tense.PAST
            focus = None if self.c.alone or to_come else focus
        if focus is not None:
            return focus, Anchor.PREVIOUS, focus.value
        if self.now is not None:
            slot = Slot(self.now, Unit.DAY)
            return slot, self.c.anchor, slot.value
        return None, Anchor.NONE, "XXXX-XX-XX"

    def part(self, m: Part) -> Reading:
        slot, anchor, value = self._day(m.day, 1 if m.base is Base.NOW else 4)
        return self._timed(value + "T" + m.part, Unit.PART_OF_DAY, slot, anchor)

    def clock(self, m: Clock) -> Reading:
        slot, anchor, value = self._day(m.day)
        unit = Unit.SECOND if m.second is not None else Unit.MINUTE if m.minute else Unit.HOUR
        return self._timed(value + clock_value(m.hour, m.minute, m.second, m.zone), unit, slot, anchor)

    def _timed(self, value: str, unit: Granularity, slot: Slot | None, anchor: Anchor) -> Reading:
        if slot is None:
            return Reading(value, unit, anchor)
        return Reading(value, unit, anchor, None, slot.start, slot.end)

    # ------------------------------------------------- durations, sets, events

    def length(self, m: Length) -> Reading:
        value = length_value(m.amounts)
        number, unit = m.amounts[0]
        if self.c.until is not None and number is not None and number == int(number):
            return Reading(value, unit, self.c.anchor, None, _before(self.c.until, unit, int(number)), self.c.until)
        told_otherwise = m.reach == 1 and self.c.tense is Tense.PAST  # "over the next months he fell ill": from then on
        if m.reach == 0 or self.now is None or number is None or told_otherwise:
            return Reading(value, unit)
        count = int(number)
        if number != count and unit is Unit.YEAR:
            unit, count = Unit.MONTH, round(number * 12)
        other = move(self.now, unit, m.reach * count)
        return Reading(value, unit, self.c.anchor, None, min(other, self.now), max(other, self.now))

    def repeat(self, m: Repeat) -> Reading:
        if m.of is not None:
            return Reading(unanchored(m.of), Unit.OTHER)
        unit = m.unit or Unit.DAY
        return Reading(length_value(((float(m.count), unit),)), unit)

    def happening(self, m: Happening) -> Reading:
        row = self.c.rules.events[m.name]
        if m.by_day:
            row = self.c.called.get(row.month_day, row)
            other = self._told_on_this_day(row.start)
            if other is not None:
                return _of(other, Anchor.PREVIOUS)
            if self.now is not None and row.start > self.now:
                return self.calendar(Date(month=row.start.month, day=row.start.day))
        if m.edge:
            value = row.value.split("/")[0 if m.edge < 0 else -1]
            unit = Unit.YEAR if len(value) == 4 else Unit.DAY
            return _of(Slot.at(unit, row.start if m.edge < 0 else row.end), Anchor.EVENT)
        if m.years:
            day = move(row.start, Unit.YEAR, m.years)
            return _of(Slot(day, Unit.DAY), Anchor.EVENT)
        return Reading(row.value, row.granularity, Anchor.EVENT, None, row.start, row.end)

    def _told_on_this_day(self, day: date) -> Slot | None:
        """The same day of another year, where the passage tells of that day or its sentence of that year."""
        if self.c.of_year is not None:
            return Slot(make_date(self.c.of_year, day.month, day.day), Unit.DAY)
        for slot, distance in self.c.focus:
            if slot.unit is Unit.DAY and (slot.start.month, slot.start.day) == (day.month, day.day):
                return slot
            if slot.unit is Unit.YEAR and distance == 0 and slot.start.year > day.year:
                return Slot(make_date(slot.start.year, day.month, day.day), Unit.DAY)
        return None

    def _by_its_day(self, month: int, day: int) -> Reading | None:
        """ "After Sept. 11", told at another time of the year: the day of the event that is called by it."""
        if self.now is None or self.c.tense is Tense.FUTURE or self.c.until is not None:
            return None
        row = self.c.called.get(f"{month:02d}-{day:02d}")
        if row is None or row.end >= self.now:
            return None
        near = (make_date(self.now.year + k, month, day) for k in (-1, 0, 1))
        if any(abs((d - self.now).days) <= _ANNIVERSARY for d in near):
            return None
        told = self._told_on_this_day(row.start)
        if told is not None:
            return _of(told, Anchor.PREVIOUS)
        return Reading(row.value, row.granularity, Anchor.EVENT, Slot(row.start, Unit.DAY))


def _before(last: date, unit: Granularity, count: int) -> date:
    """The first day of a period of so many units that ends with ``last``."""
    if finer(unit, Unit.DAY):
        return last
    return move(last + timedelta(1), unit, -count)


def _fits(year: int, month: int, day: int, weekday: int) -> bool:
    try:
        return make_date(year, month, day).isoweekday() == weekday
    except Impossible:
        return False
