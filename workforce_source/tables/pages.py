"""Writes what the tables are as Markdown: a diagram of their keys, and a table of columns each.

Pure text, made from `definitions` and `own`; nothing here knows a destination.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from workforce_source.tables.definitions import TABLES
from workforce_source.tables.own import OWN_TABLES
from workforce_source.tables.shape import Table

_HEAD: Final = """\
# Tables

Every table of the dataset (`credly`), made from the definitions the loader works with by
`python3 run.py -m workforce_source.tables docs/tables.md`. In DuckDB and PostgreSQL, tables and
columns have the same words as comments, once the marts were built. `organization_id` is part of
every key; times are UTC. The view `load_status` is made of `load_audit`:
[operations](operations.md#what-every-run-leaves).
"""


def reference() -> str:
    """Get the page."""
    parts = [_HEAD.rstrip(), "\n".join(_diagram())]
    parts += ["\n".join(_table(table)) for table in TABLES]
    parts += ["\n".join(_own(name, *what)) for name, what in OWN_TABLES.items()]
    return "\n\n".join(parts) + "\n"


def personal_columns() -> Iterator[str]:
    """Get rows of Markdown: each column that says by itself who a person is, and how."""
    for table in TABLES:
        for column in table.all_columns:
            if column.personal is not None:
                yield f"| `{table.name}` | `{column.name}` | {column.personal} |"


def write(page: Path) -> None:
    """Write the page."""
    page.write_text(reference(), encoding="utf-8", newline="\n")


def _diagram() -> Iterator[str]:
    yield from ("```mermaid", "erDiagram")
    for table in TABLES:
        for reference in table.references:
            yield f"  {reference.table} ||--o{{ {table.name} : {reference.columns[-1]}"
    yield "```"


def _table(table: Table) -> Iterator[str]:
    yield from (f"## {table.name}", "", f"One row is {table.grain}.", "")
    yield from ("| column | type | meaning |", "|---|---|---|")
    for column in table.all_columns:
        key = " (key)" if column.name in table.primary_key else ""
        yield f"| `{column.name}`{key} | {column.type} | {column.description} |"


def _own(name: str, grain: str, columns: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    yield from (f"## {name}", "", f"One row is {grain}. Written by SQL beside dlt.", "")
    yield from ("| column | type | meaning |", "|---|---|---|")
    yield from (f"| `{column}` | {kind} | {text} |" for column, (kind, text) in columns.items())
