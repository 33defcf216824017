"""Reads a few figures from the marts for people to look at.

Only reading; how a figure comes about is in the SQL of its mart.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import dlt

from workforce_source.exceptions import ConfigError
from workforce_source.marts.dialect import literal
from workforce_source.marts.warehouse import open_warehouse
from workforce_source.small_groups import SHOW, Rule

_TOP = """
select skill_name, people, known, coverage, coverage_low, coverage_high, people_lapsing_90d,
  employees
from marts.mart_skill_coverage
where dimension = 'all' and organization_id = {organization} and people > 0
"""
_ORGANIZATIONS = "select distinct organization_id from marts.dim_employee order by 1"


@dataclass(frozen=True)
class TopSkill:
    """One of the skills most held in an organization.

    Attributes:
        skill_name: The skill as people write it.
        people: Known employees who have it.
        known: Employees whose badges were read.
        coverage: `people` / `known`.
        coverage_low: Share of all employees that is proven.
        coverage_high: Share of all if every employee who is not known had it.
        people_lapsing_90d: Those who lose it within 90 days unless a badge is renewed.
        employees: Everybody in the organization.
    """

    skill_name: str
    people: int
    known: int
    coverage: float
    coverage_low: float
    coverage_high: float
    people_lapsing_90d: int
    employees: int


def top_skills(
    pipeline: dlt.Pipeline, organization_id: str, *, limit: int = 10, rule: Rule = SHOW
) -> list[TopSkill]:
    """Get the skills most known employees of an organization have, most held first.

    Args:
        pipeline: The pipeline whose marts are built.
        organization_id: The organization.
        limit: How many skills at most.
        rule: How their numbers will be told: those told alike are in the order of the alphabet.

    Raises:
        ConfigError: The marts are not built.
        DestinationError: The destination refused.
    """
    organization = literal(organization_id).sql(dialect="duckdb")
    sql = _TOP.format(organization=organization)
    with open_warehouse(pipeline) as warehouse:
        warehouse.require("marts", sql)
        rows = [TopSkill(*row) for row in warehouse.fetch(sql, datetime.now(UTC).date())]
    rows.sort(key=lambda row: (-rule.count(row.people, row.known).rounded, row.skill_name))
    return rows[:limit]


def organizations_in(pipeline: dlt.Pipeline) -> list[str]:
    """Get the ids of the organizations that the marts hold.

    Args:
        pipeline: The pipeline whose marts are built.

    Raises:
        ConfigError: The marts are not built.
        DestinationError: The destination refused.
    """
    with open_warehouse(pipeline) as warehouse:
        warehouse.require("marts", _ORGANIZATIONS)
        return [row[0] for row in warehouse.fetch(_ORGANIZATIONS, datetime.now(UTC).date())]


def organization_in(pipeline: dlt.Pipeline, wanted: str | None) -> str | None:
    """Get the organization figures are to be shown of; None where there is none.

    Args:
        pipeline: The pipeline whose marts are built.
        wanted: The one to take; unless given, the only one there is.

    Raises:
        ConfigError: The marts are not built, hold others and not the one wanted, or hold several
            and none was named.
        DestinationError: The destination refused.
    """
    there = organizations_in(pipeline)
    if wanted in there or not there:
        return wanted if there else None
    if wanted is not None:
        raise ConfigError(
            "The marts hold nobody of the organization that organization_id names, but others."
            " Check it, or load that organization."
        )
    if len(there) == 1:
        return there[0]
    raise ConfigError(
        f"The marts hold {len(there)} organizations. Say which one is meant by organization_id, in"
        " .dlt/config.toml under [sources.workforce] or as SOURCES__WORKFORCE__ORGANIZATION_ID."
    )
