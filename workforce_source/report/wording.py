"""Numbers and days in the report's words; the templates know each as a filter of its name.

Text only: nothing is counted here, and nothing is HTML.
"""

from datetime import date, datetime
from typing import Final

from workforce_source.small_groups import SHOW, Rule, Shown

_LONG: Final = 18
"""Letters of the longest word that fits into a line of every column."""
_HEAT: Final = (10, 25, 50, 75)


def number(count: int) -> str:
    """Get a number with its thousands apart."""
    return f"{count:,}"


def many(count: int, one: str, several: str | None = None) -> str:
    """Get a number and its noun."""
    return f"{number(count)} {one if count == 1 else several or one + 's'}"


def people(shown: Shown) -> str:
    """Get a number of people: `12`, `1–2`, `25`; `some` where it is not told."""
    return shown.words


def share(shown: Shown, known: int) -> str:
    """Get how many of a group have a skill: a share if one is told, else how many people."""
    if shown.high == 0:
        return "0"
    if shown.few or not shown.told:
        return people(shown)
    part = (SHOW if shown.exact else Rule()).share(shown.rounded, known)
    return people(shown) if part is None else part


def percent(part: int, whole: int) -> str:
    """Get a share in whole percent, never rounded to nothing or all."""
    return SHOW.share(part, whole) or "–"


def part(shown: Shown, whole: int) -> str:
    """Get which share a number of people is of another as it is told, if a share is told at all."""
    if shown.few or not shown.told:
        return "–"
    rule = SHOW if shown.exact and shown.high else Rule()
    return rule.share(shown.rounded, whole) or "–"


def bounds(shown: Shown, known: int, employees: int) -> str:
    """Get from and up to which share of all employees have a skill: `18–45%`; empty if not told.

    Args:
        shown: How many known people have it.
        known: Known people, as they are told.
        employees: Employees, as they are told.
    """
    if shown.few or not shown.told or not employees or (employees < 20 and not shown.exact):
        return ""
    most = min(shown.rounded, known) + employees - known
    low, high = percent(shown.rounded, employees), percent(most, employees)
    return low if low == high else f"{low.removesuffix('%')}–{high}"


def heat(shown: Shown, known: int) -> int:
    """Get how warm a cell is, 1 to 5."""
    low = 100 * shown.rounded // max(known, 1)
    return 1 + sum(low >= limit for limit in _HEAT)


def is_long(name: str) -> bool:
    """Say whether a name has a word that has to be broken in narrow columns."""
    return any(len(word) > _LONG for word in name.split())


def month(when: date) -> str:
    """Get a month as people write it."""
    return f"{when:%B %Y}"


def day(when: date) -> str:
    """Get a day as people write it."""
    return f"{when.day} {month(when)}"


def moment(when: datetime) -> str:
    """Get a time in UTC."""
    return f"{day(when)}, {when:%H:%M} UTC"


WORDS: Final = (
    number,
    many,
    people,
    share,
    part,
    bounds,
    percent,
    heat,
    is_long,
    month,
    day,
    moment,
)
