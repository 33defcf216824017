"""A double of the whole Workforce API page, for people without an account, tests and benchmarks.

It shares nothing with the client it stands against: a double made of the client's code would
repeat its mistakes. Nothing outside this folder may be imported here.
"""

from pathlib import Path
from typing import Final

try:
    import starlette  # noqa: F401 # asked for here, so that the message below can name the extra
    import uvicorn  # noqa: F401 # see above
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"The sandbox needs {missing.name}: pip install 'workforce-source[sandbox]'",
        name=missing.name,
    ) from None


from workforce_source.sandbox.calls import Answer
from workforce_source.sandbox.faults import Faults
from workforce_source.sandbox.log import Entry
from workforce_source.sandbox.model import (
    Badge,
    Employee,
    ExternalBadge,
    Issuer,
    Template,
)
from workforce_source.sandbox.options import Options
from workforce_source.sandbox.population import Population
from workforce_source.sandbox.process import SandboxProcess, sandbox_process
from workforce_source.sandbox.recorded import population_from_records
from workforce_source.sandbox.sandbox import Sandbox
from workforce_source.sandbox.times import SettableClock

SEEDS: Final = Path(__file__).with_name("seeds")
"""Folder of what the invented company filled in for the marts: targets, requirements, prices."""

__all__ = [
    "SEEDS",
    "Answer",
    "Badge",
    "Employee",
    "Entry",
    "ExternalBadge",
    "Faults",
    "Issuer",
    "Options",
    "Population",
    "Sandbox",
    "SandboxProcess",
    "SettableClock",
    "Template",
    "population_from_records",
    "sandbox_process",
]
