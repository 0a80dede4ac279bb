"""Quotation marks as a structure of the page."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.extract.quotes.marks import Quotation, read_marks
from pipeline.rules.quotes import load_quotes
from pipeline.rules.source import layers
from pipeline.spans import Span

MARKS = load_quotes(layers()).marks


def paragraphs(text: str) -> list[Span]:
    return [Span(m.start(), m.end()) for m in re.finditer(r"[^\n]*\S[^\n]*", text)]


def read(text: str) -> list[Quotation]:
    return read_marks(text, paragraphs(text), MARKS)


def inner(text: str) -> list[str]:
    return ["|".join(part.of(text) for part in q.parts) for q in read(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("She said “the dam held” twice.", ["the dam held"]),
        ('She said "the dam held" twice.', ["the dam held"]),
        ("She said ``the dam held'' twice.", ["the dam held"]),
        ("She said ''the dam held'' twice.", ["the dam held"]),
        ("She said ‘the dam held’ twice.", ["the dam held"]),
        ("She said 'the dam held' twice.", ["the dam held"]),
        ("She said «the dam held» twice.", ["the dam held"]),
        ("She said „the dam held“ twice.", ["the dam held"]),
        ("She said „the dam held” twice.", ["the dam held"]),
        ('"Go," he said. "Now."', ["Go,", "Now."]),
        ('He sighed ("too late") and left.', ["too late"]),
        ('He sighed—"too late"—and left.', ["too late"]),
    ],
)
def test_every_kind_of_mark_is_read(text: str, found: list[str]) -> None:
    assert inner(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "The workers’ rights and the firm’s debts don’t mix.",
        "It's the boys' game, rock 'n' roll, in the '90s.",
        "A pipe of 6' and a board of 2' were sold.",
        "No marks at all.",
        "",
    ],
)
def test_apostrophes_are_no_marks(text: str) -> None:
    assert inner(text) == []


def test_a_plurals_apostrophe_does_not_close() -> None:
    assert inner("He wrote ‘the workers’ pay is late’ on the wall.") == ["the workers’ pay is late"]


def test_marks_nest() -> None:
    text = "“She told me ‘never again’ and left,” he said."
    outer, nested = read(text)
    assert outer.inner.of(text) == "She told me ‘never again’ and left,"
    assert nested.inner.of(text) == "never again"
    assert (outer.depth, nested.depth) == (0, 1)


def test_one_quotation_over_paragraphs_opens_at_each() -> None:
    text = "“The first day.\n\n“The second day.\n\n“The end,” he wrote.\n\n“Other words,” she wrote."
    assert inner(text) == ["The first day.|The second day.|The end,", "Other words,"]


def test_an_unbalanced_mark_costs_its_own_paragraph_only() -> None:
    text = "He said “this is lost and went home.\n\nShe said “this is found” and stayed."
    assert "this is found" in inner(text)


def test_a_mark_that_lost_its_partner_costs_one_quotation() -> None:
    assert inner("He said “this is lost. She said “this is found” and stayed.") == ["this is found"]


def test_a_closing_mark_alone_is_repaired_from_the_paragraphs_start() -> None:
    (found,) = read("We held the bridge,” the captain said.")
    assert found.repaired
    assert found.inner == (0, 19)


def test_an_opening_mark_of_the_wrong_side_closes() -> None:
    assert inner("They rated it “mostly fair.“") == ["mostly fair."]


def test_brackets_and_dots_stay_inside() -> None:
    text = "“We [the council] … never agreed (not once),” he said."
    assert inner(text) == ["We [the council] … never agreed (not once),"]


ALPHABET = st.sampled_from(list("ab s.,?\n—(’‘“”\"'«»„`"))


@given(st.text(ALPHABET, max_size=120))
def test_random_marks_give_spans_in_bounds_and_in_order(text: str) -> None:
    found = read(text)
    assert [q.outer.start for q in found] == sorted(q.outer.start for q in found)
    for quotation in found:
        assert 0 <= quotation.outer.start < quotation.outer.end <= len(text)
        last = quotation.outer.start
        for part in quotation.parts:
            assert last <= part.start < part.end <= quotation.outer.end
            assert part.of(text).strip() == part.of(text)
            last = part.end


@given(st.lists(st.text(ALPHABET.filter(lambda c: c != "\n"), min_size=1, max_size=40), max_size=5))
def test_a_paragraph_without_open_marks_is_read_as_if_alone(lines: list[str]) -> None:
    safe = "Plain words here.\n" + "\n".join(lines)
    text = safe + "\n\nA closing paragraph says “the dam held” now."
    assert "the dam held" in inner(text)


@given(st.integers(1, 300))
def test_many_open_marks_cost_no_time(count: int) -> None:
    assert isinstance(read("“a " * count + "‘b " * count), list)
