"""Measures the marts, the checks and the publishing of large organizations in DuckDB.

    python3 run.py benchmarks/marts.py           20,000 employees, then 200,000: some minutes
    python3 run.py benchmarks/marts.py --quick   20,000 employees only, and nothing is kept

The rows are invented and written straight into the raw tables: loading is measured elsewhere. Each
step is a process of its own. Its processor time is that of the step, its peak of memory that of the
whole process, the start of Python included. Writes its part of docs/benchmarks.md; ends with 1 when
a goal is missed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benchmarks.goals import marts_goals
from benchmarks.measuring import Measured
from benchmarks.page import marts, write
from benchmarks.population import Population, fill
from benchmarks.results import Part, Step, kept, machine

ROOT = Path(__file__).resolve().parents[1]
FIRST_DAY = date(2026, 11, 24)
DAYS = 5
SIZES = (Population(), Population(employees=200_000, badges=9))
SLOWEST = 900.0  # seconds a step may take


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; tell by the result whether every goal is reached."""
    parsing = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument(
        "--quick", action="store_true", help="the smaller organization, only printed"
    )
    given = parsing.parse_args(arguments)
    about = machine()
    steps = [step for size in (SIZES[:1] if given.quick else SIZES) for step in measured(size)]
    part = Part(steps, SIZES[0].employees, about)
    print(f"\n{marts(part)}")
    goals = list(marts_goals(part))
    for goal in goals:
        print(f"{goal.text}: {goal.figure}, {goal.bound}: {'kept' if goal.kept else 'MISSED'}")
    if not given.quick:
        write(kept() | {"marts": part})
    return int(not all(goal.kept for goal in goals))


def measured(population: Population) -> Iterator[Step]:
    """Measure every step with an organization, day after day, and tell of each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = fill(folder / "bench.duckdb", population)
        about = {
            "employees": float(population.employees),
            "credentials": float(rows["employee_badges"] + rows["external_badges"]),
        }
        plan = [("marts, first", "tables", 0)]
        plan += [(f"marts, day {day + 1}", "tables", day) for day in range(1, DAYS)]
        plan += [("checks", "checks", DAYS - 1), ("publish", "publish", DAYS - 1)]
        plan += [("marts as views", "views", DAYS - 1)]
        for step_name, step, day in plan:
            taken = run(folder, step, FIRST_DAY + timedelta(days=day))
            load = Measured(
                loader="marts",
                latency=0.0,
                connections=0,
                wall=taken["wall"],
                cpu=taken["cpu"],
                peak=int(taken["peak"]),
                requests={},
                in_flight=0,
                server_cpu=0.0,
                rows=taken.get("rows", {}),
            )
            made = Step(step_name, load, about | {"file": taken.get("published", taken["size"])})
            print(
                f"{population.employees:7,} {step_name:16} CPU {load.cpu:5.1f} s "
                f" wall {load.wall:5.1f} s  peak {load.peak / 1e6:5.0f} MB "
                f" file {made.figures['file'] / 1e6:6.1f} MB",
                flush=True,
            )
            # the rows of every day would say the same
            yield (
                made if step_name == "marts, first" else replace(made, load=replace(load, rows={}))
            )


def run(folder: Path, step: str, day: date) -> dict[str, Any]:
    """Do one step in a process of its own, and get what it took."""
    figures = folder / "figures.json"
    command = [sys.executable, "-m", "benchmarks.building", str(folder / "bench.duckdb"), step]
    launched = subprocess.run(
        [
            sys.executable,
            "-m",
            "benchmarks.launcher",
            str(figures),
            str(SLOWEST),
            *command,
            f"{day}",
        ],
        cwd=folder,  # where no configuration lies that would change what dlt does
        env={**os.environ, "DLT_DATA_DIR": str(folder / "dlt"), "PYTHONPATH": str(ROOT)}
        | {"RUNTIME__LOG_LEVEL": "ERROR", "RUNTIME__DLTHUB_TELEMETRY": "false"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    whole = json.loads(figures.read_text(encoding="utf-8"))
    return {"peak": whole["peak"], **json.loads(launched.stdout.splitlines()[-1])}


if __name__ == "__main__":
    sys.exit(main())
