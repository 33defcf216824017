"""Whom the sandbox lets in, and how it turns the others away."""

from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.tools.asking import Asking
from workforce_source.sandbox import Options, Sandbox, SettableClock

TIMEOUT = 10


@pytest.fixture
def clock() -> SettableClock:
    """Stand still."""
    return SettableClock(datetime(2026, 11, 24, tzinfo=UTC))


@pytest.fixture
def sandbox(clock: SettableClock) -> Iterator[Sandbox]:
    """Serve five people at a standing clock."""
    with Sandbox(5, clock=clock, options=Options(token_lifetime=600)) as serving:
        yield serving


def status(sandbox: Sandbox, authorization: str | None) -> int:
    """Get the status of a read with this header."""
    headers = {"Authorization": authorization} if authorization is not None else {}
    url = f"{sandbox.base_url}/organizations/{sandbox.organization_id}/employees"
    answer = requests.get(url, headers=headers, timeout=TIMEOUT)
    if answer.status_code == 401:
        assert "Basic" in answer.headers["WWW-Authenticate"]
        assert "message" in answer.json()["data"]
    return answer.status_code


def basic(text: str) -> str:
    """Get the header of Basic for a user name and a password."""
    return "Basic " + b64encode(text.encode()).decode()


def grant(sandbox: Sandbox, **change: Any) -> requests.Response:
    """Ask for an access token, as a form."""
    form = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }
    return requests.post(sandbox.token_url, data=form | change, timeout=TIMEOUT)


def test_the_token_as_user_with_a_blank_password_is_let_in(sandbox: Sandbox) -> None:
    """As clients of the API send it."""
    assert status(sandbox, basic(f"{sandbox.api_token}:")) == 200


@pytest.mark.parametrize(
    "user_and_password", ["{token}", "{token}:secret", ":{token}", "wrong:", ":", "\udcff:"]
)
def test_any_other_user_or_password_is_turned_away(
    sandbox: Sandbox, user_and_password: str
) -> None:
    """401 with a challenge."""
    text = user_and_password.format(token=sandbox.api_token)
    header = "Basic " + b64encode(text.encode("utf-8", "surrogateescape")).decode()
    assert status(sandbox, header) == 401


@pytest.mark.parametrize("header", [None, "Basic", "Basic !!!", "Bearer {token}", "Token {token}"])
def test_a_header_without_credentials_is_turned_away(sandbox: Sandbox, header: str | None) -> None:
    """401 with a challenge; the API token is no access token."""
    assert status(sandbox, header and header.format(token=sandbox.api_token)) == 401


def test_the_api_token_dies_after_its_days(sandbox: Sandbox, clock: SettableClock) -> None:
    """A hundred and eighty of them, by the sandbox's clock."""
    header = basic(f"{sandbox.api_token}:")
    clock.advance(180 * 86400 - 1)
    assert status(sandbox, header) == 200
    clock.advance(1)
    assert status(sandbox, header) == 401


def test_the_api_token_expires_on_request(sandbox: Sandbox) -> None:
    """From one request to the next."""
    sandbox.expire_api_token()
    assert status(sandbox, basic(f"{sandbox.api_token}:")) == 401


def test_an_access_token_is_granted_for_the_client_credentials(sandbox: Sandbox) -> None:
    """With its type and its seconds, and it lets in."""
    answer = grant(sandbox)
    assert answer.status_code == 200
    assert answer.json().items() >= {"token_type": "Bearer", "expires_in": 600}.items()
    assert status(sandbox, f"Bearer {answer.json()['access_token']}") == 200


def test_an_access_token_is_granted_for_a_json_body(sandbox: Sandbox) -> None:
    """The page does not say how the body is encoded: both are taken."""
    body = {
        "grant_type": "client_credentials",
        "client_id": sandbox.client_id,
        "client_secret": sandbox.client_secret,
    }
    assert requests.post(sandbox.token_url, json=body, timeout=TIMEOUT).status_code == 200


@pytest.mark.parametrize(
    ("change", "expected", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
def test_no_access_token_is_granted_for_anything_else(
    sandbox: Sandbox, change: dict[str, str], expected: int, error: str
) -> None:
    """With the error names of the OAuth standard."""
    answer = grant(sandbox, **change)
    assert (answer.status_code, answer.json()) == (expected, {"error": error})


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_token_request_that_is_no_object_is_refused(sandbox: Sandbox, body: bytes) -> None:
    """400, by the standard's name."""
    headers = {"Content-Type": "application/json"}
    answer = requests.post(sandbox.token_url, data=body, headers=headers, timeout=TIMEOUT)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_request"})


def test_an_access_token_dies_after_its_seconds(sandbox: Sandbox, clock: SettableClock) -> None:
    """By the sandbox's clock; a new one is granted."""
    header = f"Bearer {grant(sandbox).json()['access_token']}"
    clock.advance(599)
    assert status(sandbox, header) == 200
    clock.advance(1)
    assert status(sandbox, header) == 401
    assert status(sandbox, f"Bearer {grant(sandbox).json()['access_token']}") == 200


def test_access_tokens_expire_on_request(sandbox: Sandbox) -> None:
    """All that were granted so far."""
    header = f"Bearer {grant(sandbox).json()['access_token']}"
    sandbox.expire_access_tokens()
    assert status(sandbox, header) == 401


def test_the_log_tells_the_scheme_and_never_the_secret(sandbox: Sandbox) -> None:
    """Enough to see that credentials were sent."""
    with Asking(sandbox) as ask:
        ask("employees")
    status(sandbox, None)
    assert [entry.authorization for entry in sandbox.requests] == ["Basic", None]
    assert not any(sandbox.api_token in repr(entry) for entry in sandbox.requests)
