"""What one run did, in numbers: counted while it runs, never with personal data in it.

How the numbers are shown to people is not known here.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from workforce_source.endpoints import EMPLOYEES, LISTS

MOST_TYPES: Final = 20
"""Types of events that are named: anybody may invent some."""


@dataclass
class Statistics:
    """The numbers of one run.

    Attributes:
        listed: Records on each list.
        missed: Records that a list counts and did not show, because others changed places while
            it was walked.
        accepted: Employees whose state is accepted.
        due: Employees whose badges were due, by reason.
        read: Employees whose badges were read.
        fresh: Accepted employees who were not due.
        capped: Employees due but left for a later run by `max_badge_reads`.
        unreadable: Employees that could not be read, by HTTP status (0: no key, or the answer was
            another employee's).
        unreadable_now: Employees who could not be read when they were last asked for.
        newly_unreadable: Of this run, those that could be read before, or were never tried.
        given_up: Those who gave no usable answer for the first time, after retries.
        unreadable_ids: Ids of the unreadable, for `--debug`.
        candidates: Live rows missing from a list, by table.
        alive: Candidates that a read of their own found alive, by table.
        unconfirmed: Candidates nobody could confirm; they stay.
        held_back: Removals not made because of `max_removed_share`, by table.
        held_values: Nulls not written because so many came at once, by `table.column`.
        holds: Columns of which nulls are held back, as `table.column`.
        tally: Rows `added`, `changed` and `removed`, by table.
        oldest_read_at: The oldest `badges_read_at` when the run ended.
        never_read: Accepted employees never read when the run ended.
        signals: What became of signals: pointers that were `new`, the events they led to, and
            `employees` whose badges were read for them.
        signal_types: Pointers of other types than `signal_events` names, by type.
        notes: Things worth saying, one sentence each.
    """

    listed: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    accepted: int = 0
    due: Counter[str] = field(default_factory=Counter)
    read: int = 0
    fresh: int = 0
    capped: int = 0
    unreadable: Counter[int] = field(default_factory=Counter)
    unreadable_now: int = 0
    newly_unreadable: int = 0
    given_up: int = 0
    unreadable_ids: list[str] = field(default_factory=list, repr=False)
    candidates: Counter[str] = field(default_factory=Counter)
    alive: Counter[str] = field(default_factory=Counter)
    unconfirmed: int = 0
    held_back: Counter[str] = field(default_factory=Counter)
    held_values: Counter[str] = field(default_factory=Counter)
    holds: list[str] = field(default_factory=list)
    tally: dict[str, Counter[str]] = field(default_factory=dict)
    oldest_read_at: datetime | None = None
    never_read: int = 0
    signals: Counter[str] = field(default_factory=Counter)
    signal_types: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def due_total(self) -> int:
        """How many employees' badges were due."""
        return sum(self.due.values())

    @property
    def rows_written(self) -> int:
        """How many rows of data tables were written or removed."""
        return sum(sum(counts.values()) for counts in self.tally.values())

    def as_dict(self) -> dict[str, Any]:
        """Get the statistics as plain values, without ids."""
        listed = {endpoint.name: self.listed[endpoint.name] for endpoint in LISTS}
        return {
            "employees": {"listed": listed.pop(EMPLOYEES.name), "accepted": self.accepted},
            **{f"{name}_listed": count for name, count in listed.items()},
            "missed": dict(self.missed),
            "badge_reads": {
                "due": dict(self.due),
                "read": self.read,
                "fresh": self.fresh,
                "capped": self.capped,
                "given_up": self.given_up,
                "unreadable": {str(status): n for status, n in sorted(self.unreadable.items())},
                "newly_unreadable": self.newly_unreadable,
                "never_read": self.never_read,
                "oldest_badges_read_at": self.oldest_read_at and self.oldest_read_at.isoformat(),
            },
            "removals": {
                "candidates": dict(self.candidates),
                "alive": dict(self.alive),
                "unconfirmed": self.unconfirmed,
                "held_back": dict(self.held_back),
            },
            "values": {"held_back": dict(self.held_values), "holds": self.holds},
            "rows": {name: dict(counts) for name, counts in sorted(self.tally.items())},
            "signals": {
                **{what: n for what, n in sorted(self.signals.items()) if n},
                "other_types": dict(sorted(self.signal_types.items())[:MOST_TYPES]),
            },
            "notes": self.notes,
        }
