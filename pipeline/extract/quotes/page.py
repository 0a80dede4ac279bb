"""A parsed text seen with its quotation marks: what every finder of quotes asks."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

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
            if quotation.outer.start >= stop and not self._title(quotation):
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
        self._plain = [0]
        for word, number in zip(text.word, self.inside, strict=True):
            self._plain.append(self._plain[-1] + (number < 0 and word[0].isalnum()))
        self._starts = [b.span.start for b in text.blocks]

    def _title(self, quotation: Quotation) -> bool:
        """The title of a work, a programme, a nickname: capitalised words that nobody is said to say."""
        text, rules = self.text, self.rules
        first, last = text.tokens_in(quotation.inner)
        words = [text.word[i] for i in range(first, last + 1) if text.word[i][0].isalnum()]
        if not words or len(words) > rules.numbers["title-words"] or len(quotation.parts) > 1:
            return False
        capital = [w for w in words if w[0].isupper() or w[0].isdigit()]
        small = [w for w in words if w[0].islower() and w.lower() not in rules.lists["title-small-words"]]
        if small or not words[0][0].isupper() or text.text[quotation.inner.end - 1] in "?!":
            return False
        before = text.tokens_in(quotation.outer)[0] - 1
        number = text.sent[first]
        if number < 0 or before < text.sentences[number].first:
            return False
        sentence = text.sentences[number]
        if sentence.kind is BlockKind.HEADLINE:
            return False
        if text.lower[before] in rules.lists["title-links"]:
            return False
        if text.pos[before] == "VERB" and text.lemma[before] in rules.verbs:
            return False
        rest = [w for i in range(sentence.first, sentence.last + 1) if (w := text.word[i])[0].isalpha() and len(w) > 3]
        if sum(w[0].isupper() for w in rest) > 0.7 * len(rest):
            return False  # a headline in capitals
        return len(capital) > 1 or text.pos[before] == "NOUN"

    def plain(self, first: int, last: int) -> int:
        """Number of words of tokens ``first`` to ``last`` that stand in no quotation."""
        return self._plain[max(last + 1, first)] - self._plain[first]

    def held(self, first: int, last: int) -> range:
        """The quotations that share a token with tokens ``first`` to ``last``."""
        return range(bisect_left(self.last, first), bisect_right(self.first, last))

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
