"""Word lists that measures are defined by (``models/evaluate/words.yaml``).

They are read from the project's own folder, never from a user's layer over it: a
figure must mean the same whatever rules made the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from pipeline.rules.source import Item, home, read

_KEYS = frozenset({"note", "words", "forms"})


@dataclass(frozen=True, slots=True)
class MeasureWords:
    """The lists, each under its id in the file, which says what it is for."""

    articles: frozenset[str]
    titles: frozenset[str]
    pronouns: frozenset[str]
    not_pronouns: frozenset[str]
    speaker_fillers: frozenset[str]
    communication: frozenset[str]
    communication_forms: Mapping[str, str]
    two_sided_types: frozenset[str]


@cache
def load_measures() -> MeasureWords:
    """The lists. RuleError if one is missing or broken."""
    items = {item.id: item for item in read((home(),), "evaluate/words.yaml")}
    for item in items.values():
        item.only(_KEYS)

    def get(name: str) -> Item:
        if name not in items:
            raise next(iter(items.values())).error(f"the list {name!r} is missing from the file")
        return items[name]

    forms = get("communication-forms").data.get("forms")
    if not isinstance(forms, dict) or not all(isinstance(x, str) for pair in forms.items() for x in pair):
        raise get("communication-forms").error("forms must map texts to texts")
    return MeasureWords(
        articles=frozenset(get("articles").texts("words")),
        titles=frozenset(get("titles").texts("words")),
        pronouns=frozenset(get("pronouns").texts("words")),
        not_pronouns=frozenset(get("not-pronouns").texts("words")),
        speaker_fillers=frozenset(get("speaker-fillers").texts("words")),
        communication=frozenset(get("communication").texts("words")),
        communication_forms=dict(forms),
        two_sided_types=frozenset(get("two-sided-types").texts("words")),
    )
