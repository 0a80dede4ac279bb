"""When two names mean one entity.

The rules are the measure's: equal after articles, titles, possessives and the dots of
abbreviations are gone; or the shorter, word by word, ends the longer ("Lindqvist", "Sara
Lindqvist") or, if it has several words, opens it ("rebels in Gao", "rebels").
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from pipeline.rules.measures import load_measures

_ABBREVIATION = re.compile(r"\b((?:[A-Za-z]\.)+[A-Za-z]?)(?=\W|$)")
_POSSESSIVE = re.compile(r"[’']s\b")
_WORD = re.compile(r"[^\W_]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_STATE_KINDS = frozenset({"state", "government"})

Words = tuple[str, ...]


@lru_cache(maxsize=20_000)
def name_words(name: str) -> Words:
    """A name as the lower-case words that count: "the U.S. President's" becomes ("us",).

    Titles stay where nothing else would be left.
    """
    lists = load_measures()
    plain = _POSSESSIVE.sub("", _ABBREVIATION.sub(lambda m: m[1].replace(".", ""), name))
    found = _WORD.findall(plain.lower())
    first = next((i for i, word in enumerate(found) if word not in lists.articles), len(found))
    bare = found[first:]
    return tuple(word for word in bare if word not in lists.titles) or tuple(bare)


def same_name(one: Words, other: Words) -> bool:
    """Whether two names, as words, may name one entity; never if either is empty."""
    if not one or not other:
        return False
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    n = len(short)
    return long[-n:] == short or (n > 1 and long[:n] == short)


def is_pronoun(alias: str) -> bool:
    """Whether an alias is a bare pronoun, which names nobody."""
    lists = load_measures()
    words = name_words(alias)
    return len(words) == 1 and words[0] in lists.pronouns and alias not in lists.not_pronouns


@dataclass(frozen=True, slots=True)
class Party:
    """A participant as a run gives it: name, and of its actor the country and kind."""

    name: str
    country: str | None = None
    kind: str | None = None


def same_entity(names: Sequence[str], country: str | None, kind: str | None, party: Party) -> bool:
    """Whether ``party`` is the gold entity of these names (the canonical one first), country and kind.

    By any name; or both are the state or government of one country, which a text does
    not keep apart ("Ankara", "Turkey").
    """
    if country and country == party.country and kind in _STATE_KINDS and party.kind in _STATE_KINDS:
        return True
    given = name_words(party.name)
    return any(same_name(name_words(name), given) for name in names if not is_pronoun(name))


def same_speaker(reference: str, name: str) -> bool:
    """Whether a speaker's name fits a full name: the last word of one is among the other's words."""
    fillers = load_measures().speaker_fillers
    one, other = ([w for w in _LETTERS.findall(text.lower()) if w not in fillers] for text in (reference, name))
    return bool(one and other) and (one[-1] in other or other[-1] in one)
