"""Rows of people taken out of a dataset: of each table that has a person's key, whichever it is.

What may not be in here: who the people are, and files.
"""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Final

from dlt.destinations.exceptions import DatabaseUndefinedRelation

from workforce_source import tables as t
from workforce_source.destination import Connection
from workforce_source.mirror import Memory
from workforce_source.mirror.queries import chunks
from workforce_source.sync.suppression import Known, Suppression

_AT_ONCE: Final = 500


def erase_people(connection: Connection, organization_id: str, known: Known) -> Counter[str]:
    """Remove all rows about people, and what rows of others say of them as managers.

    The list of employees comes last: it is where somebody is found by another key.

    Args:
        connection: To the dataset, open.
        organization_id: The organization; rows of others stay.
        known: Who they are.

    Returns:
        Rows removed, and rows in which a manager was, by table.
    """
    removed: Counter[str] = Counter()
    for table in t.kept_tables():
        removed[f"{table.name} (as a manager)"] += _clear_manager(
            connection, organization_id, table, known
        )
    for name, column in tables_of_people():
        removed[name] += delete_rows(
            connection, connection.table(name), organization_id, column, known.ids
        )
    return +removed


def tables_of_people() -> Iterator[tuple[str, str]]:
    """Get each table with rows about people, and its column with their ids; the list's own last."""
    yield from ((one.name, one.person) for one in t.kept_tables() if one.person is not None)


def ids_in(to: Connection, table: str, organization_id: str, column: str) -> set[str]:
    """Get the ids of the people a table has rows about; nobody's where there is no table.

    Args:
        to: The dataset, open.
        table: The table, as it stands in a statement.
        organization_id: The organization.
        column: The column with the ids.
    """
    query = (
        f"SELECT DISTINCT {to.column(column)} FROM {table}"  # noqa: S608 # our own names
        f" WHERE {to.column('organization_id')} = %s AND {to.column(column)} IS NOT NULL"
    )
    try:
        return {one for (one,) in to.rows(query, organization_id)}
    except DatabaseUndefinedRelation:
        return set()


def delete_rows(
    to: Connection, table: str, organization_id: str, column: str, ids: Collection[str]
) -> int:
    """Remove the rows of an organization's people; get how many; 0 where there is no table.

    Args:
        to: The dataset, open.
        table: The table, as it stands in a statement.
        organization_id: The organization.
        column: The column with the ids.
        ids: The people.
    """
    count = 0
    for part in chunks(sorted(ids), _AT_ONCE):
        which = (
            f" FROM {table} WHERE {to.column('organization_id')} = %s"
            f" AND {to.column(column)} IN ({', '.join(['%s'] * len(part))})"
        )
        try:
            found = to.number(f"SELECT COUNT(*){which}", organization_id, *part)
            if found:
                to.execute(f"DELETE{which}", organization_id, *part)
        except DatabaseUndefinedRelation:
            return 0
        count += found
    return count


def finish_forgetting(
    connection: Connection, organization_id: str, memory: Memory, suppression: Suppression
) -> bool:
    """Remove what a command that was stopped left of people, before anything is compared with it.

    Args:
        connection: To the dataset, closed.
        organization_id: The organization.
        memory: What the dataset holds.
        suppression: Who is forgotten.

    Returns:
        Whether there was anything.
    """
    if not suppression:
        return False
    ids = {i for i in memory.people() if suppression.covers({"id": i})}
    if ids:
        with connection.open():
            nothing = frozenset[str]()
            known = Known(frozenset(ids), nothing, nothing, frozenset())
            erase_people(connection, organization_id, known)
    return bool(ids)


def _clear_manager(to: Connection, organization_id: str, table: t.Kept, known: Known) -> int:
    if not table.columns.issuperset(t.MANAGER):
        return 0
    external_id, first, last = map(to.column, t.MANAGER)
    conditions = [f"{external_id} = %s" for _ in known.external_ids]
    values = sorted(known.external_ids)
    for one, other in sorted(known.names):
        conditions.append(f"(COALESCE({external_id}, '') = '' AND {first} = %s AND {last} = %s)")
        values += [one, other]
    if not conditions:
        return 0
    cleared = [*t.MANAGER, *table.columns.intersection({"row_hash"})]
    name = to.table(table.name)
    which = f"{to.column('organization_id')} = %s AND ({' OR '.join(conditions)})"
    count = f"SELECT COUNT(*) FROM {name} WHERE {which}"  # noqa: S608 # our own names
    nothing = ", ".join(f"{to.column(one)} = NULL" for one in cleared)
    try:
        found = to.number(count, organization_id, *values)
        if found:
            to.execute(
                f"UPDATE {name} SET {nothing} WHERE {which}",  # noqa: S608 # our own names
                organization_id,
                *values,
            )
    except DatabaseUndefinedRelation:
        return 0
    return found
