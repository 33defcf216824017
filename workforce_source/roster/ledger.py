"""Where receipts and runs are kept, and a file for it: one JSON object a line, one line a write.

What may not be in here: what a receipt says, and tables.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from workforce_source.exceptions import DestinationError
from workforce_source.roster.model import Plan
from workforce_source.roster.receipts import Outcome, Receipt, Receipts

COUNTED: Final = (Outcome.DONE, Outcome.UNKNOWN)
"""Outcomes of invitations that count as sent."""


class Ledger(Protocol):
    """Keeps what was done for one organization."""

    organization_id: str

    def held(self) -> AbstractContextManager[None]:
        """Hold the right to apply a roster to the organization, where others could."""

    def check(self) -> None:
        """Make sure that it is still held.

        Raises:
            Locked: Somebody else took it over.
        """

    def begin(self, plan: Plan, run_id: str, at: datetime) -> None:
        """Write down that a plan is applied from now on."""

    def write(self, receipt: Receipt) -> None:
        """Write a receipt; one of the same run and number is replaced."""

    def end(self, receipts: Receipts, at: datetime) -> None:
        """Write down how the apply ended."""

    def rows_before(self, scope: str) -> int | None:
        """Get the rows of the roster that was last applied, of this scope of deletions first.

        Runs whose deletions were held back do not count, nor do those that were not ended.
        """

    def invited_since(self, since: datetime) -> Mapping[str, datetime]:
        """Get when we last invited people, by their ids."""


@dataclass
class FileLedger:
    """Keeps receipts in a file, which only its owner may read.

    Attributes:
        path: The file; made where there is none.
        organization_id: The organization; others may share the file.
    """

    path: Path
    organization_id: str

    @contextmanager
    def held(self) -> Iterator[None]:
        """Do nothing: a file is one machine's, and whoever schedules runs there takes care."""
        yield

    def check(self) -> None:
        """Do nothing."""

    def begin(self, plan: Plan, run_id: str, at: datetime) -> None:
        """Write down that a plan is applied from now on."""
        self._append({"began": run_id, **run_values(plan, run_id, at)})

    def write(self, receipt: Receipt) -> None:
        """Write a receipt; of those of the same run and number the last counts."""
        self._append(receipt.as_dict())

    def end(self, receipts: Receipts, at: datetime) -> None:
        """Write down how the apply ended."""
        self._append({"ended": receipts.run_id, **end_values(receipts, at)})

    def rows_before(self, scope: str) -> int | None:
        """Get the rows of the roster that was last applied, of this scope of deletions first."""
        runs: dict[str, dict[str, Any]] = {}
        for line in self._lines():
            if "began" in line:
                runs[line["began"]] = line
            elif "ended" in line and line["ended"] in runs:
                runs[line["ended"]] |= line
        return newest_rows([run for run in runs.values() if "ended" in run], scope)

    def invited_since(self, since: datetime) -> Mapping[str, datetime]:
        """Get when we last invited people, by their ids."""
        receipts = {
            (line["run_id"], line["number"]): line
            for line in self._lines()
            if line.get("operation") == "invite"
        }
        found: dict[str, datetime] = {}
        for line in receipts.values():
            at = datetime.fromisoformat(line["at"])
            if line["employee_id"] and line["outcome"] in COUNTED and at >= since:
                found[line["employee_id"]] = max(at, found.get(line["employee_id"], at))
        return found

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            text = self.path.read_text(encoding="utf-8") if self.path.exists() else ""
        except (OSError, UnicodeDecodeError) as error:
            raise self._unusable("read", error) from None
        for line in text.splitlines():
            try:
                values = json.loads(line)
            except ValueError:
                continue  # a machine died in the midst of it
            if isinstance(values, dict) and values.get("organization_id") == self.organization_id:
                yield values

    def _append(self, values: dict[str, Any]) -> None:
        told = {"organization_id": self.organization_id} | values
        # a line break before it: the last line may be half of one
        line = f"\n{json.dumps(told, default=datetime.isoformat)}\n".encode()
        try:
            file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            try:
                os.write(file, line)
                os.fsync(file)
            finally:
                os.close(file)
        except OSError as error:
            raise self._unusable("written", error) from None

    def _unusable(self, what: str, error: Exception) -> DestinationError:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        return DestinationError(
            f"The receipts in {self.path.name} cannot be {what} ({why}). Make its folder writable,"
            " or name another file; then plan again."
        )


def run_values(plan: Plan, run_id: str, at: datetime) -> dict[str, Any]:
    """Get what is written of an apply that begins."""
    return {
        "run_id": run_id,
        "plan": plan.digest,
        "scope": plan.rules.scope,
        "started": at,
        "rows_desired": plan.desired,
        "operations": len(plan.operations),
        "rejected": len(plan.trouble("rejected")),
        "conflicts": len(plan.trouble("conflict")),
        "held_back": plan.missing.held,
    }


def end_values(receipts: Receipts, at: datetime) -> dict[str, Any]:
    """Get what is written of an apply that has ended."""
    return {
        "ended_at": at,
        "done": len(receipts.receipts) - len(receipts.unsettled),
        "exit_code": int(receipts.exit_code),
    }


def newest_rows(runs: list[dict[str, Any]], scope: str) -> int | None:
    """Get the rows of the last of some runs, in the order they began, of a scope first."""
    counted = [run for run in runs if not run["held_back"]]
    mine = [run for run in counted if run["scope"] == scope] or counted
    return int(mine[-1]["rows_desired"]) if mine else None
