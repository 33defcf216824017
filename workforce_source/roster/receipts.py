"""What was done: a receipt for each operation, with nothing about a person but the API's id.

What may not be in here: where receipts are kept.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from workforce_source.exit_codes import ExitCode, worst
from workforce_source.roster.model import Kind, Plan


class Outcome(StrEnum):
    """What came of an operation."""

    meaning: str
    """What it means, for people."""

    DONE = "done", "done"
    REFUSED = "refused", "refused by the API"
    GONE = "gone", "nobody is there any more"
    MOVED = "moved", "the key leads to somebody else now, so nothing was done"
    KEPT = "kept", "accepted or out of scope by now, so not deleted"
    IGNORED = "ignored", "answered as done, and the values are not there"
    UNKNOWN = "unknown", "the answer was lost, and whether it was done is not known"
    FAILED = "failed", "not done: the API gave no usable answer"
    SKIPPED = "skipped", "not tried: the person was not created"
    WRONG = "wrong", "answered with another person than was meant"

    def __new__(cls, word: str, meaning: str) -> "Outcome":
        """Make a member that is the word, and knows what it means."""
        member = str.__new__(cls, word)
        member._value_ = word
        member.meaning = meaning
        return member


SETTLED: Final = (Outcome.DONE, Outcome.GONE)
"""Outcomes that leave nothing to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One operation, and what came of it.

    Attributes:
        organization_id: The organization.
        run_id: The apply.
        plan: Digest of the plan.
        number: Place in the plan, from 1.
        operation: `update`, `create`, `invite` or `delete`.
        line: Line or row of the roster; None for a deletion.
        employee_id: The API's id of the person; None where nobody was created.
        columns: Names of the columns that were written.
        status: HTTP status of the answer; None where it was lost.
        outcome: What came of it.
        at: When.
    """

    organization_id: str
    run_id: str
    plan: str
    number: int
    operation: Kind
    line: int | None
    employee_id: str | None
    columns: tuple[str, ...]
    status: int | None
    outcome: Outcome
    at: datetime

    def as_dict(self) -> dict[str, Any]:
        """Get the receipt as plain values."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return values | {"columns": ",".join(self.columns), "outcome": str(self.outcome)}


@dataclass(slots=True)
class Receipts:
    """What an apply did.

    Attributes:
        plan: The plan.
        run_id: Names the apply.
        by_number: A receipt for each operation that was tried, by its place in the plan.
        said: The API's words for what it refused, without anything that could be a value, by the
            number of the receipt.
    """

    plan: Plan
    run_id: str
    by_number: dict[int, Receipt] = field(default_factory=dict)
    said: dict[int, str] = field(default_factory=dict)

    @property
    def receipts(self) -> list[Receipt]:
        """The receipts, in the order of the plan."""
        return [self.by_number[number] for number in sorted(self.by_number)]

    def counts(self) -> dict[str, dict[str, int]]:
        """Get how many operations came to what, by kind."""
        counted: dict[str, Counter[str]] = {}
        for one in self.receipts:
            counted.setdefault(one.operation, Counter())[str(one.outcome)] += 1
        return {kind: dict(outcomes) for kind, outcomes in counted.items()}

    @property
    def unsettled(self) -> Sequence[Receipt]:
        """What somebody should look at."""
        return [one for one in self.receipts if one.outcome not in SETTLED]

    @property
    def exit_code(self) -> int:
        """That of the plan; 3 where an operation was not done, unless deletions are held back."""
        undone = ExitCode.PARTIAL if self.unsettled else ExitCode.LOADED
        return worst([self.plan.exit_code, undone])

    def as_dict(self) -> dict[str, Any]:
        """Get the same as plain values."""
        return {
            "run_id": self.run_id,
            "plan": self.plan.digest,
            "outcomes": self.counts(),
            "unsettled": [
                {
                    "operation": one.operation,
                    self.plan.unit: one.line,
                    "employee_id": one.employee_id,
                    "status": one.status,
                    "outcome": str(one.outcome),
                    "said": self.said.get(one.number, ""),
                }
                for one in self.unsettled
            ],
            "exit_code": int(self.exit_code),
        }
