"""What a cue reports, as ranges of tokens: the grammar of indirect speech."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.extract.quotes.cues import Cue
from pipeline.extract.quotes.page import Page
from pipeline.parsed import ParsedText
from pipeline.rules.quotes import NounCue, PhraseCue, VerbCue

Range = tuple[int, int]


def reported(page: Page, cue: Cue) -> tuple[str, list[Range]] | None:
    """The construction and the token ranges of what the cue reports, in order; None if nothing is."""
    if isinstance(cue.entry, VerbCue):
        return _of_verb(page, cue, cue.entry)
    if isinstance(cue.entry, NounCue):
        return _of_noun(page, cue, cue.entry)
    return _of_phrase(page, cue)


def _of_verb(page: Page, cue: Cue, entry: VerbCue) -> tuple[str, list[Range]] | None:
    text, verb = page.text, cue.token
    frames = entry.frames
    clauses = [c for c in text.children[verb] if text.dep[c] == "ccomp"]
    if "as-clause" in frames and _is_as_clause(text, verb):
        return "as-clause", _without(text, _top(text, text.head[verb]), verb)
    after = [c for c in clauses if c > verb]
    before = [c for c in clauses if c < verb]
    if after and ("that" in frames or "wh" in frames):
        if _infinitive(text, after[0]) and "order" in frames:
            return "order", [_from_to(text, after[0])]
        return "that", [_range(text, c) for c in after[:1]]
    if before and ("that" in frames or "fronted" in frames):
        return "fronted", [_range(text, c) for c in before[-1:]]
    if "to" in frames or "order" in frames:
        for c in text.children[verb]:
            if text.dep[c] == "xcomp" and c > verb and _infinitive(text, c):
                return "to", [_from_to(text, c)]
    if text.dep[verb] == "parataxis" and "fronted" in frames:
        ranges = _without(text, text.head[verb], verb)
        return ("fronted", ranges) if ranges else None
    return None


def _of_noun(page: Page, cue: Cue, entry: NounCue) -> tuple[str, list[Range]] | None:
    text = page.text
    for c in text.children[cue.token]:
        if c < cue.token:
            continue
        if text.dep[c] in ("acl", "ccomp", "relcl") and "that" in entry.frames and _has_that(text, c):
            return "noun-that", [_range(text, c)]
    return None


def _of_phrase(page: Page, cue: Cue) -> tuple[str, list[Range]] | None:
    text = page.text
    top = text.head[cue.token]
    if top == cue.token:
        return None
    top = _top(text, top)
    ranges = _without(text, top, cue.token)
    return ("according", ranges) if ranges else None


def _has_that(text: ParsedText, clause: int) -> bool:
    return any(text.lower[c] == "that" and text.dep[c] == "mark" for c in text.children[clause])


def _is_as_clause(text: ParsedText, verb: int) -> bool:
    return text.dep[verb] == "advcl" and any(
        text.lower[c] == "as" and text.dep[c] == "mark" for c in text.children[verb]
    ) and not any(text.dep[c] in ("ccomp", "dobj") for c in text.children[verb])


def _infinitive(text: ParsedText, clause: int) -> bool:
    return any(text.dep[c] == "aux" and text.lower[c] == "to" for c in text.children[clause])


def _from_to(text: ParsedText, clause: int) -> Range:
    first, last = text.left[clause], text.right[clause]
    for c in text.children[clause]:
        if text.dep[c] == "aux" and text.lower[c] == "to":
            first = c
    return first, last


def _range(text: ParsedText, clause: int) -> Range:
    first, last = text.left[clause], text.right[clause]
    head = text.head[clause]
    if clause < head:
        last = min(last, head - 1)
    else:
        first = max(first, head + 1)
    return first, last


def _top(text: ParsedText, token: int) -> int:
    """The head of the clause that a token belongs to, up to the sentence or a reported clause."""
    at = token
    for _ in range(50):
        if text.head[at] == at or text.dep[at] in ("ccomp", "parataxis"):
            return at
        at = text.head[at]
    return at


def _without(text: ParsedText, top: int, part: int) -> list[Range]:
    """The subtree of ``top`` less that of ``part``: up to two ranges."""
    first, last = text.left[top], text.right[top]
    cut_first, cut_last = text.left[part], text.right[part]
    return [(a, b) for a, b in ((first, cut_first - 1), (cut_last + 1, last)) if any(
        w[0].isalnum() for w in text.word[a : b + 1]
    )]


def all_reports(page: Page, cues: list[Cue]) -> Iterator[tuple[Cue, str, list[Range]]]:
    """Every cue that reports something, with its construction and ranges."""
    for cue in cues:
        found = reported(page, cue)
        if found is not None:
            yield cue, *found
