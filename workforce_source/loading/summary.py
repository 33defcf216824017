"""What one run did and how it ended, as values without personal data.

Counted elsewhere; how people are shown it is in `job`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workforce_source.exit_codes import ExitCode, meaning_of
from workforce_source.sync.statistics import Statistics


@dataclass
class Summary:
    """What a run did, and how it ended.

    Attributes:
        statistics: The numbers of the run.
        requests: Requests sent, retries included, by endpoint.
        retries: Requests that were retries.
        packages: Load packages written.
        seconds: Wall time.
        cursors: First and last value of each cursor, by resource.
        pending: What became of load packages an earlier run left behind; None if there were none.
        max_unreadable_share: Share of newly unreadable employees that still counts as complete.
        run_id: Names the run in `load_audit`.
        token_ends: When the API token ends, as far as its issue is known.
    """

    statistics: Statistics
    requests: dict[str, int] = field(default_factory=dict)
    retries: int = 0
    packages: int = 0
    seconds: float = 0.0
    cursors: dict[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    pending: str | None = None
    max_unreadable_share: float = 0.01
    run_id: str = ""
    token_ends: datetime | None = None

    def __str__(self) -> str:
        """Say in a few lines what the run did and how it ended, without personal data."""
        statistics, code = self.statistics, self.exit_code
        rows = f"{statistics.rows_written:,} rows written" if statistics.rows_written else ""
        unreadable = sum(statistics.unreadable.values())
        lines = [
            f"Loaded in {self.seconds:.1f} s: {rows or 'nothing had changed'}.",
            f"Badges were due of {statistics.due_total:,} of {statistics.accepted:,} connected"
            f" employees; {statistics.read:,} were read"
            + (f", {unreadable:,} could not be read" if unreadable else "")
            + (f", {statistics.given_up:,} were given up" if statistics.given_up else "")
            + (f", {statistics.capped:,} wait for a later run" if statistics.capped else "")
            + ".",
            f"Requests: {sum(self.requests.values()):,}, retries among them: {self.retries:,};"
            f" load packages: {self.packages:,}.",
            *statistics.notes,
            f"Exit code {code:d}: {meaning_of(code)}.",
        ]
        return "\n".join(lines)

    @property
    def partial(self) -> bool:
        """Whether records of a list or reads are missing, or many are newly unreadable."""
        allowed = self.max_unreadable_share * self.statistics.accepted
        statistics = self.statistics
        missing = bool(statistics.missed) or statistics.given_up > 0
        return missing or statistics.newly_unreadable > allowed

    @property
    def exit_code(self) -> int:
        """0 loaded; 3 loaded but partial; 5 loaded, removals or values held back."""
        statistics = self.statistics
        if statistics.held_back or statistics.held_values or statistics.holds:
            return ExitCode.HELD_BACK
        return ExitCode.PARTIAL if self.partial else ExitCode.LOADED

    def as_dict(self) -> dict[str, Any]:
        """Get the summary as plain values, without ids or other personal data."""
        return {
            "exit_code": int(self.exit_code),
            "run_id": self.run_id,
            "token_ends": _text(self.token_ends),
            "seconds": round(self.seconds, 3),
            "requests": self.requests,
            "retries": self.retries,
            "packages": self.packages,
            "pending_packages": self.pending,
            "cursors": {
                name: {"before": _text(before), "after": _text(after)}
                for name, (before, after) in self.cursors.items()
            },
            **self.statistics.as_dict(),
        }


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if isinstance(moment, datetime) else moment
