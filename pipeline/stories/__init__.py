"""The same happening told by many articles: which tellings, events of different articles, are one story.

``build_stories`` makes the table from a finished run, in steps that other processes can
take over (``do_step``). What it does is pure in the parts that matter, so that a cluster can do the
same: ``Teller`` makes the tellings of an article, ``pairs`` the links of a block,
``stories`` the stories of a group of linked tellings.
"""

from pipeline.stories.build import StoryCounts, build_stories
from pipeline.stories.cluster import stories
from pipeline.stories.match import Link, joins_articles, pairs, pairs_beside
from pipeline.stories.steps import do_step
from pipeline.stories.telling import Rarity, Teller, Telling, article_terms, pack, unpack

__all__ = [
    "Link",
    "Rarity",
    "StoryCounts",
    "Teller",
    "Telling",
    "article_terms",
    "build_stories",
    "do_step",
    "joins_articles",
    "pack",
    "pairs",
    "pairs_beside",
    "stories",
    "unpack",
]
