"""One authenticated client for the whole process: pages of a list, and one employee at a time.

What may not be in here: table names, rows, retries, and addresses taken out of a body.
"""

from __future__ import annotations

import logging
import signal as signals
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

import requests

from workforce_source.client.configuration import Address, Limits
from workforce_source.client.credentials import Application, Basic, Credentials, OAuth, Token
from workforce_source.client.documented import Page, Record, page_of, record_of
from workforce_source.client.origin import Origin, curl_session
from workforce_source.client.requesting import Counts, Requester
from workforce_source.client.retrying import RetryPolicy
from workforce_source.client.walk import walk
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.endpoints import (
    EMPLOYEE,
    EMPLOYEE_DATA,
    Endpoint,
    employee_path,
)
from workforce_source.throttle import Cancel, Throttle

logger = logging.getLogger(__name__)

DEFAULT_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Answer:
    """One employee's record.

    Attributes:
        record: The record, untouched.
        started_at: Wall-clock time in UTC just before the request it answers.
    """

    record: Record
    started_at: datetime


class Client:
    """Reads one organization; safe to use, and to close, from any thread."""

    def __init__(
        self,
        address: Address,
        credentials: Token | Application,
        limits: Limits = DEFAULT_LIMITS,
        clock: Clock = SYSTEM_CLOCK,
        session: requests.Session | None = None,
    ) -> None:
        """Set up a client; nothing is sent yet.

        Args:
            address: The organization to read.
            credentials: How the API knows us.
            limits: How much is asked of the API at once, and how long it is waited for.
            clock: Tells the time, and waits.
            session: Sends the requests, with its proxies and certificates; closed with the client.
                Unless given, libcurl sends them.

        Raises:
            ConfigError: An address cannot be used.
        """
        self.max_workers = limits.max_workers
        self._organization_id = quote(address.organization_id, safe="")
        self._throttle = Throttle(
            limits.max_workers,
            limits.requests_per_second,
            clock=clock,
            max_pause=limits.max_pause,
        )
        self._session = session or curl_session()

        def origin(url: str, setting: str) -> tuple[Origin, RetryPolicy]:
            timeout = (limits.connect_timeout, limits.read_timeout)
            found = Origin(url, setting=setting, session=self._session, timeout=timeout)
            self._origins.append(found)
            return found, RetryPolicy(
                found.host,
                self._throttle,
                clock,
                limits.give_up_after,
                limits.first_answer_within,
            )

        self._origins: list[Origin] = []
        api, policy = origin(address.base_url, "base_url")
        known: Credentials
        if isinstance(credentials, Token):
            known = Basic(credentials.api_token)
        else:
            known = OAuth(credentials, *origin(credentials.token_url, "token_url"))
        self._requester = Requester(api, known, policy)

    def __enter__(self) -> Self:
        """Get the client itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        self.close()

    @property
    def counts(self) -> Counts:
        """What was sent so far: a snapshot."""
        return self._requester.counts()

    def page(
        self, endpoint: Endpoint, number: int, params: Mapping[str, str | int] | None = None
    ) -> Page:
        """Get one page of a list.

        Args:
            endpoint: A list.
            number: The page, from 1.
            params: Query parameters beside the endpoint's own.

        Raises:
            AuthenticationError: The API does not accept the credentials.
            ConfigError: There is no such organization, or a redirect leads elsewhere.
            UnexpectedResponse: The answer is not the documented shape.
            GivenUp: Retries are exhausted.
            Stopped: The client was closed.
        """
        return self._page(endpoint, number, params or {}, None)

    def pages(
        self, endpoint: Endpoint, params: Mapping[str, str | int] | None = None
    ) -> Iterator[Page]:
        """Get all pages of a list, in order: the first, then the others concurrently.

        Pages may come and go while the list is walked: the newest answer says how many there are.

        Args:
            endpoint: A list.
            params: Query parameters beside the endpoint's own.

        Raises:
            UnexpectedResponse: A page is not the one asked for, repeats the one before, or their
                number grows without end.
            WorkforceError: As for `page`.
        """
        params = params or {}

        def read(number: int, cancel: Cancel) -> Page:
            return self._page(endpoint, number, params, cancel)

        return walk(read, endpoint, max_workers=self.max_workers, wake=self._throttle.wake)

    def data(self, key: str) -> Answer:
        """Get one accepted employee with all badges (section "Employee Data API").

        Args:
            key: external_id or e-mail of the employee.

        Raises:
            NotReadable: The API answered 403, 404, 410 or 422 for this employee.
            WorkforceError: As for `page`.
        """
        return self._employee(EMPLOYEE_DATA, key)

    def employee(self, key: str) -> Answer:
        """Get one employee (section "Get a Single Employee").

        Args:
            key: external_id or e-mail of the employee.

        Raises:
            NotReadable: The API answered 403, 404, 410 or 422 for this employee.
            WorkforceError: As for `page`.
        """
        return self._employee(EMPLOYEE, key)

    def close(self, signal: int = signals.SIGINT) -> None:
        """End everything at once: waiting threads and requests in flight raise `Stopped`.

        Args:
            signal: Number of the signal that is the reason, for `Stopped.signal`.
        """
        self._throttle.stop(signal)
        for origin in self._origins:
            origin.close()

    def _page(
        self,
        endpoint: Endpoint,
        number: int,
        params: Mapping[str, str | int],
        cancel: Cancel | None,
    ) -> Page:
        query = urlencode({**endpoint.params, **params, "page": number}, quote_via=quote, safe="")
        path = endpoint.path.format(organization_id=self._organization_id)
        body, _started_at = self._requester.get(endpoint, f"{path}?{query}", number, cancel)
        page = page_of(body, endpoint, number)
        logger.info(
            "%s: page %d of %d, %d records",
            endpoint.name,
            number,
            page.total_pages,
            len(page.records),
            extra={
                "endpoint": endpoint.name,
                "page": number,
                "pages": page.total_pages,
                "records": len(page.records),
            },
        )
        return page

    def _employee(self, endpoint: Endpoint, key: str) -> Answer:
        template = endpoint.path.replace("{organization_id}", self._organization_id)
        body, started_at = self._requester.get(endpoint, employee_path(template, key))
        return Answer(record_of(body, endpoint), started_at)
