"""Cues: the words that report speech, each with its source."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.extract.quotes.page import Page
from pipeline.extract.quotes.speakers import Source, addressee_of, negated, owner, phrase, source_of
from pipeline.records import BlockKind
from pipeline.rules.quotes import NounCue, PhraseCue, VerbCue


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue in the text: its tokens, the entry of the lexicon, and what hangs on it."""

    token: int
    first: int
    last: int
    entry: VerbCue | NounCue | PhraseCue | None  # None: a colon or dash, or a verb of no lexicon
    source: Source | None
    addressee: int | None
    negated: bool = False

    @property
    def rule(self) -> str:
        """The rule that lists it; empty if none does."""
        return self.entry.rule if self.entry is not None else ""


def find_cues(page: Page) -> Iterator[Cue]:
    """All cues in text order, whether or not anything is found that they report."""
    text, rules = page.text, page.rules
    verbs, nouns, phrases = rules.verbs, rules.nouns, rules.phrases
    for i, lemma in enumerate(text.lemma):
        pos = text.pos[i]
        if text.lower[i] in phrases:
            cue = _phrase_cue(page, i)
            if cue is not None:
                yield cue
                continue
        if pos == "VERB":
            if lemma in verbs and text.kind_at(i) is not BlockKind.BOILERPLATE:
                entry = _verb_entry(page, i, verbs[lemma])
                if entry is not None:
                    yield _verb_cue(page, i, entry)
        elif pos == "NOUN" and lemma in nouns and text.kind_at(i) is not BlockKind.BOILERPLATE:
            yield Cue(i, i, i, nouns[lemma], owner(text, i, rules), None, False)


def _verb_entry(page: Page, verb: int, entries: tuple[VerbCue, ...]) -> VerbCue | None:
    text = page.text
    for entry in entries:
        if entry.particle is None:
            return entry
        if text.lower[min(verb + 1, len(text) - 1)] == entry.particle:
            return entry
        near = [c for c in text.children[verb] if verb < c <= verb + 4]
        if any(text.dep[c] == "prt" and text.lower[c] != entry.particle for c in near):
            continue  # "call out … for" is another verb than "call for"
        if any(text.lower[c] == entry.particle for c in near):
            return entry
    return None


def _verb_cue(page: Page, verb: int, entry: VerbCue) -> Cue:
    text = page.text
    last = verb
    if entry.particle is not None and text.lower[min(verb + 1, len(text) - 1)] == entry.particle:
        last = verb + 1
    return Cue(
        verb,
        verb,
        last,
        entry,
        source_of(text, verb, page.rules),
        addressee_of(text, verb),
        entry.negative or negated(text, verb, page.rules),
    )


def _phrase_cue(page: Page, first: int) -> Cue | None:
    text = page.text
    for entry in page.rules.phrases[text.lower[first]]:
        last = first + len(entry.words) - 1
        if tuple(text.lower[first : last + 1]) != entry.words:
            continue
        for token in range(last, first - 1, -1):
            for child in text.children[token]:
                if child > last and text.dep[child] in ("pobj", "pcomp"):
                    if text.lemma[child] in page.rules.lists["no-sources"]:
                        return None
                    return Cue(first, first, last, entry, phrase(text, child), None, False)
    return None
