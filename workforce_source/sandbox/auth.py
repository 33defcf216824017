"""Who may ask: Basic with the token as the user name, or Bearer with an OAuth access token.

Tokens open nothing but this sandbox. No request handling beyond the header and the token request.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from datetime import datetime, timedelta
from random import Random
from urllib.parse import parse_qsl

import orjson

from workforce_source.sandbox.calls import Answer, Call, Refusal
from workforce_source.sandbox.model import random_uuid
from workforce_source.sandbox.options import Options
from workforce_source.sandbox.times import Clock

_CHALLENGE = {"www-authenticate": 'Basic realm="workforce", Bearer'}


class Credentials:
    """An organization's id and what opens it; the same seed gives the same ones.

    Args:
        seed: Where they come from.
    """

    def __init__(self, seed: int) -> None:
        rng = Random(f"credentials:{seed}")
        self.organization_id = random_uuid(rng)
        """The only organization there is."""
        self.api_token = f"sandbox-{rng.getrandbits(160):040x}"
        """Reads and writes."""
        self.read_only_token = f"sandbox-ro-{rng.getrandbits(160):040x}"
        """Reads only; a write is answered 403."""
        self.client_id = f"client-{rng.getrandbits(80):020x}"
        """For OAuth client credentials."""
        self.client_secret = f"secret-{rng.getrandbits(160):040x}"
        """For OAuth client credentials."""


class Authenticator(Credentials):
    """Knows who may ask.

    Args:
        seed: Where the credentials come from.
        options: How long tokens live.
        clock: The present instant.
    """

    def __init__(self, seed: int, options: Options, clock: Clock) -> None:
        super().__init__(seed)
        self._rng = Random(f"access tokens:{seed}")
        self._options = options
        self._clock = clock
        self._api_token_ends = clock() + timedelta(seconds=options.api_token_lifetime)
        self._access_tokens: dict[str, datetime] = {}

    def expire_api_token(self) -> None:
        """Let the API token (and the read-only one) be expired from now on."""
        self._api_token_ends = self._clock()

    def rotate_api_token(self) -> str:
        """Get another API token; the one before is not known from now on."""
        self.api_token = f"sandbox-{self._rng.getrandbits(160):040x}"
        self._api_token_ends = self._clock() + timedelta(seconds=self._options.api_token_lifetime)
        return self.api_token

    def expire_access_tokens(self) -> None:
        """Let every OAuth access token granted so far be expired."""
        self._access_tokens.clear()

    def admit(self, authorization: str, *, writes: bool) -> None:
        """Let a request pass.

        Raises:
            Refusal: 401 without good credentials, 403 for a write with a read-only token.
        """
        scheme, _, secret = authorization.partition(" ")
        match scheme.lower():
            case "basic":
                token = self._basic(secret.strip())
            case "bearer":
                token = self._bearer(secret.strip())
            case _:
                raise Refusal(401, "Credentials are required.", _CHALLENGE)
        if writes and token == self.read_only_token:
            raise Refusal(403, "This token has no write permission.")

    def _basic(self, secret: str) -> str:
        try:
            user, separator, password = b64decode(secret, validate=True).decode().partition(":")
        except (NotBase64, UnicodeDecodeError):
            raise Refusal(401, "Credentials cannot be read.", _CHALLENGE) from None
        if not separator or password or user not in (self.api_token, self.read_only_token):
            raise Refusal(401, "The token is not known.", _CHALLENGE)
        if self._clock() >= self._api_token_ends:
            raise Refusal(401, "The token has expired.", _CHALLENGE)
        return user

    def _bearer(self, token: str) -> str:
        ends = self._access_tokens.get(token)
        if ends is None or self._clock() >= ends:
            raise Refusal(401, "The access token is not known or has expired.", _CHALLENGE)
        return token

    def grant(self, call: Call) -> Answer:
        """Answer a request for an access token (client credentials), as a form or as JSON."""
        if call.media_type == "application/json":
            try:
                fields = orjson.loads(call.body)
            except orjson.JSONDecodeError:
                return _oauth_error(400, "invalid_request")
        else:
            fields = dict(parse_qsl(call.body.decode("utf-8", "replace")))
        if not isinstance(fields, dict):
            return _oauth_error(400, "invalid_request")
        if fields.get("grant_type") != "client_credentials":
            return _oauth_error(400, "unsupported_grant_type")
        given = (fields.get("client_id"), fields.get("client_secret"))
        if given != (self.client_id, self.client_secret):
            return _oauth_error(401, "invalid_client")
        token = f"access-{self._rng.getrandbits(160):040x}"
        self._access_tokens[token] = self._clock() + timedelta(seconds=self._options.token_lifetime)
        answer = {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": int(self._options.token_lifetime),
            "scope": "workforce",
        }
        return Answer(200, orjson.dumps(answer), {"cache-control": "no-store"})


def _oauth_error(status: int, error: str) -> Answer:
    return Answer(status, orjson.dumps({"error": error}), {"cache-control": "no-store"})
