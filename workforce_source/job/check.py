"""`--check`: the account and the destination tried, and the next step where one of them fails.

Nothing is loaded, and nothing of a record is shown but how many there are.
"""

from typing import Any, Final

import requests

from workforce_source.client import Client, Page, Record
from workforce_source.clock import SYSTEM_CLOCK
from workforce_source.destination import connect, untried
from workforce_source.endpoints import ACCEPTED, EMPLOYEES, EVENTS, EXTERNAL_BADGES
from workforce_source.exceptions import (
    ApiError,
    AuthenticationError,
    ConfigError,
    DestinationError,
    NotReadable,
    WorkforceError,
)
from workforce_source.job.pipeline import JobPipeline
from workforce_source.job.probes import probe
from workforce_source.job.saying import say, show
from workforce_source.job.steps import Skipped, Steps
from workforce_source.job.stopping import Stop
from workforce_source.settings import Settings, origins
from workforce_source.source import open_client

PATIENCE: Final = 30.0
"""Seconds one request is tried again; a check is no load."""
_SCRATCH: Final = "check"
_UNKNOWN: Final = "not known without what failed"


def check(
    settings: Settings, job: JobPipeline, session: requests.Session | None, stop: Stop
) -> int:
    """Try account and destination, print a line for each step, and get the exit code.

    Args:
        settings: The settings of the run.
        job: Where it would load to.
        session: Sends the requests; libcurl unless given.
        stop: Whether the run is to end.

    Returns:
        0 when every line is ok; else the code the first failed one stands for (1 or 2).
    """
    places = origins(settings)
    settings.give_up_after = min(settings.give_up_after, PATIENCE)
    say(f"Checking {settings.base_url} and {job} ...\n")
    steps = Steps(stop)
    for name, place in places.items():
        show(f"{'setting':8} {name:16} from {place}")
    with open_client(settings, session=session) as client:
        account = _Account(client, stop, steps)
        account.check()
        if "events" in (settings.refresh_from or ()) and account.employees is not None:
            steps.step("events", account.list_events)
        steps.step("destination", lambda: _write(job))
        if account.employees is not None:
            show("\nWhat this account shows of what the API page leaves open:")
            other = next(filter(None, map(_key, account.others)), None)
            for what, shown in probe(client, account.employees, account.external_badges, other):
                stop.raise_for_signal()
                show(f"  {what}: {shown}")
    if ending := settings.token_warning(SYSTEM_CLOCK.now()):
        show(f"\n{ending}")
    if steps.code:
        show("\nNot ready: see the failed lines above.")
    else:
        show("\nReady: run again without --check to load.")
    return steps.code


class _Account:
    """What an account lets us read; one line a step, printed as it is tried.

    Attributes:
        employees: Page 1 of the employees.
        external_badges: Page 1 of the external badges.
        accepted: Records of employees whose state is accepted.
        others: Records of employees whose state is another.
    """

    def __init__(self, client: Client, stop: Stop, steps: Steps) -> None:
        self.employees: Page | None = None
        self.external_badges: Page | None = None
        self.accepted: list[Record] = []
        self.others: list[Record] = []
        self._client = client
        self._stop = stop
        self._steps = steps

    def check(self) -> None:
        """Try the lists, one employee, and one employee's badges."""
        self._find()
        for name, attempt in (
            ("external_badges", self._list_external_badges),
            ("one employee", self._read_employee),
            ("employee_data", self._read_badges),
        ):
            if self.employees is None:
                self._steps.skip(name, _UNKNOWN)
            else:
                self._steps.step(name, attempt)

    def _find(self) -> None:
        """Read page 1 of the employees: one request that tells three lines."""
        self._stop.raise_for_signal()
        try:
            page = self._client.page(EMPLOYEES, 1)
        except WorkforceError as error:
            refused = isinstance(error, AuthenticationError)
            known = isinstance(error, AuthenticationError) and error.status == 403
            elsewhere = known or isinstance(error, ConfigError)
            failed = "organization" if elsewhere else "token" if refused else "employees"
            for name in ("token", "organization", "employees"):
                if name == failed:
                    self._steps.fail(name, error)
                elif name == "token" and known:
                    self._steps.ok(name, "accepted")
                else:
                    self._steps.skip(name, _UNKNOWN)
            return
        self.employees = page
        for record in page.records:
            state = record.get("employee_state")
            (self.accepted if state == ACCEPTED else self.others).append(record)
        total = "?" if page.total_count is None else f"{page.total_count:,}"
        self._steps.ok("token", "accepted")
        self._steps.ok("organization", "found")
        self._steps.ok(
            "employees",
            f"{len(page.records)} of {total} employees on page 1 of {page.total_pages:,}",
        )

    def _list_external_badges(self) -> str:
        page = self.external_badges = self._client.page(EXTERNAL_BADGES, 1)
        return f"{len(page.records)} records on page 1 of {page.total_pages}"

    def list_events(self) -> str:
        """Read the newest events, or the oldest."""
        try:
            page = self._client.page(EVENTS, 1)
        except (AuthenticationError, ConfigError):
            raise ConfigError(
                f"The list of events is refused ({EVENTS.path}): the token or scope may not cover"
                " it, or the account has none. Loads go on without; take `events` out of"
                " refresh_from, or have the scope granted."
            ) from None
        return f"{len(page.records)} events on page 1 of {page.total_pages}"

    def _read_employee(self) -> str:
        for record in (*self.accepted, *self.others):
            if key := _key(record):
                try:
                    answer = self._client.employee(key)
                except NotReadable as error:
                    raise ApiError(
                        f"An employee of the list is answered {error.status} when asked for alone"
                        f" ({error.path}). The token or scope may cover the list only: check it."
                    ) from None
                kind = "external_id" if key == record.get("external_id") else "e-mail"
                if answer.record["id"] != record["id"]:
                    return f"the {kind} leads to another employee; a load tries the other key then"
                return f"read by {kind}"
        raise Skipped("nobody on page 1 has an external_id or an e-mail")

    def _read_badges(self) -> str:
        if not self.accepted:
            # one more request, only when page 1 has nobody to ask for
            page = self._client.page(EMPLOYEES, 1, {"filter": f"employee_state::{ACCEPTED}"})
            self.accepted = [r for r in page.records if r.get("employee_state") == ACCEPTED]
        key = next(filter(None, map(_key, self.accepted)), None)
        if key is None:
            raise Skipped("no connected employee found; there are no badges to load yet")
        try:
            badges = self._client.data(key).record["badges"]
        except NotReadable as error:
            raise ApiError(
                f"A connected employee's badges are answered {error.status} ({error.path})."
                " Check that the token or scope covers Workforce employee data."
            ) from None
        return f"{len(badges)} badges of one connected employee"


def _key(record: Record) -> str | None:
    """Get the key an employee is asked for by."""
    return record.get("external_id") or record.get("email") or None


def _write(job: JobPipeline) -> str:
    new = job.prepare()
    try:
        job.refuse_mixture()
        rows = _write_and_read(job)
    finally:
        if new and job.file is not None:
            job.file.unlink(missing_ok=True)
    if rows != [(1,)]:
        raise DestinationError("The destination took a row and does not give it back.")
    note = untried(job.pipeline.destination)
    return f"{job}: a table was written, read and dropped" + (f". {note}" if note else "")


def _write_and_read(job: JobPipeline) -> list[tuple[Any, ...]]:
    """Write a row into a dataset of its own, and get what the destination has of it."""
    try:
        with connect(job.pipeline) as connection:
            client = connection.client
            with client.with_alternative_dataset_name(f"{client.dataset_name}_{_SCRATCH}"):
                if client.has_dataset():
                    client.drop_dataset()  # a check that was killed left it
                client.create_dataset()
                try:
                    table = connection.table(_SCRATCH)
                    connection.execute(f"CREATE TABLE {table} (one INTEGER)")
                    connection.execute(f"INSERT INTO {table} VALUES (1)")
                    return list(connection.rows(f"SELECT one FROM {table}"))
                finally:
                    client.drop_dataset()
    except Exception as error:  # drivers raise errors of their own
        raise DestinationError(
            f"{job} cannot be written ({type(error.__cause__ or error).__name__}). Check that"
            " it is up, the credentials, and that the account may create schemas and tables; then"
            " check again."
        ) from error
