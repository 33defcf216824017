"""One authenticated client for the whole process: pages of a list, one employee, one write.

Every request waits for its turn, carries the credentials, and is repeated until it is answered; a
write whose answer was lost only if whoever wrote says so.

What may not be in here: table names, rows, connections, and addresses taken out of a body.
"""

import logging
import math
import signal as signals
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import orjson
import requests

from workforce_source.client.configuration import Address, Limits
from workforce_source.client.credentials import Application, OAuth, RotatingToken, Token
from workforce_source.client.decoding import decode
from workforce_source.client.meaning import (
    Page,
    Record,
    Written,
    asked_to_wait,
    error_of,
    outcome_of,
    page_of,
    record_of,
    surprise,
    until_reset,
    written_of,
)
from workforce_source.client.origin import Failure, Origin, Reply
from workforce_source.client.retrying import Retries
from workforce_source.client.walk import walk
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.endpoints import (
    EMPLOYEE,
    EMPLOYEE_DATA,
    EVENT,
    Endpoint,
    Write,
    employee_path,
    event_path,
)
from workforce_source.throttle import Cancel, Outcome, Throttle, Ticket

logger = logging.getLogger(__name__)

DEFAULT_LIMITS = Limits()
MALFORMED = 5
"""Whole bodies in a row that are no JSON, after which the same is not asked for again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One employee's record.

    Attributes:
        record: The record, untouched.
        started_at: Wall-clock time in UTC just before the request it answers.
    """

    record: Record
    started_at: datetime


class Client(AbstractContextManager["Client"]):
    """Reads and writes one organization; safe to use, and to close, from any thread.

    Attributes:
        organization_id: The organization.
        max_workers: Requests in flight at most.
        requests: Requests so far by endpoint name, every attempt counted.
        retried: Those that followed a failed one, by endpoint name.
    """

    def __init__(
        self,
        address: Address,
        credentials: Token | RotatingToken | Application,
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
            session: Its adapters send the requests, with its proxies and certificates; closed with
                the client. Unless given, libcurl sends them.

        Raises:
            ConfigError: An address cannot be used.
        """
        self.max_workers = limits.max_workers
        self.organization_id = address.organization_id
        self._organization_id = quote(address.organization_id, safe="")
        self._clock, self._session = clock, session or new_session()
        self._throttle = Throttle(
            limits.max_workers,
            limits.requests_per_second,
            clock=clock,
            max_pause=limits.max_pause,
        )
        origin = partial(
            Origin, session=self._session, limits=limits, throttle=self._throttle, clock=clock
        )
        self._api = origin(address.base_url, setting="base_url")
        self._credentials = (
            credentials
            if isinstance(credentials, Token | RotatingToken)
            else OAuth(credentials, origin(credentials.token_url, setting="token_url"))
        )
        self._counting = threading.Lock()
        self.requests: Counter[str] = Counter()
        self.retried: Counter[str] = Counter()

    @property
    def retries(self) -> int:
        """How many requests followed a failed one."""
        return self.retried.total()

    def __exit__(self, *_: object) -> None:
        """Close the client."""
        self.close()

    def page(
        self,
        endpoint: Endpoint,
        number: int,
        params: Mapping[str, str | int] | None = None,
        cancel: Cancel | None = None,
        within: float = math.inf,
    ) -> Page:
        """Get one page of a list.

        Args:
            endpoint: A list.
            number: The page, from 1.
            params: Query parameters beside the endpoint's own.
            cancel: Ends the request when it is cancelled.
            within: Seconds it is tried at most, below `give_up_after`.

        Raises:
            AuthenticationError: The API does not accept the credentials.
            ConfigError: There is no such organization, or a redirect leads elsewhere.
            UnexpectedResponse: The answer is not the documented shape.
            GivenUp: Retries are exhausted.
            Stopped: The client was closed, or the request cancelled.
        """
        query = urlencode(
            {**endpoint.params, **(params or {}), "page": number}, quote_via=quote, safe=""
        )
        path = endpoint.path.format(organization_id=self._organization_id)
        body, _started_at = self._get(endpoint, f"{path}?{query}", number, cancel, within)
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

    def pages(
        self,
        endpoint: Endpoint,
        params: Mapping[str, str | int] | None = None,
        within: float = math.inf,
    ) -> Iterator[Page]:
        """Get all pages of a list, in order: the first, then the others concurrently.

        Pages may come and go while the list is walked: the newest answer says how many there are.

        Args:
            endpoint: A list.
            params: Query parameters beside the endpoint's own.
            within: Seconds a page is tried at most, below `give_up_after`.

        Raises:
            UnexpectedResponse: A page is not the one asked for, repeats the one before, or their
                number grows without end.
            WorkforceError: As for `page`.
        """
        return walk(
            lambda number, cancel: self.page(endpoint, number, params, cancel, within),
            endpoint,
            max_workers=self.max_workers,
            wake=self._throttle.wake,
        )

    def data(self, key: str, within: float = math.inf) -> Answer:
        """Get one accepted employee with all badges (section "Employee Data API").

        Args:
            key: external_id or e-mail of the employee.
            within: Seconds it is tried at most, below `give_up_after`.

        Raises:
            NotReadable: The API refused this employee.
            WorkforceError: As for `page`.
        """
        return self._employee(EMPLOYEE_DATA, key, within)

    def employee(self, key: str, within: float = math.inf) -> Answer:
        """Get one employee (section "Get a Single Employee").

        Args:
            key: external_id or e-mail of the employee.
            within: Seconds it is tried at most, below `give_up_after`.

        Raises:
            NotReadable: The API refused this employee.
            WorkforceError: As for `page`.
        """
        return self._employee(EMPLOYEE, key, within)

    def event(self, event_id: str, within: float = math.inf) -> Record:
        """Get one event (page "Webhooks").

        Args:
            event_id: Its id, as a list or a webhook told it.
            within: Seconds it is tried at most, below `give_up_after`.

        Raises:
            NotReadable: The API refused this event, or does not know it.
            WorkforceError: As for `page`.
        """
        template = EVENT.path.replace("{organization_id}", self._organization_id)
        body, _started_at = self._get(EVENT, event_path(template, event_id), within=within)
        return record_of(body, EVENT)

    def write(
        self,
        write: Write,
        key: str = "",
        body: Mapping[str, Any] | None = None,
        *,
        unanswered: Callable[[], Written | None],
        within: float = math.inf,
    ) -> Written:
        """Write, and get what the API said; what it refuses for its content is an answer, too.

        A connection that did not come about, a 429 and a 401 had no effect, and the write is
        repeated. Whatever else was no answer may have had its effect.

        Args:
            write: What to do.
            key: external_id or e-mail of the employee, where it is about one.
            body: Its parameters.
            unanswered: Called before a write is repeated that may have had its effect: finds out.
                Gets what came of it, or None to have it repeated.
            within: Seconds it is tried at most, below `give_up_after`.

        Raises:
            AuthenticationError: The API does not accept the credentials, or not for writing.
            ConfigError: A redirect leads elsewhere.
            GivenUp: Retries are exhausted; it may have had its effect.
            Stopped: The client was closed; the same.
        """
        template = write.path.replace("{organization_id}", self._organization_id)
        path = employee_path(template, key) if "{employee}" in template else template
        content = None if body is None else orjson.dumps(body)
        written: Written
        written, _ = self._get(write, path, within=within, body=content, unanswered=unanswered)
        return written

    def close(self, signal: int = signals.SIGINT) -> None:
        """End everything at once: waiting threads and requests in flight raise `Stopped`.

        Args:
            signal: Number of the signal that is the reason, for `Stopped.signal`.
        """
        self._throttle.stop(signal)
        self._session.close()

    def _employee(self, endpoint: Endpoint, key: str, within: float) -> Answer:
        template = endpoint.path.replace("{organization_id}", self._organization_id)
        body, started_at = self._get(endpoint, employee_path(template, key), within=within)
        return Answer(record_of(body, endpoint), started_at)

    def _get(
        self,
        endpoint: Endpoint | Write,
        path: str,
        number: int = 1,
        cancel: Cancel | None = None,
        within: float = math.inf,
        *,
        body: bytes | None = None,
        unanswered: Callable[[], Any] = lambda: None,
    ) -> tuple[Any, datetime]:
        """Get what a request is answered, and the wall-clock time just before it was sent."""
        retries = Retries(self._api, endpoint.path, cancel, within)
        refused, malformed = "", 0
        while True:
            header = self._credentials.header(refused)
            ticket = self._throttle.acquire(endpoint.name, cancel)
            started_at = self._clock.now()
            try:
                reply = self._attempt(endpoint, path, header, ticket, retries, body)
                if reply.status != 401 or refused or not self._renews(header):
                    return self._body(reply, endpoint, number), started_at
                refused = header
            except Failure as failure:
                malformed += failure.malformed
                if malformed >= MALFORMED and self._api.answered:
                    # of somebody who does answer in JSON: it is the same for as long as one asks
                    raise surprise(endpoint, "the body", "JSON") from None
                retries.after(failure, ticket[0])
                done = None if failure.without_effect else unanswered()
                if done is not None:
                    return done, started_at

    def _renews(self, refused: str) -> bool:
        """Tell whether there are other credentials than those that were refused."""
        if isinstance(self._credentials, RotatingToken):
            # what was never accepted is wrong, and not replaced
            return self._api.answered and self._credentials.header(refused) != refused
        return isinstance(self._credentials, OAuth)

    def _attempt(
        self,
        endpoint: Endpoint | Write,
        path: str,
        header: str,
        ticket: Ticket,
        retries: Retries,
        body: bytes | None,
    ) -> Reply:
        """Send once; count it, and tell the throttle what came of it."""
        outcome = Outcome.ABANDONED
        told = {"Content-Type": "application/json", "Content-Length": str(len(body or b""))}
        try:
            reply = self._api.exchange(
                f"{self._api.url.rstrip('/')}/{path}",
                {"Authorization": header} | (told if body is not None else {}),
                method=endpoint.method,
                body=body,
                check=partial(self._throttle.check, retries.cancel),
            )
            outcome = outcome_of(reply.status)
        except Failure:
            outcome = Outcome.FAILED
            raise
        finally:
            self._throttle.release(ticket, outcome)
            with self._counting:
                self.requests[ticket[2]] += 1
                self.retried[ticket[2]] += retries.attempts > 0
        self._pause(until_reset(reply.headers, self._clock.now))
        return reply

    def _body(self, reply: Reply, endpoint: Endpoint | Write, number: int) -> object:
        """Get the body of a 200, or what a write did; raise what else came.

        Raises:
            Failure: It may pass.
        """
        if isinstance(endpoint, Write):
            if written := written_of(reply, endpoint):
                self._api.answered = True
                return written
            if reply.status < 300:
                raise Failure("the body of an answer was not JSON", reply.status)
        elif reply.status == 200:
            try:
                body: object = decode(reply.body)
            except ValueError:
                # Before anything was ever right, a page for people means a wrong address.
                page = reply.body.lstrip()[:1] == b"<"
                if page and not self._api.answered:
                    raise surprise(endpoint, "the body", "JSON") from None
                raise Failure("the body of a 200 was not JSON", 200, malformed=not page) from None
            self._api.answered = True
            return body
        if outcome_of(reply.status) is Outcome.ANSWERED:
            raise error_of(reply, endpoint, number)
        asked = asked_to_wait(reply.headers, self._clock.now)
        self._pause(asked)
        raise Failure(f"status {reply.status}", reply.status, asked)

    def _pause(self, asked: float | None) -> None:
        """Let nothing leave for as long as the API asked, or as the settings allow."""
        if asked is None:
            return
        granted = self._throttle.pause(asked)
        logger.log(
            logging.WARNING if granted < asked else logging.INFO,
            "The API asked to wait %g s; going on after %g s (max_pause is the longest).",
            asked,
            granted,
            extra={"asked_seconds": asked, "granted_seconds": granted},
        )


def new_session() -> requests.Session:
    """Get a session that sends by libcurl; by requests' own adapter where pycurl has no wheel."""
    session = requests.Session()
    with suppress(ImportError):
        from workforce_source.client.transport import CurlAdapter

        for scheme in ("https://", "http://"):
            session.mount(scheme, CurlAdapter())
    return session
