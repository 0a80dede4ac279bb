"""Dates from another telling of the same happening in the article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from pipeline.records import DateSource, EventMention, Granularity, Modality
from pipeline.resolve.events.dating.clauses import named_by, names_around
from pipeline.resolve.events.dating.dated import UNDATED, Dated
from pipeline.resolve.events.dating.given import Given

_NEARLY_ALL = 4  # of so many dated acts at most one may have another day


class ToldElsewhere:
    """Fills in the dates that a telling leaves to others."""

    def __init__(self, given: Given) -> None:
        self.article, self.events = given.article, given.events
        self.ontology = given.rules.ontology
        self.definite = given.rules.words("definite")
        self.one_happening = frozenset(name for name, kind in self.ontology.types.items() if kind.dominant)

    def retell(self, found: list[Dated], same: Sequence[int | None]) -> None:
        """Give tellings without a date the narrowest one of the same happening."""
        groups: dict[int, list[int]] = {}
        for i, first in enumerate(same):
            groups.setdefault(i if first is None else first, []).append(i)
        for members in groups.values():
            known = [found[m] for m in members if found[m] and self._lasting(self.events[m], found[m])]
            if not known:
                continue
            best = min(known, key=lambda dated: dated.days)
            for m in members:
                if not found[m]:
                    found[m] = replace(best, source=DateSource.CONTEXT)

    def _lasting(self, event: EventMention, dated: Dated) -> bool:
        """Whether other tellings share a date: the article's day only of deeds; words are said again and again."""
        return dated.source is not DateSource.DOCUMENT or self.ontology.material(event.event_type)

    def main_happenings(
        self, found: Sequence[Dated], news: Callable[[EventMention], Dated]
    ) -> dict[str, tuple[Dated, frozenset[str]]]:
        """For each type whose acts dominate an article, the day that all or nearly all its dated acts share.

        With the words of the names beside those acts. ``news`` gives the day of what a lead
        tells as today's news: such an act, told below with a day of its own, has happened
        on that day or the day before.
        """
        known: dict[str, list[Dated]] = {}
        today: dict[str, list[Dated]] = {}
        names: dict[str, set[str]] = {}
        for event, dated in zip(self.events, found, strict=True):
            name = event.event_type or ""
            if name not in self.one_happening or event.modality is not Modality.ASSERTED:
                continue
            if dated and dated.source is not DateSource.DOCUMENT:
                known.setdefault(name, []).append(dated)
                names.setdefault(name, set()).update(names_around(self.article.text(event.field), event.trigger))
            elif not dated and (day := news(event)):
                today.setdefault(name, []).append(day)
        out = {}
        for name, all_dated in known.items():
            days = Counter(d.start for d in all_dated if d.granularity is Granularity.DAY)
            if not days:
                continue
            first = next(d for d in all_dated if d.start == days.most_common(1)[0][0] and not d.days)
            others = sum(not first.within(d) for d in all_dated)
            others += sum(not _just_before(first, day) for day in today.get(name, ()))
            if others * _NEARLY_ALL < len(all_dated):
                out[name] = (replace(first, source=DateSource.CONTEXT), frozenset(names[name]))
        return out

    def refers(self, event: EventMention) -> bool:
        """Whether an event may be one more telling of the one violent happening that the article is about."""
        text = self.article.text(event.field)
        if event.event_type not in self.one_happening or event.modality is not Modality.ASSERTED or event.negated:
            return False
        if text.pos[event.trigger] in ("NOUN", "PROPN"):
            return any(
                text.lower[c] in self.definite for c in text.children[event.trigger] if text.dep[c] in ("det", "poss")
            )
        return event.tense in ("past", "pluperfect", "")

    def main_happening(self, event: EventMention, mains: Mapping[str, tuple[Dated, frozenset[str]]]) -> Dated:
        """The date of the one violent happening that the article is about, for a telling that adds none."""
        dated, names = mains.get(event.event_type or "", (UNDATED, frozenset()))
        if not dated or not self.refers(event):
            return UNDATED
        named = named_by(self.article.text(event.field), event.trigger)
        return UNDATED if named and names and not named & names else dated

    def narrow(self, found: list[Dated], mains: Mapping[str, tuple[Dated, frozenset[str]]]) -> None:
        """Give what has a wide date from another telling the day of the main happening, if it lies in that."""
        for i, event in enumerate(self.events):
            if found[i].source is DateSource.CONTEXT and found[i].days:
                day = self.main_happening(event, mains)
                if day and day.within(found[i]):
                    found[i] = day


def _just_before(dated: Dated, news: Dated) -> bool:
    """Whether a day is that of the news or the one before."""
    return dated.start is not None and news.start is not None and 0 <= (news.start - dated.start).days <= 1
