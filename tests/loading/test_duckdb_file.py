"""A DuckDB file is open throughout while a package is written, and free in between."""

import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from workforce_source import load
from workforce_source.exceptions import DestinationError
from workforce_source.sandbox import Sandbox

HOLD = (
    "import duckdb, sys; c = duckdb.connect(sys.argv[1]);"
    " print('open', flush=True); sys.stdin.read()"
)
READABLE_BY_1_2 = 65  # storage version of the header
LOOK = "import duckdb, sys; duckdb.connect(sys.argv[1], read_only=True).execute('SELECT 1')"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the file will be."""
    return tmp_path / "loaded.duckdb"


@pytest.fixture
def pipeline(tmp_path: Path, file: Path) -> dlt.Pipeline:
    """A pipeline into the file."""
    return dlt.pipeline(
        "kept",
        pipelines_dir=str(tmp_path / "pipelines"),
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="credly",
    )


def test_staged_rows_are_not_written_into_the_file(
    sandbox: Sandbox, pipeline: dlt.Pipeline, file: Path
) -> None:
    """A first load leaves no room in the file that staged rows took and nothing uses any more."""
    settings: dict[str, Any] = dict(sandbox.settings)
    load(pipeline, **settings)
    with duckdb.connect(str(file)) as connection:
        sizes = connection.execute("SELECT used_blocks, free_blocks FROM pragma_database_size()")
        used, free = sizes.fetchall()[0]
    assert used > 0
    assert free <= 2  # of the row of the lease, which changes before and after; staged rows took 6


def test_todays_programs_can_open_a_file_that_load_has_made(
    sandbox: Sandbox, pipeline: dlt.Pipeline, file: Path
) -> None:
    """It has the format that DuckDB reads since 1.2, as the main job's has."""
    settings: dict[str, Any] = dict(sandbox.settings)
    load(pipeline, **settings)
    header = file.read_bytes()[:20]
    assert header[8:12] == b"DUCK"
    assert int.from_bytes(header[12:20], "little") <= READABLE_BY_1_2
    assert file.stat().st_mode & 0o077 == 0, "people are in it: nobody else's, whatever the umask"


@pytest.mark.search  # in the normal run, what waits for a file that is open
def test_other_programs_may_look_while_badges_are_read(
    sandbox: Sandbox, pipeline: dlt.Pipeline, file: Path
) -> None:
    """Between two packages, however long their requests take, the file is not locked."""
    looks: list[subprocess.CompletedProcess[bytes]] = []

    def look(name: str, done: int, _total: int | None) -> None:
        if name == "employee_data" and done == 15:  # one package is written, the next one is read
            looks.append(subprocess.run([sys.executable, "-c", LOOK, str(file)], check=False))

    settings: dict[str, Any] = dict(sandbox.settings)
    summary = load(pipeline, progress=look, checkpoint_every=10, **settings)
    assert summary.packages > 1
    assert [one.returncode for one in looks] == [0]


def test_what_was_read_waits_for_a_file_that_somebody_opened(
    sandbox: Sandbox, pipeline: dlt.Pipeline, file: Path
) -> None:
    """A package that finds the file locked stays on disk; nobody is read again for it."""
    settings: dict[str, Any] = dict(sandbox.settings)
    with ExitStack() as held:

        def hold(name: str, done: int, total: int | None) -> None:
            if name == "employee_data" and done == total:
                command = [sys.executable, "-c", HOLD, str(file)]
                pipe = subprocess.PIPE
                holder = held.enter_context(subprocess.Popen(command, stdin=pipe, stdout=pipe))
                assert holder.stdout
                assert holder.stdout.readline() == b"open\n"
                held.callback(holder.communicate)

        with pytest.raises(DestinationError, match="open in another process"):
            load(pipeline, progress=hold, **settings)
    sandbox.requests.clear()
    summary = load(pipeline, **settings)
    assert summary.pending
    assert sandbox.counts().get("employee_data", 0) == 0
