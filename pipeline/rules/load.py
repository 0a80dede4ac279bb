"""All rules at once, from the project's layer and those laid over it."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import RuleError
from pipeline.rules.actors import ActorRules, load_actors
from pipeline.rules.dates import DateRules, load_dates
from pipeline.rules.duplicates import DuplicateRules, load_duplicates
from pipeline.rules.events import EventRules, load_events
from pipeline.rules.layout import LayoutRules, load_layout
from pipeline.rules.ner import NerPattern, load_ner
from pipeline.rules.overlays import check_overlays
from pipeline.rules.quotes import QuoteRules, load_quotes
from pipeline.rules.source import layers
from pipeline.rules.stories import StoryRules, load_stories

DEFAULT_ONTOLOGY = "plover"


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of all rooms. ``digest`` changes with any byte of any file in any layer."""

    layout: LayoutRules
    ner: tuple[NerPattern, ...]
    dates: DateRules
    actors: ActorRules
    quotes: QuoteRules
    events: EventRules
    duplicates: DuplicateRules
    stories: StoryRules
    digest: str

    def describe(self) -> str:
        """In a line: what was loaded."""
        kinds = self.events.ontology.types
        return f"{len(self.events.rules)} trigger rules for {len(kinds)} event types, {len(self.ner)} entity patterns"


def load(overlays: Sequence[Path] = (), ontology: str = DEFAULT_ONTOLOGY) -> Rules:
    """Load and lint all rules; later folders of ``overlays`` win.

    RuleError names file and line, also of a file in a folder that nothing reads.
    """
    stack = layers(overlays)
    check_overlays(stack)
    if not any((layer / "ontologies" / ontology).is_dir() for layer in stack):
        known = sorted({p.name for layer in stack for p in (layer / "ontologies").glob("*/")})
        raise RuleError(stack[-1] / "ontologies" / ontology, 0, f"no such ontology; known: {', '.join(known)}")
    with _no_collector():
        actors = load_actors(stack)
        return Rules(
            layout=load_layout(stack),
            ner=load_ner(stack, actors.gazetteer),
            dates=load_dates(stack),
            actors=actors,
            quotes=load_quotes(stack),
            events=load_events(stack, ontology),
            duplicates=load_duplicates(stack),
            stories=load_stories(stack),
            digest=digest_rules(overlays),
        )


@contextmanager
def _no_collector() -> Iterator[None]:
    """What is loaded stays, and a quarter of the time would go to looking for what of it can go."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def digest_rules(overlays: Sequence[Path] = ()) -> str:
    """What ``Rules.digest`` is, without loading them."""
    digest = hashlib.sha256()
    for layer in layers(overlays):
        for path in sorted(p for p in layer.rglob("*") if p.is_file()):
            digest.update(path.relative_to(layer).as_posix().encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
