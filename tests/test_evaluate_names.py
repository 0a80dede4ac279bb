from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.evaluate.names import Party, name_words, same_entity, same_name, same_speaker
from pipeline.evaluate.quotes import communicates, core, kind_of, quoted
from pipeline.records import QuoteType
from pipeline.spans import Span, common, size, union

NAMES = st.lists(st.sampled_from(["Ada", "Okoro", "the", "President", "U.S.", "Ministry", "of", "he"]), max_size=4).map(
    " ".join
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("the U.S. Navy", ("us", "navy")),
        ("President Ada Okoro", ("ada", "okoro")),
        ("the president", ("president",)),
        ("Chile’s government", ("chile", "government")),
        ("the", ()),
        ("", ()),
        ("J.R. Smith-Lund", ("jr", "smith", "lund")),
    ],
)
def test_words_of_a_name(name: str, words: tuple[str, ...]) -> None:
    assert name_words(name) == words


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Ada Okoro", "Okoro", True),
        ("Mr Okoro", "President Ada Okoro", True),
        ("Ada Okoro", "Ada", False),
        ("Ministry of Health of Chad", "Ministry of Health", True),
        ("rebels", "rebels in Gao", False),
        ("northern rebels", "northern rebels in Gao", True),
        ("Okoro", "Okoros", False),
        ("", "Okoro", False),
    ],
)
def test_same_name(one: str, other: str, same: bool) -> None:
    assert same_name(name_words(one), name_words(other)) is same
    assert same_name(name_words(other), name_words(one)) is same


@given(NAMES, NAMES)
def test_same_name_is_symmetric_and_reflexive(one: str, other: str) -> None:
    a, b = name_words(one), name_words(other)
    assert same_name(a, b) == same_name(b, a)
    assert same_name(a, a) == bool(a)


def test_a_pronoun_among_the_aliases_names_nobody() -> None:
    assert not same_entity(["Ada Okoro", "she"], None, "person", Party("she"))
    assert same_entity(["the United States", "US"], None, "state", Party("U.S."))


@pytest.mark.parametrize(
    ("reference", "name", "same"),
    [
        ("Jon Vale", "Vale", True),
        ("Jon Vale", "Mr. Jon", True),
        ("Jon Vale", "", False),
        ("Jon Vale", "the", False),
        ("Ministry of Health", "the ministry", True),
        ("Jon Vale", "Ada Okoro", False),
    ],
)
def test_same_speaker(reference: str, name: str, same: bool) -> None:
    assert same_speaker(reference, name) is same


@pytest.mark.parametrize("cue", ["said", "has been telling", "according to", "denies", "Vowing", "in a statement"])
def test_cues_that_communicate(cue: str) -> None:
    assert communicates(cue)


@pytest.mark.parametrize("cue", ["believed", "hopes", "", "was seen"])
def test_cues_that_do_not(cue: str) -> None:
    assert not communicates(cue)


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("He “ran” off", ["“ran”"]),
        ('He "ran" off', ['"ran"']),
        ("“Never closed\nNext line", ["“Never closed"]),
        ("``Old style'' he said", ["``Old style''"]),
        ("no marks", []),
        ("a stray ” here", ["”"]),
        ("to the end “of it", ["“of it"]),
    ],
)
def test_what_stands_in_quotation_marks(text: str, inside: Sequence[str]) -> None:
    assert [span.of(text) for span in quoted(text)] == inside


def test_a_quote_s_kind_by_its_marks() -> None:
    text = "“We ran,” she said. It was “odd” to run. They stayed."
    marks = quoted(text)
    assert kind_of(text, marks, [(1, 8)]) is QuoteType.DIRECT
    assert kind_of(text, marks, [(20, 39)]) is QuoteType.MIXED
    assert kind_of(text, marks, [(41, 52)]) is QuoteType.INDIRECT
    assert kind_of(text, marks, [(8, 9)]) is QuoteType.INDIRECT  # no letter at all


def test_core_of_a_span() -> None:
    text = " “that they ran,” "
    assert core(text, (0, len(text))).of(text) == "they ran"


SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda s: Span(min(s), max(s))), max_size=6)


def characters(spans: Sequence[Span]) -> set[int]:
    return {i for start, end in spans for i in range(start, end)}


@given(SPANS, SPANS)
def test_union_and_common_are_those_of_sets(one: list[Span], other: list[Span]) -> None:
    a, b = union(one), union(other)
    assert characters(a) == characters(one)
    assert size(a) == len(characters(one))
    assert common(a, b) == common(b, a) == len(characters(one) & characters(other))
    assert all(before.end < after.start for before, after in pairwise(a))
