"""What is known of each kind of destination: loaded into by the tests, refused, or untried.

The one place for it; `docs/destinations.md` is held against it. Nothing is asked of a destination.
"""

import logging
from collections.abc import Mapping
from typing import Any, Final

from workforce_source.exceptions import ConfigError

logger = logging.getLogger(__name__)

EXECUTED: Final = ("duckdb", "ducklake", "postgres")
"""Kinds the tests load into, as dlt names them."""
REFUSED: Final[Mapping[str, str]] = {
    "athena": "it changes rows of Iceberg tables only, and dlt makes others unless told",
    "clickhouse": "its times end before 9999-12-31, which may stand in a badge that never ends",
    "dummy": "it keeps nothing",
    "filesystem": (
        "nothing there keeps two runs apart: neither files nor Delta or Iceberg tables have the"
        " statements a lease is taken by, and plain files keep rows that changed or are gone"
    ),
    "sqlalchemy": (
        "in SQLite every second load fails, and MySQL and MariaDB take two skills that differ in"
        " case only for one and lose the rows of the other"
    ),
}
"""Kinds that cannot be loaded right, and why."""
_INSTEAD: Final = (
    "Choose a destination that was tried, such as duckdb or postgres; docs/destinations.md has all."
)


def require_usable(destination: Any) -> None:
    """Make sure that a destination is none that is known to lose or double rows.

    Args:
        destination: dlt's destination of a pipeline.

    Raises:
        ConfigError: It cannot be loaded; the message says why and what to do.
    """
    name, kind = destination.destination_name, kind_of(destination)
    called = f"The destination {name}" + (f" ({kind})" if name != kind else "")
    if why := REFUSED.get(kind):
        raise ConfigError(f"{called} cannot be loaded: {why}. {_INSTEAD}")
    if "delete-insert" not in (destination.capabilities().supported_merge_strategies or ()):
        raise ConfigError(
            f"{called} cannot be loaded: rows that changed or are gone must be replaced in it, by"
            f" SQL. {_INSTEAD}"
        )


def untried(destination: Any) -> str | None:
    """Get what to say of a destination no test loads into; None for the others."""
    kind = kind_of(destination)
    if kind in EXECUTED:
        return None
    return (
        f"No test of ours loads into {kind}: that it can be loaded right is what dlt says of it."
        " Try it with --check --load-test of the main job, which compares every row."
    )


def tell_untried(destination: Any) -> None:
    """Log a warning where no test loads into a destination."""
    if said := untried(destination):
        logger.warning("%s", said)


def kind_of(destination: Any) -> str:
    """Get the kind of a destination, or of its configuration, as dlt names it."""
    kind: str = destination.destination_type
    return kind.rpartition(".")[2]
