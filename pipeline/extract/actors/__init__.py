"""Mentions of actors: names, descriptions and pronouns, each with what its words tell."""

from __future__ import annotations

from pipeline.extract.actors.find import find_mentions
from pipeline.extract.actors.nominals import describe

__all__ = ["describe", "find_mentions"]
