"""Copies: what a text is compared by, and which article of a corpus is a copy of which."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.duplicates import Entry, Fingerprint, find_copies, fingerprint
from pipeline.duplicates import copies as copies_module
from pipeline.errors import RuleError
from pipeline.layout import read_layout
from pipeline.records import Block, BlockKind
from pipeline.rules.duplicates import load_duplicates
from pipeline.rules.layout import LayoutRules
from pipeline.rules.source import layers
from pipeline.spans import Span

RULES = load_duplicates(layers())
DAY = date(2024, 3, 1)
STEMS = ("bar", "con", "del", "for", "gar", "lim", "mon", "per", "sal", "tur")
ENDS = ("bane", "cede", "dire", "fold", "gun", "hale", "kern", "list", "mort", "num")
WORDS = [stem + end for stem in STEMS for end in ENDS]

REPORT = (
    "The ferry Ellida ran aground off the island of Skarv early on Tuesday with 140 people aboard, and all of them "
    "were brought to safety by two fishing boats before noon. The coast guard said that the pilot had mistaken one "
    "light for another in thick fog. Divers found a tear of four metres in the hull, but no oil had leaked. The "
    "company has taken its other ships out of service until the inquiry has heard the crew."
)
RETOLD = (
    "All 140 passengers and crew of a ferry that struck rocks in fog near Skarv on Tuesday morning are safe, officials "
    "reported. Fishermen took them off the Ellida within hours. A lighthouse seems to have been confused with another "
    "one, according to coast guards, and a four-metre gash was found under the waterline, though nothing spilled. "
    "Until the crew has been questioned, the owner is keeping the rest of its fleet in port."
)


def words(seed: int, n: int = 120) -> list[str]:
    return random.Random(seed).choices(WORDS, k=n)


def edited(text: Sequence[str], seed: int, n: int) -> list[str]:
    out = list(text)
    for place in random.Random(seed).sample(range(len(out)), n):
        out[place] = f"edit{seed}x{place}"
    return out


def print_of(text: str | Sequence[str]) -> Fingerprint:
    text = text if isinstance(text, str) else " ".join(text)
    return fingerprint(text, [Block(Span(0, len(text)), BlockKind.BODY)], RULES)


def likeness(a: Fingerprint, b: Fingerprint) -> float:
    pairs = list(zip(a.signature[::2], b.signature[::2], a.signature[1::2], b.signature[1::2], strict=True))
    return sum(w == x and y == z for w, x, y, z in pairs) / len(pairs)


def found(entries: Sequence[Entry], **rules: int) -> dict[str, str]:
    with find_copies(entries, replace(RULES, **rules)) as copies:
        return dict(copies)


# ------------------------------------------------------------------ fingerprints


def test_case_and_white_space_make_no_difference() -> None:
    first, second = print_of(REPORT), print_of(REPORT.upper().replace(" ", "\r\n  "))
    assert first == second
    assert len(first.exact) == 16
    assert len(first.signature) == 2 * RULES.permutations


def test_furniture_and_datelines_make_no_difference(layout_rules: LayoutRules) -> None:
    page = f"BERGEN, March 5 (Interlink) — {REPORT}\n\nRead more\n\nShare this on Facebook"
    first = fingerprint(page, read_layout(page, layout_rules), RULES)
    assert first == fingerprint(REPORT, read_layout(REPORT, layout_rules), RULES)


def test_a_page_of_nothing_but_furniture_is_taken_whole() -> None:
    first, second = (
        fingerprint(text, [Block(Span(0, len(text)), BlockKind.BOILERPLATE)], RULES) for text in ("Share", "Print")
    )
    assert first.exact != second.exact


def test_the_signature_estimates_the_share_of_common_runs() -> None:
    for n in (0, 2, 5, 10, 20):
        text, other = words(n, 300), edited(words(n, 300), n, n)
        sets = [{tuple(t[i : i + RULES.shingle]) for i in range(len(t) - RULES.shingle + 1)} for t in (text, other)]
        true = len(sets[0] & sets[1]) / len(sets[0] | sets[1])
        assert likeness(print_of(text), print_of(other)) == pytest.approx(true, abs=0.13)


def test_a_short_text_has_no_signature() -> None:
    assert print_of(" ".join(["word"] * (RULES.short - 1))).signature == b""
    assert print_of(" ".join(["word"] * RULES.short)).signature


@given(st.text(max_size=400))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_fingerprint(text: str) -> None:
    assert len(fingerprint(text, [], RULES).exact) == 16
    assert len(fingerprint(text, [Block(Span(0, len(text)), BlockKind.BODY)] if text else [], RULES).exact) == 16


def test_unpaired_surrogates_are_taken() -> None:
    assert print_of("a\ud800 word " * 50).signature


# ------------------------------------------------------------------------ copies


def test_equal_and_edited_texts_are_copies_of_the_first_published() -> None:
    entries = [
        Entry("late", DAY + timedelta(2), print_of(REPORT)),
        Entry("b", DAY, print_of(REPORT.replace("140", "139"))),
        Entry("a", DAY + timedelta(1), print_of(REPORT)),
        Entry("undated", None, print_of(REPORT)),
        Entry("other", DAY, print_of(RETOLD)),
    ]
    assert found(entries) == {"a": "b", "late": "b", "undated": "b"}


def test_of_one_day_the_smallest_id_is_kept() -> None:
    assert found([Entry(i, DAY, print_of(REPORT)) for i in "cab"]) == {"b": "a", "c": "a"}
    assert found([Entry(i, None, print_of(REPORT)) for i in "cab"]) == {"b": "a", "c": "a"}


def test_the_same_happening_in_other_words_is_no_copy() -> None:
    assert found([Entry("a", DAY, print_of(REPORT)), Entry("b", DAY, print_of(RETOLD))]) == {}


def test_short_texts_are_copies_only_if_equal() -> None:
    first, second = "Skarv shares close 3 points up", "Skarv shares close 4 points up"
    entries = [Entry("a", DAY, print_of(first)), Entry("b", DAY, print_of(second)), Entry("c", DAY, print_of(first))]
    assert found(entries) == {"c": "a"}


def test_a_chain_has_one_first_article_as_long_as_all_are_like_it() -> None:
    texts = [words(1, 200)]
    for step in range(2):
        texts.append(edited(texts[-1], 100 + step, 3))
    entries = [Entry(f"d{n}", DAY + timedelta(n), print_of(text)) for n, text in enumerate(texts)]
    assert likeness(entries[0].fingerprint, entries[1].fingerprint) >= RULES.similarity
    assert likeness(entries[0].fingerprint, entries[2].fingerprint) >= RULES.keeper
    assert found(entries) == {"d1": "d0", "d2": "d0"}


def test_a_chain_that_drifts_away_starts_anew_and_nothing_is_a_copy_of_a_copy() -> None:
    texts = [words(2, 200)]
    for step in range(8):
        texts.append(edited(texts[-1], 200 + step, 3))
    entries = [Entry(f"d{n}", DAY + timedelta(n), print_of(text)) for n, text in enumerate(texts)]
    copies = found(entries)
    assert copies["d1"] == "d0"
    assert copies.get("d8") != "d0"
    assert len(set(copies.values())) > 1
    assert not set(copies.values()) & set(copies)


@given(st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_the_articles_changes_nothing(shuffler: random.Random) -> None:
    entries = [
        Entry(f"{family}-{n}", DAY + timedelta((family * 7 + n * 3) % 5), print_of(edited(words(family), n, n * 2)))
        for family in range(6)
        for n in range(5)
    ] + [Entry(f"short-{n}", None, print_of(f"line {n % 3}")) for n in range(7)]
    expected = found(entries)
    shuffled = entries[:]
    shuffler.shuffle(shuffled)
    assert found(shuffled) == expected
    assert found(shuffled, leaders=1) == found(entries, leaders=1)


def test_partitions_too_large_for_memory_are_taken_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry(f"{n:03d}", DAY, print_of(edited(words(n // 4), n, 1))) for n in range(120)]
    expected = found(entries)
    assert len(expected) == 90
    monkeypatch.setattr(copies_module, "_KEYS_AT_ONCE", 3)
    monkeypatch.setattr(copies_module, "_CHUNK", 7)
    monkeypatch.setattr(copies_module, "_PARTITIONS", 2)
    assert found(entries) == expected


def test_a_crowded_bucket_is_bounded_and_says_so() -> None:
    one = words(5, 200)
    crowd = [print_of(words(n, 200)) for n in range(10, 60)]
    # all share the values of the first band with one text, and nothing else
    head = print_of(one).signature[: 2 * RULES.rows]
    entries = [Entry(f"{n}", DAY, Fingerprint(p.exact, head + p.signature[len(head) :])) for n, p in enumerate(crowd)]
    with find_copies(entries, replace(RULES, leaders=10)) as copies:
        assert (len(copies), copies.uncompared) == (0, 40)
    with find_copies(entries, replace(RULES, leaders=50)) as copies:
        assert copies.uncompared == 0


def test_copies_are_looked_up_by_id_and_leave_no_file(tmp_path: Path) -> None:
    entries = [Entry(f"{n:04d}", DAY, print_of("same words here")) for n in range(1200)]
    with find_copies(entries, RULES, folder=tmp_path) as copies:
        assert copies.articles == 1200
        assert copies.of(["0000", "0001", "none"]) == {"0001": "0000"}
        assert len(copies.of([e.doc_id for e in entries])) == len(copies) == 1199
        assert os.listdir(tmp_path)
    assert not os.listdir(tmp_path)


def test_a_failing_stream_leaves_no_file(tmp_path: Path) -> None:
    def broken() -> object:
        yield Entry("a", DAY, print_of(REPORT))
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        find_copies(broken(), RULES, folder=tmp_path)  # type: ignore[arg-type]
    assert not os.listdir(tmp_path)


def test_no_articles_no_copies() -> None:
    assert found([]) == {}


# ------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("- {id: shingle, words: 0}", "whole number"),
        ("- {id: similarity, least: 1.5}", "above 0"),
        ("- {id: keeper, least: 0.9}", "must not be above"),
        ("- {id: signature, permutations: 100, rows: 3, seed: 1}", "must divide"),
        ("- {id: words, kinds: [body, sidebar]}", "sidebar"),
        ("- {id: mode, words: 3}", "unknown rule"),
        ("- {id: short, word: 3}", "unknown key"),
        ("- {id: short, off: true}", "missing"),
    ],
)
def test_numbers_that_cannot_be_used_are_refused(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "duplicates").mkdir()
    (tmp_path / "duplicates" / "copies.yaml").write_text(f"rules:\n{line}\n", encoding="utf-8")
    with pytest.raises(RuleError, match=says):
        load_duplicates(layers([tmp_path]))
