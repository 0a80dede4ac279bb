"""How far a run is: from its record and the manifests of its shards, without touching either."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.batch.folder import RunFolder, read_record
from pipeline.batch.shard import read_done, replaced
from pipeline.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A run as it stands. ``total`` is None until all is read.

    ``state``: ``running``, ``complete``, ``stopped`` or ``failed`` (it said so itself), or
    ``killed`` (it says that it runs, and no process does).
    """

    folder: Path
    state: str
    done: int
    total: int | None
    shards: int
    waiting: int
    damaged: tuple[str, ...]
    rejects: dict[str, int]
    started: str
    resume: str

    def lines(self) -> Iterator[str]:
        """What to tell a person, a line each."""
        of = "?" if self.total is None else f"{self.total:,}"
        share = f" ({self.done / self.total:.0%})" if self.total else ""
        yield f"{self.folder}: {self.state}, {self.done:,} of {of} articles done{share}, begun {self.started or '?'}"
        are = "shard is" if self.shards == 1 else "shards are"
        yield f"  {self.shards:,} {are} done" + (f", {self.waiting:,} laid down" if self.waiting else "")
        if self.rejects:
            told = ", ".join(f"{n:,} {kind}" for kind, n in sorted(self.rejects.items(), key=lambda i: (-i[1], i[0])))
            yield f"  {sum(self.rejects.values()):,} rejects so far: {told}"
        for name in self.damaged:
            yield f"  not whole: {name} (dateline verify {self.folder} says more)"
        if self.state not in ("running", "complete") and self.resume:
            yield f"  go on with: {self.resume}"


def read_status(root: Path) -> Status:
    """The status of the run in a folder. InputError if none was ever begun there."""
    folder = RunFolder(root)
    record = read_record(folder)
    if record is None and not folder.run_file.is_file() and not folder.work.is_dir():
        raise InputError(
            f"{root}: no run was begun here (it has neither {folder.run_file.name} nor {folder.work.name})"
        )
    gone = replaced(folder)
    done, shards, damaged, rejects = 0, 0, [], Counter[str]()
    for path in sorted(folder.shards.glob("*.json")):
        shard = read_done(path)
        if shard is None:
            damaged.append(path.name)
            continue
        if shard.name in gone:
            continue
        done, shards = done + len(shard.items), shards + 1
        rejects.update(shard.rejects)
    if record is None:
        damaged.append(folder.run_file.name)
        record = {}
    state = str(record.get("state", "complete" if record.get("complete") else "running"))
    if state == "running" and not folder.in_use():
        state = "killed"
    if state == "complete":
        rejects = Counter(record.get("rejects", {}))
    total = record.get("articles")
    return Status(
        folder=root,
        state=state,
        done=done,
        total=total if isinstance(total, int) else None,
        shards=shards,
        waiting=sum(1 for _ in folder.todo.glob("*.json")),
        damaged=tuple(damaged),
        rejects=dict(rejects),
        started=str(record.get("started", "")),
        resume=str(record.get("resume", "")),
    )
