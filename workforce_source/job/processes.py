"""A process for each organization, a few at a time: started, listened to, and ended with this one.

Each is a fresh Python that loads one organization and tells what became of it. What it does there
is not known here.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Final

from workforce_source.exceptions import ConfigError
from workforce_source.exit_codes import ExitCode
from workforce_source.job.call import Call
from workforce_source.job.environment import prepare
from workforce_source.job.organizations import Loaded, try_one
from workforce_source.job.stopping import GRACE, Stop, run_stoppable

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

# a fork would take over locks that some thread of dlt's or DuckDB's holds at that moment
_FRESH: Final = multiprocessing.get_context("spawn")
_ASKED_EVERY: Final = 0.2
"""Seconds between two looks whether this process is to end."""
_PATIENCE: Final = GRACE + 0.5
"""Seconds a process has to end by itself; the rest is ended."""
GRACE_WITH_PROCESSES: Final = _PATIENCE + 0.5
"""Seconds a run with processes of its own has to end by itself after a signal."""


def load_in_processes(call: Call, organizations: Iterable[str], stop: Stop) -> list[Loaded]:
    """Load organizations in processes of their own, as many at a time as was asked for.

    Raises:
        ConfigError: What was asked for cannot be given to another process.
        Stopped: A signal came; no process is left.
    """
    wanted = list(organizations)
    ahead, done = list(wanted), dict[str, Loaded]()
    running: dict[Connection, tuple[str, SpawnProcess]] = {}
    try:
        while ahead or running:
            while ahead and len(running) < call.given.parallel:
                stop.raise_for_signal()
                organization = ahead.pop(0)
                results, process = _start(call, organization)
                running[results] = organization, process
            ready = wait(list(running), _ASKED_EVERY)
            for results in [one for one in running if one in ready]:
                organization, process = running.pop(results)
                done[organization] = _result(results, organization, process)
            stop.raise_for_signal()
    finally:
        _end([process for _, process in running.values()])
    return [done[organization] for organization in wanted]


def _start(call: Call, organization: str) -> tuple[Connection, SpawnProcess]:
    results, told = _FRESH.Pipe(duplex=False)
    process = _FRESH.Process(target=_work, args=(call, organization, told), daemon=True)
    try:
        with told:
            process.start()
    except (pickle.PicklingError, AttributeError, TypeError):
        raise ConfigError(
            "With --parallel each organization is loaded by a process of its own, which cannot be"
            " given the session of this script. Leave --parallel out, or make the session of what"
            " can be pickled."
        ) from None
    return results, process


def _work(call: Call, organization: str, told: Connection) -> None:
    """Be the process of one organization."""
    given = call.given
    prepare(verbose=given.verbose, debug=given.debug, label=f"{organization}: ")
    threading.Thread(target=_end_with_parent, daemon=True).start()

    def work(stop: Stop) -> int:
        loaded = try_one(call, organization, stop)
        told.send(loaded)
        return loaded.exit_code

    # the parent says that all was stopped
    sys.exit(run_stoppable(work, lambda error: getattr(error, "exit_status", ExitCode.FAILED)))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def _result(results: Connection, organization: str, process: SpawnProcess) -> Loaded:
    loaded: Loaded | None = None
    with results, suppress(EOFError, OSError):
        loaded = results.recv()
    process.join()
    code = process.exitcode
    process.close()
    if loaded is not None:
        return loaded
    return Loaded(
        organization,
        failure=(
            f"Its process ended ({f'signal {-code}' if code and code < 0 else f'exit {code}'})"
            " before it was done: somebody ended it, or the machine had no memory left. What was"
            " loaded stays; run again."
        ),
        exit_code=ExitCode.FAILED,
    )


def _end(processes: Sequence[SpawnProcess]) -> None:
    until = time.monotonic() + _PATIENCE
    for process in processes:
        process.terminate()
    for process in processes:
        process.join(max(0.0, until - time.monotonic()))
        if process.is_alive():
            process.kill()
            process.join()
        process.close()
