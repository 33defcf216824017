"""What the models, seeds and schemas of the dbt package are called, and in which layer each is.

Names only: a company's project has tables of its own, so none of ours may be a plain word there.
"""

from collections.abc import Iterator
from typing import Final

from workforce_source.marts.definitions import CHECKS, MARTS, SEEDS, tables_in
from workforce_source.tables import TABLE_BY_NAME

PACKAGE: Final = "workforce_source"
"""What the dbt package is called in `ref`, in macros and in settings."""
SOURCE: Final = "workforce_source"
"""What the raw tables are called in `source`, which looks in the company's project first."""
PREFIX: Final = "workforce__"
"""What the name of every model of a mart begins with; its table has the plain name."""
VARIABLE: Final = "workforce_"
"""What the name of every variable begins with."""

CALENDAR: Final = "calendar_month"
"""The seed that is a model here, for it depends on the date."""
FILLED_IN: Final = tuple(seed for seed in SEEDS if seed.name != CALENDAR)
"""Seeds a company fills in."""
MART_NAMES: Final = frozenset(mart.name for mart in MARTS)
_FILLED_IN_NAMES: Final = frozenset(seed.name for seed in FILLED_IN)


def read_tables() -> tuple[str, ...]:
    """Get the raw tables that a mart or a check reads, in the order of the dataset."""
    read = set[str]()
    for sql in (*(mart.select for mart in MARTS), *(check.sql for check in CHECKS)):
        read |= tables_in(sql, "raw")
    return tuple(name for name in TABLE_BY_NAME if name in read)


def staged(table: str) -> str:
    """Get the name of the model over a raw table, or over what a company filled in."""
    return f"stg_{PREFIX}{table}"


def model(table: str) -> str | None:
    """Get the name of the model that stands for a table of the marts; None where there is none."""
    if table in _FILLED_IN_NAMES:
        return staged(table)
    if table == CALENDAR:
        return f"int_{PREFIX}{table}"
    return f"{PREFIX}{table}" if table in MART_NAMES else None


def twice() -> Iterator[str]:
    """Get the names that a raw table and a seed share: one of the two models would be lost."""
    yield from sorted(_FILLED_IN_NAMES.intersection(read_tables()))
