"""Whether a trigger rule does what its own examples say."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.extract.events.find import find_events
from pipeline.parsed import ParsedText
from pipeline.records import EventMention, Role
from pipeline.rules.events import EventRules, TriggerRule
from pipeline.rules.sentences import Example


def failures(text: ParsedText, rules: EventRules, rule: TriggerRule, example: Example) -> list[str]:
    """What is wrong with an example of a rule, in words; empty if all is as it says.

    ``text`` is the parse of ``example.text``. The marked trigger must have been found by
    this very rule, with the type, mode, polarity, modality, actors and recipients that
    the example names (what it doesn't name is not looked at; ``none`` for nobody).
    """
    found = _at(find_events(text, rules), example)
    if found is None:
        return ["no event at the marked trigger"]
    out = []
    if found.rule != rule.id:
        out.append(f"found by {found.rule} instead")
    expect = example.expect
    wanted = {
        "type": expect.get("type", found.event_type if found.rule == rule.id else rule.type.name),
        "mode": expect.get("mode", found.event_mode),
        "negated": expect.get("negated", found.negated),
        "modality": expect.get("modality", found.modality.value),
    }
    given = {
        "type": found.event_type,
        "mode": found.event_mode,
        "negated": found.negated,
        "modality": found.modality.value,
    }
    out.extend(f"{key} is {given[key]}, not {wanted[key]}" for key in wanted if given[key] != wanted[key])
    for role in (Role.ACTOR, Role.RECIPIENT):
        if role.value in expect:
            out.extend(_participants(text, found, role, expect[role.value]))
    return out


def misfires(text: ParsedText, rules: EventRules, rule: TriggerRule, example: Example) -> list[str]:
    """What is wrong with a counterexample: empty unless this rule fires at the marked word."""
    found = _at(find_events(text, rules), example)
    if found is not None and found.rule == rule.id:
        return [f"is taken for {found.event_type}"]
    return []


def untyped_failures(text: ParsedText, rules: EventRules, example: Example, *, wanted: bool) -> list[str]:
    """What is wrong with an example (``wanted``) or counterexample of actions outside the ontology; empty if nothing.

    In an example the marked trigger must be an action without a type, with what the
    example names of polarity, modality and participants.
    """
    assert rules.untyped is not None
    found = _at([m for m in find_events(text, rules) if m.rule == rules.untyped.id], example)
    if found is None or not wanted:
        return (
            ["no action without a type at the marked trigger"] if wanted else ["is taken for an action"] * bool(found)
        )
    given = {"negated": found.negated, "modality": found.modality.value}
    out = [
        f"{key} is {value}, not {example.expect[key]}"
        for key, value in given.items()
        if example.expect.get(key, value) != value
    ]
    for role in (Role.ACTOR, Role.RECIPIENT):
        if role.value in example.expect:
            out.extend(_participants(text, found, role, example.expect[role.value]))
    return out


def _at(events: Sequence[EventMention], example: Example) -> EventMention | None:
    for event in events:
        if event.span.overlaps((example.start, example.end)):
            return event
    return None


def _participants(text: ParsedText, found: EventMention, role: Role, expected: object) -> list[str]:
    wanted = [str(w) for w in expected] if isinstance(expected, list) else [str(expected)]
    if wanted == ["none"]:
        wanted = []
    heads = [a.head for a in found.arguments if a.role is role]
    have = [text.word[h] for h in heads]
    out = []
    if len(wanted) < len(have) and (not wanted or isinstance(expected, list)):
        out.append(f"{role.value} is {', '.join(have)}, not {', '.join(wanted) or 'nobody'}")
    missed = [n for n in wanted if n.split()[-1] not in have and not any(_names(text, head, n) for head in heads)]
    out.extend(f"{role.value} is {', '.join(have) or 'nobody'}, not {name}" for name in missed)
    return out


def _names(text: ParsedText, head: int, name: str) -> bool:
    """Whether the words of a name end at, or go around, a head token."""
    words = name.split()
    first = max(head - len(words) + 1, 0)
    window = text.word[first : head + len(words)]
    return any(window[i : i + len(words)] == words for i in range(len(words)))
