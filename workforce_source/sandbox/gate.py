"""The ASGI application: route, log, faults, credentials, answer - in this order.

What is answered is in `reads.py`, `writes.py` and `auth.py`; what goes wrong in `faults.py`.
Paths are matched before they are percent-decoded, so that a key may hold a slash.
"""

import asyncio
import logging
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import unquote

from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from workforce_source.sandbox.answers import Answer, Refusal
from workforce_source.sandbox.auth import Doorkeeper
from workforce_source.sandbox.faults import Failure, Fate, Faults
from workforce_source.sandbox.log import Entry, RequestLog
from workforce_source.sandbox.model import Population
from workforce_source.sandbox.query import Query, parse_query
from workforce_source.sandbox.reads import Call, Reads
from workforce_source.sandbox.spoil import as_web_page, without_its_end
from workforce_source.sandbox.times import Clock
from workforce_source.sandbox.writes import Writes

_log = logging.getLogger(__name__)
Watcher = Callable[[Entry], None]
Editor = Callable[[Entry, Answer], Answer]
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close with a reset
_PIECES = 8  # of a slow body
_MESSAGES = {429: "Too many requests.", 503: "The service is unavailable."}
_HOLD_STEP = 0.01  # seconds between two looks whether answers are still held


class Gate:
    """Answers every request but those of the admin path.

    Args:
        population: The state.
        reads: Answers the reads.
        writes: Carries out the writes.
        doorkeeper: Knows the tokens.
        faults: What goes wrong.
        fate: Decides when.
        clock: The present instant.
        admin: Answers `/_admin/...`; None answers 404 there.
    """

    def __init__(
        self,
        *,
        population: Population,
        reads: Reads,
        writes: Writes,
        doorkeeper: Doorkeeper,
        faults: Faults,
        fate: Fate,
        clock: Clock,
        admin: ASGIApp | None = None,
    ) -> None:
        self.log = RequestLog()
        self.watchers: list[Watcher] = []
        self.editors: list[Editor] = []
        self._population = population
        self._doorkeeper = doorkeeper
        self._faults = faults
        self._fate = fate
        self._clock = clock
        self.admin = admin
        base = "/v1/organizations/{organization}"
        one = base + "/employees/{employee}"
        # the busiest first; send_invitations before what could take it for a key
        self._routes = [
            Route(one + "/data", reads.data, name="employee_data"),
            Route(base + "/employees", reads.employees, name="employees"),
            Route(base + "/employees", writes.create, name="create_employee", methods=["POST"]),
            Route(
                base + "/employee_external_badges", reads.external_badges, name="external_badges"
            ),
            Route(
                base + "/employees/send_invitations",
                writes.invite,
                name="send_invitations",
                methods=["POST"],
            ),
            Route(one, reads.employee, name="employee"),
            Route(one, writes.update, name="update_employee", methods=["PUT"]),
            Route(one, writes.delete, name="delete_employee", methods=["DELETE"]),
            Route("/oauth/token", doorkeeper.grant, name="token", methods=["POST"]),
        ]

    @property
    def endpoints(self) -> list[str]:
        """The names of the endpoints."""
        return [route.name for route in self._routes]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.admin is not None and scope["path"].startswith("/_admin/"):
            await self.admin(scope, receive, send)
            return
        request = self._request(scope)
        entry = self._entry(request)
        self.log.begin(entry)
        try:
            await self._handle(request, entry, receive, send)
        finally:
            self.log.end(entry, time.monotonic())

    def _request(self, scope: Scope) -> "_Request":
        path = scope["raw_path"].decode("ascii", "replace")
        route, values, allowed = None, {}, []
        for candidate in self._routes:
            match, found = candidate.matches({**scope, "path": path, "root_path": ""})
            if match is Match.FULL:
                route, values = candidate, found["path_params"]
                break
            if match is Match.PARTIAL:
                allowed += sorted(candidate.methods or ())
        return _Request(
            scope=scope,
            path=path,
            headers=dict(scope["headers"]),
            query=parse_query(scope["query_string"]),
            route=route,
            organization=values.get("organization", ""),
            employee_key=unquote(values.get("employee", "")),
            allowed=allowed,
        )

    def _entry(self, request: "_Request") -> Entry:
        page = dict(request.query).get("page", "")
        employee = self._population.find(request.employee_key) if request.employee_key else None
        authorization = request.headers.get(b"authorization")
        return Entry(
            number=0,
            method=request.scope["method"],
            endpoint=request.route.name if request.route else "unknown",
            query=request.scope["query_string"].decode("ascii", "replace"),
            page=int(page) if page.isascii() and page.isdigit() and len(page) < 10 else None,
            employee_id=employee.id if employee else None,
            authorization=authorization.decode("latin-1").split(" ")[0] if authorization else None,
            client_port=request.scope["client"][1],
            at=self._clock(),
            started=time.monotonic(),
            in_flight=0,
        )

    async def _handle(
        self, request: "_Request", entry: Entry, receive: Receive, send: Send
    ) -> None:
        for watcher in tuple(self.watchers):
            watcher(entry)
        faults = self._faults
        identity = f"{entry.method} {request.path}?{entry.query}"
        failure = self._fate.decide(entry.endpoint, identity)
        if faults.only is None or entry.endpoint in faults.only:
            if faults.latency:
                await asyncio.sleep(faults.latency)
            held_until = time.monotonic() + faults.hold
            while faults.hold and time.monotonic() < held_until:
                await asyncio.sleep(_HOLD_STEP)
        if failure is not None and failure.kind == "reset":
            await _cut(send, receive, reset=True)
            return
        answer = await self._answer(request, entry, failure, receive)
        for editor in tuple(self.editors):
            answer = editor(entry, answer)
        entry.status = answer.status
        kind = failure.kind if failure else None
        await self._send(answer, kind, receive, send)

    async def _answer(
        self, request: "_Request", entry: Entry, failure: Failure | None, receive: Receive
    ) -> Answer:
        if failure is not None:
            headers = {"retry-after": failure.retry_after} if failure.retry_after else {}
            if failure.kind == "status":
                message = _MESSAGES.get(failure.status, "Something went wrong.")
                return Refusal(failure.status, message, headers).answer()
            if failure.kind == "html":
                return as_web_page()
            if failure.kind == "redirect":
                target = f"{failure.location}{request.path}"
                target += f"?{entry.query}" if entry.query else ""
                return Answer(failure.status, b"", {"location": target})
        try:
            body = await _body(receive) if entry.method in ("POST", "PUT") else b""
            with self._population.lock:
                answer = self._granted(request, entry, body)
        except Refusal as refusal:
            answer = refusal.answer()
        except Exception:
            _log.exception("the sandbox failed to answer %s", entry.endpoint)
            answer = Refusal(500, "The sandbox itself failed; its log says why.").answer()
        if failure is not None and failure.kind == "invalid_json":
            return without_its_end(answer)
        return answer

    def _granted(self, request: "_Request", entry: Entry, body: bytes) -> Answer:
        media_type = request.headers.get(b"content-type", b"").decode("latin-1")
        media_type = media_type.partition(";")[0].strip().lower()
        if request.route is None and request.allowed:
            raise Refusal(405, "Method not allowed.", {"allow": ", ".join(request.allowed)})
        if request.route is None:
            raise Refusal(404, "There is no such path.")
        if entry.endpoint == "token":
            return self._doorkeeper.grant(body, media_type)
        authorization = request.headers.get(b"authorization")
        self._doorkeeper.admit(
            authorization.decode("latin-1") if authorization else None,
            writes=entry.method not in ("GET", "HEAD"),
        )
        if request.organization.lower() != self._doorkeeper.organization_id:
            raise Refusal(404, "Organization not found.")
        if body and media_type != "application/json":
            raise Refusal(415, "The body must be application/json.")
        host = request.headers.get(b"host", b"").decode("latin-1")
        link = f"{request.scope['scheme']}://{host}{request.path}"
        call = Call(entry.number, request.employee_key, request.query, link, body)
        granted: Answer = request.route.endpoint(call)
        return granted

    async def _send(self, answer: Answer, kind: str | None, receive: Receive, send: Send) -> None:
        if answer.raw is not None:
            await _cut(send, receive, last=answer.raw)
            return
        body = answer.body
        headers = {"date": self._fate.http_date(), **self._fate.limit_headers(), **answer.headers}
        if answer.status != 204:
            headers |= {"content-type": answer.media_type, "content-length": str(len(body))}
        packed = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": packed})
        if kind == "truncated" and body:
            half = body[: len(body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            await _cut(send, receive)
            return
        if kind == "slow":
            step = max(1, len(body) // _PIECES)
            for start in range(0, len(body), step):
                piece = body[start : start + step]
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                await asyncio.sleep(self._faults.slow_seconds / _PIECES)
            body = b""
        await send({"type": "http.response.body", "body": body})


@dataclass(slots=True)
class _Request:
    scope: Scope
    path: str
    headers: dict[bytes, bytes]
    query: Query
    route: Route | None
    organization: str
    employee_key: str
    allowed: list[str]


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += cast("bytes", message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _cut(send: Send, receive: Receive, *, reset: bool = False, last: bytes = b"") -> None:
    """Close the connection in the middle; with a reset, nothing that was sent arrives."""
    # ASGI has no word for it: uvicorn's send is a method of what holds the transport
    transport = cast("Any", send).__self__.transport
    if reset:
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
    else:
        transport.write(last)
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
