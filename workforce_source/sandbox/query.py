"""Filters, sort keys and pages, as the query of a request asks for them.

Both filter forms are understood: `filter=key::value|key::value`, and the newer
`filter[key]=value`. Nothing here builds a record.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar
from urllib.parse import urlencode

from workforce_source.sandbox.calls import Query, Refusal
from workforce_source.sandbox.model import Employee
from workforce_source.sandbox.options import EMPLOYEE_STATES
from workforce_source.sandbox.records import Json

_T = TypeVar("_T")
SORT_KEYS = ("email", "created_at", "first_name", "last_name")
FILTER_KEYS = ("name_or_email", "employee_state", "state", "team")
"""`state` is `employee_state` in the page's example; the page's table has the longer name."""

_FILTER_NAME = re.compile(r"filter\[([^]]+)\]")
_FILTER_EMPLOYEE = "filter[employee][id]"


def employee_filters(query: Query, *, ignore_unknown: bool) -> dict[str, str]:
    """Get the filters of "Get Employees" by key.

    Raises:
        Refusal: A key or a state is none the page names.
    """
    pairs: Query = []
    for name, value in query:
        if name == "filter":
            for part in filter(None, value.split("|")):
                key, separator, wanted = part.partition("::")
                if not separator:
                    raise Refusal(422, "filter has the form key::value|key::value")
                pairs.append((key, wanted))
        elif match := _FILTER_NAME.fullmatch(name):
            pairs.append((match[1], value))
    filters = {}
    for key, value in pairs:
        if key not in FILTER_KEYS:
            if ignore_unknown:
                continue
            raise Refusal(422, f"filter takes {', '.join(FILTER_KEYS)}")
        name = "employee_state" if key == "state" else key
        if name == "employee_state" and value not in EMPLOYEE_STATES:
            raise Refusal(422, f"employee_state is one of {', '.join(EMPLOYEE_STATES)}")
        filters[name] = value
    return filters


def matches(employee: Employee, filters: dict[str, str]) -> bool:
    """Tell whether an employee passes every filter."""
    state, team, part = (filters.get(k) for k in ("employee_state", "team", "name_or_email"))
    if state is not None and employee.employee_state != state:
        return False
    if team is not None and employee.team != team:
        return False
    return part is None or (
        part.casefold() in employee.full_name.casefold()
        or part.casefold() in employee.email.casefold()
    )


def sort_keys(query: Query) -> list[tuple[str, bool]]:
    """Get the sort keys, each with whether it descends; by `created_at` if none is asked for.

    Raises:
        Refusal: A key is none the page names.
    """
    keys = []
    for part in filter(None, dict(query).get("sort", "").split("|")):
        name = part.removeprefix("-")
        if name not in SORT_KEYS:
            raise Refusal(422, f"sort takes {', '.join(SORT_KEYS)}, each with - to descend")
        keys.append((name, part.startswith("-")))
    return keys or [("created_at", False)]


def in_order(
    employees: Iterable[Employee], keys: list[tuple[str, bool]], shuffle: str | None
) -> list[Employee]:
    """Get employees sorted by the keys.

    Args:
        employees: From the oldest to the youngest.
        keys: Sort keys, the most important first.
        shuffle: Orders those who are equal in every key, differently for each text; None keeps
            the older first.
    """
    ordered = list(employees)
    if shuffle is not None:
        ordered.sort(key=lambda employee: blake2b((shuffle + employee.id).encode()).digest())
    for name, descending in reversed(keys):
        ordered.sort(key=_SORT_VALUES[name], reverse=descending)
    return ordered


_SORT_VALUES: dict[str, Callable[[Employee], str]] = {
    "email": lambda employee: employee.email.casefold(),
    "created_at": lambda employee: employee.created_at.isoformat(timespec="milliseconds"),
    "first_name": lambda employee: employee.first_name.casefold(),
    "last_name": lambda employee: employee.last_name.casefold(),
}


def employee_id_filter(query: Query) -> str | None:
    """Get the employee whose external badges are asked for.

    Raises:
        Refusal: Another filter is given; this list has one only.
    """
    for name, _ in query:
        if name.startswith("filter") and name != _FILTER_EMPLOYEE:
            raise Refusal(422, f"this list is filtered by {_FILTER_EMPLOYEE} only")
    return dict(query).get(_FILTER_EMPLOYEE)


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page of how many, and the links around it.

    Args:
        number: The page asked for, from 1.
        per: Things a page counts.
        total: Things there are.
    """

    number: int
    per: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are."""
        return -(-self.total // self.per)

    def cut(self, things: Sequence[_T]) -> Sequence[_T]:
        """Get the things on this page."""
        return things[(self.number - 1) * self.per : self.number * self.per]

    def metadata(self, count: int, link: str, query: Query) -> Json:
        """Get the page's metadata.

        Args:
            count: Things on this page.
            link: Absolute address of the list, without its query.
            query: The query of the request; the links repeat it.
        """

        def url(number: int) -> str:
            pairs = [(n, v) for n, v in query if n != "page"]
            return f"{link}?{urlencode([*pairs, ('page', str(number))])}"

        inside = self.number <= self.pages
        return {
            "count": count,
            "current_page": self.number,
            "total_count": self.total,
            "total_pages": self.pages,
            "per": self.per,
            "previous_page_url": url(self.number - 1) if inside and self.number > 1 else None,
            "next_page_url": url(self.number + 1) if self.number < self.pages else None,
        }


def whole_number(query: Query, name: str, default: int) -> int:
    """Get a number from the query.

    Raises:
        Refusal: It is no whole number from 1.
    """
    text = dict(query).get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
        raise Refusal(422, f"{name} must be a whole number from 1")
    return int(text)
