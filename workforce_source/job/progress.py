"""How far a run is: a line that is redrawn, or a plain one now and then.

Numbers only, on standard error; nothing of a record may be shown.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import Final, TextIO

from workforce_source.clock import SYSTEM_CLOCK, Clock

WINDOW: Final = 30.0
"""Seconds the pace is measured over, so that a pause of the API is soon forgotten."""
STILL: Final = 5.0
"""Seconds without anything new after which a terminal says so, in the place of the pace."""
OWN_WORK: Final = frozenset({"marts", "checks"})
"""What is counted and is no request."""
_USUAL_WIDTH: Final = 80
_LOOKS: Final = 0.5  # seconds between two looks at whether anything is new


class Progress:
    """Tells how many are done, how fast it goes and how long it will take.

    Args:
        stream: Where to write; standard error.
        before_step: Called before each step; raises when the run is to end.
        terminal: Whether lines can be redrawn; by default whether the stream is a terminal.
        clock: Tells seconds that never go backwards.
        label: Begins every line.
        width: Gets the columns of the terminal, which may change.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        before_step: Callable[[], None] = lambda: None,
        *,
        terminal: bool | None = None,
        clock: Clock = SYSTEM_CLOCK,
        label: str = "",
        width: Callable[[], int] | None = None,
    ) -> None:
        self._label = label
        self._stream = stream or sys.stderr
        self._before_step = before_step
        self._clock = clock.monotonic
        self._terminal = self._stream.isatty() if terminal is None else terminal
        self._width = width or self._columns
        self._every = 0.1 if self._terminal else 5.0
        self._next = self._clock() + self._every
        self._samples: dict[str, deque[tuple[float, int]]] = {}
        self._lock = Lock()
        self._drawn = False
        self._at: tuple[str, int, int | None] | None = None
        self._told = self._moved = self._clock()

    def __call__(self, name: str, done: int, total: int | None) -> None:
        """Take note of a step.

        Args:
            name: The endpoint, or the work.
            done: Reads or pages done.
            total: All of them, or None when nobody knows.
        """
        self._before_step()
        now = self._told = self._clock()
        moved = self._at is None or self._at[:2] != (name, done)
        if moved:
            self._moved = now
        self._at = (name, done, total)
        last = moved and done == total and self._drawn  # what follows may last
        if now < self._next and name in self._samples and not last:
            return
        with self._lock:
            samples = self._samples.setdefault(name, deque([(now, done)]))
            still = len(samples) > 1 and done == samples[-1][1] and not self._terminal
            if (now < self._next and not last) or still:
                return
            if done < samples[-1][1]:  # a second fan-out over the same endpoint
                samples.clear()
                samples.append((now, 0))
            self._next = now + self._every
            while len(samples) > 1 and samples[1][0] <= now - WINDOW:
                samples.popleft()
            samples.append((now, done))
            self._show(now)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Look, while a block lasts, whether anything is new; leave nothing on the terminal."""
        ended = Event()
        watcher = Thread(target=self._watch, args=(ended,), name="progress", daemon=True)
        if self._terminal:
            watcher.start()
        try:
            yield
        finally:
            ended.set()
            if self._terminal:
                watcher.join()
            self.close()

    def look(self) -> None:
        """Say for how long nothing has been new, where that is long."""
        with self._lock:
            now = self._clock()
            if now - self._moved >= STILL:
                self._show(now)

    def close(self) -> None:
        """Leave an empty line behind for what comes next."""
        with self._lock:
            if self._drawn:
                self._stream.write("\r\x1b[K")
                self._stream.flush()
                self._drawn = False

    def _watch(self, ended: Event) -> None:
        while not ended.wait(_LOOKS):
            self.look()

    def _show(self, now: float) -> None:
        still = now - self._moved if self._terminal and now - self._moved >= STILL else None
        forms = [f"nothing yet for {duration(now - self._moved)}"]
        if self._at is not None and self._at[0] in self._samples:
            name, done, total = self._at
            # who is told again and again, and of nothing new, waits for an answer
            waits = now - self._told < 2 * _LOOKS
            forms = lines(name, done, total, self._samples[name], still, waits=waits)
        if not self._terminal:
            self._stream.write(f"{self._label}{forms[0]}\n")
        else:
            # in the last column some terminals begin another line
            text = fitting(self._label, forms, self._width() - 1)
            self._stream.write(f"\r{text}\x1b[K")
        self._stream.flush()
        self._drawn = self._terminal

    def _columns(self) -> int:
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or _USUAL_WIDTH
        except (OSError, ValueError):  # no terminal after all
            return _USUAL_WIDTH


def lines(
    name: str,
    done: int,
    total: int | None,
    samples: deque[tuple[float, int]],
    still: float | None = None,
    *,
    waits: bool = False,
) -> list[str]:
    """Get a line such as `employee_data: 1,200 of 3,031, 812 requests/s, 2 s left`, and shorter.

    Args:
        name: The endpoint, or the work.
        done: How many are done.
        total: All of them.
        samples: Seconds, and how many were done then.
        still: Seconds for which nothing has been new, where that is long.
        waits: Whether answers are waited for.
    """
    begin = f"{name}: {done:,}" + ("" if total is None else f" of {total:,}")
    if still is not None:
        what = f"nothing new for {duration(still)}"
        if done == total or name in OWN_WORK:
            what = f"{duration(still)} on what comes next"
        elif waits:
            what = f"no answer for {duration(still)}"
        longer = [f"{begin}, {what}, trying again"] if waits and done != total else []
        return [*longer, f"{begin}, {what}", what]
    seconds = samples[-1][0] - samples[0][0]
    pace = (samples[-1][1] - samples[0][1]) / seconds if seconds > 0 else 0.0
    if pace <= 0 or name in OWN_WORK or done == total:
        return [begin]
    per_second = f"{pace:,.0f} requests/s" if pace >= 10 else f"{pace:.1f} requests/s"
    if total is None:
        return [f"{begin}, {per_second}", begin]
    left = f"{duration((total - done) / pace)} left"
    return [f"{begin}, {per_second}, {left}", f"{begin}, {left}", begin]


def fitting(label: str, forms: list[str], width: int) -> str:
    """Get the longest form of a line that fits, or as much of the shortest as does."""
    texts = [f"{label}{form}" for form in forms]
    return next((text for text in texts if len(text) <= width), texts[-1][: max(width, 0)])


def duration(seconds: float) -> str:
    """Get seconds as people say them: `45 s`, `12 min`, `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
