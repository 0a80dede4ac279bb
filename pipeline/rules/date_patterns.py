"""Patterns over classes of words, compiled to regular expressions over symbols.

Each word of the lexicon has a *symbol*, one character of a private area; numbers have
one by their shape. A pattern of words, classes and macros becomes a regular expression
over symbols, a class the set of the symbols of its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.rules.source import Item

_FIRST_SYMBOL = 0xE000
_TOKEN = re.compile(r"\{(\w+)(?::(\w+))?\}|([()|?+])|([^\s(){}|?+]+)")


class Shape(StrEnum):
    """Atoms that no lexicon lists, by their shape: the symbol of each."""

    DAY = "D"  # 1 to 31
    COUNT = "I"  # another whole number of up to three digits, or with thousands marks
    TWO = "W"  # two digits with a leading zero, or above 31
    YEAR = "Y"  # 1000 to 2199
    FOUR = "F"  # other four digits
    DECIMAL = "P"  # 2.5, 2½, 1/2
    NTH = "O"  # 1st to 31st
    ORDINAL = "B"  # larger ordinals in figures
    DECADE = "S"  # 1990s
    DECADE_OF_TWO = "T"  # 90s
    COLON = "C"  # 10:30, 10:30:15, 10.30
    NUMERIC = "N"  # 3/4/2013, 3.4.2013
    PAIR = "G"  # 1989-90 as one word, or 3/4
    QUARTER = "Q"  # Q3
    FISCAL = "R"  # FY2016
    DIGITS = "L"  # digits of no use
    OTHER = "."  # a word that the lexicon does not list


_CLASSES: Mapping[str, Sequence[Shape]] = {
    "day": [Shape.DAY],
    "int": [Shape.DAY, Shape.COUNT, Shape.TWO, Shape.YEAR, Shape.FOUR],
    "small": [Shape.DAY, Shape.TWO],
    "decimal": [Shape.DECIMAL],
    "year": [Shape.YEAR],
    "two": [Shape.DAY, Shape.TWO],
    "four": [Shape.FOUR, Shape.YEAR],
    "dayord": [Shape.NTH],
    "ordinal": [Shape.NTH, Shape.ORDINAL],
    "decade": [Shape.DECADE],
    "decade2": [Shape.DECADE_OF_TWO],
    "colon": [Shape.COLON],
    "numeric": [Shape.NUMERIC],
    "pair": [Shape.PAIR],
    "qn": [Shape.QUARTER],
    "fy": [Shape.FISCAL],
    "other": [Shape.OTHER],
}
_CONTENT = (
    *(Shape.YEAR, Shape.DECADE, Shape.DECADE_OF_TWO, Shape.COLON, Shape.NUMERIC),
    *(Shape.QUARTER, Shape.FISCAL, Shape.TWO, Shape.NTH),
)


@dataclass(frozen=True, slots=True)
class Word:
    """A lexicon entry: its symbol, and per class its value (``""`` where a class has none)."""

    symbol: str
    classes: Mapping[str, str]


class Lexicon:
    """Symbols, allotted as words come."""

    def __init__(self) -> None:
        self.words: dict[str, Word] = {}
        self.classes: dict[str, list[str]] = {name: list(shapes) for name, shapes in _CLASSES.items()}
        self.content: set[str] = set(_CONTENT)

    def add(self, word: str, classes: Mapping[str, str], *, content: bool) -> str:
        """The symbol of a word, which is put into these classes; ``content``: a search may start at it."""
        known = self.words.get(word)
        if known is None:
            known = self.words[word] = Word(chr(_FIRST_SYMBOL + len(self.words)), {})
        merged = {**known.classes, **classes}
        self.words[word] = Word(known.symbol, merged)
        for name in classes:
            self.classes.setdefault(name, []).append(known.symbol)
        if content:
            self.content.add(known.symbol)
        return known.symbol


def _set(symbols: Sequence[str]) -> str:
    return "[" + "".join(sorted(set(symbols))) + "]"


@dataclass(frozen=True, slots=True)
class Piece:
    """A translated pattern: its regular expression, the symbols it can begin with, whether it can be empty."""

    regex: str
    firsts: frozenset[str]
    empty: bool


@dataclass(frozen=True, slots=True)
class Compiled:
    """A pattern ready to match, with the symbols it can begin with and the names of its captures."""

    pattern: re.Pattern[str]
    firsts: frozenset[str]
    captures: frozenset[str]


class Compiler:
    """Compiles the patterns of one set of rules against their lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self.macros: dict[str, Piece] = {}

    def add_macro(self, item: Item) -> None:
        """Make an item's pattern known by its id. RuleError if a class has that name."""
        item.only(frozenset({"pattern", "note"}))
        if item.id in self.lexicon.classes:
            raise item.error("is a class of words already")
        self.macros[item.id] = _Translation(self, item).whole()

    def add_phrases(self, name: str, items: Sequence[Item]) -> dict[str, str]:
        """A macro of all names in a table of facts; returns which row each name means."""
        found: dict[str, str] = {}
        for item in items:
            for phrase in item.text("names").lower().split("|"):
                if not phrase.strip() or phrase in found:
                    raise item.error(f"an empty or doubled name {phrase!r}")
                found[phrase] = item.id
                words = phrase.split()
                longest = max(words, key=len)
                for word in words:
                    if word.isdigit():
                        raise item.error("a name may not hold a number: numbers have classes of their own")
                    self.lexicon.add(word, {}, content=word == longest)
        by_length = sorted(found, key=lambda p: -len(p.split()))
        choices = ["".join(self.lexicon.words[w].symbol for w in p.split()) for p in by_length]
        self.macros[name] = Piece("(?:" + "|".join(choices) + ")", frozenset(c[0] for c in choices), empty=False)
        return found

    def compile(self, item: Item, *, may_be_empty: bool = False) -> Compiled:
        """An item's pattern. RuleError if it can't be read, or matches nothing at all."""
        translation = _Translation(self, item)
        piece = translation.whole()
        if piece.empty and not may_be_empty:
            raise item.error("the pattern matches nothing at all")
        return Compiled(re.compile(piece.regex), piece.firsts, frozenset(translation.captures))


class _Translation:
    """Reads one pattern, from left to right."""

    def __init__(self, compiler: Compiler, item: Item) -> None:
        self.compiler = compiler
        self.item = item
        self.captures: dict[str, int] = {}  # a name may stand in several alternatives; the matcher wants them distinct
        self.tokens: list[tuple[str, str, str, str]] = []
        pattern = item.text("pattern")
        at = 0
        for match in _TOKEN.finditer(pattern):
            self._nothing(pattern[at : match.start()])
            at = match.end()
            name, capture, mark, word = match.groups(default="")
            self.tokens.append((name, capture, mark, word))
        self._nothing(pattern[at:])
        self.at = 0

    def _nothing(self, rest: str) -> None:
        if rest.strip():
            raise self.item.error(f"can't read the pattern at {rest.strip()!r}")

    def whole(self) -> Piece:
        """The whole pattern. RuleError at an unknown class or a bracket too many or too few."""
        piece = self._alternatives()
        if self.at < len(self.tokens):
            raise self.item.error("broken pattern: a closing bracket too many")
        return piece

    def _alternatives(self) -> Piece:
        branches = [self._sequence()]
        while self.at < len(self.tokens) and self.tokens[self.at][2] == "|":
            self.at += 1
            branches.append(self._sequence())
        regex = "|".join(b.regex for b in branches)
        return Piece(regex, frozenset().union(*(b.firsts for b in branches)), any(b.empty for b in branches))

    def _sequence(self) -> Piece:
        regex: list[str] = []
        firsts: frozenset[str] = frozenset()
        empty = True
        while self.at < len(self.tokens) and self.tokens[self.at][2] not in ("|", ")"):
            piece = self._repeated()
            regex.append(piece.regex)
            if empty:
                firsts |= piece.firsts
            empty = empty and piece.empty
        return Piece("".join(regex), firsts, empty)

    def _repeated(self) -> Piece:
        name, capture, mark, word = self.tokens[self.at]
        self.at += 1
        if mark == "(":
            inner = self._alternatives()
            if self.at == len(self.tokens):
                raise self.item.error("broken pattern: a closing bracket is missing")
            self.at += 1
            piece = Piece(f"(?:{inner.regex})", inner.firsts, inner.empty)
        elif mark:
            raise self.item.error(f"broken pattern: {mark!r} follows nothing")
        else:
            piece = self._atom(name, capture, word)
        if self.at < len(self.tokens) and self.tokens[self.at][2] in ("?", "+"):
            times = self.tokens[self.at][2]
            self.at += 1
            piece = Piece(piece.regex + times, piece.firsts, piece.empty or times == "?")
        return piece

    def _atom(self, name: str, capture: str, word: str) -> Piece:
        lexicon, macros = self.compiler.lexicon, self.compiler.macros
        if word:
            if word.isdigit():
                raise self.item.error(f"write a class such as {{day}} or {{year}}, not the number {word}")
            symbol = lexicon.add(word.lower(), {}, content=False)
            return Piece(symbol, frozenset(symbol), empty=False)
        if name in macros:
            piece = macros[name]
        elif name in lexicon.classes:
            piece = Piece(_set(lexicon.classes[name]), frozenset(lexicon.classes[name]), empty=False)
        else:
            raise self.item.error(f"unknown class or macro {name!r}")
        if not capture:
            return Piece(f"(?:{piece.regex})", piece.firsts, piece.empty)
        self.captures[capture] = self.captures.get(capture, 0) + 1
        return Piece(f"(?P<{capture}__{self.captures[capture]}>{piece.regex})", piece.firsts, piece.empty)
