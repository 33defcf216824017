"""How much a run may remove: more looks like a lying API, not like a busy day. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from workforce_source.tables import Key

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


@dataclass
class ReadGuard:
    """Counts what reads of single scopes call absent, over all the time that reads are spread over.

    It is measured against all live rows of a table: a run reads few of them, and each run would
    lose little of a lie that all tell. The scope that lost most is left out: what one person hides
    is that person's choice, and holds up nobody else.

    Attributes:
        whole: The guard of the run; both hold back together.
        live: Live rows by table when the run began.
        before: Rows earlier runs removed in that time, by table and scope.
        waiting: Scopes whose removals an earlier run held back, with their live rows.
        lost: Rows removed in this run, by table and scope.
    """

    whole: RemovalGuard
    live: dict[str, int]
    before: dict[str, Counter[Key]]
    waiting: dict[Key, int]
    lost: dict[str, Counter[Key]] = field(default_factory=dict)

    def allows(self, removals: dict[str, Counter[Key]]) -> bool:
        """Tell whether these removals may be made, all or none, and count them.

        Args:
            removals: Rows that are to be removed, by table and scope.
        """
        guard = self.whole
        tripped = bool(guard.held_back) or any(
            self._too_many(name, found)
            for name, found in removals.items()
            if name not in guard.free
        )
        if tripped and not guard.off:
            guard.held_back.update({name: found.total() for name, found in removals.items()})
            return False
        for name, found in removals.items():
            self.lost.setdefault(name, Counter()).update(found)
        return True

    def _too_many(self, name: str, found: Counter[Key]) -> bool:
        share = self.whole.max_share
        before = self.before.get(name, Counter[Key]())
        by_scope = before + self.lost.get(name, Counter[Key]()) + found
        count = by_scope.total() - max(by_scope.values())
        again = Counter({scope: n for scope, n in found.items() if scope in self.waiting})
        held = sum(self.waiting[scope] for scope in again)
        # what was held back once is not let through because time has passed
        return (
            count > ALWAYS_ALLOWED and count > share * (self.live.get(name, 0) + before.total())
        ) or (len(again) > 1 and again.total() > share * held)
