"""Values that are hidden from now on, taken out of the rows that are there already.

A run writes only rows that changed, so a value that was loaded before `exclude_columns` or
`pseudonymize` named its column would stay for as long as its row does.

What may not be in here: which columns there are, and rows that are read.
"""

from dlt.destinations.exceptions import DatabaseUndefinedRelation

from workforce_source import tables as t
from workforce_source.destination import Connection
from workforce_source.mirror.queries import chunks
from workforce_source.tables import PREFIX, Hidden, Kept

_AT_ONCE = 200
"""Values a statement puts pseudonyms in the place of."""


def hide_columns(connection: Connection, organization_id: str, hidden: Hidden) -> None:
    """Hide what is in every row of an organization, in removed ones and earlier versions, too.

    Args:
        connection: To the dataset, closed.
        organization_id: The organization.
        hidden: What is hidden.
    """
    if not hidden.names:
        return
    with connection.open():
        for table in t.kept_tables():
            try:
                _leave_out(connection, organization_id, table, hidden)
                for column in table.columns.intersection(hidden.replaced_in(table.name)):
                    _replace(connection, organization_id, table, column, hidden)
            except DatabaseUndefinedRelation:
                continue  # nothing was loaded yet


def _leave_out(to: Connection, organization_id: str, table: Kept, hidden: Hidden) -> None:
    names = sorted(hidden.left_out_of(table.name) & table.columns)
    if not names:
        return
    held = " OR ".join(f"{to.column(one)} IS NOT NULL" for one in names)
    nothing = ", ".join(f"{to.column(one)} = NULL" for one in _with_hash(table, names))
    to.execute(
        f"UPDATE {to.table(table.name)} SET {nothing}"
        f" WHERE {to.column('organization_id')} = %s AND ({held})",
        organization_id,
    )


def _replace(
    to: Connection, organization_id: str, table: Kept, column: str, hidden: Hidden
) -> None:
    make, name = hidden.replaced_in(table.name)[column], to.column(column)
    mine = f"{to.column('organization_id')} = %s AND {name}"
    values = to.rows(
        f"SELECT DISTINCT {name} FROM {to.table(table.name)}"
        f" WHERE {mine} <> '' AND {name} NOT LIKE '{PREFIX}%%'",
        organization_id,
    )
    rest = [one for one in _with_hash(table, [column]) if one != column]
    nothing = "".join(f", {to.column(one)} = NULL" for one in rest)
    for part in chunks([value for (value,) in values], _AT_ONCE):
        cases = " WHEN %s THEN %s" * len(part)
        pairs = [text for value in part for text in (value, make(value))]
        to.execute(
            f"UPDATE {to.table(table.name)} SET {name} = CASE {name}{cases} ELSE {name} END"
            f"{nothing} WHERE {mine} IN ({', '.join(['%s'] * len(part))})",
            *pairs,
            organization_id,
            *part,
        )


def _with_hash(table: Kept, columns: list[str]) -> list[str]:
    # the fingerprint is of the values, too; without one a row is written anew when it is read
    own = t.TABLE_BY_NAME.get(table.name)
    hashed = own is not None and not set(columns).isdisjoint(own.hashed)
    return [*columns, "row_hash"] if hashed and "row_hash" in table.columns else columns
