"""The data dictionary: every table and column, in Markdown, made from the declared schema."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa

from pipeline.tables import TABLES, Column, Table

_TYPES = {
    pa.string(): "string",
    pa.bool_(): "bool",
    pa.int32(): "int32",
    pa.int64(): "int64",
    pa.float32(): "float32",
    pa.date32(): "date32",
    pa.timestamp("us", tz="UTC"): "timestamp[us, UTC]",
}


def render_dictionary() -> str:
    """A picture of how the tables hang together, then a section a table. Ends with a line's end."""
    return "\n".join([*_picture(), "", *(line for table in TABLES for line in _section(table))]).rstrip() + "\n"


def _picture() -> Iterator[str]:
    """Each table with its key and the tables that its foreign keys lead to."""
    yield "| table | one row per | key | leads to |"
    yield "|---|---|---|---|"
    for table in TABLES:
        key = ", ".join(f"`{name}`" for name in table.key) or "none"
        leads: dict[str, list[str]] = {}
        for column, (other, _) in table.foreign.items():
            leads.setdefault(other, []).append(column)
        to = ", ".join(f"[{other}](#{other}) ({', '.join(columns)})" for other, columns in leads.items())
        grain = table.grain.removeprefix("One row per ").rstrip(".")
        yield f"| [{table.name}](#{table.name}) | {grain} | {key} | {to} |"


def _section(table: Table) -> Iterator[str]:
    yield f"#### {table.name}"
    yield ""
    yield f"{table.grain} {_key(table)}"
    yield ""
    yield "| column | type | |"
    yield "|---|---|---|"
    for column in table.columns:
        yield f"| `{column.name}` | {_type(column)} | {_description(column)} |"
    yield ""


def _key(table: Table) -> str:
    return f"Key: {', '.join(f'`{name}`' for name in table.key)}." if table.key else "No key."


def _type(column: Column) -> str:
    """The Arrow type in words, with ``?`` where the column may be null."""
    return _name(column.type) + ("?" if column.nullable else "")


def _name(kind: pa.DataType) -> str:
    if pa.types.is_dictionary(kind):
        return "enum"
    if pa.types.is_list(kind):
        return f"list<{_name(kind.value_type)}>"
    if pa.types.is_struct(kind):
        return f"struct<{', '.join(f'{part.name}: {_name(part.type)}' for part in kind)}>"
    return _TYPES[kind]


def _description(column: Column) -> str:
    text = column.description
    if column.enum is not None:
        text += f" One of {', '.join(f'`{member}`' for member in column.enum)}."
    return text.replace("|", "\\|")
