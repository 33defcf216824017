"""A simulation of workers, a network and an API with a limit, in virtual time.

The budget is the real one; threads, sockets and clocks are events in a heap. Ten thousand requests
against a limit of a hundred a second take a second here.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from workforce_source.throttle import Budget, Outcome

Api = Callable[[float], Outcome]
"""What the API answers to a request that arrives at a time."""


def unlimited(_now: float) -> Outcome:
    """An API that answers everything."""
    return Outcome.ANSWERED


def token_bucket(rate: float, burst: float) -> Api:
    """An API that grants `rate` requests a second, and `burst` at once after a quiet time."""
    tokens, filled_at = burst, 0.0

    def answer(now: float) -> Outcome:
        nonlocal tokens, filled_at
        tokens, filled_at = min(burst, tokens + (now - filled_at) * rate), now
        if tokens < 1:
            return Outcome.REFUSED
        tokens -= 1
        return Outcome.ANSWERED

    return answer


def fixed_window(limit: int, seconds: float) -> Api:
    """An API that counts anew with every window, and refuses whatever is beyond the limit."""
    counts: dict[int, int] = {}

    def answer(now: float) -> Outcome:
        window = int(now / seconds)
        counts[window] = counts.get(window, 0) + 1
        return Outcome.ANSWERED if counts[window] <= limit else Outcome.REFUSED

    return answer


def sliding_window(limit: int) -> Api:
    """An API that grants `limit` requests in any second."""
    granted: deque[float] = deque()

    def answer(now: float) -> Outcome:
        while granted and granted[0] <= now - 1:
            granted.popleft()
        if len(granted) >= limit:
            return Outcome.REFUSED
        granted.append(now)
        return Outcome.ANSWERED

    return answer


def by_chance(share: float, outcome: Outcome) -> Api:
    """An API that does something else than answer to a share of the requests, whatever the pace."""
    chance = random.Random(1)
    return lambda _now: outcome if chance.random() < share else Outcome.ANSWERED


def out_between(start: float, end: float) -> Api:
    """An API that fails for a time."""
    return lambda now: Outcome.FAILED if start <= now < end else Outcome.ANSWERED


@dataclass
class Run:
    """What came of a simulation.

    Attributes:
        budget: The budget as it was left.
        seconds: Virtual time until the last request was answered.
        attempts: When each attempt left, and what came of it.
        in_flight: When how many were in flight, after each departure.
    """

    budget: Budget
    seconds: float = 0.0
    attempts: list[tuple[float, Outcome]] = field(default_factory=list)
    in_flight: list[tuple[float, int]] = field(default_factory=list)

    def share(self, outcome: Outcome, after: float = 0.0) -> float:
        """Get the share of the attempts after a time that came out so."""
        late = [came for left, came in self.attempts if left >= after]
        return late.count(outcome) / max(len(late), 1)

    def count(self, start: float, end: float) -> int:
        """Get the number of attempts that left in a time."""
        return sum(start <= left < end for left, _came in self.attempts)


def simulate(
    api: Api,
    *,
    requests: int,
    latency: float,
    workers: int = 8,
    requests_per_second: float | None = None,
    queued: Callable[[int], float] = lambda _in_flight: 0.0,
    give_up_at: float = 5000.0,
) -> Run:
    """Have workers send requests until each is answered, backing off as the client does.

    Args:
        api: What the API answers.
        requests: How many are to be answered.
        latency: Seconds of a round trip; up to a fifth more by chance.
        workers: Requests in flight at most.
        requests_per_second: Fixed ceiling.
        queued: Further seconds a request takes, by the number in flight.
        give_up_at: Virtual time at which the simulation ends in any case.
    """
    run = Run(Budget(workers, requests_per_second))
    budget, chance, order = run.budget, random.Random(0), itertools.count()
    events: list[tuple[float, int, str, Any]] = []
    resting: dict[int, int] = {}  # a worker that waits for its retry: the attempt it comes to
    waiting = deque([0] * min(workers, requests))  # attempts of the workers that want to send
    to_start, to_answer = requests - len(waiting), requests
    recoveries, cpu_free, next_look, now = 0, 0.0, -1.0, 0.0

    def push(at: float, what: str, data: Any = None) -> None:
        heapq.heappush(events, (at, next(order), what, data))

    def half_way() -> float:
        return latency / 2 * (1 + 0.2 * chance.random())

    push(0.0, "look")
    while to_answer and now < give_up_at:
        now, _, what, data = heapq.heappop(events)
        if what == "arrive":
            ticket, attempt, extra = data
            push(now + half_way() + extra, "return", (ticket, attempt, api(now)))
            continue
        if what == "return":
            ticket, attempt, outcome = data
            run.attempts.append((ticket[0], outcome))
            budget.give(ticket, now, outcome)
            if outcome is Outcome.ANSWERED:
                to_answer -= 1
                if to_start:
                    to_start -= 1
                    waiting.append(0)
            else:
                worker = next(order)
                resting[worker] = attempt + 1
                rest = min(0.1 * 2**attempt, 30.0) * chance.uniform(0.5, 1)
                push(now + rest, "rested", worker)
            if budget.recoveries != recoveries:
                recoveries = budget.recoveries
                waiting.extend(resting.values())
                resting.clear()
        elif what == "rested" and data in resting:
            waiting.append(resting.pop(data))
        while waiting and (delay := budget.delay(now)) <= 0:
            # One core: half a millisecond of work for each request.
            cpu_free = max(now, cpu_free) + 0.0005
            attempt = waiting.popleft()
            ticket = budget.take(now, "data")
            run.in_flight.append((now, budget.in_flight))
            extra = queued(budget.in_flight)
            push(cpu_free + half_way(), "arrive", (ticket, attempt, extra))
        if waiting and delay != math.inf and not now < next_look <= now + delay:
            next_look = now + delay + 0.0005 * chance.random()
            push(next_look, "look")
    run.seconds = now
    return run
