"""One parsed text as plain lists, which is all that extractors read.

spaCy's ``Token`` objects cost a microsecond a look; the extractors look millions of
times. So each ``Doc`` is unpacked once, and the ``Doc`` itself stays at hand for
spaCy's own matchers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from pipeline.records import Article, Block, BlockKind, Field, Sentence
from pipeline.spans import Span, index_at, trim

if TYPE_CHECKING:  # who only names a parse need not wait for spaCy
    from spacy.tokens import Doc

_ATTRIBUTES = ("IDX", "LENGTH", "ORTH", "LOWER", "LEMMA", "TAG", "POS", "DEP", "HEAD", "ENT_IOB", "ENT_TYPE")


class Entity(NamedTuple):
    """A named entity: spaCy's label and its tokens, ``first`` to ``last`` inclusive."""

    label: str
    first: int
    last: int


class ParsedText:
    """The parse of one field of an article.

    All lists are parallel, one item a token: ``start`` and ``end`` (code points of
    ``text``), ``word``, ``lower``, ``lemma``, ``tag`` (Penn), ``pos`` (universal),
    ``dep`` (ClearNLP labels, as spaCy's English models give), ``head`` (position of
    the head; a root's is its own), ``ent`` (entity label or ``""``), ``sent``
    (index into ``sentences``; -1 for white space between them), ``children``
    (positions, ascending), ``left`` and ``right`` (first and last token of the
    subtree).
    """

    def __init__(self, field: Field, text: str, doc: Doc, blocks: Sequence[Block]) -> None:
        self.field = field
        self.doc = doc
        self.text = text
        self.blocks = tuple(blocks)
        string = doc.vocab.strings
        table = doc.to_array([*_ATTRIBUTES])
        columns = [table[:, i].tolist() for i in range(len(_ATTRIBUTES))] if len(doc) else [[] for _ in _ATTRIBUTES]
        index, length, orth, lower, lemma, tag, pos, dep, head, iob, ent = columns
        self.start: list[int] = index
        self.end: list[int] = [i + n for i, n in zip(index, length, strict=True)]
        known: dict[int, str] = {0: ""}
        for column in (orth, lower, lemma, tag, pos, dep, ent):
            for key in set(column):
                if key not in known:
                    known[key] = string[key]
        self.word: list[str] = [known[k] for k in orth]
        self.lower: list[str] = [known[k] for k in lower]
        self.lemma: list[str] = [known[k] for k in lemma]
        self.tag: list[str] = [known[k] for k in tag]
        self.pos: list[str] = [known[k] for k in pos]
        self.dep: list[str] = [known[k] for k in dep]
        self.ent: list[str] = [known[k] for k in ent]
        # HEAD is an offset from the token, kept in an unsigned column
        self.head: list[int] = [i + (h - (1 << 64) if h >> 63 else h) for i, h in enumerate(head)]
        self._iob: list[int] = iob
        self.sentences: tuple[Sentence, ...] = tuple(self._split())
        self.sent: list[int] = [-1] * len(self.word)
        for number, sentence in enumerate(self.sentences):
            self.sent[sentence.first : sentence.last + 1] = [number] * (sentence.last + 1 - sentence.first)

    def __len__(self) -> int:
        """Number of tokens."""
        return len(self.word)

    @cached_property
    def children(self) -> list[list[int]]:
        """Positions of each token's dependents, ascending."""
        out: list[list[int]] = [[] for _ in self.word]
        for i, h in enumerate(self.head):
            if h != i:
                out[h].append(i)
        return out

    @cached_property
    def proper(self) -> frozenset[str]:
        """Words that are somewhere in the text a proper noun."""
        return frozenset(word for word, pos in zip(self.word, self.pos, strict=True) if pos == "PROPN")

    @cached_property
    def _edges(self) -> tuple[list[int], list[int]]:
        left, right = list(range(len(self.word))), list(range(len(self.word)))
        order: list[int] = [i for i, h in enumerate(self.head) if h == i]
        for i in order:
            order.extend(self.children[i])
        for i in reversed(order):
            h = self.head[i]
            left[h] = min(left[h], left[i])
            right[h] = max(right[h], right[i])
        return left, right

    @property
    def left(self) -> list[int]:
        """First token of each token's subtree."""
        return self._edges[0]

    @property
    def right(self) -> list[int]:
        """Last token of each token's subtree."""
        return self._edges[1]

    @cached_property
    def entities(self) -> tuple[Entity, ...]:
        """Named entities in text order."""
        out: list[Entity] = []
        for i, (iob, label) in enumerate(zip(self._iob, self.ent, strict=True)):
            if iob == 3 and label:
                out.append(Entity(label, i, i))
            elif iob == 1 and label and out and out[-1].last == i - 1:
                out[-1] = out[-1]._replace(last=i)
        return tuple(out)

    def span(self, first: int, last: int) -> Span:
        """Characters of the tokens ``first`` to ``last``, both included."""
        return Span(self.start[first], self.end[last])

    def token_at(self, offset: int) -> int:
        """Position of the token at or before a code point; -1 before the first."""
        return index_at(self.start, offset)

    def tokens_in(self, span: tuple[int, int]) -> tuple[int, int]:
        """First and last token that share a character with ``span``; last < first if none does."""
        first = self.token_at(span[0])
        if first < 0 or self.end[first] <= span[0]:
            first += 1
        last = self.token_at(span[1] - 1)
        return first, last

    def kind_at(self, token: int) -> BlockKind:
        """Kind of the sentence of a token; boilerplate for white space between sentences."""
        number = self.sent[token]
        return self.sentences[number].kind if number >= 0 else BlockKind.BOILERPLATE

    def block_at(self, offset: int) -> int:
        """Index of the block at or before a code point; -1 before the first."""
        return index_at(self._block_starts, offset)

    @cached_property
    def _block_starts(self) -> list[int]:
        return [b.span.start for b in self.blocks]

    def _split(self) -> list[Sentence]:
        """spaCy's sentences, cut at block borders and trimmed of white space."""
        out: list[Sentence] = []
        starts = [b.span.start for b in self.blocks]
        for sent in self.doc.sents:
            first = sent.start
            while first < sent.end:
                while first < sent.end and self.word[first].isspace():
                    first += 1
                if first == sent.end:
                    break
                block = index_at(starts, self.start[first])
                border = starts[block + 1] if block + 1 < len(starts) else len(self.text) + 1
                last = first
                while last + 1 < sent.end and self.start[last + 1] < border:
                    last += 1
                after = last + 1
                while self.word[last].isspace():
                    last -= 1
                kind = self.blocks[block].kind if block >= 0 else BlockKind.BODY
                span = trim(self.text, (self.start[first], self.end[last]))
                out.append(Sentence(span, first, last, max(block, 0), kind))
                first = after
        return out


class ParsedArticle:
    """An article and the parse of each of its fields, the title first."""

    def __init__(self, article: Article, texts: Sequence[ParsedText]) -> None:
        self.article = article
        self.texts = tuple(texts)

    def text(self, field: Field) -> ParsedText:
        """The parse of one field. KeyError if the article has none."""
        for text in self.texts:
            if text.field is field:
                return text
        raise KeyError(field)
