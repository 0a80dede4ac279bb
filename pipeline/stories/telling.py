"""A telling: one event of one article, with all that says whether another article tells of the same.

Tellings are plain values that can be written to disk or sent between machines; they are
made here and compared in ``match``.
"""

from __future__ import annotations

import hashlib
import marshal
import re
from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.records import DateSource, Modality
from pipeline.rules.stories import StoryRules

_COUNTERS = 1 << 20
TERM_BITS = 31  # of a block's key: its word; those above are its type and days
_WORD = re.compile(r"[^\W_]+")

Vector = dict[int, float]
Terms = tuple[tuple[int, float], ...]


class Party(NamedTuple):
    """Who takes part: the actor's id, its name's terms with their weights, kind, country and sectors.

    ``rarity`` is 0 for a name that all articles have, 1 for one of a single article;
    ``named`` is false of a description (“the company”), which may mean anybody.
    """

    actor_id: str
    terms: Terms
    rarity: float
    named: bool
    kind: str
    country: str
    sectors: tuple[str, ...]


class Telling(NamedTuple):
    """One event of one article. Days are ordinals (``date.toordinal``), 0 where none is known.

    ``kind`` is the event's type, or its trigger's lemma if it has none;
    ``verbal`` is said, not done (the quad class). ``start`` and
    ``end`` are its date's as the table has them, ``first`` and ``last`` the same of a date of a few
    days; ``firm`` says that the date stands beside the event. ``day`` is the day it is
    about: its first, else its article's, unless its date is of another time. ``words`` and
    ``article`` are vectors of length 1 of the sentence's and the article's terms.
    ``keys`` are the blocks it stands in, the one with the rarest word first, ``order`` its
    place in a crowded one. ``moment`` is the article's publication in microseconds since 1970.
    """

    event_id: str
    doc_id: str
    kind: str
    event_type: str | None
    mode: str
    verbal: bool
    lemma: str
    start: int
    end: int
    first: int
    last: int
    day: int
    published: int
    planned: bool
    actors: tuple[Party, ...]
    recipients: tuple[Party, ...]
    place: Terms
    place_country: str
    words: Vector
    article: Vector
    keys: tuple[int, ...]
    order: int
    same_as: str
    firm: bool
    confidence: float
    moment: int | None


_VECTORS = tuple(Telling._fields.index(name) for name in ("words", "article"))
_SIDES = tuple(Telling._fields.index(name) for name in ("actors", "recipients"))


class Rarity:
    """In how many articles each term occurs. Of fixed size: where there are many terms, some share a counter."""

    def __init__(self) -> None:
        self.articles = 0
        self.counts: npt.NDArray[np.uint32] = np.zeros(_COUNTERS, np.uint32)

    def add(self, found: Iterable[int]) -> None:
        """Count one article's terms."""
        self.articles += 1
        self.counts[list({term % _COUNTERS for term in found})] += 1

    def merge(self, other: Rarity) -> None:
        """Add what was counted elsewhere."""
        self.articles += other.articles
        self.counts += other.counts

    def count(self, term: int) -> int:
        """Articles with the term."""
        return int(self.counts[term % _COUNTERS])

    def weight(self, term: int) -> float:
        """Inverse document frequency (Spärck Jones 1972); near 0 for a term that all articles have."""
        return log((self.articles + 1) / max(1, self.count(term)))

    @property
    def most(self) -> float:
        """The weight of a term that one article has."""
        return log(self.articles + 1) or 1.0


@lru_cache(maxsize=1 << 17)
def _term(stem: str) -> int:
    return int.from_bytes(hashlib.blake2b(stem.encode("utf-8", "surrogatepass"), digest_size=4).digest(), "big")


def terms(text: str, rules: StoryRules) -> dict[int, float]:
    """How often each term occurs in a text, damped, names counting more.

    A term is a hash, of 32 bits, of a word's first letters.
    """
    size, least, name = rules.stem, rules.shortest, rules.capital
    counts: dict[str, float] = {}
    capital: set[str] = set()
    for word in _WORD.findall(text):
        if len(word) >= least or not word.isascii() or word.isdigit():
            stem = word.casefold()[:size]
            counts[stem] = counts.get(stem, 0) + 1
            if word[0].isupper():
                capital.add(stem)
    return {_term(stem): (1 + log(n)) * (name if stem in capital else 1) for stem, n in counts.items()}


def article_terms(title: str | None, text: str, rules: StoryRules) -> dict[int, float]:
    """The terms of an article's title and of the beginning of its text."""
    return terms(f"{title or ''} {text[: rules.lead]}", rules)


def vector(counts: Mapping[int, float], rarity: Rarity, size: int) -> Vector:
    """The ``size`` heaviest terms, by frequency and rarity, as a vector of length 1."""
    weights = ((term, weight * rarity.weight(term)) for term, weight in counts.items())
    heaviest = sorted((item for item in weights if item[1] > 0), key=lambda item: (-item[1], item[0]))[:size]
    length = sqrt(sum(weight * weight for _, weight in heaviest))
    return {term: weight / length for term, weight in heaviest}


Row = Mapping[str, Any]
Cast = Mapping[str, tuple[str, str, tuple[str, ...]]]


class Teller:
    """Makes the tellings of articles. ``rarity`` is that of the corpus's terms."""

    def __init__(self, rules: StoryRules, rarity: Rarity) -> None:
        self.rules = rules
        self.rarity = rarity

    def tellings(self, document: Row, events: Sequence[Row], cast: Cast) -> list[Telling]:
        """The tellings among an article's events, in their order.

        ``document`` has doc_id, title, text, published_date and published_at;
        ``events`` are its rows of the table; ``cast`` gives the kind, country (or "")
        and sectors of the actors.
        """
        chosen = [e for e in events if Modality(e["modality"]) in self.rules.modality and not e["negated"]]
        if not chosen:
            return []
        counts = article_terms(document["title"], document["text"], self.rules)
        article = vector(counts, self.rarity, self.rules.of_article)
        order = _order(article)
        day: date | None = document["published_date"]
        published = day.toordinal() if day else 0
        moment = _moment(document)
        return [self._telling(e, document, article, order, published, moment, cast) for e in chosen]

    def _telling(
        self, event: Row, document: Row, article: Vector, order: int, published: int, moment: int | None, cast: Cast
    ) -> Telling:
        rules = self.rules
        text = document["text"] if event["field"] == "body" else document["title"] or ""
        start, end = _sentence(text, event["trigger_start"], event["trigger_end"])
        words = vector(terms(text[start:end], rules), self.rarity, rules.of_sentence)
        start = event["date_start"].toordinal() if event["date_start"] else 0
        end = event["date_end"].toordinal() if event["date_end"] else 0
        # a month or a year in which the article appeared says less than the article's own day
        brief = end - start < rules.longest
        day = start if brief or not start <= published <= end + rules.longest else published
        day = day or published
        kind = event["event_type"] or f"={event['trigger_lemma']}"
        actors = self._side(event["actors"], event["actor_names"], cast)
        recipients = self._side(event["recipients"], event["recipient_names"], cast)
        place = self._named(event["place"] or "")
        return Telling(
            event_id=event["event_id"],
            doc_id=event["doc_id"],
            kind=kind,
            event_type=event["event_type"],
            mode=event["event_mode"] or "",
            verbal="verbal" in (event["quad_class"] or ""),
            lemma=event["trigger_lemma"],
            start=start,
            end=end,
            first=start if brief else 0,
            last=end if brief else 0,
            day=day,
            published=published,
            planned=event["modality"] == Modality.FUTURE,
            actors=actors,
            recipients=recipients,
            place=place,
            place_country=event["place_country"] or "",
            words=words,
            article=article,
            keys=self._keys(kind, day, words, article),
            order=order,
            same_as=event["same_as"] or "",
            firm=event["date_source"] == DateSource.EXPLICIT,
            confidence=float(event["confidence"]),
            moment=moment,
        )

    def _side(self, ids: Sequence[str], names: Sequence[str], cast: Cast) -> tuple[Party, ...]:
        out = []
        for actor_id, name in zip(ids, names, strict=True):
            kind, country, sectors = cast.get(actor_id, ("", "", ()))
            named = self._named(name)
            rarity = max((weight for _, weight in named), default=0.0) / self.rarity.most
            out.append(Party(actor_id, named, min(1.0, rarity), name[:1].isupper(), str(kind), country, sectors))
        return tuple(out)

    def _named(self, name: str) -> Terms:
        return tuple(sorted((term, self.rarity.weight(term)) for term in terms(name, self.rules)))

    def _keys(self, kind: str, day: int, words: Vector, article: Vector) -> tuple[int, ...]:
        """Blocks: type, one of two overlapping windows of days, a rare term that another article has too."""
        if not day:
            return ()
        rules, rarity = self.rules, self.rarity
        found: set[int] = set()
        for some, size in ((article, rules.article_keys), (words, rules.sentence_keys)):
            heavy = sorted((t for t in some if rarity.count(t) > 1), key=lambda t: (-some[t], t))
            found.update(heavy[:size])
        rarest = sorted(found, key=lambda t: (rarity.count(t), t))
        window = max(1, rules.window)
        spans = (2 * (day // window), 2 * ((day + window // 2) // window) + 1)
        return tuple(_block(kind, span, term) for term in rarest for span in spans)


def pack(telling: Telling) -> bytes:
    """A telling as bytes; ``unpack`` gives it back, its weights as 32-bit numbers."""
    plain: list[Any] = [
        tuple(map(tuple, v)) if v and isinstance(v, tuple) and isinstance(v[0], Party) else v for v in telling
    ]
    for place in _VECTORS:
        vector = plain[place]
        plain[place] = (array("I", vector).tobytes(), array("f", vector.values()).tobytes())
    return marshal.dumps(plain)


def unpack(data: bytes) -> Telling:
    """The telling that ``pack`` made bytes of."""
    plain = marshal.loads(data)
    for place in _VECTORS:
        keys, values = plain[place]
        plain[place] = dict(zip(array("I", keys), array("f", values), strict=True))
    for place in _SIDES:
        plain[place] = tuple(Party(*party) for party in plain[place])
    return Telling(*plain)


def _block(kind: str, span: int, term: int) -> int:
    """The key of a block. Blocks of one type and window of days lie together, for they share most of their tellings."""
    data = f"{kind}\0{span}".encode("utf-8", "surrogatepass")
    window = int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "big") >> 1
    return window << TERM_BITS | term >> (32 - TERM_BITS)


def _order(article: Vector) -> int:
    """Near for articles with the same heaviest terms."""
    heaviest = sorted(article, key=lambda term: (-article[term], term))[:2]
    first, second = (*heaviest, 0, 0)[:2]
    return first << 31 | second >> 1


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """About the sentence around a trigger: between marks that end one, and 300 characters at most either way."""
    left, right = max(0, start - 300), min(len(text), end + 300)
    before = max(text.rfind(mark, left, start) for mark in (". ", "? ", "! ", "\n", ".” ", '." '))
    after = [place for mark in (". ", "? ", "! ", "\n", ".”", '."') if (place := text.find(mark, end, right)) >= 0]
    return (before + 1 if before >= 0 else left), min(after, default=right)


def _moment(document: Row) -> int | None:
    at = document["published_at"]
    if at is not None:
        return int(at.timestamp() * 1_000_000)
    day = document["published_date"]
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000_000 if day else None
