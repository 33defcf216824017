"""What every part of one run works with, made once. Nothing is read or decided here."""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self, TypeVar

from workforce_source.client import Client
from workforce_source.client.fanout import fan_out
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.mirror import Memory, RemovalGuard, Writer
from workforce_source.settings import Settings
from workforce_source.sync.shard import ALL, Shard
from workforce_source.sync.statistics import Statistics
from workforce_source.sync.suppression import NOBODY, Suppression
from workforce_source.sync.values import LISTS_WITHIN, Columns, ValueGuard
from workforce_source.tables import Hidden, RecordReader, Secret, hide

BRIEFLY: Final = 60.0
"""Seconds a request about one person is tried while others wait."""
Progress = Callable[[str, int, int | None], None]
T = TypeVar("T")
R = TypeVar("R")


def hidden_by(settings: Settings) -> Hidden:
    """Get what the settings hide of the API's answers.

    Raises:
        ConfigError: They name a column that cannot be hidden so.
    """
    return hide(settings.exclude_columns or (), settings.pseudonymize or (), secret_of(settings))


def secret_of(settings: Settings) -> Secret | None:
    """Get the key of pseudonyms, where there is one."""
    return Secret(str(settings.pseudonym_key)) if settings.pseudonym_key else None


def no_progress(name: str, done: int, total: int | None) -> None:
    """Show no progress."""


@dataclass(frozen=True)
class Context:
    """What every part of one run works with.

    Attributes:
        settings: The settings of the run.
        client: The API.
        hidden: Columns whose values are not what the API answers.
        suppression: Who is left out of answers.
        reader: Turns records into rows.
        memory: What the destination holds.
        writer: Turns differences into rows with their tracking columns.
        guard: How much may be removed.
        values: Which nulls are held back.
        statistics: Where things are counted.
        clock: Tells the time.
        progress: Told an endpoint's name, how many are done, and how many there are.
        shard: The share of the employees whose badges are read.
    """

    settings: Settings
    client: Client
    hidden: Hidden
    suppression: Suppression
    reader: RecordReader
    memory: Memory
    writer: Writer
    guard: RemovalGuard
    values: ValueGuard
    statistics: Statistics
    clock: Clock
    progress: Progress
    shard: Shard

    @classmethod
    def of(
        cls,
        settings: Settings,
        client: Client,
        memory: Memory,
        *,
        clock: Clock = SYSTEM_CLOCK,
        progress: Progress = no_progress,
        allow_removals: bool = False,
        shard: Shard = ALL,
        allow_changes: bool = False,
        remembered: Columns | None = None,
        suppression: Suppression | None = None,
    ) -> Self:
        """Get what the parts of a run with these settings work with.

        Args:
            settings: The settings of the run.
            client: The API.
            memory: What the destination holds.
            clock: Tells the time.
            progress: Told an endpoint's name, how many are done, and how many there are.
            allow_removals: Remove as much as was confirmed, once.
            shard: The share of the employees whose badges are read.
            allow_changes: Let values vanish, however many, once.
            remembered: What earlier runs left of values that vanished.
            suppression: Who is left out of answers; nobody unless given.
        """
        organization_id = settings.organization_id
        hidden = hidden_by(settings)
        guard = RemovalGuard(
            settings.max_removed_share,
            off=allow_removals,
            # the rows of a list that answers have no more go with it
            free=LISTS_WITHIN if allow_changes else frozenset(),
        )
        reader = RecordReader(organization_id, hidden, absent_is_empty=allow_changes)
        off = hidden.left_out.union(settings.unguarded_columns or ())
        values = ValueGuard(
            memory, reader.make, {} if remembered is None else remembered, off, allow_changes
        )
        return cls(
            settings=settings,
            client=client,
            hidden=hidden,
            suppression=suppression or NOBODY,
            reader=reader,
            memory=memory,
            writer=Writer(memory, organization_id, settings.deletions == "soft", hidden.left_out),
            guard=guard,
            values=values,
            statistics=Statistics(held_back=guard.held_back, held_values=values.held),
            clock=clock,
            progress=progress,
            shard=shard,
        )

    @property
    def partial(self) -> bool:
        """Whether the run looks at a part of the organization, which calls nothing absent."""
        return bool(self.settings.employee_filter or self.settings.window)

    def looks_at(self, moment: datetime | None) -> bool:
        """Tell whether what moved at a moment is in the window of the run, if it has one."""
        window = self.settings.window
        return window is None or (moment is not None and window[0] <= moment < window[1])

    def each(
        self,
        read: Callable[[T], R],
        items: Iterable[T],
        look_ahead: int | None = None,
        on_look: Callable[[], object] = bool,
    ) -> Generator[tuple[T, R]]:
        """Read items concurrently and get each with its result, in order.

        Args:
            read: Reads one item; its errors end the run.
            items: What to read.
            look_ahead: Results at most that are under way or wait to be used.
            on_look: Called now and then while nothing comes in; its errors end the run.
        """
        most = self.settings.max_workers
        ahead = look_ahead or 4 * most
        yield from fan_out(
            read,
            items,
            max_workers=most,
            look_ahead=ahead,
            on_abort=self.client.close,
            on_look=on_look,
        )
