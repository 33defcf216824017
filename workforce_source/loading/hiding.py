"""Values of columns that are left out from now on, taken out of the rows that are there already.

A run writes only rows that changed, so a value that was loaded before `exclude_columns` named its
column would stay for as long as its row does.

What may not be in here: which columns there are, and rows that are read.
"""

from collections.abc import Collection

from dlt.destinations.exceptions import DatabaseUndefinedRelation

from workforce_source import tables as t
from workforce_source.destination import Connection
from workforce_source.tables.history import VERSIONS, told


def hide_columns(connection: Connection, organization_id: str, excluded: Collection[str]) -> None:
    """Set the columns to null in every row of an organization, removed ones too.

    Args:
        connection: To the dataset.
        organization_id: The organization.
        excluded: `table.column` names.
    """
    by_table: dict[str, list[str]] = {}
    for name in sorted(excluded):
        table, _, column = name.partition(".")
        by_table.setdefault(table, []).append(column)
    # the versions of a row, which stay when `history` is switched off
    for name in [*by_table]:
        versions = VERSIONS.get(name)
        kept = [one for one in by_table[name] if versions and one in told(versions)]
        if versions and kept:
            by_table[versions.name] = kept
    with connection.open():
        for name, columns in by_table.items():
            held = " OR ".join(f"{connection.column(one)} IS NOT NULL" for one in columns)
            # the fingerprint is of the values, too; without one a row is written anew when read
            known = t.TABLE_BY_NAME.get(name)
            if known is not None and not set(columns).isdisjoint(known.hashed):
                columns.append("row_hash")
            nothing = ", ".join(f"{connection.column(one)} = NULL" for one in columns)
            mine = f"{connection.column('organization_id')} = %s"
            try:
                connection.execute(
                    f"UPDATE {connection.table(name)} SET {nothing} WHERE {mine} AND ({held})",
                    organization_id,
                )
            except DatabaseUndefinedRelation:
                continue  # nothing was loaded yet
