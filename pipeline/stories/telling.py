"""A telling: one event of one article, with all that says whether another article tells of the same.

Tellings are plain values that can be written to disk or sent between machines; they are
made here and compared in ``match``.
"""

from __future__ import annotations

import hashlib
import marshal
import re
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from math import log, sqrt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.records import DateSource, Modality
from pipeline.rules.stories import StoryRules

_COUNTERS = 1 << 20
_NO_TERM = 1 << 32
_TERMS_KNOWN, _NAMES_KNOWN = 1 << 17, 1 << 14  # kept in memory with what was found for them
TERM_BITS = 31  # of a block's key: its word; those above are its type and days
EVENT_COLUMNS = (
    *("event_id", "doc_id", "trigger_start", "trigger_end", "trigger_lemma", "event_type", "event_mode", "quad_class"),
    *("negated", "modality", "date_start", "date_end", "date_source", "actors", "recipients", "actor_names"),
    *("recipient_names", "place", "place_country", "same_as", "confidence", "field"),
)
DOCUMENT_COLUMNS = ("doc_id", "title", "text", "published_at", "published_date", "duplicate_of")
_BEFORE, _AFTER = (". ", "? ", "! ", "\n", ".” ", '." '), (". ", "? ", "! ", "\n", ".”", '."')
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
_KEYS = Telling._fields.index("keys")
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


class Scale(dict[int, float]):
    """What a term weighs in a corpus whose articles are all counted: inverse document frequency (Spärck Jones 1972).

    It is near 0 for a term that all articles have; ``most`` is that of a term that one article has.
    """

    def __init__(self, rarity: Rarity) -> None:
        super().__init__()
        self.most = log(rarity.articles + 1) or 1.0
        self._articles = rarity.articles
        self._counts = rarity.counts.data

    def __missing__(self, term: int) -> float:
        if len(self) >= _TERMS_KNOWN:
            self.clear()
        self[term] = weight = log((self._articles + 1) / (self._counts[term % _COUNTERS] or 1))
        return weight


class _Codes(dict[str, int]):
    """A word's term, inverted (``~``) if the word begins with a capital; ``_NO_TERM`` for a word that is none."""

    def __init__(self, size: int, least: int) -> None:
        super().__init__()
        self._size = size
        self._least = least

    def __missing__(self, word: str) -> int:
        if len(self) >= _TERMS_KNOWN:
            self.clear()
        code = _NO_TERM
        if len(word) >= self._least or not word.isascii() or word.isdigit():
            stem = word.casefold()[: self._size].encode("utf-8", "surrogatepass")
            term = int.from_bytes(hashlib.blake2b(stem, digest_size=4).digest(), "big")
            code = ~term if word[0].isupper() else term
        self[word] = code
        return code


class _Damped(dict[int, float]):
    """What so many occurrences of a term count."""

    def __missing__(self, count: int) -> float:
        self[count] = value = 1 + log(count)
        return value


_codes = lru_cache(maxsize=4)(_Codes)
_DAMPED = _Damped()


def terms(text: str, rules: StoryRules) -> dict[int, float]:
    """How often each term occurs in a text, damped, names counting more.

    A term is a hash, of 32 bits, of a word's first letters.
    """
    counts = Counter(map(_codes(rules.stem, rules.shortest).__getitem__, _WORD.findall(text)))
    counts.pop(_NO_TERM, None)
    capital = [code for code in counts if code < 0]
    for code in capital:
        counts[~code] = counts.get(~code, 0) + counts.pop(code)
    found = {term: _DAMPED[count] for term, count in counts.items()}
    for code in capital:
        found[~code] *= rules.capital
    return found


def article_terms(title: str | None, text: str, rules: StoryRules) -> dict[int, float]:
    """The terms of an article's title and of the beginning of its text."""
    return terms(f"{title or ''} {text[: rules.lead]}", rules)


def vector(counts: Mapping[int, float], scale: Scale, size: int) -> Vector:
    """The ``size`` heaviest terms, by frequency and rarity, as a vector of length 1; the heaviest first."""
    light = [(-weight * scale[term], term) for term, weight in counts.items()]
    light.sort()
    heaviest = [item for item in light[:size] if item[0] < 0]
    length = sqrt(sum([weight * weight for weight, _ in heaviest]))
    return {term: -weight / length for weight, term in heaviest}


Row = Mapping[str, Any]
Cast = Mapping[str, tuple[str, str, tuple[str, ...]]]


class _Article:
    """What the tellings of one article have in common, and what was found for some of them."""

    def __init__(self, document: Row, cast: Cast, words: Vector, keys: Sequence[int]) -> None:
        self.document = document
        self.cast = cast
        self.words = words
        self.keys = keys
        self.order = _order(words)
        day: date | None = document["published_date"]
        self.published = day.toordinal() if day else 0
        self.moment = _moment(document)
        self.sentences: dict[tuple[str, int, int], tuple[Vector, list[int]]] = {}
        self.parties: dict[tuple[str, str], Party] = {}


class Teller:
    """Makes the tellings of articles. ``rarity`` is that of the corpus's terms, all counted."""

    def __init__(self, rules: StoryRules, rarity: Rarity) -> None:
        self.rules = rules
        self._scale = Scale(rarity)
        self._modality = {str(modality) for modality in rules.modality}
        self._names: dict[str, tuple[Terms, float]] = {}

    def tellings(
        self, document: Row, events: Sequence[Row], cast: Cast, counts: Mapping[int, float] | None = None
    ) -> list[Telling]:
        """The tellings among an article's events, in their order.

        ``document`` has doc_id, title, text, published_date and published_at;
        ``events`` are its rows of the table; ``cast`` gives the kind, country (or "")
        and sectors of the actors; ``counts`` are its ``article_terms``, if they are known.
        """
        chosen = [event for event in events if event["modality"] in self._modality and not event["negated"]]
        if not chosen:
            return []
        if counts is None:
            counts = article_terms(document["title"], document["text"], self.rules)
        words = vector(counts, self._scale, self.rules.of_article)
        article = _Article(document, cast, words, self._shared(words, self.rules.article_keys))
        return [self._telling(event, article) for event in chosen]

    def _telling(self, event: Row, article: _Article) -> Telling:
        rules, published = self.rules, article.published
        words, rare = self._sentence(event, article)
        start = event["date_start"].toordinal() if event["date_start"] else 0
        end = event["date_end"].toordinal() if event["date_end"] else 0
        # a month or a year in which the article appeared says less than the article's own day
        brief = end - start < rules.longest
        day = start if brief or not start <= published <= end + rules.longest else published
        day = day or published
        kind = event["event_type"] or f"={event['trigger_lemma']}"
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
            actors=self._side(event["actors"], event["actor_names"], article),
            recipients=self._side(event["recipients"], event["recipient_names"], article),
            place=self._named(event["place"] or "")[0],
            place_country=event["place_country"] or "",
            words=words,
            article=article.words,
            keys=self._keys(kind, day, {*article.keys, *rare}),
            order=article.order,
            same_as=event["same_as"] or "",
            firm=event["date_source"] == DateSource.EXPLICIT,
            confidence=float(event["confidence"]),
            moment=article.moment,
        )

    def _sentence(self, event: Row, article: _Article) -> tuple[Vector, list[int]]:
        """The vector of an event's sentence, which other events may share, and its terms for blocks."""
        field: str = event["field"]
        text = article.document["text"] if field == "body" else article.document["title"] or ""
        start, end = _sentence(text, event["trigger_start"], event["trigger_end"])
        found = article.sentences.get((field, start, end))
        if found is None:
            words = vector(terms(text[start:end], self.rules), self._scale, self.rules.of_sentence)
            found = article.sentences[field, start, end] = words, self._shared(words, self.rules.sentence_keys)
        return found

    def _side(self, ids: Sequence[str], names: Sequence[str], article: _Article) -> tuple[Party, ...]:
        return tuple([self._party(who, article) for who in zip(ids, names, strict=True)])

    def _party(self, who: tuple[str, str], article: _Article) -> Party:
        party = article.parties.get(who)
        if party is None:
            actor_id, name = who
            kind, country, sectors = article.cast.get(actor_id, ("", "", ()))
            named, rarity = self._named(name)
            party = Party(actor_id, named, rarity, name[:1].isupper(), str(kind), country, sectors)
            article.parties[who] = party
        return party

    def _named(self, name: str) -> tuple[Terms, float]:
        """The terms of a name with their weights, and how rare the rarest is, 0 to 1."""
        found = self._names.get(name)
        if found is None:
            scale = self._scale
            named = tuple(sorted([(term, scale[term]) for term in terms(name, self.rules)]))
            rarity = max([weight for _, weight in named], default=0.0) / scale.most
            if len(self._names) >= _NAMES_KNOWN:
                self._names.clear()
            found = self._names[name] = named, min(1.0, rarity)
        return found

    def _shared(self, words: Vector, size: int) -> list[int]:
        """The heaviest terms that another article has too."""
        scale, most = self._scale, self._scale.most
        return list(islice((term for term in words if scale[term] < most), size))

    def _keys(self, kind: str, day: int, found: Iterable[int]) -> tuple[int, ...]:
        """Blocks: type, one of two overlapping windows of days, a rare term that another article has too."""
        if not day:
            return ()
        scale = self._scale
        window = max(1, self.rules.window)
        even = _window(kind, 2 * (day // window))
        odd = _window(kind, 2 * ((day + window // 2) // window) + 1)
        shift = 32 - TERM_BITS
        rarest = sorted([(-scale[term], term) for term in found])
        return tuple([block | term >> shift for _, term in rarest for block in (even, odd)])


def pack(telling: Telling) -> bytes:
    """A telling as bytes; ``unpack`` gives it back, its weights as 32-bit numbers."""
    return pack_article([telling])[0]


def pack_article(tellings: Iterable[Telling]) -> list[bytes]:
    """Each of an article's tellings as bytes."""
    known: dict[int, tuple[bytes, bytes]] = {}  # most vectors are of several tellings
    out = []
    for telling in tellings:
        plain: list[Any] = list(telling)
        for place in _VECTORS:
            vector = plain[place]
            packed = known.get(id(vector))
            if packed is None:
                packed = known[id(vector)] = array("I", vector).tobytes(), array("f", vector.values()).tobytes()
            plain[place] = packed
        for place in _SIDES:
            if plain[place]:
                plain[place] = tuple(map(tuple, plain[place]))
        plain[_KEYS] = array("q", plain[_KEYS]).tobytes()
        out.append(marshal.dumps(plain))
    return out


def unpack(data: bytes, *, vectors: bool = True) -> Telling:
    """The telling that ``pack`` made bytes of; without ``vectors``, those of words are empty."""
    plain = marshal.loads(data)
    for place in _VECTORS:
        plain[place] = _vector(*plain[place]) if vectors else {}
    for place in _SIDES:
        if plain[place]:
            plain[place] = tuple([Party(*party) for party in plain[place]])
    plain[_KEYS] = tuple(array("q", plain[_KEYS]))
    return Telling(*plain)


@lru_cache(maxsize=1 << 10)
def _vector(terms: bytes, weights: bytes) -> Vector:
    """A vector that was packed; an article's, which all its tellings have, is made once."""
    return dict(zip(array("I", terms), array("f", weights), strict=True))


@lru_cache(maxsize=1 << 14)
def _window(kind: str, span: int) -> int:
    """The high bits of a block's key. Blocks of one type and window of days lie together: they share most tellings."""
    data = f"{kind}\0{span}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(data, digest_size=4).digest(), "big") >> 1 << TERM_BITS


def _order(article: Vector) -> int:
    """Near for articles with the same heaviest terms."""
    first, second = (*islice(article, 2), 0, 0)[:2]
    return first << 31 | second >> 1


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """About the sentence around a trigger: between marks that end one, and 300 characters at most either way."""
    left, right = max(0, start - 300), min(len(text), end + 300)
    before = max([text.rfind(mark, left, start) for mark in _BEFORE])
    after = [place for mark in _AFTER if (place := text.find(mark, end, right)) >= 0]
    return (before + 1 if before >= 0 else left), min(after, default=right)


def _moment(document: Row) -> int | None:
    at = document["published_at"]
    if at is not None:
        return int(at.timestamp() * 1_000_000)
    day = document["published_date"]
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * 86_400_000_000 if day else None
