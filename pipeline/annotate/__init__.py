"""spaCy's room: from texts and blocks to parses.

``annotator`` cuts and tokenizes texts, tells the parser where sentences start, and
hands out parses; ``engine`` runs the model's components over a group of texts, with the
parts that cost most (``encoder``, ``entities``, ``words``) done here instead of in
spaCy, to the same results.
"""

from pipeline.annotate.annotator import PIECE, Annotator, cut, load_model, make_annotator, make_ruler
from pipeline.annotate.encoder import UnknownModelError
from pipeline.annotate.engine import Engine

__all__ = [
    "PIECE",
    "Annotator",
    "Engine",
    "UnknownModelError",
    "cut",
    "load_model",
    "make_annotator",
    "make_ruler",
]
