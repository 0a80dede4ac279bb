"""Events: triggers, their arguments, negation and modality.

``frames`` reads the syntax around a word, ``match`` checks a rule's needs against it,
``modality`` tells how it is meant, ``find`` puts the three together and drops what is
only content, ``arguments`` names who takes part.
"""

from pipeline.extract.events.find import find_events

__all__ = ["find_events"]
