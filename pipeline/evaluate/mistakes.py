"""What a run got wrong, one by one, with the text around it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.spans import Span

_BEFORE, _AFTER = 70, 50


class Fault(StrEnum):
    """What is wrong: nothing found, nothing to find, or one label of what was found."""

    MISS = "miss"
    FALSE_ALARM = "false alarm"
    TYPE = "type"
    SPAN = "span"
    VALUE = "value"
    DATE = "date"
    ACTOR = "actor"
    RECIPIENT = "recipient"
    POLARITY = "polarity"
    MODALITY = "modality"
    SPEAKER = "speaker"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. ``gold`` and ``predicted`` are the labels in words, "" where there is none."""

    layer: str
    fault: Fault
    doc_id: str
    span: Span
    gold: str
    predicted: str
    before: str
    marked: str
    after: str


class Notes:
    """Collects the mistakes of one layer in one document."""

    def __init__(self, layer: str, doc_id: str, text: str) -> None:
        self.found: list[Mistake] = []
        self._layer, self._doc_id, self._text = layer, doc_id, text

    def add(self, fault: Fault, span: Span, gold: str = "", predicted: str = "") -> None:
        """Note a mistake at ``span`` of the text, with its context on one line."""
        before = self._text[max(0, span.start - _BEFORE) : span.start]
        after = self._text[span.end : span.end + _AFTER]
        context = (_line(before), _line(span.of(self._text)), _line(after))
        self.found.append(Mistake(self._layer, fault, self._doc_id, span, gold, predicted, *context))


def _line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ").replace("\t", " ")
