"""Rules of the dates room (``models/dates/``), compiled.

The words of a text are turned into *atoms* (a word, a number, a mark), and each atom
into one character: its *symbol*. A pattern over classes of words is then a regular
expression over symbols, where ``{month}`` is the set of the symbols of all words that
the lexicon puts into that class. So rules are read as data and still run at the speed
of the standard library's matcher.

Files, each an item list as ``pipeline.rules.source`` reads it:

* ``lexicon.tsv``: a word and its classes with their values (``monday``, ``weekday=1``);
* ``macros.yaml``: named pieces of patterns;
* ``holidays.tsv``, ``events.tsv``, ``zones.tsv``: tables of facts;
* every other ``*.yaml``: rules. ``kind`` tells what one does:

  * ``core`` (the default): a pattern and the meaning of what it matches;
  * ``veto``: a pattern that matches what only looks like a date;
  * ``before``, ``after``: what may stand around a core and modifies it;
  * ``join``: two neighbouring expressions that are one.

Pattern language: words and marks stand for themselves; ``{class}`` or ``{class:name}``
is a word of a class, or a macro, captured under a name; ``( | )`` groups, ``?`` makes
optional, ``+`` repeats.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from pipeline.records import Granularity, TimexType
from pipeline.rules.date_patterns import Compiler, Lexicon, Word
from pipeline.rules.source import Item, names, read

_KEYS = frozenset(
    (
        "kind",
        "pattern",
        "type",
        "meaning",
        "mod",
        "mods",
        "guards",
        "note",
        "source",
        "examples",
        "counterexamples",
        "anchor",
        "left",
        "right",
        "result",
        "range",
        "off",
    )
)
_KINDS = ("core", "veto", "before", "after", "join")
GUARDS = frozenset(
    (
        "capital",
        "not-name",
        "month",
        "year",
        "spoken-year",
        "two-digit",
        "short-year",
        "year-pair",
        "decade",
        "decade-year",
        "not-age",
        "quarter",
        "season",
        "weekday-abbr",
        "not-black",
        "holiday",
        "part",
        "adverb",
        "definite",
        "which-unit",
        "weekend",
        "clause-end",
        "comparison",
        "length",
        "bare-units",
        "descending",
        "fraction",
        "running",
        "by-night",
        "rate",
        "modifier",
        "not-compound",
        "of-a-verb",
        "placed",
        "some-day",
        "running-day",
        "noun",
        "soon",
        "future",
        "since",
        "after-it",
        "before-it",
        "timed",
        "long-event",
        "lasting",
        "week-after",
        "day-of-month",
        "trading",
        "numeric-date",
        "clock",
        "event",
        "not-possessive-era",
        "counted",
        "plain-noon",
        "adverbial",
        "ended",
        "not-title",
        "not-show",
        "leading-zero",
        "event-day",
    )
)


# The meanings that a rule can name, with the keys each takes (all are optional).
MEANINGS: Mapping[str, frozenset[str]] = {
    "date": frozenset(("year", "month", "day", "weekday", "which", "within")),
    "written": frozenset(("text", "order")),
    "period": frozenset(("unit", "number", "year", "which", "within")),
    "decade": frozenset(("first", "century")),
    "century": frozenset(("number",)),
    "weekday": frozenset(("number", "which", "within", "side")),
    "holiday": frozenset(("name", "year", "which", "within")),
    "shift": frozenset(("unit", "by", "base", "year")),
    "distance": frozenset(("count", "unit", "forward", "base", "of", "rest", "rest_unit", "keep", "like")),
    "nth": frozenset(("number", "unit", "weekday", "within")),
    "part": frozenset(("part", "day", "base")),
    "clock": frozenset(("hour", "minute", "half", "zone", "day")),
    "length": frozenset(("count", "unit", "rest", "rest_unit", "reach")),
    "repeat": frozenset(("unit", "count", "of")),
    "ref": frozenset(("value",)),
    "event": frozenset(("name", "years", "month", "day", "edge")),
}


@dataclass(frozen=True, slots=True)
class Example:
    """A rule's own example: ``text`` with the expression in ``[ ]``, and its value on a day.

    ``value`` None: the rule must not fire (a counterexample).
    """

    text: str
    value: str | None
    on: date | None


@dataclass(frozen=True, slots=True)
class DateRule:
    """One compiled rule. ``meaning`` is the tree as written, with ``$name`` for captures."""

    id: str
    kind: str
    pattern: re.Pattern[str]
    firsts: frozenset[str]
    timex_type: TimexType | None
    meaning: Mapping[str, Any]
    mod: str | None
    mods: Mapping[str, str]
    guards: tuple[str, ...]
    left: str
    right: str
    result: str
    range: bool
    examples: tuple[Example, ...]


@dataclass(frozen=True, slots=True)
class HolidayRow:
    """A holiday: fixed (month, day), nth weekday of a month, or days from Easter; then ``offset`` days on.

    ``every``: it is kept in years that this divides.
    """

    id: str
    label: str
    month: int
    day: int
    weekday: int
    nth: int
    easter: int | None
    span: int
    offset: int
    every: int = 1


@dataclass(frozen=True, slots=True)
class EventRow:
    """A public event with its first and last day and the value these give.

    ``month_day``: the day of the year by which alone it may be called; where several are,
    the one whose ``cue`` the text has is meant, else the first.
    """

    id: str
    value: str
    start: date
    end: date
    granularity: Granularity
    month_day: str
    cue: str = ""


@dataclass(frozen=True, slots=True)
class DateRules:
    """All that the dates room knows."""

    words: Mapping[str, Word]
    by_first: Mapping[str, tuple[DateRule, ...]]
    before: tuple[DateRule, ...]
    after: tuple[DateRule, ...]
    joins: tuple[DateRule, ...]
    content: frozenset[str]
    holidays: Mapping[str, HolidayRow]
    events: Mapping[str, EventRow]
    zones: Mapping[str, str]
    phrases: Mapping[str, str]
    cues: Mapping[str, frozenset[str]]
    rules: tuple[DateRule, ...]


def load_dates(stack: Sequence[Path]) -> DateRules:
    """All rules of the room. RuleError at the first thing that is wrong in a file."""
    lexicon = Lexicon()
    for item in read(stack, "dates/lexicon.tsv"):
        _add_word(lexicon, item)
    holidays, events, zones = _tables(stack, lexicon)
    compiler = Compiler(lexicon)
    phrases = {
        **compiler.add_phrases("holiday", read(stack, "dates/holidays.tsv")),
        **compiler.add_phrases("event", read(stack, "dates/events.tsv")),
    }
    for item in read(stack, "dates/macros.yaml"):
        compiler.add_macro(item)
    items = _rule_items(stack)
    rules = [_rule(item, compiler) for item in items]
    by_first: dict[str, list[DateRule]] = {}
    for rule in sorted(rules, key=lambda r: r.kind != "veto"):  # of equal matches a veto wins
        if rule.kind in ("core", "veto"):
            for symbol in rule.firsts:
                by_first.setdefault(symbol, []).append(rule)
    cues: dict[str, set[str]] = {}
    for item in read(stack, "dates/cues.tsv"):
        for cue in item.text("cues").split(";"):
            cues.setdefault(cue.strip(), set()).update(item.id.lower().split("|"))
    return DateRules(
        words=lexicon.words,
        by_first={symbol: tuple(found) for symbol, found in by_first.items()},
        before=tuple(r for r in rules if r.kind == "before"),
        after=tuple(r for r in rules if r.kind == "after"),
        joins=tuple(r for r in rules if r.kind == "join"),
        content=frozenset(lexicon.content),
        holidays=holidays,
        events=events,
        zones=zones,
        phrases=phrases,
        cues={name: frozenset(words) for name, words in cues.items()},
        rules=tuple(rules),
    )


_PLAIN_ZONES = ("gmt", "utc")  # the only ones that follow a bare "0735"
_NOT_RULES = ("dates/macros.yaml",)


def _rule_items(stack: Sequence[Path]) -> list[Item]:
    seen: dict[str, Item] = {}
    for name in names(stack, "dates"):
        if name in _NOT_RULES:
            continue
        for item in read(stack, name):
            if item.id in seen:
                raise item.error(f"this id is also at {seen[item.id].file}:{seen[item.id].line}")
            seen[item.id] = item
    return list(seen.values())


def _add_word(lexicon: Lexicon, item: Item) -> None:
    item.only(frozenset({"word", "classes", "note"}))
    classes: dict[str, str] = {}
    content = True
    for part in item.text("classes").split(";"):
        name, _, value = part.strip().partition("=")
        if name == "-":
            content = False  # a word too common to start a search at
        elif name:
            classes[name] = value
    if not classes:
        raise item.error("a word without a class")
    for form in item.id.lower().split("|"):
        lexicon.add(form, classes, content=content)


def _rule(item: Item, compiler: Compiler) -> DateRule:
    item.only(_KEYS)
    kind = item.text("kind", "core")
    if kind not in _KINDS:
        raise item.error(f"unknown kind {kind!r} (known: {', '.join(_KINDS)})")
    type_name = item.maybe("type")
    if type_name is not None and type_name not in TimexType.__members__:
        raise item.error(f"unknown type {type_name!r}")
    if kind == "core" and type_name is None:
        raise item.error("type is missing")
    meaning = item.data.get("meaning", {})
    if not isinstance(meaning, Mapping) or (kind == "core") != bool(meaning):
        raise item.error("a core rule needs a meaning, another has none")
    compiled = compiler.compile(item, may_be_empty=kind == "join")
    if meaning:
        _check_meaning(item, meaning, compiled.captures | {"all"})
    mods = item.data.get("mods", {})
    if not isinstance(mods, Mapping):
        raise item.error("mods must be a mapping from type to mod")
    guards = item.texts("guards")
    for guard in guards:
        if guard not in GUARDS:
            raise item.error(f"unknown guard {guard!r}")
    examples = _examples(item)
    if not examples or (kind != "veto" and not any(e.value for e in examples)):
        raise item.error("a rule without an example")
    return DateRule(
        id=item.id,
        kind=kind,
        pattern=compiled.pattern,
        firsts=compiled.firsts,
        timex_type=TimexType(type_name) if type_name else None,
        meaning=meaning,
        mod=item.maybe("mod"),
        mods={str(k): str(v) for k, v in mods.items()},
        guards=guards,
        left=item.text("left", ""),
        right=item.text("right", ""),
        result=item.text("result", ""),
        range=item.flag("range"),
        examples=examples,
    )


def _check_meaning(item: Item, node: Mapping[str, Any], captures: frozenset[str]) -> None:
    """RuleError at a meaning, key or capture that does not exist."""
    kind = str(node.get("is"))
    if kind not in MEANINGS:
        raise item.error(f"unknown meaning {kind!r} (known: {', '.join(MEANINGS)})")
    for key, value in node.items():
        if key != "is" and key not in MEANINGS[kind]:
            raise item.error(f"{kind} has no {key!r} (known: {', '.join(sorted(MEANINGS[kind]))})")
        if isinstance(value, Mapping):
            _check_meaning(item, value, captures)
        elif isinstance(value, str) and value.startswith("$") and value[1:] not in captures:
            raise item.error(f"no capture is called {value[1:]!r}")


def _examples(item: Item) -> tuple[Example, ...]:
    """``text => value`` or ``text => value @ 2024-03-01`` lines, and counterexamples without value."""
    default = item.maybe("anchor")
    out: list[Example] = []
    try:
        for line in item.texts("examples"):
            text, arrow, rest = line.partition("=>")
            value, _, stated = rest.partition("@")
            if not arrow or "[" not in text or "]" not in text:
                raise item.error(f"an example must read 'text with [expression] => value': {line!r}")
            on = stated.strip() or default
            out.append(Example(text.strip(), value.strip(), date.fromisoformat(on) if on else None))
        day = date.fromisoformat(default) if default else None
        out.extend(Example(line, None, day) for line in item.texts("counterexamples"))
    except ValueError as error:
        raise item.error(f"not a day: {error}") from error
    return tuple(out)


def _int(item: Item, key: str) -> int:
    text = item.text(key, "")
    try:
        return int(text) if text else 0
    except ValueError as error:
        raise item.error(f"{key} must be a whole number, not {text!r}") from error


def _tables(
    stack: Sequence[Path], lexicon: Lexicon
) -> tuple[dict[str, HolidayRow], dict[str, EventRow], dict[str, str]]:
    holidays: dict[str, HolidayRow] = {}
    for item in read(stack, "dates/holidays.tsv"):
        easter = item.text("easter", "")
        holidays[item.id] = HolidayRow(
            id=item.id,
            label=item.text("label"),
            month=_int(item, "month"),
            day=_int(item, "day"),
            weekday=_int(item, "weekday"),
            nth=_int(item, "nth"),
            easter=_int(item, "easter") if easter else None,
            span=_int(item, "span") or 1,
            offset=_int(item, "offset"),
            every=_int(item, "every") or 1,
        )
    events: dict[str, EventRow] = {}
    for item in read(stack, "dates/events.tsv"):
        try:
            start, end = date.fromisoformat(item.text("start")), date.fromisoformat(item.text("end"))
            unit, month_day = Granularity(item.text("granularity")), item.text("monthday", "")
            value, cue = item.text("value"), item.text("cue", "")
            events[item.id] = EventRow(item.id, value, start, end, unit, month_day, cue)
        except ValueError as error:
            raise item.error(str(error)) from error
    zones: dict[str, str] = {}
    for item in read(stack, "dates/zones.tsv"):
        zones[item.id.lower()] = item.text("offset")
        lexicon.add(item.id.lower(), {"zone": item.text("offset")}, content=item.id.lower() in _PLAIN_ZONES)
    return holidays, events, zones
