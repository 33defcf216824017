"""Whole runs that heed signals: who changed is read early, and nothing a signal does is wrong."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools.histories import History
from tests.tools.loaded import Loaded
from tests.tools.receiving import receiving
from workforce_source import load
from workforce_source.clock import Clock
from workforce_source.sandbox import Options

FROM_LIST: dict[str, Any] = {"badge_max_age": "7d", "refresh_from": ["events"]}


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Forty employees, loaded once."""
    first = Loaded(employees=40, seed=3)
    yield first
    first.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """An hour after a first load; badges may be a week old, and the API's events are heeded."""
    copy = loaded.copy()
    copy.settings |= FROM_LIST
    copy.clock.advance(3600)
    yield copy
    copy.close()


def held(history: History) -> set[str]:
    """The ids of the badges the destination has."""
    return {key[-1] for key in history.data()["employee_badges"]}


def asked(history: History) -> Counter[str]:
    """The requests since they were forgotten, by endpoint."""
    return Counter(history.sandbox.counts())


@pytest.mark.search  # in the normal run, by a webhook
def test_a_new_badge_that_is_announced_is_there_after_the_next_run(history: History) -> None:
    """Though its holder was read an hour ago; the audit counts requests, no run asks again."""
    (badge,) = history.sandbox.churn({"new_badges": 1})["new_badges"]
    history.sandbox.churn({"revoked_badges": 1, "vanished_badges": 1})
    summary = history.run()
    assert badge in held(history)
    assert summary.statistics.due["signalled"] == summary.statistics.signals["employees"] > 0
    assert summary.requests["events"] == 1
    assert summary.requests["event"] == 3
    with history.pipeline().sql_client() as client:
        rows = client.execute_sql("SELECT details FROM load_audit ORDER BY ended") or []
    details = json.loads(rows[-1][0])
    assert (details["requests"]["events"], details["requests"]["event"]) == (1, 3)
    assert details["signals"]["new"] == 3
    assert summary.exit_code == 0
    history.lose_pipelines_dir()
    history.run_again_at_once()
    assert asked(history)["events"] == 1


def test_a_new_badge_comes_by_a_webhook_alone(history: History) -> None:
    """Posted to the receiver, kept in its file, asked for by the next run; the list is not read."""
    file = history.folder / "signals.jsonl"
    with receiving(file, "--organization", history.sandbox.organization_id) as receiver:
        history.sandbox.send_webhooks(receiver.url)
        (badge,) = history.sandbox.churn({"new_badges": 1})["new_badges"]
        assert history.sandbox.deliver_webhooks() == {"delivered": 0, "waiting": 0}
        history.settings["refresh_from"] = [str(file)]
        summary = history.run()
    assert badge in held(history)
    assert summary.requests["event"] == 1
    assert "events" not in summary.requests
    history.run_again_at_once()


@pytest.mark.search
def test_without_signals_the_same_badge_waits_for_its_age(history: History) -> None:
    """The setting is off by default, and then no event is asked for."""
    history.settings |= {"refresh_from": None}
    (badge,) = history.sandbox.churn({"new_badges": 1})["new_badges"]
    summary = history.load()
    assert badge not in held(history)
    assert "events" not in summary.requests


@pytest.mark.search
def test_a_run_that_was_capped_asks_again_for_what_it_did_not_read(history: History) -> None:
    """An event counts as done when its employee was read, not when it was asked for."""
    (badge,) = history.sandbox.churn({"new_badges": 1})["new_badges"]
    history.load(max_badge_reads=0)
    assert badge not in held(history)
    history.clock.advance(60)
    history.load()
    assert badge in held(history)


class Killed(Exception):
    """The run ends here."""


@pytest.mark.search  # in the normal run, runs that end
def test_a_run_killed_between_asking_and_reading_loses_no_signal(history: History) -> None:
    """Nothing is remembered of its events: the next run asks for them again, and reads."""
    (badge,) = history.sandbox.churn({"new_badges": 1})["new_badges"]

    def killed(name: str, _done: int, _total: int | None) -> None:
        if name == "employee_data":
            raise Killed

    with pytest.raises(Killed):
        load(history.pipeline(), clock=Clock(history.clock), progress=killed, **history.settings)
    assert asked(history)["event"] == 1
    history.clock.advance(600)
    history.run()
    assert badge in held(history)


@pytest.mark.search  # in the normal run, an account with events
def test_an_account_without_events_loads_all_the_same() -> None:
    """It is told once a run; nothing is missing from the tables, so the exit code stays 0."""
    history = History(20, options=Options(events_status=403))
    try:
        history.run()
        history.clock.advance(3600)
        history.settings |= FROM_LIST
        summary = history.run()
        assert summary.exit_code == 0
        assert asked(history)["events"] == 1
        assert len(summary.statistics.notes) == 1
        assert "events answered 403" in summary.statistics.notes[0]
    finally:
        history.close()


@pytest.mark.search
def test_a_run_of_a_part_asks_for_no_events(history: History) -> None:
    """It may lack the people events lead to; who loads everybody asks for them."""
    (badge,) = history.sandbox.churn({"new_badges": 1})["new_badges"]
    filtered = history.load(employee_filter={"employee_state": "pending"})
    assert "events" not in filtered.requests
    sharded = history.load(shard=(1, 2))
    assert "events" not in sharded.requests
    assert any("refresh_from" in note for note in sharded.statistics.notes)
    history.load()
    assert badge in held(history)


@pytest.mark.search  # in the normal run, what is read for signals
def test_what_is_remembered_is_bounded_by_the_oldest_read(history: History) -> None:
    """Who was read after an event has seen it, so that it is forgotten once all were."""

    def remembered() -> int:
        with history.pipeline().sql_client() as client:
            rows = client.execute_sql("SELECT count(*) FROM workforce_signals") or []
        return int(rows[0][0])

    history.sandbox.churn({"new_badges": 6})
    history.load()
    assert remembered() == 7  # and how far the list was read
    history.clock.advance(3600)
    history.load(badge_max_age="0")
    history.clock.advance(3600)
    history.sandbox.churn({"new_badges": 1})
    history.load()
    assert remembered() == 2
