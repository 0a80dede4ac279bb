"""The date of an event, and how it compares with others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pipeline.records import DateSource, Granularity, ResolvedDate


@dataclass(frozen=True, slots=True)
class Dated:
    """The date of an event, inclusive, with the expression that gives it and its source."""

    start: date | None = None
    end: date | None = None
    granularity: Granularity | None = None
    source: DateSource = DateSource.NONE
    date: ResolvedDate | None = None

    def __bool__(self) -> bool:
        return self.start is not None

    @property
    def days(self) -> int:
        """How many days lie between its first and its last; 0 without a date."""
        return (self.end - self.start).days if self.start is not None and self.end is not None else 0

    def within(self, outer: Dated) -> bool:
        """Whether it lies in another's days."""
        if self.start is None or self.end is None or outer.start is None or outer.end is None:
            return False
        return outer.start <= self.start and self.end <= outer.end


UNDATED = Dated()
