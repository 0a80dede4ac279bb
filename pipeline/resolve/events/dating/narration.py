"""A day carried on through an unbroken narration in the past.

A narration begins with a main clause that has a day, event or not. It goes on through
sentences told in the past and through direct speech, and ends with more than two others
in a row, at a heading, or with another date. Close by it holds whatever is told; further
on, what the same people do. What somebody said on another day is an aside: it neither
belongs to the narration nor ends it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pipeline.parsed import ParsedText
from pipeline.records import (
    BlockKind,
    DateSource,
    EventMention,
    Field,
    Granularity,
    Modality,
    QuoteType,
    Sentence,
)
from pipeline.resolve.events.dating.dated import UNDATED, Dated
from pipeline.resolve.events.dating.expressions import When
from pipeline.resolve.events.dating.given import Given

_GAP = 2  # sentences in a row that do not narrate, after which a narration has ended
_NEAR = 3  # sentences from one dated act of a narration to the next, whoever does it


@dataclass(slots=True)
class _State:
    """The narration so far: its day, who takes part, where it was told last, how long it has paused."""

    now: Dated = UNDATED
    who: set[str] = field(default_factory=set)
    near: int = -9
    block: int = -9
    gap: int = 0


class Narration:
    """Dates what is told in one go with something that has a day."""

    def __init__(self, given: Given) -> None:
        self.article, self.events, self.published = given.article, given.events, given.published
        self.expressions, self.clauses = given.expressions, given.clauses
        rules = given.rules
        self.speech = rules.words("speech")
        self.no_date = rules.words("undating_preposition") | {"since"}
        self.first_person = rules.words("first_person")
        self.ontology = rules.ontology
        self.triggers = frozenset(e.trigger for e in self.events if e.field is Field.BODY)
        self.at: dict[int, list[int]] = {}
        for i, event in enumerate(self.events):
            if event.field is Field.BODY:
                self.at.setdefault(self.article.text(event.field).sent[event.trigger], []).append(i)
        spoken = sorted(
            (span.start, span.end, quote.speaker.actor.actor_id if quote.speaker is not None else "")
            for quote in given.quotes
            if quote.mention.field is Field.BODY and quote.mention.quote_type is QuoteType.DIRECT
            for span in quote.mention.spans
        )
        self.speech_starts = [start for start, _, _ in spoken]
        self.speech_ends = [end for _, end, _ in spoken]
        self.speakers = [speaker for _, _, speaker in spoken]

    def carry(
        self, found: list[Dated], people: Sequence[frozenset[str]], means: Callable[[EventMention], Sequence[int]]
    ) -> None:
        """Date the events that a narration holds and nothing else has dated.

        ``people`` who takes part in each event; ``means`` gives the events that one consists in.
        """
        for text in self.article.texts:
            if text.field is not Field.BODY:
                continue
            state = _State()
            for number, sentence in enumerate(text.sentences):
                if sentence.kind is BlockKind.HEADING:
                    state.now = UNDATED
                if sentence.kind is not BlockKind.BODY:
                    continue
                if state.now or number in self.at or self.expressions.of_sentence(text.field, number):
                    self._sentence(text, number, sentence, state, found, people, means)

    def _sentence(
        self,
        text: ParsedText,
        number: int,
        sentence: Sentence,
        state: _State,
        found: list[Dated],
        people: Sequence[frozenset[str]],
        means: Callable[[EventMention], Sequence[int]],
    ) -> None:
        roots = [t for t in range(sentence.first, sentence.last + 1) if text.head[t] == t]
        past = any(self.clauses.tense(text, t) == "past" for t in roots)
        if past:
            state.gap = 0
        elif not self._spoken(sentence):
            state.gap += 1
            if state.gap > _GAP:
                state.now = UNDATED
        main = [w for w in self.expressions.of_sentence(text.field, number) if w.path and w.path[0] in roots]
        other = any(w.date.start != state.now.start for w in main)
        aside = other and all(text.lemma[t].lower() in self.speech for t in roots)
        begun = past and not aside and self._begins(text, main, number, sentence, state)
        for i in self.at.get(number, ()):
            event = self.events[i]
            if not self._told(event, text, sentence):
                continue
            if found[i]:
                if text.dep[event.clause] == "relcl":
                    continue
                day = found[i].granularity is Granularity.DAY and found[i].source is not DateSource.DOCUMENT
                if not day or found[i].start != state.now.start:
                    state.who = set()
                state.now = found[i] if day else UNDATED
                other = False
            elif aside or any(self.clauses.pointing(text, self.events[j].trigger) for j in means(event)):
                continue  # said on another day, or what "was killed in the attack" goes back to
            elif other and not begun:
                state.now = UNDATED
            elif state.now and self._holds(state, people[i] | self._speaker(event), sentence, number):
                found[i] = replace(state.now, source=DateSource.CONTEXT)
            else:
                continue
            state.near, state.block = number, sentence.block
            state.who |= people[i]
        if other and not aside and not begun:
            state.now = UNDATED

    def _holds(self, state: _State, people: frozenset[str], sentence: Sentence, number: int) -> bool:
        """Whether an event goes on with the narration: close by, or about the same people."""
        return bool(state.who & people) or (sentence.block == state.block and number - state.near <= _NEAR)

    def _begins(self, text: ParsedText, main: Sequence[When], number: int, sentence: Sentence, state: _State) -> bool:
        """Whether a main clause that is no event has a day, with which a narration begins."""
        for when in main:
            verb = when.path[0]
            start, end = when.date.start, when.date.end
            if (
                start != end
                or start is None
                or when.preposition in self.no_date
                or text.lemma[verb].lower() in self.speech
                or (self.published is not None and start > self.published)
            ):
                continue
            if start != state.now.start:
                state.who = set()
            state.now = self.expressions.dated(when.date)
            state.near, state.block = number, sentence.block
            return True
        return False

    def _told(self, event: EventMention, text: ParsedText, sentence: Sentence) -> bool:
        """Whether an event is told as the narration's: in the past, or by somebody who does it in saying so."""
        if event.modality is not Modality.ASSERTED or (event.field, event.clause) in self.expressions.vague:
            return False  # "recently praised": some day or other
        if event.tense == "present":
            if not self._in_speech(event) or not self.ontology.verbal(event.event_type):
                return False
            subjects = [c for c in text.children[event.clause] if text.dep[c] == "nsubj"]
            return any(text.lower[c] in self.first_person for c in subjects)
        if event.tense != "past" or self.clauses.borrowed(text, event.clause) not in ("", "past"):
            return False
        return self.clauses.narrating(text, event.clause, self.triggers)

    def _speaker(self, event: EventMention) -> frozenset[str]:
        """The one who does what is done in saying so."""
        if event.tense != "present" or not self._in_speech(event):
            return frozenset()
        return frozenset({self.speakers[bisect_right(self.speech_starts, event.span.start) - 1]})

    def _in_speech(self, event: EventMention) -> bool:
        i = bisect_right(self.speech_starts, event.span.start) - 1
        return i >= 0 and self.speech_ends[i] >= event.span.end

    def _spoken(self, sentence: Sentence) -> bool:
        """Whether a sentence lies within direct speech."""
        i = bisect_right(self.speech_starts, sentence.span.start + 1) - 1
        return i >= 0 and self.speech_ends[i] >= sentence.span.end - 2
