"""The macro that gives the columns of a raw table as a version has them, in the dbt package.

From the tables of versions; when they are read is said by `files/macros/as_observed.sql`.
"""

from collections.abc import Iterator
from typing import Final

from workforce_source.dbt_package.naming import PACKAGE, read_tables
from workforce_source.dbt_package.translating import MADE
from workforce_source.tables import BADGE_READS, TABLE_BY_NAME
from workforce_source.tables.history import VERSIONS

VERSIONED: Final = tuple(name for name in read_tables() if name in VERSIONS)
"""Raw tables the marts read, of which there may be versions."""
_TYPES: Final = {
    "text": "{{ dbt.type_string() }}",
    "bigint": "{{ dbt.type_bigint() }}",
    "bool": "{{ dbt.type_boolean() }}",
    "timestamp": f"{{{{ {PACKAGE}.type_timestamptz() }}}}",
}


def history_macro() -> str:
    """Get the macro: for each table its columns, null where versions do not keep them."""
    branches = []
    for number, name in enumerate(VERSIONED):
        word = "elif" if number else "if"
        columns = ",\n      ".join(_columns(name))
        branches.append(f"  {{%- {word} table == '{name}' %}}\n      {columns}\n")
    return (
        f"{{# {MADE}\n   The columns of a raw table, of a version `v` and the run `o` that saw it"
        f" so. #}}\n\n{{% macro columns_as_observed(table) -%}}\n{''.join(branches)}"
        "  {%- endif -%}\n{%- endmacro %}\n"
    )


def _columns(name: str) -> Iterator[str]:
    kept = {column.name for column in VERSIONS[name].all_columns}
    for column in TABLE_BY_NAME[name].all_columns:
        if column.name in kept:
            yield f"v.{column.name}"
        elif (name, column.name) == (BADGE_READS.name, "attempted_at"):
            # the run looked at everybody who was due, whether there is a version of it or not
            yield f"o.observed_at as {column.name}"
        else:
            yield f"cast(null as {_TYPES[column.type]}) as {column.name}"
