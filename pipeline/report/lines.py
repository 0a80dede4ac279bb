"""Text laid out in lines: filled up to a width, broken between facts and words, indented where it goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions
from rich.style import Style
from rich.text import Text

# What could move the cursor or change the terminal is shown as a replacement character; breaks and tabs stay.
_LEAST = 30  # columns worth beginning a cut text in
_CONTROLS = {n: "\ufffd" for n in [*range(0x20), *range(0x7F, 0xA0)] if chr(n) not in "\t\n\r\v\f\x85"}


def printable(text: str) -> str:
    """The text with control characters replaced, one for one, so that offsets stay."""
    return text.translate(_CONTROLS)


def one_line(text: str) -> str:
    """The text in one line, white space as single spaces, control characters replaced."""
    return " ".join(printable(text).split())


def shorten(text: str, width: int) -> str:
    """As many whole words as fit into ``width`` columns with an ellipsis; the text itself if it fits."""
    if cell_len(text) <= width:
        return text
    kept = ""
    for word in text.split(" "):
        longer = f"{kept} {word}" if kept else word
        if cell_len(longer) + 2 > width:
            break
        kept = longer
    return f"{kept} …" if kept else "…"


class Lines:
    """Lines of at most ``width`` columns that fill up piece by piece.

    A piece is kept whole if a line can hold it, else broken at its spaces; only a word
    wider than a line is broken itself.
    """

    def __init__(self, width: int) -> None:
        self.width = max(width, 1)
        self.lines: list[Text] = []
        self._hang = 0
        self._fresh = True

    def new(self, indent: int = 0) -> None:
        """Start a line at ``indent``; what does not fit into it goes on beneath at the same column."""
        self._hang = self._inside(indent)
        self._start()

    def tab(self, column: int) -> None:
        """Go to ``column``, or two spaces on if it is past; what does not fit goes on beneath at that column."""
        here = self._column
        if column == self._inside(column):
            self._hang = column
        else:  # too narrow for columns
            column = here + 2
        if here + 2 < self.width:
            self.lines[-1].append(" " * max(column - here, 2))
            self._fresh = True
        else:
            self._start()

    def put(self, text: str, style: Style | str = "", *, glue: str = " ", joint: Style | str = "") -> None:
        """Add a piece after ``glue``, which is left out where a line begins; ``joint`` is the glue's style."""
        glue = "" if self._fresh else glue
        size = cell_len(text)
        if self._column + cell_len(glue) + size <= self.width:
            self.lines[-1].append(glue, joint).append(text, style)
            self._fresh = False
            return
        if size > self.width - self._hang and " " in text:
            for n, word in enumerate(text.split(" ")):
                self.put(word, style, glue=" " if n else glue, joint=style if n else joint)
            return
        for part in chop_cells(text, self.width - self._hang):
            if self._column > self._hang:
                self._start()
            self.lines[-1].append(part, style)
            self._fresh = False

    def fit(self, text: str, style: Style | str = "", *, around: tuple[str, str] = ("", "")) -> None:
        """Add as much of the text as the line holds, or the next line if that is hardly anything."""
        left, right = around
        room = self.width - self._column - (0 if self._fresh else 1) - cell_len(left + right)
        if cell_len(text) > room and room < _LEAST and not self._fresh:
            self._start()
            room = self.width - self._hang - cell_len(left + right)
        self.put(f"{left}{shorten(text, room)}{right}", style)

    @property
    def _column(self) -> int:
        return self.lines[-1].cell_len

    def _inside(self, column: int) -> int:
        """The column, or the rightmost that leaves enough room beside it."""
        return min(column, self.width * 3 // 5)

    def _start(self) -> None:
        self.lines.append(Text(" " * self._hang))
        self._fresh = True


class Drawn:
    """What ``draw`` puts into lines, at whatever width the console has."""

    def __init__(self, draw: Callable[[Lines], None]) -> None:
        self._draw = draw

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        lines = Lines(options.max_width)
        self._draw(lines)
        yield from _bare(lines.lines)


class Wrapped:
    """A text wrapped between words, without white space at the lines' ends."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        yield from _bare(self._text.wrap(console, options.max_width))


def _bare(lines: Iterable[Text]) -> Iterator[Text]:
    for line in lines:
        line.rstrip()
        line.no_wrap = True
        yield line
