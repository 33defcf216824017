"""Runs the checks of `checks.toml` and counts offenders.

What is checked is in that file; a result holds numbers, never a value of a row.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

import dlt

from workforce_source.marts.definitions import CHECKS, SEEDS, Check, Severity, tables_in
from workforce_source.marts.naming import near_pairs
from workforce_source.marts.past import find_past
from workforce_source.marts.warehouse import open_warehouse

_SPELLINGS: Final = Check(
    name="skill_spelled_nearly_alike",
    severity="info",
    message="skills are spelled nearly like another, and nobody decided whether they are one",
    one="skill is spelled nearly like another, and nobody decided whether they are one",
    sql="",  # what it compares, SQL cannot
)

EVERY_CHECK: Final = (*CHECKS, _SPELLINGS)
"""Every check there is a result of, where the marts are built."""


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    Attributes:
        name: Short name of the check.
        severity: `error`, `warn` or `info`.
        offenders: How many there are; 0 is good.
        message: What an offender is and what to do, to stand behind the number.
    """

    name: str
    severity: Severity
    offenders: int
    message: str

    @property
    def failed(self) -> bool:
        """Whether the figures cannot be trusted: the main job exits 4."""
        return self.severity == "error" and self.offenders > 0


def run_checks(
    pipeline: dlt.Pipeline,
    *,
    as_of: date | None = None,
    today: date | None = None,
    decided: frozenset[tuple[str, str]] = frozenset(),
    progress: Callable[[str, int, int | None], object] = lambda *_: None,
) -> list[CheckResult]:
    """Get what every check found, errors first; those about marts only where marts are built.

    Args:
        pipeline: The pipeline the organization was loaded with.
        as_of: UTC date the checks are made for, of the tables the marts of that day are made of;
            today unless given.
        today: The UTC date now; the clock's unless given.
        decided: Pairs of skill keys that are not one (`SkillReview.rejected`).
        progress: Told `checks`, how many are done, and how many there are; an error ends them.

    Raises:
        ConfigError: The raw tables are not there, or the destination has no SQL.
        DestinationError: The destination refused.
    """
    today = today or datetime.now(UTC).date()
    as_of = as_of or today
    with open_warehouse(pipeline) as warehouse:
        built = warehouse.relations("marts").keys()
        checks = [check for check in CHECKS if tables_in(check.sql, "marts") <= built]
        warehouse.require("raw", *(check.sql for check in checks))
        warehouse.dialect.instead = find_past(warehouse, as_of, today).selects
        spellings = {"dim_skill", *(seed.name for seed in SEEDS)} <= built
        results = []
        for done, check in enumerate(checks):
            progress("checks", done, len(checks) + spellings)
            results.append(_result(check, warehouse.number(check.sql, as_of)))
        if spellings:
            progress("checks", len(checks), len(checks) + 1)
            results.append(_result(_SPELLINGS, near_pairs(warehouse, as_of, decided)))
    return results


def _result(check: Check, offenders: int) -> CheckResult:
    return CheckResult(check.name, check.severity, offenders, check.of(offenders))
