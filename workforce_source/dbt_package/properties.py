"""The YAML files of the dbt package: what each table, column and test is, from the metadata.

Facts come from `marts.toml` and the tables of the loader; nothing is described here.
"""

import json
import math
from typing import Any, Final

import yaml

from workforce_source.dbt_package.translating import FILLED_IN, PACKAGE, SOURCE
from workforce_source.marts.definitions import CHECKS, MARTS, SEEDS, Column, Mart
from workforce_source.tables import TABLES

_KEYS: Final = {mart.name: mart.key for mart in (*MARTS, *SEEDS)}
_SEED_TYPES: Final = {
    "text": '{{ "string" if target.type in ["bigquery", "databricks"] else "text" }}',
    "bigint": "bigint",
    "date": "date",
    "decimal": "decimal(18, 2)",
    "double": '{{ {"bigquery": "float64", "databricks": "double"}'
    '.get(target.type, "double precision") }}',
}
"""Types of the seeds' columns; there, dbt offers no macros."""

READS_LATE: Final = {
    "warn_after": {"count": 2, "period": "day"},
    "error_after": {"count": 8, "period": "day"},
}
"""Somebody is read at least once in `badge_max_age`; `reads_stale` is an error from 8 days on."""


def yaml_text(document: dict[str, Any]) -> str:
    """Get a document as YAML, its keys in their order and each text on one line."""
    document = json.loads(json.dumps(document))  # what stands twice is written twice, no alias
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=math.inf)


def project(version: str) -> dict[str, Any]:
    """Get `dbt_project.yml`; all configuration is in it, for there its user can override it."""
    snapshots = {
        mart.name: {
            "+materialized": "incremental",
            "+incremental_strategy": "delete+insert",
            "+unique_key": mart.key[0],
            "+on_schema_change": "append_new_columns",
            "+full_refresh": False,
        }
        for mart in MARTS
        if mart.snapshot
    }
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
                "as_of": "",
                "workforce_schema": "credly",
                "workforce_database": "",
                **{name: name for name in FILLED_IN},
            }
        },
        "models": {
            PACKAGE: {
                "+schema": "marts",
                "+materialized": "table",
                "+persist_docs": {"relation": True, "columns": True},
                **snapshots,
            }
        },
        "seeds": {
            PACKAGE: {
                "+schema": "marts",
                "+persist_docs": {"relation": True, "columns": True},
            }
        },
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
    """Get `sources.yml`: the raw tables, as the loader describes them."""
    tables = []
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
                "freshness": {**READS_LATE, "filter": "removed_at is null"},
            }
        tables.append(described)
    source = {
        "name": SOURCE,
        "description": "The Credly Workforce organization, as workforce_source mirrors it.",
        "database": "{{ var('workforce_database') or target.database }}",
        "schema": "{{ var('workforce_schema') }}",
        "tables": tables,
    }
    return {"version": 2, "sources": [source]}


def models() -> dict[str, Any]:
    """Get the properties of the models, the calendar among them."""
    described = [_described(seed) for seed in SEEDS if seed.name not in FILLED_IN]
    return {"version": 2, "models": [*described, *map(_described, MARTS)]}


def seeds(prefix: str = "") -> dict[str, Any]:
    """Get the properties of the seeds a company fills in.

    Args:
        prefix: What the names of the seeds begin with.
    """
    described = []
    for seed in SEEDS:
        if seed.name in FILLED_IN:
            types = {column.name: _SEED_TYPES[column.type] for column in seed.columns}
            name = {"name": f"{prefix}{seed.name}"}
            described.append(_described(seed) | name | {"config": {"column_types": types}})
    return {"version": 2, "seeds": described}


def checks() -> dict[str, Any]:
    """Get the properties of the checks, which are data tests of their own."""
    described = [{"name": c.name, "description": _sentence(c.message)} for c in CHECKS]
    return {"version": 2, "data_tests": described}


def _sentence(message: str) -> str:
    end = "" if message.endswith("?") else "."
    return f"{message[0].upper()}{message[1:]}{end}"


def _described(mart: Mart) -> dict[str, Any]:
    grain = f" One row is {mart.grain}." if mart.grain else ""
    properties: dict[str, Any] = {
        "name": mart.name,
        "description": f"{mart.description}{grain}",
        "columns": [_column(mart, column) for column in mart.columns],
    }
    if len(mart.key) > 1:
        test = {f"{PACKAGE}.key_is_unique": {"arguments": {"columns": mart.key}}}
        properties["data_tests"] = [test]
    return properties


def _column(mart: Mart, column: Column) -> dict[str, Any]:
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
    if other and not mart.snapshot and mart.name not in FILLED_IN:
        # those who left stay in a snapshot, and a seed may name what nobody has
        leads = {"to": f"ref('{other}')", "key": _KEYS[other]}
        tests.append({f"{PACKAGE}.leads_to": {"arguments": leads}})
    properties: dict[str, Any] = {"name": column.name, "description": column.description}
    if column.personal:
        properties["config"] = {"meta": {"personal": True}}
    if tests:
        properties["data_tests"] = tests
    return properties


def _may_be_null(mart: Mart, column: Column) -> bool:
    if mart.key == (column.name,):
        return False
    # what is meant for every organization names none
    return column.nullable or (mart.name in FILLED_IN and column.name == "organization_id")
