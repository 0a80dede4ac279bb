"""Every rule's own examples and counterexamples, of all rooms, run one by one.

The tests run these cases for our rules, ``dateline rules check --examples`` for
anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.annotate import Annotator
from pipeline.extract.actors import find_mentions
from pipeline.extract.dates import find_dates
from pipeline.extract.events.examples import failures, misfires, untyped_failures
from pipeline.extract.events.topics import Topics
from pipeline.extract.quotes import find_quotes
from pipeline.layout import read_layout
from pipeline.meter import Meter
from pipeline.parsed import ParsedArticle
from pipeline.process import resolve
from pipeline.records import Article, Field, Mention, MentionType, ResolvedEvent
from pipeline.resolve.dates import resolve_dates
from pipeline.resolve.events.contexts import Contexts
from pipeline.rules import dates, events
from pipeline.rules.actors import ActorExample
from pipeline.rules.aims import Aim, Maker
from pipeline.rules.layout import Evidence, LineRule, Part
from pipeline.rules.load import Rules
from pipeline.rules.sentences import Example
from pipeline.spans import Span

Parse = Callable[[str], ParsedArticle]
Sample = TypeVar("Sample")
_BATCH = 64
_QUOTE_MARKUP = re.compile(r"[\[\]{}<>]")
_MARKUP = re.compile(r"[\[\]*]")
_BRACKETS = re.compile(r"\[(.+?)\]")
_UNMARKED = "marks nothing with brackets"


@dataclass(frozen=True, slots=True)
class Case:
    """One example of one rule, as the rule has it (``text``) and as an article would (``plain``).

    ``fails`` says what came out instead; empty if the example holds. It asks for the
    parse of ``plain``, or for none if that is None.
    """

    rule: str
    text: str
    plain: str | None
    fails: Callable[[Parse], str]


def cases(rules: Rules) -> Iterator[Case]:
    """All examples of all rooms, in the order of the rules. One without a word fails."""
    for room in (_layout, _ner, _dates, _actors, _quotes, _events, _subjects, _targets):
        for case in room(rules):
            yield case if case.plain is None or case.plain.strip() else _empty(case)


def parser(annotator: Annotator, rules: Rules) -> Parse:
    """The parses of all examples, each the body of an article without a date. They are made here, in one go."""
    work = []
    for text in sorted({case.plain for case in cases(rules) if case.plain is not None}):
        article = Article(doc_id=text, source="example", text=text)
        work.append((article, [(Field.BODY, text, read_layout(text, rules.layout))]))
    return {parsed.article.text: parsed for parsed in annotator.annotate(work, _BATCH)}.__getitem__


def _empty(case: Case) -> Case:
    return Case(case.rule, case.text, None, lambda _: "has no words")


def _layout(rules: Rules) -> Iterator[Case]:
    def check(meets: Callable[[str], object], text: str, wanted: bool) -> Callable[[Parse], str]:
        return lambda parse: "" if bool(meets(text)) is wanted else _either(wanted)

    layout = rules.layout
    ways: list[tuple[LineRule | Evidence | Part, Callable[[str], object]]] = [
        *((rule, rule.meets) for rule in layout.lines),
        *((sign, sign.pattern.search) for sign in layout.evidence),
        *((part, part.pattern.fullmatch) for part in layout.parts),
    ]
    for rule, meets in ways:
        for text, wanted in _both(rule.examples, rule.counterexamples):
            yield Case(rule.rule_id, text, None, check(meets, text, wanted))

    def opens(label: str) -> Callable[[str], object]:
        return lambda text: text.partition(":")[0].casefold() == label and ":" in text

    for label, text in layout.label_examples:
        yield Case(label, text, None, check(opens(label), text, True))


def _ner(rules: Rules) -> Iterator[Case]:
    """Names mark their examples with ``[ ]``: there, and in no counterexample, is an entity of the rule."""

    def check(rule: str, text: str, wanted: bool) -> Callable[[Parse], str]:
        def fails(parse: Parse) -> str:
            marked = _BRACKETS.search(text)
            if wanted and not marked:
                return _UNMARKED
            named = parse(_MARKUP.sub("", text)).text(Field.BODY).doc.ents
            found = [entity.text for entity in named if entity.ent_id_ == rule]
            if wanted:
                right = marked is not None and marked[1] in found
                return "" if right else f"found {[(entity.text, entity.label_) for entity in named]}"
            return f"found {found}" if found else ""

        return fails

    shown = {pattern.rule_id: pattern for pattern in rules.ner if pattern.examples}
    for rule, pattern in shown.items():
        for text, wanted in _both(pattern.examples, pattern.counterexamples):
            yield Case(rule, text, _MARKUP.sub("", text), check(rule, text, wanted))


def _dates(rules: Rules) -> Iterator[Case]:
    def check(rule: dates.DateRule, example: dates.Example, text: str) -> Callable[[Parse], str]:
        def fails(parse: Parse) -> str:
            article = parse(text)
            mentions = [m for field in article.texts for m in find_dates(field, rules.dates)]
            found = resolve_dates(article, mentions, [], example.on, rules.dates)
            if example.value is None:
                wrong = [d for d in found if rule.kind == "veto" or d.rule == rule.id]
                return f"read {wrong[0].value}" if wrong else ""
            marked = example.text[example.text.index("[") + 1 : example.text.index("]")]
            values = {d.mention.span.of(text): (d.value, d.rule) for d in found}
            got = values.get(marked)
            if rule.kind in ("before", "after"):  # these modify what another rule has found
                mods = {d.mention.span.of(text): d.mod for d in found if d.mod == rule.mods.get(d.timex_type.value)}
                right = got is not None and got[0] == example.value and marked in mods
            else:
                right = got == (example.value, rule.id)
            return "" if right else f"wanted {example.value}, got {got or values}"

        return fails

    for rule in rules.dates.rules:
        for example in rule.examples:
            plain = example.text.replace("[", "").replace("]", "")
            yield Case(rule.id, example.text, plain, check(rule, example, plain))


def _actors(rules: Rules) -> Iterator[Case]:
    """Actors mark their examples with ``[ ]``: what an agent or pronoun is, what a modifier or title stands with."""
    sectors = {modifier.rule: modifier.sectors for modifier in rules.actors.modifiers.values()}

    def right(example: ActorExample, marked: str, found: Sequence[tuple[str, Mention]]) -> bool:
        at = [(words, m) for words, m in found if marked in words]
        if example.kind == "modifier":
            return any(set(sectors.get(example.rule, ())) <= set(m.sectors) for _, m in at)
        if example.kind == "title":
            return any(m.mention_type is MentionType.NAME for _, m in at)
        return any(words == marked and m.rule == example.rule for words, m in at)

    def check(example: ActorExample) -> Callable[[Parse], str]:
        def fails(parse: Parse) -> str:
            text = parse(_MARKUP.sub("", example.text)).text(Field.BODY)
            found = [(m.span.of(text.text), m) for m in find_mentions(text, rules.actors)]
            if not example.wanted:
                wrong = [words for words, m in found if m.rule == example.rule]
                return f"found {wrong}" if wrong else ""
            marked = _BRACKETS.search(example.text)
            if not marked:
                return _UNMARKED
            if right(example, marked[1], found):
                return ""
            return f"found {[(words, m.rule, m.mention_type.value, m.sectors) for words, m in found]}"

        return fails

    for example in rules.actors.examples:
        yield Case(example.rule, example.text, _MARKUP.sub("", example.text), check(example))


def _quotes(rules: Rules) -> Iterator[Case]:
    """Quotes mark their examples: ``[speaker] <cue> {content}``."""

    def finds(rule: str, example: str, plain: str) -> Callable[[Parse], str]:
        def fails(parse: Parse) -> str:
            text = parse(plain).text(Field.BODY)
            quotes = [q for q in find_quotes(text, rules.quotes) if q.rule.startswith(rule)]
            if not quotes:
                return "found 0 quotes"
            parts: list[tuple[str, str, list[Span]]] = [
                ("{", "}", [span for quote in quotes for span in quote.spans]),
                ("<", ">", [quote.cue for quote in quotes if quote.cue]),
                ("[", "]", [quote.speaker for quote in quotes if quote.speaker]),
            ]
            for opening, closing, spans in parts:
                got = [_bare(span.of(text.text)) for span in spans]
                if got != _marked(example, opening, closing):
                    return f"{opening}{closing} is {got}"
            return ""

        return fails

    def leaves(example: str) -> Callable[[Parse], str]:
        def fails(parse: Parse) -> str:
            found = find_quotes(parse(example).text(Field.BODY), rules.quotes)
            return f"found a quote by {found[0].rule}" if found else ""

        return fails

    for rule, example in rules.quotes.examples:
        plain = _QUOTE_MARKUP.sub("", example)
        yield Case(rule, example, plain, finds(rule, example, plain))
    for rule, example in rules.quotes.counterexamples:
        yield Case(rule, example, example, leaves(example))


def _events(rules: Rules) -> Iterator[Case]:
    def check(rule: events.TriggerRule, example: Example, wanted: bool) -> Callable[[Parse], str]:
        test = failures if wanted else misfires
        return lambda parse: "; ".join(test(parse(example.text).text(Field.BODY), rules.events, rule, example))

    for rule in rules.events.rules:
        for example, wanted in _both(rule.examples, rule.counterexamples):
            yield Case(rule.id, example.text, example.text, check(rule, example, wanted))

    def untyped(example: Example, wanted: bool) -> Callable[[Parse], str]:
        return lambda parse: "; ".join(
            untyped_failures(parse(example.text).text(Field.BODY), rules.events, example, wanted=wanted)
        )

    others = rules.events.untyped
    if others is not None:
        for (identity, example), wanted in _both(others.examples, others.counterexamples):
            yield Case(identity, example.text, example.text, untyped(example, wanted))


def _subjects(rules: Rules) -> Iterator[Case]:
    """Passages that a topic, or a context of the ontology, is read from."""

    def topic(name: str, text: str) -> Callable[[Parse], str]:
        return lambda parse: (
            "" if Topics(parse(text).text(Field.BODY), rules.events).at(name, 0) else "is not about this topic"
        )

    def context(name: str, text: str) -> Callable[[Parse], str]:
        def fails(parse: Parse) -> str:
            found = Contexts(parse(text), rules.events).at(Field.BODY, 0)
            return "" if name in found else f"has the contexts {list(found)}"

        return fails

    for known in rules.events.topics:
        for text in known.examples:
            yield Case(known.id, text, text, topic(known.id, text))
    for about in rules.events.ontology.contexts.values():
        for text in about.examples:
            yield Case(about.name, text, text, context(about.name, text))


def _targets(rules: Rules) -> Iterator[Case]:
    """Aims and makers mark their examples: ``*trigger* … [target]``. In a counterexample the act has no target."""
    ontology = rules.events.ontology
    aims: dict[str, tuple[Aim, set[str]]] = {}
    for kind, aim in ontology.aims.items():
        aims.setdefault(aim.id, (aim, set()))[1].add(kind)
    shown: list[tuple[Aim | Maker, frozenset[str], tuple[str, ...], tuple[str, ...]]] = [
        *((aim, frozenset(kinds), aim.examples, aim.counterexamples) for aim, kinds in aims.values()),
        *((maker, maker.types, maker.examples, ()) for maker in ontology.makers),
    ]

    def check(kinds: frozenset[str], text: str, wanted: bool) -> Callable[[Parse], str]:
        def fails(parse: Parse) -> str:
            trigger, target = _place(text, "*", "*"), _place(text, "[", "]")
            if trigger is None or (wanted and target is None):
                return "marks no trigger with asterisks, or no target with brackets"
            found = _event_at(parse(_MARKUP.sub("", text)), trigger, rules)
            if found is None or found.mention.event_type not in kinds:
                return f"wanted {' or '.join(sorted(kinds))}, got {found.mention.event_type if found else 'no event'}"
            spans = [m.mention.span for m in found.recipients]
            right = any(target and span.overlaps(target) for span in spans) if wanted else not spans
            return "" if right else f"is aimed at {[span.of(_MARKUP.sub('', text)) for span in spans]}"

        return fails

    for rule, kinds, examples, against in shown:
        for text, wanted in _both(examples, against):
            yield Case(rule.id, text, _MARKUP.sub("", text), check(kinds, text, wanted))


def _event_at(article: ParsedArticle, trigger: tuple[int, int], rules: Rules) -> ResolvedEvent | None:
    found = resolve(article, rules, Meter()).events
    return next((e for e in found if (e.mention.span.start, e.mention.span.end) == trigger), None)


def _place(text: str, opening: str, closing: str) -> tuple[int, int] | None:
    """Where the first marked words stand in the text without any marks; None if there are none."""
    found = re.search(f"{re.escape(opening)}(.+?){re.escape(closing)}", text)
    if found is None:
        return None
    start = len(_MARKUP.sub("", text[: found.start()]))
    return start, start + len(_MARKUP.sub("", found[1]))


def _both(examples: Sequence[Sample], counterexamples: Sequence[Sample]) -> list[tuple[Sample, bool]]:
    """Each with whether the rule is to match it."""
    return [(e, True) for e in examples] + [(e, False) for e in counterexamples]


def _either(wanted: bool) -> str:
    return "does not match" if wanted else "matches"


def _bare(text: str) -> str:
    """Words alone: marks and points at the edges of quotes are the house's own matter."""
    return re.sub(r"[\s.,?!“”]+", " ", text).strip()


def _marked(example: str, opening: str, closing: str) -> list[str]:
    found = re.findall(f"{re.escape(opening)}(.*?){re.escape(closing)}", example)
    return [_bare(_QUOTE_MARKUP.sub("", part)) for part in found]
