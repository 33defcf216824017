"""The ASGI application: route, log, faults, credentials, answer - in this order.

What is answered is in `reads.py` and `writes.py`; what goes wrong in `injection.py`, how an answer
goes out in `sending.py`.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import cast
from urllib.parse import unquote

from starlette.types import ASGIApp, Receive, Scope, Send

from workforce_source.sandbox.calls import Answer, Call, Refusal
from workforce_source.sandbox.injection import Failure
from workforce_source.sandbox.log import Entry
from workforce_source.sandbox.organization import Organization
from workforce_source.sandbox.routes import Handler, routed
from workforce_source.sandbox.sending import cut, send_answer
from workforce_source.sandbox.spoil import as_web_page, without_its_end

_log = logging.getLogger(__name__)
Watcher = Callable[[Entry], None]
Editor = Callable[[Entry, Answer], Answer]
_MESSAGES = {429: "Too many requests.", 503: "The service is unavailable."}
_HOLD_STEP = 0.01  # seconds between two looks whether answers are still held


class Application:
    """Answers every request.

    Args:
        organization: What is asked about.
        admin: Answers `/_admin/...`; None answers 404 there.
    """

    def __init__(self, organization: Organization, admin: ASGIApp | None) -> None:
        self.watchers: list[Watcher] = []
        self.editors: list[Editor] = []
        self._organization = organization
        self._admin = admin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self._admin is not None and scope["path"].startswith("/_admin/"):
            await self._admin(scope, receive, send)
            return
        # matched before it is percent-decoded, so that a key may hold a slash
        path = scope["raw_path"].decode("ascii", "replace")
        endpoint, handler, values = routed({**scope, "path": path, "root_path": ""})
        call = Call(
            method=scope["method"],
            path=path,
            query_string=scope["query_string"].decode("ascii", "replace"),
            headers=dict(scope["headers"]),
            organization=values.get("organization"),
            employee_key=unquote(values.get("employee", "")),
            event_id=unquote(values.get("event", "")),
        )
        entry = self._entry(call, endpoint, scope["client"][1])
        log = self._organization.requests
        log.begin(entry)
        call.number = entry.number
        try:
            await self._handle(call, handler, entry, receive, send)
        finally:
            log.end(entry, time.monotonic())

    def _entry(self, call: Call, endpoint: str, client_port: int) -> Entry:
        page = dict(call.query).get("page", "")
        found = self._organization.population.find(call.employee_key)
        return Entry(
            number=0,
            method=call.method,
            endpoint=endpoint,
            query=call.query_string,
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 10 else None,
            employee_id=found.id if found else None,
            authorization=call.header(b"authorization").split(" ")[0] or None,
            client_port=client_port,
            at=self._organization.clock(),
            started=time.monotonic(),
            in_flight=0,
        )

    async def _handle(
        self, call: Call, handler: Handler, entry: Entry, receive: Receive, send: Send
    ) -> None:
        for watcher in tuple(self.watchers):
            watcher(entry)
        faults, injector = self._organization.faults, self._organization.injector
        failure = injector.decide(entry.endpoint, f"{call.method} {call.path}?{call.query_string}")
        if faults.only is None or entry.endpoint in faults.only:
            if faults.latency:
                await asyncio.sleep(faults.latency)
            held_until = time.monotonic() + faults.hold
            while faults.hold and time.monotonic() < held_until:
                await asyncio.sleep(_HOLD_STEP)
        kind = failure.kind if failure else None
        if kind == "reset":
            await cut(receive, send, reset=True)
            return
        instead = _instead(failure, call) if failure else None
        answer = instead or await self._answer(call, handler, entry.endpoint, receive)
        if failure and kind == "late":
            answer = _refused(failure)
        if kind == "invalid_json":
            answer = without_its_end(answer)
        for editor in tuple(self.editors):
            answer = editor(entry, answer)
        if kind == "lost":
            await cut(receive, send, reset=True)
            return
        entry.status = answer.status
        answer.headers = {
            "date": injector.http_date(),
            **injector.limit_headers(),
            **answer.headers,
        }
        seconds = faults.slow_seconds if kind == "slow" else 0
        await send_answer(answer, receive, send, truncated=kind == "truncated", seconds=seconds)

    async def _answer(
        self, call: Call, handler: Handler, endpoint: str, receive: Receive
    ) -> Answer:
        try:
            if call.method in ("POST", "PUT"):
                call.body = await _body(receive)
            with self._organization.population.lock:
                self._admit(call)
                return handler(self._organization, call)
        except Refusal as refusal:
            return refusal.answer()
        except Exception:
            _log.exception("the sandbox failed to answer %s", endpoint)
            return Refusal(500, "The sandbox itself failed; its log says why.").answer()

    def _admit(self, call: Call) -> None:
        """Let a request to the organization pass, if it is one and may."""
        if call.organization is None:
            return
        authenticator = self._organization.authenticator
        authenticator.admit(
            call.header(b"authorization"), writes=call.method not in ("GET", "HEAD")
        )
        if call.organization.lower() != authenticator.organization_id:
            raise Refusal(404, "Organization not found.")
        if call.body and call.media_type != "application/json":
            raise Refusal(415, "The body must be application/json.")


def _instead(failure: Failure, call: Call) -> Answer | None:
    """Get what a failure answers instead of the truth; None where it damages the truth."""
    if failure.kind == "status":
        return _refused(failure)
    if failure.kind == "redirect":
        return Answer(failure.status, b"", {"location": f"{failure.location}{call.target}"})
    return as_web_page() if failure.kind == "html" else None


def _refused(failure: Failure) -> Answer:
    headers = {"retry-after": failure.retry_after} if failure.retry_after else {}
    message = _MESSAGES.get(failure.status, "Something went wrong.")
    return Refusal(failure.status, message, headers).answer()


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += cast("bytes", message.get("body", b""))
        if not message.get("more_body"):
            return body
