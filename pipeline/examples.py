"""Every rule's own examples and counterexamples, run one by one.

The tests run these cases for our rules, ``dateline rules check --examples`` for
anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pipeline.annotate import Annotator
from pipeline.extract.dates import find_dates
from pipeline.extract.events.examples import failures, misfires, untyped_failures
from pipeline.extract.quotes import find_quotes
from pipeline.layout import read_layout
from pipeline.parsed import ParsedArticle
from pipeline.records import Article, Field
from pipeline.resolve.dates import resolve_dates
from pipeline.rules import dates, events
from pipeline.rules.layout import Evidence, LineRule, Part
from pipeline.rules.load import Rules
from pipeline.rules.sentences import Example
from pipeline.spans import Span

Parse = Callable[[str], ParsedArticle]
Sample = TypeVar("Sample")
_BATCH = 64
_QUOTE_MARKUP = re.compile(r"[\[\]{}<>]")


@dataclass(frozen=True, slots=True)
class Case:
    """One example of one rule, as the rule has it (``text``) and as an article would (``plain``).

    ``fails`` says what came out instead; empty if the example holds. It asks for the
    parse of ``plain``, or for none.
    """

    rule: str
    text: str
    plain: str
    fails: Callable[[Parse], str]


def cases(rules: Rules) -> Iterator[Case]:
    """All examples of all rooms, in the order of the rules."""
    yield from _layout(rules)
    yield from _dates(rules)
    yield from _quotes(rules)
    yield from _events(rules)


def parser(annotator: Annotator, rules: Rules) -> Parse:
    """The parses of all examples, each the body of an article without a date. They are made here, in one go."""
    work = []
    for text in sorted({case.plain for case in cases(rules) if case.plain}):
        article = Article(doc_id=text, source="example", text=text)
        work.append((article, [(Field.BODY, text, read_layout(text, rules.layout))]))
    return {parsed.article.text: parsed for parsed in annotator.annotate(work, _BATCH)}.__getitem__


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
            yield Case(rule.rule_id, text, "", check(meets, text, wanted))


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
