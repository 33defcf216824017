"""What changed, by scope: pure comparison of rows with the keys and hashes the mirror holds.

No HTTP, no destination.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property

from workforce_source.tables import Key, Row, Table


@dataclass
class Index:
    """Keys of one table.

    Attributes:
        table: The table.
        live: Those of live rows, with their `row_hash`.
        gone: Those of removed rows that are still there.
        doubled: Those that more than one row has.
    """

    table: Table
    live: dict[Key, str] = field(default_factory=dict)
    gone: set[Key] = field(default_factory=set)
    doubled: set[Key] = field(default_factory=set)

    @cached_property
    def scopes(self) -> dict[Key, list[Key]]:
        """Live keys by scope."""
        found: dict[Key, list[Key]] = {}
        for key in self.live:
            found.setdefault(self.table.scope_of(key), []).append(key)
        return found

    def within(self, scopes: Iterable[Key]) -> "Index":
        """Get the keys of some scopes, and of no others."""
        wanted = dict.fromkeys(scopes)
        if self.table.scope == self.table.key:  # no need to sort all of them first
            keys = [key for key in wanted if key in self.live]
        else:
            keys = [key for scope in wanted for key in self.scopes.get(scope, ())]
        gone = {key for key in self.gone if self.table.scope_of(key) in wanted}
        return Index(self.table, {key: self.live[key] for key in keys}, gone)

    def learn(self, difference: "Difference") -> None:
        """Have from now on what a difference says."""
        scopes, scope_of = self.scopes, self.table.scope_of
        for key in difference.absent:
            del self.live[key]
            scopes[scope_of(key)].remove(key)
        for row in difference.added:
            key = self.table.key_of(row)
            scopes.setdefault(scope_of(key), []).append(key)
        for row in (*difference.added, *difference.changed):
            self.live[self.table.key_of(row)] = row["row_hash"]


@dataclass
class Difference:
    """What differs in one table.

    Attributes:
        added: Rows whose key the mirror does not hold, or holds as removed.
        changed: Rows whose hash differs.
        absent: Live keys that an answer does not have: candidates for removal.
    """

    added: list[Row] = field(default_factory=list)
    changed: list[Row] = field(default_factory=list)
    absent: list[Key] = field(default_factory=list)


def compare(rows: Iterable[Row], index: Index, *, whole: bool = True) -> Difference:
    """Compare the rows of one or more scopes with what the mirror holds of these scopes.

    Args:
        rows: What the answer has; of two rows with one key the last counts.
        index: Keys and hashes of the same scopes, and of no others.
        whole: The answer has all there is of these scopes: what it lacks is absent.
    """
    by_key = {index.table.key_of(row): row for row in rows}
    difference = Difference()
    for key, row in by_key.items():
        known = index.live.get(key)
        if known is None:
            difference.added.append(row)
        elif known != row["row_hash"]:
            difference.changed.append(row)
    if whole:
        difference.absent = [key for key in index.live if key not in by_key]
    return difference
