"""The tables of versions: what is kept of each row that the mirror held, and since when until when.

Facts only, made from `definitions`; who writes them, and when, is in `loading`.
"""

from typing import Final

from workforce_source.tables.definitions import (
    BADGE_READS,
    DATA_TABLES,
    EMPLOYEE_PROFILES,
    VERSION_SUFFIX,
)
from workforce_source.tables.shape import ORGANIZATION_ID, Column, Reference, Table

VALID_FROM: Final = Column("valid_from", "timestamp", "When the run began that first saw it so.")
VALID_TO: Final = Column(
    "valid_to",
    "timestamp",
    "When the run began that first saw it otherwise, or gone; null of what is there.",
)
_EXTRA: Final = Column("extra", "text", "Attributes the API page does not name, as JSON text.")
_KNOWN: Final = (
    Column("read_status", "text", "`waiting`, `read`, `held` or `unreadable`."),
    Column(
        "badges_read_at",
        "timestamp",
        "The last good read when the version began; null where there was none.",
    ),
)
"""Columns of `badge_reads` that say of an employee whether anything is known of their badges."""
COMPARED_AS_NULLS: Final = frozenset({"badges_read_at"})
"""Columns of which only that they become null, or are null no more, makes a version."""
OBSERVATIONS: Final = "history_observations"
OBSERVATION_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "organization_id": ("text", "The organization."),
    "observed_at": ("timestamp", "When the run began; `valid_from` of what it saw first."),
    "complete": ("bool", "Whether the run ended, and all it saw is in the tables of versions."),
}
"""Type and meaning of each column, by its name."""


def _versions(table: Table) -> Table:
    """Get the table of versions of a table."""
    keys = tuple(column for column in table.columns if column.name in table.key)
    kept: tuple[Column, ...] = _KNOWN
    if table is not BADGE_READS:
        lasting = (c for c in table.columns if not (c.volatile or c.quiet or c.name in table.key))
        kept = (*lasting, _EXTRA)
    return Table(
        name=table.name + VERSION_SUFFIX,
        grain=f"one version of a row of `{table.name}`, as long as it was seen unchanged",
        resource=table.resource,
        key=(*table.key, VALID_FROM.name),
        columns=(*keys, *kept, VALID_FROM, VALID_TO),
        references=(Reference(table.primary_key, table.name, table.primary_key),),
        bookkeeping=True,
    )


VERSIONS: Final = {
    table.name: _versions(table)
    for table in (*DATA_TABLES, BADGE_READS)
    if table is not EMPLOYEE_PROFILES
}
"""The table of versions by the name of the table: of all the marts read, and of lists to come."""


def row_key(versions: Table) -> tuple[str, ...]:
    """Get the columns that name the row a version is of."""
    return (ORGANIZATION_ID.name, *versions.key[:-1])


def told(versions: Table) -> tuple[str, ...]:
    """Get the columns whose values a version has beside its key."""
    names = (column.name for column in versions.columns)
    return tuple(name for name in names if name not in (*versions.key, VALID_TO.name))
