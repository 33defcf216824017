"""One GET until it is answered: throttle, credentials, retries, and what each status means.

Statuses become errors here, chosen by what the caller can do about them.

What may not be in here: connections, pages, and the shape of records.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

import orjson

from workforce_source.client.credentials import Credentials
from workforce_source.client.documented import Record, surprise
from workforce_source.client.origin import REDIRECT, Broken, Origin, Reply
from workforce_source.client.retrying import Failure, Retries, RetryPolicy
from workforce_source.client.waiting import asked_to_wait, until_reset
from workforce_source.endpoints import Endpoint
from workforce_source.exceptions import (
    ApiError,
    AuthenticationError,
    ConfigError,
    NotReadable,
    WorkforceError,
)
from workforce_source.throttle import Cancel, Outcome

logger = logging.getLogger(__name__)

# Statuses that concern one employee only. The API page names none of them; clients have met them.
ONE_EMPLOYEE = frozenset({403, 404, 410, 422})
# Statuses that may pass: timeouts a server reports, and everything that is its own fault.
TIMEOUTS = frozenset({408, 425})


class NoSuchPage(ApiError):
    """A page beyond the first does not exist (any more)."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a client has sent.

    Attributes:
        requests: Requests by endpoint name, every attempt counted.
        statuses: Answers by HTTP status.
        retries: Attempts that followed a failed one.
    """

    requests: Counter[str]
    statuses: Counter[int]
    retries: int


@dataclass
class Requester:
    """Sends GET requests to the API until each is answered; safe to use from any thread.

    Attributes:
        origin: The API.
        credentials: Makes the Authorization header.
        policy: How long requests are repeated; its throttle takes every attempt.
    """

    origin: Origin
    credentials: Credentials
    policy: RetryPolicy
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _requests: Counter[str] = field(default_factory=Counter)
    _statuses: Counter[int] = field(default_factory=Counter)
    _retries: int = 0

    def counts(self) -> Counts:
        """Get what was sent so far."""
        with self._lock:
            return Counts(self._requests.copy(), self._statuses.copy(), self._retries)

    def get(
        self, endpoint: Endpoint, path: str, number: int = 1, cancel: Cancel | None = None
    ) -> tuple[Record, datetime]:
        """Get the body of a 200, and the wall-clock time just before its request.

        Args:
            endpoint: Whose path it is.
            path: Path and query below `base_url`, percent-encoded.
            number: The page, for lists.
            cancel: Ends the request early when the walk it belongs to is left.

        Raises:
            WorkforceError: The request cannot be answered; see `Client`.
        """
        throttle, url = self.policy.throttle, f"{self.origin.url.rstrip('/')}/{path}"
        retries: Retries | None = None
        renewed = False
        while True:
            header = self.credentials.header()
            ticket = throttle.acquire(endpoint.name, cancel)
            started_at = self.policy.clock.now()
            reply, outcome = None, Outcome.ABANDONED
            try:
                reply = self.origin.exchange(url, {"Authorization": header}, cancel=cancel)
                outcome = _outcome(reply.status)
            except Broken as broken:
                outcome = Outcome.FAILED
                failure = Failure(broken.reason, connecting=broken.connecting)
            finally:
                throttle.release(ticket, outcome)
                self._count(endpoint.name, reply)
            if reply is not None:
                if (reset := until_reset(reply.headers, self.policy.clock.now)) is not None:
                    self._pause(reset)
                if reply.status == 200 and (body := self._body(reply, endpoint)) is not None:
                    return body, started_at
                if reply.status == 401 and not renewed and self.credentials.renew(header):
                    renewed = True
                    continue
                failure = self._failure(reply, endpoint, number)
            throttle.check(cancel)
            if retries is None:
                retries = Retries(self.policy, endpoint.path, ticket[0], cancel)
            with self._lock:
                self._retries += 1
            retries.after(failure)

    def _count(self, name: str, reply: Reply | None) -> None:
        with self._lock:
            self._requests[name] += 1
            if reply is not None:
                self._statuses[reply.status] += 1

    def _body(self, reply: Reply, endpoint: Endpoint) -> Record | None:
        """Get the decoded body of a 200; nothing if it is not JSON, which may pass."""
        try:
            body = orjson.loads(reply.body)
        except ValueError:
            # Before anything was ever right, a page for people means a wrong address.
            if not self.policy.answered and reply.body.lstrip()[:1] == b"<":
                raise surprise(endpoint, "the body", "JSON") from None
            return None
        self.policy.answered = True
        if not isinstance(body, dict) or "data" not in body:
            raise surprise(endpoint, "data", "there")
        return body

    def _failure(self, reply: Reply, endpoint: Endpoint, number: int) -> Failure:
        """Get what is worth another attempt; raise what is not."""
        status = reply.status
        if status != 200 and _outcome(status) is Outcome.ANSWERED:
            raise _error(reply, endpoint, number)
        if status == 200:
            return Failure("the body of a 200 was not JSON", status=status)
        asked = asked_to_wait(reply.headers, self.policy.clock.now)
        if asked is not None:
            self._pause(asked)
        return Failure(f"status {status}", status=status, retry_after=asked)

    def _pause(self, asked: float) -> None:
        granted = self.policy.throttle.pause(asked)
        facts = {"asked_seconds": asked, "granted_seconds": granted}
        if granted < asked:
            logger.warning(
                "The API asked to wait %.0f s; going on after %.0f s, the longest pause the"
                " settings allow (max_pause).",
                asked,
                granted,
                extra=facts,
            )
        else:
            logger.info("The API asked to wait %.1f s; all requests wait.", asked, extra=facts)


def _outcome(status: int) -> Outcome:
    if status == 429:
        return Outcome.REFUSED
    return Outcome.FAILED if status >= 500 or status in TIMEOUTS else Outcome.ANSWERED


def _error(reply: Reply, endpoint: Endpoint, number: int) -> WorkforceError:
    """Get the error for a status that another attempt would not change."""
    status, path = reply.status, endpoint.path
    if status == 401:
        return AuthenticationError(
            f"The API does not accept the credentials (401 for {path}). Check api_token: tokens end"
            " 180 days after their issue, and belong to either production or sandbox.",
            status=status,
        )
    if 300 <= status < 400:
        host = _host_of(reply.headers.get(REDIRECT) or "")
        return ConfigError(
            f"The API redirects {path} to another address ({host}). Redirects are not followed,"
            " because the credentials would go with them: set base_url to the address that answers."
        )
    if endpoint.parent is not None and status in ONE_EMPLOYEE:
        return NotReadable(
            f"One employee cannot be read: {status} for {path}. The employee is tried again later.",
            status=status,
            path=path,
        )
    if status == 403:
        return AuthenticationError(
            f"The credentials may not read this organization (403 for {path}). Check"
            " organization_id, and that the token or the scope covers Workforce.",
            status=status,
        )
    if status == 404 and number > 1:
        return NoSuchPage(f"Page {number} of {path} does not exist.", status=status, path=path)
    if status == 404:
        return ConfigError(
            f"The API knows no such organization (404 for {path}). Check organization_id and"
            " base_url; base_url ends with the version, such as /v1."
        )
    return ApiError(
        f"The API answered {status} for {path}, which no retry would change. Check the settings;"
        " if they are right, the API changed.",
        status=status,
        path=path,
    )


def _host_of(address: str) -> str:
    """Get the host of an address, and nothing else of it."""
    try:
        return urlsplit(address).hostname or "the same host"
    except ValueError:
        return "no usable address"
