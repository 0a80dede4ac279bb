"""Helpers of the tests on events: a text through every room, and its events made readable."""

from __future__ import annotations

from pipeline.meter import Meter
from pipeline.parsed import ParsedArticle
from pipeline.process import resolve
from pipeline.records import ResolvedEvent
from pipeline.rules.load import Rules


def events_of(article: ParsedArticle, rules: Rules) -> list[ResolvedEvent]:
    """The resolved events of an article."""
    return list(resolve(article, rules, Meter()).events)


def by_trigger(article: ParsedArticle, rules: Rules) -> dict[str, ResolvedEvent]:
    """The events by their trigger word; of a word that occurs twice, the first."""
    out: dict[str, ResolvedEvent] = {}
    for event in events_of(article, rules):
        text = article.text(event.mention.field).text
        out.setdefault(event.mention.span.of(text), event)
    return out


def actors(event: ResolvedEvent) -> list[str]:
    """The names of those who act."""
    return [m.actor.name for m in event.actors]


def recipients(event: ResolvedEvent) -> list[str]:
    """The names of those acted upon."""
    return [m.actor.name for m in event.recipients]
