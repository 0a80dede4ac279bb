"""Union-find on disk: which rows of a corpus belong together, in eight bytes a row."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.int64]
_CHUNK = 50_000


class Forest:
    """Rows 0 to ``count`` - 1, each alone at first, in a file that must not be there yet.

    The root of a group is the smallest of its rows. The file is mapped: ``forget``
    gives its memory back between two stretches of work.
    """

    def __init__(self, path: Path, count: int) -> None:
        self.count = count
        self._parents: Any = np.memmap(path, np.int64, "w+", shape=(max(1, count),))
        for start in range(0, count, _CHUNK):
            self._parents[start : start + _CHUNK] = np.arange(start, min(count, start + _CHUNK))

    def find(self, row: int) -> int:
        """The root of a row's group."""
        parents = self._parents
        root = int(parents[row])
        while (up := int(parents[root])) != root:
            parents[row] = up
            root = up
        return root

    def unite(self, first: int, second: int) -> None:
        """Make one group of two."""
        a, b = self.find(first), self.find(second)
        if a != b:
            self._parents[max(a, b)] = min(a, b)

    def joined(self) -> Iterator[tuple[int, int]]:
        """Every row that is no root, and the root of its group; by row."""
        for start in range(0, self.count, _CHUNK):
            above = self._parents[start : start + _CHUNK][: self.count - start]
            rows = np.flatnonzero(above != np.arange(start, start + len(above))) + start
            for row in rows.tolist():
                yield row, self.find(row)
            self.forget()

    def forget(self) -> None:
        """Give back the memory of the mapped file; what was written stays in the system's own cache of it."""
        if hasattr(mmap, "MADV_DONTNEED"):
            self._parents._mmap.madvise(mmap.MADV_DONTNEED)
