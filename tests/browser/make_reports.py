"""Makes the reports `look.mjs` looks at, from the sandbox's rows, and checks their size.

    python3 run.py tests/browser/make_reports.py FOLDER

Writes those of 0 to 20,000 employees, and one of 500 with names. Ends with 1 when one has 300 KB
or more.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dlt
import duckdb

from workforce_source.marts import Seeds, Target, build_marts, skill_key
from workforce_source.report import write_report
from workforce_source.sandbox import Options, Sandbox
from workforce_source.tables import TABLE_BY_NAME, TABLES

BYTES = 300_000
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
TYPES = {"text": "text", "bigint": "bigint", "bool": "boolean", "date": "date"}
SIZES = (0, 12, 60, 500, 5_000, 20_000)
SNAPSHOTS = (21, 14, 7, 0)
"""Days before today of which there is a snapshot."""
TARGETS = (
    ("Engineering", "Kubernetes", 5),
    ("Engineering", "Python", 10),
    ("Data", "SQL", 5),
    ("Data", "Machine Learning", 5),
    ("Product", "Communication", 5),
    ("Sales", "Communication", 25),
)


def main(folder: Path) -> int:
    """Write the reports; tell by the result whether all are small enough."""
    os.environ.setdefault("RUNTIME__DLTHUB_TELEMETRY", "false")
    folder.mkdir(parents=True, exist_ok=True)
    large = 0
    for employees in SIZES:
        pipeline = built(folder, employees)
        for with_names in (False, True) if employees == 500 else (False,):
            name = f"{employees}{'-names' if with_names else ''}.html"
            path = write_report(
                pipeline,
                folder / name,
                organization_id=Sandbox(0, 1).organization_id,
                with_names=with_names,
                is_loaded=True,
            )
            size = path.stat().st_size
            print(f"{name}: {size / 1000:.0f} KB")
            large += size >= BYTES
    return 1 if large else 0


def built(folder: Path, employees: int) -> dlt.Pipeline:
    """Build the marts of an organization, with some days of history."""
    file = folder / f"{employees}.duckdb"
    file.unlink(missing_ok=True)
    fill(file, employees)
    pipeline = dlt.pipeline(
        f"report_{employees}",
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="credly",
        pipelines_dir=str(folder / "state"),
    )
    targets = tuple(
        Target("department", department, skill_key(skill), skill, min_people=people)
        for department, skill, people in TARGETS
    )
    seeds = Seeds(targets=targets, own_issuers=("Meridian Holdings",))
    for days in SNAPSHOTS:
        day = NOW.date() - timedelta(days=days)
        build_marts(pipeline, as_of=day, today=day, seeds=seeds)
    return pipeline


def fill(path: Path, employees: int) -> None:
    """Write the raw tables of an organization from the sandbox's rows."""
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


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
