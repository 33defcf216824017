"""Time for tests that must not wait."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

from workforce_source.clock import Clock, utc_now


class Waits:
    """Seconds that pass only when somebody waits for a time, as far as they wait."""

    def __init__(self) -> None:
        """Start at zero."""
        self.now = 0.0
        self.waited: list[float] = []
        self.on_wait: Callable[[], object] = lambda: None

    def clock(self, now: Callable[[], datetime] = utc_now) -> Clock:
        """Get the clock of a client or a load, with the wall clock beside."""
        return Clock(now, self.monotonic, self.wait)

    def monotonic(self) -> float:
        """Get the seconds that have passed."""
        return self.now

    def wait(self, condition: threading.Condition, seconds: float | None) -> None:
        """Let the time pass at once; without a time, really wait for another thread."""
        if seconds is None:
            condition.wait(0.01)
            return
        self.waited.append(seconds)
        self.now += seconds
        self.on_wait()
