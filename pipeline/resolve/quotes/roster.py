"""The cast as the speakers of quotes are sought in it: by actor, by name, by place.

Built once an article, so that a question costs no walk through all mentions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import ActorKind, Field, MentionType, QuoteMention, QuoteType, ResolvedMention, SpeakerKind
from pipeline.rules.quotes import QuoteRules
from pipeline.spans import Span

if TYPE_CHECKING:
    from pipeline.resolve.actors import Cast

KINDS = {
    ActorKind.PERSON: SpeakerKind.PERSON,
    ActorKind.STATE: SpeakerKind.STATE,
    ActorKind.PLACE: SpeakerKind.STATE,  # a place that speaks is the state or town that stands for it
    ActorKind.GOVERNMENT: SpeakerKind.GOVERNMENT,
    ActorKind.ORGANISATION: SpeakerKind.ORGANISATION,
    ActorKind.ARMED_GROUP: SpeakerKind.ARMED_GROUP,
    ActorKind.GROUP: SpeakerKind.GROUP,
}
_SUBJECT = frozenset({"nsubj", "nsubjpass"})
_BODIES = frozenset({ActorKind.ORGANISATION, ActorKind.ARMED_GROUP})
_ISSUERS = frozenset({ActorKind.GOVERNMENT, ActorKind.ORGANISATION, ActorKind.STATE, ActorKind.PLACE})
_BESIDE = 10  # tokens of a title or apposition
_SORT = "same-people-"  # lists of nouns that the same people go by
_BACK = 40  # subjects looked back at
_NOMINAL = frozenset({"NOUN", "PROPN", "ADJ", "ADP", "DET"})


_Line = tuple[list[int], list[ResolvedMention]]  # where mentions start, and the mentions


class Roster:
    """The cast of one article, indexed. Mentions that the cast makes later are not in it."""

    def __init__(self, article: ParsedArticle, cast: Cast, quotes: Sequence[QuoteMention], rules: QuoteRules) -> None:
        self.article = article
        self.cast = cast
        self.rules = rules
        self._gender: dict[str, str] = {}
        self._places: dict[tuple[str, Field], _Line] = {}
        self._names: dict[str, list[ResolvedMention]] = {}
        self._called: dict[tuple[Field, str], ResolvedMention] = {}
        self._roles: dict[tuple[str, bool], frozenset[str]] = {}
        self._subjects: dict[Field, _Line] = {}
        self._people: dict[Field, _Line] = {}
        self._bodies: dict[Field, _Line] = {}
        self._groups: dict[Field, _Line] = {}
        self._direct: dict[Field, list[Span]] = {}
        self._sorts: dict[str, frozenset[str]] = {}
        for name in rules.lists:
            if name.startswith(_SORT):
                for noun in rules.lists[name]:
                    self._sorts[noun] = self._sorts.get(noun, frozenset()) | {name}
        for quote in quotes:
            if quote.quote_type in (QuoteType.DIRECT, QuoteType.TURN):
                self._direct.setdefault(quote.field, []).extend(quote.spans)
        for spans in self._direct.values():
            spans.sort()
        for item in cast.mentions:
            self._add(item)

    def _add(self, item: ResolvedMention) -> None:
        mention, actor = item.mention, item.actor
        if mention.mention_type is MentionType.PRONOUN:
            return  # what a pronoun means is what is being asked
        if mention.gender is not None and not mention.plural:
            self._gender.setdefault(actor.actor_id, mention.gender)
        if mention.mention_type is MentionType.NAME:
            self._names.setdefault(actor.actor_id, []).append(item)
            if actor.kind is ActorKind.PERSON:
                self._called.setdefault((mention.field, actor.name.casefold().split()[-1]), item)
        if self.quoted(mention.field, mention.span.start):
            return
        _append(self._places.setdefault((actor.actor_id, mention.field), ([], [])), item)
        if mention.mention_type is MentionType.NAME and (
            actor.kind in _BODIES or (actor.kind is ActorKind.PLACE and actor.country is None)
        ):
            _append(self._bodies.setdefault(mention.field, ([], [])), item)
        if mention.mention_type is MentionType.NOMINAL and actor.kind is ActorKind.GROUP:
            _append(self._groups.setdefault(mention.field, ([], [])), item)
        if actor.kind is ActorKind.PERSON:
            _append(self._people.setdefault(mention.field, ([], [])), item)
            if self._leads(item):
                _append(self._subjects.setdefault(mention.field, ([], [])), item)

    def _leads(self, item: ResolvedMention) -> bool:
        """Whether a mention is the subject of a main clause."""
        text, head = self.article.text(item.mention.field), item.mention.head
        sentence = text.sentences[max(text.sent[head], 0)]
        if text.dep[head] == "poss" and item.mention.first <= sentence.first + 1:
            head = text.head[head]  # "Marin's plan came with a warning"
        if text.dep[head] not in _SUBJECT:
            return False
        verb = text.head[head]
        joined = text.dep[verb] == "conj" and text.dep[text.head[verb]] in ("ROOT", "conj")
        return text.dep[verb] == "ROOT" or joined

    def quoted(self, field: Field, offset: int) -> bool:
        """Whether a place of the text is inside what somebody says word for word."""
        spans = self._direct.get(field, [])
        number = bisect_left(spans, Span(offset + 1, 0)) - 1
        return number >= 0 and offset in spans[number]

    def count(self, actor_id: str, field: Field) -> int:
        """How often the narrator names or describes an actor in a text."""
        return len(self._places.get((actor_id, field), ([], []))[0])

    def gender(self, actor_id: str) -> str | None:
        """What the names and descriptions of an actor tell of its gender."""
        return self._gender.get(actor_id)

    def learn(self, actor_id: str, gender: str) -> None:
        """Take the gender of a pronoun that was found to mean an actor of whom nothing else tells it."""
        self._gender.setdefault(actor_id, gender)

    def is_named(self, actor_id: str) -> bool:
        """Whether the article names the actor, and does not only describe it."""
        return actor_id in self._names

    def first_named(self, actor_id: str) -> ResolvedMention | None:
        """The first name of an actor in the article."""
        names = self._names.get(actor_id)
        return names[0] if names else None

    def told_of(self, actor_id: str, field: Field, until: int) -> bool:
        """Whether the narrator names or describes an actor before a place of the text."""
        starts, _ = self._places.get((actor_id, field), ([], []))
        return bool(starts) and starts[0] < until

    def first_described(self, actor_id: str, field: Field) -> ResolvedMention | None:
        """The first place where the narrator names or describes an actor in a text."""
        _, items = self._places.get((actor_id, field), ([], []))
        return items[0] if items else None

    def called(self, field: Field, name: str) -> ResolvedMention | None:
        """The first person of a text whose name ends as a printed one does."""
        words = name.casefold().split()
        return self._called.get((field, words[-1])) if words else None

    def mentions(self, actor_id: str, field: Field, since: int, until: int) -> Iterator[ResolvedMention]:
        """Where the narrator names or describes an actor between two places of the text, the last first."""
        return _between(self._places.get((actor_id, field)), since, until)

    def bodies(self, field: Field, since: int, until: int) -> Iterator[ResolvedMention]:
        """Organisations, and places that no gazetteer knows, named between two places of the text, the last first."""
        return _between(self._bodies.get(field), since, until)

    def body(self, text: ParsedText, token: int) -> ResolvedMention | None:
        """The government body or organisation told of last before a token whose name has the token's word."""
        word = text.lower[token]
        for item in reversed(self.cast.mentions):
            mention, actor = item.mention, item.actor
            if mention.field is not text.field or mention.last >= token or actor.kind not in _ISSUERS:
                continue
            if word in (text.lower[mention.head], text.lemma[mention.head]) and word in actor.name.lower().split():
                return item
        return None

    def groups(self, field: Field, since: int, until: int) -> Iterator[ResolvedMention]:
        """The groups described between two places of the text, the last first."""
        return _between(self._groups.get(field), since, until)

    def alike(self, one: str, other: str) -> bool:
        """Whether two nouns are called of the same people ("residents", "villagers"): lemmas in lower case."""
        return bool(self._sorts.get(one, frozenset()) & self._sorts.get(other, frozenset()))

    def came_in(self, field: Field, since: int, until: int) -> Iterator[ResolvedMention]:
        """The persons who are subjects of main clauses between two places of the text, the last first."""
        return _between(self._subjects.get(field), since, until)

    def people(self, field: Field, since: int, until: int) -> Iterator[ResolvedMention]:
        """The persons named or described between two places of the text, the last first."""
        return _between(self._people.get(field), since, until)

    def roles(self, actor_id: str, *, whole: bool = False) -> frozenset[str]:
        """The nouns beside an actor's names: of "Minister of Trade Ada Blok, a former envoy" all of them.

        ``whole``: those of the sentence that names the actor first.
        """
        found = self._roles.get((actor_id, whole))
        if found is None:
            names = self._names.get(actor_id, [])
            if whole:
                found = frozenset(self._sentence(names[0])) if names else frozenset()
            else:
                found = frozenset(role for item in names for role in self._beside(item))
            self._roles[actor_id, whole] = found
        return found

    def _sentence(self, item: ResolvedMention) -> Iterator[str]:
        text = self.article.text(item.mention.field)
        sentence = text.sentences[max(text.sent[item.mention.head], 0)]
        return (text.lemma[i].lower() for i in range(sentence.first, sentence.last + 1) if text.pos[i] == "NOUN")

    def _beside(self, item: ResolvedMention) -> Iterator[str]:
        mention = item.mention
        text: ParsedText = self.article.text(mention.field)
        apposed = [c for c in text.children[mention.head] if text.dep[c] == "appos"]
        if text.dep[mention.head] == "appos":
            apposed.append(text.head[mention.head])
        yield from (text.lemma[i].lower() for i in apposed if text.pos[i] == "NOUN")
        first, last = mention.name or (mention.first, mention.last)
        after = last + 2 if text.word[last + 1 : last + 2] == [","] else len(text)
        for places in (range(first - 1, -1, -1), range(after, len(text))):
            for count, i in enumerate(places):
                if count > _BESIDE or text.pos[i] not in _NOMINAL:
                    break
                if text.pos[i] in ("NOUN", "PROPN"):
                    yield text.lemma[i].lower()


def _append(line: _Line, item: ResolvedMention) -> None:
    starts, items = line
    if not starts or starts[-1] <= item.mention.span.start:
        starts.append(item.mention.span.start)
        items.append(item)


def _between(line: _Line | None, since: int, until: int) -> Iterator[ResolvedMention]:
    starts, items = line or ([], [])
    low, high = bisect_left(starts, since), bisect_left(starts, until)
    for number in range(high - 1, max(low, high - _BACK) - 1, -1):
        yield items[number]
