"""Quotes: content, cue and speaker.

Quotes are matched one to one by the characters of their content, best first, at an
intersection over union of a half or more.

- overlap: so matched; exact: fragments with the same extent, without white space,
  quotation marks, edge punctuation and a leading "that"; characters: of all content
- quote+speaker: overlap, and the speaker's span shares a character with a gold speaker's;
  where the gold has none: none given, or one whose name is the gold's reference

On matched quotes: cue, speaker's span, the resolved name against the full name, and
negation where the gold labels it.

Measures of a subset ask of gold and predictions alike which belong to it: by their
own quotation marks and cues, not by what the run says of them. A prediction outside it,
or one that touches only gold outside it, is left out, not counted wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.evaluate.bootstrap import F1, Share
from pipeline.evaluate.calibration import count_confidence
from pipeline.evaluate.gold import GoldDocument
from pipeline.evaluate.mistakes import Fault, Notes
from pipeline.evaluate.names import same_speaker
from pipeline.evaluate.predicted import PredictedQuote
from pipeline.records import QuoteType
from pipeline.rules.measures import load_measures
from pipeline.spans import Span, common, cover, index_at, merge, size, union

FLOOR = 0.5
DIRECT_SHARE = 0.9

MEASURES = (
    F1("overlap", "overlap", "predicted", "gold"),
    F1("exact", "exact", "fragments.predicted", "fragments.gold"),
    F1("characters", "characters", "characters.predicted", "characters.gold"),
    F1("quote+speaker", "speaker.end to end", "predicted", "gold"),
)
ON_MATCHED = (F1("negated", "negated", "negated.predicted", "negated.gold"),)
SHARES = (
    Share("cue", "cue", "cue.gold"),
    Share("speaker span", "speaker", "speaker.gold"),
    Share("speaker span where given", "speaker", "speaker.given"),
    Share("no speaker", "nobody", "nobody.gold"),
    Share("resolved name", "name", "name.gold"),
)

_OPENING, _CLOSING = "“«„", "”»"
_MARK = re.compile(r"``|''|[\"“”«»„\n]")
_EDGE = " \t\n\r\xa0,.;:!?-–—'‘’`" + _OPENING + _CLOSING + '"'
_LATIN = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote of either side, as it is compared: ``content`` is what ``union`` makes of its fragments."""

    fragments: tuple[Span, ...]
    content: tuple[Span, ...]
    quote_type: QuoteType
    speech: bool
    cue: Span | None
    speakers: tuple[Span, ...]
    reference: str | None = None
    name: str = ""
    negated: bool | None = None
    confidence: float = 0.0


Belongs = Callable[[Quote], bool]

SUBSETS: Mapping[str, Belongs] = {
    "all": lambda quote: True,
    "speech": lambda quote: quote.speech,
    "direct": lambda quote: quote.quote_type is QuoteType.DIRECT,
    "mixed": lambda quote: quote.quote_type is QuoteType.MIXED,
    "indirect": lambda quote: quote.quote_type is QuoteType.INDIRECT,
    "indirect speech": lambda quote: quote.quote_type is QuoteType.INDIRECT and quote.speech,
    "no speaker span": lambda quote: not quote.speakers,
}
BY_CUE = frozenset({"speech", "indirect speech"})  # say nothing new where the gold labels no beliefs


def compare_quotes(
    document: GoldDocument, predicted: Sequence[PredictedQuote], explode: bool, notes: Notes
) -> dict[str, Counter[str]]:
    """Counts for one document, by subset; what is wrong (over all) is added to ``notes``.

    ``explode`` splits every predicted quote into its fragments, for gold that labels them one by one.
    """
    text = document.text
    inside = quoted(text)
    gold = _gold_quotes(document, inside)
    given = _predicted_quotes(text, inside, predicted, explode)
    out = {}
    for name, belongs in SUBSETS.items():
        out[name] = _compare(text, gold, given, belongs)
    _note_mistakes(document, gold, given, notes)
    return out


def quoted(text: str) -> tuple[Span, ...]:
    """What stands in quotation marks, the marks included, in text order.

    A straight mark opens and closes by turns, typographic ones by their shape; a line's
    end closes whatever is open.
    """
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    for found in _MARK.finditer(text):
        mark, start, end = found[0], found.start(), found.end()
        if mark == "\n":
            opens = False
            end = start
        else:
            opens = mark in _OPENING or mark == "``" or (mark == '"' and opened is None)
            spans.append((start, end))
        if opened is not None and not opens:
            spans.append((opened, end))
            opened = None
        elif opens and opened is None:
            opened = start
    if opened is not None:
        spans.append((opened, len(text)))
    return union(spans)


def kind_of(text: str, inside: Sequence[Span], fragments: Sequence[tuple[int, int]]) -> QuoteType:
    """A quote's type by how many of its letters and digits stand in quotation marks."""
    places = [i for start, end in fragments for i in range(start, end) if text[i].isalnum()]
    starts = [span.start for span in inside]
    marked = sum(1 for i in places if (at := index_at(starts, i)) >= 0 and i < inside[at].end)
    if not marked:
        return QuoteType.INDIRECT
    return QuoteType.DIRECT if marked / len(places) >= DIRECT_SHARE else QuoteType.MIXED


def communicates(cue: str) -> bool:
    """Whether a word of the cue is a form of a communication verb or noun."""
    lists = load_measures()
    for word in _LATIN.findall(cue.lower()):
        stems = [word[: len(word) - n] for n in range(4)]
        forms = {*stems, *(stem + "e" for stem in stems[1:]), stems[3] + "y", lists.communication_forms.get(word, word)}
        if forms & lists.communication:
            return True
    return False


def core(text: str, span: tuple[int, int]) -> Span:
    """The span without quotation marks, punctuation and white space at its edges and a leading "that"."""
    bare = _shrink(text, span)
    while text[bare.start : bare.start + 5].lower() == "that ":
        bare = _shrink(text, (bare.start + 5, bare.end))
    return bare


def _shrink(text: str, span: tuple[int, int]) -> Span:
    start, end = span
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    return Span(start, end)


def assign(weights: Sequence[tuple[float, int, int]]) -> list[tuple[int, int]]:
    """One-to-one pairs, the heaviest first; of equal weight the first in order."""
    taken: set[int] = set()
    used: set[int] = set()
    out = []
    for _, i, j in sorted(weights, key=lambda item: -item[0]):
        if i not in taken and j not in used:
            taken.add(i)
            used.add(j)
            out.append((i, j))
    return out


def match(gold: Sequence[Quote], given: Sequence[Quote]) -> list[tuple[int, int]]:
    """Pairs of gold and predicted indexes at an intersection over union of ``FLOOR`` or more."""
    weights = []
    for i, label in enumerate(gold):
        for j, found in enumerate(given):
            shared = common(label.content, found.content)
            if shared:
                ratio = shared / (size(label.content) + size(found.content) - shared)
                if ratio >= FLOOR:
                    weights.append((ratio, i, j))
    return assign(weights)


def _gold_quotes(document: GoldDocument, inside: Sequence[Span]) -> list[Quote]:
    return [
        Quote(
            fragments=merge(document.text, label.spans),
            content=union(label.spans),
            quote_type=label.quote_type or kind_of(document.text, inside, label.spans),
            speech=label.speech,
            cue=label.cue,
            speakers=label.speakers,
            reference=label.reference,
            negated=label.negated if "negated" in label.labels else None,
        )
        for label in document.quotes or ()
    ]


def _predicted_quotes(
    text: str, inside: Sequence[Span], predicted: Sequence[PredictedQuote], explode: bool
) -> list[Quote]:
    out: list[Quote] = []
    for found in predicted:
        whole = merge(text, found.spans)
        cue = found.cue
        speaker = found.speaker if found.speaker and found.speaker.end > found.speaker.start else None
        out.extend(
            Quote(
                fragments=fragments,
                content=union(fragments),
                quote_type=kind_of(text, inside, fragments),
                speech=cue is None or communicates(cue.of(text)),
                cue=cue,
                speakers=(speaker,) if speaker else (),
                name=found.speaker_name or (speaker.of(text) if speaker else ""),
                negated=found.negated,
                confidence=found.confidence,
            )
            for fragments in ([(fragment,) for fragment in whole] if explode else [whole])
        )
    return out


def _compare(text: str, every: Sequence[Quote], given: Sequence[Quote], belongs: Belongs) -> Counter[str]:
    gold = [quote for quote in every if belongs(quote)]
    outside = [quote for quote in every if not belongs(quote)]
    pairs = match(gold, given)
    if outside:
        hit = {j for _, j in pairs}
        given = [
            found
            for j, found in enumerate(given)
            if j in hit or (belongs(found) and (_touches(found, gold) or not _touches(found, outside)))
        ]
        pairs = match(gold, given)
    counts: Counter[str] = Counter(gold=len(gold), predicted=len(given), overlap=len(pairs))
    want = Counter(core(text, span) for quote in gold for span in quote.fragments)
    have = Counter(core(text, span) for quote in given for span in quote.fragments)
    counts["fragments.gold"] = want.total()
    counts["fragments.predicted"] = have.total()
    counts["exact"] = (want & have).total()
    _count_characters(counts, gold, outside, given)
    right = set()
    for i, j in pairs:
        if _compare_pair(counts, gold[i], given[j]):
            right.add(j)
    for j, found in enumerate(given):
        count_confidence(counts, found.confidence, j in right)
    return counts


def _touches(quote: Quote, others: Sequence[Quote]) -> bool:
    return any(common(quote.content, other.content) for other in others)


def _count_characters(
    counts: Counter[str], gold: Sequence[Quote], outside: Sequence[Quote], given: Sequence[Quote]
) -> None:
    """Characters of content; those of gold outside the subset alone count for nothing."""
    want = union(span for quote in gold for span in quote.content)
    other = union(span for quote in outside for span in quote.content)
    have = union(span for quote in given for span in quote.content)
    both = common(want, have)
    # of what is given: what is gold, and what is neither gold nor outside
    anything = union((*want, *other))
    counts["characters.gold"] = size(want)
    counts["characters.predicted"] = both + size(have) - common(anything, have)
    counts["characters"] = both


def _compare_pair(counts: Counter[str], label: Quote, found: Quote) -> bool:
    """Count one matched pair; whether its speaker is right."""
    meets = any(speaker.overlaps(other) for speaker in label.speakers for other in found.speakers)
    named = bool(label.reference) and same_speaker(label.reference or "", found.name)
    if label.speakers:
        counts["speaker.gold"] += 1
        counts["speaker.given"] += bool(found.speakers)
        counts["speaker"] += meets
        right = meets
    else:
        counts["nobody.gold"] += 1
        counts["nobody"] += not found.speakers
        right = not found.speakers or named
    counts["speaker.end to end"] += right
    if label.cue:
        counts["cue.gold"] += 1
        counts["cue"] += found.cue is not None and label.cue.overlaps(found.cue)
    if label.negated is not None:
        counts["negated.gold"] += label.negated
        counts["negated.predicted"] += bool(found.negated)
        counts["negated"] += label.negated and bool(found.negated)
    if label.reference:
        counts["name.gold"] += 1
        counts["name"] += named
    return right


def _note_mistakes(document: GoldDocument, gold: Sequence[Quote], given: Sequence[Quote], notes: Notes) -> None:
    pairs = dict(match(gold, given))
    for i, label in enumerate(gold):
        told = f"{label.quote_type}, {_who(document.text, label) or 'no speaker'}"
        span = cover(label.content)
        if i not in pairs:
            notes.add(Fault.MISS, span, told)
            continue
        found = given[pairs[i]]
        if [core(document.text, s) for s in label.fragments] != [core(document.text, s) for s in found.fragments]:
            got = " … ".join(f"“{s.of(document.text)}”" for s in found.fragments)
            notes.add(Fault.SPAN, span, told, got)
        if not _compare_pair(Counter(), label, found):
            got = f"{_who(document.text, found) or 'no speaker'} ({found.name or 'no name'})"
            notes.add(Fault.SPEAKER, span, told, got)
    hit = set(pairs.values())
    for j, found in enumerate(given):
        if j not in hit:
            got = f"{found.quote_type}, {_who(document.text, found) or 'no speaker'}"
            notes.add(Fault.FALSE_ALARM, cover(found.content), predicted=got)


def _who(text: str, quote: Quote) -> str:
    return " / ".join(span.of(text) for span in quote.speakers)
