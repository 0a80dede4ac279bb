"""Layout rules (``models/layout/``): what lines of a page look like, and labels of speakers.

A rule has a ``kind``: a block kind; ``part``, a piece of pattern that others use as
``<<id>>``; ``interview``, evidence that questions and answers are an interview; or
``lead``, evidence that a first line is no headline. How its ``pattern`` meets the line, ``match``, is one of

* ``line`` (the default): the whole line; ``start``: its beginning; ``end``: its end (140 characters);
* ``prefix``: its beginning, which becomes a block of its own;
* ``search``, ``question``, ``answer``: anywhere in the text, the questions, the answers
  (``interview``, ``lead``).

``at`` keeps a rule to the lines above the first (``top``; ``head`` without the very first
line) or below the last long paragraph (``bottom``), ``max_chars`` to shorter lines;
``case`` makes capitals count; ``rest`` says what follows a line of furniture: ``all``
below it, or the ``links`` after it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.records import BlockKind
from pipeline.rules.source import Item, read, read_folder

_KEYS = frozenset(
    ("kind", "match", "pattern", "case", "at", "max_chars", "rest", "note", "source", "examples", "counterexamples")
)
_COLUMNS = frozenset(("label", "part", "example", "note"))
_KINDS = frozenset(str(kind) for kind in BlockKind) - {str(BlockKind.BODY)}
_MATCHES = frozenset(("line", "start", "end", "prefix"))
_EVIDENCE = frozenset(("search", "question", "answer"))
_PLACES = frozenset(("any", "top", "head", "bottom"))
_RESTS = frozenset(("", "all", "links"))
_PARTS = frozenset(("question", "answer", "none"))
_USE = re.compile(r"<<([a-z-]+)>>")
DEFAULT_LENGTH = 300
_TAIL = 140


def tail(line: str) -> int:
    """Where rules on a line's end start to look."""
    return max(0, len(line) - _TAIL)


@dataclass(frozen=True, slots=True)
class LineRule:
    """One rule on lines; ``pattern`` already means what ``match`` says, at the line's start or in it."""

    rule_id: str
    kind: BlockKind
    match: str
    at: str
    max_chars: int
    rest: str
    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]

    def meets(self, line: str) -> re.Match[str] | None:
        """The match on a line, wherever the line stands."""
        if len(line) > self.max_chars:
            return None
        return self.pattern.search(line, tail(line)) if self.match == "end" else self.pattern.match(line)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A pattern that speaks for an interview if it is found in ``where`` (search: the text around the
    questions; question; answer), or against a headline (lead).
    """

    rule_id: str
    where: str
    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece that other patterns use, with all that it uses itself; only its examples are held against it alone."""

    rule_id: str
    pattern: re.Pattern[str]
    examples: tuple[str, ...]
    counterexamples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LayoutRules:
    """All that ``read_layout`` knows. ``labels``: what a label before a colon, in lower case, stands for.

    ``groups`` holds, for each way of matching, place and length, one pattern of all rules that
    may apply, each in a group of its own: one look instead of fifty. ``label_examples``
    are lines with the labels that open them.
    """

    lines: tuple[LineRule, ...]
    evidence: tuple[Evidence, ...]
    parts: tuple[Part, ...]
    labels: Mapping[str, str]
    groups: tuple[Group, ...] = field(default=())
    label_examples: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """Rules of one length limit, place and way of matching, compiled together in the order of the rules."""

    max_chars: int
    at: str
    anywhere: bool
    pattern: re.Pattern[str]
    rules: tuple[int, ...]


def load_layout(stack: Sequence[Path]) -> LayoutRules:
    """Read the rules. RuleError at an unknown key, kind or part, a broken or empty pattern, no example."""
    items = read_folder(stack, "layout")
    for item in items:
        item.only(_KEYS)
    parts: dict[str, tuple[Item, str]] = {}
    for item in items:
        if item.text("kind") == "part":
            parts[item.id] = (item, _flagged(item))
    lines: list[LineRule] = []
    evidence: list[Evidence] = []
    pieces: list[Part] = []
    for item in items:
        examples, against = item.texts("examples"), item.texts("counterexamples")
        if not examples:
            raise item.error("needs an example")
        kind = item.text("kind")
        source = _expand(item, _flagged(item), parts, ())
        if kind == "part":
            pieces.append(Part(item.id, _compile(item, source), examples, against))
        elif kind in ("interview", "lead"):
            where = item.text("match")
            if where not in _EVIDENCE:
                raise item.error(f"match must be one of {', '.join(sorted(_EVIDENCE))}")
            where = where if kind == "interview" else kind
            evidence.append(Evidence(item.id, where, _compile(item, source), examples, against))
        else:
            lines.append(_line_rule(item, kind, source, examples, against))
    labels = _labels(stack)
    shown = tuple((label, example) for label, (_, example) in labels.items() if example)
    known = {label: part for label, (part, _) in labels.items()}
    return LayoutRules(tuple(lines), tuple(evidence), tuple(pieces), known, _grouped(lines), shown)


def _line_rule(item: Item, kind: str, source: str, examples: tuple[str, ...], against: tuple[str, ...]) -> LineRule:
    if kind not in _KINDS:
        raise item.error(f"unknown kind {kind!r} (known: interview, lead, part, {', '.join(sorted(_KINDS))})")
    match, at, rest = item.text("match", "line"), item.text("at", "any"), item.text("rest", "")
    for value, known, name in ((match, _MATCHES, "match"), (at, _PLACES, "at"), (rest, _RESTS, "rest")):
        if value not in known:
            raise item.error(f"{name} must be one of {', '.join(sorted(known - {''}))}")
    limit = int(item.number("max_chars", DEFAULT_LENGTH))
    whole = {"line": rf"(?:{source})\s*\Z", "end": rf"(?:{source})\s*\Z"}.get(match, source)
    return LineRule(item.id, BlockKind(kind), match, at, limit, rest, _compile(item, whole), examples, against)


def _flagged(item: Item) -> str:
    pattern = item.text("pattern")
    if not pattern:
        raise item.error("pattern is empty")
    return f"(?:{pattern})" if item.flag("case") else f"(?i:{pattern})"


def _expand(item: Item, source: str, parts: Mapping[str, tuple[Item, str]], inside: tuple[str, ...]) -> str:
    def put(found: re.Match[str]) -> str:
        name = found[1]
        if name not in parts:
            raise item.error(f"uses <<{name}>>, but no part has this id")
        if name in inside:
            raise item.error(f"<<{name}>> uses itself")
        text = _expand(item, parts[name][1], parts, (*inside, name))
        # a part in which capitals count keeps that inside a rule in which they do not
        return f"(?-i:{text})" if parts[name][0].flag("case") else text

    return _USE.sub(put, source)


def _compile(item: Item, source: str) -> re.Pattern[str]:
    try:
        pattern = re.compile(source)
    except re.error as error:
        raise item.error(f"broken pattern: {error}") from error
    if pattern.groups:
        raise item.error("groups must be (?:…): several rules are compiled into one")
    if pattern.search("") is not None:
        raise item.error("the pattern matches the empty text")
    return pattern


def _grouped(lines: Sequence[LineRule]) -> tuple[Group, ...]:
    keys = [(rule.max_chars, rule.at, rule.match == "end") for rule in lines]
    out: list[Group] = []
    for limit, at, anywhere in sorted(set(keys), reverse=True):
        chosen = [i for i, key in enumerate(keys) if key == (limit, at, anywhere)]
        source = "|".join(f"({lines[i].pattern.pattern})" for i in chosen)
        out.append(Group(limit, at, anywhere, re.compile(source), tuple(chosen)))
    return tuple(out)


def _labels(stack: Sequence[Path]) -> dict[str, tuple[str, str]]:
    """What each label stands for, and the example, if its line has one."""
    out: dict[str, tuple[str, str]] = {}
    for item in read(stack, "layout/labels.tsv"):
        item.only(_COLUMNS)
        part = item.text("part")
        if part not in _PARTS:
            raise item.error(f"part must be one of {', '.join(sorted(_PARTS))}")
        if item.id != item.id.casefold():
            raise item.error("the label must be in lower case")
        out[item.id] = part, item.text("example", "")
    return out
