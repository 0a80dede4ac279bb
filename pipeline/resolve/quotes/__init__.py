"""Who says what: the speakers of quotes, found in the cast.

The mention that utters a quote is grammar's affair (``extract.quotes``), and who that
mention is, is the cast's. What is left here: who is meant by a phrase that names,
describes or joins speakers (``phrases``); pronouns, which mostly go to whoever was
speaking (``floor``); roles that only another quote names (``roles``), and epithets that
tell no role (``epithets``); the answers of an interview (``interview``); documents that
speak; and the day of saying. ``roster`` is the cast, indexed for all of them.
"""

from __future__ import annotations

from pipeline.resolve.quotes.find import resolve_quotes

__all__ = ["resolve_quotes"]
