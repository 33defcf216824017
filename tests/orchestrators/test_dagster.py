"""The definitions for Dagster, executed by Dagster: each organization a partition, marts after.

One command runs them: `python3 run.py --lock requirements-dagster.lock -m pytest -m orchestrators`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dlt
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
from workforce_source import workforce
from workforce_source.marts import EVERY_CHECK, MARTS
from workforce_source.sandbox import Sandbox
from workforce_source.tables import TABLES

pytest.importorskip(
    "dagster", reason="Dagster has an environment of its own: --lock requirements-dagster.lock"
)
import dagster as dg
from dagster_dlt import DagsterDltResource, dlt_assets

from workforce_source.dagster import workforce_definitions

pytestmark = [
    pytest.mark.orchestrators,
    # Dagster calls checks of partitions a preview
    pytest.mark.filterwarnings("ignore:Specifying a partitions_def on an AssetCheckSpec"),
]

AT_ONCE = dg.RetryPolicy(max_retries=2, delay=0)


@dataclass
class Code:
    """A code location with an instance of Dagster, and what its runs did."""

    definitions: Any
    instance: Any
    runs: dict[str, Any] = field(default_factory=dict)
    wanted: int = 0

    def run(self, job: str, partition: str | None = None) -> Any:
        """Run a job to its end."""
        return self.definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance, partition_key=partition, raise_on_error=False
        )


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> dlt.Pipeline:
    """A pipeline to look at what was loaded."""
    folder = tmp_path_factory.mktemp("dagster")
    return dlt.pipeline(
        "looked_at",
        destination=dlt.destinations.duckdb(str(folder / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(folder),
    )


@pytest.fixture(scope="module")
def code(organizations: dict[str, Sandbox], looked_at: dlt.Pipeline) -> Iterator[Code]:
    """Three organizations loaded into one DuckDB file, the marts made, a list cut short."""
    folder, destination = Path(looked_at.pipelines_dir), looked_at.destination
    with dg.DagsterInstance.ephemeral(str(folder)) as instance:
        code = Code(workforce_definitions(destination, retries=AT_ONCE), instance)

        def asked(cursor: Any) -> Any:
            return dg.evaluate_automation_conditions(
                code.definitions, instance, dg.AssetSelection.all(), cursor=cursor
            )

        cursor = asked(None).cursor
        for name in NAMES:
            code.runs[name] = code.run("workforce_load", name)
        code.wanted = asked(cursor).total_requested
        code.runs["marts"] = code.run("workforce_marts")
        organizations[WHOLE].faults.list_share = 0.0
        code.runs["held back"] = code.run("workforce_load", WHOLE)
        organizations[WHOLE].faults.clear()
        with departments_hidden(organizations[WHOLE]):
            code.runs["values held back"] = code.run("workforce_load", WHOLE)
        with looked_at.sql_client() as client:
            client.execute_sql(NOBODY_READ)
        code.runs["untrusted"] = code.run("workforce_marts")
        yield code


def checks_of(run: Any) -> dict[str, tuple[bool, str]]:
    """Whether each check passed, and its severity, by its name."""
    return {
        found.check_name: (found.passed, found.severity.name)
        for found in run.get_asset_check_evaluations()
    }


def figures_of(run: Any, table: str) -> dict[str, Any]:
    """The metadata of a table's materialization."""
    (found,) = [
        event.step_materialization_data.materialization
        for event in run.get_asset_materialization_events()
        if event.asset_key.path[-1] == table
    ]
    return {name: value.value for name, value in found.metadata.items()}


def test_an_organization_is_a_partition_of_every_table(
    code: Code, organizations: dict[str, Sandbox], looked_at: dlt.Pipeline
) -> None:
    """Loaded as it is, with its rows, its freshness and its requests as metadata."""
    run, sandbox = code.runs[WHOLE], organizations[WHOLE]
    assert run.success
    whose = sandbox.organization_id
    truth = sandbox.truth()
    assert differences(looked_at, truth, organization_id=whose) == []
    for table in TABLES:
        figures = figures_of(run, table.name)
        if table.name in truth:
            assert figures["dagster/partition_row_count"] == len(truth[table.name])
            assert figures.get("added", 0) == len(truth[table.name])
        assert figures["requests_of_the_load"] > len(truth["employee_profiles"])
        assert figures["fresh_as_of"] > 0
    load = figures_of(run, "employees")["load"]
    assert (load["organization"], load["exit_code"], load["meaning"]) == (WHOLE, 0, "loaded")
    assert checks_of(run) == {
        "read_completely": (True, "WARN"),
        "nothing_held_back": (True, "ERROR"),
    }


def test_a_partial_load_is_a_materialization_with_a_warning(code: Code) -> None:
    """Exit 3: what could be read is there, and the check says that it is not all."""
    run = code.runs[PARTIAL]
    assert run.success
    assert checks_of(run)["read_completely"] == (False, "WARN")
    assert {found.partition for found in run.get_asset_check_evaluations()} == {PARTIAL}
    assert figures_of(run, "employees")["load"]["badge_reads"]["unreadable"] == {"422": 1}


def failures_of(run: Any) -> list[Any]:
    """What each failed step told."""
    return [
        event.step_failure_data.user_failure_data
        for event in run.all_events
        if event.is_step_failure
    ]


def attempts_of(run: Any) -> int:
    """How often the step of a run was begun."""
    began = ("STEP_START", "STEP_RESTARTED")
    return sum(event.event_type_value in began for event in run.all_events)


def test_wrong_credentials_fail_the_run_and_are_not_tried_again(code: Code) -> None:
    """Exit 2, in our words; the other partitions are loaded all the same."""
    run = code.runs[FAILING]
    (told,) = failures_of(run)
    assert (run.success, attempts_of(run)) == (False, 1)
    assert told.metadata["exit_code"].value == 2
    assert "401" in told.description
    assert not any("not-the-one" in str(event) for event in run.all_events)


def test_what_may_pass_is_tried_again(organizations: dict[str, Sandbox], tmp_path: Path) -> None:
    """Exit 1: here a file in a folder that is not there, which no repetition makes."""
    nowhere = dlt.destinations.duckdb(str(tmp_path / "no_such_folder" / "workforce.duckdb"))
    with dg.DagsterInstance.ephemeral(str(tmp_path)) as instance:
        code = Code(workforce_definitions(nowhere, retries=AT_ONCE), instance)
        run = code.run("workforce_load", WHOLE)
    assert (run.success, attempts_of(run)) == (False, 3)
    assert [told.metadata["exit_code"].value for told in failures_of(run)] == [1]


def test_the_marts_are_of_those_that_were_loaded_and_carry_the_checks(
    code: Code, looked_at: dlt.Pipeline
) -> None:
    """A result for every check, in the severity of Dagster."""
    run = code.runs["marts"]
    assert run.success
    assert {event.asset_key.path[-1] for event in run.get_asset_materialization_events()} == {
        mart.name for mart in MARTS
    }
    assert checks_of(run).keys() == {check.name for check in EVERY_CHECK}
    with looked_at.sql_client() as client:
        found = client.execute_sql(
            "SELECT count(DISTINCT organization_id) FROM credly_marts.dim_employee"
        )
    assert found == [(2,)]


def test_figures_that_cannot_be_trusted_fail_a_check(code: Code) -> None:
    """Exit 4: the marts are made, and a check of the data has an error."""
    run = code.runs["untrusted"]
    assert run.success
    assert ("ERROR", False) in [(severity, passed) for passed, severity in checks_of(run).values()]
    assert ("ERROR", False) not in [
        (severity, passed) for passed, severity in checks_of(code.runs["marts"]).values()
    ]


def test_removals_that_are_held_back_fail_a_check(code: Code) -> None:
    """Exit 5: nothing was removed, and somebody has to look."""
    run = code.runs["held back"]
    assert run.success
    assert checks_of(run)["nothing_held_back"] == (False, "ERROR")
    load = figures_of(run, "employees")["load"]
    assert load["exit_code"] == 5
    assert load["in_destination"]["employees"] > load["employees"]["listed"]


def test_values_that_are_held_back_fail_it_too(code: Code) -> None:
    """Exit 5: an attribute is gone from the answers, and its column keeps what it has."""
    run = code.runs["values held back"]
    assert checks_of(run)["nothing_held_back"] == (False, "ERROR")
    assert figures_of(run, "employees")["load"]["exit_code"] == 5


def test_a_tick_loads_every_organization_and_the_sensor_makes_the_marts(code: Code) -> None:
    """A run each, and the marts when no load is under way, whichever of them failed."""
    (schedule,) = code.definitions.schedules
    tick = datetime(2026, 11, 29, 20, 17, tzinfo=UTC)
    with dg.build_schedule_context(
        code.instance,
        scheduled_execution_time=tick,
        repository_def=code.definitions.get_repository_def(),
    ) as context:
        ticked = schedule.evaluate_tick(context).run_requests
    assert [asked.partition_key for asked in ticked] == list(NAMES)
    assert code.wanted == len(MARTS)


def test_steps_of_one_dataset_share_a_pool(code: Code) -> None:
    """Its limit keeps them apart where a destination takes one writer."""
    assets = code.definitions.resolve_asset_graph().assets_defs
    assert {pool for asset in assets for pool in asset.op.pools} == {"workforce_credly"}


# dagster-dlt's own, as Dagster looks at its resource
@pytest.mark.filterwarnings("ignore:The `__fields__` attribute is deprecated")
@pytest.mark.parametrize("chosen", [None, "employees"])
def test_the_translator_of_dagster_dlt_loads_the_same_rows(
    chosen: str | None,
    organizations: dict[str, Sandbox],
    tmp_path: Path,
) -> None:
    """All of a source, or one resource of it again and again: each run reads anew."""
    sandbox = organizations[WHOLE]
    settings: dict[str, Any] = dict(sandbox.settings)
    pipeline = dlt.pipeline(
        "translated",
        destination=dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path / "pipelines"),
    )

    def translated() -> Any:
        def load_all(
            context: dg.AssetExecutionContext, loader: DagsterDltResource
        ) -> Iterator[Any]:
            yield from loader.run(context=context)

        source = workforce(**settings)
        return dlt_assets(dlt_source=source, dlt_pipeline=pipeline, name="load_all")(load_all)

    # a whole source is run once: of one that is run again dagster-dlt has lost the columns' names
    same = translated()
    selection = chosen and [dg.AssetKey(f"dlt_workforce_{chosen}")]
    for assets in (same, same) if chosen else (same, translated()):
        sandbox.churn({"profile_edits": 2}, seed=1)
        sandbox.requests.clear()
        with dg.DagsterInstance.ephemeral(str(tmp_path)) as instance:
            done = dg.materialize(
                [assets],
                resources={"loader": DagsterDltResource()},
                selection=selection,
                instance=instance,
            )
        assert done.success
        assert len(sandbox.requests) > 0
        tables = {"employees"} if chosen else None
        assert differences(pipeline, sandbox.truth(), tables=tables) == []


def test_the_code_of_the_page_is_a_code_location(organizations: dict[str, Sandbox]) -> None:
    """As it stands: it loads, and has a partition for each organization of the configuration."""
    (shown,) = [one for one in blocks_of(page("docs/orchestrators.md"), "python") if "defs" in one]
    names: dict[str, Any] = {}
    exec(shown, names)  # noqa: S102 # our own page
    dg.Definitions.validate_loadable(names["defs"])
    job = names["defs"].resolve_job_def("workforce_load")
    assert job.partitions_def.get_partition_keys() == list(organizations)
