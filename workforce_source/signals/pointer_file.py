"""The file that pointers are kept in: appended to by any number of processes, read by any run.

A line is there as a whole or does not count, and is on the disk before whoever sent it is told so.
What may not be in here: HTTP, and what becomes of a pointer.
"""

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import orjson

from workforce_source.signals.pointers import Pointer, moment

LONGEST_LINE: Final = 512
"""Bytes; a pointer has less."""
_TIDIED_EVERY: Final = 60.0
"""Seconds between two attempts to make room."""


class Full(Exception):
    """There is no room for another pointer."""


class PointerFile:
    """Appends pointers to a file.

    Args:
        path: The file; another of its name with `.lock` lies beside it.
        most_bytes: As large as it may become.
        keep: How long a pointer is kept once the file is full.
        now: The wall clock.
        monotonic: Seconds that never go backwards.
    """

    def __init__(
        self,
        path: Path,
        most_bytes: int,
        keep: timedelta,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._path, self._most, self._keep = path, most_bytes, keep
        self._now, self._monotonic = now, monotonic
        self._tidy_from = monotonic()

    def append(self, pointer: Pointer) -> None:
        """Append a pointer; it is on the disk when this returns.

        Raises:
            Full: There is no room, after old pointers were dropped.
            OSError: The file cannot be written; it is as it was.
        """
        line = _line(pointer, self._now())
        with _locked(self._path):
            if not self._write(line):
                if self._monotonic() < self._tidy_from:
                    raise Full
                self._tidy_from = self._monotonic() + _TIDIED_EVERY
                self._tidy()
                if not self._write(line):
                    raise Full

    def check(self) -> None:
        """Make sure that the file can be written.

        Raises:
            OSError: It cannot.
        """
        with _locked(self._path), self._path.open("ab"):
            pass

    def _write(self, line: bytes) -> bool:
        """Write a line, unless it has no room."""
        with self._path.open("ab+", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            if size:
                file.seek(size - 1)
                if file.read(1) != b"\n":  # somebody was killed in the middle of a line
                    line = b"\n" + line
            if size + len(line) > self._most:
                return False
            try:
                written = 0
                while written < len(line):
                    written += file.write(line[written:])
                os.fsync(file.fileno())
            except OSError:
                with suppress(OSError):
                    file.truncate(size)
                raise
        if not size:
            _sync_folder(self._path)
        return True

    def _tidy(self) -> None:
        """Drop what was received so long ago that every badge has been read since."""
        oldest = self._now() - self._keep
        beside = self._path.with_name(f"{self._path.name}.new")
        with self._path.open("rb") as file, beside.open("wb") as kept:
            for line in file:
                found = _received(line)
                if found is not None and found[1] >= oldest:
                    kept.write(line)
            kept.flush()
            os.fsync(kept.fileno())
        beside.replace(self._path)
        _sync_folder(self._path)


def read(path: Path) -> tuple[list[Pointer], int]:
    """Get the pointers of a file, and how many of its lines are damaged.

    None of them is said to have occurred after it was received. A last line without its end is
    being written, or never was.

    Args:
        path: The file.

    Raises:
        OSError: It cannot be read.
    """
    pointers: list[Pointer] = []
    damaged = 0
    with path.open("rb") as file:
        for line in _lines(file.readline):
            if (found := _received(line)) is None:
                damaged += 1
                continue
            pointer, received_at = found
            pointers.append(replace(pointer, occurred_at=min(pointer.occurred_at, received_at)))
    return pointers, damaged


def _lines(readline: Callable[[int], bytes]) -> Iterator[bytes]:
    """Get whole lines; of one that is too long, its beginning."""
    while line := readline(LONGEST_LINE):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = readline(LONGEST_LINE)
        if not rest:
            return
        yield line


def _line(pointer: Pointer, received_at: datetime) -> bytes:
    values = {
        "id": pointer.event_id,
        "organization_id": pointer.organization_id,
        "event_type": pointer.event_type,
        "occurred_at": pointer.occurred_at,
        "received_at": received_at,
    }
    return orjson.dumps(values, option=orjson.OPT_APPEND_NEWLINE)


def _received(line: bytes) -> tuple[Pointer, datetime] | None:
    """Get the pointer of a line, and when it was received; None where it is damaged."""
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    pointer = Pointer.of(value)
    received_at = moment(value.get("received_at")) if pointer is not None else None
    return (pointer, received_at) if pointer is not None and received_at is not None else None


_THREADS: Final = threading.Lock()
"""Lets one thread of a process at a time ask for the lock of a file, which others hold shortly."""


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Let nobody else write meanwhile; the lock of a process that dies is free."""
    with _THREADS, path.with_name(f"{path.name}.lock").open("ab") as file:
        _take(file.fileno())
        try:
            yield
        finally:
            _free(file.fileno())


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)

    def _free(descriptor: int) -> None:
        os.lseek(descriptor, 0, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def _sync_folder(path: Path) -> None:
        """Do nothing: folders cannot be synchronized here."""

else:
    import fcntl

    def _take(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)

    def _free(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def _sync_folder(path: Path) -> None:
        """Let the name of a file that is new be on the disk, too."""
        descriptor = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
