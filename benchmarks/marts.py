"""Measures the marts, the checks and the publishing of a large organization in DuckDB.

    python3 run.py benchmarks/marts.py                    20,000 employees: about a minute
    python3 run.py benchmarks/marts.py --employees 5000

The sandbox's rows are written straight into the raw tables: loading is measured elsewhere.
Ends with 1 when the marts of 20,000 employees take 5 seconds or more.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dlt
import duckdb

from benchmarks.results import machine
from workforce_source.marts import Seeds, Target, build_marts, publish, run_checks, skill_key
from workforce_source.sandbox import Options, Sandbox
from workforce_source.tables import TABLE_BY_NAME, TABLES

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SECONDS = 5.0
EMPLOYEES = 20_000
TYPES = {"text": "text", "bigint": "bigint", "bool": "boolean", "date": "date"}
TARGETS = ("SQL", "Python", "Kubernetes", "Communication", "Machine Learning")


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; tell by the result whether the goal is reached."""
    parsing = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument("--employees", type=int, default=EMPLOYEES)
    parsing.add_argument("--repetitions", type=int, default=3)
    given = parsing.parse_args(arguments)
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        counts = fill(folder / "bench.duckdb", given.employees)
        pipeline = dlt.pipeline(
            "bench",
            destination=dlt.destinations.duckdb(str(folder / "bench.duckdb")),
            dataset_name="credly",
            pipelines_dir=str(folder / "state"),
        )
        seeds = Seeds(targets=tuple(targets()))
        today = NOW.date()
        results = [
            build_marts(pipeline, as_of=today, today=today, seeds=seeds)
            for _ in range(given.repetitions)
        ]
        views = build_marts(pipeline, as_of=today, today=today, seeds=seeds, as_views=True)
        build_marts(pipeline, as_of=today, today=today, seeds=seeds)
        checked, found = timed(lambda: run_checks(pipeline, as_of=today))
        published, path = timed(lambda: publish(pipeline, folder / "published.duckdb"))
        size = path.stat().st_size / 1e6
    credentials = counts["employee_badges"] + counts["external_badges"]
    print(f"{machine()}")
    print(f"{counts['employees']:,} employees, {credentials:,} credentials\n")
    print("| mart | rows |\n|---|---:|")
    for mart, rows in results[-1].rows.items():
        print(f"| `{mart}` | {rows:,} |")
    best = min(result.seconds for result in results)
    print("\n| | seconds |\n|---|---:|")
    print(f"| all marts as tables, best of {given.repetitions} | {best:.2f} |")
    print(f"| all marts as tables, first | {results[0].seconds:.2f} |")
    print(f"| all marts as views | {views.seconds:.2f} |")
    print(f"| {len(found)} checks | {checked:.2f} |")
    print(f"| publish, {size:.1f} MB | {published:.2f} |")
    late = given.employees >= EMPLOYEES and best >= SECONDS
    print(f"\ngoal: below {SECONDS:.0f} s: {'MISSED' if late else 'kept'}")
    return int(late)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Get the seconds some work takes, and what it gives."""
    started = time.monotonic()
    result = work()
    return time.monotonic() - started, result


def fill(path: Path, employees: int) -> dict[str, int]:
    """Write the raw tables of an organization, and get the rows of each."""
    sandbox = Sandbox(employees, 1, options=Options(as_of=NOW))
    rows = sandbox.truth()
    accepted = [row["id"] for row in rows["employees"] if row["employee_state"] == "accepted"]
    rows["badge_reads"] = [
        {
            "organization_id": sandbox.organization_id,
            "employee_id": employee,
            # one in twenty is still to be read
            "badges_read_at": NOW - timedelta(hours=2) if number % 20 else None,
            "attempted_at": NOW - timedelta(hours=2),
            "read_status": "read" if number % 20 else "waiting",
        }
        for number, employee in enumerate(accepted)
    ]
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA credly")
        for table in TABLES:
            columns = ", ".join(
                f'"{c.name}" {TYPES.get(c.type, "timestamptz")}' for c in table.all_columns
            )
            connection.execute(f"CREATE TABLE credly.{table.name} ({columns})")
            arrow = TABLE_BY_NAME[table.name].to_arrow(rows.get(table.name, []))
            connection.register("arrow", arrow)
            connection.execute(f"INSERT INTO credly.{table.name} FROM arrow")
            connection.unregister("arrow")
    return {name: len(some) for name, some in rows.items()}


def targets() -> list[Target]:
    """Targets of every kind, for the departments of the sandbox."""
    return [
        Target("department", department, skill_key(skill), skill, min_people=20)
        for skill in TARGETS
        for department in ("Engineering", "Data", "Sales", "Product")
    ]


if __name__ == "__main__":
    sys.exit(main())
