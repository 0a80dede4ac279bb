"""What an article is compared by: a hash of its exact words, and a MinHash signature of its word runs."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from rensa import RMinHash

from pipeline.records import Block
from pipeline.rules.duplicates import DuplicateRules

EXACT_BYTES = 16
_WORD = re.compile(r"\w+")


class Fingerprint(NamedTuple):
    """``exact``: 16 bytes, equal for texts that differ in white space and case alone.

    ``signature``: the low 16 bits of each MinHash value, little-endian, two bytes a
    value; empty for a text too short to be a near copy of another.
    """

    exact: bytes
    signature: bytes


def fingerprint(text: str, blocks: Sequence[Block], rules: DuplicateRules) -> Fingerprint:
    """The fingerprint of an article's text, whose blocks are ``read_layout``'s.

    Only words of the blocks that ``rules`` name count, so that furniture, datelines and
    captions, which each paper adds, change nothing; a text with no such words is taken
    whole. Pure, and the same on every machine for one version of rensa's algorithm.
    """
    parts = [block.span.of(text) for block in blocks if block.kind in rules.kinds]
    kept = " ".join(" ".join(parts).casefold().split()) or " ".join(text.casefold().split())
    exact = hashlib.blake2b(kept.encode("utf-8", "surrogatepass"), digest_size=EXACT_BYTES).digest()
    words = _WORD.findall(kept)
    if len(words) < max(rules.short, rules.shingle):
        return Fingerprint(exact, b"")
    width = rules.shingle
    joined = [word.encode("utf-8", "surrogatepass") for word in words]
    runs = {b" ".join(joined[i : i + width]) for i in range(len(joined) - width + 1)}
    (values,) = RMinHash.digests_from_token_sets([runs], rules.permutations, rules.seed)
    low = (np.asarray(values, dtype=np.uint32) & 0xFFFF).astype("<u2")
    return Fingerprint(exact, low.tobytes())
