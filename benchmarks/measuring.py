"""One load as a whole process: time, processor time, memory, requests, and whether it is right.

What is compared with what, and how figures are shown, is not known here.
"""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.checking import Truth
from benchmarks.loaders.job import Job
from benchmarks.queries import QUERIES
from workforce_source.sandbox import SandboxProcess

BUSY = 0.6
"""Share of the wall time above which the server, not the loader, may be what is measured."""
_LONGEST = 1200.0  # seconds a load may take


class LoadFailed(Exception):
    """A loader did not end well; it has said why."""


@dataclass(frozen=True)
class Measured:
    """What one load took.

    Attributes:
        loader: Name of the loader.
        latency: Seconds the server waited before every answer.
        connections: Requests that might be in flight at once.
        wall: Seconds from the start of the process to its end.
        cpu: Seconds of processor time of the process, user and system.
        peak: Most memory the process held, in bytes.
        requests: Requests the server saw, by endpoint.
        in_flight: The most requests that were under way at once.
        server_cpu: Seconds of processor time the server used meanwhile.
        rows: Rows by table that the queries of the loader find.
        wrong: Tables that are not equal to the truth.
        facts: What the loader says of its load.
    """

    loader: str
    latency: float
    connections: int
    wall: float
    cpu: float
    peak: int
    requests: dict[str, int]
    in_flight: int
    server_cpu: float
    rows: dict[str, int] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def requested(self) -> int:
        """How many requests the server saw."""
        return sum(self.requests.values())

    @property
    def server_share(self) -> float:
        """Share of the wall time the server was busy."""
        return self.server_cpu / self.wall

    @property
    def valid(self) -> bool:
        """Whether the server was idle enough for the loader to be what was measured."""
        return self.server_share <= BUSY


class Bench:
    """A sandbox, its truth, and a folder for each loader's database.

    Args:
        sandbox: Where loaders read.
        folder: Where each database and pipeline lives; the next load finds the last one's.
    """

    def __init__(self, sandbox: SandboxProcess, folder: Path) -> None:
        self.sandbox = sandbox
        self._folder = folder
        self._homes: dict[str, Path] = {}
        self._truth = Truth(sandbox)

    def changed(self) -> None:
        """Take note that the sandbox holds something else now."""
        self._truth = Truth(self.sandbox)

    def measure(
        self,
        loader: str,
        *,
        latency: float = 0.0,
        connections: int = 8,
        again: bool = False,
        tables: tuple[str, ...] | None = None,
        **settings: Any,
    ) -> Measured:
        """Run a loader and get what it took.

        Args:
            loader: Name of its module in `benchmarks.loaders`.
            latency: Seconds the server waits before every answer.
            connections: Requests that may be in flight at once.
            again: Load into what the loader's last load left, instead of an empty database.
            tables: Tables to compare with the truth; all unless given, none if empty.
            **settings: More settings of this project's own load.

        Raises:
            LoadFailed: The loader did not end well.
        """
        if not again:
            self._homes[loader] = Path(tempfile.mkdtemp(prefix=f"{loader}-", dir=self._folder))
        home = self._homes[loader]
        job = Job(
            **self.sandbox.settings,
            connections=connections,
            folder=str(home / "pipelines"),
            database=str(home / "loaded.duckdb"),
            settings=settings,
        )
        self.sandbox.faults.latency = latency
        self.sandbox.requests.clear()
        before = self.sandbox.cpu_seconds
        taken, facts = _run(loader, job, home)
        server_cpu = self.sandbox.cpu_seconds - before
        requests, in_flight = self.sandbox.counts(), self.sandbox.max_in_flight
        wanted = QUERIES[loader]
        checks = self._truth.compare(
            job.database,
            {name: wanted[name] for name in (wanted if tables is None else tables)},
        )
        return Measured(
            loader=loader,
            latency=latency,
            connections=connections,
            wall=taken["wall"],
            cpu=taken["cpu"],
            peak=int(taken["peak"]),
            requests=requests,
            in_flight=in_flight,
            server_cpu=server_cpu,
            rows={check.table: check.rows for check in checks},
            wrong=tuple(check.table for check in checks if not check.equal),
            facts=facts,
        )


def _paths() -> str:
    checkout = str(Path(__file__).resolve().parents[1])
    return os.pathsep.join(filter(None, [checkout, os.environ.get("PYTHONPATH")]))


def _run(loader: str, job: Job, home: Path) -> tuple[dict[str, float], dict[str, Any]]:
    figures = home / "figures.json"
    load = [sys.executable, "-m", f"benchmarks.loaders.{loader}", job.to_argument()]
    launched = subprocess.run(
        [sys.executable, "-m", "benchmarks.launcher", str(figures), str(_LONGEST), *load],
        cwd=home,  # where no configuration lies that would change what dlt does
        env={**os.environ, "DLT_DATA_DIR": str(home / "dlt"), "PYTHONPATH": _paths()}
        | {"RUNTIME__LOG_LEVEL": "ERROR", "RUNTIME__DLTHUB_TELEMETRY": "false"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if launched.returncode:
        raise LoadFailed(f"{loader} ended with exit code {launched.returncode}; see above.")
    taken: dict[str, float] = json.loads(figures.read_text(encoding="utf-8"))
    facts: dict[str, Any] = json.loads(launched.stdout.splitlines()[-1])
    return taken, facts
