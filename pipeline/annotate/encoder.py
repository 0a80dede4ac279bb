"""spaCy's tok2vec layers, read out of a trained model and run here.

The model is a ``MultiHashEmbed`` (hashed attributes and static vectors, mixed by one
maxout layer) under a ``MaxoutWindowEncoder`` (a stack of convolutions over the
neighbours). What the first makes of a word depends on nothing but the word, so it is
computed once a word and kept; the second is the same sums in larger pieces, in
memory that is used again.

Results are spaCy's up to the rounding of the last bits, and those of a text are the
same in any company: all products are taken in tiles of one height, since BLAS rounds
by the shape of what it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from spacy.attrs import NORM, ORTH, SPACY, intify_attr
from spacy.tokens import Doc
from thinc.api import Model, NumpyOps

Floats = npt.NDArray[np.float32]
Keys = npt.NDArray[np.uint64]

TILE = 512
REMEMBERED = 40_000  # words; some 800 bytes each
_OPS = NumpyOps()
_VARIANCE = np.float32(1e-08)  # what thinc's layer norm adds


class UnknownModelError(Exception):
    """The pipeline is not built as this room knows; the message says where. spaCy runs it then."""


def tiles(rows: int) -> int:
    """Rows of the whole tiles that hold ``rows``."""
    return -(-rows // TILE) * TILE


def product(x: Floats, weights: Floats, out: Floats | None = None) -> Floats:
    """``x @ weights`` by the tile. ``x`` has whole tiles of rows; ``weights`` is inputs by outputs."""
    if out is None:
        out = np.empty((len(x), weights.shape[1]), dtype=np.float32)
    for at in range(0, len(x), TILE):
        np.matmul(x[at : at + TILE], weights, out=out[at : at + TILE])
    return out


def maxout(hidden: Floats, pieces: int) -> Floats:
    """The best of each output's pieces; ``hidden``, outputs piece by piece, is overwritten, and part of it returned."""
    width = hidden.shape[1] // pieces
    best = hidden[:, :width]
    for piece in range(1, pieces):
        np.maximum(best, hidden[:, piece * width : (piece + 1) * width], out=best)
    return best


@dataclass(frozen=True, slots=True)
class MaxoutNorm:
    """A maxout layer and the layer norm upon it. ``weights``: inputs by pieces times outputs, piece by piece."""

    weights: Floats
    bias: Floats
    gain: Floats
    shift: Floats
    pieces: int

    @classmethod
    def read(cls, maxout: Model[Any, Any], norm: Model[Any, Any]) -> MaxoutNorm:
        """Take a trained layer's parameters over."""
        w = np.asarray(maxout.get_param("W"), dtype=np.float32)  # outputs, pieces, inputs
        b = np.asarray(maxout.get_param("b"), dtype=np.float32)
        outputs, pieces, inputs = w.shape
        return cls(
            np.ascontiguousarray(w.transpose(2, 1, 0).reshape(inputs, pieces * outputs)),
            np.ascontiguousarray(b.T.reshape(-1)),
            np.asarray(norm.get_param("G"), dtype=np.float32),
            np.asarray(norm.get_param("b"), dtype=np.float32),
            pieces,
        )

    @property
    def width(self) -> int:
        """Numbers that come out for each row."""
        return len(self.gain)

    def __call__(self, x: Floats, hidden: Floats) -> Floats:
        """One tile through the layer. ``hidden`` is room for a tile of hidden values; part of it is returned."""
        np.matmul(x, self.weights, out=hidden)
        hidden += self.bias
        best = maxout(hidden, self.pieces)
        best -= best.mean(axis=1, keepdims=True)
        variance = np.einsum("ij,ij->i", best, best)[:, None]
        variance /= np.float32(self.width)
        variance += _VARIANCE
        best *= 1 / np.sqrt(variance)
        best *= self.gain
        best += self.shift
        return best


@dataclass(frozen=True, slots=True)
class _HashedAttribute:
    attribute: int
    table: Floats
    seed: int

    def __call__(self, ids: Keys) -> Floats:
        keys = _OPS.hash(np.ascontiguousarray(ids), self.seed) % len(self.table)
        return cast(Floats, _OPS.gather_add(self.table, keys))


class Embedding:
    """A ``MultiHashEmbed`` for single words, given their attributes."""

    def __init__(self, model: Model[Any, Any]) -> None:
        walked = list(model.walk())
        features = [layer for layer in walked if layer.name == "extract_features"]
        columns = [int(intify_attr(column)) for layer in features for column in layer.attrs["columns"]]
        hashed = {
            int(part.attrs["column"]): layer
            for part in walked
            for layer in part.layers
            if layer.name == "hashembed" and "column" in part.attrs
        }
        if sorted(hashed) != list(range(len(columns))):
            raise UnknownModelError("an embedding whose columns are not hashed one by one")
        self.attributes = columns
        self._hashed = [
            _HashedAttribute(
                columns[i],
                np.asarray(hashed[i].get_param("E"), dtype=np.float32),
                int(hashed[i].attrs["seed"]),
            )
            for i in range(len(columns))
        ]
        static = [layer for layer in walked if layer.name == "static_vectors"]
        if len(static) > 1:
            raise UnknownModelError("several tables of static vectors")
        self._static = np.ascontiguousarray(static[0].get_param("W").T) if static else None
        self._mix = MaxoutNorm.read(_only(walked, "maxout"), _only(walked, "layernorm"))
        self.width = self._mix.width

    def __call__(self, attributes: dict[int, Keys], doc: Doc) -> Floats:
        """Embeddings of words, one a row. ``attributes`` has all of ``self.attributes``, and ORTH."""
        parts = [hashed(attributes[hashed.attribute]) for hashed in self._hashed]
        count = len(parts[0])
        if self._static is not None:
            vectors = doc.vocab.vectors
            rows = vectors.find(keys=attributes[ORTH])
            found = np.zeros((tiles(count), vectors.shape[1]), dtype=np.float32)
            found[:count] = vectors.data[rows]
            static = product(found, self._static)[:count]
            static[rows < 0] = 0
            parts.append(static)
        x = np.zeros((tiles(count), sum(part.shape[1] for part in parts)), dtype=np.float32)
        np.concatenate(parts, axis=1, out=x[:count])
        out = np.empty((len(x), self.width), dtype=np.float32)
        hidden = np.empty((TILE, self._mix.weights.shape[1]), dtype=np.float32)
        for at in range(0, len(x), TILE):
            out[at : at + TILE] = self._mix(x[at : at + TILE], hidden)
        return out[:count]


class Convolutions:
    """A ``MaxoutWindowEncoder`` with a window of one word on each side."""

    def __init__(self, model: Model[Any, Any]) -> None:
        walked = list(model.walk())
        windows = [int(layer.attrs["window_size"]) for layer in walked if layer.name == "expand_window"]
        maxouts = [layer for layer in walked if layer.name == "maxout"]
        norms = [layer for layer in walked if layer.name == "layernorm"]
        residuals = [name for name in (layer.name for layer in walked) if name.startswith("residual(")]
        residuals = [name for name in residuals if ">>residual(" not in name]
        if set(windows) != {1} or not len(windows) == len(maxouts) == len(norms) == len(residuals):
            raise UnknownModelError("an encoder that is no stack of convolutions over one neighbour")
        self._layers = [MaxoutNorm.read(*pair) for pair in zip(maxouts, norms, strict=True)]
        self.width = self._layers[0].width
        self.pad = int(model.attrs["pad"])
        self._window = np.empty((TILE, 3 * self.width), dtype=np.float32)
        self._hidden = np.empty((TILE, self._layers[0].weights.shape[1]), dtype=np.float32)

    def __call__(self, x: Floats) -> Floats:
        """Encode rows in place. ``x`` has a whole number of tiles and one row more at each end, which stay zero."""
        width, window = self.width, self._window
        for layer in self._layers:
            before = x[0].copy()
            for at in range(1, len(x) - 1, TILE):
                rows = x[at : at + TILE]
                window[0, :width] = before
                window[1:, :width] = rows[:-1]
                window[:, width : 2 * width] = rows
                window[:, 2 * width :] = x[at + 1 : at + TILE + 1]
                before = rows[-1].copy()
                rows += layer(window, self._hidden)
        return x


class Encoder:
    """Several tok2vec models over the same words, with one memory of their embeddings.

    Not to be used by two threads at once.
    """

    def __init__(self, models: Sequence[Model[Any, Any]]) -> None:
        self._parts: list[tuple[Embedding, Convolutions]] = []
        for model in models:
            if not (model.has_ref("embed") and model.has_ref("encode")):
                raise UnknownModelError("a tok2vec that is not an embedding and an encoder")
            self._parts.append((Embedding(model.get_ref("embed")), Convolutions(model.get_ref("encode"))))
        if len({(c.width, c.pad) for _, c in self._parts}) != 1:
            raise UnknownModelError("tok2vec layers of different width or depth")
        self.width, self._pad = self._parts[0][1].width, self._parts[0][1].pad
        self._attributes = list(
            dict.fromkeys([ORTH, NORM, SPACY] + [a for embedding, _ in self._parts for a in embedding.attributes])
        )
        self._row: dict[int, int] = {}
        self._known = np.empty((0, len(self._parts) * self.width), dtype=np.float32)

    def forget(self) -> None:
        """Empty the memory of embeddings."""
        self._row.clear()
        self._known = self._known[:0]

    def __call__(self, docs: Sequence[Doc]) -> list[Floats]:
        """A matrix for each model: one row a token, doc after doc. The docs share a vocabulary."""
        filled = [doc for doc in docs if len(doc)]
        if not filled:
            return [np.zeros((0, self.width), dtype=np.float32) for _ in self._parts]
        table = np.concatenate([doc.to_array(self._attributes) for doc in filled])
        words = self._remembered(table, filled[0])
        place, at = np.empty(len(table), dtype=np.intp), 0
        row = 1 + self._pad
        for doc in filled:
            place[at : at + len(doc)] = np.arange(row, row + len(doc))
            at, row = at + len(doc), row + len(doc) + self._pad
        out = []
        x = np.empty((tiles(row - 1) + 2, self.width), dtype=np.float32)
        for i, (_, convolutions) in enumerate(self._parts):
            x.fill(0)
            x[place] = self._known[words, i * self.width : (i + 1) * self.width]
            out.append(convolutions(x)[place])
        return out

    def _remembered(self, table: Keys, doc: Doc) -> npt.NDArray[np.intp]:
        """Rows of the memory that hold the embeddings of all words, those not yet there being made."""
        # the other attributes follow from the word; its norm may be a tokenizer exception's own
        key = table[:, 0] * np.uint64(0x9E3779B97F4A7C15) ^ table[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F) ^ table[:, 2]
        distinct, first, inverse = np.unique(key, return_index=True, return_inverse=True)
        keys = distinct.tolist()
        if len(self._row) + len(keys) > REMEMBERED:
            self.forget()
        known = self._row
        fresh = [i for i, k in enumerate(keys) if k not in known]
        if fresh:
            rows = table[first[fresh]]
            attributes = {a: np.ascontiguousarray(rows[:, i]) for i, a in enumerate(self._attributes)}
            made = np.concatenate([embedding(attributes, doc) for embedding, _ in self._parts], axis=1)
            after = len(known) + len(made)
            if after > len(self._known):
                grown = np.empty((max(after, 2 * len(self._known)), made.shape[1]), dtype=np.float32)
                grown[: len(known)] = self._known[: len(known)]
                self._known = grown
            self._known[len(known) : after] = made
            for i in fresh:
                known[keys[i]] = len(known)
        place = np.fromiter((known[k] for k in keys), dtype=np.intp, count=len(keys))
        return place[inverse]


def _only(walked: Sequence[Model[Any, Any]], name: str) -> Model[Any, Any]:
    found = [layer for layer in walked if layer.name == name]
    if len(found) != 1:
        raise UnknownModelError(f"an embedding with {len(found)} layers of type {name}")
    return found[0]
