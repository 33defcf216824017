"""One employee's answer as rows, made by the thread that read it.

Other reads go on meanwhile. Made where the results are collected, in bursts, the rows kept the
threads from their next requests: 3 % of the time of a first load of 5,000 employees.

What may not be in here: what the mirror holds, and batches.
"""

from dataclasses import dataclass, field
from typing import Any

from workforce_source.endpoints import EMPLOYEE_DATA
from workforce_source.exceptions import UnexpectedResponse
from workforce_source.sync.employees import DataRead
from workforce_source.sync.lists import NOT_ACCEPTED
from workforce_source.tables import RecordReader, Row, keyed_by


@dataclass(slots=True)
class Answered:
    """How one read ended, and the rows of its answer.

    Attributes:
        read: How it ended; of its record only that there was one is left.
        profile: The row of `employee_profiles`, of somebody who may show badges.
        badges: Rows of `employee_badges`.
        templates: Badge templates by id, as the answer has them.
    """

    read: DataRead
    profile: Row | None = None
    badges: list[Row] = field(default_factory=list)
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)


def answered(read: DataRead, reader: RecordReader) -> Answered:
    """Get the rows of one read; of an answer without the documented shape, its error.

    Args:
        read: How the read ended, with its record.
        reader: Turns the record into rows.
    """
    record = read.record
    if record is None:
        return Answered(read)
    try:
        profile, badges = reader.profile(record, EMPLOYEE_DATA.path)
    except UnexpectedResponse as error:
        return Answered(DataRead(read.employee_id, read.at, error=error))
    # the rows are made: of the record only that there was one is worth its memory
    kept = DataRead(read.employee_id, read.at, record={})
    # the answer's own state is newer than the list's; only accepted people show badges
    if record.get("employee_state") in NOT_ACCEPTED:
        return Answered(kept)
    templates = {
        template_id: badge["badge_template"]
        for badge in record["badges"]
        if (template_id := keyed_by(badge.get("badge_template"))) is not None
    }
    return Answered(kept, profile, badges, templates)
