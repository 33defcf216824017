"""Records of each endpoint to rows: pure, one function an endpoint that needs one.

A record has the shape its endpoint declares: the client saw to that. Nothing here reads the API or
a destination; what is absent is decided elsewhere.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

from workforce_source.endpoints import EMPLOYEE_DATA, EXTERNAL_BADGES, NOT_ACCEPTED
from workforce_source.tables import definitions as d
from workforce_source.tables.hidden import NOTHING, Hidden
from workforce_source.tables.objects import RowMaker
from workforce_source.tables.shape import Key, Row
from workforce_source.tables.values import canonical_json, skill_key, text

Rows = dict[str, dict[Key, list[Row]]]
"""Rows by table and scope: all there is of each scope. One without rows is empty; of a scope that
is not here nothing is known."""


class RecordReader:
    """Turns the records of one organization into rows; safe to use from any thread.

    Args:
        organization_id: Stands in every row.
        hidden: Columns whose values are dropped or replaced.
        absent_is_empty: Whether an answer without a list, such as `skills`, has none; else nothing
            is known of it.
    """

    def __init__(
        self,
        organization_id: str,
        hidden: Hidden = NOTHING,
        *,
        absent_is_empty: bool = False,
    ) -> None:
        self.absent_is_empty = absent_is_empty
        self.make = {
            table.name: RowMaker(table, organization_id, hidden) for table in d.DATA_TABLES
        }
        self._templates: dict[Key, tuple[Any, list[Row], list[Row] | None]] = {}

    def rows(self, endpoint: str, record: dict[str, Any]) -> Rows:
        """Get the rows of one record of an endpoint.

        Args:
            endpoint: Its name; unless it has a function here, one record is one row of the table
                of that name.
            record: The record.
        """
        if endpoint in FUNCTIONS:
            return FUNCTIONS[endpoint](self, record)
        table, row = d.TABLE_BY_NAME[endpoint], self.make[endpoint](record)
        return {endpoint: {table.scope_of(table.key_of(row)): [row]}}

    def skills(self, record: dict[str, Any]) -> dict[str, dict[str, Any]] | None:
        """Get the skills of a record by name; None if it does not say which there are."""
        named = named_skills(record.get("skills"))
        return {} if named is None and self.absent_is_empty else named

    def template(self, template: dict[str, Any]) -> tuple[Key, list[Row], list[Row] | None]:
        """Get a badge template's scope, its row and the rows of its skills, None if unknown.

        The lists are the same objects as long as the template stays as it is.
        """
        key = (text(template["id"]),)
        known = self._templates.get(key)
        if known is None or known[0] != template:
            named = self.skills(template)
            count = None if named is None else len(named)
            row = self.make[d.BADGE_TEMPLATES.name](template, skill_count=count)
            make = self.make[d.BADGE_TEMPLATE_SKILLS.name]
            skills = (
                None
                if named is None
                else [
                    make(
                        skill, badge_template_id=key[0], skill_name=name, skill_key=skill_key(name)
                    )
                    for name, skill in named.items()
                ]
            )
            known = self._templates[key] = template, [row], skills
        return key, known[1], known[2]


def employee_data(reader: RecordReader, record: dict[str, Any]) -> Rows:
    """Get profile, badges and templates of the "Employee Data API"."""
    who = text(record["id"])
    profiles: list[Row] = []
    badges: list[Row] = []
    templates: dict[Key, list[Row]] = {}
    skills: dict[Key, list[Row]] = {}
    # the answer's own state is newer than the list's; only accepted people show badges
    if record.get("employee_state") not in NOT_ACCEPTED:
        by_id = {badge["id"]: badge for badge in record["badges"]}
        make = reader.make[d.EMPLOYEE_PROFILES.name]
        profiles.append(make(record, employee_id=who, badge_count=len(by_id)))
        make = reader.make[d.EMPLOYEE_BADGES.name]
        for badge in by_id.values():
            template = badge.get("badge_template")
            if has_id(template):
                key, templates[key], named = reader.template(template)
                if named is not None:
                    skills[key] = named
            elif template is not None:
                # nothing can be kept under it: moved aside, so that `extra` keeps it whole
                badge = {k: v for k, v in badge.items() if k != "badge_template"}
                badge["badge_template_without_id"] = template
            badges.append(make(with_issuer_name(badge), employee_id=who))
    return {
        d.EMPLOYEE_PROFILES.name: {(who,): profiles},
        d.EMPLOYEE_BADGES.name: {(who,): badges},
        d.BADGE_TEMPLATES.name: templates,
        d.BADGE_TEMPLATE_SKILLS.name: skills,
    }


def external_badge(reader: RecordReader, record: dict[str, Any]) -> Rows:
    """Get the badge of a record of the "Employee External Badges API", and its skills.

    A record without `credly_record_id` gets an id made of what it says, so that it is kept.
    """
    employee, badge = record["employee"], record["external_badge"]
    record_id, external_id = badge.get("credly_record_id"), employee.get("external_id")
    who = text(employee["id"])
    what = text(record_id) if record_id else derived_id(badge)
    source = badge | {k: v for k, v in record.items() if k not in ("employee", "external_badge")}
    if unnamed := {k: v for k, v in employee.items() if k not in ("id", "external_id")}:
        source["employee"] = unnamed
    row = reader.make[d.EXTERNAL_BADGES.name](
        source,
        employee_id=who,
        credly_record_id=what,
        employee_external_id=None if external_id is None else text(external_id),
    )
    make = reader.make[d.EXTERNAL_BADGE_SKILLS.name]
    skills: dict[Key, list[Row]] = {}
    if (named := reader.skills(badge)) is not None:
        skills[who, what] = [
            make(
                skill,
                employee_id=who,
                credly_record_id=what,
                skill_name=name,
                skill_key=skill_key(name),
            )
            for name, skill in named.items()
        ]
    return {d.EXTERNAL_BADGES.name: {(who,): [row]}, d.EXTERNAL_BADGE_SKILLS.name: skills}


FUNCTIONS: Final[dict[str, Callable[[RecordReader, dict[str, Any]], Rows]]] = {
    EMPLOYEE_DATA.name: employee_data,
    EXTERNAL_BADGES.name: external_badge,
}
"""Record to rows, of endpoints whose records are more than one row of one table."""


def has_id(template: Any) -> bool:
    """Tell whether a badge's template has an id it can be kept under."""
    found = template.get("id") if isinstance(template, dict) else None
    return isinstance(found, str | int) and not isinstance(found, bool) and found != ""


def with_issuer_name(badge: dict[str, Any]) -> dict[str, Any]:
    """Get a badge whose issuer has a name, where its entities have one.

    The page shows `issuer.name`; issued badges elsewhere in the API name `issuer.entities`.
    """
    issuer = badge.get("issuer")
    if not isinstance(issuer, dict) or issuer.get("name") is not None:
        return badge
    entities = issuer.get("entities")
    if not isinstance(entities, list):
        return badge
    named: list[tuple[bool, str]] = []
    for one in entities:
        entity = one.get("entity") if isinstance(one, dict) else None
        if isinstance(entity, dict) and isinstance(name := entity.get("name"), str):
            named.append((one.get("primary") is not True, name))
    if not named:
        return badge
    first = min(named, key=lambda found: found[0])
    return badge | {"issuer": issuer | {"name": first[1]}}


def named_skills(skills: Any) -> dict[str, dict[str, Any]] | None:
    """Get skills by name, given as texts or as objects with a name, each as its object.

    None if they are no list, or a list in which nothing has a name: then nobody knows.
    """
    if not isinstance(skills, list):
        return None
    named = {}
    for skill in skills:
        found = skill if isinstance(skill, dict) else {"name": skill}
        if found.get("name") not in (None, ""):
            named[text(found["name"])] = found
    return named if named or not skills else None


def derived_id(badge: dict[str, Any]) -> str:
    """Get a stand-in for a missing `credly_record_id`, from what seldom changes in the badge."""
    parts = [badge.get(k) for k in ("badge_id", "badge_url", "badge_name", "issuer_name")]
    parts += [badge.get(k) for k in ("credential_number", "issued_at")]
    return "derived:" + blake2b(canonical_json(parts).encode(), digest_size=16).hexdigest()
