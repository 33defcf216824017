"""What a load logs: quiet unless asked, one line a page or batch, and nothing of a person ever."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.tools.histories import History
from tests.tools.logged import OURS, everything_logged, private_to, whole
from tests.tools.main_job import Done, account, run_job
from tests.tools.timekeeping import Waits
from workforce_source.sandbox import Entry, Sandbox


def test_no_record_of_a_load_holds_anything_of_a_person_or_a_secret() -> None:
    """A first load with faults and an unreadable employee, then one with changes, at DEBUG."""
    waits = Waits()
    history = History(employees=100, checkpoint_every=50)
    faults = {"error_share": 0.1, "statuses": (500, 503, 429), "retry_after": "fraction"}

    def begin(entry: Entry) -> None:
        if entry.number == 2:
            history.sandbox.faults.set(**faults, reset_share=0.05, truncated_share=0.05)

    history.sandbox.on_request(begin)
    accepted = [p for p in history.sandbox.population.employees if p.employee_state == "accepted"]
    try:
        history.refuse(accepted[0].id, 403)
        history.refuse(accepted[1].id, 500)
        private = private_to(history.sandbox)
        history.sandbox.fail_next(503, count=12, endpoint="employees")  # long enough to be told
        with everything_logged() as records:
            assert history.load(waits).exit_code == 3
            history.sandbox.churn(share=0.1)
            private |= private_to(history.sandbox)
            history.clock.advance(7200)
            history.load(waits)
    finally:
        history.close()
    said = {record.levelno for record in records if record.name.startswith(OURS)}
    assert said == {logging.DEBUG, logging.INFO, logging.WARNING}
    texts = [(record.name, whole(record)) for record in records]
    told = [(name, one) for name, text in texts for one in private if one in text]
    assert told == []


def test_a_record_carries_its_facts() -> None:
    """Endpoint, page and counts are attributes, so that nobody has to parse a message."""
    history = History(employees=20)
    try:
        with everything_logged() as records:
            history.load()
    finally:
        history.close()
    pages = [vars(record) for record in records if hasattr(record, "pages")]
    assert {page["endpoint"] for page in pages} == {"employees", "external_badges"}
    assert {(page["page"], page["pages"]) for page in pages} == {(1, 1)}
    packages = [vars(record) for record in records if hasattr(record, "tables")]
    assert sum(package["rows"] for package in packages) > 20


def test_an_api_that_stays_silent_is_told_now_and_then() -> None:
    """Ten minutes of outage are a few warnings, whatever the number of threads."""
    waits = Waits()
    history = History(employees=60)

    def look(entry: Entry) -> None:
        if entry.endpoint == "employee_data" and waits.now == 0:
            history.sandbox.faults.outage = True

    def come_back() -> None:
        if waits.now > 600:
            history.sandbox.faults.outage = False

    history.sandbox.on_request(look)
    waits.on_wait = come_back
    try:
        with everything_logged() as records:
            assert history.load(waits, max_workers=8).exit_code == 0
    finally:
        history.close()
    warnings = [r.getMessage() for r in records if r.name.startswith(OURS) and r.levelno > 20]
    assert 2 <= len(warnings) <= 11
    assert all("no usable answer" in one and "status 503" in one for one in warnings)


def job(tmp_path: Path, sandbox: Sandbox, *flags: str, **variables: str) -> Done:
    """The main job on the sandbox."""
    done = run_job(tmp_path, *flags, variables=account(sandbox) | variables)
    assert done.returncode == 0, done.stderr
    return done


@pytest.mark.search  # in the normal run, that records name nobody
def test_a_load_is_quiet_unless_asked(tmp_path: Path, sandbox: Sandbox) -> None:
    """Two lines on standard error say what it is at; --verbose tells pages and batches."""
    loading, marts = job(tmp_path, sandbox).stderr.splitlines()
    assert (loading[:7], marts) == ("Loading", "Building the marts ...")
    verbose = job(tmp_path, sandbox, "--verbose", "--json", "--no-marts", "--refresh-all")
    assert json.loads(verbose.stdout)["exit_code"] == 0
    lines = verbose.stderr.splitlines()
    assert [line for line in lines if "employees: page 2 of 2, 10 records" in line]
    assert [line for line in lines if "load package written" in line]
    assert len(lines) < 10


def test_log_format_json_is_dlts_and_ours(tmp_path: Path, sandbox: Sandbox) -> None:
    """Who sets dlt's log_format gets one JSON object a line, with the facts of each record."""
    variables = {"RUNTIME__LOG_FORMAT": "JSON"}
    done = job(tmp_path, sandbox, "--verbose", "--json", "--no-marts", **variables)
    assert json.loads(done.stdout)["exit_code"] == 0
    lines: list[dict[str, Any]] = [
        json.loads(line) for line in done.stderr.splitlines() if line.startswith("{")
    ]
    pages = [line for line in lines if line.get("endpoint") == "employees"]
    assert [(line["level"], line["page"], line["records"]) for line in pages] == [
        ("INFO", 1, 50),
        ("INFO", 2, 10),
    ]


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_nothing_is_set_up_for_programs_that_log_themselves(level: str) -> None:
    """The package has no handler and no level of its own: `logging` of the program decides."""
    logger = logging.getLogger(OURS)
    assert logger.handlers == []
    assert logger.level == logging.NOTSET
    assert logger.propagate
    assert not logger.isEnabledFor(getattr(logging, level))
