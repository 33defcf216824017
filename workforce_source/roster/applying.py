"""`apply()`: a plan carried out, in its order, with a receipt for each operation.

Updates, creates, invitations, deletions; killed anywhere, the next plan has what is left. What may
not be in here: what one operation needs around it.
"""

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from workforce_source.client import Client
from workforce_source.client.fanout import fan_out
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.endpoints import EMPLOYEES, UPDATE_EMPLOYEE
from workforce_source.exceptions import ApiError, ConfigError, GivenUp, NotReadable, WorkforceError
from workforce_source.roster.ledger import Ledger
from workforce_source.roster.model import Kind, Operation, Plan
from workforce_source.roster.receipts import Outcome, Receipt, Receipts
from workforce_source.roster.writing import Result, Writer

INVITED_AT_ONCE: Final = 50
"""People in one request for invitations."""
Numbered = tuple[int, Operation]
Progress = Callable[[Kind, int, int], object]


def apply(
    plan: Plan,
    client: Client,
    *,
    ledger: Ledger,
    clock: Clock = SYSTEM_CLOCK,
    proceed: Callable[[], object] = bool,
    progress: Progress = lambda *_: None,
) -> Receipts:
    """Carry out a plan, once.

    What the API refuses is receipted, and the rest goes on. An error ends it: what was done has its
    receipt, and the next plan has exactly what is left.

    Args:
        plan: The plan; made a short time ago, for it says what was true then.
        client: Writes to the organization.
        ledger: Keeps the receipts, and the right to write.
        clock: Tells the time.
        proceed: Called before each operation; raises to end.
        progress: Told a kind of operation, how many are done, and how many there are.

    Returns:
        The receipts; their `exit_code` is 0, 3 or 5.

    Raises:
        ConfigError: The plan is of another organization, or was carried out before.
        AuthenticationError: The API does not accept the credentials, or not for writing.
        ApiError: It gives no usable answer to anybody, or wrote to another person than was meant.
        DestinationError: A receipt cannot be written.
        Locked: Somebody else applies a roster to this organization.

    Rests on the sections "Create an Employee", "Update an Employee", "Invite an Employee" and
    "Delete an Employee".
    """
    if {plan.organization_id} != {client.organization_id, ledger.organization_id}:
        raise ConfigError("The plan is of another organization than the client or the ledger.")
    if plan.applied:
        raise ConfigError("The plan was carried out before. Make another: it has what is left.")
    run = _Run(plan, client, ledger, clock, proceed, progress)
    with ledger.held():
        plan.applied = True
        ledger.begin(plan, run.receipts.run_id, clock.now())
        run.carry_out()
        ledger.end(run.receipts, clock.now())
    return run.receipts


class _Run:
    """One apply."""

    def __init__(
        self,
        plan: Plan,
        client: Client,
        ledger: Ledger,
        clock: Clock,
        proceed: Callable[[], object],
        progress: Progress,
    ) -> None:
        self.receipts = Receipts(plan, secrets.token_hex(6))
        self._plan = plan
        self._client = client
        self._ledger = ledger
        self._clock = clock
        self._proceed = proceed
        self._progress = progress
        self._writer = Writer(client, plan.rules)
        self._error: BaseException | None = None
        self._created: dict[int | None, str] = {}

    def carry_out(self) -> None:
        """Do everything, in the order of kinds."""
        every = list(enumerate(self._plan.operations, 1))
        by_kind: dict[Kind, list[Numbered]] = {
            "update": [],
            "create": [],
            "invite": [],
            "delete": [],
        }
        for number, one in every:
            by_kind[one.kind].append((number, one))
        # one by one where a key may lead to one of several people
        updates = by_kind["update"]
        self._do("update", [one for one in updates if not one[1].checked], self._writer.update)
        checked = [one for one in updates if one[1].checked]
        self._do("update", checked, self._writer.update, at_once=1)
        self._do("create", by_kind["create"], self._writer.create)
        self._invite(by_kind["invite"])
        self._do("delete", by_kind["delete"], self._writer.delete, at_once=1)

    def _do(
        self,
        kind: Kind,
        operations: Sequence[Numbered],
        do: Callable[[Operation], Result],
        at_once: int | None = None,
    ) -> None:
        workers = at_once or self._client.max_workers
        results = fan_out(
            lambda numbered: self._try(lambda: do(numbered[1])),
            operations,
            max_workers=min(workers, max(1, len(operations))),
            look_ahead=2 * workers,
        )
        for done, ((number, one), result) in enumerate(results, 1):
            if result is not None:
                if kind == "create" and result.outcome in (Outcome.DONE, Outcome.IGNORED):
                    self._created[one.line] = result.employee_id or ""
                self._write(number, one, result)
                self._progress(kind, done, len(operations))
        self._end_if_failed()

    def _try(self, do: Callable[[], Result]) -> Result | None:
        """Do one operation, unless the apply is to end; an error of it ends the apply."""
        if self._error is not None:
            return None
        try:
            self._proceed()
            self._ledger.check()
        except BaseException as error:
            self._error = error
            return None
        try:
            result = do()
            if result.outcome is Outcome.WRONG:
                self._error = ApiError(
                    f"The API answered {UPDATE_EMPLOYEE.path} with another person than was meant."
                    " Look at that person first: the receipt with the outcome `wrong` has the id."
                    " Nothing else was tried.",
                    path=UPDATE_EMPLOYEE.path,
                )
        except NotReadable as error:
            return Result(Outcome.UNKNOWN, error.status)
        except GivenUp as error:
            # one person's trouble, or everybody's? then this is sat out, or ends the apply
            self._look_whether_anybody_is_answered()
            return Result(Outcome.UNKNOWN, error.status)
        except BaseException as error:
            self._error = error
            return None
        return result

    def _look_whether_anybody_is_answered(self) -> None:
        try:
            self._client.page(EMPLOYEES, 1)
        except WorkforceError as error:
            self._error = error

    def _invite(self, operations: Sequence[Numbered]) -> None:
        ready: list[Numbered] = []
        for number, one in operations:
            if one.employee_id is not None:
                ready.append((number, one))
            elif one.line in self._created:
                ready.append((number, replace(one, employee_id=self._created[one.line] or None)))
            else:
                self._write(number, one, Result(Outcome.SKIPPED))
        done = 0
        for batch in _batches(ready, INVITED_AT_ONCE):
            result = self._send(batch)
            if result.outcome is Outcome.REFUSED and len(batch) > 1:
                for single in batch:  # who of them it was about
                    self._send([single])
            done += len(batch)
            self._progress("invite", done, len(ready))

    def _send(self, batch: Sequence[Numbered]) -> Result:
        # before it is tried: whatever happens then, these people count as invited
        for number, one in batch:
            self._write(number, one, Result(Outcome.UNKNOWN), final=False)
        result = self._try(lambda: self._writer.invite([one.keys[0] for _, one in batch]))
        if result is None:
            self._end_if_failed()
        result = result or Result(Outcome.UNKNOWN)
        for number, one in batch:
            self._write(number, one, replace(result, employee_id=one.employee_id))
        self._end_if_failed()
        return result

    def _write(self, number: int, one: Operation, result: Result, *, final: bool = True) -> None:
        receipt = Receipt(
            organization_id=self._plan.organization_id,
            run_id=self.receipts.run_id,
            plan=self._plan.digest,
            number=number,
            operation=one.kind,
            line=one.line,
            employee_id=result.employee_id or one.employee_id,
            columns=one.columns,
            status=result.status,
            outcome=result.outcome,
            at=self._clock.now(),
        )
        self._ledger.write(receipt)
        if final:
            self.receipts.by_number[number] = receipt
            if result.said:
                self.receipts.said[number] = result.said

    def _end_if_failed(self) -> None:
        if self._error is not None:
            raise self._error


def _batches(items: Iterable[Numbered], size: int) -> Iterator[list[Numbered]]:
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch
