"""Values that vanish from answers: held back where so many look like an API that changed its shape.

A null is a value like any other, so one lost attribute would empty a column without an error. What
is held is only the null: a row that brings a value is written.

What may not be in here: SQL, dlt, and rows that are gone (see `mirror/guard.py`).
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from workforce_source import tables as t
from workforce_source.mirror import Difference, Index, Memory
from workforce_source.tables import ODD, Row, RowMaker, Table

FEWEST_ROWS: Final = 20
"""Rows below which a share says nothing."""
FEWEST_VALUES: Final = 3
"""Values below which it is somebody's own business that they are gone."""
WINDOW: Final = timedelta(hours=24)
"""How long what a list lost is remembered: a lie that comes in slices is one lie."""
MOST_NAMES: Final = 50
MOST_LETTERS: Final = 100
_COUNT: Final = "skill_count"
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]{0,60}")
PARTLY: Final = tuple(table for table in t.DATA_TABLES if table.resource == "employee_badges")
"""Tables of which a run sees a part: what it saw of them is carried on to the next run."""


LISTS_WITHIN: Final = frozenset({t.BADGE_TEMPLATE_SKILLS.name, t.EXTERNAL_BADGE_SKILLS.name})
"""Tables of lists that stand in an answer as one attribute."""


@dataclass(frozen=True)
class Column:
    """What is remembered of one column from run to run.

    Attributes:
        held: Whether its nulls are held back.
        since: When the first of `lost` was lost.
        lost: Values of a list that became null since, and were let through.
        rows: Rows read since the last verdict, of a table that is read in parts.
        filled: Those of them that brought a value.
        nulled: Those that brought none where the destination has one.
    """

    held: bool = False
    since: datetime | None = None
    lost: int = 0
    rows: int = 0
    filled: int = 0
    nulled: int = 0


Columns = dict[tuple[str, str], Column]
"""What is remembered, by table and column."""


@dataclass
class ValueGuard:
    """Counts what answers bring, column by column, and holds back nulls that are too many.

    Attributes:
        memory: What the destination holds.
        make: Makes rows, by table; knows their fingerprints.
        remembered: What earlier runs left; changed in place.
        off: `table.column` names that are not guarded.
        allow: Let every null through, once.
        held: Nulls held back in this run, by `table.column`.
        stood_in_parts: Whether, before this run, nulls were held back in a table of which a run
            reads a part.
        rows: Rows seen, by table.
        filled: Those that bring a value, by table and column.
        absent: Those whose object lacks the attribute, by table and column.
        misfits: Values that do not fit, by `table.column`.
        unknown: Objects with an attribute the API page does not name, by `table.attribute`.
    """

    memory: Memory
    make: dict[str, RowMaker]
    remembered: Columns
    off: Collection[str] = ()
    allow: bool = False
    held: Counter[str] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)
    filled: dict[str, Counter[str]] = field(default_factory=dict)
    absent: dict[str, Counter[str]] = field(default_factory=dict)
    misfits: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.stood_in_parts = any(
            column.held and key[0] in {table.name for table in PARTLY}
            for key, column in self.remembered.items()
        )
        for key in self.remembered:
            # what a setting hides or frees is held no longer, whatever it was before
            if self.allow or ".".join(key) in self.off:
                self.remembered[key] = Column()
        self._guarded = {table.name: self._columns(table) for table in t.DATA_TABLES}

    def _columns(self, table: Table) -> list[str]:
        return [
            column.name
            for column in table.columns
            if column.name not in table.key
            and column.type != "bigint"
            and column.name != "skill_key"
            and f"{table.name}.{column.name}" not in self.off
        ]

    @property
    def standing(self) -> list[str]:
        """The columns of which nulls are held back, as `table.column`."""
        held = (key for key, column in self.remembered.items() if column.held)
        return sorted(".".join(filter(None, key)) for key in held)

    def saw(self, table: Table, rows: Iterable[Row]) -> None:
        """Count what rows of an answer bring; new and unchanged ones, too."""
        rows = list(rows)
        if not rows:
            return
        names = self._guarded[table.name]
        self.rows[table.name] += len(rows)
        filled = self.filled.setdefault(table.name, Counter())
        for name, values in zip(
            names, zip(*map(table.pick(names), rows), strict=True), strict=True
        ):
            filled[name] += len(values) - values.count(None)
        absent = self.absent.setdefault(table.name, Counter())
        for row in rows:
            if (odd := row.get(ODD)) is not None:
                absent.update(odd.absent)
                self.misfits.update(f"{table.name}.{name}" for name in odd.misfits)
                self.unknown.update(f"{table.name}.{name}" for name in odd.unknown)

    def settle(self, table: Table, difference: Difference, index: Index, now: datetime) -> None:
        """Give rows that changed their old values back where nulls are held; drop what is left.

        Args:
            table: The table.
            difference: What differs; `saw` has counted all that was compared.
            index: Keys and hashes the destination has of the same rows.
            now: The time.
        """
        nulls = self._nulls(table, difference)
        touched: dict[int, Row] = {}
        for row, value in nulls.pop(_COUNT, ()):  # of a list nobody knows
            row[_COUNT] = value
            touched[id(row)] = row
        for name in self._guarded[table.name]:
            gone = nulls.get(name, [])
            if self._holds(table, name, len(gone), now) and gone:
                self.held[f"{table.name}.{name}"] += len(gone)
                for row, value in gone:
                    row[name] = value
                    touched[id(row)] = row
        for row in touched.values():
            row["row_hash"] = self.make[table.name].fingerprint(row)
        if touched:
            difference.changed = [
                row
                for row in difference.changed
                if index.live.get(table.key_of(row)) != row["row_hash"]
            ]
        if table in PARTLY:  # it is in `remembered` now
            self.rows[table.name] = 0
            for counted in (self.filled, self.absent):
                counted.pop(table.name, None)

    def keep(self, table: Table, seen: int, kept: int) -> None:
        """Note answers that say nothing of the rows of a further table: no list, or another shape.

        Args:
            table: The table, such as that of the skills of templates.
            seen: Answers that say what there is.
            kept: Those that do not, of which there are rows here, which stay.
        """
        key = table.name, ""
        if kept:
            self.held[table.name] += kept
            self.remembered[key] = Column(held=True)
        elif seen and self.remembered.get(key, Column()).held:
            self.remembered[key] = Column()

    def news(self) -> list[str]:
        """Get what is to be told of odd answers, a sentence each; attributes once."""
        told: list[str] = []
        names: list[str] = []
        for name in sorted(self.unknown):
            table, _, attribute = name.partition(".")
            key = table, f"+{attribute}"[:MOST_LETTERS]
            if key not in self.remembered and len(names) < MOST_NAMES:
                self.remembered[key] = Column()
                # what is no name may be anything, a person's too
                names.append(name if _NAME.fullmatch(attribute) else f"{table} (no usual name)")
        if names:
            told.append(
                f"New in answers, kept in `extra`: {', '.join(names)}. The API page does not name"
                " them; an update of this package may."
            )
        if self.misfits:
            columns = ", ".join(f"{n:,} of {name}" for name, n in sorted(self.misfits.items()))
            told.append(
                f"Values that do not fit their columns are null and kept in `extra`, unless that is"
                f" left out: {columns}."
            )
        return told

    def _nulls(self, table: Table, difference: Difference) -> dict[str, list[tuple[Row, Any]]]:
        """Get the rows that bring a null where there is a value, with that, by column."""
        found: dict[str, list[tuple[Row, Any]]] = {}
        names = self._guarded[table.name]
        if table is t.BADGE_TEMPLATES:
            names = [*names, _COUNT]
        pick = table.pick(names)
        lacking = [row for row in difference.changed if None in pick(row)]
        for old, row in self.memory.versions(table, lacking):
            for name in names:
                if row[name] is None and (value := old[name]) is not None:
                    found.setdefault(name, []).append((row, value))
        return found

    def _holds(self, table: Table, name: str, nulled: int, now: datetime) -> bool:
        """Decide on the nulls of one column, and remember what led to it."""
        key = table.name, name
        known = self.remembered.get(key, Column())
        rows, filled = self.rows[table.name], self.filled.get(table.name, Counter())[name]
        nowhere = rows > 0 and self.absent.get(table.name, Counter())[name] >= rows
        if table in PARTLY:
            column, holds = self._in_parts(known, rows, filled, nulled, nowhere=nowhere)
        else:
            column, holds = self._whole(known, rows, filled, nulled, now, nowhere=nowhere)
        if self.allow:
            column, holds = Column(), False
        if column != known:
            self.remembered[key] = column
        return holds

    @staticmethod
    def _whole(
        known: Column, rows: int, filled: int, nulled: int, now: datetime, *, nowhere: bool
    ) -> tuple[Column, bool]:
        recent = known.since is not None and timedelta(0) <= now - known.since < WINDOW
        lost = nulled + (known.lost if recent else 0)
        holds = nulled > 0 and (
            nowhere or (known.held and nulled >= FEWEST_VALUES) or _too_many(rows, filled, lost)
        )
        if holds:
            return replace(known, held=True), True
        if not nulled:
            return known if recent and not known.held else Column(), False
        return Column(since=known.since if recent else now, lost=lost), False

    @staticmethod
    def _in_parts(
        known: Column, rows: int, filled: int, nulled: int, *, nowhere: bool
    ) -> tuple[Column, bool]:
        rows, filled, lost = known.rows + rows, known.filled + filled, known.nulled + nulled
        if known.held:
            well = rows >= FEWEST_ROWS and lost < FEWEST_VALUES
            return (Column() if well else Column(True, None, 0, rows, filled, lost)), not well
        if nulled and (nowhere or _too_many(rows, filled, lost)):
            return Column(held=True), True
        if rows >= FEWEST_ROWS or not lost:
            return Column(), False
        return Column(rows=rows, filled=filled, nulled=lost), False


def _too_many(rows: int, filled: int, lost: int) -> bool:
    return rows >= FEWEST_ROWS and lost >= FEWEST_VALUES and lost > filled
