"""``.parquet``: one article a row, read row group by row group, only the columns asked for."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import RecordError
from pipeline.read.fields import Outcome, Raw, ReadOptions, build, choose, reject
from pipeline.read.sources import Source
from pipeline.read.streams import OnBytes

_BATCH = 64
_LARGE, _EXPANSION = 512 << 20, 1000  # bytes that a batch may come to; how much better than text it may pack


def read_parquet(source: Source, options: ReadOptions, on_bytes: OnBytes) -> Iterator[Outcome]:
    """The file's rows in order. RecordError for the file as a whole, or where it breaks."""
    try:
        with pq.ParquetFile(source.path, memory_map=False, pre_buffer=False) as file:
            names = file.schema_arrow.names
            columns = choose(names, options)
            if "text" not in columns:
                shown = ", ".join(str(n) for n in names[:12])[:200]
                yield reject(
                    source, None, "no-text", f"no column holds the text (there are: {shown}): --map text=NAME names it"
                )
                return
            wanted = sorted({names[i] for places in columns.values() for i in places})
            record = 0
            told = 0
            rows = max(1, file.metadata.num_rows)
            for group in range(file.metadata.num_row_groups):
                held = file.metadata.row_group(group)
                if _expands(held, {names[i] for i in columns["text"]}):
                    message = f"rows {record:,} to {record + held.num_rows - 1:,} expand a thousandfold: not unpacked"
                    yield reject(source, record, "too-large", message)
                    record += held.num_rows
                    continue
                for batch in file.iter_batches(_BATCH, row_groups=[group], columns=wanted, use_threads=False):
                    table = {name: _values(batch.column(i)) for i, name in enumerate(batch.schema.names)}
                    for row in range(batch.num_rows):
                        fields: dict[str, Any] = {}
                        for ours, places in columns.items():
                            found = (table[names[i]][row] for i in places if names[i] in table)
                            value = next((v for v in found if v is not None and v != ""), None)
                            if value is not None:
                                fields[ours] = value
                        yield from build(Raw(record, fields), source, options)
                        record += 1
                    done = source.size * record // rows
                    on_bytes(done - told)
                    told = done
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as error:
        first = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise RecordError("corrupt", f"broken Parquet file: {first}") from error


def _expands(group: pq.RowGroupMetaData, texts: Set[str]) -> bool:
    """Whether a row group is made to fill the memory: no text packs so well. Dictionaries unpack once for every row."""
    rows = min(_BATCH, group.num_rows)
    for n in range(group.num_columns):
        column = group.column(n)
        packed, size = column.total_compressed_size, column.total_uncompressed_size
        if column.path_in_schema in texts and size * rows > _LARGE and size > _EXPANSION * packed:
            return True
    return False


def _values(column: Any) -> list[Any]:
    """A column's values; texts that are no UTF-8, and times beyond Python's, as None or mended."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.dictionary_decode()
        kind = column.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()]
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        column = column.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    try:
        return list(column.to_pylist())
    except (UnicodeDecodeError, ValueError, OverflowError):
        return [_value(item) for item in column]


def _value(item: Any) -> Any:
    try:
        return item.as_py()
    except UnicodeDecodeError:
        return item.as_buffer().to_pybytes().decode("utf-8", "replace")
    except (ValueError, OverflowError):
        return None
