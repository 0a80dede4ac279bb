"""The page: which stretch of the text is headline, dateline, heading, body, furniture."""

from __future__ import annotations

import re

from pipeline.records import Block, BlockKind
from pipeline.spans import Span

_LINE = re.compile(r"[^\n\r]*\S[^\n\r]*")


def read_layout(text: str) -> list[Block]:
    """Blocks in text order, one a line that is not blank."""
    return [Block(Span(m.start(), m.end()), BlockKind.BODY) for m in _LINE.finditer(text)]
