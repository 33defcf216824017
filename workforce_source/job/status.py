"""`--status`: how the last run of each organization ended, and as of when the tables are.

Read from the destination; the API is asked nothing. What may not be in here: what a run writes.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from workforce_source.clock import utc_now
from workforce_source.destination import connect
from workforce_source.exceptions import ConfigError
from workforce_source.exit_codes import ExitCode, meaning_of, worst
from workforce_source.job.pipeline import JobPipeline
from workforce_source.job.progress import duration
from workforce_source.job.saying import show, show_document
from workforce_source.loading import audit_table
from workforce_source.tables.own import AUDIT


def show_status(job: JobPipeline, *, as_json: bool) -> int:
    """Print the status of every organization of a dataset, and get the exit code.

    Args:
        job: Where they are loaded.
        as_json: Print one JSON document.

    Returns:
        The worst code the last runs ended with; 1 where the badges are older than they may be.

    Raises:
        ConfigError: Nothing was loaded.
        DestinationError: The destination cannot be read.
    """
    job.require_file()
    with connect(job.pipeline) as to:
        rows = audit_table.status(to)
    if not rows:
        raise ConfigError(
            f"Nothing is known of {job}: no run has left a row in {AUDIT} there. Load"
            " first, or check --destination and --dataset."
        )
    now = utc_now()
    if as_json:
        show_document([_plain(row, now) for row in rows])
    else:
        whole = "" if len(rows) == 1 else "of the whole dataset: "
        show("\n\n".join("\n".join(_lines(row, now, whole)) for row in rows))
    return worst(_code(row, now) for row in rows)


def _code(row: Mapping[str, Any], now: datetime) -> int:
    code = int(row["exit_code"])
    return code or int(ExitCode.FAILED if _stale(row, now) else ExitCode.LOADED)


def _stale(row: Mapping[str, Any], now: datetime) -> bool:
    return row["as_of"] is None or (row["fresh_until"] is not None and row["fresh_until"] < now)


def _plain(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    plain = {n: v.isoformat() if isinstance(v, datetime) else v for n, v in row.items()}
    return plain | {"checks": json.loads(row["checks"] or "{}"), "fresh": not _stale(row, now)}


def _lines(row: Mapping[str, Any], now: datetime, whole: str) -> Iterator[str]:
    yield f"Organization {row['organization_id']}"
    how = meaning_of(row["exit_code"]) if row["exit_code"] else "loaded"
    kind = f", {row['error']}" if row["error"] else ""
    ago = duration(max((now - row["ended"]).total_seconds(), 0))
    yield f"  last run    {row['ended']:%Y-%m-%d %H:%M} UTC ({ago} ago): {how}{kind}"
    if row["as_of"] is None:
        yield "  as of       never loaded as a whole so far"
    else:
        yield f"  as of       {row['as_of']:%Y-%m-%d %H:%M} UTC"
    if row["fresh_until"] is not None:
        late = ": badges are older than badge_max_age" if _stale(row, now) else ""
        yield f"  fresh until {row['fresh_until']:%Y-%m-%d %H:%M} UTC{late}"
    if row["token_ends"] is not None:
        yield f"  token ends  {row['token_ends']:%Y-%m-%d}"
    if found := json.loads(row["checks"] or "{}"):
        yield f"  checks      {whole}" + ", ".join(f"{name} ({n:,})" for name, n in found.items())
