"""Are two tellings one happening? A pure measure of a pair, and the pairs of a block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import exp, fsum

from pipeline.records import ActorKind
from pipeline.rules.stories import StoryRules
from pipeline.stories.telling import Party, Telling, Terms, Vector

# of these kinds, two that are named otherwise are two
_SINGLE = frozenset((ActorKind.PERSON, ActorKind.ORGANISATION, ActorKind.STATE, ActorKind.ARMED_GROUP))
Link = tuple[str, str, float]


def probability(a: Telling, b: Telling, rules: StoryRules) -> float:
    """How likely two tellings are of one happening, 0 to 1; 0 if type or days don't go together. Symmetric."""
    return _logistic(evidence(a, b, rules))


def evidence(a: Telling, b: Telling, rules: StoryRules) -> float | None:
    """The same as log odds; None if type or days don't go together."""
    if a.kind != b.kind:
        return None
    weights = rules.weights
    when = _days(a, b, rules)
    if when is None:
        return None
    total = weights.bias + when
    words = cosine(a.words, b.words)
    actors, recipients = _likeness(a.actors, b.actors, rules), _likeness(a.recipients, b.recipients, rules)
    total += weights.article * cosine(a.article, b.article) + weights.words * words
    total += weights.actors * actors + weights.recipients * recipients
    if a.verbal:
        total += weights.verbal
    if words < rules.few:
        total += weights.few_words
    if not actors and _named(a.actors, b.actors):
        total += weights.other_actors
    if not recipients and _named(a.recipients, b.recipients):
        total += weights.other_recipients
    if _abroad(a.actors, b.actors):
        total += weights.actors_abroad
    if a.mode and b.mode and a.mode != b.mode:
        total += weights.other_mode
    if a.lemma == b.lemma:
        total += weights.lemma
    if _overlap(a.place, b.place) > 0:
        total += weights.place
    if a.planned != b.planned:
        total += weights.planned
    return total


def _logistic(total: float | None) -> float:
    return 0.0 if total is None else 1 / (1 + exp(-max(-60.0, min(60.0, total))))


def cosine(a: Vector, b: Vector) -> float:
    """Cosine of two vectors of length 1."""
    return fsum([a[term] * b[term] for term in a.keys() & b.keys()])  # exact: the order of a set means nothing


def _days(a: Telling, b: Telling, rules: StoryRules) -> float | None:
    """What the days add, or None if they don't go together."""
    weights = rules.weights
    if a.first and b.first:
        gap = max(a.first, b.first) - min(a.last, b.last)
        if gap <= 0:
            return weights.same_day
        if gap <= rules.apart:
            return weights.next_day
        return weights.near if gap <= rules.undated and not (a.firm and b.firm) else None
    # without a date, an event is of the days before its article
    if not a.day or not b.day or abs(a.day - b.day) > rules.undated:
        return None
    return weights.near if a.first or b.first else weights.near + weights.undated


def _likeness(one: Sequence[Party], other: Sequence[Party], rules: StoryRules) -> float:
    return max((_alike(p, q, rules) for p in one for q in other), default=0.0)


def _alike(p: Party, q: Party, rules: StoryRules) -> float:
    """How far two participants are one, 0 to 1."""
    if p.actor_id == q.actor_id:
        alike = 1.0
    elif _overlap(p.terms, q.terms) >= 0.5:
        alike = rules.name
    elif p.named and q.named and p.kind == q.kind and p.kind in _SINGLE:
        return 0.0
    elif p.country and p.country == q.country:
        alike = rules.country_sector if set(p.sectors) & set(q.sectors) else rules.country
    else:
        return 0.0
    return alike * (rules.common + (1 - rules.common) * min(p.rarity, q.rarity))


def _named(one: Sequence[Party], other: Sequence[Party]) -> bool:
    """Is all of both sides known by name?"""
    return bool(one and other) and all(p.named for p in (*one, *other))


def _abroad(one: Sequence[Party], other: Sequence[Party]) -> bool:
    """Are all of one side of other countries than all of the other?"""
    if not _named(one, other):
        return False
    first, second = {p.country for p in one}, {p.country for p in other}
    return "" not in first | second and not first & second


def _overlap(a: Terms, b: Terms) -> float:
    """Weight of the common terms, as a share of the lighter of two names."""
    if not a or not b:
        return 0.0
    known = dict(b)
    common = sum([weight for term, weight in a if term in known])
    if not common:
        return 0.0
    lighter = min(sum([w for _, w in a]), sum([w for _, w in b]))
    return common / lighter if lighter else 0.0


def compared(tellings: Sequence[Telling], key: int, rules: StoryRules) -> Iterator[tuple[int, int]]:
    """Places of the pairs of a block that are to be compared, each pair in one block only: its rarest word's.

    In a crowded block each telling meets its neighbours in the order of their articles.
    """
    order = sorted(range(len(tellings)), key=lambda i: (tellings[i].order, tellings[i].event_id))
    reach = rules.reach if len(tellings) > rules.crowd else len(tellings)
    rarer = [t.keys[: t.keys.index(key)] for t in tellings]
    for n, i in enumerate(order):
        doc_id, mine = tellings[i].doc_id, set(tellings[i].keys)
        for j in order[n + 1 : n + 1 + reach]:
            if tellings[j].doc_id != doc_id and mine.isdisjoint(rarer[j]):
                yield i, j


def pairs(tellings: Sequence[Telling], key: int, rules: StoryRules) -> Iterator[Link]:
    """The links of a block. ``tellings`` are all that have ``key``, in any order."""
    for i, j in compared(tellings, key, rules):
        likely = probability(tellings[i], tellings[j], rules)
        if likely >= rules.least:
            yield link(tellings[i], tellings[j], likely)


def joins_articles(a: Telling, b: Telling, likely: float, rules: StoryRules) -> bool:
    """Is a link strong enough, and are its articles alike enough, for the two to be about one thing?"""
    return likely >= rules.strong and cosine(a.article, b.article) >= rules.alike


def pairs_beside(one: Sequence[Telling], other: Sequence[Telling], rules: StoryRules) -> Iterator[Link]:
    """The links between all tellings of two articles that ``joins_articles`` has joined, weak ones too.

    Where enough of the one with fewer tellings is in the other, the two report on one
    thing, and less is needed of the rest.
    """
    fewer, more = sorted((one, other), key=lambda side: (len(side), min((t.doc_id for t in side), default="")))
    speaks = [[evidence(a, b, rules) for b in more] for a in fewer]
    told = sum(any(_logistic(total) >= rules.strong for total in row) for row in speaks)
    if told < rules.retold * len(fewer):
        return
    for a, row in zip(fewer, speaks, strict=True):
        for b, total in zip(more, row, strict=True):
            if total is not None:
                yield link(a, b, _logistic(total + rules.weights.beside))


def link(a: Telling, b: Telling, likely: float) -> Link:
    """A link: both event ids, the smaller first, and the probability."""
    return (*sorted((a.event_id, b.event_id)), likely)  # type: ignore[return-value]
