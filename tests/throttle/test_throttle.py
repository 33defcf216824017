"""The budget of requests in flight and a second: in virtual time, and in front of real threads."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.throttle_simulation import (
    Api,
    by_chance,
    fixed_window,
    out_between,
    simulate,
    sliding_window,
    token_bucket,
    unlimited,
)
from tests.tools.timekeeping import Waits
from workforce_source.clock import Clock
from workforce_source.exceptions import Stopped
from workforce_source.throttle import Budget, Cancel, Outcome, Throttle

LIMITS: dict[str, Callable[[], Api]] = {
    "a bucket of one second": lambda: token_bucket(100, 100),
    "a bucket of a tenth": lambda: token_bucket(100, 10),
    "a small bucket": lambda: token_bucket(100, 5),
    "a large bucket": lambda: token_bucket(100, 300),
    "windows of a second": lambda: fixed_window(100, 1.0),
    "a sliding second": lambda: sliding_window(100),
}


@pytest.mark.parametrize("latency", [0.001, 0.02])
@pytest.mark.parametrize("limit", LIMITS.values(), ids=LIMITS)
def test_a_limit_nobody_published_is_found_and_used(
    limit: Callable[[], Api], latency: float
) -> None:
    """Against 100 requests a second without Retry-After: within 1.1 of the floor, few 429s."""
    run = simulate(limit(), requests=10_000, latency=latency)
    assert run.seconds < 1.1 * 100
    assert run.share(Outcome.REFUSED, after=5.0) < 0.01


@pytest.mark.parametrize("rate", [3, 30, 300])
def test_the_pace_is_found_whatever_the_limit_is(rate: int) -> None:
    """From 3 to 300 requests a second, the pace ends up near what the API grants."""
    run = simulate(token_bucket(rate, rate), requests=20 * rate + 400, latency=0.01)
    assert run.seconds < 1.1 * (19 * rate + 400) / rate + 2
    assert 0.85 * rate < run.budget.pace.rate < 1.2 * rate


def test_a_limit_that_is_raised_is_followed() -> None:
    """An API that grants more after a while is soon used at the new rate."""
    low, high = token_bucket(50, 50), token_bucket(200, 50)
    run = simulate(lambda now: low(now) if now < 30 else high(now), requests=20_000, latency=0.02)
    assert run.count(80, 90) > 1500


def test_a_limit_that_is_lowered_is_followed_at_once() -> None:
    """An API that grants less is not refused into for more than a few seconds."""
    high, low = token_bucket(200, 50), token_bucket(50, 50)
    run = simulate(lambda now: high(now) if now < 20 else low(now), requests=8000, latency=0.02)
    assert run.share(Outcome.REFUSED, after=25.0) < 0.02


@pytest.mark.parametrize("share", [0.002, 0.01, 0.03])
def test_429s_that_do_not_depend_on_the_pace_do_not_stop_the_run(share: float) -> None:
    """A few percent of 429s, whatever the pace, slow the run down, but never to a crawl."""
    free = simulate(unlimited, requests=20_000, latency=0.02).seconds
    run = simulate(by_chance(share, Outcome.REFUSED), requests=20_000, latency=0.02)
    assert run.seconds < 4 * free


def test_requests_in_flight_double_with_every_round_trip() -> None:
    """From one to the ceiling within a handful of round trips, and never above it."""
    run = simulate(unlimited, requests=2000, latency=0.1, workers=32)
    most = {at: max(n for when, n in run.in_flight if when <= at) for at in (0.0, 0.3, 0.8)}
    assert most[0.0] == 1
    assert 3 <= most[0.3] <= 8
    assert most[0.8] == 32
    assert max(n for _when, n in run.in_flight) == 32


def test_a_healthy_api_costs_no_time() -> None:
    """Without 429s and failures, all workers are busy all the time."""
    run = simulate(unlimited, requests=4000, latency=0.1, workers=8)
    assert run.seconds < 1.05 * 4000 * 0.11 / 8


def test_requests_in_flight_are_held_where_answers_wait_in_a_queue() -> None:
    """An API that gets slower with every further request gets no more than it can serve."""
    run = simulate(
        unlimited,
        requests=3000,
        latency=0.05,
        workers=64,
        queued=lambda in_flight: max(0, in_flight - 8) * 0.2,
    )
    later = [n for when, n in run.in_flight if when > 10]
    assert sum(later) / len(later) < 24


def test_an_outage_is_asked_about_by_one_request_at_a_time() -> None:
    """Sixty seconds of nothing but failures see few requests, and end within seconds of it."""
    free = simulate(unlimited, requests=10_000, latency=0.02).seconds
    run = simulate(out_between(5, 65), requests=10_000, latency=0.02)
    assert run.count(6, 65) < 30
    assert run.seconds < free + 60 + 10


def test_failures_by_chance_leave_the_pace_alone() -> None:
    """Five percent of failures are retried; they do not slow the other requests down."""
    run = simulate(by_chance(0.05, Outcome.FAILED), requests=10_000, latency=0.02)
    assert run.seconds < 1.4 * simulate(unlimited, requests=10_000, latency=0.02).seconds


def test_a_fixed_rate_is_never_exceeded() -> None:
    """With requests_per_second no second sees more, and little less is used."""
    run = simulate(unlimited, requests=1000, latency=0.02, requests_per_second=50)
    assert max(run.count(start / 4, start / 4 + 1) for start in range(80)) <= 51
    assert run.seconds < 1.05 * 1000 / 50


def test_a_fixed_rate_is_lowered_by_429s_and_comes_back() -> None:
    """A ceiling above what the API grants gives way to what it grants."""
    run = simulate(token_bucket(40, 10), requests=2000, latency=0.02, requests_per_second=60)
    assert run.budget.pace.rate <= 60
    assert run.share(Outcome.REFUSED, after=5.0) < 0.02


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.sampled_from(list(Outcome)), st.floats(0, 100), st.booleans()), max_size=200
    ),
    st.integers(1, 40),
)
def test_the_budget_stays_within_its_bounds(
    steps: list[tuple[Outcome, float, bool]], max_workers: int
) -> None:
    """Whatever happens, something may leave sooner or later, and never more than the ceiling."""
    budget, now, tickets = Budget(max_workers), 0.0, []
    for outcome, seconds, leaves in steps:
        now += seconds
        if leaves and budget.delay(now) <= 0:
            tickets.append(budget.take(now, "data"))
        elif tickets:
            budget.give(tickets.pop(0), now, outcome)
        assert 0 <= budget.in_flight <= max_workers
        assert 1 <= budget.limit <= max_workers
        assert budget.pace.rate > 0
    for ticket in tickets:
        budget.give(ticket, now, Outcome.ABANDONED)
    assert budget.delay(now) <= 60


@pytest.fixture
def waits() -> Waits:
    """A clock that moves only when somebody waits."""
    return Waits()


def test_a_pause_holds_everybody_and_is_looked_at_again_after_waiting(waits: Waits) -> None:
    """A pause that grew while a thread waited is waited for to its end."""

    def wait(condition: threading.Condition, seconds: float | None) -> None:
        if not waits.waited:
            growing.pause(5.0)
        waits.wait(condition, seconds)

    growing = Throttle(2, clock=Clock(monotonic=waits.monotonic, wait=wait))
    growing.pause(2.0)
    growing.acquire()
    assert waits.now == 5.0


def test_a_pause_is_never_longer_than_the_setting(waits: Waits) -> None:
    """What was granted is said, so that the caller can tell."""
    throttle = Throttle(1, clock=waits.clock(), max_pause=30.0)
    assert throttle.pause(3600.0) == 30.0
    throttle.acquire()
    assert waits.now == 30.0


def test_a_shorter_pause_does_not_shorten_a_longer_one(waits: Waits) -> None:
    """Two answers may ask for different times: the later one counts."""
    throttle = Throttle(1, clock=waits.clock())
    throttle.pause(10.0)
    throttle.pause(1.0)
    throttle.acquire()
    assert waits.now == 10.0


def test_a_rest_ends_early_when_the_api_comes_back() -> None:
    """A retry that was to wait for a minute goes on with the first answer after an outage."""
    throttle = Throttle(8)
    rested = threading.Event()

    def rest() -> None:
        throttle.rest(60.0)
        rested.set()

    for _ in range(6):
        throttle.release(throttle.acquire(), Outcome.FAILED)
    thread = threading.Thread(target=rest)
    thread.start()
    assert not rested.wait(0.05)
    throttle.release(throttle.acquire(), Outcome.ANSWERED)
    assert rested.wait(5)
    thread.join(5)


@pytest.fixture
def throttle() -> Iterator[Throttle]:
    """A throttle for one request at a time, that is stopped in the end."""
    throttle = Throttle(1)
    yield throttle
    throttle.stop()


def test_stopping_wakes_everybody_who_waits(throttle: Throttle) -> None:
    """Threads that wait for a turn, a pause or a retry raise at once, with the signal."""
    throttle.acquire()
    raised: list[int] = []

    def wait(how: Callable[[], object]) -> None:
        with pytest.raises(Stopped) as caught:
            how()
        raised.append(caught.value.signal)

    threads = [
        threading.Thread(target=wait, args=(how,))
        for how in (throttle.acquire, throttle.acquire, lambda: throttle.rest(60.0))
    ]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    throttle.stop(signal.SIGTERM)
    for thread in threads:
        thread.join(5)
    assert time.monotonic() - started < 1
    assert raised == [signal.SIGTERM] * 3


def test_cancelling_ends_only_the_requests_it_belongs_to(throttle: Throttle) -> None:
    """A walk that is left early stops waiting; others keep their turn."""
    held = throttle.acquire()
    cancel = Cancel()
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(Stopped):
            throttle.acquire("", cancel)
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    cancel.cancelled = True
    throttle.wake()
    assert ended.wait(5)
    thread.join(5)
    throttle.release(held, Outcome.ANSWERED)
    throttle.acquire()


def test_a_signal_may_stop_the_thread_that_holds_the_lock(throttle: Throttle) -> None:
    """Stopping from inside a wait, as a signal would in the main thread, does not hang."""

    def wait(_condition: threading.Condition, _seconds: float | None) -> None:
        stopping.stop()

    stopping = Throttle(1, clock=Clock(wait=wait))
    stopping.acquire()
    with pytest.raises(Stopped):
        stopping.acquire()


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_threads_never_hold_more_tickets_than_the_ceiling(workers: int) -> None:
    """Twice as many threads as tickets: every one gets its turns, never too many at once."""
    throttle = Throttle(workers)
    lock, held, most, turns = threading.Lock(), 0, 0, 0

    def work() -> None:
        nonlocal held, most, turns
        for _ in range(200):
            ticket = throttle.acquire()
            with lock:
                held += 1
                most = max(most, held)
            with lock:
                held -= 1
                turns += 1
            throttle.release(ticket, Outcome.ANSWERED)

    threads = [threading.Thread(target=work) for _ in range(2 * workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert turns == 400 * workers
    assert most <= workers


def test_a_fixed_rate_paces_real_threads() -> None:
    """Forty requests at two hundred a second take a fifth of a second, not less."""
    throttle = Throttle(4, requests_per_second=200)
    left: list[float] = []

    def work() -> None:
        for _ in range(10):
            ticket = throttle.acquire()
            left.append(time.monotonic())
            throttle.release(ticket, Outcome.ANSWERED)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert 0.17 < max(left) - min(left) < 1.0
