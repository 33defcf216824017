"""`plan()`: what there is to do until the employees in Credly are those the company names.

It reads the list in full, and writes nothing. What may not be in here: how each part is found.
"""

from collections.abc import Iterable
from datetime import datetime

from workforce_source.client import Client
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.roster.columns import COMPARED, UNKNOWN, same
from workforce_source.roster.deletions import find_deletions
from workforce_source.roster.forgotten import is_forgotten, part, reject_rows
from workforce_source.roster.invitations import find_invitations
from workforce_source.roster.ledger import Ledger
from workforce_source.roster.matching import match
from workforce_source.roster.model import Operation, Plan
from workforce_source.roster.people import People, Person, read_people
from workforce_source.roster.rows import Desired, Row, Rows, read_rows
from workforce_source.roster.rules import Rules
from workforce_source.sync.suppression import NOBODY, Suppression


def plan(
    desired: Rows,
    client: Client,
    rules: Rules | None = None,
    *,
    ledger: Ledger | None = None,
    suppression: Suppression | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Plan:
    """Get what there is to do until the employees in Credly are those the company names.

    The list of employees is walked in full, and nothing is written. `docs/roster.md` has the
    rules and what each guard means.

    Args:
        desired: What the company says: mappings by column, an Arrow table, or what a reader of
            `workforce_source.roster.files` gives. Columns are those of the API page, or renamed by
            the rules; values are texts or whole numbers.
        client: Reads the organization.
        rules: What the company decides; by default nobody is deleted, and nobody is invited.
        ledger: Remembers what was done before: whom we invited, and how long the roster was.
        suppression: Who was forgotten, as `TableLedger.suppression` says: their rows are rejected,
            and nothing is done to them.
        clock: Tells the time.

    Returns:
        The plan; its `exit_code` is 0, 3 where rows are left alone, or 5 where deletions are held.

    Raises:
        ConfigError: A rule or a column cannot be used.
        ApiError: The list cannot be read.
        DestinationError: The ledger cannot be read.

    Rests on the section "Get Employees".
    """
    rules = rules or Rules()
    roster = read_rows(desired, rules)
    people, notes = read_people(client)
    return make_plan(
        roster,
        people,
        rules,
        client.organization_id,
        ledger,
        clock.now(),
        notes,
        suppression or NOBODY,
    )


def make_plan(
    roster: Desired,
    people: People,
    rules: Rules,
    organization_id: str,
    ledger: Ledger | None,
    now: datetime,
    notes: Iterable[str] = (),
    suppression: Suppression = NOBODY,
) -> Plan:
    """Get the plan of what was read.

    Args:
        roster: What the company says.
        people: Everybody in Credly.
        rules: What the company decides.
        organization_id: The organization.
        ledger: Remembers what was done before.
        now: The time.
        notes: What is to be known of the reading.
        suppression: Who was forgotten.
    """
    notes = list(notes)
    reject_rows(roster, suppression)
    matching = match(roster.rows, people)
    part(matching, suppression)
    updates = [
        operation
        for row, person in matching.pairs
        if (operation := _update(row, person, people, roster, rules)) is not None
    ]
    before = ledger.rows_before(rules.scope) if ledger and rules.delete_missing else None
    deletions = find_deletions(roster, people, matching, rules, before)
    if rules.delete_missing and before is None:
        notes.append("No earlier apply is known, so whether the roster shrank was not looked at.")
    sent = ledger.invited_since(now - rules.invite_again_after) if ledger and rules.invite else {}
    invitations = find_invitations(matching, people, rules, sent, now)
    return Plan(
        organization_id=organization_id,
        made_at=now,
        rules=rules,
        unit=roster.unit,
        desired=roster.count,
        current=len(people),
        unchanged=len(matching.pairs) - len(updates),
        operations=[
            *updates,
            *(_create(row) for row in matching.new),
            *invitations.operations,
            *(
                Operation("delete", None, one.id, one.keys, checked=True)
                for one in deletions.persons
                if not is_forgotten(one, suppression)
            ),
        ],
        troubles=sorted(
            [*roster.rejected, *matching.troubles], key=lambda trouble: (trouble.line, trouble.kind)
        ),
        missing=deletions.missing,
        cooling=invitations.cooling,
        capped=invitations.capped,
        notes=notes,
    )


def _update(
    row: Row, person: Person, people: People, roster: Desired, rules: Rules
) -> Operation | None:
    changes: dict[str, str | None] = {}
    before: dict[str, str | None] = {}
    if row.external_id and not person.external_id:
        changes["external_id"], before["external_id"] = row.external_id, None
    for name, wanted, there in zip(COMPARED, row.values, person.values, strict=True):
        if there is UNKNOWN or name not in roster.columns or same(wanted, there):
            continue
        if wanted is not None or (rules.clear_empty and name not in rules.needed):
            changes[name], before[name] = wanted, there
    if not changes:
        return None
    keys, checked = people.paths(person)
    return Operation("update", row.line, person.id, keys, checked, changes, before)


def _create(row: Row) -> Operation:
    values = {"email": row.email, "external_id": row.external_id}
    values |= dict(zip(COMPARED, row.values, strict=True))
    given = {name: value for name, value in values.items() if value is not None}
    return Operation("create", row.line, None, tuple(filter(None, (row.email,))), changes=given)
