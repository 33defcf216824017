"""Ctrl-C and SIGTERM: the run ends at its next step, or with the process soon after.

The run works in a thread of its own, so that a signal never breaks into dlt or the destination
halfway. What it does is not known here.
"""

import os
import signal as signals
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from types import FrameType

from workforce_source.exceptions import Stopped

GRACE = 1.3
"""Seconds a run has to end by itself after a signal; a run killed anywhere loses nothing."""


class Stop:
    """Whether the run is to end, told to it at its own steps."""

    def __init__(self) -> None:
        self.signal: int | None = None
        """The signal that came, if any."""

    def raise_for_signal(self, lost: str = "") -> None:
        """Do nothing while the run may go on.

        Args:
            lost: What is said of what was not loaded.

        Raises:
            Stopped: A signal came.
        """
        if self.signal is not None:
            raise Stopped(
                f"Stopped by {signals.Signals(self.signal).name}. Run again, and it goes on where"
                f" it was.{lost} What was loaded stays loaded.",
                signal=self.signal,
            )


def run_stoppable(
    work: Callable[[Stop], int], on_error: Callable[[BaseException], int], grace: float = GRACE
) -> int:
    """Run `work` to its end, or until a signal; get the exit code.

    Args:
        work: Gets the exit code; calls `Stop.raise_for_signal` at its steps.
        on_error: Tells people of an error, and gets its exit code.
        grace: Seconds it has to end by itself after a signal.
    """
    stop, ended = Stop(), threading.Event()
    outcome: Future[int] = Future()

    def worker() -> None:
        try:
            outcome.set_result(work(stop))
        except BaseException as error:
            outcome.set_exception(error)
        finally:
            ended.set()

    thread = threading.Thread(target=worker, name="run", daemon=True)
    with _intercepted(stop, ended):
        thread.start()
        # in steps: Windows delivers a signal to a waiting thread only when its wait ends
        while not ended.wait(0.5):
            pass
        # also of what has ended by itself: whoever comes after this is to have its turn
        thread.join(grace)
    try:
        if not outcome.done():
            stop.raise_for_signal(" What was under way is done again.")
        if not isinstance(outcome.exception(), Stopped | None):
            stop.raise_for_signal()
        return outcome.result()
    except BaseException as error:
        code = on_error(error)
    if thread.is_alive():
        _end(code)
    return code


@contextmanager
def _intercepted(stop: Stop, ended: threading.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals: whoever started this one stops it, or not
        return

    def receive(signal: int, _frame: FrameType | None) -> None:
        stop.signal = signal
        ended.set()

    before = {
        signal: signals.signal(signal, receive) for signal in (signals.SIGINT, signals.SIGTERM)
    }
    try:
        yield
    finally:
        for signal, handler in before.items():
            signals.signal(signal, handler)


def _end(code: int) -> None:
    """End the process without waiting for a thread that hangs on the network or a destination."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
