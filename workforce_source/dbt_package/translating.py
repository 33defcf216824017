"""From a SELECT of the marts to the SQL of a dbt model: references, parameters, a few functions.

Pure text, so that a model reads like the file it is made from. What the warehouses spell
differently becomes a macro, and the macro's variants are sqlglot's, as they are for the runner.
"""

import re
from collections.abc import Mapping
from typing import Final

from workforce_source.exceptions import ConfigError
from workforce_source.marts.definitions import MARTS, SEEDS
from workforce_source.marts.dialect import Dialect

PACKAGE: Final = "workforce_source"
"""What the dbt package is called in `ref`, in macros and in settings."""
SOURCE: Final = "workforce"
"""What the raw tables are called in `source`."""
FILLED_IN: Final = tuple(seed.name for seed in SEEDS if seed.name != "calendar_month")
"""Seeds a company fills in; the calendar is a model, for it depends on `as_of`."""

MADE: Final = "Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit."
"""The first line of every file that is not copied."""

_AS_OF: Final = "cast($as_of as date)"
_TRIM: Final = re.compile(r"\btrim\(([\w.]+)\)")
_UNSEEN: Final = re.compile(r"[^\x20-\x7e]+")
_UTC_DATE: Final = re.compile(r"cast\(([\w.]+) at time zone 'UTC' as date\)")
_DAYS: Final = "date_diff('day', "
_TABLE: Final = re.compile(r"\b(raw|marts)\.(\w+)")
_TYPES: Final = {
    "as double)": f"as {{{{ {PACKAGE}.type_double() }}}})",
    "as varchar)": "as {{ dbt.type_string() }})",
}
_MADE_BY_THE_RUNNER: Final = {mart.name for mart in (*MARTS, *SEEDS)}


def model_sql(select: str) -> str:
    """Get the SQL of a model from a SELECT in DuckDB's dialect.

    Args:
        select: A SELECT of the marts or of a check.

    Raises:
        ConfigError: Something in it is not translated; the message names it.
    """
    text = _days_between(select)
    text = text.replace(_AS_OF, f"{{{{ {PACKAGE}.as_of() }}}}")
    text = _UTC_DATE.sub(lambda found: f"{{{{ {_utc_date(found[1])} }}}}", text)
    text = _TRIM.sub(rf'{{{{ {PACKAGE}.trimmed("\1") }}}}', text)
    for written, dbt in _TYPES.items():
        text = text.replace(written, dbt)
    text = _TABLE.sub(lambda found: _relation(found[1], found[2]), text)
    for left in ("$", "at time zone", "date_diff", "trim("):
        if left in text.lower():
            raise ConfigError(
                f"`{left}` is written in a way the dbt package cannot translate. Write it as the"
                " other marts do, or teach workforce_source/dbt_package/translating.py."
            )
    return text


def warehouse_macros() -> str:
    """Get the macros for what warehouses spell differently, a variant for each that does."""
    macros = {
        "utc_date": (("moment",), "CAST(moment AT TIME ZONE 'UTC' AS DATE)"),
        "days_between": (("first", "last"), "DATE_DIFF('day', first, last)"),
        "trimmed": (("text",), "TRIM(text)"),
        "type_double": ((), "CAST(it AS DOUBLE)"),
    }
    parts = [
        f"{{# {MADE}\n   The variants are sqlglot's: duckdb's and postgres's are executed by the"
        " tests,\n   the others were never executed. #}"
    ]
    for name, (parameters, sql) in macros.items():
        call = ", ".join(parameters)
        parts.append(
            f"{{% macro {name}({call}) -%}}\n"
            f"  {{{{ return(adapter.dispatch('{name}', '{PACKAGE}')({call})) }}}}\n"
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
            parts.append(f"{{% macro {adapter}__{name}({call}) -%}}\n  {body}\n{{%- endmacro %}}")
    return "\n\n".join(parts) + "\n"


def _variants(sql: str) -> Mapping[str, str]:
    """Get the SQL for DuckDB as the default, and for each warehouse that writes it differently."""
    adapters = ("postgres", "redshift", "snowflake", "bigquery", "databricks")
    variants = {"default": Dialect("duckdb", lambda *path: path).expression(sql)}
    for adapter in adapters:
        variant = Dialect(adapter, lambda *path: path).expression(sql)
        if variant != variants["default"]:
            variants[adapter] = variant
    return variants


def _relation(schema: str, table: str) -> str:
    if schema == "raw":
        return f"{{{{ source('{SOURCE}', '{table}') }}}}"
    if table in FILLED_IN:
        return f"{{{{ ref(var('{table}')) }}}}"
    if table not in _MADE_BY_THE_RUNNER:
        raise ConfigError(f"`marts.{table}` is neither a mart nor a seed of marts.toml.")
    return f"{{{{ ref('{table}') }}}}"


def _utc_date(moment: str) -> str:
    return f'{PACKAGE}.utc_date("{moment}")'


def _days_between(text: str) -> str:
    """Replace every `date_diff`; its arguments become arguments of a macro."""
    while (start := text.find(_DAYS)) >= 0:
        arguments, depth, at = [""], 0, start + len(_DAYS)
        while not (text[at] == ")" and depth == 0):
            depth += {"(": 1, ")": -1}.get(text[at], 0)
            if text[at] == "," and depth == 0:
                arguments.append("")
            else:
                arguments[-1] += text[at]
            at += 1
        first, last = (_argument(" ".join(argument.split())) for argument in arguments)
        call = f"{{{{ {PACKAGE}.days_between({first}, {last}) }}}}"
        text = text[:start] + call + text[at + 1 :]
    return text


def _argument(sql: str) -> str:
    """Get SQL as an argument of a macro: a call where it is one, else a text."""
    if sql == _AS_OF:
        return f"{PACKAGE}.as_of()"
    if found := _UTC_DATE.fullmatch(sql):
        return _utc_date(found[1])
    return f'"{sql}"'
