"""The destination beside the sandbox's truth: every table, every column, every value."""

from collections.abc import Iterable
from typing import Any

import dlt

from workforce_source.tables import DATA_TABLES, TABLE_BY_NAME

VOLATILE = {
    (table.name, column.name)
    for table in DATA_TABLES
    for column in table.columns
    if column.volatile
}
Rows = dict[tuple[Any, ...], dict[str, Any]]


def rows_of(pipeline: dlt.Pipeline, name: str, *, live: bool = True) -> Rows:
    """The rows of a table by primary key; timestamps in UTC, removed rows left out."""
    return tables_of(pipeline, [name], live=live)[name]


def tables_of(
    pipeline: dlt.Pipeline, names: Iterable[str], *, live: bool = True
) -> dict[str, Rows]:
    """The rows of several tables by primary key, read over one connection."""
    found: dict[str, Rows] = {}
    with pipeline.sql_client() as client:
        for name in names:
            table = TABLE_BY_NAME[name]
            columns = [column.name for column in table.all_columns]
            where = " WHERE removed_at IS NULL" if live and "removed_at" in columns else ""
            values = client.execute_sql(
                f"SELECT {', '.join(columns)} FROM {client.make_qualified_table_name(name)}{where}"
            )
            rows = [dict(zip(columns, row, strict=True)) for row in values or ()]
            found[name] = {tuple(row[c] for c in table.primary_key): row for row in rows}
            assert len(found[name]) == len(rows), f"{name}: a primary key stands twice"
    return found


def differences(
    pipeline: dlt.Pipeline,
    truth: dict[str, list[dict[str, Any]]],
    *,
    volatile: bool = False,
    tables: set[str] | None = None,
    organization_id: str | None = None,
) -> list[str]:
    """What the destination has otherwise than the truth, one line each; empty when equal.

    Templates are kept when no badge holds them any more, so extra templates are no difference.

    Args:
        pipeline: Where the rows were loaded.
        truth: Rows by table name, as the sandbox knows them.
        volatile: Compare the columns that are as of the row's last write, too.
        tables: The tables to compare; all of the truth's unless given.
        organization_id: Whose rows to compare; everybody's unless given.
    """
    found: list[str] = []
    held = tables_of(pipeline, tables or truth)
    if organization_id is not None:
        for name, rows in held.items():
            mine = {k: row for k, row in rows.items() if row["organization_id"] == organization_id}
            held[name] = mine
    for name in sorted(tables or truth):
        table = TABLE_BY_NAME[name]
        expected = {tuple(row[c] for c in table.primary_key): row for row in truth[name]}
        actual = held[name]
        found += [f"{name}: {key} is missing" for key in expected.keys() - actual.keys()]
        extra = actual.keys() - expected.keys()
        if name == "badge_templates":
            extra = set()
        if name == "badge_template_skills":
            visible = {row["id"] for row in truth["badge_templates"]}
            extra = {key for key in extra if key[1] in visible}
        found += [f"{name}: {key} should not be here" for key in extra]
        for key in expected.keys() & actual.keys():
            for column, value in expected[key].items():
                if (name, column) in VOLATILE and not volatile:
                    continue
                if actual[key][column] != value:
                    found.append(
                        f"{name}: {key} {column} is {actual[key][column]!r}, not {value!r}"
                    )
    return found


def counts(pipeline: dlt.Pipeline) -> dict[str, int]:
    """Live rows by table."""
    held = tables_of(pipeline, [table.name for table in DATA_TABLES])
    return {name: len(rows) for name, rows in held.items()}
