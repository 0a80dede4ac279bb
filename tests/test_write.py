import json
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline.errors import OutputError
from pipeline.records import Tables
from pipeline.tables import BY_NAME
from pipeline.write import DatasetWriter, prepare_folder, write_run_file

from .rows import actor, article, batches


def write(folder: Path, doc_ids: list[str], rows_per_part: int = 1000) -> DatasetWriter:
    writer = DatasetWriter(folder, rows_per_part=rows_per_part)
    for doc_id in doc_ids:
        writer.add(batches(article(doc_id)))
    writer.close()
    return writer


def test_every_table_is_there_with_its_schema_even_if_empty(tmp_path: Path) -> None:
    writer = write(tmp_path, [])
    for name, table in BY_NAME.items():
        stored = pq.read_schema(next((tmp_path / name).glob("*.parquet")))
        assert stored.equals(table.schema, check_metadata=True), name
    assert set(writer.counts.values()) == {0}
    assert not any(p.name.startswith((".", "_")) for p in tmp_path.iterdir())


def test_the_number_of_parts_changes_no_row(tmp_path: Path) -> None:
    names = [f"doc{i:02d}" for i in range(7)]
    for which in ("one", "many"):
        (tmp_path / which).mkdir()
    write(tmp_path / "one", names)
    writer = write(tmp_path / "many", names, rows_per_part=2)
    assert len(list((tmp_path / "many" / "events").iterdir())) == 4
    for name in BY_NAME:
        one, many = (ds.dataset(tmp_path / which / name).to_table().to_pylist() for which in ("one", "many"))
        assert one == many, name
        assert writer.counts[name] == len(many)
    actors = ds.dataset(tmp_path / "many" / "actors").to_table().to_pylist()
    assert [(a["actor_id"], a["n_documents"]) for a in actors] == [("group:police", 7), ("group:rebels", 7)]


def test_actors_are_merged_across_parts(tmp_path: Path) -> None:
    writer = DatasetWriter(tmp_path, rows_per_part=1)
    for doc_id, name, country in (("a", "Nato", None), ("b", "N.A.T.O.", "IGO")):
        tables = article(doc_id)
        tables.actors.append(actor("org:nato", name, country=country, sectors=("MIL",)))
        writer.add(batches(tables))
    writer.close()
    rows = {r["actor_id"]: r for r in pq.read_table(tmp_path / "actors").to_pylist()}
    assert rows["org:nato"]["name"] == "Nato"
    assert rows["org:nato"]["aliases"] == ["N.A.T.O."]
    assert rows["org:nato"]["country"] == "IGO"
    assert rows["org:nato"]["n_documents"] == 2


def test_pandas_polars_and_duckdb_read_the_folders(tmp_path: Path) -> None:
    write(tmp_path, ["a", "b"], rows_per_part=1)
    frame = pd.read_parquet(tmp_path / "events")
    assert list(frame["event_type"]) == ["ASSAULT", "ASSAULT"]
    assert frame["actors"].iloc[0].tolist() == ["group:rebels"]
    assert pl.read_parquet(tmp_path / "events" / "*.parquet")["modality"].to_list() == ["asserted"] * 2
    found = duckdb.sql(
        f"select e.trigger, q.speaker_name from '{tmp_path}/events/*.parquet' e "
        f"join '{tmp_path}/quotes/*.parquet' q using (quote_id) order by e.event_id"
    ).fetchall()
    assert found == [("attacked", "police")] * 2


def test_parquet_is_compressed_with_zstd(tmp_path: Path) -> None:
    write(tmp_path, ["a"])
    meta = pq.read_metadata(next((tmp_path / "events").iterdir()))
    assert {meta.row_group(0).column(i).compression for i in range(meta.num_columns)} == {"ZSTD"}


def test_a_folder_in_use_is_never_mixed_or_overwritten_unasked(tmp_path: Path) -> None:
    out = tmp_path / "out"
    prepare_folder(out, overwrite=False)
    write_run_file(out, {"complete": True})
    with pytest.raises(OutputError, match="exists already"):
        prepare_folder(out, overwrite=False)
    (out / "events").mkdir()
    (out / "notes.txt").write_text("kept")
    prepare_folder(out, overwrite=True)
    assert [p.name for p in out.iterdir()] == ["notes.txt"]
    (out / "thesis.docx").write_text("precious")
    with pytest.raises(OutputError, match="not made by a run"):
        prepare_folder(out, overwrite=True)
    assert (out / "thesis.docx").read_text() == "precious"
    with pytest.raises(OutputError, match="is a file"):
        prepare_folder(out / "thesis.docx", overwrite=True)
    with pytest.raises(OutputError, match="can't be written"):
        prepare_folder(out / "thesis.docx" / "deeper", overwrite=False)


def test_the_run_file_is_json(tmp_path: Path) -> None:
    write_run_file(tmp_path, {"name": "Çelik", "none": None})
    assert json.loads((tmp_path / "_run.json").read_text(encoding="utf-8")) == {"name": "Çelik", "none": None}
    assert [p.name for p in tmp_path.iterdir()] == ["_run.json"]


def test_an_article_without_rows_still_counts(tmp_path: Path) -> None:
    tables = Tables(documents=article("x").documents)
    writer = DatasetWriter(tmp_path)
    writer.add(batches(tables))
    writer.close()
    assert writer.counts["documents"] == 1
    assert writer.counts["events"] == 0
