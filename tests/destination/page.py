"""The page of destinations: its table of what was run, and what it says is refused or untried.

Where the outcomes come from is not known here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from tests.destination.scenario import STEPS
from workforce_source.destination.known import REFUSED

PAGE = Path(__file__).resolve().parents[2] / "docs" / "destinations.md"
_RUN = re.compile(r"(?<=<!-- run -->\n)(?:\|.*\n)*")
_REFUSED = re.compile(r"(?<=<!-- refused -->\n)(?:\|.*\n)*")


def shown(page: str) -> dict[str, dict[str, str]]:
    """What the page says came of each step, by destination with its version."""
    (table,) = _RUN.findall(page)
    _, _, *lines = (
        tuple(cell.strip() for cell in line.split("|")[1:-1]) for line in table.splitlines()
    )
    return {name: dict(zip(STEPS, outcomes, strict=True)) for name, *outcomes in lines}


def written(page: str, outcomes: Mapping[str, Mapping[str, str]]) -> str:
    """The page with these outcomes, and with what is refused."""
    head = [("destination", *STEPS), ("---",) * (len(STEPS) + 1)]
    rows = [(name, *(outcome[step] for step in STEPS)) for name, outcome in outcomes.items()]
    return refusing(_RUN.sub(lambda _: _table([*head, *rows]), page))


def refusing(page: str) -> str:
    """The page with what is refused, and why."""
    head = [("destination", "why it is refused"), ("---", "---")]
    rows = [(f"`{kind}`", f"{why[0].upper()}{why[1:]}.") for kind, why in REFUSED.items()]
    return _REFUSED.sub(lambda _: _table([*head, *rows]), page)


def _table(rows: list[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
