from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from pipeline.errors import InputError, UsageError
from pipeline.records import ActorKind, Anchor, DateSource, Field, Modality, Role, SpeakerKind, SpeakerMethod, TimexType
from pipeline.report.dictionary import render_dictionary
from pipeline.report.lines import Drawn, Lines, shorten
from pipeline.report.marks import BRACKETS, Layer, Mark, legend, marked
from pipeline.report.show import render_document
from pipeline.report.summary import plain_summary, print_summary
from pipeline.rows import ParticipantRow, Tables
from pipeline.run import RunResult
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
    said, vale, rebels, content = at("said"), at("Jon Vale"), at("Rebels"), at("We fired first,")
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
            date_row(
                "news/bamira", TEXT, *at("Tuesday"), rule="weekday-past", mod="START", timex_type=TimexType.TIME,
                range_id="r",
            ),
            date_row(
                "news/bamira", TEXT, *at("MONDAY"), rule="heading-weekday", date_start=date(2024, 3, 4),
                anchor=Anchor.DOCUMENT, range_id="r",
            ),
        ],
        actors=[
            actor_row("a:vale", "Jon Vale"),
            actor_row("a:bamira", "Bamira", ActorKind.PLACE),
            actor_row("a:rebels", "rebels", ActorKind.ARMED_GROUP, country="XYZ", sectors=("REB", "MIL")),
        ],
        mentions=[
            mention_row("news/bamira", TEXT, *at("Bamira"), actor_id="a:bamira"),
            mention_row("news/bamira", TEXT, *vale, actor_id="a:vale"),
            mention_row("news/bamira", TEXT, *rebels, actor_id="a:rebels", mention_id="m:rebels"),
            mention_row("news/bamira", TEXT, *at("We"), actor_id="a:rebels"),
        ],
        participants=[
            ParticipantRow(
                event_id=f"news/bamira:e{at('attacked').start}-{at('attacked').end}", doc_id="news/bamira",
                role=Role.ACTOR, actor_id="a:rebels", mention_id="m:rebels",
            )
        ],
        events=[
            event_row(
                "news/bamira",
                TEXT,
                at("attacked"),
                "ASSAULT",
                rule="attack-verb",
                event_mode="aerial",
                contexts=("war",),
                negated=True,
                modality=Modality.HYPOTHETICAL,
                quote_id=f"news/bamira:q{content.start}-{content.end}",
                same_as="news/bamira:t",
                actors=("a:rebels",),
                actor_names=("rebels",),
                recipients=("a:vale",),
                recipient_names=("Jon Vale",),
                place="Bamira",
                place_country="XYZ",
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
                speaker_text="Vale",
                speaker_start=vale.start,
                speaker_end=vale.end,
                speaker_name="Jon Vale",
                speaker_kind=SpeakerKind.PERSON,
                speaker_method=SpeakerMethod.PRONOUN,
                addressee_id="a:rebels",
                negated=True,
                date_start=date(2024, 3, 5),
                rule="marks-then-cue",
            ),
            quote_row("news/bamira", TEXT, [at("Read more")], rule="unsigned", confidence=0.4),
        ],
    )  # fmt: skip
    return write_run(tmp_path_factory.mktemp("run"), tables)


QUOTED = "Nobody who lives here has ever asked for any of this and nobody will ask for it tomorrow either"


@pytest.fixture(scope="module")
def long_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    committee = "Committee for the Liberation of the Upper Valley"
    text = f"On Monday the rebels bombarded Karandjela without a pause. “{QUOTED},” they said of the 日本語 village."
    start = text.index(QUOTED)
    tables = Tables(
        documents=[document_row("long", text, published_date=date(2024, 3, 4))],
        dates=[date_row("long", text, 3, 9, rule="date-rule")],
        actors=[actor_row("a:1", committee), actor_row("a:2", "x"), actor_row("a:3", "y")],
        events=[
            event_row(
                "long",
                text,
                (text.index("bombarded"), text.index(" Karandjela")),
                "ASSAULT",
                rule="attack-rule",
                actors=("a:1", "a:2"),
                actor_names=(committee, "Front of the Nine Rivers"),
                recipients=("a:3",),
                recipient_names=("villagers of Karandjela",),
                date_start=date(2024, 3, 4),
                date_end=date(2024, 3, 4),
                date_source=DateSource.DOCUMENT,
            )
        ],
        quotes=[
            quote_row(
                "long",
                text,
                [(start, start + len(QUOTED))],
                rule="quote-rule",
                speaker_name=committee,
                speaker_kind=SpeakerKind.ORGANISATION,
                speaker_method=SpeakerMethod.NAME,
            )
        ],
    )
    return write_run(tmp_path_factory.mktemp("long"), tables)


def printed(renderable: Any, *, colour: bool = False, width: int = 220) -> str:
    console = Console(width=width, force_terminal=colour, color_system="truecolor" if colour else None)
    with console.capture() as capture:
        console.print(renderable)
    return capture.get()


# ------------------------------------------------------------------ show


def shown(run: Path, doc_id: str = "news/bamira", width: int = 80) -> str:
    return printed(render_document(run, doc_id, plain=True), width=width)


def entry(text: str, label: str) -> str:
    """One entry, its lines joined by single spaces."""
    lines = text[text.index("\nevents (") :].splitlines()
    first = next(n for n, line in enumerate(lines) if line.split()[:1] == [label])
    rest = []
    for line in lines[first + 1 :]:
        if not line.startswith("     "):
            break
        rest.append(line)
    return " ".join(" ".join([lines[first], *rest]).split())


def test_show_marks_the_text_with_brackets(run: Path) -> None:
    text = shown(run, width=220)
    assert "{d1:MONDAY}" in text
    assert "<Rebels> [e2:attacked] Bamira. “⟪q1:We fired first,⟫” ‹said› <Jon Vale> on {d2:Tuesday}." in text
    assert "Bamira [e1:attacked]" in text
    assert "⟪quote⟫" in text
    assert "<who takes part or speaks>" in text


def test_show_leaves_actors_without_a_part_unmarked_in_plain_text(run: Path) -> None:
    text = shown(run)
    assert "Read more" in text
    assert "<Bamira>" not in text
    assert "<<" not in text
    assert "1×  Bamira" in text


def test_show_says_who_did_what_to_whom_when_and_by_which_rule(run: Path) -> None:
    text = shown(run, width=220)
    assert entry(text, "e2") == (
        "e2 [attacked] ASSAULT/aerial rebels → Jon Vale "
        "2024-03-04 to 2024-03-05 (heading d1) · negated · hypothetical · at Bamira (XYZ) · in q1 "
        "· same as e1 · context war · attack-verb 0.90"
    )
    assert entry(text, "e1") == "e1 [attacked] ASSAULT nobody named no date · attack-title 0.90"
    assert entry(text, "q1") == (
        "q1 Jon Vale ‹said› ⟪We fired first,⟫ direct · negated · ← “Vale” by pronoun · person · to rebels "
        "· on 2024-03-05 · marks-then-cue 0.90"
    )
    assert entry(text, "q2") == "q2 nobody known ⟪Read more⟫ direct · no speaker found · unsigned 0.40"
    assert entry(text, "d1") == (
        "d1 {MONDAY} → 2024-03-01 2024-03-04 · day · from document · range with d2 · heading-weekday"
    )
    assert entry(text, "d2") == "d2 {Tuesday} → 2024-03-01 START TIME · day · range with d1 · weekday-past"


def test_show_lists_actors_with_most_mentions_first(run: Path) -> None:
    text = shown(run)
    actors = text[text.index("\nactors (3)") :].splitlines()[2:]
    assert [line.split("×")[0].strip() for line in actors if "×" in line] == ["2", "1", "1"]
    assert " ".join(actors[0].split()) == "2× rebels armed_group · XYZ · REB MIL · as “We”"


@pytest.mark.parametrize("width", [20, 40, 80, 120, 140])
@pytest.mark.parametrize("colour", [False, True])
def test_show_keeps_within_the_width_and_breaks_no_word(long_run: Path, width: int, colour: bool) -> None:
    wide = printed(render_document(long_run, "long", plain=not colour), width=4000)
    text = printed(render_document(long_run, "long", plain=not colour), width=width)
    lines = text.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert not any(line != line.rstrip() for line in lines)
    # every word of an unbroken print is there whole, but words wider than the narrowest column, glue at a
    # line's end, and the last of the quote, which is cut
    room = width - width * 3 // 5
    words = {word for word in wide.split() if cell_len(word) <= room} - {"·", "either", "either⟫"}
    assert words <= set(text.split())
    for rule in ("attack-rule", "quote-rule", "date-rule"):
        assert text.count(rule) == 1


def test_show_at_80_columns_takes_few_lines_an_entry(long_run: Path) -> None:
    text = printed(render_document(long_run, "long", plain=True), width=80)
    assert text[text.index("\nevents (1)") :].splitlines()[1:] == [
        "events (1)  who → to whom; told as fact unless marked; rule, confidence last",
        "  e1  [bombarded]  ASSAULT  Committee for the Liberation of the Upper Valley,",
        "                            Front of the Nine Rivers → villagers of Karandjela",
        "      2024-03-04 (document) · attack-rule 0.90",
        "",
        "quotes (1)  speaker, cue, content; ← the words that led to the speaker",
        "  q1  Committee for the Liberation of the Upper Valley",
        "      ⟪Nobody who lives here has ever asked for any of this and nobody will …⟫",
        "      direct · by name · organisation · quote-rule 0.90",
        "",
        "dates (1)  expression → value, days, unit, what it was resolved against",
        "  d1  {Monday}  → 2024-03-01  day · date-rule",
        "",
        "actors (0): none",
        "",
    ]


def test_show_lets_nothing_through_to_the_terminal(tmp_path: Path) -> None:
    text = "Quiet\x1b[2J\x9b31m\x07 text.\r\nNext\ttab"
    tables = Tables(
        documents=[document_row("x", text, title="T\x1b]0;t\x07", publisher="P\x1b[1m")],
        dates=[date_row("x", text, 0, 9)],
    )
    out = shown(write_run(tmp_path, tables), "x")
    assert not set(out) & {"\x1b", "\x9b", "\x07", "\r"}
    assert "{d1:Quiet\ufffd[2J}\ufffd31m\ufffd text." in out
    assert "Quiet\ufffd[2J" in out[out.index("\ndates") :]


def test_show_in_colour_keeps_every_character(run: Path) -> None:
    coloured = printed(render_document(run, "news/bamira"), colour=True)
    assert "\x1b[" in coloured
    assert "⟪" not in coloured
    plain = printed(render_document(run, "news/bamira"))
    assert "Rebels attackede2 Bamira. “We fired first,q1” said Jon Vale on Tuesdayd2." in plain
    assert not any(bracket in coloured for pair in BRACKETS.values() if pair != ("[", "]") for bracket in pair)


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
        if mark.layer not in BRACKETS:
            continue
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
        left, right = BRACKETS.get(mark.layer, ("", ""))
        opening = f"{left}{mark.label}:" if left else ""
        words = f"{opening}{mark.span.of(text)}{right}"
        assert marked(text, [mark], colour=False).plain == text[: mark.span.start] + words + text[mark.span.end :]


def test_marks_outside_the_text_are_refused() -> None:
    for span in ((3, 3), (2, 9), (-1, 2)):
        with pytest.raises(ValueError, match="is not inside a text of 5 characters"):
            marked("abcde", [Mark(Span(*span), Layer.DATE, "d1")], colour=False)


def test_the_legend_names_every_layer_that_is_marked() -> None:
    coloured = printed(Drawn(lambda lines: legend(lines, colour=True)))
    assert all(layer in coloured for layer in Layer)
    plain = printed(Drawn(lambda lines: legend(lines, colour=False)))
    assert [layer for layer in Layer if layer not in plain] == [Layer.ACTOR]


WORDS = st.text(alphabet="abé日“ ", max_size=40).map(lambda text: " ".join(text.split()))


@given(
    st.integers(1, 60),
    st.lists(st.tuples(st.sampled_from(["put", "fit", "tab", "new"]), WORDS.filter(bool), st.integers(0, 70))),
)
def test_lines_of_any_pieces_keep_within_the_width(width: int, steps: list[tuple[str, str, int]]) -> None:
    width += 9  # room for the widest word
    lines = Lines(width)
    lines.new()
    put = []
    for step, text, column in steps:
        if step == "put":
            lines.put(text)
            put += text.split()
        elif step == "fit":
            lines.fit(text)
        elif step == "tab":
            lines.tab(column)
        else:
            lines.new(column)
    assert all(line.cell_len <= width for line in lines.lines)
    printed_words = "".join("".join(line.plain.split()) for line in lines.lines)
    for word in put:
        assert word in printed_words


@given(WORDS, st.integers(1, 60))
def test_shortened_text_is_whole_words(text: str, width: int) -> None:
    short = shorten(text, width)
    assert cell_len(short) <= width
    if short != text:
        kept = short.removesuffix("…").split()
        assert kept == text.split()[: len(kept)]
        assert short.endswith("…")


# ------------------------------------------------------------------ summary


def summary(**other: Any) -> RunResult:
    counts = {table.name: 0 for table in TABLES} | {"documents": 1200, "events": 15210}
    values: dict[str, Any] = {"rejects": {}, "notices": {}, "seconds": 75.0, "done": 1200} | other
    return RunResult(output=Path("outputs/x"), counts=values.pop("counts", counts), cpu={}, run_id="x", **values)


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
    assert plain_summary(summary(seconds=0.0)).startswith("outputs/x: 1,200 articles\n")
    assert plain_summary(summary(seconds=0.0, counts={})).startswith("outputs/x: 0 articles\n")


def test_summary_is_bare_lines_when_not_on_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    long = summary(rejects={f"reason-{n}": 1 for n in range(30)})
    print_summary(long, Console(width=40))
    assert capsys.readouterr().out == plain_summary(long) + "\n"
    print_summary(long, Console(width=400, force_terminal=True))
    assert "\x1b[" in capsys.readouterr().out


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
