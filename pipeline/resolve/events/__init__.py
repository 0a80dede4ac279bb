"""Who did what to whom, when and where: events with their participants, dates, places and quotes.

``participants`` asks the cast who the arguments are, ``dating`` gives each event its day
with the reason, ``place`` its place, ``telling`` finds the happenings told twice;
``recorder`` adds ``contexts``, what the passage is about, and ``confidence``, how far a row
can be trusted; ``untyped`` keeps actions outside the ontology.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle
from pipeline.records import EventMention, Field, ResolvedDate, ResolvedEvent, ResolvedQuote
from pipeline.resolve.events.aims import Aims
from pipeline.resolve.events.dating import Dating
from pipeline.resolve.events.participants import Participants, identity
from pipeline.resolve.events.place import find_place, share_places
from pipeline.resolve.events.recorder import Recorder
from pipeline.resolve.events.sharing import share
from pipeline.resolve.events.telling import Telling, same_tellings
from pipeline.resolve.events.untyped import Untyped, merged
from pipeline.rules.events import EventRules

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast

__all__ = ["resolve_events"]


def resolve_events(
    article: ParsedArticle,
    events: Sequence[EventMention],
    cast: Cast,
    dates: Sequence[ResolvedDate],
    quotes: Sequence[ResolvedQuote],
    published: date | None,
    rules: EventRules,
) -> list[ResolvedEvent]:
    """Every event with its participants, date, place, quote and first telling, in the order given.

    ``events`` are those of all fields of one article, each field's in text order.
    ``published`` dates only leads told in the present, and the entries of a running report
    under a clock time; no other event is given the article's day. ``same_as`` indexes the
    list that is returned. Of events without a type only those stay that have a date and
    somebody named who acts. Raises nothing.
    """
    every = events
    events = [event for event in every if event.event_type is not None]
    people = Participants(article, cast, rules)
    parts = [people.of(event) for event in events]
    dating = Dating(article, events, dates, quotes, published, rules)
    when = dating.own()
    tellings = [
        Telling(
            event,
            article.text(event.field),
            frozenset(identity(m) for m in (*actors, *recipients)),
            dating.presumed(event, dated),
        )
        for event, (actors, recipients), dated in zip(events, parts, when, strict=True)
    ]
    same = same_tellings(tellings, rules)
    acting = [[a.actor.actor_id for a in actors] for actors, _ in parts]
    when = dating.shared(when, same, [t.people for t in tellings], acting)
    parts = share(tellings, parts, same, cast, rules)
    aims = Aims(article, cast, rules)
    parts = [
        (actors, aims.proper(event, actors, recipients))
        for event, (actors, recipients) in zip(events, parts, strict=True)
    ]
    places = [find_place(event, article.text(event.field), cast, rules) for event in events]
    places = share_places(events, article, places, same, rules, cast, parts)
    recorder = Recorder(article, rules)
    out = [
        recorder.record(*found)
        for found in zip(events, parts, when, places, _quotes(events, quotes), same, strict=True)
    ]
    others = Untyped(article, cast, quotes, dating, recorder, people)
    return merged(every, out, others.resolve(every, _quotes(every, quotes)))


def _quotes(events: Sequence[EventMention], quotes: Sequence[ResolvedQuote]) -> list[ResolvedQuote | None]:
    """The innermost quote that holds each trigger: the one whose span around it is the shortest."""
    spans: dict[Field, list[tuple[int, int, ResolvedQuote]]] = {}
    for quote in quotes:
        spans.setdefault(quote.mention.field, []).extend((s.start, s.end, quote) for s in quote.mention.spans)
    out: list[ResolvedQuote | None] = []
    for event in events:
        start, end = event.span
        around = [(e - s, q) for s, e, q in spans.get(event.field, ()) if s <= start and end <= e]
        out.append(min(around, key=lambda item: item[0])[1] if around else None)
    return out
