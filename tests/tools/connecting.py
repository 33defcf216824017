"""A client for a sandbox."""

from __future__ import annotations

from typing import Any

import requests

from workforce_source.client import Address, Application, Client, Limits, Token
from workforce_source.clock import SYSTEM_CLOCK, Clock
from workforce_source.sandbox import Sandbox


def connect(
    sandbox: Sandbox,
    credentials: Token | Application | None = None,
    *,
    base_url: str | None = None,
    organization_id: str | None = None,
    clock: Clock = SYSTEM_CLOCK,
    session: requests.Session | None = None,
    **limits: Any,
) -> Client:
    """Get a client of the sandbox, with some values of its own."""
    return Client(
        Address(
            sandbox.base_url if base_url is None else base_url,
            sandbox.organization_id if organization_id is None else organization_id,
        ),
        credentials or Token(sandbox.api_token),
        Limits(**limits),
        clock,
        session,
    )
