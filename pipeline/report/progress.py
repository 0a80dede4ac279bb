"""What a person sees while a run goes on: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pipeline.records import Notice

_LINE_EVERY = 30.0  # seconds between plain lines
_NOTICES_SHOWN = 5  # of each kind; the summary counts the rest


@contextmanager
def watch(console: Console) -> Iterator[Bar | Lines]:
    """A watcher for ``run``: a progress bar if ``console`` is a terminal, else plain lines."""
    watcher = Bar(console) if console.is_terminal else Lines(console)
    with watcher:
        yield watcher


class _Watcher:
    """Counts what is done and notices; how it shows them is its children's business."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.what = ""
        self.done = 0
        self.total = 0
        self.began = time.monotonic()
        self._notices: dict[str, int] = {}

    def start(self, what: str, total: int) -> None:
        """A stretch of work begins: ``total`` bytes to read, articles to extract, or steps."""
        self.what = what
        self.total = total
        self.done = 0
        self.began = time.monotonic()

    def advance(self, done: int) -> None:
        """So much of it was done since the last call."""
        self.done += done

    def notice(self, notice: Notice) -> None:
        """Print the first few notices of a kind."""
        seen = self._notices[notice.kind] = self._notices.get(notice.kind, 0) + 1
        if seen <= _NOTICES_SHOWN:
            where = notice.source if notice.record is None else f"{notice.source}, record {notice.record}"
            more = " (no more of this kind are shown)" if seen == _NOTICES_SHOWN else ""
            self.console.print(f"note: {where}: {notice.message}{more}", markup=False, highlight=False, soft_wrap=True)

    @property
    def rate(self) -> float:
        """What is counted, a second, so far."""
        return self.done / max(time.monotonic() - self.began, 1e-9)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""


class Bar(_Watcher):
    """A progress bar: share of the input read, articles, articles a second, time left."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(elapsed_when_finished=True),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("loading rules and model", total=None)

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the bar away."""
        self._bar.stop()

    def start(self, what: str, total: int) -> None:
        """Begin the bar anew."""
        super().start(what, total)
        self._bar.reset(self._task, total=max(total, 1), description=what)

    def advance(self, done: int) -> None:
        """Move the bar."""
        super().advance(done)
        words = f"{self.what} {_progress(self)}"
        self._bar.update(self._task, completed=min(self.done, self.total), description=escape(words))


class Lines(_Watcher):
    """A plain line now and then."""

    def __init__(self, console: Console) -> None:
        super().__init__(console)
        self._last = time.monotonic()

    def __enter__(self) -> Lines:
        return self

    def advance(self, done: int) -> None:
        """Print a line if the last is long ago."""
        super().advance(done)
        now = time.monotonic()
        if now - self._last < _LINE_EVERY:
            return
        self._last = now
        share = min(self.done / self.total, 1.0) if self.total else 1.0
        left = (now - self.began) * (1 - share) / share if share else 0.0
        self.console.print(
            f"{self.what}: {_progress(self)}, {share:.0%}, about {left:,.0f} s left", markup=False, highlight=False
        )


def _progress(watcher: _Watcher) -> str:
    if watcher.what == "reading":
        return f"{watcher.done / 1e6:,.1f} of {watcher.total / 1e6:,.1f} MB"
    of = f"{watcher.done:,} of {watcher.total:,}"
    if watcher.what == "extracting":
        return f"{of} articles, {watcher.rate:.1f} a second"
    return f"{of} steps"
