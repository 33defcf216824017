"""`load()`: one complete, checkpointed run into the destination of a pipeline.

Lock, pending packages, lists, badge batches, summary. What changed is found in `sync`; nothing
is shown to people here.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Any

import dlt
import pyarrow as pa
from dlt.extract import DltSource

from workforce_source import tables as t
from workforce_source.client import Client
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.destination import destination_errors
from workforce_source.destination.duckdb_file import hold_file_open
from workforce_source.loading.garbage import freeze_older_objects
from workforce_source.loading.leftovers import finish_pending, forget_finished
from workforce_source.loading.lock import run_lock
from workforce_source.loading.redaction import redact_errors
from workforce_source.loading.resources import CURSORS, package_source
from workforce_source.loading.summary import Summary
from workforce_source.loading.transactions import merge_in_transactions
from workforce_source.mirror import Memory, Package
from workforce_source.settings import SECTION, Settings, keep_data_private, resolve_settings
from workforce_source.source import open_client
from workforce_source.sync.context import Context, Progress, silent
from workforce_source.sync.report import Report
from workforce_source.sync.run import Run

logger = logging.getLogger(__name__)


def load(
    pipeline: dlt.Pipeline,
    *,
    allow_removals: bool = False,
    clock: Clock = SYSTEM_CLOCK,
    progress: Progress = silent,
    **settings: Any,
) -> Summary:
    """Make the destination of a pipeline equal the organization, and say what it took.

    The two lists are always walked in full; badges are read where due, in batches that are load
    packages of their own, so that a stopped run repeats at most one. Rows are written only where
    they changed. `docs/sync.md` has the whole contract.

    Args:
        pipeline: Where to load; a SQL destination.
        allow_removals: Remove whatever was confirmed gone, once, however much it is.
        clock: Tells the time, also for `badges_read_at` and `changed_at`, and waits.
        progress: Told an endpoint's name, how many are done, and how many there are (or None).
        **settings: Settings that win over configuration; see `Settings`.

    Returns:
        The summary; its `exit_code` is 0, 3 or 5.

    Raises:
        ConfigError: A setting or the destination cannot be used.
        AuthenticationError: The API does not accept the credentials.
        ApiError: The API cannot be read; nothing that was loaded is lost.
        DestinationError: The destination cannot be read or written; the same.
        Locked: Another run of this pipeline is at work.

    Rests on the sections "Get Employees", "Employee Data API" and "Employee External Badges API".
    """
    resolved = resolve_settings(settings)
    keep_data_private()
    started = clock.monotonic()
    with (
        freeze_older_objects(),
        run_lock(Path(pipeline.pipelines_dir), pipeline.pipeline_name),
        redact_errors(pipeline),
        destination_errors(pipeline),
    ):
        merge_in_transactions(pipeline)
        pending = finish_pending(pipeline)
        forget_finished(pipeline)
        pipeline.sync_destination()
        with open_client(resolved, clock) as client:
            summary = _load(pipeline, resolved, client, allow_removals, clock, progress)
            summary.requests, summary.retries = dict(client.counts.requests), client.counts.retries
    summary.pending = pending
    summary.seconds = clock.monotonic() - started
    return summary


def _load(
    pipeline: dlt.Pipeline,
    settings: Settings,
    client: Client,
    allow_removals: bool,
    clock: Clock,
    progress: Progress,
) -> Summary:
    before = _cursors(pipeline)
    refresh, pipeline.refresh = pipeline.refresh, None
    # a refresh drops or truncates with the first package: nothing of the mirror will be left
    emptied = {table.name for table in t.TABLES} if refresh else set()
    memory = Memory(pipeline, settings.organization_id, emptied)
    context = Context.of(
        settings, client, memory, clock=clock, progress=progress, allow_removals=allow_removals
    )
    summary = Summary(context.report, max_unreadable_share=settings.max_unreadable_share)
    try:
        memory.remember()
        _recreate(pipeline, memory.missing - memory.emptied)
        mode: Any = refresh
        for package in Run(context).packages(cut=True):
            # nothing is cut when there is something to refresh: the lists come first
            summary.packages += _write(pipeline, settings, package, context.report, mode)
            mode = None
    finally:
        pipeline.refresh = refresh
    after = _cursors(pipeline)
    summary.cursors = {name: (before[name], after[name]) for name in before}
    return summary


def _write(
    pipeline: dlt.Pipeline,
    settings: Settings,
    package: Package,
    report: Report,
    refresh: Any = None,
) -> int:
    written = 0
    rows = package.rows
    if package.entries:
        # before the rows: when the load stops in between, the next run replaces these entries
        feed = Package()
        feed.add(t.CHANGES, package.entries)
        _run(pipeline, package_source(settings, feed.close(), [t.CHANGES.resource]))
        package.entries = []
        written += 1
    if package or refresh:
        _run(pipeline, package_source(settings, package), refresh)
        written += 1
    report.add_tally(package.tally)
    if written:
        tables = len(package.chunks)
        logger.info(
            "load package written: %d rows in %d tables",
            rows,
            tables,
            extra={"rows": rows, "tables": tables, "read": report.read, "due": report.due_total},
        )
    return written


def _run(pipeline: dlt.Pipeline, source: DltSource, refresh: Any = None) -> None:
    # What `pipeline.run` does once it has synced with the destination. Arrow keeps the memory that
    # writing dlt's files took, just before DuckDB, in the same process, needs its own.
    pipeline.extract(source, refresh=refresh)
    pa.default_memory_pool().release_unused()
    pipeline.normalize()
    # not before: a package that finds the file locked is on disk by now, and waits for the next run
    with hold_file_open(pipeline):
        pipeline.load()


def _recreate(pipeline: dlt.Pipeline, missing: Collection[str]) -> None:
    # dlt creates tables when a schema is new to the destination; a table somebody dropped since
    # is one it believes to be there
    if SECTION not in pipeline.schema_names:
        return
    known = pipeline.schemas[SECTION]
    dropped = [
        name
        for name in map(known.naming.normalize_table_identifier, sorted(missing))
        if name in known.tables and (known.tables[name].get("x-normalizer") or {}).get("seen-data")
    ]
    if dropped:
        with pipeline.destination_client(SECTION) as client:
            if client.is_storage_initialized():
                client.update_stored_schema(only_tables=dropped, force=True)


def _cursors(pipeline: dlt.Pipeline) -> dict[str, datetime | None]:
    sources: dict[str, Any] = dict(pipeline.state.get("sources", {}))
    resources: dict[str, Any] = sources.get(SECTION, {}).get("resources", {})
    found = {}
    for name, column in CURSORS.items():
        cursors: dict[str, Any] = resources.get(name, {}).get("incremental", {})
        found[name] = cursors.get(str(column), {}).get("last_value")
    return found
