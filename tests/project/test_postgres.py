"""The tests' embedded PostgreSQL: it leaves nothing behind, however the tests end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.postgres
def test_a_server_ends_with_the_tests_that_are_killed(tmp_path: Path) -> None:
    """As `timeout` or a terminal that is closed kills them: process and folder are gone."""
    code = (
        "import os, signal\n"
        "from tests.tools.postgres import serving\n"
        "with serving():\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    # what waits for the end of the tests holds the output: it has done its work when that closes
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        check=False,
        timeout=120,
    )
    assert list(tmp_path.glob("pg-*")) == []
