"""What a run with a filter or a window looks at: the part of the lists that is inside.

Nothing is read here, and nothing can be called absent by a part.
"""

from collections.abc import Callable
from datetime import datetime

from workforce_source.mirror import Difference
from workforce_source.settings import Settings
from workforce_source.sync.lists import ExternalList, Roster
from workforce_source.tables import Row


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

    def cut(self, roster: Roster | None, found: ExternalList | None) -> None:
        """Leave what is inside in the lists, with nothing absent."""
        if roster is not None and self._between:
            _keep(roster.difference, lambda row: self._has(row["employee_state_updated_at"]))
        if found is not None:
            listed = roster.listed if roster is not None and self._filtered else None

            def wanted(row: Row) -> bool:
                known = listed is None or row["employee_id"] in listed
                return known and self._has(row["refreshed_at"])

            _keep(found.badges, wanted)
            badges = {(r["employee_id"], r["credly_record_id"]) for r in found.badges.added}
            badges |= {(r["employee_id"], r["credly_record_id"]) for r in found.badges.changed}
            _keep(found.skills, lambda row: (row["employee_id"], row["credly_record_id"]) in badges)

    def of_accepted(self, accepted: dict[str, datetime | None]) -> dict[str, datetime | None]:
        """Get the accepted employees inside, each with when their state changed."""
        return {employee_id: at for employee_id, at in accepted.items() if self._has(at)}

    def _has(self, moment: datetime | None) -> bool:
        if self._between is None:
            return True
        return moment is not None and self._between[0] <= moment < self._between[1]


def _keep(difference: Difference, wanted: Callable[[Row], bool]) -> None:
    difference.added = [row for row in difference.added if wanted(row)]
    difference.changed = [row for row in difference.changed if wanted(row)]
    difference.absent = []
