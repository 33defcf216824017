"""What every test shares: a clean environment, and a sandbox of its own.

No test may reach another machine, and none may read or leave anything in the home directory.
"""

import atexit
import logging
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator

# before anything imports dlt, which reads them once
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["DLT_DATA_DIR"] = tempfile.mkdtemp(prefix="dlt-")

import pytest

from tests.tools import postgres
from workforce_source.sandbox import Sandbox

_SESSIONS: list[pytest.Session] = []
"""The session of this process, once it is over."""


# a shell's job in the background ignores Ctrl-C, and so would all that is started here
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def our_logger_as_before() -> Iterator[None]:
    """Leave nothing of commands called in this process: they show records to its end."""
    logger = logging.getLogger("workforce_source")
    before = list(logger.handlers), logger.propagate, logger.level
    yield
    logger.handlers[:], logger.propagate, logger.level = before


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve sixty invented employees, every awkward case among them."""
    with Sandbox(employees=60, seed=7) as serving:
        yield serving


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Serve an empty PostgreSQL; tests of one session keep apart by the names of their datasets."""
    with postgres.serving() as url:
        yield url


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Remember how the tests of this process ended."""
    _SESSIONS.append(session)


def _end_at_once() -> None:
    """End with the exit code of the tests, and do not take the interpreter apart.

    DuckDB's binding counts what is alive then: a hundred lines on the terminal, below the failures.
    """
    for session in _SESSIONS:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(session.exitstatus))


# what is registered first is called last
atexit.register(_end_at_once)


def pytest_xdist_auto_num_workers() -> int:
    """Half as many workers again as there are cores: a third of a load is waiting."""
    return min(6, (os.cpu_count() or 1) * 3 // 2 or 1)


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ["DLT_DATA_DIR"], ignore_errors=True)
