"""The answers of an interview that are printed without quotation marks."""

from __future__ import annotations

from pipeline.parsed import ParsedText
from pipeline.records import BlockKind, QuoteMention, QuoteType
from pipeline.spans import Span, trim


def find_turns(text: ParsedText) -> list[QuoteMention]:
    """One quote an answer: its paragraphs are the spans, ``speaker_label`` the name as printed.

    Paragraphs of one answer follow each other without a question or another speaker
    between. Spans are code points, in order.
    """
    out: list[QuoteMention] = []
    spans: list[Span] = []
    label: str | None = None

    def close() -> None:
        if spans:
            out.append(
                QuoteMention(
                    field=text.field,
                    spans=tuple(spans),
                    quote_type=QuoteType.TURN,
                    rule="quotes.turn",
                    speaker_label=label or None,
                )
            )
            spans.clear()

    for block in text.blocks:
        if not block.turn or block.kind is BlockKind.BOILERPLATE:
            if block.kind is not BlockKind.CAPTION:
                close()
            continue
        if block.speaker != label and block.speaker:
            close()
            label = block.speaker
        elif not spans:
            label = block.speaker
        span = trim(text.text, block.span)
        if span.end > span.start:
            spans.append(span)
    close()
    return out
