"""From the command line to the exit code: what is done in which order.

What each step does is in the modules beside this one. dlt is imported inside functions, after
`prepare`, and never for `--help`.
"""

from __future__ import annotations

import argparse
import secrets
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from workforce_source.clock import SYSTEM_CLOCK
from workforce_source.exceptions import ConfigError
from workforce_source.exit_codes import worst
from workforce_source.job.arguments import parse, settings_of
from workforce_source.job.call import Call
from workforce_source.job.environment import prepare
from workforce_source.job.failure import tell, trace
from workforce_source.job.processes import GRACE_WITH_PROCESSES, load_in_processes
from workforce_source.job.saying import say, show, show_document
from workforce_source.job.stopping import GRACE, Stop, run_stoppable

if TYPE_CHECKING:
    import requests

    from workforce_source.arguments import GivenSettings
    from workforce_source.job.demo import Demo
    from workforce_source.job.flags import Part
    from workforce_source.job.organizations import Loaded
    from workforce_source.job.outputs import Outputs
    from workforce_source.job.pipeline import JobPipeline


def main(
    arguments: Sequence[str] | None = None,
    *,
    pipeline_name: str = "workforce",
    destination: str = "duckdb",
    dataset_name: str = "credly",
    session: requests.Session | None = None,
    part: Part | None = None,
    **settings: Unpack[GivenSettings],
) -> int:
    """Run the main job, or a part of it, and get its exit code.

    Args:
        arguments: Words of the command line; None for those of this process.
        pipeline_name: dlt's name for the pipeline; a DuckDB file is named after it.
        destination: Where to load, unless `--destination` says so.
        dataset_name: Dataset or schema, unless `--dataset` says so.
        session: A session of your own that sends the requests, as for `load()`.
        part: What of the job is asked for; None for what the flags say.
        **settings: Settings of the source; they win over configuration, flags win over them.

    Returns:
        One of `ExitCode`, which has their meanings.
    """
    given = parse(arguments, part, destination=destination, dataset=dataset_name)
    prepare(verbose=given.verbose, debug=given.debug)
    call, began = Call(given, pipeline_name, settings, session), SYSTEM_CLOCK.now()
    code = run_stoppable(
        lambda stop: _run_with_settings(call.with_settings(settings_of(given)), stop),
        lambda error: tell(error, debug=given.debug),
        GRACE_WITH_PROCESSES if given.parallel else GRACE,
    )
    # invented people are no alarm, and no sign of life
    if not (given.no_load or given.check or given.cost or given.status or given.sandbox):
        _announce(call, began, code)
    return code


def _announce(call: Call, began: datetime, code: int) -> None:
    from workforce_source.job.notify import announce

    pipelines = []
    with suppress(Exception):  # it was said why there is none
        pipelines += [call.pipeline(name).pipeline for name in call.organizations()]
    announce(call.given, pipelines, began, code)


def _run_with_settings(call: Call, stop: Stop) -> int:
    _say_what_begins(call.given)
    from workforce_source.job.settings_files import readable_settings

    with readable_settings(warn=not call.given.sandbox):
        return _run(call, stop)


def _say_what_begins(given: argparse.Namespace) -> None:
    """Say something before dlt is imported, which takes seconds the first time."""
    if given.sandbox and not (given.status or given.no_load):
        from workforce_source.job.demo import people

        say(f"Starting the sandbox with {people(given.employees):,} employees ...")


def _run(call: Call, stop: Stop) -> int:
    if call.given.status:
        from workforce_source.job.status import show_status

        return show_status(call.pipeline(), as_json=call.given.json)
    if call.given.no_load:
        return _make_outputs(call, stop)
    with ExitStack() as stack:
        demo = None
        if call.given.sandbox:
            from workforce_source.job.demo import Demo

            demo = Demo(call.given.employees, stack)
            call = call.with_settings(demo.settings)
        names = list(call.organizations())
        if names == [None]:
            call.resolve(None)  # said before what may be wrong with a destination
        stop.raise_for_signal()
        if call.given.cost:
            from workforce_source.job.cost import show_cost

            return show_cost(call, names, stop)
        job = call.pipeline()
        _look_at_files(call, job)
        if call.given.check:
            codes = [_check(call, name, stop) for name in names]
            if call.given.load_test:
                codes.append(_load_test(call, stop))
            return worst(codes)
        _refuse_processes(call, job, names)
        job.prepare()
        job.refuse_mixture()
        if demo is not None:
            _load_as_it_was(call, job, demo, stop)
        return _load(call, job, names, stop)


def _look_at_files(call: Call, job: JobPipeline) -> None:
    from workforce_source.job.files import look_at_files

    look_at_files(call.given, job)


def _load_as_it_was(call: Call, job: JobPipeline, demo: Demo, stop: Stop) -> None:
    """Load invented people as they were before anything happened, once; then let it happen."""
    if not job.names_in_dataset():
        from workforce_source.job.organizations import load_one
        from workforce_source.job.text import headline

        say(f"Loading into {job} ...")
        first = load_one(call, None, stop).summary
        if first is not None and not call.given.json:
            sent = sum(first.requests.values())
            show(f"{headline(first, str(job))} {sent:,} requests.")
            show("Some weeks later, when people have joined, left and moved, the next load:\n")
    demo.live_on()


def _check(call: Call, organization: str | None, stop: Stop) -> int:
    from workforce_source.job.check import check

    if organization is None:
        return check(call.resolve(None), call.pipeline(), call.session, stop)
    say(f"\n{organization}:")
    try:
        return check(call.resolve(organization), call.pipeline(organization), call.session, stop)
    except ConfigError as error:
        return tell(error, debug=call.given.debug)


def _load_test(call: Call, stop: Stop) -> int:
    from workforce_source.job.load_test import load_test

    with tempfile.TemporaryDirectory(prefix="load-test-") as here:
        dataset = f"{call.given.dataset}_load_test_{secrets.token_hex(3)}"
        return load_test(call.elsewhere(dataset, Path(here)).pipeline(), stop)


def _refuse_processes(call: Call, job: JobPipeline, names: Sequence[str | None]) -> None:
    shard = call.given.shard
    if shard and len(names) > 1:
        raise ConfigError(
            f"--shard {shard} is of one organization, and the configuration has {len(names)}: say"
            " which by --organization NAME."
        )
    if shard and job.file is not None:
        raise ConfigError(
            f"--shard {shard} cannot load into {job.file.name}: one process at a time writes a"
            " DuckDB file. Leave it out, or load into a server, such as --destination postgres."
        )
    if job.file is not None and (call.given.parallel or 1) > 1:
        raise ConfigError(
            f"--parallel cannot load into {job.file.name}: one process at a time writes a DuckDB"
            " file. Leave --parallel out, and the organizations are loaded one after the other; or"
            " load into a server, such as --destination postgres."
        )


def _load(call: Call, job: JobPipeline, names: Sequence[str | None], stop: Stop) -> int:
    from workforce_source.job.company import read_company_files
    from workforce_source.job.organizations import load_in_turn, load_one
    from workforce_source.job.outputs import make_outputs_of_loads
    from workforce_source.job.record import record_outputs

    given, began = call.given, SYSTEM_CLOCK.monotonic()
    company = read_company_files(given)
    say(f"Loading into {job} ...")
    several = [name for name in names if name is not None]
    if not several:
        loads = [load_one(call, None, stop)]
    else:
        loads = (load_in_processes if given.parallel else load_in_turn)(call, several, stop)
    if not given.json:
        # before the marts: whatever becomes of them, this is what was loaded
        show(_loads_text(call, job, loads, SYSTEM_CLOCK.monotonic() - began))
    outputs = make_outputs_of_loads(given, job.pipeline, loads, company, stop)
    if given.debug and outputs.error is not None:
        trace(outputs.error)
    record_outputs(job.pipeline, [one.summary.run_id for one in loads if one.summary], outputs)
    code = worst([*(one.exit_code for one in loads), outputs.exit_code])
    if several:
        told = {"organizations": {one.organization: one.as_dict() for one in loads}}
        return _end(given, outputs, code, told)
    (one,) = loads
    return _end(given, outputs, code, one.summary.as_dict() if one.summary else {})


def _loads_text(call: Call, job: JobPipeline, loads: Sequence[Loaded], seconds: float) -> str:
    from workforce_source.job.overview import overview_text
    from workforce_source.job.row_counts import count_rows
    from workforce_source.job.text import load_text

    one = loads[0]
    if len(loads) > 1 or one.summary is None or one.organization_id is None:
        return overview_text(loads, str(job), seconds)
    counts = count_rows(job.pipeline, one.organization_id)
    return load_text(one.summary, counts, str(job), debug=call.given.debug)


def _make_outputs(call: Call, stop: Stop) -> int:
    import dlt

    from workforce_source.job.company import read_company_files
    from workforce_source.job.outputs import Outputs, make_outputs
    from workforce_source.settings import SECTION

    given = call.given
    company = read_company_files(given)
    ids = call.organizations()
    job = call.pipeline()
    _look_at_files(call, job)
    job.require_file()
    job.prepare()
    say(f"Making anew what is made of {job} ...")
    if ids == {None: None} and not given.sandbox:
        ids = {None: dlt.config.get(f"sources.{SECTION}.organization_id", str)}
    outputs = Outputs()
    make_outputs(outputs, given, job.pipeline, ids, company, stop)
    return _end(given, outputs, outputs.exit_code, {})


def _end(given: argparse.Namespace, outputs: Outputs, code: int, summary: dict[str, Any]) -> int:
    from workforce_source.job.text import outputs_text

    if given.json:
        show_document({**summary, **outputs.as_dict(), "exit_code": code})
    elif text := outputs_text(outputs, code):
        show(f"\n{text}" if summary else text)
    return code
