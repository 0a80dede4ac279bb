"""Time that grows with the text and not with its square, whatever the text.

Parses are made by hand here: a parser would need longer than what is measured.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable

import pytest
from spacy.tokens import Doc
from spacy.vocab import Vocab

from pipeline.extract.actors import find_mentions
from pipeline.extract.quotes import find_quotes
from pipeline.extract.quotes.marks import read_marks
from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import Article, Block, BlockKind, Field
from pipeline.resolve.actors import resolve_actors
from pipeline.resolve.quotes import resolve_quotes
from pipeline.rules.actors import load_actors
from pipeline.rules.quotes import load_quotes
from pipeline.rules.source import layers
from pipeline.spans import Span

RULES = load_quotes(layers())
ACTORS = load_actors(layers())
_FEW, _MANY = 600, 2400
_GROWTH = 4 * 2.5  # four times the text, and room for a busy machine
_VOCAB = Vocab()

# word, tag, universal tag, dependency, head as an offset; "|" starts a paragraph
_SAID = "“/`` It/PRP/nsubj/1 rained/VBD/ccomp/5 ,/,/punct/4 ”/''/punct/3 the/DT/det/1 "
CASES = {
    "a quotation a paragraph": _SAID + "minister/NN/nsubj/1 said/VBD/ROOT/0 ./. |",
    "all in one paragraph": _SAID + "minister/NN/nsubj/1 said/VBD/ROOT/0 ./.",
    "pronouns": _SAID.replace("the/DT/det/1 ", "") + "she/PRP/nsubj/1 said/VBD/ROOT/0 ./.",
    "roles of many": _SAID + "mayor/NN/nsubj/1 said/VBD/ROOT/0 ./. Ada/NNP/nsubj/1 left/VBD/ROOT/0 ./.",
    "floating": "“/`` It/PRP/nsubj/1 rained/VBD/ROOT/0 all/DT/det/1 night/NN/npadvmod/-2 ./. ”/'' |",
    "marks without end": "“/`` said/VBD/ROOT/0 he/PRP/nsubj/-1",
    "cues alone": "said/VBD/ROOT/0 ,/,",
}


def passage(case: str, times: int) -> ParsedArticle:
    """A pattern, over and over, as if it had been parsed."""
    words, spaces, tags, deps, heads = [], [], [], [], []
    blocks: list[Block] = []
    start = at = 0
    lemmas = {"said": "say", "rained": "rain", "left": "leave"}
    for _ in range(times):
        for item in case.split():
            if item == "|":
                words.append("\n\n")
                spaces.append(False)
                tags.append("_SP")
                deps.append("dep")
                heads.append(len(heads) - 1)
                blocks.append(Block(Span(start, at), BlockKind.BODY))
                at += 2
                start = at
                continue
            word, tag, *rest = item.split("/") if item != "./." else (".", ".")
            words.append(word)
            spaces.append(True)
            tags.append(tag)
            deps.append(rest[0] if rest else "punct")
            heads.append(len(heads) + (int(rest[1]) if len(rest) > 1 else -1 if heads else 0))
            at += len(word) + 1
    if start < at:
        blocks.append(Block(Span(start, at), BlockKind.BODY))
    kinds = {"VBD": "VERB", "NN": "NOUN", "NNP": "PROPN", "PRP": "PRON", "DT": "DET", "_SP": "SPACE"}
    doc = Doc(
        _VOCAB,
        words=words,
        spaces=spaces,
        tags=tags,
        pos=[kinds.get(tag, "PUNCT") for tag in tags],
        lemmas=[lemmas.get(word, word.lower()) for word in words],
        deps=deps,
        heads=[max(h, 0) for h in heads],
    )
    article = Article(doc_id="x", source="x.txt", text=doc.text)
    return ParsedArticle(article, [ParsedText(Field.BODY, doc.text, doc, blocks)])


def cost(work: Callable[[], object]) -> float:
    """The least CPU of three runs, without what collecting the garbage of other tests takes."""
    best = float("inf")
    gc.disable()
    try:
        for _ in range(3):
            before = time.process_time()
            work()
            best = min(best, time.process_time() - before)
    finally:
        gc.enable()
    return best


@pytest.mark.parametrize("case", CASES)
def test_finding_and_resolving_take_time_by_length(case: str) -> None:
    costs = []
    for times in (_FEW, _MANY):
        article = passage(CASES[case], times)
        text = article.text(Field.BODY)
        assert text.children
        assert text.left
        quotes = find_quotes(text, RULES)
        mentions = find_mentions(text, ACTORS)
        casts = [resolve_actors(article, mentions, None, ACTORS) for _ in range(3)]
        found = cost(lambda text=text: find_quotes(text, RULES))
        resolved = cost(
            lambda article=article, quotes=quotes, casts=casts: resolve_quotes(article, quotes, casts[0], (), RULES)
        )
        costs.append((found, resolved))
    for few, many in zip(*costs, strict=True):
        assert many < _GROWTH * max(few, 0.002), costs


@pytest.mark.parametrize(
    "unit",
    [
        "“",
        "”",
        "'",
        '"',
        "“a ''b «c \"d' ",
        "„a “b ” c ",
        "it's the workers' 'own' ",
        "‘a “b‘ c” ",
        "''",
        "“\n",
        "a ”\n",
    ],
)
def test_marks_of_any_sort_take_time_by_length(unit: str) -> None:
    costs = []
    for times in (2000, 8000):
        text = unit * times
        ends = [i + 1 for i, c in enumerate(text) if c == "\n"] or [len(text)]
        paragraphs = [Span(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        costs.append(cost(lambda text=text, paragraphs=paragraphs: read_marks(text, paragraphs, RULES.marks)))
    assert costs[1] < _GROWTH * max(costs[0], 0.002), costs
