"""The destinations that are run from the first load to the marts, each as a person would set it up.

What is done with them is in `scenario.py`.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dlt
from dlt.destinations.impl.ducklake.configuration import DuckLakeCredentials


@dataclass(frozen=True)
class Engine:
    """One destination.

    Attributes:
        name: What the page calls it, without a version.
        make: Makes it, given a folder of its own and the address of a PostgreSQL.
        packages: Modules it needs beside those of everybody.
        null_texts: Whether an empty text is NULL there.
        server: Whether the version is PostgreSQL's.
        processes: Whether two processes may write into it at once.
    """

    name: str
    make: Callable[[Path, str], Any]
    packages: tuple[str, ...] = ()
    null_texts: bool = False
    server: bool = False
    processes: bool = True

    @property
    def missing(self) -> tuple[str, ...]:
        """Modules it needs that are not installed."""
        return tuple(name for name in self.packages if importlib.util.find_spec(name) is None)


def _duckdb(folder: Path, _: str) -> Any:
    return dlt.destinations.duckdb(str(folder / "workforce.duckdb"))


def _postgres(_: Path, url: str) -> Any:
    return dlt.destinations.postgres(url)


def _lake(folder: Path, catalog: str) -> Any:
    credentials = DuckLakeCredentials("lake", catalog=catalog, storage=str(folder / "files"))
    # DuckDB would fetch them by itself; here they come from packages
    credentials.extensions = [f"'{_extension('ducklake')}'"]
    for scheme in ("sqlite", "postgres"):
        if catalog.startswith(scheme):
            credentials.extensions.append(f"'{_extension(f'{scheme}_scanner')}'")
    return dlt.destinations.ducklake(credentials)


def _extension(name: str) -> Path:
    package = importlib.import_module(f"duckdb_extension_{name}")
    (file,) = Path(str(package.__file__)).parent.rglob(f"v{version('duckdb')}/*.duckdb_extension")
    return file


def _lake_in_sqlite(folder: Path, _: str) -> Any:
    return _lake(folder, f"sqlite:///{folder / 'catalog.sqlite'}")


def _lake_in_duckdb(folder: Path, _: str) -> Any:
    return _lake(folder, f"duckdb:///{folder / 'catalog.duckdb'}")


def _lake_in_postgres(folder: Path, url: str) -> Any:
    return _lake(folder, url)


ENGINES = (
    Engine("DuckDB", _duckdb, processes=False),
    Engine("PostgreSQL", _postgres, null_texts=True, server=True),
    Engine(
        "DuckLake, catalog in SQLite",
        _lake_in_sqlite,
        ("duckdb_extension_ducklake", "duckdb_extension_sqlite_scanner"),
    ),
    Engine(
        "DuckLake, catalog in a DuckDB file",
        _lake_in_duckdb,
        ("duckdb_extension_ducklake",),
        processes=False,
    ),
    Engine(
        "DuckLake, catalog in PostgreSQL",
        _lake_in_postgres,
        ("duckdb_extension_ducklake", "duckdb_extension_postgres_scanner"),
    ),
)
