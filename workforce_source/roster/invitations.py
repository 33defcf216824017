"""Who is due for an invitation: in a state for it, not invited lately, and within a day's cap.

Pure. What may not be in here: how invitations are sent, and where they are remembered.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from workforce_source.roster.columns import folded
from workforce_source.roster.matching import Matching
from workforce_source.roster.model import Operation
from workforce_source.roster.people import People
from workforce_source.roster.rules import Rules

A_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Invitations:
    """Who is to be invited.

    Attributes:
        operations: Those who are, whom nobody invited for the longest time first.
        cooling: Those who are not because they were a short time ago.
        capped: Those who are not because enough are, for one day.
    """

    operations: list[Operation]
    cooling: int = 0
    capped: int = 0


def find_invitations(
    matching: Matching,
    people: People,
    rules: Rules,
    sent: Mapping[str, datetime],
    now: datetime,
) -> Invitations:
    """Get who is to be invited.

    Args:
        matching: Whom the roster names, and who is to be created.
        people: Everybody in Credly.
        rules: Whether, in which states, how often and how many.
        sent: When we last invited people, by their ids, as far as we remember.
        now: The time.
    """
    if not rules.invite:
        return Invitations([])
    last = {one.id: _newest(one.invited, sent.get(one.id)) for one in people.by_id.values()}
    due: list[tuple[datetime | None, Operation]] = []
    cooling = 0
    # an identifier in a list cannot be looked at before: it must not lead to two
    emails = Counter({email: len(persons) for email, persons in people.by_email.items()})
    emails.update(folded(row.email) for row in matching.new)
    for row, person in matching.pairs:
        if person.state not in rules.invite_states or emails[folded(person.email)] != 1:
            continue
        when = last[person.id]
        if when is not None and now - when < rules.invite_again_after:
            cooling += 1
        else:
            due.append((when, Operation("invite", row.line, person.id, (person.email,))))
    if "created" in rules.invite_states:
        due += [
            (None, Operation("invite", row.line, None, (row.email,)))
            for row in matching.new
            if row.email and emails[folded(row.email)] == 1
        ]
    due.sort(key=lambda one: (one[0] is not None, one[0] or now, one[1].line or 0))
    gone = [when for person_id, when in sent.items() if person_id not in people.by_id]
    today = sum(when is not None and now - when < A_DAY for when in (*last.values(), *gone))
    room = max(0, rules.max_invited_a_day - today)
    return Invitations([operation for _, operation in due[:room]], cooling, max(0, len(due) - room))


def _newest(*times: datetime | None) -> datetime | None:
    return max(filter(None, times), default=None)
