"""What the quote extractor knows: marks, cues, thresholds (``models/quotes/``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.rules.source import Item, read

FRAMES = frozenset(
    (
        "that",
        "quote",
        "fronted",
        "as-clause",
        "wh",
        "to",
        "order",
        "gerund",
        "name",
        "words",
        "long-np",
        "colon",
        "refuse",
        "hearer",
    )
)
CONSTRUCTIONS = frozenset(("signed", "lead-in", "floating", "beside", "turn"))
_VERB_KEYS = frozenset(
    {"lemmas", "frames", "preps", "negative", "personal", "note", "source", "examples", "counterexamples"}
)
_NOUN_KEYS = frozenset({"lemmas", "frames", "preps", "note", "source", "examples", "counterexamples"})
_PHRASE_KEYS = frozenset({"words", "source_after", "note", "source", "examples", "counterexamples"})
_CONSTRUCTION_KEYS = frozenset({"construction", "note", "source", "examples", "counterexamples"})
_LIST_KEYS = frozenset({"words", "note", "source"})
_NUMBER_KEYS = frozenset({"value", "note", "source"})


@dataclass(frozen=True, slots=True)
class MarkKind:
    """One character (or pair) that can open or close a quotation."""

    family: str
    level: str
    opens: bool
    closes: bool


@dataclass(frozen=True, slots=True)
class MarkRules:
    """All quotation marks, one pattern that finds them, and words that begin with an apostrophe."""

    kinds: dict[str, MarkKind]
    pattern: re.Pattern[str]
    elision: re.Pattern[str]
    characters: frozenset[str]


@dataclass(frozen=True, slots=True)
class VerbCue:
    """A verb that reports speech, and in which constructions it does.

    ``negative``: its clause did not happen; ``personal``: events and things also do it,
    and then nobody speaks ("the fall signals that …").
    """

    rule: str
    lemma: str
    particle: str | None
    frames: frozenset[str]
    preps: frozenset[str]
    negative: bool
    personal: bool


@dataclass(frozen=True, slots=True)
class NounCue:
    """A noun that reports speech ("a statement that …", "his claim")."""

    rule: str
    lemma: str
    frames: frozenset[str]
    preps: frozenset[str]


@dataclass(frozen=True, slots=True)
class PhraseCue:
    """A fixed phrase with the source after it ("according to X")."""

    rule: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class QuoteRules:
    """Everything the rooms of quotes know that is not code.

    ``constructions`` are the ways to find a quote without an entry of the lexicon, each
    with the id of its rule.
    """

    marks: MarkRules
    verbs: dict[str, tuple[VerbCue, ...]]
    nouns: dict[str, NounCue]
    phrases: dict[str, tuple[PhraseCue, ...]]
    constructions: dict[str, str]
    lists: dict[str, frozenset[str]]
    numbers: dict[str, float]
    examples: tuple[tuple[str, str], ...] = ()
    counterexamples: tuple[tuple[str, str], ...] = ()


def load_quotes(stack: Sequence[Path]) -> QuoteRules:
    """Read all of ``models/quotes``. RuleError at an unknown key, frame or doubled entry."""
    good: list[tuple[str, str]] = []
    bad: list[tuple[str, str]] = []
    lists = _lists(stack)
    return QuoteRules(
        marks=_marks(stack, lists.get("elisions", frozenset())),
        verbs=_verbs(stack, good, bad),
        nouns=_nouns(stack, good, bad),
        phrases=_phrases(stack, good, bad),
        constructions=_constructions(stack, good, bad),
        lists=lists,
        numbers={item.id: _number(item) for item in read(stack, "quotes/numbers.yaml")},
        examples=tuple(good),
        counterexamples=tuple(bad),
    )


def _number(item: Item) -> float:
    item.only(_NUMBER_KEYS)
    return item.number("value")


def _lists(stack: Sequence[Path]) -> dict[str, frozenset[str]]:
    out = {}
    for item in read(stack, "quotes/lists.yaml"):
        item.only(_LIST_KEYS)
        words = item.texts("words")
        if not words or not all(w.strip() for w in words):
            raise item.error("words must be a list without an empty one")
        out[item.id] = frozenset(words)
    return out


def _marks(stack: Sequence[Path], elisions: frozenset[str]) -> MarkRules:
    kinds: dict[str, MarkKind] = {}
    for item in read(stack, "quotes/marks.tsv"):
        opening, closing = item.text("open"), item.text("close")
        family, level, sided = item.text("family"), item.text("level"), item.text("sided")
        if level not in ("outer", "inner"):
            raise item.error(f"level must be outer or inner, not {level!r}")
        if sided not in ("typed", "context"):
            raise item.error(f"sided must be typed or context, not {sided!r}")
        if not opening or not closing:
            raise item.error("a mark is empty")
        for text, opens, closes in ((opening, True, sided == "context"), (closing, sided == "context", True)):
            known = kinds.get(text)
            if known is None:
                kinds[text] = MarkKind(family, level, opens, closes)
            elif known.family == family:
                kinds[text] = MarkKind(family, level, opens or known.opens, closes or known.closes)
    longest = sorted(kinds, key=lambda k: (-len(k), k))
    pattern = re.compile("|".join(re.escape(k) for k in longest))
    words = "|".join(re.escape(w) for w in sorted(elisions))
    elision = re.compile(rf"(?:\d0?s\b|\d\ds?\b{'|' if words else ''}(?:{words})\b)" if words else r"\d\ds?\b", re.I)
    return MarkRules(kinds, pattern, elision, frozenset("".join(kinds)))


def _collect(item: Item, good: list[tuple[str, str]], bad: list[tuple[str, str]]) -> None:
    examples = item.texts("examples")
    if not examples:
        raise item.error("a rule without an example")
    good.extend((item.id, e) for e in examples)
    bad.extend((item.id, e) for e in item.texts("counterexamples"))


def _frames(item: Item) -> frozenset[str]:
    frames = frozenset(item.texts("frames"))
    unknown = sorted(frames - FRAMES)
    if unknown:
        raise item.error(f"unknown frame {unknown[0]!r} (known: {', '.join(sorted(FRAMES))})")
    return frames


def _lemmas(item: Item) -> tuple[str, ...]:
    lemmas = item.texts("lemmas")
    if not lemmas or not all(w.strip() for w in lemmas):
        raise item.error("lemmas must be a list without an empty one")
    return lemmas


def _verbs(
    stack: Sequence[Path], good: list[tuple[str, str]], bad: list[tuple[str, str]]
) -> dict[str, tuple[VerbCue, ...]]:
    out: dict[str, dict[str | None, VerbCue]] = {}
    for item in read(stack, "quotes/verbs.yaml"):
        item.only(_VERB_KEYS)
        _collect(item, good, bad)
        frames = _frames(item)
        for lemma in _lemmas(item):
            word, _, particle = lemma.partition(" ")
            cue = VerbCue(
                rule=item.id,
                lemma=word,
                particle=particle or None,
                frames=frames,
                preps=frozenset(item.texts("preps")),
                negative=item.flag("negative"),
                personal=item.flag("personal"),
            )
            entries = out.setdefault(word, {})
            if cue.particle in entries:
                raise item.error(f"{lemma!r} is also in {entries[cue.particle].rule}")
            entries[cue.particle] = cue
    # with a particle first: it is the more particular reading
    return {w: tuple(sorted(e.values(), key=lambda c: c.particle is None)) for w, e in out.items()}


def _nouns(stack: Sequence[Path], good: list[tuple[str, str]], bad: list[tuple[str, str]]) -> dict[str, NounCue]:
    out: dict[str, NounCue] = {}
    for item in read(stack, "quotes/nouns.yaml"):
        item.only(_NOUN_KEYS)
        _collect(item, good, bad)
        frames = _frames(item)
        for lemma in _lemmas(item):
            if lemma in out:
                raise item.error(f"{lemma!r} is also in {out[lemma].rule}")
            out[lemma] = NounCue(item.id, lemma, frames, frozenset(item.texts("preps")))
    return out


def _phrases(
    stack: Sequence[Path], good: list[tuple[str, str]], bad: list[tuple[str, str]]
) -> dict[str, tuple[PhraseCue, ...]]:
    out: dict[str, list[PhraseCue]] = {}
    for item in read(stack, "quotes/phrases.yaml"):
        item.only(_PHRASE_KEYS)
        _collect(item, good, bad)
        for phrase in item.texts("words"):
            words = tuple(phrase.lower().split())
            if not words:
                raise item.error("an empty phrase")
            out.setdefault(words[0], []).append(PhraseCue(item.id, words))
    return {w: tuple(sorted(p, key=lambda c: -len(c.words))) for w, p in out.items()}


def _constructions(stack: Sequence[Path], good: list[tuple[str, str]], bad: list[tuple[str, str]]) -> dict[str, str]:
    out: dict[str, str] = {}
    for item in read(stack, "quotes/constructions.yaml"):
        item.only(_CONSTRUCTION_KEYS)
        _collect(item, good, bad)
        name = item.text("construction")
        if name not in CONSTRUCTIONS:
            raise item.error(f"unknown construction {name!r} (known: {', '.join(sorted(CONSTRUCTIONS))})")
        if name in out:
            raise item.error(f"construction {name!r} is also in {out[name]}")
        out[name] = item.id
    return out
