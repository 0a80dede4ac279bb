"""Actions outside the ontology: which verbs are none, and who does what in the rest (``models/events/untyped.yaml``).

One rule has ``use: action`` and says by ``roles`` what slots of the sentence mean; the
others are lists of ``words``: verbs that tell of no action (``veto``, if ``use`` is not
said), that report (``report``, no action either), that may carry a noun (``carrier``),
the nouns that are happenings so carried (``happening``), and topics in which nothing is
kept (``topics``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RuleError
from pipeline.records import Role
from pipeline.rules.ontology import read_roles
from pipeline.rules.sentences import Example, read_examples
from pipeline.rules.source import read

FILE = "events/untyped.yaml"
USES = ("action", "veto", "report", "carrier", "happening", "topics")
_KEYS = frozenset({"use", "words", "roles", "note", "source", "examples", "counterexamples"})


@dataclass(frozen=True, slots=True)
class UntypedRules:
    """What actions outside the ontology are told by. ``id`` is that of the rule that rows name.

    ``examples`` and ``counterexamples`` are sentences by the id of the list or rule they
    stand with.
    """

    id: str
    roles: Mapping[str, Role | None]
    veto: frozenset[str]
    report: frozenset[str]
    carrier: frozenset[str]
    happening: frozenset[str]
    topics: frozenset[str]
    examples: tuple[tuple[str, Example], ...]
    counterexamples: tuple[tuple[str, Example], ...]


def load_untyped(stack: Sequence[Path], topics: Collection[str]) -> UntypedRules | None:
    """The rules of all layers; None if the action rule is switched off.

    ``topics`` are those that there are. RuleError at a list without words or a word in it
    twice, an unknown topic or use, a rule without an example.
    """
    action: str | None = None
    roles: Mapping[str, Role | None] = {}
    words: dict[str, set[str]] = {use: set() for use in USES}
    examples: list[tuple[str, Example]] = []
    counterexamples: list[tuple[str, Example]] = []
    items = read(stack, FILE)
    for item in items:
        item.only(_KEYS)
        use = item.text("use", "veto")
        if use not in USES:
            raise item.error(f"use must be one of {', '.join(USES)}, not {use!r}")
        right, wrong = read_examples(item, "examples"), read_examples(item, "counterexamples")
        if not right and not wrong:
            raise item.error("a rule needs an example or counterexample")
        examples.extend((item.id, e) for e in right)
        counterexamples.extend((item.id, e) for e in wrong)
        if use == "action":
            if action is not None:
                raise item.error(f"the action rule is {action} already")
            if item.texts("words"):
                raise item.error("the action rule takes no words: lists of verbs have another use")
            action, roles = item.id, read_roles(item, "roles")
            if not right or Role.ACTOR not in roles.values():
                raise item.error("the action rule needs an example, and roles with an actor")
            continue
        listed = item.texts("words")
        if not listed:
            raise item.error("needs words")
        for word in listed:
            if not word.strip() or word != word.lower() or " " in word:
                raise item.error(f"{word!r} must be one word in lower case")
            if listed.count(word) > 1:
                raise item.error(f"{word!r} is listed twice")
            if use == "topics" and word not in topics:
                raise item.error(f"unknown topic {word!r}")
        words[use].update(listed)
    if action is None:
        return None
    if not words["report"]:
        raise RuleError(items[0].file, 0, "no list of use report")
    return UntypedRules(
        id=action,
        roles=roles,
        veto=frozenset(words["veto"] | words["report"]),
        report=frozenset(words["report"]),
        carrier=frozenset(words["carrier"]),
        happening=frozenset(words["happening"]),
        topics=frozenset(words["topics"]),
        examples=tuple(examples),
        counterexamples=tuple(counterexamples),
    )
