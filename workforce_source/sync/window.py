"""What a run with a filter or a window looks at: the part of the lists that is inside.

Nothing is read here, and nothing can be called absent by a part.
"""

from datetime import datetime

from workforce_source import tables as t
from workforce_source.mirror import Difference
from workforce_source.settings import Settings
from workforce_source.sync.listing import Listing
from workforce_source.tables import Key, Row, Table


class Window:
    """The part of an organization that the settings of a run ask for.

    Args:
        settings: Filter and window of the run.
    """

    def __init__(self, settings: Settings) -> None:
        self._filtered = bool(settings.employee_filter)
        self._between = settings.window

    @property
    def is_all(self) -> bool:
        """Whether it is the whole organization."""
        return not (self._filtered or self._between)

    def cut(self, lists: list[Listing]) -> None:
        """Leave what is inside in the lists, with nothing absent.

        Args:
            lists: The lists that were walked, that of the employees first.
        """
        people: set[str | None] | None = None
        for listing in lists:
            own, cursor = listing.table, listing.endpoint.cursor
            if self._filtered and own is t.EMPLOYEES:
                people = {None, *(t.employee_of(own, key) for key in listing.seen)}
            differences = listing.differences
            inside = {
                own.key_of(row)
                for row in (*differences[own.name].added, *differences[own.name].changed)
                if self._has(row[cursor] if cursor else None)
            }
            if people is not None:
                inside = {key for key in inside if t.employee_of(own, key) in people}
            for table in listing.tables:
                differences[table.name] = _kept(table, differences[table.name], own, inside)

    def of_accepted(self, accepted: dict[str, datetime | None]) -> dict[str, datetime | None]:
        """Get the accepted employees inside, each with when their state changed."""
        return {employee_id: at for employee_id, at in accepted.items() if self._has(at)}

    def _has(self, moment: datetime | None) -> bool:
        if self._between is None:
            return True
        return moment is not None and self._between[0] <= moment < self._between[1]


def _kept(table: Table, difference: Difference, own: Table, inside: set[Key]) -> Difference:
    """Get the rows of a table of a list whose records are inside."""

    def keep(row: Row) -> bool:
        key = table.key_of(row)
        return (key if table is own else table.scope_of(key)) in inside

    return Difference([*filter(keep, difference.added)], [*filter(keep, difference.changed)])
