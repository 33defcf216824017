"""From SQL in DuckDB's dialect to the destination's, by sqlglot.

Pure: nothing here connects to anything. What a statement is for is not known here.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from workforce_source.tables.text import SPACES, UNSEEN

Path = Sequence[str]
"""A table's name from the outside in: catalog if there is one, schema, table."""
Statement = exp.Expression | exp.Query
Value = str | int | float | Decimal | date | None

_TYPES: Final = {
    "text": "TEXT",
    "int": "INT",
    "bigint": "BIGINT",
    "bool": "BOOLEAN",
    "double": "DOUBLE",
    "decimal": "DECIMAL(18, 2)",
    "date": "DATE",
    "timestamp": "TIMESTAMPTZ",
}


_BY_NUMBER: Final = {ord("\v"): None, ord("\f"): None}
_MARK: Final = "\x1f"
"""One of the spaces that are gone when it is needed, and so in no text."""


class Dialect:
    """The destination's way of writing SQL.

    Args:
        name: sqlglot's name of the dialect.
        path_of: Where a table of the schema `raw` or `marts` is found.
        casefold: How the destination spells the names it made itself.

    Attributes:
        instead: SELECTs in DuckDB's dialect that are read in the place of tables of the schema
            `raw`, by their names.
    """

    def __init__(
        self,
        name: str,
        path_of: Callable[[str, str], Path],
        casefold: Callable[[str], str] = str,
    ) -> None:
        self.name = name
        self._path_of = path_of
        self._casefold = casefold
        self.instead: Mapping[str, str] = {}

    def select(self, sql: str, as_of: date) -> exp.Query:
        """Get a SELECT with the destination's table names and `as_of` filled in."""
        query = _parsed(sql).copy()
        for parameter in list(query.find_all(exp.Parameter, exp.Placeholder)):
            parameter.replace(exp.Literal.string(as_of.isoformat()))
        query = cast(exp.Query, query.transform(self._same_everywhere, copy=False))
        for table in list(query.find_all(exp.Table)):
            if table.db == "raw" and table.name in self.instead:
                other = _parsed(self.instead[table.name])
                table.replace(other.subquery(table.alias or table.name))
        paths = {}
        for table in query.find_all(exp.Table):
            if table.db:
                paths[id(table)] = (table, self._path_of(table.db, table.name))
        for identifier in query.find_all(exp.Identifier):
            self._name(identifier)
        # after the others, for a path is spelled already
        for table, path in paths.values():
            _set_path(table, path)
        return query

    def create(
        self, kind: str, path: Path, query: exp.Query, *, replace: bool = False
    ) -> Statement:
        """Get the statement that makes a table or view from a SELECT."""
        return exp.Create(this=_table(path), kind=kind, expression=query, replace=replace)

    def create_empty(self, path: Path, columns: Sequence[tuple[str, str]]) -> Statement:
        """Get the statement that makes a table without rows.

        Args:
            path: The table.
            columns: Name and type of each column.
        """
        return exp.Create(
            this=exp.Schema(
                this=_table(path),
                expressions=[
                    exp.ColumnDef(
                        this=self._name(exp.to_identifier(name)),
                        kind=exp.DataType.build(_TYPES[type_], dialect="duckdb"),
                    )
                    for name, type_ in columns
                ],
            ),
            kind="TABLE",
        )

    def drop(self, kind: str, path: Path) -> Statement:
        """Get the statement that drops a table or view."""
        # parsed, because sqlglot has moved the table between the arguments of DROP
        sql = f"DROP {kind} IF EXISTS anything"
        statement = cast(exp.Drop, sqlglot.parse_one(sql, read="duckdb"))
        for table in statement.find_all(exp.Table):
            _set_path(table, path)
        return statement

    def delete(self, path: Path, column: str = "", day: date | None = None) -> Statement:
        """Get the statement that deletes all rows, or those of a day."""
        if day is None:
            # some warehouses refuse a DELETE without a condition
            condition = exp.EQ(this=literal(1), expression=literal(1))
        else:
            named = exp.Column(this=self._name(exp.to_identifier(column)))
            condition = exp.EQ(this=named, expression=literal(day))
        return exp.Delete(this=_table(path), where=exp.Where(this=condition))

    def insert(self, path: Path, columns: Sequence[str], query: Statement) -> Statement:
        """Get the statement that inserts the rows of a SELECT or of VALUES."""
        named = [self._name(exp.to_identifier(name)) for name in columns]
        return exp.Insert(this=exp.Schema(this=_table(path), expressions=named), expression=query)

    def comment(self, kind: str, path: Path, text: str, column: str = "") -> Statement:
        """Get the statement that puts a comment on a table, view or column."""
        if column and self.name == "databricks":
            # Spark has no COMMENT ON COLUMN
            action = exp.AlterColumn(
                this=self._name(exp.to_identifier(column)), comment=exp.Literal.string(text)
            )
            return exp.Alter(this=_table(path), kind="TABLE", actions=[action])
        if not column:
            return exp.Comment(this=_table(path), kind=kind, expression=exp.Literal.string(text))
        parts = [_quoted(part) for part in path]
        place = exp.Column(this=self._name(exp.to_identifier(column)), table=parts.pop())
        for part in ("db", "catalog"):
            if parts:
                place.set(part, parts.pop())
        return exp.Comment(this=place, kind="COLUMN", expression=exp.Literal.string(text))

    def read(self, path: Path, columns: Sequence[str]) -> exp.Query:
        """Get the SELECT of some columns of a table or view, under their plain names."""
        named = [
            exp.alias_(exp.Column(this=self._name(exp.to_identifier(name))), name, quoted=True)
            for name in columns
        ]
        return exp.select(*named).from_(_table(path))

    def count(self, path: Path) -> Statement:
        """Get the SELECT that counts the rows of a table or view."""
        return exp.select(exp.Count(this=exp.Star())).from_(_table(path))

    def expression(self, sql: str) -> str:
        """Write one expression in DuckDB's dialect, its names as they are."""
        parsed = sqlglot.parse_one(sql, read="duckdb")
        return self.text(cast(Statement, parsed.transform(self._same_everywhere)))

    def text(self, statement: Statement) -> str:
        """Write a statement, once; fails rather than leave out what the dialect cannot say."""
        return statement.sql(
            dialect=self.name, unsupported_level=ErrorLevel.RAISE, comments=False, copy=False
        )

    def _same_everywhere(self, node: exp.Expression) -> exp.Expression:
        """Say what warehouses do not agree on so that they do."""
        if isinstance(node, exp.Trim) and node.expression is None:
            return _trim(node.this, by_pattern=self.name == "duckdb")
        if self.name in ("databricks", "spark") and _is_utc_date(node):
            # a date of Spark's is of the session's time zone, whatever was asked for
            seconds = exp.Anonymous(this="UNIX_SECONDS", expressions=[node.this.this])
            days = exp.Floor(this=exp.Div(this=seconds, expression=literal(86400)))
            return exp.Anonymous(
                this="DATE_FROM_UNIX_DATE", expressions=[exp.cast(days, exp.DataType.Type.INT)]
            )
        return node

    def _name(self, identifier: exp.Identifier) -> exp.Identifier:
        # quoted, because a column may be a reserved word somewhere (`public` in T-SQL)
        identifier.set("this", self._casefold(identifier.name))
        identifier.set("quoted", True)
        return identifier


def values(rows: Sequence[Sequence[Value]]) -> exp.Expression:
    """Get VALUES of rows."""
    return exp.Values(
        expressions=[exp.Tuple(expressions=[literal(value) for value in row]) for row in rows]
    )


def literal(value: Value) -> exp.Expression:
    """Get the literal of a value; a date is cast, because not every dialect does it by itself."""
    if value is None:
        return exp.Null()
    if isinstance(value, date) and not isinstance(value, datetime):
        day = exp.DataType(this=exp.DataType.Type.DATE)
        return exp.Cast(this=exp.Literal.string(value.isoformat()), to=day)
    if isinstance(value, str):
        return exp.Literal.string(value)
    return exp.Literal.number(value)


def _trim(this: exp.Expression, *, by_pattern: bool) -> exp.Expression:
    """Get a text with single spaces, none of any kind around it, and nothing unseen in it.

    DuckDB's TRIM cuts every kind of space, PostgreSQL's the plain one.

    Args:
        this: The text.
        by_pattern: Look for what is cut by a regular expression: DuckDB reads one once a statement,
            and the characters of TRANSLATE once a row, which takes ten times as long.
    """
    if by_pattern:
        for cut, to in ((f"[{UNSEEN}]", ""), (f"[{SPACES} ]+", " ")):
            pattern = exp.Literal.string(cut)
            rest = (exp.Literal.string(to), exp.Literal.string("g"))
            this = exp.Anonymous(this="REGEXP_REPLACE", expressions=[this, pattern, *rest])
        return exp.Trim(this=this)
    # two that Spark has no escape for: to it, what sqlglot writes is the letters v and f
    of: exp.Expression = exp.Literal.string(SPACES.translate(_BY_NUMBER))
    for number in _BY_NUMBER:
        of = exp.DPipe(this=of, expression=exp.Chr(expressions=[literal(number)]))
    of = exp.DPipe(this=of, expression=exp.Literal.string(UNSEEN))
    to_spaces = exp.Literal.string(" " * len(SPACES))
    this = exp.Anonymous(this="TRANSLATE", expressions=[this, of, to_spaces])
    # of several spaces one stays: each gets a mark behind it, and those with one before them go
    for cut, to in ((" ", f" {_MARK}"), (f"{_MARK} ", ""), (_MARK, "")):
        literals = (exp.Literal.string(cut), exp.Literal.string(to))
        this = exp.Anonymous(this="REPLACE", expressions=[this, *literals])
    return exp.Trim(this=this)


@lru_cache(maxsize=256)
def _parsed(sql: str) -> exp.Query:
    """Read a SELECT in DuckDB's dialect; whoever changes what comes of it takes a copy.

    Kept, because one process builds the marts of many organizations, and reading takes longer than
    writing.
    """
    query = sqlglot.parse_one(sql, read="duckdb")
    if not isinstance(query, exp.Query):
        raise TypeError(f"Not a SELECT: {type(query).__name__}")
    return query


def _is_utc_date(node: exp.Expression) -> bool:
    return (
        isinstance(node, exp.Cast)
        and node.is_type(exp.DataType.Type.DATE)
        and isinstance(node.this, exp.AtTimeZone)
    )


def _quoted(name: str) -> exp.Identifier:
    return exp.to_identifier(name, quoted=True)


def _table(path: Path) -> exp.Table:
    table = exp.Table()
    _set_path(table, path)
    return table


def _set_path(table: exp.Table, path: Path) -> None:
    parts = [_quoted(part) for part in path]
    table.set("this", parts.pop())
    table.set("db", parts.pop() if parts else None)
    table.set("catalog", parts.pop() if parts else None)
