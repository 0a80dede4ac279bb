"""Measuring a run against hand-labelled documents.

``load_gold`` reads and checks the labels, ``evaluate`` compares a run's tables with
them; ``render`` prints what comes out, ``baseline`` guards it.
"""

from pipeline.evaluate.compare import evaluate
from pipeline.evaluate.figures import Report
from pipeline.evaluate.gold import GoldDocument, load_gold

__all__ = ["GoldDocument", "Report", "evaluate", "load_gold"]
