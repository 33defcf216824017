"""Alerts and the sign of life, heard by a server on loopback; and what `--status` says."""

import json
import re
import threading
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import apprise
import pytest

from tests.tools.main_job import CHECKOUT, Done, account, personal_data_in, run_job
from workforce_source.job.alarms import alarms
from workforce_source.job.notify import Notify
from workforce_source.sandbox import Sandbox

NOW = datetime(2026, 11, 10, 8, tzinfo=UTC)


class Hearing:
    """A server that hears, and answers with a status."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str]]] = []
        self.status = 200
        hearing = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._answer({})

            def do_POST(self) -> None:
                self._answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

            def _answer(self, body: dict[str, str]) -> None:
                hearing.heard.append((self.path, body))
                self.send_response(hearing.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def take(self) -> list[tuple[str, dict[str, str]]]:
        """What was heard since the last time."""
        heard, self.heard = self.heard, []
        return heard

    def close(self) -> None:
        """Hear nothing more."""
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def hearing() -> Iterator[Hearing]:
    """Somebody who is told."""
    serving = Hearing()
    yield serving
    serving.close()


def test_alarms_are_told_when_they_come_and_when_they_go(tmp_path: Path, hearing: Hearing) -> None:
    """Once each; a job that ends well gives a sign of life; nobody is named, and no load fails."""
    with Sandbox(employees=12, seed=7) as sandbox:
        to = f"127.0.0.1:{hearing.port}"
        told = {
            "SOURCES__WORKFORCE__NOTIFY__ADDRESSES": json.dumps([f"json://{to}/alerts"]),
            "SOURCES__WORKFORCE__NOTIFY__HEARTBEAT": f"http://{to}/alive",
        }
        said: list[Any] = []

        def job(*flags: str, **settings: str) -> tuple[Done, list[tuple[str, str]]]:
            more = {f"SOURCES__WORKFORCE__{name.upper()}": v for name, v in settings.items()}
            done = run_job(tmp_path, "--no-marts", *flags, variables=account(sandbox) | told | more)
            heard = hearing.take()
            said.extend([heard, done.stdout, done.stderr])
            return done, [(path, body.get("title", "")) for path, body in heard]

        alive = ("/alive", "")
        done, heard = job()
        assert (done.returncode, heard) == (0, [alive])
        wrong = {"api_token": "wrong"}
        done, heard = job(**wrong)
        told_of = [("/alerts", "workforce_source: exit 2")]
        assert (done.returncode, heard) == (2, told_of), done.stderr
        done, heard = job(**wrong)
        assert (done.returncode, heard) == (2, [])
        # the flag adds an address; the rotten one is said, and told again by the next run
        hearing.status = 500
        done, heard = job("--notify", "nonsense")
        assert done.returncode == 0
        assert ("/alerts", "workforce_source: all is well again") in heard
        assert "An alert could not be sent" in done.stderr
        assert "nonsense" not in done.stderr
        assert "sign of life (heartbeat) was not heard" in done.stderr
        hearing.status = 200
        ending = {"api_token_issued": f"{datetime.now(UTC) - timedelta(days=170):%Y-%m-%d}"}
        done, heard = job(**ending)
        assert heard == [("/alerts", "workforce_source: token"), alive]
        assert "The API token ends on" in done.stdout
        done, heard = job(**ending)
        assert heard == [alive]
        # what keeps a run from beginning is an alarm, too
        for expected in ([("/alerts", "workforce_source: exit 2")], []):
            done, heard = job(max_workers="0")
            assert (done.returncode, heard) == (2, expected), done.stderr
        asked = sandbox.counts()
        status = run_job(tmp_path, "--status", variables={})
        assert status.returncode == 0, status.stderr
        assert sandbox.organization_id in status.stdout
        assert "as of" in status.stdout
        plain = run_job(tmp_path, "--status", "--json", variables={})
        (row,) = json.loads(plain.stdout)
        assert (row["exit_code"], row["fresh"]) == (0, True)
        assert sandbox.counts() == asked
        said += [status.stdout, plain.stdout]
        assert personal_data_in(json.dumps(said), sandbox) == set()


@pytest.mark.search  # in the normal run, alarms of real ones
def test_invented_people_are_no_sign_of_life(tmp_path: Path, hearing: Hearing) -> None:
    """Else somebody who tries the sandbox hides that the real job never starts."""
    heartbeat = {"SOURCES__WORKFORCE__NOTIFY__HEARTBEAT": f"http://127.0.0.1:{hearing.port}/alive"}
    flags = ("--sandbox", "--employees", "12", "--no-marts")
    done = run_job(tmp_path, *flags, variables=heartbeat)
    assert (done.returncode, hearing.take()) == (0, []), done.stderr


@pytest.mark.search  # in the normal run, alarms of checks
def test_the_status_is_that_of_the_last_run_checks_included(tmp_path: Path) -> None:
    """Exit 4 of a check, and its name; without any run it is exit 2."""
    nothing = run_job(tmp_path, "--status", variables={})
    assert nothing.returncode == 2
    with Sandbox(employees=40, seed=7) as sandbox:
        accepted = [e.id for e in sandbox.population.employees if e.employee_state == "accepted"]
        for employee_id in accepted[:5]:
            sandbox.answer_employee(employee_id, 403)
        assert run_job(tmp_path, "--no-marts", variables=account(sandbox)).returncode == 3
        assert run_job(tmp_path, variables=account(sandbox)).returncode == 4
    status = run_job(tmp_path, "--status", variables={})
    assert status.returncode == 4
    assert "checks" in status.stdout
    plain = json.loads(run_job(tmp_path, "--status", "--json", variables={}).stdout)
    assert plain[0]["checks"]
    assert plain[0]["unreadable"] == 5


def runs(*rows: int, **last: Any) -> list[dict[str, Any]]:
    """Runs that wrote so many rows, the newest first; each took a minute, an hour apart."""
    made: list[dict[str, Any]] = [
        {
            "started": NOW - timedelta(hours=n, minutes=1),
            "ended": NOW - timedelta(hours=n),
            "exit_code": 0,
            "accepted": 1000,
            "unreadable": 0,
            "rows_held_back": 0,
            "rows_written": count,
            "as_of": NOW - timedelta(hours=n),
            "fresh_until": NOW + timedelta(hours=24 - n),
            "token_ends": None,
        }
        for n, count in enumerate(rows)
    ]
    made[0] |= last
    return made


USUAL: Sequence[int] = (40, 55, 30, 0, 62, 41, 38, 12, 44, 51)


@pytest.mark.parametrize(
    ("history", "kinds"),
    [
        (runs(*USUAL), []),
        (runs(180, *USUAL), []),
        (runs(5000, *USUAL), ["rows"]),
        (runs(5000, *USUAL[:5]), []),
        (runs(5000, 5000, *USUAL), ["rows"]),
        (runs(*USUAL, started=NOW - timedelta(hours=2)), ["duration"]),
        (runs(*USUAL, unreadable=51), ["unreadable"]),
        (runs(*USUAL, unreadable=50), []),
        (runs(*USUAL, exit_code=5, rows_held_back=30), ["exit 5", "held back"]),
        (runs(*USUAL, exit_code=1, error="GivenUp", as_of=None), ["exit 1"]),
        (runs(*USUAL, exit_code=143, as_of=None), []),
        (runs(*USUAL, fresh_until=NOW - timedelta(minutes=1)), ["stale"]),
        (runs(*USUAL, token_ends=NOW + timedelta(days=29)), ["token"]),
        (runs(*USUAL, token_ends=NOW + timedelta(days=31)), []),
        ([], []),
    ],
)
def test_what_is_an_alarm_follows_from_the_audit(
    history: list[dict[str, Any]], kinds: list[str]
) -> None:
    """A run is compared with the middle of those before it, and how far they are from it."""
    assert list(alarms(history)) == kinds


@pytest.mark.filterwarnings("ignore:'imghdr'")  # Apprise looks for it
def test_the_sections_of_the_page_are_settings() -> None:
    """What docs/operations.md shows of who is told can be copied."""
    page = (CHECKOUT / "docs" / "operations.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    section = tomllib.loads(shown)["sources"]["workforce"]["notify"]
    assert section.keys() == Notify.get_resolvable_fields().keys()
    assert all(apprise.Apprise.instantiate(address) for address in section["addresses"])
