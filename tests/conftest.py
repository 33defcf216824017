"""What every test shares: a clean environment, and a sandbox of its own.

No test may reach another machine, and none may read or leave anything in the home directory.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator

# before anything imports dlt, which reads them once
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["DLT_DATA_DIR"] = tempfile.mkdtemp(prefix="dlt-")

import pytest

from tests.tools import postgres
from workforce_source.sandbox import Sandbox


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


def pytest_unconfigure() -> None:
    """Leave nothing behind."""
    shutil.rmtree(os.environ["DLT_DATA_DIR"], ignore_errors=True)
