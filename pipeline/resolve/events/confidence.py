"""How far an event row can be trusted."""

from __future__ import annotations

from pipeline.parsed import ParsedText
from pipeline.records import BlockKind, EventMention, Modality
from pipeline.resolve.events.dating import Dated
from pipeline.resolve.events.participants import Parts
from pipeline.rules.events import EventRules


def confidence(
    event: EventMention,
    parts: Parts,
    dated: Dated,
    text: ParsedText,
    rules: EventRules,
) -> float:
    """The chance that type and trigger are right, 0.05 to 0.98.

    A sum of the weights in ``models/events/confidence.yaml``, which were fitted to our
    own labelled articles: the rule's strength, and what of a whole event was found.
    Events without a type have one weight.
    """
    weights = rules.weights
    if event.event_type is None:
        return weights["untyped"]
    actors, recipients = parts
    total = weights["base"] + weights["strength"] * event.strength
    if actors:
        total += weights["actor"]
    if recipients:
        total += weights["recipient"]
    if dated:
        total += weights["dated"]
    if event.negated:
        total += weights["negated"]
    if event.modality is not Modality.ASSERTED:
        total += weights["not_asserted"]
    if text.pos[event.trigger] in ("NOUN", "PROPN"):
        total += weights["noun"]
    if text.kind_at(event.trigger) in (BlockKind.HEADLINE, BlockKind.CAPTION, BlockKind.HEADING):
        total += weights["headline"]
    return round(min(max(total, 0.05), 0.98), 3)
