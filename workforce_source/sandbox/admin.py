"""The admin path `/_admin/...`: truth, churn, faults and counters of a sandbox in another process.

Served only where it was asked for. It calls what `Sandbox` offers and decides nothing itself.
"""

import itertools
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from workforce_source.sandbox.times import SettableClock, utc_now
from workforce_source.sandbox.truth import TABLES

if TYPE_CHECKING:
    from workforce_source.sandbox.server import Sandbox

_CHUNK = 2000  # rows sent at once
Endpoint = Callable[[Request], Awaitable[Response]]


def admin_app(sandbox: "Sandbox") -> Starlette:
    """Get the application that answers the admin path of a sandbox."""

    def told(method: str, path: str, do: Callable[..., Any]) -> Route:
        """Get a route whose JSON body is a function's arguments, and whose answer its result."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                result = do(**(orjson.loads(body) if body else {}))
            except (TypeError, ValueError) as error:
                return _json({"data": {"message": str(error)}}, 422)
            return _json(result)

        return Route(f"/_admin/{path}", endpoint, methods=[method])

    def settings() -> dict[str, str]:
        return sandbox.settings | {
            "token_url": sandbox.token_url,
            "read_only_token": sandbox.read_only_token,
            "client_id": sandbox.client_id,
            "client_secret": sandbox.client_secret,
        }

    def counts() -> dict[str, Any]:
        log = sandbox.requests
        return {
            "counts": log.counts(),
            "statuses": log.statuses(),
            "in_flight": log.in_flight,
            "max_in_flight": log.max_in_flight,
            "cpu_seconds": time.process_time(),
        }

    def clock(now: str | None) -> None:
        moment = datetime.fromisoformat(now) if now else None
        if moment and moment.tzinfo is None:
            raise ValueError("now needs a time zone")
        sandbox.clock = SettableClock(moment) if moment else utc_now

    async def requests(request: Request) -> Response:
        return _lines(asdict(entry) for entry in sandbox.requests)

    async def truth(request: Request) -> Response:
        table = request.path_params["table"]
        if table not in TABLES:
            return _json({"data": {"message": f"There is {', '.join(TABLES)}."}}, 404)
        return _lines(sandbox.truth_teller().rows(table))

    return Starlette(
        routes=[
            told("GET", "settings", settings),
            told("GET", "counts", counts),
            told("GET", "faults", lambda: asdict(sandbox.faults)),
            told("PATCH", "faults", sandbox.faults.set),
            told("POST", "fail_next", sandbox.fail_next),
            told("POST", "answer_employee", sandbox.answer_employee),
            told("POST", "churn", sandbox.churn),
            told("POST", "expire_api_token", sandbox.expire_api_token),
            told("POST", "expire_access_tokens", sandbox.expire_access_tokens),
            told("POST", "reset", sandbox.reset),
            told("PUT", "clock", clock),
            told("DELETE", "requests", sandbox.requests.clear),
            Route("/_admin/requests", requests),
            Route("/_admin/truth/{table}", truth),
        ]
    )


def _json(value: Any, status: int = 200) -> Response:
    packed = orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return Response(packed, status, media_type="application/json")


def _lines(rows: Iterable[Any]) -> Response:
    async def chunks() -> Any:
        remaining: Iterator[Any] = iter(rows)
        while chunk := list(itertools.islice(remaining, _CHUNK)):
            yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in chunk)

    return StreamingResponse(chunks(), media_type="application/x-ndjson")
