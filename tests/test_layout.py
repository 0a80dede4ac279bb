"""Blocks of pages: one habit of layout a test, and what holds for any text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.layout import read_layout
from pipeline.records import Block, BlockKind
from pipeline.rules.layout import load_layout
from pipeline.rules.source import layers

RULES = load_layout(layers())
LONG = (
    "The harbour council voted late on Tuesday to close the old bridge to lorries, after engineers "
    "found cracks in two of its pillars and warned that another winter could bring it down."
)
MORE = (
    "Ferry owners welcomed the decision, while shopkeepers on the southern bank said that they would "
    "lose half of their customers if the detour through the hills stayed in place until spring."
)


def kinds(text: str) -> list[tuple[str, str]]:
    return [(block.kind.value, block.span.of(text)) for block in read_layout(text, RULES)]


def page(*lines: str, gap: str = "\n\n") -> str:
    return gap.join(lines)


def kind_of(text: str, line: str) -> str:
    return next(kind for kind, shown in kinds(text) if shown == line)


def check_cover(text: str, blocks: list[Block]) -> None:
    last = 0
    for block in blocks:
        assert last <= block.span.start < block.span.end <= len(text)
        assert not text[last : block.span.start].strip()
        assert not text[block.span.start].isspace()
        assert not text[block.span.end - 1].isspace()
        last = block.span.end
    assert not text[last:].strip()


def test_headline_byline_day_and_body():
    text = page("Council closes old bridge to lorries", "By Jane Doe", "3 March 2021", LONG, MORE)
    assert [kind for kind, _ in kinds(text)] == ["headline", "dateline", "dateline", "body", "body"]


def test_a_headline_may_end_with_a_full_stop():
    assert kinds(page("Council Closes Old Bridge To Heavy Lorries.", LONG, MORE))[0][0] == "headline"
    assert kinds(page("Council closes bridge.", LONG, MORE))[0][0] == "headline"


def test_a_lead_is_no_headline():
    for lead in (LONG, "The old bridge was closed on Tuesday.", "Two boats sank on Friday, police said."):
        assert kinds(page(lead, MORE, LONG))[0][0] == "body"


def test_a_lone_sentence_is_body():
    assert kinds("Troops shelled the town") == [("body", "Troops shelled the town")]
    assert kinds("Related stories") == [("body", "Related stories")]


def test_a_subtitle_belongs_to_the_headline():
    text = page("Council closes bridge;", "Shopkeepers fear for their trade.", LONG, MORE)
    assert [kind for kind, _ in kinds(text)][:3] == ["headline", "headline", "body"]


def test_a_press_release_has_its_headline_below_its_date():
    text = page("PRESS RELEASE", "Published: 9 June 2020", "Harbour Lines to buy two ferries", LONG)
    assert [kind for kind, _ in kinds(text)] == ["dateline", "dateline", "headline", "body"]


@pytest.mark.parametrize(
    "place",
    [
        "KYIV, March 3 (Reuters) —",
        "OSLO (AP) --",
        "LIMA, Peru (AP)_",
        "LOS ANGELES --",
        "HALIFAX, N.S. -",
        "GENEVA, 4 May –",
        "(CNN) —",
        "WASHINGTON _",
    ],
)
def test_place_and_agency_are_split_from_the_first_words(place: str):
    text = page(f"{place} {LONG}", MORE)
    assert kinds(text) == [("dateline", place), ("body", LONG), ("body", MORE)]


@pytest.mark.parametrize("start", ["US-backed forces", "NATO allies - all but one - ", "UN (the body) "])
def test_capitals_alone_are_no_dateline(start: str):
    text = page(start + LONG, MORE)
    assert kinds(text)[0] == ("body", start + LONG)


def test_day_headings_of_a_timeline():
    days = ["12 February: talks begin in the capital", "14 February – lorries are banned", "3 and 5 March: repairs"]
    text = page("Timeline: how the bridge closed", LONG, *(line for day in days for line in (day, MORE)))
    found = read_layout(text, RULES)
    assert [b.span.of(text) for b in found if b.kind is BlockKind.HEADING] == days


def test_entries_of_a_timeline_are_split_after_the_day():
    text = page(
        "Timeline: how the bridge closed",
        "Feb. 3, 2014 — The council votes to sell the port. Unions object.",
        "9 May 2015: A pillar cracks. Nobody is told.",
        "1 June 2016: The bridge closes for good, and the ferries return.",
        LONG,
    )
    assert [shown for kind, shown in kinds(text) if kind == "heading"] == [
        "Feb. 3, 2014 —",
        "9 May 2015:",
        "1 June 2016:",
    ]


def test_clock_times_head_the_entries_of_a_live_blog():
    text = page(
        "Bridge closed: live", "14:35", LONG, "9:05 a.m.", MORE, "23:10 GMT", LONG, "2.15pm – Lorries turn back."
    )
    assert [shown for kind, shown in kinds(text) if kind == "heading"] == [
        "14:35",
        "9:05 a.m.",
        "23:10 GMT",
        "2.15pm –",
    ]


def test_a_day_in_a_sentence_is_no_heading():
    text = page(
        "Council closes bridge", "12 February was the coldest day in years, the harbour master said.", LONG, MORE
    )
    assert "heading" not in [kind for kind, _ in kinds(text)]


def test_a_short_line_between_paragraphs_is_a_heading():
    text = page("Council closes bridge", LONG, "Lost trade", MORE, LONG)
    assert kind_of(text, "Lost trade") == "heading"


def test_names_in_a_list_are_no_headings():
    text = page("Council closes bridge", LONG, "Jane Doe", "Tom Okoro", "Li Wei", MORE)
    assert kind_of(text, "Tom Okoro") == "body"


@pytest.mark.parametrize(
    "line",
    [
        "The bridge in May. Photograph: Jane Doe/Coastal Press",
        "FILE PHOTO: Lorries on the bridge",
        "Lorries on the bridge (Photo by Tom Okoro)",
        "Tom Okoro/Reuters",
        "‘Close it now’: the council’s vote in two minutes – video",
    ],
)
def test_captions(line: str):
    assert kind_of(page("Council closes bridge", LONG, line, MORE), line) == "caption"


@pytest.mark.parametrize(
    "line",
    [
        "Share this article",
        "Advertisement",
        "READ MORE: Ferries return",
        "Sign up for our newsletter",
        "This article is republished from Coastal Times. Read the original article.",
        "Jane Doe is associate professor of civil engineering, University of Somewhere",
        "© 2021 Coastal Times. All rights reserved.",
        "* * *",
        "Reporting by Jane Doe; editing by Tom Okoro",
        "We use cookies to improve this page.",
        "Follow Jane Doe on Twitter @janedoe.",
    ],
)
def test_furniture(line: str):
    assert kind_of(page("Council closes bridge", LONG, MORE, line), line) == "boilerplate"


def test_all_below_the_comment_form_is_furniture():
    text = page("Council closes bridge", LONG, MORE, "Leave a Reply", "Your name", "I think the bridge is fine.")
    assert [kind for kind, _ in kinds(text)][-3:] == ["boilerplate"] * 3


def test_a_comment_link_at_the_head_takes_nothing_with_it():
    text = page("Council closes bridge", "Leave a comment", LONG, MORE)
    assert [kind for kind, _ in kinds(text)] == ["headline", "boilerplate", "body", "body"]


def test_links_below_related_are_furniture_up_to_the_next_sentence():
    text = page("Council closes bridge", LONG, "Related articles", "Ferries return", "Hotel burns", MORE)
    assert [kind for kind, _ in kinds(text)] == ["headline", "body", *["boilerplate"] * 3, "body"]


ASKED = [
    "How long did you know of the cracks?",
    "Why was nobody told?",
    "What would you do differently?",
    "Will the bridge open again?",
]
SAID = [
    "I saw the first report in May. It was two pages long, and I read it twice.",
    "We thought the pillars would hold. My deputy was of another opinion.",
    "I would close it at once. Nothing else is my regret.",
    "Not in my time. Perhaps in spring.",
]


def interview(intro: str, gap: str) -> str:
    return page(intro, LONG, *(line for pair in zip(ASKED, SAID, strict=True) for line in pair), gap=gap)


@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_an_interview_without_marks(gap: str):
    text = interview("Harbour master Jane Doe spoke to the Coastal Times about the bridge.", gap)
    found = read_layout(text, RULES)
    assert [b.span.of(text) for b in found if b.kind is BlockKind.QUESTION] == ASKED
    assert [b.span.of(text) for b in found if b.turn] == SAID
    assert {b.speaker for b in found if b.turn} == {""}


def test_questions_that_a_writer_asks_himself_are_headings():
    text = page(
        "The bridge explained",
        LONG,
        "What happens next?",
        MORE + LONG,
        "Who pays?",
        LONG + MORE,
        "Why now?",
        MORE + LONG,
    )
    found = read_layout(text, RULES)
    assert [b.kind.value for b in found if b.span.of(text).endswith("?")] == ["heading"] * 3
    assert not any(b.turn for b in found)


def test_labelled_questions_and_answers():
    lines = [
        f"{label}: {line}" for pair in zip(ASKED, SAID, strict=True) for label, line in zip("QA", pair, strict=True)
    ]
    text = page("Questions to the harbour master", *lines)
    found = read_layout(text, RULES)
    assert [b.kind.value for b in found[1:]] == ["question", "body"] * 4
    assert [b.turn for b in found[1:]] == [False, True] * 4


def test_a_transcript_names_its_speakers():
    lines = [
        f"{who}: {line}"
        for pair in zip(ASKED, SAID, strict=True)
        for who, line in zip(("TV9", "DOE"), pair, strict=True)
    ]
    text = page("Harbour master on the bridge", *lines)
    found = read_layout(text, RULES)
    assert {b.speaker for b in found if b.turn} == {"DOE"}
    assert [b.kind.value for b in found[1:]] == ["question", "body"] * 4


def test_labels_of_a_fact_check_are_no_speakers():
    text = page("Checking the mayor", *(line for s in SAID for line in (f"CLAIM: {s}", f"THE FACTS: {s}")))
    assert not any(b.turn for b in read_layout(text, RULES))


def wrap(paragraph: str, width: int) -> str:
    lines, line = [], ""
    for word in paragraph.split():
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


@pytest.mark.parametrize("width", [50, 72, 80])
def test_text_broken_to_a_width_is_joined(width: int):
    parts = [wrap(p, width) for p in (LONG, MORE, LONG + " " + MORE)]
    assert [shown for _, shown in kinds(page("Council closes bridge", *parts))] == ["Council closes bridge", *parts]


def test_one_paragraph_a_line_is_not_joined():
    text = page(LONG, MORE, LONG, MORE, gap="\n")
    assert [shown for _, shown in kinds(text)] == [LONG, MORE, LONG, MORE]


def test_short_sentences_one_a_line_are_not_joined():
    lines = [
        "The bridge is closed.",
        "Lorries turn back at the toll.",
        "Ferries run until ten.",
        "Nobody knows for how long.",
    ]
    assert [shown for _, shown in kinds(page(*lines, gap="\n"))] == lines


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_line_ends_of_all_kinds(end: str):
    text = f"Council closes bridge{end}{end}{LONG}{end}{MORE}{end}"
    assert [shown for _, shown in kinds(text)] == ["Council closes bridge", LONG, MORE]
    assert kinds(text)[0][0] == "headline"


def test_every_block_that_is_not_plain_names_its_rule():
    text = page(
        "Council closes bridge", "By Jane Doe", LONG, "Lost trade", MORE, "Photo: Li Wei", LONG, "Leave a Reply"
    )
    for block in read_layout(text, RULES):
        assert bool(block.rule) == (block.kind is not BlockKind.BODY)


def test_empty_and_blank_texts_have_no_blocks():
    assert read_layout("", RULES) == []
    assert read_layout(" \n\r\n\t\u2028 ", RULES) == []


SCRAPS = st.sampled_from(
    [
        "12 February: talks",
        "Q: Why?",
        "A: So.",
        "JANE DOE: yes.",
        "14:35",
        "OSLO (AP) --",
        "Leave a Reply",
        "By Jane Doe",
        *[
            "Photo: Li Wei",
            "___",
            "© 2020",
            "Related",
            "{",
            "“",
            "?",
            "What now?",
            "a",
            LONG,
            " ",
            "\t",
            "KYIV -",
            "(CNN)",
        ],
    ]
)


@given(st.lists(st.one_of(SCRAPS, st.text(max_size=40)), max_size=25), st.sampled_from(["\n", "\n\n", "\r\n", " ", ""]))
@settings(max_examples=300, deadline=None)
def test_blocks_cover_any_text_in_order(scraps: list[str], gap: str):
    text = gap.join(scraps)
    check_cover(text, read_layout(text, RULES))


@given(st.text(max_size=300))
@settings(deadline=None)
def test_blocks_cover_random_text_in_order(text: str):
    check_cover(text, read_layout(text, RULES))


@pytest.mark.parametrize(
    "text",
    [
        "a" * 200_000,
        "A " * 100_000,
        "A.\n" * 30_000,
        "KYIV, " * 30_000,
        "(" * 100_000,
        "12 May: " * 20_000,
        "Jane Doe and " * 9_000,
        "Photo: " * 20_000,
        "Q: Why?\n" * 20_000,
        "What?\n\nSo.\n\n" * 10_000,
        "a\n" * 80_000,
        "- " * 90_000,
        "A" * 90_000,
    ],
    ids=lambda text: text[:8],
)
def test_hostile_texts_take_no_time(text: str):
    start = time.process_time()
    check_cover(text, read_layout(text, RULES))
    assert time.process_time() - start < 5
