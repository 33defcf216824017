"""How much a run may remove: more looks like a lying API, not like a busy day. Pure."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Final

ALWAYS_ALLOWED: Final = 19
"""Removals in one table that never trip the guard, however small the table is."""


@dataclass
class RemovalGuard:
    """Counts removals against the live rows of the scopes read so far, table by table.

    Args:
        max_share: Share of a table's live rows that one run may remove.
        off: Allow everything, once.
        free: Tables whose rows may go, once, however many.
    """

    max_share: float
    off: bool = False
    free: frozenset[str] = frozenset()
    live: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    held_back: Counter[str] = field(default_factory=Counter)
    """Removals that were not made, by table."""

    def for_reads(self) -> "RemovalGuard":
        """Get a guard for what single reads call absent.

        It is measured against the rows of these reads alone: the lists speak of every row, and
        counted with them a first batch of many could lose all it has. Once either guard says no,
        both do.
        """
        return replace(self, live=Counter(), removed=Counter())

    def allows(self, live: dict[str, int], removals: dict[str, int]) -> bool:
        """Tell whether these removals may be made, all or none, and count them.

        Once it says no it says no for the rest of the run: what follows is no better known.

        Args:
            live: Live rows of the scopes just read, by table.
            removals: Rows of these scopes that are to be removed, by table.
        """
        self.live.update(live)
        wanted = self.removed + Counter(removals)
        tripped = bool(self.held_back) or any(
            count > ALWAYS_ALLOWED and count > self.max_share * self.live[name]
            for name, count in wanted.items()
            if name not in self.free
        )
        if tripped and not self.off:
            self.held_back.update(Counter(removals))
            return not any(removals.values())
        self.removed = wanted
        return True
