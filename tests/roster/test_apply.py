"""What an apply does: each write once, in its order, and a receipt that says what happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.tools.rosters import Roster, plain_people, rows_of, state_of
from workforce_source.client import Token
from workforce_source.exceptions import (
    ApiError,
    AuthenticationError,
    ConfigError,
    GivenUp,
    WorkforceError,
)
from workforce_source.roster import FileLedger, Outcome, apply, plan
from workforce_source.sandbox import Answer, Sandbox

NEW: dict[str, Any] = {
    "email": "ada@example.com",
    "first_name": "Ada",
    "last_name": "Byron",
    "external_id": "E-1",
}
EVERYBODY: dict[str, Any] = {"delete_missing": True, "only_where": {}, "allow_deletions": 60}


@pytest.fixture
def roster(sandbox: Sandbox, tmp_path: Path) -> Roster:
    """A roster for the sandbox's sixty people."""
    return Roster(sandbox, tmp_path)


def outcomes(done: Any) -> list[tuple[str, str]]:
    """What came of what."""
    return [(one.operation, str(one.outcome)) for one in done.receipts]


def receipts_in(roster: Roster) -> list[dict[str, Any]]:
    """The receipts of the file, the last of each."""
    lines = [json.loads(line) for line in roster.file.read_text().splitlines() if line]
    found = {(line["run_id"], line["number"]): line for line in lines if "number" in line}
    return [found[key] for key in sorted(found)]


def test_all_four_writes_are_done_in_their_order_and_a_second_plan_is_empty(
    roster: Roster,
) -> None:
    """Updates, creates, invitations, deletions; a request each, and one more a deletion."""
    people = [p for p in plain_people(roster.sandbox) if not p.accepted]
    gone, edited = people[0], people[1]
    rows = [row for row in rows_of(plain_people(roster.sandbox)) if row["email"] != gone.email]
    next(r for r in rows if r["email"] == edited.email)["team"] = "Lanterns"
    rules = {**EVERYBODY, "only_where": {"department": [gone.department]}, "invite": True}
    made = roster.plan([*rows, NEW], **rules)
    before = state_of(roster.sandbox)
    roster.sandbox.requests.clear()
    done = roster.apply(made)
    assert done.exit_code == 0
    assert {outcome for _, outcome in outcomes(done)} == {"done"}
    counts = roster.sandbox.counts()
    deleted = len(made.of("delete"))
    assert counts == {
        "update_employee": 1,
        "create_employee": 1,
        "send_invitations": 1,
        "employee": deleted,
        "delete_employee": deleted,
    }
    order = [entry.endpoint for entry in roster.sandbox.requests]
    assert order[:3] == ["update_employee", "create_employee", "send_invitations"]
    after = state_of(roster.sandbox)
    assert after[edited.id]["team"] == "Lanterns"
    assert gone.id not in after
    invited = {one.employee_id for one in made.of("invite")}
    touched = {edited.id, *invited, *(one.employee_id for one in made.of("delete"))}
    assert {i: row for i, row in after.items() if i in before and i not in touched} == {
        i: row for i, row in before.items() if i not in touched
    }
    again = roster.plan([*rows, NEW], **rules)
    assert again.operations == []


def test_a_plan_is_carried_out_once_and_for_its_organization(roster: Roster) -> None:
    """A plan says what was true when it was made."""
    made = roster.plan([NEW])
    roster.apply(made)
    with pytest.raises(ConfigError, match="before"):
        roster.apply(made)
    ledger = FileLedger(roster.file, "another")
    with roster.client() as client, pytest.raises(ConfigError, match="another organization"):
        apply(roster.plan([]), client, ledger=ledger)
    assert roster.sandbox.counts()["create_employee"] == 1


def test_a_receipt_says_what_happened_and_nothing_of_anybody(roster: Roster) -> None:
    """Digest, operation, the API's id, columns, status, outcome, time."""
    one = plain_people(roster.sandbox)[0]
    made = roster.plan([{**rows_of([one])[0], "team": "Lanterns"}, NEW])
    done = roster.apply(made)
    text = roster.file.read_text()
    created = next(e for e in roster.sandbox.population.employees if e.email == NEW["email"])
    told = [
        {name: receipt[name] for name in ("operation", "employee_id", "columns", "status")}
        for receipt in receipts_in(roster)
    ]
    assert told == [
        {"operation": "update", "employee_id": one.id, "columns": "team", "status": 200},
        {
            "operation": "create",
            "employee_id": created.id,
            "columns": "email,external_id,first_name,last_name",
            "status": 201,
        },
    ]
    assert {r["plan"] for r in receipts_in(roster)} == {made.digest}
    for value in ("Lanterns", "Byron", NEW["email"], one.email, one.last_name):
        assert value not in f"{text} {done!r} {done.as_dict()}"
    assert roster.file.stat().st_mode & 0o777 == 0o600


def test_what_the_api_refuses_is_told_without_values_and_the_rest_goes_on(
    roster: Roster,
) -> None:
    """422, with the API's words as far as they are nobody's."""
    words = "Email new0@example.com taken by smith johnson, zip 10115 of Mary Byron"
    said = json.dumps({"data": {"message": words}}).encode()

    def refuse(entry: Any, answer: Answer) -> Answer:
        return Answer(422, said) if entry.endpoint == "create_employee" else answer

    roster.sandbox.on_answer(refuse)
    one = plain_people(roster.sandbox)[0]
    done = roster.apply(roster.plan([NEW, {**rows_of([one])[0], "team": "Lanterns"}]))
    assert outcomes(done) == [("update", "done"), ("create", "refused")]
    assert done.said == {2: "Email … taken … zip … of …"}
    assert done.exit_code == 3


def test_a_token_that_only_reads_ends_the_apply(roster: Roster) -> None:
    """After one request, and nothing is changed."""
    before = state_of(roster.sandbox)
    rows = [{**row, "team": "Lanterns"} for row in rows_of(plain_people(roster.sandbox))]
    made = roster.plan(rows)
    client = roster.client(credentials=Token(roster.sandbox.read_only_token), max_workers=1)
    roster.sandbox.requests.clear()
    with client, pytest.raises(AuthenticationError, match="only reads"):
        apply(made, client, ledger=roster.ledger)
    assert len(roster.sandbox.requests) == 1
    assert state_of(roster.sandbox) == before


@pytest.mark.parametrize(
    "kind",
    [
        *("lost", "late"),
        *(
            pytest.param(kind, marks=pytest.mark.search)
            for kind in ("status", "reset", "truncated", "html")
        ),
    ],
)
@pytest.mark.parametrize(
    "endpoint", ["update_employee", "create_employee", "send_invitations", "delete_employee"]
)
def test_a_lost_answer_leaves_everything_as_if_it_had_come(
    roster: Roster, endpoint: str, kind: Any
) -> None:
    """Before the effect or after it: done once, and receipted as what it was."""
    people = [p for p in plain_people(roster.sandbox) if not p.accepted and p.external_id]
    gone, edited = people[:2]
    rows = [r for r in rows_of(plain_people(roster.sandbox)) if r["email"] != gone.email]
    next(r for r in rows if r["email"] == edited.email)["team"] = "Lanterns"
    rules = {**EVERYBODY, "only_where": {"department": [gone.department]}, "invite": True}
    made = roster.plan([*rows, NEW], **rules)
    roster.sandbox.fail_next(503, endpoint=endpoint, kind=kind)
    done = roster.apply(made)
    found = [e for e in roster.sandbox.population.employees if e.email == NEW["email"]]
    assert len(found) == 1
    assert edited.team == "Lanterns"
    assert gone not in roster.sandbox.population.employees
    told = {one.operation: one.outcome for one in done.receipts}
    lost = endpoint == "send_invitations"
    assert told.pop("invite") == (Outcome.UNKNOWN if lost else Outcome.DONE)
    assert set(told.values()) == {Outcome.DONE}
    assert roster.sandbox.counts()["send_invitations"] == 1
    assert roster.plan([*rows, NEW], **rules).operations == []


def test_a_key_of_two_people_is_written_by_the_other_key_or_after_a_look(
    roster: Roster,
) -> None:
    """Two people share an external_id, one's external_id is another's e-mail."""
    everybody = roster.sandbox.population.in_order()
    shared = [p for p in everybody if p.external_id == "SHARED-1"]
    emails = {p.email for p in everybody}
    crossed = next(p for p in everybody if p.external_id in emails - {p.email})
    owner = next(p for p in everybody if p.email == crossed.external_id)
    cases = [p for p in everybody if (p.external_id or "").lower() == "case-1"]
    rows = rows_of([crossed, owner, *cases])
    rows += [{**row, "external_id": None} for row in rows_of(shared)]
    before = state_of(roster.sandbox)
    done = roster.apply(roster.plan([{**row, "team": "Lanterns"} for row in rows]))
    assert {outcome for _, outcome in outcomes(done)} == {"done"}
    after = state_of(roster.sandbox)
    named = {p.id for p in (*shared, crossed, owner, *cases)}
    assert {i for i in after if after[i] != before[i]} == named
    assert {after[i]["team"] for i in named} == {"Lanterns"}


def test_nobody_is_updated_whose_only_keys_lead_to_others(roster: Roster) -> None:
    """The look before the write shows another id."""
    one, other = plain_people(roster.sandbox)[:2]
    # the other one's e-mail is the first one's, in another case: an API that allows it
    roster.sandbox.population.edit(one.id, external_id=None)
    roster.sandbox.population.edit(other.id, external_id="O-1", email=one.email.upper())
    row = {**rows_of([other])[0], "team": "Lanterns"}
    twin = {**row, "external_id": None}
    assert roster.plan([twin]).operations == []
    roster.sandbox.population.edit(other.id, external_id=one.email.upper())
    made = roster.plan([{**row, "external_id": other.external_id}])
    (update,) = made.operations
    assert update.checked
    led = roster.sandbox.population.find(update.keys[0])
    done = roster.apply(made)
    expected = "done" if led is other else "moved"
    assert outcomes(done) == [("update", expected)]
    assert one.team != "Lanterns"


def test_a_deletion_looks_at_the_person_first(roster: Roster) -> None:
    """Who accepted meanwhile, left the scope, or is somebody else now stays."""
    people = [p for p in plain_people(roster.sandbox) if not p.accepted and p.external_id]
    accepts, leaves, moves, goes = people[:4]
    kept = [p for p in roster.sandbox.population.in_order() if p not in people[:4]]
    teams = sorted({p.team for p in people[:4] if p.team})
    made = roster.plan(
        [{**r, "last_name": r["last_name"] or "x"} for r in rows_of(kept)],
        **{**EVERYBODY, "only_where": {"team": teams}, "max_rejected_share": 1.0},
    )
    deleting = {one.employee_id for one in made.of("delete")}
    assert deleting == {p.id for p in people[:4]}
    roster.sandbox.population.edit(accepts.id, employee_state="accepted")
    roster.sandbox.population.edit(leaves.id, team="Lanterns")
    other = people[5]
    keys = moves.external_id, moves.email
    roster.sandbox.population.edit(moves.id, external_id="M-1", email="moved@example.com")
    roster.sandbox.population.edit(other.id, external_id=keys[0], email=keys[1])
    roster.sandbox.population.remove(goes.id)
    made.operations = made.of("delete")
    done = roster.apply(made)
    told = {one.employee_id: str(one.outcome) for one in done.receipts}
    assert told == {accepts.id: "kept", leaves.id: "kept", moves.id: "moved", goes.id: "gone"}
    assert roster.sandbox.counts().get("delete_employee") is None


def test_a_lost_answer_to_a_deletion_deletes_nobody_else(roster: Roster) -> None:
    """Two people share an external_id; the first is deleted, and the key leads to the second."""
    one, other = plain_people(roster.sandbox)[:2]
    for person in (one, other):
        roster.sandbox.population.edit(person.id, external_id="TWIN", employee_state="created")
    rows = rows_of([other])
    rows[0]["external_id"] = None
    rest = [p for p in roster.sandbox.population.in_order() if p not in (one, other)]
    for person in rest:
        roster.sandbox.population.remove(person.id)
    made = roster.plan(rows, **{**EVERYBODY, "delete_missing": True})
    assert [o.employee_id for o in made.of("delete")] == [one.id]
    roster.sandbox.fail_next(503, count=1, endpoint="delete_employee", kind="lost")
    done = roster.apply(made)
    assert outcomes(done) == [("delete", "done")]
    assert [p.id for p in roster.sandbox.population.employees] == [other.id]


def test_an_answer_about_another_person_ends_the_apply(roster: Roster) -> None:
    """Whatever the keys said: somebody has to look."""
    one, other = plain_people(roster.sandbox)[:2]

    def swap(entry: Any, answer: Answer) -> Answer:
        if entry.endpoint == "update_employee":
            answer.body = answer.body.replace(one.id.encode(), other.id.encode())
        return answer

    roster.sandbox.on_answer(swap)
    made = roster.plan([{**rows_of([one])[0], "team": "Lanterns"}, NEW])
    with pytest.raises(ApiError, match="another person"):
        roster.apply(made)
    assert [(r["employee_id"], r["outcome"]) for r in receipts_in(roster)] == [(other.id, "wrong")]
    assert "create_employee" not in roster.sandbox.counts()


def test_values_the_api_answers_otherwise_are_told(roster: Roster) -> None:
    """200, and the value is not there: it would be planned again and again."""

    def forget(entry: Any, answer: Answer) -> Answer:
        if entry.endpoint == "update_employee":
            answer.body = answer.body.replace(b"Lanterns", b"lanterns")
        return answer

    roster.sandbox.on_answer(forget)
    one = plain_people(roster.sandbox)[0]
    done = roster.apply(roster.plan([{**rows_of([one])[0], "team": "Lanterns"}]))
    assert (outcomes(done), done.exit_code) == ([("update", "ignored")], 3)


def test_one_persons_trouble_is_given_up_and_the_rest_goes_on(roster: Roster) -> None:
    """It is receipted as unknown, after a minute; the list still answers."""
    one, other = plain_people(roster.sandbox)[:2]

    def fail(entry: Any, answer: Answer) -> Answer:
        hit = entry.method == "PUT" and entry.employee_id == one.id
        return Answer(500, b"") if hit else answer

    roster.sandbox.on_answer(fail)
    rows = [{**row, "team": "Lanterns"} for row in rows_of([one, other])]
    done = roster.apply(roster.plan(rows))
    assert outcomes(done) == [("update", "unknown"), ("update", "done")]


def test_an_outage_ends_the_apply_and_the_next_plan_has_what_is_left(roster: Roster) -> None:
    """What was done has its receipt."""
    people = plain_people(roster.sandbox)[:9]
    rows = [{**row, "team": "Lanterns"} for row in rows_of(people)]
    made = roster.plan(rows)

    def fail(entry: Any) -> None:
        if roster.sandbox.counts().get("update_employee", 0) == 5 and entry.number < 9:
            roster.sandbox.faults.outage = True

    roster.sandbox.on_request(fail)
    with roster.client(max_workers=1) as client, pytest.raises(GivenUp):
        apply(made, client, ledger=roster.ledger)
    roster.sandbox.faults.outage = False
    done = {r["employee_id"] for r in receipts_in(roster) if r["outcome"] == "done"}
    assert done == {p.id for p in people if p.team == "Lanterns"}
    left = {one.employee_id for one in roster.plan(rows).operations}
    assert left == {p.id for p in people} - done
    assert 0 < len(done) < 9


def test_whoever_ends_an_apply_ends_it_between_two_operations(roster: Roster) -> None:
    """What is under way gets its receipt."""
    people = plain_people(roster.sandbox)[:9]
    made = roster.plan([{**row, "team": "Lanterns"} for row in rows_of(people)])
    calls: Iterator[int] = iter(range(9))

    def proceed() -> None:
        if next(calls) == 4:
            raise WorkforceError("enough")

    with roster.client(max_workers=1) as client, pytest.raises(WorkforceError, match="enough"):
        apply(made, client, ledger=roster.ledger, proceed=proceed)
    assert [r["outcome"] for r in receipts_in(roster)] == ["done"] * 4
    assert sum(p.team == "Lanterns" for p in people) == 4


def test_an_invitation_that_may_have_been_sent_is_never_repeated(roster: Roster) -> None:
    """Sending is asynchronous: the receipt counts until the API's own time says it."""
    people = [p for p in plain_people(roster.sandbox) if p.employee_state == "created"]
    rows = rows_of(people)
    made = roster.plan(rows, invite=True)
    assert len(made.of("invite")) == len(people) > 2
    roster.sandbox.fail_next(503, count=9, endpoint="send_invitations", kind="late")
    done = roster.apply(made)
    assert {outcome for _, outcome in outcomes(done)} == {"unknown"}
    for person in people:  # nothing of it is to be seen
        roster.sandbox.population.edit(
            person.id, employee_state="created", last_invitation_sent_at=None
        )
    again = roster.plan(rows, invite=True)
    assert (again.of("invite"), again.cooling) == ([], len(people))
    assert roster.sandbox.counts()["send_invitations"] == 1
    with roster.client() as client:
        later = roster.waits.clock().now() + timedelta(days=15)
        then = plan(
            rows,
            client,
            made.rules,
            ledger=roster.ledger,
            clock=type(roster.waits.clock())(lambda: later),
        )
    assert len(then.of("invite")) == len(people)


def test_one_address_that_is_refused_costs_nobody_else_the_invitation(roster: Roster) -> None:
    """The others of the request are asked for one by one."""
    people = [p for p in plain_people(roster.sandbox) if p.employee_state == "created"][:3]

    def refuse(entry: Any, answer: Answer) -> Answer:
        sent = roster.sandbox.counts().get("send_invitations", 0)
        hit = entry.endpoint == "send_invitations" and sent in (1, 3)
        return Answer(422, b'{"data": {"message": "no"}}') if hit else answer

    roster.sandbox.on_answer(refuse)
    done = roster.apply(roster.plan(rows_of(people), invite=True))
    assert outcomes(done) == [("invite", "done"), ("invite", "refused"), ("invite", "done")]
