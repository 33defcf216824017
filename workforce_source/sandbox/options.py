"""How the sandbox answers where the API page leaves a question open, and how much it holds.

One field a question; nothing here is a fault (see `faults.py`).
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args, get_origin, get_type_hints

EMPLOYEE_STATES = ("created", "pending", "accepted", "rejected")
"""The states of the page's section "Get Employees"."""

_REQUIRED = {
    "workforce": ("email", "first_name", "last_name"),
    "unified": ("email", "first_name", "last_name", "external_id", "country", "department"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The answers to the questions the API page leaves open.

    Args:
        tier: Customer tier; decides which attributes a new employee must have. The page marks
            them in bold, which no stored copy kept: these two sets are ours.
        page_size: Records on a page, and the most `per` may ask for.
        per_counts: What a page of external badges counts: `employees` who have any (the page
            says `per` is "how many employees"), `all_employees` (pages may be empty), `badges`.
        external_badges_of: Whose external badges are listed: `all` employees, as in the page's
            sample, whose employee is pending, or `accepted` ones only.
        past_the_end: Status of a page past the end: 200 with no records, or 404.
        uuid_in_path: Whether a path takes the employee's id too; the page names e-mail and
            external_id only.
        not_accepted_status: Status of `/data` for an employee who has not accepted; 200 answers
            without badges.
        ignore_unknown_filter: Whether a filter key the page does not name is ignored (every
            employee is listed) instead of refused with 422.
        ties: Order of employees equal in every sort key: `stable`, or `unstable` from one
            request to the next, as a database without a tie-breaker may answer.
        token_lifetime: Seconds an OAuth access token lives.
        api_token_lifetime: Seconds the API token lives from the start of the sandbox.
        as_of: The newest day of the generated population; fixed, so that one seed gives the
            same bytes on every day.
        badge_factor: Times the usual three badges of an accepted employee.
        events_status: Status of the list of events and of each: 200, or 403 or 404 where the
            account has none.
        events_order: Which event the list begins with, the `newest` or the `oldest`.
        events_kept: Seconds an event can be read.
    """

    tier: Literal["workforce", "unified"] = "workforce"
    page_size: int = 50
    per_counts: Literal["employees", "all_employees", "badges"] = "employees"
    external_badges_of: Literal["all", "accepted"] = "all"
    past_the_end: Literal[200, 404] = 200
    uuid_in_path: bool = False
    not_accepted_status: int = 403
    ignore_unknown_filter: bool = False
    ties: Literal["stable", "unstable"] = "stable"
    token_lifetime: float = 7200.0
    api_token_lifetime: float = 180 * 86400.0
    as_of: datetime = datetime(2026, 11, 1, tzinfo=UTC)
    badge_factor: float = 1.0
    events_status: Literal[200, 403, 404] = 200
    events_order: Literal["newest", "oldest"] = "newest"
    events_kept: float = 90 * 86400.0

    def __post_init__(self) -> None:
        """Refuse values that are not among those documented.

        Raises:
            ValueError: A value is none of the allowed ones; the message names them.
        """
        for name, hint in get_type_hints(type(self)).items():
            value = getattr(self, name)
            if get_origin(hint) is Literal and value not in get_args(hint):
                raise ValueError(f"{name} is {value!r}; it takes one of {get_args(hint)}")
        if self.page_size < 1:
            raise ValueError("page_size must be at least 1")
        if self.as_of.tzinfo is None:
            raise ValueError("as_of needs a time zone")

    @property
    def required(self) -> tuple[str, ...]:
        """The attributes a new employee must have."""
        return _REQUIRED[self.tier]

    @classmethod
    def from_texts(cls, texts: dict[str, str]) -> "Options":
        """Get options from words, as a command line gives them.

        Raises:
            ValueError: A name is unknown or a value does not fit.
        """
        hints = get_type_hints(cls)
        values: dict[str, object] = {}
        for name, text in texts.items():
            if name not in hints:
                raise ValueError(f"{name} is no option; there are {', '.join(hints)}")
            values[name] = _from_text(hints[name], text)
        return cls(**values)  # type: ignore[arg-type] # checked by name and value above

    def to_texts(self) -> dict[str, str]:
        """Get the options that differ from the defaults, for a command line."""
        default = type(self)()
        return {
            name: value.isoformat() if isinstance(value, datetime) else str(value)
            for name in get_type_hints(type(self))
            if (value := getattr(self, name)) != getattr(default, name)
        }


def _from_text(hint: object, text: str) -> object:
    if hint is bool:
        if text.lower() not in {"true", "false"}:
            raise ValueError(f"{text!r} is neither true nor false")
        return text.lower() == "true"
    if hint is datetime:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if hint is int or hint is float:
        return hint(text)
    kinds = {type(value) for value in get_args(hint)}
    return int(text) if kinds == {int} else text
