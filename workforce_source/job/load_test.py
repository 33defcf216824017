"""`--check --load-test`: invented people loaded into the destination, changed, compared, dropped.

Everything happens in a dataset nobody else has. What may not be in here: real people.
"""

import platform
import time
from collections.abc import Callable, Mapping
from functools import partial
from importlib.metadata import version
from typing import Any, Final

from workforce_source import __version__
from workforce_source.destination import connect, connection_to
from workforce_source.exceptions import ConfigError, DestinationError, WorkforceError
from workforce_source.job.comparison import compare
from workforce_source.job.pipeline import JobPipeline
from workforce_source.job.progress import Progress
from workforce_source.job.saying import show
from workforce_source.job.steps import Steps
from workforce_source.job.stopping import Stop
from workforce_source.loading.lease_table import LeaseTable
from workforce_source.loading.load import load
from workforce_source.loading.staging import drop_staging
from workforce_source.loading.summary import Summary
from workforce_source.marts import build_marts
from workforce_source.marts.warehouse import SUFFIX
from workforce_source.sandbox import SandboxProcess, sandbox_process

EMPLOYEES: Final = 200
"""Invented people; enough for each kind of change."""
_CHANGED: Final = 0.1
"""Share of them that something happens to between two loads."""
_WHOLE: Final[Mapping[str, Any]] = {
    "badge_max_age": "0",
    "deletions": "hard",
    "employee_filter": {},
    "exclude_columns": [],
    "max_badge_reads": EMPLOYEES * 2,
    "max_removed_share": 1.0,
    "start_date": "",
    "end_date": "",
}
"""Everything is loaded, whatever your settings leave out."""


def load_test(job: JobPipeline, stop: Stop) -> int:
    """Load, change, load again, compare each time; print a line each, and what to report.

    Args:
        job: Where to, with a dataset that is not there; it is dropped.
        stop: Whether the run is to end.

    Returns:
        0 when every line is ok; else the code the first failed one stands for (1 or 2).
    """
    show("\nThe load test, with invented people in a dataset of its own:")
    started, steps = time.monotonic(), Steps(stop)
    made: list[bool] = []
    try:
        if steps.step("load test", lambda: _prepare(job, made)):
            with sandbox_process(EMPLOYEES, seed=EMPLOYEES) as sandbox:
                try:
                    _try(job, sandbox, steps, stop)
                finally:  # after a signal, too
                    steps.attempt("cleaning up", lambda: _drop(job, sandbox.organization_id))
    finally:
        if any(made) and job.file is not None:
            job.file.unlink(missing_ok=True)
    packages = ", ".join(f"{name} {version(name)}" for name in ("dlt", "sqlglot", "pyarrow"))
    outcome = f"exit code {steps.code}, {time.monotonic() - started:.0f} s"
    show(
        f"\nTo report, with the lines above: workforce_source {__version__}, {packages},"
        f" Python {platform.python_version()} on {platform.system()},"
        f" destination {job.kind}: {outcome}."
    )
    return steps.code


def _try(job: JobPipeline, sandbox: SandboxProcess, steps: Steps, stop: Stop) -> None:
    def run() -> Summary:
        progress = Progress(before_step=stop.raise_for_signal)
        with progress.watched():
            return load(job.pipeline, progress=progress, **{**_WHOLE, **sandbox.settings})

    def first() -> str:
        run()
        return _compare(job, sandbox, volatile=True)

    def changed() -> str:
        sandbox.churn(share=_CHANGED)
        run()
        return _compare(job, sandbox)

    def again() -> str:
        written = run().statistics.rows_written
        if written:
            raise DestinationError(
                f"Nothing changed and {written} rows were written: what the destination gives back"
                " is not what it was given, so that rows would be written in every run."
            )
        return "no row written"

    for name, attempt in (
        ("first load", first),
        ("after changes", changed),
        ("nothing changed", again),
        ("marts", lambda: _marts(job)),
    ):
        if not steps.step(name, partial(_explained, attempt)):
            return


def _explained(attempt: Callable[[], str]) -> str:
    try:
        return attempt()
    except WorkforceError:
        raise
    except Exception as error:  # drivers and dialects raise errors of their own
        raise DestinationError(
            f"It failed in a way nobody foresaw ({type(error).__name__}): --debug shows where."
            " Report it with these lines."
        ) from error


def _marts(job: JobPipeline) -> str:
    result = build_marts(job.pipeline)
    return f"{len(result.rows)} tables, {sum(result.rows.values()):,} rows, {result.seconds:.1f} s"


def _compare(job: JobPipeline, sandbox: SandboxProcess, *, volatile: bool = False) -> str:
    truth = sandbox.truth()
    found = compare(job.pipeline, truth, volatile=volatile)
    if found.differing:
        raise DestinationError(
            f"The destination does not hold what was loaded: {'; '.join(found.differing)}. Do not"
            " load into it; report these lines."
        )
    but = "; an empty text is NULL there" if found.empty_is_null else ""
    return f"{found.rows:,} rows in {len(truth)} tables, all equal{but}"


def _prepare(job: JobPipeline, made: list[bool]) -> str:
    made.append(job.prepare())
    with connect(job.pipeline) as connection:
        layout = getattr(connection.config, "staging_dataset_name_layout", "%s")
    if "%s" not in layout:
        raise ConfigError(
            f"staging_dataset_name_layout names one dataset, {layout}, which loads into other"
            " datasets use, too. Leave it unset for the load test."
        )
    return f"{job}, {EMPLOYEES} people"


def _drop(job: JobPipeline, organization_id: str) -> str:
    """Drop the dataset, that of its marts, and what a load that failed has left."""
    dropped = []
    connection = connection_to(job.pipeline)
    client = connection.client
    try:
        with connection.open():
            left = [row.staging for row in LeaseTable(connection, organization_id).rows()]
        for staging in left:
            drop_staging(connection, staging)
        with connection.open():
            for name in (client.dataset_name + SUFFIX, client.dataset_name):
                with client.with_alternative_dataset_name(name):
                    if client.has_dataset():
                        client.drop_dataset()
                        dropped.append(name)
    except Exception as error:  # drivers raise errors of their own
        raise DestinationError(
            f"The datasets of the load test could not be dropped ({type(error).__name__}). Drop"
            f" those whose names begin with {job.dataset} by hand."
        ) from error
    return f"dropped {', '.join(dropped)}" if dropped else "nothing to drop"
