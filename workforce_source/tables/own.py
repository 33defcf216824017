"""The tables that are written by SQL beside dlt: names, types, and what each column means.

Facts only, as in `definitions`; who writes them, and when, is in `loading`.
"""

from typing import Final

from workforce_source.tables.history import OBSERVATION_COLUMNS, OBSERVATIONS, VERSIONS

FORMAT: Final = 1
"""Of what is in a dataset; raised where an older release would write it wrong."""
LEASES: Final = "workforce_leases"
LEASE_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "organization_id": ("text", "The organization; `*` for the dataset as a whole."),
    "holder": ("text", "Names the run that holds it, or held it last."),
    "process": ("bigint", "Process of the holder."),
    "host": ("text", "Machine of the holder."),
    "epoch": ("bigint", "How often it was taken."),
    "started": ("timestamp", "When it was taken."),
    "renewed": ("timestamp", "When the holder last said that it is there."),
    "expires": ("timestamp", "When it is free, unless renewed."),
    "staging": ("text", "The staging dataset the holder made and did not drop."),
    "loaded": ("timestamp", "When the organization had first been loaded as a whole."),
    "format": ("bigint", "Format of the dataset; what is newer than a release, it does not touch."),
    "feed": ("text", "Times of entries in `changes` whose rows had not been loaded, with commas."),
}
"""Type and meaning of each column, by its name."""
AUDIT: Final = "load_audit"
STATUS: Final = "load_status"
AUDIT_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "organization_id": ("text", "The organization that was loaded."),
    "run_id": ("text", "Names the run; `holder` of its lease."),
    "started": ("timestamp", "When the run began."),
    "ended": ("timestamp", "When it ended."),
    "exit_code": ("bigint", "How it ended; 0 is loaded."),
    "error": ("text", "Kind of the error that ended it; null where none did."),
    "version": ("text", "Version of this package."),
    "host": ("text", "Kind of the machine, never its name."),
    "as_of": (
        "timestamp",
        "The tables are the API's as of then; null of a run that did not end so.",
    ),
    "fresh_until": ("timestamp", "When the oldest badges will be older than `badge_max_age`."),
    "oldest_read_at": ("timestamp", "When the oldest badges had been read."),
    "accepted": ("bigint", "Employees whose state is accepted."),
    "never_read": ("bigint", "Those of them whose badges were never read."),
    "badges_read": ("bigint", "Employees whose badges were read."),
    "unreadable": ("bigint", "Employees who could not be read when last asked for."),
    "newly_unreadable": ("bigint", "Those of this run who could be before, or were not tried."),
    "given_up": ("bigint", "Employees given up after retries."),
    "rows_written": ("bigint", "Rows of data tables that were written or removed."),
    "rows_held_back": ("bigint", "Removals that were not made."),
    "requests": ("bigint", "Requests sent, retries included."),
    "retries": ("bigint", "Those of them that were retries."),
    "packages": ("bigint", "Load packages written."),
    "token_ends": ("timestamp", "When the API token ends, as far as its issue is known."),
    "details": ("text", "By endpoint, table, reason or status: what was counted, as JSON."),
    "checks": ("text", "Checks that found something, with how much, as JSON."),
}
"""Type and meaning of each column, by its name."""
ROSTER_RUNS: Final = "roster_runs"
ROSTER_RUN_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "organization_id": ("text", "The organization the roster was applied to."),
    "run_id": ("text", "Names the apply."),
    "plan": ("text", "Digest of the plan."),
    "scope": ("text", "Tells the scope of deletions from another; empty where nobody may be."),
    "started": ("timestamp", "When it began."),
    "ended_at": ("timestamp", "When it ended; null of one that was killed."),
    "rows_desired": ("bigint", "Rows of the roster."),
    "operations": ("bigint", "Operations of the plan."),
    "done": ("bigint", "Operations that were done."),
    "rejected": ("bigint", "Rows that were rejected."),
    "conflicts": ("bigint", "Rows that say what the API cannot do."),
    "held_back": ("bigint", "Deletions that were held back."),
    "exit_code": ("bigint", "How it ended."),
}
"""Type and meaning of each column, by its name."""
ROSTER_RECEIPTS: Final = "roster_receipts"
ROSTER_RECEIPT_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "organization_id": ("text", "The organization."),
    "run_id": ("text", "The apply, as in `roster_runs`."),
    "plan": ("text", "Digest of the plan."),
    "number": ("bigint", "Place in the plan, from 1."),
    "operation": ("text", "`update`, `create`, `invite` or `delete`."),
    "line": ("bigint", "Line or row of the roster; null for a deletion."),
    "employee_id": ("text", "The API's id of the person; null where nobody was created."),
    "columns": ("text", "Names of the columns that were written, never a value."),
    "status": ("bigint", "HTTP status of the answer; null where it was lost."),
    "outcome": ("text", "What came of it; only `done` and `gone` need no look."),
    "at": ("timestamp", "When."),
}
"""Type and meaning of each column, by its name."""
SIGNALS: Final = "workforce_signals"
SIGNAL_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "organization_id": ("text", "The organization."),
    "event_id": ("text", "The event; `*` for how far the list of events was read."),
    "occurred_at": ("timestamp", "When it occurred; what every read is younger than, is removed."),
}
"""Type and meaning of each column, by its name."""
MARKS: Final = "privacy_marks"
MARK_COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "organization_id": ("text", "The organization."),
    "kind": ("text", "`key` for `pseudonym_key`; else what of a forgotten person it is of."),
    "digest": ("text", "Keyed digest (HMAC-SHA256), of which nothing can be read without the key."),
    "person": ("text", "The same in all marks of one forgotten person, and nothing else."),
    "since": ("timestamp", "When it was made."),
}
"""Type and meaning of each column, by its name."""
OWN_TABLES: Final[dict[str, tuple[str, dict[str, tuple[str, str]]]]] = {
    AUDIT: ("one run, also one that failed", AUDIT_COLUMNS),
    LEASES: ("the right to load one organization, or to apply its roster", LEASE_COLUMNS),
    SIGNALS: ("an event that need not be asked for again", SIGNAL_COLUMNS),
    MARKS: ("what is remembered of the key of pseudonyms, or of a forgotten person", MARK_COLUMNS),
    ROSTER_RUNS: ("one apply of a roster", ROSTER_RUN_COLUMNS),
    ROSTER_RECEIPTS: ("one operation of an apply", ROSTER_RECEIPT_COLUMNS),
    OBSERVATIONS: (
        "the last run of a day that kept history, or one that goes on",
        OBSERVATION_COLUMNS,
    ),
    **{
        versions.name: (
            versions.grain,
            {column.name: (column.type, column.description) for column in versions.all_columns},
        )
        for versions in VERSIONS.values()
    },
}
"""What one row is, and the columns, by table."""
