"""The flow for Prefect, run by Prefect: organizations at once into one PostgreSQL, marts after.

One command runs them: `python3 run.py --lock requirements-prefect.lock -m pytest -m orchestrators`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.orchestrators.conftest import FAILING, NAMES, NOBODY_READ, PARTIAL, WHOLE
from tests.tools.compare import differences
from workforce_source.sandbox import Sandbox
from workforce_source.tasks import Dataset

pytest.importorskip(
    "prefect", reason="Prefect has an environment of its own: --lock requirements-prefect.lock"
)
from prefect.client.orchestration import get_client
from prefect.testing.utilities import prefect_test_harness

from pipelines.recipes.prefect_flow import workforce_flow

pytestmark = [pytest.mark.orchestrators, pytest.mark.postgres]


@dataclass
class Ran:
    """What became of a flow run: its state, and its task runs by name."""

    state: Any
    tasks: dict[str, Any]


@pytest.fixture(scope="module")
def looked_at(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> dlt.Pipeline:
    """A pipeline to look at what was loaded."""
    return dlt.pipeline(
        "looked_at",
        destination=dlt.destinations.postgres(postgres_url),
        dataset_name="by_prefect",
        pipelines_dir=str(tmp_path_factory.mktemp("prefect")),
    )


def run(dataset: Dataset) -> Ran:
    """Run the flow to its end, at a server that lives as long."""
    with prefect_test_harness(server_startup_timeout=180):
        state = workforce_flow(dataset, retry_delays=(0,))(return_state=True)
        with get_client(sync_client=True) as client:
            tasks = client.read_task_runs()
    return Ran(state, {one.name: one for one in tasks})


@pytest.fixture(scope="module")
def ran(organizations: dict[str, Sandbox], looked_at: dlt.Pipeline) -> Ran:
    """Three organizations, loaded at once."""
    return run(Dataset(looked_at.destination, "by_prefect"))


def test_organizations_are_loaded_at_once_as_they_are(
    ran: Ran, organizations: dict[str, Sandbox], looked_at: dlt.Pipeline
) -> None:
    """By threads of one process, into one dataset."""
    assert ran.tasks[f"load {WHOLE}"].state.name == "Completed"
    sandbox = organizations[WHOLE]
    truth = sandbox.truth()
    for row in (row for rows in truth.values() for row in rows):  # PostgreSQL has no empty texts
        row.update({name: None for name, value in row.items() if value == ""})
    assert differences(looked_at, truth, organization_id=sandbox.organization_id) == []


def test_a_partial_load_is_completed_under_a_name_of_its_own(ran: Ran) -> None:
    """Exit 3: an automation can listen to the name."""
    state = ran.tasks[f"load {PARTIAL}"].state
    assert (state.type.value, state.name) == ("COMPLETED", "Partial")


def test_wrong_credentials_fail_the_flow_after_the_others_were_loaded(ran: Ran) -> None:
    """Exit 2 is not tried again, and the marts are made all the same."""
    failing = ran.tasks[f"load {FAILING}"]
    assert (failing.state.type.value, failing.run_count) == ("FAILED", 1)
    assert "401" in failing.state.message
    assert "not-the-one" not in str(failing)
    assert ran.state.is_failed()
    assert ran.state.message == f"Not loaded: {FAILING}."
    (marts,) = [one for name, one in ran.tasks.items() if name.startswith("make_marts")]
    assert marts.state.is_completed()


def test_figures_that_cannot_be_trusted_have_a_name_of_their_own(
    ran: Ran, looked_at: dlt.Pipeline
) -> None:
    """Exit 4: the loads are done, and a check of the data has an error."""
    with looked_at.sql_client() as client:
        client.execute_sql(NOBODY_READ.replace("credly", "by_prefect"))
    again = run(Dataset(looked_at.destination, "by_prefect", {"max_badge_reads": 0}))
    assert again.tasks[f"load {WHOLE}"].state.is_completed()
    (marts,) = [one for name, one in again.tasks.items() if name.startswith("make_marts")]
    assert (marts.state.type.value, marts.state.name) == ("COMPLETED", "Untrusted")


def test_what_may_pass_is_tried_again(organizations: dict[str, Sandbox], tmp_path: Path) -> None:
    """Exit 1: here a file in a folder that is not there; without a load there are no marts."""
    nowhere = dlt.destinations.duckdb(str(tmp_path / "no_such_folder" / "workforce.duckdb"))
    ran = run(Dataset(nowhere))
    assert ran.tasks[f"load {WHOLE}"].run_count == 2
    assert ran.state.message == f"Not loaded: {', '.join(NAMES)}."
    assert len(ran.tasks) == len(NAMES)
