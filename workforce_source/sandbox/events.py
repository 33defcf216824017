"""What happened, as events: made of churn, listed as pointers, told one by one as by Credly.

Whoever reads an event finds out whom it is about, and no more. How pointers are sent is in
`webhooks.py`, how they are listed in `reads.py`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from workforce_source.sandbox.faults import Faults
from workforce_source.sandbox.model import Badge, Employee, Template, random_uuid
from workforce_source.sandbox.records import Json, employee_record
from workforce_source.sandbox.times import to_text

TYPES = {
    "new_badges": "badge.created",
    "revoked_badges": "badge.state.changed",
    "vanished_badges": "badge.deleted",
    "template_edits": "badge_template.changed",
    # what the events of employees are called, no public page says: these names are ours
    "joiners": "employee.created",
    "recreations": "employee.created",
    "acceptances": "employee.state_changed",
    "leavers": "employee.state_changed",
    "state_changes": "employee.state_changed",
    "profile_edits": "employee.changed",
    "email_changes": "employee.changed",
    "external_id_changes": "employee.changed",
    "deletions": "employee.deleted",
}
"""The type of the event a kind of churn makes; a kind that is not here makes none."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Args:
        id: Its id.
        event_type: What kind of thing happened.
        occurred_at: When.
        known_at: When the API begins to tell of it.
        about: Name of the object it tells of.
        told: That object.
    """

    id: str
    event_type: str
    occurred_at: datetime
    known_at: datetime
    about: str
    told: Json

    def pointer(self, organization_id: str) -> Json:
        """Get what lists and webhooks tell: where to ask, and nothing of anybody."""
        return {
            "id": self.id,
            "organization_id": organization_id,
            "event_type": self.event_type,
            "occurred_at": to_text(self.occurred_at),
        }

    def record(self, organization_id: str) -> Json:
        """Get the whole event."""
        return {self.about: self.told, **self.pointer(organization_id)}


class Events:
    """The events of an organization; to be used while its population is locked.

    Args:
        faults: How many changes are announced, and how late.
        seed: Decides ids and every chance.
    """

    def __init__(self, faults: Faults, seed: int) -> None:
        self._faults = faults
        self._rng = Random(f"events:{seed}")
        self._all: list[Event] = []

    def announce(
        self, kind: str, touched: Iterable[tuple[Employee | Template, str]], now: datetime
    ) -> list[Event]:
        """Make the events of a kind of churn, and get them; one that is doubled stands twice.

        Args:
            kind: Name of the churn.
            touched: Who or what it happened to, with the id of what was touched.
            now: When.
        """
        made: list[Event] = []
        for whom, touched_id in touched if kind in TYPES else ():
            if self._happens(self._faults.unannounced_share):
                continue
            late = self._happens(self._faults.late_event_share)
            wait = timedelta(seconds=self._faults.late_event_seconds if late else 0)
            about, told = _object(TYPES[kind], whom, touched_id)
            event = Event(random_uuid(self._rng), TYPES[kind], now, now + wait, about, told)
            made += [event] * (2 if self._happens(self._faults.doubled_event_share) else 1)
        self._all += made
        return made

    def known(self, now: datetime, kept: float) -> list[Event]:
        """Get the events the API tells of, the oldest first.

        Args:
            now: The present instant.
            kept: Seconds an event is kept.
        """
        since = now - timedelta(seconds=kept)
        known = [e for e in self._all if e.known_at <= now and e.occurred_at >= since]
        return sorted(known, key=lambda event: event.occurred_at)

    def _happens(self, share: float) -> bool:
        return share > 0 and self._rng.random() < share


def _object(event_type: str, whom: Employee | Template, touched_id: str) -> tuple[str, Json]:
    """Get the name of what an event tells of, and what it tells."""
    if isinstance(whom, Template):
        return "badge_template", {"id": whom.id, "name": whom.name}
    if event_type.startswith("employee."):
        return "employee", employee_record(whom)
    badge = next((badge for badge in whom.badges if badge.id == touched_id), None)
    return "badge", _badge(whom, touched_id, badge)


def _badge(whom: Employee, badge_id: str, badge: Badge | None) -> Json:
    # as issued badges are told elsewhere: their earner by e-mail, and by no id of an employee
    told: dict[str, Any] = {"id": badge_id, "recipient_email": whom.email}
    if badge is not None:
        template = {"id": badge.template.id, "name": badge.template.name}
        told |= {"state": badge.state, "public": badge.public, "badge_template": template}
    return told
