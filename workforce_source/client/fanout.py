"""An ordered, bounded window of concurrent reads: requests keep flying while results are used.

The consumer looks for results at short intervals instead of being woken for each of them, because
a switch between threads for every result costs more than the request itself.

What may not be in here: HTTP, endpoints, and retries.
"""

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from queue import SimpleQueue
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Seconds between two looks at the results while there is no other reason to wake up.
LOOK = 0.02
_LOOKS_IN_VAIN = 10  # before who uses the results is told
_NO_ITEM: Any = object()


def fan_out(
    read: Callable[[T], R],
    items: Iterable[T],
    *,
    max_workers: int,
    look_ahead: int,
    on_abort: Callable[[], object] = bool,
    on_look: Callable[[], object] = bool,
) -> Generator[tuple[T, R]]:
    """Get each item with its result, in the order of the items.

    Args:
        read: Reads one item; called from several threads at once. An error of it ends the fan-out
            at once and is raised, and results that were waiting are dropped.
        items: What to read. May be lazy, even slow: it is advanced from one thread at a time,
            while earlier items are being read.
        max_workers: Threads at most.
        look_ahead: Items at most that are under way or waiting to be used.
        on_abort: Called when the fan-out ends before its items do, to end the reads under way
            (for a client: `close`). Without it they are waited for.
        on_look: Called now and then while nothing comes in; an error of it ends the fan-out.

    Raises:
        ValueError: `max_workers` or `look_ahead` is below 1.
    """
    if max_workers < 1 or look_ahead < 1:
        raise ValueError("max_workers and look_ahead are at least 1")
    left = iter(items)
    slots: deque[list[Any]] = deque()  # an item each, and its result once it is there
    room: SimpleQueue[None] = SimpleQueue()  # a semaphore, at a tenth of its cost
    taking = threading.Lock()  # held while an item is taken, however long that lasts
    look = threading.Event()
    errors: list[BaseException] = []
    ended = threading.Event()
    idle = 0

    def work() -> None:
        try:
            while True:
                with taking:
                    if room.empty():
                        look.set()
                    room.get()
                    if ended.is_set() or (item := next(left, _NO_ITEM)) is _NO_ITEM:
                        break
                    slots.append(slot := [item])
                slot.append(read(item))
        except BaseException as error:
            errors.append(error)
        end()

    def end() -> None:
        ended.set()
        room.put(None)  # for the thread that waits for room; when it has ended, for the next
        look.set()

    for _ in range(look_ahead):
        room.put(None)
    threads = [
        threading.Thread(target=work, name=f"fan-out-{number}", daemon=True)
        for number in range(1, min(max_workers, look_ahead) + 1)
    ]
    try:
        for thread in threads:
            thread.start()
        while True:
            last = ended.is_set()  # looked at before the rest, to which nothing is added afterwards
            if errors:
                raise errors[0]
            if slots and len(slots[0]) > 1:
                item, result = slots.popleft()
                room.put(None)
                yield item, result
            elif last and not slots:
                on_abort = bool
                return
            else:
                idle = 0 if look.wait(LOOK) else idle + 1
                look.clear()
                if idle and idle % _LOOKS_IN_VAIN == 0:
                    on_look()
    finally:
        end()
        on_abort()
        for thread in threads:
            thread.join()
        getattr(left, "close", bool)()
