"""`load()`: one complete, checkpointed run into the destination of a pipeline.

Lock, pending packages, lists, badge batches, summary. What changed is found in `sync`; nothing
is shown to people here.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Unpack

import dlt
import requests
from dlt.extract import DltSource

from workforce_source import tables as t
from workforce_source.arguments import GivenSettings, takes_settings
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.destination import (
    connection_to,
    destination_errors,
    require_usable,
    resolve_once,
    retry,
    tell_untried,
)
from workforce_source.destination.duckdb_file import hold_file_open, make_file
from workforce_source.destination.ducklake import share_lake
from workforce_source.loading.audit import Audit
from workforce_source.loading.erasing import finish_forgetting
from workforce_source.loading.garbage import freeze_older_objects
from workforce_source.loading.half_done import end_half_done
from workforce_source.loading.hiding import hide_columns
from workforce_source.loading.history import History
from workforce_source.loading.lease import EVERYBODY, hold_lease
from workforce_source.loading.leftovers import finish_pending, forget_finished
from workforce_source.loading.lock import run_lock
from workforce_source.loading.marks import Marks
from workforce_source.loading.redaction import redact_errors
from workforce_source.loading.resources import CURSORS, REACHED, package_source
from workforce_source.loading.shards import (
    PATIENCE,
    Right,
    hold_right,
    refuse_what_is_not_shared,
)
from workforce_source.loading.signal_table import SignalTable
from workforce_source.loading.staging import new_staging
from workforce_source.loading.summary import Summary
from workforce_source.loading.value_table import ValueTable
from workforce_source.loading.writing import PackageWriter
from workforce_source.mirror import Memory, Package
from workforce_source.settings import SECTION, resolve_settings
from workforce_source.source import open_client
from workforce_source.sync.badges import RESOURCE as BADGES
from workforce_source.sync.badges import SHARED
from workforce_source.sync.context import (
    Context,
    Progress,
    hidden_by,
    no_progress,
    secret_of,
)
from workforce_source.sync.run import packages
from workforce_source.sync.shard import ALL, Shard
from workforce_source.sync.signals import Signals

logger = logging.getLogger(__name__)


@takes_settings
def load(
    pipeline: dlt.Pipeline,
    *,
    organization: str | None = None,
    shard: tuple[int, int] = (1, 1),
    allow_removals: bool = False,
    allow_changes: bool = False,
    clock: Clock = SYSTEM_CLOCK,
    progress: Progress = no_progress,
    session: requests.Session | None = None,
    **settings: Unpack[GivenSettings],
) -> Summary:
    """Make the destination of a pipeline equal the organization, and say what it took.

    The two lists are always walked in full; badges are read where due, in batches that are load
    packages of their own, so that a stopped run repeats at most one. Rows are written only where
    they changed. `docs/sync.md` has the whole contract.

    Args:
        pipeline: Where to load; `docs/destinations.md` has the destinations that were tried.
        organization: Name of the organization, where several have sections of their own below
            `[sources.workforce.organizations]`. Loads at the same time need pipelines of different
            names, or pipelines directories of their own.
        shard: `(2, 8)` for the second of eight workers that load one organization at the same time,
            with pipelines of different names, or pipelines directories of their own. The first
            writes the lists and removes; each reads the badges of its share of the employees.
        allow_removals: Remove whatever was confirmed gone, once, however much it is.
        allow_changes: Write every null the API answers, once, however many values vanish.
        clock: Tells the time, also for `badges_read_at` and `changed_at`, and waits.
        progress: Told an endpoint's name, how many are done, and how many there are (or None); the
            same again while nothing comes in. Who raises `Stopped` there ends the run, which loads
            the badges it has read.
        session: A session of your own, for mutual TLS or an adapter: its adapters send, with its
            proxies and certificates (its headers, cookies and hooks do not count), and it is
            closed when the load ends. Unless given, libcurl sends.
        **settings: Settings that win over configuration (docs/settings.md); None is not given.

    Returns:
        The summary; its `exit_code` is 0, 3 or 5.

    Raises:
        ConfigError: A setting or the destination cannot be used.
        AuthenticationError: The API does not accept the credentials.
        ApiError: The API cannot be read; nothing that was loaded is lost.
        DestinationError: The destination cannot be read or written; the same.
        Locked: Another run of this pipeline is at work, or one of this organization that took
            longer than `wait_for_lease`.

    Rests on the sections "Get Employees", "Employee Data API" and "Employee External Badges API".
    """
    resolved = resolve_settings(settings, organization)
    hidden, secret = hidden_by(resolved), secret_of(resolved)
    share = Shard(*shard)
    heeds = bool(resolved.refresh_from) and share == ALL  # others have other people in their share
    started = clock.monotonic()
    audit = Audit(resolved, pipeline, clock)
    with (
        freeze_older_objects(),
        run_lock(Path(pipeline.pipelines_dir), pipeline.pipeline_name),
        audit.kept(),
        redact_errors(pipeline),
        destination_errors(pipeline),
        ExitStack() as stack,
    ):
        end_half_done(pipeline)
        require_usable(pipeline.destination)
        stack.enter_context(share_lake(pipeline))
        connection = connection_to(pipeline)
        tell_untried(pipeline.destination)
        make_file(connection.config)
        stack.enter_context(resolve_once(pipeline, connection.config))
        staging = new_staging(connection)
        if share != ALL:
            refuse_what_is_not_shared(share, resolved, pipeline.refresh, staging)
        wait = resolved.wait_for_lease
        right = stack.enter_context(
            # of a dataset that is gone dlt forgets what it knew, unless somebody makes it anew
            hold_right(
                connection,
                resolved.organization_id,
                share,
                wait=wait,
                clock=clock,
                anew=pipeline.sync_destination,
                leave=audit.leave,
            )
        )
        lease, before = right.lease, right.before
        audit.begin(lease, before)
        stack.push(audit.note_error)
        alone: Callable[[], AbstractContextManager[object]] = partial(
            hold_lease,
            connection,
            EVERYBODY,
            wait=wait if share == ALL else max(wait, PATIENCE),
            clock=clock,
        )
        if staging is None:  # all runs share one, and so take turns
            stack.enter_context(alone())
            alone = nullcontext
        with hold_file_open(pipeline):  # not while somebody else may hold the lease, and the file
            marks = Marks(connection, resolved.organization_id)
            marks.require(secret, needed=bool(resolved.pseudonymize))
            suppression = marks.suppression(secret)
            if secret is not None and resolved.pseudonymize:
                with alone():
                    marks.remember_key(secret, clock.now())
            pending = finish_pending(pipeline, connection, lease, before, staging, alone)
            forget_finished(pipeline)
            retry(pipeline.sync_destination, clock)
            # a refresh drops or truncates with the first package: nothing of the mirror is left
            emptied = [table.name for table in t.TABLES] if pipeline.refresh else ()
            # the first to hold the lease may find what earlier releases, or `pipeline.run`, loaded
            whole = right.organization
            never_loaded = None if whole.epoch == 0 else whole.loaded is None
            values = ValueTable(connection, resolved.organization_id)
            signalled = SignalTable(connection, resolved.organization_id) if heeds else None
            memory = Memory(pipeline, resolved.organization_id, emptied, never_loaded, lease.feed)
            known = _cursors(pipeline, resolved.organization_id)
            with memory.connect():
                memory.remember()
                if finish_forgetting(connection, resolved.organization_id, memory, suppression):
                    memory.remember()
                cursors = {
                    # by another pipeline name, or an earlier release: as far as the rows have come
                    name: known[name] or memory.newest_value(t.TABLE_BY_NAME[name], column)
                    for name, column in CURSORS.items()
                }
            if not memory.first_load:
                right.note_loaded()
            # else dlt makes them all with the first package
            lacking = memory.missing | memory.outdated
            if SECTION in pipeline.schema_names and lacking:
                with alone():
                    retry(partial(_recreate, pipeline, lacking - memory.emptied), clock)
            history = History(resolved, connection, lease, alone, clock, shared=share != ALL)
            history.begin()
            if hidden.names:
                lease.look()
                hide_columns(connection, resolved.organization_id, hidden)
        with open_client(resolved, clock, session, organization) as client:
            context = Context.of(
                resolved,
                client,
                memory,
                clock=clock,
                progress=progress,
                allow_removals=allow_removals,
                shard=share,
                # what another release made of the same answers is no change of theirs
                allow_changes=allow_changes or values.other_release,
                remembered=values.columns,
                suppression=suppression,
            )
            audit.follow(context, client)
            if ending := resolved.token_warning(clock.now()):
                context.statistics.notes.append(ending)
            if resolved.refresh_from and not heeds:
                context.statistics.notes.append(
                    "refresh_from is for whoever loads alone: this shard reads badges by their age."
                )
            signals = Signals(signalled.remembered) if signalled is not None else None
            writer = PackageWriter(pipeline, connection, lease, staging, alone, clock)
            with writer.merging():
                written = _load(pipeline, writer, context, right, values, signals, history)
                history.end(whole=not context.partial)
                if not context.partial and not context.statistics.capped:
                    lease.forget_feed()  # whatever rows were missing, this run has loaded
            if memory.doubled:
                context.statistics.notes.append(_doubled(memory.doubled))
            values.save(lease.look)
            if signalled is not None and signals is not None:
                signalled.save(lease.look, signals.since)
            marks.add(suppression.learned(), clock.now())
        moved = _cursors(pipeline, resolved.organization_id)
        summary = Summary(
            context.statistics,
            requests=dict(client.requests),
            retries=client.retries,
            packages=written,
            seconds=clock.monotonic() - started,
            cursors={name: (was, moved[name] or was) for name, was in cursors.items()},
            pending=pending,
            max_unreadable_share=resolved.max_unreadable_share,
            run_id=lease.holder,
            token_ends=resolved.token_ends,
        )
        audit.end(summary)
    return summary


def _load(
    pipeline: dlt.Pipeline,
    writer: PackageWriter,
    context: Context,
    right: Right,
    values: ValueTable,
    signals: Signals | None,
    history: History,
) -> int:
    """Write what a run finds, and get how many load packages that took."""
    written = 0
    refresh: Any = pipeline.refresh
    pipeline.refresh, mode = None, refresh
    try:
        first = context.shard.first
        resources = t.RESOURCES if first else (BADGES,)
        for package in packages(context, resources, cut=True, signals=signals):
            lists = bool(package.newest)  # with them, all of the organization that is listed
            if package and not first:
                right.wait_for_lists()
            if not context.values.allow:  # what is let through once is, when all of it is loaded
                values.save_so_far(right.lease.look, loaded=False)
            if package or package.entries or mode:
                history.note()
            # nothing is cut when there is something to refresh: the lists come first
            written += _write(writer, context, package, mode)
            mode = None
            if not context.values.allow:
                values.save_so_far(right.lease.look, loaded=True)
            if lists and not context.partial:
                right.note_loaded()
        if first and not context.partial:
            right.note_loaded()
    finally:
        pipeline.refresh = refresh
    return written


def _write(writer: PackageWriter, context: Context, package: Package, refresh: Any) -> int:
    rows, statistics, memory = package.rows, context.statistics, context.memory
    # where several shards write, the first has made the tables, and two may have the same template
    shared = context.shard != ALL and any(table.name in package.chunks for table in SHARED)
    lacking = memory.missing or memory.emptied or memory.outdated
    creates = context.shard.first and bool(lacking)

    def sources() -> Iterator[DltSource]:
        entries, package.entries = package.entries, []
        if entries:
            # before the rows: when the load stops in between, the next run replaces these entries
            writer.lease.note_feed({entry["changed_at"] for entry in entries})
            feed = Package().add(t.CHANGES, entries).close()
            yield package_source(context.settings, feed, [t.CHANGES.resource])
        if package or refresh:
            yield package_source(context.settings, package)
        if entries:
            writer.lease.note_feed()

    written = writer.write(sources(), refresh, alone=creates or shared)
    for name, counts in package.tally.items():
        statistics.tally.setdefault(name, Counter()).update(counts)
    if written:
        tables = len(package.chunks)
        logger.info(
            "load package written: %d rows in %d tables",
            rows,
            tables,
            extra={
                "rows": rows,
                "tables": tables,
                "read": statistics.read,
                "due": statistics.due_total,
            },
        )
    return written


def _doubled(counts: Counter[str]) -> str:
    of_each = ", ".join(f"{count} of {name}" for name, count in sorted(counts.items()))
    return (
        f"Keys that stood more than once: {of_each}. Each is one again as soon as its row is read;"
        " look for another program that writes into these tables."
    )


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
                client.update_stored_schema(
                    only_tables=[*dropped, *known.dlt_table_names()], force=True
                )


def _cursors(pipeline: dlt.Pipeline, organization_id: str) -> dict[str, datetime | None]:
    sources: dict[str, Any] = dict(pipeline.state.get("sources", {}))
    resources: dict[str, Any] = sources.get(SECTION, {}).get("resources", {})
    return {name: resources.get(name, {}).get(REACHED, {}).get(organization_id) for name in CURSORS}
