"""Dates that govern a passage: a timeline's heading, the article's day in its lead."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from pipeline.parsed import ParsedText
from pipeline.records import (
    BlockKind,
    DateSource,
    EventMention,
    Field,
    Granularity,
    Modality,
    ResolvedDate,
)
from pipeline.resolve.events.dating.clauses import CLIMB, VERBAL
from pipeline.resolve.events.dating.dated import UNDATED, Dated
from pipeline.resolve.events.dating.given import Given

_NEWS = timedelta(days=31)
_RETOLD = frozenset({"past", "present"})
_LIVE = _RETOLD | {"perfect"}
_INTO_HEADING = 3  # tokens of a heading before its date: a mark, a preposition


class Passages:
    """What dates an event by where it stands."""

    def __init__(self, given: Given) -> None:
        self.article, self.events, self.published = given.article, given.events, given.published
        self.expressions, self.clauses = given.expressions, given.clauses
        self.triggers = {
            text.field: frozenset(e.trigger for e in self.events if e.field is text.field)
            for text in self.article.texts
        }
        self.clocks = given.rules.words("clock_heading")
        self.sections = self._sections(given.dates)
        self.leads = {text.field: _lead(text) for text in self.article.texts}
        self.lead_events = [i for i, e in enumerate(self.events) if self._opens(e)]

    def _sections(self, dates: Sequence[ResolvedDate]) -> tuple[list[int], list[Dated], list[bool]]:
        """Where passages under headings begin (tokens of the body), the date of each that has one, and whether a
        clock time heads it.

        A clock time has the day of the last heading that names one, else the article's.
        """
        starts: list[int] = []
        found: list[Dated] = []
        live: list[bool] = []
        at = {d.mention.first: d for d in dates if d.mention.field is Field.BODY}
        day = Dated(self.published, self.published, Granularity.DAY, DateSource.HEADING) if self.published else UNDATED
        for text in self.article.texts:
            if text.field is not Field.BODY or all(block.kind is not BlockKind.HEADING for block in text.blocks):
                continue
            block = -1
            for sentence in text.sentences:
                if sentence.kind is not BlockKind.HEADING or sentence.block == block:
                    continue
                block = sentence.block
                first = range(sentence.first, min(sentence.first + _INTO_HEADING, sentence.last + 1))
                resolved = next((at[i] for i in first if i in at), None)
                dated = UNDATED
                if resolved is not None and resolved.start is not None:
                    dated = replace(self.expressions.dated(resolved), source=DateSource.HEADING)
                    if dated.granularity is Granularity.DAY:
                        day = dated
                elif text.blocks[block].rule in self.clocks:
                    dated = day
                starts.append(sentence.first)
                found.append(dated)
                live.append(text.blocks[block].rule in self.clocks)
        return (starts, found, live) if any(found) else ([], [], [])

    def _narrating(self, event: EventMention) -> bool:
        text = self.article.text(event.field)
        return self.clauses.narrating(text, event.clause, self.triggers[event.field])

    def heading(self, event: EventMention, *, taken_up: bool) -> Dated:
        """The date of the heading above, for the main narration below it.

        A noun goes with the clause that it stands in; one that may take up something told
        before ("the attack") only if ``taken_up`` says that it has been looked for.
        """
        starts, found, live = self.sections
        if event.field is not Field.BODY or not starts or event.modality is not Modality.ASSERTED:
            return UNDATED
        text = self.article.text(event.field)
        index = bisect_right(starts, event.trigger) - 1
        if index < 0 or not found[index]:
            return UNDATED
        if text.kind_at(event.trigger) is BlockKind.HEADING:
            return found[index]
        # an entry of a running report tells in the perfect what has just happened
        tenses = _LIVE if live[index] else _RETOLD
        if not self._told_below(event, text, tenses, taken_up):
            return UNDATED
        return self._one_of(found[index], event, text) or found[index]

    def _one_of(self, dated: Dated, event: EventMention, text: ParsedText) -> Dated:
        """Of a heading's list of days and acts, that of one of as many acts of one actor in the text.

        "3 and 5 March: cuts aid and trade", "The president suspended aid and closed the ports".
        """
        days = self.expressions.listed(dated.date) if dated.date is not None else []
        if len(days) < 2 or not self._lists_acts(text, days):
            return UNDATED
        first = event.clause
        while text.dep[first] == "conj" and text.pos[text.head[first]] in VERBAL:
            first = text.head[first]
        acts, stack = [first], [first]
        while stack:
            joined = [c for c in text.children[stack.pop()] if text.dep[c] == "conj" and text.pos[c] in VERBAL]
            if any(text.dep[c] in ("nsubj", "nsubjpass") for verb in joined for c in text.children[verb]):
                return UNDATED
            acts += joined
            stack += joined
        if len(acts) != len(days):
            return UNDATED
        return replace(self.expressions.alone(days[sorted(acts).index(event.clause)]), source=DateSource.HEADING)

    def _lists_acts(self, text: ParsedText, days: Sequence[ResolvedDate]) -> bool:
        """Whether a heading coordinates as many other things as days."""
        last = days[-1].mention.last
        number = text.sent[last]
        if number < 0:
            return False
        joined = 0
        for sentence in text.sentences[number:]:
            if sentence.block != text.sentences[number].block:
                break
            first = max(sentence.first, last + 1)
            joined += sum(text.dep[t] == "conj" for t in range(first, sentence.last + 1))
        return joined + 1 == len(days)

    def clause(self, field: Field, verb: int) -> Dated:
        """The date that a heading gives to a main clause below it."""
        starts, found, live = self.sections
        index = bisect_right(starts, verb) - 1
        if field is not Field.BODY or index < 0 or not found[index]:
            return UNDATED
        text = self.article.text(field)
        tense = self.clauses.tense(text, verb)
        told = tense in (_LIVE if live[index] else _RETOLD)
        if tense == "past" and self._reported_now(text, verb):
            return UNDATED
        return found[index] if told and self.clauses.narrating(text, verb, self.triggers[field]) else UNDATED

    def _told_below(self, event: EventMention, text: ParsedText, tenses: frozenset[str], taken_up: bool) -> bool:
        if event.tense in tenses:
            if event.tense == "past" and self._reported_now(text, event.clause):
                return False
            if event.tense == "past" and text.dep[event.clause] == "relcl":
                verb = self.clauses.verb_above(text, text.head[event.clause])
                return self.clauses.narrating(text, verb, self.triggers[event.field])
            return self._narrating(event)
        if event.tense or (self.clauses.pointing(text, event.trigger) and not taken_up):
            return False
        if any(text.ent[c] == "DATE" and text.dep[c] != "poss" for c in text.children[event.trigger]):
            return False  # "the Sept. 11 attacks" have a day of their own, read or not
        host = self.clauses.host(text, event.clause)
        if host is None or self.clauses.tense(text, host) not in tenses:
            return False
        return self.clauses.narrating(text, host, self.triggers[event.field])

    def _reported_now(self, text: ParsedText, clause: int) -> bool:
        """Whether a clause tells what somebody says now: "she says he signed the act when he led the union"."""
        at = clause
        for _ in range(CLIMB):
            head = text.head[at]
            if head == at or text.pos[head] not in VERBAL:
                return False
            if text.dep[at] == "ccomp" and self.clauses.tense(text, head) == "present":
                return True
            at = head
        return False

    def headline(self, event: EventMention, found: Sequence[Dated]) -> Dated:
        """The date of the lead's first act of the same type, for a headline."""
        text = self.article.text(event.field)
        if text.kind_at(event.trigger) is not BlockKind.HEADLINE:
            return UNDATED
        for i in self.lead_events:
            told = self.events[i]
            if (told.event_type, told.modality, told.negated) == (event.event_type, event.modality, event.negated):
                known = bool(found[i]) and found[i].source is not DateSource.DOCUMENT
                return replace(found[i], source=DateSource.CONTEXT) if known else UNDATED
        return UNDATED

    def recent(self, event: EventMention) -> Dated:
        """The month up to the article's day, for what a headline tells in the present: news is not older."""
        text = self.article.text(event.field)
        if self.published is None or text.kind_at(event.trigger) is not BlockKind.HEADLINE:
            return UNDATED
        host = self.clauses.host(text, event.clause)
        if host is None or self.clauses.tense(text, host) not in ("present", "perfect"):
            return UNDATED
        try:
            return Dated(self.published - _NEWS, self.published, Granularity.OTHER)
        except OverflowError:
            return UNDATED

    def document(self, event: EventMention) -> Dated:
        """The article's day, for the news of a lead told in the present or present perfect."""
        text = self.article.text(event.field)
        if (
            self.published is None
            or event.modality is not Modality.ASSERTED
            or event.tense not in ("present", "perfect")
        ):
            return UNDATED
        number = text.sent[event.trigger]
        if number < 0 or not self._in_lead(text, number) or not self._narrating(event):
            return UNDATED
        return Dated(self.published, self.published, Granularity.DAY, DateSource.DOCUMENT)

    def _opens(self, event: EventMention) -> bool:
        if event.field is not Field.BODY:
            return False
        text = self.article.text(event.field)
        number = text.sent[event.trigger]
        return number >= 0 and text.sentences[number].block == self.leads[event.field]

    def _in_lead(self, text: ParsedText, number: int) -> bool:
        sentence = text.sentences[number]
        if sentence.kind is BlockKind.HEADLINE:
            return True
        lead = self.leads[text.field]
        return sentence.block == lead and (number < 2 or text.sentences[number - 2].block != lead)


def _lead(text: ParsedText) -> int:
    """The block of the first paragraph; -1 if the text has none."""
    for sentence in text.sentences:
        if sentence.kind is BlockKind.BODY:
            return sentence.block
    return -1
