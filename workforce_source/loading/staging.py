"""The staging dataset of one run: named, merged through, and dropped.

dlt copies the rows of a load package into `<dataset>_staging` and merges them from there. Runs
that share it truncate and merge each other's rows, and nothing fails: rows are missing, doubled,
or those of before.

What may not be in here: which rows there are, and which run may load.
"""

import copy
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import dlt
from dlt.common.destination.client import DestinationClientDwhConfiguration

from workforce_source.destination import Connection, is_a
from workforce_source.loading.transactions import merge_in_transactions

_DIGITS: Final = 12
"""Hexadecimal digits at the end of a name, which tell runs apart."""
_LONGEST: Final = 63
"""Characters of a name where a destination does not say how many it takes."""

_MARK_TRANSACTION: Final = "SELECT pg_advisory_xact_lock_shared(%s)"
_END_TRANSACTIONS: Final = """
SELECT pg_terminate_backend(pid) FROM pg_locks WHERE pid <> pg_backend_pid() AND (
    (locktype = 'advisory' AND (classid::bigint << 32) + objid::bigint = %s) OR relation IN (
        SELECT oid FROM pg_class
        WHERE relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = %s)
    )
)
"""
"""Ends who is in the midst of a transaction of a run, known by its mark, or on its dataset: a
process that sleeps may sleep for ever, and PostgreSQL would let nobody drop the tables, and the
sleeper commit when it wakes."""


def new_staging(connection: Connection) -> str | None:
    """Get the name for a staging dataset no other run has; None where all are to share one.

    A `staging_dataset_name_layout` of your own stands: you may have no right to create others.

    Args:
        connection: To the dataset that is about to be loaded into.
    """
    client, config = connection.client, connection.config
    if not isinstance(config, DestinationClientDwhConfiguration):
        return None
    if config.staging_dataset_name_layout != type(config).staging_dataset_name_layout:
        return None
    ending = f"_stg_{secrets.token_hex(_DIGITS // 2)}"
    room = (client.capabilities.max_identifier_length or _LONGEST) - len(ending)
    return client.dataset_name[:room].rstrip("_") + ending


@contextmanager
def merge_through(
    pipeline: dlt.Pipeline, name: str | None, check: Callable[[Any], object]
) -> Iterator[None]:
    """Have dlt merge through a staging dataset of this name, by a destination of the run's own.

    The destination you gave the pipeline is not touched: others may load with it meanwhile.

    Args:
        pipeline: The pipeline that loads meanwhile.
        name: The dataset; None for the one dlt would take.
        check: Called with dlt's client as the first thing in each of its transactions.
    """
    given = pipeline.destination
    own = copy.copy(given)
    own.config_params, own.caps_params = dict(given.config_params), dict(given.caps_params)
    if name is not None:
        own.config_params["staging_dataset_name_layout"] = name
    _check_transactions(own, name, check)
    pipeline.destination = own
    merge_in_transactions(pipeline)
    try:
        yield
    finally:
        pipeline.destination = given


def drop_staging(connection: Connection, name: str | None) -> None:
    """Drop a staging dataset, if it is there: it holds nothing but copies.

    On PostgreSQL it ends the transactions of the run whose dataset it was.

    Args:
        connection: To the destination that has it.
        name: What a run of ours has recorded; None for nothing.
    """
    if name is None:
        return
    client = connection.client
    with connection.open(), client.with_alternative_dataset_name(name):
        if is_a(connection.config, "postgres"):
            client.execute_sql(_END_TRANSACTIONS, _mark(name), name)
        if client.has_dataset():
            client.drop_dataset()


def _mark(name: str) -> int:
    return int(name[-_DIGITS:], 16)


def _check_transactions(destination: Any, name: str | None, check: Callable[[Any], object]) -> None:
    # A merge is one transaction of a client that dlt makes for it. What is looked at before a
    # package may be otherwise when the last of its merges begins.
    make = destination.client

    def client(*arguments: Any, **named: Any) -> Any:
        made = make(*arguments, **named)
        begin, complete = made.sql_client.begin_transaction, made.complete_load

        @contextmanager
        def checked() -> Iterator[Any]:
            with begin() as transaction:
                if name is not None and is_a(made.config, "postgres"):
                    # before the look: who takes over between the two ends this transaction
                    made.sql_client.execute_sql(_MARK_TRANSACTION, _mark(name))
                check(made.sql_client)
                yield transaction

        def complete_load(load_id: str) -> None:
            whole = made.capabilities.supports_transactions
            with checked() if whole else nullcontext():
                complete(load_id)

        made.sql_client.begin_transaction = checked
        made.complete_load = complete_load
        return made

    destination.client = client
