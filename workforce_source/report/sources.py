"""Where marts are read: a pipeline's destination, or a published file.

Opening and asking only; what is asked is in `reading.py`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import dlt
import duckdb

from workforce_source.exceptions import ConfigError, DestinationError
from workforce_source.marts.dialect import Dialect
from workforce_source.marts.warehouse import SUFFIX, open_warehouse
from workforce_source.report.reading import Ask, statements, utc

_LOADED: Final = "select max(inserted_at) from raw._dlt_loads where status = 0"


@contextmanager
def reading_pipeline(pipeline: dlt.Pipeline) -> Iterator[tuple[Ask, datetime | None]]:
    """Get what answers from a pipeline's destination, and when the last load ended.

    Raises:
        ConfigError: The marts are not built, or the destination has no SQL.
        DestinationError: The destination refused.
    """
    with open_warehouse(pipeline) as warehouse:
        warehouse.require("marts", *statements())

        def ask(sql: str) -> Sequence[tuple[Any, ...]]:
            return warehouse.fetch(sql, date.min)

        loads = "_dlt_loads" in warehouse.relations("raw")
        yield ask, utc(ask(_LOADED)[0][0]) if loads else None


@contextmanager
def reading_file(path: Path) -> Iterator[tuple[Ask, datetime | None]]:
    """Get what answers from a published file; it does not say when the last load ended.

    Raises:
        ConfigError: There is no such file, it is no DuckDB file, or it has no marts.
        DestinationError: DuckDB refused.
    """
    if not path.is_file():
        raise ConfigError(
            f"There is no file {path.name}. The main job writes one with --publish {path.name}."
        )
    try:
        with duckdb.connect(str(path), read_only=True) as connection:
            found = connection.execute(
                "SELECT DISTINCT table_schema FROM information_schema.tables"
                " WHERE table_name = 'mart_skill_gap' ORDER BY 1"
            ).fetchall()
            schemas = [name for (name,) in found if name.endswith(SUFFIX)]
            if len(schemas) != 1:
                raise ConfigError(
                    f"{path.name} has {'no' if not schemas else 'more than one schema of'} marts."
                    " Give a file the main job wrote with --publish."
                )
            connection.execute("SET TimeZone = 'UTC'")
            dialect = Dialect("duckdb", lambda _, table: [schemas[0], table])

            def ask(sql: str) -> Sequence[tuple[Any, ...]]:
                text = dialect.text(dialect.select(sql, date.min))
                return connection.execute(text).fetchall()

            yield ask, None
    except duckdb.BinderException as missing:
        raise ConfigError(
            f"{path.name} lacks a column the report needs. Names are in a file that was published"
            " with people only (--publish-people); all else is in one that this version published."
        ) from missing
    except duckdb.Error as error:
        raise DestinationError(
            f"{path.name} cannot be read ({type(error).__name__}). Is it a DuckDB file that no"
            " other program has open for writing?"
        ) from error
