"""What became of a person's rows and files, and what is left to do by hand; without the person.

Facts only: nothing is removed here.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

POSTGRES: Final = "postgres"
_BY_HAND: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    POSTGRES: (
        (
            "The write-ahead log keeps what was deleted until it is recycled, and its archive"
            " until you remove it.",
            "CHECKPOINT; then remove archived segments older than this receipt",
        ),
    ),
    "ducklake": (
        (
            "Data files of the lake still have the rows, beside a note that they are deleted, and"
            " so have its earlier snapshots, which are lost with them.",
            "CALL ducklake_flush_inlined_data('LAKE');"
            " CALL ducklake_rewrite_data_files('LAKE', delete_threshold => 0);"
            " CALL ducklake_expire_snapshots('LAKE', older_than => now());"
            " CALL ducklake_cleanup_old_files('LAKE', cleanup_all => true)",
        ),
        (
            "Free pages of the lake's catalog still have rows and the least and greatest values of"
            " files that are gone.",
            "VACUUM in SQLite, VACUUM (FULL) in PostgreSQL, COPY FROM DATABASE into a new file of"
            " DuckDB",
        ),
    ),
    "snowflake": (
        (
            "Time Travel keeps deleted rows as long as its retention says, and Fail-safe for seven"
            " days after.",
            "ALTER TABLE ... SET DATA_RETENTION_TIME_IN_DAYS = 0",
        ),
    ),
    "bigquery": (
        (
            "Time travel keeps deleted rows for up to seven days, and fail-safe for seven more.",
            "ALTER SCHEMA ... SET OPTIONS (max_time_travel_hours = 48)",
        ),
    ),
    "databricks": (
        ("Earlier versions of the tables still have the rows.", "VACUUM ... RETAIN 0 HOURS"),
    ),
    "redshift": (("Deleted rows stay in their blocks.", "VACUUM DELETE ONLY ... TO 100 PERCENT"),),
}
_ALWAYS: Final = (
    (
        "Backups, copies and snapshots of the destination that others keep.",
        "remove them, or run this again after one was put back",
    ),
    (
        "Logs, mails and exports that people made of the tables.",
        "search them by the key you gave",
    ),
    (
        "Pipelines directories of other machines, until their next run that succeeds.",
        "run this there, too, or remove them",
    ),
    (
        "Figures of the marts in which the person was counted, until they are built anew.",
        "python pipelines/workforce_pipeline.py --no-load",
    ),
)


@dataclass
class Receipt:
    """What was removed.

    Attributes:
        organization_id: The organization.
        at: When.
        found: Whether there was such a person in the tables.
        suppressed: Marks that keep the person out of the runs to come.
        removed: Rows removed, by table.
        files: What became of each file it was told of, by its name.
        done: What else was done.
        left: What is left to be done by hand, with the command.
    """

    organization_id: str
    at: datetime
    found: bool = False
    suppressed: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    files: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)

    def leave(self, kind: str) -> None:
        """Note what a kind of destination keeps, and what nobody here can reach."""
        self.left += [*_BY_HAND.get(kind, ()), *_ALWAYS]

    def as_dict(self) -> dict[str, Any]:
        """Get it as plain values."""
        return {
            "organization_id": self.organization_id,
            "at": self.at.isoformat(),
            "found": self.found,
            "suppressed": self.suppressed,
            "removed": dict(sorted(self.removed.items())),
            "files": self.files,
            "done": self.done,
            "left": [{"what": what, "command": command} for what, command in self.left],
        }
