"""What the destination holds after a run: rows by table, and the skills held most.

Reading only, with SQL that every warehouse understands.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dlt
from dlt.common.exceptions import DltException
from dlt.destinations.sql_client import SqlClientBase

from workforce_source.settings import SECTION
from workforce_source.tables import TABLES

MOST_HELD = 10
"""Skills shown."""

# A badge counts while it is accepted and has not expired; external badges have no state. People
# are counted, not badges: one may hold a skill many times, and spell it differently.
_SKILLS = """
WITH held AS (
    SELECT b.[employee_id], s.[skill_key], s.[skill_name]
    FROM <employee_badges> b
    JOIN <badge_template_skills> s
      ON s.[organization_id] = b.[organization_id]
     AND s.[badge_template_id] = b.[badge_template_id]
    WHERE b.[organization_id] = %s AND b.[state] = 'accepted'
      AND (b.[expires_at_date] IS NULL OR b.[expires_at_date] >= %s)
      AND b.[removed_at] IS NULL AND s.[removed_at] IS NULL
    UNION
    SELECT b.[employee_id], s.[skill_key], s.[skill_name]
    FROM <external_badges> b
    JOIN <external_badge_skills> s
      ON s.[organization_id] = b.[organization_id]
     AND s.[employee_id] = b.[employee_id]
     AND s.[credly_record_id] = b.[credly_record_id]
    WHERE b.[organization_id] = %s
      AND (b.[expires_at_date] IS NULL OR b.[expires_at_date] >= %s)
      AND b.[removed_at] IS NULL AND s.[removed_at] IS NULL
), connected AS (
    SELECT held.* FROM held
    JOIN <employees> e ON e.[id] = held.[employee_id]
    WHERE e.[organization_id] = %s AND e.[employee_state] = 'accepted' AND e.[removed_at] IS NULL
), people AS (
    SELECT [skill_key], COUNT(DISTINCT [employee_id]) AS holders
    FROM connected GROUP BY [skill_key]
), spellings AS (
    SELECT [skill_key], [skill_name], ROW_NUMBER() OVER (
        PARTITION BY [skill_key] ORDER BY COUNT(DISTINCT [employee_id]) DESC, [skill_name]
    ) AS place
    FROM connected GROUP BY [skill_key], [skill_name]
)
SELECT spellings.[skill_name], people.holders
FROM people JOIN spellings ON spellings.[skill_key] = people.[skill_key]
WHERE spellings.place = 1
ORDER BY people.holders DESC, people.[skill_key]
"""

_COUNT = "SELECT COUNT(*) FROM <table> WHERE [organization_id] = %s"

_CONNECTED = """
SELECT COUNT(*) FROM <employees>
WHERE [organization_id] = %s AND [employee_state] = 'accepted' AND [removed_at] IS NULL
"""

_OTHERS = "SELECT COUNT(DISTINCT [organization_id]) FROM <employees> WHERE [organization_id] <> %s"


@dataclass
class Holdings:
    """What the destination holds of one organization.

    Attributes:
        rows: Live rows by table.
        connected: Employees whose state is accepted.
        skills: The skills held most, each with its holders among the connected.
        others: Further organizations in the same dataset.
    """

    rows: dict[str, int] = field(default_factory=dict)
    connected: int = 0
    skills: list[tuple[str, int]] = field(default_factory=list)
    others: int = 0


def read_holdings(pipeline: dlt.Pipeline, organization_id: str, today: date) -> Holdings | None:
    """Get what the destination holds; None where it cannot be read.

    Args:
        pipeline: The pipeline that loaded.
        organization_id: Whose rows.
        today: The day on which badges are expired or not (UTC).
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
            found.connected = asking.number(_CONNECTED, organization_id)
            found.others = asking.number(_OTHERS, organization_id)
            one = (organization_id, today)
            found.skills = [
                (str(name), int(holders))
                for name, holders in asking.rows(_SKILLS, *one, *one, organization_id)
            ]
    except DltException:
        return None
    return found


class _Asking:
    """Queries with `<table>` and `[column]` in them, as the destination names both."""

    def __init__(self, pipeline: dlt.Pipeline, client: SqlClientBase[Any]) -> None:
        self._client = client
        self._naming = pipeline.schemas[SECTION].naming

    def rows(self, query: str, *arguments: Any) -> list[tuple[Any, ...]]:
        """Get the first rows of an answer."""
        query = re.sub(r"<(\w+)>", lambda found: self._table(found[1]), query)
        query = re.sub(r"\[(\w+)\]", lambda found: self._column(found[1]), query)
        with self._client.execute_query(query, *arguments) as cursor:
            return list(cursor.fetchmany(MOST_HELD))

    def number(self, query: str, *arguments: Any) -> int:
        """Get the one number an answer is."""
        return int(self.rows(query, *arguments)[0][0])

    def _table(self, name: str) -> str:
        return self._client.make_qualified_table_name(self._naming.normalize_table_identifier(name))

    def _column(self, name: str) -> str:
        return self._client.escape_column_name(self._naming.normalize_identifier(name))
