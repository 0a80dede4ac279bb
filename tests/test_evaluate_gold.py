from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import GoldError
from pipeline.evaluate import load_gold
from pipeline.records import Modality, QuoteType
from pipeline.spans import Span

TEXT = 'Troops shelled Kessab on 3 May. "We will answer," said Mira Oduya. Police arrested two men on Friday.'
TYPES = {"ASSAULT", "COERCE"}


VALUES = (
    *("2024-05-03", "2024-05", "2024", "202", "20", "19XX", "199X", "2024-W19", "2024-W19-5", "2024-W19-WE", "2024-Q2"),
    *("2024-H1", "2024-SU", "FY2024", "XXXX-05-03", "XXXX-WXX-5", "XXXX-WXX-2TNI", "2024-05-03TMO", "2024-05-03T17:00"),
    *(
        "2024-05-03T06:08Z",
        "2024-XX-XX",
        "P3D",
        "PXD",
        "PT2H",
        "P2Y6M",
        "P1DE",
        "PRESENT_REF",
        "PAST_REF",
        "FUTURE_REF",
    ),
)


def at(words: str) -> dict[str, int]:
    start = TEXT.index(words)
    return {"start": start, "end": start + len(words)}


def span(words: str) -> list[int]:
    return list(at(words).values())


GOOD: dict[str, Any] = {
    "doc_id": "a",
    "text": TEXT,
    "published": "2024-05-04",
    "actors": {
        "troops": {"name": "troops", "aliases": [], "kind": "group", "country": None, "sectors": ["MIL"]},
        "oduya": {"name": "Mira Oduya", "aliases": ["Oduya"], "kind": "person", "country": "KEN", "sectors": []},
    },
    "dates": [{**at("3 May"), "text": "3 May", "type": "DATE", "value": "2024-05-03", "mod": None}],
    "quotes": [
        {
            "spans": [span("We will answer,")],
            "text": "We will answer,",
            "type": "direct",
            "cue": span("said"),
            "speaker_span": span("Mira Oduya"),
            "speaker": "oduya",
        }
    ],
    "events": [
        {
            **at("shelled"),
            "text": "shelled",
            "type": "ASSAULT",
            "mode": "heavy-weapons",
            "negated": False,
            "modality": "asserted",
            "actors": ["troops"],
            "recipients": [],
            "date_start": "2024-05-03",
            "date_end": "2024-05-03",
            "granularity": "day",
            "date_source": "explicit",
            "place": "Kessab",
            "same_as": None,
            "quote": None,
        },
        {**at("arrested"), "type": "COERCE", "actors": [], "recipients": []},
    ],
}


def write(tmp_path: Path, *documents: Any) -> Path:
    path = tmp_path / "gold.jsonl"
    path.write_text("".join(json.dumps(d) + "\n" for d in documents), encoding="utf-8")
    return path


def test_reads_every_layer(tmp_path: Path) -> None:
    (document,) = load_gold(write(tmp_path, GOOD), TYPES)
    assert document.published == date(2024, 5, 4)
    assert document.actors["oduya"].names == ("Mira Oduya", "Oduya")
    assert document.dates is not None
    assert document.dates[0].span.of(TEXT) == "3 May"
    assert document.quotes is not None
    assert document.quotes[0].quote_type is QuoteType.DIRECT
    assert document.quotes[0].reference == "Mira Oduya"
    assert document.quotes[0].speakers == (Span(*span("Mira Oduya")),)
    assert document.events is not None
    assert document.events[1].modality is Modality.ASSERTED
    assert document.events[0].labels == {"mode", "place", "same_as", "quote"}
    assert document.events[1].labels == frozenset()
    assert document.sentence_events is None


def test_an_empty_layer_is_not_an_absent_one(tmp_path: Path) -> None:
    (document,) = load_gold(write(tmp_path, {"doc_id": "a", "text": "Quiet.", "dates": []}))
    assert document.dates == ()
    assert document.events is None


def set_in(*path: Any) -> Callable[[dict[str, Any]], None]:
    """A change that sets the value at the end of ``path``."""

    def change(data: Any) -> None:
        *way, last, value = path
        for step in way:
            data = data[step]
        data[last] = value

    return change


WRONG: list[tuple[str, Callable[[dict[str, Any]], None], str]] = [
    ("unknown document key", set_in("titel", "x"), "unknown key 'titel'"),
    ("unknown event key", set_in("events", 0, "tpye", "ASSAULT"), "events[0]: unknown key 'tpye'"),
    ("type outside the ontology", set_in("events", 0, "type", "PARADE"), "'PARADE' is not in the ontology"),
    ("unknown modality", set_in("events", 0, "modality", "maybe"), "modality 'maybe' is none of asserted"),
    ("negated no flag", set_in("events", 0, "negated", "no"), "negated must be true or false"),
    ("span past the end", set_in("events", 0, "end", 5000), "is outside the text of"),
    ("span before the start", set_in("dates", 0, "start", -1), "is outside the text of"),
    ("empty span", set_in("dates", 0, "end", at("3 May")["start"]), "is empty"),
    ("span no numbers", set_in("dates", 0, "start", "7"), "is not a span"),
    ("span that is true", set_in("quotes", 0, "cue", [True, 9]), "is not a span"),
    ("slipped offset", set_in("dates", 0, "start", at("3 May")["start"] - 1), "but the text there reads ' 3 May'"),
    ("slipped trigger", set_in("events", 0, "text", "shelling"), "text is 'shelling', but the text there reads"),
    ("slipped quote", set_in("quotes", 0, "text", "We will"), "quotes[0]: text is 'We will'"),
    ("unordered quote", set_in("quotes", 0, "spans", [[20, 30], [5, 9]]), "not in text order"),
    ("quote without content", set_in("quotes", 0, "spans", []), "spans are missing"),
    ("unknown speaker", set_in("quotes", 0, "speaker", "nobody"), "speaker: no actor 'nobody'"),
    ("unknown actor", set_in("events", 1, "recipients", ["men"]), "events[1]: recipients: no actor 'men'"),
    ("actor twice", set_in("events", 0, "actors", ["troops", "troops"]), "names something twice"),
    ("day that is none", set_in("events", 0, "date_start", "2024-02-30"), "'2024-02-30' is not a day"),
    ("day in another form", set_in("published", "4 May 2024"), "published '4 May 2024' is not a day"),
    ("compact day", set_in("published", "20240504"), "published '20240504' is not a day"),
    ("half a date", set_in("events", 0, "date_end", None), "must both be there"),
    ("date backwards", set_in("events", 0, "date_end", "2024-05-01"), "is after date_end"),
    ("date without source", set_in("events", 0, "date_source", "none"), "but date_source none"),
    ("source without date", set_in("events", 1, "date_source", "context"), "has no date, but"),
    ("same_as out of range", set_in("events", 1, "same_as", 7), "same_as 7 is not the index of one of 2 events"),
    ("same_as itself", set_in("events", 1, "same_as", 1), "points at the event itself"),
    ("quote out of range", set_in("events", 1, "quote", 1), "quote 1 is not the index of one of 1 quotes"),
    ("index that is true", set_in("events", 1, "quote", True), "quote True is not the index"),
    ("unknown TIMEX3 type", set_in("dates", 0, "type", "DAY"), "type 'DAY' is none of DATE"),
    ("value no TIMEX3", set_in("dates", 0, "value", "3 May 2024"), "is not shaped like a TIMEX3 value"),
    ("value missing", set_in("dates", 0, "value", None), "value is missing"),
    ("range of one", set_in("dates", 0, "range_id", "r1"), "no other date has the range_id 'r1'"),
    ("unknown kind", set_in("actors", "oduya", "kind", "minister"), "actors['oduya']: kind 'minister' is none of"),
    ("country no code", set_in("actors", "oduya", "country", "Kenya"), "country 'Kenya' is not a code"),
    ("sector no code", set_in("actors", "oduya", "sectors", ["military"]), "sector 'military' is not a code"),
    ("actor without name", set_in("actors", "oduya", "name", " "), "name must be a text that is not empty"),
    ("layer no list", set_in("events", {}), "events must be a list"),
    ("label no object", set_in("dates", 0, "3 May"), "dates[0]: must be an object"),
]


@pytest.mark.parametrize(("change", "message"), [case[1:] for case in WRONG], ids=[case[0] for case in WRONG])
def test_a_wrong_label_is_loud(tmp_path: Path, change: Callable[[dict[str, Any]], None], message: str) -> None:
    broken = deepcopy(GOOD)
    change(broken)
    path = write(tmp_path, {"doc_id": "first", "text": "Fine."}, broken)
    with pytest.raises(GoldError) as caught:
        load_gold(path, TYPES)
    assert str(caught.value).startswith(f"{path}:2")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "value",
    VALUES,
)
def test_takes_timex_values(tmp_path: Path, value: str) -> None:
    data = deepcopy(GOOD)
    data["dates"][0]["value"] = value
    (document,) = load_gold(write(tmp_path, data))
    assert document.dates is not None
    assert document.dates[0].value == value


@pytest.mark.parametrize(
    "value", ["3", "2024/05/03", "May", "P", "P3", "2024-5-3-1", "REF", "2024-W19-9", "20240503", "D3P"]
)
def test_refuses_what_is_no_timex_value(tmp_path: Path, value: str) -> None:
    data = deepcopy(GOOD)
    data["dates"][0]["value"] = value
    with pytest.raises(GoldError, match="TIMEX3"):
        load_gold(write(tmp_path, data))


def test_a_later_telling_points_at_the_first(tmp_path: Path) -> None:
    data = deepcopy(GOOD)
    data["events"].append({**at("answer"), "type": "ASSAULT", "same_as": 1})
    data["events"][1]["same_as"] = 0
    with pytest.raises(GoldError, match="point at the first"):
        load_gold(write(tmp_path, data))


def test_one_id_on_two_lines(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="already on line 1"):
        load_gold(write(tmp_path, GOOD, GOOD))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"", "holds no document"), (b"{]", "not JSON"), (b"\xff\xfe", "can't be read"), (b"[]\n", "must be an object")],
)
def test_a_broken_file(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(content)
    with pytest.raises(GoldError, match=message):
        load_gold(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="can't be read"):
        load_gold(tmp_path / "none.jsonl")
