"""What a row of a gazetteer rests on: the ``source`` column of ``models/actors/*.tsv``.

A row names one or more kinds of source, separated by ``|``. The first is what it rests
on, further ones are what a program compared it with. The vocabulary is closed (`KINDS`);
only ``package:`` and ``dataset:`` take a name, which the header of the file explains.
A row of a user's layer may leave the column out.
"""

from __future__ import annotations

import re
from enum import StrEnum

from pipeline.rules.source import Item

COLUMN = "source"


class SourceKind(StrEnum):
    """Kinds of source without a name; ``models/README.md`` says what each stands for."""

    STATE_LIST = "state-list"
    HOLDERS_LIST = "holders-list"
    FOUNDING_RECORD = "founding-record"
    GENERAL_KNOWLEDGE = "general-knowledge"
    PETRARCH = "petrarch"
    USER = "user"


KINDS: tuple[str, ...] = (*(kind.value for kind in SourceKind), "package:NAME", "dataset:NAME")
"""Every kind that a row may name, as messages and the documentation write it."""

_NAMED = re.compile(r"(?:package|dataset):[a-z0-9][a-z0-9_-]*\Z")
_PLAIN = frozenset(kind.value for kind in SourceKind)


def sources_of(item: Item) -> tuple[str, ...]:
    """The kinds of source that a row names, in its order; ``("user",)`` if it names none.

    RuleError at a kind that is not in the vocabulary, or named twice.
    """
    value = item.maybe(COLUMN)
    if value is None:
        return (SourceKind.USER.value,)
    found = tuple(part.strip() for part in value.split("|"))
    for kind in found:
        if kind not in _PLAIN and not _NAMED.match(kind):
            raise item.error(f"unknown kind of source {kind!r} (known: {', '.join(KINDS)})")
        if found.count(kind) > 1:
            raise item.error(f"names the source {kind!r} twice")
    return found
