"""One pointer to an event: what lists and webhooks tell, checked, and nothing beside.

What may not be in here: where pointers come from.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self

_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}")
_TYPE: Final = re.compile(r"[a-z][a-z0-9_.]{0,63}")
_LONGEST_TIME: Final = 40
_EARLIEST: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pointer:
    """A pointer to an event.

    Attributes:
        event_id: Where to ask for the event.
        organization_id: Whose event it is said to be.
        event_type: What kind of thing is said to have happened.
        occurred_at: When it is said to have happened, in UTC.
    """

    event_id: str
    organization_id: str
    event_type: str
    occurred_at: datetime

    @classmethod
    def of(cls, value: object) -> Self | None:
        """Get the pointer that a decoded value is; None where it is none.

        Args:
            value: An object with `id`, `organization_id`, `event_type` and `occurred_at`; whatever
                else it has is left.
        """
        if not isinstance(value, Mapping):
            return None
        event_id = _matching(_ID, value.get("id"))
        organization_id = _matching(_ID, value.get("organization_id"))
        event_type = _matching(_TYPE, value.get("event_type"))
        occurred_at = moment(value.get("occurred_at"))
        if not (event_id and organization_id and event_type and occurred_at):
            return None
        return cls(event_id, organization_id.lower(), event_type, occurred_at)


def moment(value: Any) -> datetime | None:
    """Get the time in UTC that an ISO text with a time zone means; None where it means none."""
    if not isinstance(value, str) or len(value) > _LONGEST_TIME:
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.astimezone(UTC) if found.tzinfo else _EARLIEST
    except (ValueError, OverflowError):
        return None
    return found if found > _EARLIEST else None


def _matching(pattern: re.Pattern[str], value: Any) -> str | None:
    return value if isinstance(value, str) and pattern.fullmatch(value) else None
