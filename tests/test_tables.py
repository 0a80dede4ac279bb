from dataclasses import fields, replace
from datetime import date
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.assemble import merge_actors
from pipeline.errors import TableError
from pipeline.records import Modality
from pipeline.rows import ActorRow, Tables
from pipeline.spans import Span
from pipeline.tables import BY_NAME, TABLES, check

from .rows import actor, article, batches


def changed(table: str, **values: Any) -> dict[str, pa.RecordBatch]:
    """Batches of a good article, with columns of one table's first row changed."""
    tables = article()
    rows = getattr(tables, table)
    rows[0] = replace(rows[0], **values)
    return batches(tables)


def test_a_good_article_passes_and_comes_back_as_it_went_in() -> None:
    made = batches(article())
    check(made, types={"ASSAULT"})
    event = made["events"].to_pylist()[0]
    assert event["trigger"] == "attacked"
    assert event["modality"] == "asserted"
    assert event["date_start"] == date(2024, 3, 1)
    assert event["actors"] == ["group:rebels"]
    assert made["quotes"].to_pylist()[0]["spans"] == [{"start": 0, "end": 30}]


def test_every_table_of_the_contract_is_declared_in_full() -> None:
    assert [t.name for t in TABLES] == [f.name for f in fields(Tables)]
    for table in TABLES:
        assert table.grain.endswith(".")
        assert set(table.key) | set(table.foreign) <= set(table.schema.names)
        for column in table.columns:
            assert column.description.endswith((".", ").")), (table.name, column.name)
        metadata = table.schema.metadata
        assert metadata[b"dateline.schema_version"] == b"1"
        assert metadata[b"dateline.description"].decode() == table.grain


def test_empty_tables_have_their_schema() -> None:
    made = batches(Tables())
    check(made, types=())
    for name, batch in made.items():
        assert batch.schema.equals(BY_NAME[name].schema)
        assert batch.num_rows == 0


@pytest.mark.parametrize(
    ("table", "values", "says"),
    [
        ("documents", {"text": None}, r"documents\.text: null"),
        ("events", {"modality": None}, r"events\.modality: null"),
        ("events", {"event_type": "WAR"}, "'WAR' is not in the ontology"),
        ("events", {"actors": ("person:nobody",)}, r"events\.actors: 'person:nobody' is not in actors"),
        ("events", {"quote_id": "a#q9"}, r"is not in quotes\.quote_id"),
        ("events", {"date_id": "a#d9"}, r"is not in dates\.date_id"),
        ("events", {"doc_id": "b"}, r"is not in documents\.doc_id"),
        ("events", {"trigger_start": 20}, "trigger_start is after trigger_end"),
        ("events", {"date_start": date(2025, 1, 1)}, "date_start is after date_end"),
        ("quotes", {"speaker_id": "person:x"}, r"quotes\.speaker_id"),
        ("quotes", {"cue_end": None}, "cue_start without cue_end"),
        ("mentions", {"actor_id": "person:x"}, r"mentions\.actor_id"),
        ("participants", {"mention_id": "a#m9"}, r"participants\.mention_id"),
        ("sentences", {"start": 500}, "start is after end"),
    ],
)
def test_a_broken_row_is_refused_by_name(table: str, values: dict[str, Any], says: str) -> None:
    with pytest.raises(TableError, match=says):
        check(changed(table, **values), types={"ASSAULT"})


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("events", {"trigger_start": "7"}),
        ("events", {"trigger_start": 2**40}),
        ("documents", {"published_date": "2024-03-02"}),
        ("events", {"modality": "perhaps"}),
        ("documents", {"text": "\ud800"}),
    ],
)
def test_a_value_of_the_wrong_type_is_refused(table: str, values: dict[str, Any]) -> None:
    with pytest.raises(TableError, match=table):
        changed(table, **values)


def test_doubled_keys_are_refused() -> None:
    tables = article()
    tables.mentions.append(tables.mentions[0])
    with pytest.raises(TableError, match="occurs twice"):
        check(batches(tables))


def test_a_column_too_many_or_too_few_is_refused() -> None:
    made = batches(article())
    made["dates"] = made["dates"].select(made["dates"].schema.names[:-1])
    with pytest.raises(TableError, match="fields differ"):
        check(made)


def test_enumerations_are_dictionary_encoded_in_their_own_order() -> None:
    column = batches(article())["events"].column("modality")
    assert pa.types.is_dictionary(column.type)
    assert column.dictionary.to_pylist() == [m.value for m in Modality]


NAMES = st.sampled_from(["UN", "United Nations", "the U.N.", "U.N. body"])
ROWS = st.lists(
    st.builds(
        lambda name, country, aliases, n: actor(
            "org:un", name, country=country, aliases=tuple(aliases), n_documents=n, n_mentions=2 * n
        ),
        NAMES,
        st.sampled_from([None, "UNO", "IGO"]),
        st.lists(NAMES, max_size=2),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=5,
)


@given(ROWS, st.randoms(use_true_random=False), st.integers(0, 5))
def test_merging_actors_does_not_depend_on_order_or_grouping(rows: list[ActorRow], random: Any, cut: int) -> None:
    whole = merge_actors(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert merge_actors(shuffled) == whole
    first, rest = shuffled[:cut], shuffled[cut:]
    parts = [merge_actors(part) for part in (first, rest) if part]
    assert merge_actors(parts) == whole
    assert whole.n_documents == sum(r.n_documents for r in rows)
    assert whole.name not in whole.aliases


def test_spans_keep_their_order() -> None:
    made = changed("quotes", spans=(Span(0, 6), Span(16, 30)))
    assert made["quotes"].to_pylist()[0]["spans"] == [{"start": 0, "end": 6}, {"start": 16, "end": 30}]
