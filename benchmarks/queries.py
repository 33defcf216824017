"""Where each loader keeps the rows of the truth: one SELECT a table, of the columns it carries."""

from benchmarks.loaders.rows import EMPLOYEE

LISTS = ("employees", "external_badges", "external_badge_skills")
"""Tables that the two lists alone fill."""

_DIRECT = (
    *("employees", "employee_profiles", "employee_badges", "badge_templates"),
    *("badge_template_skills", "external_badges", "external_badge_skills"),
)
_PLAIN = {name: f"SELECT * FROM workforce.{name}" for name in _DIRECT}

# Templates that no badge holds any more are kept, on purpose: they are not compared.
_HELD = "(SELECT badge_template_id FROM workforce.employee_badges WHERE removed_at IS NULL)"
_NOT_COMPARED = "extra, row_hash, changed_at, removed_at, _dlt_load_id"
_OURS = {
    name: f"SELECT * EXCLUDE ({_NOT_COMPARED}{more}) FROM workforce.{name} "
    f"WHERE removed_at IS NULL{where}"
    for name, more, where in (
        ("employees", "", ""),
        ("employee_profiles", "", ""),
        ("employee_badges", "", ""),
        ("badge_templates", ", skill_count", f" AND id IN {_HELD}"),
        ("badge_template_skills", "", f" AND badge_template_id IN {_HELD}"),
        ("external_badges", "", ""),
        ("external_badge_skills", "", ""),
    )
}

_BADGES = (
    "workforce.employee_data__badges AS b "
    "JOIN workforce.employee_data AS d ON d._dlt_id = b._dlt_parent_id"
)
_EXTERNAL = (
    *("type", "badge_name", "badge_description", "credential_number", "issuer_name"),
    *("issued_at", "issued_at_date", "expires_at", "expires_at_date", "badge_url", "badge_id"),
    *("credly_record_id", "refreshed_at", "image_url"),
)
_DECLARATIVE = {
    "employees": f"SELECT {', '.join(EMPLOYEE)} FROM workforce.employees",
    "employee_profiles": (
        "SELECT d.id AS employee_id, any_value(d.bio) AS bio, "
        "any_value(d.vanity_url) AS vanity_url, count(b._dlt_id) AS badge_count "
        "FROM workforce.employee_data AS d LEFT JOIN workforce.employee_data__badges AS b "
        "ON d._dlt_id = b._dlt_parent_id GROUP BY ALL"
    ),
    "employee_badges": (
        "SELECT d.id AS employee_id, b.id, b.issued_to, b.issued_to_first_name, "
        "b.issued_to_middle_name, b.issued_to_last_name, b.issued_at, b.issued_at_date, "
        "b.expires_at, b.expires_at_date, b.state, b.public, "
        "badge_template__id AS badge_template_id, issuer__name AS issuer_name, "
        f"issuer__image_url AS issuer_image_url FROM {_BADGES}"
    ),
    "badge_templates": (
        "SELECT DISTINCT badge_template__id AS id, badge_template__name AS name, "
        "badge_template__description AS description, badge_template__image AS image, "
        "badge_template__image_url AS image_url FROM workforce.employee_data__badges"
    ),
    "badge_template_skills": (
        "SELECT DISTINCT badge_template__id AS badge_template_id, value AS skill_name "
        "FROM workforce.employee_data__badges__badge_template__skills AS s "
        "JOIN workforce.employee_data__badges AS b ON b._dlt_id = s._dlt_parent_id"
    ),
    "external_badges": (
        "SELECT employee__id AS employee_id, employee__external_id AS employee_external_id, "
        + ", ".join(f"external_badge__{name} AS {name}" for name in _EXTERNAL)
        + ", external_badge__badge_criteria__id AS badge_criteria_id, "
        "external_badge__badge_criteria__narrative AS badge_criteria_narrative, "
        "external_badge__verification_status__verified AS verified FROM workforce.external_badges"
    ),
    "external_badge_skills": (
        "SELECT DISTINCT employee__id AS employee_id, "
        "external_badge__credly_record_id AS credly_record_id, name AS skill_name "
        "FROM workforce.external_badges__external_badge__skills AS s "
        "JOIN workforce.external_badges AS e ON e._dlt_id = s._dlt_parent_id"
    ),
}

QUERIES = {
    **{"ours": _OURS, "declarative": _DECLARATIVE, "limit": _PLAIN, "sequential": _PLAIN},
    "trusting": _OURS,
}
"""Queries by loader and table."""
