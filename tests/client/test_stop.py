"""Ending at once: closing the client while the API holds every answer for a minute."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

import pytest

from tests.tools.connecting import connect
from workforce_source.client import Address, Client, Token
from workforce_source.client.fanout import fan_out
from workforce_source.endpoints import EMPLOYEES
from workforce_source.exceptions import Stopped, WorkforceError
from workforce_source.sandbox import Sandbox

PROMPT = 1.5  # seconds; two are promised


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    """No test leaves a thread behind."""
    before = set(threading.enumerate())
    yield
    assert {thread.name for thread in threading.enumerate() if thread not in before} == set()


@pytest.fixture
def holding(sandbox: Sandbox) -> Sandbox:
    """A sandbox that holds every answer for a minute."""
    sandbox.faults.hold = 60.0
    return sandbox


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds in another thread, or fail after ten seconds."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        threading.Event().wait(0.002)


def test_closing_ends_a_fan_out_at_once(sandbox: Sandbox) -> None:
    """Eight requests in flight, others waiting for their turn: all end, with the signal."""
    keys = [row["email"] for row in sandbox.truth()["employees"]]
    with connect(sandbox) as client:
        list(fan_out(client.employee, keys, max_workers=8, look_ahead=16))  # all eight fly now
        sandbox.faults.hold = 60.0
        results = fan_out(
            client.employee, keys, max_workers=12, look_ahead=16, on_abort=client.close
        )
        caught: list[BaseException] = []

        def consume() -> None:
            try:
                next(results)
            except WorkforceError as error:
                caught.append(error)

        consumer = threading.Thread(target=consume)
        consumer.start()
        until(lambda: sandbox.requests.in_flight == 8)
        started = time.monotonic()
        client.close(signal.SIGTERM)
        consumer.join(5)
        assert time.monotonic() - started < PROMPT
    (error,) = caught
    assert isinstance(error, Stopped)
    assert error.signal == signal.SIGTERM


def test_closing_ends_two_walks_at_once(sandbox: Sandbox) -> None:
    """Threads that wait in a walk raise, and nothing of the walk stays."""
    with Sandbox(employees=500) as larger, connect(larger) as client:
        walk = client.pages(EMPLOYEES)
        next(walk)
        larger.faults.hold = 60.0
        errors: list[BaseException] = []

        def walk_on() -> None:
            try:
                list(walk)
            except WorkforceError as error:
                errors.append(error)

        walker = threading.Thread(target=walk_on)
        walker.start()
        until(lambda: larger.requests.in_flight > 0)
        started = time.monotonic()
        client.close()
        walker.join(5)
        assert time.monotonic() - started < PROMPT
    assert [type(error) for error in errors] == [Stopped]


def test_leaving_a_held_walk_early_is_prompt(sandbox: Sandbox) -> None:
    """The walk's own requests are cut; the client goes on."""
    with Sandbox(employees=1500) as larger, connect(larger) as client:
        walk = client.pages(EMPLOYEES)
        next(walk)
        next(walk)
        until(lambda: len(larger.requests) == 18)  # the window is full, and nothing follows
        until(lambda: larger.requests.in_flight == 0)
        larger.faults.hold = 60.0
        next(walk)
        until(lambda: larger.requests.in_flight == 1)
        started = time.monotonic()
        walk.close()  # type: ignore[attr-defined]
        assert time.monotonic() - started < PROMPT
        larger.faults.hold = 0.0
        assert client.page(EMPLOYEES, 1).number == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_read_in_the_main_thread(holding: Sandbox, number: signal.Signals) -> None:
    """A handler that closes the client ends the very request it interrupts."""
    client = connect(holding)

    def handle(received: int, _frame: FrameType | None) -> None:
        client.close(received)

    previous = signal.signal(number, handle)
    ends: list[float] = []

    def send() -> None:
        until(lambda: holding.requests.in_flight == 1)
        ends.append(time.monotonic())
        os.kill(os.getpid(), number)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        with pytest.raises(Stopped) as caught:
            client.page(EMPLOYEES, 1)
        assert time.monotonic() - ends[0] < PROMPT
    finally:
        signal.signal(number, previous)
        sender.join(5)
    assert caught.value.exit_status == 128 + number


def test_closing_ends_a_wait_between_attempts(sandbox: Sandbox) -> None:
    """A request that rests for half a minute before its retry does not rest on."""
    sandbox.faults.outage = True
    client = connect(sandbox)
    errors: list[BaseException] = []

    def read() -> None:
        try:
            client.page(EMPLOYEES, 1)
        except WorkforceError as error:
            errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: len(sandbox.requests) >= 3)
    started = time.monotonic()
    client.close()
    reader.join(5)
    assert time.monotonic() - started < PROMPT
    assert [type(error) for error in errors] == [Stopped]


def test_closing_ends_a_connection_that_does_not_come_about() -> None:
    """A host that does not answer the handshake is not waited for."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        # Filling the queue of the listener leaves further connections hanging.
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)
        client = Client(Address(f"http://127.0.0.1:{address[1]}/v1", "o"), Token("t"))
        errors: list[BaseException] = []

        def read() -> None:
            try:
                client.page(EMPLOYEES, 1)
            except WorkforceError as error:
                errors.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        reader.join(0.3)
        assert reader.is_alive()
        started = time.monotonic()
        client.close()
        reader.join(5)
        assert time.monotonic() - started < PROMPT
        for filler in fillers:
            filler.close()
    assert [type(error) for error in errors] == [Stopped]


def test_a_closed_client_sends_nothing(sandbox: Sandbox) -> None:
    """Closing is for good, and may be done twice."""
    client = connect(sandbox)
    client.page(EMPLOYEES, 1)
    client.close()
    client.close()
    with pytest.raises(Stopped):
        client.page(EMPLOYEES, 1)
    assert len(sandbox.requests) == 1


def test_a_closed_client_leaves_no_socket_open(sandbox: Sandbox) -> None:
    """Every file descriptor is given back."""
    descriptors = "/dev/fd"
    before = len(os.listdir(descriptors))  # noqa: PTH208
    keys = [row["email"] for row in sandbox.truth()["employees"]]
    with connect(sandbox) as client:
        list(fan_out(client.employee, keys, max_workers=8, look_ahead=16))
    until(lambda: len(os.listdir(descriptors)) <= before)  # noqa: PTH208
