"""What a text, and each of its passages, is about, as far as triggers need to know."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

from pipeline.parsed import ParsedText
from pipeline.rules.events import EventRules

_FEWEST = 4


class Topics:
    """Topics of one parsed text (``models/events/topics.yaml``), read when first asked for."""

    def __init__(self, text: ParsedText, rules: EventRules) -> None:
        self._text = text
        self._rules = rules

    def whole(self, topic: str) -> bool:
        """Whether the text as a whole is about a topic."""
        return topic in self._known[0]

    def at(self, topic: str, token: int) -> bool:
        """Whether the token's paragraph is about a topic, or the whole text is."""
        whole, blocks = self._known
        if topic in whole:
            return True
        number = self._text.sent[token]
        return number >= 0 and self._text.sentences[number].block in blocks.get(topic, ())

    def blocks(self, topics: Collection[str]) -> Collection[int]:
        """The paragraphs that are about one of the topics."""
        whole, blocks = self._known
        if not whole.isdisjoint(topics):
            return frozenset(sentence.block for sentence in self._text.sentences)
        return frozenset(block for topic in topics for block in blocks.get(topic, ()))

    @cached_property
    def _known(self) -> tuple[frozenset[str], dict[str, set[int]]]:
        """Topics of the whole, and the paragraphs of each topic.

        The whole has a topic whose words are at least its share of all tokens, and more
        than a few; a paragraph needs so many different ones.
        """
        text, index = self._text, self._rules.topic_words
        totals: dict[str, int] = {}
        inside: dict[tuple[str, int], set[str]] = {}
        sentences = text.sentences
        for lemma, lower, number in zip(text.lemma, text.lower, text.sent, strict=True):
            found = index.get(lemma) or index.get(lower)
            if found is None or number < 0:
                continue
            for topic in found:
                totals[topic] = totals.get(topic, 0) + 1
                inside.setdefault((topic, sentences[number].block), set()).add(lower)
        whole: set[str] = set()
        blocks: dict[str, set[int]] = {}
        for known in self._rules.topics:
            total = totals.get(known.id, 0)
            if known.share > 0 and total >= _FEWEST and total >= known.share * len(text):
                whole.add(known.id)
        least = {known.id: known.least for known in self._rules.topics if known.least > 0}
        for (name, block), words in inside.items():
            if name in least and len(words) >= least[name]:
                blocks.setdefault(name, set()).add(block)
        return frozenset(whole), blocks
