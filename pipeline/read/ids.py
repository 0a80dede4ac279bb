"""Every id once: copies get a suffix, one id with two contents is a reject."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path
from types import TracebackType

from pipeline.records import Article, Reject

_SCHEMA = """
create table ids(
    id text primary key, content blob not null, source text not null, record integer, copies integer not null
) without rowid
"""


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

    def claim(self, article: Article) -> Article | Reject:
        """The article under an id of its own, or a reject.

        The id and text of an earlier article: the copy is kept as ``ID~2`` (``~3``, …)
        with ``duplicate_of``. An earlier id with another text: a reject that names both.
        """
        content = bytes.fromhex(article.text_sha256)
        row = self._find(article.doc_id)
        if row is None:
            self._add(article, article.doc_id, content)
            return article
        known, source, record, copies = row
        if known != content:
            first = source if record is None else f"{source}, record {record}"
            second = article.source if article.record is None else f"{article.source}, record {article.record}"
            message = (
                f"the id {article.doc_id!r} stands for two texts: one in {first} (kept), another in {second}; "
                "--qualify-ids puts the file's name in front of every id"
            )
            excerpt = " ".join(article.text[:800].split())[:200]
            return Reject(article.source, article.record, article.doc_id, "read", "id-conflict", message, excerpt)
        while True:
            copies += 1
            suffixed = f"{article.doc_id}~{copies}"
            if self._find(suffixed) is None:
                break
        self._base.execute("update ids set copies = ? where id = ?", (copies, article.doc_id))
        self._add(article, suffixed, content)
        return replace(article, doc_id=suffixed, duplicate_of=article.duplicate_of or article.doc_id)

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

    def _add(self, article: Article, doc_id: str, content: bytes) -> None:
        self._base.execute("insert into ids values (?, ?, ?, ?, 1)", (doc_id, content, article.source, article.record))
