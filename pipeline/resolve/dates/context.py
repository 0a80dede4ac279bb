"""What the resolver knows of an expression, and what it makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from pipeline.records import Anchor, Granularity, TimexType
from pipeline.resolve.dates.tense import Tense
from pipeline.rules.dates import DateRules, EventRow
from pipeline.timex import Slot


@dataclass(frozen=True, slots=True)
class Closed:
    """A quarter or half that was told by its last day.

    ``numbered``: its number was told too; otherwise a firm's own calendar may count it
    another way, and only ``first`` and ``last`` are certain.
    """

    slot: Slot
    first: date
    last: date
    numbered: bool


@dataclass(frozen=True, slots=True)
class Context:
    """What a meaning is resolved against: its anchors, and what the text around it tells.

    * ``now``: the time of speaking; ``anchor`` says whose.
    * ``focus``: the slots told before, the nearest first, with their distance in sentences.
    * ``frame``: the month or year of the heading above, which completes dates.
    * ``opens``: the expression opens its sentence, so that it sets the scene.
    * ``alone``: it is all of its sentence, as the hours of a live report are.
    * ``bound``: its words name only a bound ("more than two years after the raid"), which is told to the day.
    * ``end``: only the end of the period is meant.
    * ``past``: its verb is a plain past, no perfect ("he left the next year", not "he has planned for the next year").
    * ``over``: the day is told as one that has been ("ended Oct. 31", "he resigned in April").
    * ``back``: it only names a thing ("a Friday tweet"), or what had been due.
    * ``direct``: it hangs on its verb, not on a noun; ``plain``: and that verb is a plain future.
    * ``ahead``: what it dates is told as still to come ("ahead of Tuesday's vote").
    * ``behind``: the text tells of the day after ``now`` as past, so its date must be a day too early.
    * ``until``: the period's last day, where the words behind it give that ("the quarter ended Sept. 30").
    * ``closed``: periods told so before, the last one first.
    * ``unsaid``: a time of day on a day that nobody says: one of many, or one counted from an event.
    * ``same``: the day on which the text tells elsewhere that the same happened.
    * ``of_year``: the year that its own phrase gives it ("the Sept. 11 attack … in 2012").
    * ``called``: the known events that days of the year mean in this text, by month and day.
    * ``compared``: an amount of the expression is compared with another of the passage.
    """

    now: Slot | None
    anchor: Anchor
    focus: tuple[tuple[Slot, int], ...]
    tense: Tense
    rules: DateRules
    opens: bool = False
    frame: Slot | None = None
    bound: bool = False
    over: bool = False
    until: date | None = None
    closed: tuple[Closed, ...] = ()
    back: bool = False
    direct: bool = False
    plain: bool = False
    ahead: bool = False
    behind: bool = False
    compared: bool = False
    alone: bool = False
    end: bool = False
    unsaid: bool = False
    same: Slot | None = None
    of_year: int | None = None
    past: bool = False
    called: Mapping[str, EventRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a meaning comes to: value, slot (None if unknown) and what it was counted from.

    ``start`` and ``end``: its days, where they are not those of the slot. ``timex_type``:
    its type, where that is not the expression's own.
    """

    value: str
    unit: Granularity
    anchor: Anchor = Anchor.NONE
    slot: Slot | None = None
    start: date | None = None
    end: date | None = None
    timex_type: TimexType | None = None

    @property
    def interval(self) -> tuple[date | None, date | None]:
        """First and last day, or None twice."""
        if self.slot is not None and self.start is None:
            return self.slot.start, self.slot.end
        return self.start, self.end
