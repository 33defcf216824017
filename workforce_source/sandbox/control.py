"""What a sandbox can be asked and told, one method each, however it is reached.

`Sandbox` carries these methods out, the admin path calls them by name (`admin.py`), and a
`SandboxProcess` has them carried out there. Serving is in `serving.py`.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from workforce_source.sandbox.auth import Credentials
from workforce_source.sandbox.churn import Done
from workforce_source.sandbox.injection import FAILURE_KINDS, Failure, FailureKind
from workforce_source.sandbox.organization import Organization
from workforce_source.sandbox.routes import ENDPOINTS
from workforce_source.sandbox.times import SettableClock, utc_now
from workforce_source.sandbox.truth import TABLES, Row, Truth, rows_of

_P = ParamSpec("_P")
_T = TypeVar("_T")
CONTROLS: list[str] = []
"""The names of all controls."""


def control(
    method: Callable[Concatenate["Controls", _P], _T],
) -> Callable[Concatenate["Controls", _P], _T]:
    """Make a method a control: it is carried out where the organization is."""
    CONTROLS.append(method.__name__)

    @wraps(method)
    def carried_out(self: "Controls", /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
        return self._carry_out(method, *args, **kwargs)

    return carried_out


class Controls(Credentials):
    """The controls of a sandbox; arguments and results can be written as JSON.

    Args:
        seed: Decides the credentials.
        origin: Scheme, host and port.
    """

    _organization: Organization  # where the controls are carried out

    def __init__(self, seed: int, origin: str) -> None:
        super().__init__(seed)
        self.origin = origin
        """Scheme, host and port."""

    def _carry_out(
        self, method: Callable[Concatenate[Any, _P], _T], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        return method(self, *args, **kwargs)

    @property
    def base_url(self) -> str:
        """What stands in the place of `https://api.credly.com/v1`."""
        return f"{self.origin}/v1"

    @property
    def token_url(self) -> str:
        """Where OAuth access tokens are granted."""
        return f"{self.origin}/oauth/token"

    @property
    def settings(self) -> dict[str, str]:
        """What a client needs: `base_url`, `organization_id`, `api_token`."""
        return {
            "base_url": self.base_url,
            "organization_id": self.organization_id,
            "api_token": self.api_token,
        }

    @control
    def counts(self) -> dict[str, int]:
        """Get the number of requests by endpoint."""
        return self._organization.requests.counts()

    @property
    @control
    def max_in_flight(self) -> int:
        """The most requests that were under way at once."""
        return self._organization.requests.max_in_flight

    @property
    @control
    def cpu_seconds(self) -> float:
        """Processor time the process that serves has used so far, in seconds."""
        return time.process_time()

    def truth(self) -> Truth:
        """Get what every table should hold now: rows of typed values by table name."""
        return {name: list(self.truth_rows(name)) for name in TABLES}

    @control
    def truth_rows(self, table: str) -> Iterator[Row]:
        """Get the rows of one table, one after the other; let nothing change meanwhile.

        Raises:
            ValueError: There is no such table.
        """
        return rows_of(self._organization, table)

    @control
    def churn(
        self,
        names: Iterable[str] | Mapping[str, int] | None = None,
        share: float = 0.01,
        seed: int | None = None,
    ) -> Done:
        """Let the organization live on.

        Args:
            names: Kinds of churn (see `churn.py`); a mapping says how many of each. None: all.
            share: Share of the employees touched, where no number is given.
            seed: Decides who; None continues the sandbox's own sequence.

        Returns:
            The ids of what was touched, by kind.

        Raises:
            ValueError: There is no such kind.
        """
        organization = self._organization
        done = organization.churner.churn(names, share, seed, organization.now())
        organization.webhooks.deliver(organization.now())
        return done

    @control
    def send_webhooks(self, url: str | None) -> None:
        """Let a pointer to each event be posted to an address, after the churn that made it.

        Args:
            url: An `http://` address of this machine; None sends no more.

        Raises:
            ValueError: It is another.
        """
        self._organization.webhooks.send_to(url)

    @control
    def deliver_webhooks(self) -> dict[str, int]:
        """Send the webhooks that are due by now: late ones, and those that were not answered 200.

        Returns:
            How many were `delivered`, and how many are `waiting`.
        """
        return self._organization.webhooks.deliver(self._organization.now())

    @control
    def fail_next(
        self,
        status: int = 500,
        count: int = 1,
        endpoint: str | None = None,
        retry_after: float | str | None = None,
        kind: FailureKind = "status",
        location: str | None = None,
    ) -> None:
        """Let the next matching requests fail.

        Args:
            status: Status answered, for `kind` `status`, `late` and `redirect`.
            count: How many requests.
            endpoint: Endpoint they belong to; None for any.
            retry_after: Value of the Retry-After header.
            kind: How they fail.
            location: Origin a `redirect` leads to.

        Raises:
            ValueError: There is no such kind or endpoint, or no request to fail.
        """
        if kind not in FAILURE_KINDS:
            raise ValueError(
                f"{kind}: no such kind of failure; there is {', '.join(FAILURE_KINDS)}"
            )
        if endpoint is not None and endpoint not in ENDPOINTS:
            raise ValueError(f"{endpoint}: no such endpoint; there is {', '.join(ENDPOINTS)}")
        if count < 1:
            raise ValueError(f"count takes 1 and more, not {count}")
        after = None if retry_after is None else str(retry_after)
        self._organization.injector.plan(Failure(kind, status, after, location), count, endpoint)

    @control
    def answer_employee(self, employee_id: str, status: int | None) -> None:
        """Let the single reads of an employee answer this status; None lets them be read."""
        if status is None:
            self._organization.unreadable.pop(employee_id, None)
        else:
            self._organization.unreadable[employee_id] = status

    @control
    def set_clock(self, at: datetime | None) -> None:
        """Let the clock stand at an instant; None lets it run again.

        Raises:
            ValueError: The instant has no time zone.
        """
        if at and at.tzinfo is None:
            raise ValueError("at needs a time zone")
        self._organization.clock = SettableClock(at) if at else utc_now

    @control
    def expire_api_token(self) -> None:
        """Let the API token be expired: Basic is answered 401 from now on."""
        self._organization.authenticator.expire_api_token()

    @control
    def rotate_api_token(self) -> str:
        """Get another API token; Basic with the one before is answered 401 from now on."""
        return self._organization.authenticator.rotate_api_token()

    @control
    def expire_access_tokens(self) -> None:
        """Let every OAuth access token granted so far be expired."""
        self._organization.authenticator.expire_access_tokens()

    @control
    def reset(self) -> None:
        """Forget requests, faults, planned failures and unreadable employees; the state stays."""
        self._organization.faults.clear()
        self._organization.injector.forget()
        self._organization.unreadable.clear()
        self._organization.requests.clear()
