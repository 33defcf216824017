"""What the figures have to be, and whether they are: the goals of the project and of its peers.

A loader that is written badly would make ours look good, so the peers have goals, too.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.measuring import Measured
from benchmarks.results import Part

MB = 1_000_000
Cell = tuple[float, int]


@dataclass(frozen=True)
class Goal:
    """One goal.

    Attributes:
        text: What is promised.
        bound: What the figure has to be, as text.
        figure: What it is, as text.
        kept: Whether that is so; None where it cannot be said.
        spread: Whether it is not, but some turn kept it: then the machine may be what missed it.
    """

    text: str
    bound: str
    figure: str
    kept: bool | None
    spread: bool = False


class Cells:
    """The first loads by cell and loader.

    Args:
        part: What `first_loads` measured.
    """

    def __init__(self, part: Part) -> None:
        self._loads: dict[Cell, dict[str, list[Measured]]] = {}
        for step in part.steps:
            cell = self._loads.setdefault((step.load.latency, step.load.connections), {})
            cell.setdefault(step.load.loader, []).append(step.load)

    def __iter__(self) -> Iterator[Cell]:
        """Go through latency and connections of each cell that all loaders were measured in."""
        return (cell for cell in self._loads if "limit" in self._loads[cell])

    def loaders(self, cell: Cell) -> dict[str, list[Measured]]:
        """Get the loads of a cell by loader; of the sequential script in the first cell."""
        found = dict(self._loads[cell])
        if cell == (0.0, 8):
            found |= {k: v for k, v in self._loads.get((0.0, 1), {}).items() if k == "sequential"}
        return found

    def ratios(self, cell: Cell, loader: str, to: str = "limit") -> list[float]:
        """Get wall time to that of another loader in the same turn, turn by turn."""
        loads = self.loaders(cell)
        pairs = zip(loads[loader], loads[to], strict=False)
        return [load.wall / other.wall for load, other in pairs]

    def valid(self, cell: Cell, *loaders: str) -> bool:
        """Whether the server was idle enough in the loads of these loaders."""
        return all(load.valid for name in loaders for load in self.loaders(cell)[name])

    def has(self, cell: Cell) -> bool:
        """Whether a cell was measured."""
        return cell in set(self)


_FIRST_LOADS = (
    ((0.0, 8), 2.33, 9.0),
    ((0.02, 8), 1.11, 2.0),
    ((0.02, 32), 1.35, 0),
    ((0.1, 32), 1.12, 0),
)
"""Wall time to the limit's, at most: of this project's load, and of `rest_api`'s (0: no goal)."""


def first_load_goals(part: Part) -> Iterator[Goal]:
    """Judge what `first_loads` measured."""
    cells = Cells(part)
    for cell, bound, tuned in _FIRST_LOADS:
        if not cells.has(cell):
            continue
        where = f"{cell[0] * 1000:g} ms, {cell[1]} connections"
        yield _ratio(cells, cell, "ours", f"First load, {where}: wall time to the limit's", bound)
        if tuned:
            text = f"`rest_api` is written well: {where}, wall time to the limit's"
            yield _ratio(cells, cell, "declarative", text, tuned)
    quiet = (0.0, 8)
    if cells.has(quiet):
        faster = 1 / median(cells.ratios(quiet, "ours", "declarative"))
        yield Goal(
            "First load, 0 ms, 8 connections: times faster than `rest_api`",
            "at least 2",
            f"{faster:.1f}",
            faster >= 2,
        )
        cost = 1000 * median(m.cpu / m.requested for m in cells.loaders(quiet)["limit"])
        yield Goal(
            "The limit is written well: ms of processor time a request",
            "at most 0.45",
            f"{cost:.2f}",
            cost <= 0.45,
        )
    peaks = max(([m.peak / MB for m in cells.loaders(cell)["ours"]] for cell in cells), key=median)
    kept = median(peaks) < 280
    yield Goal(
        f"First load of {part.employees:,} employees: peak memory in MB, the highest cell",
        "below 280",
        spread(peaks, 0),
        kept,
        not kept and min(peaks) < 280,
    )


def _ratio(cells: Cells, cell: Cell, loader: str, text: str, bound: float) -> Goal:
    ratios = cells.ratios(cell, loader)
    kept = median(ratios) <= bound if cells.valid(cell, loader, "limit") else None
    return Goal(
        text, f"at most {bound:g}", spread(ratios), kept, kept is False and min(ratios) <= bound
    )


def spread(figures: Sequence[float], digits: int = 2) -> str:
    """Get the median of some figures, and the lowest and the highest where there are several."""
    text = f"{median(figures):.{digits}f}"
    if len(figures) == 1:
        return text
    return f"{text} ({min(figures):.{digits}f}-{max(figures):.{digits}f})"


def second_load_goals(part: Part) -> Iterator[Goal]:
    """Judge what `second_loads` measured."""
    unchanged = part.named("unchanged").figures
    yield Goal(
        "Second load, nothing changed: rows, load packages",
        "0, 0",
        f"{unchanged['rows']:.0f}, {unchanged['packages']:.0f}",
        not (unchanged["rows"] or unchanged["packages"]),
    )
    step = part.named("1 % changed")
    figures = step.figures
    needed = figures["pages"] + figures["due"] + figures["confirmations"]
    yield Goal(
        "Second load, 1 % changed: requests are list pages, employees due and confirmations",
        f"{needed:.0f}",
        str(step.load.requested),
        step.load.requested == needed and not figures["twice"],
    )
    wrong = part.named("every badge read").load.wrong
    yield Goal(
        "After it, with every badge read: tables unlike the API",
        "0",
        str(len(wrong)),
        not wrong,
    )


def large_load_goals(part: Part) -> Iterator[Goal]:
    """Judge what `large_loads` measured."""
    *turns, _largest, again = (step.load for step in part.steps)
    growth = [large.peak / small.peak for small, large in zip(turns[::2], turns[1::2], strict=True)]
    kept = median(growth) <= 1.27
    yield Goal(
        "Ten times the employees: times the peak memory",
        "at most 1.27",
        spread(growth),
        kept,
        not kept and min(growth) <= 1.27,
    )
    yield Goal(
        f"Loading {part.employees:,} employees again, 0.1 % changed: seconds",
        "below 60",
        f"{again.wall:.1f}",
        again.wall < 60,
    )
    yield Goal(
        f"Loading {part.employees:,} employees again, 0.1 % changed: peak memory in MB",
        "below 700",
        f"{again.peak / MB:.0f}",
        again.peak < 700 * MB,
    )


def limited_load_goals(part: Part) -> Iterator[Goal]:
    """Judge what `limited_loads` measured."""
    for step in part.steps:
        ratio = step.load.wall / step.figures["floor"]
        yield Goal(
            f"100 requests/s granted, {step.name}: wall time to what the limit leaves",
            "at most 1.15",
            f"{ratio:.2f}",
            ratio <= 1.15,
        )
        share = step.figures["refused_share"]
        yield Goal(
            f"100 requests/s granted, {step.name}: share of 429 after five seconds",
            "below 1 %",
            f"{share:.2%}",
            share < 0.01,
        )


def guard_ratios(part: Part, name: str) -> list[float]:
    """Get the processor time with guard and audit to that without, of each turn of a load."""
    loads: dict[str, list[float]] = {"ours": [], "trusting": []}
    for step in part.steps:
        if step.name == name:
            loads[step.load.loader].append(step.load.cpu)
    return [one / other for one, other in zip(loads["ours"], loads["trusting"], strict=True)]


def guarded_load_goals(part: Part) -> list[Goal]:
    """Get the goals of the guard and the audit: they are nearly free."""
    goals = []
    for name in ("first", "every badge read"):
        ratios = guard_ratios(part, name)
        goals.append(
            Goal(
                f"Guard and audit, {name}: processor time to that without",
                "at most 1.05",
                spread(ratios),
                median(ratios) <= 1.05,
                spread=median(ratios) > 1.05 >= min(ratios),
            )
        )
    return goals


def marts_goals(part: Part) -> list[Goal]:
    """Judge what was measured of the marts of the smaller organization."""
    builds = [
        step
        for step in part.steps
        if step.name.startswith("marts,") and step.figures["employees"] == part.employees
    ]
    cpus = [step.load.cpu for step in builds]
    peaks = [step.load.peak / MB for step in builds]
    # the second day's build is the first that finds blocks to use again
    days = len(builds) - 2
    growth = (builds[-1].figures["file"] - builds[1].figures["file"]) / days / MB
    of = f"Marts of {part.employees:,} employees"
    return [
        Goal(f"{of}: seconds of processor time", "at most 5", spread(cpus, 1), median(cpus) <= 5),
        Goal(f"{of}: peak memory in MB", "at most 500", spread(peaks, 0), median(peaks) <= 500),
        Goal(f"{of}: MB of file a day", "at most 2", f"{growth:.1f}", growth <= 2),
    ]


GOALS = {
    "first": first_load_goals,
    "second": second_load_goals,
    "large": large_load_goals,
    "limited": limited_load_goals,
    "guarded": guarded_load_goals,
    "marts": marts_goals,
}
"""Goals by part."""
