"""Load packages into the destination, one after the other, by the run that holds the lease.

What may not be in here: which rows a package has, and in which order packages come.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from types import TracebackType
from typing import Any, Self

import dlt
import pyarrow as pa
from dlt.common.exceptions import DltException
from dlt.extract import DltSource

from workforce_source.clock import Clock
from workforce_source.destination import Connection, repeated
from workforce_source.destination.duckdb_file import hold_file_open
from workforce_source.loading.lease import Lease
from workforce_source.loading.leftovers import forget_rows
from workforce_source.loading.staging import drop_staging, merged_through


class PackageWriter:
    """Writes load packages through a staging dataset of its own, as long as a lease is held.

    Args:
        pipeline: Where to.
        connection: To its destination.
        lease: The lease of the organization.
        staging: The staging dataset, not made yet; None for the one all runs share.
        alone: Gets what keeps all other runs of the dataset from making tables meanwhile.
        clock: Waits.
    """

    def __init__(
        self,
        pipeline: dlt.Pipeline,
        connection: Connection,
        lease: Lease,
        staging: str | None,
        alone: Callable[[], AbstractContextManager[object]],
        clock: Clock,
    ) -> None:
        self._pipeline = pipeline
        self._connection = connection
        self._lease = lease
        self._staging = staging
        self._alone = alone
        self._clock = clock
        self._merging = merged_through(pipeline, staging, lease.look)
        self._recorded = False

    def __enter__(self) -> Self:
        """Begin."""
        self._merging.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave no staging dataset, unless the next run needs it for what is pending."""
        self._merging.__exit__(kind, error, trace)
        if not self._recorded:
            return
        if error is None:
            self._lease.forget_staging()
        elif self._lease.lost or not self._pipeline.has_pending_data:
            with suppress(DltException):  # the next run finds it
                drop_staging(self._connection, self._staging)

    def write(self, source: DltSource, refresh: Any = None, *, creates: bool = False) -> None:
        """Write one load package, as `pipeline.run` does once it has synced with the destination.

        Args:
            source: Has the rows.
            refresh: What dlt is to drop or empty before.
            creates: Whether tables are made, which two runs must not do at once.

        Raises:
            Locked: Another run took the lease over.
            DltException: The destination failed.
        """
        pipeline = self._pipeline
        pipeline.extract(source, refresh=refresh)
        # Arrow keeps the memory that writing dlt's files took, just before DuckDB, in the same
        # process, needs its own
        pa.default_memory_pool().release_unused()
        pipeline.normalize()
        # not before: a package that finds the file locked is on disk by now, for the next run
        with hold_file_open(pipeline), self._alone() if creates else nullcontext():
            self._lease.look()
            if self._staging is not None and not self._recorded:
                # before dlt makes it: only what is recorded is ever dropped
                self._lease.record(self._staging)
                self._recorded = True
            try:
                repeated(pipeline.load, self._clock)
            except DltException:
                with suppress(DltException):
                    self._lease.look()  # its loss may be why, and says better what happened
                raise
            # now: what is there when DuckDB is closed, it writes into its file
            drop_staging(self._connection, self._staging)
        forget_rows(pipeline)
