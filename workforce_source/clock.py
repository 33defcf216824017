"""Time as one setting: the wall clock, seconds that never go backwards, and waiting.

Nothing here decides when to wait, or for how long.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final


def utc_now() -> datetime:
    """Get the time of the wall clock, aware, in UTC."""
    return datetime.now(UTC)


def in_utc(moment: datetime) -> datetime:
    """Get a time in UTC; one without a time zone is taken to be there."""
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """The three things a run does with time; tests that must not wait replace them.

    Attributes:
        now: Gets the time of the wall clock, aware, in UTC.
        monotonic: Gets seconds that never go backwards.
        wait: Waits on a condition for some seconds, or until it is notified.
    """

    now: Callable[[], datetime] = utc_now
    monotonic: Callable[[], float] = time.monotonic
    wait: Callable[[threading.Condition, float | None], object] = threading.Condition.wait


SYSTEM_CLOCK: Final = Clock()
"""The clock of the machine."""
