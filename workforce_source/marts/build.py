"""Builds the marts: each SELECT in the destination's dialect, in the order they need each other.

What a mart is, is in the SQL files and `marts.toml`; no mart is named here.
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final

import dlt

from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.destination import connection_to
from workforce_source.destination.ducklake import share_lake
from workforce_source.loading.lease import BUILDING, hold_lease
from workforce_source.marts.calendar import calendar_months
from workforce_source.marts.definitions import COLUMNS, MARTS, SEEDS, Mart
from workforce_source.marts.dialect import Value
from workforce_source.marts.past import find_past
from workforce_source.marts.raw_comments import comment_raw
from workforce_source.marts.seeds import Seeds
from workforce_source.marts.warehouse import Relation, Warehouse, open_warehouse

WAITS: Final = 120.0
"""Seconds a build waits for another, as loads do by default."""
_NO_SEEDS = Seeds()


@dataclass(frozen=True)
class MartsResult:
    """What a build left behind.

    Attributes:
        rows: Rows by mart; views are not counted, for that would work them all out.
        seconds: How long it took.
        as_of: The UTC date the marts are made for.
        snapshot: Whether the day's snapshot was taken.
        observed: When the run began whose tables the marts of an earlier day are made of, by
            organization; empty where they are made of the tables of now.
        left_out: Organizations that are loaded, and were not observed then.
    """

    rows: dict[str, int]
    seconds: float
    as_of: date
    snapshot: bool
    observed: Mapping[str, datetime] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def build_marts(
    pipeline: dlt.Pipeline,
    *,
    as_of: date | None = None,
    seeds: Seeds = _NO_SEEDS,
    as_views: bool = False,
    today: date | None = None,
    wait_for_lease: float = WAITS,
    clock: Clock = SYSTEM_CLOCK,
    progress: Callable[[str, int, int | None], object] = lambda *_: None,
) -> MartsResult:
    """Build every mart in `<dataset>_marts`, in one transaction where the destination can.

    One build of a dataset at a time: who comes second waits. On DuckDB and PostgreSQL all marts are
    of one moment, whatever is loaded meanwhile; elsewhere each is as of its own statement.

    A day's snapshot is taken only when the marts are made for today: what the tables hold now says
    nothing certain about another day.

    Args:
        pipeline: The pipeline the organization was loaded with.
        as_of: UTC date every statement is made for; today unless given. Where history is kept, an
            earlier day is made of what was observed by its end.
        seeds: What the company filled in.
        as_views: Make views instead of tables, seeds and snapshots excepted. On PostgreSQL views
            stand in the way of changes to the raw tables.
        today: The UTC date now; the clock's unless given.
        wait_for_lease: Seconds to wait for another build to end.
        clock: Waits.
        progress: Told `marts`, how many are made, and how many there are; an error of it ends the
            build, and leaves what was there.

    Raises:
        Locked: Another build took longer; the message names its process and machine.
        ConfigError: The raw tables are not there, the destination has no SQL, or history is kept
            and has not that day.
        DestinationError: The destination refused; the marts are as they were before where it has
            transactions.
    """
    started = time.monotonic()
    today = today or datetime.now(UTC).date()
    as_of = as_of or today
    with ExitStack() as held:
        held.enter_context(share_lake(pipeline))
        warehouse = held.enter_context(open_warehouse(pipeline))
        warehouse.require("raw", *(mart.select for mart in MARTS))
        # by a connection of its own, which is not in the transaction
        lease = hold_lease(connection_to(pipeline), BUILDING, wait=wait_for_lease, clock=clock)
        held.enter_context(lease)
        past = find_past(warehouse, as_of, today)
        warehouse.dialect.instead = past.selects
        warehouse.make_marts_schema()
        builder = _Builder(warehouse, as_of, warehouse.relations("marts"), as_views=as_views)
        with warehouse.transaction():
            builder.clear()
            builder.fill_seeds(seeds)
            for made, mart in enumerate(MARTS):
                progress("marts", made, len(MARTS))
                if mart.snapshot:
                    builder.keep(mart, take=as_of == today)
                else:
                    builder.rebuild(mart)
        comment_raw(warehouse)
        rows = {
            mart.name: warehouse.count(warehouse.path("marts", mart.name))
            for mart in MARTS
            if mart.snapshot or not as_views
        }
    seconds = time.monotonic() - started
    return MartsResult(
        rows,
        seconds,
        as_of,
        snapshot=as_of == today,
        observed=past.observed,
        left_out=past.left_out,
    )


class _Builder:
    """Makes the tables of one build.

    Args:
        warehouse: The open destination.
        as_of: The date the marts are made for.
        there: What is in the schema of the marts already.
        as_views: Whether marts become views.
    """

    def __init__(
        self, warehouse: Warehouse, as_of: date, there: dict[str, Relation], *, as_views: bool
    ) -> None:
        self._warehouse = warehouse
        self._dialect = warehouse.dialect
        self._as_of = as_of
        self._there = there
        self._kind = "VIEW" if as_views else "TABLE"

    def clear(self) -> None:
        """Drop what stands in the way of a build: views, and tables that become views."""
        kinds = {relation.kind for relation in self._there.values()}
        if self._kind == "VIEW" or "VIEW" in kinds:
            # a view keeps those below it from being dropped: the topmost goes first
            for mart in reversed(MARTS):
                if not mart.snapshot:
                    self._drop(mart)

    def fill_seeds(self, seeds: Seeds) -> None:
        """Write what the company filled in, and the calendar."""
        tables = seeds.tables()
        calendar = list(calendar_months(self._as_of))
        for seed in SEEDS:
            path = self._warehouse.path("marts", seed.name)
            rows: Sequence[Sequence[Value]] = calendar
            if seed.name in tables:
                rows = [[row[name] for name in seed.column_names] for row in tables[seed.name]]
            self._make_empty(seed)
            # most days nothing is new in them
            there = self._warehouse.read_rows(path, seed.column_names)
            if Counter(map(tuple, rows)) != Counter(there):
                self._warehouse.run(self._dialect.delete(path))
                self._warehouse.insert_rows(path, seed.column_names, rows)
            self._comment(seed, "TABLE")

    def rebuild(self, mart: Mart) -> None:
        """Make a mart anew."""
        path = self._warehouse.path("marts", mart.name)
        query = self._dialect.select(mart.select, self._as_of)
        there = self._there.get(mart.name)
        if self._kind == "TABLE" and self._unchanged(mart) and not self._warehouse.replaces:
            # the table stays, and with it its grants and the views people built on it
            self._warehouse.run(
                self._dialect.delete(path), self._dialect.insert(path, mart.column_names, query)
            )
        else:
            replace = self._warehouse.replaces and self._kind == "TABLE"
            if there and not replace:
                self._drop(mart)
            self._warehouse.run(self._dialect.create(self._kind, path, query, replace=replace))
        self._comment(mart, self._kind)

    def keep(self, mart: Mart, *, take: bool) -> None:
        """Put the day's rows in the place of those of an earlier run of the day."""
        path = self._warehouse.path("marts", mart.name)
        self._make_empty(mart)
        if take:
            query = self._dialect.select(mart.select, self._as_of)
            self._warehouse.run(
                self._dialect.delete(path, mart.key[0], self._as_of),
                self._dialect.insert(path, mart.column_names, query),
            )
        self._comment(mart, "TABLE")

    def _make_empty(self, mart: Mart) -> None:
        if mart.name not in self._there:
            columns = [(column.name, column.type) for column in mart.columns]
            path = self._warehouse.path("marts", mart.name)
            self._warehouse.run(self._dialect.create_empty(path, columns))

    def _unchanged(self, mart: Mart) -> bool:
        there = self._there.get(mart.name)
        return there is not None and tuple(there.columns) == mart.column_names

    def _drop(self, mart: Mart) -> None:
        if there := self._there.pop(mart.name, None):
            path = self._warehouse.path("marts", mart.name)
            self._warehouse.run(self._dialect.drop(there.kind, path))

    def _comment(self, mart: Mart, kind: str) -> None:
        if not self._warehouse.comments:
            return
        path = self._warehouse.path("marts", mart.name)
        self._warehouse.run(
            self._dialect.comment(kind, path, mart.description),
            *(
                self._dialect.comment(kind, path, COLUMNS[name].description, name)
                for name in mart.column_names
            ),
        )
