"""From the command line to the exit code: what is done in which order.

What each step does is in the modules beside this one. dlt is imported inside functions, after
`prepare`, and never for `--help`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any

from workforce_source.clock import utc_now
from workforce_source.exceptions import ConfigError
from workforce_source.job.arguments import parse, settings_of
from workforce_source.job.environment import prepare
from workforce_source.job.failure import tell, trace
from workforce_source.job.progress import Progress
from workforce_source.job.stopping import Stop, run_stoppable

if TYPE_CHECKING:
    import requests

    from workforce_source.job.outputs import Outputs
    from workforce_source.job.pipeline import JobPipeline
    from workforce_source.settings import Settings

EMPLOYEES = 500
"""People in the sandbox unless told otherwise."""


def main(
    arguments: Sequence[str] | None = None,
    *,
    pipeline_name: str = "workforce",
    destination: str = "duckdb",
    dataset_name: str = "credly",
    session: requests.Session | None = None,
    **settings: Any,
) -> int:
    """Run the main job and get its exit code.

    Args:
        arguments: Words of the command line; None for those of this process.
        pipeline_name: dlt's name for the pipeline; a DuckDB file is named after it.
        destination: Where to load, unless `--destination` says so.
        dataset_name: Dataset or schema, unless `--dataset` says so.
        session: A session of your own that sends the requests, as for `load()`.
        **settings: Settings of the source; they win over configuration, flags win over them.

    Returns:
        One of `ExitCode`, which has their meanings.
    """
    given = parse(arguments, destination=destination, dataset=dataset_name)
    prepare(verbose=given.verbose, debug=given.debug)
    began = utc_now()
    code = run_stoppable(
        lambda stop: _run(given, pipeline_name, settings, session, stop),
        lambda error: tell(error, debug=given.debug),
    )
    if not (given.no_load or given.check or given.status):
        _announce(given, pipeline_name, began, code)
    return code


def _announce(given: argparse.Namespace, name: str, began: datetime, code: int) -> None:
    from workforce_source.job.notify import announce

    pipelines = []
    with suppress(Exception):  # it was said why there is none
        pipelines.append(_job(given, name).pipeline)
    announce(given, pipelines, began, code)


def _run(
    given: argparse.Namespace,
    name: str,
    settings: dict[str, Any],
    session: requests.Session | None,
    stop: Stop,
) -> int:
    settings |= settings_of(given)
    if given.status:
        from workforce_source.job.status import show_status

        return show_status(_job(given, name), as_json=given.json)
    if given.no_load:
        job = _job(given, name)
        _look_at_files(given, job)
        return _make_outputs(given, job, settings.get("organization_id"), stop)
    with ExitStack() as stack:
        if given.sandbox:
            settings |= _sandbox(given, stack)
        resolved = _resolve(settings)
        stop.raise_for_signal()
        job = _job(given, name)
        _look_at_files(given, job)
        if given.check:
            from workforce_source.job.check import check

            return check(resolved, job, session, stop)
        job.prepare()
        job.refuse_mixture()
        return _load(given, job, settings | {"session": session}, resolved, stop)


def _job(given: argparse.Namespace, name: str) -> JobPipeline:
    from workforce_source.job.pipeline import JobPipeline

    return JobPipeline(
        name=name,
        destination=given.destination,
        dataset=given.dataset,
        pipelines_dir=given.pipelines_dir,
        sandbox=given.sandbox,
    )


def _look_at_files(given: argparse.Namespace, job: JobPipeline) -> None:
    from workforce_source.job.files import look_at_files

    look_at_files(given, job)


def _resolve(settings: dict[str, Any]) -> Settings:
    from dlt.common.configuration.providers.toml import TomlProviderReadException

    from workforce_source.settings import resolve_settings

    try:
        return resolve_settings(settings)
    except TomlProviderReadException as error:
        line = getattr(error.__context__, "line", None)
        raise ConfigError(
            f"{error.file_name} is not TOML{f' (line {line})' if line else ''}. Correct it in the"
            " folder .dlt here or in the folder of dlt's own settings; a text stands in quotes."
        ) from None


def _sandbox(given: argparse.Namespace, stack: ExitStack) -> dict[str, str]:
    try:
        from workforce_source.sandbox import sandbox_process
    except ModuleNotFoundError as missing:
        raise ConfigError(f"{missing} (where this runs), then run again.") from None
    employees = EMPLOYEES if given.employees is None else given.employees
    _say(f"Starting the sandbox with {employees:,} employees ...")
    # another number of employees is another organization, not the same one after a mass dismissal
    sandbox = stack.enter_context(sandbox_process(employees, seed=employees))
    return sandbox.settings


def _load(
    given: argparse.Namespace,
    job: JobPipeline,
    arguments: dict[str, Any],
    resolved: Settings,
    stop: Stop,
) -> int:
    from workforce_source import load
    from workforce_source.job.outputs import make_outputs_of_load
    from workforce_source.job.record import record_outputs
    from workforce_source.job.row_counts import count_rows
    from workforce_source.job.text import load_text
    from workforce_source.marts import Seeds

    seeds = Seeds.read(given.seeds) if given.seeds else Seeds()
    _say(f"Loading into {job} ...")
    progress = Progress(before_step=stop.raise_for_signal)
    try:
        summary = load(
            job.pipeline, allow_removals=given.allow_removals, progress=progress, **arguments
        )
    finally:
        progress.close()
    if not given.json:
        # before the marts: whatever becomes of them, this is what was loaded
        counts = count_rows(job.pipeline, resolved.organization_id)
        _show(load_text(summary, counts, str(job), debug=given.debug))
    outputs = make_outputs_of_load(given, job.pipeline, resolved, seeds, stop)
    if given.debug and outputs.error is not None:
        trace(outputs.error)
    record_outputs(job.pipeline, [summary.run_id], outputs)
    return _end(given, outputs, summary.exit_code or outputs.exit_code, summary.as_dict())


def _make_outputs(
    given: argparse.Namespace, job: JobPipeline, organization_id: str | None, stop: Stop
) -> int:
    import dlt

    from workforce_source.job.outputs import Outputs, make_outputs
    from workforce_source.marts import Seeds
    from workforce_source.settings import SECTION

    seeds = Seeds.read(given.seeds) if given.seeds else Seeds()
    job.require_file()
    job.prepare()
    _say(f"Making anew what is made of {job} ...")
    wanted = organization_id or dlt.config.get(f"sources.{SECTION}.organization_id", str)
    outputs = Outputs()
    make_outputs(outputs, given, job.pipeline, wanted, seeds, stop)
    return _end(given, outputs, outputs.exit_code, {})


def _end(given: argparse.Namespace, outputs: Outputs, code: int, summary: dict[str, Any]) -> int:
    from workforce_source.job.text import outputs_text

    if given.json:
        _show(json.dumps({**summary, **outputs.as_dict(), "exit_code": code}, indent=2))
    elif text := outputs_text(outputs, code):
        _show(f"\n{text}" if summary else text)
    return code


def _show(what: str) -> None:
    with suppress(BrokenPipeError):  # whoever read it has seen enough; the load is done
        print(what, flush=True)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
