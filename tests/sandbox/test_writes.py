"""What the sandbox creates, changes, deletes and invites, and what it refuses to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.asking import Asking, employee_path
from workforce_source.sandbox import Options, Sandbox, SettableClock

NOW = datetime(2026, 11, 24, 10, 0, 0, 123456, tzinfo=UTC)
STAMP = "2026-11-24T10:00:00.123Z"
NEW: dict[str, Any] = {"email": "new@example.com", "first_name": "Ada", "last_name": "Byron"}
ALL = employee_path("send_invitations")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve sixty people at a standing clock."""
    with Sandbox(employees=60, clock=SettableClock(NOW)) as serving:
        yield serving


@pytest.fixture
def ask(sandbox: Sandbox) -> Iterator[Asking]:
    """Ask the sandbox of the test."""
    with Asking(sandbox) as asking:
        yield asking


def by_state(sandbox: Sandbox, state: str) -> list[str]:
    """Get the e-mails of the employees in a state."""
    return [e.email for e in sandbox.population.employees if e.employee_state == state]


def test_a_new_employee_is_shown_by_every_read(ask: Asking, sandbox: Sandbox) -> None:
    """Created now, in state created, last in the list, not yet readable for badges."""
    record = ask.data("employees", 201, "POST", json=NEW)
    assert record["created_at"] == record["employee_state_updated_at"] == STAMP
    assert (record["employee_state"], record["full_name"]) == ("created", "Ada Byron")
    assert ask.data(employee_path("NEW@example.com")) == record
    assert ask.everything("employees")[-1] == record
    assert ask(employee_path("new@example.com", "/data")).status_code == 403


@pytest.mark.parametrize(
    ("given", "location"),
    [
        ({"state_or_province": "Ontario", "country": "Canada"}, "Ontario, Canada"),
        ({"country": "Japan"}, "Japan"),
        ({"state_or_province": "Texas"}, "Texas"),
        ({}, None),
    ],
)
def test_the_location_follows_from_state_and_country(
    ask: Asking, given: dict[str, str], location: str | None
) -> None:
    """As far as they are known."""
    assert ask.data("employees", 201, "POST", json=NEW | given)["location"] == location


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"email": ""}, "email"),
        ({"email": None}, "email"),
        ({"email": "no address"}, "email"),
        ({"email": "a b@example.com"}, "email"),
        ({"first_name": ""}, "first_name"),
        ({"last_name": None}, "last_name"),
        ({"team": 7}, "team"),
        ({"zip_code": ["55347"]}, "zip_code"),
        ({"shoe_size": "44"}, "shoe_size"),
        ({"employee_state": "accepted"}, "employee_state"),
    ],
)
def test_a_bad_new_employee_is_refused(ask: Asking, change: dict[str, Any], named: str) -> None:
    """422 naming what is wrong, and nobody is created."""
    assert named in ask.data("employees", 422, "POST", json=NEW | change)["message"]
    assert len(ask.everything("employees")) == 60


def test_an_email_is_taken_once_in_any_case(ask: Asking, sandbox: Sandbox) -> None:
    """The second employee with it is refused; deleting the first frees it."""
    taken = sandbox.population.employees[5].email
    refusal = ask.data("employees", 422, "POST", json=NEW | {"email": taken.upper()})
    assert refusal["message"] == "email has already been taken"
    assert ask(employee_path(taken), "DELETE").status_code == 204
    assert ask.data("employees", 201, "POST", json=NEW | {"email": taken})["email"] == taken


def test_the_unified_tier_asks_for_more() -> None:
    """Which attributes are required is an option, as the page's bold is lost."""
    options = Options(tier="unified")
    more = {"external_id": "x-1", "country": "Japan", "department": "Engineering"}
    with Sandbox(3, options=options) as sandbox, Asking(sandbox) as ask:
        message = ask.data("employees", 422, "POST", json=NEW)["message"]
        assert all(name in message for name in more)
        assert ask("employees", "POST", json=NEW | more).status_code == 201


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"email=new@example.com", "application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_that_is_no_json_object_is_refused(
    ask: Asking, body: bytes, media_type: str, status: int
) -> None:
    """JSON only, by its type and by its form."""
    headers = {"Content-Type": media_type}
    assert "message" in ask.data("employees", status, "POST", data=body, headers=headers)


def test_an_update_changes_what_it_names_and_no_timestamp(ask: Asking, sandbox: Sandbox) -> None:
    """Everything else stays, the state's stamp included; null empties."""
    email = sandbox.population.employees[12].email
    before = ask.data(employee_path(email))
    change = {"first_name": "Grace", "team": None, "external_id": "a/b c"}
    after = ask.data(employee_path(email), method="PUT", json=change)
    expected = before | change | {"full_name": f"Grace {before['last_name']}"}
    assert after == expected
    assert ask.data(employee_path("a/b c")) == expected


@pytest.mark.parametrize(
    "change", [{"email": "other@example.com"}, {"first_name": ""}, {"id": "1"}, {"team": 1}]
)
def test_a_bad_update_is_refused_and_changes_nothing(
    ask: Asking, sandbox: Sandbox, change: dict[str, Any]
) -> None:
    """422; the e-mail is not among the parameters of the page."""
    path = employee_path(sandbox.population.employees[12].email)
    before = ask.data(path)
    assert "message" in ask.data(path, 422, "PUT", json=change)
    assert ask.data(path) == before


def test_a_deleted_employee_is_gone_from_every_read(ask: Asking, sandbox: Sandbox) -> None:
    """204 without a body, then 404 and absent from both lists."""
    owner = next(e for e in sandbox.population.in_order() if e.external_badges and e.accepted)
    path = employee_path(owner.email)
    answer = ask(path, "DELETE")
    assert (answer.status_code, answer.content) == (204, b"")
    for rest in ("", "/data"):
        assert ask(path + rest).status_code == 404
    assert ask(path, "DELETE").status_code == 404
    assert owner.id not in {record["id"] for record in ask.everything("employees")}
    listed = ask.everything("employee_external_badges")
    assert owner.id not in {record["employee"]["id"] for record in listed}


def test_an_invitation_without_a_body_reaches_all_who_have_not_accepted(
    ask: Asking, sandbox: Sandbox
) -> None:
    """They are pending and invited now; only a state that changed has a new stamp."""
    pending = by_state(sandbox, "pending")
    accepted = by_state(sandbox, "accepted")
    assert ask.data(ALL, method="POST") == {"resend_start": STAMP}
    for record in ask.everything("employees"):
        if record["email"] in accepted:
            assert record["employee_state"] == "accepted"
        else:
            assert record["employee_state"] == "pending"
            assert record["last_invitation_sent_at"] == STAMP
            moved = record["employee_state_updated_at"] == STAMP
            assert moved is (record["email"] not in pending)


def test_an_invitation_reaches_the_listed_in_the_named_states(
    ask: Asking, sandbox: Sandbox
) -> None:
    """Both conditions hold; identifiers in any case, unknown ones passed over."""
    created, rejected = by_state(sandbox, "created")[0], by_state(sandbox, "rejected")[0]
    body = {
        "employee_list": [created.upper(), rejected, "nobody@example.com"],
        "list_type": "email",
        "statuses": ["created"],
    }
    ask.data(ALL, method="POST", json=body)
    assert ask.data(employee_path(created))["employee_state"] == "pending"
    assert ask.data(employee_path(rejected))["employee_state"] == "rejected"


@pytest.mark.parametrize(
    "body",
    [
        {"employee_list": ["a@example.com"]},
        {"employee_list": ["a@example.com"], "list_type": "id"},
        {"employee_list": "a@example.com", "list_type": "email"},
        {"employee_list": [1], "list_type": "external_id"},
        {"statuses": ["accepted"]},
        {"statuses": "pending"},
        {"statuses": [{}]},
        {"states": ["pending"]},
        ["pending"],
    ],
)
def test_a_bad_invitation_is_refused_and_invites_nobody(
    ask: Asking, sandbox: Sandbox, body: Any
) -> None:
    """422 with a message."""
    before = sandbox.truth()["employees"]
    assert "message" in ask.data(ALL, 422, "POST", json=body)
    assert sandbox.truth()["employees"] == before


def test_a_read_only_token_reads_and_never_writes(sandbox: Sandbox) -> None:
    """403 for each write, and nothing changes."""
    before = sandbox.truth()["employees"]
    one = employee_path(before[0]["email"])
    with Asking(sandbox, sandbox.read_only_token) as ask:
        assert ask(one).status_code == 200
        for path, method in (("employees", "POST"), (one, "PUT"), (one, "DELETE"), (ALL, "POST")):
            assert "message" in ask.data(path, 403, method, json={})
    assert sandbox.truth()["employees"] == before
