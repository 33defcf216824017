"""What the client does when the API fails: retries, pauses, giving up. No test waits."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.tools.connecting import connect
from tests.tools.timekeeping import Waits
from workforce_source.client import Address, Client, Token
from workforce_source.client.fanout import fan_out
from workforce_source.endpoints import EMPLOYEES, EXTERNAL_BADGES
from workforce_source.exceptions import (
    ApiError,
    GivenUp,
    RateLimited,
    UnexpectedResponse,
)
from workforce_source.sandbox import Answer, Sandbox


@pytest.fixture
def waits() -> Waits:
    """A clock that moves only when the client waits."""
    return Waits()


@pytest.fixture
def client(sandbox: Sandbox, waits: Waits) -> Iterator[Client]:
    """A client on that clock."""
    with connect(sandbox, clock=waits.clock()) as client:
        yield client


@pytest.fixture
def key(sandbox: Sandbox) -> str:
    """The e-mail of somebody who accepted."""
    rows = sandbox.truth()["employees"]
    email: str = next(row["email"] for row in rows if row["employee_state"] == "accepted")
    return email


@pytest.mark.parametrize("kind", ["reset", "invalid_json", "truncated", "html"])
def test_a_broken_answer_is_asked_for_again(
    sandbox: Sandbox, client: Client, key: str, kind: str
) -> None:
    """Resets, cut bodies and bodies that are no JSON are hiccups."""
    client.employee(key)
    sandbox.fail_next(count=3, kind=kind)  # type: ignore[arg-type]
    assert client.data(key).record["email"] == key
    # libcurl itself repeats what a kept connection lost, and that attempt is not seen here
    assert client.requests["employee_data"] == (3 if kind == "reset" else 4)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 520])
def test_a_status_that_may_pass_is_asked_again(
    sandbox: Sandbox, client: Client, key: str, status: int
) -> None:
    """The same request is sent again until it is answered."""
    sandbox.fail_next(status, count=2)
    assert client.data(key).record["email"] == key
    assert [entry.status for entry in sandbox.requests] == [status, status, 200]


@pytest.mark.parametrize("status", [400, 405, 406, 409, 411, 414, 415, 418])
def test_a_status_no_retry_would_change_is_an_error_at_once(
    sandbox: Sandbox, client: Client, key: str, status: int
) -> None:
    """One request, and an error that knows the status and the path template."""
    sandbox.fail_next(status)
    with pytest.raises(ApiError) as caught:
        client.data(key)
    assert (caught.value.status, caught.value.path) == (
        status,
        "organizations/{organization_id}/employees/{employee}/data",
    )
    assert len(sandbox.requests) == 1


def test_waits_between_attempts_grow_up_to_a_ceiling(
    sandbox: Sandbox, client: Client, waits: Waits, key: str
) -> None:
    """From a tenth of a second to thirty seconds, with some jitter."""
    client.employee(key)
    sandbox.fail_next(500, count=100)
    with pytest.raises(GivenUp):
        client.data(key)
    long = [seconds for seconds in waits.waited if seconds > 12]
    assert waits.waited[0] <= 0.1
    assert long
    assert max(waits.waited) <= 30
    assert len(set(long)) > 1


def test_a_dead_api_is_given_up_in_bounded_time(
    sandbox: Sandbox, client: Client, waits: Waits, key: str
) -> None:
    """After give_up_after seconds an error says how often and how long it was tried."""
    client.employee(key)
    sandbox.faults.outage = True
    with pytest.raises(GivenUp) as caught:
        client.data(key)
    assert 800 < caught.value.elapsed <= 900
    assert waits.now <= 930
    assert 20 < caught.value.attempts < 200
    assert caught.value.status == 503
    assert "give_up_after" in str(caught.value)


def test_the_next_request_into_a_dead_api_is_given_up_sooner(
    sandbox: Sandbox, client: Client, waits: Waits, key: str
) -> None:
    """What nobody got for give_up_after seconds is not waited for as long again by everybody."""
    client.employee(key)
    sandbox.faults.outage = True
    with pytest.raises(GivenUp):
        client.data(key)
    before = waits.now
    with pytest.raises(GivenUp):
        client.data(key)
    assert waits.now - before < 60
    sandbox.faults.outage = False
    assert client.data(key).record["email"] == key


def test_a_minute_of_outage_is_sat_out(sandbox: Sandbox, waits: Waits) -> None:
    """A load in which the API is away for sixty seconds ends complete."""
    began: list[float] = []

    def come_back() -> None:
        if began and waits.now > began[0] + 60:
            sandbox.faults.outage = False

    waits.on_wait = come_back
    with connect(sandbox, clock=waits.clock()) as client:
        keys = [
            record["email"]
            for page in client.pages(EMPLOYEES)
            for record in page.records
            if record["employee_state"] == "accepted"
        ]
        found = []
        for key, answer in fan_out(client.data, keys, max_workers=4, look_ahead=8):
            if not began:
                began.append(waits.now)
                sandbox.faults.outage = True
            found.append(answer.record["email"])
            assert answer.record["email"] == key
    assert found == keys
    assert waits.now > 60
    assert sum(entry.status == 503 for entry in sandbox.requests) < 80


def test_five_percent_of_mixed_faults_lose_nothing(waits: Waits) -> None:
    """Errors, resets, cut and broken bodies, web pages: every record arrives, whole."""
    with (
        Sandbox(employees=400) as sandbox,
        connect(sandbox, clock=waits.clock()) as client,
    ):
        client.page(EMPLOYEES, 1)
        sandbox.faults.set(
            error_share=0.02,
            reset_share=0.01,
            invalid_json_share=0.01,
            truncated_share=0.005,
            html_share=0.005,
            statuses=(500, 502, 503, 429),
        )
        records = [record for page in client.pages(EMPLOYEES) for record in page.records]
        external = [record for page in client.pages(EXTERNAL_BADGES) for record in page.records]
        keys = [each["email"] for each in records if each["employee_state"] == "accepted"]
        results = list(fan_out(client.data, keys, max_workers=8, look_ahead=32))
        truth = sandbox.truth()
    assert sorted(record["id"] for record in records) == sorted(
        row["id"] for row in truth["employees"]
    )
    assert len(external) == len(truth["external_badges"])
    badges = sum(len(answer.record["badges"]) for _key, answer in results)
    assert badges == len(truth["employee_badges"])
    assert client.retries > 5


@pytest.mark.parametrize(
    ("retry_after", "seconds"),
    [
        ("7", 7.0),
        ("0.25", 0.25),
        ("Tue, 24 Nov 2026 10:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", 0.0),
        ("-5", 0.0),
        ("nan", 0.0),
        ("inf", 0.0),
    ],
)
def test_retry_after_is_waited_for_in_every_form(
    sandbox: Sandbox, client: Client, waits: Waits, key: str, retry_after: str, seconds: float
) -> None:
    """Seconds, fractions and dates; a date is measured by the server's own clock."""
    sandbox.on_answer(
        lambda _entry, answer: Answer(
            answer.status,
            answer.body,
            {**answer.headers, "date": "Tue, 24 Nov 2026 10:00:00 GMT"},
        )
    )
    sandbox.fail_next(429, retry_after=retry_after)
    client.data(key)
    assert seconds <= waits.now <= seconds + 0.3


def test_a_date_is_measured_by_our_clock_when_the_server_does_not_tell_its_own(
    sandbox: Sandbox, waits: Waits, key: str
) -> None:
    """Without a usable Date header the wall clock has to do."""
    sandbox.on_answer(
        lambda _entry, answer: Answer(
            answer.status, answer.body, {**answer.headers, "date": "today"}
        )
    )
    sandbox.fail_next(503, retry_after="Tue, 24 Nov 2026 10:00:05 GMT")
    moment = datetime(2026, 11, 24, 10, tzinfo=UTC)
    with connect(sandbox, clock=waits.clock(lambda: moment)) as client:
        client.data(key)
    assert 5 <= waits.now <= 5.3


def test_a_pause_beyond_the_setting_is_cut_short_and_said(
    sandbox: Sandbox, waits: Waits, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    """An hour is asked for, ten seconds are granted, and a warning says so."""
    sandbox.fail_next(429, retry_after=3600)
    with (
        connect(sandbox, clock=waits.clock(), max_pause=10) as client,
        caplog.at_level(logging.WARNING),
    ):
        client.data(key)
    assert 10 <= waits.now <= 10.3
    assert "asked to wait 3600 s; going on after 10 s" in caplog.text


def test_an_endless_429_ends_as_rate_limited(
    sandbox: Sandbox, client: Client, waits: Waits, key: str
) -> None:
    """The error knows what the API asked for, and names the setting that helps."""
    client.employee(key)
    sandbox.on_answer(lambda _entry, _answer: Answer(429, b"", {"retry-after": "120"}))
    with pytest.raises(RateLimited) as caught:
        client.data(key)
    assert caught.value.retry_after == 120
    assert caught.value.status == 429
    assert waits.now < 1300
    assert "requests_per_second" in str(caught.value)


@pytest.mark.parametrize("name", ["x-ratelimit", "ratelimit"])
@pytest.mark.parametrize(("reset", "seconds"), [("40", 40.0), ("1", 0.0), ("", 0.0)])
def test_a_spent_quota_is_waited_for_before_it_is_refused(
    sandbox: Sandbox,
    client: Client,
    waits: Waits,
    key: str,
    name: str,
    reset: str,
    seconds: float,
) -> None:
    """When the API says that none are left, the next request leaves after the reset."""
    headers = {f"{name}-remaining": "0", f"{name}-reset": reset}
    sandbox.on_answer(
        lambda _entry, answer: Answer(answer.status, answer.body, {**answer.headers, **headers})
    )
    client.data(key)
    assert waits.now == 0
    client.data(key)
    assert waits.now == seconds


def test_a_generous_header_does_not_raise_our_own_ceiling(sandbox: Sandbox, waits: Waits) -> None:
    """A server that claims a million requests a second gets no more than the setting."""
    sandbox.on_answer(
        lambda _entry, answer: Answer(
            answer.status,
            answer.body,
            {"x-ratelimit-limit": "1000000", "x-ratelimit-remaining": "9"},
        )
    )
    with connect(sandbox, clock=waits.clock(), requests_per_second=2) as client:
        for _ in range(5):
            client.page(EMPLOYEES, 1)
    assert waits.now == pytest.approx(2.0, abs=0.2)


def test_a_connection_the_server_closed_meanwhile_costs_no_wait(
    sandbox: Sandbox, client: Client, waits: Waits, key: str
) -> None:
    """A kept connection that went stale is replaced at once, and is no failure."""
    client.data(key)
    sandbox.fail_next(kind="reset")
    waits.waited.clear()
    client.data(key)
    assert waits.waited == []


def test_a_slow_body_is_an_answer(sandbox: Sandbox, key: str) -> None:
    """A body in pieces, each within the read timeout, arrives."""
    sandbox.faults.set(slow_share=1.0, slow_seconds=0.4)
    with connect(sandbox, read_timeout=0.3) as client:
        assert client.data(key).record["email"] == key


def test_a_body_that_stalls_is_given_up(sandbox: Sandbox, key: str) -> None:
    """Longer than the read timeout without a byte: the attempt is over, and made again."""
    sandbox.faults.set(hold=0.5)
    sandbox.on_request(lambda entry: sandbox.faults.set(hold=0.0 if entry.number > 1 else 0.5))
    with connect(sandbox, read_timeout=0.2) as client:
        assert client.data(key).record["email"] == key
        assert client.retries == 1


@pytest.mark.parametrize(
    ("base_url", "reason"),
    [
        ("http://127.0.0.1:1/v1", "the connection was refused"),
        ("http://nowhere.invalid/v1", "the host name is not known"),
    ],
)
def test_an_address_that_never_answers_is_given_up_soon(
    waits: Waits, base_url: str, reason: str
) -> None:
    """A mistyped host is reported in seconds, with the host and what to check."""
    client = Client(Address(base_url, "o"), Token("t"), clock=waits.clock())
    with client, pytest.raises(GivenUp, match=reason) as caught:
        client.page(EMPLOYEES, 1)
    assert caught.value.elapsed <= 15
    assert "base_url" in str(caught.value)
    assert caught.value.status is None


def test_an_api_that_answered_before_is_waited_for_when_it_refuses_connections(
    waits: Waits,
) -> None:
    """Once reached, a refused connection is an outage like any other."""
    with Sandbox(employees=5) as sandbox:
        client = connect(sandbox, clock=waits.clock())
        client.page(EMPLOYEES, 1)
    with client, pytest.raises(GivenUp) as caught:
        client.page(EMPLOYEES, 1)
    assert caught.value.elapsed > 800


def test_a_web_page_from_the_start_is_a_wrong_address(sandbox: Sandbox, client: Client) -> None:
    """Before anything was ever right, HTML is reported at once."""
    sandbox.faults.html = True
    with pytest.raises(UnexpectedResponse, match="base_url"):
        client.page(EMPLOYEES, 1)
    assert len(sandbox.requests) == 1


def test_an_address_that_answers_something_else_is_not_called_unreachable(
    sandbox: Sandbox, client: Client
) -> None:
    """It was reached; what came from it is not what the API sends."""
    sandbox.faults.invalid_json_share = 1.0
    with pytest.raises(GivenUp, match=r"is not the API: the body of a 200 was not JSON .*base_url"):
        client.page(EMPLOYEES, 1)


def test_a_proxy_that_asks_for_credentials_is_told_from_the_api(
    sandbox: Sandbox, client: Client
) -> None:
    """The API never says 407; who reads of it looks at the proxy's settings."""
    sandbox.fail_next(407)
    with pytest.raises(ApiError, match=r"A proxy asks for credentials .* HTTPS_PROXY"):
        client.page(EMPLOYEES, 1)
