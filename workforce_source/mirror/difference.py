"""What changed, by scope: pure comparison of rows with the keys and hashes the mirror holds.

No HTTP, no destination.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from workforce_source.tables import Key, Row, Table


@dataclass
class Held:
    """Keys of one table: live ones with their `row_hash`, and removed ones that are still there."""

    live: dict[Key, str] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)


@dataclass
class Difference:
    """What one answer changes in one table.

    Attributes:
        added: Rows whose key the mirror does not hold, or holds as removed.
        changed: Rows whose hash differs.
        absent: Live keys of the scope that the answer does not have: candidates for removal.
        unchanged: How many rows are as they were.
    """

    added: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    absent: list[Key] = field(default_factory=list)
    unchanged: int = 0

    def extend(self, other: "Difference") -> None:
        """Take in the difference of other rows of the same table."""
        self.added += other.added
        self.changed += other.changed
        self.absent += other.absent
        self.unchanged += other.unchanged


def compare(table: Table, rows: Iterable[Row], held: Held) -> Difference:
    """Compare the rows of one or more scopes with what the mirror holds of these scopes.

    Args:
        table: The table the rows are for.
        rows: Everything the answer has; of two rows with one key the last counts.
        held: Keys and hashes of the same scopes, and of no others.
    """
    by_key = {table.key_of(row): row for row in rows}
    difference = sift(table, by_key.values(), held)
    difference.absent = [key for key in held.live if key not in by_key]
    return difference


def sift(table: Table, rows: Iterable[Row], held: Held) -> Difference:
    """Compare rows that are not yet all of their scope: nothing is called absent.

    Args:
        table: The table the rows are for.
        rows: Rows with a key each of their own.
        held: Keys and hashes of the scope.
    """
    difference = Difference()
    for row in rows:
        known = held.live.get(table.key_of(row))
        if known is None:
            difference.added.append(row)
        elif known != row["row_hash"]:
            difference.changed.append(row)
        else:
            difference.unchanged += 1
    return difference
