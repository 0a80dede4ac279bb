"""Stories: which tellings are one happening, the pass over a run, and the measure on our own gold."""

from __future__ import annotations

import os
import pickle
import random
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import execute
from pipeline.dataset import open_dataset
from pipeline.errors import GoldError, InputError, OutputError, RuleError
from pipeline.evaluate.stories import GoldHappening, compare, evaluate_stories, load_story_gold
from pipeline.rebuild import rebuild_stories
from pipeline.records import ActorKind, DateSource, Modality, PublishedSource
from pipeline.rows import EventRow, Tables
from pipeline.rules.source import layers
from pipeline.rules.stories import load_stories
from pipeline.spans import Span
from pipeline.stories import (
    Rarity,
    Teller,
    Telling,
    article_terms,
    build_stories,
    do_step,
    pack,
    pairs,
    stories,
    unpack,
)
from pipeline.stories import build as build_module
from pipeline.stories import files as files_module
from pipeline.stories import steps as steps_module
from pipeline.stories.build import Do
from pipeline.stories.match import probability
from pipeline.stories.steps import MEMBER, folder_of
from pipeline.tables import BY_NAME

from .conftest import Run
from .runs import actor_row, document_row, event_row, write_run

HOME = Path(__file__).resolve().parent.parent
CORPUS = HOME / "corpus" / "stories"
RULES = load_stories(layers())
DAY = date(2024, 3, 5)
FILLER = (
    "Fishermen in Bellport mended their nets.",
    "The price of barley fell in Ostrava.",
    "A choir from Tralee sang to a full house.",
    "Rain is forecast for the weekend in Minho.",
    "Two goats won medals at Gdov.",
    "Nobody has tuned the organ of Sligo since spring.",
    "Cheese from Livno keeps well.",
)


class Corpus:
    """Rows of invented articles, one sentence an event."""

    def __init__(self) -> None:
        self.rows = Tables()
        self._actors: set[str] = set()

    def tell(self, doc_id: str, sentence: str, trigger: str, kind: str | None = "ASSAULT", **other: Any) -> str:
        """One more article with one event; its event_id."""
        return self.article(doc_id, [(sentence, trigger, kind, other)], other.pop("published", DAY))[0]

    def article(
        self, doc_id: str, told: Sequence[tuple[str, str, str | None, dict[str, Any]]], published: date | None = DAY
    ) -> list[str]:
        text, ids = "", []
        for sentence, trigger, kind, other in told:
            start = len(text) + sentence.index(trigger)
            text += sentence + " "
            values = dict(other)
            for side in ("actors", "recipients"):
                names = values.pop(side, ())
                values[side] = tuple(self._actor(name) for name in names)
                values[f"{side[:-1]}_names"] = tuple(names)
            when = values.pop("on", None)
            if when:
                values |= {"date_start": when, "date_end": when, "date_source": DateSource.EXPLICIT}
            row: EventRow = event_row(doc_id, " " * start + trigger, (start, start + len(trigger)), kind, **values)
            self.rows.events.append(row)
            ids.append(row.event_id)
        text += FILLER[len(self.rows.documents) % len(FILLER)]
        source = PublishedSource.METADATA if published else PublishedSource.NONE
        self.rows.documents.append(document_row(doc_id, text, published_date=published, published_source=source))
        return ids

    def _actor(self, name: str) -> str:
        actor_id = f"person:{name.lower().replace(' ', '-')}"
        if actor_id not in self._actors:
            self._actors.add(actor_id)
            self.rows.actors.append(actor_row(actor_id, name, ActorKind.PERSON))
        return actor_id

    def tellings(self) -> list[Telling]:
        rarity = Rarity()
        for document in self.rows.documents:
            rarity.add(article_terms(document.title, document.text, RULES))
        teller = Teller(RULES, rarity)
        out = []
        for document in self.rows.documents:
            events = [e for e in self.rows.events if e.doc_id == document.doc_id]
            cast = {a.actor_id: (a.kind, a.country or "", a.sectors) for a in self.rows.actors}
            out += teller.tellings(plain(document), [plain(e) for e in events], cast)
        return out

    def run(self, folder: Path, parts: int = 1) -> Path:
        return write_run(folder, self.rows, parts)


def plain(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__slots__}


def siege() -> Corpus:
    """Three articles on one shelling, one on another a week later, one on something else."""
    corpus = Corpus()
    who: dict[str, Any] = {"actors": ["Colonel Brandt"], "recipients": ["Mayor Osei"]}
    corpus.tell("a", "Colonel Brandt shelled the Kessim depot of Mayor Osei.", "shelled", on=DAY, **who)
    corpus.tell("b", "The Kessim depot of Mayor Osei was bombarded by Colonel Brandt.", "bombarded", on=DAY, **who)
    corpus.tell("c", "Mayor Osei said Colonel Brandt attacked the Kessim depot.", "attacked", **who)
    later = DAY + timedelta(8)
    corpus.tell("d", "Colonel Brandt shelled the Kessim depot again.", "shelled", on=later, published=later, **who)
    corpus.tell("e", "A thief robbed a bank in Tarnow.", "robbed", on=DAY, actors=["Jan Wilk"], recipients=["Eva Zak"])
    return corpus


def told_together(folder: Path) -> list[set[str]]:
    rows = open_dataset(folder).rows("stories")
    return [{event.split(":e")[0] for event in row["event_ids"]} for row in rows if row["n_documents"] > 1]


def all_rows(folder: Path) -> list[dict[str, Any]]:
    return sorted(pq.read_table(folder).to_pylist(), key=lambda row: row["story_id"])


# ------------------------------------------------------------------------ a pair


def test_one_happening_in_three_wordings_is_likelier_than_two_happenings() -> None:
    a, b, c, d, e = siege().tellings()
    assert probability(a, b, RULES) > 0.9
    assert probability(a, c, RULES) > 0.5
    assert probability(a, d, RULES) == 0.0, "dates eight days apart don't go together"
    assert probability(a, e, RULES) < 0.5


def test_the_measure_of_a_pair_does_not_depend_on_its_order() -> None:
    tellings = siege().tellings()
    for a in tellings:
        for b in tellings:
            assert probability(a, b, RULES) == probability(b, a, RULES)


@pytest.mark.parametrize(
    ("change", "value"),
    [("kind", "CONSULT"), ("first", DAY.toordinal() + 9), ("mode", "beat"), ("planned", True)],
)
def test_what_speaks_against_one_happening(change: str, value: Any) -> None:
    a, b, *_ = siege().tellings()
    other: dict[str, Any] = {change: value}
    if change == "first":
        other |= {"last": value}
    assert probability(a._replace(mode="explosives"), b._replace(**other), RULES) < probability(a, b, RULES)


def test_two_that_are_named_otherwise_are_two() -> None:
    corpus = Corpus()
    corpus.tell("a", "Senator Nunez praised the bridge bill.", "praised", "SUPPORT", actors=["Ana Nunez"])
    corpus.tell("b", "Senator Weiss praised the bridge bill.", "praised", "SUPPORT", actors=["Otto Weiss"])
    corpus.tell("c", "Ms Nunez hailed the bridge bill.", "hailed", "SUPPORT", actors=["Ana Nunez"])
    a, b, c = corpus.tellings()
    assert probability(a, c, RULES) > probability(a, b, RULES)
    assert a.actors[0].named


def test_without_any_day_nothing_is_compared() -> None:
    corpus = Corpus()
    for doc_id in "ab":
        corpus.tell(doc_id, "Colonel Brandt shelled Kessim.", "shelled", published=None, actors=["Colonel Brandt"])
    a, b = corpus.tellings()
    assert probability(a, b, RULES) == 0.0
    assert a.keys == ()


def test_a_date_of_a_month_says_where_to_look_and_no_more() -> None:
    corpus = Corpus()
    month: dict[str, Any] = {
        "date_start": date(2024, 3, 1),
        "date_end": date(2024, 3, 31),
        "date_source": DateSource.EXPLICIT,
    }
    old: dict[str, Any] = {
        "date_start": date(2010, 1, 1),
        "date_end": date(2010, 12, 31),
        "date_source": DateSource.EXPLICIT,
    }
    corpus.tell("a", "Colonel Brandt shelled Kessim.", "shelled", **month)
    corpus.tell("b", "Colonel Brandt shelled Kessim.", "shelled", **old)
    a, b = corpus.tellings()
    assert (a.first, a.day) == (0, DAY.toordinal())
    assert (b.first, b.day) == (0, date(2010, 1, 1).toordinal())
    assert probability(a, b, RULES) == 0.0


def test_what_did_not_happen_or_only_may_is_no_telling() -> None:
    corpus = Corpus()
    corpus.tell("a", "They did not meet.", "meet", "CONSULT", negated=True)
    corpus.tell("b", "They may meet.", "meet", "CONSULT", modality=Modality.HYPOTHETICAL)
    corpus.tell("c", "They will meet.", "meet", "AGREE", modality=Modality.FUTURE)
    assert [t.doc_id for t in corpus.tellings()] == ["c"]


def test_a_telling_survives_being_packed() -> None:
    for telling in siege().tellings():
        again = unpack(pack(telling))
        assert again._replace(words={}, article={}) == telling._replace(words={}, article={})
        for name in ("words", "article"):
            assert getattr(again, name) == pytest.approx(getattr(telling, name), abs=1e-6)


def test_any_text_can_be_told() -> None:
    corpus = Corpus()
    corpus.tell("\ud800", "x\ud800\x00 struck \U0001f600", "struck", None)
    assert unpack(pack(corpus.tellings()[0])).kind == "=struck"


# ------------------------------------------------------------- blocks and groups


def test_pairs_come_once_whatever_the_order_of_a_block() -> None:
    tellings = siege().tellings()
    keys = {key for telling in tellings for key in telling.keys}
    found: list[Any] = []
    shuffled: list[Any] = []
    for key in keys:
        block = [t for t in tellings if key in t.keys]
        found += pairs(block, key, RULES)
        shuffled += pairs(random.Random(1).sample(block, len(block)), key, RULES)
    assert sorted(found) == sorted(shuffled)
    assert len({link[:2] for link in found}) == len(found) >= 3
    assert all(first < second and likely >= RULES.least for first, second, likely in found)


def test_a_crowded_block_is_compared_among_neighbours() -> None:
    corpus = Corpus()
    for n in range(40):
        corpus.tell(f"d{n:02d}", "Colonel Brandt shelled Kessim.", "shelled", actors=["Colonel Brandt"])
    tellings = [telling._replace(keys=(7,)) for telling in corpus.tellings()]
    assert sum(1 for _ in pairs(tellings, 7, replace(RULES, least=0.0))) == 40 * 39 / 2
    crowded = replace(RULES, least=0.0, crowd=10, reach=3)
    assert sum(1 for _ in pairs(tellings, 7, crowded)) == 3 * 40 - (1 + 2 + 3)


def test_a_group_is_divided_where_it_holds_together_by_a_thread() -> None:
    tellings = siege().tellings()[:3]
    twins = [t._replace(event_id=f"{t.event_id}-twin", doc_id=f"{t.doc_id}-twin") for t in tellings]
    names = sorted(t.event_id for t in (*tellings, *twins))
    apart = {
        (x, y): 0.05 if x.endswith("-twin") != y.endswith("-twin") else 0.95
        for n, x in enumerate(names)
        for y in names[n + 1 :]
    }
    apart[min(apart, key=lambda pair: apart[pair])] = 0.6
    links = [(*pair, likely) for pair, likely in apart.items()]
    found = list(stories([*tellings, *twins], links, RULES))
    assert sorted(len(row.event_ids) for row in found) == [3, 3]
    assert found == list(stories([*twins, *tellings], links[::-1], RULES))


def test_of_two_acts_of_an_article_each_goes_with_its_like() -> None:
    corpus = Corpus()
    who: dict[str, Any] = {"recipients": ["Iris Dunmore"], "on": DAY}
    for doc_id, first, second in (("a", "sentenced", "fined"), ("b", "convicted", "fined")):
        told = [
            (f"A court {first} Iris Dunmore for six years of fraud.", first, "SANCTION", who),
            (f"It also {second} Iris Dunmore a million crowns.", second, "SANCTION", who),
        ]
        corpus.article(doc_id, told)
    tellings = corpus.tellings()
    found = list(stories(tellings, [], RULES))
    lemmas = {t.event_id: t.lemma for t in tellings}
    assert {frozenset(lemmas[i] for i in row.event_ids) for row in found} == {
        frozenset(("fined",)),
        frozenset(("sentenced", "convicted")),
    }


# ---------------------------------------------------------------- the pass over a run


def test_the_tellings_of_one_happening_become_one_row(tmp_path: Path) -> None:
    folder = siege().run(tmp_path / "run")
    counts = build_stories(folder, RULES)
    rows = open_dataset(folder).rows("stories")
    assert told_together(folder) == [{"a", "b", "c"}]
    assert (counts.tellings, counts.stories, counts.shared) == (5, len(rows), 1)
    (row,) = [row for row in rows if row["n_documents"] == 3]
    assert (row["date_start"], row["date_end"], row["event_type"]) == (DAY, DAY, "ASSAULT")
    assert row["actors"] == ["person:colonel-brandt"]
    assert row["first_published"] == datetime(2024, 3, 5, tzinfo=UTC)
    assert row["representative_event_id"] in row["event_ids"]
    assert sorted(i for r in rows for i in r["event_ids"]) == sorted(e.event_id for e in siege().rows.events)


def test_neither_parts_nor_their_order_change_the_rows(tmp_path: Path) -> None:
    corpus = siege()
    expected = all_rows(build(corpus.run(tmp_path / "one")))
    corpus.rows.documents.reverse()
    corpus.rows.events.reverse()
    assert all_rows(build(corpus.run(tmp_path / "other", parts=4))) == expected


def build(folder: Path) -> Path:
    build_stories(folder, RULES)
    return folder / "stories"


def test_parts_of_events_may_be_cut_otherwise(tmp_path: Path) -> None:
    corpus = siege()
    expected = all_rows(build(corpus.run(tmp_path / "one", parts=2)))
    folder = corpus.run(tmp_path / "other", parts=2)
    for n, path in enumerate(sorted((folder / "events").glob("*.parquet"))):
        path.rename(path.with_name(f"cut-{n}.parquet"))
    assert all_rows(build(folder)) == expected


def test_a_later_telling_of_an_article_is_in_the_story_of_the_first(tmp_path: Path) -> None:
    corpus = siege()
    first = corpus.rows.events[0]
    again = replace(first, event_id="a:again", same_as=first.event_id, actors=(), actor_names=(), date_start=None)
    corpus.rows.events.append(replace(again, date_end=None, date_source=DateSource.NONE))
    folder = corpus.run(tmp_path / "run")
    build(folder)
    (row,) = [row for row in open_dataset(folder).rows("stories") if row["n_documents"] == 3]
    assert "a:again" in row["event_ids"]


def test_copies_of_a_text_tell_the_same_story(tmp_path: Path) -> None:
    corpus = siege()
    copy = replace(corpus.rows.documents[0], doc_id="a-copy", duplicate_of="a")
    corpus.rows.documents.append(copy)
    corpus.rows.events.append(replace(corpus.rows.events[0], event_id="a-copy:e", doc_id="a-copy"))
    build(corpus.run(tmp_path / "run"))
    assert told_together(tmp_path / "run") == [{"a", "b", "c", "a-copy"}]


SMALL = {
    "files": {"_CHUNK": 3, "_AT_ONCE": 2, "_KEPT": 1},
    "steps": {"_DOCUMENTS_AT_ONCE": 1, "_DEALT_AT_ONCE": 2},
    "build": {"_SORTED": 3, "_CHUNK": 2, "_STORIES_AT_ONCE": 1, "_STORIES_PER_PART": 2},
}
FINE = {"_DOCUMENTS": (1, 1), "_KEYS": (1, 2), "_PAIRS": (1, 1), "_WEIGHT": (1, 1), "_SORTED": 1}


def test_small_memory_gives_the_same_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = siege().run(tmp_path / "run")
    expected = all_rows(build(folder))
    for module, values in SMALL.items():
        for name, value in values.items():
            monkeypatch.setattr(f"pipeline.stories.{module}.{name}", value)
    assert all_rows(build(folder)) == expected
    assert len(list((folder / "stories").glob("*.parquet"))) > 1
    assert not list((folder / "stories").glob(".*"))


# ------------------------------------------------------------------------------- steps


def cut_finely(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in FINE.items():
        monkeypatch.setattr(build_module, name, value)


def in_two_processes(work: Path) -> Do:
    """Steps done by turns by two other processes, which know no more than the folder."""
    code = "import sys; from pathlib import Path; from pipeline.stories import do_step\n"
    code += "for name in sys.argv[2:]: do_step(Path(sys.argv[1]), name)"

    def do(names: Sequence[str]) -> None:
        shares = [share for share in (names[::2], names[1::2]) if share]
        started = [subprocess.Popen([sys.executable, "-c", code, str(work), *share], cwd=HOME) for share in shares]
        assert [process.wait() for process in started] == [0] * len(shares)

    return do


def in_any_order_and_twice(work: Path) -> Do:
    chance = random.Random(7)

    def do(names: Sequence[str]) -> None:
        again = chance.sample(names, len(names) // 2)
        for name in chance.sample([*names, *again], len(names) + len(again)):
            do_step(work, name)

    return do


@pytest.mark.parametrize("way", [in_any_order_and_twice, in_two_processes])
@pytest.mark.parametrize("fine", [True, False])
def test_whoever_does_the_steps_the_rows_are_the_same(
    way: Callable[[Path], Do], fine: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = siege().run(tmp_path / "run", parts=3)
    expected = build_stories(folder, RULES, output=tmp_path / "here")
    if fine:
        cut_finely(monkeypatch)
    counts = build_stories(folder, RULES, output=tmp_path / "there", work=tmp_path, do=way(tmp_path))
    assert counts == expected
    assert (tmp_path / "there/part-00000.parquet").read_bytes() == (tmp_path / "here/part-00000.parquet").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["here", "run", "there"]


def test_actors_can_be_made_beside_the_first_steps(tmp_path: Path) -> None:
    folder = siege().run(tmp_path / "run", parts=2)
    expected = all_rows(build(folder))
    shutil.move(folder / "actors", tmp_path / "kept")
    make = partial(shutil.copytree, tmp_path / "kept", folder / "actors", dirs_exist_ok=True)
    build_stories(folder, RULES, work=tmp_path, do=in_any_order_and_twice(tmp_path), make_actors=make)
    assert all_rows(folder / "stories") == expected


def test_a_step_is_about_a_share_of_the_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = siege().run(tmp_path / "run", parts=3)
    cut_finely(monkeypatch)
    kinds: Counter[str] = Counter()

    def do(names: Sequence[str]) -> None:
        kinds.update(name.split("-")[0] for name in names)
        for name in names:
            do_step(tmp_path, name)

    build_stories(folder, RULES, output=tmp_path / "out", work=tmp_path, do=do)
    assert kinds["words"] == kinds["tell"] == 3
    assert kinds["compare"] > 8
    assert kinds["beside"] >= 2
    assert min(kinds[ending] for ending in ("blocks", "pairs", "members")) >= 2
    assert kinds["members"] == kinds["linked"]
    assert kinds["stories"] >= 3


def test_what_a_killed_process_left_does_no_harm(tmp_path: Path) -> None:
    folder = siege().run(tmp_path / "run", parts=2)
    expected = all_rows(build(folder))
    left = folder_of(tmp_path)
    left.mkdir()
    (left / "group-000000.members").write_bytes(b"of an earlier pass")

    def do(names: Sequence[str]) -> None:
        for name in names:
            for ending in ("terms", "rarity", "tellings", "places", "links", "arrow"):
                (left / f".{name}.{ending}.1.writing").write_bytes(b"half")
            do_step(tmp_path, name)

    build_stories(folder, RULES, work=tmp_path, do=do)
    assert all_rows(folder / "stories") == expected
    assert not left.exists()


@given(st.lists(st.lists(st.integers(-3, 9), max_size=12), max_size=6), st.integers(1, 9))
def test_sorting_in_little_memory_keeps_what_is_equal_in_order(
    tmp_path_factory: pytest.TempPathFactory, keys: list[list[int]], at_once: int
) -> None:
    path = tmp_path_factory.mktemp("sort") / "sorted"
    numbers = count()
    pieces = [np.array([(key, next(numbers)) for key in some], MEMBER) for some in keys]
    expected = sorted(pair for piece in pieces for pair in piece.tolist())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(files_module, "_AT_ONCE", at_once)
        files_module.sort_to(path, pieces, MEMBER)
    with path.open("rb") as file:
        records = files_module.Sorted(file, MEMBER)
        assert records.read(0, len(records)).tolist() == expected
        assert records.between(0, 4).tolist() == [pair for pair in expected if 0 <= pair[0] < 4]
        step = at_once
        shares = [records.whole_runs(n, min(n + step, len(records))).tolist() for n in range(0, len(records), step)]
    assert [pair for share in shares for pair in share] == expected
    ends = [{key for key, _ in share} for share in shares]
    assert all(one.isdisjoint(other) for n, one in enumerate(ends) for other in ends[n + 1 :])
    assert [entry.name for entry in path.parent.iterdir()] == ["sorted"]


def test_files_opened_and_bytes_read_grow_with_the_corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bounds = {"_DOCUMENTS": (8, 8), "_KEYS": (400, 400), "_PAIRS": (9, 9), "_WEIGHT": (99, 99), "_SORTED": 200}
    for name, value in (bounds | {"_CHUNK": 50}).items():
        monkeypatch.setattr(build_module, name, value)
    for name, value in {"_CHUNK": 50, "_AT_ONCE": 4_000, "_NEAR": 1}.items():
        monkeypatch.setattr(files_module, name, value)
    for module in (build_module, steps_module):
        monkeypatch.setattr(module, "PARTITIONS", 4)
    done: Counter[str] = Counter()
    open_file, read = Path.open, os.pread

    def opened(path: Path, *some: Any, **other: Any) -> Any:
        done["opened"] += 1
        return open_file(path, *some, **other)

    def has_read(file: int, size: int, start: int) -> bytes:
        done["read"] += size
        return read(file, size, start)

    def cost(articles: int) -> tuple[float, float]:
        corpus = Corpus()
        for n in range(articles):
            who: dict[str, Any] = {"actors": ["Colonel Brandt"], "published": DAY + timedelta(9 * (n // 2))}
            corpus.tell(f"d{n:04d}", "Colonel Brandt shelled the Kessim depot.", "shelled", **who)
        folder = corpus.run(tmp_path / str(articles), parts=articles // 8)
        done.clear()
        with monkeypatch.context() as patch:
            patch.setattr(Path, "open", opened)
            patch.setattr(os, "pread", has_read)
            assert build_stories(folder, RULES).shared == articles // 2
        return done["opened"] / articles, done["read"] / articles

    one, four, sixteen = (cost(articles) for articles in (32, 128, 512))
    for few, more, many in zip(one, four, sixteen, strict=True):
        assert max(more, many) < 1.1 * few


def test_what_is_no_step_is_not_done(tmp_path: Path) -> None:
    folder_of(tmp_path).mkdir()
    for name in ("job.pickle", "words-000000.step"):
        (folder_of(tmp_path) / name).write_bytes(pickle.dumps("no step"))
    with pytest.raises(TypeError, match="no step"):
        do_step(tmp_path, "words-000000")


def test_a_group_too_large_is_made_of_closer_links(tmp_path: Path) -> None:
    folder = siege().run(tmp_path / "run")
    counts = build_stories(folder, replace(RULES, largest=2))
    assert max(row["n_documents"] for row in open_dataset(folder).rows("stories")) <= 2
    assert counts.stories == len(open_dataset(folder).rows("stories"))


def test_a_run_without_events_has_an_empty_table(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", Tables())
    assert build_stories(folder, RULES).stories == 0
    assert pq.read_table(folder / "stories").schema.equals(BY_NAME["stories"].schema)


# -------------------------------------------------------------------- the command


def test_the_table_can_be_written_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = siege().run(tmp_path / "run")
    assert execute(["stories", str(folder), "-o", str(tmp_path / "elsewhere")]) == 0
    assert "1 are told by several articles" in capsys.readouterr().out
    assert open_dataset(folder).rows("stories") == []
    assert len(all_rows(tmp_path / "elsewhere")) == 3
    with pytest.raises(OutputError, match="exists already"):
        rebuild_stories(folder, RULES, tmp_path / "elsewhere")


def test_a_run_that_is_not_complete_is_refused(tmp_path: Path) -> None:
    folder = siege().run(tmp_path / "run")
    (folder / "_run.json").write_text('{"complete": false}', encoding="utf-8")
    with pytest.raises(InputError, match="not complete"):
        rebuild_stories(folder, RULES)


# ------------------------------------------------------------------------- numbers


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("- {id: days, apart: 1, undated: 9, longest: 7, span: 10}", "window must be"),
        ("- {id: days, apart: 1.5, undated: 3, longest: 7, span: 10}", "whole number"),
        ("- {id: happens, modality: [done]}", "modality must be"),
        ("- {id: happens, mode: [asserted]}", "unknown key"),
        ("- {id: plot, least: 1}", "unknown rule"),
        ("- {id: largest, off: true}", "missing"),
    ],
)
def test_numbers_that_cannot_be_used_are_refused(tmp_path: Path, line: str, says: str) -> None:
    (tmp_path / "stories").mkdir()
    (tmp_path / "stories" / "stories.yaml").write_text(f"rules:\n{line}\n", encoding="utf-8")
    with pytest.raises(RuleError, match=says):
        load_stories(layers([tmp_path]))


# --------------------------------------------------------------------- the measure


def happenings(**tellings: Iterable[str]) -> list[GoldHappening]:
    return [GoldHappening(name, {doc: (Span(0, 1),) for doc in docs}, 1) for name, docs in tellings.items()]


def test_pairs_are_counted_over_articles_and_tellings() -> None:
    gold = happenings(raid="abc", vote="ab")
    told = {"1": ("a", "raid"), "2": ("b", "raid"), "3": ("c", "raid"), "4": ("a", "vote"), "5": ("b", "#5")}
    found = compare(gold, told, [["1", "2"], ["3", "5"], ["4"]])
    assert (found.linked.right, found.linked.found, found.linked.gold) == (1, 2, 3)
    assert (found.all.right, found.all.found, found.all.gold) == (1, 2, 4)
    assert (found.articles.right, found.articles.found, found.articles.gold) == (2, 2, 3)
    assert found.linked.f1 == pytest.approx(40.0)
    assert len(found.wrong) == 1
    assert len(found.missed) == 2
    assert compare(gold, told, [["1", "2", "3"], ["4"]]).linked.f1 == 100.0


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"happening": "x", "tellings": [{"doc_id": "a", "spans": [[0, 3]], "texts": ["Tho"]}]}', "texts must be"),
        ('{"happening": "x", "tellings": [{"doc_id": "b", "spans": [[0, 3]], "texts": ["The"]}]}', "no article"),
        ('{"happening": "x", "tellings": [{"doc_id": "a", "spans": [], "texts": []}]}', "texts must be"),
        ('{"happening": "x"', "not JSON"),
        ("", "no happening"),
    ],
)
def test_labels_that_cannot_be_right_are_loud(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(line + "\n", encoding="utf-8")
    with pytest.raises(GoldError, match=says):
        load_story_gold(path, {"a": "The end."})


@pytest.mark.parametrize("half", ["dev", "test"])
def test_our_own_happenings_retold_are_found(half: str, do: Run) -> None:
    """Below these figures nothing lands: those of the pass, given what was extracted, and of whole articles."""
    result = do(CORPUS / f"articles-{half}.jsonl")
    figures = evaluate_stories(CORPUS / f"gold-{half}.jsonl", result.output)
    assert figures.articles.f1 >= 80
    assert figures.linked.f1 >= 80
    assert figures.linked.precision >= 85
