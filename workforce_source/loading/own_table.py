"""A table of ours in a dataset that dlt knows nothing of: its definition, made when it is missing.

Written by SQL beside dlt, so that a run may write a row of it without a load package. What may not
be in here: what such a table is for.
"""

from collections.abc import Mapping
from typing import Any

from dlt.destinations.exceptions import DatabaseUndefinedRelation

from workforce_source.destination import Connection


def create(to: Connection, name: str, columns: Mapping[str, Any]) -> None:
    """Make a table unless it is there.

    Args:
        to: The dataset, open.
        name: The table.
        columns: dlt's data types by name.
    """
    types = to.client.capabilities.get_type_mapper()
    defined = ", ".join(
        f"{to.column(column)} "
        + types.to_destination_type({"name": column, "data_type": kind}, {"name": name})
        for column, kind in columns.items()
    )
    to.execute(f"CREATE TABLE IF NOT EXISTS {to.table(name)} ({defined})")


def complete(to: Connection, name: str, columns: Mapping[str, Any]) -> bool:
    """Add the columns that a table of an earlier release lacks; get whether there were any.

    Args:
        to: The dataset, open.
        name: The table, which is there.
        columns: dlt's data types by name.
    """
    types = to.client.capabilities.get_type_mapper()
    lacking = to.lacking(name, columns)
    for column in lacking:
        kind = types.to_destination_type(
            {"name": column, "data_type": columns[column]}, {"name": name}
        )
        to.execute(f"ALTER TABLE {to.table(name)} ADD COLUMN {to.column(column)} {kind}")
    return bool(lacking)


def insert(to: Connection, name: str, columns: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Write a row, into a table made for it where there is none; get whether it had to be made.

    Args:
        to: The dataset, open.
        name: The table.
        columns: dlt's data types by name.
        row: Values of some of the columns, by name.
    """
    statement = (
        f"INSERT INTO {to.table(name)} ({to.columns(row)}) VALUES ({', '.join(['%s'] * len(row))})"
    )
    try:
        to.execute(statement, *row.values())
    except DatabaseUndefinedRelation:
        create(to, name, columns)
        to.execute(statement, *row.values())
        return True
    return False
