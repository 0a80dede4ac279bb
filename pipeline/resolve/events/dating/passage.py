"""Dates that govern a passage: a timeline's heading, the article's day in its lead, the narration so far."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import (
    BlockKind,
    DateSource,
    EventMention,
    Field,
    Granularity,
    Modality,
    QuoteType,
    ResolvedDate,
    ResolvedQuote,
    Sentence,
)
from pipeline.resolve.events.dating.clauses import Clauses
from pipeline.resolve.events.dating.dated import UNDATED, Dated
from pipeline.resolve.events.dating.expressions import Expressions
from pipeline.rules.events import EventRules

_GAP = 2  # sentences in a row that do not narrate, after which a narration has ended
_INTO_HEADING = 3  # tokens of a heading before its date: a mark, a preposition
_NEAR = 3  # sentences from one dated act of a narration to the next, whoever does it


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
        quotes: Sequence[ResolvedQuote],
        rules: EventRules,
    ) -> None:
        self.article = article
        self.events = events
        self.expressions = expressions
        self.clauses = clauses
        self.published = published
        self.triggers = {
            text.field: frozenset(e.trigger for e in events if e.field is text.field) for text in article.texts
        }
        self.speech = rules.words("speech")
        self.clocks = rules.words("clock_heading")
        spoken = sorted(
            (span.start, span.end)
            for quote in quotes
            if quote.mention.field is Field.BODY and quote.mention.quote_type is QuoteType.DIRECT
            for span in quote.mention.spans
        )
        self.speech_starts = [start for start, _ in spoken]
        self.speech_ends = [end for _, end in spoken]
        self.sections = self._sections(dates)
        self.leads = {text.field: _lead(text) for text in article.texts}

    def _sections(self, dates: Sequence[ResolvedDate]) -> tuple[list[int], list[Dated]]:
        """Where passages under headings begin (tokens of the body), and the date of each that has one.

        A heading that is a clock time has the day of the last that names one, else the article's.
        """
        starts: list[int] = []
        found: list[Dated] = []
        at = {d.mention.first: d for d in dates if d.mention.field is Field.BODY}
        day = Dated(self.published, self.published, Granularity.DAY, DateSource.HEADING) if self.published else UNDATED
        for text in self.article.texts:
            if text.field is not Field.BODY:
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
        return (starts, found) if any(found) else ([], [])

    def _narrating(self, event: EventMention) -> bool:
        text = self.article.text(event.field)
        return self.clauses.narrating(text, event.clause, self.triggers[event.field])

    def heading(self, event: EventMention, *, taken_up: bool) -> Dated:
        """The date of the heading above, for the main narration below it.

        A noun goes with the clause that it stands in; one that may take up something told
        before ("the attack") only if ``taken_up`` says that it has been looked for.
        """
        starts, found = self.sections
        if event.field is not Field.BODY or not starts or event.modality is not Modality.ASSERTED:
            return UNDATED
        text = self.article.text(event.field)
        if text.kind_at(event.trigger) is not BlockKind.HEADING and not self._told_below(event, text, taken_up):
            return UNDATED
        index = bisect_right(starts, event.trigger) - 1
        return found[index] if index >= 0 else UNDATED

    def _told_below(self, event: EventMention, text: ParsedText, taken_up: bool) -> bool:
        if event.tense in ("past", "present"):
            return self._narrating(event)
        if event.tense or (self.clauses.pointing(text, event.trigger) and not taken_up):
            return False
        host = self.clauses.host(text, event.clause)
        if host is None or self.clauses.tense(text, host) not in ("past", "present"):
            return False
        return self.clauses.narrating(text, host, self.triggers[event.field])

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

    def narrate(
        self, found: list[Dated], people: Sequence[frozenset[str]], means: Callable[[EventMention], Sequence[int]]
    ) -> None:
        """Carry a day on through an unbroken narration in the past, from main clause to main clause.

        A narration begins with an act that has a day. It goes on through sentences told in
        the past and through direct speech, and ends with more than two others in a row, or
        with another date. In the same paragraph it holds what is told close by; further on,
        what the same people do.
        """
        at: dict[int, list[int]] = {}
        for i, event in enumerate(self.events):
            if event.field is Field.BODY:
                at.setdefault(self.article.text(event.field).sent[event.trigger], []).append(i)
        for text in self.article.texts:
            if text.field is Field.BODY:
                self._narrate_text(text, at, found, people, means)

    def _narrate_text(
        self,
        text: ParsedText,
        at: dict[int, list[int]],
        found: list[Dated],
        people: Sequence[frozenset[str]],
        means: Callable[[EventMention], Sequence[int]],
    ) -> None:
        now = UNDATED
        who: set[str] = set()
        near, block, gap = -9, -9, 0
        for number, sentence in enumerate(text.sentences):
            if sentence.kind is BlockKind.HEADING:
                now = UNDATED
            if sentence.kind is not BlockKind.BODY:
                continue
            roots = [t for t in range(sentence.first, sentence.last + 1) if text.head[t] == t]
            past = any(self.clauses.tense(text, t) == "past" for t in roots)
            if not past and not self._spoken(sentence):
                gap += 1
                if gap > _GAP:
                    now = UNDATED
            elif past:
                gap = 0
            other = self._other_date(text, number, roots, now)
            aside = other and all(text.lemma[t].lower() in self.speech for t in roots)
            for i in at.get(number, ()):
                event = self.events[i]
                if event.tense != "past" or event.modality is not Modality.ASSERTED or not self._narrating(event):
                    continue
                if found[i]:
                    if text.dep[event.clause] == "relcl":
                        continue
                    day = found[i].granularity is Granularity.DAY and found[i].source is not DateSource.DOCUMENT
                    if not day or found[i].start != now.start:
                        who = set()
                    now = found[i] if day else UNDATED
                    other = False
                elif aside or any(self.clauses.pointing(text, self.events[j].trigger) for j in means(event)):
                    continue  # said on another day, or what "was killed in the attack" goes back to
                elif other:
                    now = UNDATED
                elif now and (who & people[i] or (sentence.block == block and number - near <= _NEAR)):
                    found[i] = replace(now, source=DateSource.CONTEXT)
                else:
                    continue
                near, block = number, sentence.block
                who |= people[i]
            if other and not aside:
                now = UNDATED

    def _spoken(self, sentence: Sentence) -> bool:
        """Whether a sentence lies within direct speech."""
        i = bisect_right(self.speech_starts, sentence.span.start + 1) - 1
        return i >= 0 and self.speech_ends[i] >= sentence.span.end - 2

    def _other_date(self, text: ParsedText, number: int, roots: Sequence[int], now: Dated) -> bool:
        """Whether a sentence's main clause has another date than the narration's."""
        return any(
            when.path and when.path[0] in roots and when.date.start != now.start
            for when in self.expressions.of_sentence(text.field, number)
        )


def _lead(text: ParsedText) -> int:
    """The block of the first paragraph; -1 if the text has none."""
    for sentence in text.sentences:
        if sentence.kind is BlockKind.BODY:
            return sentence.block
    return -1
