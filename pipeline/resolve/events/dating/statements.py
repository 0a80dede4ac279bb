"""The day of what somebody does in speaking, from the text's date of that somebody's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pipeline.records import DateSource, EventMention, Field, Granularity, Modality
from pipeline.resolve.events.dating.dated import UNDATED, Dated
from pipeline.resolve.events.dating.given import Given


class Statements:
    """Who is said to have spoken on which day."""

    def __init__(self, given: Given) -> None:
        self.expressions = given.expressions
        # "endorsed her, but said on Monday": what goes with the saying is another act
        self.beside: set[int] = set()
        for quote in given.quotes:
            cue = quote.mention.cue_token
            if cue is None or quote.mention.field is not Field.BODY or quote.date is None:
                continue
            text = given.article.text(Field.BODY)
            self.beside.update(c for c in text.children[cue] if text.dep[c] == "conj")
            if text.dep[cue] == "conj":
                self.beside.add(text.head[cue])
        self.ontology = given.rules.ontology
        days: dict[str, list[Dated]] = {}
        for quote in given.quotes:
            if quote.speaker is None or quote.date is None or quote.date.start is None:
                continue
            if quote.mention.field is Field.BODY:
                days.setdefault(quote.speaker.actor.actor_id, []).append(self.expressions.dated(quote.date))
        # somebody who spoke on two days may have done it on either
        self.days = {
            speaker: all_days[0]
            for speaker, all_days in days.items()
            if len({d.start for d in all_days}) == 1 and all_days[0].granularity is Granularity.DAY
        }

    def day(self, event: EventMention, actors: Sequence[str]) -> Dated:
        """The day on which the one who acts is said to have spoken, for an act done in words and told in the past."""
        verbal = self.ontology.verbal(event.event_type)
        if (event.field, event.clause) in self.expressions.vague or event.clause in self.beside:
            return UNDATED
        if not verbal or event.tense != "past" or event.modality is not Modality.ASSERTED or len(actors) != 1:
            return UNDATED
        found = self.days.get(actors[0], UNDATED)
        return replace(found, source=DateSource.CONTEXT) if found else UNDATED
