"""State as the API page writes it: one function a documented object, and the envelope around it.

No routing, no faults; a body is built for the request that asks for it and kept for nobody.
"""

from dataclasses import dataclass, field
from typing import Any

import orjson

from workforce_source.sandbox.model import Badge, Employee, ExternalBadge
from workforce_source.sandbox.times import to_text

Json = dict[str, Any]


@dataclass(slots=True)
class Answer:
    """What goes back: status, body and the headers beside the usual ones.

    Args:
        status: HTTP status.
        body: The body.
        headers: Headers beside the usual ones.
        media_type: Its Content-Type.
        raw: Sent as it is instead of all that, before the connection is closed: for heads that no
            server should send.
    """

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=utf-8"
    raw: bytes | None = None


class Refusal(Exception):
    """The request cannot be granted: a status and a message for its sender.

    Args:
        status: HTTP status.
        message: What is wrong with the request.
        headers: More headers of the answer.
    """

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers or {}

    def answer(self) -> Answer:
        """Get the answer, with the error body three independent clients expect."""
        return Answer(self.status, orjson.dumps({"data": {"message": self.message}}), self.headers)


def employee_record(employee: Employee) -> Json:
    """Get an employee as in the section "Get Employees"."""
    return {
        "id": employee.id,
        "email": employee.email,
        "created_at": to_text(employee.created_at),
        "employee_state": employee.employee_state,
        "employee_state_updated_at": to_text(employee.employee_state_updated_at),
        "last_invitation_sent_at": to_text(employee.last_invitation_sent_at),
        "first_name": employee.first_name,
        "last_name": employee.last_name,
        "full_name": employee.full_name,
        "photo_url": employee.photo_url,
        "team": employee.team,
        "external_id": employee.external_id,
        "position_title": employee.position_title,
        "manager_first_name": employee.manager_first_name,
        "manager_last_name": employee.manager_last_name,
        "manager_external_id": employee.manager_external_id,
        "location": employee.location,
        "country": employee.country,
        "zip_code": employee.zip_code,
        "state_or_province": employee.state_or_province,
        "department": employee.department,
        "organization_level_1": employee.organization_level_1,
        "organization_level_2": employee.organization_level_2,
        "organization_level_3": employee.organization_level_3,
        "job_family": employee.job_family,
    }


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
