"""A client for a sandbox."""

from __future__ import annotations

from typing import Any

from workforce_source.client import Client
from workforce_source.sandbox import Sandbox


def connect(sandbox: Sandbox, **changes: Any) -> Client:
    """Get a client of the sandbox, with some settings of its own."""
    settings: dict[str, Any] = {**sandbox.settings, **changes}
    return Client(**settings)
