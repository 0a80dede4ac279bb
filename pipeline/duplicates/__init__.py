"""Copies of one text across a corpus.

``fingerprint`` makes of one article what it is compared by, a few hundred bytes;
``find_copies`` compares those of a whole corpus.
"""

from pipeline.duplicates.copies import Copies, Entry, find_copies
from pipeline.duplicates.fingerprint import Fingerprint, fingerprint

__all__ = ["Copies", "Entry", "Fingerprint", "find_copies", "fingerprint"]
