"""One run: from a command's inputs to a finished dataset folder.

Reads in canonical order, hands batches to ``process``, writes parts, closes with
``_run.json``. Shards and workers would stand here and nowhere else.
"""

from __future__ import annotations

import hashlib
import json
import platform
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import pipeline
from pipeline.annotate import DEFAULT_MODEL, Annotator, load_model, make_ruler
from pipeline.errors import InputError, OutputError, UsageError
from pipeline.meter import Meter
from pipeline.process import Tools, only_rejects, process
from pipeline.read import IdRegister, ReadOptions, Source, find_sources, load_metadata, read_source
from pipeline.records import Article, Notice, Reject
from pipeline.rules.load import DEFAULT_ONTOLOGY, Rules, load
from pipeline.tables import SCHEMA_VERSION
from pipeline.write import DatasetWriter, prepare_folder, write_run_file

SMALLEST_BATCH, LARGEST_BATCH = 8, 32
_BATCH_CHARS = 200_000
_LIBRARIES = ("spacy", "dateparser", "pandas", "pyarrow", "numpy", "trafilatura", "charset-normalizer", "py3langid")


class Progress(Protocol):
    """Who watches a run. Called from the run's own thread."""

    def start(self, total_bytes: int) -> None:
        """Reading begins; ``total_bytes`` is what all inputs hold on disk."""

    def advance(self, articles: int, read_bytes: int) -> None:
        """``articles`` were done, and ``read_bytes`` read, since the last call."""

    def notice(self, notice: Notice) -> None:
        """A record was kept with something its owner should know."""


class Silent:
    """A ``Progress`` that shows nothing."""

    def start(self, total_bytes: int) -> None:
        """Show nothing."""

    def advance(self, articles: int, read_bytes: int) -> None:
        """Show nothing."""

    def notice(self, notice: Notice) -> None:
        """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a run is asked to do. ``read`` lacks the metadata table, which is loaded from ``metadata``."""

    inputs: Sequence[str | Path]
    output: Path
    read: ReadOptions = field(default_factory=ReadOptions)
    metadata: Path | None = None
    overlays: Sequence[Path] = ()
    ontology: str = DEFAULT_ONTOLOGY
    spacy_model: str = DEFAULT_MODEL
    batch_size: int = 16
    overwrite: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """What came of a run: rows by table, rejects by reason, notices by kind, seconds."""

    output: Path
    counts: dict[str, int]
    rejects: dict[str, int]
    notices: dict[str, int]
    seconds: float
    cpu: dict[str, float]
    run_id: str


def make_tools(rules: Rules, spacy_model: str, batch_size: int, run_id: str) -> Tools:
    """Load the spaCy pipeline and put it together with the rules. ModelError if it can't be loaded."""
    nlp = load_model(spacy_model)
    return Tools(Annotator(nlp, make_ruler(nlp, rules.ner)), rules, run_id, batch_size)


def run(options: RunOptions, progress: Progress) -> RunResult:
    """Do one run. Everything that can be refused is refused before the output folder is made.

    Raises UsageError, InputError, RuleError, ModelError or OutputError; what a record
    holds never raises but becomes a row of ``rejects``.
    """
    began, started = time.monotonic(), datetime.now(UTC)
    if not SMALLEST_BATCH <= options.batch_size <= LARGEST_BATCH:
        raise UsageError(
            f"--batch-size must be {SMALLEST_BATCH} to {LARGEST_BATCH}: larger is slower and takes more memory"
        )
    exclude = [options.metadata] if options.metadata else []
    sources = find_sources(options.inputs, exclude=[*exclude, options.output])
    read = options.read
    if options.metadata:
        read = replace(read, metadata=load_metadata(options.metadata, sources))
    _refuse(sources, options)
    rules = load(options.overlays, options.ontology)
    settings = _settings(options)
    run_id = _run_id(settings, rules, sources)
    tools = make_tools(rules, options.spacy_model, options.batch_size, run_id)
    prepare_folder(options.output, overwrite=options.overwrite)
    record: dict[str, Any] = {
        "run_id": run_id,
        "complete": False,
        "started": started.isoformat(timespec="seconds"),
        "schema_version": SCHEMA_VERSION,
        "versions": _versions(tools),
        "rules_sha256": rules.digest,
        "settings": settings,
        "inputs": [{"source": s.name, "bytes": s.size} for s in sources],
    }
    meter, rejects, notices = Meter(), Counter[str](), Counter[str]()
    try:
        write_run_file(options.output, record)
        writer = DatasetWriter(options.output)
        for message in read.metadata.messages:
            notices["metadata"] += 1
            progress.notice(Notice(str(options.metadata), None, None, "metadata", message))
        progress.start(sum(s.size for s in sources))
        for batch in _batches(sources, read, options, progress, notices, meter):
            if isinstance(batch, Reject):
                tables = only_rejects([batch])
            else:
                tables = process(batch, tools, meter)
                progress.advance(len(batch), 0)
            rejects.update(tables["rejects"].column("error").to_pylist())
            with meter("write"):
                writer.add(tables)
        with meter("write"):
            writer.close()
        for entry, source in zip(record["inputs"], sources, strict=True):
            entry["sha256"] = None if source.problem else _sha256(source.path)
        result = RunResult(
            output=options.output,
            counts=dict(writer.counts),
            rejects=dict(rejects),
            notices=dict(notices),
            seconds=time.monotonic() - began,
            cpu=dict(meter.seconds),
            run_id=run_id,
        )
        record |= {
            "complete": True,
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(result.seconds, 3),
            "cpu_seconds": {k: round(v, 3) for k, v in result.cpu.items()},
            "rows": result.counts,
            "rejects": result.rejects,
            "notices": result.notices,
        }
        write_run_file(options.output, record)
    except OSError as error:
        raise OutputError(f"{options.output} can't be written: {error.strerror or error}") from error
    return result


def _refuse(sources: Sequence[Source], options: RunOptions) -> None:
    """InputError if there is nothing to read, UsageError if an input lies in the output folder."""
    if not sources:
        raise InputError(f"{', '.join(map(str, options.inputs))}: no file is there that could be read")
    output = options.output.resolve()
    inside = [s.path for s in sources] + ([options.metadata] if options.metadata else [])
    for path in inside:
        if output in path.resolve().parents:
            raise UsageError(f"{path} lies in the output folder {options.output}: name another with -o")


def _batches(
    sources: Sequence[Source],
    read: ReadOptions,
    options: RunOptions,
    progress: Progress,
    notices: Counter[str],
    meter: Meter,
) -> Iterator[list[Article] | Reject]:
    """Articles in canonical order, by the batch; rejects of reading one by one as they come."""
    waiting: list[Article] = []
    chars = 0
    with IdRegister() as register:
        for source in sources:
            stream = read_source(source, read, lambda n: progress.advance(0, n))
            while True:
                with meter("read"):
                    item = next(stream, None)
                    if isinstance(item, Article):
                        item = register.claim(item)
                if item is None:
                    break
                if isinstance(item, Notice):
                    notices[item.kind] += 1
                    progress.notice(item)
                elif isinstance(item, Reject):
                    yield item
                else:
                    waiting.append(item)
                    chars += len(item.text)
                    if len(waiting) == options.batch_size or chars >= _BATCH_CHARS:
                        yield waiting
                        waiting, chars = [], 0
        if waiting:
            yield waiting


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
    }


def _run_id(settings: dict[str, Any], rules: Rules, sources: Sequence[Source]) -> str:
    """Made of what decides the rows: code, rules, settings and the inputs' names and sizes; no clock."""
    decides = {k: v for k, v in settings.items() if k not in ("inputs", "batch_size", "models")}
    parts = [pipeline.__version__, rules.digest, decides, sorted((s.name, s.size) for s in sources)]
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


def _versions(tools: Tools) -> dict[str, str]:
    meta = tools.annotator.nlp.meta
    return {
        "dateline": pipeline.__version__,
        "python": platform.python_version(),
        "spacy_model": f"{meta.get('lang')}_{meta.get('name')} {meta.get('version')}",
        **{name: version(name) for name in _LIBRARIES},
    }


def _sha256(path: Path) -> str | None:
    """Of an input's bytes as they are after the run; None if it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return None


def parse_day(value: str) -> date:
    """An ISO day from the command line. UsageError if it is none."""
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise UsageError(f"--published {value!r}: write a day as YYYY-MM-DD") from error
