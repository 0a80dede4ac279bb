"""When each event happened, and how that is known.

An expression dates the predicate it modifies, whatever noun the parser hung it on inside
the clause; never the clause that a dated verb of speech reports. What no expression
dates may stand under a timeline's heading, go on with a narration that a date governs,
be told elsewhere in the text with its date, or be the news of a lead told in the
present, which has the article's day. Everything else stays without a date.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import (
    Anchor,
    BlockKind,
    DateSource,
    EventMention,
    Field,
    Granularity,
    Modality,
    ResolvedDate,
    TimexType,
)
from pipeline.rules.events import EventRules

_CLIMB = 6
_VERBAL = frozenset({"VERB", "AUX"})
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
class Dated:
    """The date of an event, inclusive, with the expression that gives it and its source."""

    start: date | None = None
    end: date | None = None
    granularity: Granularity | None = None
    source: DateSource = DateSource.NONE
    date: ResolvedDate | None = None

    def __bool__(self) -> bool:
        return self.start is not None


UNDATED = Dated()


@dataclass(frozen=True, slots=True)
class _When:
    """A date expression in the syntax: its preposition, and what it hangs on, from the inside out."""

    date: ResolvedDate
    first: int
    preposition: str
    path: tuple[int, ...]


class Dating:
    """Dates the events of one article."""

    def __init__(
        self,
        article: ParsedArticle,
        events: Sequence[EventMention],
        dates: Sequence[ResolvedDate],
        published: date | None,
        rules: EventRules,
    ) -> None:
        self.article = article
        self.events = events
        self.dates = dates
        self.published = published
        self.no_date = rules.words("undating_preposition")
        self.within = rules.words("within_preposition")
        self.simultaneous = rules.words("simultaneous")
        self.triggers = {(e.field, e.trigger): i for i, e in enumerate(events)}
        self.clauses: dict[tuple[Field, int], list[int]] = {}
        for i, event in enumerate(events):
            for token in {event.trigger, event.clause}:
                self.clauses.setdefault((event.field, token), []).append(i)
        self.ranges: dict[tuple[Field, str], list[ResolvedDate]] = {}
        self.hanging: dict[tuple[Field, int], list[_When]] = {}
        self.dated_sentences: set[tuple[Field, int]] = set()
        for resolved in dates:
            self._hang(resolved)
        self.sections = self._sections()
        self.leads = {text.field: _lead(text) for text in article.texts}

    # ----------------------------------------------------------------- expressions

    def _hang(self, resolved: ResolvedDate) -> None:
        mention = resolved.mention
        if resolved.start is None or resolved.end is None or resolved.timex_type is TimexType.SET:
            return
        text = self.article.text(mention.field)
        if text.kind_at(mention.first) is BlockKind.DATELINE:
            return
        if mention.range_key is not None:
            self.ranges.setdefault((mention.field, mention.range_key), []).append(resolved)
        if text.sent[mention.first] >= 0:
            self.dated_sentences.add((mention.field, text.sent[mention.first]))
        when = self._when(text, resolved)
        for token in when.path:
            self.hanging.setdefault((mention.field, token), []).append(when)

    def _when(self, text: ParsedText, resolved: ResolvedDate) -> _When:
        mention = resolved.mention
        at = next((i for i in range(mention.first, mention.last + 1) if not mention.first <= text.head[i] <= mention.last
                   or text.head[i] == i), mention.last)  # fmt: skip
        preposition = ""
        path: list[int] = []
        for _ in range(_CLIMB):
            above = text.head[at]
            if above == at:
                break
            if text.pos[above] in ("ADP", "SCONJ") and text.dep[above] in ("prep", "agent", "mark", "pcomp"):
                preposition = preposition or text.lower[above]
            elif text.ent[above] not in ("DATE", "TIME") or text.pos[above] in _VERBAL:
                path.append(above)
                if text.pos[above] in _VERBAL:
                    break
            at = above
        return _When(resolved, mention.first, preposition, tuple(path))

    def _sections(self) -> tuple[list[int], list[Dated]]:
        """Where passages under headings begin (tokens of the body), and the date of each that has one."""
        starts: list[int] = []
        found: list[Dated] = []
        at = {d.mention.first: d for d in self.dates if d.mention.field is Field.BODY}
        some = False
        for text in self.article.texts:
            if text.field is not Field.BODY:
                continue
            block = -1
            for sentence in text.sentences:
                if sentence.kind is not BlockKind.HEADING or sentence.block == block:
                    continue
                block = sentence.block
                resolved = at.get(sentence.first)
                dated = UNDATED
                if resolved is not None and resolved.start is not None:
                    dated = replace(self._spanning(resolved), source=DateSource.HEADING)
                    some = True
                starts.append(sentence.first)
                found.append(dated)
        return (starts, found) if some else ([], [])

    def _spanning(self, resolved: ResolvedDate) -> Dated:
        """An expression's days; those of a whole range if it is an end of one."""
        mention = resolved.mention
        start, end = resolved.start, resolved.end
        granularity = _COARSE.get(resolved.granularity, resolved.granularity)
        source = DateSource.CONTEXT if resolved.anchor in (Anchor.PREVIOUS, Anchor.EVENT) else DateSource.EXPLICIT
        if mention.range_key is not None:
            ends = self.ranges.get((mention.field, mention.range_key), [])
            days = [d for other in ends for d in (other.start, other.end) if d is not None]
            if len(ends) > 1 and days:
                start, end, granularity = min(days), max(days), Granularity.OTHER
        return Dated(start, end, granularity, source, resolved)

    # --------------------------------------------------------------- each event's own

    def own(self) -> list[Dated]:
        """The date that each event's own clause or passage gives it, in the order of the events."""
        found = [self._explicit(i) for i in range(len(self.events))]
        for _ in range(2):
            for i in range(len(self.events)):
                if not found[i]:
                    found[i] = self._beside(i, found)
        for i, event in enumerate(self.events):
            if not found[i]:
                found[i] = self._heading(event) or self._document(event)
        for i in range(len(self.events)):
            if not found[i]:
                found[i] = self._narrated(i, found)
        return found

    def _explicit(self, i: int) -> Dated:
        event = self.events[i]
        text = self.article.text(event.field)
        best: tuple[int, int, int] | None = None
        chosen: ResolvedDate | None = None
        for token in {event.trigger, event.clause}:
            for when in self.hanging.get((event.field, token), ()):
                if when.preposition in self.no_date or not self._reaches(text, when, event, token):
                    continue
                resolved = when.date
                assert resolved.start is not None
                assert resolved.end is not None
                loose = when.path[0] not in (event.trigger, event.clause)
                key = (int(loose), (resolved.end - resolved.start).days, abs(when.first - event.trigger))
                if best is None or key < best:
                    best, chosen = key, resolved
        return self._spanning(chosen) if chosen is not None else UNDATED

    def _reaches(self, text: ParsedText, when: _When, event: EventMention, token: int) -> bool:
        """Whether an expression that hangs below a token dates it, not something between."""
        between = when.path[: when.path.index(token)]
        if not between:
            return True
        for noun in between:
            if (event.field, noun) in self.triggers and noun != event.trigger:
                return False
        # past the verb, on its object or place: "detained two men in Lagos on Friday"
        return (
            token < when.first
            and when.preposition != "of"
            and text.tag[when.date.mention.last + 1 : when.date.mention.last + 2] != ["POS"]
        )

    def _beside(self, i: int, found: Sequence[Dated]) -> Dated:
        """The date of a clause that tells of the same moment: coordinated, participial, simultaneous, around a noun."""
        event = self.events[i]
        text = self.article.text(event.field)
        clause = event.clause
        if text.pos[clause] not in _VERBAL:
            return self._around(event, text, found)
        dated = self._inside(event, text, found)
        if dated:
            return dated
        head, dep = text.head[clause], text.dep[clause]
        if head == clause:
            return self._subordinate(event, text, found)
        if dep == "conj":
            return self._of_token(event.field, head, found, before=head)
        if dep == "xcomp":
            return self._of_token(event.field, head, found)
        if dep == "advcl":
            marks = {text.lower[c] for c in text.children[clause] if text.dep[c] in ("mark", "advmod")}
            if marks & self.simultaneous or (not marks and text.tag[clause] in ("VBG", "VBN")):
                return self._of_token(event.field, head, found)
        return self._subordinate(event, text, found)

    def _subordinate(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The date of a simultaneous clause below: "were killed when shells hit the market on Friday"."""
        for child in text.children[event.clause]:
            if text.dep[child] != "advcl":
                continue
            if any(text.lower[c] in self.simultaneous for c in text.children[child]):
                dated = self._of_token(event.field, child, found)
                if dated:
                    return dated
        return UNDATED

    def _inside(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The date of an event noun that is the verb's subject or means: "Friday's attack killed", "killed in a raid"."""
        for child in text.children[event.clause]:
            nouns: list[int] = []
            if text.dep[child] == "nsubj":
                nouns = [child]
            elif text.dep[child] in ("prep", "agent") and text.lower[child] in self.within:
                nouns = [g for g in text.children[child] if text.dep[g] == "pobj"]
            for noun in nouns:
                index = self.triggers.get((event.field, noun))
                if index is not None and found[index] and found[index].source is DateSource.EXPLICIT:
                    return found[index]
        return UNDATED

    def _around(self, event: EventMention, text: ParsedText, found: Sequence[Dated]) -> Dated:
        """The date of the clause in which an event noun stands as means or occasion."""
        at, dep = event.trigger, text.dep[event.trigger]
        if dep == "conj":
            index = self.triggers.get((event.field, text.head[at]))
            return found[index] if index is not None else UNDATED
        if dep != "pobj":
            return UNDATED
        preposition = text.head[at]
        verb = text.head[preposition]
        if text.lower[preposition] not in self.within or text.pos[verb] not in _VERBAL:
            return UNDATED
        return self._of_token(event.field, verb, found)

    def _of_token(self, field: Field, token: int, found: Sequence[Dated], before: int | None = None) -> Dated:
        """The date of the event of a token, or of an expression that hangs directly on it (``before`` a token)."""
        for when in self.hanging.get((field, token), ()):
            if when.preposition in self.no_date or when.path[0] != token:
                continue
            if before is None or when.first < before:
                return self._spanning(when.date)
        if before is None:
            for index in self.clauses.get((field, token), ()):
                if found[index]:
                    return found[index]
        return UNDATED

    # ------------------------------------------------------------- what governs a passage

    def _heading(self, event: EventMention) -> Dated:
        starts, found = self.sections
        if event.field is not Field.BODY or not starts or event.tense == "pluperfect":
            return UNDATED
        if event.modality is not Modality.ASSERTED:
            return UNDATED
        index = bisect_right(starts, event.trigger) - 1
        return found[index] if index >= 0 else UNDATED

    def _document(self, event: EventMention) -> Dated:
        text = self.article.text(event.field)
        if (
            self.published is None
            or event.modality is not Modality.ASSERTED
            or event.tense not in ("present", "perfect")
        ):
            return UNDATED
        number = text.sent[event.trigger]
        if number < 0 or text.sentences[number].block != self.leads[event.field]:
            return UNDATED
        return Dated(self.published, self.published, Granularity.DAY, DateSource.DOCUMENT)

    def _narrated(self, i: int, found: Sequence[Dated]) -> Dated:
        """The date of the sentence before in the paragraph, which an undated main clause in the past goes on from."""
        event = self.events[i]
        if event.tense != "past" or event.modality is not Modality.ASSERTED or not i:
            return UNDATED
        text = self.article.text(event.field)
        number = text.sent[event.trigger]
        if (event.field, number) in self.dated_sentences or not _main(text, event.clause):
            return UNDATED
        previous = self.events[i - 1]
        if previous.field is not event.field or previous.tense != "past" or not found[i - 1]:
            return UNDATED
        before = text.sent[previous.trigger]
        if number - before > 1 or text.sentences[before].block != text.sentences[number].block:
            return UNDATED
        if found[i - 1].granularity is not Granularity.DAY:
            return UNDATED
        return replace(found[i - 1], source=DateSource.CONTEXT)

    # ------------------------------------------------------------------ told elsewhere

    def shared(self, found: Sequence[Dated], same: Sequence[int | None]) -> list[Dated]:
        """The dates, with those of other tellings of the same happening for events that have none."""
        out = list(found)
        groups: dict[int, list[int]] = {}
        for i, first in enumerate(same):
            groups.setdefault(i if first is None else first, []).append(i)
        for members in groups.values():
            known = [found[m] for m in members if found[m] and found[m].source is not DateSource.DOCUMENT]
            if not known:
                continue
            best = min(known, key=lambda d: (d.end - d.start).days if d.start and d.end else 0)
            for m in members:
                if not out[m] and self.events[m].modality is Modality.ASSERTED:
                    out[m] = replace(best, source=DateSource.CONTEXT)
        return out


def _main(text: ParsedText, clause: int) -> bool:
    """Whether a verb heads its sentence, or is coordinated with one that does."""
    for _ in range(4):
        if text.head[clause] == clause:
            return True
        if text.dep[clause] != "conj":
            return False
        clause = text.head[clause]
    return False


def _lead(text: ParsedText) -> int:
    """The block of the first paragraph; -1 if the text has none."""
    for sentence in text.sentences:
        if sentence.kind is BlockKind.BODY:
            return sentence.block
    return -1
