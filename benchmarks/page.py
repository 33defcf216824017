"""The figures as the tables of `docs/benchmarks.md`; nothing is measured or judged here."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.goals import GOALS, MB, Cells, Goal, guard_ratios, spread
from benchmarks.measuring import BUSY, Measured
from benchmarks.results import Part, keep
from benchmarks.signals import WRITTEN

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "benchmarks.md"
NAMES = {
    "ours": "**workforce_source**",
    "declarative": "dlt `rest_api`, tuned",
    "limit": "asyncio limit",
    "sequential": "sequential script",
    "trusting": "workforce_source without guard and audit",
}
"""What people read instead of a loader's module name."""

_HEAD = """# Benchmarks

Made by `python3 run.py benchmarks/run.py`; change the program, not this page. Every load's
figures are in `benchmarks/results.json`.

Each loader runs as a process of its own, and its figures are those of the whole process, the start
of Python included: wall time, processor time (user and system) and peak memory from the operating
system, requests from the sandbox's counters. What it left in DuckDB is compared with the sandbox's
truth, every row and every column the loader carries. Where the server was busy for more than
{busy:.0%} of the wall time, it may be what was measured: such a row is marked *invalid*.

- **workforce_source**: `load()` with its defaults; only `max_workers` follows the column
  *connections*.
- dlt `rest_api`, tuned: dlt's own declarative source, parallelized, with as many workers as
  connections, parquet, declared columns, the fan-out over a listing of those who accepted, and no
  look-ups in the environment for each request.
- asyncio limit: the practical limit; bytes over asyncio, orjson, Arrow; no retries, no throttle,
  no checkpoints, no comparison with what is there.
- sequential script: `requests` in a loop, one request at a time.

`benchmarks/loaders/` has them all; every loader reads the same sandbox and decodes every answer.
"""

_CROWDED = (
    "\n> Other programs were at work on this machine: wall times, and ratios of them, are those of "
    "a crowded machine.\n> Processor times, requests, rows and results stand.\n"
)


def write(parts: dict[str, Part]) -> None:
    """Keep the parts and write the page of them; what benchmarks/signals.py simulated ends it."""
    keep(parts)
    simulated = WRITTEN.read_text(encoding="utf-8")
    DOCUMENT.write_text(f"{page(parts)}\n{simulated}", encoding="utf-8")


def page(parts: dict[str, Part]) -> str:
    """Get the page of the parts there are."""
    blocks = [_HEAD.format(busy=BUSY)]
    for name, write in _WRITERS.items():
        if name in parts:
            blocks += [write(parts[name]), _goals(GOALS[name](parts[name])), _about(parts[name])]
    return "\n".join(blocks)


def first_loads(part: Part) -> str:
    """Get the table of first loads."""
    cells = Cells(part)
    lines = []
    for cell in cells:
        for loader, loads in sorted(
            cells.loaders(cell).items(), key=lambda named: median(m.wall for m in named[1])
        ):
            lines.append(
                (
                    f"{cell[0] * 1000:g}",
                    str(loads[0].connections),
                    NAMES[loader],
                    spread([m.wall for m in loads], 1),
                    spread(cells.ratios(cell, loader)) if loader != "limit" else "1",
                    f"{median(m.cpu for m in loads):.1f}",
                    f"{1000 * median(m.cpu / m.requested for m in loads):.2f}",
                    f"{max(m.peak for m in loads) / MB:.0f}",
                    f"{loads[0].requested:,}",
                    f"{sum(loads[0].rows.values()):,}",
                    f"{1e6 * median(m.server_cpu / m.requested for m in loads):.0f}",
                    f"{max(m.server_share for m in loads):.0%}",
                    _verified(loads),
                )
            )
    counts = {len(cells.loaders(cell)["limit"]) for cell in cells}
    least, most = min(counts), max(counts)
    turns = f"{least}" if least == most else f"{least}, without latency {most}"
    table = _table(
        "latency ms|connections|loader|wall s|to the limit|CPU s|CPU ms a request|peak MB|requests"
        "|rows|server us a request|server busy|result",
        lines,
    )
    return (
        f"## First load, {part.employees:,} employees\n\n"
        "![Wall time of each loader to that of the limit](benchmarks.svg)\n\n"
        f"Turns: {turns}. In a turn each loader loads once, one after the other. Figures are the "
        "median (lowest to\nhighest), of memory and of the server's share the highest, and *to "
        "the limit* is that of the ratios within a turn.\nRows are those of the seven tables "
        "of the truth, counted by queries where a loader keeps them otherwise.\n`rest_api` lists "
        "those who accepted once more: its fan-out needs a listing of its own.\n\n" + table
    )


def second_loads(part: Part) -> str:
    """Get the table of second loads."""
    lines = []
    for step in part.steps:
        figures, load = step.figures, step.load
        rows = figures.get("rows", sum(load.rows.values()))
        split = (
            f" ({figures['pages']:.0f} list pages, {figures['due']:.0f} due, "
            f"{figures['confirmations']:.0f} confirmations)"
            if "pages" in figures
            else ""
        )
        lines.append(
            (
                step.name,
                NAMES[load.loader],
                f"{load.requested:,}{split}",
                f"{rows:,.0f}",
                f"{figures['packages']:.0f}" if "packages" in figures else "",
                f"{load.wall:.1f}",
                f"{load.cpu:.1f}",
                f"{load.peak / MB:.0f}",
                _verified([load]),
            )
        )
    return (
        f"## Second load, {part.employees:,} employees, 0 ms, 8 connections\n\n"
        "1 % of the organization changes minutes after the first load: people join, accept, leave "
        "and are deleted,\nprofiles are edited, badges come and go. workforce_source reads badges "
        "again once they are a day old, so the load\nafter the change is compared in the tables "
        "that the two lists fill, and the load that reads every badge\n(`badge_max_age = 0`) in "
        "all of them. The others read and write everything every time.\n\n"
        + _table("load|loader|requests|rows written|packages|wall s|CPU s|peak MB|result", lines)
    )


def large_loads(part: Part) -> str:
    """Get the table of large loads."""
    lines = [
        (
            step.name,
            f"{step.load.requested:,}",
            f"{sum(step.load.rows.values()):,}",
            f"{step.load.wall:.1f}",
            f"{step.load.cpu:.1f}",
            f"{step.load.peak / MB:.0f}",
            f"{step.load.server_share:.0%}",
            _verified([step.load]),
        )
        for step in part.steps
    ]
    return "## Large organizations, 0 ms, 8 connections\n\n" + _table(
        "load|requests|rows compared|wall s|CPU s|peak MB|server busy|result", lines
    )


def limited_loads(part: Part) -> str:
    """Get the table of limited loads."""
    lines = [
        (
            step.name,
            f"{step.load.requested:,}",
            f"{step.load.wall:.1f}",
            f"{step.figures['floor']:.1f}",
            f"{step.figures['refused']:.0f}",
            f"{step.figures['refused_share']:.2%}",
            _verified([step.load]),
        )
        for step in part.steps
    ]
    return (
        f"## An API that grants 100 requests a second, {part.employees:,} employees\n\n"
        "The sandbox answers what comes faster with 429 and does not say when to come back. What "
        "the limit leaves is\n(requests granted - 100 at once) / 100 seconds.\n\n"
        + _table(
            "latency|requests|wall s|what the limit leaves, s|429|429 after five seconds|result",
            lines,
        )
    )


def guarded_loads(part: Part) -> str:
    """Get the table of loads with and without guard and audit."""
    lines = []
    for name in dict.fromkeys(step.name for step in part.steps):
        both = {
            loader: [s.load for s in part.steps if (s.name, s.load.loader) == (name, loader)]
            for loader in ("ours", "trusting")
        }
        lines.append(
            (
                name,
                *(spread([load.cpu for load in loads]) for loads in both.values()),
                spread(guard_ratios(part, name)),
                *(f"{max(load.peak for load in loads) / MB:.0f}" for loads in both.values()),
                _verified([load for loads in both.values() for load in loads]),
            )
        )
    turns = len(guard_ratios(part, "first"))
    return (
        f"## Guard of values and `load_audit`, {part.employees:,} employees, 0 ms,"
        " 8 connections\n\nThe same load without them (`benchmarks/loaders/trusting.py`), one"
        f" after the other in each of {turns} turns, now this\nand now that first. Processor time"
        " of the whole process, the start of Python included; median (lowest to highest).\nRatios"
        " are those within a turn: where they lie on both sides of 1, the cost is less than the"
        " machine's own drift.\n\n"
        + _table("load|CPU s|without|ratio|peak MB|without|result", lines)
    )


def marts(part: Part) -> str:
    """Get the tables of what the marts took, and of how many rows they have."""
    lines = [
        (
            f"{step.figures['employees']:,.0f}",
            f"{step.figures['credentials']:,.0f}",
            step.name,
            f"{step.load.cpu:.1f}",
            f"{step.load.wall:.1f}",
            f"{step.load.peak / MB:.0f}",
            f"{step.figures['file'] / MB:.1f}",
        )
        for step in part.steps
    ]
    firsts = [step.load.rows for step in part.steps if step.load.rows]
    sizes = [f"{step.figures['employees']:,.0f}" for step in part.steps if step.load.rows]
    rows = [(f"`{mart}`", *(f"{rows[mart]:,}" for rows in firsts)) for mart in firsts[0]]
    return (
        "## Marts, in DuckDB\n\nMade by `python3 run.py benchmarks/marts.py`: invented employees in"
        " 1,500 teams with 3,475 skills, written\nstraight into the raw tables. Each step is a"
        " process of its own. Processor time is that of the step, peak\nmemory that of the"
        " process, the start of Python included; the file holds raw tables and marts, that\nof"
        " *publish* is the one it wrote.\n\n"
        + _table("employees|credentials|step|CPU s|wall s|peak MB|file MB", lines)
        + "\n"
        + _table("|".join(["rows of", *(f"{size} employees" for size in sizes)]), rows)
    )


def _goals(goals: Iterable[Goal]) -> str:
    said = {True: "yes", False: "**no**", None: "cannot be said: the server was too busy"}
    lines = [
        (goal.text, goal.bound, goal.figure, "in some turns" if goal.spread else said[goal.kept])
        for goal in goals
    ]
    return _table("goal|has to be|is|kept", lines)


def _about(part: Part) -> str:
    about = part.about
    crowded = float(about["load"]) > 1
    return (
        f"{about['date']}, {about['system']}, {about['cores']} cores shared with the sandbox (load "
        f"{about['load']} when it began), {about['python']}, {about['packages']}.\n"
        + (_CROWDED if crowded else "")
    )


def _verified(loads: Sequence[Measured]) -> str:
    wrong = sorted({name for load in loads for name in load.wrong})
    if wrong:
        return f"**wrong: {', '.join(wrong)}**"
    tables = len(loads[0].rows)
    return f"{tables} of {tables} right" + ("" if all(m.valid for m in loads) else ", *invalid*")


def _table(head: str, lines: Iterable[Sequence[str]]) -> str:
    names = head.split("|")
    rows = [names, ["---"] * len(names), *lines]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


_WRITERS = {
    "first": first_loads,
    "second": second_loads,
    "large": large_loads,
    "limited": limited_loads,
    "guarded": guarded_loads,
    "marts": marts,
}
