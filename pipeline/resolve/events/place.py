"""Where an event happened: the locative phrase of its predicate, its object or its clause, and the country of that.

A place that nothing of the event names may be that of the clause it goes with, of
another telling, or what "the town" of a visit was called before. A place that the
gazetteer does not know has the country that the phrase or another mention names with it,
or the dateline's, unless all who take part in the event come from elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import ActorKind, BlockKind, EventMention, Field, ResolvedMention, Role
from pipeline.rules.events import EventRules

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast
    from pipeline.resolve.events.participants import Parts

_PLACES = frozenset({"GPE", "LOC", "FAC"})
_DEPTH = 3
_BACK = 4  # sentences back to the name of "the village"
_STATES = frozenset({ActorKind.STATE, ActorKind.GOVERNMENT})


@dataclass(frozen=True, slots=True)
class Place:
    """A place as the text has it, and what the cast knows of it."""

    text: str | None = None
    country: str | None = None
    mention: ResolvedMention | None = None


def find_place(event: EventMention, text: ParsedText, cast: Cast, rules: EventRules | None = None) -> Place:
    """The first place argument of an event, else what its clause tells; an empty place if it has none."""
    for argument in event.arguments:
        if argument.role is Role.PLACE:
            return _place(text, argument.first, argument.last, argument.head, cast)
    token = _around(event, text, rules) if rules is not None else None
    if token is None:
        return Place()
    first = token
    while first > 0 and text.ent[first - 1] and text.head[first - 1] == token:
        first -= 1
    last = token
    label, sentence = text.ent[token], text.sent[token]
    while label and last + 1 < len(text) and text.ent[last + 1] == label and text.sent[last + 1] == sentence:
        last += 1
    return _place(text, first, last, token, cast)


def _place(text: ParsedText, first: int, last: int, head: int, cast: Cast) -> Place:
    mention = cast.at(text.field, head)
    words = " ".join(text.span(first, last).of(text.text).split())
    country = mention.actor.country if mention else None
    return Place(words, country or _beside(text, head, cast), mention)


def _beside(text: ParsedText, head: int, cast: Cast) -> str | None:
    """The country that the phrase names: "Kok-Tash, Kyrgyzstan", "the Swiss resort of Crans"."""
    near = [c for c in text.children[head] if text.dep[c] in ("appos", "nmod")]
    at = head
    for _ in range(2):
        if text.dep[at] != "pobj" or text.head[text.head[at]] == text.head[at]:
            break
        at = text.head[text.head[at]]
        near += [c for c in text.children[at] if text.dep[c] in ("amod", "compound", "nmod")]
    for token in near:
        if text.ent[token] in ("GPE", "NORP"):
            item = cast.at(text.field, token)
            if item is not None and item.actor.country and item.actor.kind in _STATES | {ActorKind.GROUP}:
                return item.actor.country
    return None


# ------------------------------------------------------------------ in the clause


def _around(event: EventMention, text: ParsedText, rules: EventRules) -> int | None:
    """The name of a place in what stands around an event: its clause, a participle, a road, who is spoken of."""
    static = rules.words("static_preposition")
    trigger, clause = event.trigger, event.clause
    hosts = [clause, *(c for c in text.children[trigger] if text.dep[c] == "acl" and text.tag[c] == "VBN")]
    if text.pos[trigger] in ("NOUN", "PROPN"):
        at = trigger
        while text.dep[at] == "pobj" and text.lower[text.head[at]] == "of":
            at = text.head[text.head[at]]  # "a round of talks collapsed in Oslo"
        if text.dep[at] in ("nsubj", "nsubjpass"):
            hosts.append(text.head[at])
    for host in hosts:
        found = _under(text, host, static, 0)
        if found is not None:
            return found
    road = rules.classes.get("road", frozenset())
    for child in text.children[clause]:
        if text.dep[child] == "dobj" and text.lemma[child].lower() in road:
            found = _under(text, child, static | {"to", "into"}, 0)
            if found is not None:
                return found
    head = text.head[clause]
    named = text.ent[head] in _PLACES or (text.pos[head] == "PROPN" and text.ent[head] in ("", "PERSON"))
    if text.dep[clause] == "relcl" and named and text.dep[head] == "pobj" and text.lower[text.head[head]] in static:
        return head  # "doctors in Oslo, who treated them", as the parser has it
    return None


def _under(text: ParsedText, host: int, prepositions: frozenset[str], depth: int) -> int | None:
    """The first name of a place in a phrase with one of the prepositions below a token, through dates and nouns."""
    for child in text.children[host]:
        if text.dep[child] != "prep":
            continue
        word = text.lower[child]
        for inner in text.children[child]:
            if text.dep[inner] != "pobj":
                continue
            if word in prepositions or (depth and word == "of"):
                if text.ent[inner] in _PLACES:
                    return inner
            elif text.ent[inner] not in ("DATE", "TIME"):
                continue
            if depth < _DEPTH and text.ent[inner] in ("", "DATE", "TIME"):
                found = _under(text, inner, prepositions, depth + 1)
                if found is not None:
                    return found
    return None


# ------------------------------------------------------------------ from elsewhere


def share_places(
    events: Sequence[EventMention],
    article: ParsedArticle,
    found: Sequence[Place],
    same: Sequence[int | None],
    rules: EventRules,
    cast: Cast,
    parts: Sequence[Parts],
) -> list[Place]:
    """The place of each event, with that of the clause it goes with or of another telling where it has none."""
    out = list(found)
    clauses = {(e.field, e.clause): i for i, e in enumerate(events)}
    simultaneous = rules.words("simultaneous")
    known = _Named(article, cast, rules)
    for i, event in enumerate(events):
        if out[i].text is None:
            out[i] = known.taken_up(event)
    for _ in range(2):
        for i, event in enumerate(events):
            text = article.text(event.field)
            other = clauses.get((event.field, _goes_with(text, event.clause, simultaneous)))
            if other is None or other == i:
                continue
            for to, given in ((i, other), (other, i)):
                missing = out[to].text is None and out[given].text is not None
                if missing and rules.ontology.material(events[to].event_type):
                    out[to] = out[given]
    for i, first in enumerate(same):
        if first is not None and out[i].text is None:
            out[i] = out[first]
    return [
        known.with_country(place, actors, recipients) for place, (actors, recipients) in zip(out, parts, strict=True)
    ]


class _Named:
    """The places that an article names, for what names none or no country."""

    def __init__(self, article: ParsedArticle, cast: Cast, rules: EventRules) -> None:
        self.article = article
        self.cast = cast
        self.settlements = rules.words("settlement")
        self.definite = rules.words("definite")
        self.dateline = self._dateline()

    def _dateline(self) -> str | None:
        for text in self.article.texts:
            if text.field is not Field.BODY:
                continue
            for sentence in text.sentences:
                if sentence.kind is not BlockKind.DATELINE:
                    continue
                for token in range(sentence.first, sentence.last + 1):
                    item = self.cast.at(text.field, token)
                    if item is not None and item.actor.country:
                        return item.actor.country
        return None

    def taken_up(self, event: EventMention) -> Place:
        """The town that "the town" stands for, where an event goes there or happens in it: the one named last."""
        text = self.article.text(event.field)
        for child in text.children[event.clause]:
            nouns = [child] if text.dep[child] == "dobj" else text.children[child] if text.dep[child] == "prep" else []
            for noun in nouns:
                if text.lemma[noun].lower() not in self.settlements:
                    continue
                if not any(text.dep[c] == "det" and text.lower[c] in self.definite for c in text.children[noun]):
                    continue
                return self._last_before(text, noun)
        return Place()

    def _last_before(self, text: ParsedText, token: int) -> Place:
        number = text.sent[token]
        if number < 0:
            return Place()
        first = text.sentences[max(0, number - _BACK)].first
        for at in range(token - 1, first - 1, -1):
            if text.ent[at] != "GPE" or text.ent[at + 1] == "GPE":
                continue
            item = self.cast.at(text.field, at)
            if item is not None and item.actor.kind in _STATES:
                continue
            start = at
            while start > first and text.ent[start - 1] == "GPE":
                start -= 1
            return _place(text, start, at, at, self.cast)
        return Place()

    def with_country(
        self, place: Place, actors: Sequence[ResolvedMention], recipients: Sequence[ResolvedMention]
    ) -> Place:
        """A place without a country has the dateline's, unless all who take part are of others."""
        if place.text is None or place.country is not None or self.dateline is None:
            return place
        countries = {m.actor.country for m in (*actors, *recipients) if m.actor.country}
        return replace(place, country=self.dateline) if not countries or self.dateline in countries else place


def _goes_with(text: ParsedText, clause: int, simultaneous: frozenset[str]) -> int:
    """The clause in which another tells what happens in the same place; -1 if there is none."""
    dep, head = text.dep[clause], text.head[clause]
    if dep == "conj":
        return -1 if any(text.dep[c] in ("nsubj", "nsubjpass") for c in text.children[clause]) else head
    if dep == "advcl":
        marks = {text.lower[c] for c in text.children[clause] if text.dep[c] in ("mark", "advmod")}
        return head if marks & simultaneous or (not marks and text.tag[clause] in ("VBG", "VBN")) else -1
    if dep == "relcl" and text.tag[clause] == "VBG":
        at = head  # "fired at thousands of workers who were marching in Tema"
        for _ in range(2 * _DEPTH):
            if text.pos[at] == "VERB":
                return at
            at = text.head[at]
    return -1
