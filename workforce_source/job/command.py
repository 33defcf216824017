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
from typing import TYPE_CHECKING, Any

from workforce_source.exceptions import ConfigError
from workforce_source.job.arguments import parse, settings_of
from workforce_source.job.environment import prepare
from workforce_source.job.failure import tell, trace
from workforce_source.job.progress import Progress
from workforce_source.job.stopping import Stop, run_stoppable

if TYPE_CHECKING:
    from workforce_source.job.destination import Target
    from workforce_source.settings import Settings

EMPLOYEES = 500
"""People in the sandbox unless told otherwise."""


def main(
    arguments: Sequence[str] | None = None,
    *,
    pipeline_name: str = "workforce",
    destination: str = "duckdb",
    dataset_name: str = "credly",
    **settings: Any,
) -> int:
    """Run the main job and get its exit code.

    Args:
        arguments: Words of the command line; None for those of this process.
        pipeline_name: dlt's name for the pipeline; a DuckDB file is named after it.
        destination: Where to load, unless `--destination` says so.
        dataset_name: Dataset or schema, unless `--dataset` says so.
        **settings: Settings of the source; they win over configuration, flags win over them.

    Returns:
        One of `ExitCode`, which has their meanings.
    """
    given = parse(arguments)
    prepare(verbose=given.verbose, debug=given.debug)
    place = {
        "name": pipeline_name,
        "destination": given.destination or destination,
        "dataset": given.dataset or dataset_name,
        "pipelines_dir": given.pipelines_dir,
        "sandbox": given.sandbox,
    }
    return run_stoppable(
        lambda stop: _run(given, place, settings, stop),
        lambda error: tell(error, debug=given.debug),
    )


def _run(
    given: argparse.Namespace, place: dict[str, Any], settings: dict[str, Any], stop: Stop
) -> int:
    settings = {**settings, **settings_of(given)}
    if given.no_load:
        return _answer_anew(given, place, settings.get("organization_id"), stop)
    with ExitStack() as stack:
        if given.sandbox:
            settings |= _sandbox(given, stack)
        resolved = _resolve(settings)
        stop.check()
        from workforce_source.job.destination import Target

        target = Target(**place)
        if given.check:
            from workforce_source.job.check import check

            return check(resolved, target, stop.check)
        target.ready()
        target.refuse_mixture()
        return _load(given, target, settings, resolved, stop)


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
    target: Target,
    settings: dict[str, Any],
    resolved: Settings,
    stop: Stop,
) -> int:
    from workforce_source import load
    from workforce_source.job.answers import answer, read_seeds
    from workforce_source.job.findings import text as findings
    from workforce_source.job.holdings import read_holdings
    from workforce_source.job.summary import text

    seeds = read_seeds(given)
    _say(f"Loading into {target} ...")
    progress = Progress(check=stop.check)
    try:
        summary = load(
            target.pipeline, allow_removals=given.allow_removals, progress=progress, **settings
        )
    finally:
        progress.close()
    if not given.json:
        # before the marts: whatever becomes of them, this is what was loaded
        holdings = read_holdings(target.pipeline, resolved.organization_id)
        _show(text(summary, holdings, str(target), debug=given.debug))
    answers = answer(given, target.pipeline, resolved, seeds, stop.check)
    if given.debug and answers.error is not None:
        trace(answers.error)
    code = summary.exit_code or answers.exit_code
    if given.json:
        _show(json.dumps({**summary.as_dict(), **answers.as_dict(), "exit_code": code}, indent=2))
    elif more := findings(answers, code):
        _show(f"\n{more}")
    return code


def _answer_anew(
    given: argparse.Namespace, place: dict[str, Any], organization_id: str | None, stop: Stop
) -> int:
    import dlt

    from workforce_source.job.answers import answer_anew, read_seeds
    from workforce_source.job.destination import Target
    from workforce_source.job.findings import text as findings
    from workforce_source.settings import SECTION

    seeds = read_seeds(given)
    target = Target(**place)
    target.require()
    _say(f"Making anew what is made of {target} ...")
    wanted = organization_id or dlt.config.get(f"sources.{SECTION}.organization_id", str)
    answers = answer_anew(given, target.pipeline, wanted, seeds, stop.check)
    code = answers.exit_code
    if given.json:
        _show(json.dumps({**answers.as_dict(), "exit_code": code}, indent=2))
    else:
        _show(findings(answers, code))
    return code


def _show(what: str) -> None:
    with suppress(BrokenPipeError):  # whoever read it has seen enough; the load is done
        print(what, flush=True)


def _say(what: str) -> None:
    print(what, file=sys.stderr, flush=True)
