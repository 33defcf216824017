"""The table `load_audit` and the view `load_status`: written, read and pruned by SQL beside dlt.

What may not be in here: what a run is to say of itself, and what becomes of a row that cannot be
written.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any, Final

from dlt.common.exceptions import DltException
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from workforce_source.destination import Connection
from workforce_source.loading.own_table import OwnTable
from workforce_source.mirror.queries import in_utc
from workforce_source.tables.own import AUDIT, AUDIT_COLUMNS, STATUS

_TYPES: Final = {name: kind for name, (kind, _) in AUDIT_COLUMNS.items()}
_STATUS: Final = (
    *("organization_id", "run_id", "started", "ended", "exit_code", "error", "version"),
    *("oldest_read_at", "never_read", "unreadable", "rows_held_back", "token_ends", "checks"),
)
"""Columns of the last run that `load_status` shows."""
_NEWEST: Final = ("as_of", "fresh_until")
"""Columns it shows of the last run that loaded."""


def write(to: Connection, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write rows, and make table and view where there are none.

    Args:
        to: The dataset, open.
        rows: Values by column.

    Raises:
        DltException: The destination refused.
    """
    table = OwnTable(to, AUDIT, _TYPES)
    for row in rows:
        try:
            table.insert(**row)
        except DatabaseUndefinedRelation:
            table.create()
            table.insert(**row)
            with suppress(DltException):  # a right that loads do not need
                to.execute(view(to))


def view(to: Connection) -> str:
    """Get the statement that makes `load_status`: a row an organization, of its last run."""
    return f"CREATE OR REPLACE VIEW {to.table(STATUS)} AS {_status(to)}"


def status(to: Connection) -> list[dict[str, Any]]:
    """Get the rows of `load_status`, whether there is such a view or not.

    Args:
        to: The dataset, open.
    """
    names = (*_STATUS, *_NEWEST)
    try:
        rows = list(to.rows(f"{_status(to)} ORDER BY {to.column('organization_id')}"))
    except DatabaseUndefinedRelation:
        return []
    return [{name: in_utc(v) for name, v in zip(names, row, strict=True)} for row in rows]


def _status(to: Connection) -> str:
    whose, started, ended = map(to.column, ("organization_id", "started", "ended"))
    newest = ", ".join(
        f"MAX({to.column(name)}) OVER (PARTITION BY {whose}) AS {to.column(f'last_{name}')}"
        for name in _NEWEST
    )
    renamed = ", ".join(f"{to.column(f'last_{name}')} AS {to.column(name)}" for name in _NEWEST)
    return (
        f"SELECT {to.columns(_STATUS)}, {renamed} FROM (SELECT {to.columns(_STATUS)}, {newest},"
        f" ROW_NUMBER() OVER (PARTITION BY {whose} ORDER BY {ended} DESC, {started} DESC)"
        f" AS run_number FROM {to.table(AUDIT)}) AS runs WHERE run_number = 1"
    )


def prune(to: Connection, organization_id: str, before: datetime) -> None:
    """Remove the rows of runs that ended before a time."""
    to.execute(
        f"DELETE FROM {to.table(AUDIT)} WHERE {to.column('organization_id')} = %s"
        f" AND {to.column('ended')} < %s",
        organization_id,
        before,
    )


def note_checks(
    to: Connection, run_ids: Sequence[str], checks: Mapping[str, int], exit_code: int
) -> None:
    """Write what checks found, and how a run ended after it had loaded, into its row.

    Args:
        to: The dataset, open.
        run_ids: The runs whose tables were checked.
        checks: How much each found that found something.
        exit_code: How the job ends; a load's own code goes first.
    """
    marks = ", ".join(["%s"] * len(run_ids))
    mine = f"WHERE {to.column('run_id')} IN ({marks})"
    to.execute(
        f"UPDATE {to.table(AUDIT)} SET {to.column('checks')} = %s {mine}",
        json.dumps(checks),
        *run_ids,
    )
    if exit_code:
        to.execute(
            f"UPDATE {to.table(AUDIT)} SET {to.column('exit_code')} = %s {mine}"
            f" AND {to.column('exit_code')} = 0",
            exit_code,
            *run_ids,
        )


def history(to: Connection, most: int) -> dict[str, list[dict[str, Any]]]:
    """Get the last runs of each organization, the newest first.

    Args:
        to: The dataset, open.
        most: Runs of an organization at most.
    """
    names = tuple(AUDIT_COLUMNS)
    whose, ended = to.column("organization_id"), to.column("ended")
    try:
        found = list(
            to.rows(
                f"SELECT {to.columns(names)} FROM (SELECT {to.columns(names)}, ROW_NUMBER() OVER"
                f" (PARTITION BY {whose} ORDER BY {ended} DESC) AS run_number"
                f" FROM {to.table(AUDIT)}) AS runs WHERE run_number <= %s ORDER BY {ended} DESC",
                most,
            )
        )
    except DatabaseUndefinedRelation:
        return {}
    runs: dict[str, list[dict[str, Any]]] = {}
    for values in found:
        row = {name: in_utc(value) for name, value in zip(names, values, strict=True)}
        runs.setdefault(row["organization_id"], []).append(row)
    return runs
