"""The rooms of the package by the layer they are in; a room imports its own layer and those below.

The picture of docs/architecture.md is drawn of it; a test holds it against every import there is.
"""

from pathlib import Path
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parents[2] / "workforce_source"

LAYERS: Final = (
    (
        "facts",
        (
            "exceptions",
            "exit_codes",
            "endpoints",
            "organizations",
            "origins",
            "hosts",
            "settings",
            "arguments",
            "freshness",
            "small_groups",
            "clock",
        ),
    ),
    (
        "the API, rows, the destination",
        ("throttle", "client", "signals", "tables", "csv_files", "destination"),
    ),
    ("the mirror", ("mirror",)),
    ("what to read and write", ("sync",)),
    ("dlt", ("source", "loading", "roster")),
    ("figures", ("skills", "marts", "report", "dbt_package")),
    ("people", ("forgetting", "job")),
    ("schedulers", ("tasks", "dagster", "airflow", "__main__")),
)
"""From the bottom to the top."""
ASIDE: Final = ("sandbox",)
"""Imports nothing of the package, and only `job` starts it."""
WAY: Final = ("client", "tables", "sync", "mirror", "loading")
"""The rooms a record passes, in order."""
