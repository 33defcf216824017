"""How many rows the destination has after a run, by table.

What may not be in here: a statement that writes, and SQL that not every warehouse understands.
"""

from dataclasses import dataclass, field

import dlt

from workforce_source.destination import connect
from workforce_source.exceptions import WorkforceError
from workforce_source.tables import EMPLOYEES, TABLES


@dataclass
class RowCounts:
    """The rows of one organization.

    Attributes:
        by_table: Live rows by table.
        other_organizations: Further organizations in the same dataset.
    """

    by_table: dict[str, int] = field(default_factory=dict)
    other_organizations: int = 0


def count_rows(pipeline: dlt.Pipeline, organization_id: str) -> RowCounts | None:
    """Count the rows of an organization; None where they cannot be read.

    Args:
        pipeline: The pipeline that loaded.
        organization_id: Whose rows.
    """
    counts = RowCounts()
    try:
        with connect(pipeline) as connection:
            whose = connection.column("organization_id")
            live = f" AND {connection.column('removed_at')} IS NULL"
            for table in TABLES:
                lives = any(column.name == "removed_at" for column in table.all_columns)
                counts.by_table[table.name] = connection.number(
                    f"SELECT COUNT(*) FROM {connection.table(table.name)} WHERE {whose} = %s"
                    + (live if lives else ""),
                    organization_id,
                )
            counts.other_organizations = connection.number(
                f"SELECT COUNT(DISTINCT {whose}) FROM {connection.table(EMPLOYEES.name)}"
                f" WHERE {whose} <> %s",
                organization_id,
            )
    except WorkforceError:
        return None
    return counts
