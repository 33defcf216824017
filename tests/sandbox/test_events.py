"""What churn did, as events: listed, told one by one, and posted to an address."""

import json
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from tests.tools.asking import Asking
from workforce_source.sandbox import Faults, Options, Sandbox, SettableClock
from workforce_source.sandbox.churn import KINDS
from workforce_source.sandbox.events import TYPES

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
POINTER = {"id", "organization_id", "event_type", "occurred_at"}


class Listening:
    """Takes webhooks; `status` is what it answers."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        listening = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                listening.bodies.append(json.loads(body))
                self.send_response(listening.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture
def listening() -> Iterator[Listening]:
    """An address that takes webhooks."""
    found = Listening()
    thread = threading.Thread(target=found.server.serve_forever, args=(0.01,))
    thread.start()
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def test_every_kind_of_churn_with_a_type_makes_an_event_for_each_it_touched() -> None:
    """A pointer in the list, and below its id the object it is about."""
    with Sandbox(100, clock=SettableClock(NOW)) as sandbox, Asking(sandbox) as ask:
        for kind in KINDS:
            done = sandbox.churn({kind: 2})[kind]
            listed = ask.everything("events")
            mine = [p for p in listed if p["event_type"] == TYPES.get(kind)]
            assert len(mine) >= (len(done) if kind in TYPES else 0), kind
        assert {pointer["event_type"] for pointer in listed} == set(TYPES.values())
        for pointer in listed:
            assert set(pointer) == POINTER
            record = ask.data(f"events/{pointer['id']}")
            (about,) = set(record) - POINTER
            assert {name: record[name] for name in POINTER} == pointer
            assert about == pointer["event_type"].partition(".")[0]
            assert isinstance(record[about]["id"], str)


def test_the_event_of_a_badge_names_its_earner_by_email_only() -> None:
    """As an issued badge is told elsewhere; a badge that vanished is told, too."""
    with Sandbox(60, clock=SettableClock(NOW)) as sandbox, Asking(sandbox) as ask:
        done = sandbox.churn({"new_badges": 3, "vanished_badges": 2})
        told = [ask.data(f"events/{p['id']}")["badge"] for p in ask.everything("events")]
        assert {one["id"] for one in told} == {*done["new_badges"], *done["vanished_badges"]}
        emails = {row["email"] for row in sandbox.truth()["employees"]}
        assert all(one["recipient_email"] in emails for one in told)


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_the_list_of_events_is_paged_in_the_order_of_the_option(order: Any) -> None:
    """Fifty a page, or as many as the sandbox has on one."""
    clock = SettableClock(NOW)
    with Sandbox(60, clock=clock, options=Options(page_size=2, events_order=order)) as sandbox:
        for _ in range(5):
            clock.advance(60)
            sandbox.churn({"profile_edits": 1})
        with Asking(sandbox) as ask:
            assert len(ask.pages("events")) == 3
            times = [pointer["occurred_at"] for pointer in ask.everything("events")]
    assert times == sorted(times, reverse=order == "newest")


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_without_events_answers_neither_list_nor_event(status: Any) -> None:
    """Whatever happened."""
    with Sandbox(60, options=Options(events_status=status)) as sandbox, Asking(sandbox) as ask:
        sandbox.churn({"new_badges": 1})
        assert ask("events").status_code == ask("events/any").status_code == status


def test_an_event_nobody_knows_is_answered_404() -> None:
    """So is one that is no longer kept."""
    clock = SettableClock(NOW)
    with Sandbox(60, clock=clock, options=Options(events_kept=3600)) as sandbox:
        sandbox.churn({"new_badges": 1})
        with Asking(sandbox) as ask:
            (pointer,) = ask.everything("events")
            assert ask("events/no-such-event").status_code == 404
            clock.advance(3601)
            assert ask.everything("events") == []
            assert ask(f"events/{pointer['id']}").status_code == 404


def test_changes_may_be_unannounced_told_late_and_told_twice() -> None:
    """By shares, each of them for every change; the same seed decides the same way."""
    clock = SettableClock(NOW)
    with Sandbox(200, clock=clock) as sandbox, Asking(sandbox) as ask:
        sandbox.faults.unannounced_share = 1.0
        sandbox.churn({"new_badges": 5})
        assert ask.everything("events") == []
        sandbox.faults.set(unannounced_share=0.5, late_event_share=1.0, late_event_seconds=60)
        sandbox.churn({"new_badges": 40})
        assert ask.everything("events") == []
        clock.advance(60)
        ids = [pointer["id"] for pointer in ask.everything("events")]
        assert 8 < len(ids) == len(set(ids)) < 32
        sandbox.faults.clear()
        sandbox.faults.doubled_event_share = 1.0
        sandbox.churn({"new_badges": 1})
        newest = Counter(pointer["id"] for pointer in ask.everything("events")).most_common(2)
        assert [count for _, count in newest] == [2, 1]


def test_webhooks_are_posted_until_they_are_answered_200(listening: Listening) -> None:
    """The pointer as it is listed; what was refused comes again, less and less often."""
    clock = SettableClock(NOW)
    with Sandbox(60, clock=clock) as sandbox, Asking(sandbox) as ask:
        sandbox.churn({"new_badges": 1})
        sandbox.send_webhooks(listening.url)
        assert listening.bodies == []
        listening.status = 503
        sandbox.churn({"new_badges": 2})
        assert len(listening.bodies) == 2
        assert sandbox.deliver_webhooks() == {"delivered": 0, "waiting": 2}
        clock.advance(60)
        assert sandbox.deliver_webhooks() == {"delivered": 0, "waiting": 2}
        assert len(listening.bodies) == 4
        clock.advance(60)
        listening.status = 200
        assert sandbox.deliver_webhooks() == {"delivered": 0, "waiting": 2}
        clock.advance(60)
        assert sandbox.deliver_webhooks() == {"delivered": 2, "waiting": 0}
        listed = ask.everything("events")[:2]
        assert sorted(listening.bodies[-2:], key=str) == sorted(listed, key=str)


def test_webhooks_may_be_lost_late_and_sent_twice(listening: Listening) -> None:
    """What is lost on the way still stands in the list."""
    clock = SettableClock(NOW)
    faults = Faults(lost_webhook_share=1.0)
    with Sandbox(60, clock=clock, faults=faults) as sandbox, Asking(sandbox) as ask:
        sandbox.send_webhooks(listening.url)
        sandbox.churn({"new_badges": 2})
        assert listening.bodies == []
        assert len(ask.everything("events")) == 2
        sandbox.faults.set(lost_webhook_share=0.0, doubled_event_share=1.0, late_event_share=1.0)
        sandbox.churn({"new_badges": 1})
        assert listening.bodies == []
        clock.advance(3 * 3600)
        assert sandbox.deliver_webhooks() == {"delivered": 2, "waiting": 0}
        assert listening.bodies[0] == listening.bodies[1]


@pytest.mark.parametrize("url", ["https://127.0.0.1:1/", "http://example.com:80/", "nonsense"])
def test_webhooks_go_to_this_machine_only(url: str) -> None:
    """Nobody else is told of invented people."""
    with pytest.raises(ValueError, match="this machine"):
        Sandbox(3).send_webhooks(url)


def test_an_address_nobody_listens_at_is_no_failure() -> None:
    """What cannot be delivered waits."""
    sandbox = Sandbox(60)
    sandbox.send_webhooks("http://127.0.0.1:9/")
    sandbox.churn({"new_badges": 1})
    assert sandbox.deliver_webhooks() == {"delivered": 0, "waiting": 1}
