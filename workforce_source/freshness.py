"""Whose badges are due to be read: pure, from what was read when.

No HTTP, no destination, no clock: the time is an argument.
"""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter


@dataclass(frozen=True, slots=True)
class Read:
    """What is known of the reads of one employee's badges.

    Attributes:
        read_at: Just before the request of the last good read; None for never.
        attempted_at: Just before the last request that found the employee unreadable, when it
            came after the last good read; None otherwise.
        state_stamp: `employee_state_updated_at` the last read was made under.
        baseline: The employee was accepted when the organization was first loaded, and was
            never read since.
    """

    read_at: datetime | None = None
    attempted_at: datetime | None = None
    state_stamp: datetime | None = None
    baseline: bool = False


@dataclass(frozen=True)
class Plan:
    """Who is read in a run, most urgent first.

    Attributes:
        due: Employee ids in the order they are read.
        reasons: How many are due for each reason: `never read`, `state changed`, `signalled`,
            `incomplete`, `too old`, `spread`.
        fresh: How many accepted employees are not due.
        capped: How many are due but left for a later run by `max_badge_reads`.
    """

    due: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    fresh: int = 0
    capped: int = 0


def plan_reads(
    accepted: Mapping[str, datetime | None],
    reads: Mapping[str, Read],
    now: datetime,
    max_age: timedelta,
    *,
    signalled: Collection[str] = (),
    incomplete: Collection[str] = (),
    max_reads: int | None = None,
) -> Plan:
    """Decide whose badges are read now.

    The page offers one call an employee and no way to ask what changed, so age decides: never
    read; state changed since; asked for; would grow older than `max_age` before a next run as
    far away as the last one was; and the stalest share that spreads the reads over `max_age`.

    Args:
        accepted: `employee_state_updated_at` of every accepted employee by id, as listed now.
        reads: What is known of earlier reads, by id. Times after `now` count as never.
        now: The time, aware.
        max_age: Oldest age allowed when the run ends; zero reads everybody.
        signalled: Ids to read in any case.
        incomplete: Ids whose badges the destination has lost in part.
        max_reads: Most employees to read; None for no cap.
    """
    last: dict[str, datetime] = {}
    never: list[str] = []
    state_changed: list[str] = []
    asked: list[str] = []
    lost: list[str] = []
    newest: datetime | None = None
    for employee_id, stamp in accepted.items():
        read = reads.get(employee_id)
        at = _last_attempt(read, now)
        if read is None or at is None:
            never.append(employee_id)
            continue
        # attempts tell as well as good reads when the last run was: an API that answers nobody is
        # no reason to ask for everybody
        if newest is None or at > newest:
            newest = at
        last[employee_id] = at
        if read.state_stamp != stamp:
            state_changed.append(employee_id)
        elif employee_id in signalled:
            asked.append(employee_id)
        elif employee_id in incomplete:
            lost.append(employee_id)
    since = now - newest if newest else timedelta(0)
    stalest = sorted(last.items(), key=itemgetter(1, 0))
    if max_age:
        # compared as ages: a moment `max_age` ago may lie before the first datetime
        too_old = [e for e, at in stalest if now - at + since > max_age]
        quota = min(len(stalest), len(accepted) * since // max_age)
    else:
        too_old, quota = [e for e, _ in stalest], 0
    spread = [e for e, _ in stalest[:quota]]

    reason_of: dict[str, str] = {}
    for reason, employees in (
        ("never read", never),
        ("state changed", state_changed),
        ("signalled", asked),
        ("incomplete", lost),
        ("too old", too_old),
        ("spread", spread),
    ):
        for employee_id in employees:
            reason_of.setdefault(employee_id, reason)
    # who could not be read last time goes last: the healthy are never late for the sick
    failed = {e for e in reason_of if (read := reads.get(e)) is not None and _failed(read, now)}
    due = [e for e in reason_of if e not in failed] + [e for e in reason_of if e in failed]
    due = due[:max_reads]
    return Plan(
        due,
        Counter(reason_of[employee_id] for employee_id in due),
        len(accepted) - len(reason_of),
        len(reason_of) - len(due),
    )


def overdue(
    accepted: Collection[str],
    reads: Mapping[str, Read],
    now: datetime,
    max_age: timedelta,
    done: Collection[str],
) -> list[str]:
    """Get who grew older than `max_age` while the run was busy and was not read in it."""
    late = []
    for employee_id in accepted:
        at = _last_attempt(reads.get(employee_id), now)
        if employee_id not in done and (at is None or now - at > max_age):
            late.append(employee_id)
    return late


def _failed(read: Read, now: datetime) -> bool:
    at = read.attempted_at
    return at is not None and at <= now and (read.read_at is None or read.read_at < at)


def _last_attempt(read: Read | None, now: datetime) -> datetime | None:
    if read is None:
        return None
    at, attempted_at = read.read_at, read.attempted_at
    if at is not None and at > now:
        at = None
    if attempted_at is not None and attempted_at <= now and (at is None or at < attempted_at):
        return attempted_at
    return at
