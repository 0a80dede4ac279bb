"""Whole runs: from files to tables, good input and bad."""

import gzip
import json
import random
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipeline.errors import OutputError, RuleError, UsageError
from pipeline.meter import Meter
from pipeline.process import Tools, process
from pipeline.read import ReadOptions
from pipeline.records import Article
from pipeline.run import RunResult
from pipeline.tables import BY_NAME

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
GOOD = (
    "VALLETTA, March 3, 2021 (Interlink) — Rebels attacked a police post near Aden on Friday, officials said.\n\n"
    "“We will not negotiate,” said Prime Minister Karl Benn. The United Nations condemned the attack.\n"
)
Run = Callable[..., RunResult]


def rows(result: RunResult, table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = pq.read_table(result.output / table).to_pylist()
    return found


def everything(result: RunResult) -> dict[str, list[str]]:
    return {
        name: sorted(
            json.dumps({k: v for k, v in row.items() if k != "run_id"}, default=str) for row in rows(result, name)
        )
        for name in BY_NAME
    }


def test_an_article_comes_out_as_rows(do: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "clash.txt").write_text(GOOD, encoding="utf-8")
    result = do(tmp_path / "in")
    (document,) = rows(result, "documents")
    assert document["doc_id"] == "clash"
    assert document["text"] == GOOD
    assert document["published_date"] == date(2021, 3, 3)
    assert document["published_source"] == "page"
    attack = next(e for e in rows(result, "events") if e["trigger"] == "attacked")
    assert (attack["event_type"], attack["date_start"]) == ("ASSAULT", date(2021, 2, 26))
    assert GOOD[attack["trigger_start"] : attack["trigger_end"]] == "attacked"
    assert attack["rule"]
    spoken = next(q for q in rows(result, "quotes") if q["quote_type"] == "direct")
    assert spoken["text"].startswith("We will not")
    assert spoken["speaker_name"] == "Karl Benn"
    record = json.loads((result.output / "_run.json").read_text())
    assert record["complete"] is True
    assert record["rows"] == result.counts
    assert len(record["inputs"][0]["sha256"]) == 64


def test_rows_do_not_depend_on_order_batch_size_or_company(do: Run, tmp_path: Path) -> None:
    names = sorted((CORPUS / "articles").glob("*.txt"))[:6]
    lines = [
        json.dumps({"id": p.stem, "text": p.read_text(encoding="utf-8"), "published": "2020-05-05"}) for p in names
    ]
    (tmp_path / "a.jsonl").write_text("\n".join(lines), encoding="utf-8")
    random.Random(3).shuffle(lines)
    (tmp_path / "b.jsonl").write_text("\n".join(lines), encoding="utf-8")
    one = do(tmp_path / "a.jsonl", output="one", batch_size=32)
    two = do(tmp_path / "b.jsonl", output="two", batch_size=8)
    first, second = everything(one), everything(two)
    for name in BY_NAME:
        assert [r.replace("a.jsonl", "b.jsonl") for r in first[name]] == second[name], name
    (tmp_path / "c.jsonl").write_text(lines[0], encoding="utf-8")
    alone = everything(do(tmp_path / "c.jsonl", output="three"))
    for name in BY_NAME.keys() - {"documents", "actors"}:
        assert set(alone[name]) <= set(second[name]), name


def test_offsets_are_those_of_the_text_in_every_table(do: Run) -> None:
    result = do(CORPUS / "articles", metadata=CORPUS / "metadata.csv")
    texts = {d["doc_id"]: d["text"] for d in rows(result, "documents")}
    assert len(texts) == 25
    for name in ("dates", "mentions", "quotes"):
        for row in rows(result, name):
            assert texts[row["doc_id"]][row["start"] : row["end"]] == row["text"], row
    for event in rows(result, "events"):
        assert texts[event["doc_id"]][event["trigger_start"] : event["trigger_end"]] == event["trigger"]
        assert len(event["actors"]) == len(event["actor_names"])
        assert len(event["recipients"]) == len(event["recipient_names"])
        assert 0.0 <= event["confidence"] <= 1.0
        assert (event["date_source"] == "none") == (event["date_start"] is None)
    for quote in rows(result, "quotes"):
        spans = [(s["start"], s["end"]) for s in quote["spans"]]
        assert spans == sorted(spans)
        assert (quote["start"], quote["end"]) == (spans[0][0], spans[-1][1])
        for part in ("cue", "speaker"):
            if quote[f"{part}_start"] is not None:
                stretch = texts[quote["doc_id"]][quote[f"{part}_start"] : quote[f"{part}_end"]]
                assert stretch == quote["cue" if part == "cue" else "speaker_text"]
    assert all(result.counts[name] for name in BY_NAME if name not in ("stories", "rejects"))
    assert not result.rejects


def test_without_any_date_nothing_relative_is_resolved(do: Run, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(
        "Police arrested two men on Friday. Last month the court fined them. Yesterday a rally was held.\n"
    )
    result = do(tmp_path / "x.txt")
    (document,) = rows(result, "documents")
    assert (document["published_date"], document["published_source"]) == (None, "none")
    found = rows(result, "dates")
    assert {d["text"] for d in found} >= {"Friday", "Yesterday"}
    assert all(d["date_start"] is None for d in found)
    assert all(e["date_start"] is None and e["date_source"] == "none" for e in rows(result, "events"))


def test_a_separate_title_is_a_field_of_its_own(do: Run, tmp_path: Path) -> None:
    record = {
        "id": "t",
        "title": "Rebels attack Aden port",
        "text": "Aden was quiet on Monday.",
        "published": "2021-03-04",
    }
    (tmp_path / "x.jsonl").write_text(json.dumps(record))
    result = do(tmp_path / "x.jsonl")
    sentences = rows(result, "sentences")
    assert [(s["sentence_id"], s["field"], s["kind"]) for s in sentences] == [
        (0, "title", "headline"),
        (1, "body", "body"),
    ]
    (event,) = [e for e in rows(result, "events") if e["event_type"] == "ASSAULT"]
    assert event["field"] == "title"
    assert record["title"][event["trigger_start"] : event["trigger_end"]] == "attack"


BAD: dict[str, tuple[bytes, str | None]] = {
    "empty.txt": (b"", "empty"),
    "blank.txt": (b" \n\n ", "empty"),
    "binary.txt": (bytes(range(256)) * 40, "encoding"),
    "latin.txt": (
        "Der Präsident sagte am Freitag, dass die Gespräche gescheitert seien. ".encode("latin-1") * 9,
        "language",
    ),
    "half.jsonl": (b'{"id": "h1", "text": "Police arrested a man."}\n{"id": "h2", "text": "Pol', "broken-record"),
    "half.txt.gz": (gzip.compress(GOOD.encode() * 200)[:150], None),
    "notext.jsonl": (b'{"id": "n1", "title": "no text"}\n', "no-text"),
    "page.html": (b"<html><body><nav>Home</nav></body></html>", None),
    "table.csv": (b"id,text\n1,", None),
    "broken.parquet": (b"PAR1nonsense", None),
    "thing.docx": (b"PK\x03\x04", "unknown-format"),
    "marks-only.txt": (GOOD.encode() + b'"' * 100_000, "marks"),
    "big.txt": (b"Police arrested a man on Friday. " * 40_000, "too-large"),
}


def test_each_bad_input_costs_itself_alone(do: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name, (content, _) in BAD.items():
        (folder / name).write_bytes(content)
    for i in range(5):
        (folder / f"good{i}.txt").write_text(GOOD, encoding="utf-8")
    (folder / "null.txt").write_bytes(GOOD.encode().replace(b" on ", b" \0 on ", 1))
    (folder / "marks.txt").write_text("“He said “no” and ‘left. " + GOOD, encoding="utf-8")
    (folder / "sentence.txt").write_text("the police and the rebels and " * 6700, encoding="utf-8")
    (folder / "date.jsonl").write_text(json.dumps({"id": "d", "text": GOOD, "published": "31 Febtember"}))
    (folder / "gone.txt").symlink_to(folder / "nowhere.txt")
    result = do(folder)
    documents = {d["doc_id"]: d for d in rows(result, "documents")}
    assert {"good0", "good1", "good2", "good3", "good4", "null", "marks", "sentence", "d", "h1"} <= set(documents)
    rejected = {Path(r["source"]).name: r for r in rows(result, "rejects")}
    for name, (_, error) in BAD.items():
        assert name in rejected, name
        assert rejected[name]["message"]
        if error:
            assert rejected[name]["error"] == error, (name, rejected[name])
    assert "gone.txt" in rejected
    assert result.notices.get("published") == 1


def test_one_id_with_two_contents_names_both(do: Run, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for name, text in (("a", GOOD), ("b", GOOD.replace("Aden", "Taiz")), ("c", GOOD)):
        (tmp_path / "in" / f"{name}.jsonl").write_text(json.dumps({"id": "same", "text": text}))
    result = do(tmp_path / "in")
    assert sorted((d["doc_id"], d["duplicate_of"]) for d in rows(result, "documents")) == [
        ("same", None),
        ("same~2", "same"),
    ]
    (reject,) = rows(result, "rejects")
    assert "a.jsonl" in reject["message"]
    assert "b.jsonl" in reject["message"]
    again = do(tmp_path / "in", output="again", read=ReadOptions(qualify_ids=True))
    assert len(rows(again, "documents")) == 3
    assert not again.rejects


def test_an_article_that_a_room_fails_on_is_a_reject(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    import pipeline.process as room

    real = room.find_events

    def fails(text: Any, rules: Any) -> Any:
        if "Aden" in text.text:
            raise RuntimeError("the room is on fire")
        return real(text, rules)

    monkeypatch.setattr(room, "find_events", fails)
    articles = [
        Article(doc_id=n, source=f"{n}.txt", text=t, text_sha256="0" * 64)
        for n, t in (("a", "Police arrested a man."), ("b", "Rebels attacked Aden."), ("c", "Police freed a man."))
    ]
    out = process(articles, tools, Meter())
    assert out["documents"].column("doc_id").to_pylist() == ["a", "c"]
    (reject,) = out["rejects"].to_pylist()
    assert (reject["doc_id"], reject["stage"], reject["error"]) == ("b", "extract", "RuntimeError")
    assert "on fire" in reject["message"]


def test_an_article_that_spacy_fails_on_is_a_reject(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    annotator = tools.annotator
    prepare = type(annotator).prepare

    def fails(self: Any, text: str, *rest: Any) -> Any:
        if "Aden" in text:
            raise ValueError("no")
        return prepare(self, text, *rest)

    monkeypatch.setattr(type(annotator), "prepare", fails)
    articles = [
        Article(doc_id=n, source=f"{n}.txt", text=t, text_sha256="0" * 64)
        for n, t in (("a", "Police arrested a man."), ("b", "Rebels attacked Aden."), ("c", "Police freed a man."))
    ]
    out = process(articles, tools, Meter())
    assert out["documents"].column("doc_id").to_pylist() == ["a", "c"]
    assert out["rejects"].to_pylist()[0]["stage"] == "annotate"


def test_what_can_be_refused_is_refused_before_the_folder_is_made(do: Run, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text(GOOD)
    with pytest.raises(UsageError, match="batch-size"):
        do(tmp_path / "x.txt", batch_size=64)
    with pytest.raises(RuleError, match="no such folder"):
        do(tmp_path / "x.txt", overlays=[tmp_path / "none"])
    with pytest.raises(RuleError, match="no such ontology"):
        do(tmp_path / "x.txt", ontology="astrology")
    assert not (tmp_path / "out").exists()
    do(tmp_path / "x.txt")
    with pytest.raises(OutputError, match="exists already"):
        do(tmp_path / "x.txt")
    do(tmp_path / "x.txt", overwrite=True)
    shutil.rmtree(tmp_path / "out")
