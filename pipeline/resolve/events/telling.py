"""Happenings told twice in one article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.parsed import ParsedText
from pipeline.records import BlockKind, EventMention
from pipeline.resolve.events.dating import Dated
from pipeline.rules.events import EventRules

_ALIKE = 4  # letters that the lemmas of a verb and its noun have in common at least


@dataclass(frozen=True, slots=True)
class Telling:
    """An event as it is told once: its mention, its text, ids of all participants, its date."""

    event: EventMention
    text: ParsedText
    people: frozenset[str]
    dated: Dated

    @property
    def lemma(self) -> str:
        """The trigger's lemma in lower case."""
        return self.text.lemma[self.event.trigger].lower()

    @property
    def heading(self) -> bool:
        """Whether it stands in a headline or heading."""
        return self.text.kind_at(self.event.trigger) in (BlockKind.HEADLINE, BlockKind.HEADING)

    @property
    def block(self) -> int:
        """The block of the page in which it stands."""
        number = self.text.sent[self.event.trigger]
        return self.text.sentences[number].block if number >= 0 else -9

    @property
    def noun(self) -> bool:
        """Whether the trigger is a noun."""
        return self.text.pos[self.event.trigger] in ("NOUN", "PROPN")


def same_tellings(tellings: Sequence[Telling], rules: EventRules) -> list[int | None]:
    """For each telling the index of the first telling of the same happening; None if it is the first.

    Two tell of one happening if type, polarity and modality agree, the dates do not
    exclude each other, a participant is shared (or a definite noun names none), and the
    words are related, or a definite noun takes the happening up.
    """
    definite = rules.words("definite")
    out: list[int | None] = []
    by_type: dict[str, list[int]] = {}
    for i, telling in enumerate(tellings):
        kind = telling.event.event_type or ""
        alike = [j for j in by_type.get(kind, ()) if _same(tellings[j], telling, definite)]
        found = None
        if alike:
            # the nearest telling in like words, else the one that the article began with
            worded = [j for j in alike if related(tellings[j].lemma, telling.lemma)]
            nearest = worded[-1] if worded else alike[0] if not telling.people else alike[-1]
            first = out[nearest]
            found = nearest if first is None else first
        out.append(found)
        by_type.setdefault(kind, []).append(i)
    return out


def _same(earlier: Telling, later: Telling, definite: frozenset[str]) -> bool:
    a, b = earlier.event, later.event
    if a.negated != b.negated or a.modality is not b.modality:
        return False
    if a.event_mode != b.event_mode and a.event_mode and b.event_mode:
        return False
    if not _compatible(earlier.dated, later.dated):
        return False
    shared = earlier.people & later.people
    pointing = later.noun and _points(later, definite)
    if earlier.heading and later.block - earlier.block in (1, 2) and (shared or not earlier.people):
        return True  # a heading and the passage under it
    if earlier.people and later.people and not shared:
        return False
    if related(earlier.lemma, later.lemma):
        return bool(shared) or pointing or (earlier.heading and not (earlier.people and later.people))
    if len(shared) > 1 and earlier.people == later.people:
        return True  # the same parties do the same again, in other words: "met", "the talks"
    return pointing and (bool(shared) or not later.people)


def _points(telling: Telling, definite: frozenset[str]) -> bool:
    text, at = telling.text, telling.event.trigger
    return any(text.dep[c] in ("det", "poss") and text.lower[c] in definite for c in text.children[at])


def _compatible(a: Dated, b: Dated) -> bool:
    if a.start is None or a.end is None or b.start is None or b.end is None:
        return True
    return a.start <= b.end and b.start <= a.end


def related(a: str, b: str) -> bool:
    """Whether two lemmas are one word, or a verb and its noun ("withdraw", "withdrawal")."""
    if a == b:
        return True
    common = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        common += 1
    return common >= _ALIKE and common >= min(len(a), len(b)) - 2
