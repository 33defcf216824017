"""`forget()`: one person removed from a dataset and from this machine, and kept out of both.

The order is what makes it safe to stop: marks first, which keep the person out; the row that leads
from a key to the person last; and what is made anew without them after that, each time.

What may not be in here: which rows and files are a person's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, Unpack

import dlt
from dlt.common.exceptions import DltException
from dlt.common.schema import Schema

from workforce_source.arguments import GivenSettings, takes_settings
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.destination import (
    Connection,
    connection_to,
    destination_errors,
    is_a,
    kind_of,
    require_usable,
)
from workforce_source.destination.duckdb_file import rewrite_file
from workforce_source.destination.ducklake import share_lake
from workforce_source.exceptions import ConfigError, Locked
from workforce_source.forgetting.files import clear_files, kinds_of
from workforce_source.forgetting.person import find_person
from workforce_source.forgetting.receipt import POSTGRES, Receipt
from workforce_source.loading.erasing import delete_rows, erase_people, ids_in, tables_of_people
from workforce_source.loading.half_done import end_half_done
from workforce_source.loading.lease import BUILDING, EVERYBODY, hold_lease
from workforce_source.loading.lease_table import LeaseTable
from workforce_source.loading.leftovers import delete_packages
from workforce_source.loading.lock import abandoned, run_lock
from workforce_source.loading.marks import Marks
from workforce_source.loading.shards import Right, hold_right
from workforce_source.loading.staging import drop_staging
from workforce_source.marts.warehouse import Warehouse
from workforce_source.settings import SECTION, Settings, resolve_settings
from workforce_source.sync.context import secret_of
from workforce_source.sync.shard import ALL
from workforce_source.sync.suppression import Known, marks_of
from workforce_source.tables import MANAGER, Secret

_MANAGER: Final = MANAGER[0]
_OF_PEOPLE: Final = ("employee_id", "manager_id")
"""Columns of marts with the ids of people."""


@takes_settings
def forget(
    pipeline: dlt.Pipeline,
    key: str,
    *,
    organization: str | None = None,
    files: Sequence[str | Path] = (),
    clock: Clock = SYSTEM_CLOCK,
    **settings: Unpack[GivenSettings],
) -> Receipt:
    """Remove a person from a dataset and from this machine, and keep them out of the runs to come.

    Rows of theirs in every table, with `changes` and earlier versions, receipts and marts; what
    rows of others say of them as a manager; staging datasets; packages of rows on this machine;
    files you name. A DuckDB file is written anew, tables of PostgreSQL are rewritten. From then on
    `load()` leaves out whoever has one of the keys; only digests of these are kept. It can be
    repeated, and after it was stopped must be.

    Args:
        pipeline: The pipeline the organization is loaded with.
        key: An id, an external id or an e-mail; never on a command line, where others can read it.
        organization: Name of the organization, where several have sections of their own.
        files: Published files, reports, receipts and plans of rosters: receipts of the person are
            removed from their file, the others are removed.
        clock: Tells the time, and waits.
        **settings: Settings that win over configuration; `pseudonym_key` is needed.

    Returns:
        What was removed, and what is left to be done by hand; without the person.

    Raises:
        ConfigError: A setting or a file cannot be used, nothing is loaded, or the key leads to
            several people.
        DestinationError: The destination or a file cannot be written; run it again.
        Locked: A run is at work.
    """
    key, resolved, secret = _given(key, organization, settings)
    kinds = kinds_of([Path(file) for file in files])
    receipt = Receipt(resolved.organization_id, clock.now())
    with _held(pipeline, resolved, clock) as (connection, right):
        marks = Marks(connection, resolved.organization_id)
        marks.require(secret, needed=True)
        marks.remember_key(secret, clock.now())
        with connection.open():
            _refuse_others(connection, resolved.organization_id)
            known = find_person(connection, resolved.organization_id, key, secret)
        wanted = marks_of(secret, known)
        marks.add(wanted, clock.now())
        receipt.suppressed = len(wanted)
        with connection.open():
            known = replace(known, ids=known.ids | _left_of(connection, resolved, marks, secret))
        receipt.files = clear_files(kinds, resolved.organization_id, known.ids)
        with (
            hold_lease(connection, BUILDING, wait=resolved.wait_for_lease, clock=clock),
            connection.open(),
        ):
            receipt.removed += _erase_from_marts(connection, resolved.organization_id, known)
        drop_staging(connection, right.before.staging)
        right.lease.forget_staging()
        if packages := delete_packages(pipeline):
            receipt.done.append(f"{packages} load packages removed from this machine")
        with (
            hold_lease(connection, EVERYBODY, wait=resolved.wait_for_lease, clock=clock),
            connection.open(),
        ):
            _drop_shared_staging(connection)
        with connection.open():
            right.lease.look_within(connection)
            receipt.removed += erase_people(connection, resolved.organization_id, known)
            receipt.found = bool(receipt.removed)
            _refuse_others(connection, resolved.organization_id)
            _rewrite(connection, receipt)
        receipt.leave(kind_of(pipeline.destination))
    return receipt


@takes_settings
def unforget(
    pipeline: dlt.Pipeline,
    key: str,
    *,
    organization: str | None = None,
    clock: Clock = SYSTEM_CLOCK,
    **settings: Unpack[GivenSettings],
) -> int:
    """Let a person who was forgotten be loaded again, by the next run.

    Args:
        pipeline: The pipeline the organization is loaded with.
        key: Any of the keys the person had: an id, an external id or an e-mail.
        organization: Name of the organization, where several have sections of their own.
        clock: Tells the time, and waits.
        **settings: Settings that win over configuration; `pseudonym_key` is needed.

    Returns:
        Marks removed; 0 where nobody is forgotten by this key.

    Raises:
        ConfigError: A setting cannot be used, or nothing is loaded.
        DestinationError: The destination cannot be written.
        Locked: A run is at work.
    """
    key, resolved, secret = _given(key, organization, settings)
    with _held(pipeline, resolved, clock) as (connection, _):
        marks = Marks(connection, resolved.organization_id)
        marks.require(secret, needed=True)
        alone = frozenset({key})
        asked = marks_of(secret, Known(alone, alone, alone, frozenset()))
        digests = {(mark.kind, mark.digest) for mark in asked}
        people = {m.person for m in marks.of_people if (m.kind, m.digest) in digests and m.person}
        return marks.remove(people)


def _given(
    key: str, organization: str | None, settings: Mapping[str, Any]
) -> tuple[str, Settings, Secret]:
    resolved = resolve_settings(settings, organization)
    secret = secret_of(resolved)
    if secret is None:
        raise ConfigError(
            "Who is forgotten is known again by digests, which need a key: set pseudonym_key in"
            " .dlt/secrets.toml or SOURCES__WORKFORCE__PSEUDONYM_KEY to 32 characters or more that"
            " nobody could guess, and keep it. Nothing was removed."
        )
    key = key.strip()
    if not key or not key.isprintable():
        raise ConfigError(
            "The key of the person is one line: an id, an external id or an e-mail. Nothing was"
            " removed."
        )
    return key, resolved, secret


@contextmanager
def _held(
    pipeline: dlt.Pipeline, settings: Settings, clock: Clock
) -> Iterator[tuple[Connection, Right]]:
    """Hold what a run of the organization holds."""
    with (
        run_lock(Path(pipeline.pipelines_dir), pipeline.pipeline_name),
        destination_errors(pipeline),
        share_lake(pipeline),
    ):
        end_half_done(pipeline)
        require_usable(pipeline.destination)
        connection = connection_to(pipeline)
        _require_dataset(connection)
        anew: Callable[[], object] = pipeline.sync_destination
        with hold_right(
            connection,
            settings.organization_id,
            ALL,
            wait=settings.wait_for_lease,
            clock=clock,
            anew=anew,
        ) as right:
            yield connection, right


def _require_dataset(connection: Connection) -> None:
    config: Any = connection.config
    there = True
    if is_a(config, "duckdb"):
        file = Path(config.credentials.database)
        there = file.name.startswith(":") or file.exists()
    if there:
        with connection.open():
            there = connection.client.has_dataset()
    if not there:
        raise ConfigError(
            f"There is no dataset {connection.client.dataset_name} to remove anybody from. Run in"
            " the directory its file is in, or name its destination and dataset."
        )


def _refuse_others(connection: Connection, organization_id: str) -> None:
    """Make sure that nobody writes into a DuckDB file that is about to be written anew.

    Raises:
        Locked: A run is at work.
    """
    if not is_a(connection.config, "duckdb"):
        return
    for name, row in LeaseTable(connection, organization_id).rows_below("").items():
        if name != organization_id and row.expires > row.now and not abandoned(row.holder):
            raise Locked(
                f"Another run is at work in the same file (process {row.process} on {row.host})."
                " Nothing was removed yet, or not from the free blocks of the file. Wait for it to"
                " end, then run again."
            )


def _erase_from_marts(connection: Connection, organization_id: str, known: Known) -> dict[str, int]:
    warehouse, removed = Warehouse(connection), dict[str, int]()
    relations = warehouse.relations("marts")
    with connection.client.with_alternative_dataset_name(warehouse.marts_schema):
        for name, relation in sorted(relations.items()):
            if relation.kind != "TABLE" or "organization_id" not in relation.columns:
                continue
            table = connection.table(name)
            count = sum(
                delete_rows(connection, table, organization_id, column, known.ids)
                for column in _OF_PEOPLE
                if column in relation.columns
            )
            if count:
                removed[f"{name} (mart)"] = count
            if _MANAGER in relation.columns and known.external_ids:
                marks = ", ".join(["%s"] * len(known.external_ids))
                connection.execute(
                    f"UPDATE {table} SET {connection.column(_MANAGER)} = NULL"  # noqa: S608
                    f" WHERE {connection.column('organization_id')} = %s"
                    f" AND {connection.column(_MANAGER)} IN ({marks})",
                    organization_id,
                    *sorted(known.external_ids),
                )
    return removed


def _left_of(connection: Connection, settings: Settings, marks: Marks, secret: Secret) -> set[str]:
    """Get the ids of forgotten people of whom there is something left, whichever key was given."""
    suppression, organization_id = marks.suppression(secret), settings.organization_id
    found = {
        one
        for name, column in tables_of_people()
        for one in ids_in(connection, connection.table(name), organization_id, column)
    }
    warehouse = Warehouse(connection)
    relations = warehouse.relations("marts")
    with connection.client.with_alternative_dataset_name(warehouse.marts_schema):
        for name, relation in relations.items():
            for column in relation.columns.keys() & {*_OF_PEOPLE}:
                found |= ids_in(connection, connection.table(name), organization_id, column)
    return {one for one in found if suppression.covers({"id": one})}


def _drop_shared_staging(connection: Connection) -> None:
    """Drop the staging dataset that plain runs of dlt share: it has nothing but copies."""
    client = connection.client
    config: Any = connection.config
    with suppress(AttributeError):  # a destination without one
        name = config.normalize_staging_dataset_name(Schema(SECTION))
        if name == client.dataset_name:
            return
        with client.with_alternative_dataset_name(name):
            if client.has_dataset():
                client.drop_dataset()


def _rewrite(connection: Connection, receipt: Receipt) -> None:
    """Leave nothing of deleted rows in the destination's own files, as far as that can be done."""
    if rewrite_file(connection):
        receipt.done.append("the DuckDB file was written anew, without deleted rows")
        return
    if not is_a(connection.config, POSTGRES):
        return
    client = connection.client
    for schema in (client.dataset_name, Warehouse(connection).marts_schema):
        with client.with_alternative_dataset_name(schema):
            names = connection.rows(
                "SELECT table_name FROM information_schema.tables"
                " WHERE table_schema = %s AND table_type = 'BASE TABLE'",
                schema,
            )
            for (name,) in list(names):
                command = f"VACUUM (FULL) {client.make_qualified_table_name(name)}"
                try:
                    connection.execute(command)
                except DltException:  # only its owner may
                    receipt.left.append((f"Dead rows of {name}.", command))
    if not receipt.left:
        receipt.done.append("the tables of PostgreSQL were written anew, without dead rows")
