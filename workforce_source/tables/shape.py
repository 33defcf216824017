"""What a table is: its columns, key, scope and references.

No table is named here and no value is converted.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, Final, Literal

import pyarrow as pa

Type = Literal["text", "bigint", "bool", "timestamp", "date"]
Personal = Literal["name", "identifier", "free text", "picture", "address"]
"""How a value says by itself who a person is."""
Row = dict[str, Any]
"""One row: every column of its table by name, typed (aware UTC datetimes, dates, bools, text)."""
Key = tuple[str, ...]
"""The primary key of a row without `organization_id`, which is the same in a whole run."""

_ARROW: Final[dict[str, pa.DataType]] = {
    "text": pa.string(),
    "bigint": pa.int64(),
    "bool": pa.bool_(),
    "timestamp": pa.timestamp("us", "UTC"),
    "date": pa.date32(),
}

# Arrow's default pool keeps what is freed: after a package its memory would stay with the process.
_POOL: Final = pa.system_memory_pool()


@dataclass(frozen=True)
class Column:
    """One column: where its value stands in the API's object, and what it means.

    Attributes:
        name: Name in the table.
        type: dlt data type; a `timestamp` is UTC with its milliseconds kept.
        description: One sentence for people.
        path: Where the value stands in the object, `name` itself unless given.
        given: Filled in by whoever reads the record; not an attribute of the object.
        volatile: Left out of `row_hash`: it may change at any time and says nothing.
        quiet: A change of this column alone is written but is no entry in `changes`.
        personal: How it says by itself who a person is; None where it does not.
        identifies: What an identifier is of, where columns of other names have the same: `email`.
        groups: It is a name that figures are grouped by, so its letters are composed ones (NFC).
    """

    name: str
    type: Type
    description: str
    path: tuple[str, ...] = ()
    given: bool = False
    volatile: bool = False
    quiet: bool = False
    personal: Personal | None = None
    identifies: str = ""
    groups: bool = False

    @property
    def source(self) -> tuple[str, ...]:
        """Path of the value in the API's object."""
        return self.path or (self.name,)


@dataclass(frozen=True)
class Reference:
    """A column that holds the key of another table."""

    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """One table of the raw dataset.

    Attributes:
        name: Name in the dataset.
        grain: What one row is.
        resource: The resource that writes it.
        key: Primary key columns after `organization_id`.
        columns: The columns with a value in the API, key columns first.
        scope: The first columns of the key, within which one successful read is entitled to call
            absent; empty means the whole organization. A list's own table: what a removal is
            confirmed within. A further table of a list: the key of the list's own.
        references: Where its keys lead.
        elsewhere: Attributes of the object that are no loss: other tables or columns keep them.
        bookkeeping: Kept by the source about its own reads; no hash, no removals column.
    """

    name: str
    grain: str
    resource: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    scope: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    elsewhere: tuple[str, ...] = ()
    bookkeeping: bool = False

    @cached_property
    def all_columns(self) -> tuple[Column, ...]:
        """Every column in the order of the destination."""
        return (ORGANIZATION_ID, *self.columns, *(() if self.bookkeeping else TRACKING))

    @cached_property
    def primary_key(self) -> tuple[str, ...]:
        """Primary key as the destination has it."""
        return ("organization_id", *self.key)

    @cached_property
    def hashed(self) -> tuple[str, ...]:
        """Columns whose values make `row_hash`, sorted by name."""
        return tuple(sorted([*(c.name for c in self.columns if not c.volatile), "extra"]))

    @cached_property
    def watched(self) -> tuple[str, ...]:
        """Columns whose change is worth an entry in `changes`."""
        return tuple(c.name for c in self.columns if not (c.volatile or c.quiet))

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """Arrow schema of the rows; only key columns are NOT NULL."""
        return pa.schema(
            pa.field(c.name, _ARROW[c.type], nullable=c.name not in self.primary_key)
            for c in self.all_columns
        )

    def scope_of(self, key: Key) -> Key:
        """Get the scope that a key is in."""
        return key[: len(self.scope)]

    def narrow(self, keys: Iterable[Key]) -> tuple[str, set[str]]:
        """Get the first column of keys or scopes and its values in them, to ask for their rows."""
        return self.key[0], {key[0] for key in keys}

    @staticmethod
    def pick(names: Sequence[str]) -> Callable[[Row], tuple[Any, ...]]:
        """Get what gets the values of some columns of a row."""
        values = itemgetter(*names) if names else lambda row: ()
        return values if len(names) != 1 else lambda row: (values(row),)

    @cached_property
    def key_of(self) -> Callable[[Row], Key]:
        """Gets the key of a row, without `organization_id`."""
        pick = itemgetter(*self.key)
        # of one name it gets the bare value
        return pick if len(self.key) > 1 else lambda row: (pick(row),)

    def to_arrow(self, rows: list[Row]) -> pa.Table:
        """Turn rows into an Arrow table with the columns and types of this table.

        A row may lack columns, which are null then; rows that have all take half the time.
        """
        schema = self.arrow_schema
        try:
            values_of = itemgetter(*schema.names)
            columns: Iterable[Sequence[Any]] = list(zip(*map(values_of, rows), strict=True))
        except KeyError:
            columns = [[row.get(name) for row in rows] for name in schema.names]
        return pa.table(
            [
                pa.array(values, field.type, memory_pool=_POOL)
                for values, field in zip(columns or [()] * len(schema), schema, strict=True)
            ],
            schema=schema,
        )


ORGANIZATION_ID: Final = Column("organization_id", "text", "The organization the row belongs to.")
TRACKING: Final = (
    Column(
        "extra",
        "text",
        "Attributes the API page does not name, as sorted JSON text.",
        personal="free text",
    ),
    Column("row_hash", "text", "Fingerprint of the row's values, volatile ones left out."),
    Column("changed_at", "timestamp", "When this version of the row was first seen."),
    Column("removed_at", "timestamp", "When the row was found gone; null for a live row."),
)
