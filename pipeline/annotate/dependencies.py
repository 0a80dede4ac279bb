"""spaCy's dependency parser, read out of a trained model and run over many sentences in step.

The parser is arc-eager (Nivre 2004, with spaCy's own Break and non-monotonic Reduce):
shift, reduce, left and right arcs, and breaks between sentences, chosen greedily. Where a
sentence is known to start, as at every block, the stack has to be empty, so what lies
between two such places is parsed on its own; spaCy does one doc after another, here all
stretches of a group advance together, one transition a step. The result is spaCy's. One
thing reaches from a stretch into the next: with the next one's first token ahead the parser
may say that a sentence starts right after it. The next one is begun anew then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.annotate.encoder import Floats, Keys, UnknownModelError, product
from pipeline.annotate.transitions import Layers

Ints = npt.NDArray[np.intp]
Flags = npt.NDArray[np.bool_]

_SLOTS = 96  # stretches under way at once; always as many rows, as BLAS rounds by shape
_KEPT = 25_000  # tokens for which room is kept from one group to the next, 4 kB for each
_FEATURES = 8
_SHIFT, _REDUCE, _LEFT, _RIGHT, _BREAK = range(5)
_STARTS, _NEVER = 1, -1
_LONGEST = 200  # tokens of a stretch, and how often the longest must go into the doc, to be parsed in step
_PARTS = 4


def in_many_stretches(presets: Ints) -> bool:
    """Whether a doc falls into stretches enough, and short enough, to be parsed in step; to spaCy's cost else."""
    borders = np.append((presets == _STARTS).nonzero()[0], len(presets))
    longest = int(np.diff(borders).max())
    return longest <= _LONGEST and _PARTS * longest <= len(presets)


class Dependencies:
    """The transitions of a trained ``DependencyParser``."""

    def __init__(self, pipe: Any) -> None:
        if pipe.cfg.get("learn_tokens"):
            raise UnknownModelError("a parser that joins tokens")
        self._layers = Layers(pipe, "a parser", _FEATURES)
        self._room = np.empty((_FEATURES, 0, len(self._layers.bias)), dtype=np.float32)
        names = [pipe.moves.get_class_name(i) for i in range(pipe.moves.n_moves)]
        if len(names) != self._layers.actions or {n.split("-", 1)[0] for n in names} != set("SDLRB"):
            raise UnknownModelError("a parser with other actions than those of arc-eager parsing")
        self._kind = np.array(["SDLRB".index(name[0]) for name in names])
        strings = pipe.vocab.strings
        self._label = np.array([strings.add(n.split("-", 1)[1]) if "-" in n else 0 for n in names], dtype=np.uint64)
        self._root = np.uint64(strings.add("ROOT"))
        self.decorated = {int(strings.add(name.split("-", 1)[1])) for name in names if "||" in name}

    def __call__(self, encoded: Floats, presets: Ints, after: Ints) -> tuple[Ints, Keys]:
        """Heads (a root's is its own) and labels, those of non-projective arcs still decorated.

        ``encoded`` is the tok2vec's output for the tokens of one or several docs, ``presets``
        are 1 where a sentence starts, -1 where none can, else 0: each doc's first token has 1.
        ``after`` are the places after each doc's last token, ascending.
        """
        run = _Run(self._added(encoded), presets, after)
        while run.active.any():
            run.step(self._scores(run.looked_at(), run.added), self._kind)
        heads = np.where(run.head < 0, np.arange(len(encoded)), run.head)
        return heads, np.where(run.head < 0, self._root, self._label[run.action])

    def _added(self, encoded: Floats) -> Floats:
        """What each token adds to a state's hidden layer, by place, in room that is used again.

        One row more, the last, is for a token that is not there.
        """
        count = len(encoded)
        inner = self._layers.inner(encoded, 1)
        added = self._room
        if added.shape[1] < len(inner):
            added = np.empty((_FEATURES, len(inner), len(self._layers.bias)), dtype=np.float32)
            if len(inner) <= _KEPT:
                self._room = added
        for room, weights, missing in zip(added, self._layers.places, self._layers.missing, strict=True):
            product(inner, weights, room[: len(inner)])
            room[count] = missing
        return added[:, : count + 1]

    def _scores(self, tokens: Sequence[Ints], added: Floats) -> Floats:
        state = added[0].take(tokens[0], axis=0)
        for place in range(1, _FEATURES):
            state += added[place].take(tokens[place], axis=0)
        state += self._layers.bias
        return self._layers.scores(state, _SLOTS)


class _Run:
    """States of the stretches under way, a row each, and what was decided of all tokens.

    As in spaCy a token put back from the stack waits in front of the buffer, and a head's
    dependents are known in the order in which they came; here they are a linked list, in
    which those that have got another head since are passed over.
    """

    def __init__(self, added: Floats, presets: Ints, after: Ints) -> None:
        count = len(presets)
        self.added = added
        self.never = np.append(presets == _NEVER, False)  # the item at the end, which is also at -1, is for no token
        self.started = np.append(presets == _STARTS, False)
        self.unshiftable = np.zeros(count + 1, dtype=bool)
        self.head = np.full(count, -1, dtype=np.intp)
        self.action = np.zeros(count, dtype=np.intp)
        self._firsts = np.flatnonzero(self.started[:-1])
        self._ends = np.append(self._firsts[1:], count)
        self._doc_ends = after[np.searchsorted(after, self._firsts, side="right")]
        lengths = self._ends - self._firsts
        # taken from the end: the longest first, which take longest
        self._waiting = np.argsort(-lengths, kind="stable")[::-1].tolist()
        self._preset = self.started.copy()
        self._tells = np.zeros(len(lengths) + 1, dtype=bool)  # stretches that break the next one after its first token
        self._told = np.zeros(len(lengths) + 1, dtype=bool)  # stretches begun in the knowledge of that
        longest = int(lengths.max())
        self.stretch = np.full(_SLOTS, -1, dtype=np.intp)
        self._rows = np.arange(_SLOTS)
        self.active = np.zeros(_SLOTS, dtype=bool)
        self.buffer = np.zeros(_SLOTS, dtype=np.intp)
        self.end = np.zeros(_SLOTS, dtype=np.intp)
        self.doc_end = np.zeros(_SLOTS, dtype=np.intp)
        self.depth = np.zeros(_SLOTS, dtype=np.intp)
        self.back = np.zeros(_SLOTS, dtype=np.intp)
        # three items of nothing below each stack, two below each pile of tokens put back
        self.stack = np.full((_SLOTS, longest + 3), -1, dtype=np.intp)
        self.pile = np.full((_SLOTS, longest + 2), -1, dtype=np.intp)
        # arcs in the order in which they were made
        self._arcs = 0
        self._child = np.zeros(2 * count + 2 * _SLOTS, dtype=np.intp)
        self._before = np.zeros_like(self._child)
        self._arc_of = np.full(count + 1, -1, dtype=np.intp)
        self._last_left = np.full(count + 1, -1, dtype=np.intp)
        self._last_right = np.full(count + 1, -1, dtype=np.intp)
        self._fill()

    def _fill(self) -> None:
        """Give idle slots the next stretches that wait, as far as there are any."""
        slots = (~self.active).nonzero()[0]
        given = [self._waiting.pop() for _ in range(min(len(slots), len(self._waiting)))]
        taken = slots[: len(given)]
        self.active[taken] = True
        self.stretch[taken] = given
        self._tells[given] = False
        self.depth[taken] = self.back[taken] = 0
        self.buffer[taken] = self._firsts[given]
        self.end[taken] = self._ends[given]
        self.doc_end[taken] = self._doc_ends[given]

    def _begin_anew(self, stretch: int, told: bool) -> None:
        """Forget what was decided of a stretch, now that it is known whether its second token starts a sentence."""
        first, end = self._firsts[stretch], self._ends[stretch]
        self._told[stretch] = told
        self.started[first + 1 : end] = False
        self.started[first + 1] = told
        self.unshiftable[first:end] = False
        for decided in (self.head, self._arc_of, self._last_left, self._last_right):
            decided[first:end] = -1
        if stretch not in self._waiting:
            self._waiting.append(stretch)
            self._free(self.stretch == stretch)

    def _free(self, slots: Flags | Ints) -> None:
        self.active[slots] = False
        self.stretch[slots] = -1

    def looked_at(self) -> list[Ints]:
        """The tokens by which each state is judged, -1 for none: two ahead, three on the stack, three dependents."""
        rows, depth, back = self._rows, self.depth, self.back
        ahead = np.where(self.buffer < self.doc_end, self.buffer, -1)
        second = np.where(self.buffer + 1 < self.doc_end, self.buffer + 1, -1)
        self.b0 = np.where(back > 0, self.pile[rows, back + 1], ahead)
        self.b1 = np.where(back > 1, self.pile[rows, back], np.where(back > 0, ahead, second))
        self.s0 = self.stack[rows, depth + 2]
        return [
            self.b0,
            self.b1,
            self.s0,
            self.stack[rows, depth + 1],
            self.stack[rows, depth],
            self._dependent(self._last_left[self.b0]),
            self._dependent(self._last_left[self.s0]),
            self._dependent(self._last_right[self.s0]),
        ]

    def _dependent(self, arc: Ints) -> Ints:
        """The dependent of the last of a head's arcs that still holds."""
        while True:
            child = self._child[arc]
            gone = (arc >= 0) & (self._arc_of[child] != arc)
            if not gone.any():
                return np.where(arc < 0, -1, child)
            arc = np.where(gone, self._before[arc], arc)

    def step(self, scores: Floats, kinds: Ints) -> None:
        """Take the best allowed transition of each state."""
        b0, b1, s0 = self.b0, self.b1, self.s0
        left = self.doc_end - self.buffer + self.back
        filled = self.depth > 0
        at_start = self.started[b0]
        allowed = np.empty((_SLOTS, 5), dtype=bool)
        allowed[:, _SHIFT] = ~filled | ((left > 1) & ~at_start & ~self.unshiftable[b0])
        allowed[:, _REDUCE] = filled & ((left == 0) | (self.depth > 1) | ~self.never[b0])
        allowed[:, _LEFT] = filled & (left > 0) & ~at_start
        allowed[:, _RIGHT] = allowed[:, _LEFT]
        # what a stretch does to the next is not to be seen in it, should it be begun anew
        beyond = b0 >= self.end
        known = np.where(beyond, self._preset[b1] | self._tells[self.stretch], self.started[b1])
        allowed[:, _BREAK] = (left > 1) & (b1 == b0 + 1) & ~known & ~self.never[b1]
        action = np.where(allowed[:, kinds], scores, -np.inf).argmax(axis=1)
        kind = np.where(self.active, kinds[action], -1)

        lefts, rights = (kind == _LEFT).nonzero()[0], (kind == _RIGHT).nonzero()[0]
        self._link(b0[lefts], s0[lefts], action[lefts], self._last_left)
        self._link(s0[rights], b0[rights], action[rights], self._last_right)
        self.unshiftable[b0[lefts]] = False
        reduces = (kind == _REDUCE).nonzero()[0]
        again = reduces[(self.head[s0[reduces]] < 0) & (self.depth[reduces] > 1)]
        self.unshiftable[s0[again]] = True
        self.pile[again, self.back[again] + 2] = s0[again]
        self.back[again] += 1
        pops = np.concatenate([lefts, reduces])
        self.depth[pops] -= 1
        pushes = np.concatenate([(kind == _SHIFT).nonzero()[0], rights])
        self.stack[pushes, self.depth[pushes] + 3] = b0[pushes]
        self.depth[pushes] += 1
        piled = self.back[pushes] > 0
        self.back[pushes[piled]] -= 1
        self.buffer[pushes[~piled]] += 1
        breaks = (kind == _BREAK).nonzero()[0]
        if len(breaks):
            self.started[b1[breaks]] = True
            tell = self.stretch[breaks[beyond[breaks]]]
            self._tells[tell] = True
            for stretch in tell[~self._told[tell + 1]].tolist():
                self._begin_anew(stretch + 1, told=True)
        done = (self.active & (self.depth == 0) & (self.back == 0) & (self.buffer >= self.end)).nonzero()[0]
        if len(done):
            finished = self.stretch[done]
            self._free(done)
            for stretch in finished[self._told[finished + 1] & ~self._tells[finished]].tolist():
                self._begin_anew(stretch + 1, told=False)
        if len(breaks) or len(done):
            self._fill()

    def _link(self, heads: Ints, children: Ints, actions: Ints, last: Ints) -> None:
        count = len(heads)
        if not count:
            return
        if self._arcs + count >= len(self._child):
            self._child = np.concatenate([self._child, np.zeros_like(self._child)])
            self._before = np.concatenate([self._before, np.zeros_like(self._before)])
        arcs = np.arange(self._arcs, self._arcs + count)
        self._arcs += count
        self._child[arcs] = children
        self._before[arcs] = last[heads]
        last[heads] = arcs
        self._arc_of[children] = arcs
        self.head[children] = heads
        self.action[children] = actions
