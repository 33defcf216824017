"""The staging models of the dbt package: a view over each raw table that is read, and each seed.

From the definitions of tables and seeds; which rows mean what is the marts'.
"""

from typing import Final

from workforce_source.dbt_package.naming import (
    FILLED_IN,
    PACKAGE,
    PREFIX,
    VARIABLE,
    read_tables,
    staged,
)
from workforce_source.dbt_package.removed import REMOVED, keeps_removed
from workforce_source.dbt_package.translating import MADE, raw
from workforce_source.marts.definitions import Mart
from workforce_source.tables import TABLE_BY_NAME
from workforce_source.tables.history import VERSIONS
from workforce_source.tables.shape import Column, Table

_LEFT_OUT: Final = frozenset({REMOVED, "row_hash"})
"""Columns that mean nothing any more where removed rows are left out, or nothing to people."""
_TYPES: Final = {
    "text": "dbt.type_string()",
    "int": "dbt.type_int()",
    "bigint": "dbt.type_bigint()",
    "double": f"{PACKAGE}.type_double()",
    "timestamp": "dbt.type_timestamp()",
}


def staging_models() -> dict[str, str]:
    """Get the SQL of every staging model by its name."""
    texts = {staged(name): _of_table(TABLE_BY_NAME[name]) for name in read_tables()}
    return texts | {staged(seed.name): _of_seed(seed) for seed in FILLED_IN}


def staged_columns(table: Table) -> tuple[Column, ...]:
    """Get the columns of a raw table that its model has."""
    return tuple(column for column in table.all_columns if column.name not in _LEFT_OUT)


def _of_table(table: Table) -> str:
    columns = ",\n  ".join(column.name for column in staged_columns(table))
    alias = " as kept" if table.name in VERSIONS else ""  # of what may be a SELECT
    where = f"\nwhere {REMOVED} is null" if keeps_removed(table.name) else ""
    return (
        f"{{# {MADE} #}}\n-- grain: {table.grain}\n"
        f"select\n  {columns}\nfrom {raw(table.name)}{alias}{where}\n"
    )


def _of_seed(seed: Mart) -> str:
    # a seed that is empty, or written by hand, has types of its own
    columns = ",\n  ".join(
        f"cast({column.name} as {_type(column.type)}) as {column.name}" for column in seed.columns
    )
    given = f"var('{VARIABLE}{seed.name}')"
    own = f"ref('{PACKAGE}', '{PREFIX}{seed.name}')"
    return (
        f"{{# {MADE} #}}\n-- What the variable {VARIABLE}{seed.name} names, or the empty seed.\n"
        f"select\n  {columns}\nfrom {{{{ ref({given}) if {given} else {own} }}}}\n"
    )


def _type(name: str) -> str:
    if name == "decimal":
        return "decimal(18, 2)"  # the scale is a warehouse's own choice where none is given
    return f"{{{{ {_TYPES[name]} }}}}" if name in _TYPES else name
