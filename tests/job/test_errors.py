"""Bad input to the main job: one screen that says what, where and what next, and the exit code.

No e-mail, name or token may stand in what a failed run says or leaves behind.
"""

import importlib.util
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

import duckdb
import pytest

from tests.tools.main_job import (
    PASSWORD,
    SCRIPT,
    Done,
    account,
    environment,
    personal_data_below,
    personal_data_in,
    run_job,
    started_job,
)
from workforce_source.sandbox import Sandbox

SCREEN = 24
ELSEWHERE = {"SOURCES__WORKFORCE__BASE_URL": "http://127.0.0.1:9/v1"}
"""An address nobody answers at: what is wrong before the API is asked must be said before."""


@dataclass(frozen=True)
class Bad:
    """One bad input.

    Attributes:
        code: The exit code.
        says: What the message must hold.
        variables: What is set in the environment beside the account.
        flags: Flags of the run.
        files: Files in the folder, by name.
        unset: Settings of the account that are not given.
    """

    code: int
    says: tuple[str, ...]
    variables: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    files: dict[str, str] = field(default_factory=dict)
    unset: tuple[str, ...] = ()


CASES = {
    "wrong token": Bad(
        2,
        ("401", "organizations/{organization_id}/", "Check api_token"),
        {"SOURCES__WORKFORCE__API_TOKEN": "not-the-token"},
    ),
    "unknown organization": Bad(
        2,
        ("404", "Check organization_id"),
        {"SOURCES__WORKFORCE__ORGANIZATION_ID": "11111111-2222-3333-4444-555555555555"},
    ),
    "unreachable host": Bad(
        1,
        ("127.0.0.1:9", "could not be reached", "Check the host in base_url"),
        {**ELSEWHERE, "SOURCES__WORKFORCE__GIVE_UP_AFTER": "0.5"},
    ),
    "no settings at all": Bad(
        2,
        (
            "api_token and organization_id are not set",
            ".dlt/secrets.toml",
            "SOURCES__WORKFORCE__API_TOKEN",
            ".dlt/config.toml",
            "SOURCES__WORKFORCE__ORGANIZATION_ID",
            "--sandbox",
        ),
        unset=("API_TOKEN", "ORGANIZATION_ID"),
    ),
    "no token": Bad(
        2, ("api_token is not set", "SOURCES__WORKFORCE__API_TOKEN"), unset=("API_TOKEN",)
    ),
    "a setting of another type": Bad(
        2,
        ("max_workers", "int", "SOURCES__WORKFORCE__MAX_WORKERS"),
        {"SOURCES__WORKFORCE__MAX_WORKERS": "many"},
    ),
    "a setting out of range": Bad(
        2, ("badge_max_age", '"24h"'), ELSEWHERE, flags=("--badge-max-age", "soon")
    ),
    "secrets that are not TOML": Bad(
        2,
        ("secrets.toml is not TOML (line 2)", ".dlt"),
        files={".dlt/secrets.toml": '[sources.workforce]\napi_token = "open'},
    ),
    "secrets with a byte order mark": Bad(
        2,
        (".dlt/secrets.toml begins with a byte order mark", "Save it as UTF-8"),
        files={".dlt/secrets.toml": '\ufeff[sources.workforce]\napi_token = "a-token"'},
        flags=("--status",),
    ),
    "settings written by PowerShell": Bad(
        2,
        (".dlt/config.toml is not UTF-8", "Save it as UTF-8"),
        files={".dlt/config.toml": "[sources.workforce]\nteam = '\udcff'"},
    ),
    "a misspelt setting in a file": Bad(
        2,
        ("badge_max_aeg (config.toml", "did you mean badge_max_age?"),
        files={".dlt/config.toml": '[sources.workforce]\nbadge_max_aeg = "24h"'},
    ),
    "a token with a line break in a file": Bad(
        2,
        ("api_token has no blank at its beginning or end, no line break",),
        files={".dlt/secrets.toml": '[sources.workforce]\napi_token = "a-token\\n"'},
        unset=("API_TOKEN",),
    ),
    "a token in the file people commit": Bad(
        2,
        ("A secret stands in config.toml", "Move it (api_token", ".dlt/secrets.toml"),
        files={".dlt/config.toml": '[sources.workforce]\napi_token = "secret"'},
        unset=("API_TOKEN",),
    ),
    "no file for --refresh": Bad(
        2, ("--refresh", "No such file"), ELSEWHERE, flags=("--refresh", "nobody.txt")
    ),
    "--employees without --sandbox": Bad(2, ("--sandbox",), flags=("--employees", "5")),
    "unknown destination": Bad(
        2,
        ("no destination wherehouse", "duckdb", "postgres"),
        ELSEWHERE,
        flags=("--destination", "wherehouse"),
    ),
    "destination without settings": Bad(
        2,
        (
            "[destination.postgres.credentials] in .dlt/secrets.toml: database, password",
            "DESTINATION__POSTGRES__CREDENTIALS__HOST",
        ),
        ELSEWHERE,
        flags=("--destination", "postgres"),
    ),
    "a warehouse that is down": Bad(
        1,
        ("The destination postgres failed", "Check that it is up"),
        {
            **ELSEWHERE,
            "DESTINATION__POSTGRES__CREDENTIALS": f"postgresql://me:{PASSWORD}@127.0.0.1:9/one",
        },
        flags=("--destination", "postgres"),
    ),
    "a destination of files": Bad(
        2,
        ("filesystem cannot be loaded", "Choose a destination that was tried"),
        ELSEWHERE,
        flags=("--destination", "filesystem"),
    ),
    "dataset named like the file": Bad(
        2, ("dataset workforce", "--dataset"), ELSEWHERE, flags=("--dataset", "workforce")
    ),
    "a file that is no DuckDB file": Bad(
        1,
        ("workforce.duckdb", "DESTINATION__DUCKDB__CREDENTIALS"),
        ELSEWHERE,
        files={"workforce.duckdb": "name,email\n" * 1000},
    ),
    # below a file nobody can make a directory, not even root
    "a DuckDB file that cannot be made": Bad(
        1,
        ("notes/workforce.duckdb", "cannot be written", "DESTINATION__DUCKDB__CREDENTIALS"),
        {**ELSEWHERE, "DESTINATION__DUCKDB__CREDENTIALS": "notes/workforce.duckdb"},
        files={"notes": "a file"},
    ),
    "a working directory that cannot be made": Bad(
        1,
        ("notes/dlt", "cannot be written", "--pipelines-dir"),
        ELSEWHERE,
        flags=("--pipelines-dir", "notes/dlt"),
        files={"notes": "a file"},
    ),
}


def told(done_code: int, said: str, out: str, bad: Bad) -> None:
    """Assert that a run ended as it should and said so on one screen."""
    assert done_code == bad.code, said
    missing = [part for part in bad.says if part not in said]
    assert missing == [], said
    assert out == ""
    assert "Traceback" not in said
    assert ".py" not in said.replace("workforce_pipeline.py", "")
    assert len(said.splitlines()) <= SCREEN


FURTHER = (
    "settings written by PowerShell",
    "a misspelt setting in a file",
    "a token with a line break in a file",
    "a token in the file people commit",
)


@pytest.mark.parametrize(
    "name",
    [pytest.param(one, marks=[pytest.mark.search] if one in FURTHER else []) for one in CASES],
)
def test_bad_input_is_told_on_one_screen(name: str, tmp_path: Path, sandbox: Sandbox) -> None:
    """The message names what, where and what next; the exit code says whose turn it is."""
    bad = CASES[name]
    for path, content in bad.files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(content, encoding="utf-8", errors="surrogateescape")
    variables = account(sandbox) | bad.variables
    for setting in bad.unset:
        del variables[f"SOURCES__WORKFORCE__{setting}"]
    done = run_job(tmp_path, *bad.flags, variables=variables)
    told(done.returncode, done.stderr, done.stdout, bad)
    assert personal_data_in(done.stderr, sandbox) == set()
    assert personal_data_below(tmp_path, sandbox) == {}


def test_a_web_page_instead_of_json_is_a_wrong_address(tmp_path: Path, sandbox: Sandbox) -> None:
    """A host that answers people, not programs, is named by its setting."""
    sandbox.faults.html = True
    done = run_job(tmp_path, variables=account(sandbox))
    told(done.returncode, done.stderr, done.stdout, Bad(1, ("not JSON", "base_url")))
    assert personal_data_below(tmp_path, sandbox) == {}


def test_a_locked_duckdb_file_names_who_has_it(tmp_path: Path, sandbox: Sandbox) -> None:
    """While another program has the file open, nothing is read and nothing is left behind."""
    file = tmp_path / "workforce.duckdb"
    holder = (
        "import duckdb, sys; c = duckdb.connect(sys.argv[1]);"
        " print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout
        assert other.stdout.readline() == "open\n"
        done = run_job(tmp_path, variables=account(sandbox))
        other.communicate("")
    says = ("workforce.duckdb", f"process {other.pid}", "Close it")
    told(done.returncode, done.stderr, done.stdout, Bad(1, says))
    assert sandbox.counts() == {}
    assert personal_data_below(tmp_path, sandbox) == {}


@pytest.mark.search  # waits for several attempts of dlt
def test_a_full_disk_is_named_and_made_up_for(tmp_path: Path, sandbox: Sandbox) -> None:
    """A file that may grow no more is said to be that, and the next run loads what is left."""

    def limited(flag: str) -> Done:
        return subprocess.run(
            ["/bin/sh", "-c", 'ulimit -f 200; exec "$@"', "sh", sys.executable, str(SCRIPT), flag],
            cwd=tmp_path,
            env=environment(tmp_path, account(sandbox) | {"LOAD__RAISE_ON_MAX_RETRIES": "1"}),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    full = limited("--no-marts")
    says = ("no room left", "Make room", "run again")
    told(full.returncode, full.stderr, full.stdout, Bad(1, says))
    done = run_job(tmp_path, "--no-marts", variables=account(sandbox))
    assert done.returncode == 0, done.stderr
    assert "an earlier run had left behind were finished" in done.stdout
    marts = limited("--no-load")
    told(marts.returncode, marts.stderr, marts.stdout, Bad(1, says))


def test_a_second_run_at_once_is_told_who_runs(tmp_path: Path, sandbox: Sandbox) -> None:
    """The lock names its holder, and the second run reads nothing."""
    sandbox.faults.hold = 60.0
    arrived = Event()
    sandbox.on_request(lambda _: arrived.set())
    with started_job(tmp_path, variables=account(sandbox)) as first:
        assert arrived.wait(60)
        asked = sandbox.counts()
        done = run_job(tmp_path, variables=account(sandbox))
        assert sandbox.counts() == asked
        says = ("workforce", f"process {first.pid}", "Wait for it to end")
        told(done.returncode, done.stderr, done.stdout, Bad(1, says))


@pytest.mark.skipif(importlib.util.find_spec("snowflake") is not None, reason="it is installed")
def test_a_destination_without_its_packages_names_the_extra(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Snowflake, configured but not installed, is one `pip install` away."""
    credentials = {
        f"DESTINATION__SNOWFLAKE__CREDENTIALS__{name}": "x"
        for name in ("DATABASE", "HOST", "USERNAME", "PASSWORD", "WAREHOUSE", "ROLE")
    }
    done = run_job(tmp_path, "--destination", "snowflake", variables=account(sandbox) | credentials)
    bad = Bad(2, ("snowflake", "pip install 'workforce-source[snowflake]'"))
    told(done.returncode, done.stderr, done.stdout, bad)


def test_debug_shows_where_it_came_from(tmp_path: Path, sandbox: Sandbox) -> None:
    """With --debug, and only then, the lines of code are shown; still nothing personal."""
    wrong = account(sandbox) | {"SOURCES__WORKFORCE__API_TOKEN": "not-the-token"}
    done = run_job(tmp_path, "--debug", variables=wrong)
    assert done.returncode == 2
    assert "Check api_token" in done.stderr
    assert "client.py:" in done.stderr
    assert "not-the-token" not in done.stderr
    assert personal_data_in(done.stderr, sandbox) == set()


@pytest.mark.search  # in the normal run, tests/loading/test_redaction.py
def test_what_a_destination_quotes_is_not_shown(tmp_path: Path, sandbox: Sandbox) -> None:
    """A destination that refuses rows quotes them; neither the message nor --debug does."""
    assert run_job(tmp_path, "--no-marts", variables=account(sandbox)).returncode == 0
    with duckdb.connect(str(tmp_path / "workforce.duckdb")) as connection:
        connection.execute("create unique index once on credly.employees (email)")
    one, other = sandbox.population.employees[:2]
    sandbox.population.edit(one.id, email=other.email)
    done = run_job(tmp_path, "--debug", variables=account(sandbox))
    assert done.returncode == 1
    assert "ConstraintException" in done.stderr
    assert personal_data_in(done.stderr, sandbox) == set()
