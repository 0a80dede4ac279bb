"""Every id once: copies get a suffix, one id with two contents is a reject."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

_SCHEMA = """
create table ids(
    id text primary key, content blob not null, source text not null, record integer, copies integer not null
) without rowid
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of a claim: the id that is the article's own, or why it gets none.

    ``copy_of`` is the id it asked for, where an earlier article of the same text has it.
    """

    doc_id: str
    copy_of: str | None = None
    conflict: str = ""


class IdRegister:
    """The ids given out in one run, on disk: memory stays small for millions.

    Articles must come in the order of ``find_sources`` and of their records; the first
    of an id keeps it. Use as a context manager, or call ``close``.
    """

    def __init__(self, folder: Path | None = None) -> None:
        handle, name = tempfile.mkstemp(prefix="dateline-ids-", suffix=".sqlite", dir=folder)
        os.close(handle)
        self._path = Path(name)
        self._base = sqlite3.connect(name, isolation_level=None)
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-16384", "locking_mode=exclusive"):
            self._base.execute(f"pragma {pragma}").fetchall()
        self._base.execute(_SCHEMA)
        self._base.execute("begin")

    def claim(self, doc_id: str, content: bytes, source: str, record: int | None) -> Claim:
        """An id of its own for an article whose text has the hash ``content``.

        The id and text of an earlier article: a copy, called ``ID~2`` (``~3``, …). An
        earlier id with another text: a conflict that names both.
        """
        row = self._find(doc_id)
        if row is None:
            self._add(doc_id, content, source, record)
            return Claim(doc_id)
        known, first, its_record, copies = row
        if known != content:
            return Claim(doc_id, conflict=_conflict(doc_id, (first, its_record), (source, record)))
        while True:
            copies += 1
            suffixed = f"{doc_id}~{copies}"
            if self._find(suffixed) is None:
                break
        self._base.execute("update ids set copies = ? where id = ?", (copies, doc_id))
        self._add(suffixed, content, source, record)
        return Claim(suffixed, copy_of=doc_id)

    def close(self) -> None:
        """Drop the register and its file."""
        self._base.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> IdRegister:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _find(self, doc_id: str) -> tuple[bytes, str, int | None, int] | None:
        found: tuple[bytes, str, int | None, int] | None = self._base.execute(
            "select content, source, record, copies from ids where id = ?", (doc_id,)
        ).fetchone()
        return found

    def _add(self, doc_id: str, content: bytes, source: str, record: int | None) -> None:
        self._base.execute("insert into ids values (?, ?, ?, ?, 1)", (doc_id, content, source, record))


def _conflict(doc_id: str, first: tuple[str, int | None], second: tuple[str, int | None]) -> str:
    where = [source if record is None else f"{source}, record {record}" for source, record in (first, second)]
    advice = (
        "two records of one file: --map id=NAME names a field that tells them apart"
        if first[0] == second[0]
        else "--qualify-ids puts the file's name in front of every id"
    )
    return f"the id {doc_id!r} stands for two texts: one in {where[0]} (kept), another in {where[1]}; {advice}"
