"""The tasks of a worker: reading a unit, doing a shard, a step of the stories' pass.

A task is a kind and a name; what is to be done lies in the run's folder under that name.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.batch.folder import RunFolder, finished
from pipeline.batch.intake import Unit


class Kind(StrEnum):
    """What a task is: read a unit of sources, extract a shard of articles, do a step of the stories' pass."""

    INTAKE = "intake"
    SHARD = "shard"
    STORIES = "stories"


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work, by the name under which it is laid down."""

    kind: Kind
    name: str

    @property
    def needs_model(self) -> bool:
        """Whether it takes more than rules."""
        return self.kind is Kind.SHARD

    @property
    def is_timed(self) -> bool:
        """Whether something is heard of it every so often, unless an article takes too long."""
        return self.kind is not Kind.STORIES


def lay_down(folder: RunFolder, unit: Unit) -> Task:
    """Lay a unit down for a worker to read."""
    with finished(_unit_file(folder, unit.name)) as temporary:
        temporary.write_bytes(pickle.dumps(unit))
    return Task(Kind.INTAKE, unit.name)


def _unit_file(folder: RunFolder, name: str) -> Path:
    return folder.todo / f"{name}.pickle"


def read_unit(folder: RunFolder, name: str) -> Unit:
    """The unit of that name that this run laid down."""
    unit = pickle.loads(_unit_file(folder, name).read_bytes())
    if not isinstance(unit, Unit):
        raise TypeError(f"{name} holds no unit")
    return unit
