from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import spans
from pipeline.spans import Span

TEXT = st.text(alphabet=" ab\n\t“”é𝄞", max_size=40)


@st.composite
def text_and_spans(draw: st.DrawFn) -> tuple[str, list[Span]]:
    text = draw(TEXT)
    pairs = draw(st.lists(st.tuples(st.integers(0, len(text)), st.integers(0, len(text))), max_size=8))
    return text, [Span(min(p), max(p)) for p in pairs if p[0] != p[1]]


@given(text_and_spans(), st.sampled_from(["", "“”", "ab"]))
def test_trim_stays_inside_and_leaves_no_edge(case: tuple[str, list[Span]], also: str) -> None:
    text, found = case
    for span in found:
        got = spans.trim(text, span, also)
        assert span.start <= got.start <= got.end <= span.end
        inner = got.of(text)
        assert not inner or (inner == inner.strip() and inner[0] not in also and inner[-1] not in also)
        assert not got.of(text) or text[span.start : span.end].strip()


@given(text_and_spans())
def test_merge_is_sorted_apart_and_covers_the_same(case: tuple[str, list[Span]]) -> None:
    text, found = case
    merged = spans.merge(text, found)
    assert all(a.end < b.start and text[a.end : b.start].strip() for a, b in pairwise(merged))
    before = {i for s in found for i in range(*s) if not text[i].isspace()}
    assert {i for s in merged for i in range(*s) if not text[i].isspace()} == before
    assert spans.merge(text, merged) == merged


@given(text_and_spans())
def test_longest_never_overlaps_and_keeps_the_longest(case: tuple[str, list[Span]]) -> None:
    _, found = case
    kept = spans.longest(found)
    assert kept == sorted(kept)
    assert all(not a.overlaps(b) for i, a in enumerate(kept) for b in kept[i + 1 :])
    if found:
        assert max(e - s for s, e in found) == max(e - s for s, e in kept)


@given(st.lists(st.integers(0, 50), unique=True).map(sorted), st.integers(-5, 60))
def test_index_at_is_the_last_start_at_or_before(starts: list[int], offset: int) -> None:
    got = spans.index_at(starts, offset)
    assert got == sum(s <= offset for s in starts) - 1


def test_check_refuses_what_is_out_of_bounds() -> None:
    assert spans.check("abc", (0, 3)) == Span(0, 3)
    for bad in ((0, 4), (-1, 2), (2, 2), (2, 1)):
        with pytest.raises(ValueError, match="not inside"):
            spans.check("abc", bad)


def test_containment_and_cover() -> None:
    span = Span(2, 6)
    assert 2 in span
    assert 6 not in span
    assert (3, 6) in span
    assert (3, 7) not in span
    assert span.overlaps((5, 9))
    assert not span.overlaps((6, 9))
    assert spans.cover([(4, 9), (1, 5)]) == Span(1, 9)
    assert span.shift(3) == Span(5, 9)
    assert Span(1, 3).of("a𝄞éz") == "𝄞é"
