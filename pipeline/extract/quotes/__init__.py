"""Quotes: who says what, in one text, before anybody knows who is who.

The way of the data: quotation marks (``marks``), the page seen with them (``page``),
cues (``cues``), what a cue reports (``content``), who utters it (``speakers``),
quotations and the cues beside them (``direct``), and the answers of an interview
(``turns``).
"""

from __future__ import annotations

from pipeline.extract.quotes.find import find_quotes

__all__ = ["find_quotes"]
