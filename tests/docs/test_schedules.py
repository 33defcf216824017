"""The schedules people paste, run to the letter: cron's entry, and the steps of the workflow.

Each runs with what it keeps locally, and without: then the destination alone is the memory. The
sandbox is the account, and a `python3` on the PATH stands in for `run.py`, so that nothing is
installed.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt
import pytest
import yaml

from tests.tools.compare import differences
from tests.tools.main_job import CHECKOUT, personal_data_in
from workforce_source.loading.lock import run_lock
from workforce_source.sandbox import Sandbox

SCHEDULES = CHECKOUT / "pipelines" / "schedules"
CRONTAB = (SCHEDULES / "crontab").read_text(encoding="utf-8")
WORKFLOW_TEXT = (SCHEDULES / "github-actions.yml").read_text(encoding="utf-8")
WORKFLOW = yaml.safe_load(WORKFLOW_TEXT)
ON = WORKFLOW[True]  # `on` is a truth value in the YAML of PyYAML
(JOB,) = WORKFLOW["jobs"].values()
LISTS = {"employees": 1, "external_badges": 1}
"""All that is asked of the API when nobody's badges are due: forty people are a page."""
Done = subprocess.CompletedProcess[str]


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """Serve forty people."""
    with Sandbox(employees=40, seed=7) as serving:
        yield serving


@dataclass
class Organization:
    """What a schedule loads, looked at after each of its runs.

    Attributes:
        sandbox: The account.
        pipeline: Reads the destination, with working files of its own.
        null_texts: Whether the destination makes null of empty texts, as dlt's COPY does.
    """

    sandbox: Sandbox
    pipeline: dlt.Pipeline
    null_texts: bool = False

    def edit(self, number: int) -> tuple[str, str, str]:
        """Let somebody whose badges nobody reads change, and get what `changes` must say of it."""
        others = [e for e in self.sandbox.population.employees if e.employee_state != "accepted"]
        changed = self.sandbox.population.edit(others[number].id, position_title="Head of Trials")
        return ("employees", "changed", json.dumps([changed.id]))

    def asked(self) -> dict[str, int]:
        """Requests since the last look, by endpoint."""
        found = self.sandbox.counts()
        self.sandbox.requests.clear()
        return found

    def first_load(self) -> dict[str, int]:
        """Requests of a first load."""
        people = self.sandbox.population.employees
        return LISTS | {"employee_data": sum(e.employee_state == "accepted" for e in people)}

    def unlike(self) -> list[str]:
        """What the destination has otherwise than the sandbox, a line each."""
        truth = self.sandbox.truth()
        if self.null_texts:
            for row in (row for rows in truth.values() for row in rows):
                row.update({name: None for name, value in row.items() if value == ""})
        return differences(self.pipeline, truth)

    def told(self) -> set[tuple[str, str, str]]:
        """Every entry of `changes` so far: table, kind and key."""
        with self.pipeline.sql_client() as client:
            table = client.make_qualified_table_name("changes")
            found = client.execute_sql(f"SELECT table_name, change, row_key FROM {table}")
        return {(str(name), str(kind), str(key)) for name, kind, key in found or ()}


def checkout(folder: Path) -> Path:
    """Make a folder that has what a schedule needs of the checkout."""
    folder.mkdir()
    (folder / "pipelines").symlink_to(CHECKOUT / "pipelines")
    return folder


def path_with_python(folder: Path) -> str:
    """Get a PATH whose `python3 run.py ...` is this interpreter with these packages."""
    folder.mkdir(exist_ok=True)
    places = os.pathsep.join([str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])])
    shim = folder / "python3"
    shim.write_text(
        "#!/bin/sh\n"
        '[ "$1" = run.py ] || { echo "not run.py, but $1" >&2; exit 99; }\n'
        "shift\n"
        f"export RUNTIME__DLTHUB_TELEMETRY=false PYTHONPATH={shlex.quote(places)}\n"
        f'exec {shlex.quote(sys.executable)} "$@"\n',
        encoding="utf-8",
    )
    shim.chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


class Cron:
    """Cron with the crontab of the repository, whose places are below a folder.

    Args:
        folder: Home of the user, with everything the job writes.
        sandbox: The account, in `.dlt/secrets.toml` of the checkout.
    """

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        lines = [line for line in CRONTAB.splitlines() if line and not line.startswith("#")]
        assignments = [line for line in lines if re.match(r"[A-Z_]+=", line)]
        (entry,) = (line for line in lines if line not in assignments)
        *self.times, self.command = entry.split(maxsplit=5)
        self._home = folder
        self.checkout = checkout(folder / "checkout")
        self.kept = folder / "dlt"
        self.log = folder / "load.log"
        written = dict(line.split("=", 1) for line in assignments)
        edited = {
            "CHECKOUT": str(self.checkout),
            "DLT_DATA_DIR": str(self.kept),
            "LOG": str(self.log),
            "PATH": path_with_python(folder / "bin"),
        }
        assert edited.keys() <= written.keys(), "the test edits a line that is not there"
        # what cron gives every job, and nothing of whoever runs the tests
        given = {"HOME": str(folder), "LOGNAME": "loader", "SHELL": "/bin/sh"}
        self.environment = given | written | edited
        (self.checkout / ".dlt").mkdir()
        self.use(sandbox.settings)

    def use(self, settings: dict[str, str]) -> None:
        """Write the settings of an account where the crontab says they belong."""
        lines = [f'{name} = "{value}"' for name, value in settings.items()]
        secrets = "\n".join(["[sources.workforce]", *lines])
        (self.checkout / ".dlt" / "secrets.toml").write_text(secrets, encoding="utf-8")

    def run(self) -> Done:
        """Do what cron does at the time; what it prints is what cron would send as a mail."""
        return subprocess.run(
            [self.environment["SHELL"], "-c", self.command],
            cwd=self._home,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.mark.search  # in the normal run, that a second run is told
def test_cron_loads_with_and_without_its_working_directory(
    tmp_path: Path, sandbox: Sandbox
) -> None:
    """Two lists and no mail; what it keeps may be lost, the DuckDB file left is memory enough."""
    cron = Cron(tmp_path, sandbox)
    file = cron.checkout / "workforce.duckdb"
    organization = Organization(
        sandbox,
        dlt.pipeline(
            "looking",
            pipelines_dir=str(tmp_path / "looking"),
            destination=dlt.destinations.duckdb(str(file)),
            dataset_name="credly",
        ),
    )

    def run() -> None:
        done = cron.run()
        log = cron.log.read_text(encoding="utf-8")
        assert (done.returncode, done.stdout) == (0, ""), log
        assert log.endswith("\nexit 0\n")
        assert personal_data_in(log, sandbox) == set()

    run()
    assert organization.asked() == organization.first_load()
    assert organization.unlike() == []
    assert organization.told() == set()
    assert {file.stat().st_mode & 0o77, cron.log.stat().st_mode & 0o77} == {0}

    first = organization.edit(0)
    run()
    assert organization.asked() == LISTS
    assert organization.unlike() == []
    assert organization.told() == {first}

    shutil.rmtree(cron.kept)
    cron.log.unlink()
    second = organization.edit(1)
    run()
    assert organization.asked() == LISTS
    assert organization.unlike() == []
    assert organization.told() == {first, second}


def test_cron_mails_the_end_of_the_log_and_the_exit_code(tmp_path: Path, sandbox: Sandbox) -> None:
    """A failed run is a mail that says why and ends with its code, which is the entry's own."""
    cron = Cron(tmp_path, sandbox)
    cron.use(sandbox.settings | {"api_token": "not-the-token"})
    done = cron.run()
    assert done.returncode == 2
    assert "Check api_token" in done.stdout
    assert done.stdout.endswith("\nexit 2\n")
    assert personal_data_in(done.stdout, sandbox) == set()


@pytest.mark.search  # in the normal run, the end of one
def test_cron_starts_no_second_run_beside_a_running_one(tmp_path: Path, sandbox: Sandbox) -> None:
    """It names who runs and ends with 1, before it reads anything."""
    cron = Cron(tmp_path, sandbox)
    with run_lock(cron.kept / "pipelines", "workforce"):
        done = cron.run()
    assert done.returncode == 1
    assert f"already running: process {os.getpid()}" in done.stdout
    assert done.stdout.endswith("\nexit 1\n")
    assert sandbox.counts() == {}


@pytest.mark.parametrize("lost", ["CHECKOUT", "LOG"])
def test_cron_is_not_silent_where_a_place_is_missing(
    lost: str, tmp_path: Path, sandbox: Sandbox
) -> None:
    """No checkout, or no folder for the log, is a mail and not a job that never ran."""
    cron = Cron(tmp_path, sandbox)
    cron.environment[lost] = str(tmp_path / "nowhere" / "here")
    done = cron.run()
    assert done.returncode != 0
    assert "nowhere/here" in done.stdout
    assert not cron.log.exists(), "something ran, in a directory that is not the checkout"
    assert sandbox.counts() == {}


def test_cron_takes_the_entry_as_it_stands() -> None:
    """Once an hour; no `%`, of which cron makes an end of line; no secret; an end of line last."""
    command = CRONTAB.splitlines()[-1]
    assert command.split()[:5] == ["17", "*", "*", "*", "*"]
    assert "%" not in command
    assert CRONTAB.endswith("}\n")
    assert "SOURCES__" not in CRONTAB


class Runner:
    """A runner of GitHub Actions, as far as the steps of the workflow need one.

    Args:
        folder: Where it works.
        secrets: Secrets of the repository.
        base_url: Where the API is, from here.
    """

    def __init__(self, folder: Path, secrets: dict[str, str], base_url: str) -> None:
        self.workspace = folder / "workspace"
        self.kept = folder / "dlt"
        self.summary = folder / "summary.md"
        self._folder = folder
        self._secrets = secrets
        self._base_url = base_url
        self._path = path_with_python(folder / "bin")

    def run(self, flags: str = "") -> tuple[bool, str]:
        """Run the job; get whether GitHub would call it a success, and its log."""
        if not self.workspace.exists():
            checkout(self.workspace)
        self.summary.write_text("", encoding="utf-8")
        success, log = True, ""
        for step in JOB["steps"]:
            if "run" in step and (success or "cancelled()" in step.get("if", "")):
                done = self._step(step, flags)
                success, log = success and done.returncode == 0, log + done.stdout
        return success, log

    def lose(self) -> None:
        """Be a new machine."""
        shutil.rmtree(self.workspace)
        shutil.rmtree(self.kept)

    def _step(self, step: dict[str, Any], flags: str) -> Done:
        script = self._folder / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        # as GitHub starts them: https://docs.github.com/actions, "jobs.<job_id>.steps[*].shell"
        shells = {
            None: ["bash", "-e"],
            "bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"],
        }
        given = {
            "HOME": str(self._folder),
            "PATH": self._path,
            "DLT_DATA_DIR": str(self.kept),  # dlt's own place, were the tests not run by root
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "SOURCES__WORKFORCE__BASE_URL": self._base_url,
        }
        own = {name: self._value(text, flags) for name, text in step.get("env", {}).items()}
        return subprocess.run(
            [*shells[step.get("shell")], str(script)],
            cwd=self.workspace,
            env=given | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )

    def _value(self, text: str, flags: str) -> str:
        """Get what GitHub puts in the place of an expression; an unknown secret is empty."""
        known = {f"secrets.{name}": value for name, value in self._secrets.items()}
        known["inputs.flags"] = flags
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known.get(found[1], ""), text)


def secrets_of(sandbox: Sandbox, warehouse: str) -> dict[str, str]:
    """The secrets the workflow names."""
    return {
        "WORKFORCE_ORGANIZATION_ID": sandbox.organization_id,
        "WORKFORCE_API_TOKEN": sandbox.api_token,
        "WAREHOUSE_URL": warehouse,
    }


@pytest.mark.search  # in the normal run, that it is safe to paste and fails with the job
@pytest.mark.postgres
def test_the_workflow_loads_on_a_new_machine_every_time(
    tmp_path: Path, sandbox: Sandbox, postgres_url: str
) -> None:
    """A machine that kept nothing asks for two lists, and loads the true changes."""
    runner = Runner(tmp_path, secrets_of(sandbox, postgres_url), sandbox.base_url)
    organization = Organization(
        sandbox,
        dlt.pipeline(
            "looking",
            pipelines_dir=str(tmp_path / "looking"),
            destination=dlt.destinations.postgres(postgres_url),
            dataset_name="scheduled",
        ),
        null_texts=True,
    )

    def run() -> None:
        success, log = runner.run("--dataset scheduled")
        assert success, log
        assert "Loaded into postgres, dataset scheduled" in log
        assert "Loaded into postgres" in runner.summary.read_text(encoding="utf-8")
        assert personal_data_in(log, sandbox) == set()

    run()
    assert organization.asked() == organization.first_load()
    assert organization.unlike() == []
    assert organization.told() == set()

    runner.lose()
    change = organization.edit(0)
    run()
    assert organization.asked() == LISTS
    assert organization.unlike() == []
    assert organization.told() == {change}


@pytest.mark.search  # in the normal run, cron's
def test_the_workflow_fails_with_the_job_and_says_why(tmp_path: Path, sandbox: Sandbox) -> None:
    """A secret that is not set fails the job, although its output goes through a pipe."""
    secrets = secrets_of(sandbox, "postgresql://me:pass@127.0.0.1:9/one")
    del secrets["WORKFORCE_API_TOKEN"]
    runner = Runner(tmp_path, secrets, sandbox.base_url)
    success, log = runner.run()
    assert not success
    assert "api_token" in log
    assert "api_token" in runner.summary.read_text(encoding="utf-8")


def test_the_workflow_is_safe_to_paste() -> None:
    """Actions by their commit, least rights, one run at a time, an end, no secret in a script."""
    assert [entry["cron"] for entry in ON["schedule"]] == ["17 * * * *"]
    assert WORKFLOW["permissions"] == {"contents": "read"}
    assert WORKFLOW["concurrency"] == {"group": "workforce", "cancel-in-progress": False}
    assert 0 < JOB["timeout-minutes"] < 360  # a hosted runner ends a job after six hours
    for step in JOB["steps"]:
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
            assert re.search(rf"{step['uses']} # v\d+\.\d+\.\d+$", WORKFLOW_TEXT, re.MULTILINE)
        else:
            assert "${{" not in step["run"]
