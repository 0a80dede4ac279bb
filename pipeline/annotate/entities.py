"""spaCy's named entity recognizer, read out of a trained model and decoded here.

The recognizer is a transition system over BILUO actions (begin, in, last, unit, out),
decoded greedily. What it looks at is the token ahead and, while an entity is open, the
entity's first token and the one before. So outside entities its choice at a token
depends on that token alone, and what becomes of an entity on where it was opened: all
tokens are scored at once as though nothing were open, then every entity that one of
them would open is followed to its end, all of them a token at a time. Reading off what
is reached from the left gives spaCy's own entities, at a tenth of its cost, most of
which is asking each of some seventy actions at each token whether it is allowed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.annotate.encoder import Floats, UnknownModelError, product, tiles
from pipeline.annotate.transitions import Layers

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
_FEATURES = 3  # the token ahead, the entity's first, the one before


class Found(NamedTuple):
    """An entity: first token, token after the last, label."""

    start: int
    end: int
    label: str


class Recognizer:
    """The transitions of a trained ``EntityRecognizer`` without preset entities."""

    def __init__(self, pipe: Any) -> None:
        self._layers = Layers(pipe, "an entity recognizer", _FEATURES)
        self._places = np.concatenate(self._layers.places, axis=1)
        self._read_moves([pipe.moves.get_class_name(i) for i in range(pipe.moves.n_moves)])

    def _read_moves(self, names: Sequence[str]) -> None:
        """Which column of the scores is which action."""
        moves = [(name.split("-", 1)[0], name.split("-", 1)[1] if "-" in name else "") for name in names]
        if len(moves) > self._layers.actions or {move for move, _ in moves} != set("BILUO"):
            raise UnknownModelError("an entity recognizer with other actions than BILUO")
        self._labels = sorted({label for move, label in moves if label})
        column = {name: i for i, name in enumerate(moves)}
        try:
            self._in = np.array([column["I", label] for label in self._labels])
            self._last = np.array([column["L", label] for label in self._labels])
        except KeyError as error:
            raise UnknownModelError(f"an entity recognizer without the action {error}") from error
        number = {label: i for i, label in enumerate(self._labels)}
        width = self._layers.actions
        self._label_of = np.array([number.get(label, -1) for _, label in moves] + [-1] * (width - len(moves)))
        kind = [move if label or move == "O" else "" for move, label in moves] + [""] * (width - len(moves))
        self._begins = np.array([k == "B" for k in kind])
        self._units = np.array([k == "U" for k in kind])
        self._never = np.array([k not in ("B", "U", "O") for k in kind])  # while no entity is open

    def __call__(self, encoded: Floats, starts: Flags, spaces: Flags, lasts: Flags) -> list[Found]:
        """Entities in order, over the tokens of one or several docs.

        ``encoded`` is the tok2vec's output; ``starts`` the tokens that start a sentence,
        ``spaces`` those of white space, ``lasts`` each doc's last token.
        """
        count = len(encoded)
        if not count:
            return []
        added = self._added(encoded)
        missing = self._layers.missing
        closed = added[:count, 0] + (missing[1] + missing[2] + self._layers.bias)
        scores = self._scores(closed)
        # no entity opens where the next token starts a sentence or the doc ends, nor on white space
        alone = lasts.copy()
        alone[:-1] |= starts[1:]
        scores[:, self._never] = -np.inf
        scores[np.ix_(alone, self._begins)] = -np.inf
        scores[np.ix_(spaces, self._begins | self._units)] = -np.inf
        choice = scores.argmax(axis=1)
        ends = np.zeros(count, dtype=np.intp)  # token after the entity that a token opens; 0 if it opens none
        ends[self._units[choice]] = np.flatnonzero(self._units[choice]) + 1
        opened = np.flatnonzero(self._begins[choice])
        self._follow(added, opened, self._label_of[choice[opened]], alone, ends)
        return self._read(choice, ends)

    def _follow(self, added: Floats, opened: Places, labels: Places, alone: Flags, ends: Places) -> None:
        """Where the entities end that ``opened`` begin, each on its own, a token a turn."""
        first, at = opened, opened + 1
        while len(first):
            state = added[at, 0] + added[first, 1] + added[at - 1, 2] + self._layers.bias
            scores = self._scores(state)
            row = np.arange(len(first))
            goes_on = scores[row, self._in[labels]], scores[row, self._last[labels]]
            # of equal scores spaCy takes the action that comes first
            more = np.where(self._in[labels] < self._last[labels], goes_on[0] >= goes_on[1], goes_on[0] > goes_on[1])
            more &= ~alone[at]
            ends[first[~more]] = at[~more] + 1
            first, at, labels = first[more], at[more] + 1, labels[more]

    def _read(self, choice: Places, ends: Places) -> list[Found]:
        out: list[Found] = []
        reached = 0
        for start in np.flatnonzero(ends).tolist():
            if start >= reached:
                reached = int(ends[start])
                out.append(Found(start, reached, self._labels[self._label_of[choice[start]]]))
        return out

    def _added(self, encoded: Floats) -> Floats:
        """What each token adds to a state's hidden layer, in each of the places: tokens, places, values."""
        inner = self._layers.inner(encoded)
        return product(inner, self._places).reshape(len(inner), _FEATURES, -1)

    def _scores(self, states: Floats) -> Floats:
        return self._layers.scores(states, tiles(len(states)))
