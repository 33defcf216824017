"""Rosters for tests: rows made of the sandbox's people, and what an apply did to them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.tools.connecting import connect
from tests.tools.timekeeping import Waits
from workforce_source.client import Client
from workforce_source.roster import FileLedger, Plan, Receipts, Rules, apply, plan
from workforce_source.roster.columns import COLUMNS
from workforce_source.sandbox import Employee, Sandbox

Rows = list[dict[str, str | None]]


def rows_of(people: Iterable[Employee], columns: Iterable[str] = COLUMNS) -> Rows:
    """Get the rows that name some people as they are."""
    return [{name: getattr(person, name) for name in columns} for person in people]


def plain_people(sandbox: Sandbox) -> list[Employee]:
    """Get the people no key of whom could be somebody else's, and who lack nothing required."""
    people = sandbox.population.in_order()
    keys = [
        key.casefold()
        for person in people
        for key in {person.email.casefold(), (person.external_id or "").casefold()} - {""}
    ]
    return [
        person
        for person in people
        if person.last_name.strip()
        and all(
            keys.count(key.casefold()) == 1 for key in (person.email, person.external_id) if key
        )
        and person.external_id != person.email
    ]


def state_of(sandbox: Sandbox) -> dict[str, dict[str, Any]]:
    """Get every attribute of everybody, by id."""
    return {str(row["id"]): dict(row) for row in sandbox.truth()["employees"]}


class Roster:
    """One company's roster: planned and applied against a sandbox.

    Args:
        sandbox: The organization.
        folder: Where the receipts are kept.
    """

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox = sandbox
        self.waits = Waits()
        self.file = folder / "receipts.jsonl"
        self.ledger = FileLedger(self.file, sandbox.organization_id)

    def client(self, **how: Any) -> Client:
        """Get a client that does not wait."""
        return connect(self.sandbox, clock=self.waits.clock(), **how)

    def plan(self, desired: Any, **rules: Any) -> Plan:
        """Plan by some rules."""
        with self.client() as client:
            return plan(desired, client, Rules(**rules), ledger=self.ledger)

    def apply(self, made: Plan) -> Receipts:
        """Carry out a plan."""
        with self.client() as client:
            return apply(made, client, ledger=self.ledger)
