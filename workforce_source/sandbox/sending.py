"""How an answer goes out: whole, slowly, cut short, or not at all.

Which of them is decided in `injection.py`.
"""

import asyncio
import socket
import struct
from typing import Any, cast

from starlette.types import Receive, Send

from workforce_source.sandbox.calls import Answer

_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, zero seconds: close with a reset
_PIECES = 8  # of a slow body


async def send_answer(
    answer: Answer, receive: Receive, send: Send, *, truncated: bool, seconds: float
) -> None:
    """Send an answer as it is: its headers are all that it has.

    Args:
        answer: The answer.
        receive: Of ASGI.
        send: Of ASGI.
        truncated: Whether its body ends before the declared length.
        seconds: How long its body takes, in pieces.
    """
    if answer.raw is not None:
        await cut(receive, send, last=answer.raw)
        return
    body = answer.body
    headers = answer.headers
    if answer.status != 204:
        headers = {
            **headers,
            "content-type": answer.media_type,
            "content-length": str(len(body)),
        }
    packed = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": packed})
    if truncated and body:
        half = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await cut(receive, send)
        return
    if seconds:
        step = max(1, len(body) // _PIECES)
        for start in range(0, len(body), step):
            await asyncio.sleep(seconds / _PIECES)  # before it: whoever has all of it goes
            piece = body[start : start + step]
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        body = b""
    await send({"type": "http.response.body", "body": body})


async def cut(receive: Receive, send: Send, *, reset: bool = False, last: bytes = b"") -> None:
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
