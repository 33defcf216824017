"""The parts of the benchmark: what is loaded, in which order, and which figures that gives.

How one load is measured is in `measuring.py`; what the figures have to be, in `goals.py`.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

from benchmarks.measuring import Bench, Measured
from benchmarks.queries import LISTS, QUERIES
from benchmarks.results import Step
from workforce_source.sandbox import Entry, sandbox_process

Cells = list[tuple[float, int]]
Steps = Iterator[Step]

COMPARED = ("ours", "declarative", "limit")
"""Loaders of every cell."""
_TURNS_WITHOUT_LATENCY = 2
_BYTECODE = ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX")
_PAGE = 50
_RATE = 100.0  # requests a second the limited sandbox grants, and at once as many
_SETTLED = 5.0  # seconds after which the pace of a limited load should have been found


@contextmanager
def bench_of(employees: int) -> Iterator[Bench]:
    """Get a bench with a sandbox and folders of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as folder,
        sandbox_process(employees) as sandbox,
    ):
        yield Bench(sandbox, Path(folder))


@contextmanager
def compiled() -> Iterator[None]:
    """Let every load find its modules compiled, as it does in an installation that was used once.

    Some environments keep Python from writing bytecode; then each start of a loader would compile
    all of dlt anew, which takes longer than the load.
    """
    before = {name: os.environ.pop(name, None) for name in _BYTECODE}
    with tempfile.TemporaryDirectory(prefix="bytecode-") as folder:
        os.environ["PYTHONPYCACHEPREFIX"] = folder
        try:
            with bench_of(20) as bench:
                for loader in QUERIES:
                    bench.measure(loader)
                    bench.measure(loader, again=True)
            yield
        finally:
            del os.environ["PYTHONPYCACHEPREFIX"]
            os.environ.update({name: value for name, value in before.items() if value})


def first_loads(employees: int, cells: Cells, repetitions: int) -> Steps:
    """Load into empty databases: every loader, every cell, so many times.

    The loaders take turns, and their order moves on from one turn to the next, because a shared
    machine drifts by more than the loaders differ. Loads without latency take seconds, in which
    the drift is largest: each repetition has several turns of them. The sequential script is
    measured once, beside the first cell without latency.

    Args:
        employees: Size of the organization.
        cells: Latency in seconds and connections of each cell.
        repetitions: How often every cell is measured.
    """
    with bench_of(employees) as bench:
        for repetition in range(repetitions):
            name = f"repetition {repetition + 1}"
            for latency, connections in cells:
                turns = 1 if latency else _TURNS_WITHOUT_LATENCY
                for turn in range(turns):
                    shift = (repetition * turns + turn) % len(COMPARED)
                    for loader in COMPARED[shift:] + COMPARED[:shift]:
                        load = bench.measure(loader, latency=latency, connections=connections)
                        yield Step(name, load)
                if (repetition, latency, connections) == (0, 0.0, 8):
                    yield Step(name, bench.measure("sequential", connections=1))


def second_loads(employees: int) -> Steps:
    """Load again: what nothing changed in, then what 1 % changed in."""
    with bench_of(employees) as bench:
        for loader in COMPARED:
            yield Step("first", bench.measure(loader))
            if loader != "limit":  # at once: half a minute later some badges may be due
                yield load_again(bench, "unchanged", loader)
        bench.sandbox.churn(share=0.01)
        bench.changed()
        # badges read minutes ago are not due: they are compared after the load that reads them
        yield load_again(bench, "1 % changed", "ours", tables=LISTS)
        for loader in COMPARED[1:]:
            yield load_again(bench, "1 % changed", loader)
        yield load_again(bench, "every badge read", "ours", badge_max_age="0")


def load_again(
    bench: Bench, name: str, loader: str, tables: tuple[str, ...] | None = None, **settings: Any
) -> Step:
    """Load into what the loader's last load left, and say what that needed and wrote.

    Args:
        bench: Where the loader has loaded before.
        name: What this load is for.
        loader: The loader.
        tables: Tables to compare with the truth; all unless given.
        **settings: More settings of this project's own load.
    """
    load = bench.measure(loader, again=True, tables=tables, **settings)
    if loader == "ours":
        pages = ceil(_count(bench, "employees", "id") / _PAGE)
        pages += ceil(_count(bench, "external_badges", "employee_id") / _PAGE)
        requests = list(bench.sandbox.requests)
        return Step(name, load, _of_ours(load, pages, requests))
    rows = load.facts.get("rows") or load.rows
    return Step(name, load, {"rows": sum(rows.values())})


def _count(bench: Bench, table: str, column: str) -> int:
    return len({row[column] for row in bench.sandbox.truth_rows(table)})


def _of_ours(load: Measured, pages: int, requests: list[Entry]) -> dict[str, float]:
    filtered = [entry for entry in requests if "filter" in entry.query]
    single = [entry for entry in requests if entry.endpoint == "employee"]
    # one person may be asked for by two keys, to confirm that neither leads to whom it led
    others = [(e.endpoint, e.employee_id, e.query) for e in requests if e.endpoint != "employee"]
    return {
        "rows": sum(sum(counts.values()) for counts in load.facts["rows"].values()),
        "packages": load.facts["packages"],
        "pages": pages,
        "due": sum(load.facts["badge_reads"]["due"].values()),
        "confirmations": len(filtered) + len(single),
        "twice": len(others) - len(set(others)),
    }


def large_loads(small: int, large: int, largest: int, turns: int) -> Steps:
    """Load organizations of growing size, and the largest again after 0.1 % changed.

    Args:
        small: Employees of the load whose memory the next one's is compared with.
        large: Employees of that.
        largest: Employees of the organization that is loaded again.
        turns: How often the first two are loaded, one after the other.
    """
    with bench_of(small) as one, bench_of(large) as ten:
        for _ in range(turns):
            yield Step(f"first, {small:,} employees", one.measure("ours"))
            yield Step(f"first, {large:,} employees", ten.measure("ours"))
    with bench_of(largest) as bench:
        yield Step(f"first, {largest:,} employees", bench.measure("ours"))
        bench.sandbox.churn(share=0.001)
        bench.changed()
        yield load_again(bench, "0.1 % changed", "ours", tables=LISTS)


def guarded_loads(employees: int, turns: int) -> Steps:
    """Load with the guard of values and `load_audit` and without, by turns, first and again.

    Args:
        employees: Size of the organization.
        turns: How often each is loaded.
    """
    with bench_of(employees) as bench:
        for turn in range(turns):
            pair = ("ours", "trusting") if turn % 2 else ("trusting", "ours")
            for loader in pair:
                yield Step("first", bench.measure(loader))
            for loader in pair:
                yield Step("unchanged", bench.measure(loader, again=True))
            for loader in pair:
                again = bench.measure(loader, again=True, badge_max_age="0")
                yield Step("every badge read", again)


def limited_loads(employees: int) -> Steps:
    """Load from an API that grants 100 requests a second and never says so in a header."""
    for latency in (0.001, 0.02):
        with bench_of(employees) as bench:
            bench.sandbox.faults.set(requests_per_second=_RATE, burst=_RATE)
            load = bench.measure("ours", latency=latency)
            requests = list(bench.sandbox.requests)
            began = min(entry.started for entry in requests)
            settled = [entry for entry in requests if entry.started > began + _SETTLED]
            granted = sum(entry.status != 429 for entry in requests)
            figures = {
                "floor": (granted - _RATE) / _RATE,
                "refused": len(requests) - granted,
                "refused_share": sum(e.status == 429 for e in settled) / max(1, len(settled)),
            }
            yield Step(f"{latency * 1000:g} ms", load, figures)


Told = Callable[[Step], None]


def measured(steps: Steps, tell: Told) -> list[Step]:
    """Measure the steps one after the other, telling of each."""
    done = []
    for step in steps:
        tell(step)
        done.append(step)
    return done
