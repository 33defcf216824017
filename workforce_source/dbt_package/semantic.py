"""The semantic layer of the dbt package: what MetricFlow may count, and by what.

What a figure means is said in `marts.toml` and docs/metrics.md; here it is said once more, as
people counted on the pairs of employee and skill, so that it holds by any grouping.
"""

from typing import Any, Final

from workforce_source.dbt_package.naming import PACKAGE, PREFIX, VARIABLE
from workforce_source.marts.definitions import COLUMNS, DIMENSIONS

EMPLOYEE: Final = f"{VARIABLE}employee"
"""What an employee is called in a query: entities of one name are joined across projects."""
SKILL: Final = f"{VARIABLE}skill"
"""What a skill is called in a query."""
_PAIR: Final = f"{PREFIX}employee_skill_pair"
_SPINE: Final = f"{PREFIX}time_spine_day"

_MEASURES: Final[dict[str, tuple[str, str]]] = {
    # name: (condition, description); people, each once
    "employees": ("", COLUMNS["employees"].description),
    "connected": ("is_connected = 1", "Employees who have accepted."),
    "known": ("is_known = 1", "Employees who are connected and whose badges were read."),
    "people": ("is_known = 1 and has_skill = 1", COLUMNS["people"].description),
    "people_verified": (
        "is_known = 1 and has_verified_skill = 1",
        "Known employees who have the skill by an active, verified badge.",
    ),
    "people_not_known": (
        "is_known = 0 and has_skill = 1",
        COLUMNS["people_not_known"].description,
    ),
    "people_lapsing_90d": (
        "is_known = 1 and is_lapsing_90d = 1",
        "Known employees who lose the skill within 90 days unless a badge is renewed.",
    ),
    "people_proven": ("has_skill = 1", "Employees who have the skill, known or not."),
    "people_possible": (
        "has_skill = 1 or is_known = 0",
        "Employees who have the skill, and those who are not known: they might have it.",
    ),
}
_RATIOS: Final = {
    "coverage": ("people", "known"),
    "coverage_low": ("people_proven", "employees"),
    "coverage_high": ("people_possible", "employees"),
}
METRICS: Final = tuple(f"{VARIABLE}{name}" for name in (*_MEASURES, *_RATIOS))
"""Every metric by its name."""


def models() -> dict[str, Any]:
    """Get the properties of the models beneath: the pairs, and the calendar of MetricFlow."""
    described = {
        "employee_key": "Organization and employee, as one text.",
        "organization_skill_key": "Organization and skill, as one text; null where it has none.",
        "is_connected": COLUMNS["is_connected"].description,
        "is_known": COLUMNS["is_known"].description,
        "has_skill": COLUMNS["has_skill"].description,
        "has_verified_skill": COLUMNS["has_verified_skill"].description,
        "is_lapsing_90d": "1 when the skill is lost within 90 days unless a badge is renewed.",
        "as_of": COLUMNS["as_of"].description,
    }
    pair = {
        "name": _PAIR,
        "description": "One row is one employee and one skill of the organization, had or not.",
        "columns": [
            # its key is those of two tables that are tested: to look at every pair would take long
            {"name": name, "description": text, "data_tests": ["not_null"]}
            if name == "employee_key"
            else {"name": name, "description": text}
            for name, text in described.items()
        ],
    }
    day = {"name": "date_day", "description": "The day.", "granularity": "day"}
    spine = {
        "name": _SPINE,
        "description": "The calendar of days MetricFlow needs one of. One row is one day.",
        "time_spine": {"standard_granularity_column": "date_day"},
        "columns": [{**day, "data_tests": ["not_null", "unique"]}],
    }
    return {"version": 2, "models": [pair, spine]}


def semantic_layer() -> dict[str, Any]:
    """Get the semantic models and the metrics."""
    measures = [
        {
            "name": f"{VARIABLE}{name}",
            "description": text,
            "agg": "count_distinct",
            "expr": f"case when {condition} then employee_key end" if condition else "employee_key",
        }
        for name, (condition, text) in _MEASURES.items()
    ]
    pair = {
        "name": f"{VARIABLE}employee_skill",
        "description": "Employees and the skills of their organization, had or not.",
        "model": f"ref('{PACKAGE}', '{_PAIR}')",
        "defaults": {"agg_time_dimension": "as_of"},
        "entities": [
            {"name": EMPLOYEE, "type": "foreign", "expr": "employee_key"},
            {"name": SKILL, "type": "foreign", "expr": "organization_skill_key"},
        ],
        "primary_entity": f"{VARIABLE}employee_skill_pair",
        "dimensions": [
            {
                "name": "as_of",
                "description": COLUMNS["as_of"].description,
                "type": "time",
                "type_params": {"time_granularity": "day"},
            }
        ],
        "measures": measures,
    }
    employee = _dimensions(
        "dim_employee",
        EMPLOYEE,
        "employee_id",
        ("organization_id", *(d for d in DIMENSIONS if d != "all"), "employee_state"),
    )
    skill = _dimensions(
        "dim_skill", SKILL, "skill_key", ("organization_id", "skill_key", "skill_name", "is_target")
    )
    return {
        "version": 2,
        "semantic_models": [pair, employee, skill],
        "metrics": [*map(_simple, _MEASURES), *map(_ratio, _RATIOS)],
    }


def _dimensions(mart: str, entity: str, key: str, columns: tuple[str, ...]) -> dict[str, Any]:
    return {
        "name": entity,
        "description": f"What {entity} may be grouped by.",
        "model": f"ref('{PACKAGE}', '{PREFIX}{mart}')",
        "entities": [
            {"name": entity, "type": "primary", "expr": f"organization_id || '|' || {key}"}
        ],
        "dimensions": [
            {"name": name, "description": COLUMNS[name].description, "type": "categorical"}
            for name in columns
        ],
    }


def _simple(name: str) -> dict[str, Any]:
    return _metric(name, _MEASURES[name][1], "simple", {"measure": f"{VARIABLE}{name}"})


def _ratio(name: str) -> dict[str, Any]:
    numerator, denominator = (f"{VARIABLE}{part}" for part in _RATIOS[name])
    parts = {"numerator": numerator, "denominator": denominator}
    return _metric(name, COLUMNS[name].description, "ratio", parts)


def _metric(name: str, text: str, kind: str, parts: dict[str, str]) -> dict[str, Any]:
    label = f"Workforce: {name.replace('_', ' ')}"
    return {
        "name": f"{VARIABLE}{name}",
        "label": label,
        "description": text,
        "type": kind,
        "type_params": parts,
    }
