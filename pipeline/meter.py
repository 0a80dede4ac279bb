"""CPU time by stage: what a run spends where."""

from __future__ import annotations

import time
from collections import defaultdict


class Meter:
    """Adds up CPU seconds by stage: ``with meter("dates"): …``. Stages do not nest."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._stage = ""
        self._since = 0.0

    def __call__(self, stage: str) -> Meter:
        """Name the stage of the block that follows."""
        self._stage = stage
        return self

    def __enter__(self) -> None:
        self._since = time.process_time()

    def __exit__(self, *_: object) -> None:
        self.seconds[self._stage] += time.process_time() - self._since
