"""A plan and what it is made of: operations, troubles, totals, and the digest of all of it.

Values and keys of people are in it and in no `repr`. What may not be in here: how a plan comes
about, and how it is carried out.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import blake2b
from typing import Any, Final, Literal

import orjson

from workforce_source.exit_codes import ExitCode
from workforce_source.roster.rules import Rules

Kind = Literal["update", "create", "invite", "delete"]
TroubleKind = Literal["rejected", "conflict"]
KINDS: Final[tuple[Kind, ...]] = ("update", "create", "invite", "delete")
"""What can be done, in the order it is done in."""
NOTICE: Final = "This file holds personal data: names, e-mail addresses and more. Keep it so."


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do.

    Attributes:
        kind: What.
        line: Line or row of the roster it comes from; None for a deletion.
        employee_id: The API's id of the person; None of one that is to be created.
        keys: Keys a path can have to lead there, the best first.
        checked: Whether the person is read by the key before: it may lead to somebody else.
        changes: Values to write, by column.
        before: Those that are there.
    """

    kind: Kind
    line: int | None
    employee_id: str | None
    keys: tuple[str, ...] = field(repr=False)
    checked: bool = False
    changes: Mapping[str, str | None] = field(default_factory=dict, repr=False)
    before: Mapping[str, str | None] = field(default_factory=dict, repr=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns it writes."""
        return tuple(self.changes)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A row that is left alone, and why.

    Attributes:
        kind: `rejected`, a bad or ambiguous row; or `conflict`, one that says of a person what
            cannot be done.
        reason: Why, without any value.
        line: Its line or row.
        employee_ids: The people it could mean.
        lines: Other lines that could mean the same.
        external_id: Its external_id.
        email: Its e-mail.
    """

    kind: TroubleKind
    reason: str
    line: int
    employee_ids: tuple[str, ...] = ()
    lines: tuple[int, ...] = ()
    external_id: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Missing:
    """People in scope whom no row names.

    Attributes:
        in_scope: People in the scope of deletions.
        held: Those who would be deleted, if nothing held them back.
        why: What holds them back.
        accepted: Those who stay because they accepted the connection.
        meant: Those who stay because a row has a key of theirs, and means somebody else or nobody.
        namesakes: Those who stay because a row has their name, and no external_id tells them apart.
    """

    in_scope: int = 0
    held: int = 0
    why: tuple[str, ...] = ()
    accepted: int = 0
    meant: int = 0
    namesakes: int = 0


@dataclass
class Plan:
    """What there is to do until the employees in Credly are those the company names.

    Attributes:
        organization_id: The organization.
        made_at: When it was made.
        rules: The rules it was made by.
        unit: What line numbers count: `line` or `row`.
        desired: Rows of the roster.
        current: People in Credly.
        unchanged: People who are as they should be.
        operations: What there is to do, in its order.
        troubles: Rows that are left alone.
        missing: People whom no row names.
        cooling: People who are not invited because they were a short time ago.
        capped: Those who are not because enough are, for one day.
        notes: What else is to be known.
        applied: Whether it was carried out, or begun to be.
    """

    organization_id: str
    made_at: datetime
    rules: Rules
    unit: str
    desired: int
    current: int
    unchanged: int
    operations: Sequence[Operation]
    troubles: Sequence[Trouble]
    missing: Missing
    cooling: int = 0
    capped: int = 0
    notes: Sequence[str] = ()
    applied: bool = False

    def of(self, kind: Kind) -> list[Operation]:
        """Get the operations of a kind."""
        return [one for one in self.operations if one.kind == kind]

    def trouble(self, kind: TroubleKind) -> list[Trouble]:
        """Get the troubles of a kind."""
        return [one for one in self.troubles if one.kind == kind]

    @property
    def updated_columns(self) -> dict[str, int]:
        """How many people get another value, by column."""
        counted = Counter(name for one in self.of("update") for name in one.changes)
        return dict(counted.most_common())

    @property
    def keyed(self) -> list[Operation]:
        """The updates that give a person the external_id they did not have."""
        return [one for one in self.of("update") if "external_id" in one.changes]

    @property
    def exit_code(self) -> ExitCode:
        """0; 3 where rows are left alone, 5 where deletions are held back."""
        if self.missing.held:
            return ExitCode.HELD_BACK
        return ExitCode.PARTIAL if self.troubles else ExitCode.LOADED

    @cached_property
    def digest(self) -> str:
        """What tells this plan from any other, whatever the order of rows and people is."""
        parts = [
            sorted([_told(one) for one in self.operations], key=repr),
            sorted([t.kind, t.reason, t.email or "", t.external_id or ""] for t in self.troubles),
            [self.missing.held, *self.missing.why],
        ]
        whole = orjson.dumps([self.organization_id, self.rules.scope, *parts])
        return blake2b(whole, digest_size=8).hexdigest()

    def totals(self) -> dict[str, Any]:
        """Get the numbers, without anything about a person."""
        return {
            "desired": self.desired,
            "current": self.current,
            "unchanged": self.unchanged,
            "creates": len(self.of("create")),
            "updates": len(self.of("update")),
            "updated_columns": self.updated_columns,
            "external_ids_set": len(self.keyed),
            "conflicts": len(self.trouble("conflict")),
            "rejected": len(self.trouble("rejected")),
            "invitations": len(self.of("invite")),
            "invitations_cooling": self.cooling,
            "invitations_capped": self.capped,
            "deletions": len(self.of("delete")),
            "deletions_held": self.missing.held,
            "deletions_held_because": list(self.missing.why),
            "missing_accepted": self.missing.accepted,
            "missing_meant": self.missing.meant,
            "missing_namesakes": self.missing.namesakes,
        }

    def as_dict(self, *, personal: bool = False) -> dict[str, Any]:
        """Get the plan as plain values.

        Args:
            personal: Whether keys and values of people are in it.
        """
        operations = [
            {
                "operation": one.kind,
                self.unit: one.line,
                "employee_id": one.employee_id,
                "columns": list(one.columns),
            }
            | ({"keys": one.keys, "before": one.before, "after": one.changes} if personal else {})
            for one in self.operations
        ]
        troubles = [
            {
                "kind": one.kind,
                self.unit: one.line,
                "reason": one.reason,
                "employee_ids": list(one.employee_ids),
                f"other_{self.unit}s": list(one.lines),
            }
            | ({"external_id": one.external_id, "email": one.email} if personal else {})
            for one in self.troubles
        ]
        return {
            **({"notice": NOTICE} if personal else {}),
            "organization_id": self.organization_id,
            "made_at": self.made_at.isoformat(),
            "digest": self.digest,
            "totals": self.totals(),
            "notes": list(self.notes),
            "operations": operations,
            "troubles": troubles,
            "exit_code": int(self.exit_code),
        }


def _told(one: Operation) -> list[Any]:
    changes = sorted(one.changes.items())
    before = sorted(one.before.items())
    return [one.kind, one.employee_id, list(one.keys), one.checked, changes, before]
