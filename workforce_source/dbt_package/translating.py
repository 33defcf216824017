"""From a SELECT of the marts to the SQL of a dbt model: references, parameters, a few functions.

Pure text, so that a model reads like the file it is made from. What the warehouses spell
differently is a macro (`warehouses.py`).
"""

import re
from typing import Final

from workforce_source.dbt_package.naming import PACKAGE, SOURCE, model, staged
from workforce_source.dbt_package.removed import without_removed
from workforce_source.exceptions import ConfigError
from workforce_source.tables.history import VERSIONS

MADE: Final = "Made by `python -m workforce_source.dbt_package package FOLDER`: do not edit."
"""The first line of every file that is not copied."""

_AS_OF: Final = "cast($as_of as date)"
_TRIM: Final = re.compile(r"\btrim\(([\w.]+)\)")
_UTC_DATE: Final = re.compile(r"cast\(([\w.]+) at time zone 'UTC' as date\)")
_DAYS: Final = "date_diff('day', "
_TABLE: Final = re.compile(r"\b(raw|marts)\.(\w+)")
_TYPES: Final = {
    "as double)": f"as {{{{ {PACKAGE}.type_double() }}}})",
    "as varchar)": "as {{ dbt.type_string() }})",
}


def model_sql(select: str) -> str:
    """Get the SQL of a model from a SELECT in DuckDB's dialect.

    Args:
        select: A SELECT of the marts or of a check.

    Raises:
        ConfigError: Something in it is not translated; the message names it.
    """
    kept = without_removed(select)
    text = _days_between(select if kept is None else kept)
    text = text.replace(_AS_OF, f"{{{{ {PACKAGE}.as_of() }}}}")
    text = _UTC_DATE.sub(lambda found: f"{{{{ {_utc_date(found[1])} }}}}", text)
    text = _TRIM.sub(rf'{{{{ {PACKAGE}.trimmed("\1") }}}}', text)
    for written, dbt in _TYPES.items():
        text = text.replace(written, dbt)

    def relation(found: re.Match[str]) -> str:
        if found[1] == "marts":
            return _model(found[2])
        return reference(staged(found[2])) if kept is not None else raw(found[2])

    text = _TABLE.sub(relation, text)
    for left in ("$", "at time zone", "date_diff", "trim("):
        if left in text.lower():
            raise ConfigError(
                f"`{left}` is written in a way the dbt package cannot translate. Write it as the"
                " other marts do, or teach workforce_source/dbt_package/translating.py."
            )
    return text


def reference(name: str) -> str:
    """Get the reference to a model of the package, whatever else is called so."""
    return f"{{{{ ref('{PACKAGE}', '{name}') }}}}"


def raw(table: str) -> str:
    """Get the reference to a raw table, as it was observed where there are versions of it."""
    if table in VERSIONS:
        return f"{{{{ {PACKAGE}.as_observed('{table}') }}}}"
    return f"{{{{ source('{SOURCE}', '{table}') }}}}"


def _model(table: str) -> str:
    name = model(table)
    if name is None:
        raise ConfigError(f"`marts.{table}` is neither a mart nor a seed of marts.toml.")
    return reference(name)


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
