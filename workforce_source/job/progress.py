"""How far a long fan-out is: a line that is redrawn, or a plain one now and then.

Numbers only, on standard error; nothing of a record may be shown.
"""

import sys
from collections import deque
from collections.abc import Callable
from threading import Lock
from typing import TextIO

from workforce_source.clock import SYSTEM_CLOCK, Clock

WINDOW = 30.0
"""Seconds the pace is measured over, so that a pause of the API is soon forgotten."""


class Progress:
    """Tells how many are done, how fast it goes and how long it will take.

    Args:
        stream: Where to write; standard error.
        before_step: Called before each step; raises when the run is to end.
        terminal: Whether lines can be redrawn; by default whether the stream is a terminal.
        clock: Tells seconds that never go backwards.
        label: Begins every line.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        before_step: Callable[[], None] = lambda: None,
        *,
        terminal: bool | None = None,
        clock: Clock = SYSTEM_CLOCK,
        label: str = "",
    ) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._before_step = before_step
        self._clock = clock.monotonic
        self._terminal = self._stream.isatty() if terminal is None else terminal
        self._every = 0.1 if self._terminal else 5.0
        self._next = self._clock() + self._every
        self._samples: dict[str, deque[tuple[float, int]]] = {}
        self._lock = Lock()
        self._drawn = False

    def __call__(self, name: str, done: int, total: int | None) -> None:
        """Take note of a step.

        Args:
            name: The endpoint.
            done: Reads or pages done.
            total: All of them, or None when nobody knows.
        """
        self._before_step()
        now = self._clock()
        if now < self._next and name in self._samples:
            return
        with self._lock:
            samples = self._samples.setdefault(name, deque([(now, done)]))
            still = len(samples) > 1 and done == samples[-1][1] and not self._terminal
            if now < self._next or still:
                return
            if done < samples[-1][1]:  # a second fan-out over the same endpoint
                samples.clear()
                samples.append((now, 0))
            self._next = now + self._every
            while len(samples) > 1 and samples[1][0] <= now - WINDOW:
                samples.popleft()
            samples.append((now, done))
            self._show(self._label + line(name, done, total, samples))

    def close(self) -> None:
        """Leave an empty line behind for what comes next."""
        with self._lock:
            if self._drawn:
                self._stream.write("\r\x1b[K")
                self._stream.flush()
                self._drawn = False

    def _show(self, text: str) -> None:
        self._stream.write(f"\r{text}\x1b[K" if self._terminal else f"{text}\n")
        self._stream.flush()
        self._drawn = self._terminal


def line(name: str, done: int, total: int | None, samples: deque[tuple[float, int]]) -> str:
    """Get a line such as `employee_data: 1,200 of 3,031, 812 requests/s, 2 s left`."""
    seconds = samples[-1][0] - samples[0][0]
    pace = (samples[-1][1] - samples[0][1]) / seconds if seconds > 0 else 0.0
    parts = [f"{name}: {done:,}" + ("" if total is None else f" of {total:,}")]
    if pace > 0:
        parts.append(f"{pace:,.0f} requests/s" if pace >= 10 else f"{pace:.1f} requests/s")
        if total is not None:
            parts.append(f"{duration((total - done) / pace)} left")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Get seconds as people say them: `45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
