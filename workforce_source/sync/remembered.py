"""What the mirror held when a run began, and whose badges are not all there.

Only remembered: who is due for it is decided in `freshness`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from workforce_source import tables as t
from workforce_source.mirror import BadgeRead, Held, Memory
from workforce_source.tables import Key, Table


@dataclass
class Remembered:
    """What the mirror held when the run began.

    Attributes:
        memory: Where rows of badges, which are too many to remember, are looked up.
        first_load: No run ever loaded all lists here.
        held: Keys and hashes by table name; of `employee_badges` only the removed ones.
        reads: Earlier reads by employee.
        incomplete: Employees whose badges, or a template of theirs, are not all here although
            they were read: a table was truncated, or a load was stopped between two tables.
        badge_counts: Live badges by employee.
        missing: Tables the destination does not have.
    """

    memory: Memory
    first_load: bool = True
    held: dict[str, Held] = field(default_factory=dict)
    reads: dict[str, BadgeRead] = field(default_factory=dict)
    incomplete: set[str] = field(default_factory=set)
    badge_counts: dict[Key, int] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)

    def of(self, table: Table) -> Held:
        """Get the keys and hashes of a table."""
        return self.held.setdefault(table.name, Held(table))

    def within(self, table: Table, scopes: Iterable[Key]) -> Held:
        """Get the keys and hashes of some scopes of a table; the memory is connected."""
        if table is not t.EMPLOYEE_BADGES:
            return self.of(table).within(scopes)
        gone = {table.scope_of(key) for key in self.of(table).gone}
        return self.memory.held_within(
            table, {scope for scope in scopes if scope in self.badge_counts or scope in gone}
        )

    def baseline(self, table: Table) -> bool:
        """Tell whether what is found now is where the feed of a table begins."""
        return self.first_load or table.name in self.missing

    def live(self) -> dict[str, int]:
        """Count the live rows of every table."""
        counts = {name: len(held.live) for name, held in self.held.items()}
        return counts | {t.EMPLOYEE_BADGES.name: sum(self.badge_counts.values())}


def remember(memory: Memory) -> Remembered:
    """Read what the mirror holds; rows of badges are only counted.

    Raises:
        ConfigError: The destination cannot be queried with SQL.
        DestinationError: It cannot be reached or read.
    """
    found = Remembered(memory)
    with memory.connected():
        found.first_load = memory.first_load()
        for table in t.DATA_TABLES:
            many = table is t.EMPLOYEE_BADGES
            found.held[table.name] = memory.gone(table) if many else memory.held(table)
        found.badge_counts = memory.counts(t.EMPLOYEE_BADGES)
        found.reads = memory.badge_reads()
        found.incomplete = _incomplete(memory, found)
        memory.look_for(t.CHANGES)
        found.missing = set(memory.missing)
        # `changes` is made with the last of the lists: without it no first load came that far
        found.first_load |= t.CHANGES.name in found.missing
    return found


def _incomplete(memory: Memory, found: Remembered) -> set[str]:
    expected = memory.profile_badge_counts()
    incomplete = {
        employee_id
        for employee_id, read in found.reads.items()
        if read.status == "read"
        and expected.get(key := t.BADGE_READS.key_of({"employee_id": employee_id}))
        != found.badge_counts.get(key, 0)
    }
    templates = found.of(t.BADGE_TEMPLATES).live
    named = memory.template_skill_counts()
    skills = memory.counts(t.BADGE_TEMPLATE_SKILLS)
    for key, employee_id in memory.template_holders().items():
        if key not in templates or named.get(key) != skills.get(key, 0):
            incomplete.add(employee_id)
    return incomplete
