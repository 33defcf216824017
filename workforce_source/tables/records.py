"""Records of each endpoint to rows: pure, one function a record.

Nothing here reads the API or a destination; what is absent is decided elsewhere.
"""

from collections.abc import Collection, Iterable
from hashlib import blake2b
from typing import Any, Final

from workforce_source.exceptions import ConfigError, UnexpectedResponse
from workforce_source.tables import definitions as d
from workforce_source.tables.objects import RowMaker, canonical_json
from workforce_source.tables.shape import Row, Table
from workforce_source.tables.values import skill_key, text

_EMPLOYEE_ATTRIBUTES = tuple(column.name for column in d.EMPLOYEES.columns)
NEEDED: Final = ("employees.employee_state", "employees.employee_state_updated_at")
"""Columns a run cannot do without."""


class RecordReader:
    """Turns the records of one organization into rows.

    Args:
        organization_id: Stands in every row.
        excluded: `table.column` names whose values are dropped.

    Raises:
        ConfigError: `excluded` names a column that does not exist or is a key.
    """

    def __init__(self, organization_id: str, excluded: Collection[str] = ()) -> None:
        self._organization_id = organization_id
        drop = _excluded_by_table(excluded)

        def maker(table: Table, given: Iterable[str] = (), ignored: Iterable[str] = ()) -> RowMaker:
            return RowMaker(
                table,
                given=(*given, "organization_id"),
                ignored=tuple(ignored),
                excluded=drop.get(table.name, frozenset()),
            )

        own = ("employee_id",)
        self._employee = maker(d.EMPLOYEES)
        self._profile = maker(
            d.EMPLOYEE_PROFILES, (*own, "badge_count"), (*_EMPLOYEE_ATTRIBUTES, "badges")
        )
        self._badge = maker(d.EMPLOYEE_BADGES, own)
        self._template = maker(d.BADGE_TEMPLATES, ("skill_count",), ("skills",))
        self._template_skill = maker(
            d.BADGE_TEMPLATE_SKILLS, ("badge_template_id", "skill_name", "skill_key"), ("name",)
        )
        self._external = maker(
            d.EXTERNAL_BADGES, (*own, "employee_external_id", "credly_record_id"), ("skills",)
        )
        self._external_skill = maker(
            d.EXTERNAL_BADGE_SKILLS,
            (*own, "credly_record_id", "skill_name", "skill_key"),
            ("name",),
        )

    def employee(self, record: dict[str, Any], path: str) -> Row:
        """Get the `employees` row of a record of "Get Employees" or "Get a Single Employee".

        Raises:
            UnexpectedResponse: The record has no id.
        """
        identity(record.get("id"), path, "id")
        return self._employee(record, organization_id=self._organization_id)

    def profile(self, record: dict[str, Any], path: str) -> tuple[Row, list[Row]]:
        """Get the profile and the badges of a record of the "Employee Data API".

        Returns:
            The `employee_profiles` row, and the `employee_badges` rows, one a badge id.

        Raises:
            UnexpectedResponse: The record has no id or no list of badges with ids.
        """
        employee_id = identity(record.get("id"), path, "id")
        badges = record.get("badges")
        if not isinstance(badges, list) or not all(isinstance(badge, dict) for badge in badges):
            raise unexpected(path, "badges")
        by_id = {identity(badge.get("id"), path, "badges.id"): badge for badge in badges}
        who = {"organization_id": self._organization_id, "employee_id": employee_id}
        profile = self._profile(record, badge_count=len(by_id), **who)
        return profile, [self._badge(keyed_template(badge), **who) for badge in by_id.values()]

    def template(self, template: dict[str, Any]) -> tuple[Row, list[Row]]:
        """Get the `badge_templates` row of a badge's template, and its skills' rows."""
        named = named_skills(template.get("skills"))
        row = self._template(
            template, organization_id=self._organization_id, skill_count=len(named)
        )
        skills = [
            self._template_skill(
                skill,
                organization_id=self._organization_id,
                badge_template_id=row["id"],
                skill_name=name,
                skill_key=skill_key(name),
            )
            for name, skill in named.items()
        ]
        return row, skills

    def external_badge(self, record: dict[str, Any], path: str) -> tuple[Row, list[Row]]:
        """Get the `external_badges` row of a record, and its skills' rows.

        A record without `credly_record_id` gets an id made of what it says, so that it is kept.

        Raises:
            UnexpectedResponse: The record has no employee or no external badge.
        """
        employee, badge = record.get("employee"), record.get("external_badge")
        if not isinstance(employee, dict):
            raise unexpected(path, "employee")
        if not isinstance(badge, dict):
            raise unexpected(path, "external_badge")
        record_id = badge.get("credly_record_id")
        key = {
            "organization_id": self._organization_id,
            "employee_id": identity(employee.get("id"), path, "employee.id"),
            "credly_record_id": text(record_id) if record_id else derived_id(badge),
        }
        beside = {k: v for k, v in record.items() if k not in ("employee", "external_badge")}
        unnamed = {k: v for k, v in employee.items() if k not in ("id", "external_id")}
        source = {k: v for k, v in badge.items() if k != "credly_record_id"} | beside
        if unnamed:
            source["employee"] = unnamed
        external_id = employee.get("external_id")
        row = self._external(
            source,
            employee_external_id=None if external_id is None else text(external_id),
            **key,
        )
        skills = [
            self._external_skill(skill, skill_name=name, skill_key=skill_key(name), **key)
            for name, skill in named_skills(badge.get("skills")).items()
        ]
        return row, skills


def identity(value: Any, path: str, key: str) -> str:
    """Get an id as text.

    Raises:
        UnexpectedResponse: It is missing, empty, or not a text or number.
    """
    if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
        return text(value)
    raise unexpected(path, key)


def unexpected(path: str, key: str) -> UnexpectedResponse:
    """Get the error for a record that lacks what every record has."""
    return UnexpectedResponse(
        f"{path}: a record has no usable `{key}`, which the API page promises. Nothing of it was"
        " written. Check base_url; if it is right, the API has changed.",
        path=path,
        key=key,
    )


def keyed_by(template: Any) -> str | None:
    """Get the id of a badge's template; None for a template nothing can be kept under."""
    found = template.get("id") if isinstance(template, dict) else None
    usable = isinstance(found, str | int) and not isinstance(found, bool) and found != ""
    return text(found) if usable else None


def keyed_template(badge: dict[str, Any]) -> dict[str, Any]:
    """Get the badge, a template without an id moved aside so that `extra` keeps it whole."""
    template = badge.get("badge_template")
    if template is None or keyed_by(template) is not None:
        return badge
    return {k: v for k, v in badge.items() if k != "badge_template"} | {
        "badge_template_without_id": template
    }


def named_skills(skills: Any) -> dict[str, dict[str, Any]]:
    """Get skills by name, given as texts or as objects with a name, each as its object."""
    named = {}
    for skill in skills if isinstance(skills, list) else ():
        found = skill if isinstance(skill, dict) else {"name": skill}
        if found.get("name") not in (None, ""):
            named[text(found["name"])] = found
    return named


def derived_id(badge: dict[str, Any]) -> str:
    """Get a stand-in for a missing `credly_record_id`, from what seldom changes in the badge."""
    parts = [badge.get(k) for k in ("badge_id", "badge_url", "badge_name", "issuer_name")]
    parts += [badge.get(k) for k in ("credential_number", "issued_at")]
    return "derived:" + blake2b(canonical_json(parts).encode(), digest_size=16).hexdigest()


def _excluded_by_table(excluded: Collection[str]) -> dict[str, frozenset[str]]:
    by_table: dict[str, frozenset[str]] = {}
    for name in excluded:
        table_name, _, column = name.partition(".")
        table = d.TABLE_BY_NAME.get(table_name)
        allowed = () if table is None or table.bookkeeping else (*table.watched, *table.hashed)
        volatile = () if table is None else tuple(c.name for c in table.columns if c.volatile)
        if column not in {*allowed, *volatile}:
            raise ConfigError(f"exclude_columns: {name} is no column of the tables.")
        if table is not None and column in table.key:
            raise ConfigError(f"exclude_columns: {name} is a key and cannot be left out.")
        if name in NEEDED:
            raise ConfigError(f"exclude_columns: {name} decides whose badges are read; it stays.")
        by_table[table_name] = by_table.get(table_name, frozenset()) | {column}
    return by_table
