"""A parsed text seen with its quotation marks: what every finder of quotes asks."""

from __future__ import annotations

from bisect import bisect_right

from pipeline.extract.quotes.marks import Quotation, read_marks
from pipeline.parsed import ParsedText
from pipeline.records import BlockKind
from pipeline.rules.quotes import QuoteRules
from pipeline.spans import Span, trim

_EDGE = ",;:.–—-_ "


class Page:
    """A text, its outermost quotations, and which token stands inside which.

    ``inside[i]`` is the index in ``quotations`` of the outermost one that holds token
    ``i``, its marks included, or -1.
    """

    def __init__(self, text: ParsedText, rules: QuoteRules) -> None:
        self.text = text
        self.rules = rules
        paragraphs = [b.span for b in text.blocks if b.kind is not BlockKind.BOILERPLATE]
        every = read_marks(text.text, paragraphs, rules.marks)
        self.all = every
        self.quotations: list[Quotation] = []
        stop = -1
        for quotation in every:
            if quotation.outer.start >= stop:
                self.quotations.append(quotation)
                stop = quotation.outer.end
        self.inside: list[int] = [-1] * len(text)
        self.first: list[int] = []
        self.last: list[int] = []
        for number, quotation in enumerate(self.quotations):
            first, last = text.tokens_in(quotation.outer)
            self.first.append(first)
            self.last.append(last)
            for i in range(first, last + 1):
                self.inside[i] = number
        self._starts = [b.span.start for b in text.blocks]

    def block(self, token: int) -> int:
        """Index of the block of a token."""
        return bisect_right(self._starts, self.text.start[token]) - 1

    def words(self, quotation: Quotation) -> int:
        """Number of words inside the marks."""
        first, last = self.text.tokens_in(quotation.inner)
        return sum(1 for i in range(first, last + 1) if self.text.word[i][0].isalnum())

    def trimmed(self, first: int, last: int) -> Span:
        """Characters of tokens ``first`` to ``last`` without punctuation at the edges."""
        return trim(self.text.text, self.text.span(first, last), _EDGE)
