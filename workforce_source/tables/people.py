"""Every table that is kept, and whom its rows are about: those dlt loads, and our own beside them.

Facts only, made from `definitions` and `own`: a table that is new there is here, too.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from workforce_source.tables import definitions as d
from workforce_source.tables.own import OWN_TABLES


class Kept(NamedTuple):
    """A table.

    Attributes:
        name: Its name.
        columns: The names of its columns.
        person: The column with the id of the employee a row is about; None for a row about nobody.
        identifiers: What its columns identify an employee by, `external_id` or `email`, by name;
            those of managers are not among them.
    """

    name: str
    columns: frozenset[str]
    person: str | None
    identifiers: dict[str, str]


MANAGER: Final = ("manager_external_id", "manager_first_name", "manager_last_name")
"""What an employee's row says of another person."""


def kept_tables() -> Iterator[Kept]:
    """Get every table; the list of employees, by which others are found, last."""
    others = [table for table in d.TABLES if table is not d.EMPLOYEES]
    tables = {one.name: frozenset(c.name for c in one.all_columns) for one in others}
    tables |= {name: frozenset(columns) for name, (_, columns) in OWN_TABLES.items()}
    tables[d.EMPLOYEES.name] = frozenset(c.name for c in d.EMPLOYEES.all_columns)
    for name, columns in tables.items():
        own = d.TABLE_BY_NAME.get(name.removesuffix(d.VERSION_SUFFIX))
        person = "employee_id" if "employee_id" in columns else None
        if own is d.EMPLOYEES:
            person = "id"
        identifiers = {
            column.name: column.identifies
            for column in (own.columns if own else ())
            if column.identifies and not column.name.startswith("manager_")
        }
        yield Kept(name, columns, person, identifiers)
