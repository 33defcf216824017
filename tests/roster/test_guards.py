"""The guards of deletions and invitations, each by somebody who tries to get past it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tools.rosters import Roster, Rows, plain_people, rows_of
from workforce_source.client import Client
from workforce_source.clock import Clock
from workforce_source.roster import Plan, Rules, plan
from workforce_source.roster.writing import invitation
from workforce_source.sandbox import Employee, Sandbox

SCOPED: dict[str, Any] = {"delete_missing": True, "only_where": {}}


@pytest.fixture
def roster(tmp_path: Path, company: Sandbox) -> Roster:
    """A roster for two hundred people, none of whom has accepted."""
    return Roster(company, tmp_path)


@pytest.fixture
def company() -> Any:
    """Two hundred people with keys of their own, in two departments."""
    with Sandbox(employees=230, seed=5) as serving:
        for number, person in enumerate(plain_people(serving)[:200]):
            changes: dict[str, Any] = {"employee_state": "created", "last_invitation_sent_at": None}
            changes |= {"external_id": f"P-{number}", "department": f"D{number % 2}"}
            changes |= {"first_name": f"First{number}", "last_name": f"Last{number}"}
            serving.population.edit(person.id, **changes)
        for person in list(serving.population.in_order()):
            if not (person.external_id or "").startswith("P-"):
                serving.population.remove(person.id)
        yield serving


def everybody(roster: Roster) -> list[Employee]:
    """All of them."""
    return roster.sandbox.population.in_order()


def rows_without(roster: Roster, *gone: Employee) -> Rows:
    """The rows of everybody but some."""
    return rows_of(person for person in everybody(roster) if person not in gone)


def deleted(made: Plan) -> set[str | None]:
    """Whom a plan deletes."""
    return {one.employee_id for one in made.of("delete")}


def held(made: Plan) -> str:
    """Why a plan holds deletions back; with them it deletes nobody, and ends with 5."""
    assert made.missing.held > 0
    assert not deleted(made)
    assert made.exit_code == 5
    return " and ".join(made.missing.why)


def test_nobody_is_deleted_unless_asked_for(roster: Roster) -> None:
    """Whoever is missing."""
    assert deleted(roster.plan(rows_without(roster, *everybody(roster)[:3]))) == set()


def test_who_is_missing_is_deleted_within_the_bounds(roster: Roster) -> None:
    """Ten of two hundred are five percent; eleven are more."""
    ten, eleven = everybody(roster)[:10], everybody(roster)[:11]
    assert deleted(roster.plan(rows_without(roster, *ten), **SCOPED)) == {p.id for p in ten}
    assert "at most 10 of 200" in held(roster.plan(rows_without(roster, *eleven), **SCOPED))
    assert "at most 3" in held(roster.plan(rows_without(roster, *ten), **SCOPED, max_deleted=3))


def test_what_is_held_back_keeps_nothing_else_from_being_done(roster: Roster) -> None:
    """Updates and creates go on, and the apply ends with 5."""
    rows = rows_without(roster, *everybody(roster)[:20])
    rows[0]["team"] = "Lanterns"
    made = roster.plan(rows, **SCOPED)
    assert held(made)
    done = roster.apply(made)
    assert (done.counts(), done.exit_code) == ({"update": {"done": 1}}, 5)
    assert len(everybody(roster)) == 200


def test_the_override_is_a_number_and_holds_for_no_more(roster: Roster) -> None:
    """Left in a schedule, it is a bound."""
    rows = rows_without(roster, *everybody(roster)[:20])
    assert len(deleted(roster.plan(rows, **SCOPED, allow_deletions=20))) == 20
    assert held(roster.plan(rows, **SCOPED, allow_deletions=19))


def test_an_empty_roster_deletes_nobody_whatever_is_allowed(roster: Roster) -> None:
    """No rows, or none that could be read."""
    for rows in ([], [{**row, "email": "x"} for row in rows_of(everybody(roster))]):
        made = roster.plan(rows, **SCOPED, allow_deletions=1000)
        assert not deleted(made)
        assert made.exit_code in (3, 5)
    assert "empty" in held(roster.plan([], **SCOPED, allow_deletions=1000))


def test_half_a_roster_deletes_nobody_though_each_step_were_small(roster: Roster) -> None:
    """The roster shrank since the last apply by more than the bounds allow."""
    people = everybody(roster)
    extra = [
        {"email": f"n{i}@example.com", "first_name": f"N{i}", "last_name": "New"} for i in range(40)
    ]
    rows = rows_of(people)
    roster.apply(roster.plan([*rows, *extra], **SCOPED))
    for person in [p for p in everybody(roster) if p.email.endswith("@example.com")]:
        roster.sandbox.population.remove(person.id)  # by somebody else
    made = roster.plan(rows_without(roster, people[0]), **SCOPED)
    assert "the roster has 41 rows less" in held(made)
    roster.apply(made)
    # an apply whose deletions were held back is no last apply to compare with
    assert "41 rows less" in held(roster.plan(rows_without(roster, people[0]), **SCOPED))


def test_an_apply_without_operations_is_remembered_too(roster: Roster) -> None:
    """Each apply says how long the roster was."""
    roster.apply(roster.plan(rows_of(everybody(roster)), **SCOPED))
    assert roster.ledger.rows_before(Rules(**SCOPED).scope) == 200
    assert not roster.plan(rows_of(everybody(roster)), **SCOPED).notes


def test_people_out_of_scope_are_never_deleted(roster: Roster) -> None:
    """A roster of one department says nothing of the other."""
    own = [person for person in everybody(roster) if person.department == "D0"]
    made = roster.plan(rows_of(own[2:]), delete_missing=True, only_where={"department": ["D0"]})
    assert deleted(made) == {person.id for person in own[:2]}
    assert made.missing.in_scope == 100


def test_people_who_accepted_stay_unless_said_otherwise(roster: Roster) -> None:
    """As does somebody in a state nobody knows."""
    one, other, third = everybody(roster)[:3]
    roster.sandbox.population.edit(one.id, employee_state="accepted")
    roster.sandbox.population.edit(other.id, employee_state="on_leave")
    rows = rows_without(roster, one, other, third)
    made = roster.plan(rows, **SCOPED)
    assert (deleted(made), made.missing.accepted) == ({third.id}, 2)
    made = roster.plan(rows, **SCOPED, delete_accepted=True)
    assert deleted(made) == {one.id, other.id, third.id}


@pytest.mark.parametrize(
    "change",
    [
        {"first_name": ""},
        {"email": "new@example.com"},
        {"external_id": "E-1"},
        {"external_id": None, "last_name": ""},
        {"external_id": "p-0 ", "email": "new@example.com"},
        {"email": "broken"},
    ],
)
def test_whom_a_bad_row_could_mean_is_not_missing(roster: Roster, change: dict[str, Any]) -> None:
    """By either key, however it is written."""
    one, other = everybody(roster)[0], everybody(roster)[1]
    roster.sandbox.population.edit(one.id, external_id="P-0", first_name="First0")
    row = {**rows_of([one])[0], **change}
    made = roster.plan([*rows_without(roster, one, other), row], **SCOPED)
    assert len(made.troubles) == 1
    assert one.id not in deleted(made)
    assert deleted(made) <= {other.id}


def test_a_bad_row_that_could_mean_anybody_deletes_nobody(roster: Roster) -> None:
    """It has no key of anybody, and no address that could be looked for."""
    for keys in ({"external_id": None, "email": "broken"}, {"external_id": "E-1", "email": ""}):
        row = {**rows_of(everybody(roster)[:1])[0], **keys}
        made = roster.plan([*rows_without(roster, *everybody(roster)[:2]), row], **SCOPED)
        assert "could mean anybody" in held(made)


def test_many_bad_rows_delete_nobody(roster: Roster) -> None:
    """More than one percent; a file like that is not to be trusted."""
    rows = rows_without(roster, everybody(roster)[0])
    for row in rows[-3:]:
        row["first_name"] = ""
    assert "3 of 199 rows are rejected" in held(roster.plan(rows, **SCOPED))
    assert held(roster.plan(rows, **SCOPED, allow_deletions=100))


def test_duplicated_keys_delete_nobody_they_could_mean(roster: Roster) -> None:
    """Two rows with one external_id: neither counts, and its owner stays."""
    one, other = everybody(roster)[:2]
    rows = rows_without(roster, one, other)
    rows += [{**rows_of([one])[0], "email": f"twin{i}@example.com"} for i in range(2)]
    made = roster.plan(rows, **SCOPED)
    assert deleted(made) == {other.id}


def test_an_email_change_deletes_nobody(roster: Roster) -> None:
    """With the external_id a conflict; without it somebody new of the same name, also later."""
    one = everybody(roster)[0]
    rest = rows_without(roster, one)
    changed = {**rows_of([one])[0], "email": "new@example.com"}
    for row in (changed, {**changed, "external_id": None}):
        made = roster.plan([*rest, row], **SCOPED)
        assert deleted(made) == set()
    assert made.missing.namesakes == 1
    roster.apply(made)
    # by now the new one is there like anybody
    later = roster.plan([*rest, row], **SCOPED)
    assert (later.operations, later.missing.namesakes) == ([], 1)
    # with numbers of their own they are two people
    named = {**row, "external_id": "E-2", "email": "third@example.com"}
    assert deleted(roster.plan([*rest, named], **SCOPED, allow_deletions=2)) >= {one.id}


def test_two_people_who_swap_emails_are_neither_missing(roster: Roster) -> None:
    """Both stay as they are."""
    one, other = everybody(roster)[:2]
    rows = rows_of([one, other])
    rows[0]["email"], rows[1]["email"] = other.email, one.email
    made = roster.plan([*rows_without(roster, one, other), *rows], **SCOPED)
    assert (made.operations, len(made.trouble("conflict"))) == ([], 2)


def at(roster: Roster, when: datetime, rows: Rows, **rules: Any) -> Plan:
    """A plan at another time."""
    with roster.client() as client:
        clock = Clock(now=lambda: when)
        return plan(rows, client, Rules(**rules), ledger=roster.ledger, clock=clock)


def test_nobody_is_invited_twice_within_the_time_between(roster: Roster) -> None:
    """By whomever: the API's own time counts."""
    one, other = everybody(roster)[:2]
    now = datetime.now(UTC)
    sent = now - timedelta(days=13)
    roster.sandbox.population.edit(one.id, last_invitation_sent_at=sent, employee_state="pending")
    rows = rows_of([one, other])
    made = at(roster, now, rows, invite=True)
    assert ([o.employee_id for o in made.of("invite")], made.cooling) == ([other.id], 1)
    assert len(at(roster, now + timedelta(days=1), rows, invite=True).of("invite")) == 2


def test_a_day_has_room_for_so_many_and_no_more(roster: Roster) -> None:
    """Whoever was invited within a day counts, by the list or by our receipts."""
    rows = rows_of(everybody(roster)[:10])
    now = datetime.now(UTC)
    for number, person in enumerate(everybody(roster)[10:13]):
        sent = now - timedelta(hours=23 + number)
        roster.sandbox.population.edit(person.id, last_invitation_sent_at=sent)
    made = at(roster, now, rows, invite=True, max_invited_a_day=4)
    assert (len(made.of("invite")), made.capped) == (3, 7)
    roster.apply(made)
    for person in everybody(roster)[:10]:
        roster.sandbox.population.edit(
            person.id, last_invitation_sent_at=None, employee_state="created"
        )
    again = at(roster, now, rows, invite=True, max_invited_a_day=4)
    assert (again.of("invite"), again.capped) == ([], 7)


def test_whoever_accepted_or_rejected_is_not_invited(roster: Roster) -> None:
    """Who rejected only if that is asked for, who accepted never, also meanwhile."""
    one, other, third = everybody(roster)[:3]
    roster.sandbox.population.edit(one.id, employee_state="accepted")
    roster.sandbox.population.edit(other.id, employee_state="rejected")
    rows = rows_of([one, other, third])
    made = roster.plan(rows, invite=True)
    assert [o.employee_id for o in made.of("invite")] == [third.id]
    both = roster.plan(rows, invite=True, invite_states=("created", "pending", "rejected"))
    assert {o.employee_id for o in both.of("invite")} == {other.id, third.id}
    roster.sandbox.population.edit(third.id, employee_state="accepted")
    roster.apply(made)
    assert third.last_invitation_sent_at is None


def test_only_people_of_the_roster_are_invited(roster: Roster) -> None:
    """Two hundred others could be."""
    one = everybody(roster)[0]
    roster.apply(roster.plan(rows_of([one]), invite=True))
    assert [p.id for p in everybody(roster) if p.last_invitation_sent_at] == [one.id]


def test_an_address_of_two_people_is_not_invited(roster: Roster) -> None:
    """A list cannot say which of both."""
    one, other = everybody(roster)[:2]
    roster.sandbox.population.edit(other.id, email=one.email.upper())
    made = roster.plan(rows_of([one]), invite=True)
    assert made.of("invite") == []


@pytest.mark.parametrize(
    ("emails", "states"),
    [
        ([], ["created"]),
        (["a@b.example"], []),
        ([""], ["created"]),
        (["a@b.example"], ["accepted"]),
    ],
)
def test_an_invitation_to_everybody_cannot_be_built(emails: list[str], states: list[str]) -> None:
    """An omitted list is everybody, and omitted states are all."""
    with pytest.raises(ValueError, match="everybody"):
        invitation(emails, states)
    assert not hasattr(Client, "invite")
