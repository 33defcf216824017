"""Writes: sent once, repeated only where nothing was done, and what the API makes of them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.connecting import connect
from tests.tools.timekeeping import Waits
from workforce_source.client import Client, Token, Written
from workforce_source.endpoints import (
    CREATE_EMPLOYEE,
    DELETE_EMPLOYEE,
    SEND_INVITATIONS,
    UPDATE_EMPLOYEE,
)
from workforce_source.exceptions import AuthenticationError, GivenUp
from workforce_source.sandbox import Answer, Entry, Sandbox

NEW = {"email": "ada@example.com", "first_name": "Ada", "last_name": "Byron"}


def again() -> None:
    """Have it repeated."""


def never() -> Written:
    """Nothing is to be found out."""
    raise AssertionError("nobody should have asked")


@pytest.fixture
def client(sandbox: Sandbox) -> Client:
    """A client that does not wait."""
    return connect(sandbox, clock=Waits().clock())


def test_each_write_of_the_page_is_done(sandbox: Sandbox, client: Client) -> None:
    """Created, changed, invited and deleted, by a key that needs every bit of encoding."""
    key = "../EU / Paris + 50%?"
    made = client.write(CREATE_EMPLOYEE, body={**NEW, "external_id": key}, unanswered=never)
    assert made.record
    assert (made.status, made.record["external_id"]) == (201, key)
    changed = client.write(UPDATE_EMPLOYEE, key, {"team": "Lanterns"}, unanswered=never)
    assert changed.record
    assert changed.record["team"] == "Lanterns"
    invite = {"employee_list": [NEW["email"]], "list_type": "email", "statuses": ["created"]}
    asked = client.write(SEND_INVITATIONS, body=invite, unanswered=never)
    assert asked.record
    assert asked.record["resend_start"]
    assert client.employee(key).record["employee_state"] == "pending"
    assert client.write(DELETE_EMPLOYEE, key, unanswered=never) == Written(204)
    assert len(sandbox.population.employees) == 60
    assert client.requests["update_employee"] == 1


@pytest.mark.parametrize("write", [CREATE_EMPLOYEE, UPDATE_EMPLOYEE], ids=lambda one: one.name)
def test_what_the_api_refuses_is_an_answer(client: Client, write: Any) -> None:
    """With its words, which stand in no `repr`."""
    refused = client.write(write, "nobody@example.com", {"shoe_size": "44"}, unanswered=never)
    assert not refused.done
    assert refused.status == (422 if write is CREATE_EMPLOYEE else 404)
    assert refused.message
    assert refused.message not in repr(refused)


def test_a_token_that_only_reads_is_said_to(sandbox: Sandbox) -> None:
    """It is no reason to try again."""
    client = connect(sandbox, Token(sandbox.read_only_token))
    with pytest.raises(AuthenticationError, match=r"may not write.*only reads"):
        client.write(CREATE_EMPLOYEE, body=NEW, unanswered=never)
    assert len(sandbox.requests) == 1


def test_what_had_no_effect_is_repeated_unasked(sandbox: Sandbox, client: Client) -> None:
    """A 429 says that nothing was done."""
    sandbox.fail_next(429, count=3, retry_after=2)
    assert client.write(CREATE_EMPLOYEE, body=NEW, unanswered=never).status == 201
    assert client.retried["create_employee"] == 3


@pytest.mark.parametrize("kind", ["status", "reset", "lost", "late", "truncated", "invalid_json"])
def test_what_may_have_had_its_effect_is_found_out_first(
    sandbox: Sandbox, client: Client, kind: Any
) -> None:
    """Whoever wrote is asked before anything is repeated, and decides."""
    sandbox.fail_next(503, endpoint="create_employee", kind=kind)
    there: list[int] = []

    def find_out() -> Written | None:
        there.append(len(sandbox.population.employees) - 60)
        return Written(None) if there[0] else None

    written = client.write(CREATE_EMPLOYEE, body=NEW, unanswered=find_out)
    assert len(there) == 1
    assert written.status == (None if there[0] else 201)
    assert len(sandbox.population.employees) == 61


def test_a_page_for_people_is_no_answer_to_a_write(sandbox: Sandbox, client: Client) -> None:
    """Whatever its status: somebody else sent it."""
    page = Answer(201, b"<html>welcome</html>", media_type="text/html")
    sandbox.on_answer(lambda entry, answer: page if entry.method == "POST" else answer)
    found = client.write(CREATE_EMPLOYEE, body=NEW, unanswered=lambda: Written(None))
    assert found == Written(None)


def test_a_write_is_given_up_in_its_time(sandbox: Sandbox, client: Client) -> None:
    """And nobody is told that it was not done."""
    sandbox.faults.outage = True
    with pytest.raises(GivenUp) as caught:
        client.write(DELETE_EMPLOYEE, "anybody", unanswered=again, within=20)
    assert caught.value.elapsed <= 20
    assert "anybody" not in str(caught.value)


@pytest.mark.parametrize(
    "answer", [Answer(200, b""), Answer(204, b""), Answer(200, b"{}"), Answer(200, b"[]")]
)
def test_an_odd_answer_that_says_done_is_done(
    sandbox: Sandbox, client: Client, answer: Answer
) -> None:
    """Without a record: whoever needs one reads it."""
    sandbox.on_answer(lambda entry, given: answer if entry.method == "PUT" else given)
    key = sandbox.population.employees[0].email
    written = client.write(UPDATE_EMPLOYEE, key, {"team": "Lanterns"}, unanswered=never)
    assert (written.done, written.record) == (True, None)


def test_the_body_is_json_and_goes_with_no_other_request(sandbox: Sandbox, client: Client) -> None:
    """A read over the same client has none."""
    seen: list[Entry] = []
    sandbox.on_request(seen.append)
    key = sandbox.population.employees[0].email
    client.employee(key)
    client.write(UPDATE_EMPLOYEE, key, {"team": "Größe"}, unanswered=never)
    assert client.employee(key).record["team"] == "Größe"
    ports = [entry.client_port for entry in seen]
    assert ports[0] == ports[2] != ports[1]
