"""The raw tables of the integration tests of the dbt package: eight people, every trap.

As seeds, with the columns and types the loader gives them; what is to be counted of them stands in
`files/integration_tests/seeds/expected`, by hand.
"""

import csv
import io
from typing import Any, Final

from workforce_source.dbt_package.naming import read_tables
from workforce_source.dbt_package.properties import SEED_TYPES
from workforce_source.tables import TABLE_BY_NAME

FOLDER: Final = "integration_tests"
"""The project in the package's folder that tries the package."""

_READ: Final = "2026-11-23 22:00:00+00:00"
_GONE: Final = "2026-11-01 00:00:00+00:00"
_STATES: Final = {"e5": "pending"}  # all others have accepted
_NEVER_READ: Final = "e8"


def _employee(number: int) -> dict[str, Any]:
    return {
        "id": f"e{number}",
        "email": f"person{number}@acme.example",
        "full_name": f"Given Family{number}",
        "external_id": f"ext-{number}",
        "employee_state": _STATES.get(f"e{number}", "accepted"),
        "created_at": "2026-01-15 09:00:00+00:00",
        "employee_state_updated_at": "2026-01-20 09:00:00+00:00",
        "last_invitation_sent_at": "2026-01-15 09:00:00+00:00",
        "department": "Web" if number <= 5 else " Data ",
    }


def _read(employee: str) -> dict[str, Any]:
    never = employee == _NEVER_READ
    return {
        "employee_id": employee,
        "attempted_at": _READ,
        "badges_read_at": None if never else _READ,
        "read_status": "waiting" if never else "read",
    }


def _badge(badge: str, employee: str, template: str, **more: Any) -> dict[str, Any]:
    return {
        "employee_id": employee,
        "id": badge,
        "badge_template_id": template,
        "issuer_name": "Cloud Guild",
        "issued_at_date": "2025-01-10",
        "state": "accepted",
        "public": "true",
        **more,
    }


def _external(record: str, employee: str, **more: Any) -> dict[str, Any]:
    badge = {"badge_name": f"Diploma {record}", "issuer_name": "Open School", "verified": "true"}
    return {"employee_id": employee, "credly_record_id": record, **badge, **more}


_ROWS: Final[dict[str, list[dict[str, Any]]]] = {
    "employees": [_employee(number) for number in range(1, 9)],
    "badge_reads": [_read(f"e{number}") for number in range(1, 9) if number != 5],
    "badge_templates": [{"id": "t1", "name": "Certified Admin"}, {"id": "t2", "name": "Basics"}],
    "badge_template_skills": [
        # one skill, spelled in two ways, and once by its alias
        {"badge_template_id": "t1", "skill_name": "Kubernetes", "skill_key": "kubernetes"},
        {"badge_template_id": "t1", "skill_name": "KUBERNETES", "skill_key": "kubernetes"},
        {"badge_template_id": "t2", "skill_name": "K8s", "skill_key": "k8s"},
        {"badge_template_id": "t2", "skill_name": "SQL", "skill_key": "sql"},
    ],
    "employee_badges": [
        _badge("b1", "e1", "t1"),
        # the same badge twice: the later end counts
        _badge("b2a", "e2", "t1", expires_at_date="2026-12-01"),
        _badge("b2b", "e2", "t1", expires_at_date="2028-01-01"),
        _badge("b3", "e3", "t1", expires_at_date="2026-11-23"),  # expired yesterday
        _badge("b4", "e4", "t2", state="pending"),
        _badge("b6", "e6", "t2", expires_at_date="2026-12-24"),  # and x6 proves one skill longer
        _badge("b7", "e7", "t1", removed_at=_GONE),
    ],
    "external_badges": [
        _external("x6", "e6", expires_at_date="2027-06-01"),
        _external("x8", "e8"),  # of somebody whose badges were never read
    ],
    "external_badge_skills": [
        {
            "employee_id": "e6",
            "credly_record_id": "x6",
            "skill_name": "Kubernetes",
            "skill_key": "kubernetes",
        },
        {"employee_id": "e8", "credly_record_id": "x8", "skill_name": "SQL", "skill_key": "sql"},
    ],
}


def raw_seeds() -> dict[str, str]:
    """Get the CSV of each raw table by its name."""
    texts = {}
    for name in read_tables():
        columns = [column.name for column in TABLE_BY_NAME[name].all_columns]
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, lineterminator="\n")
        writer.writeheader()
        for row in _ROWS.get(name, ()):
            writer.writerow({"organization_id": "acme", **row})
        texts[name] = text.getvalue()
    return texts


def raw_properties() -> dict[str, Any]:
    """Get the types of the raw tables, as properties of their seeds."""
    seeds = []
    for name in read_tables():
        table = TABLE_BY_NAME[name]
        types = {c.name: SEED_TYPES.get(c.type, c.type) for c in table.all_columns}
        config = {"column_types": types}
        seeds.append({"name": name, "description": f"One row is {table.grain}.", "config": config})
    return {"version": 2, "seeds": seeds}
