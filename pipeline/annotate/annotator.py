"""From texts and blocks to parses.

Block borders are set as sentence starts before the parser runs, so that no sentence
crosses a paragraph. Named entities are then repaired by an ``EntityRuler`` whose
patterns are data (``models/ner/``). The text itself is never touched.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import spacy
from spacy.attrs import IDX, IS_SPACE, LENGTH, SENT_START
from spacy.language import Language
from spacy.pipeline import EntityRuler
from spacy.tokens import Doc

from pipeline.annotate.encoder import UnknownModelError
from pipeline.annotate.engine import Engine
from pipeline.errors import ModelError
from pipeline.model import DEFAULT_MODEL, check_components, missing_model
from pipeline.parsed import ParsedArticle, ParsedText
from pipeline.records import Article, Block, Field
from pipeline.rules.ner import NerPattern
from pipeline.spans import Span, index_at

PIECE = 50_000
_GROUP = 80_000  # characters after which docs are parsed, though there be fewer than a batch
_VOCABULARY = 60_000  # words that spaCy keeps; those that come later last as long as their batch
_CHUNKS = 30_000  # of text between blanks whose tokens the tokenizer keeps
_NO_TENSOR = np.zeros((0,), dtype="float32")
_ENDING = ".!?…:;\"'”’»)]}—–-|*•·>`"
_ENDS = np.zeros(max(map(ord, _ENDING)) + 2, dtype=bool)  # by code point; the last stands for all above
_ENDS[[ord(mark) for mark in _ENDING]] = True
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
        raise missing_model(name) from error
    except Exception as error:  # its files are damaged, or of another version: spaCy raises what it met there
        reason = str(error).partition("\n")[0]
        raise ModelError(f"spaCy pipeline {name!r} can't be loaded: {type(error).__name__}: {reason}") from error
    check_components(name, nlp.pipe_names)
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


class _Ruler(EntityRuler):
    """spaCy's, without counting its patterns for each doc anew."""

    def _require_patterns(self) -> None:
        pass


def make_ruler(nlp: Language, patterns: Sequence[NerPattern]) -> EntityRuler:
    """The ruler that repairs and extends the model's named entities."""
    ruler = _Ruler(nlp, overwrite_ents=True, validate=True, phrase_matcher_attr="ORTH")
    with nlp.select_pipes(enable=[]):
        ruler.add_patterns([{"label": p.label, "pattern": p.pattern, "id": p.rule_id} for p in patterns])
    return ruler


def make_annotator(nlp: Language, patterns: Sequence[NerPattern]) -> Annotator:
    """The annotator of a loaded pipeline, with an engine if the pipeline is one that it can run."""
    ruler = make_ruler(nlp, patterns)
    tokenizer: Any = nlp.tokenizer
    if hasattr(tokenizer, "max_cache_size"):  # a tokenizer of another kind has its own ways
        tokenizer.max_cache_size = _CHUNKS
    try:
        return Annotator(nlp, ruler, Engine(nlp))
    except UnknownModelError as reason:
        return Annotator(nlp, ruler, without_engine=str(reason))


@dataclass(frozen=True, slots=True)
class Annotator:
    """A loaded pipeline and its entity ruler.

    ``engine`` runs the pipeline if there is one, else spaCy does, to the same parses at
    three times the cost; ``without_engine`` is then why there is none.
    """

    nlp: Language
    ruler: EntityRuler
    engine: Engine | None = None
    without_engine: str = ""

    def zone(self) -> AbstractContextManager[object]:
        """A context in which texts may be annotated and their parses used, and after which they may not.

        spaCy keeps every word that it ever sees, half a kilobyte each. So when it has
        seen enough, words that are new in such a context go with it. Rows are the
        same, wherever in a run that is. Contexts can't be nested.
        """
        return self.nlp.memory_zone() if len(self.nlp.vocab) > _VOCABULARY else nullcontext()

    def prepare(self, text: str, blocks: Sequence[Block], piece: Span) -> Doc:
        """Tokenize a piece of a text, and tell the parser where sentences start and where they can't.

        A block's first token starts one; a token that follows neither white space
        over a line's end nor a mark that can end a sentence never does. The rest is
        the parser's to decide.
        """
        words = piece.of(text)
        doc = self.nlp.make_doc(words)
        if not len(doc):
            return doc
        table = doc.to_array([IDX, LENGTH, IS_SPACE]).astype(np.intp)
        points = np.frombuffer(words.encode("utf-32-le", "surrogatepass"), dtype="<u4")
        ending = points[table[:, 0] + table[:, 1] - 1]
        starts = np.full(len(doc), _NEVER, dtype=np.uint64)
        starts[1:][_ENDS[np.minimum(ending, len(_ENDS) - 1)][:-1]] = _PARSER
        index = table[:, 0].tolist()
        spaces = table[:, 2].astype(bool).tolist()
        for i in np.flatnonzero(table[:-1, 2]).tolist():
            word = doc[i].text
            if "\n" in word or "\r" in word or starts[i] != _NEVER:
                starts[i + 1] = _PARSER
        for block in blocks:
            if block.span.start not in piece:
                continue
            start = block.span.shift(-piece.start).start
            first = index_at(index, start)
            while first < len(index) and (index[first] < start or spaces[first]):
                first += 1
            if first < len(index):
                starts[first] = _START
        starts[0] = _START
        doc.from_array([SENT_START], starts)  # type: ignore[arg-type] # the stub wants two dimensions, one attribute has one
        return doc

    def parse(self, docs: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
        """The model's parse of prepared docs, in order. Entities not yet repaired.

        At most ``batch_size`` docs, and some hundred thousand characters, are in work at once.
        """
        group: list[Doc] = []
        chars = 0
        for doc in docs:
            group.append(doc)
            chars += doc[-1].idx + len(doc[-1]) if len(doc) else 0
            if len(group) == batch_size or chars >= _GROUP:
                yield from self._run(group)
                group, chars = [], 0
        yield from self._run(group)

    def _run(self, docs: Sequence[Doc]) -> Iterable[Doc]:
        if self.engine is None:
            return self.nlp.pipe(docs, batch_size=max(len(docs), 1))
        self.engine(docs)
        return docs

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
            for field, text, blocks, pieces in fields:
                docs = [self._repaired(next(parsed)) for _ in pieces]
                doc = docs[0] if len(docs) == 1 else Doc.from_docs(docs, ensure_whitespace=False)
                texts.append(ParsedText(field, text, doc, blocks))
            yield ParsedArticle(article, texts)

    def _repaired(self, doc: Doc) -> Doc:
        doc.tensor = _NO_TENSOR  # nobody reads it, and it is most of a parse's memory
        return self.ruler(doc)
