"""Who we are to the API: HTTP Basic with the token, or OAuth client credentials.

What may not be in here: what is asked for once the API knows us, and any secret in a message.
"""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlencode

import orjson

from workforce_source.client.connections import Connections, Watch
from workforce_source.client.patience import Failure, Patience
from workforce_source.client.sockets import Broken, Reply
from workforce_source.exceptions import AuthenticationError, ConfigError, UnexpectedResponse

# A token is renewed this share of its life early, at most a minute: requests are under way, and
# clocks differ.
EARLY_SHARE, EARLY_SECONDS = 0.1, 60.0
# Assumed where the token endpoint does not say (RFC 6749 leaves it out): refused tokens are
# renewed anyway.
UNSAID_LIFE = 3600.0


@dataclass(frozen=True, slots=True)
class Token:
    """An authorization token of the organization, for HTTP Basic.

    Attributes:
        api_token: The token.
    """

    api_token: str = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a token that opens nothing."""
        if not self.api_token:
            raise _not_set()


@dataclass(frozen=True, slots=True)
class Application:
    """An OAuth application that gets tokens with its client credentials.

    Attributes:
        client_id: Its id.
        client_secret: Its secret.
        token_url: Address that gives tokens.
    """

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str

    def __post_init__(self) -> None:
        """Refuse credentials of which a part is missing."""
        if not (self.client_id and self.client_secret and self.token_url):
            raise _not_set()


def _not_set() -> ConfigError:
    return ConfigError(
        "The credentials are not set. Put api_token, or client_id with client_secret and"
        " token_url, in .dlt/secrets.toml under [sources.workforce]."
    )


class Credentials(Protocol):
    """The Authorization header of the next request, and what to do when it is refused."""

    def header(self) -> str:
        """Get the header line, CR LF included."""
        ...

    def renew(self, refused: str) -> bool:
        """Take note that a header was refused; say whether a new one is worth a try."""
        ...


class Basic:
    """The authorization token as user name, with a blank password."""

    def __init__(self, api_token: str) -> None:
        """Encode the token once.

        Args:
            api_token: Authorization token of the organization.
        """
        encoded = base64.b64encode(f"{api_token}:".encode()).decode()
        self._header = f"Authorization: Basic {encoded}\r\n"

    def header(self) -> str:
        """Get the header line, CR LF included."""
        return self._header

    def renew(self, refused: str) -> bool:
        """Say no: the token is what the settings say."""
        return False


class OAuth:
    """A Bearer token from the client credentials grant, shared and renewed by all threads."""

    def __init__(
        self,
        *,
        client_id: str,
        client_secret: str,
        connections: Connections,
        patience: Callable[[str, Watch | None, float], Patience],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Keep what a token is asked with; nothing is sent yet.

        Args:
            client_id: OAuth application id.
            client_secret: OAuth application secret.
            connections: Connections to its origin.
            patience: Makes the retry rules for one answer.
            clock: Seconds that never go backwards.
        """
        form = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._form = urlencode(form).encode()
        self._connections = connections
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._header = ""
        self._good_until = 0.0

    def header(self) -> str:
        """Get the header line, CR LF included; asks for a token when there is no good one.

        Raises:
            AuthenticationError: The token endpoint does not accept the application.
        """
        header = self._header
        if header and self._clock() < self._good_until:
            return header
        # One thread asks, the others wait for its answer.
        with self._lock:
            if not self._header or self._clock() >= self._good_until:
                self._header, self._good_until = self._ask()
            return self._header

    def renew(self, refused: str) -> bool:
        """Forget the refused token, unless another thread has replaced it already."""
        with self._lock:
            if self._header == refused:
                self._header = ""
        return True

    def _ask(self) -> tuple[str, float]:
        patience = self._patience("token_url", None, self._clock())
        headers = (
            "Content-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(self._form)}\r\n"
        )
        while True:
            asked_at = self._clock()
            try:
                reply = self._connections.exchange(
                    self._connections.path, headers, method="POST", body=self._form
                )
            except Broken as broken:
                patience.after(Failure(broken.reason, connecting=broken.connecting))
                continue
            if reply.status == 429 or reply.status >= 500:
                patience.after(Failure(f"status {reply.status}", status=reply.status))
                continue
            token, life = _token(reply)
            early = min(life * EARLY_SHARE, EARLY_SECONDS)
            return f"Authorization: Bearer {token}\r\n", asked_at + life - early


def _token(reply: Reply) -> tuple[str, float]:
    """Get the token of an answer, and its life in seconds."""
    if reply.status in (400, 401, 403):
        raise AuthenticationError(
            f"token_url refused the OAuth application with {reply.status}. Check client_id and"
            " client_secret, and that the application has the scope workforce.",
            status=reply.status,
        )
    if reply.status != 200:
        raise ConfigError(
            f"token_url answered {reply.status} instead of a token. Check token_url; redirects"
            " are not followed, because the secret would go with them."
        )
    try:
        body = orjson.loads(reply.body)
    except ValueError:
        body = None
    token = body.get("access_token") if isinstance(body, dict) else None
    # It becomes a header line: nothing but visible characters may be in it.
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise UnexpectedResponse(
            "token_url answered without an access_token. Check token_url.",
            path="token_url",
            key="access_token",
        )
    life = body.get("expires_in")
    known = isinstance(life, int | float) and not isinstance(life, bool) and life > 0
    return token, float(life) if known else UNSAID_LIFE
