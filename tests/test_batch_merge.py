"""Actors of all shards merged: the rows are those of merging one by one, however they are cut and held."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble import merge_actors
from pipeline.batch import merge
from pipeline.batch.folder import RunFolder
from pipeline.batch.merge import merge_all_actors, read_actor
from pipeline.batches import by_count, by_rows, in_one
from pipeline.records import ActorKind
from pipeline.rows import ActorRow
from pipeline.run import RunOptions, Silent, run
from pipeline.tables import ARTICLE_ACTORS, ARTICLE_ACTORS_SCHEMA, BY_NAME

from .runs import actor_row

CORPUS = Path(__file__).resolve().parent.parent / "corpus" / "stories" / "articles-dev.jsonl"
TABLE = BY_NAME["actors"]


def some_actors(count: int, seed: int) -> list[ActorRow]:
    """As articles have them: most ids once, some often, under several names, ids beyond ASCII among them."""
    chance = random.Random(seed)
    out = []
    for _ in range(count):
        number = chance.choice((chance.randrange(6), chance.randrange(6 * count)))
        names = [f"{word} {number}" for word in ("Łódź", "LODZ", "Lodz", "\U0001f600 Lodz")]
        name = chance.choice(names)
        out.append(
            actor_row(
                f"group:{'é' if number % 3 else 'z'}-{number}",
                name,
                chance.choice((ActorKind.GROUP, ActorKind.PLACE)) if number < 6 else ActorKind.GROUP,
                country=chance.choice((None, "POL", "IGO")),
                sectors=tuple(sorted(chance.sample(("media", "civil", "labor"), chance.randrange(3)))),
                aliases=tuple(sorted({*chance.sample(names, 2)} - {name})),
                wikidata_id=chance.choice((None, "Q1", "Q2")),
                n_documents=1,
                n_mentions=chance.randrange(9),
            )
        )
    return out


def put_down(folder: RunFolder, shards: Sequence[Sequence[ActorRow]]) -> list[str]:
    folder.make()
    for number, rows in enumerate(shards):
        ids = pa.array([f"d{number}"] * len(rows), pa.string())
        table = pa.Table.from_arrays([ids, *TABLE.batch(rows).columns], schema=ARTICLE_ACTORS_SCHEMA)
        pq.write_table(table, folder.part(ARTICLE_ACTORS, f"s{number}"))
    return [f"s{number}" for number in range(len(shards))]


def one_by_one(rows: Sequence[ActorRow]) -> list[ActorRow]:
    by_id: dict[str, list[ActorRow]] = {}
    for row in rows:
        by_id.setdefault(row.actor_id, []).append(row)
    return [merge_actors(by_id[identity]) for identity in sorted(by_id)]


@pytest.mark.parametrize(
    "limits",
    [
        {},
        {"_IN_MEMORY": 30, "_FAN_IN": 64, "_RUN_ROWS": 7, "_ROWS_AT_ONCE": 16},
        {"_IN_MEMORY": 30, "_FAN_IN": 2, "_RUN_ROWS": 7, "_ROWS_AT_ONCE": 16, "_READ_AT_ONCE": 2},
        {"_IN_MEMORY": 1, "_FAN_IN": 3, "_RUN_ROWS": 1, "_ROWS_AT_ONCE": 1},
        {"_ROWS_AT_ONCE": 50, "_ROWS_PER_PART": 100},
    ],
)
def test_merging_in_bulk_is_merging_one_by_one(
    limits: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in limits.items():
        monkeypatch.setattr(merge, name, value)
    rows = some_actors(400, seed=3)
    expected = one_by_one(rows)
    assert len(expected) < len(rows) - 50
    folder = RunFolder(tmp_path)
    names = put_down(folder, list(by_count(rows, 90)))
    assert merge_all_actors(folder, names) == len(expected)
    parts = sorted((tmp_path / "actors").glob("*.parquet"))
    assert len(parts) == (-(-len(expected) // 100) if "_ROWS_PER_PART" in limits else 1)
    found = pa.concat_tables([pq.read_table(part) for part in parts])
    assert [read_actor(row) for row in found.to_pylist()] == expected
    assert found.schema.equals(TABLE.schema, check_metadata=True)
    assert not (folder.work / "merging").exists()


def test_the_bytes_are_those_of_rows_written_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merge, "_ROWS_AT_ONCE", 100)
    rows = some_actors(400, seed=4)
    folder = RunFolder(tmp_path)
    merge_all_actors(folder, put_down(folder, [rows[:150], rows[150:]]))
    with pq.ParquetWriter(tmp_path / "expected", TABLE.schema, compression="zstd") as out:
        for some in by_count(one_by_one(rows), 100):
            out.write_batch(TABLE.batch(some))
    assert (tmp_path / "actors/part-00000.parquet").read_bytes() == (tmp_path / "expected").read_bytes()


def test_without_actors_there_is_a_table_without_rows(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.make()
    assert merge_all_actors(folder, ["no-such-shard"]) == 0
    assert pq.read_table(tmp_path / "actors").schema.equals(TABLE.schema)


def test_a_row_of_an_article_merged_with_none_is_the_same_row(tmp_path: Path) -> None:
    """So that what occurs once need not be merged."""
    options = RunOptions(inputs=[CORPUS], output=tmp_path, workers=1)
    run(options, Silent())
    parts = sorted(RunFolder(tmp_path).actors.glob("*.parquet"))
    rows = [row for part in parts for row in pq.read_table(part).drop_columns("doc_id").to_pylist()]
    assert len(rows) > 100
    for row in map(read_actor, rows):
        assert merge_actors([row]) == row


@given(st.lists(st.integers()), st.integers(1, 7))
def test_items_by_count(items: list[int], count: int) -> None:
    found = list(by_count(iter(items), count))
    assert [item for some in found for item in some] == items
    assert all(len(some) == count for some in found[:-1])
    assert all(found)


@given(st.lists(st.integers(0, 9)), st.integers(1, 7))
def test_tables_by_rows(sizes: list[int], count: int) -> None:
    ends = [sum(sizes[:n]) for n in range(len(sizes))]
    tables = [
        pa.table({"n": pa.array(range(end, end + size), pa.int64())}) for end, size in zip(ends, sizes, strict=True)
    ]
    found = list(by_rows(iter(tables), count))
    assert [n for table in found for n in table.column("n").to_pylist()] == list(range(sum(sizes)))
    assert all(table.num_rows == count for table in found[:-1])
    assert all(in_one(table).num_rows == table.num_rows > 0 for table in found)


def test_a_table_without_rows_is_a_batch_without_rows() -> None:
    assert in_one(TABLE.schema.empty_table()).schema.equals(TABLE.schema)
