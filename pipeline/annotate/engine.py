"""A spaCy pipeline run over a group of docs, to the same results for a quarter of the CPU.

Components whose output nobody reads are left out. Of the rest the tokenizer is spaCy's
own, and the parser where a doc has too few paragraphs; tok2vec layers, tagger, entity
recognizer, attribute ruler, lemmatizer and otherwise the parser are done by ``encoder``,
``entities``, ``words`` and ``dependencies``. A pipeline that is not built as they know is
refused with ``UnknownModelError``, and spaCy has to run it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

import numpy as np
from spacy.attrs import DEP, ENT_IOB, ENT_TYPE, HEAD, IS_SPACE, LEMMA, ORTH, POS, SENT_START, TAG
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import Model
from threadpoolctl import ThreadpoolController

from pipeline.annotate.dependencies import Dependencies, in_many_stretches
from pipeline.annotate.encoder import Encoder, Floats, UnknownModelError, product, tiles
from pipeline.annotate.entities import Places, Recognizer
from pipeline.annotate.words import Words

_KNOWN = ("tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "ner")
_UNREAD = ("senter",)
_TOGETHER = 16_000  # tokens annotated at once: the parser takes 4 kB for each
_NO_TENSOR = np.zeros((0,), dtype="float32")
_INSIDE, _OUTSIDE, _BEGIN = np.uint64(1), np.uint64(2), np.uint64(3)  # Doc's coding of ENT_IOB


class Engine:
    """The components of a pipeline, ready to annotate docs. Not to be used by two threads at once.

    UnknownModelError, with the reason, if the pipeline is not one that can be run here.
    """

    def __init__(self, nlp: Language) -> None:
        pipes = [name for name in nlp.pipe_names if name not in _UNREAD]
        if sorted(pipes) != sorted(_KNOWN):
            raise UnknownModelError(f"components {', '.join(pipes)}")
        self._vocab = nlp.vocab
        pipe: dict[str, Any] = dict(nlp.pipeline)
        self._parser, tagger = pipe["parser"], pipe["tagger"]
        self._encoder = Encoder([pipe["tok2vec"].model, pipe["ner"].model.get_ref("tok2vec").layers[0]])
        self._dependencies = Dependencies(self._parser)
        self._recognizer = Recognizer(pipe["ner"])
        self._words = Words(nlp)
        softmax: Any = _softmax(tagger.model)
        self._tag_weights = np.ascontiguousarray(softmax.get_param("W").T), softmax.get_param("b")
        self._tags = np.array([nlp.vocab.strings.add(label) for label in tagger.labels], dtype=np.uint64)
        if len(self._tags) != len(self._tag_weights[1]):
            raise UnknownModelError("a tagger with other labels than outputs")
        self._listens_to_tok2vec(tagger.model)
        self._listens_to_tok2vec(self._parser.model)
        self._threads = ThreadpoolController()

    @staticmethod
    def _listens_to_tok2vec(model: Model[Any, Any]) -> None:
        if not any(layer.name == "tok2vec-listener" for layer in model.walk()):
            raise UnknownModelError("a tagger or parser that does not share the pipeline's tok2vec")

    def __call__(self, docs: Sequence[Doc]) -> None:
        """Annotate fresh docs in place: tags, parts of speech, lemmas, dependencies, sentences, entities.

        Preset sentence starts are kept to. No tensor is left, and no morphology.
        """
        for group in _groups([doc for doc in docs if len(doc)], _TOGETHER):
            self._annotate(group)

    def _annotate(self, docs: Sequence[Doc]) -> None:
        after = np.cumsum([len(doc) for doc in docs])
        lasts = np.zeros(after[-1], dtype=bool)
        lasts[after - 1] = True
        with self._threads.limit(limits=1, user_api="blas"):
            shared, own = self._encoder(docs)
            self._parse(docs, shared)
            table = np.concatenate([doc.to_array([ORTH, DEP, SENT_START, IS_SPACE]) for doc in docs])
            found = self._recognizer(own, table[:, 2] == 1, table[:, 3] == 1, lasts)
            words = self._words(
                np.ascontiguousarray(table[:, 0]), self._tag(shared), np.ascontiguousarray(table[:, 1]), lasts
            )
        iob = np.full(len(table), _OUTSIDE)
        kind = np.zeros(len(table), dtype=np.uint64)
        for start, end, label in found:
            iob[start] = _BEGIN
            iob[start + 1 : end] = _INSIDE
            kind[start:end] = self._vocab.strings[label]
        out = np.stack([words.tag, words.pos, words.lemma, words.dep, iob, kind], axis=1)
        for doc, end in zip(docs, after.tolist(), strict=True):
            place: Any = doc
            place.from_array([TAG, POS, LEMMA, DEP, ENT_IOB, ENT_TYPE], out[end - len(doc) : end])

    def _parse(self, docs: Sequence[Doc], encoded: Floats) -> None:
        """Heads, labels and sentences. What parses a doc is decided by the doc alone, so that company can't matter."""
        in_step: list[tuple[Doc, Floats, Places]] = []
        whole: list[Doc] = []
        at = 0
        for doc in docs:
            rows = encoded[at : at + len(doc)]
            at += len(doc)
            presets = doc.to_array([SENT_START]).astype(np.intp)  # -1 comes as an unsigned number
            presets[0] = 1
            if in_many_stretches(presets):
                in_step.append((doc, rows, presets))
            else:
                doc.tensor = cast(Any, rows)
                whole.append(doc)
        if in_step:
            self._parse_in_step(*zip(*in_step, strict=True))
        for group in _groups(sorted(whole, key=len), _TOGETHER // 2):  # spaCy takes docs of like length best
            self._parser.set_annotations(group, self._parser.predict(group))
        for doc in whole:
            doc.tensor = _NO_TENSOR

    def _parse_in_step(self, docs: Sequence[Doc], rows: Sequence[Floats], presets: Sequence[Places]) -> None:
        after = np.cumsum([len(doc) for doc in docs])
        heads, labels = self._dependencies(np.concatenate(rows), np.concatenate(presets), after)
        offsets = (heads - np.arange(len(heads))).astype(np.uint64)
        crossing = np.isin(labels, list(self._dependencies.decorated))
        for doc, end in zip(docs, after.tolist(), strict=True):
            here = slice(end - len(doc), end)
            place: Any = doc
            place.from_array([HEAD, DEP], np.stack([offsets[here], labels[here]], axis=1))
            if crossing[here].any():
                for hook in self._parser.postprocesses:  # spaCy's own way back from their labels
                    hook(doc)

    def _tag(self, encoded: Floats) -> Any:
        x = np.zeros((tiles(len(encoded)), encoded.shape[1]), dtype=np.float32)
        x[: len(encoded)] = encoded
        scores = product(x, self._tag_weights[0])[: len(encoded)]
        scores += self._tag_weights[1]
        return self._tags[scores.argmax(axis=1)]


def _softmax(model: Model[Any, Any]) -> Model[Any, Any]:
    found = [layer for layer in model.walk() if layer.name == "softmax"]
    if len(found) != 1:
        raise UnknownModelError("a tagger that does not end in one softmax")
    return found[0]


def _groups(docs: Sequence[Doc], limit: int) -> Iterator[list[Doc]]:
    """Docs in their order, in groups of at most ``limit`` tokens or of one doc."""
    group: list[Doc] = []
    tokens = 0
    for doc in docs:
        if group and tokens + len(doc) > limit:
            yield group
            group, tokens = [], 0
        group.append(doc)
        tokens += len(doc)
    if group:
        yield group
