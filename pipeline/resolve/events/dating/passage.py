"""Dates that govern a passage: a timeline's heading, the article's day in its lead, the narration so far."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import BlockKind, DateSource, EventMention, Field, Granularity, Modality, ResolvedDate
from pipeline.resolve.events.dating.clauses import Clauses
from pipeline.resolve.events.dating.dated import UNDATED, Dated
from pipeline.resolve.events.dating.expressions import Expressions

_GAP = 2  # sentences from one dated act of a narration to the next


class Passages:
    """What dates an event by where it stands."""

    def __init__(
        self,
        article: ParsedArticle,
        events: Sequence[EventMention],
        dates: Sequence[ResolvedDate],
        expressions: Expressions,
        clauses: Clauses,
        published: date | None,
    ) -> None:
        self.article = article
        self.events = events
        self.expressions = expressions
        self.clauses = clauses
        self.published = published
        self.triggers = {
            text.field: frozenset(e.trigger for e in events if e.field is text.field) for text in article.texts
        }
        self.sections = self._sections(dates)
        self.leads = {text.field: _lead(text) for text in article.texts}

    def _sections(self, dates: Sequence[ResolvedDate]) -> tuple[list[int], list[Dated]]:
        """Where passages under headings begin (tokens of the body), and the date of each that has one."""
        starts: list[int] = []
        found: list[Dated] = []
        at = {d.mention.first: d for d in dates if d.mention.field is Field.BODY}
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
                    dated = replace(self.expressions.dated(resolved), source=DateSource.HEADING)
                    some = True
                starts.append(sentence.first)
                found.append(dated)
        return (starts, found) if some else ([], [])

    def _narrating(self, event: EventMention) -> bool:
        text = self.article.text(event.field)
        return self.clauses.narrating(text, event.clause, self.triggers[event.field])

    def heading(self, event: EventMention) -> Dated:
        """The date of the heading above, for the main narration below it."""
        starts, found = self.sections
        if event.field is not Field.BODY or not starts:
            return UNDATED
        text = self.article.text(event.field)
        if text.kind_at(event.trigger) is not BlockKind.HEADING:
            if event.modality is not Modality.ASSERTED or event.tense not in ("past", "present"):
                return UNDATED
            if not self._narrating(event):
                return UNDATED
        index = bisect_right(starts, event.trigger) - 1
        return found[index] if index >= 0 else UNDATED

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

    def _in_lead(self, text: ParsedText, number: int) -> bool:
        sentence = text.sentences[number]
        if sentence.kind is BlockKind.HEADLINE:
            return True
        lead = self.leads[text.field]
        return sentence.block == lead and (number < 2 or text.sentences[number - 2].block != lead)

    def narrate(self, found: list[Dated], people: Sequence[frozenset[str]]) -> None:
        """Carry a day on through a narration in the past: from main clause to main clause, sentence to sentence.

        It ends with the paragraph, unless the next goes on about the same people; with a
        sentence that has a date of its own but no dated event; and with more than one
        sentence that tells nothing.
        """
        now = UNDATED
        last: tuple[Field, int, int] | None = None
        who: frozenset[str] = frozenset()
        for i, event in enumerate(self.events):
            text = self.article.text(event.field)
            number = text.sent[event.trigger]
            if number < 0:
                continue
            block = text.sentences[number].block
            if last is None or last[0] is not event.field or last[1] + 1 < block or number - last[2] > _GAP:
                now = UNDATED
            told = event.tense == "past" and event.modality is Modality.ASSERTED
            if not told or not self._narrating(event):
                continue
            if found[i]:
                day = found[i].granularity is Granularity.DAY and found[i].source is not DateSource.DOCUMENT
                now = found[i] if day else UNDATED
            elif self.expressions.of_sentence(event.field, number) and (last is None or last[2] != number):
                now = UNDATED
            elif now and (last is None or last[1] == block or who & people[i]):
                found[i] = replace(now, source=DateSource.CONTEXT)
            last, who = (event.field, block, number), people[i]


def _lead(text: ParsedText) -> int:
    """The block of the first paragraph; -1 if the text has none."""
    for sentence in text.sentences:
        if sentence.kind is BlockKind.BODY:
            return sentence.block
    return -1
