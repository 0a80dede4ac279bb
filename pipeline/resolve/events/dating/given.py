"""What every way of dating the events of an article reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from pipeline.parsed import ParsedArticle
from pipeline.records import EventMention, ResolvedDate, ResolvedQuote
from pipeline.resolve.events.dating.clauses import Clauses
from pipeline.resolve.events.dating.expressions import Expressions
from pipeline.rules.events import EventRules


@dataclass(frozen=True, slots=True)
class Given:
    """An article with what is known of it before its events are dated; ``published`` is its day."""

    article: ParsedArticle
    events: Sequence[EventMention]
    dates: Sequence[ResolvedDate]
    quotes: Sequence[ResolvedQuote]
    published: date | None
    expressions: Expressions
    clauses: Clauses
    rules: EventRules
