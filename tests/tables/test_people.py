"""Whom the rows of each table are about."""

from workforce_source.tables import TABLES, kept_tables
from workforce_source.tables.own import OWN_TABLES


def test_every_table_says_whom_its_rows_are_about() -> None:
    """By the column with the employee's id; the list by which others are found is the last."""
    found = {table.name: table for table in kept_tables()}
    assert found.keys() == {table.name for table in TABLES} | OWN_TABLES.keys()
    assert [*found][-1] == "employees"
    nobodys = {name for name, table in found.items() if table.person is None}
    assert nobodys == {
        name
        for name, table in found.items()
        if "employee_id" not in table.columns and not name.startswith("employees")
    }
    assert {"badge_templates", "load_audit", "workforce_leases"} <= nobodys
    assert found["employees"].person == "id"
    assert found["employees"].identifiers == {"email": "email", "external_id": "external_id"}
    assert found["external_badges"].identifiers == {"employee_external_id": "external_id"}
