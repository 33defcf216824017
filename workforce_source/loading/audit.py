"""What one run says of itself in `load_audit`, also when it fails.

Collected while it runs and written as the last thing before its lease is given back, over the
connection that is open for that. No row holds personal data. What may not be in here: SQL.
"""

import json
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import dlt
from dlt.common.exceptions import DltException

from workforce_source import __version__
from workforce_source.client import Client
from workforce_source.clock import Clock
from workforce_source.destination import Connection, raised_within
from workforce_source.exceptions import Stopped, WorkforceError
from workforce_source.exit_codes import ExitCode
from workforce_source.loading import audit_table
from workforce_source.loading.audit_file import AuditFile
from workforce_source.loading.lease import Lease
from workforce_source.loading.lease_table import LeaseRow
from workforce_source.loading.summary import Summary
from workforce_source.mirror.queries import in_utc
from workforce_source.settings import Settings
from workforce_source.sync.context import Context
from workforce_source.sync.shard import ALL


class Audit:
    """The row of one run.

    Args:
        settings: The settings of the run.
        pipeline: The pipeline.
        clock: Tells the time.
    """

    def __init__(self, settings: Settings, pipeline: dlt.Pipeline, clock: Clock) -> None:
        self._settings, self._clock = settings, clock
        self._started = clock.now()
        self._file = AuditFile(pipeline)
        self._lease: Lease | None = None
        self._new_day = False
        self._context: Context | None = None
        self._client: Client | None = None
        self._summary: Summary | None = None
        self._error: BaseException | None = None
        self._written = False

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the row beside the pipeline where it could not be written by the end."""
        try:
            yield
        except BaseException as error:
            self._error = error
            raise
        finally:
            if not self._written:
                self._file.keep(self._row())

    def begin(self, lease: Lease, before: LeaseRow) -> None:
        """Take note of the lease of the run, and of its row as it was before."""
        self._lease = lease
        last = in_utc(before.renewed)
        self._new_day = before.epoch > 0 and last.date() != in_utc(before.now).date()

    def follow(self, context: Context, client: Client) -> None:
        """Count, at the end, what has been counted here by then."""
        self._context, self._client = context, client

    def end(self, summary: Summary) -> None:
        """Take note of how the run ended."""
        self._summary = summary

    def note_error(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Take note of what ended the run, before its lease is given back."""
        self._error = error

    def leave(self, to: Connection) -> None:
        """Write the row, and those that earlier runs could not write.

        Args:
            to: The dataset, open.
        """
        if self._lease is None or self._lease.lost:
            return  # what another run does meanwhile is that run's to tell
        earlier = self._file.rows()
        # a job that could not begin a run knew of no organization
        known = [row for row in earlier if row["organization_id"]]
        try:
            audit_table.write(to, [*known, self._row()])
            self._written = True
            if self._new_day:
                oldest = self._clock.now() - self._settings.keep_audit_for
                audit_table.prune(to, self._settings.organization_id, oldest)
        except DltException:
            return
        if earlier:
            self._file.forget()

    def _row(self) -> dict[str, Any]:
        settings = self._settings
        row: dict[str, Any] = {
            "organization_id": settings.organization_id,
            "run_id": self._lease.holder if self._lease else "",
            "started": self._started,
            "ended": self._clock.now(),
            "exit_code": self._exit_code(),
            "error": None if self._error is None else kind_of(self._error),
            "version": __version__,
            "host": f"{platform.system()} {platform.machine()}",
            "token_ends": settings.token_ends,
        }
        if self._client is not None:
            requests = dict(self._client.requests)
            row |= {"requests": sum(requests.values()), "retries": self._client.retries}
        if self._context is not None and self._client is not None:
            row |= self._counted(self._context, self._client)
        return row

    def _counted(self, context: Context, client: Client) -> dict[str, Any]:
        found = context.statistics
        details = {
            "requests": dict(client.requests),
            "retries": {name: n for name, n in client.retried.items() if n},
            "rows": {name: dict(counts) for name, counts in found.tally.items()},
            "listed": dict(found.listed),
            "due": {reason: n for reason, n in found.due.items() if n},
            "unreadable": {str(status): n for status, n in found.unreadable.items()},
            "held_back": {name: n for name, n in found.held_back.items() if n},
            "held_values": {name: n for name, n in found.held_values.items() if n},
            "signals": {what: n for what, n in found.signals.items() if n},
            "notes": found.notes,
        }
        counted: dict[str, Any] = {
            "accepted": found.accepted,
            "badges_read": found.read,
            "unreadable": found.unreadable_now,
            "newly_unreadable": found.newly_unreadable,
            "given_up": found.given_up,
            "rows_written": found.rows_written,
            "rows_held_back": sum(found.held_back.values()),
            "packages": self._summary.packages if self._summary else None,
            "details": json.dumps(details, sort_keys=True),
        }
        if self._summary is None:
            return counted
        counted |= {"never_read": found.never_read, "oldest_read_at": found.oldest_read_at}
        if not context.partial and context.shard == ALL:
            oldest, age = found.oldest_read_at or self._started, self._settings.max_age
            counted["as_of"] = self._started
            counted["fresh_until"] = oldest + age if age > timedelta(0) else None
        return counted

    def _exit_code(self) -> int:
        if self._error is not None:
            return exit_code_of(self._error)
        return int(self._summary.exit_code) if self._summary else int(ExitCode.FAILED)


def kind_of(error: BaseException) -> str:
    """Get the kind of an error, by its class: ours where there is one of ours."""
    own = raised_within(error)
    return "DestinationError" if isinstance(own, DltException) else type(own).__name__


def exit_code_of(error: BaseException) -> int:
    """Get the exit code an error ends with."""
    own = raised_within(error)
    if isinstance(own, Stopped):
        return own.exit_status
    if isinstance(own, WorkforceError):
        return int(own.exit_code)
    return int(ExitCode.INTERRUPTED if isinstance(own, KeyboardInterrupt) else ExitCode.FAILED)
