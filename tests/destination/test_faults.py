"""Which faults of a destination are repeated: those that pass, and never a row it refuses."""

from pathlib import Path

import dlt
import pytest
from dlt.destinations.exceptions import DatabaseException

from tests.tools.timekeeping import Waits
from workforce_source.destination import Connection, connect, retry
from workforce_source.destination.faults import PAUSES


def pipeline(folder: Path) -> dlt.Pipeline:
    """A pipeline into a DuckDB file with one table."""
    made = dlt.pipeline(
        "faults",
        destination=dlt.destinations.duckdb(str(folder / "w.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(folder),
    )
    with made.sql_client() as client:
        client.create_dataset()
    with made.sql_client() as client:
        client.execute_sql("CREATE TABLE once (id INTEGER UNIQUE)")
    return made


def fails(connection: Connection, *statements: str) -> int:
    """How often statements were tried that fail each time."""
    waits, tried = Waits(), []

    def do() -> None:
        tried.append(1)
        for statement in statements:
            connection.client.execute_sql(statement)

    with pytest.raises(DatabaseException):
        retry(do, waits.clock())
    assert waits.waited == list(PAUSES[: len(tried) - 1])
    return len(tried)


def test_only_what_passes_is_repeated(tmp_path: Path) -> None:
    """A table another run has made may be found made; a row that is refused stays refused."""
    with connect(pipeline(tmp_path)) as connection:
        assert fails(connection, "CREATE TABLE once (id INTEGER)") == 1 + len(PAUSES)
        assert fails(connection, "INSERT INTO once VALUES (1), (1)") == 1
        assert fails(connection, "SELECT nothing FROM once") == 1


def test_what_has_passed_goes_on(tmp_path: Path) -> None:
    """The second time there is nothing in the way."""
    waits = Waits()
    with connect(pipeline(tmp_path)) as connection:
        waits.on_wait = lambda: connection.execute("DROP TABLE once")
        retry(lambda: connection.execute("CREATE TABLE once (id INTEGER)"), waits.clock())
        assert connection.number("SELECT COUNT(*) FROM once") == 0
    assert waits.waited == [PAUSES[0]]
