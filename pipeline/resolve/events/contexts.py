"""What a passage is about: the ontology's contexts, from lexicons."""

from __future__ import annotations

from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import EventMention, Field
from pipeline.rules.events import EventRules


class Contexts:
    """Contexts of an article, and of each of its paragraphs."""

    def __init__(self, article: ParsedArticle, rules: EventRules) -> None:
        self._rules = rules.ontology.contexts
        self._texts = {text.field: text for text in article.texts}
        self._blocks: dict[tuple[Field, int], frozenset[str]] = {}
        words: dict[str, set[str]] = {}
        counts: dict[str, int] = {}
        inside: dict[tuple[Field, int], dict[str, set[str]]] = {}
        index = rules.ontology.context_words
        for text in article.texts:
            for lemma, lower, number in zip(text.lemma, text.lower, text.sent, strict=True):
                if number < 0:
                    continue
                found = index.get(lower) or index.get(lemma)
                if not found:
                    continue
                block = (text.field, text.sentences[number].block)
                for name in found:
                    words.setdefault(name, set()).add(lemma)
                    counts[name] = counts.get(name, 0) + 1
                    inside.setdefault(block, {}).setdefault(name, set()).add(lemma)
        total = sum(len(text) for text in article.texts)
        self._document = frozenset(
            name
            for name, found in words.items()
            if len(found) >= self._rules[name].document and counts[name] >= self._rules[name].share * total
        )
        for block, by_name in inside.items():
            self._blocks[block] = frozenset(n for n, found in by_name.items() if len(found) >= self._rules[n].least)

    def of(self, event: EventMention) -> tuple[str, ...]:
        """Contexts of an event's paragraph and of the whole article, sorted."""
        return self.at(event.field, event.trigger)

    def at(self, field: Field, token: int) -> tuple[str, ...]:
        """Contexts of a token's paragraph and of the whole article, sorted."""
        text: ParsedText = self._texts[field]
        number = text.sent[token]
        block = text.sentences[number].block if number >= 0 else -1
        return tuple(sorted(self._document | self._blocks.get((field, block), frozenset())))
