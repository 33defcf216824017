"""One authenticated client for the whole process: pages of a list, and one employee at a time.

What may not be in here: table names, rows, retries, and addresses taken out of a body.
"""

from __future__ import annotations

import logging
import signal as signals
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Self
from urllib.parse import quote, urlencode

from workforce_source.client.connections import Connections, Watch
from workforce_source.client.credentials import Basic, Credentials, OAuth
from workforce_source.client.documented import Page, Record, page_of, record_of
from workforce_source.client.patience import Patience, Reached
from workforce_source.client.requesting import Counts, Requester
from workforce_source.client.walk import walk
from workforce_source.endpoints import (
    EMPLOYEE,
    EMPLOYEE_DATA,
    EXTERNAL_BADGES,
    Endpoint,
    employee_path,
)
from workforce_source.exceptions import ConfigError
from workforce_source.throttle import Throttle, Wait

logger = logging.getLogger(__name__)

HEADERS = {
    "User-Agent": "workforce-source",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}


def utcnow() -> datetime:
    """Get the time of the wall clock, aware, in UTC."""
    return datetime.now(UTC)


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
        *,
        base_url: str,
        organization_id: str,
        api_token: str | None = None,
        client_id: str | None = None,
        client_secret: str | None = None,
        token_url: str | None = None,
        max_workers: int = 8,
        requests_per_second: float | None = None,
        connect_timeout: float = 10.0,
        read_timeout: float = 60.0,
        give_up_after: float = 900.0,
        first_answer_within: float = 15.0,
        max_pause: float = 300.0,
        now: Callable[[], datetime] = utcnow,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait | None = None,
    ) -> None:
        """Set up a client; nothing is sent yet.

        Args:
            base_url: Address of the API, its version included.
            organization_id: The organization to read.
            api_token: Authorization token, for HTTP Basic.
            client_id: OAuth application id, with `client_secret` instead of `api_token`.
            client_secret: OAuth application secret.
            token_url: Address that gives OAuth tokens.
            max_workers: Requests in flight at most.
            requests_per_second: Requests a second at most; `None` adapts to what the API grants.
            connect_timeout: Seconds to wait for a connection.
            read_timeout: Seconds to wait for the next bytes of an answer.
            give_up_after: Seconds one request is retried.
            first_answer_within: Seconds an address is tried that never answered as the API does.
            max_pause: Longest pause in seconds that the API can ask for.
            now: The wall clock, for `Answer.started_at` and dates in headers only.
            clock: Seconds that never go backwards.
            wait: Waits on a condition; for tests that do not wait.

        Raises:
            ConfigError: An address or the credentials cannot be used.
        """
        if not organization_id:
            raise ConfigError(
                "organization_id is not set. Put it in .dlt/config.toml under [sources.workforce]."
            )
        self.max_workers = max_workers
        self._throttle = Throttle(
            max_workers,
            requests_per_second,
            clock=clock,
            max_pause=max_pause,
            **({} if wait is None else {"wait": wait}),
        )
        self._organization_id = quote(organization_id, safe="")

        def connections(url: str, setting: str) -> Connections:
            return Connections(
                url,
                setting=setting,
                connect_timeout=connect_timeout,
                read_timeout=read_timeout,
                headers=HEADERS,
                clock=clock,
            )

        def patience(reached: Reached, host: str) -> Callable[[str, Watch | None, float], Patience]:
            return lambda where, watch, started: Patience(
                where,
                started,
                throttle=self._throttle,
                reached=reached,
                give_up_after=give_up_after,
                first_answer_within=first_answer_within,
                host=host,
                cancel=watch,
                clock=clock,
            )

        api = connections(base_url, "base_url")
        self._open = [api]
        credentials: Credentials
        if api_token:
            credentials = Basic(api_token)
        elif client_id and client_secret and token_url:
            tokens = connections(token_url, "token_url")
            self._open.append(tokens)
            credentials = OAuth(
                client_id=client_id,
                client_secret=client_secret,
                connections=tokens,
                patience=patience(Reached(), tokens.host),
                clock=clock,
            )
        else:
            raise ConfigError(
                "The credentials are not set. Put api_token, or client_id with client_secret and"
                " token_url, in .dlt/secrets.toml under [sources.workforce]."
            )
        reached = Reached()
        self._requester = Requester(
            api,
            credentials=credentials,
            throttle=self._throttle,
            reached=reached,
            patience=patience(reached, api.host),
            now=now,
        )

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
            endpoint: `EMPLOYEES` or `EXTERNAL_BADGES`.
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
            endpoint: `EMPLOYEES` or `EXTERNAL_BADGES`.
            params: Query parameters beside the endpoint's own.

        Raises:
            UnexpectedResponse: A page is not the one asked for, repeats the one before, or their
                number grows without end.
            WorkforceError: As for `page`.
        """
        params = params or {}

        def read(number: int, watch: Watch | None) -> Page:
            return self._page(endpoint, number, params, watch)

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

    def external_badges_of(self, employee_id: str) -> list[Record]:
        """Get all external badges of one employee (section "Employee External Badges API").

        Args:
            employee_id: The employee's id (a UUID), which this filter takes.

        Raises:
            WorkforceError: As for `pages`.
        """
        found = self.pages(EXTERNAL_BADGES, {"filter[employee][id]": employee_id})
        # An API that ignores the filter answers with everybody's.
        return [
            record
            for page in found
            for record in page.records
            if record["employee"]["id"] == employee_id
        ]

    def close(self, signal: int = signals.SIGINT) -> None:
        """End everything at once: waiting threads and requests in flight raise `Stopped`.

        Args:
            signal: Number of the signal that is the reason, for `Stopped.signal`.
        """
        self._throttle.stop(signal)
        for connections in self._open:
            connections.close()

    def _page(
        self,
        endpoint: Endpoint,
        number: int,
        params: Mapping[str, str | int],
        watch: Watch | None,
    ) -> Page:
        query = urlencode({**endpoint.params, **params, "page": number}, quote_via=quote, safe="")
        path = endpoint.path.format(organization_id=self._organization_id)
        body, _started_at = self._requester.get(endpoint, f"{path}?{query}", number, watch)
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
