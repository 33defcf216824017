"""A receiver of webhooks in a process of its own, as people start it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import requests

SECRET = "a-secret-path-of-32-letters-or-more"


@dataclass
class Receiving:
    """One receiver.

    Attributes:
        process: Its process.
        url: Where it takes webhooks.
    """

    process: "subprocess.Popen[str]"
    url: str

    def post(self, body: Any = None, method: str = "POST", **how: Any) -> int:
        """Get the status a body is answered with."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(method, how.pop("url", self.url), json=body, timeout=20, **how)
        return answer.status_code


def command(file: Path, *flags: str) -> "subprocess.Popen[str]":
    """Start the command."""
    return subprocess.Popen(
        [sys.executable, "-m", "workforce_source.signals", str(file), "--port", "0", *flags],
        env={**os.environ, "WORKFORCE_SIGNALS_SECRET": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def receiving(file: Path, *flags: str) -> Iterator[Receiving]:
    """Take webhooks into a file."""
    process = command(file, *flags)
    with process:
        try:
            line = cast("IO[str]", process.stdout).readline()
            assert line.startswith("Taking webhooks on http"), line
            yield Receiving(process, line.split()[-1] + SECRET)
        finally:
            process.kill()


def pointer(number: int, **other: Any) -> dict[str, Any]:
    """A webhook's body."""
    return {
        "id": f"event-{number}",
        "organization_id": "0f1e",
        "event_type": "badge.created",
        "occurred_at": "2026-11-10T08:00:00.000Z",
    } | other
