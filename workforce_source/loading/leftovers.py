"""What earlier runs left in the pipelines directory: pending packages finished, others forgotten.

What a load package holds is not known here.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Final

import dlt
from dlt.common.exceptions import TerminalException
from dlt.common.storages import LoadStorage
from dlt.pipeline.exceptions import PipelineStepFailed

from workforce_source.destination import Connection
from workforce_source.destination.faults import causes_of
from workforce_source.loading.lease import Lease
from workforce_source.loading.lease_table import LeaseRow
from workforce_source.loading.redaction import redact_trace
from workforce_source.loading.staging import drop_staging, merge_through
from workforce_source.settings import SECTION

_HOLDER: Final = "workforce_holder"
"""Key of the local state of a pipeline."""


def finish_pending(
    pipeline: dlt.Pipeline,
    connection: Connection,
    lease: Lease,
    before: LeaseRow,
    staging: str | None,
    alone: Callable[[], AbstractContextManager[object]],
) -> str | None:
    """Load what an earlier run left to be loaded, and say what became of it; None for nothing.

    Args:
        pipeline: The pipeline of both runs.
        connection: To its destination.
        lease: The lease of the organization.
        before: Its row as this run found it.
        staging: A staging dataset, not made yet, for packages that had none.
        alone: Gets what keeps all other runs of the dataset from making tables meanwhile.
    """
    told, left = None, before.staging
    if _unfinished(pipeline):
        # what another run has loaded since is newer than these rows, and not all of them may be
        # here: some had come as far as the staging dataset, which that run has dropped
        if not pipeline.has_pending_data:
            pipeline.abort_packages()
            told = "aborted, as an earlier run had begun to; their rows are read again"
        elif before.holder == _last_holder(pipeline):
            pipeline.set_local_state_val(_HOLDER, lease.holder)
            if left is None and staging is not None:
                lease.record(left := staging)
            with alone(), merge_through(pipeline, left, lease.look):
                told = _finish(pipeline)
        else:
            pipeline.abort_packages()
            told = "aborted: another run loaded since; their rows are read again"
    pipeline.set_local_state_val(_HOLDER, lease.holder)
    if left is not None:
        drop_staging(connection, left)
        lease.forget_staging()
    return told


def _unfinished(pipeline: dlt.Pipeline) -> list[str]:
    """Get the packages that are not loaded; dlt counts none whose abort has begun."""
    return [*pipeline.list_extracted_load_packages(), *pipeline.list_normalized_load_packages()]


def _last_holder(pipeline: dlt.Pipeline) -> str | None:
    """Get who held a lease in the last run of a pipeline from this pipelines directory."""
    try:
        holder: str | None = pipeline.get_local_state_val(_HOLDER)
    except KeyError:
        return None
    return holder


def _finish(pipeline: dlt.Pipeline) -> str:
    try:
        pipeline.normalize()
        pipeline.load()
    except PipelineStepFailed as error:
        why = _for_good(error)
        if why is None:
            raise
        pipeline.abort_packages()
        redact_trace(pipeline)
        return f"aborted: {why}; their rows are read again"
    return "finished"


def _for_good(error: PipelineStepFailed) -> str | None:
    """Get why a package can never be loaded; None where it may be another time."""
    if isinstance(error.__cause__, TerminalException):
        return "the destination refused them for good"
    passing = (OSError, MemoryError, KeyboardInterrupt)
    if error.step == "normalize" and not any(isinstance(e, passing) for e in causes_of(error)):
        # On this machine, before the destination is asked: no run would fare better with it. It was
        # given other hints; or its schema is missing, which dlt keeps after it, for a kill came
        # in between.
        return "dlt cannot make load packages of them"
    return None


def forget_rows(pipeline: dlt.Pipeline) -> None:
    """Remove the rows of finished packages of this source, unless dlt is set to keep them.

    Args:
        pipeline: The pipeline; packages of other sources it loads stay.
    """

    def remove(storage: LoadStorage, load_id: str) -> None:
        with suppress(NotADirectoryError):  # they are gone already
            storage.loaded_packages.remove_completed_jobs(load_id)

    _forget(pipeline, remove)


def forget_finished(pipeline: dlt.Pipeline) -> None:
    """Remove finished packages of this source, unless dlt is set to keep their job files.

    dlt keeps every package's schema for ever, and of one that failed the rows too: on a schedule
    the first fills the disk, the second is personal data that nobody needs any more.

    Args:
        pipeline: The pipeline; packages of other sources it loads stay.
    """
    _forget(pipeline, LoadStorage.delete_loaded_package)


def delete_packages(pipeline: dlt.Pipeline) -> int:
    """Remove whatever packages a pipeline keeps on this machine, unfinished and finished ones.

    Rows of everybody may be in them; the next run reads again what had not been loaded.

    Args:
        pipeline: The pipeline, which no other run uses.

    Returns:
        How many there were.
    """
    count = len(_unfinished(pipeline))
    if count:
        pipeline.abort_packages()
    storage = pipeline._get_load_storage()
    for load_id in pipeline.list_completed_load_packages():
        with suppress(FileNotFoundError):
            storage.delete_loaded_package(load_id)
            count += 1
    return count


def _forget(pipeline: dlt.Pipeline, remove: Callable[[LoadStorage, str], object]) -> None:
    # dlt's own default is to keep the rows: only who says so means it
    if dlt.config.get("load.delete_completed_jobs", bool) is False:
        return
    storage = pipeline._get_load_storage()
    for load_id in pipeline.list_completed_load_packages():
        try:
            ours = storage.loaded_packages.schema_name(load_id) == SECTION
        except FileNotFoundError:
            ours = True  # a run was killed while it removed this one
        if ours:
            remove(storage, load_id)
