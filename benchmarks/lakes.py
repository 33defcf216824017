"""Measures loads into a DuckLake beside the same loads into a DuckDB file.

    python3 run.py --lock requirements-destinations.lock benchmarks/lakes.py
    ... benchmarks/lakes.py --employees 200 --repetitions 3

Each load is a process of its own, as a schedule starts it: a first load, then one after churn. The
destinations take turns, and the sandbox answers without latency, so that what is compared is
writing. Ends with 1 when the first load into a lake takes more than twice that into the file.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

import dlt

from benchmarks.results import machine
from tests.destination.engines import ENGINES
from tests.tools.postgres import serving
from workforce_source import load
from workforce_source.sandbox import sandbox_process

GOAL: Final = 2.0
"""Time of a first load into a lake to that of one into a DuckDB file."""
STEPS: Final = ("first load", "after churn")
_COMPARED: Final = [e for e in ENGINES if e.name == "DuckDB" or e.name.startswith("DuckLake")]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; tell by the result whether the goal is reached."""
    parsing = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument("--employees", type=int, default=5_000)
    parsing.add_argument("--repetitions", type=int, default=5)
    given = parsing.parse_args(arguments)
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    if missing := sorted({name for engine in _COMPARED for name in engine.missing}):
        parsing.error(f"not installed: {', '.join(missing)}; take requirements-destinations.lock")
    print(f"{machine()}\n{given.employees:,} employees, no latency\n")
    taken: dict[tuple[str, str], list[float]] = {}
    for number in range(given.repetitions):
        # who begins is always another, so that a drift of the machine favours nobody
        order = _COMPARED[number % len(_COMPARED) :] + _COMPARED[: number % len(_COMPARED)]
        with serving() as url:  # a catalog belongs to one lake
            for engine in order:
                for step, seconds in _loads(engine.name, url, given.employees).items():
                    taken.setdefault((engine.name, step), []).append(seconds)
    print("| destination | step | median s | from | to | to DuckDB |\n|---|---|---|---|---|---|")
    missed = False
    for step in STEPS:
        file = median(taken["DuckDB", step])
        for engine in _COMPARED:
            turns = taken[engine.name, step]
            ratio = median(turns) / file
            missed |= step == STEPS[0] and ratio > GOAL
            print(
                f"| {engine.name} | {step} | {median(turns):.2f} | {min(turns):.2f}"
                f" | {max(turns):.2f} | {ratio:.2f} |"
            )
    print(f"\ngoal: a first load at most {GOAL:g} times DuckDB's: {'MISSED' if missed else 'kept'}")
    return int(missed)


def _loads(engine: str, url: str, employees: int) -> dict[str, float]:
    taken = {}
    with (
        sandbox_process(employees) as sandbox,
        tempfile.TemporaryDirectory(prefix="lakes-", ignore_cleanup_errors=True) as folder,
    ):
        job = json.dumps([engine, folder, url, dict(sandbox.settings)])
        for step in STEPS:
            if step != STEPS[0]:
                sandbox.churn(share=0.01)
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "benchmarks.lakes", job],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            taken[step] = time.perf_counter() - began
    return taken


def _load(job: str) -> None:
    name, folder, url, settings = json.loads(job)
    (engine,) = (engine for engine in ENGINES if engine.name == name)
    pipeline = dlt.pipeline(
        "workforce",
        pipelines_dir=str(Path(folder, "pipelines")),
        destination=engine.make(Path(folder), url),
        dataset_name="lakes",
    )
    load(pipeline, **settings)


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1].startswith("["):  # a process of our own
        _load(sys.argv[1])
    else:
        sys.exit(main())
