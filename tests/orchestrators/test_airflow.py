"""The DAG for Airflow, run by Airflow: organizations in a mapped task, marts after, ends to route.

One command runs them: `python3 run.py --lock requirements-airflow.lock -m pytest -m orchestrators`.
"""

import os
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from tests.orchestrators.conftest import (
    FAILING,
    NAMES,
    NOBODY_READ,
    PARTIAL,
    WHOLE,
    departments_hidden,
)
from tests.tools.compare import differences
from tests.tools.documents import blocks_of, page
from workforce_source.sandbox import Sandbox

pytest.importorskip(
    "airflow.sdk", reason="Airflow has an environment of its own: --lock requirements-airflow.lock"
)

pytestmark = [
    pytest.mark.orchestrators,
    # what Airflow runs a task with warns of packages of its own; ours are errors elsewhere
    pytest.mark.filterwarnings("default"),
]


FILE = """
from datetime import timedelta
from workforce_source.airflow import workforce_dag

dag = workforce_dag("duckdb", at_once=1, retries=1, retry_delay=timedelta(0))
"""
"""In the folder of DAGs; where the DuckDB file is, stands in the configuration."""


@pytest.fixture(scope="module")
def dag() -> Any:
    """The DAG of a file, as Airflow finds it."""
    file = Path(os.environ["AIRFLOW_HOME"], "dags", "workforce.py")
    file.parent.mkdir(parents=True)
    file.write_text(FILE, encoding="utf-8")
    subprocess.run([sys.executable, "-m", "airflow", "db", "migrate"], check=True, timeout=280)
    return runpy.run_path(str(file))["dag"]


class Ran:
    """A run of the DAG: its state, and those of its tasks."""

    def __init__(self, dag: Any, file: Path, **variables: str) -> None:
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(file))
            for name, value in variables.items():
                environment.setenv(name, value)
            self.run = dag.test()
        self.tasks = {(one.task_id, one.map_index): one for one in self.run.get_task_instances()}

    def state(self, task: str, index: int = -1) -> str:
        """The state a task ended in."""
        return str(self.tasks[task, index].state)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all are loaded into."""
    return tmp_path_factory.mktemp("airflow") / "workforce.duckdb"


@pytest.fixture(scope="module")
def ran(organizations: dict[str, Sandbox], dag: Any, file: Path) -> Ran:
    """Three organizations, loaded into one DuckDB file."""
    return Ran(dag, file)


def test_an_organization_is_loaded_by_a_task_of_its_own(
    ran: Ran, organizations: dict[str, Sandbox], file: Path, tmp_path: Path
) -> None:
    """As it is, and shown by its name."""
    looked_at = dlt.pipeline(
        "looked_at",
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="credly",
        pipelines_dir=str(tmp_path),
    )
    assert ran.tasks["load", NAMES.index(WHOLE)].rendered_map_index == WHOLE
    assert ran.state("load", NAMES.index(WHOLE)) == "success"
    sandbox = organizations[WHOLE]
    assert differences(looked_at, sandbox.truth(), organization_id=sandbox.organization_id) == []


def test_a_partial_load_is_a_success_that_can_be_routed(ran: Ran) -> None:
    """Exit 3: the task of that name ends with success, and the others are skipped."""
    assert ran.state("load", NAMES.index(PARTIAL)) == "success"
    assert ran.state("partial") == "success"
    assert ran.state("held_back") == "skipped"


def test_wrong_credentials_fail_their_task_and_the_run_and_nothing_else(ran: Ran) -> None:
    """Exit 2 is not tried again; marts are made of the others."""
    task = ran.tasks["load", NAMES.index(FAILING)]
    assert (str(task.state), task.try_number) == ("failed", 1)
    assert ran.state("marts") == "success"
    assert (ran.state("failed"), str(ran.run.state)) == ("failed", "failed")


def test_what_may_pass_is_tried_again(
    organizations: dict[str, Sandbox], dag: Any, tmp_path: Path
) -> None:
    """Exit 1: here a file in a folder that is not there; without a load there are no marts."""
    ran = Ran(dag, tmp_path / "no_such_folder" / "workforce.duckdb")
    assert (ran.state("load", 0), ran.tasks["load", 0].try_number) == ("failed", 2)
    assert (ran.state("marts"), ran.state("untrusted")) == ("skipped", "skipped")
    assert str(ran.run.state) == "failed"


def test_what_is_held_back_can_be_routed(
    ran: Ran, organizations: dict[str, Sandbox], dag: Any, file: Path
) -> None:
    """Exit 5, of removals and of values that vanished: somebody has to look."""
    organizations[WHOLE].faults.list_share = 0.0
    again = Ran(dag, file)
    organizations[WHOLE].faults.clear()
    assert (again.state("held_back"), again.state("partial")) == ("success", "skipped")
    with departments_hidden(organizations[WHOLE]):
        again = Ran(dag, file)
    assert again.state("held_back") == "success"


def test_figures_that_cannot_be_trusted_can_be_routed(
    ran: Ran, dag: Any, file: Path, tmp_path: Path
) -> None:
    """Exit 4: the loads are done, and a check of the data has an error."""
    copied = tmp_path / "workforce.duckdb"
    shutil.copy(file, copied)
    with duckdb.connect(str(copied)) as connection:
        connection.execute(NOBODY_READ)
    again = Ran(dag, copied, SOURCES__WORKFORCE__MAX_BADGE_READS="0")
    assert (again.state("load", NAMES.index(WHOLE)), again.state("marts")) == ("success",) * 2
    assert (ran.state("untrusted"), again.state("untrusted")) == ("skipped", "success")


def test_the_code_of_the_page_is_a_dag() -> None:
    """As it stands, with the tasks the page names."""
    (shown,) = [one for one in blocks_of(page("docs/orchestrators.md"), "python") if "dag =" in one]
    names: dict[str, Any] = {}
    exec(shown, names)  # noqa: S102 # our own page
    tasks = {"organizations", "load", "marts", "held_back", "partial", "untrusted", "failed"}
    assert set(names["dag"].task_ids) == tasks
