"""Happenings told twice in one article."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.parsed import ParsedText
from pipeline.records import BlockKind, EventMention
from pipeline.resolve.events.dating import Dated
from pipeline.resolve.events.dating.clauses import Clauses, named_by, names_around
from pipeline.rules.events import EventRules
from pipeline.rules.ontology import Ontology

_ALIKE = 4  # letters that the lemmas of a verb and its noun have in common at least
_RECENT = 24  # earlier tellings looked at under one key: the cost of an article stays linear in its events
_UNDER = (1, 2)  # blocks from a heading to what stands under it


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
    words are related, or a definite noun takes the happening up. Under each key that two
    such tellings can share (a participant, the beginning of the word, a heading above)
    only the latest earlier ones are compared.
    """
    clauses = Clauses(rules)
    out: list[int | None] = []
    known: list[_Known] = []
    index = _Index()
    taken: set[int] = set()  # what stands in a heading is told in other words once
    for i, telling in enumerate(tellings):
        this = _Known(telling, clauses, rules.ontology)
        alike = [j for j in index.candidates(this) if _same(known[j], this)]
        under = {j for j in alike if _headed(known[j], this)}
        alike = [j for j in alike if j not in under or j not in taken]
        found = None
        if alike:
            # the nearest telling in like words, else the one that the article began with
            worded = [j for j in alike if related(known[j].lemma, this.lemma)]
            nearest = worded[-1] if worded else alike[0] if not this.people else alike[-1]
            if nearest in under or (known[nearest].heading and related(known[nearest].lemma, this.lemma)):
                taken.add(nearest)
            first = out[nearest]
            found = nearest if first is None else first
        out.append(found)
        known.append(this)
        index.add(i, this)
    return out


class _Known:
    """What of a telling is compared, read once."""

    __slots__ = ("block", "dated", "event", "heading", "lemma", "named", "people", "pointing", "verbal", "where")

    def __init__(self, telling: Telling, clauses: Clauses, ontology: Ontology) -> None:
        self.event, self.people, self.dated = telling.event, telling.people, telling.dated
        self.lemma, self.heading, self.block = telling.lemma, telling.heading, telling.block
        self.pointing = clauses.pointing(telling.text, self.event.trigger)
        self.verbal = ontology.verbal(self.event.event_type)
        self.named = named_by(telling.text, self.event.trigger)
        self.where = names_around(telling.text, self.event.trigger)


class _Index:
    """Earlier tellings by what a later one of the same happening can share with them."""

    def __init__(self) -> None:
        self.latest: dict[tuple[object, ...], deque[int]] = {}
        self.earliest: dict[tuple[object, ...], list[int]] = {}

    def add(self, i: int, this: _Known) -> None:
        """Enter a telling under all its keys."""
        kind, beginning = _kind(this), this.lemma[:_ALIKE]
        first = self.earliest.setdefault(kind, [])
        if len(first) < _RECENT:
            first.append(i)
        keys: list[tuple[object, ...]] = [(*kind, "word", beginning)]
        for person in this.people:
            keys += [(*kind, "who", person), (*kind, "who", person, beginning)]
        if not this.people:
            keys.append((*kind, "nobody", beginning))
        if this.heading:
            keys += [(*kind, "heading", beginning), *((*kind, "under", this.block + n) for n in _UNDER)]
        for key in keys:
            self.latest.setdefault(key, deque(maxlen=_RECENT)).append(i)

    def candidates(self, this: _Known) -> list[int]:
        """Indexes of the earlier tellings that may be of the same happening, in text order."""
        found: set[int] = set()
        for key in self._keys(this):
            found.update(self.latest.get(key, ()))
        if this.pointing and not this.people:
            found.update(self.earliest.get(_kind(this), ()))
        return sorted(found)

    def _keys(self, this: _Known) -> Iterator[tuple[object, ...]]:
        kind, beginning = _kind(this), this.lemma[:_ALIKE]
        yield (*kind, "heading", beginning)
        yield (*kind, "under", this.block)
        if this.people:
            yield (*kind, "nobody", beginning)
            for person in this.people:
                yield (*kind, "who", person)
                yield (*kind, "who", person, beginning)
        elif this.pointing:
            yield (*kind, "word", beginning)


def _kind(this: _Known) -> tuple[object, ...]:
    event = this.event
    return (event.event_type or "", event.negated, event.modality)


def _same(earlier: _Known, later: _Known) -> bool:
    a, b = earlier.event, later.event
    if a.event_mode != b.event_mode and a.event_mode and b.event_mode:
        return False
    if not _compatible(earlier.dated, later.dated):
        return False
    if _elsewhere(earlier, later) or _elsewhere(later, earlier):
        return False
    shared = earlier.people & later.people
    alike = related(earlier.lemma, later.lemma)
    if earlier.heading and later.block - earlier.block in _UNDER and (alike or shared or not earlier.people):
        return True  # a heading and the passage under it
    if earlier.people and later.people and not shared:
        return False
    if alike:
        return bool(shared) or later.pointing or (earlier.heading and not (earlier.people and later.people))
    if len(shared) > 1 and earlier.people == later.people and later.verbal:
        return True  # the same parties do the same again, in other words: "met", "the talks"
    return later.pointing and (bool(shared) or not later.people)


def _headed(earlier: _Known, later: _Known) -> bool:
    """Whether what makes two one happening is only that one stands in a heading above the other."""
    under = earlier.heading and later.block - earlier.block in _UNDER
    return under and not related(earlier.lemma, later.lemma)


def _elsewhere(a: _Known, b: _Known) -> bool:
    """Whether one goes by a name that the other, told with names, does not mention."""
    return bool(a.named and b.where) and not a.named & b.where


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
