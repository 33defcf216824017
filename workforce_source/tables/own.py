"""The tables that are written by SQL beside dlt: names, types, and what each column means.

Facts only, as in `definitions`; who writes them, and when, is in `loading`.
"""

from typing import Final

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
