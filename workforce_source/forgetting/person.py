"""Who is meant by a key, and what a dataset knows of them. Only reading."""

from collections.abc import Iterator
from functools import partial
from typing import Final

from dlt.destinations.exceptions import DatabaseException, DatabaseUndefinedRelation

from workforce_source import tables as t
from workforce_source.destination import Connection
from workforce_source.exceptions import ConfigError
from workforce_source.sync.suppression import Known
from workforce_source.tables import Secret

_NAMED: Final = ("first_name", "last_name")


def find_person(connection: Connection, organization_id: str, key: str, secret: Secret) -> Known:
    """Get what the dataset knows of the one person a key leads to.

    Args:
        connection: To the dataset, open.
        organization_id: The organization.
        key: An id, an external id or an e-mail.
        secret: The key of pseudonyms, which may be all there is of external ids and e-mails.

    Returns:
        What is known; where nobody is, the key by itself.

    Raises:
        ConfigError: The key leads to several people.
    """
    ids = {i for i, *_ in _matching(connection, organization_id, key, secret)}
    if key in ids:  # the id itself says more than what may be another's external id
        ids = {key}
    if len(ids) > 1:
        raise ConfigError(
            f"The key leads to {len(ids)} people, now or in earlier versions. Nothing was removed:"
            " give the id of the one who is meant (`employees.id`)."
        )
    known: dict[str, set[str]] = {"external_id": set(), "email": set()}
    names: set[tuple[str, str]] = set()
    if not ids:
        # whoever it is, or was: the key is all there is
        known["email" if "@" in key else "external_id"].add(key)
        ids = {key}
    for table in t.kept_tables():
        named = table.columns.issuperset(_NAMED)
        wanted = [*table.identifiers, *(_NAMED if named else ())]
        if table.person is None or not wanted:
            continue
        for values in _rows(connection, organization_id, table, wanted, table.person, sorted(ids)):
            row = dict(zip(wanted, values, strict=True))
            for column, kind in table.identifiers.items():
                if row[column]:
                    known[kind].add(row[column])
            if named and (row["first_name"] or row["last_name"]):
                names.add((row["first_name"] or "", row["last_name"] or ""))
    return Known(
        frozenset(ids),
        frozenset(known["external_id"]),
        frozenset(known["email"]),
        frozenset(names),
    )


def _matching(
    to: Connection, organization_id: str, key: str, secret: Secret
) -> Iterator[tuple[str, ...]]:
    for table in t.kept_tables():
        if table.person is None:
            continue
        find = partial(_rows, to, organization_id, table, [table.person])
        yield from find(table.person, [key])
        for column, kind in table.identifiers.items():
            yield from find(column, [key, secret.pseudonym(kind, key)], folded=kind == "email")


def _rows(
    to: Connection,
    organization_id: str,
    table: t.Kept,
    columns: list[str],
    where: str,
    values: list[str],
    *,
    folded: bool = False,
) -> Iterator[tuple[str, ...]]:
    name = to.column(where)
    marks = ", ".join(["%s"] * len(values))
    condition = f"{name} IN ({marks})"
    if folded:
        condition = f"(LOWER({name}) IN ({marks}) OR {condition})"
        values = [*(one.lower() for one in values), *values]
    try:
        yield from to.rows(
            f"SELECT DISTINCT {to.columns(columns)} FROM {to.table(table.name)}"  # noqa: S608
            f" WHERE {to.column('organization_id')} = %s AND {condition}",
            organization_id,
            *values,
        )
    except DatabaseUndefinedRelation:
        return
    except DatabaseException:
        if to.lacking(table.name, [where, *columns]):
            return  # an earlier release made it
        raise
