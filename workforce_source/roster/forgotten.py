"""People who were forgotten, left out of a roster: their rows rejected, nothing done to them.

No value of theirs gets into a plan. What may not be in here: how they are known again.
"""

from typing import Final

from workforce_source.roster.matching import Matching
from workforce_source.roster.model import Trouble
from workforce_source.roster.people import Person
from workforce_source.roster.rows import Desired, Row
from workforce_source.sync.suppression import Suppression

_WHY: Final = "it is about a person who was forgotten (docs/privacy.md)"


def reject_rows(roster: Desired, suppression: Suppression) -> None:
    """Reject the rows that name forgotten people.

    Args:
        roster: What the company says.
        suppression: Who is forgotten.
    """
    kept: list[Row] = []
    for row in roster.rows:
        if suppression.covers({"external_id": row.external_id, "email": row.email}):
            roster.rejected.append(Trouble("rejected", _WHY, row.line))
        else:
            kept.append(row)
    roster.rows[:] = kept


def part(matching: Matching, suppression: Suppression) -> None:
    """Part rows from forgotten people whom they mean by a key that is new."""
    pairs = matching.pairs
    matching.troubles += [
        Trouble("rejected", _WHY, row.line) for row, one in pairs if is_forgotten(one, suppression)
    ]
    matching.pairs[:] = [pair for pair in pairs if not is_forgotten(pair[1], suppression)]


def is_forgotten(person: Person, suppression: Suppression) -> bool:
    """Tell whether somebody in Credly is forgotten here."""
    return suppression.covers(
        {"id": person.id, "external_id": person.external_id, "email": person.email}
    )
