"""Seconds from a fresh clone to the report of README's first command, phase by phase.

    python3 run.py benchmarks/first_value.py            # by uv and by pip, three alternated turns
    python3 run.py benchmarks/first_value.py --turns 1

Each turn clones this checkout into a temporary folder and types the command as a newcomer does,
with the Python that the virtual environment here was made of; pip's turns have no uv on the PATH.
What was downloaded before is in the caches of both. Figures mean something on quiet cores only: the
processor time stands beside them for that reason.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shlex
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
COMMAND = "run.py pipelines/workforce_pipeline.py --sandbox --report report.html"
PHASES = (
    ("clone", ""),
    ("install", "run.py: Installed in"),
    ("Python", "Starting the sandbox"),
    ("imports, sandbox", "Loading into"),
    ("two loads", "Building the marts"),
    ("marts, checks", "Writing report.html"),
    ("report", ""),
)
"""Each lasts until a line begins so; the first until the clone is there, the last to the end."""


def path_without(program: str) -> str:
    """The PATH without the folders that have a program."""
    folders = os.environ["PATH"].split(os.pathsep)
    return os.pathsep.join(f for f in folders if shutil.which(program, path=f) is None)


def turn(by: str, folder: Path) -> list[float]:
    """Seconds of each phase, and the processor time of all of it."""
    checkout = folder / "checkout"
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "SOURCES__", "DESTINATION__"))
    }
    environment |= {"DLT_DATA_DIR": str(folder / "dlt"), "PYTHONUNBUFFERED": "1"}
    if by == "pip":
        environment["PATH"] = path_without("uv")
    before = os.times()
    marks = [time.monotonic()]
    subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(checkout)], check=True)  # noqa: S607
    marks.append(time.monotonic())
    python = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    awaited = [begin for _, begin in PHASES if begin]
    with subprocess.Popen(
        [str(python), *shlex.split(COMMAND)],
        cwd=checkout,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            if awaited and line.startswith(awaited[0]):
                awaited.pop(0)
                marks.append(time.monotonic())
    marks.append(time.monotonic())
    if process.returncode != 0 or awaited or not (checkout / "report.html").exists():
        sys.exit(f"{by}: exit {process.returncode}, and no line that begins with {awaited[:1]}")
    after = os.times()
    used = after.children_user + after.children_system
    used -= before.children_user + before.children_system
    return [later - one for one, later in itertools.pairwise(marks)] + [used]


def main() -> None:
    """Print the medians of every phase."""
    parsing = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parsing.add_argument("--turns", type=int, default=3)
    turns = parsing.parse_args().turns
    ways = ["uv", "pip"] if shutil.which("uv") else ["pip"]
    found: dict[str, list[list[float]]] = {by: [] for by in ways}
    print(f"load before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores", flush=True)
    for number in range(turns):
        for by in ways if number % 2 == 0 else reversed(ways):
            with tempfile.TemporaryDirectory(prefix="first-value-") as folder:
                found[by].append(turn(by, Path(folder)))
    print(f"{'':18}" + "".join(f"{by:>8}" for by in ways))
    names = [name for name, _ in PHASES]
    for at, name in enumerate([*names, "processor time"]):
        medians = [statistics.median(one[at] for one in found[by]) for by in ways]
        print(f"{name:18}" + "".join(f"{seconds:8.1f}" for seconds in medians))
    whole = [statistics.median(sum(one[:-1]) for one in found[by]) for by in ways]
    print(f"{'whole':18}" + "".join(f"{seconds:8.1f}" for seconds in whole))
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
