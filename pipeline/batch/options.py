"""What a run is asked to do: its options, what is wrong with them, and the command that says them again."""

from __future__ import annotations

import math
import os
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pipeline.batch.plan import Duplicates
from pipeline.errors import UsageError
from pipeline.model import DEFAULT_MODEL
from pipeline.read import ReadOptions
from pipeline.rules.load import DEFAULT_ONTOLOGY

SMALLEST_BATCH, LARGEST_BATCH = 8, 32
MOST_WORKERS = 400  # each takes two of the files that a process may have open, of which there are often 1,024


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run is asked to do. ``read`` lacks the metadata table, which is loaded from ``metadata``.

    ``workers`` is the number of processes; 0 does all in this one, without a time limit.
    ``time_limit`` is in seconds an article. ``resume`` goes on with the run in the folder,
    ``overwrite`` starts it anew.
    """

    inputs: Sequence[str | Path]
    output: Path
    read: ReadOptions = field(default_factory=ReadOptions)
    metadata: Path | None = None
    overlays: Sequence[Path] = ()
    ontology: str = DEFAULT_ONTOLOGY
    spacy_model: str = DEFAULT_MODEL
    batch_size: int = 16
    workers: int = 0
    duplicates: Duplicates = Duplicates.MARK
    time_limit: float = 300.0
    resume: bool = False
    overwrite: bool = False


def check_options(options: RunOptions) -> None:
    """UsageError if something is asked for that can't be had, or not together."""
    if not SMALLEST_BATCH <= options.batch_size <= LARGEST_BATCH:
        raise UsageError(
            f"--batch-size must be {SMALLEST_BATCH} to {LARGEST_BATCH}: larger is slower and takes more memory"
        )
    if options.workers < 0:
        raise UsageError("--workers must be at least 0 (0: all in one process)")
    if options.workers > MOST_WORKERS:
        raise UsageError(f"--workers must be at most {MOST_WORKERS}: more processes than cores gain nothing")
    if not 0 < options.time_limit < math.inf:
        raise UsageError("--time-limit must be a number of seconds above 0")
    try:
        os.fspath(options.output).encode()
    except UnicodeEncodeError:
        name = os.fsencode(options.output).decode("utf-8", "backslashreplace")
        raise UsageError(f"-o {name}: the name is no UTF-8: choose one that is") from None
    if not all(map(os.fspath, options.inputs)):
        raise UsageError("an input is empty: give a file, a folder or a pattern in quotes")
    if options.resume and options.overwrite:
        raise UsageError("--resume goes on with a run and --overwrite starts it anew: give one of them")


def refuse_inside(output: Path, paths: Iterable[str | Path]) -> None:
    """UsageError if a path is the output folder or lies in it."""
    below = os.path.join(os.path.realpath(output), "")
    for path in paths:
        if os.path.join(os.path.realpath(path), "").startswith(below):
            raise UsageError(f"{path} lies in the output folder {output}: name another with -o")


def resume_command(options: RunOptions) -> str:
    """The command that goes on with a run of these options."""
    standard = RunOptions(inputs=(), output=Path())
    inputs = [os.fspath(item) for item in options.inputs]
    inputs = [f"./{name}" if name.startswith("-") else name for name in inputs]
    words = ["dateline", "run", *inputs, "-o", os.fspath(options.output)]
    for name, value in options.read.fields.items():
        words += ["--map", f"{name}={value}"]
    if options.read.published:
        words += ["--published", options.read.published.isoformat()]
    if options.read.max_chars != standard.read.max_chars:
        words += ["--max-chars", str(options.read.max_chars)]
    if options.read.qualify_ids:
        words.append("--qualify-ids")
    for overlay in options.overlays:
        words += ["--models", os.fspath(overlay)]
    for flag, name in (
        ("--metadata", "metadata"),
        ("--ontology", "ontology"),
        ("--spacy-model", "spacy_model"),
        ("--batch-size", "batch_size"),
        ("--duplicates", "duplicates"),
        ("--time-limit", "time_limit"),
    ):
        if getattr(options, name) != getattr(standard, name):
            words += [flag, str(getattr(options, name))]
    return shlex.join([*words, "--workers", str(options.workers), "--resume"])


def parse_day(value: str) -> date:
    """An ISO day from the command line. UsageError if it is none."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"--published {value!r}: write a day as YYYY-MM-DD") from error


def parse_duplicates(value: str) -> Duplicates:
    """What ``--duplicates`` asks for. UsageError if it is none of the three."""
    try:
        return Duplicates(value)
    except ValueError as error:
        raise UsageError(f"--duplicates {value!r}: write keep, mark or skip") from error


def default_workers() -> int:
    """How many workers there are where none are asked for: one a core, as far as a run takes them."""
    return min(available_cores(), MOST_WORKERS)


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
