"""An API object to the row of a table: documented values typed, the rest kept in `extra`.

What the objects of each endpoint hold is not known here (see `records.py`).
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final, NamedTuple

import orjson

from workforce_source.tables.hidden import NOTHING, Hidden, Replace
from workforce_source.tables.shape import Row, Table
from workforce_source.tables.values import CONVERTERS, Misfit, canonical_json, grouped_name, text

HASH_VERSION: Final = "1:"
"""Prefix of every `row_hash`; a new way of hashing gets a new one, and makes no changes."""


ODD: Final = "(odd)"
"""Key in a row of what was odd about its object, where something was; no column."""


class Odd(NamedTuple):
    """What is odd about an object.

    Attributes:
        absent: Columns whose attributes it lacks; a null is not absent.
        misfits: Columns whose values do not fit.
        unknown: Attributes the API page does not name; of objects within as `outer.inner`. None
            where `extra` is left out.
    """

    absent: frozenset[str]
    misfits: frozenset[str]
    unknown: frozenset[str]


class RowMaker:
    """Turns objects into rows of one table.

    Args:
        table: The table the rows are for.
        organization_id: Stands in every row.
        hidden: Columns whose values are dropped or replaced here, before anything else sees them.
    """

    def __init__(self, table: Table, organization_id: str, hidden: Hidden = NOTHING) -> None:
        self._hashed = table.hashed
        excluded, replaced = hidden.left_out_of(table.name), hidden.replaced_in(table.name)
        self._hidden = excluded.union(replaced)
        self._keep_extra = "extra" not in excluded
        self._flat: list[tuple[str, Callable[[Any], Any] | None]] = []
        self._nested: dict[str, list[tuple[str, str, Callable[[Any], Any] | None]]] = {}
        self._dropped = [c.name for c in table.columns if c.given and c.name in excluded]
        self._replaced = [
            (c.name, replaced[c.name]) for c in table.columns if c.given and c.name in replaced
        ]
        for column in table.columns:
            convert: Callable[[Any], Any] | None = CONVERTERS[column.type]
            if column.groups:
                convert = grouped_name
            if column.name in excluded:
                convert = None
            if column.name in replaced:
                convert = _replacing(replaced[column.name])
            if len(column.source) > 1:
                outer, inner = column.source
                self._nested.setdefault(outer, []).append((column.name, inner, convert))
            elif not column.given:
                self._flat.append((column.name, convert))
        self._inner = {
            outer: frozenset(attribute for _, attribute, _ in columns)
            for outer, columns in self._nested.items()
        }
        own = frozenset([*(n for n, _ in self._flat), *self._nested])
        self._own, self._known = own, own | frozenset(table.elsewhere)
        self._empty: Row = {c.name: None for c in table.columns}
        self._empty |= {"organization_id": organization_id, "extra": None}

    def __call__(self, source: dict[str, Any], **given: Any) -> Row:
        """Get the row of one object, `row_hash` included.

        Args:
            source: The object.
            **given: Values of the columns that are not in it.
        """
        row = self._empty | given
        for name in self._dropped:
            row[name] = None
        for name, replace in self._replaced:
            row[name] = row[name] and replace(row[name])
        extra: dict[str, Any] = {}
        misfits: list[str] = []
        for name, convert in self._flat:
            value = source.get(name)
            if value is not None and convert is not None:
                try:
                    row[name] = convert(value)
                except Misfit:
                    extra[name] = value
                    misfits.append(name)
        for outer, columns in self._nested.items():
            if (inner := source.get(outer)) is not None:
                self._lift(row, extra, misfits, outer, inner, columns)
        if not source.keys() <= self._known:
            extra.update({k: v for k, v in source.items() if k not in self._known})
        if extra and self._keep_extra:
            row["extra"] = canonical_json(extra)
        row["row_hash"] = self.fingerprint(row)
        if extra or not source.keys() >= self._own:
            row[ODD] = self._odd(source, extra, misfits)
        return row

    def _odd(self, source: dict[str, Any], extra: dict[str, Any], misfits: list[str]) -> Odd:
        absent = {name for name, _ in self._flat if name not in source}
        kept = extra if self._keep_extra else {}
        unknown = {name for name in kept if name not in self._own}
        for outer, columns in self._nested.items():
            inner = source.get(outer)
            if outer not in source or isinstance(inner, dict):
                attributes = inner if isinstance(inner, dict) else {}
                absent.update(name for name, attribute, _ in columns if attribute not in attributes)
            if isinstance(rest := kept.get(outer), dict):
                unknown.update(f"{outer}.{name}" for name in rest.keys() - self._inner[outer])
        return Odd(frozenset(absent), frozenset(misfits), frozenset(unknown))

    def _lift(
        self,
        row: Row,
        extra: dict[str, Any],
        misfits: list[str],
        outer: str,
        inner: Any,
        columns: list[tuple[str, str, Callable[[Any], Any] | None]],
    ) -> None:
        if not isinstance(inner, dict):
            if self._hidden.isdisjoint(name for name, _, _ in columns):
                extra[outer] = inner  # else what is hidden may be anywhere in it
            misfits.extend(name for name, _, _ in columns)
            return
        rest: dict[str, Any] = {}
        known = self._inner[outer]
        if outer not in _OWN_TABLE and not inner.keys() <= known:
            rest = {k: v for k, v in inner.items() if k not in known}
        for name, attribute, convert in columns:
            value = inner.get(attribute)
            if value is not None and convert is not None:
                try:
                    row[name] = convert(value)
                except Misfit:
                    rest[attribute] = value
                    misfits.append(name)
        if rest:
            extra[outer] = rest

    def fingerprint(self, row: Row) -> str:
        """Get the hash of a row: typed values by column name, nulls omitted.

        A column that is new and empty therefore changes nothing.
        """
        values = {name: row[name] for name in self._hashed if row[name] is not None}
        return HASH_VERSION + blake2b(orjson.dumps(values), digest_size=16).hexdigest()


def _replacing(replace: Replace) -> Callable[[Any], str]:
    # whatever it is: what does not fit would be kept in `extra` as it is
    return lambda value: replace(text(value))


_OWN_TABLE: Final = frozenset({"badge_template"})
"""Nested objects that have a table of their own, which keeps what the page does not name."""
