"""The gate in front of the budget: threads wait here, and only here.

What may not be in here: the rules of the budget, HTTP, and waiting that cannot be ended.
"""

from __future__ import annotations

import math
import signal as signals
import threading

from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.exceptions import Stopped
from workforce_source.throttle.budget import Budget, Outcome, Ticket


class Cancel:
    """Ends the requests of one walk without ending the others."""

    __slots__ = ("cancelled",)

    def __init__(self) -> None:
        """Start uncancelled."""
        self.cancelled = False


class Throttle:
    """One budget shared by all threads; safe to use and to stop from any of them."""

    def __init__(
        self,
        max_workers: int,
        requests_per_second: float | None = None,
        *,
        clock: Clock = SYSTEM_CLOCK,
        max_pause: float = 300.0,
    ) -> None:
        """Set up a fresh budget.

        Args:
            max_workers: Requests in flight at most.
            requests_per_second: Requests a second at most; `None` to learn it from 429s.
            clock: Tells the time, and waits.
            max_pause: Longest pause in seconds that `pause` grants.
        """
        self.budget = Budget(max_workers, requests_per_second)
        self.max_pause = max_pause
        self._clock = clock
        # Reentrant, because a signal may stop us in the very thread that holds the lock.
        lock = threading.RLock()
        self._free = threading.Condition(lock)
        self._resting = threading.Condition(lock)
        self._waiting = 0
        self._timed = False
        self._stopped_by: int | None = None

    def acquire(self, kind: str = "", cancel: Cancel | None = None) -> Ticket:
        """Wait until a request may leave, and get the ticket to give back.

        Args:
            kind: Requests of one kind are expected to take about the same time.
            cancel: Ends the waiting when it is cancelled.

        Raises:
            Stopped: The throttle was stopped, or the caller cancelled.
        """
        with self._free:
            while True:
                self.check(cancel)
                now = self._clock.monotonic()
                delay = self.budget.delay(now)
                if delay <= 0:
                    break
                self._queue(delay)
            ticket = self.budget.take(now, kind)
            if self._waiting and self.budget.delay(now) != math.inf:
                self._free.notify()
            return ticket

    def release(self, ticket: Ticket, outcome: Outcome) -> None:
        """Give back a ticket and say what came of the request."""
        with self._free:
            recoveries = self.budget.recoveries
            self.budget.give(ticket, self._clock.monotonic(), outcome)
            if self._waiting:
                self._free.notify()
            if recoveries != self.budget.recoveries:
                self._resting.notify_all()

    def pause(self, seconds: float) -> float:
        """Let nothing leave for some seconds, and get the seconds that were granted."""
        granted = min(max(seconds, 0.0), self.max_pause)
        with self._free:
            self.budget.pause(self._clock.monotonic() + granted)
        return granted

    def out_since(self) -> float:
        """Get the time since which nothing gets through to anybody; infinity while it does."""
        with self._free:
            return self.budget.out_since

    def rest(self, seconds: float, cancel: Cancel | None = None) -> None:
        """Wait before a retry; shorter if the API comes back from an outage meanwhile.

        Raises:
            Stopped: The throttle was stopped, or the caller cancelled.
        """
        with self._resting:
            until = self._clock.monotonic() + seconds
            recoveries = self.budget.recoveries
            while True:
                self.check(cancel)
                left = until - self._clock.monotonic()
                if left <= 0 or recoveries != self.budget.recoveries:
                    return
                self._clock.wait(self._resting, left)

    def stop(self, signal: int = signals.SIGINT) -> None:
        """Wake everybody who waits, and let nobody through any more."""
        self._stopped_by = int(signal)
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again whether they are cancelled."""
        with self._free:
            self._free.notify_all()
            self._resting.notify_all()

    def check(self, cancel: Cancel | None = None) -> None:
        """Do nothing while requests are wanted.

        Raises:
            Stopped: The throttle was stopped, or the caller cancelled.
        """
        if self._stopped_by is not None:
            raise Stopped(
                "The run was stopped while requests were waiting. What is loaded stays loaded;"
                " run again to go on.",
                signal=self._stopped_by,
            )
        if cancel is not None and cancel.cancelled:
            raise Stopped("A walk through pages was left early; its requests were ended.")

    def _queue(self, delay: float) -> None:
        """Wait for a turn: one thread watches the time, the others wait for that thread."""
        self._waiting += 1
        try:
            if self._timed or delay == math.inf:
                self._clock.wait(self._free, None)
            else:
                self._timed = True
                try:
                    self._clock.wait(self._free, delay)
                finally:
                    self._timed = False
        finally:
            self._waiting -= 1
