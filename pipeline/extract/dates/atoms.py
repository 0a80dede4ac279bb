"""From tokens to atoms, and from atoms to one string of symbols.

An atom is a word, a number or a mark, at most one token long; spaCy's token "mid-1996"
is three of them. Atoms of a word are worked out once and kept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from pipeline.parsed import ParsedText
from pipeline.rules.date_patterns import Shape
from pipeline.rules.dates import DateRules

_PIECE = re.compile(r"[0-9]+(?:[.,/:][0-9]+)*|[a-zA-Z]+(?:\.(?:[a-zA-Z]\.)+)?|[^\sa-zA-Z0-9]|\s+", re.ASCII)
_THOUSANDS = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+", re.ASCII)
_NUMERIC = re.compile(r"[0-9]{1,2}([/.])[0-9]{1,2}\1(?:[0-9]{2}|[0-9]{4})|[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}", re.ASCII)
_PAIR = re.compile(r"[0-9]{1,4}/[0-9]{1,4}", re.ASCII)
_COLON = re.compile(r"[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?", re.ASCII)
_POINT = re.compile(r"[0-9]{1,2}\.[0-9]{2}", re.ASCII)
_LETTERED = re.compile(r"(?:[0-9]+(?:st|nd|rd|th)|[0-9]{2,4}s|q[1-4]|fy[0-9]{2,4})", re.ASCII)
BREAK = "\n"
_LONGEST = 40  # no date expression is one longer word


class Piece(NamedTuple):
    """An atom within a word: symbol, and where it stands in the word."""

    symbol: str
    start: int
    end: int
    text: str


_UNKNOWN = (Piece(Shape.OTHER, 0, 0, ""),)


@dataclass(slots=True)
class Atoms:
    """The atoms of a text as parallel lists; ``symbols`` has one character an atom."""

    symbols: str
    token: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def number_symbol(text: str) -> str:
    """The symbol of an atom of figures, by its shape."""
    if text.isdigit():
        if len(text) == 4:
            return Shape.YEAR if "1000" <= text <= "2199" else Shape.FOUR
        if len(text) > 3:
            return Shape.DIGITS
        value = int(text)
        if 1 <= value <= 31 and text[0] != "0":
            return Shape.DAY
        if len(text) == 2:
            return Shape.DAY if 1 <= value <= 9 else Shape.TWO
        return Shape.COUNT
    if _THOUSANDS.fullmatch(text):
        return Shape.COUNT if len(text) < 16 else Shape.DIGITS
    if _NUMERIC.fullmatch(text):
        return Shape.NUMERIC
    if _COLON.fullmatch(text):
        return Shape.COLON
    if _POINT.fullmatch(text) or (text.count(".") == 1 and "," not in text and len(text) < 9 and "/" not in text):
        return Shape.DECIMAL
    if text in ("1/2", "1/4", "3/4"):
        return Shape.DECIMAL
    if _PAIR.fullmatch(text):
        return Shape.PAIR
    return Shape.DIGITS


def _lettered_symbol(text: str) -> str:
    if text[0] == "q":
        return Shape.QUARTER
    if text[0] == "f":
        return Shape.FISCAL
    if text[-1] == "s":
        if text[-2] != "0":
            return Shape.OTHER
        return Shape.DECADE_OF_TWO if len(text) == 3 else Shape.DECADE
    if len(text) <= 4 and 1 <= int(text[:-2]) <= 31:
        return Shape.NTH
    return Shape.ORDINAL if len(text) < 7 else Shape.DIGITS


def pieces(word: str, rules: DateRules) -> tuple[Piece, ...]:
    """The atoms of one word in lower case; one atom ``.`` if nothing in it is known."""
    known = rules.words.get(word)
    if known is not None:
        return (Piece(known.symbol, 0, len(word), word),)
    if len(word) > _LONGEST:
        return (Piece(Shape.OTHER, 0, len(word), word),)
    if _LETTERED.fullmatch(word):
        return (Piece(_lettered_symbol(word), 0, len(word), word),)
    if not any(c in "0123456789" for c in word) and not any(c in "-–—/’'." for c in word):
        return (Piece(Shape.OTHER, 0, len(word), word),)
    out: list[Piece] = []
    at = 0
    while at < len(word):
        lettered = _LETTERED.match(word, at)
        found = (
            lettered if lettered and not word[lettered.end() : lettered.end() + 1].isalnum() else _PIECE.match(word, at)
        )
        if found is None:  # a letter of another script
            out.append(Piece(Shape.OTHER, at, at + 1, word[at]))
            at += 1
            continue
        text = found.group()
        end = found.end()
        if found is lettered:
            symbol = _lettered_symbol(text)
        elif text[0] in "0123456789":
            symbol = number_symbol(text)
            if word[end : end + 1] == "½":
                symbol, end = Shape.DECIMAL, end + 1
                text = word[at:end]
        else:
            dotted = text + "."
            if word[end : end + 1] == "." and dotted in rules.words:
                text, end = dotted, end + 1
            entry = rules.words.get(text)
            symbol = entry.symbol if entry else Shape.OTHER
        out.append(Piece(symbol, at, end, text))
        at = end
    if all(p.symbol == Shape.OTHER for p in out):
        return (Piece(Shape.OTHER, 0, len(word), word),)
    return tuple(out)


class Speller:
    """Turns texts into atoms; remembers the words it has seen."""

    def __init__(self, rules: DateRules) -> None:
        self.rules = rules
        self._symbol = {word: entry.symbol for word, entry in rules.words.items()}
        self._pieces = lru_cache(maxsize=200_000)(self._work)

    def _work(self, word: str) -> tuple[Piece, ...]:
        return pieces(word, self.rules)

    def spell(self, text: ParsedText) -> Atoms:
        """The atoms of a text, in order; white space is left out, a block's border is a ``BREAK``."""
        symbols: list[str] = []
        token: list[int] = []
        starts: list[int] = []
        ends: list[int] = []
        words: list[str] = []
        known = self._symbol
        borders = iter([*(b.span.start for b in text.blocks), len(text.text) + 1])
        border = next(borders)
        for i, lower in enumerate(text.lower):
            symbol = known.get(lower)
            start = text.start[i]
            if start >= border:
                while start >= border:
                    border = next(borders)
                symbols.append(BREAK)  # no expression runs over a block's border
                token.append(i)
                starts.append(start)
                ends.append(start)
                words.append("")
            if symbol is None:
                # no word of plain letters is known that the lexicon does not list
                if lower.isalpha():
                    symbol = Shape.OTHER
                else:
                    parts = self._pieces(lower) if len(lower) == text.end[i] - start else _UNKNOWN
                    if len(parts) > 1 or parts[0].symbol != Shape.OTHER:
                        for part in parts:
                            symbols.append(part.symbol)
                            token.append(i)
                            starts.append(start + part.start)
                            ends.append(start + part.end)
                            words.append(part.text)
                        continue
                    if lower.isspace():
                        continue
                    symbol = Shape.OTHER
            symbols.append(symbol)
            token.append(i)
            starts.append(start)
            ends.append(text.end[i])
            words.append(lower)
        return Atoms("".join(symbols), token, starts, ends, words)
