"""Whole loads over an API that fails: complete where it can be, bounded where it cannot.

The time is injected: what takes minutes of pauses and retries passes at once, over real HTTP.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.tools.compare import counts, differences, rows_of
from tests.tools.histories import History
from tests.tools.timekeeping import Waits
from workforce_source.exceptions import GivenUp
from workforce_source.sandbox import Answer, Entry


@pytest.fixture
def history() -> Iterator[History]:
    """Sixty employees who were never loaded, in batches of twenty."""
    history = History(employees=60, checkpoint_every=20)
    yield history
    history.close()


@pytest.fixture
def hundred() -> Iterator[History]:
    """A hundred: so many reads are left when the API dies that they are given up together."""
    history = History(employees=100, checkpoint_every=20)
    yield history
    history.close()


@pytest.fixture
def larger() -> Iterator[History]:
    """Two hundred and fifty employees who were never loaded."""
    history = History(employees=250)
    yield history
    history.close()


@pytest.fixture
def waits() -> Waits:
    """A clock that moves only when a load waits."""
    return Waits()


def wrong(history: History) -> list[str]:
    """What the destination has otherwise than the truth of now."""
    return differences(history.pipeline(), history.sandbox.truth())


def when(history: History, number: int, happens: Callable[[], object]) -> None:
    """Let something happen just before the answer to a read of somebody's badges."""
    happened: list[Entry] = []

    def look(entry: Entry) -> None:
        if not happened and history.sandbox.counts().get("employee_data") == number:
            happened.append(entry)
            happens()

    history.sandbox.on_request(look)


@pytest.mark.search  # in the normal run, an outage in the middle
def test_a_load_with_five_percent_of_mixed_faults_is_complete(
    larger: History, waits: Waits
) -> None:
    """Errors, 429s, resets, cut, slow and broken bodies, web pages: exit 0, every row as it is."""
    faults: dict[str, Any] = {
        "error_share": 0.02,
        "statuses": (500, 502, 503, 429),
        "reset_share": 0.01,
        "invalid_json_share": 0.005,
        "truncated_share": 0.005,
        "html_share": 0.005,
        "slow_share": 0.005,
        "slow_seconds": 0.02,
        "retry_after": "fraction",
    }

    def begin(entry: Entry) -> None:
        if entry.number == 2:  # a web page before any other answer is a wrong address
            larger.sandbox.faults.set(**faults)

    larger.sandbox.on_request(begin)
    summary = larger.load(waits)
    assert summary.exit_code == 0
    assert summary.retries > 2  # beside those libcurl made itself, of what a kept connection lost
    assert wrong(larger) == []


@pytest.mark.parametrize(
    "resets",
    [pytest.param(False, id="503"), pytest.param(True, id="resets", marks=pytest.mark.search)],
)
def test_a_minute_of_outage_in_the_middle_of_a_load_is_sat_out(
    history: History, waits: Waits, resets: bool
) -> None:
    """The API is away for sixty seconds between two batches: exit 0, and everything is there."""
    began: list[float] = []

    def go_away() -> None:
        began.append(waits.now)
        history.sandbox.faults.set(outage=True, outage_resets=resets)

    def come_back() -> None:
        if began and waits.now > began[0] + 60:
            history.sandbox.faults.outage = False

    when(history, 30, go_away)
    waits.on_wait = come_back
    summary = history.load(waits)
    assert waits.now > began[0] + 60
    assert summary.exit_code == 0
    assert wrong(history) == []


@pytest.mark.search  # in the normal run, every status in test_unreadable.py
def test_an_employee_who_always_fails_is_left_out_and_the_rest_loaded(
    history: History, waits: Waits
) -> None:
    """A 500 for one person, for ever: exit 3 once, then remembered and asked again by age."""
    broken = next(p for p in history.sandbox.population.employees if p.employee_state == "accepted")
    history.refuse(broken.id, 500)
    summary = history.load(waits)
    assert summary.exit_code == 3
    assert summary.statistics.given_up == 1
    assert 0 < waits.now < 120
    missing = wrong(history)
    assert missing
    assert [line for line in missing if not line.endswith("is missing")] == []
    badges = rows_of(history.pipeline(), "employee_badges")
    truth = history.sandbox.truth()["employee_badges"]
    assert len(badges) == len([row for row in truth if row["employee_id"] != broken.id])
    waited = waits.now
    again = history.load(waits)
    assert (again.exit_code, again.packages, waits.now) == (0, 0, waited)
    history.clock.advance(25 * 3600)
    again = history.load(waits)
    assert (again.exit_code, again.statistics.unreadable) == (0, {500: 1})
    history.refuse(broken.id, None)
    history.clock.advance(25 * 3600)
    assert history.load(waits).exit_code == 0
    assert wrong(history) == []


@pytest.mark.search  # in the normal run, every status in test_unreadable.py
@pytest.mark.parametrize(
    "status", [403, *(pytest.param(status, marks=pytest.mark.search) for status in (404, 422))]
)
def test_an_employee_who_may_not_be_read_is_recorded_and_skipped(
    history: History, waits: Waits, status: int
) -> None:
    """Asked once, not again and again; the status stands in badge_reads, the rest is loaded."""
    broken = next(p for p in history.sandbox.population.employees if p.employee_state == "accepted")
    history.refuse(broken.id, status)
    summary = history.load(waits, max_unreadable_share=0.1)
    assert summary.exit_code == 0
    assert summary.retries == 0
    (row,) = (
        row
        for key, row in rows_of(history.pipeline(), "badge_reads").items()
        if key[1] == broken.id
    )
    assert (row["read_status"], row["http_status"]) == ("unreadable", status)
    assert [
        line for line in wrong(history) if "employee_" not in line and "badge_" not in line
    ] == []


@pytest.mark.search  # in the normal run, the client's own
@pytest.mark.parametrize(
    "resets",
    [pytest.param(False, id="503", marks=pytest.mark.search), pytest.param(True, id="resets")],
)
def test_an_api_that_dies_for_good_ends_the_load_in_bounded_time(
    hundred: History, waits: Waits, resets: bool
) -> None:
    """Exit 1 after give_up_after at the latest; loaded batches stay, and the next run goes on."""
    history = hundred
    history.settings["give_up_after"] = 120.0
    began: list[float] = []

    def die() -> None:
        began.append(waits.now)
        history.sandbox.faults.set(outage=True, outage_resets=resets)

    when(history, 30, die)
    told: list[float] = []

    class People(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            told.append(waits.now)

    people = People(logging.WARNING)
    logger = logging.getLogger("workforce_source.client")
    logger.addHandler(people)
    started = time.monotonic()
    try:
        with pytest.raises(GivenUp, match="give_up_after") as given_up:
            history.load(waits)
    finally:
        logger.removeHandler(people)
    assert given_up.value.exit_code == 1
    assert told[0] - began[0] <= 60, "nobody was told"
    assert round(told[1] - told[0], 3) >= 60
    # waits of requests side by side add up on this clock; one request after the other took 3,500
    assert 100 < waits.now < 6 * 120
    assert time.monotonic() - started < 30
    loaded = counts(history.pipeline())
    assert loaded["employees"] == 100
    assert loaded["employee_profiles"] >= 20
    history.sandbox.faults.outage = False
    history.sandbox.requests.clear()
    assert history.load(waits).exit_code == 0
    assert wrong(history) == []
    accepted = len(history.sandbox.truth()["employee_profiles"])
    assert history.sandbox.counts()["employee_data"] <= accepted - loaded["employee_profiles"] + 5


@pytest.mark.search  # in the normal run, an API that dies on the way
def test_a_dead_api_takes_nothing_from_what_was_loaded(history: History, waits: Waits) -> None:
    """A later run into an API that answers nothing but 503 leaves every row as it was."""
    history.load(waits)
    history.clock.advance(7200)
    history.sandbox.faults.outage = True
    with pytest.raises(GivenUp):
        history.load(waits)
    history.sandbox.faults.outage = False
    assert wrong(history) == []


@pytest.mark.search  # in the normal run, the client's own
def test_max_pause_is_a_setting_of_the_load(history: History, waits: Waits) -> None:
    """An hour is asked for on a list, a minute is granted, and the load is complete."""
    history.sandbox.fail_next(429, retry_after=3600)
    assert history.load(waits, max_pause=60.0).exit_code == 0
    assert 60 <= waits.now < 70
    assert wrong(history) == []


@pytest.mark.search  # in the normal run, the throttle's own
def test_a_server_whose_clock_is_wrong_is_waited_for_no_longer(
    history: History, waits: Waits
) -> None:
    """Retry-After as a date an hour ahead, by a clock an hour ahead, is a wait of seconds."""
    history.sandbox.faults.set(clock_skew=3600.0)
    history.sandbox.on_answer(
        lambda _entry, answer: Answer(
            answer.status,
            answer.body,
            {**answer.headers, "retry-after": "Tue, 10 Nov 2026 09:00:20 GMT"}
            if answer.status == 429
            else answer.headers,
        )
    )
    history.sandbox.fail_next(429)
    assert history.load(waits).exit_code == 0
    assert 15 <= waits.now < 30
