"""A process that ends with its parent, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of <sys/prctl.h>


def die_with(parent: int) -> None:
    """Have Linux end this process when its parent, the process of that number, ends.

    The end of input is not heard inside a long regular expression, and a worker that
    lives on holds the folder's lock.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_DEATH_SIGNAL, signal.SIGKILL)
        if os.getppid() != parent:  # it has ended before that
            os._exit(1)
