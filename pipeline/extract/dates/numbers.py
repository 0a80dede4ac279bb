"""Numbers in figures and words, and years as they are spoken."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.rules.dates import DateRules
from pipeline.timex import Impossible

_FRACTIONS = {"1/2": 0.5, "1/4": 0.25, "3/4": 0.75}


def number(words: Sequence[str], rules: DateRules) -> float | None:
    """The number that words or figures name; None for an unknown amount ("several", "a few").

    Impossible if they name none.
    """
    total = 0.0
    part = 0.0
    seen = False
    for word in words:
        figure = _figure(word)
        if figure is not None:
            part += figure
            seen = True
            continue
        entry = rules.words.get(word)
        classes = entry.classes if entry else {}
        if "vague" in classes:
            if not seen:
                return None
        elif "scale" in classes:
            scale = float(classes["scale"])
            part = (part or 1) * scale
            if scale >= 1000:
                total, part = total + part, 0.0
            seen = True
        elif "num" in classes:
            part += float(classes["num"])
            seen = True
        elif "ord" in classes:
            part += float(classes["ord"])
            seen = True
        elif "pairword" in classes:
            return 2.0
        elif "halfword" in classes:
            if not seen:
                return 0.5
            part += 0.5  # "two and a half"
        elif "article" in classes and not seen and len(words) == 1:
            return 1.0
        elif "plenty" in classes:
            return None
    if not seen:
        raise Impossible(f"no number in {' '.join(words)!r}")
    return total + part


def _figure(word: str) -> float | None:
    if not word or word[0] not in "0123456789½¼":
        return None
    if word in _FRACTIONS:
        return _FRACTIONS[word]
    plain = word.replace(",", "").rstrip("stndrh")
    half = plain.endswith("½")
    plain = plain.rstrip("½") or "0"
    if len(plain) > 12 or not plain.replace(".", "", 1).isdigit():
        raise Impossible(f"no number {word[:20]!r}")
    return float(plain) + (0.5 if half else 0)


def whole(words: Sequence[str], rules: DateRules) -> int:
    """A whole number. Impossible if the words name none."""
    value = number(words, rules)
    if value is None or value != int(value) or value > 1e6:
        raise Impossible("not a whole number")
    return int(value)


def spoken_year(words: Sequence[str], rules: DateRules) -> int:
    """A year as it is written in figures or spoken: "nineteen ninety-seven", "two thousand and five"."""
    figures = [w for w in words if w[:1].isdigit()]
    if figures:
        if len(figures[0]) != 4:
            raise Impossible(f"no year {figures[0][:20]!r}")
        return int(figures[0])
    values = [w for w in words if w in rules.words and rules.words[w].classes.keys() & {"num", "scale"}]
    if "thousand" in values or "hundred" in values:
        return whole(values, rules)
    if len(values) < 2:
        raise Impossible("no year")
    return int(float(rules.words[values[0]].classes["num"])) * 100 + whole(values[1:], rules)


def two_digit_year(number: int) -> int:
    """The year that two digits mean: 00 to 39 this century, 40 to 99 the last ("the summer of '42")."""
    return number + (2000 if number < 40 else 1900)


def shown_order(text: str) -> str:
    """DMY or MDY where a date in figures can only be read one way; ``""`` where it can be read both ways."""
    parts = text.replace(".", "/").split("/")
    if len(parts) != 3 or len(parts[0]) > 2:
        return ""
    first, second = int(parts[0]), int(parts[1])
    if first > 12 >= second or "." in text:
        return "DMY"
    return "MDY" if second > 12 >= first else ""
