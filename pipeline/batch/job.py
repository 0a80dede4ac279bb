"""What every worker of a run is told once: how to read, with which rules and model, and under which name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pipeline
from pipeline.duplicates import Fingerprint, fingerprint
from pipeline.layout import read_layout
from pipeline.read import ReadOptions
from pipeline.rules.duplicates import DuplicateRules, load_duplicates
from pipeline.rules.layout import LayoutRules, load_layout
from pipeline.rules.source import layers
from pipeline.tables import SCHEMA_VERSION

if TYPE_CHECKING:  # who reads need not wait for what extracts
    from pipeline.process import Tools
    from pipeline.rules.load import Rules

# what else decides the rows; of spaCy's own dependencies its version speaks
DECIDING = ("spacy", "dateparser", "numpy", "trafilatura", "charset-normalizer", "py3langid", "rensa")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """``read_key`` and ``run_id`` are hashes of what decides how articles are read, and what becomes of them."""

    read: ReadOptions
    overlays: Sequence[Path]
    ontology: str
    spacy_model: str
    batch_size: int
    read_key: str
    run_id: str


def code_digest() -> str:
    """A hash of this package's own code: rows made by other code are made anew."""
    whole = hashlib.sha256()
    root = Path(pipeline.__file__).parent
    for path in sorted(root.rglob("*.py")):
        whole.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def read_key(read: ReadOptions) -> str:
    """What decides what reading a file gives."""
    given = {
        "code": code_digest(),
        "libraries": {name: version(name) for name in DECIDING},
        "fields": dict(read.fields),
        "published": read.published,
        "max_chars": read.max_chars,
        "qualify_ids": read.qualify_ids,
        "metadata": [sorted(read.metadata.by_path.items()), sorted(read.metadata.by_id.items())],
    }
    return hashlib.sha256(json.dumps(given, default=str, sort_keys=True).encode()).hexdigest()[:24]


def engine_key(rules: str, ontology: str, model: str) -> str:
    """What decides the rows of an article that was read: code, rules (their digest), model; no clock, no input."""
    given = [
        pipeline.__version__,
        code_digest(),
        SCHEMA_VERSION,
        rules,
        ontology,
        model,
        {name: version(name) for name in DECIDING},
    ]
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()[:16]


def load_rules(job: Job) -> Rules:
    """The rules that a job names. RuleError at the first line that can't be used."""
    from pipeline.rules.load import load

    return load(job.overlays, job.ontology)


def make_tools(rules: Rules, spacy_model: str, batch_size: int, run_id: str) -> Tools:
    """Load the spaCy pipeline and put it together with the rules. ModelError if it can't be loaded."""
    from pipeline.annotate import load_model, make_annotator
    from pipeline.process import Tools

    nlp = load_model(spacy_model)
    return Tools(make_annotator(nlp, rules.ner), rules, run_id, batch_size)


@dataclass(frozen=True, slots=True)
class Prints:
    """What a text is compared by, given the text; with the few of the rules that it takes."""

    layout: LayoutRules
    duplicates: DuplicateRules

    def __call__(self, text: str) -> Fingerprint:
        """The fingerprint of the words of a text."""
        return fingerprint(text, read_layout(text, self.layout), self.duplicates)


def make_prints(job: Job, rules: Rules | None = None) -> Prints:
    """What a job's texts are compared by; of ``rules``, where they are loaded. RuleError if it can't be read."""
    if rules is not None:
        return Prints(rules.layout, rules.duplicates)
    stack = layers(job.overlays)
    return Prints(load_layout(stack), load_duplicates(stack))
