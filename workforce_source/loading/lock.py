"""Lock files the operating system frees with their holder: of a pipeline, and of one process.

Nothing here knows what is locked out; `load()` holds them.
"""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from workforce_source.exceptions import DestinationError, Locked


@contextmanager
def run_lock(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of a pipeline; a lock whose holder died is free.

    Args:
        folder: Where the lock file lies: the pipelines directory.
        name: The pipeline's name.

    Raises:
        Locked: Another run holds it; the message names its process, machine and start.
        DestinationError: The lock file cannot be written.
    """
    path = folder / f"{name}.workforce.lock"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = path.open("a+", encoding="utf-8")
    except OSError as error:
        raise DestinationError(
            f"The pipelines directory cannot be written ({error.strerror}). Choose another with"
            " --pipelines-dir or DLT_DATA_DIR, or make it writable, then run again."
        ) from None
    with file:
        if not _take(file):
            file.seek(0)
            raise Locked(_held_by(file.read(), name))
        file.seek(0)
        file.truncate()
        holder = {
            "process": os.getpid(),
            "machine": platform.node(),
            "since": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        file.write(json.dumps(holder))
        file.flush()
        try:
            yield
        finally:
            file.seek(0)
            file.truncate()
            _free(file)


@contextmanager
def sign_of_life(name: str) -> Iterator[None]:
    """Let other processes of this machine see whether this one still lives, however it ends.

    Args:
        name: What nobody else is named.
    """
    path = _sign(name)
    try:
        file = path.open("a", encoding="utf-8")
    except OSError:  # then nobody can tell, and they wait
        yield
        return
    with file:
        _take(file)
        try:
            yield
        finally:
            _free(file)
    with suppress(OSError):
        path.unlink()


def abandoned(name: str) -> bool:
    """Tell whether a process of this machine gave a sign of life under a name, and is gone.

    Args:
        name: The name.
    """
    path = _sign(name)
    try:
        file = path.open("r+", encoding="utf-8")
    except OSError:  # another machine's, or ended in order
        return False
    with file:
        gone = _take(file)
    if gone:
        with suppress(OSError):
            path.unlink()
    return gone


def _sign(name: str) -> Path:
    return Path(tempfile.gettempdir(), f"workforce-{name}.lock")


def _held_by(text: str, name: str) -> str:
    try:
        holder = json.loads(text)
        who = f"process {holder['process']} on {holder['machine']} since {holder['since']}"
    except (ValueError, KeyError, TypeError):
        who = "another process"
    return (
        f"The pipeline {name} is already running: {who}. Wait for it to end, or stop it; a lock"
        " whose holder died frees itself. (Another project's needs another name, or a pipelines"
        " directory of its own: dlt keeps the working files of both in one place.)"
    )


if sys.platform == "win32":
    import msvcrt

    def _take(file: IO[str]) -> bool:
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def _free(file: IO[str]) -> None:
        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(file: IO[str]) -> bool:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True

    def _free(file: IO[str]) -> None:
        fcntl.flock(file, fcntl.LOCK_UN)
