"""A process of its own that is there at once: forked from one that has imported what it needs.

Python, dlt and pyarrow take a second to start. What a process is told, says and leaves, and how it
dies, are the same; how it starts and how Python ends it are not: tests of those start a Python.
"""

import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

WARM = multiprocessing.get_context("forkserver")
WARM.set_forkserver_preload(
    [
        "workforce_source.job.command",
        "workforce_source.source",
        "workforce_source.loading.load",
        "workforce_source.marts.build",
        "dlt.destinations.impl.duckdb.duck",
        "pyarrow.parquet",
        "pytz",
    ]
)


class Forked:
    """A running function, in a process and a folder of its own.

    Args:
        function: One of a module, so that the other process finds it.
        arguments: Its arguments, which can be pickled.
        folder: The working directory.
        environment: All of its environment.
    """

    def __init__(
        self,
        function: Callable[..., object],
        *arguments: Any,
        folder: Path,
        environment: dict[str, str],
    ) -> None:
        self._said = tempfile.TemporaryDirectory(prefix="forked-")
        self._process = WARM.Process(
            target=_become,
            args=(self._said.name, str(folder), environment, function, arguments),
        )
        self._process.start()
        self.pid = self._process.pid or 0
        self.returncode: int | None = None

    def communicate(self, timeout: float) -> tuple[str, str]:
        """Wait for the end; get what was written to standard output and standard error."""
        with self._said as said:
            self._process.join(timeout)
            self.returncode = self._process.exitcode
            if self.returncode is None:
                self._process.kill()
            out, err = (Path(said, name).read_text(encoding="utf-8") for name in ("out", "err"))
        assert self.returncode is not None, f"still there after {timeout} s: {out}{err}"
        self._process.close()
        return out, err


def run_script(script: str, *flags: str) -> None:
    """Be what `python SCRIPT FLAGS` would be."""
    sys.argv = [script, *flags]
    sys.path.insert(0, str(Path(script).resolve().parent))
    runpy.run_path(script, run_name="__main__")


def _become(
    said: str,
    folder: str,
    environment: dict[str, str],
    function: Callable[..., object],
    arguments: tuple[Any, ...],
) -> None:
    # before anything reads them
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(Path(said, name), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(file, number)
        os.close(file)
    function(*arguments)
