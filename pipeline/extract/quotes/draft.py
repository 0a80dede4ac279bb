"""A quote in the making, before its parts are in order."""

from __future__ import annotations

from dataclasses import dataclass, field

from pipeline.extract.quotes.cues import Cue
from pipeline.records import QuoteType
from pipeline.spans import Span


@dataclass(slots=True, eq=False)
class Draft:
    """Content spans, the cue, the quotations that it takes in, and what it goes on from."""

    spans: list[Span]
    quote_type: QuoteType
    rule: str
    cue: Cue | None = None
    quotations: list[int] = field(default_factory=list)
    continues: Draft | None = None
    label: str | None = None
