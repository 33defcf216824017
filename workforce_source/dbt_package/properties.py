"""The YAML files of the dbt package: what each table, column and test is, from the metadata.

Facts come from `marts.toml` and the tables of the loader; nothing is described here.
"""

import json
import math
from collections.abc import Iterator
from typing import Any, Final

import yaml

from workforce_source.dbt_package.history import VERSIONED
from workforce_source.dbt_package.naming import (
    CALENDAR,
    FILLED_IN,
    PACKAGE,
    PREFIX,
    SOURCE,
    VARIABLE,
    model,
    read_tables,
    staged,
)
from workforce_source.dbt_package.removed import keeps_removed
from workforce_source.dbt_package.staging import staged_columns
from workforce_source.marts.definitions import CHECKS, MARTS, SEEDS, Column, Mart
from workforce_source.tables import TABLE_BY_NAME, TABLES, Table
from workforce_source.tables.history import OBSERVATION_COLUMNS, OBSERVATIONS, VERSIONS
from workforce_source.tables.own import AUDIT, AUDIT_COLUMNS, OWN_TABLES

_KEYS: Final = {mart.name: mart.key for mart in (*MARTS, *SEEDS)}
_TYPES: Final = {
    # dbt turns it into what the adapter calls a text
    "text": "string",
    "decimal": "decimal(18, 2)",
    "double": '{{ {"bigquery": "float64", "databricks": "double", "spark": "double"}'
    '.get(target.type, "double precision") }}',
    "timestamp": '{{ "timestamp" if target.type in ["bigquery", "databricks", "spark"]'
    ' else "timestamptz" }}',
}
"""Types that warehouses spell differently; in YAML, dbt offers no macros."""
SEED_TYPES: Final = {
    **_TYPES,
    "text": '{{ "string" if target.type in ["bigquery", "databricks", "spark"] else "text" }}',
    "bool": "boolean",
}
"""The same of seeds, of whose types dbt makes nothing."""

LATE: Final = {
    "warn_after": {"count": 2, "period": "day"},
    "error_after": {"count": 8, "period": "day"},
}
"""Somebody is read at least once in `badge_max_age`; `reads_stale` is an error from 8 days on."""
_AS_OF: Final = (
    "select min(as_of) from (select organization_id, max(as_of) as as_of from"  # noqa: S608 # ours
    " {{ var('workforce_database') ~ '.' if var('workforce_database') else '' }}"
    f"{{{{ var('workforce_schema') }}}}.{AUDIT} group by organization_id) t"
)
"""As of when the tables are, of the organization that is furthest behind."""

_WITH_HISTORY: Final = "Only there with `history = true`."


def yaml_text(document: dict[str, Any]) -> str:
    """Get a document as YAML, its keys in their order and each text on one line."""
    document = json.loads(json.dumps(document))  # what stands twice is written twice, no alias
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=math.inf)


def project(version: str) -> dict[str, Any]:
    """Get `dbt_project.yml`: what its user can override."""
    described = {"+persist_docs": {"relation": True, "columns": True}}
    return {
        "name": PACKAGE,
        "version": version,
        "config-version": 2,
        "require-dbt-version": [">=1.11.0", "<2.0.0"],
        "model-paths": ["models"],
        "macro-paths": ["macros"],
        "seed-paths": ["seeds"],
        "test-paths": ["tests"],
        "vars": {
            PACKAGE: {
                f"{VARIABLE}as_of": "",
                f"{VARIABLE}schema": "credly",
                f"{VARIABLE}database": "",
                **{f"{VARIABLE}{seed.name}": "" for seed in FILLED_IN},
            }
        },
        "models": {
            PACKAGE: {
                "staging": {"+schema": f"{VARIABLE}staging", "+materialized": "view"},
                "intermediate": {
                    "+schema": f"{VARIABLE}intermediate",
                    "+materialized": "table",
                    **described,
                },
                "marts": {
                    "+schema": f"{VARIABLE}marts",
                    "+materialized": "table",
                    "+access": "public",
                    # Redshift would make each text of a contract 256 characters
                    "+contract": {"enforced": "{{ target.type != 'redshift' }}"},
                    **described,
                },
                # off unless asked for: a project has one calendar for all its metrics
                "semantic": {
                    "+schema": f"{VARIABLE}marts",
                    "+materialized": "view",
                    "+enabled": False,
                },
            }
        },
        "semantic-models": {PACKAGE: {"+enabled": False}},
        "metrics": {PACKAGE: {"+enabled": False}},
        "seeds": {PACKAGE: {"+schema": f"{VARIABLE}staging", **described}},
        "data_tests": {
            PACKAGE: {
                "checks": {
                    "error": {"+severity": "error"},
                    "warn": {"+severity": "warn"},
                    # dbt knows no third severity
                    "info": {"+severity": "warn", "+enabled": False},
                }
            }
        },
    }


def sources() -> dict[str, Any]:
    """Get the raw tables, as the loader describes them, and how old each may be."""
    tables: list[dict[str, Any]] = []
    for table in TABLES:
        described: dict[str, Any] = {
            "name": table.name,
            "description": f"One row is {table.grain}.",
            "columns": [
                *({"name": c.name, "description": c.description} for c in table.all_columns),
                {"name": "_dlt_load_id", "description": "The load package that wrote the row."},
            ],
        }
        if table.name == "badge_reads":
            described["config"] = {
                "loaded_at_field": "attempted_at",
                "freshness": {**LATE, "filter": "removed_at is null"},
            }
        else:
            described["config"] = {"loaded_at_query": _AS_OF, "freshness": LATE}
        tables.append(described)
    audit = {
        "name": AUDIT,
        "description": f"One row is {OWN_TABLES[AUDIT][0]}; `pipeline.run` alone writes none.",
        "config": {"loaded_at_field": "ended", "freshness": LATE},
        "columns": [
            {"name": name, "description": text} for name, (_, text) in AUDIT_COLUMNS.items()
        ],
    }
    source = {
        "name": SOURCE,
        "description": "The Credly Workforce organization, as workforce_source mirrors it.",
        "database": "{{ var('workforce_database') or target.database }}",
        "schema": "{{ var('workforce_schema') }}",
        "tables": [*tables, audit, *_history()],
    }
    return {"version": 2, "sources": [source]}


def _history() -> Iterator[dict[str, Any]]:
    """Get the tables of versions that may be read, which there are with `history` only."""
    for name in VERSIONED:
        versions = VERSIONS[name]
        columns = [{"name": c.name, "description": c.description} for c in versions.all_columns]
        yield {
            "name": versions.name,
            "description": f"One row is {versions.grain}. {_WITH_HISTORY}",
            "columns": columns,
        }
    yield {
        "name": OBSERVATIONS,
        "description": f"One row is {OWN_TABLES[OBSERVATIONS][0]}. {_WITH_HISTORY}",
        "columns": [
            {"name": name, "description": text} for name, (_, text) in OBSERVATION_COLUMNS.items()
        ],
    }


def staging() -> dict[str, Any]:
    """Get the properties of the staging models."""
    tables = [_staged(TABLE_BY_NAME[name]) for name in read_tables()]
    seeds = [
        _described(seed) | {"name": staged(seed.name), "config": {"tags": ["filled_in"]}}
        for seed in FILLED_IN
    ]
    return {"version": 2, "models": [*tables, *seeds]}


def intermediate() -> dict[str, Any]:
    """Get the properties of what only marts read."""
    (calendar,) = (seed for seed in SEEDS if seed.name == CALENDAR)
    return {"version": 2, "models": [_described(calendar) | {"name": model(CALENDAR)}]}


def marts() -> dict[str, Any]:
    """Get the properties of the marts: table, types of the contract, tests."""
    described = []
    for mart in MARTS:
        properties = _described(mart, typed=True)
        name, text = f"{PREFIX}{mart.name}", properties["description"]
        properties = {
            "name": name,
            "description": text,
            "config": {"alias": mart.name},
            **{
                key: value
                for key, value in properties.items()
                if key not in ("name", "description")
            },
        }
        described.append(properties)
    return {"version": 2, "models": described}


def seeds(prefix: str = PREFIX) -> dict[str, Any]:
    """Get the properties of the seeds a company fills in; what holds of them is tested in staging.

    Args:
        prefix: What the names of the seeds begin with.
    """
    described = []
    for seed in FILLED_IN:
        types = {column.name: _type(column, SEED_TYPES) for column in seed.columns}
        columns = [{"name": c.name, "description": c.description} for c in seed.columns]
        described.append(
            {
                "name": f"{prefix}{seed.name}",
                "description": seed.description,
                "config": {"column_types": types},
                "columns": columns,
            }
        )
    return {"version": 2, "seeds": described}


def checks() -> dict[str, Any]:
    """Get the properties of the checks, which are data tests of their own."""
    described = [{"name": c.name, "description": _sentence(c.message)} for c in CHECKS]
    return {"version": 2, "data_tests": described}


def _sentence(message: str) -> str:
    end = "" if message.endswith("?") else "."
    return f"{message[0].upper()}{message[1:]}{end}"


def _staged(table: Table) -> dict[str, Any]:
    removed = " Removed rows are left out." if keeps_removed(table.name) else ""
    columns = []
    for column in staged_columns(table):
        properties: dict[str, Any] = {"name": column.name, "description": column.description}
        if column.name in table.primary_key:
            properties["data_tests"] = ["not_null"]
        columns.append(properties)
    return {
        "name": staged(table.name),
        "description": f"One row is {table.grain}.{removed}",
        "columns": columns,
        "data_tests": [_unique(table.primary_key)],
    }


def _unique(columns: tuple[str, ...]) -> dict[str, Any]:
    arguments = {"combination_of_columns": columns}
    return {f"{PACKAGE}.unique_combination_of_columns": {"arguments": arguments}}


def _described(mart: Mart, *, typed: bool = False) -> dict[str, Any]:
    grain = f" One row is {mart.grain}." if mart.grain else ""
    properties: dict[str, Any] = {
        "name": mart.name,
        "description": f"{mart.description}{grain}",
        "columns": [_column(mart, column, typed=typed) for column in mart.columns],
    }
    if len(mart.key) > 1:
        properties["data_tests"] = [_unique(mart.key)]
    return properties


def _column(mart: Mart, column: Column, *, typed: bool) -> dict[str, Any]:
    tests: list[Any] = []
    if not _may_be_null(mart, column):
        tests.append("not_null")
    if mart.key == (column.name,):
        tests.append("unique")
    if column.values:
        values: dict[str, Any] = {"values": column.values}
        if not isinstance(column.values[0], str):
            values["quote"] = False
        tests.append({"accepted_values": {"arguments": values}})
    other = mart.references().get(column.name)
    if other and not mart.snapshot and mart not in FILLED_IN:
        # those who left stay in a snapshot, and a seed may name what nobody has
        to = f"ref('{PACKAGE}', '{model(other)}')"
        arguments = {"to": to, "columns": _KEYS[other]}
        tests.append({f"{PACKAGE}.relationships_by_key": {"arguments": arguments}})
    properties: dict[str, Any] = {"name": column.name, "description": column.description}
    if typed:
        properties["data_type"] = _type(column, _TYPES)
    if column.personal:
        properties["config"] = {"meta": {"personal": True}}
    if tests:
        properties["data_tests"] = tests
    return properties


def _type(column: Column, types: dict[str, str]) -> str:
    return types.get(column.type, column.type)


def _may_be_null(mart: Mart, column: Column) -> bool:
    if mart.key == (column.name,):
        return False
    # what a company filled in for every organization names none
    return column.nullable or (mart in FILLED_IN and column.name == "organization_id")
