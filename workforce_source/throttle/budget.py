"""What may leave now: requests in flight, pauses and pace, as one pure state machine.

Requests in flight start at one and double with every round trip, up to a ceiling; they are held
where answers grow slow, and halved where many fail. When nothing but failures comes back, everybody
pauses, and a single request asks again.

What may not be in here: threads, clocks (time is an argument) and HTTP.
"""

from __future__ import annotations

import math
from enum import IntEnum

from workforce_source.throttle.pace import Pace

Ticket = tuple[float, int, str]
"""When a request left, the epoch of the pace it left in, and its kind."""

# Failures in a row, with nothing answered in between, that mean: nothing gets through.
OUTAGE = 6
FIRST_GAP, LONGEST_GAP = 0.1, 10.0
# Share of failed requests (an average over about 16) from which fewer may fly at once.
FAILING = 0.3
# A request waits in a queue of the API when it takes this much longer than the quickest of its
# kind: then more requests in flight would only make the queue longer.
QUEUED_FACTOR, QUEUED_SECONDS = 4.0, 0.5


class Outcome(IntEnum):
    """What came of a request, as far as the budget is concerned."""

    ANSWERED = 0
    REFUSED = 1  # 429
    FAILED = 2  # 5xx, timeout, reset, broken body
    ABANDONED = 3  # ended by ourselves: nothing to learn


class Budget:
    """The budget of one process; every attempt takes from it and gives back."""

    def __init__(self, max_workers: int, requests_per_second: float | None = None) -> None:
        """Start with one request in flight and no pause.

        Args:
            max_workers: Requests in flight at most.
            requests_per_second: Requests a second at most; `None` to learn it from 429s.
        """
        self.max_workers = max_workers
        self.pace = Pace(requests_per_second)
        self.in_flight = 0
        self.limit = 1.0
        self.recoveries = 0
        self.paused_until = -math.inf
        self._threshold = float(max_workers)
        self._failing = 0.0
        self._halved_at = -math.inf
        self._quickest: dict[str, float] = {}
        self._queued = 0.0
        self._row = 0
        self._row_refused = False
        self._row_since = self._row_began = -math.inf
        self._gap = 0.0
        self._cycle_since = math.inf
        self._cycle_answers = 0

    @property
    def out_since(self) -> float:
        """Since when nothing gets through; infinity while something does."""
        return self._row_began if self._gap else math.inf

    def delay(self, now: float) -> float:
        """Get the seconds until a request may leave: 0 for now, infinity for after a release."""
        if self.in_flight >= (1 if self._gap else int(self.limit)):
            return math.inf
        return max(self.paused_until - now, self.pace.delay(now))

    def take(self, now: float, kind: str) -> Ticket:
        """Let one request leave; ask `delay` first."""
        self.in_flight += 1
        if now < self._cycle_since:
            self._cycle_since = now
        return now, self.pace.take(now), kind

    def give(self, ticket: Ticket, now: float, outcome: Outcome) -> None:
        """Take back what a request held, and learn from what came of it."""
        self.in_flight -= 1
        sent, epoch, kind = ticket
        if outcome is Outcome.ANSWERED:
            self.pace.accept(epoch, now)
            self._answered(sent, now, kind)
        elif outcome is not Outcome.ABANDONED:
            if outcome is Outcome.REFUSED:
                self.pace.refuse(epoch, now)
            else:
                self._failed(sent, now)
            self._unanswered(sent, now, refused=outcome is Outcome.REFUSED)

    def pause(self, until: float) -> None:
        """Let nothing leave before a time; an earlier, longer pause stands."""
        self.paused_until = max(self.paused_until, until)

    def _answered(self, sent: float, now: float, kind: str) -> None:
        self._cycle_answers += 1
        self._failing -= self._failing / 16
        if self._row and sent >= self._row_since:
            self._row = 0
            if self._gap:
                self._recover(now)
        took = now - sent
        quickest = self._quickest.get(kind, math.inf)
        if took < quickest:
            self._quickest[kind] = quickest = took
        excess = max(took - QUEUED_FACTOR * quickest, 0.0)
        self._queued += (excess - self._queued) / 8
        if self._queued > QUEUED_SECONDS:
            self._threshold = self.limit = max(1.0, self.limit - 0.25 / self.limit)
        elif self.limit < self.max_workers:
            grown = 1.0 if self.limit < self._threshold else 1 / self.limit
            self.limit = min(self.limit + grown, self.max_workers)

    def _failed(self, sent: float, now: float) -> None:
        self._failing += (1 - self._failing) / 16
        # One halving a round trip: what left before the last one failed under the old limit.
        if self._failing > FAILING and sent >= self._halved_at:
            self._halved_at = now
            self._threshold = self.limit = max(1.0, self.limit / 2)

    def _unanswered(self, sent: float, now: float, *, refused: bool) -> None:
        if sent < self._row_since:
            return
        if not self._row:
            self._row_began = now
        self._row += 1
        self._row_refused = refused
        if self._gap or self._row >= OUTAGE:
            self._gap = min(self._gap * 2 or FIRST_GAP, LONGEST_GAP)
            self._row_since = now
            self.pause(now + self._gap)

    def _recover(self, now: float) -> None:
        """Go on after an outage; if 429s made it, at the rate accepted over the whole cycle."""
        self._gap = 0.0
        self.recoveries += 1
        if self._row_refused:
            self.pace.resume(self._cycle_answers, now - self._cycle_since, now)
        else:
            self._threshold, self.limit = float(self.max_workers), 1.0
        self._cycle_since, self._cycle_answers = now, 0
