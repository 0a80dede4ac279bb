"""Who watches a run: what it is told. What a person sees of it is ``report.progress``."""

from __future__ import annotations

from typing import Protocol

from pipeline.records import Notice


class Progress(Protocol):
    """Who watches a run. Called from the run's own thread."""

    def start(self, what: str, total: int) -> None:
        """A stretch of work begins: ``total`` bytes to read, articles to extract, or steps."""

    def advance(self, done: int) -> None:
        """So much of it was done since the last call."""

    def notice(self, notice: Notice) -> None:
        """A record was kept with something its owner should know."""


class Silent:
    """A ``Progress`` that shows nothing."""

    def start(self, what: str, total: int) -> None:
        """Show nothing."""

    def advance(self, done: int) -> None:
        """Show nothing."""

    def notice(self, notice: Notice) -> None:
        """Show nothing."""
