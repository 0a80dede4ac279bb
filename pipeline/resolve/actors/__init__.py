"""Who is who in one article: mentions grouped into entities, entities named as actors."""

from __future__ import annotations

from pipeline.resolve.actors.cast import Cast, resolve_actors

__all__ = ["Cast", "resolve_actors"]
