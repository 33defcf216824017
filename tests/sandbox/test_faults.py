"""What goes wrong in the sandbox on request, and that it goes wrong exactly as asked for."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from tests.tools.asking import Asking, employee_path
from workforce_source.sandbox import Answer, Entry, Faults, Sandbox, SettableClock

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> SettableClock:
    """Stand still."""
    return SettableClock(NOW)


@pytest.fixture
def sandbox(clock: SettableClock) -> Iterator[Sandbox]:
    """Serve sixty people at a standing clock."""
    with Sandbox(60, clock=clock) as serving:
        yield serving


@pytest.fixture
def ask(sandbox: Sandbox) -> Iterator[Asking]:
    """Ask the sandbox of the test."""
    with Asking(sandbox) as asking:
        yield asking


def outcome(ask: Asking, path: str) -> str:
    """Get the status of a request, or what became of it."""
    try:
        answer = ask(path)
        answer.json()
    except requests.JSONDecodeError:
        return "no JSON"
    except requests.exceptions.ChunkedEncodingError:
        return "truncated"
    except requests.ConnectionError as error:
        return "reset" if "reset" in str(error) else str(error)
    return str(answer.status_code)


def test_the_next_requests_fail_and_no_more(ask: Asking, sandbox: Sandbox) -> None:
    """As many as asked for, of the endpoint asked for, in the order of asking."""
    sandbox.fail_next(502, count=2, endpoint="external_badges")
    sandbox.fail_next(429, retry_after=1.5)
    assert outcome(ask, "employees") == "429"
    assert [outcome(ask, "employee_external_badges") for _ in range(3)] == ["502", "502", "200"]
    assert outcome(ask, "employees") == "200"


def test_a_planned_failure_carries_its_retry_after(ask: Asking, sandbox: Sandbox) -> None:
    """Whatever was given, in the form it was given; none if none."""
    for given, header in ((1.5, "1.5"), (7, "7"), ("soon", "soon"), (None, None)):
        sandbox.fail_next(503, retry_after=given)
        answer = ask("employees")
        assert answer.headers.get("Retry-After") == header
        assert "message" in answer.json()["data"]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("reset", "reset"), ("truncated", "truncated"), ("invalid_json", "no JSON"), ("slow", "200")],
)
def test_each_kind_of_failure_is_what_its_name_says(
    ask: Asking, sandbox: Sandbox, kind: Any, expected: str
) -> None:
    """Seen from the client, and the next request on a new connection is well again."""
    sandbox.fail_next(kind=kind)
    assert [outcome(ask, "employees") for _ in range(2)] == [expected, "200"]


def test_a_web_page_comes_with_status_200(ask: Asking, sandbox: Sandbox) -> None:
    """As from a maintenance page in front of the API."""
    sandbox.fail_next(kind="html")
    answer = ask("employees")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert answer.text.startswith("<!DOCTYPE html>")


def test_a_slow_body_comes_in_pieces_and_whole(ask: Asking, sandbox: Sandbox) -> None:
    """It takes the time it was given."""
    sandbox.faults.slow_seconds = 0.2
    sandbox.fail_next(kind="slow")
    began = time.monotonic()
    slow = ask("employees").content
    assert time.monotonic() - began >= 0.2
    assert slow == ask("employees").content


def test_a_redirect_leads_to_the_other_origin(ask: Asking, sandbox: Sandbox) -> None:
    """With the path and the query of the request."""
    sandbox.faults.redirect_to = "http://elsewhere.example"
    answer = ask("employees?page=2")
    assert answer.status_code == 302
    path = f"/v1/organizations/{sandbox.organization_id}/employees?page=2"
    assert answer.headers["Location"] == f"http://elsewhere.example{path}"
    sandbox.faults.redirect_to = None
    sandbox.fail_next(307, kind="redirect", location="https://other.example")
    assert ask("employees").headers["Location"].startswith("https://other.example/v1/")


def test_latency_delays_every_answer(ask: Asking, sandbox: Sandbox) -> None:
    """Those asked at once wait at once."""
    sandbox.faults.latency = 0.05
    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, ["employees"] * 8))
    assert time.monotonic() - began >= 0.05
    assert sandbox.max_in_flight > 1


@pytest.mark.parametrize(
    ("form", "header"),
    [
        (None, None),
        ("seconds", "1"),
        ("fraction", "0.500"),
        ("date", "Tue, 24 Nov 2026 10:00:01 GMT"),
        ("3600", "3600"),
    ],
)
def test_requests_above_the_rate_are_answered_429(
    ask: Asking, sandbox: Sandbox, clock: SettableClock, form: str | None, header: str | None
) -> None:
    """By the sandbox's clock, with the header in the form asked for."""
    sandbox.faults.set(requests_per_second=2.0, burst=3.0, retry_after=form)
    assert [outcome(ask, "employees") for _ in range(4)] == ["200", "200", "200", "429"]
    answer = ask("employees")
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == header
    clock.advance(0.5)
    assert [outcome(ask, "employees") for _ in range(2)] == ["200", "429"]
    clock.advance(60)
    assert [outcome(ask, "employees") for _ in range(4)] == ["200", "200", "200", "429"]


def test_a_second_of_requests_may_come_at_once_unless_said_otherwise(
    ask: Asking, sandbox: Sandbox
) -> None:
    """The burst is the rate."""
    sandbox.faults.requests_per_second = 5
    assert [outcome(ask, "employees") for _ in range(6)] == ["200"] * 5 + ["429"]


def test_limit_headers_tell_what_is_left(ask: Asking, sandbox: Sandbox) -> None:
    """On request, on every answer."""
    assert "X-RateLimit-Limit" not in ask("employees").headers
    sandbox.faults.set(requests_per_second=10.0, limit_headers=True)
    headers = [ask("employees").headers for _ in range(2)]
    assert [h["X-RateLimit-Limit"] for h in headers] == ["10", "10"]
    assert [h["X-RateLimit-Remaining"] for h in headers] == ["9", "8"]


def test_a_skewed_clock_shows_in_every_date(ask: Asking, sandbox: Sandbox) -> None:
    """In Date and in Retry-After alike."""
    sandbox.faults.set(clock_skew=7200.0, requests_per_second=1.0, retry_after="date")
    dates = [ask("employees").headers["Date"], ask("employees").headers["Retry-After"]]
    assert [parsedate_to_datetime(date) - NOW for date in dates] == [
        timedelta(hours=2),
        timedelta(hours=2, seconds=1),
    ]


def test_an_outage_answers_nobody_until_it_is_over(ask: Asking, sandbox: Sandbox) -> None:
    """503, or reset connections; before any credentials are looked at."""
    sandbox.faults.outage = True
    assert outcome(ask, "employees") == "503"
    sandbox.faults.outage_resets = True
    assert outcome(ask, "employee_external_badges") == "reset"
    sandbox.faults.outage = False
    assert outcome(ask, "employees") == "200"


def test_faults_hit_the_named_endpoints_only(ask: Asking, sandbox: Sandbox) -> None:
    """All of them unless named."""
    sandbox.faults.set(outage=True, only=("external_badges",))
    assert outcome(ask, "employees") == "200"
    assert outcome(ask, "employee_external_badges") == "503"


def shares(sandbox: Sandbox, workers: int) -> dict[str, list[str]]:
    """Get the outcomes of ten attempts at each of forty requests."""
    sandbox.faults.set(
        error_share=0.1,
        reset_share=0.1,
        invalid_json_share=0.1,
        truncated_share=0.1,
        slow_share=0.02,
        slow_seconds=0.01,
    )
    with Asking(sandbox) as ask, ThreadPoolExecutor(workers) as pool:
        paths = [f"employees?page={number}" for number in range(1, 41)]
        tries = pool.map(lambda path: [outcome(ask, path) for _ in range(10)], paths)
        return dict(zip(paths, tries, strict=True))


def test_a_share_of_requests_fails_the_same_way_however_many_run_at_once() -> None:
    """Decided by the seed, the request and its attempt, and near the share asked for."""
    results = []
    for workers, seed in ((1, 1), (4, 1), (1, 2)):
        with Sandbox(5, faults=Faults(seed=seed)) as sandbox:
            results.append(shares(sandbox, workers))
    assert results[0] == results[1] != results[2]
    flat = [result for tries in results[0].values() for result in tries]
    for kinds in (("500", "502", "503"), ("reset",), ("no JSON",), ("truncated",)):
        assert 15 < sum(flat.count(kind) for kind in kinds) < 70
    assert {"500", "502", "503"} < set(flat)


def test_faults_clear_together(ask: Asking, sandbox: Sandbox) -> None:
    """Everything is as at the start."""
    sandbox.faults.set(outage=True, latency=3.0, list_share=0.5, statuses=[418])
    sandbox.faults.clear()
    assert sandbox.faults == Faults()
    assert outcome(ask, "employees") == "200"


def test_an_unknown_fault_is_refused(sandbox: Sandbox) -> None:
    """A slip of the pen must not pass for a fault that does nothing."""
    with pytest.raises(ValueError, match="latenzy"):
        sandbox.faults.set(latenzy=1)
    with pytest.raises(AttributeError):
        sandbox.faults.latenzy = 1  # type: ignore[attr-defined] # the slip


def test_a_failure_nobody_can_meet_is_refused(sandbox: Sandbox) -> None:
    """An endpoint or a kind that does not exist, with those that do; no request at all."""
    with pytest.raises(ValueError, match="employes: no such endpoint; there is employee_data"):
        sandbox.fail_next(endpoint="employes")
    with pytest.raises(ValueError, match="count takes 1 and more, not 0"):
        sandbox.fail_next(count=0)
    with pytest.raises(ValueError, match="explosion: no such kind of failure; there is status"):
        sandbox.fail_next(kind="explosion")  # type: ignore[arg-type] # the slip


def test_answers_are_held_until_released(ask: Asking, sandbox: Sandbox) -> None:
    """The request is in flight meanwhile, and answered as soon as nothing is held any more."""
    sandbox.faults.hold = 60
    arrived = threading.Event()
    sandbox.on_request(lambda entry: arrived.set())
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(outcome, ask, "employees")
        assert arrived.wait(10)
        assert not held.done()
        assert sandbox.requests.in_flight == 1
        assert sandbox.requests[0].status is None
        sandbox.faults.hold = 0
        assert held.result(10) == "200"


def test_the_sandbox_stops_while_answers_are_held() -> None:
    """Whoever waits is cut off."""
    arrived = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        with Sandbox(5, faults=Faults(hold=60)) as sandbox:
            sandbox.on_request(lambda entry: arrived.set())
            ask = Asking(sandbox)
            held = pool.submit(ask, "employees")
            assert arrived.wait(10)
            began = time.monotonic()
        assert time.monotonic() - began < 2
        with pytest.raises(requests.ConnectionError):
            held.result(10)
    ask.session.close()


@pytest.mark.parametrize("status", [403, 404, 410, 422])
def test_one_employee_may_be_unreadable(ask: Asking, sandbox: Sandbox, status: int) -> None:
    """The single reads of that employee only, until it is taken back."""
    one, other = [e for e in sandbox.population.in_order() if e.accepted][:2]
    sandbox.answer_employee(one.id, status)
    for rest in ("", "/data"):
        assert outcome(ask, employee_path(one.email, rest)) == str(status)
        assert outcome(ask, employee_path(other.email, rest)) == "200"
    assert one.id in {record["id"] for record in ask.everything("employees")}
    sandbox.answer_employee(one.id, None)
    assert outcome(ask, employee_path(one.email, "/data")) == "200"


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_a_share_of_the_employees_is_listed_with_totals_to_match(
    ask: Asking, sandbox: Sandbox, share: float
) -> None:
    """Always the same ones, and everybody can still be read alone."""
    everybody = {record["id"]: record for record in ask.everything("employees")}
    sandbox.faults.list_share = share
    first = ask("employees").json()
    listed = {record["id"] for record in ask.everything("employees")}
    assert len(listed) == first["metadata"]["total_count"]
    assert share * 60 - 15 < len(listed) < share * 60 + 15
    assert listed <= everybody.keys()
    hidden = next(record for id_, record in everybody.items() if id_ not in listed)
    assert ask.data(employee_path(hidden["email"])) == hidden


def test_a_share_of_the_external_badges_owners_is_listed(ask: Asking, sandbox: Sandbox) -> None:
    """With totals to match."""
    whole = ask("employee_external_badges").json()["metadata"]["total_count"]
    sandbox.faults.external_share = 0.5
    half = ask("employee_external_badges").json()
    owners = {record["employee"]["id"] for record in half["data"]}
    assert 0 < len(owners) == half["metadata"]["total_count"] < whole


def test_badges_are_empty_for_everybody_on_request(ask: Asking, sandbox: Sandbox) -> None:
    """Status 200, as if nobody had any."""
    holder = next(e for e in sandbox.population.in_order() if e.accepted and len(e.badges) > 3)
    path = employee_path(holder.email, "/data")
    assert ask.data(path)["badges"]
    sandbox.faults.empty_badges = True
    assert ask.data(path)["badges"] == []


def test_totals_are_left_out_on_request(ask: Asking, sandbox: Sandbox) -> None:
    """Links and counts stay."""
    sandbox.faults.skip_totals = True
    for path in ("employees", "employee_external_badges"):
        metadata = ask(path).json()["metadata"]
        assert metadata.keys().isdisjoint({"total_count", "total_pages"})
        assert metadata["current_page"] == 1


def test_paging_goes_astray_on_request(ask: Asking, sandbox: Sandbox) -> None:
    """Stuck on page 1, repeating its records under other numbers, or without an end."""
    first = ask("employees").json()
    ids = [record["id"] for record in first["data"]]

    def page(number: int) -> tuple[list[str], dict[str, Any]]:
        body = ask("employees", params={"page": number}).json()
        return [record["id"] for record in body["data"]], body["metadata"]

    sandbox.faults.paging = "stuck"
    assert page(2) == (ids, first["metadata"] | {"next_page_url": page(2)[1]["next_page_url"]})
    sandbox.faults.paging = "repeating"
    assert page(2)[0] == ids
    assert page(2)[1]["current_page"] == 2
    sandbox.faults.paging = "endless"
    assert page(1001)[0] == ids
    assert page(1001)[1]["next_page_url"].endswith("page=1002")


def test_links_lead_to_another_origin_on_request(ask: Asking, sandbox: Sandbox) -> None:
    """A client that follows them sends its credentials there."""
    sandbox.faults.links_to = "https://elsewhere.example"
    link = ask("employees").json()["metadata"]["next_page_url"]
    path = f"/v1/organizations/{sandbox.organization_id}/employees?page=2"
    assert link == f"https://elsewhere.example{path}"


def test_unknown_attributes_stand_beside_the_documented_ones(ask: Asking, sandbox: Sandbox) -> None:
    """In every object, and nothing documented changes."""
    holder = next(e for e in sandbox.population.in_order() if e.accepted and len(e.badges) > 3)
    paths = ["employees", "employee_external_badges", employee_path(holder.email, "/data")]
    plain = [ask(path).json() for path in paths]
    sandbox.faults.unknown_attributes = True
    for path, expected in zip(paths, plain, strict=True):
        answered = ask(path).json()
        assert json.dumps(answered).count('"beta_level"') == json.dumps(expected).count("{")
        assert _without_unknown(answered) == expected


def _without_unknown(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_unknown(item) for item in value]
    if isinstance(value, dict):
        return {k: _without_unknown(v) for k, v in value.items() if not k.startswith("beta_")}
    return value


def change_before(sandbox: Sandbox, page: int, change: Callable[[], None]) -> None:
    """Let something change just before a page of the employees is answered, once."""

    def watch(entry: Entry) -> None:
        if (entry.endpoint, entry.page) == ("employees", page):
            change()

    sandbox.on_request(watch)


def test_a_list_may_change_while_it_is_walked(ask: Asking, sandbox: Sandbox) -> None:
    """A deletion and a creation between two pages hide somebody though the totals agree."""
    people = list(sandbox.population.in_order())

    def change() -> None:
        sandbox.population.remove(people[0].id)
        sandbox.churn({"joiners": 1})

    change_before(sandbox, 2, change)
    first, second = ask.pages("employees")
    seen = {record["id"] for body in (first, second) for record in body["data"]}
    assert first["metadata"]["total_count"] == second["metadata"]["total_count"] == len(seen) == 60
    assert people[50].id not in seen


def test_an_employee_may_change_between_list_and_read(ask: Asking, sandbox: Sandbox) -> None:
    """Just before the read is answered, the state of the person asked for moves."""
    one = next(e for e in sandbox.population.in_order() if e.accepted)

    def leave(entry: Entry) -> None:
        if entry.endpoint == "employee_data" and entry.employee_id == one.id:
            sandbox.population.edit(one.id, employee_state="rejected")

    sandbox.on_request(leave)
    assert outcome(ask, employee_path(one.email, "/data")) == "403"


def test_an_answer_may_be_rewritten(ask: Asking, sandbox: Sandbox) -> None:
    """Whatever is returned is sent, headers and all."""

    def rewrite(entry: Entry, answer: Answer) -> Answer:
        return Answer(206, answer.body[::-1], {"X-Endpoint": entry.endpoint})

    plain = ask("employees").content
    sandbox.on_answer(rewrite)
    answer = ask("employees")
    assert answer.status_code == 206
    assert answer.headers["X-Endpoint"] == "employees"
    assert answer.content == plain[::-1]


def test_an_answer_may_be_bytes_no_server_sends(sandbox: Sandbox) -> None:
    """They arrive as they are, with nothing before or after, and the connection ends."""
    raw = b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n folded\r\n\r\n{"
    sandbox.on_answer(lambda _entry, _answer: Answer(200, b"", raw=raw))
    port = int(sandbox.origin.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"GET /v1/nothing HTTP/1.1\r\nHost: here\r\n\r\n")
        with connection.makefile("rb") as arriving:
            assert arriving.read() == raw


def test_a_reset_forgets_everything_but_the_state(ask: Asking, sandbox: Sandbox) -> None:
    """Requests, faults, planned failures and unreadable employees."""
    one = next(e for e in sandbox.population.in_order() if e.accepted)
    sandbox.population.edit(one.id, team="Kept")
    sandbox.answer_employee(one.id, 404)
    sandbox.fail_next(count=5)
    sandbox.faults.outage = True
    outcome(ask, "employees")
    sandbox.reset()
    assert len(sandbox.requests) == 0
    assert ask.data(employee_path(one.email))["team"] == "Kept"


def test_every_request_is_logged(ask: Asking, sandbox: Sandbox) -> None:
    """Endpoint, page, person and status, and counted by endpoint."""
    one = next(e for e in sandbox.population.in_order() if e.accepted)
    ask("employees?page=2&sort=-email")
    ask(employee_path(one.email, "/data"))
    ask("employee_external_badges?page=x")
    ask("nothing")
    seen = [
        (e.number, e.method, e.endpoint, e.page, e.employee_id, e.status) for e in sandbox.requests
    ]
    assert seen == [
        (1, "GET", "employees", 2, None, 200),
        (2, "GET", "employee_data", None, one.id, 200),
        (3, "GET", "external_badges", None, None, 422),
        (4, "GET", "unknown", None, None, 404),
    ]
    assert sandbox.requests[0].query == "page=2&sort=-email"
    assert {entry.at for entry in sandbox.requests} == {NOW}
    assert len({entry.client_port for entry in sandbox.requests}) == 1
    assert sandbox.counts() == {
        "employees": 1,
        "employee_data": 1,
        "external_badges": 1,
        "unknown": 1,
    }
    sandbox.requests.clear()
    assert sandbox.counts() == {}
    assert list(sandbox.requests) == sandbox.requests[:] == []


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [("reset", None, False), ("status", 504, False), ("lost", None, True), ("late", 504, True)],
)
def test_a_write_that_fails_is_done_or_not_as_asked_for(
    ask: Asking, sandbox: Sandbox, kind: Any, status: int | None, done: bool
) -> None:
    """What goes wrong before it changes nothing; what goes wrong after it changes all."""
    person = sandbox.population.employees[0]
    sandbox.fail_next(status or 500, endpoint="update_employee", kind=kind)
    try:
        answer = ask(employee_path(person.email), "PUT", json={"team": "Lanterns"})
        assert answer.status_code == status
    except requests.ConnectionError:
        assert status is None
    assert (person.team == "Lanterns") is done


def test_shares_of_writes_are_lost_after_they_were_done(ask: Asking, sandbox: Sandbox) -> None:
    """Everybody is deleted, and nobody is told."""
    sandbox.faults.set(lost_share=0.5, late_share=0.5, only=["delete_employee"])
    told = set()
    for email in [person.email for person in sandbox.population.employees[:20]]:
        try:
            told.add(ask(employee_path(email), "DELETE").status_code)
        except requests.ConnectionError:
            told.add(0)
    assert told == {0, 500, 502, 503}
    assert len(sandbox.population.employees) == 40
