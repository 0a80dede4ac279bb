"""When each event happened, and how that is known.

An expression dates the predicate it modifies (``own``). What no expression dates may
stand under a timeline's heading, go on with a narration that a date governs, be the news
of a lead told in the present, which has the article's day (``passage``), or be told
elsewhere in the text with its date (``tellings``). Everything else stays without a date.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from pipeline.parsed import ParsedArticle
from pipeline.records import DateSource, EventMention, Modality, ResolvedDate, ResolvedQuote
from pipeline.resolve.events.dating.clauses import Clauses
from pipeline.resolve.events.dating.dated import UNDATED, Dated
from pipeline.resolve.events.dating.expressions import Expressions
from pipeline.resolve.events.dating.given import Given
from pipeline.resolve.events.dating.narration import Narration
from pipeline.resolve.events.dating.own import OwnDates
from pipeline.resolve.events.dating.passage import Passages
from pipeline.resolve.events.dating.statements import Statements
from pipeline.resolve.events.dating.tellings import ToldElsewhere
from pipeline.rules.events import EventRules

__all__ = ["UNDATED", "Dated", "Dating"]


class Dating:
    """Dates the events of one article."""

    def __init__(
        self,
        article: ParsedArticle,
        events: Sequence[EventMention],
        dates: Sequence[ResolvedDate],
        quotes: Sequence[ResolvedQuote],
        published: date | None,
        rules: EventRules,
    ) -> None:
        self.events = events
        self._found: list[Dated] = []
        expressions, clauses = Expressions(article, dates, rules), Clauses(rules)
        given = Given(article, events, dates, quotes, published, expressions, clauses, rules)
        self._own = OwnDates(given)
        self._passages = Passages(given)
        self._narration = Narration(given)
        self._statements = Statements(given)
        self._elsewhere = ToldElsewhere(given)

    def own(self) -> list[Dated]:
        """The date that each event's own clause or its heading gives it, in the order of the events."""
        self._found = [
            dated or self._passages.heading(event, taken_up=False)
            for event, dated in zip(self.events, self._own.find(), strict=True)
        ]
        return self._found

    def alone(self, event: EventMention) -> Dated:
        """The date of a further event, which dates no other, by its own clause, one beside it, a heading, or the lead.

        To be asked for after ``own``.
        """
        return (
            self._own.explicit(event)
            or self._own.beside(event, self._found)
            or self._passages.heading(event, taken_up=True)
            or self._passages.document(event)
        )

    def presumed(self, event: EventMention, dated: Dated) -> Dated:
        """The days in which an event must lie for another telling to be the same: its own, else those of news."""
        return dated or self._passages.recent(event)

    def shared(
        self,
        found: Sequence[Dated],
        same: Sequence[int | None],
        people: Sequence[frozenset[str]],
        actors: Sequence[Sequence[str]],
    ) -> list[Dated]:
        """The dates of all events: their own, of other tellings, of their passage; in the order of the events.

        ``same`` has the first telling of each, ``people`` who takes part in each, ``actors``
        the ids of those who act. What dates an event is never replaced by what comes later:
        another telling, a heading, the main happening, the narration, the day on which the
        actor spoke, a clause of the same moment, the lead below a headline, and last, for
        a lead told in the present, the article's day.
        """
        out = list(found)
        self._elsewhere.retell(out, same)
        self._fill(out, lambda i: self._passages.heading(self.events[i], taken_up=True))
        mains = self._elsewhere.main_happenings(out, self._passages.document)
        self._elsewhere.narrow(out, mains)
        self._fill(out, lambda i: self._elsewhere.main_happening(self.events[i], mains))
        self._narration.carry(out, people, self._own.means)
        self._fill(out, lambda i: self._statements.day(self.events[i], actors[i]))
        self._own.passage = self._passages.clause
        self._fill(out, lambda i: self._own.beside(self.events[i], out), DateSource.CONTEXT)
        self._fill(out, lambda i: self._passages.headline(self.events[i], out))
        self._fill(out, lambda i: self._passages.document(self.events[i]))
        self._elsewhere.retell(out, same)
        return out

    def _fill(self, out: list[Dated], dating: Callable[[int], Dated], source: DateSource | None = None) -> None:
        """Date what has no date yet; ``source`` stands in for the given one's, and only of facts."""
        for i, event in enumerate(self.events):
            if out[i] or (source is not None and event.modality is not Modality.ASSERTED):
                continue
            dated = dating(i)
            out[i] = replace(dated, source=source) if dated and source is not None else dated
