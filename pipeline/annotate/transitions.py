"""The layers of spaCy's transition systems (parser, entity recognizer), read out of a trained model.

A state is judged by some of its tokens: each adds, by its place among them, to the
hidden layer, of which an upper layer makes the score of each action.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pipeline.annotate.encoder import Floats, UnknownModelError, maxout, product, tiles


class Layers:
    """A transition system's linear layer over tok2vec, lower layer and upper layer.

    ``places`` holds the lower layer's weights (inputs by pieces times outputs, piece by
    piece) for each token of a state, ``missing`` what stands for one that is not there,
    ``bias`` what all states have. UnknownModelError if the model is not built so;
    ``what`` names it there.
    """

    def __init__(self, pipe: Any, what: str, tokens: int) -> None:
        model = pipe.model
        if not model.attrs["has_upper"] or model.attrs["unseen_classes"] or pipe.cfg["beam_width"] != 1:
            raise UnknownModelError(f"{what} that is not decoded greedily by two layers")
        layers = model.get_ref("tok2vec").layers
        if [layer.name for layer in layers[1:]] != ["list2array", "linear"]:
            raise UnknownModelError(f"{what} that is not one linear layer over a tok2vec")
        self._inward = np.ascontiguousarray(layers[-1].get_param("W").T), layers[-1].get_param("b")
        lower, upper = model.get_ref("lower"), model.get_ref("upper")
        weights = np.asarray(lower.get_param("W"), dtype=np.float32)  # tokens, outputs, pieces, inputs
        looked_at, outputs, self._pieces, inputs = weights.shape
        if looked_at != tokens:
            raise UnknownModelError(f"{what} that looks at {looked_at} tokens")
        self.places = [np.ascontiguousarray(w.transpose(2, 1, 0).reshape(inputs, -1)) for w in weights]
        self.bias = np.ascontiguousarray(np.asarray(lower.get_param("b"), dtype=np.float32).T.reshape(-1))
        missing = np.asarray(lower.get_param("pad"), dtype=np.float32).reshape(tokens, outputs, self._pieces)
        self.missing = np.ascontiguousarray(missing.transpose(0, 2, 1).reshape(tokens, -1))
        self._upper = np.ascontiguousarray(upper.get_param("W").T), upper.get_param("b")

    @property
    def actions(self) -> int:
        """How many scores a state has."""
        return len(self._upper[1])

    def inner(self, encoded: Floats, spare: int = 0) -> Floats:
        """The linear layer over tok2vec's output, in whole tiles of rows, ``spare`` at least beyond those given."""
        x = np.zeros((tiles(len(encoded) + spare), encoded.shape[1]), dtype=np.float32)
        x[: len(encoded)] = encoded
        inner = product(x, self._inward[0])
        inner += self._inward[1]
        return inner

    def scores(self, states: Floats, rows: int) -> Floats:
        """The scores of states' actions, given what their tokens and the bias add up to, which is overwritten.

        As many ``rows`` are given to BLAS, which rounds by that.
        """
        best = maxout(states, self._pieces)
        hidden = np.zeros((rows, best.shape[1]), dtype=np.float32)
        hidden[: len(best)] = best
        scores = product(hidden, self._upper[0])[: len(best)]
        scores += self._upper[1]
        return scores
