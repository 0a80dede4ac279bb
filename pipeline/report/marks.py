"""Marked text: stretches of an article with what was found there, nested as it stands.

Two ways to print the same marks. In colour, each layer has a look of its own that adds
to those around it (a quote is a background, an event reversed, a date or an actor
coloured, an actor with a part in something underlined too). Without colour, each layer
has a pair of brackets, and a label after the opening one; actors without a part have
none there, since brackets around every name and pronoun would hide the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rich.style import Style
from rich.text import Text

from pipeline.report.lines import Lines, printable
from pipeline.spans import Span


class Layer(StrEnum):
    """What a mark is, from the outermost in nesting to the innermost of equal extent."""

    QUOTE = "quote"
    CUE = "cue"
    EVENT = "event"
    DATE = "date"
    PARTICIPANT = "who takes part or speaks"
    ACTOR = "other actor"


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of the text, and the label that ties it to a row of the tables beneath."""

    span: Span
    layer: Layer
    label: str


STYLES: dict[Layer, Style] = {
    Layer.QUOTE: Style(bgcolor="grey23", color="grey93"),
    Layer.CUE: Style(italic=True, bold=True),
    Layer.EVENT: Style(bold=True, color="black", bgcolor="orange3"),
    Layer.DATE: Style(bold=True, color="cyan"),
    Layer.PARTICIPANT: Style(underline=True, color="light_green"),
    Layer.ACTOR: Style(color="light_green"),
}
BRACKETS: dict[Layer, tuple[str, str]] = {
    Layer.QUOTE: ("⟪", "⟫"),
    Layer.CUE: ("‹", "›"),
    Layer.EVENT: ("[", "]"),
    Layer.DATE: ("{", "}"),
    Layer.PARTICIPANT: ("<", ">"),
}
LABELS: dict[Layer, Style] = {
    Layer.QUOTE: Style(color="grey70", dim=True),
    Layer.EVENT: Style(color="orange3", dim=True),
    Layer.DATE: Style(color="cyan", dim=True),
}
_ORDER = {layer: i for i, layer in enumerate(Layer)}


def marked(text: str, marks: Sequence[Mark], *, colour: bool, base: Iterable[tuple[Span, Style]] = ()) -> Text:
    """The text with its marks; ``base`` are styles of stretches beneath all marks, left out without colour.

    Marks may nest and cross; those of empty or outlying spans are ValueErrors. The
    text's own characters all come out, in order, with only brackets and labels added
    (but control characters other than white space as U+FFFD, which can't touch the terminal).
    """
    text = printable(text)
    for mark in marks:
        if not 0 <= mark.span.start < mark.span.end <= len(text):
            raise ValueError(f"mark {mark.label} {tuple(mark.span)} is not inside a text of {len(text)} characters")
    opening: dict[int, list[Mark]] = {}
    closing: dict[int, list[Mark]] = {}
    # at one place the longer opens first and closes last
    for mark in sorted(marks, key=lambda m: (m.span.start, -m.span.end, _ORDER[m.layer])):
        opening.setdefault(mark.span.start, []).append(mark)
        closing.setdefault(mark.span.end, []).insert(0, mark)
    under = list(base) if colour else []
    edges = {0, len(text)} | opening.keys() | closing.keys() | {edge for span, _ in under for edge in span}
    places = sorted(edge for edge in edges if 0 <= edge <= len(text))
    out = Text()
    active: list[Mark] = []
    for here, there in zip(places, [*places[1:], len(text)], strict=True):
        for mark in closing.get(here, ()):
            active.remove(mark)
            # a label inside a quote keeps the quote's background
            _close(out, mark, colour, _looks(m for m in active if m.layer is Layer.QUOTE))
        for mark in opening.get(here, ()):
            _open(out, mark, colour)
            active.append(mark)
        if here < there:
            beneath = Style.combine([Style.null(), *(style for span, style in under if here in span)])
            out.append(text[here:there], beneath + _looks(active) if colour else None)
    return out


def legend(lines: Lines, *, colour: bool) -> None:
    """How each layer looks, and what the labels are."""
    lines.new()
    lines.put("marks:")
    for layer in Layer:
        if colour:
            lines.put(f" {layer} ", STYLES[layer], glue="  ")
        elif layer in BRACKETS:
            left, right = BRACKETS[layer]
            lines.put(f"{left}{layer}{right}", glue="  ")
    lines.put("labels such as e1, q2, d3 lead to the rows beneath", "dim", glue="  ")


def _looks(active: Iterable[Mark]) -> Style:
    """The looks of nested marks, the innermost layer's on top."""
    return Style.combine([Style.null(), *(STYLES[m.layer] for m in sorted(active, key=lambda m: _ORDER[m.layer]))])


def _open(out: Text, mark: Mark, colour: bool) -> None:
    if not colour and mark.layer in BRACKETS:
        out.append(f"{BRACKETS[mark.layer][0]}{mark.label}:" if mark.label else BRACKETS[mark.layer][0])


def _close(out: Text, mark: Mark, colour: bool, around: Style) -> None:
    if not colour:
        out.append(BRACKETS.get(mark.layer, ("", ""))[1])
    elif mark.label:
        out.append(mark.label, around + LABELS.get(mark.layer, Style.null()))
