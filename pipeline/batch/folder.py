"""A run's folder on disk: where its files lie, how they are written, and who may write them.

Beside the tables lies ``_work``, with all that a run needs to go on after a stop:

    _run.json               what was run on what, and how far it is
    _work/lock              held while a run writes here
    _work/intake/           articles as read: staged texts, an index, a manifest a unit
    _work/shards/           a manifest for every shard that is done
    _work/actors/           actors of each shard, before they are merged
    _work/todo/             units that are to be read, shards that are to be done
    _work/merging, stories/ what the merges at the end need meanwhile
    _work/plan.sqlite       which articles there are, and what is left to do
    _work/workers.log       what workers print, which is nothing if all is well
    events/, quotes/ …      the tables, in parts

Every file is written under a temporary name, synced and renamed, so that one that is
there is whole; what counts as done is what a manifest says, and a manifest is written
last.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.errors import OutputError
from pipeline.tables import ARTICLE_ACTORS, BY_NAME

RUN_FILE = "_run.json"
WORK = "_work"
FIRST_PART = "part-00000.parquet"  # of what is made by merging, and of a table that has no row
_OF_COMPLETE = ("rows", "rejects", "notices", "merged")  # what the record of a run that is complete tells of
_LOCK_PATIENCE = 5.0  # seconds in which the workers of a killed run see that it is gone
_TEMPORARY = ".writing"


class RunFolder:
    """Paths in a run's folder. ``root`` need not exist."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.work = root / WORK
        self.intake = self.work / "intake"
        self.shards = self.work / "shards"
        self.actors = self.work / "actors"
        self.todo = self.work / "todo"
        self.run_file = root / RUN_FILE

    def part(self, table: str, name: str) -> Path:
        """The file of a table's part. Actors of a shard are no table yet."""
        return (self.actors if table == ARTICLE_ACTORS else self.root / table) / f"{name}.parquet"

    def prepare(self, *, overwrite: bool, resume: bool) -> None:
        """Make the folder, or take up one that a run made.

        ``overwrite`` clears the tables and state of an earlier run, and nothing else that
        may lie there; ``resume`` leaves them. OutputError if the folder can't be written,
        holds anything and neither is set, was not made by a run, or lies in another run's folder.
        """
        for above in self.root.absolute().parents:
            if (above / RUN_FILE).is_file() and (above / WORK).is_dir():
                raise OutputError(f"{self.root} lies in {above}, which a run made: name another with -o")
        try:
            if self.root.exists():
                if not self.root.is_dir():
                    raise OutputError(f"{self.root} is a file: name a folder for -o")
                if any(self.root.iterdir()):
                    if not (overwrite or resume):
                        raise OutputError(
                            f"{self.root} exists already: --resume goes on with the run in it, "
                            "--overwrite starts anew, -o names another"
                        )
                    if not (self.run_file.is_file() or self.work.is_dir()):
                        raise OutputError(
                            f"{self.root} was not made by a run (it has no {RUN_FILE}): it is not overwritten"
                        )
            self.work.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.root, error) from error

    def clear(self) -> None:
        """Remove the tables and the state of an earlier run, but for the lock, which is ours."""
        try:
            for name in BY_NAME:
                shutil.rmtree(self.root / name, ignore_errors=True)
            self.run_file.unlink(missing_ok=True)
            for folder in (self.intake, self.shards, self.actors, self.todo):
                shutil.rmtree(folder, ignore_errors=True)
        except OSError as error:
            raise unwritable(self.root, error) from error

    def make(self) -> None:
        """Make all folders below."""
        try:
            for folder in (self.intake, self.shards, self.actors, self.todo, *(self.root / t for t in BY_NAME)):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(self.root, error) from error

    def sweep(self, known: set[str]) -> list[Path]:
        """Remove half-written files, and parts of which no manifest tells; those removed.

        ``known`` are the names of the parts of shards that are done.
        """
        gone: list[Path] = []
        for folder in (*(self.root / t for t in BY_NAME), self.actors, self.shards, self.intake, self.todo, self.work):
            for path in folder.iterdir() if folder.is_dir() else ():
                if path.name.endswith(_TEMPORARY) or (
                    path.suffix == ".parquet" and folder not in (self.intake, self.work) and path.stem not in known
                ):
                    path.unlink(missing_ok=True)
                    gone.append(path)
        shutil.rmtree(self.todo, ignore_errors=True)
        self.todo.mkdir(parents=True, exist_ok=True)
        return gone

    @contextmanager
    def locked(self) -> Iterator[int]:
        """Hold the folder's lock; gives its file descriptor, for workers to hold it too.

        The lock belongs to processes and goes with them, however they end. OutputError
        if another run holds it.
        """
        try:
            handle = os.open(self.work / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise unwritable(self.root, error) from error
        try:
            until = time.monotonic() + _LOCK_PATIENCE
            while not self._try_lock(handle):
                if time.monotonic() > until:
                    holder = os.pread(handle, 100, 0).decode("utf-8", "replace").strip()
                    raise OutputError(
                        f"{self.root} is in use: another run ({holder or 'unknown process'}) is writing there"
                    )
                time.sleep(0.05)
            os.ftruncate(handle, 0)
            os.pwrite(handle, f"process {os.getpid()}\n".encode(), 0)
            yield handle
        finally:
            os.close(handle)

    def in_use(self) -> bool:
        """Whether a run holds the lock now."""
        try:
            handle = os.open(self.work / "lock", os.O_RDWR)
        except OSError:
            return False
        try:
            return not self._try_lock(handle)
        finally:
            os.close(handle)

    def _try_lock(self, handle: int) -> bool:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise OutputError(f"{self.root} can't be locked on its file system: {error.strerror or error}") from error
        return True


class finished:
    """Gives a temporary path; when the block ends well, syncs the file and renames it to the real one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}{_TEMPORARY}")

    def __enter__(self) -> Path:
        return self._temporary

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            _sync(self._temporary)
            os.replace(self._temporary, self._path)
        else:
            self._temporary.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder last, after files were renamed into it."""
    _sync(folder)


def write_json(path: Path, record: Mapping[str, Any], *, indent: int | None = None) -> None:
    """Write a JSON file whole or not at all."""
    text = json.dumps(record, indent=indent, ensure_ascii=False, default=str)
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a path that is no UTF-8
        data = json.dumps(record, indent=indent, default=str).encode()
    with finished(path) as temporary:
        temporary.write_bytes(data + b"\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """A JSON object from a file; None if there is none, or not a whole one."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def read_record(folder: RunFolder) -> dict[str, Any] | None:
    """The run's record; None if there is none, or what is there is cut short or no record of a run."""
    record = read_json(folder.run_file)
    if record is None or not isinstance(record.get("complete"), bool) or not isinstance(record.get("state"), str):
        return None
    if record["complete"] and not all(isinstance(record.get(name), dict) for name in _OF_COMPLETE):
        return None
    return record


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# what no other article can be written after
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


def is_of_disk(error: Exception) -> bool:
    """Whether an error is the disk's, so that no other article would fare better.

    SQLite's own are: a full disk, or one that fails, since all its files here are new.
    """
    return isinstance(error, sqlite3.OperationalError) or (isinstance(error, OSError) and error.errno in _DISK)


def unwritable(where: Path, error: OSError) -> OutputError:
    """What to tell when a folder can't be written."""
    return OutputError(f"{where} can't be written: {error.strerror or error}")
