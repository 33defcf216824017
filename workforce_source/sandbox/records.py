"""The state as the API page writes it: one function a documented object, and the JSON of it.

No routing, no faults; a body is built for the request that asks for it and kept for nobody.
"""

from datetime import datetime
from operator import attrgetter
from typing import Any

from workforce_source.sandbox.model import EMPLOYEE_ATTRIBUTES, Badge, Employee, ExternalBadge
from workforce_source.sandbox.times import to_text

Json = dict[str, Any]
"""A JSON object."""
_values = attrgetter(*EMPLOYEE_ATTRIBUTES)


def employee_record(employee: Employee) -> Json:
    """Get an employee as in the section "Get Employees"."""
    record = dict(zip(EMPLOYEE_ATTRIBUTES, _values(employee), strict=True))
    for name in ("created_at", "employee_state_updated_at", "last_invitation_sent_at"):
        record[name] = to_text(record[name])
    return record


def data_record(employee: Employee, badges: list[Badge]) -> Json:
    """Get an employee with these badges, as in the section "Employee Data API"."""
    record = employee_record(employee)
    record["bio"] = employee.bio
    record["vanity_url"] = employee.vanity_url
    record["badges"] = [_badge(badge) for badge in badges]
    return record


def _badge(badge: Badge) -> Json:
    template = badge.template
    return {
        "id": badge.id,
        "issued_to": badge.issued_to,
        "issued_to_first_name": badge.issued_to_first_name,
        "issued_to_middle_name": badge.issued_to_middle_name,
        "issued_to_last_name": badge.issued_to_last_name,
        "issued_at": to_text(badge.issued_at),
        "issued_at_date": badge.issued_at_date,
        "expires_at": to_text(badge.expires_at),
        "expires_at_date": badge.expires_at_date,
        "state": badge.state,
        "public": badge.public,
        "badge_template": {
            "id": template.id,
            "image": template.image,
            "image_url": template.image_url,
            "description": template.description,
            "name": template.name,
            "skills": template.skills,
        },
        "issuer": {"name": template.issuer.name, "image_url": template.issuer.image_url},
    }


def plain_record(values: dict[str, Any]) -> Json:
    """Get a record of a plain list."""
    return {name: to_text(v) if isinstance(v, datetime) else v for name, v in values.items()}


def external_badge_record(employee: Employee, badge: ExternalBadge) -> Json:
    """Get one row as in the section "Employee External Badges API"."""
    criteria = {"id": badge.criteria_id, "narrative": badge.criteria_narrative}
    no_criteria = badge.bare and badge.criteria_id is None and badge.criteria_narrative is None
    unverified = badge.bare and badge.verified is None
    return {
        "employee": {"id": employee.id, "external_id": employee.external_id},
        "external_badge": {
            "type": badge.type,
            "badge_name": badge.badge_name,
            "badge_description": badge.badge_description,
            "credential_number": badge.credential_number,
            "badge_criteria": None if no_criteria else criteria,
            "issuer_name": badge.issuer_name,
            "issued_at": to_text(badge.issued_at),
            "issued_at_date": badge.issued_at_date,
            "expires_at": to_text(badge.expires_at),
            "expires_at_date": badge.expires_at_date,
            "badge_url": badge.badge_url,
            "badge_id": badge.badge_id,
            "credly_record_id": badge.credly_record_id,
            "refreshed_at": to_text(badge.refreshed_at),
            "skills": [{"name": skill} for skill in badge.skills],
            "verification_status": None if unverified else {"verified": badge.verified},
            "image_url": badge.image_url,
        },
    }
