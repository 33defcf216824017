"""The columns of a roster: the parameters of the API page, and which of them each tier requires.

Facts, and texts compared; what is done with them is elsewhere.
"""

from collections.abc import Mapping
from typing import Any, Final

KEYS: Final = ("external_id", "email")
"""What a person is matched by."""
COMPARED: Final = (
    "first_name",
    "last_name",
    "team",
    "position_title",
    "manager_first_name",
    "manager_last_name",
    "manager_external_id",
    "country",
    "zip_code",
    "state_or_province",
    "department",
    "job_family",
    "organization_level_1",
    "organization_level_2",
    "organization_level_3",
)
"""What may differ and be updated (section "Update an Employee"); `location` and `full_name` are
derived, and `email` cannot be changed."""
COLUMNS: Final = ("email", "external_id", *COMPARED)
"""All that an employee can be created with (section "Create an Employee")."""
PLACE: Final[Mapping[str, int]] = {name: place for place, name in enumerate(COMPARED)}

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "workforce": ("email", "first_name", "last_name"),
    "unified": ("email", "first_name", "last_name", "external_id", "country", "department"),
}
"""What a new employee must have, by customer tier. The page says it in bold, which no stored copy
kept: the sets are those of the sandbox, and `Rules.required` has yours."""

SCOPES: Final = ("team", "department", "employee_state", "state_or_province", "country")
"""Columns a scope of deletions can be stated by."""

UNKNOWN: Final[Any] = object()
"""Stands for the value of an attribute that a record does not have: it is compared with nothing."""


def is_empty(value: str | None) -> bool:
    """Tell whether a value says nothing."""
    return value is None or not value.strip()


def same(one: str | None, other: str | None) -> bool:
    """Tell whether two values are the same to the API, which may strip blanks at the ends."""
    return (one or "").strip() == (other or "").strip()


def folded(key: str | None) -> str:
    """Get a key as loosely as anybody may read it: blanks at the ends and case do not count."""
    return (key or "").strip().casefold()


def text_of(value: Any) -> str | None:
    """Get the text of a value of a record; numbers are texts to us."""
    return value if value is None or isinstance(value, str) else str(value)
