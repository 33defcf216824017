"""Records to flat Arrow tables to DuckDB, the shortest way: for loaders that read everything anew.

Tables and columns are those of the sandbox's truth; no hashes, no history, no keys are kept. How
records are read is not known here.
"""

import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

Record = dict[str, Any]

_TYPES = {
    "created_at": pa.timestamp("us", "UTC"),
    "employee_state_updated_at": pa.timestamp("us", "UTC"),
    "last_invitation_sent_at": pa.timestamp("us", "UTC"),
    "issued_at": pa.timestamp("us", "UTC"),
    "expires_at": pa.timestamp("us", "UTC"),
    "refreshed_at": pa.timestamp("us", "UTC"),
    "issued_at_date": pa.date32(),
    "expires_at_date": pa.date32(),
    "public": pa.bool_(),
    "verified": pa.bool_(),
    "badge_count": pa.int64(),
}
EMPLOYEE = (
    *("id", "email", "created_at", "employee_state", "employee_state_updated_at"),
    *("last_invitation_sent_at", "first_name", "last_name", "full_name", "photo_url", "team"),
    *("external_id", "position_title", "manager_first_name", "manager_last_name"),
    *("manager_external_id", "location", "country", "zip_code", "state_or_province"),
    *("department", "organization_level_1", "organization_level_2", "organization_level_3"),
    "job_family",
)
BADGE = (
    *("id", "issued_to", "issued_to_first_name", "issued_to_middle_name", "issued_to_last_name"),
    *("issued_at", "issued_at_date", "expires_at", "expires_at_date", "state", "public"),
)
EXTERNAL = (
    *("credly_record_id", "type", "badge_name", "badge_description", "credential_number"),
    *("issuer_name", "issued_at", "issued_at_date", "expires_at", "expires_at_date", "badge_url"),
    *("badge_id", "refreshed_at", "image_url"),
)


def write(
    database: str,
    organization_id: str,
    employees: list[Record],
    people: list[Record],
    external: list[Record],
) -> None:
    """Replace the tables of a DuckDB file.

    Args:
        database: The file.
        organization_id: Stands in every row.
        employees: Records of "Get Employees".
        people: Records of the "Employee Data API".
        external: Records of the "Employee External Badges API".
    """
    with duckdb.connect(database) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS workforce")
        for name, columns in _tables(employees, people, external).items():
            connection.register("rows", pa.table(columns))
            connection.execute(
                f"CREATE OR REPLACE TABLE workforce.{name} AS "
                "SELECT $organization AS organization_id, * FROM rows",
                {"organization": organization_id},
            )


def _tables(
    employees: list[Record], people: list[Record], external: list[Record]
) -> dict[str, dict[str, pa.Array]]:
    badges = [(person["id"], badge) for person in people for badge in person["badges"]]
    own = [badge for _, badge in badges]
    templates = {badge["badge_template"]["id"]: badge["badge_template"] for badge in own}
    found = [record["external_badge"] for record in external]
    template_skills = [
        (template_id, skill)
        for template_id, template in templates.items()
        for skill in dict.fromkeys(template["skills"])
    ]
    external_skills = [
        (record["employee"]["id"], badge["credly_record_id"], name)
        for record, badge in zip(external, found, strict=True)
        for name in dict.fromkeys(skill["name"] for skill in badge["skills"])
    ]
    return {
        "employees": _attributes(employees, EMPLOYEE),
        "employee_profiles": {
            "employee_id": _array("id", (person["id"] for person in people)),
            **_attributes(people, ("bio", "vanity_url")),
            "badge_count": _array("badge_count", (len(person["badges"]) for person in people)),
        },
        "employee_badges": {
            "employee_id": _array("id", (employee_id for employee_id, _ in badges)),
            **_attributes(own, BADGE),
            "badge_template_id": _array("id", (badge["badge_template"]["id"] for badge in own)),
            "issuer_name": _array("name", (badge["issuer"]["name"] for badge in own)),
            "issuer_image_url": _array("url", (badge["issuer"]["image_url"] for badge in own)),
        },
        "badge_templates": _attributes(
            list(templates.values()), ("id", "name", "description", "image", "image_url")
        ),
        "badge_template_skills": {
            "badge_template_id": _array("id", (template_id for template_id, _ in template_skills)),
            **_skills(name for _, name in template_skills),
        },
        "external_badges": {
            "employee_id": _array("id", (record["employee"]["id"] for record in external)),
            "employee_external_id": _array(
                "id", (record["employee"]["external_id"] for record in external)
            ),
            **_attributes(found, EXTERNAL),
            "badge_criteria_id": _inner(found, "badge_criteria", "id"),
            "badge_criteria_narrative": _inner(found, "badge_criteria", "narrative"),
            "verified": _inner(found, "verification_status", "verified"),
        },
        "external_badge_skills": {
            "employee_id": _array("id", (skill[0] for skill in external_skills)),
            "credly_record_id": _array("id", (skill[1] for skill in external_skills)),
            **_skills(skill[2] for skill in external_skills),
        },
    }


def _attributes(records: list[Record], names: Iterable[str]) -> dict[str, pa.Array]:
    return {name: _array(name, [record[name] for record in records]) for name in names}


def _inner(records: list[Record], outer: str, name: str) -> pa.Array:
    return _array(name, [record[outer] and record[outer][name] for record in records])


def _skills(names: Iterable[str]) -> dict[str, pa.Array]:
    spelled = list(names)
    return {
        "skill_name": _array("skill_name", spelled),
        "skill_key": _array("skill_key", [_skill_key(name) for name in spelled]),
    }


@cache
def _skill_key(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _array(name: str, values: Iterable[Any]) -> pa.Array:
    kind = _TYPES.get(name, pa.string())
    if pa.types.is_temporal(kind):  # text, which Arrow reads a hundred times faster than Python
        return pa.array(values, pa.string()).cast(kind)
    return pa.array(values, kind)
