"""Small shards joined into larger ones, so that many small runs over a growing folder leave few parts.

Each run over what is new makes at least one part a table, however little it is. Shards are
joined by levels of size, each several times the one below, when one holds too many, as a
log-structured merge tree does (O'Neil et al. 1996): a row is copied once a level at most,
and the number of parts grows with the logarithm of the number of runs, until a shard is
full. Rows are copied as they are; articles keep the keys under which they count as done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from pipeline.batch.folder import RunFolder
from pipeline.batch.plan import LARGEST_SHARD
from pipeline.batch.shard import Done, join, read_done
from pipeline.errors import OutputError

_MANY = 8  # shards of a level that are left alone; and how many times larger those of the next are
_FULL_BYTES = 64 << 20  # of all its parts
_LEVELS = 4  # what lies above them is full enough
Told = Callable[[int], None]


def size_of(shard: Done) -> int:
    """The size of a shard in articles of common length; ``LARGEST_SHARD`` is full."""
    weight = sum(int(part["bytes"]) for part in shard.parts.values())
    return max(1, len(shard.items), weight * LARGEST_SHARD // _FULL_BYTES)


def crowded(sizes: Mapping[str, int]) -> list[list[str]]:
    """Shards to be joined, given sizes by name: groups that make one of a higher level, none of them more than full.

    All are of the lowest level that holds too many. Empty if none does.
    """
    levels: dict[int, list[str]] = {}
    for name in sorted(sizes):
        levels.setdefault(_level(sizes[name]), []).append(name)
    for level in range(_LEVELS):
        if len(names := levels.get(level, [])) > _MANY:
            return [group for group, size in _groups(names, sizes) if _level(size) > level]
    return []


def _level(size: int) -> int:
    if 2 * size >= LARGEST_SHARD:
        return _LEVELS
    return next(level for level in range(_LEVELS) if size < _MANY ** (level + 1))


def _groups(names: Iterable[str], sizes: Mapping[str, int]) -> Iterator[tuple[list[str], int]]:
    """Names that make up to a full shard together, and their size."""
    group: list[str] = []
    full = 0
    for name in names:
        if full + sizes[name] > LARGEST_SHARD:
            yield group, full
            group, full = [], 0
        group.append(name)
        full += sizes[name]
    yield group, full


def _manifest(folder: RunFolder, name: str) -> Done:
    path = folder.shards / f"{name}.json"
    if (done := read_done(path)) is None:
        raise OutputError(f"{path} was whole when the run began and is damaged or gone: run again with --resume")
    return done


def join_small(folder: RunFolder, sizes: dict[str, int], number: Callable[[], int]) -> int:
    """Join shards until no level holds too many; how many there are less than before.

    ``sizes`` are those of all shards that stand, by name, and kept up to date; ``number``
    gives that of a new one. A stop at any moment is mended by ``settled``.
    """
    before = len(sizes)
    while groups := crowded(sizes):
        for group in groups:
            shards = [_manifest(folder, name) for name in group]
            made = join(shards, number(), folder)
            for name in group:
                del sizes[name]
            sizes[made.name] = size_of(made)
    return before - len(sizes)
