"""The admin path: what a sandbox offers in Python, by the same names, over HTTP.

`/_admin/NAME` gets an attribute of the sandbox or calls a method of it, with the arguments of a
JSON body or of the query. Served only where it was asked for; nothing is decided here.
"""

import itertools
import json
from collections.abc import AsyncIterator, Iterator
from operator import attrgetter
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from workforce_source.sandbox.control import CONTROLS, Controls
from workforce_source.sandbox.log import RequestLog
from workforce_source.sandbox.times import with_times

OFFERED = (*CONTROLS, "settings", "requests", "requests.clear", "faults", "faults.set")
"""The names below the path."""
_CHUNK = 2000  # rows sent at once


def admin_app(sandbox: Controls) -> Starlette:
    """Get the application that answers the admin path of a sandbox."""

    async def answer(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in OFFERED:
            return _refusal(404, f"There is {', '.join(OFFERED)}.")
        body = await request.body()
        try:
            arguments = json.loads(body, object_hook=with_times) if body else {}
            offered = attrgetter(name)(sandbox)
            if callable(offered):
                offered = offered(**request.query_params, **arguments)
        except (TypeError, ValueError) as error:
            return _refusal(422, str(error))
        if isinstance(offered, Iterator | RequestLog):
            return StreamingResponse(_lines(iter(offered)), media_type="application/x-ndjson")
        return Response(orjson.dumps(offered), media_type="application/json")

    return Starlette(routes=[Route("/_admin/{name}", answer, methods=["GET", "POST"])])


def _refusal(status: int, message: str) -> Response:
    return JSONResponse({"data": {"message": message}}, status)


async def _lines(rows: Iterator[Any]) -> AsyncIterator[bytes]:
    while chunk := list(itertools.islice(rows, _CHUNK)):
        yield b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in chunk)
