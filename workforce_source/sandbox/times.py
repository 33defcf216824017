"""Instants as the API writes them, and a clock a test can set.

Nothing here knows a record but by the names of its times.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

Clock = Callable[[], datetime]
"""Answers the present instant, aware and in UTC."""


def utc_now() -> datetime:
    """Get the present instant."""
    return datetime.now(UTC)


def to_milliseconds(moment: datetime) -> datetime:
    """Get the instant without what is finer than the API's milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def issuers_day(moment: datetime, rng: Random) -> date:
    """Get the day an issuer writes: one west of Greenwich may date an evening by its calendar."""
    if moment.hour < 5 and rng.random() < 0.1:
        moment -= timedelta(days=1)
    return moment.date()


def to_text(moment: datetime | None) -> str | None:
    """Get a UTC instant in the API's form, `2014-04-01T14:41:00.000Z`."""
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z" if moment else None


def with_times(record: dict[str, Any]) -> dict[str, Any]:
    """Get a JSON object with its times as times: instants are `..._at`, days `..._date`."""
    for name, value in record.items():
        if isinstance(value, str) and f"_{name}".endswith(("_at", "_date")):
            kind = date if name.endswith("_date") else datetime
            record[name] = kind.fromisoformat(value)
    return record


class SettableClock:
    """A clock that stands still until it is told otherwise.

    Args:
        now: The instant it shows first; aware.
    """

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Get the instant it shows."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move it by so many seconds."""
        self.now += timedelta(seconds=seconds)
