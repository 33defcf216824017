"""What the marts, seeds and checks are, read from `marts.toml`, `checks.toml` and the SQL files.

Facts only: nothing here talks to a destination, and no SQL is changed.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import cached_property
from graphlib import TopologicalSorter
from importlib.resources import files
from typing import Any, Final, Literal

Type = Literal["text", "int", "bigint", "double", "decimal", "date", "timestamp"]
Severity = Literal["error", "warn", "info"]

_HERE: Final = files("workforce_source.marts")
_MENTIONED: Final = re.compile(r"\b(raw|marts)\.(\w+)")


@dataclass(frozen=True)
class Column:
    """One column; a name means the same in every mart.

    Attributes:
        name: Name in the table.
        type: Type before it is spelled in the destination's dialect.
        description: One sentence for people.
        references: The table whose key it leads to, by columns of the same name.
        values: The only values there are; empty when any may be.
        personal: Names, addresses and numbers of people: published only when asked for.
        nullable: Whether it may be null.
    """

    name: str
    type: Type
    description: str
    references: str | None = None
    values: tuple[str | int, ...] = ()
    personal: bool = False
    nullable: bool = False


@dataclass(frozen=True)
class Question:
    """A question a mart answers, and the SQL that does (the schema is `marts`)."""

    ask: str
    sql: str


@dataclass(frozen=True)
class Mart:
    """One table beside the raw ones: a mart, or a seed it rests on.

    Attributes:
        name: Name of the table, and of the SQL file of a mart.
        description: One sentence for people.
        key: Columns no two rows share.
        columns: Columns in the order of the table.
        select: SELECT in DuckDB's dialect with the parameter `$as_of`; empty for a seed.
        snapshot: Whether each day's rows are kept; otherwise every run rebuilds the table.
        questions: What it answers.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    select: str = ""
    snapshot: bool = False
    questions: tuple[Question, ...] = ()

    @cached_property
    def grain(self) -> str:
        """What one row is: the first line of its SQL."""
        return self.select.partition("\n")[0].removeprefix("-- grain: ")

    @cached_property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(column.name for column in self.columns)

    def references(self) -> dict[str, str]:
        """Where its columns lead: tables by column, itself left out."""
        leads = {column.name: column.references for column in self.columns}
        return {name: table for name, table in leads.items() if table and table != self.name}


@dataclass(frozen=True)
class Check:
    """One rule the data should keep.

    Attributes:
        name: Short name.
        severity: `error` says the figures cannot be trusted, `warn` that some are off, `info`
            what is worth knowing.
        message: What offenders are and what to do, for people.
        one: The same of a single one.
        sql: SELECT of one number, the count of offenders, in DuckDB's dialect.
    """

    name: str
    severity: Severity
    message: str
    one: str
    sql: str

    def of(self, offenders: int) -> str:
        """Get what is to be said behind the number of offenders."""
        return self.one if offenders == 1 else self.message


def tables_in(sql: str, schema: Literal["raw", "marts"]) -> set[str]:
    """Get the tables of a schema that SQL mentions."""
    return {name for found, name in _MENTIONED.findall(sql) if found == schema}


def _document(name: str) -> dict[str, Any]:
    return tomllib.loads(_HERE.joinpath(name).read_text(encoding="utf-8"))


_METADATA: Final = _document("marts.toml")

COLUMNS: Final = {
    name: Column(name, **{**facts, "values": tuple(facts.get("values", ()))})
    for name, facts in _METADATA["columns"].items()
}
"""Every column by name."""

SHAREABLE: Final[dict[str, tuple[str, ...]]] = {
    table: tuple(columns) for table, columns in _METADATA["raw"].items()
}
"""Columns of the raw tables that say nothing about a person by themselves."""


def _mart(name: str, facts: dict[str, Any], select: str) -> Mart:
    return Mart(
        name=name,
        description=facts["description"],
        key=tuple(facts["key"]),
        columns=tuple(COLUMNS[column] for column in facts["columns"]),
        select=select,
        snapshot=facts.get("kind") == "snapshot",
        questions=tuple(Question(q["ask"], q["sql"].strip()) for q in facts.get("questions", ())),
    )


def _in_order(marts: dict[str, Mart]) -> tuple[Mart, ...]:
    """Sort marts so that each follows those it reads; the metadata's order where free."""
    needs = {name: tables_in(mart.select, "marts") & marts.keys() for name, mart in marts.items()}
    return tuple(marts[name] for name in TopologicalSorter(needs).static_order())


SEEDS: Final = tuple(_mart(name, facts, "") for name, facts in _METADATA["seeds"].items())
"""Tables the marts rest on beside the raw ones."""

MARTS: Final = _in_order(
    {
        name: _mart(name, facts, _HERE.joinpath("sql", f"{name}.sql").read_text(encoding="utf-8"))
        for name, facts in _METADATA["marts"].items()
    }
)
"""Every mart, each after those it reads."""

CHECKS: Final = tuple(Check(**facts) for facts in _document("checks.toml")["checks"])
"""Every check, errors first."""

DIMENSIONS: Final = tuple(str(value) for value in COLUMNS["dimension"].values)
"""What groups are formed by."""
