"""Reading pages and employees over real HTTP, when nothing fails."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import requests

from tests.tools.connecting import connect
from tests.tools.tunnel import Tunnel
from workforce_source.client import Address, Client, Page, Token
from workforce_source.client.fanout import fan_out
from workforce_source.clock import Clock
from workforce_source.endpoints import EMPLOYEES, EXTERNAL_BADGES, Endpoint
from workforce_source.exceptions import (
    ApiError,
    ConfigError,
    NotReadable,
    UnexpectedResponse,
)
from workforce_source.sandbox import Answer, Entry, Options, Sandbox

LISTS = pytest.mark.parametrize(
    "endpoint", [EMPLOYEES, EXTERNAL_BADGES], ids=lambda endpoint: endpoint.name
)


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[Client]:
    """A client of the sandbox."""
    with connect(sandbox) as client:
        yield client


def ids(pages: list[Page]) -> list[str]:
    """Get the ids of the employees of pages, in order."""
    return [record["id"] for page in pages for record in page.records]


def accepted(client: Client) -> list[dict[str, str]]:
    """Get the records of everybody who accepted."""
    records = [record for page in client.pages(EMPLOYEES) for record in page.records]
    return [record for record in records if record["employee_state"] == "accepted"]


def test_a_walk_finds_every_employee_once(sandbox: Sandbox, client: Client) -> None:
    """All pages together hold the organization, and every page is asked for once."""
    found = ids(list(client.pages(EMPLOYEES)))
    assert sorted(found) == sorted(row["id"] for row in sandbox.truth()["employees"])
    assert [entry.page for entry in sandbox.requests] == [1, 2]


@pytest.mark.parametrize("per_counts", ["employees", "all_employees", "badges"])
def test_a_walk_finds_every_external_badge_whatever_a_page_counts(per_counts: str) -> None:
    """Pages of external badges may be full, short or empty: all of them are read."""
    options = Options(per_counts=per_counts)  # type: ignore[arg-type]
    with Sandbox(employees=300, options=options) as sandbox, connect(sandbox) as client:
        found = [
            (record["employee"]["id"], record["external_badge"]["credly_record_id"])
            for page in client.pages(EXTERNAL_BADGES)
            for record in page.records
        ]
        truth = sandbox.truth()["external_badges"]
    assert sorted(found) == sorted((row["employee_id"], row["credly_record_id"]) for row in truth)


def test_pages_come_in_order_and_are_read_concurrently() -> None:
    """Twenty pages, several in flight at once, come out as one to twenty."""
    with Sandbox(employees=1000) as sandbox, connect(sandbox) as client:
        sandbox.faults.latency = 0.02
        assert [page.number for page in client.pages(EMPLOYEES)] == list(range(1, 21))
        assert 3 <= sandbox.max_in_flight <= 8


def test_two_walks_at_once_share_one_budget() -> None:
    """Two lists walked from two threads never have more in flight than max_workers."""
    with Sandbox(employees=1000) as sandbox, connect(sandbox, max_workers=4) as client:
        sandbox.faults.latency = 0.005
        walks = [
            threading.Thread(target=lambda endpoint=endpoint: list(client.pages(endpoint)))
            for endpoint in (EMPLOYEES, EXTERNAL_BADGES)
        ]
        for walk in walks:
            walk.start()
        for walk in walks:
            walk.join(30)
        assert sandbox.max_in_flight <= 4
        assert sandbox.counts()["employees"] == 20


def test_a_page_says_what_the_api_said(client: Client) -> None:
    """Numbers come from the metadata, and parameters beside the endpoint's own are sent."""
    page = client.page(EMPLOYEES, 2)
    assert (page.number, page.total_pages, page.total_count, page.per) == (2, 2, 60, 50)
    assert len(client.page(EXTERNAL_BADGES, 1, {"per": 1}).records) <= 3


def test_every_employee_with_an_awkward_key_can_be_read(sandbox: Sandbox, client: Client) -> None:
    """Slashes, spaces, accents and plus signs in keys reach the API as they are."""
    for record in accepted(client):
        key = record["external_id"] or record["email"]
        assert client.data(key).record["id"]
    assert all(entry.status == 200 for entry in sandbox.requests)


def test_data_and_employee_are_the_records_the_api_sent(client: Client) -> None:
    """Nothing is renamed, dropped or converted."""
    record = next(each for each in accepted(client) if not each["external_id"])
    assert client.employee(record["email"]).record == record
    data = client.data(record["email"]).record
    assert {name: data[name] for name in record} == record
    assert {"bio", "vanity_url", "badges"} <= set(data)


def test_an_answer_knows_when_its_request_began(sandbox: Sandbox) -> None:
    """The time is the one before the attempt that was answered, not before a failed one."""
    times = iter(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hour) for hour in range(9))
    with connect(sandbox, clock=Clock(lambda: next(times))) as client:
        key = sandbox.truth()["employees"][0]["email"]
        sandbox.fail_next(503, count=2)
        assert client.employee(key).started_at == datetime(2026, 1, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("status", [403, 404, 410, 422])
def test_one_unreadable_employee_is_an_error_of_its_own(
    sandbox: Sandbox, client: Client, status: int
) -> None:
    """The status is kept, the message names the path template and nobody."""
    record = accepted(client)[0]
    sandbox.answer_employee(record["id"], status)
    for read in (client.data, client.employee):
        with pytest.raises(NotReadable) as caught:
            read(record["email"])
        assert caught.value.status == status
        assert "{employee}" in str(caught.value)
        assert record["email"] not in str(caught.value)


def test_pages_that_appear_during_a_walk_are_read(sandbox: Sandbox, client: Client) -> None:
    """The newest answer says how many pages there are."""

    def hire(entry: Entry) -> None:
        if entry.page == 2:
            sandbox.churn({"joiners": 60})

    sandbox.on_request(hire)
    assert [page.number for page in client.pages(EMPLOYEES)][:3] == [1, 2, 3]


@pytest.mark.parametrize("past_the_end", [200, 404])
def test_pages_that_disappear_during_a_walk_end_it(past_the_end: int) -> None:
    """An empty page or a 404 where the list used to go on is its end, not an error."""
    options = Options(past_the_end=past_the_end)  # type: ignore[arg-type]
    with Sandbox(employees=101, options=options) as sandbox:

        def dismiss(entry: Entry) -> None:
            if entry.page == 1:
                return
            sandbox.churn({"deletions": 10})

        sandbox.on_request(dismiss)
        with connect(sandbox, max_workers=1) as client:
            pages = list(client.pages(EMPLOYEES))
    assert len(pages[0].records) == 50
    assert sum(len(page.records) for page in pages) <= 101


def test_a_missing_page_in_the_middle_is_an_error(sandbox: Sandbox) -> None:
    """A 404 before the end would hide people: the walk does not go on as if nothing were."""
    with Sandbox(employees=300) as larger, connect(larger, max_workers=1) as client:
        larger.on_answer(lambda entry, answer: Answer(404, b"{}") if entry.page == 3 else answer)
        with pytest.raises(ApiError) as caught:
            list(client.pages(EMPLOYEES))
    assert caught.value.status == 404


@LISTS
@pytest.mark.parametrize(
    ("paging", "key"),
    [
        ("stuck", "metadata.current_page"),
        ("repeating", "data"),
        ("endless", "metadata.total_pages"),
    ],
)
def test_a_walk_that_goes_in_circles_is_an_error(endpoint: Endpoint, paging: str, key: str) -> None:
    """A list that answers page 1 for ever, or never ends, stops the walk."""
    with Sandbox(employees=60, options=Options(page_size=5)) as sandbox, connect(sandbox) as client:
        sandbox.faults.set(paging=paging)
        with pytest.raises(UnexpectedResponse) as caught:
            list(client.pages(endpoint))
    assert caught.value.key == key
    assert caught.value.path == endpoint.path


def test_leaving_a_walk_early_leaves_nothing_behind_and_the_client_usable() -> None:
    """Only the walk's own requests are ended."""
    with Sandbox(employees=1000) as sandbox, connect(sandbox) as client:
        before = threading.active_count()
        walk = client.pages(EMPLOYEES)
        next(walk)
        next(walk)
        walk.close()  # type: ignore[attr-defined]
        assert threading.active_count() == before
        assert client.page(EMPLOYEES, 1).number == 1


def test_totals_the_page_lacks_are_missing_not_zero(sandbox: Sandbox, client: Client) -> None:
    """Without total_pages there is no telling where the list ends: an error, not a short list."""
    sandbox.faults.skip_totals = True
    with pytest.raises(UnexpectedResponse) as caught:
        client.page(EMPLOYEES, 1)
    assert caught.value.key == "metadata.total_pages"


def test_counts_are_what_the_api_saw(sandbox: Sandbox, client: Client) -> None:
    """Every attempt is counted under its endpoint."""
    sandbox.fail_next(500, count=2)
    record = accepted(client)[0]
    client.data(record["email"])
    assert dict(client.requests) == sandbox.counts()
    assert client.retries == 2


def test_connections_are_kept(sandbox: Sandbox, client: Client) -> None:
    """Any number of requests use no more connections than may be in flight."""
    keys = [row["email"] for row in sandbox.truth()["employees"]]
    assert len(list(fan_out(client.employee, keys * 5, max_workers=8, look_ahead=16))) == 300
    assert len({entry.client_port for entry in sandbox.requests}) <= 8


def test_unknown_attributes_are_kept(sandbox: Sandbox, client: Client) -> None:
    """What the page does not document reaches the caller."""
    sandbox.faults.unknown_attributes = True
    assert "beta_level" in client.page(EMPLOYEES, 1).records[0]


def test_an_unknown_organization_is_a_wrong_setting(sandbox: Sandbox) -> None:
    """The message names the settings to check."""
    with (
        connect(sandbox, organization_id="00000000-0000-0000-0000-000000000000") as client,
        pytest.raises(ConfigError, match="organization_id and base_url"),
    ):
        client.page(EMPLOYEES, 1)


@pytest.mark.parametrize(
    "base_url",
    [
        "",
        "api.credly.com/v1",
        "ftp://x/v1",
        "https://",
        "https://u:p@x/v1",
        "https://x/v1?a=b",
        "https://x:99999/v1",
        "https://exa mple/v1",
    ],
)
def test_an_address_that_cannot_be_used_names_its_setting(base_url: str) -> None:
    """A wrong base_url is found before anything is sent."""
    with pytest.raises(ConfigError, match="base_url"):
        Client(Address(base_url, "o"), Token("t"))


def test_a_base_url_may_end_with_a_slash(sandbox: Sandbox) -> None:
    """Both forms people write address the same paths."""
    with connect(sandbox, base_url=sandbox.base_url + "/") as client:
        assert client.page(EMPLOYEES, 1).number == 1


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize("session", [None, requests.Session], ids=["libcurl", "a session"])
def test_an_address_of_version_6_is_an_address(
    sandbox: Sandbox, session: Callable[[], requests.Session] | None
) -> None:
    """In brackets, as in any URL; nothing is asked elsewhere."""
    with (
        Tunnel(sandbox.origin, host="::1") as tunnel,
        connect(
            sandbox,
            base_url=f"http://[::1]:{tunnel.port}/v1",
            session=session() if session else None,
        ) as client,
    ):
        found = ids(list(client.pages(EMPLOYEES)))
    assert len(found) == len(set(found)) == 60
    assert f"Host: [::1]:{tunnel.port}".encode() in tunnel.heads[0]
