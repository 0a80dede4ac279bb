"""The names that rules of dates may use are those that the code knows."""

from __future__ import annotations

from pipeline.extract.dates.build import MAKERS
from pipeline.extract.dates.guards import GUARDS
from pipeline.rules import dates as rules_module


def test_guards_and_meanings_of_the_files_are_those_of_the_code() -> None:
    assert set(GUARDS) == set(rules_module.GUARDS)
    assert set(MAKERS) == set(rules_module.MEANINGS)
