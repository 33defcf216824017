"""A large organization, written straight into the raw tables of a DuckDB file by SQL.

Invented, and the same for the same numbers. Nothing is measured here.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from workforce_source.marts import Target
from workforce_source.tables import TABLES

ORGANIZATION = "00000000-0000-4000-8000-000000000000"
DATASET = "credly"
_TYPES = {"text": "text", "bigint": "bigint", "bool": "boolean", "date": "date"}


@dataclass(frozen=True)
class Population:
    """How large an organization is.

    Attributes:
        employees: Employees in any state; six in ten have accepted.
        teams: Their teams; departments, positions and places grow less.
        skills: Skills that badges stand for, some of them held by one person.
        templates: Badge templates, one to three skills each.
        badges: Badges an employee who accepted has, on average; one in five more is from elsewhere.
    """

    employees: int = 20_000
    teams: int = 1_500
    skills: int = 3_475
    templates: int = 2_500
    badges: int = 5


def fill(path: Path, population: Population) -> dict[str, int]:
    """Write the raw tables, and get the rows of each.

    Args:
        path: The DuckDB file; it must not be there yet.
        population: How large they are.
    """
    with duckdb.connect(str(path)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.execute(f"CREATE SCHEMA {DATASET}")
        for table in TABLES:
            columns = ", ".join(
                f'"{c.name}" {_TYPES.get(c.type, "timestamptz")}' for c in table.all_columns
            )
            connection.execute(f"CREATE TABLE {DATASET}.{table.name} ({columns})")
        for macro in _MACROS:
            connection.execute(f"CREATE TEMP MACRO {macro}")
        for table_name, select in _SELECTS.items():
            connection.execute(
                f"INSERT INTO {DATASET}.{table_name} BY NAME {select}",
                {
                    name: value
                    for name, value in _numbers(population).items()
                    if f"${name}" in select
                },
            )
        return {
            table.name: connection.execute(
                f"SELECT count(*) FROM {DATASET}.{table.name}"
            ).fetchall()[0][0]
            for table in TABLES
        }


def targets() -> tuple[Target, ...]:
    """Get what the company wants: each of ten skills in each of twenty departments."""
    with duckdb.connect() as connection:
        for macro in _MACROS:
            connection.execute(f"CREATE TEMP MACRO {macro}")
        names = connection.execute("SELECT name(n) FROM range(1, 11) r(n)").fetchall()
    return tuple(
        Target("department", f"Department {department}", name, name, 20)
        for department in range(20)
        for (name,) in names
    )


def _numbers(population: Population) -> dict[str, int | str]:
    return {
        "organization": ORGANIZATION,
        "employees": population.employees,
        "teams": population.teams,
        "skills": population.skills,
        "templates": population.templates,
        "badges": population.badges,
    }


_MACROS = (
    # a number below `below` that looks like chance and is the same every time
    "chance(what, n, below) AS cast(hash(what || n) % below AS bigint)",
    "share(what, n) AS (hash(what || n) % 1000003) / 1000003.0",
    # few are frequent and many are rare, as skills and badges are
    "rare(what, n, below) AS cast(floor(below * power(share(what, n), 5)) AS bigint)",
    "id(what, n) AS cast(cast(md5(what || n) AS uuid) AS text)",
    # letters, no two names alike: digits and beginnings would all be compared as spellings
    "name(n) AS translate(md5('skill' || n)[:12], '0123456789', 'ghijklmnop')",
    "days_ago(days) AS TIMESTAMPTZ '2026-11-24 08:00:00+00' - to_days(cast(days AS integer))",
)
_SELECTS = {
    "employees": """
        SELECT $organization AS organization_id, id('employee', n) AS id,
          'person' || n || '@example.com' AS email, 'E' || n AS external_id,
          'First' || chance('first', n, 900) AS first_name,
          'Last' || chance('last', n, 9000) AS last_name,
          first_name || ' ' || last_name AS full_name,
          CASE WHEN chance('state', n, 10) < 6 THEN 'accepted'
            WHEN chance('state', n, 10) < 8 THEN 'pending'
            WHEN chance('state', n, 10) < 9 THEN 'created' ELSE 'rejected' END AS employee_state,
          days_ago(60 + chance('created', n, 900)) AS created_at,
          created_at + to_days(cast(chance('answered', n, 50) AS integer))
            AS employee_state_updated_at,
          CASE WHEN employee_state <> 'created' THEN created_at END AS last_invitation_sent_at,
          CASE WHEN chance('teamless', n, 20) > 0 THEN 'Team ' || rare('team', n, $teams) END
            AS team,
          'Department ' || rare('team', n, $teams) % (10 + $teams // 40) AS department,
          'Family ' || chance('family', n, 60) AS job_family,
          'Position ' || rare('position', n, 10 + $teams // 4) AS position_title,
          'Division ' || rare('team', n, $teams) % 8 AS organization_level_1,
          'Area ' || rare('team', n, $teams) % 40 AS organization_level_2,
          'Unit ' || rare('team', n, $teams) % 200 AS organization_level_3,
          'Country ' || rare('place', n, 40) AS country,
          'Place ' || rare('place', n, 120) AS location,
          days_ago(1) AS changed_at
        FROM range($employees) r(n)
    """,
    "badge_reads": """
        SELECT organization_id, id AS employee_id, days_ago(0) AS attempted_at,
          CASE WHEN chance('read', id, 20) > 0 THEN attempted_at END AS badges_read_at,
          CASE WHEN chance('read', id, 20) > 0 THEN 'read' ELSE 'waiting' END AS read_status
        FROM credly.employees WHERE employee_state = 'accepted'
    """,
    "badge_templates": """
        SELECT $organization AS organization_id, id('template', n) AS id, 'Badge ' || n AS name
        FROM range($templates) r(n)
    """,
    "badge_template_skills": """
        SELECT DISTINCT $organization AS organization_id,
          id('template', template) AS badge_template_id,
          name(skill) AS skill_name, name(skill) AS skill_key
        FROM (
          -- each skill once at least, by the badge that fewest have; then those that are frequent
          SELECT $templates - 1 - n % $templates AS template, 1 + n AS skill
          FROM range($skills) s(n)
          UNION ALL
          SELECT n, 1 + rare('skill', n, $skills) AS skill
          FROM range($templates) t(n) WHERE n % 5 = 0
        ) named
    """,
    "employee_badges": """
        SELECT e.organization_id, e.id AS employee_id, id('badge' || e.id, b.n) AS id,
          -- people of one department earn much the same
          id('template', (hash(e.department) % 20 * 7 + rare('held' || e.id, b.n, $templates))
            % $templates) AS badge_template_id,
          'Issuer ' || chance('issuer' || e.id, b.n, 60) AS issuer_name,
          CASE WHEN chance('pending' || e.id, b.n, 20) > 0 THEN 'accepted' ELSE 'pending' END
            AS state,
          true AS public,
          days_ago(chance('issued' || e.id, b.n, 1800)) AS issued_at,
          cast(issued_at AS date) AS issued_at_date,
          CASE WHEN chance('ends' || e.id, b.n, 3) = 0 THEN issued_at + to_days(1095) END
            AS expires_at,
          cast(expires_at AS date) AS expires_at_date
        FROM credly.employees e, range(2 * $badges + 1) b(n)
        WHERE e.employee_state = 'accepted' AND b.n <= chance('badges', e.id, 2 * $badges + 1)
          AND b.n < 2 * $badges
    """,
    "external_badges": """
        SELECT e.organization_id, e.id AS employee_id,
          id('external' || e.id, b.n) AS credly_record_id,
          'Certificate ' || rare('certificate' || e.id, b.n, 800) AS badge_name,
          'Issuer ' || chance('issuer' || e.id, b.n, 60) AS issuer_name,
          chance('verified' || e.id, b.n, 3) > 0 AS verified,
          days_ago(chance('external issued' || e.id, b.n, 1800)) AS issued_at,
          cast(issued_at AS date) AS issued_at_date
        FROM credly.employees e, range($badges) b(n) WHERE chance('external' || e.id, b.n, 9) = 0
    """,
    "external_badge_skills": """
        SELECT DISTINCT organization_id, employee_id, credly_record_id,
          name(skill) AS skill_name, name(skill) AS skill_key
        FROM (
          SELECT x.*, 1 + rare('external skill' || x.badge_name, s.n, $skills) AS skill
          FROM credly.external_badges x, range(2) s(n)
        ) named
    """,
}
