"""How many `/data` requests the sandbox answers per second of its own processor time.

`python -m workforce_source.sandbox.measure` serves from a process of its own, asks from this one,
and divides: what the client costs is not in the figure, what the kernel does for the server is.
Every body is asked for once, so that a cache of bodies would not help. Measuring only.
"""

import argparse
import asyncio
import time
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

from workforce_source.sandbox.process import SandboxProcess, sandbox_process


def main() -> None:
    """Measure and print one line."""
    parsing = argparse.ArgumentParser(description="Requests per second of server processor time.")
    parsing.add_argument("--employees", type=int, default=5000, help="people to invent (5000)")
    parsing.add_argument("--connections", type=int, default=8, help="requests at once (8)")
    given = parsing.parse_args()
    with sandbox_process(given.employees) as sandbox:
        paths = [
            f"/v1/organizations/{sandbox.organization_id}/employees/{quote(key, safe='')}/data"
            for key in _keys(sandbox)
        ]
        before, began = sandbox.cpu_seconds, time.monotonic()
        size = asyncio.run(_ask_all(sandbox, paths, given.connections))
        wall, cpu = time.monotonic() - began, sandbox.cpu_seconds - before
    print(  # noqa: T201 # a command that talks to people
        f"{len(paths)} requests of {size / len(paths):.0f} bytes in {wall:.2f} s: "
        f"{cpu:.2f} s of server processor time, {1e6 * cpu / len(paths):.0f} us a request, "
        f"{len(paths) / cpu:.0f} requests per processor second"
    )


def _keys(sandbox: SandboxProcess) -> Iterator[str]:
    for row in sandbox.truth_rows("employees"):
        if row["employee_state"] == "accepted":
            yield row["email"]


async def _ask_all(sandbox: SandboxProcess, paths: list[str], connections: int) -> int:
    place = urlsplit(sandbox.base_url)
    credentials = b64encode(f"{sandbox.api_token}:".encode()).decode()
    todo = iter(paths)

    async def ask() -> int:
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        size = 0
        for path in todo:
            head = f"GET {path} HTTP/1.1\r\nHost: {place.netloc}\r\n"
            writer.write(f"{head}Authorization: Basic {credentials}\r\n\r\n".encode())
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(answer.decode().splitlines()[0])
            length = int(answer.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            size += len(await reader.readexactly(length))
        writer.close()
        await writer.wait_closed()
        return size

    return sum(await asyncio.gather(*(ask() for _ in range(connections))))


if __name__ == "__main__":
    main()
