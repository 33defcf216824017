"""What a loader left in DuckDB beside the sandbox's truth: every row, every column it carries.

Rows are compared as the multiset of their fingerprints, so that a hundred thousand employees need
no more memory here than five thousand. How a loader's tables map to the truth is in `queries.py`.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import duckdb

from workforce_source.sandbox.truth import DATES, TIMESTAMPS

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CHUNK = 10_000  # rows fetched at once
Fingerprints = Counter[int]


class TruthTeller(Protocol):
    """What knows the truth: a sandbox, here or in another process."""

    def truth_rows(self, table: str) -> Iterable[dict[str, Any]]:
        """Get the rows of one table."""


@dataclass(frozen=True)
class Check:
    """One table beside the truth.

    Attributes:
        table: Its name.
        rows: Rows the loader has.
        missing: Rows of the truth it does not have, or has otherwise.
        unexpected: Rows it has and the truth has not.
    """

    table: str
    rows: int
    missing: int
    unexpected: int

    @property
    def equal(self) -> bool:
        """Whether the loader has exactly the rows of the truth."""
        return not (self.missing or self.unexpected)


class Truth:
    """The truth of a sandbox while it stands still.

    Args:
        sandbox: Where the truth is asked for, once a table and choice of columns.
    """

    def __init__(self, sandbox: TruthTeller) -> None:
        self._sandbox = sandbox
        self._known: dict[tuple[str, ...], Fingerprints] = {}

    def compare(self, database: str, queries: Mapping[str, str]) -> list[Check]:
        """Compare what queries find in a DuckDB file.

        Args:
            database: The file.
            queries: A SELECT by table of the truth; the columns it names are compared.
        """
        with duckdb.connect(database, read_only=True) as connection:
            return [self._check(connection, *named) for named in queries.items()]

    def _check(self, connection: duckdb.DuckDBPyConnection, table: str, query: str) -> Check:
        columns = tuple(row[0] for row in connection.execute(f"DESCRIBE {query}").fetchall())
        selected = ", ".join(map(_comparable, columns))
        cursor = connection.execute(f"SELECT {selected} FROM ({query})")
        found = Fingerprints()
        while chunk := cursor.fetchmany(_CHUNK):
            found.update(map(hash, chunk))
        expected = self._expected(table, columns)
        return Check(table, found.total(), (expected - found).total(), (found - expected).total())

    def _expected(self, table: str, columns: tuple[str, ...]) -> Fingerprints:
        name = (table, *columns)
        if name not in self._known:
            rows = self._sandbox.truth_rows(table)
            self._known[name] = Fingerprints(
                hash(tuple(_plain(row[column]) for column in columns)) for row in rows
            )
        return self._known[name]


def _comparable(column: str) -> str:
    if column in TIMESTAMPS:
        return f"epoch_us({column})"
    return f"CAST({column} AS VARCHAR)" if column in DATES else column


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return (value - _EPOCH) // _MICROSECOND
    return value.isoformat() if isinstance(value, date) else value
