"""Reading: from files, folders and globs to articles, rejects and notices."""

from pipeline.read.fields import NAMES, Outcome, ReadOptions, parse_map
from pipeline.read.ids import Claim, IdRegister
from pipeline.read.metadata import Metadata, load_metadata
from pipeline.read.pieces import cut, halve
from pipeline.read.published import Published, parse_published
from pipeline.read.reader import prepare, read_source
from pipeline.read.sources import Compression, Format, Piece, Source, Stamp, find_sources, stamp

__all__ = [
    "NAMES",
    "Claim",
    "Compression",
    "Format",
    "IdRegister",
    "Metadata",
    "Outcome",
    "Piece",
    "Published",
    "ReadOptions",
    "Source",
    "Stamp",
    "cut",
    "find_sources",
    "halve",
    "load_metadata",
    "parse_map",
    "parse_published",
    "prepare",
    "read_source",
    "stamp",
]
