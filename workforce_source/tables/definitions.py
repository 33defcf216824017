"""Every table: name, grain, keys, columns, references, what each means.

The one place for these facts; the docs, dlt's hints and the difference are made from it.
Nothing here converts a value.
"""

from typing import Final

from workforce_source.tables.shape import Column, Key, Reference, Table

_TO_EMPLOYEE: Final = Reference(
    ("organization_id", "employee_id"), "employees", ("organization_id", "id")
)
_TO_TEMPLATE: Final = Reference(
    ("organization_id", "badge_template_id"), "badge_templates", ("organization_id", "id")
)
_EMPLOYEE_ID: Final = Column(
    "employee_id", "text", "The employee (`employees.id`).", given=True, personal="identifier"
)
_SKILL: Final = (
    Column("skill_name", "text", "The skill as the API spells it.", given=True),
    Column(
        "skill_key",
        "text",
        "The skill without differences of case, width and spaces.",
        given=True,
    ),
)
_ISSUED: Final = (
    Column("issued_at", "timestamp", "When it was issued."),
    Column("issued_at_date", "date", "The date it was issued, as the API gives it."),
    Column("expires_at", "timestamp", "When it expires; null for never."),
    Column("expires_at_date", "date", "The date it expires, as the API gives it."),
)

VERSION_SUFFIX: Final = "_history"
"""Ends the name of a table that keeps the versions of another's rows."""
EMPLOYEES: Final = Table(
    name="employees",
    grain="one employee",
    resource="employees",
    key=("id",),
    scope=("id",),
    columns=(
        Column("id", "text", "The employee's id in this organization.", personal="identifier"),
        Column(
            "email",
            "text",
            "E-mail address used to create or invite the employee.",
            personal="identifier",
            identifies="email",
        ),
        Column("created_at", "timestamp", "When the employee was created."),
        Column("employee_state", "text", "`created`, `pending`, `accepted` or `rejected`."),
        Column("employee_state_updated_at", "timestamp", "When the state last changed."),
        Column("last_invitation_sent_at", "timestamp", "When the last invitation was sent."),
        Column("first_name", "text", "First name.", personal="name"),
        Column("last_name", "text", "Last name.", personal="name"),
        Column("full_name", "text", "First and last name.", personal="name"),
        Column("photo_url", "text", "Address of the photo.", volatile=True, personal="picture"),
        Column("team", "text", "The employee's team.", groups=True),
        Column(
            "external_id",
            "text",
            "The id the employer tracks the employee by.",
            personal="identifier",
            identifies="external_id",
        ),
        Column("position_title", "text", "Job title.", groups=True),
        Column("manager_first_name", "text", "The manager's first name.", personal="name"),
        Column("manager_last_name", "text", "The manager's last name.", personal="name"),
        Column(
            "manager_external_id",
            "text",
            "The manager's `external_id`.",
            personal="identifier",
            identifies="external_id",
        ),
        Column("location", "text", "State or province and country.", groups=True),
        Column("country", "text", "Country.", groups=True),
        Column("zip_code", "text", "Zip code.", personal="address"),
        Column("state_or_province", "text", "State or province."),
        Column("department", "text", "Department.", groups=True),
        Column("organization_level_1", "text", "First level of the organization.", groups=True),
        Column("organization_level_2", "text", "Second level of the organization.", groups=True),
        Column("organization_level_3", "text", "Third level of the organization.", groups=True),
        Column("job_family", "text", "Job family.", groups=True),
    ),
)
EMPLOYEE_PROFILES: Final = Table(
    name="employee_profiles",
    grain="one employee whose state is accepted",
    resource="employee_badges",
    key=("employee_id",),
    scope=("employee_id",),
    references=(_TO_EMPLOYEE,),
    elsewhere=(*(column.name for column in EMPLOYEES.columns), "badges"),
    columns=(
        _EMPLOYEE_ID,
        Column("bio", "text", "What the employee wrote about themselves.", personal="free text"),
        Column("vanity_url", "text", "Address of the public profile.", personal="address"),
        Column(
            "badge_count",
            "bigint",
            "How many badges the last read answered.",
            given=True,
            quiet=True,
        ),
    ),
)
EMPLOYEE_BADGES: Final = Table(
    name="employee_badges",
    grain="one badge of one employee",
    resource="employee_badges",
    key=("employee_id", "id"),
    scope=("employee_id",),
    references=(_TO_EMPLOYEE, _TO_TEMPLATE),
    columns=(
        _EMPLOYEE_ID,
        Column("id", "text", "The badge's id.", personal="identifier"),
        Column("badge_template_id", "text", "What was earned.", ("badge_template", "id")),
        Column("issuer_name", "text", "Who issued it.", ("issuer", "name"), groups=True),
        Column(
            "issuer_image_url",
            "text",
            "The issuer's image.",
            ("issuer", "image_url"),
            volatile=True,
        ),
        Column("issued_to", "text", "The name it was issued to.", personal="name"),
        Column("issued_to_first_name", "text", "First name it was issued to.", personal="name"),
        Column("issued_to_middle_name", "text", "Middle name it was issued to.", personal="name"),
        Column("issued_to_last_name", "text", "Last name it was issued to.", personal="name"),
        *_ISSUED,
        Column("state", "text", "`pending`, `accepted`, `rejected` or `revoked`."),
        Column("public", "bool", "Whether the earner shows it to everybody."),
    ),
)
BADGE_TEMPLATES: Final = Table(
    name="badge_templates",
    grain="one badge template, as the newest answer that held it",
    resource="employee_badges",
    key=("id",),
    scope=("id",),
    elsewhere=("skills",),
    columns=(
        Column("id", "text", "The template's id."),
        Column("name", "text", "Name of the badge.", groups=True),
        Column("description", "text", "What it stands for."),
        Column("image", "text", "Image.", volatile=True),
        Column("image_url", "text", "Address of the image.", volatile=True),
        Column(
            "skill_count", "bigint", "How many skills the answer named.", given=True, quiet=True
        ),
    ),
)
BADGE_TEMPLATE_SKILLS: Final = Table(
    name="badge_template_skills",
    grain="one skill of one badge template",
    resource="employee_badges",
    key=("badge_template_id", "skill_name"),
    scope=("badge_template_id",),
    references=(_TO_TEMPLATE,),
    elsewhere=("name",),
    columns=(
        Column(
            "badge_template_id", "text", "The badge template (`badge_templates.id`).", given=True
        ),
        *_SKILL,
    ),
)
EXTERNAL_BADGES: Final = Table(
    name="external_badges",
    grain="one external badge of one employee",
    resource="external_badges",
    key=("employee_id", "credly_record_id"),
    scope=("employee_id",),
    references=(_TO_EMPLOYEE,),
    elsewhere=("credly_record_id", "skills"),
    columns=(
        _EMPLOYEE_ID,
        Column(
            "credly_record_id",
            "text",
            "Credly's id of the record.",
            given=True,
            personal="identifier",
        ),
        Column(
            "employee_external_id",
            "text",
            "The employee's external id.",
            given=True,
            personal="identifier",
            identifies="external_id",
        ),
        Column("type", "text", "Kind of badge, such as `OpenBadge`."),
        Column("badge_name", "text", "Name of the badge.", groups=True),
        Column("badge_description", "text", "What it stands for.", personal="free text"),
        Column(
            "credential_number",
            "text",
            "The issuer's number of the credential.",
            personal="identifier",
        ),
        Column("badge_criteria_id", "text", "Address of the criteria.", ("badge_criteria", "id")),
        Column(
            "badge_criteria_narrative",
            "text",
            "The criteria in words.",
            ("badge_criteria", "narrative"),
            personal="free text",
        ),
        Column("issuer_name", "text", "Who issued it.", groups=True),
        *_ISSUED,
        Column("badge_url", "text", "Address of the badge.", personal="address"),
        Column("badge_id", "text", "The issuer's id of the badge.", personal="identifier"),
        Column("refreshed_at", "timestamp", "When Credly last read the badge.", quiet=True),
        Column(
            "verified",
            "bool",
            "Whether Credly could verify it.",
            ("verification_status", "verified"),
        ),
        Column("image_url", "text", "Address of the image.", volatile=True, personal="picture"),
    ),
)
EXTERNAL_BADGE_SKILLS: Final = Table(
    name="external_badge_skills",
    grain="one skill of one external badge",
    resource="external_badges",
    key=("employee_id", "credly_record_id", "skill_name"),
    scope=("employee_id", "credly_record_id"),
    elsewhere=("name",),
    references=(
        Reference(
            ("organization_id", "employee_id", "credly_record_id"),
            "external_badges",
            ("organization_id", "employee_id", "credly_record_id"),
        ),
    ),
    columns=(
        _EMPLOYEE_ID,
        Column(
            "credly_record_id", "text", "The external badge.", given=True, personal="identifier"
        ),
        *_SKILL,
    ),
)
BADGE_READS: Final = Table(
    name="badge_reads",
    grain="one employee whose state is accepted, and the reads of their badges",
    resource="employee_badges",
    key=("employee_id",),
    references=(_TO_EMPLOYEE,),
    bookkeeping=True,
    columns=(
        _EMPLOYEE_ID,
        Column("badges_read_at", "timestamp", "Just before the last good read; null for never."),
        Column("attempted_at", "timestamp", "Just before the last read, good or not."),
        Column("read_status", "text", "`waiting`, `read`, `held` or `unreadable`."),
        Column("baseline", "bool", "Its first read is part of the first load, without entries."),
        Column("http_status", "bigint", "What an unreadable employee was answered with."),
        Column("state_stamp", "timestamp", "`employee_state_updated_at` it was read under."),
        Column("load_id", "text", "The load package the read came with."),
        Column("removed_at", "timestamp", "Set when the employee is no longer accepted or gone."),
    ),
)
CHANGES: Final = Table(
    name="changes",
    grain="one observed change of one row",
    resource="changes",
    key=("table_name", "row_key", "previous_changed_at"),
    bookkeeping=True,
    columns=(
        Column("table_name", "text", "The table the row belongs to."),
        Column(
            "row_key",
            "text",
            "The row's key as a JSON list; `*` sums up many rows.",
            personal="identifier",
        ),
        Column(
            "previous_changed_at", "timestamp", "`changed_at` of the version before; 1970 if none."
        ),
        Column("changed_at", "timestamp", "When the change was seen."),
        Column("employee_id", "text", "The employee it is about, if any.", personal="identifier"),
        Column("change", "text", "`added`, `changed` or `removed`."),
        Column("changed_columns", "text", "Names of the columns that differ, as a JSON list."),
    ),
)

DATA_TABLES: Final = (
    EMPLOYEES,
    EMPLOYEE_PROFILES,
    EMPLOYEE_BADGES,
    BADGE_TEMPLATES,
    BADGE_TEMPLATE_SKILLS,
    EXTERNAL_BADGES,
    EXTERNAL_BADGE_SKILLS,
)
"""Tables whose rows mirror the API."""
TABLES: Final = (*DATA_TABLES, BADGE_READS, CHANGES)
"""Every table of the raw dataset."""
TABLE_BY_NAME: Final = {table.name: table for table in TABLES}
RESOURCES: Final = tuple(dict.fromkeys(table.resource for table in DATA_TABLES))
"""Every resource that writes data tables."""


def tables_of(resource: str) -> tuple[Table, ...]:
    """Get the data tables a resource writes; of a list, its own table first."""
    return tuple(table for table in DATA_TABLES if table.resource == resource)


def employee_of(table: Table, key: Key) -> str | None:
    """Get the id of the employee a row is about; None for a row about nobody."""
    name = "id" if table is EMPLOYEES else "employee_id"
    return key[table.key.index(name)] if name in table.key else None
