"""What spaCy's attribute ruler and lemmatizer make of words, remembered word by word.

Both are the model's own and are asked, not copied: the ruler what it makes of a word
with a tag and a dependency label, the lemmatizer what is the lemma of a word as a part
of speech. Since their answers depend on nothing else they are asked once and the answer
is kept. Rules over several words are the exception: where the words are such that one
might apply, the ruler is shown the neighbours too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from spacy.attrs import DEP, LEMMA, MORPH, POS, TAG
from spacy.language import Language
from spacy.lookups import Lookups
from spacy.matcher import Matcher
from spacy.tokens import Doc

from pipeline.annotate.encoder import Keys, UnknownModelError

REMEMBERED = 100_000  # words, and lemmas; some 200 bytes each
_KEYS = frozenset({"TAG", "LOWER", "DEP", "IS_SPACE"})
_MOST = 60  # conditions of rules over several words, a bit each
_COLUMNS = [TAG, POS, MORPH, LEMMA, DEP]
_TAGS, _DEPS = 1 << 10, 1 << 10


class Annotations(NamedTuple):
    """A column each, one item a token: keys of spaCy's string store (POS: of its symbols)."""

    tag: Keys
    pos: Keys
    morph: Keys
    lemma: Keys
    dep: Keys


class Words:
    """The answers of a pipeline's attribute ruler and lemmatizer. Not to be used by two threads at once."""

    def __init__(self, nlp: Language) -> None:
        self._vocab = nlp.vocab
        pipes: dict[str, Any] = dict(nlp.pipeline)
        self._ruler, self._lemmatizer = pipes["attribute_ruler"], pipes["lemmatizer"]
        if self._lemmatizer.mode != "rule" or self._lemmatizer.overwrite:
            raise UnknownModelError("a lemmatizer that is not rule-based or overwrites lemmas")
        patterns = [pattern for rule in self._ruler.patterns for pattern in rule["patterns"]]
        if any(not _KEYS.issuperset(token) for pattern in patterns for token in pattern):
            raise UnknownModelError(f"an attribute ruler that looks at other than {', '.join(sorted(_KEYS))}")
        self._words, self._spellings = _mentioned(patterns, "LOWER")
        deps, spellings = _mentioned(patterns, "DEP")
        if spellings:
            raise UnknownModelError("an attribute ruler with regular expressions over dependency labels")
        self._deps = {self._vocab.strings.add(dep) if dep else 0 for dep in deps}
        self._long = self._read_long([p for p in patterns if len(p) > 1])
        self._reach = max((len(p) for p in self._long), default=1) - 1
        _index_by_hash(self._lemmatizer.lookups)
        # numbers for what makes no difference to the ruler apart: classes of words, labels, and both with a tag
        self._class_of: dict[int, int] = {}
        self._classes: dict[tuple[Any, ...], int] = {}
        self._member: list[str] = []
        self._number: dict[int, int] = {}
        self._answer_of: dict[int, int] = {}
        self._answers = np.zeros((0, len(_COLUMNS)), dtype=np.uint64)
        self._conditions = np.zeros(0, dtype=np.uint64)
        self._in_company: dict[tuple[Any, ...], tuple[int, ...]] = {}
        self._lemmas: dict[int, str] = {}

    def _read_long(self, patterns: Sequence[Any]) -> list[list[np.uint64]]:
        """Patterns over several words as bits, one for each condition that a word must meet."""
        self._matcher = Matcher(self._vocab, validate=False)
        conditions: list[Any] = []
        out = []
        for pattern in patterns:
            bits = []
            for token in pattern:
                if token not in conditions:
                    self._matcher.add(str(len(conditions)), [[token]])
                    conditions.append(token)
                bits.append(np.uint64(1 << conditions.index(token)))
            out.append(bits)
        if len(conditions) > _MOST:
            raise UnknownModelError("an attribute ruler with very many rules over several words")
        return out

    def forget(self) -> None:
        """Empty all memories."""
        self._class_of.clear()
        self._classes.clear()
        self._member.clear()
        self._answer_of.clear()
        self._answers, self._conditions = self._answers[:0], self._conditions[:0]
        self._in_company.clear()
        self._lemmas.clear()
        self._lemmatizer.cache.clear()

    def __call__(self, orth: Keys, tag: Keys, dep: Keys, lasts: npt.NDArray[np.bool_]) -> Annotations:
        """Annotations of tokens with given tags and labels; ``lasts`` are the last tokens of docs."""
        if max(len(self._class_of), len(self._answer_of), len(self._lemmas), len(self._in_company)) > REMEMBERED:
            self.forget()
        word = _mapped(orth, self._class)
        label = _mapped(dep, lambda key: self._small(key if key in self._deps else 0, _DEPS))
        kind = _mapped(tag, lambda key: self._small(key, _TAGS))
        key = (word * np.uint64(_TAGS) + kind) * np.uint64(_DEPS) + label
        distinct, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        which = np.empty(len(distinct), dtype=np.intp)
        for i, (k, at) in enumerate(zip(distinct.tolist(), first.tolist(), strict=True)):
            number = self._answer_of.get(k)
            if number is None:
                number = self._ask(k, self._member[int(word[at])], int(tag[at]), int(dep[at]))
            which[i] = number
        answers = self._answers[which][inverse]
        for at in self._where_long(self._conditions[which][inverse], lasts):
            answers[at] = self._in_its_company(at, orth, tag, dep, lasts)
        # a label is the parser's unless a rule sets it: an answer may come from another label of its class
        answers[:, 4] = np.where(answers[:, 4] == 0, dep, answers[:, 4])
        columns = [np.ascontiguousarray(answers[:, i]) for i in range(len(_COLUMNS))]
        columns[3] = self._lemma(orth, columns[1], columns[2], columns[3])
        return Annotations(*columns)

    def _class(self, orth: int) -> int:
        number = self._class_of.get(orth)
        if number is None:
            word = self._vocab.strings[orth]
            lower = self._vocab[orth].lower_
            kind = (
                lower if lower in self._words else None,
                self._vocab[orth].is_space,
                *(spelling.search(lower) is not None for spelling in self._spellings),
            )
            number = self._classes.setdefault(kind, len(self._classes))
            if number == len(self._member):
                self._member.append(word)
            self._class_of[orth] = number
        return number

    def _small(self, key: int, limit: int) -> int:
        number = self._number.setdefault(key, len(self._number))
        if number >= limit:
            raise ValueError(f"more than {limit} tags and labels")
        return number

    def _ask(self, key: int, word: str, tag: int, dep: int) -> int:
        """Have the ruler annotate one word, and note which conditions of longer rules it meets."""
        doc = self._doc([word], [tag], [dep])
        met = sum(1 << int(self._vocab.strings[name]) for name, _, _ in self._matcher(doc, allow_missing=True))
        answer = self._ruled(doc, 0, dep)
        number = self._answer_of[key] = len(self._answer_of)
        if number >= len(self._answers):
            self._answers = np.resize(self._answers, (2 * number + 64, len(_COLUMNS)))
            self._conditions = np.resize(self._conditions, 2 * number + 64)
        self._answers[number] = answer
        self._conditions[number] = met
        return number

    def _where_long(self, met: Keys, lasts: npt.NDArray[np.bool_]) -> Iterator[int]:
        """Tokens that are part of what a rule over several words matches."""
        hits: set[int] = set()
        for bits in self._long:
            length = len(bits)
            if len(met) < length:
                continue
            fits = np.ones(len(met) - length + 1, dtype=bool)
            for i, bit in enumerate(bits):
                fits &= (met[i : i + len(fits)] & bit) != 0
                if i < length - 1:
                    fits &= ~lasts[i : i + len(fits)]
            for start in np.flatnonzero(fits).tolist():
                hits.update(range(start, start + length))
        return iter(sorted(hits))

    def _in_its_company(
        self, at: int, orth: Keys, tag: Keys, dep: Keys, lasts: npt.NDArray[np.bool_]
    ) -> tuple[int, ...]:
        first, last = at, at
        while first > max(0, at - self._reach) and not lasts[first - 1]:
            first -= 1
        while last < min(len(orth) - 1, at + self._reach) and not lasts[last]:
            last += 1
        parts = [column[first : last + 1].tolist() for column in (orth, tag, dep)]
        key = (at - first, *parts[0], *parts[1], *parts[2])
        if key not in self._in_company:
            doc = self._doc([self._vocab.strings[o] for o in parts[0]], parts[1], parts[2])
            self._in_company[key] = self._ruled(doc, at - first, int(dep[at]))
        return self._in_company[key]

    def _doc(self, words: Sequence[str], tags: Sequence[int], deps: Sequence[int]) -> Doc:
        doc: Any = Doc(self._vocab, words=list(words))
        doc.from_array([TAG, DEP], np.array([tags, deps], dtype=np.uint64).T)
        return cast(Doc, doc)

    def _ruled(self, doc: Doc, at: int, dep: int) -> tuple[int, ...]:
        *answer, label = self._ruler(doc).to_array(_COLUMNS)[at].tolist()
        return (*answer, 0 if label == dep else label)

    def _lemma(self, orth: Keys, pos: Keys, morph: Keys, given: Keys) -> Keys:
        """The ruler's lemmas, and the lemmatizer's where it gives none."""
        key = orth ^ (pos * np.uint64(0x9E3779B97F4A7C15)) ^ (morph * np.uint64(0xC2B2AE3D27D4EB4F))
        distinct, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        keys = distinct.tolist()
        fresh = [i for i, k in enumerate(keys) if k not in self._lemmas]
        if fresh:
            rows = first[fresh]
            doc: Any = Doc(self._vocab, words=[self._vocab.strings[o] for o in orth[rows].tolist()])
            doc.from_array([POS, MORPH], np.stack([pos[rows], morph[rows]], axis=1))
            for i, token in zip(fresh, doc, strict=True):
                self._lemmas[keys[i]] = self._lemmatizer.lemmatize(token)[0]
        add = self._vocab.strings.add
        made = np.array([add(self._lemmas[k]) for k in keys], dtype=np.uint64)
        return np.where(given == 0, made[inverse], given)


def _index_by_hash(lookups: Lookups) -> None:
    """Have the lemmatizer find a word among those it knows at once: it looks through lists, of up to 57,000 words."""
    index: Any = lookups.get_table("lemma_index", {})
    for pos, known in list(index.items()):
        index[pos] = dict.fromkeys(known)  # and no set, which spaCy could not write


def _mapped(values: Keys, number: Any) -> Keys:
    distinct, inverse = np.unique(values, return_inverse=True)
    return np.array([number(v) for v in distinct.tolist()], dtype=np.uint64)[inverse]


def _mentioned(patterns: Sequence[Any], key: str) -> tuple[set[str], list[re.Pattern[str]]]:
    """Values of an attribute that patterns name, and the regular expressions they hold it against."""
    values: set[str] = set()
    spellings: list[re.Pattern[str]] = []
    for token in (token for pattern in patterns for token in pattern if key in token):
        wanted: Any = token[key]
        for operator, operand in wanted.items() if isinstance(wanted, dict) else (("IN", [wanted]),):
            if operator in ("IN", "NOT_IN"):
                values.update(operand)
            elif operator == "REGEX":
                spellings.append(re.compile(str(operand)))
            else:
                raise UnknownModelError(f"an attribute ruler with the operator {operator}")
    return values, spellings
