"""Measures a plan of a large roster, and its apply: requests, memory, time.

    python3 run.py benchmarks/roster.py                      50,000 people, 1 % of them differing
    python3 run.py benchmarks/roster.py --employees 5000

The command is run as people run it, against a sandbox in a process of its own. Ends with 1 when a
plan costs more than the list's pages, an apply more than a request an operation and one more a
deletion, when either holds more than 300 MB, or when a second plan is not empty.
"""

import argparse
import csv
import json
import math
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.results import machine
from workforce_source.roster.columns import COLUMNS
from workforce_source.sandbox import SandboxProcess, sandbox_process

MOST: Final = 300
"""Megabytes a plan or an apply may hold."""
LONGEST: Final = 1200
"""Seconds the command may take."""
PAGE: Final = 50
"""People on a page of the list."""
FEW: Final = 10
"""Rows of people whose keys are somebody else's, too: the sandbox has some."""
DELETED: Final = 40
CREATED: Final = 40
CHECKOUT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Taken:
    """What one run of the command took, and what it said."""

    seconds: float
    megabytes: float
    requests: Counter[str]
    told: dict[str, Any]


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; tell by the result whether the goals are reached."""
    parsing = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument("--employees", type=int, default=50_000)
    given = parsing.parse_args(arguments)
    print(f"{machine()}\n{given.employees:,} people\n")
    print("| run | operations | requests | of them writes | seconds | MB |")
    print("|---|---|---|---|---|---|")
    with (
        sandbox_process(given.employees) as sandbox,
        tempfile.TemporaryDirectory(prefix="roster-") as name,
    ):
        folder = Path(name)
        rows = _write_roster(sandbox, folder / "roster.csv")
        plan = _run(sandbox, folder, "plan")
        done = _run(sandbox, folder, "apply", "--apply")
        again = _run(sandbox, folder, "second plan")
    totals = plan.told["plan"]["totals"]
    operations = totals["updates"] + totals["creates"] + totals["deletions"]
    after = again.told["plan"]["totals"]
    pages = math.ceil(given.employees / PAGE)
    goals = {
        "the roster is planned as it was made": (totals["creates"], totals["deletions"])
        == (CREATED, DELETED)
        and totals["updates"] == rows["edited"]
        and totals["rejected"] + totals["conflicts"] <= FEW,
        "a plan costs the list's pages": plan.requests == {"employees": pages},
        "an apply one request an operation, and one more a deletion": done.requests.total()
        == pages + operations + totals["deletions"],
        f"neither holds more than {MOST} MB": max(plan.megabytes, done.megabytes) <= MOST,
        "a second plan is empty": not after["updates"] + after["creates"] + after["deletions"],
    }
    print()
    for goal, kept in goals.items():
        print(f"{goal}: {'kept' if kept else 'MISSED'}")
    return int(not all(goals.values()))


def _write_roster(sandbox: SandboxProcess, path: Path) -> Counter[str]:
    people = list(sandbox.truth_rows("employees"))
    claims = Counter(
        key
        for row in people
        for key in {str(row[name]).casefold() for name in ("external_id", "email") if row[name]}
    )
    # a row without external_id keeps whoever has its name from being deleted
    names = {_name(row) for row in people if not row["external_id"]}
    counted: Counter[str] = Counter()
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, extrasaction="ignore")
        writer.writeheader()
        for number, row in enumerate(people):
            alone = all(claims[str(row[n]).casefold()] == 1 for n in ("external_id", "email"))
            if not row["last_name"]:  # people of one name, which a roster cannot have
                row["last_name"] = "Lanterns"
                counted["edited"] += 1
            elif number % 100 == 7 and alone:
                row["team"] = "Lanterns"
                counted["edited"] += 1
            free = row["employee_state"] != "accepted" and row["external_id"]
            free = free and _name(row) not in names
            if counted["left out"] < DELETED and number % 100 > 8 and alone and free:
                counted["left out"] += 1
                continue
            writer.writerow(row)
        for number in range(CREATED):
            writer.writerow(
                {
                    "email": f"new.{number}@benchmark.example",
                    "external_id": f"B-{number}",
                    "first_name": f"New{number}",
                    "last_name": "Benchmark",
                }
            )
    return counted


def _name(row: dict[str, Any]) -> tuple[str, str]:
    return row["first_name"].casefold(), row["last_name"].casefold()


def _run(sandbox: SandboxProcess, folder: Path, name: str, *flags: str) -> Taken:
    sandbox.requests.clear()
    settings = {f"SOURCES__WORKFORCE__{n.upper()}": v for n, v in sandbox.settings.items()}
    environment = (
        os.environ | settings | {"PYTHONPATH": os.pathsep.join([str(CHECKOUT), *sys.path])}
    )
    words = ["--from", "roster.csv", "--receipts", "receipts.jsonl", "--json"]
    words += ["--delete-missing", "--everywhere", *flags]
    # a launcher, because a child's peak memory counts from that of whoever started it
    launcher = [sys.executable, "-m", "benchmarks.launcher", "figures.json", f"{LONGEST}"]
    script = str(CHECKOUT / "pipelines" / "roster_pipeline.py")
    with (folder / "said.json").open("wb") as said:
        done = subprocess.run(
            [*launcher, sys.executable, script, *words],
            cwd=folder,
            env=environment,
            stdout=said,
            check=False,
        )
    if done.returncode not in (0, 3):
        raise SystemExit(f"the roster command ended with {done.returncode}")
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    told = json.loads((folder / "said.json").read_text(encoding="utf-8"))
    taken = Taken(figures["wall"], figures["peak"] / 1e6, Counter(sandbox.counts()), told)
    totals = told["plan"]["totals"]
    print(
        f"| {name} | {totals['updates'] + totals['creates'] + totals['deletions']:,}"
        f" | {taken.requests.total():,}"
        f" | {taken.requests.total() - taken.requests['employees'] - taken.requests['employee']:,}"
        f" | {taken.seconds:.1f} | {taken.megabytes:.0f} |",
        flush=True,
    )
    return taken


if __name__ == "__main__":
    sys.exit(main())
