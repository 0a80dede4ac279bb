"""Who answers in an interview that is printed without names before the answers.

The introduction says it, in one of many ways: somebody spoke with a paper, was asked, is
described by what they do, is quoted. None is certain, and whom the questions are about
stands there too, so each sign has a weight (``interview-…`` in ``quotes/numbers.yaml``)
and the person with most wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import (
    ActorKind,
    BlockKind,
    Field,
    MentionType,
    QuoteMention,
    ResolvedMention,
    ResolvedQuote,
    SpeakerKind,
    SpeakerMethod,
)
from pipeline.resolve.quotes.phrases import Speaker
from pipeline.resolve.quotes.roster import Roster
from pipeline.rules.quotes import QuoteRules

_SUBJECT = frozenset({"nsubj", "nsubjpass"})
_MOST = 3  # subjects and quotes of one person that count


class Answers:
    """The speakers of an article's answers; who has no name before them is found once a text."""

    def __init__(self, roster: Roster) -> None:
        self.roster = roster
        self.unnamed: dict[Field, Speaker] = {}

    def speaker(self, text: ParsedText, quote: QuoteMention, before: Sequence[ResolvedQuote]) -> Speaker:
        """Who answers: the name before the answer, else the one person interviewed."""
        label = quote.speaker_label
        if label:
            item = self.roster.called(text.field, label)
            name = item.actor.name if item is not None else label
            return Speaker(item, name, SpeakerKind.PERSON, SpeakerMethod.TURN)
        if text.field not in self.unnamed:
            self.unnamed[text.field] = self._interviewed(text, before)
        return self.unnamed[text.field]

    def _interviewed(self, text: ParsedText, before: Sequence[ResolvedQuote]) -> Speaker:
        best = interviewee(text, before, self.roster)
        if best is not None:
            return Speaker(best, best.actor.name, SpeakerKind.PERSON, SpeakerMethod.TURN)
        named = introduced(text)
        return Speaker(None, named, SpeakerKind.PERSON, SpeakerMethod.TURN) if named else Speaker()


def interviewee(text: ParsedText, before: Sequence[ResolvedQuote], roster: Roster) -> ResolvedMention | None:
    """The person whose answers the turns of ``text`` are; None if the page names nobody.

    ``before`` are the article's other quotes, whose speakers the introduction lets speak.
    """
    article, cast, rules = roster.article, roster.cast, roster.rules
    start = min((b.span.start for b in text.blocks if b.turn or b.kind is BlockKind.QUESTION), default=0)
    people = [
        item
        for item in cast.mentions
        if _may_answer(item)
        and (item.mention.field is Field.TITLE or (item.mention.field is text.field and item.mention.span.end <= start))
    ]
    points: Counter[str] = Counter()
    for (actor, sign), number in _signs(article, text, start, people, before, rules).items():
        points[actor] += round(100 * rules.numbers[f"interview-{sign}"] * min(number, _MOST))
    names = [item for item in people if item.mention.mention_type is MentionType.NAME] or people
    best = max(names, key=lambda item: points[item.actor.actor_id], default=None)
    return best if best is not None and points[best.actor.actor_id] > 0 else None


def introduced(text: ParsedText) -> str | None:
    """The name that the lines after the interview begin with: "Ada Blok is a professor of …"."""
    last = max((b.span.end for b in text.blocks if b.turn), default=len(text.text))
    for entity in text.entities:
        if text.start[entity.first] < last or entity.label != "PERSON" or entity.last == entity.first:
            continue
        block = text.blocks[text.block_at(text.start[entity.first])]
        leads = block.span.start == text.start[entity.first]
        if leads and text.lemma[entity.last + 1 : entity.last + 2] == ["be"]:
            return text.span(entity.first, entity.last).of(text.text)
    return None


def _signs(
    article: ParsedArticle,
    text: ParsedText,
    start: int,
    people: Sequence[ResolvedMention],
    before: Sequence[ResolvedQuote],
    rules: QuoteRules,
) -> Counter[tuple[str, str]]:
    """How often each sign speaks for or against each person."""
    out: Counter[tuple[str, str]] = Counter()
    for item in people:
        place = article.text(item.mention.field)
        for sign in _roles(place, item, rules):
            out[item.actor.actor_id, sign] += 1
    for quote in before:
        if quote.speaker is not None and quote.mention.field is text.field and quote.mention.spans[0].start < start:
            out[quote.speaker.actor.actor_id, "quoted"] += 1
    questions = [b.span.of(text.text) for b in text.blocks if b.kind is BlockKind.QUESTION]
    after = [b.span.of(text.text) for b in text.blocks if b.span.start > start and not b.turn]
    for actor, name in {(item.actor.actor_id, item.actor.name) for item in people}:
        surname = name.split()[-1]
        for question in questions:
            if surname in question:
                out[actor, "addressed" if _called(question, surname) else "discussed"] += 1
        if any(line.startswith(f"{name} ") for line in after):
            out[actor, "bio"] += 1
    return out


def _may_answer(item: ResolvedMention) -> bool:
    """A person, or what the tagger took for a place that no gazetteer knows."""
    kind = item.actor.kind
    return kind is ActorKind.PERSON or (kind is ActorKind.PLACE and item.actor.country is None)


def _roles(text: ParsedText, item: ResolvedMention, rules: QuoteRules) -> Iterator[str]:
    """What one mention in the introduction does."""
    head = item.mention.head
    if _is(text, head, rules.lists["journalists"]):
        yield "journalist"
    elif asked(text, head, rules):
        yield "asked"
    verb = text.head[head]
    if text.dep[head] in _SUBJECT:
        yield "subject"
        if text.lemma[verb] == "be" and any(text.dep[c] == "attr" for c in text.children[verb]):
            yield "described"
    if item.mention.mention_type is MentionType.NAME:
        if item.mention.first > 0 and text.lower[item.mention.first - 1] == "by":
            yield "byline"
        if any(text.dep[c] in ("appos", "relcl") and c > head for c in text.children[head]):
            yield "described"
        if text.kind_at(head) is BlockKind.HEADLINE:
            yield "headline"


def asked(text: ParsedText, head: int, rules: QuoteRules) -> bool:
    """Whether somebody is the object of "spoke with", "interviewed", "asked", or speaks with a paper."""
    at, verbs = text.head[head], rules.lists["interview-verbs"]
    if text.dep[head] == "nsubj":
        if text.lemma[at] in rules.lists["answer-verbs"]:
            return True
        return text.lemma[at] in verbs and any(
            text.lower[c] in ("with", "to") and text.dep[c] == "prep" for c in text.children[at]
        )
    if text.dep[head] == "pobj" and text.lower[at] in ("with", "to"):
        at = text.head[at]
    elif text.dep[head] not in ("dobj", "nsubjpass"):
        return False
    return text.lemma[at] in verbs


def _is(text: ParsedText, head: int, kinds: frozenset[str]) -> bool:
    """Whether a name comes with one of these descriptions, before it or in apposition."""
    near = [c for c in text.children[head] if text.dep[c] in ("compound", "amod", "nmod", "appos")]
    if text.dep[head] == "appos":
        near.append(text.head[head])
    return any(text.lemma[c].lower() in kinds for c in near)


def _called(question: str, surname: str) -> bool:
    """Whether a question calls somebody by name: "Dr Blok, what …?", "… do you think, Ada Blok?"."""
    at = question.index(surname) + len(surname)
    return (question[at : at + 1] == "," and at < 40) or (
        question[at:].strip() == "?" and "," in question[max(0, at - 40) : at]
    )
