"""Who we are to the API: HTTP Basic with the token, or OAuth client credentials.

What may not be in here: what is asked for once the API knows us, and any secret in a message.
"""

import base64
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import orjson

from workforce_source.client.configuration import Complete
from workforce_source.client.origin import Failure, Origin, Reply
from workforce_source.client.retrying import Retries
from workforce_source.exceptions import AuthenticationError, ConfigError, UnexpectedResponse

# A token is renewed this share of its life early, at most a minute: requests are under way, and
# clocks differ.
EARLY_SHARE, EARLY_SECONDS = 0.1, 60.0
# Assumed where the token endpoint does not say (RFC 6749 leaves it out): refused tokens are
# renewed anyway.
UNSAID_LIFE = 3600.0


@dataclass(frozen=True)
class Token(Complete):
    """An authorization token of the organization, for HTTP Basic.

    Attributes:
        api_token: The token.
    """

    api_token: str = field(repr=False)

    def header(self, refused: str = "") -> str:
        """Get the Authorization header's value: the token as user name, with a blank password."""
        return f"Basic {base64.b64encode(f'{self.api_token}:'.encode()).decode()}"


@dataclass
class RotatingToken:
    """A token that may be replaced while it is used: what keeps it is read once more, if refused.

    Attributes:
        token: The token as it was read.
        read_anew: Gets what stands there now; None where that is not known.
    """

    token: Token
    read_anew: Callable[[], str | None] = field(repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _was_read: bool = False

    def header(self, refused: str = "") -> str:
        """Get the Authorization header's value; that of another token where there is one.

        Args:
            refused: A value the API did not accept.
        """
        with self._lock:
            if self.token.header() == refused and not self._was_read:
                self._was_read = True
                if found := self.read_anew():
                    self.token = Token(found)
            return self.token.header()


@dataclass(frozen=True)
class Application(Complete):
    """An OAuth application that gets tokens with its client credentials.

    Attributes:
        client_id: Its id.
        client_secret: Its secret.
        token_url: Address that gives tokens.
    """

    client_id: str
    client_secret: str = field(repr=False)
    token_url: str


@dataclass
class OAuth:
    """A Bearer token from the client credentials grant, shared and renewed by all threads.

    Attributes:
        application: What a token is asked with.
        origin: Who gives it.
    """

    application: Application
    origin: Origin
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _header: str = field(default="", repr=False)
    _good_until: float = 0.0

    def header(self, refused: str = "") -> str:
        """Get the Authorization header's value; asks for a token when there is no good one.

        Args:
            refused: A value the API did not accept, unless another thread has replaced it already.

        Raises:
            AuthenticationError: The token endpoint does not accept the application.
        """
        # One thread asks, the others wait for its answer.
        with self._lock:
            if self._header == refused or self.origin.clock.monotonic() >= self._good_until:
                self._header, self._good_until = self._ask()
            return self._header

    def _ask(self) -> tuple[str, float]:
        """Get a header's value, and the time until which it is good."""
        body = urlencode(
            {
                "grant_type": "client_credentials",
                "client_id": self.application.client_id,
                "client_secret": self.application.client_secret,
            }
        ).encode()
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Content-Length": str(len(body)),
        }
        origin, retries = self.origin, Retries(self.origin, "token_url")
        while True:
            asked_at = origin.clock.monotonic()
            try:
                token, life = _token(
                    origin.exchange(
                        origin.url, headers, method="POST", body=body, check=origin.throttle.check
                    )
                )
                return f"Bearer {token}", asked_at + life - min(life * EARLY_SHARE, EARLY_SECONDS)
            except Failure as failure:
                retries.after(failure, asked_at)


def _token(reply: Reply) -> tuple[str, float]:
    """Get the token of an answer, and its life in seconds."""
    if reply.status == 429 or reply.status >= 500:
        raise Failure(f"status {reply.status}", reply.status)
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
    body: Any = None
    with suppress(ValueError):
        body = orjson.loads(reply.body)
    token = body.get("access_token") if isinstance(body, dict) else None
    # It becomes a header line: nothing but visible characters may be in it.
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise UnexpectedResponse(
            "token_url answered without an access_token. Check token_url.",
            path="token_url",
            key="access_token",
        )
    life = body.get("expires_in")
    return token, life if type(life) in (int, float) and life > 0 else UNSAID_LIFE
