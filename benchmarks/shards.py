"""Measures the first load of one organization by several workers beside that by one.

    python3 run.py benchmarks/shards.py                 20,000 employees: about twenty minutes
    python3 run.py benchmarks/shards.py --repetitions 1 --latencies 100

Each worker is a process with connections of its own, as on a machine of its own; here they share
the processor with the sandbox and with an embedded PostgreSQL. What was loaded is compared with
the sandbox's truth. Ends with 1 when it is not equal, or when four workers take more than 0.4 of
the time of one at 100 ms.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

import dlt

from benchmarks.loaders.job import Job
from benchmarks.results import machine
from tests.tools.compare import differences
from tests.tools.postgres import serving
from workforce_source.sandbox import SandboxProcess, sandbox_process
from workforce_source.tables import DATA_TABLES

GOAL: Final = 0.4
"""Time of four workers to that of one, at 100 ms."""
CONNECTIONS: Final = 8
"""Of each worker."""


@dataclass(frozen=True)
class Taken:
    """What one load took, by all its workers.

    Attributes:
        workers: How many.
        wall: Seconds from the start of the first to the end of the last.
        cpu: Seconds of processor time of all of them.
        requests: Requests the server saw.
        wrong: How much is otherwise than the truth.
    """

    workers: int
    wall: float
    cpu: float
    requests: int
    wrong: int


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; tell by the result whether the goal is reached."""
    parsing = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument("--employees", type=int, default=20_000)
    parsing.add_argument("--repetitions", type=int, default=3)
    parsing.add_argument("--workers", type=int, default=4)
    parsing.add_argument("--latencies", default="100,20", help="milliseconds (100,20)")
    given = parsing.parse_args(arguments)
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    print(f"{machine()}\n{given.employees:,} employees, {CONNECTIONS} connections a worker\n")
    print("| latency ms | workers | wall s | to one | CPU s | requests | result |")
    print("|---|---|---|---|---|---|---|")
    missed = False
    with sandbox_process(given.employees) as sandbox, serving() as url:
        for latency in map(float, given.latencies.split(",")):
            sandbox.faults.latency = latency / 1000
            turns = list(_turns(sandbox, url, given.workers, given.repetitions, latency))
            ratio = median(many.wall / one.wall for one, many in turns)
            missed |= any(taken.wrong for turn in turns for taken in turn)
            missed |= latency == 100 and given.workers == 4 and ratio > GOAL
            print(f"\n{latency:g} ms, median of {len(turns)}: {ratio:.2f} of one's time\n")
    verdict = "MISSED" if missed else "kept"
    print(f"goal: at most {GOAL} of one's time at 100 ms, and equal to the truth: {verdict}")
    return int(missed)


def _turns(
    sandbox: SandboxProcess, url: str, workers: int, repetitions: int, latency: float
) -> Iterator[tuple[Taken, Taken]]:
    for number in range(repetitions):
        one, many = (
            _load(sandbox, url, count, f"shards_{latency:.0f}_{number}_{count}")
            for count in (1, workers)
        )
        for taken in (one, many):
            verdict = f"WRONG: {taken.wrong}" if taken.wrong else "right"
            print(
                f"| {latency:g} | {taken.workers} | {taken.wall:.1f} | {taken.wall / one.wall:.2f}"
                f" | {taken.cpu:.1f} | {taken.requests:,} | {verdict} |",
                flush=True,
            )
        yield one, many


def _load(sandbox: SandboxProcess, url: str, workers: int, dataset: str) -> Taken:
    sandbox.requests.clear()
    with tempfile.TemporaryDirectory(prefix="shards-", ignore_cleanup_errors=True) as name:
        jobs = [
            Job(
                **sandbox.settings,
                connections=CONNECTIONS,
                folder=str(Path(name, str(number))),
                database=url,
                settings={"shard": [number, workers], "dataset": dataset},
            )
            for number in range(1, workers + 1)
        ]
        began = time.perf_counter()
        started = [
            subprocess.Popen(
                [sys.executable, "-m", "benchmarks.loaders.shard", job.to_argument()],
                stdout=subprocess.DEVNULL,
            )
            for job in jobs
        ]
        cpu = 0.0
        for process in started:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            cpu += usage.ru_utime + usage.ru_stime
        wall = time.perf_counter() - began
        codes = [process.returncode for process in started]
        if any(codes):
            raise SystemExit(f"A worker did not end well: {codes}")
        requests = sum(sandbox.counts().values())
        pipeline = dlt.pipeline(
            "looking",
            pipelines_dir=name,
            destination=dlt.destinations.postgres(url),
            dataset_name=dataset,
        )
        return Taken(workers, wall, cpu, requests, _wrong(sandbox, pipeline))


def _wrong(sandbox: SandboxProcess, pipeline: dlt.Pipeline) -> int:
    # dlt loads an empty text into PostgreSQL as NULL
    truth = {
        table.name: [
            {name: None if value == "" else value for name, value in row.items()}
            for row in sandbox.truth_rows(table.name)
        ]
        for table in DATA_TABLES
    }
    found = len(differences(pipeline, truth))
    with pipeline.sql_client() as client:
        client.drop_dataset()
    return found


if __name__ == "__main__":
    sys.exit(main())
