"""Events: detection, type, date and participants.

Matching is one to one within a document, best first: overlapping triggers of equal
type; equal type within ``NEAR`` characters, so that "held talks" counts whichever of its
words is marked; overlapping triggers of another type.

- trigger: found, whatever the type; event: found with its type, the main figure
- dated: an event whose date has both ends right (two empty dates agree)
- who: an event with an actor right, or with none where the gold has none
- full: date, an actor and a recipient right, negation and modality too

On events found with their type: dates where the gold has one, actors and recipients one
by one, the rare flags (negated; not asserted, with the right modality), and where the gold
labels them mode, place and its country, pairs of tellings of one happening, and the quote
it is reported in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from pipeline.evaluate.bootstrap import F1, Share
from pipeline.evaluate.calibration import count_confidence
from pipeline.evaluate.gold import GoldActor, GoldDocument, GoldEvent
from pipeline.evaluate.mistakes import Fault, Notes
from pipeline.evaluate.names import Party, name_words, same_entity, same_name
from pipeline.evaluate.predicted import PredictedDocument, PredictedEvent, PredictedQuote
from pipeline.records import Modality
from pipeline.rules.measures import load_measures
from pipeline.spans import common, union

NEAR = 60

MEASURES = tuple(F1(name, name, "predicted", "gold") for name in ("trigger", "event", "dated", "who", "full"))
ON_MATCHED = (
    *(
        F1(f"{side}s", f"{side}.right", f"{side}.predicted", f"{side}.gold", f"{side}.found")
        for side in ("actor", "recipient")
    ),
    F1("negated", "negated", "negated.predicted", "negated.gold"),
    F1("not asserted", "irrealis", "irrealis.predicted", "irrealis.gold"),
    F1("place", "place", "place.predicted", "place.gold"),
    F1("place country", "place_country", "place_country.predicted", "place_country.gold"),
    F1("mode", "mode", "mode.predicted", "mode.gold"),
    F1("same happening", "telling", "telling.predicted", "telling.gold"),
    F1("quote", "quote", "quote.predicted", "quote.gold"),
)
SHARES = (Share("date where labelled", "date", "date.gold"), Share("modality", "modality", "event"))
SENTENCE_SHARES = (
    Share("hit", "hit", "gold"),
    Share("precision", "hit", "sentences with an event"),
    Share("source country", "source", "source.gold"),
    Share("target country", "target", "target.gold"),
)
PER_SENTENCE = Share("events per 100 sentences", "predicted", "gold")


def compare_events(document: GoldDocument, predicted: PredictedDocument, notes: Notes) -> Counter[str]:
    """Counts for one document; what is wrong is added to ``notes``."""
    gold, given = document.events or (), predicted.events
    pairs = match(gold, given)
    counts: Counter[str] = Counter(gold=len(gold), predicted=len(given), trigger=len(pairs))
    for side, types in (("gold", [g.event_type for g in gold]), ("predicted", [p.event_type for p in given])):
        counts.update(f"{name}.{side}" for name in types)
        counts.update(f"{name}.type" for name in types)  # which types there are
    typed = {i: j for i, j, same_type in pairs if same_type}
    other = {i: j for i, j, same_type in pairs if not same_type}
    for i, label in enumerate(gold):
        if i in typed:
            _compare_pair(document, label, given[typed[i]], counts, notes)
        elif i in other:
            found = given[other[i]]
            notes.add(Fault.TYPE, label.span, label.event_type, found.event_type)
        else:
            notes.add(Fault.MISS, label.span, _told(document, label))
    right, hit = set(typed.values()), {j for _, j, _ in pairs}
    for j, found in enumerate(given):
        count_confidence(counts, found.confidence, j in right)
        if j not in hit:
            notes.add(Fault.FALSE_ALARM, found.span, predicted=_given(found))
    _compare_tellings(gold, given, typed, counts)
    _compare_quotes(document, predicted, typed, counts)
    return counts


def match(gold: Sequence[GoldEvent], predicted: Sequence[PredictedEvent]) -> list[tuple[int, int, bool]]:
    """Pairs of gold and predicted indexes, and whether their types are equal."""
    candidates = []
    for i, label in enumerate(gold):
        for j, found in enumerate(predicted):
            same_type = label.event_type == found.event_type
            distance = abs(label.span.start - found.span.start)
            if label.span.overlaps(found.span):
                candidates.append((0 if same_type else 2, distance, i, j))
            elif same_type and distance <= NEAR:
                candidates.append((1, distance, i, j))
    taken: set[int] = set()
    used: set[int] = set()
    out = []
    for rank, _, i, j in sorted(candidates):
        if i not in taken and j not in used:
            taken.add(i)
            used.add(j)
            out.append((i, j, rank < 2))
    return out


def compare_sentences(document: GoldDocument, predicted: PredictedDocument) -> Counter[str]:
    """Counts for a document of single sentences, each with one labelled event and no trigger.

    A further event in such a sentence may well be right, so sentences are counted: hit
    (the type is among those given), precision (of the sentences that were given any),
    and, on hits, whether the gold's countries are among those given, on either side
    for types that go both ways.
    """
    counts: Counter[str] = Counter()
    two_sided = load_measures().two_sided_types
    for label in document.sentence_events or ():
        same_type = [found for found in predicted.events if found.event_type == label.event_type]
        counts["gold"] += 1
        counts["predicted"] += len(predicted.events)
        counts["sentences with an event"] += bool(predicted.events)
        counts["hit"] += bool(same_type)
        if not same_type:
            continue
        sides = (
            {party.country for found in same_type for party in found.actors},
            {party.country for found in same_type for party in found.recipients},
        )
        both = sides[0] | sides[1]
        wanted = (("source", label.actor_countries, sides[0]), ("target", label.recipient_countries, sides[1]))
        for name, want, have in wanted:
            if want:
                counts[f"{name}.gold"] += 1
                counts[name] += bool(want & (both if label.event_type in two_sided else have))
    return counts


def _compare_pair(
    document: GoldDocument, label: GoldEvent, found: PredictedEvent, counts: Counter[str], notes: Notes
) -> None:
    counts["event"] += 1
    counts[f"{label.event_type}.event"] += 1

    def note(fault: Fault, want: object, got: object) -> None:
        notes.add(fault, label.span, str(want), str(got))

    want_date, got_date = (label.date_start, label.date_end), (found.date_start, found.date_end)
    date_right = want_date == got_date
    if label.date_start:
        counts["date.gold"] += 1
        counts["date"] += date_right
    if not date_right:
        note(Fault.DATE, _days(*want_date), _days(*got_date))
    sides_right = []
    for side, keys, parties in (
        ("actor", label.actors, found.actors),
        ("recipient", label.recipients, found.recipients),
    ):
        n_found, n_right = _participants(document.actors, keys, parties)
        counts[f"{side}.gold"] += len(keys)
        counts[f"{side}.predicted"] += len(parties)
        counts[f"{side}.found"] += n_found
        counts[f"{side}.right"] += n_right
        sides_right.append(n_found > 0 if keys else not parties)
        if n_found < len(keys) or n_right < len(parties):
            names = ", ".join(document.actors[key].names[0] for key in keys)
            note(Fault.ACTOR if side == "actor" else Fault.RECIPIENT, names, ", ".join(p.name for p in parties))
    polarity_right, modality_right = label.negated == found.negated, label.modality == found.modality
    if not polarity_right:
        note(Fault.POLARITY, _polarity(label.negated), _polarity(found.negated))
    if not modality_right:
        note(Fault.MODALITY, label.modality, found.modality)
    counts["dated"] += date_right
    counts["who"] += sides_right[0]
    counts["full"] += date_right and all(sides_right) and polarity_right and modality_right
    counts["modality"] += modality_right
    _flag(counts, "negated", label.negated, found.negated, True)
    _flag(
        counts,
        "irrealis",
        label.modality is not Modality.ASSERTED,
        found.modality != Modality.ASSERTED,
        modality_right,
    )
    if "place" in label.labels:
        same = same_name(name_words(label.place or ""), name_words(found.place or ""))
        _flag(counts, "place", label.place is not None, found.place is not None, same)
    pairs = (("place_country", label.place_country, found.place_country), ("mode", label.mode, found.event_mode))
    for name, want, got in pairs:
        if name in label.labels:
            _flag(counts, name, want is not None, got is not None, want == got)


def _flag(counts: Counter[str], name: str, want: bool, got: bool, right: bool) -> None:
    counts[f"{name}.gold"] += want
    counts[f"{name}.predicted"] += got
    counts[name] += want and got and right


def _participants(actors: Mapping[str, GoldActor], keys: Sequence[str], parties: Sequence[Party]) -> tuple[int, int]:
    """How many gold participants were found, and how many of those given are right."""
    golds = [actors[key] for key in keys]

    def same(gold: GoldActor, party: Party) -> bool:
        return same_entity(gold.names, gold.country, gold.kind, party)

    found = sum(any(same(gold, party) for party in parties) for gold in golds)
    right = sum(any(same(gold, party) for gold in golds) for party in parties)
    return found, right


def _compare_tellings(
    gold: Sequence[GoldEvent], given: Sequence[PredictedEvent], typed: Mapping[int, int], counts: Counter[str]
) -> None:
    """Pairs of events told to be one happening, among the events found with their type."""
    if not any("same_as" in label.labels for label in gold):
        return
    first_of = [i if label.same_as is None else label.same_as for i, label in enumerate(gold)]
    for one, other in combinations(sorted(typed), 2):
        want = first_of[one] == first_of[other]
        a, b = given[typed[one]], given[typed[other]]
        got = (a.same_as or a.event_id) == (b.same_as or b.event_id)
        _flag(counts, "telling", want, got, True)


def _compare_quotes(
    document: GoldDocument, predicted: PredictedDocument, typed: Mapping[int, int], counts: Counter[str]
) -> None:
    """The quote that an event is reported in: right if its content shares a character with the gold's."""
    gold, quotes = document.events or (), document.quotes or ()
    if not any("quote" in label.labels for label in gold):
        return
    known: dict[str, PredictedQuote] = {quote.quote_id: quote for quote in predicted.quotes}
    for i, j in typed.items():
        want, got = gold[i].quote, known.get(predicted.events[j].quote_id or "")
        right = want is not None and got is not None and common(union(quotes[want].spans), union(got.spans)) > 0
        _flag(counts, "quote", want is not None, predicted.events[j].quote_id is not None, right)


def _days(start: str | None, end: str | None) -> str:
    if start is None:
        return "no date"
    return start if end in (start, None) else f"{start}/{end}"


def _polarity(negated: bool) -> str:
    return "negated" if negated else "affirmed"


def _told(document: GoldDocument, label: GoldEvent) -> str:
    sides = [", ".join(document.actors[key].names[0] for key in keys) for keys in (label.actors, label.recipients)]
    return f"{label.event_type} {' → '.join(sides)}"


def _given(found: PredictedEvent) -> str:
    sides = [", ".join(party.name for party in parties) for parties in (found.actors, found.recipients)]
    return f"{found.event_type} {' → '.join(sides)}"
