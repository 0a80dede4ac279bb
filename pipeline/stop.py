"""Ctrl-C, and SIGTERM, which schedulers send: when they end the process at once, and when work is told to stop.

While modules are imported nothing has begun that would have to be tidied up, and an
exception would pass through code, also of libraries in C, that may print or swallow it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

CODE = 130  # what a shell gives for a process that Ctrl-C has ended
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_PATIENCE = 3.0  # seconds for which a stop may take no notice of being asked again


def leave_at_once() -> None:
    """From now on, but for what is ``stoppable``, a stop ends the process there and then, in one line."""
    for number in _heeded():
        signal.signal(number, _leave)


@contextmanager
def stoppable() -> Iterator[None]:
    """Within, a stop raises KeyboardInterrupt once.

    Further ones, of people who press Ctrl-C again, do not disturb what is being tidied
    up, unless that takes too long. Nothing is done in other threads than the main one, nor
    if a block around this one is stoppable.
    """
    if threading.current_thread() is not threading.main_thread() or any(
        isinstance(signal.getsignal(number), _Stopper) for number in _SIGNALS
    ):
        yield
        return
    stopper = _Stopper()
    before = {number: signal.signal(number, stopper) for number in _heeded()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _heeded() -> list[signal.Signals]:
    """Those that are not ignored, as Ctrl-C is by what a script starts in the background."""
    return [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    with suppress(OSError):
        os.write(2, b"dateline: stopped\n")
    os._exit(CODE)


class _Stopper:
    def __init__(self) -> None:
        self._asked: float | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if self._asked is None:
            self._asked = now
            raise KeyboardInterrupt
        if now - self._asked > _PATIENCE:
            _leave(number, frame)
