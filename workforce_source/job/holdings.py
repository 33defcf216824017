"""What the destination holds after a run: rows by table.

Reading only, with SQL that every warehouse understands.
"""

import re
from dataclasses import dataclass, field
from typing import Any

import dlt
from dlt.common.exceptions import DltException
from dlt.destinations.sql_client import SqlClientBase

from workforce_source.settings import SECTION
from workforce_source.tables import TABLES

_COUNT = "SELECT COUNT(*) FROM <table> WHERE [organization_id] = %s"

_OTHERS = "SELECT COUNT(DISTINCT [organization_id]) FROM <employees> WHERE [organization_id] <> %s"


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
        with pipeline.sql_client(SECTION) as client:
            asking = _Asking(pipeline, client)
            for table in TABLES:
                live = any(column.name == "removed_at" for column in table.all_columns)
                where = " AND [removed_at] IS NULL" if live else ""
                found.rows[table.name] = asking.number(
                    _COUNT.replace("<table>", f"<{table.name}>") + where, organization_id
                )
            found.others = asking.number(_OTHERS, organization_id)
    except DltException:
        return None
    return found


class _Asking:
    """Queries with `<table>` and `[column]` in them, as the destination names both."""

    def __init__(self, pipeline: dlt.Pipeline, client: SqlClientBase[Any]) -> None:
        self._client = client
        self._naming = pipeline.schemas[SECTION].naming

    def number(self, query: str, *arguments: Any) -> int:
        """Get the one number an answer is."""
        query = re.sub(r"<(\w+)>", lambda found: self._table(found[1]), query)
        query = re.sub(r"\[(\w+)\]", lambda found: self._column(found[1]), query)
        with self._client.execute_query(query, *arguments) as cursor:
            return int(cursor.fetchmany(1)[0][0])

    def _table(self, name: str) -> str:
        return self._client.make_qualified_table_name(self._naming.normalize_table_identifier(name))

    def _column(self, name: str) -> str:
        return self._client.escape_column_name(self._naming.normalize_identifier(name))
