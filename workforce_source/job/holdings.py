"""What the destination holds after a run: rows by table.

Reading only, with SQL that every warehouse understands.
"""

from dataclasses import dataclass, field

import dlt

from workforce_source.destination import connected
from workforce_source.exceptions import WorkforceError
from workforce_source.tables import EMPLOYEES, TABLES


@dataclass
class Holdings:
    """What the destination holds of one organization.

    Attributes:
        rows: Live rows by table.
        others: Further organizations in the same dataset.
    """

    rows: dict[str, int] = field(default_factory=dict)
    others: int = 0


def read_holdings(pipeline: dlt.Pipeline, organization_id: str) -> Holdings | None:
    """Get what the destination holds; None where it cannot be read.

    Args:
        pipeline: The pipeline that loaded.
        organization_id: Whose rows.
    """
    found = Holdings()
    try:
        with connected(pipeline) as connection:
            whose = connection.column("organization_id")
            live = f" AND {connection.column('removed_at')} IS NULL"
            for table in TABLES:
                lives = any(column.name == "removed_at" for column in table.all_columns)
                mine = f"{whose} = %s{live if lives else ''}"
                found.rows[table.name] = connection.number(
                    f"SELECT COUNT(*) FROM {connection.table(table.name)} WHERE {mine}",
                    organization_id,
                )
            found.others = connection.number(
                f"SELECT COUNT(DISTINCT {whose}) FROM {connection.table(EMPLOYEES.name)}"
                f" WHERE {whose} <> %s",
                organization_id,
            )
    except WorkforceError:
        return None
    return found
