"""What one load package is to write, as Arrow tables; how a long one is cut.

Where the rows come from is not known here (see `writer.py`).
"""

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import pyarrow as pa

from workforce_source import tables as t
from workforce_source.tables import Key, Row, Table

ROWS_A_CHUNK: Final = 5_000
"""Rows in one Arrow table; dlt is fastest between 1,000 and 10,000."""


@dataclass
class Package:
    """Rows for one load package, each key at most once in a table.

    Attributes:
        chunks: Arrow tables by table name, in the order they are written.
        entries: Rows of `changes`, loaded in a package of their own before this one.
        tally: How many rows were `added`, `changed` and `removed`, by table name.
        newest: Newest cursor value of what was listed, by resource name.
        to_create: Tables the destination lacks, to be created even without rows.
    """

    chunks: dict[str, list[pa.Table]] = field(default_factory=dict)
    entries: list[Row] = field(default_factory=list)
    tally: dict[str, Counter[str]] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)
    to_create: list[str] = field(default_factory=list)
    _pending: dict[str, list[Row]] = field(default_factory=dict)

    def add(self, table: Table, rows: Collection[Row], *, least: int = ROWS_A_CHUNK) -> "Package":
        """Add rows of a table; chunks become Arrow at once, which needs less memory.

        Args:
            table: The table.
            rows: The rows.
            least: Rows that are enough for a chunk.
        """
        pending = self._pending.setdefault(table.name, [])
        pending.extend(rows)
        while len(pending) >= least:
            chunk = table.to_arrow(pending[:ROWS_A_CHUNK])
            self.chunks.setdefault(table.name, []).append(chunk)
            del pending[:ROWS_A_CHUNK]
        return self

    def close(self) -> "Package":
        """Turn what is left into Arrow."""
        for name in self._pending:
            self.add(t.TABLE_BY_NAME[name], (), least=1)
        return self

    def absorb(self, other: "Package") -> None:
        """Take over the rows of another closed package that shares no key with this one."""
        for name, chunks in other.chunks.items():
            self.chunks.setdefault(name, []).extend(chunks)
        self.entries += other.entries
        for name, counts in other.tally.items():
            self.tally.setdefault(name, Counter()).update(counts)

    @property
    def rows(self) -> int:
        """How many rows a closed package has, without its entries."""
        return sum(chunk.num_rows for chunks in self.chunks.values() for chunk in chunks)

    def cut(self, most: int) -> Iterator["Package"]:
        """Cut the rows of a closed package into packages of at most so many.

        This package keeps everything but rows: it is to be written after them. Arrow tables stay
        whole, even one that has more rows.
        """
        part, room = Package(), most
        for name, chunks in self.chunks.items():
            for chunk in chunks:
                if part and chunk.num_rows > room:
                    yield part
                    part, room = Package(), most
                part.chunks.setdefault(name, []).append(chunk)
                room -= chunk.num_rows
        if part:
            yield part
        self.chunks = {}

    def keys(self, table: Table) -> set[Key]:
        """Get the keys of the rows of a table that are in this package so far."""
        found = {table.key_of(row) for row in self._pending.get(table.name, ())}
        for chunk in self.chunks.get(table.name, ()):
            found.update(zip(*(chunk[name].to_pylist() for name in table.key), strict=True))
        return found

    def of_resource(self, resource: str) -> "Package":
        """Get the part of this package that one resource writes."""
        mine = {table.name for table in t.TABLES if table.resource == resource}
        if resource == t.EMPLOYEES.resource:
            mine.add(t.CHANGES.name)  # every resource may write it; one is enough to create it
        return Package(
            chunks={name: chunks for name, chunks in self.chunks.items() if name in mine},
            entries=[entry for entry in self.entries if entry["table_name"] in mine],
            newest=self.newest,
            to_create=[n for n in self.to_create if n in mine and n not in self.chunks],
        )

    def __bool__(self) -> bool:
        """Tell whether there is anything to load."""
        return bool(self.chunks or self.to_create or any(self._pending.values()))
