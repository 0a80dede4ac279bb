"""Date expressions in the syntax: what each hangs on, and the days it gives to what it dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import Anchor, BlockKind, DateSource, Field, Granularity, ResolvedDate, TimexType
from pipeline.resolve.events.dating.clauses import VERBAL
from pipeline.resolve.events.dating.dated import Dated
from pipeline.rules.events import EventRules
from pipeline.timex import Impossible, Length, move

_CLIMB = 6
_VAGUE = frozenset({"PAST_REF", "FUTURE_REF"})
_COARSE = {
    Granularity.SECOND: Granularity.DAY,
    Granularity.MINUTE: Granularity.DAY,
    Granularity.HOUR: Granularity.DAY,
    Granularity.PART_OF_DAY: Granularity.DAY,
    Granularity.WEEKEND: Granularity.OTHER,
    Granularity.HALF: Granularity.OTHER,
    Granularity.CENTURY: Granularity.OTHER,
}


@dataclass(frozen=True, slots=True)
class When:
    """A date expression in the syntax: its preposition, and what it hangs on, from the inside out."""

    date: ResolvedDate
    first: int
    preposition: str
    path: tuple[int, ...]


class Expressions:
    """The date expressions of an article that tell days, by the tokens that they hang on."""

    def __init__(self, article: ParsedArticle, dates: Sequence[ResolvedDate], rules: EventRules) -> None:
        self.article = article
        self.listing, self.spanning = rules.words("listing"), rules.words("spanning_preposition")
        self.ranges: dict[tuple[Field, str], list[ResolvedDate]] = {}
        self.covered: dict[tuple[Field, int], ResolvedDate] = {}
        self.hanging: dict[tuple[Field, int], list[When]] = {}
        self.ending: dict[tuple[Field, int], ResolvedDate] = {}
        self.vague: set[tuple[Field, int]] = set()
        self.lengths: dict[tuple[Field, int], list[When]] = {}
        self.in_sentence: dict[tuple[Field, int], list[When]] = {}
        for resolved in dates:
            self._hang(resolved)

    def _hang(self, resolved: ResolvedDate) -> None:
        mention = resolved.mention
        if resolved.timex_type is TimexType.DURATION and resolved.start is None:
            when = self._when(self.article.text(mention.field), resolved)
            self.ending[mention.field, mention.last] = resolved
            for token in when.path:
                self.lengths.setdefault((mention.field, token), []).append(when)
            return
        if resolved.timex_type is TimexType.DATE and resolved.start is None and resolved.value in _VAGUE:
            self.vague.update(
                (mention.field, token) for token in self._when(self.article.text(mention.field), resolved).path[:1]
            )
        if resolved.start is None or resolved.end is None or resolved.timex_type is TimexType.SET:
            return
        text = self.article.text(mention.field)
        if text.kind_at(mention.first) is BlockKind.DATELINE:
            return
        for token in range(mention.first, mention.last + 1):
            self.covered[mention.field, token] = resolved
        if mention.range_key is not None:
            self.ranges.setdefault((mention.field, mention.range_key), []).append(resolved)
        when = self._when(text, resolved)
        if text.sent[mention.first] >= 0:
            self.in_sentence.setdefault((mention.field, text.sent[mention.first]), []).append(when)
        for token in when.path:
            self.hanging.setdefault((mention.field, token), []).append(when)

    def _when(self, text: ParsedText, resolved: ResolvedDate) -> When:
        mention = resolved.mention
        at = mention.last
        for i in range(mention.first, mention.last + 1):
            if not mention.first <= text.head[i] <= mention.last or text.head[i] == i:
                at = i
                break
        preposition = ""
        path: list[int] = []
        for _ in range(_CLIMB):
            above = text.head[at]
            if above == at:
                break
            if text.pos[above] in ("ADP", "SCONJ") and text.dep[above] in ("prep", "agent", "mark", "pcomp"):
                if not path:
                    preposition = preposition or text.lower[above]
            elif text.ent[above] not in ("DATE", "TIME") or text.pos[above] in VERBAL or text.dep[above] == "appos":
                path.append(above)
                if text.pos[above] in VERBAL:
                    break
            at = above
        return When(resolved, mention.first, preposition, tuple(path))

    def days(self, length: ResolvedDate) -> int | None:
        """How many days a length of time told in days has."""
        meaning = getattr(length.mention.expression, "meaning", None)
        if not isinstance(meaning, Length) or len(meaning.amounts) != 1:
            return None
        count, unit = meaning.amounts[0]
        return int(count) if unit is Granularity.DAY and count is not None and count == int(count) else None

    def after(self, day: date, length: ResolvedDate) -> date | None:
        """The day that lies a length of time after another; None for a vague one."""
        meaning = getattr(length.mention.expression, "meaning", None)
        if not isinstance(meaning, Length):
            return None
        for count, unit in meaning.amounts:
            if count is None or count != int(count):
                return None
            try:
                day = move(day, unit, int(count))
            except Impossible:
                return None
        return day

    def on(self, field: Field, token: int) -> Sequence[When]:
        """The expressions that hang on a token, however far below."""
        return self.hanging.get((field, token), ())

    def of_sentence(self, field: Field, number: int) -> Sequence[When]:
        """The expressions of a sentence, in text order."""
        return self.in_sentence.get((field, number), ())

    def listed(self, resolved: ResolvedDate) -> list[ResolvedDate]:
        """The single days of a list that an expression belongs to ("3 and 5 March"), in text order; else empty."""
        mention = resolved.mention
        if mention.range_key is None:
            return []
        text = self.article.text(mention.field)
        ends = sorted(self.ranges.get((mention.field, mention.range_key), ()), key=lambda d: d.mention.first)
        for one, other in pairwise(ends):
            between = text.lower[one.mention.last + 1 : other.mention.first]
            if not set(between) & self.listing or not set(between) <= self.listing:
                return []
        opened = ends[0].mention.first > 0 and text.lower[ends[0].mention.first - 1] in self.spanning
        return [] if opened or any(d.start != d.end for d in ends) else ends

    def alone(self, resolved: ResolvedDate) -> Dated:
        """An expression's own days, whatever range it belongs to."""
        granularity = _COARSE.get(resolved.granularity, resolved.granularity)
        source = DateSource.CONTEXT if resolved.anchor in (Anchor.PREVIOUS, Anchor.EVENT) else DateSource.EXPLICIT
        return Dated(resolved.start, resolved.end, granularity, source, resolved)

    def dated(self, resolved: ResolvedDate) -> Dated:
        """An expression's days; those of a whole range if it is an end of one, then of its first expression."""
        mention = resolved.mention
        single = self.alone(resolved)
        ends = self.ranges.get((mention.field, mention.range_key), []) if mention.range_key is not None else []
        days = [d for other in ends for d in (other.start, other.end) if d is not None]
        if len(ends) < 2 or not days:
            return single
        first = min(ends, key=lambda other: other.mention.first)
        return Dated(min(days), max(days), Granularity.OTHER, single.source, first)
