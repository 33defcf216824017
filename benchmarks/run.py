"""Measures this project's load beside others and writes docs/benchmarks.md.

    python3 run.py benchmarks/run.py              first and second loads: about half an hour
    python3 run.py benchmarks/run.py --quick      a part of it, under five minutes, only printed
    python3 run.py benchmarks/run.py --scale      organizations up to 100,000 employees
    python3 run.py benchmarks/run.py --limited    an API that grants 100 requests a second
    python3 run.py benchmarks/run.py --guards     what guard of values and audit cost
    python3 run.py benchmarks/run.py --page       nothing: the page anew, from the figures kept

What benchmarks/signals.py simulated ends the page.

Linux and macOS; the figures are worth what the quiet of the machine is worth. Ends with 1 when a
result is not equal to the sandbox's truth. The command only: what is measured is in `parts.py`.
"""

import argparse
import sys

from benchmarks import parts
from benchmarks.chart import chart
from benchmarks.measuring import LoadFailed
from benchmarks.page import DOCUMENT, page, write
from benchmarks.results import Part, Step, kept, machine, wrong

CELLS = "0x8,20x8,20x32,100x32"
"""Milliseconds of latency x requests in flight."""


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and keep unless it was a quick run."""
    given = _given(arguments)
    if given.page:
        _write(kept())
        return 0
    employees = given.employees
    plans: dict[str, tuple[parts.Steps, int]] = {}
    if given.scale:
        sizes = employees, 10 * employees, 20 * employees
        plans["large"] = parts.large_loads(*sizes, turns=given.repetitions), sizes[-1]
    if given.guards:
        plans["guarded"] = parts.guarded_loads(employees, given.repetitions), employees
    if given.limited:
        plans["limited"] = parts.limited_loads(2 * employees), 2 * employees
    if not plans:
        repetitions = 1 if given.quick else given.repetitions
        plans["first"] = parts.first_loads(employees, given.cells, repetitions), employees
        plans["second"] = parts.second_loads(employees), employees
    about = machine()  # before anything here puts a load on it
    try:
        with parts.compiled():
            found = {name: _measure(*plan, about) for name, plan in plans.items()}
    except LoadFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    print(f"\n{page(found)}")
    errors = wrong(step for part in found.values() for step in part.steps)
    if errors:
        print("Not equal to the truth:", *errors, sep="\n  ", file=sys.stderr)
        return 1
    if not given.quick:
        _write(kept() | found)
    return 0


def _given(arguments: list[str] | None) -> argparse.Namespace:
    parsing = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parsing.add_argument("--quick", action="store_true", help="each cell once, printed only")
    parsing.add_argument("--scale", action="store_true", help="large organizations instead")
    parsing.add_argument("--limited", action="store_true", help="a limited API instead")
    parsing.add_argument("--guards", action="store_true", help="guard and audit instead")
    parsing.add_argument("--page", action="store_true", help="write the page, measure nothing")
    parsing.add_argument("--employees", type=int, default=5000, help="size to start from (5000)")
    parsing.add_argument("--repetitions", type=int, default=5, help="of every cell (5)")
    parsing.add_argument(
        "--cells", type=_cells, default=CELLS, help=f"milliseconds x requests in flight ({CELLS})"
    )
    return parsing.parse_args(arguments)


def _cells(text: str) -> parts.Cells:
    cells = (cell.split("x") for cell in text.split(","))
    return [(float(latency) / 1000, int(count)) for latency, count in cells]


def _measure(steps: parts.Steps, employees: int, about: dict[str, str]) -> Part:
    return Part(parts.measured(steps, _tell), employees, about)


def _tell(step: Step) -> None:
    load = step.load
    verdict = f"WRONG: {', '.join(load.wrong)}" if load.wrong else "right"
    print(
        f"{step.name:24} {load.loader:12} {load.latency * 1000:4.0f} ms x{load.connections:<3} "
        f"wall {load.wall:6.1f} s  CPU {load.cpu:5.1f} s  peak {load.peak / 1e6:4.0f} MB  "
        f"{load.requested:6} requests  server {load.server_share:4.0%}  {verdict}",
        flush=True,
    )


def _write(every: dict[str, Part]) -> None:
    write(every)
    if "first" in every:
        DOCUMENT.with_suffix(".svg").write_text(chart(every["first"]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
