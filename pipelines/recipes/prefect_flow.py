"""A flow for Prefect: each organization loaded by a task, the marts after, ends as named states.

    python pipelines/recipes/prefect_flow.py        serves it, every hour at 17 past

A task run ends `Partial` or `Held back` where the main job would exit 3 or 5, that of the marts
`Untrusted` where it would exit 4: completed all of them, and named for an automation to listen to.
"""

from typing import Any

from prefect import Flow, Task, flow, task
from prefect.futures import wait
from prefect.states import Completed, Failed, State
from prefect.task_runners import ThreadPoolTaskRunner

from workforce_source import WorkforceError
from workforce_source.exit_codes import ExitCode
from workforce_source.tasks import Dataset, organization_keys

NAMES: dict[int, str] = {
    ExitCode.LOADED: "Completed",
    ExitCode.PARTIAL: "Partial",
    ExitCode.UNTRUSTED: "Untrusted",
    ExitCode.HELD_BACK: "Held back",
}


def told(figures: dict[str, Any], what: str) -> State:
    """Get the state of a task that did what it is for, with its figures as its result."""
    name = NAMES[figures["exit_code"]]
    return Completed(name=name, message=f"{what}: {figures['meaning']}", data=figures)


async def may_pass(_: Task, __: Any, state: State) -> bool:
    """Whether a failure may pass: a wrong setting or token does not."""
    error = await state.aresult(raise_on_failure=False)
    return not (isinstance(error, WorkforceError) and error.exit_code == ExitCode.UNUSABLE)


def workforce_flow(
    dataset: Dataset, at_once: int = 4, retry_delays: tuple[float, ...] = (60, 120, 240)
) -> Flow:
    """Get the flow that loads every organization of the configuration into a dataset.

    Args:
        dataset: Where they are loaded.
        at_once: How many are loaded at the same time; 1 for a DuckDB file.
        retry_delays: Seconds before each further try of a load that failed.
    """

    @task(
        task_run_name="load {organization}",
        retries=len(retry_delays),
        retry_delay_seconds=list(retry_delays),
        retry_condition_fn=may_pass,
    )
    def load(organization: str) -> State:
        return told(dataset.load(organization).as_dict(), organization)

    @task
    def make_marts() -> State:
        return told(dataset.make_marts().as_dict(), "marts")

    @flow(name="workforce", task_runner=ThreadPoolTaskRunner(max_workers=at_once))
    def workforce() -> State:
        names = organization_keys()
        loads = load.map(list(names))
        wait(loads)
        missing = [n for n, one in zip(names, loads, strict=True) if not one.state.is_completed()]
        if len(missing) < len(names):
            make_marts(return_state=True)
        if missing:
            return Failed(message=f"Not loaded: {', '.join(missing)}.")
        return Completed(message=f"Loaded: {', '.join(names)}.")

    return workforce


if __name__ == "__main__":
    workforce_flow(Dataset("postgres")).serve("hourly", cron="17 * * * *")
