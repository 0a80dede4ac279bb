"""The record of an event, of all that was found of it."""

from __future__ import annotations

from pipeline.parsed import ParsedArticle
from pipeline.records import EventMention, ResolvedEvent, ResolvedQuote
from pipeline.resolve.events.confidence import confidence
from pipeline.resolve.events.contexts import Contexts
from pipeline.resolve.events.dating import Dated
from pipeline.resolve.events.participants import Parts
from pipeline.resolve.events.place import Place
from pipeline.rules.events import EventRules


class Recorder:
    """Makes the records of one article's events, with or without a type."""

    def __init__(self, article: ParsedArticle, rules: EventRules) -> None:
        self.article = article
        self.contexts = Contexts(article, rules)
        self.rules = rules

    def record(
        self,
        event: EventMention,
        parts: Parts,
        dated: Dated,
        place: Place,
        quote: ResolvedQuote | None,
        same_as: int | None,
    ) -> ResolvedEvent:
        """An event with what its type, its passage and the strength of its signs add."""
        kind = self.rules.ontology.types.get(event.event_type or "")
        actors, recipients = parts
        return ResolvedEvent(
            mention=event,
            quad_class=kind.quad_class if kind else None,
            intensity=kind.score_of(event.event_mode) if kind else None,
            contexts=self.contexts.of(event),
            actors=actors,
            recipients=recipients,
            start=dated.start,
            end=dated.end,
            granularity=dated.granularity,
            date_source=dated.source,
            date=dated.date,
            place=place.mention,
            place_text=place.text,
            place_country=place.country,
            quote=quote,
            same_as=same_as,
            confidence=confidence(event, parts, dated, self.article.text(event.field), self.rules),
        )
