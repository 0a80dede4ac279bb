"""Union-find on disk: one by one or all at once, groups and their roots are the same."""

from __future__ import annotations

import resource
import signal
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.forest import Forest, mapped

COUNT = 40
PAIRS = st.lists(st.tuples(st.integers(0, COUNT - 1), st.integers(0, COUNT - 1)))


def groups(pairs: list[tuple[int, int]]) -> list[int]:
    """The smallest row that each row is joined with, by looking until nothing changes."""
    roots = list(range(COUNT))
    while True:
        before = list(roots)
        for a, b in pairs:
            roots[a] = roots[b] = min(roots[a], roots[b])
        if roots == before:
            return roots


@given(PAIRS, PAIRS)
def test_groups_by_the_smallest_row(first: list[tuple[int, int]], then: list[tuple[int, int]]) -> None:
    expected = groups([*first, *then])
    with TemporaryDirectory() as folder:
        one, many = (Forest(Path(folder) / name, COUNT) for name in ("one", "many"))
        for a, b in (*first, *then):
            one.unite(a, b)
        for pairs in (first, then):
            ends = np.array(pairs, np.int64).reshape(-1, 2)
            many.unite_all(ends[:, 0], ends[:, 1])
        for forest in (one, many):
            assert list(forest.joined()) == [(row, root) for row, root in enumerate(expected) if row != root]
            assert [forest.find(row) for row in range(COUNT)] == expected
            assert forest.find_all(np.arange(COUNT)).tolist() == expected


@pytest.mark.parametrize("step", [1, -1])
def test_a_long_chain_is_soon_joined(step: int, tmp_path: Path) -> None:
    rows = np.arange(100_000)[::step]
    forest = Forest(tmp_path / "forest", len(rows))
    forest.unite_all(rows[:-1], rows[1:])
    assert not forest.find_all(rows).any()
    forest.forget()
    assert sum(1 for _ in forest.joined()) == len(rows) - 1


def test_a_disk_without_room_is_told_before_anything_is_written(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            mapped(tmp_path / "large", np.int64, 1_000_000)
        assert mapped(tmp_path / "small", np.int32, 1_000).sum() == 0
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
