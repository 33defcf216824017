"""Instants as the API writes them, and a clock a test can set.

Nothing here knows a record.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Answers the present instant, aware and in UTC."""


def utc_now() -> datetime:
    """Get the present instant."""
    return datetime.now(UTC)


def to_milliseconds(moment: datetime) -> datetime:
    """Get the instant without what is finer than the API's milliseconds."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def to_text(moment: datetime | None) -> str | None:
    """Get a UTC instant in the API's form, `2014-04-01T14:41:00.000Z`."""
    if moment is None:
        return None
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z"


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
