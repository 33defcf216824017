"""The ordered, bounded window of concurrent reads; nothing here talks HTTP."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workforce_source.client.fanout import fan_out


class Refused(Exception):
    """An error nobody expects."""


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """No test leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


class Gate:
    """Reads that wait until they are let through, and a count of those under way."""

    def __init__(self) -> None:
        """Start closed."""
        self.opened = threading.Event()
        self.lock = threading.Lock()
        self.started: list[int] = []

    def read(self, item: int) -> int:
        """Wait at the gate."""
        with self.lock:
            self.started.append(item)
        assert self.opened.wait(10)
        return item


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds in another thread, or fail after ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.001)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(), st.booleans()), max_size=60),
    st.integers(1, 9),
    st.integers(1, 70),
)
def test_results_come_in_the_order_of_the_items(
    items: list[tuple[int, bool]], max_workers: int, look_ahead: int
) -> None:
    """Whatever the window, each item comes once, in order, with its result."""

    def read(item: tuple[int, bool]) -> int | Refused:
        return item[0] * 2 if item[1] else Refused()

    results = list(fan_out(read, items, max_workers=max_workers, look_ahead=look_ahead))
    assert [item for item, _result in results] == items
    for (number, fine), result in results:
        if fine:
            assert result == number * 2
        else:
            assert isinstance(result, Refused)


def test_at_most_max_workers_read_at_once() -> None:
    """However many wait."""
    gate = Gate()
    with closing(fan_out(gate.read, range(20), max_workers=4, look_ahead=20)) as results:
        reader = threading.Thread(target=lambda: [next(results) for _ in range(20)])
        reader.start()
        until(lambda: len(gate.started) == 4)
        gate.opened.set()
        reader.join(10)
    assert sorted(gate.started) == list(range(20))


def test_reads_stop_ahead_of_a_slow_consumer() -> None:
    """With a look-ahead of ten, the consumer of the first result has at most ten more waiting."""
    read: list[int] = []
    results = fan_out(read.append, itertools.count(), max_workers=3, look_ahead=10)
    with closing(results):
        next(results)
        until(lambda: len(read) == 11)
        assert threading.Event().wait(0.05) is False
        assert len(read) == 11
        next(results)
        until(lambda: len(read) == 12)


def test_reads_go_on_while_results_are_used() -> None:
    """The consumer that works on the first result finds the next ones ready."""
    read: list[int] = []
    with closing(fan_out(read.append, range(50), max_workers=2, look_ahead=50)) as results:
        next(results)
        until(lambda: len(read) == 50)


def test_items_may_arrive_while_earlier_ones_are_read() -> None:
    """Reading starts with the first item, before the others are known."""
    more, first_read = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 0
        assert more.wait(10)
        yield 1

    def read(item: int) -> int:
        first_read.set()
        return item

    def let_more_come() -> None:
        assert first_read.wait(10)
        more.set()

    helper = threading.Thread(target=let_more_come)
    helper.start()
    assert [item for item, _ in fan_out(read, items(), max_workers=2, look_ahead=4)] == [0, 1]
    helper.join(10)


def test_items_are_advanced_by_one_thread_at_a_time() -> None:
    """A generator, which no two threads may enter at once, is enough."""

    def items() -> Iterator[int]:
        yield from range(2000)

    results = fan_out(lambda item: item, items(), max_workers=8, look_ahead=64)
    assert [item for item, _ in results] == list(range(2000))


def test_an_unexpected_error_ends_everything_and_is_raised() -> None:
    """The error of one read is raised at once, though earlier reads still wait."""
    gate, aborted = Gate(), threading.Event()

    def abort() -> None:
        aborted.set()
        gate.opened.set()

    def read(item: int) -> int:
        if item == 3:
            raise Refused
        return gate.read(item)

    results = fan_out(read, itertools.count(), max_workers=4, look_ahead=100, on_abort=abort)
    with pytest.raises(Refused):
        list(results)
    assert aborted.is_set()
    assert len(gate.started) <= 5


def test_an_error_of_the_items_is_raised() -> None:
    """A list that cannot be walked to its end is an error, not a short list."""

    def items() -> Iterator[int]:
        yield 1
        raise Refused

    with pytest.raises(Refused):
        list(fan_out(lambda item: item, items(), max_workers=2, look_ahead=4))


def test_leaving_early_ends_the_reads_and_closes_the_items() -> None:
    """A consumer that stops after one result leaves nothing running and nothing open."""
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from itertools.count()
        finally:
            closed.set()

    results = fan_out(lambda item: item, items(), max_workers=4, look_ahead=8)
    next(results)
    results.close()
    assert closed.is_set()


def test_on_abort_is_not_called_when_all_items_are_used() -> None:
    """A fan-out that came to its end has nothing to end."""
    called: list[int] = []
    list(
        fan_out(int, "123", max_workers=2, look_ahead=2, on_abort=lambda: called.append(1)),
    )
    assert called == []


@pytest.mark.parametrize(("max_workers", "look_ahead"), [(0, 1), (1, 0)])
def test_a_window_of_nothing_is_refused(max_workers: int, look_ahead: int) -> None:
    """Without a worker or without room nothing could ever be read."""
    with pytest.raises(ValueError, match="at least 1"):
        next(fan_out(int, "1", max_workers=max_workers, look_ahead=look_ahead))


def test_a_window_of_one_still_reads_everything() -> None:
    """The narrowest window, where each read waits for the consumer, does not get stuck."""
    results = fan_out(lambda item: item, range(500), max_workers=8, look_ahead=1)
    assert [item for item, _ in results] == list(range(500))
