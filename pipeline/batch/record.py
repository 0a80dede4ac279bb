"""The run's record, ``_run.json``: what was run on what, with which versions, how far it came, and what came of it."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pipeline
from pipeline.batch.folder import RunFolder, read_record
from pipeline.batch.intake import file_hashes, still_good
from pipeline.batch.job import DECIDING, Job
from pipeline.batch.merge import count_rows, describe_merged
from pipeline.batch.options import RunOptions, resume_command
from pipeline.batch.shard import settled
from pipeline.read import Source
from pipeline.rules.load import Rules
from pipeline.tables import SCHEMA_VERSION

_LIBRARIES = sorted({*DECIDING, "pandas", "pyarrow"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What came of a run: rows by table, rejects by reason, notices by kind, seconds.

    ``done`` are the articles that this run did; of the others the rows of an earlier one stood.
    """

    output: Path
    counts: dict[str, int]
    rejects: dict[str, int]
    notices: dict[str, int]
    seconds: float
    cpu: dict[str, float]
    run_id: str
    done: int


def opening(options: RunOptions, job: Job, rules: Rules, model: str, sources: Sequence[Source]) -> dict[str, Any]:
    """What ``_run.json`` says of a run that begins."""
    return {
        "run_id": job.run_id,
        "complete": False,
        "state": "running",
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "resume": resume_command(options),
        "schema_version": SCHEMA_VERSION,
        "versions": _versions(model),
        "rules_sha256": rules.digest,
        "settings": _settings(options),
        "inputs": [{"source": s.name, "bytes": s.size} for s in sources],
    }


def closing(result: RunResult, folder: RunFolder) -> dict[str, Any]:
    """What ``_run.json`` says more of a run that is done."""
    return {
        "complete": True,
        "state": "complete",
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(result.seconds, 3),
        "cpu_seconds": {k: round(v, 3) for k, v in result.cpu.items()},
        "articles_done": result.done,
        "rows": result.counts,
        "rejects": result.rejects,
        "notices": result.notices,
        "merged": describe_merged(folder),
    }


def _settings(options: RunOptions) -> dict[str, Any]:
    read = options.read
    return {
        "inputs": [str(i) for i in options.inputs],
        "metadata": str(options.metadata) if options.metadata else None,
        "map": dict(read.fields),
        "published": read.published,
        "max_chars": read.max_chars,
        "qualify_ids": read.qualify_ids,
        "models": [str(p) for p in options.overlays],
        "ontology": options.ontology,
        "spacy_model": options.spacy_model,
        "batch_size": options.batch_size,
        "workers": options.workers,
        "duplicates": str(options.duplicates),
        "time_limit": options.time_limit,
    }


def _versions(model: str) -> dict[str, str]:
    return {
        "dateline": pipeline.__version__,
        "python": platform.python_version(),
        "spacy_model": model,
        **{name: version(name) for name in _LIBRARIES},
    }


def corpus_key(options: RunOptions, job: Job, hashes: Mapping[str, str | None]) -> str:
    """A hash of the inputs (of their bytes, by file) and of all else that decides the tables."""
    given = [job.run_id, job.read_key, options.duplicates, sorted(hashes.items())]
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()


def unchanged(
    options: RunOptions, job: Job, sources: Sequence[Source], folder: RunFolder, started: float
) -> RunResult | None:
    """The result of the earlier run, if it was complete and neither inputs nor anything else has changed."""
    earlier = read_record(folder) or {}
    if not earlier.get("complete") or "corpus_key" not in earlier:
        return None
    kept, missing = still_good(folder, job.read_key, sources)
    if missing:
        return None
    hashes = file_hashes(kept)
    if corpus_key(options, job, hashes) != earlier["corpus_key"]:
        return None
    before = {path.stem for path in folder.shards.glob("*.json")}
    if {done.name for done in settled(folder)} != before or count_rows(folder) != earlier["rows"]:
        return None
    return RunResult(
        output=options.output,
        counts=dict(earlier["rows"]),
        rejects=dict(earlier["rejects"]),
        notices=dict(earlier["notices"]),
        seconds=time.monotonic() - started,
        cpu={},
        run_id=job.run_id,
        done=0,
    )
