from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from pipeline.errors import InputError, UsageError
from pipeline.records import Field, Tables
from pipeline.report.dictionary import render_dictionary
from pipeline.report.marks import BRACKETS, Layer, Mark, legend, marked
from pipeline.report.show import render_document
from pipeline.report.summary import Summary, plain_summary, print_summary, read_summary
from pipeline.spans import Span
from pipeline.tables import TABLES
from tests.runs import (
    actor_row,
    date_row,
    document_row,
    event_row,
    mention_row,
    quote_row,
    sentence_row,
    write_run,
)

TEXT = "MONDAY\nRebels attacked Bamira. “We fired first,” said Jon Vale on Tuesday.\nRead more"


def at(words: str) -> Span:
    start = TEXT.index(words)
    return Span(start, start + len(words))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    said, vale, content = at("said"), at("Jon Vale"), at("We fired first,")
    tables = Tables(
        documents=[
            document_row("news/bamira", TEXT, title="Bamira attacked", published_date=date(2024, 3, 5)),
            document_row("news/bamiro", "Another text.", title=None),
        ],
        sentences=[
            sentence_row("news/bamira", 1, *at("MONDAY"), kind="heading"),
            sentence_row("news/bamira", 2, *at("Rebels attacked Bamira.")),
            sentence_row("news/bamira", 3, *at("Read more"), kind="boilerplate"),
        ],
        dates=[
            date_row("news/bamira", TEXT, *at("Tuesday"), rule="weekday-past", mod="START"),
            date_row("news/bamira", TEXT, *at("MONDAY"), rule="heading-weekday", date_start=date(2024, 3, 4)),
        ],
        actors=[actor_row("a:vale", "Jon Vale", sectors=("REB",)), actor_row("a:rebels", "rebels")],
        mentions=[
            mention_row("news/bamira", TEXT, *vale, actor_id="a:vale"),
            mention_row("news/bamira", TEXT, *at("Rebels"), actor_id="a:rebels"),
        ],
        events=[
            event_row(
                "news/bamira",
                TEXT,
                at("attacked"),
                "ASSAULT",
                rule="attack-verb",
                negated=True,
                actors=("a:rebels",),
                actor_names=("rebels",),
                recipients=("a:vale",),
                recipient_names=("Jon Vale",),
                place="Bamira",
                date_start=date(2024, 3, 4),
                date_end=date(2024, 3, 5),
                date_id=f"news/bamira:d{at('MONDAY').start}-{at('MONDAY').end}",
                date_source="heading",
            ),
            event_row(
                "news/bamira", "Bamira attacked", Span(7, 15), "ASSAULT", rule="attack-title", field=Field.TITLE,
                event_id="news/bamira:t",
            ),
        ],
        quotes=[
            quote_row(
                "news/bamira",
                TEXT,
                [content],
                cue=said.of(TEXT),
                cue_start=said.start,
                cue_end=said.end,
                speaker_text="Jon Vale",
                speaker_start=vale.start,
                speaker_end=vale.end,
                speaker_name="Jon Vale",
                rule="marks-then-cue",
            )
        ],
    )  # fmt: skip
    return write_run(tmp_path_factory.mktemp("run"), tables)


def printed(renderable: Any, *, colour: bool = False, width: int = 220) -> str:
    console = Console(width=width, force_terminal=colour, color_system="truecolor" if colour else None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


# ------------------------------------------------------------------ show


def test_show_marks_the_text_with_brackets(run: Path) -> None:
    text = printed(render_document(run, "news/bamira", plain=True))
    assert "{d1:MONDAY}" in text
    assert "<Rebels> [e2:attacked] Bamira. “⟪q1:We fired first,⟫” ‹said› <Jon Vale> on {d2:Tuesday}." in text
    assert "Bamira [e1:attacked]" in text
    assert "⟪quote⟫" in text


def test_show_names_the_rule_of_every_row(run: Path) -> None:
    text = printed(render_document(run, "news/bamira", plain=True))
    for rule in ("weekday-past", "heading-weekday", "attack-verb", "attack-title", "marks-then-cue"):
        assert rule in text
    (line,) = [line for line in text.splitlines() if "attack-verb" in line]
    for part in (
        "e2",
        "ASSAULT",
        "rebels → Jon Vale",
        "2024-03-04 to 2024-03-05 (heading d1)",
        "asserted, negated",
        "Bamira",
    ):
        assert part in line


def test_show_in_colour_keeps_every_character(run: Path) -> None:
    coloured = printed(render_document(run, "news/bamira"), colour=True)
    assert "\x1b[" in coloured
    assert "⟪" not in coloured
    plain = printed(render_document(run, "news/bamira"))
    assert "Rebels attackede2 Bamira. “We fired first,q1” said Jon Vale on Tuesdayd2." in plain


def test_show_an_article_in_which_nothing_was_found(run: Path) -> None:
    text = printed(render_document(run, "news/bamiro", plain=True))
    assert "Another text." in text
    assert "events (0): none" in text
    assert "date unknown" in text


def test_show_suggests_ids_that_come_close(run: Path) -> None:
    with pytest.raises(UsageError, match="did you mean news/bamira, news/bamiro"):
        render_document(run, "news/bamera")
    with pytest.raises(UsageError, match=r"it has 2, e\.g\. news/bamira"):
        render_document(run, "zzzzzzzzzzzzzzzzzzz")
    with pytest.raises(InputError, match="no such folder"):
        render_document(run / "none", "news/bamira")


@st.composite
def text_and_marks(draw: st.DrawFn) -> tuple[str, list[Mark]]:
    text = draw(st.text(alphabet="ab \n“é", min_size=1, max_size=30))
    edges = st.integers(0, len(text) - 1)
    spans = draw(st.lists(st.tuples(edges, edges), max_size=8))
    layers = draw(st.lists(st.sampled_from(list(Layer)), min_size=len(spans), max_size=len(spans)))
    return text, [
        Mark(Span(min(span), max(span) + 1), layer, f"{layer[0]}{n}")
        for n, (span, layer) in enumerate(zip(spans, layers, strict=True))
    ]


@given(text_and_marks())
def test_marks_of_any_nesting_keep_the_text(case: tuple[str, list[Mark]]) -> None:
    text, marks = case
    plain = marked(text, marks, colour=False).plain
    for mark in marks:
        left, right = BRACKETS[mark.layer]
        assert plain.count(f"{left}{mark.label}:") == 1
        plain = plain.replace(f"{left}{mark.label}:", "", 1)
        assert right in plain
        plain = plain.replace(right, "", 1)
    assert plain == text
    coloured = marked(text, marks, colour=True)
    assert len(coloured.plain) == len(text) + sum(len(mark.label) for mark in marks)


@given(text_and_marks())
def test_a_mark_alone_stands_around_its_words(case: tuple[str, list[Mark]]) -> None:
    text, marks = case
    for mark in marks[:1]:
        left, right = BRACKETS[mark.layer]
        words = f"{left}{mark.label}:{mark.span.of(text)}{right}"
        assert marked(text, [mark], colour=False).plain == text[: mark.span.start] + words + text[mark.span.end :]


def test_marks_outside_the_text_are_refused() -> None:
    for span in ((3, 3), (2, 9), (-1, 2)):
        with pytest.raises(ValueError, match="is not inside a text of 5 characters"):
            marked("abcde", [Mark(Span(*span), Layer.DATE, "d1")], colour=False)


def test_the_legend_names_every_layer() -> None:
    for colour in (True, False):
        assert all(layer in legend(colour=colour).plain for layer in Layer)


# ------------------------------------------------------------------ summary


def summary(**other: Any) -> Summary:
    counts = {table.name: 0 for table in TABLES} | {"documents": 1200, "events": 15210}
    values: dict[str, Any] = {"output": Path("outputs/x"), "counts": counts, "seconds": 75.0}
    return Summary(**{**values, **other})


def test_summary_says_what_came_out_and_where_to_look() -> None:
    lines = plain_summary(summary()).splitlines()
    assert lines[0] == "outputs/x: 1,200 articles in 1 min 15 s (16.0 a second)"
    assert "  events        15,210" in lines
    assert lines[-1] == "  look: outputs/x/events (Parquet), dateline show DOC_ID outputs/x"
    assert not any("reject" in line for line in lines)


def test_summary_counts_rejects_by_reason_and_warnings() -> None:
    text = plain_summary(summary(rejects={"empty": 2, "encoding": 7, "binary": 2}, notices={"broken-date": 1}))
    assert "rejects           11  7 encoding, 2 binary, 2 empty" in text
    assert "1 warning: 1 broken-date" in text
    assert "outputs/x/rejects" in text


def test_summary_without_time() -> None:
    assert plain_summary(summary(seconds=None)).startswith("outputs/x: 1,200 articles\n")
    assert plain_summary(summary(seconds=0.0, counts={})).startswith("outputs/x: 0 articles\n")


def test_summary_is_bare_lines_when_not_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    long = summary(rejects={f"reason-{n}": 1 for n in range(30)})
    print_summary(long, Console(width=40))
    assert capsys.readouterr().out == plain_summary(long) + "\n"
    print_summary(long, Console(width=400, force_terminal=True))
    assert "\x1b[" in capsys.readouterr().out


def test_summary_is_read_back_from_a_run(run: Path) -> None:
    with pytest.raises(InputError, match="cut short"):
        read_summary(run)
    (run / "_run.json").write_text(json.dumps({"seconds": 4.0, "notices": {"metadata": 1}}), encoding="utf-8")
    found = read_summary(run)
    assert found.counts["documents"] == 2
    assert found.counts["events"] == 2
    assert found.counts["stories"] == 0
    assert found.notices == {"metadata": 1}
    assert found.rejects == {}
    (run / "_run.json").unlink()


# ------------------------------------------------------------------ data dictionary


def test_dictionary_has_every_column_with_its_description() -> None:
    text = render_dictionary()
    for table in TABLES:
        section = text.split(f"#### {table.name}\n")[1].split("#### ")[0]
        for column in table.columns:
            (line,) = [line for line in section.splitlines() if line.startswith(f"| `{column.name}` |")]
            assert column.description in line
            assert ("? |" in line) == column.nullable
            for member in column.enum or ():
                assert f"`{member}`" in line


def test_dictionary_types_are_those_of_the_schema() -> None:
    text = render_dictionary()
    assert "| `spans` | list<struct<start: int32, end: int32>> |" in text
    assert "| `published_at` | timestamp[us, UTC]? |" in text
    assert "| `record` | int64? |" in text
    assert "| `intensity` | float32? |" in text
