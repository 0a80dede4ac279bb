"""The answers of an interview that are printed without quotation marks."""

from __future__ import annotations

from pipeline.parsed import ParsedText
from pipeline.records import Block, BlockKind, QuoteMention, QuoteType
from pipeline.rules.quotes import QuoteRules
from pipeline.spans import Span, trim

_LABEL = 50  # code points in which a label ends


def find_turns(text: ParsedText, rules: QuoteRules) -> list[QuoteMention]:
    """One quote an answer: its paragraphs are the spans, ``speaker_label`` the name as printed.

    Paragraphs of one answer follow each other without a question or another speaker
    between. Spans are code points, in order, without the label before an answer.
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
                    rule=rules.constructions["turn"],
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
        span = _unlabelled(text, block, rules)
        if span.end > span.start:
            spans.append(span)
    close()
    return out


def _unlabelled(text: ParsedText, block: Block, rules: QuoteRules) -> Span:
    """A block without white space at its edges and without the name or letter printed before the answer."""
    span = trim(text.text, block.span)
    label, colon, _ = span.of(text.text)[:_LABEL].partition(":")
    known = label.strip("*_ ")
    if colon and (known == block.speaker or known.casefold() in rules.lists["answer-labels"]):
        return trim(text.text, (span.start + len(label) + 1, span.end))
    return span
