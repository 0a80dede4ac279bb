"""Union-find on disk: which rows of a corpus belong together, in eight bytes a row."""

from __future__ import annotations

import mmap
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
_CHUNK = 50_000


def mapped(path: Path, kind: npt.DTypeLike, count: int) -> Any:
    """A new file of ``count`` zeros, and at least one, as an array in the file. OSError if the disk has no room for it.

    The room is taken first: a mapped file that finds none later ends the process.
    """
    size = max(1, count)
    with path.open("xb") as file:
        if hasattr(os, "posix_fallocate"):  # macOS has none
            os.posix_fallocate(file.fileno(), 0, size * np.dtype(kind).itemsize)
        else:
            file.write(bytes(size * np.dtype(kind).itemsize))
    return np.memmap(path, kind, "r+", shape=(size,))


class Forest:
    """Rows 0 to ``count`` - 1, each alone at first, in a file that must not be there yet.

    The root of a group is the smallest of its rows. The file is mapped: ``forget``
    gives its memory back between two stretches of work.
    """

    def __init__(self, path: Path, count: int) -> None:
        self.count = count
        self._map = mapped(path, np.int64, count)
        self._rows: Rows = self._map.view(np.ndarray)
        self._parents = self._rows.data  # looked up one by one: faster than in the array
        for start in range(0, count, _CHUNK):
            self._rows[start : start + _CHUNK] = np.arange(start, min(count, start + _CHUNK))

    def find(self, row: int) -> int:
        """The root of a row's group."""
        parents = self._parents
        root: int = parents[row]
        while (up := parents[root]) != root:
            parents[row] = up
            root = up
        return root

    def find_all(self, rows: Rows) -> Rows:
        """The root of the group of each of some rows."""
        found = self._rows[rows]
        while not np.array_equal(above := self._rows[found], found):
            found = above
        self._rows[rows] = found
        return found

    def unite(self, first: int, second: int) -> None:
        """Make one group of two."""
        a, b = self.find(first), self.find(second)
        if a != b:
            self._parents[max(a, b)] = min(a, b)

    def unite_all(self, first: Rows, second: Rows) -> None:
        """Make one group of each two that stand at one place: the same as ``unite``, faster for many."""
        while True:
            one, other = self.find_all(first), self.find_all(second)
            apart = one != other
            if not apart.any():
                return
            first, second = one[apart], other[apart]
            above = np.maximum(first, second)
            np.minimum.at(self._rows, above, np.minimum(first, second))
            while not np.array_equal(self._rows[above], up := self._rows[self._rows[above]]):
                self._rows[above] = up  # however long a chain has become, half of it is left

    def joined(self) -> Iterator[tuple[int, int]]:
        """Every row that is no root, and the root of its group; by row."""
        for start in range(0, self.count, _CHUNK):
            rows = np.arange(start, min(self.count, start + _CHUNK))
            roots = self.find_all(rows)
            below = roots != rows
            yield from zip(rows[below].tolist(), roots[below].tolist(), strict=True)
            self.forget()

    def forget(self) -> None:
        """Give back the memory of the mapped file; what was written stays in the system's own cache of it."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._map._mmap.madvise(mmap.MADV_DONTNEED)
