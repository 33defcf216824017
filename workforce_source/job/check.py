"""`--check`: a few questions to the API and the destination, and the next step where one fails.

Nothing is loaded, and nothing of a record is shown but how many there are.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from workforce_source.client import Client, Page, Record
from workforce_source.destination import connected
from workforce_source.endpoints import ACCEPTED, EMPLOYEES, EXTERNAL_BADGES
from workforce_source.exceptions import (
    ApiError,
    AuthenticationError,
    ConfigError,
    DestinationError,
    NotReadable,
    WorkforceError,
)
from workforce_source.job.destination import Target
from workforce_source.job.questions import answers
from workforce_source.settings import Settings
from workforce_source.source import open_client
from workforce_source.sync.employees import KeyChooser, Listed

PATIENCE: Final = 30.0
"""Seconds one question is asked again; a check is no load."""

_SCRATCH = "check"


@dataclass
class Seen:
    """What the questions so far have shown.

    Attributes:
        employees: Page 1 of the employees.
        external: Page 1 of the external badges.
        connected: Records of employees whose state is accepted.
        others: Records of employees whose state is another.
    """

    employees: Page | None = None
    external: Page | None = None
    connected: list[Record] = field(default_factory=list)
    others: list[Record] = field(default_factory=list)

    def keys(self, record: Record) -> list[str]:
        """Get the keys an employee may be asked for by, the better one first."""
        listed = {each["id"]: _listed(each) for each in (*self.connected, *self.others)}
        return KeyChooser(listed).keys(_listed(record))


class Unanswered(Exception):
    """A question that cannot be asked of this account; no failure."""


def check(settings: Settings, target: Target, proceed: Callable[[], None]) -> int:
    """Ask, print a line for each question, and get the exit code.

    Args:
        settings: The settings of the run.
        target: Where it would load to.
        proceed: Called before each question; raises to end the check.

    Returns:
        0 when every line is ok; else the code the first failed one stands for (1 or 2).
    """
    settings.give_up_after = min(settings.give_up_after, PATIENCE)
    lines = _Lines(proceed)
    print(f"Checking {settings.base_url} and {target} ...\n", file=sys.stderr, flush=True)
    with open_client(settings) as client:
        seen = _ask_api(client, lines)
        lines.ask("destination", lambda: _write(target))
        if seen.employees is not None:
            print("\nWhat this account shows of what the API page leaves open:")
            for question, answer in answers(client, seen.employees, seen.external, _refused(seen)):
                proceed()
                print(f"  {question}: {answer}")
    if lines.code:
        print("\nNot ready: see the failed lines above.")
    else:
        print("\nReady: run again without --check to load.")
    return lines.code


def _ask_api(client: Client, lines: "_Lines") -> Seen:
    seen = Seen()

    def employees() -> str:
        page = seen.employees = client.page(EMPLOYEES, 1)
        for record in page.records:
            connected = record.get("employee_state") == ACCEPTED
            (seen.connected if connected else seen.others).append(record)
        return _of(page, "employees")

    def external_badges() -> str:
        seen.external = client.page(EXTERNAL_BADGES, 1)
        return f"{len(seen.external.records)} records on page 1 of {seen.external.total_pages}"

    lines.ask_first(employees)
    asked = (
        ("external_badges", external_badges),
        ("one employee", lambda: _single(client, seen)),
        ("employee_data", lambda: _data(client, seen)),
    )
    for name, question in asked:
        if seen.employees is None:
            lines.skip(name)
        else:
            lines.ask(name, question)
    return seen


def _single(client: Client, seen: Seen) -> str:
    for record in (*seen.connected, *seen.others):
        for key in seen.keys(record)[:1]:
            try:
                answer = client.employee(key)
            except NotReadable as error:
                raise ApiError(
                    f"An employee of the list is answered {error.status} when asked for alone"
                    f" ({error.path}). The token or scope may cover the list only: check it."
                ) from None
            kind = "external_id" if key == record.get("external_id") else "e-mail"
            if answer.record["id"] != record["id"]:
                return f"the {kind} leads to another employee; a load tries the other key then"
            return f"read by {kind}"
    raise Unanswered("nobody on page 1 has an external_id or an e-mail")


def _data(client: Client, seen: Seen) -> str:
    if not seen.connected:
        # one more request, only when page 1 has nobody to ask for
        page = client.page(EMPLOYEES, 1, {"filter": f"employee_state::{ACCEPTED}"})
        seen.connected = [r for r in page.records if r.get("employee_state") == ACCEPTED]
    for record in seen.connected:
        for key in seen.keys(record)[:1]:
            try:
                badges = client.data(key).record["badges"]
            except NotReadable as error:
                raise ApiError(
                    f"A connected employee's badges are answered {error.status} ({error.path})."
                    " Check that the token or scope covers Workforce employee data."
                ) from None
            return f"{len(badges)} badges of one connected employee"
    raise Unanswered("no connected employee found; there are no badges to load yet")


def _write(target: Target) -> str:
    made = target.ready()
    try:
        target.refuse_mixture()
        given_back = _given_back(target)
    finally:
        if made and target.file is not None:
            target.file.unlink(missing_ok=True)
    if given_back != [(1,)]:
        raise DestinationError("The destination took a row and does not give it back.")
    return f"{target}: a table was written, read and dropped"


def _given_back(target: Target) -> list[tuple[Any, ...]]:
    """Write a row into a dataset of its own, and get what the destination has of it."""
    try:
        with connected(target.pipeline) as connection:
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
            f"{target} cannot be written ({type(error.__cause__ or error).__name__}). Check that"
            " it is up, the credentials, and that the account may create schemas and tables; then"
            " check again."
        ) from error


def _refused(seen: Seen) -> str | None:
    """Get a key of an employee who has not accepted."""
    return next((key for record in seen.others for key in seen.keys(record)[:1]), None)


def _listed(record: Record) -> Listed:
    keys = (record.get("external_id") or None, record.get("email") or None)
    return Listed(*keys, record.get("employee_state"), None)


def _of(page: Page, what: str) -> str:
    total = "?" if page.total_count is None else f"{page.total_count:,}"
    return f"{len(page.records)} of {total} {what} on page 1 of {page.total_pages:,}"


class _Lines:
    """One line a question, printed as it is answered."""

    def __init__(self, proceed: Callable[[], None]) -> None:
        self.code = 0
        self._proceed = proceed

    def ask(self, name: str, question: Callable[[], str]) -> None:
        self._proceed()
        try:
            self._print("ok", name, question())
        except Unanswered as reason:
            self._print("skipped", name, str(reason))
        except WorkforceError as error:
            self.fail(name, error)

    def ask_first(self, question: Callable[[], str]) -> None:
        """Ask what tells token, organization and the first list apart."""
        self._proceed()
        known: Any = None
        try:
            answer = question()
        except WorkforceError as error:
            known = error
        refused = isinstance(known, AuthenticationError)
        if known is None:
            self._print("ok", "token", "accepted")
            self._print("ok", "organization", "found")
            self._print("ok", "employees", answer)
        elif refused and known.status != 403:
            self.fail("token", known)
            self.skip("organization", "employees")
        elif refused or isinstance(known, ConfigError):
            self._print("ok" if refused else "unknown", "token", "accepted" if refused else "")
            self.fail("organization", known)
            self.skip("employees")
        else:
            self.skip("token", "organization")
            self.fail("employees", known)

    def fail(self, name: str, error: WorkforceError) -> None:
        self.code = self.code or error.exit_code
        self._print("failed", name, error.message)

    def skip(self, *names: str) -> None:
        for name in names:
            self._print("skipped", name, "not known without what failed")

    def _print(self, verdict: str, name: str, text: str) -> None:
        print(f"{verdict:8} {name:16} {text}".rstrip(), flush=True)
