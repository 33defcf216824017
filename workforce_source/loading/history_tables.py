"""The tables of versions, made equal to the mirror and pruned by SQL beside dlt.

Each statement may be repeated: a version is ended where the row is otherwise by now, and begun
where there is none. What may not be in here: when that is done, and for which run.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from datetime import datetime
from typing import Any, Final

from dlt.destinations.exceptions import DatabaseUndefinedRelation

from workforce_source import tables as t
from workforce_source.destination import Connection
from workforce_source.loading.own_table import OwnTable
from workforce_source.mirror.queries import in_utc
from workforce_source.tables import Table
from workforce_source.tables.history import (
    COMPARED_AS_NULLS,
    OBSERVATION_COLUMNS,
    OBSERVATIONS,
    VALID_FROM,
    VALID_TO,
    VERSIONS,
    row_key,
    told,
)

_TABLES: Final[dict[str, dict[str, Any]]] = {
    OBSERVATIONS: {name: kind for name, (kind, _) in OBSERVATION_COLUMNS.items()},
    **{v.name: {c.name: c.type for c in v.all_columns} for v in VERSIONS.values()},
}
"""Types by column, by table."""
_OF_NOW: Final = "present_"
"""Goes before columns of a table within, so that a bare name is one of the table around it."""


class HistoryTables:
    """The versions of the rows of one organization.

    Args:
        to: The dataset; each method is called while it is open.
        organization_id: The organization.
    """

    def __init__(self, to: Connection, organization_id: str) -> None:
        self._to, self._whose = to, organization_id

    def observations(self) -> list[tuple[datetime, bool]] | None:
        """Get when runs began that kept history, and whether they ended; None without tables."""
        to = self._to
        at, complete = map(to.column, ("observed_at", "complete"))
        found = to.rows(
            f"SELECT {at}, {complete} FROM {to.table(OBSERVATIONS)} WHERE {self._mine()}"
            f" ORDER BY {at}",
            self._whose,
        )
        try:
            return [(in_utc(moment), bool(done)) for moment, done in found]
        except DatabaseUndefinedRelation:
            return None

    def make(self) -> None:
        """Make the tables, or columns of theirs, that are not there."""
        for name, columns in _TABLES.items():
            table = OwnTable(self._to, name, columns)
            try:
                table.complete()
            except DatabaseUndefinedRelation:
                table.create()

    def newest(self) -> datetime | None:
        """Get the newest time in the tables of versions, where nothing says when runs began."""
        times: list[datetime] = []
        for versions in VERSIONS.values():
            for column in (VALID_FROM, VALID_TO):
                found = self._to.rows(
                    f"SELECT MAX({self._to.column(column.name)})"
                    f" FROM {self._to.table(versions.name)} WHERE {self._mine()}",
                    self._whose,
                )
                times += [in_utc(value) for (value,) in found if value is not None]
        return max(times, default=None)

    def note(self, at: datetime, *, complete: bool) -> None:
        """Write down that a run began, in the place of what is known of that time."""
        table = OwnTable(self._to, OBSERVATIONS, _TABLES[OBSERVATIONS])
        self.forget(at)
        table.insert(organization_id=self._whose, observed_at=at, complete=complete)

    def forget(self, *moments: datetime) -> None:
        """Forget runs that began at some times."""
        at = self._to.column("observed_at")
        for moment in moments:
            self._delete(OBSERVATIONS, f"{at} = %s", moment)

    def forget_earlier(self, at: datetime, since: datetime) -> None:
        """Forget runs that ended and began between two times: the last of a day tells of it."""
        when, complete = map(self._to.column, ("observed_at", "complete"))
        condition = f"{when} >= %s AND {when} < %s AND {complete} = %s"
        self._delete(OBSERVATIONS, condition, since, at, True)

    def take_over(self, at: datetime, look: Callable[[Any], object]) -> None:
        """End the versions of rows that are otherwise or gone by now, and begin those of now.

        Args:
            at: When the run began that saw them so.
            look: Makes sure that this run may write, by the client it is given.
        """
        for name, versions in VERSIONS.items():
            table = t.TABLE_BY_NAME[name]
            with suppress(DatabaseUndefinedRelation), self._transaction():  # it was never loaded
                look(self._to.client)
                for statement in (self._end(table, versions), self._begin(table, versions)):
                    self._to.execute(statement, at, self._whose, self._whose)

    def prune(self, before: datetime) -> None:
        """Remove versions that ended before a time, and what is known of runs before it."""
        for versions in VERSIONS.values():
            self._delete(versions.name, f"{self._to.column(VALID_TO.name)} < %s", before)
        self._delete(OBSERVATIONS, f"{self._to.column('observed_at')} < %s", before)

    def _transaction(self) -> AbstractContextManager[Any]:
        client: Any = self._to.client
        whole = client.capabilities.supports_ddl_transactions
        return client.begin_transaction() if whole else nullcontext()

    def _end(self, table: Table, versions: Table) -> str:
        to, keys, values = self._to, row_key(versions), told(versions)
        same = [f"{self._of_now(name)} = {to.column(name)}" for name in keys]
        same += map(self._same, values)
        present = ", ".join(f"{to.column(n)} AS {self._of_now(n)}" for n in (*keys, *values))
        end = to.column(VALID_TO.name)
        return (
            f"UPDATE {to.table(versions.name)} SET {end} = %s WHERE {self._mine()}"
            f" AND {end} IS NULL AND NOT EXISTS (SELECT 1 FROM (SELECT {present}"
            f" FROM {to.table(table.name)} WHERE {self._live()}) AS present"
            f" WHERE {' AND '.join(same)})"
        )

    def _begin(self, table: Table, versions: Table) -> str:
        to, keys = self._to, row_key(versions)
        names = to.columns((*keys, *told(versions)))
        newest = to.column("attempted_at" if table is t.BADGE_READS else "changed_at")
        number, end = to.column("version_number"), to.column(VALID_TO.name)
        same = " AND ".join(f"{self._of_now(name)} = {to.column(name)}" for name in keys)
        there = ", ".join(f"{to.column(name)} AS {self._of_now(name)}" for name in keys)
        # a key that stands twice, which the next run mends, is one row
        return (
            f"INSERT INTO {to.table(versions.name)} ({names}, {to.column(VALID_FROM.name)})"
            f" SELECT {names}, %s FROM (SELECT {names}, ROW_NUMBER() OVER (PARTITION BY"
            f" {to.columns(keys)} ORDER BY {newest} DESC) AS {number}"
            f" FROM {to.table(table.name)} WHERE {self._live()}) AS present"
            f" WHERE {number} = 1 AND NOT EXISTS (SELECT 1 FROM (SELECT {there}"
            f" FROM {to.table(versions.name)} WHERE {self._mine()} AND {end} IS NULL) AS versions"
            f" WHERE {same})"
        )

    def _same(self, name: str) -> str:
        one, other = self._of_now(name), self._to.column(name)
        neither = f"{one} IS NULL AND {other} IS NULL"
        both = f"{one} = {other}"
        if name in COMPARED_AS_NULLS:
            both = f"{one} IS NOT NULL AND {other} IS NOT NULL"
        return f"({both} OR {neither})"

    def _of_now(self, name: str) -> str:
        return self._to.column(f"{_OF_NOW}{name}")

    def _mine(self) -> str:
        return f"{self._to.column('organization_id')} = %s"

    def _live(self) -> str:
        return f"{self._mine()} AND {self._to.column('removed_at')} IS NULL"

    def _delete(self, name: str, condition: str, *parameters: Any) -> None:
        self._to.execute(
            f"DELETE FROM {self._to.table(name)} WHERE {self._mine()} AND {condition}",
            self._whose,
            *parameters,
        )
