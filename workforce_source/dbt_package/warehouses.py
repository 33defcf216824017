"""The macros of the dbt package for what warehouses spell differently.

The variants are sqlglot's, as they are for the runner; no SELECT is known here.
"""

import re
from collections.abc import Mapping
from typing import Final

from workforce_source.dbt_package.naming import PACKAGE
from workforce_source.dbt_package.translating import MADE
from workforce_source.marts.dialect import Dialect

_ADAPTERS: Final = ("postgres", "redshift", "snowflake", "bigquery", "databricks")
_OURS: Final = "workforce__"
"""Begins the names of variants: dbt looks for those in the company's project first."""
_UNSEEN: Final = re.compile(r"[^\x20-\x7e]+")
_MACROS: Final[dict[str, tuple[tuple[str, ...], str]]] = {
    "utc_date": (("moment",), "CAST(moment AT TIME ZONE 'UTC' AS DATE)"),
    "days_between": (("first", "last"), "DATE_DIFF('day', first, last)"),
    "trimmed": (("text",), "TRIM(text)"),
    "type_double": ((), "CAST(it AS DOUBLE)"),
    "type_timestamptz": ((), "CAST(it AS TIMESTAMPTZ)"),
}


def warehouse_macros() -> str:
    """Get the macros for what warehouses spell differently, a variant for each that does."""
    parts = [
        f"{{# {MADE}\n   The variants are sqlglot's: duckdb's and postgres's are executed by the"
        " tests,\n   the others were never executed. #}"
    ]
    for name, (parameters, sql) in _MACROS.items():
        call = ", ".join(parameters)
        parts.append(
            f"{{% macro {name}({call}) -%}}\n"
            f"  {{{{ return(adapter.dispatch('{_OURS}{name}', '{PACKAGE}')({call})) }}}}\n"
            "{%- endmacro %}"
        )
        for adapter, body in _variants(sql).items():
            if name.startswith("type_"):
                body = body.removeprefix("CAST(it AS ").removesuffix(")")
            # what nobody sees is written as Jinja's escapes
            body = _UNSEEN.sub(
                lambda found: f'{{{{ "{found[0].encode("unicode_escape").decode()}" }}}}', body
            )
            for parameter in parameters:
                body = re.sub(rf"\b{parameter}\b", f"{{{{ {parameter} }}}}", body)
            parts.append(
                f"{{% macro {adapter}__{_OURS}{name}({call}) -%}}\n  {body}\n{{%- endmacro %}}"
            )
    return "\n\n".join(parts) + "\n"


def _variants(sql: str) -> Mapping[str, str]:
    """Get the SQL for DuckDB as the default, and for each warehouse that writes it differently."""
    variants = {"default": Dialect("duckdb", lambda *path: path).expression(sql)}
    for adapter in _ADAPTERS:
        variant = Dialect(adapter, lambda *path: path).expression(sql)
        if variant != variants["default"]:
            variants[adapter] = variant
    return variants
