"""The application that takes webhooks: a pointer is kept, and only then answered 200.

Nothing that comes in is trusted: no signature of webhooks is documented, so a secret path, a limit
of size and one of rate guard it, and of a body nothing is kept but an id, a type and a time. What
may not be in here: a port, a log, and what becomes of a pointer.
"""

import asyncio
import hmac
import time
from collections.abc import Callable, Collection
from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from workforce_source.signals.pointer_file import Full, PointerFile
from workforce_source.signals.pointers import Pointer

LARGEST_BODY: Final = 4096
"""Bytes; a pointer has two hundred."""
BODY_WITHIN: Final = 10.0
"""Seconds a body may take to arrive."""
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Rate:
    """Grants so many requests a second, and as many at once.

    Args:
        per_second: How many.
        monotonic: Seconds that never go backwards.
    """

    def __init__(self, per_second: float, monotonic: Callable[[], float]) -> None:
        self._per_second, self._monotonic = per_second, monotonic
        self._left, self._at = max(per_second, 1.0), monotonic()

    def grant(self) -> bool:
        """Take one, if there is one."""
        now = self._monotonic()
        grown = self._left + (now - self._at) * self._per_second
        self._left, self._at = min(grown, max(self._per_second, 1.0)), now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class _Refused(Exception):
    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def receiver(
    secret: str,
    file: PointerFile,
    *,
    organizations: Collection[str] = (),
    per_second: float = 50.0,
    monotonic: Callable[[], float] = time.monotonic,
) -> Starlette:
    """Get the application.

    It answers 200 when a pointer is on the disk; 503 when it cannot be kept, so that the sender
    repeats it; 404 on any other path, 405, 408, 413, 429, and 400 or 422 where a body is no
    pointer. Answers have no body.

    Args:
        secret: The path, without its slash.
        file: Where pointers are kept.
        organizations: Whose pointers are taken; everybody's unless given.
        per_second: Pointers a second that are taken.
        monotonic: Seconds that never go backwards.
    """
    path = f"/{secret}".encode()
    rate = Rate(per_second, monotonic)
    own = {organization.lower() for organization in organizations}

    async def answer(request: Request) -> Response:
        if not hmac.compare_digest(request.scope["path"].encode(), path):
            return Response(status_code=404)
        if request.method != "POST":
            return Response(status_code=405, headers={"allow": "POST"})
        if not rate.grant():
            return Response(status_code=429, headers={"retry-after": "1"})
        try:
            async with asyncio.timeout(BODY_WITHIN):
                body = await _body(request)
            await run_in_threadpool(file.append, _pointer(body, own))
        except _Refused as refused:
            return Response(status_code=refused.status)
        except (TimeoutError, ClientDisconnect):
            return Response(status_code=408)
        except (Full, OSError):
            return Response(status_code=503, headers={"retry-after": "60"})
        return Response(status_code=200)

    return Starlette(routes=[Route("/{path:path}", answer, methods=list(METHODS))])


async def _body(request: Request) -> bytes:
    said = request.headers.get("content-length", "0")
    if len(said) > 9 or not said.isdecimal() or int(said) > LARGEST_BODY:
        raise _Refused(413)
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise _Refused(413)
    return body


def _pointer(body: bytes, own: Collection[str]) -> Pointer:
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise _Refused(400) from None
    pointer = Pointer.of(value)
    if pointer is None or (own and pointer.organization_id not in own):
        raise _Refused(422)
    return pointer
