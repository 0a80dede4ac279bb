from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from pipeline.errors import DatelineError, GoldError, InputError, UsageError
from pipeline.evaluate import GoldDocument, Report, evaluate, load_gold
from pipeline.evaluate.baseline import check, guarded, load_baseline, update
from pipeline.evaluate.mistakes import Fault
from pipeline.evaluate.render import render_mistakes, render_report
from pipeline.records import ActorKind, Field, Modality, QuoteType, TimexType
from pipeline.rows import Tables
from tests.runs import actor_row, date_row, document_row, event_row, perfect, quote_row, write_run

OWN = Path(__file__).parent.parent / "corpus" / "gold"

SHORT = (
    "Rebels attacked Bamira on Monday. “We fired first,” said Jon Vale, a commander. “They ran.”\n"
    "President Ada Okoro condemned the attack and said she would meet envoys in April."
)


def at(words: str, nth: int = 0) -> list[int]:
    start = -1
    for _ in range(nth + 1):
        start = SHORT.index(words, start + 1)
    return [start, start + len(words)]


def event(words: str, event_type: str, nth: int = 0, **other: Any) -> dict[str, Any]:
    start, end = at(words, nth)
    return {"start": start, "end": end, "type": event_type, "actors": [], "recipients": [], **other}


GOLD: dict[str, Any] = {
    "doc_id": "short",
    "text": SHORT,
    "published": "2024-03-06",
    "actors": {
        "rebels": {"name": "rebels", "kind": "armed_group"},
        "vale": {"name": "Jon Vale", "kind": "person"},
        "okoro": {"name": "Ada Okoro", "aliases": ["the president"], "kind": "person"},
        "envoys": {"name": "envoys", "kind": "group"},
    },
    "dates": [
        {"start": at("Monday")[0], "end": at("Monday")[1], "type": "DATE", "value": "2024-03-04"},
        {"start": at("April")[0], "end": at("April")[1], "type": "DATE", "value": "2024-04"},
    ],
    "quotes": [
        {
            "spans": [at("We fired first,"), at("They ran.")],
            "type": "direct",
            "cue": at("said"),
            "speaker_span": at("Jon Vale"),
            "speaker": "vale",
        },
        {
            "spans": [at("she would meet envoys in April")],
            "type": "indirect",
            "cue": at("said", 1),
            "speaker_span": at("Ada Okoro"),
            "speaker": "okoro",
        },
    ],
    "events": [
        event(
            "attacked",
            "ASSAULT",
            actors=["rebels"],
            date_start="2024-03-04",
            date_end="2024-03-04",
            granularity="day",
            date_source="explicit",
            place="Bamira",
        ),
        event("condemned", "ACCUSE", actors=["okoro"], recipients=["rebels"]),
        event("attack", "ASSAULT", 1, same_as=0),
        event(
            "meet",
            "AGREE",
            actors=["okoro", "envoys"],
            modality="future",
            date_start="2024-04-01",
            date_end="2024-04-30",
            granularity="month",
            date_source="explicit",
            quote=1,
        ),
    ],
}


@pytest.fixture
def gold(tmp_path: Path) -> list[GoldDocument]:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps(GOLD) + "\n", encoding="utf-8")
    return load_gold(path)


def run_of(made: Tables, tmp_path: Path, gold: list[GoldDocument]) -> Report:
    return evaluate(gold, write_run(tmp_path / f"run{len(list(tmp_path.iterdir()))}", made), samples=50)


def f1(report: Report, section: str, name: str) -> float:
    return report.score(section, name).f1


def rate(report: Report, section: str, name: str) -> float | None:
    return next(rate.value for rate in report.section(section).rates if rate.name == name)


# ------------------------------------------------------------------ perfect and less than perfect


def test_perfect_predictions_score_100(tmp_path: Path, gold: list[GoldDocument]) -> None:
    report = run_of(perfect(gold), tmp_path, gold)
    assert [section.name for section in report.sections] == [
        "dates",
        "quotes",
        "quotes: direct",
        "quotes: indirect",
        "events",
    ]
    assert report.figures()
    assert set(report.figures().values()) == {100.0}
    assert not report.mistakes


@pytest.mark.parametrize("name", ["dev", "test"])
def test_our_own_gold_loads_and_scores_100_against_itself(name: str, tmp_path: Path) -> None:
    documents = load_gold(OWN / f"{name}.jsonl")
    report = evaluate(documents, write_run(tmp_path / "run", perfect(documents), 3), samples=20)
    assert {section.name for section in report.sections} >= {"dates", "quotes", "events"}
    # where the gold's own speaker has no span, the name alone may not fit it
    low = {name: value for name, value in report.figures().items() if value < 100 and "no speaker" not in name}
    assert low == {}


def test_a_run_that_finds_nothing_scores_0(tmp_path: Path, gold: list[GoldDocument]) -> None:
    report = run_of(Tables(documents=perfect(gold).documents), tmp_path, gold)
    assert {score.f1 for section in report.sections for score in section.scores} == {0.0}
    assert {item.fault for item in report.mistakes} == {Fault.MISS}
    assert len(report.mistakes) == 2 + 2 + 4


@pytest.mark.parametrize(
    ("table", "section", "name"),
    [("dates", "dates", "value"), ("quotes", "quotes", "quote+speaker"), ("events", "events", "full")],
)
def test_removing_a_row_lowers_recall_only(
    table: str, section: str, name: str, tmp_path: Path, gold: list[GoldDocument]
) -> None:
    n = len(getattr(perfect(gold), table))
    for gone in range(n):
        made = perfect(gold)
        del getattr(made, table)[gone]
        (score,) = [s for s in run_of(made, tmp_path, gold).section(section).scores if s.name == name]
        assert score.precision == 100
        assert score.recall == pytest.approx(100 * (n - 1) / n)
        assert (score.right, score.predicted, score.gold) == (n - 1, n - 1, n)


@pytest.mark.parametrize(
    ("table", "section", "name"),
    [("dates", "dates", "strict"), ("quotes", "quotes", "overlap"), ("events", "events", "event")],
)
def test_a_spurious_row_lowers_precision_only(
    table: str, section: str, name: str, tmp_path: Path, gold: list[GoldDocument]
) -> None:
    made = perfect(gold)
    spurious = {
        "dates": date_row("short", SHORT, 0, 6),
        "quotes": quote_row("short", SHORT, [at("a commander")]),
        "events": event_row("short", SHORT, at("ran"), "RETREAT"),
    }
    getattr(made, table).append(spurious[table])
    report = run_of(made, tmp_path, gold)
    (score,) = [s for s in report.section(section).scores if s.name == name]
    assert score.recall == 100
    assert score.precision == pytest.approx(100 * score.gold / (score.gold + 1))
    assert [item.fault for item in report.mistakes] == [Fault.FALSE_ALARM]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), parts=st.integers(1, 4))
def test_figures_stay_in_bounds_and_part_files_do_not_matter(
    seed: int, parts: int, tmp_path: Path, gold: list[GoldDocument]
) -> None:
    chance = random.Random(seed)
    made = perfect(gold)
    made.dates = [
        replace(row, start=max(0, row.start - chance.randint(0, 3)), value=chance.choice([row.value, "2023"]))
        for row in made.dates
        if chance.random() < 0.7
    ]
    made.events = [
        replace(
            row,
            event_type=chance.choice([row.event_type, "CONSULT", None]),
            modality=chance.choice(list(Modality)),
            negated=chance.random() < 0.3,
            confidence=chance.random(),
        )
        for row in made.events
        if chance.random() < 0.7
    ]
    where = tmp_path / f"run-{seed}-{parts}"
    report = evaluate(gold, write_run(where, made, parts), samples=30)
    again = evaluate(gold, write_run(where.with_name(where.name + "-one"), made), samples=30)
    assert report.figures() == again.figures()
    for section in report.sections:
        for score in (*section.scores, *section.by_type):
            assert 0 <= score.f1 <= 100
            assert min(score.precision, score.recall) - 1e-9 <= score.f1 <= max(score.precision, score.recall) + 1e-9
            assert score.right <= score.predicted
            assert score.found <= score.gold
            assert score.interval.low <= score.interval.high
    figures = {score.name: score.f1 for score in report.section("events").scores}
    assert figures["full"] <= figures["dated"] <= figures["event"] <= figures["trigger"]
    dates = {score.name: score.f1 for score in report.section("dates").scores}
    assert max(dates["strict"], dates["value"]) <= dates["relaxed"]


# ------------------------------------------------------------------ dates


def test_dates_strict_forgives_punctuation_at_the_edge(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.dates[0] = replace(made.dates[0], end=made.dates[0].end + 1)  # "Monday."
    report = run_of(made, tmp_path, gold)
    assert f1(report, "dates", "strict") == 100


def test_dates_relaxed_takes_any_overlap_but_strict_does_not(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.dates[0] = replace(made.dates[0], start=made.dates[0].start - 3)  # "on Monday"
    report = run_of(made, tmp_path, gold)
    assert f1(report, "dates", "strict") == 50
    assert f1(report, "dates", "relaxed") == 100
    assert [item.fault for item in report.mistakes] == [Fault.SPAN]


def test_dates_one_prediction_serves_one_label(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.dates.append(replace(made.dates[0], date_id="twice"))
    (strict, *_) = run_of(made, tmp_path, gold).section("dates").scores
    assert (strict.right, strict.predicted) == (2, 3)


def test_dates_type_and_value_are_told_apart(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.dates[0] = replace(made.dates[0], timex_type=TimexType.TIME)
    report = run_of(made, tmp_path, gold)
    assert f1(report, "dates", "value") == 100
    assert f1(report, "dates", "type") == 50
    assert next(s for s in report.section("dates").scores if s.name == "DATE value").recall == 50


def test_dates_in_ignored_spans_and_titles_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(json.dumps({**GOLD, "dates": GOLD["dates"][:1], "ignore": [at("April")]}) + "\n", encoding="utf-8")
    documents = load_gold(path)
    made = perfect(documents)
    made.dates.append(date_row("short", SHORT, *at("April")))
    made.dates.append(date_row("short", SHORT, 3, 9, field=Field.TITLE))
    assert f1(run_of(made, tmp_path, documents), "dates", "strict") == 100


def test_dates_ends_of_a_range(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    ranged = [{**label, "range_id": "r"} for label in GOLD["dates"]]
    path.write_text(json.dumps({**GOLD, "dates": ranged}) + "\n", encoding="utf-8")
    documents = load_gold(path)
    assert f1(run_of(perfect(documents), tmp_path, documents), "dates", "range") == 100
    made = perfect(documents)
    made.dates = [replace(row, range_id=None) for row in made.dates]
    assert f1(run_of(made, tmp_path, documents), "dates", "range") == 0


# ------------------------------------------------------------------ quotes


def test_quotes_overlap_needs_half_of_both_together(tmp_path: Path, gold: list[GoldDocument]) -> None:
    start, end = at("she would meet envoys in April")
    for length, matched in ((15, True), (14, False)):
        made = perfect(gold)
        made.quotes[1] = quote_row(
            "short", SHORT, [(start, start + length)], speaker_start=at("Ada")[0], speaker_end=at("Ada")[1]
        )
        report = run_of(made, tmp_path, gold)
        assert end - start == 30
        assert f1(report, "quotes", "overlap") == (100 if matched else 50)


def test_quotes_exact_counts_fragments_and_forgives_edges(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    first, second = at("We fired first,"), at("They ran.")
    made.quotes[0] = quote_row("short", SHORT, [(first[0] - 1, first[1] + 1)])  # with its marks, second part missing
    report = run_of(made, tmp_path, gold)
    (exact,) = [s for s in report.section("quotes").scores if s.name == "exact"]
    assert (exact.right, exact.predicted, exact.gold) == (2, 2, 3)
    assert second


def test_quotes_speaker_span_must_meet_the_gold_one(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.quotes[0] = replace(
        made.quotes[0], speaker_start=at("Okoro")[0], speaker_end=at("Okoro")[1], speaker_name="Okoro"
    )
    report = run_of(made, tmp_path, gold)
    assert f1(report, "quotes", "quote+speaker") == 50
    assert rate(report, "quotes", "resolved name") == 50
    (item,) = report.mistakes
    assert item.fault is Fault.SPEAKER
    assert item.gold == "direct, Jon Vale"


def test_quotes_turns_are_not_scored(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.quotes.append(quote_row("short", SHORT, [(0, 30)], quote_type=QuoteType.TURN))
    assert f1(run_of(made, tmp_path, gold), "quotes", "overlap") == 100


def test_quotes_exploded_gold_splits_predictions(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    one, two = GOLD["quotes"]
    exploded = [{**one, "spans": [span]} for span in one["spans"]] + [two]
    path.write_text(json.dumps({**GOLD, "quotes": exploded, "explode": True, "events": []}) + "\n", encoding="utf-8")
    documents = load_gold(path)
    made = perfect(documents)
    whole = quote_row(
        "short", SHORT, one["spans"], cue_start=at("said")[0], cue_end=at("said")[1],
        speaker_start=at("Jon Vale")[0], speaker_end=at("Jon Vale")[1], speaker_name="Jon Vale",
    )  # fmt: skip
    made.quotes = [whole, made.quotes[2]]
    assert f1(run_of(made, tmp_path, documents), "quotes", "quote+speaker") == 100


def test_quotes_of_belief_are_a_subset_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    one, two = GOLD["quotes"]
    path.write_text(
        json.dumps({**GOLD, "quotes": [one, {**two, "speech": False}], "events": []}) + "\n", encoding="utf-8"
    )
    documents = load_gold(path)
    made = perfect(documents)
    report = run_of(made, tmp_path, documents)
    assert f1(report, "quotes: speech", "overlap") == 100
    assert next(s for s in report.section("quotes: speech").scores).gold == 1
    del made.quotes[1]
    report = run_of(made, tmp_path, documents)
    assert f1(report, "quotes: speech", "overlap") == 100
    assert f1(report, "quotes", "overlap") < 100


# ------------------------------------------------------------------ events


def test_events_near_trigger_of_equal_type_counts(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.events[1] = replace(made.events[1], trigger_start=at("attack", 1)[0] + 1, trigger_end=at("attack", 1)[1])
    assert f1(run_of(made, tmp_path, gold), "events", "event") == 100


def test_events_wrong_type_is_a_trigger_but_no_event(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.events[1] = replace(made.events[1], event_type="SUPPORT")
    report = run_of(made, tmp_path, gold)
    assert f1(report, "events", "trigger") == 100
    assert f1(report, "events", "event") == 75
    types = {score.name: (score.right, score.predicted, score.gold) for score in report.section("events").by_type}
    assert types == {"ACCUSE": (0, 0, 1), "AGREE": (1, 1, 1), "ASSAULT": (2, 2, 2), "SUPPORT": (0, 1, 0)}
    (item,) = report.mistakes
    assert (item.fault, item.gold, item.predicted) == (Fault.TYPE, "ACCUSE", "SUPPORT")


def test_events_without_type_are_not_scored(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.events.append(event_row("short", SHORT, at("ran"), None))
    assert f1(run_of(made, tmp_path, gold), "events", "event") == 100


def test_events_a_date_is_right_with_both_ends(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.events[3] = replace(made.events[3], date_end=date(2024, 4, 29))
    report = run_of(made, tmp_path, gold)
    assert f1(report, "events", "dated") == 75
    assert rate(report, "events", "date where labelled") == 50
    (item,) = report.mistakes
    assert (item.gold, item.predicted) == ("2024-04-01/2024-04-30", "2024-04-01/2024-04-29")


def test_events_a_date_given_where_there_is_none_is_wrong(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.events[1] = replace(made.events[1], date_start=date(2024, 3, 6), date_end=date(2024, 3, 6))
    report = run_of(made, tmp_path, gold)
    assert f1(report, "events", "dated") == 75
    assert rate(report, "events", "date where labelled") == 100


@pytest.mark.parametrize(
    ("name", "right"),
    [("Okoro", True), ("President Ada Okoro", True), ("The President", True), ("Vale", False), ("Ada", False)],
)
def test_events_participants_are_compared_by_name(
    name: str, right: bool, tmp_path: Path, gold: list[GoldDocument]
) -> None:
    made = perfect(gold)
    made.events[1] = replace(made.events[1], actor_names=(name,))
    assert f1(run_of(made, tmp_path, gold), "events", "who") == (100 if right else 75)


def test_events_a_state_and_its_government_are_one(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    state = {"s": {"name": "Chile", "kind": "state", "country": "CHL"}}
    data = {"doc_id": "short", "text": SHORT, "actors": state, "events": [event("condemned", "ACCUSE", actors=["s"])]}
    path.write_text(json.dumps(data) + "\n", encoding="utf-8")
    documents = load_gold(path)
    for kind, country, right in (
        (ActorKind.GOVERNMENT, "CHL", True),
        (ActorKind.PERSON, "CHL", False),
        (ActorKind.GOVERNMENT, "PER", False),
    ):
        made = perfect(documents)
        made.actors = [actor_row("g", "Santiago", kind, country=country)]
        made.events[0] = replace(made.events[0], actors=("g",), actor_names=("Santiago",))
        assert f1(run_of(made, tmp_path, documents), "events", "who") == (100 if right else 0)


def test_events_never_flagging_scores_nothing_on_flags(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.events = [replace(row, modality=Modality.ASSERTED) for row in made.events]
    report = run_of(made, tmp_path, gold)
    assert f1(report, "events", "not asserted") == 0
    assert rate(report, "events", "modality") == 75
    assert f1(report, "events", "full") == 75


def test_events_optional_labels_count_where_the_gold_has_them(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.events[0] = replace(made.events[0], place="Gao")
    made.events[2] = replace(made.events[2], same_as=None)
    made.events[3] = replace(made.events[3], quote_id=made.quotes[0].quote_id)
    made.events[1] = replace(made.events[1], place="Gao")  # the gold labels no place there: not wrong
    report = run_of(made, tmp_path, gold)
    assert [f1(report, "events", name) for name in ("place", "same happening", "quote")] == [0, 0, 0]
    assert f1(report, "events", "full") == 100


def test_sentence_events(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"

    def sentence(number: int, event_type: str) -> dict[str, Any]:
        sides = [{"text": "Chile", "country": "CHL", "sector": "GOV"}], [{"text": "Peru", "country": "PER"}]
        label = {"type": event_type, "actors": sides[0], "recipients": sides[1]}
        return {"doc_id": f"s{number}", "text": "Chile condemned Peru.", "sentence_events": [label]}

    path.write_text("".join(json.dumps(sentence(n, t)) + "\n" for n, t in enumerate(("ACCUSE", "CONSULT", "AID"))))
    documents = load_gold(path)
    assert set(run_of(perfect(documents), tmp_path, documents).figures().values()) == {100.0}
    made = perfect(documents)
    swapped = {
        "actors": "recipients",
        "recipients": "actors",
        "actor_names": "recipient_names",
        "recipient_names": "actor_names",
    }
    made.events = [replace(row, **{a: getattr(row, b) for a, b in swapped.items()}) for row in made.events[:2]]
    report = run_of(made, tmp_path, documents)
    assert rate(report, "sentence events", "hit") == pytest.approx(200 / 3)
    assert rate(report, "sentence events", "precision") == 100
    # wrong way round: right for types that go both ways
    assert rate(report, "sentence events", "source country") == 50


# ------------------------------------------------------------------ reliability, intervals, output


def test_reliability_of_confidences(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    confidences = (1.0, 0.9, 0.3, 0.5)
    made.events = [replace(row, confidence=c) for row, c in zip(made.events, confidences, strict=True)]
    made.events.append(event_row("short", SHORT, at("ran"), "RETREAT", confidence=0.3))
    report = run_of(made, tmp_path, gold)
    (table,) = [t for t in report.reliability if t.name == "events"]
    assert [(b.predicted, b.right) for b in table.bins] == [(0, 0), (2, 1), (1, 1), (0, 0), (2, 2)]
    assert table.expected_error == pytest.approx((2 * 0.2 + 1 * 0.5 + 2 * 0.05) / 5, abs=1e-6)


def test_intervals_hold_the_figure_and_are_the_same_each_time(tmp_path: Path) -> None:
    documents = load_gold(OWN / "dev.jsonl")
    made = perfect(documents)
    made.dates = made.dates[::2]
    folder = write_run(tmp_path / "run", made)
    one, two = evaluate(documents, folder), evaluate(documents, folder)
    assert one == two
    for score in one.section("dates").scores[:5]:
        assert score.interval.low < score.f1 < score.interval.high


def test_json_holds_figures_and_mistakes(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    del made.dates[0]
    data = json.loads(json.dumps(run_of(made, tmp_path, gold).to_json()))
    assert data["layers"]["dates"]["scores"]["strict"]["R"] == 50
    assert data["layers"]["events"]["scores"]["full"]["F1"] == 100
    assert data["mistakes"][0]["marked"] == "Monday"
    assert data["reliability"]["events"]["bins"][4]["predicted"] == 4


def plain(renderable: Any) -> str:
    console = Console(width=120, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


def test_printed_report_and_mistakes(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    del made.dates[0]
    made.events[1] = replace(made.events[1], event_type="SUPPORT")
    report = run_of(made, tmp_path, gold)
    text = plain(render_report(report))
    assert "quotes by subset" in text
    assert "expected calibration error" in text
    listed = plain(render_mistakes(report, 5))
    assert "Rebels attacked Bamira on ⟦Monday⟧. “We fired" in listed
    assert "gold: ACCUSE" in listed
    assert "run:  SUPPORT" in listed
    assert "Monday" not in plain(render_mistakes(report, 0))
    assert "dates: 1 miss (first 0 shown)" in plain(render_mistakes(report, 0))


# ------------------------------------------------------------------ wrong runs


def test_a_folder_that_is_no_run(tmp_path: Path, gold: list[GoldDocument]) -> None:
    with pytest.raises(InputError, match="no such folder"):
        evaluate(gold, tmp_path / "none")
    with pytest.raises(InputError, match="no documents table"):
        evaluate(gold, tmp_path)


def test_a_run_that_lacks_a_table(tmp_path: Path, gold: list[GoldDocument]) -> None:
    folder = write_run(tmp_path / "run", perfect(gold))
    for part in (folder / "quotes").iterdir():
        part.unlink()
    (folder / "quotes").rmdir()
    with pytest.raises(InputError, match="the table quotes is missing"):
        evaluate(gold, folder)


def test_a_run_that_lacks_a_document_or_has_another_text(tmp_path: Path, gold: list[GoldDocument]) -> None:
    made = perfect(gold)
    made.documents = [document_row("short", SHORT.replace("“", '"'))]
    with pytest.raises(GoldError, match="the text of short is not the gold's"):
        evaluate(gold, write_run(tmp_path / "one", made))
    made.documents = [document_row("other", SHORT)]
    with pytest.raises(GoldError, match="1 of 1 gold documents are not in this run"):
        evaluate(gold, write_run(tmp_path / "two", made))


def test_a_broken_part_file(tmp_path: Path, gold: list[GoldDocument]) -> None:
    folder = write_run(tmp_path / "run", perfect(gold))
    (folder / "events" / "part-0.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InputError, match="events can't be read"):
        evaluate(gold, folder)


# ------------------------------------------------------------------ baseline


def test_baseline_rises_freely_and_falls_with_a_reason_only(tmp_path: Path, gold: list[GoldDocument]) -> None:
    path = tmp_path / "baseline.json"
    low = perfect(gold)
    del low.dates[0]
    worse, better = run_of(low, tmp_path, gold), run_of(perfect(gold), tmp_path, gold)
    with pytest.raises(DatelineError, match="no figures for 'gold'"):
        check(worse, load_baseline(path))
    assert update(worse, path) == []
    assert check(worse, load_baseline(path)) == []
    assert check(better, load_baseline(path)) == []
    assert update(better, path) == []
    drops = check(worse, load_baseline(path))
    assert "dates/strict/F1: 66.67, baseline 100.00" in [str(drop) for drop in drops]
    before = path.read_text(encoding="utf-8")
    for options in ({}, {"lower": True}, {"lower": True, "reason": "  "}, {"reason": "stricter labels"}):
        with pytest.raises(UsageError, match="--lower REASON"):
            update(worse, path, **options)
        assert path.read_text(encoding="utf-8") == before
    assert update(worse, path, lower=True, reason="stricter labels") == drops
    kept = load_baseline(path)
    assert check(worse, kept) == []
    assert {entry["reason"] for entry in kept.lowered} == {"stricter labels"}
    assert len(kept.lowered) == len(drops)


def test_baseline_misses_a_figure_that_is_gone(tmp_path: Path, gold: list[GoldDocument]) -> None:
    path = tmp_path / "baseline.json"
    report = run_of(perfect(gold), tmp_path, gold)
    update(report, path)
    without = replace(report, sections=tuple(s for s in report.sections if s.name != "events"))
    assert any(drop.now is None and drop.figure == "events/full/F1" for drop in check(without, load_baseline(path)))


def test_baseline_guards_f1_and_rates(tmp_path: Path, gold: list[GoldDocument]) -> None:
    names = guarded(run_of(perfect(gold), tmp_path, gold))
    assert {"dates/value/F1", "quotes/resolved name", "events/full/F1"} <= set(names)
    assert not any(name.endswith(("/P", "/R")) for name in names)


@pytest.mark.parametrize("content", ["", "[]", '{"figures": {}}', '{"figures": {"dev": {"a": "b"}}, "lowered": []}'])
def test_baseline_broken(content: str, tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="not a baseline file"):
        load_baseline(path)
