"""Makes the reports `look.mjs` looks at, from the sandbox's rows, and checks their size.

    python3 run.py tests/browser/make_reports.py FOLDER

Writes those of 0 to 20,000 employees, and one of 500 with names. Ends with 1 when one has 300 KB
or more.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path

import dlt

from benchmarks.marts import NOW, fill
from workforce_source.marts import Seeds, Target, build_marts, skill_key
from workforce_source.report import write_report
from workforce_source.sandbox import Sandbox

BYTES = 300_000
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


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
