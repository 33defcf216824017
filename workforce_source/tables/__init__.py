"""Every table of the raw dataset, and the way from a record to its rows.

Public face of the room: pure, no HTTP, no destination, no dlt state.
"""

from workforce_source.tables.definitions import (
    BADGE_READS,
    BADGE_TEMPLATE_SKILLS,
    BADGE_TEMPLATES,
    CHANGES,
    DATA_TABLES,
    EMPLOYEE_BADGES,
    EMPLOYEE_PROFILES,
    EMPLOYEES,
    EXTERNAL_BADGE_SKILLS,
    EXTERNAL_BADGES,
    RESOURCES,
    TABLE_BY_NAME,
    TABLES,
    employee_of,
    tables_of,
)
from workforce_source.tables.hidden import NOTHING, PREFIX, PSEUDONYMOUS, Hidden, Secret, hide
from workforce_source.tables.objects import ODD, Odd, RowMaker
from workforce_source.tables.people import MANAGER, Kept, kept_tables
from workforce_source.tables.records import RecordReader, Rows
from workforce_source.tables.shape import Column, Key, Reference, Row, Table

__all__ = [
    "BADGE_READS",
    "BADGE_TEMPLATES",
    "BADGE_TEMPLATE_SKILLS",
    "CHANGES",
    "DATA_TABLES",
    "EMPLOYEES",
    "EMPLOYEE_BADGES",
    "EMPLOYEE_PROFILES",
    "EXTERNAL_BADGES",
    "EXTERNAL_BADGE_SKILLS",
    "MANAGER",
    "NOTHING",
    "ODD",
    "PREFIX",
    "PSEUDONYMOUS",
    "RESOURCES",
    "TABLES",
    "TABLE_BY_NAME",
    "Column",
    "Hidden",
    "Kept",
    "Key",
    "Odd",
    "RecordReader",
    "Reference",
    "Row",
    "RowMaker",
    "Rows",
    "Secret",
    "Table",
    "employee_of",
    "hide",
    "kept_tables",
    "tables_of",
]
