"""Stories against gold: are the tellings of one happening in one story, and of two in two?

Gold is JSONL, one happening a line, with every article that tells of it:

    {"happening", "tellings": [{"doc_id", "spans": [[s, e], …], "texts": ["struck", …]}]}

A telling is an article and a happening; its spans are the triggers by which the article tells of
it, and a story has the telling if it has an event whose trigger overlaps one. An event that no
span overlaps is a telling of a happening of its own. Counted are pairs of tellings
of different articles; within an article ``same_as`` says what is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from pipeline.dataset import open_dataset
from pipeline.evaluate.labels import Label, read_lines
from pipeline.spans import Span

_KEYS = frozenset(("happening", "tellings"))
_TELLING_KEYS = frozenset(("doc_id", "spans", "texts"))

Telling = tuple[str, str]  # article, happening
Pair = tuple[Telling, Telling]


@dataclass(frozen=True, slots=True)
class GoldHappening:
    """A happening, and by which spans each article tells of it."""

    name: str
    tellings: Mapping[str, tuple[Span, ...]]
    line: int


@dataclass(frozen=True, slots=True)
class Counts:
    """Pairs found that are right, pairs found, pairs to find."""

    right: int
    found: int
    gold: int

    @property
    def precision(self) -> float:
        """Share of the pairs found that are right, in percent; 100 of none."""
        return 100 * self.right / self.found if self.found else 100.0

    @property
    def recall(self) -> float:
        """Share of the pairs to find that were found, in percent; 100 of none."""
        return 100 * self.right / self.gold if self.gold else 100.0

    @property
    def f1(self) -> float:
        """Harmonic mean of the two."""
        both = self.found + self.gold
        return 200 * self.right / both if both else 100.0


@dataclass(frozen=True, slots=True)
class StoryFigures:
    """Pairs of tellings whose events the run found (``linked``), of all tellings (``all``), and of articles.

    Two articles are a pair if they tell of one happening. ``wrong`` and ``missed`` are
    the pairs of ``linked`` that were found though they are two, and not found though one.
    """

    linked: Counts
    all: Counts
    articles: Counts
    wrong: tuple[Pair, ...]
    missed: tuple[Pair, ...]

    def lines(self) -> Iterator[str]:
        """What to tell a person, a line each."""
        yield f"{'pairs of':<28}{'P':>7}{'R':>7}{'F1':>7}{'right':>7}{'found':>7}{'gold':>7}"
        for name, counts in (
            ("articles", self.articles),
            ("tellings with events found", self.linked),
            ("all tellings", self.all),
        ):
            figures = f"{counts.precision:>7.1f}{counts.recall:>7.1f}{counts.f1:>7.1f}"
            yield f"{name:<28}{figures}{counts.right:>7}{counts.found:>7}{counts.gold:>7}"


def load_story_gold(path: Path, texts: Mapping[str, str]) -> list[GoldHappening]:
    """The happenings of a gold file, in order, every span checked against the articles' ``texts``.

    GoldError, which names file, line and label, at the first label that can't be right.
    """
    out: list[GoldHappening] = []
    seen: set[str] = set()
    for number, data in read_lines(path, "happening"):
        top = Label(f"{path}:{number}", data, _KEYS)
        name = top.text("happening")
        if name in seen:
            raise top.error(f"the happening {name!r} is already there")
        seen.add(name)
        tellings: dict[str, tuple[Span, ...]] = {}
        for n, item in enumerate(top.items("tellings")):
            label = Label(f"{path}:{number} ({name}): tellings[{n}]", item, _TELLING_KEYS)
            doc_id = label.text("doc_id")
            if doc_id not in texts or doc_id in tellings:
                raise label.error(f"no article {doc_id!r}" if doc_id not in texts else f"{doc_id!r} twice")
            spans = label.spans(texts[doc_id], "spans")
            words = label.texts("texts")
            if not spans or [span.of(texts[doc_id]) for span in spans] != list(words):
                raise label.error("texts must be what stands at the spans")
            tellings[doc_id] = spans
        out.append(GoldHappening(name, tellings, number))
    return out


def evaluate_stories(gold: Path, run: Path) -> StoryFigures:
    """Compare the stories of the run in the folder ``run``, of the gold's articles, with the gold.

    InputError if ``run`` is no run or lacks a table, GoldError if it lacks an article of the gold.
    """
    dataset = open_dataset(run)
    texts = {row["doc_id"]: row["text"] for row in dataset.rows("documents", ["doc_id", "text"])}
    happenings = load_story_gold(gold, texts)
    events = dataset.rows("events", ["event_id", "doc_id", "trigger_start", "trigger_end", "field"])
    told = _tellings(events, happenings)
    stories = [row["event_ids"] for row in dataset.rows("stories", ["event_ids"])]
    return compare(happenings, told, stories)


def _tellings(events: Sequence[Mapping[str, Any]], happenings: Sequence[GoldHappening]) -> dict[str, Telling]:
    """Which telling each event is."""
    spans: dict[str, list[tuple[Span, str]]] = {}
    for happening in happenings:
        for doc_id, places in happening.tellings.items():
            spans.setdefault(doc_id, []).extend((place, happening.name) for place in places)
    out: dict[str, Telling] = {}
    for event in events:
        own = f"#{event['event_id']}"  # no happening of the gold
        start, end = event["trigger_start"], event["trigger_end"]
        known = spans.get(event["doc_id"], ()) if event["field"] == "body" else ()
        name = next((name for span, name in known if start < span.end and span.start < end), own)
        out[event["event_id"]] = (event["doc_id"], name)
    return out


def compare(
    happenings: Sequence[GoldHappening], told: Mapping[str, Telling], stories: Sequence[Sequence[str]]
) -> StoryFigures:
    """The figures of ``stories``, lists of event ids, given which telling each event is."""
    gold = {pair for h in happenings for pair in _pairs((doc_id, h.name) for doc_id in h.tellings)}
    found = {pair for ids in stories for pair in _pairs(told[i] for i in ids if i in told)}
    there = set(told.values())
    reachable = {pair for pair in gold if there.issuperset(pair)}
    right = gold & found
    articles_gold, articles_found = _articles(gold), _articles(found)
    return StoryFigures(
        linked=Counts(len(right), len(found), len(reachable)),
        all=Counts(len(right), len(found), len(gold)),
        articles=Counts(len(articles_gold & articles_found), len(articles_found), len(articles_gold)),
        wrong=tuple(sorted(found - gold)),
        missed=tuple(sorted(reachable - found)),
    )


def _pairs(tellings: Any) -> set[Pair]:
    return {(a, b) for a, b in combinations(sorted(set(tellings)), 2) if a[0] != b[0]}


def _articles(pairs: set[Pair]) -> set[tuple[str, str]]:
    return {(a[0], b[0]) for a, b in pairs}
