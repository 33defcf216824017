"""A DAG for Airflow: `load()` in a task for each organization, the marts after, ends to route.

Nothing is kept on the disk of a worker. What may not be in here: how a load is done.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

try:
    from airflow.sdk import DAG, get_current_context, task
    from airflow.sdk.exceptions import (
        AirflowException,
        AirflowFailException,
        AirflowSkipException,
    )
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"workforce_source.airflow needs {missing.name}: pip install 'workforce-source[airflow]'",
        name=missing.name,
    ) from None

from workforce_source.exceptions import WorkforceError
from workforce_source.exit_codes import ExitCode
from workforce_source.marts import Seeds
from workforce_source.tasks import Dataset, organization_keys

_NO_SEEDS: Final = Seeds()
_BEGAN: Final = datetime(2026, 1, 1, tzinfo=UTC)
Result = TypeVar("Result")
Told = Mapping[str, Any]
"""What a load or the marts did, as plain values."""


def workforce_dag(
    destination: Any,
    *,
    dag_id: str = "workforce",
    dataset_name: str = "credly",
    organizations: Sequence[str] | None = None,
    at_once: int = 4,
    pool: str = "default_pool",
    retries: int = 3,
    retry_delay: timedelta = timedelta(minutes=1),
    schedule: Any = "17 * * * *",
    start_date: datetime = _BEGAN,
    seeds: Seeds = _NO_SEEDS,
    **settings: Any,  # `start_date` is Airflow's here
) -> DAG:
    """Get the DAG that loads organizations into one dataset, and makes the marts after.

    Its tasks `held_back`, `partial` and `untrusted` end with success when that happened (exit 5, 3
    and 4 of the main job) and return whom it concerns; otherwise they are skipped. Hang whatever
    should tell somebody below them. `failed` fails, and with it the run, when an organization was
    not loaded (exit 1 and 2). An organization that fails stops no other, nor the marts.

    Args:
        destination: dlt's destination, or its name; a file of DuckDB with its path.
        dag_id: Its name.
        dataset_name: Dataset or schema.
        organizations: Their names in the configuration; all of them unless given.
        at_once: How many are loaded at the same time; 1 for a DuckDB file.
        pool: Airflow's pool of the tasks that load and make marts.
        retries: How often a load that failed is tried again, where that may help.
        retry_delay: Pause before the first of them; each further one is twice as long.
        schedule: When, as Airflow has it.
        start_date: The earliest; what was missed is not made up for.
        seeds: What the company filled in for the marts.
        **settings: Settings that win over configuration, for every organization.
    """
    dataset = Dataset(destination, dataset_name, settings, seeds)

    def names() -> list[str]:
        # here, and not when the file is parsed: a configuration may be an Airflow Variable
        return _told(lambda: list(organizations or organization_keys()))

    def load(organization: str) -> dict[str, Any]:
        get_current_context()["organization"] = organization
        return _told(lambda: dataset.load(organization).as_dict())

    def marts(loads: Sequence[Told]) -> dict[str, Any]:
        if not list(loads):
            raise AirflowSkipException("The marts were not built: no organization was loaded.")
        return _told(lambda: dataset.make_marts().as_dict())

    def failed(wanted: Sequence[str], loads: Sequence[Told]) -> None:
        missing = set(wanted) - {told["organization"] for told in loads}
        if missing:
            raise AirflowFailException(
                f"Not loaded: {', '.join(sorted(missing))}. The logs of their tasks say why."
            )
        raise AirflowSkipException("Every organization was loaded.")

    def held_back(loads: Sequence[Told]) -> list[Told]:
        return _those(loads, lambda told: told["exit_code"] == ExitCode.HELD_BACK)

    def partial(loads: Sequence[Told]) -> list[Told]:
        return _those(loads, lambda told: told["exit_code"] == ExitCode.PARTIAL)

    def untrusted(loads: Sequence[Told], made: Told | None) -> list[Told]:
        if made is None and list(loads):  # they failed
            made = {"exit_code": int(ExitCode.UNTRUSTED), "checks": {}}
        return _those([made] if made else [], lambda told: told["exit_code"])

    with DAG(
        dag_id,
        schedule=schedule,
        start_date=start_date,
        catchup=False,
        max_active_runs=1,
        tags=["workforce"],
        doc_md=workforce_dag.__doc__,
    ) as dag:
        wanted = task(names, task_id="organizations")()
        loads = task(
            load,
            pool=pool,
            max_active_tis_per_dag=at_once,
            map_index_template="{{ organization }}",
            retries=retries,
            retry_delay=retry_delay,
            retry_exponential_backoff=True,
        ).expand(organization=wanted)
        made = task(marts, pool=pool, trigger_rule="all_done")(loads)
        for end in (held_back, partial):
            task(end, trigger_rule="all_done")(loads)
        task(untrusted, trigger_rule="all_done")(loads, made)
        task(failed, trigger_rule="all_done")(wanted, loads)
    return dag


def _told(act: Callable[[], Result]) -> Result:
    """Get what an act tells, or fail with our words, to be tried again only where that may help."""
    try:
        return act()
    except WorkforceError as error:
        lasting = error.exit_code == ExitCode.UNUSABLE
        raise (AirflowFailException if lasting else AirflowException)(error.message) from None


def _those(told: Sequence[Told], concerned: Callable[[Told], Any]) -> list[Told]:
    found = [one for one in told if concerned(one)]
    if not found:
        raise AirflowSkipException("Nothing to tell.")
    return found
