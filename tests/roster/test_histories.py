"""Random rosters against random organizations: faults, kills, and only what was meant is done.

What is expected is said of states before and after, not by the code that plans.
"""

from __future__ import annotations

import os
import random
import signal
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.tools.connecting import connect
from tests.tools.forked import Forked
from tests.tools.rosters import Rows, plain_people, rows_of, state_of
from tests.tools.timekeeping import Waits
from workforce_source.client import Address, Client, Limits, Token
from workforce_source.exceptions import WorkforceError
from workforce_source.roster import FileLedger, Receipt, Rules, apply, plan
from workforce_source.roster.columns import COLUMNS, COMPARED
from workforce_source.sandbox import Options, Sandbox

FAULTS = ("error_share", "reset_share", "lost_share", "late_share", "truncated_share", "html_share")
WORDS = ("Lanterns", "Kites", "Höfe", " Bells ", "007", "", 'O\'Brien, "Q"', "línea\nnueva")


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Mortal(FileLedger):
    """A ledger whose process is killed at one of its calls, before anything is written."""

    calls_left: int = 10**9
    receipts: list[Receipt] = field(default_factory=list)

    def check(self) -> None:
        """Look, or be killed."""
        self._count()

    def write(self, receipt: Receipt) -> None:
        """Write, or be killed."""
        self._count()
        super().write(receipt)
        self.receipts.append(receipt)

    def _count(self) -> None:
        self.calls_left -= 1
        if self.calls_left <= 0:
            raise Killed


class History:
    """One organization and one roster, made of a seed."""

    def __init__(self, seed: int, sandbox: Sandbox) -> None:
        self.random = random.Random(seed)
        self.sandbox = sandbox
        self.tier = self.random.choice(("workforce", "unified"))
        self._tangle()
        self.before = state_of(sandbox)
        self.rows = self._rows()
        self.rules = self._rules()

    def _tangle(self) -> None:
        """Let keys of people collide, as the API may allow."""
        draw, population = self.random, self.sandbox.population
        people = population.in_order()
        for person in draw.sample(people, len(people) // 3):
            other = draw.choice(people)
            key = draw.choice(
                [
                    other.external_id,
                    other.email,
                    other.email.upper(),
                    (other.external_id or "x").swapcase(),
                    None,
                    f"P{draw.randrange(50)}",
                ]
            )
            population.edit(person.id, external_id=key)
        if draw.random() < 0.3 and len(people) > 4:
            one, other = draw.sample(people, 2)
            population.edit(one.id, email=other.email.upper())

    def _rows(self) -> Rows:
        draw = self.random
        rows: Rows = []
        people = self.sandbox.population.in_order()
        for row in rows_of(people):
            chance = draw.random()
            if chance < 0.15:
                continue
            if chance < 0.45:
                row[draw.choice(COMPARED)] = draw.choice(WORDS)
            elif chance < 0.55:
                row["email"] = f"new{draw.randrange(9)}@example.com"
            elif chance < 0.62:
                row["external_id"] = draw.choice([None, f"E{draw.randrange(9)}", "SHARED-1"])
            elif chance < 0.66:
                row["email"] = draw.choice(["", "broken", draw.choice(people).email])
            elif chance < 0.70 and row["external_id"]:
                row["external_id"] = row["external_id"].swapcase()
            rows.append(row)
            if draw.random() < 0.04:
                rows.append({**row, "team": "twice"})
        for number in range(draw.randrange(6)):
            row = dict.fromkeys(COLUMNS)
            row |= {"email": f"Ada{number}@example.com", "first_name": "Ada", "last_name": "Byron"}
            row |= {"external_id": draw.choice([f"N{number}", None, f"n{number - 1}"])}
            row |= {"country": "Japan", "department": draw.choice(["Data", None])}
            rows.append(row)
        draw.shuffle(rows)
        dropped = draw.sample(COMPARED, draw.randrange(4))
        kept = [name for name in COLUMNS if name not in dropped or name.endswith("_name")]
        if self.tier == "unified":
            kept = list(COLUMNS)
        return [{name: row[name] for name in kept} for row in rows]

    def _rules(self) -> Rules:
        draw = self.random
        rules: dict[str, Any] = {"tier": self.tier, "clear_empty": draw.random() < 0.3}
        if draw.random() < 0.7:
            scope = {"department": ["Engineering", "Data"]} if draw.random() < 0.6 else {}
            rules |= {"delete_missing": True, "only_where": scope, "max_rejected_share": 1.0}
            rules |= {"delete_accepted": draw.random() < 0.3}
            rules |= {"allow_deletions": draw.choice([None, 3, 1000])}
        if draw.random() < 0.6:
            rules |= {"invite": True, "max_invited_a_day": draw.choice([3, 200])}
            rules |= {
                "invite_states": draw.choice([["created"], ["created", "pending", "rejected"]])
            }
        return Rules(**rules)

    def round(self, ledger: Mortal, **limits: Any) -> None:
        """Plan and apply once, whatever goes wrong."""
        with connect(self.sandbox, clock=Waits().clock(), **limits) as client:
            made = plan(self.rows, client, self.rules, ledger=ledger)
            apply(made, client, ledger=ledger)

    def play(self, ledger: Mortal) -> None:
        """Some rounds of faults and kills, and one in which all goes well."""
        draw, faults = self.random, self.sandbox.faults
        for _ in range(draw.randrange(1, 4)):
            faults.set(seed=draw.randrange(99), **{n: draw.uniform(0, 0.12) for n in FAULTS})
            ledger.calls_left = draw.choice([10**9, draw.randrange(1, 60)])
            with suppress(WorkforceError, Killed):
                self.round(ledger, max_workers=draw.choice([1, 8]))
        faults.clear()
        ledger.calls_left = 10**9
        self.round(ledger)

    def check(self, ledger: FileLedger, receipts: list[Receipt]) -> None:
        """Hold what there is now against what there was, and what receipts say."""
        after = state_of(self.sandbox)
        with connect(self.sandbox) as client:
            left = plan(self.rows, client, self.rules, ledger=ledger)
        # no key leads to them, so nothing may be done, each time again
        moved = {one.employee_id for one in receipts if one.outcome == "moved"}
        assert {one.employee_id for one in left.operations} <= moved
        self._check_who_changed(after)
        self._check_who_came(after)
        self._check_who_went(after)
        for receipt in receipts:
            self._check_receipt(receipt, after)

    def _naming(self, person: dict[str, Any]) -> Rows:
        """The rows that have a key of somebody, however it is compared."""
        keys = {str(person[name] or "").casefold() for name in ("external_id", "email")} - {""}
        return [
            row
            for row in self.rows
            if keys & {str(row[name] or "").strip().casefold() for name in ("external_id", "email")}
        ]

    def _check_who_changed(self, after: dict[str, dict[str, Any]]) -> None:
        moving = {"last_invitation_sent_at", "employee_state", "employee_state_updated_at"}
        for one in self.before.keys() & after.keys():
            was, now = self.before[one], after[one]
            changed = {name for name in was if was[name] != now[name]}
            rows = self._naming(was)
            assert rows or not changed, (one, changed)
            if not self.rules.invite:
                assert not changed & moving
            if changed & moving:
                assert was["employee_state"] != "accepted"
            for name in changed - moving - {"full_name", "location"}:
                assert name in (*COMPARED, "external_id")
                assert name != "external_id" or not was[name]
                wanted = {row.get(name) or None for row in rows}
                assert now[name] in wanted
                assert now[name] is not None or self.rules.clear_empty

    def _check_who_came(self, after: dict[str, dict[str, Any]]) -> None:
        new = [after[one] for one in after.keys() - self.before.keys()]
        emails = [row["email"].casefold() for row in new]
        assert len(set(emails)) == len(emails)
        there = {row["email"].casefold() for row in self.before.values()}
        assert not there & set(emails)
        for person in new:
            (row,) = [r for r in self.rows if (r["email"] or "") == person["email"]]
            for name in row:
                assert (person[name] or None) == (row[name] or None) or not (
                    row[name] or ""
                ).strip()

    def _check_who_went(self, after: dict[str, dict[str, Any]]) -> None:
        rules = self.rules
        for one in self.before.keys() - after.keys():
            was = self.before[one]
            assert rules.delete_missing
            assert not self._naming(was)
            assert was["employee_state"] != "accepted" or rules.delete_accepted
            where = rules.only_where or {}
            assert all(was[name] in values for name, values in where.items())

    def _check_receipt(self, receipt: Receipt, after: dict[str, dict[str, Any]]) -> None:
        if receipt.outcome != "done":
            assert receipt.outcome != "wrong"
            return
        if receipt.operation == "delete":
            assert receipt.employee_id not in after
            return
        assert receipt.employee_id is not None
        person = after[receipt.employee_id]
        if receipt.operation == "create":
            assert receipt.employee_id not in self.before
        elif receipt.operation == "invite":
            assert person["last_invitation_sent_at"] is not None
        else:
            rows = self._naming(self.before.get(receipt.employee_id, person)) + self._naming(person)
            for name in receipt.columns:
                wanted = [(row.get(name) or "").strip() for row in rows]
                assert (person[name] or "").strip() in wanted


def played(seed: int, folder: Path) -> None:
    """Play the history of a seed and check it."""
    draw = random.Random(f"size {seed}")
    tier = "unified" if random.Random(seed).choice((0, 1)) else "workforce"
    options = Options(tier=tier)  # type: ignore[arg-type]
    with Sandbox(employees=draw.randrange(3, 70), seed=seed, options=options) as sandbox:
        history = History(seed, sandbox)
        assert history.tier == tier
        ledger = Mortal(folder / f"{seed}.jsonl", sandbox.organization_id)
        history.play(ledger)
        history.check(ledger, ledger.receipts)


@pytest.mark.parametrize("seed", range(20))
def test_a_roster_is_applied_and_nothing_else_is_done(seed: int, tmp_path: Path) -> None:
    """The second plan is empty but for troubles, and everybody else is as before."""
    played(seed, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("tens", range(30))
def test_three_hundred_rosters_are_applied_and_nothing_else_is_done(tens: int) -> None:
    """Ten each."""
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1000 + 10 * tens, 1010 + 10 * tens):
            try:
                played(seed, Path(folder))
            except BaseException as error:
                error.add_note(f"seed {seed}")
                raise


def apply_in_a_process(
    base_url: str, organization_id: str, token: str, rows: Rows, file: str
) -> None:
    """Plan and apply, in the process that is to be killed."""
    client = Client(
        Address(base_url, organization_id), Token(token), Limits(max_workers=4), Waits().clock()
    )
    ledger = FileLedger(Path(file), organization_id)
    with client:
        rules = Rules(invite=True, delete_missing=True, only_where={}, allow_deletions=1000)
        apply(plan(rows, client, rules, ledger=ledger), client, ledger=ledger)


def killed_at(request: int, folder: Path) -> None:
    """Kill an apply when its request of this number comes; the next one does what is left."""
    with Sandbox(employees=60, seed=11) as sandbox:
        people = plain_people(sandbox)
        rows = [{**row, "team": f"T{n % 3}"} for n, row in enumerate(rows_of(people))][:-6]
        new = {"first_name": "Ada", "last_name": "Byron"}
        rows += [{**dict.fromkeys(COLUMNS), **new, "email": f"a{n}@example.com"} for n in range(9)]
        writes: list[int] = []
        running: list[Forked] = []

        def kill(entry: Any) -> None:
            if entry.method != "GET":
                writes.append(entry.number)
                if len(writes) == request and running:
                    os.kill(running[0].pid, signal.SIGKILL)

        sandbox.on_request(kill)
        file = folder / "receipts.jsonl"
        process = Forked(
            apply_in_a_process,
            *(sandbox.base_url, sandbox.organization_id, sandbox.api_token, rows, str(file)),
            folder=folder,
            environment=dict(os.environ),
        )
        running.append(process)
        process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL
        running.clear()
        ledger = FileLedger(file, sandbox.organization_id)
        rules = Rules(invite=True, delete_missing=True, only_where={}, allow_deletions=1000)
        with connect(sandbox, clock=Waits().clock()) as client:
            apply(plan(rows, client, rules, ledger=ledger), client, ledger=ledger)
            assert plan(rows, client, rules, ledger=ledger).operations == []
        emails = [row["email"].casefold() for row in state_of(sandbox).values()]
        assert len(set(emails)) == len(emails)
        assert sum(email.startswith("a") and "@example.com" in email for email in emails) >= 9
        sent = [entry for entry in sandbox.requests if entry.endpoint == "send_invitations"]
        assert len(sent) <= 3


def test_an_apply_that_is_killed_is_finished_by_the_next(tmp_path: Path) -> None:
    """By SIGKILL, in the midst of its creates."""
    killed_at(52, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("request_number", range(1, 57, 3))
def test_an_apply_killed_anywhere_is_finished_by_the_next(
    request_number: int, tmp_path: Path
) -> None:
    """At any of its writes."""
    killed_at(request_number, tmp_path)
