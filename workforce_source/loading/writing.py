"""Load packages into the destination, one after the other, by the run that holds the lease.

What may not be in here: which rows a package has, and in which order packages come.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import Any

import dlt
import pyarrow as pa
from dlt.common.exceptions import DltException
from dlt.extract import DltSource

from workforce_source.clock import Clock
from workforce_source.destination import Connection, retry
from workforce_source.destination.duckdb_file import hold_file_open
from workforce_source.loading.lease import Lease
from workforce_source.loading.leftovers import forget_rows
from workforce_source.loading.staging import drop_staging, merge_through


@dataclass
class PackageWriter:
    """Writes load packages through a staging dataset of its own, as long as a lease is held.

    Attributes:
        pipeline: Where to.
        connection: To its destination.
        lease: The lease of the organization.
        staging: The staging dataset; None for the one all runs share.
        alone: Gets what keeps all other runs of the dataset from doing the same meanwhile.
        clock: Waits.
        recorded: Whether the lease names the staging dataset.
    """

    pipeline: dlt.Pipeline
    connection: Connection
    lease: Lease
    staging: str | None
    alone: Callable[[], AbstractContextManager[object]]
    clock: Clock
    recorded: bool = False

    @contextmanager
    def merging(self) -> Iterator[None]:
        """Leave no staging dataset behind, unless the next run needs it for what is pending."""
        try:
            with merge_through(self.pipeline, self.staging, self.lease.look):
                yield
        except BaseException:
            if self.recorded and (self.lease.lost or not self.pipeline.has_pending_data):
                with suppress(DltException):  # the next run finds it
                    drop_staging(self.connection, self.staging)
            raise
        if self.recorded:
            self.lease.forget_staging()

    def write(
        self, sources: Iterable[DltSource], refresh: Any = None, *, alone: bool = False
    ) -> int:
        """Write load packages, as `pipeline.run` does once it has synced with the destination.

        Args:
            sources: Have the rows, each those of one package; asked for the next when one is done.
            refresh: What dlt is to drop or empty before.
            alone: Whether tables are made, or keys written that another run may have, too.

        Returns:
            How many packages were written.

        Raises:
            Locked: Another run took the lease over.
            DltException: The destination failed.
        """
        pipeline, written = self.pipeline, 0
        with ExitStack() as held:
            for source in sources:
                pipeline.extract(source, refresh=refresh)
                # Arrow keeps the memory that writing dlt's files took, just before DuckDB, in the
                # same process, needs its own
                pa.default_memory_pool().release_unused()
                pipeline.normalize()
                if not written:
                    # not before: a package that finds the file locked is on disk by now, for the
                    # next run
                    held.enter_context(hold_file_open(pipeline))
                    held.enter_context(self.alone() if alone else nullcontext())
                self._load()
                refresh, written = None, written + 1
            if written:
                # now: what is there when DuckDB is closed, it writes into its file
                drop_staging(self.connection, self.staging)
                forget_rows(pipeline)
        return written

    def _load(self) -> None:
        self.lease.look()
        if self.staging is not None and not self.recorded:
            # before dlt makes it: only what is recorded is ever dropped
            self.lease.record(self.staging)
            self.recorded = True
        try:
            retry(self.pipeline.load, self.clock)
        except DltException:
            with suppress(DltException):
                self.lease.look()  # its loss may be why, and says better what happened
            raise
