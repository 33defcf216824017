"""An ordered, bounded window of concurrent reads: requests keep flying while results are used.

Threads take items one by one, and results come out in the order of the items. At most `look_ahead`
items are under way or waiting to be used, so a slow consumer slows the reads, and memory stays
bounded. Per item there is one lock and no wake-up; the consumer looks at short intervals instead,
because a switch between threads for every result costs more than the request itself.

What may not be in here: HTTP, endpoints, and retries.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, Generic, TypeVar, overload

from workforce_source.exceptions import NotReadable

__all__ = ["fan_out"]

T = TypeVar("T")
R = TypeVar("R")
E = TypeVar("E", bound=Exception)

# Seconds between two looks at the results while there is no other reason to wake up.
LOOK = 0.02
_PENDING: Any = object()


@overload
def fan_out(
    read: Callable[[T], R],
    items: Iterable[T],
    *,
    max_workers: int,
    look_ahead: int,
    on_abort: Callable[[], object] | None = None,
) -> Generator[tuple[T, R | NotReadable]]: ...


@overload
def fan_out(
    read: Callable[[T], R],
    items: Iterable[T],
    *,
    max_workers: int,
    look_ahead: int,
    skippable: type[E] | tuple[type[E], ...],
    on_abort: Callable[[], object] | None = None,
) -> Generator[tuple[T, R | E]]: ...


def fan_out(
    read: Callable[[T], R],
    items: Iterable[T],
    *,
    max_workers: int,
    look_ahead: int,
    skippable: type[Exception] | tuple[type[Exception], ...] = NotReadable,
    on_abort: Callable[[], object] | None = None,
) -> Generator[tuple[T, R | Exception]]:
    """Get each item with its result, in the order of the items.

    Args:
        read: Reads one item; called from several threads at once.
        items: What to read. May be lazy, even slow: it is advanced from one thread at a time,
            while earlier items are being read.
        max_workers: Threads at most; they start as items arrive.
        look_ahead: Items at most that are under way or waiting to be used.
        skippable: Errors of `read` that are results. Any other error ends the fan-out at once and
            is raised, and results that were waiting are dropped.
        on_abort: Called when the fan-out ends before its items do, to end the reads under way
            (for a client: `close`). Without it they are waited for.

    Raises:
        ValueError: `max_workers` or `look_ahead` is below 1.
    """
    if max_workers < 1 or look_ahead < 1:
        raise ValueError("max_workers and look_ahead are at least 1")
    return _FanOut(read, iter(items), max_workers, look_ahead, skippable).results(on_abort)


class _FanOut(Generic[T, R]):
    """The state shared by the consumer and the threads of one fan-out."""

    def __init__(
        self,
        read: Callable[[T], R],
        items: Iterator[T],
        max_workers: int,
        look_ahead: int,
        skippable: type[Exception] | tuple[type[Exception], ...],
    ) -> None:
        self._read = read
        self._items = items
        self._max_workers = max_workers
        self._look_ahead = look_ahead
        self._skippable = skippable
        # Each slot is [item, result or _PENDING]; a thread fills the slot it appended.
        self._slots: deque[list[Any]] = deque()
        self._threads: list[threading.Thread] = []
        self._taking = threading.Lock()  # held while an item is taken, however long that lasts
        self._lock = threading.Lock()
        self._ready = threading.Condition(self._lock)
        self._room = threading.Condition(self._lock)
        self._wants_room = False
        self._exhausted = False
        self._stopping = False
        self._error: BaseException | None = None

    def results(self, on_abort: Callable[[], object] | None) -> Generator[tuple[T, R | Exception]]:
        """Get the results in order; leaving early stops the threads."""
        finished = False
        self._start_thread()
        slots = self._slots
        try:
            while True:
                while self._has_result() and self._error is None:
                    item, result = slots.popleft()
                    if self._wants_room:
                        with self._lock:
                            self._wants_room = False
                            self._room.notify_all()
                    yield item, result
                if self._error is not None:
                    raise self._error
                with self._lock:
                    if self._exhausted and not slots:
                        finished = True
                        return
                    if not self._has_result():
                        self._ready.wait(LOOK)
        finally:
            self._stop(None if finished else on_abort)

    def _has_result(self) -> bool:
        """Whether the next result in order is there."""
        return bool(self._slots) and self._slots[0][1] is not _PENDING

    def _stop(self, on_abort: Callable[[], object] | None) -> None:
        with self._lock:
            self._stopping = True
            self._room.notify_all()
        if on_abort is not None:
            on_abort()
        # New threads start only while an item is taken, so this list is complete.
        with self._taking:
            threads = list(self._threads)
        for thread in threads:
            thread.join()
        close = getattr(self._items, "close", None)
        if close is not None:
            close()

    def _start_thread(self) -> None:
        name = f"fan-out-{len(self._threads) + 1}"
        thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        try:
            while (slot := self._take()) is not None:
                try:
                    slot[1] = self._read(slot[0])
                except self._skippable as error:
                    slot[1] = error
        except BaseException as error:
            with self._lock:
                self._error = self._error or error
                self._stopping = True
                self._room.notify_all()
                self._ready.notify()
        if self._exhausted:
            with self._lock:
                self._ready.notify()

    def _take(self) -> list[Any] | None:
        """Take the next item, or nothing when there is none or the fan-out stops."""
        with self._taking:
            if not self._has_room() or self._exhausted:
                return None
            for item in self._items:
                slot = [item, _PENDING]
                self._slots.append(slot)
                if len(self._threads) < self._max_workers and not self._stopping:
                    self._start_thread()
                return slot
            self._exhausted = True
        return None

    def _has_room(self) -> bool:
        """Wait until an item may be taken; say no when the fan-out stops."""
        if len(self._slots) >= self._look_ahead:
            with self._lock:
                while not self._stopping:
                    # Said before looking: the consumer makes room without the lock.
                    self._wants_room = True
                    if len(self._slots) < self._look_ahead:
                        break
                    self._ready.notify()
                    self._room.wait()
        return not self._stopping
