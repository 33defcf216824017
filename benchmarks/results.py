"""Every figure of every part, kept in `results.json` beside this file; nothing is measured here.

The page and the chart are made from what is kept, so that one part can be measured anew without
the others.
"""

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.measuring import Measured

KEPT = Path(__file__).with_name("results.json")


@dataclass(frozen=True)
class Step:
    """One load and what it was for.

    Attributes:
        name: What it was for.
        load: What it took.
        figures: What is to be said of it beside that.
    """

    name: str
    load: Measured
    figures: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """The steps of one part.

    Attributes:
        steps: In the order they were measured.
        employees: Size of the organization.
        about: When and on what it was measured.
    """

    steps: list[Step]
    employees: int
    about: dict[str, str]

    def named(self, name: str, loader: str = "ours") -> Step:
        """Get the first step of this name.

        Raises:
            KeyError: There is none.
        """
        for step in self.steps:
            if (step.name, step.load.loader) == (name, loader):
                return step
        raise KeyError(name)


def machine() -> dict[str, str]:
    """Say when and on what is measured."""
    packages = ("dlt", "duckdb", "orjson", "pyarrow", "requests")
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "packages": ", ".join(f"{name} {version(name)}" for name in packages),
    }


def kept() -> dict[str, Part]:
    """Get the parts measured so far, by name."""
    if not KEPT.exists():
        return {}
    return {name: _part(part) for name, part in json.loads(KEPT.read_text("utf-8")).items()}


def keep(parts: dict[str, Part]) -> None:
    """Keep the parts, each step on a line of its own."""
    texts = []
    for name, part in parts.items():
        steps = ",\n".join(f"   {json.dumps(asdict(step))}" for step in part.steps)
        about = json.dumps({"employees": part.employees, "about": part.about})
        texts.append(f' {json.dumps(name)}: {about[:-1]}, "steps": [\n{steps}]}}')
    KEPT.write_text("{\n" + ",\n".join(texts) + "\n}\n", encoding="utf-8")


def _part(kept_part: dict[str, Any]) -> Part:
    def step(kept_step: dict[str, Any]) -> Step:
        load = kept_step["load"]
        measured = Measured(**load | {"wrong": tuple(load["wrong"])})
        return Step(kept_step["name"], measured, kept_step["figures"])

    return Part(
        [step(one) for one in kept_part["steps"]], kept_part["employees"], kept_part["about"]
    )


def wrong(steps: Iterable[Step]) -> list[str]:
    """Name the tables that are not equal to the truth, a line a load."""
    return [
        f"{step.load.loader}, {step.name}: {', '.join(step.load.wrong)}"
        for step in steps
        if step.load.wrong
    ]
