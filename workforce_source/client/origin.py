"""One origin: how it is reached, and one exchange with it at a time, whoever's session sends it.

`requests` decides on proxies and certificates as it would for any program, once.

What may not be in here: credentials, retries, and what a status means.
"""

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from os import getenv
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3
from requests import exceptions as failures

from workforce_source.client.configuration import Limits
from workforce_source.clock import Clock
from workforce_source.exceptions import ConfigError
from workforce_source.hosts import is_this_machine
from workforce_source.throttle import Throttle

# Bytes of a body: far above any documented one, which has 50 records.
LARGEST_BODY: Final = 64 * 2**20
HEADERS: Final = {
    "User-Agent": "workforce-source",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}
# What a library may have run into, what to say of it, and whether no connection came about: the
# first row that fits.
_REASONS: Final[tuple[tuple[tuple[type[BaseException], ...], str, bool], ...]] = (
    (
        (socket.gaierror, UnicodeError, urllib3.exceptions.NameResolutionError),
        "the host name is not known",
        True,
    ),
    ((failures.ConnectTimeout,), "no connection within the connect timeout", True),
    ((failures.SSLError,), "TLS could not be agreed on", True),
    (
        (ConnectionRefusedError, failures.ProxyError, urllib3.exceptions.NewConnectionError),
        "the connection was refused, or the host or the proxy to it is not reachable",
        True,
    ),
    (
        (failures.ReadTimeout, urllib3.exceptions.ReadTimeoutError),
        "no answer within the read timeout",
        False,
    ),
    ((OverflowError,), "the body is larger than any documented one", False),
    ((failures.ContentDecodingError,), "the body is not what its encoding says", False),
    ((failures.ChunkedEncodingError,), "the body was cut off", False),
    ((BaseException,), "the connection was lost", False),
)


class Reply(NamedTuple):
    """One answer as it came: status, headers, and the whole body, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(eq=False)
class Failure(Exception):
    """An attempt that may be repeated; never leaves the client.

    Attributes:
        reason: What happened, without anything of the request or the body.
        status: HTTP status, where there was an answer.
        retry_after: Seconds the answer asked to wait.
        connecting: No connection came about: the origin was not reached at all.
        malformed: The body came whole, and is neither JSON nor a page for people.
    """

    reason: str
    status: int | None = None
    retry_after: float | None = None
    connecting: bool = False
    malformed: bool = False

    @property
    def without_effect(self) -> bool:
        """Whether what was asked for was certainly not done."""
        return self.connecting or self.status == 429


class Request(requests.PreparedRequest):
    """A request as it is sent, address and all, which can be ended while it is under way.

    Attributes:
        check: Raises when nobody waits for the answer any more.
    """

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        check: Callable[[], object],
    ) -> None:
        super().__init__()
        self.method, self.url, self.body, self.check = method, url, body, check
        self.headers = requests.structures.CaseInsensitiveDict(headers)


class Origin:
    """One origin, as a session reaches it; safe to use from any thread.

    Attributes:
        host: Its host, for messages.
        throttle: Where to wait; it knows since when nobody gets an answer.
        clock: Tells the time.
        limits: How long an answer is waited for.
        answered: Whether it has ever answered in JSON.
        say_from: When people may next be told that it does not answer.
    """

    def __init__(
        self,
        url: str,
        *,
        setting: str,
        session: requests.Session,
        limits: Limits,
        throttle: Throttle,
        clock: Clock,
    ) -> None:
        """Resolve how the origin is reached; nothing is sent yet.

        Args:
            url: An address of the origin.
            setting: Name of the setting the address comes from, for messages.
            session: Its adapters, proxies and certificates count.
            limits: How long an answer is waited for.
            throttle: Where to wait.
            clock: Tells the time.

        Raises:
            ConfigError: The address, a proxy or a certificate bundle cannot be used.
        """
        self.url = _usable(url, setting)
        self.host = urlsplit(self.url).netloc
        self.limits, self.throttle, self.clock = limits, throttle, clock
        self.answered, self.say_from = False, 0.0
        # Not `Session.send`, which looks where a redirect leads even when told not to follow it.
        self._send: Callable[[Request], requests.Response] = partial(
            session.get_adapter(self.url).send,
            timeout=(limits.connect_timeout, limits.read_timeout),
            **_reached_by(self.url, session),
        )

    def exchange(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        method: str = "GET",
        body: bytes | None = None,
        check: Callable[[], object] = bool,
    ) -> Reply:
        """Send one request and get the answer.

        Args:
            url: The address, percent-encoded.
            headers: Headers beside those of every request.
            method: HTTP method.
            body: Body of the request.
            check: Raises when nobody waits for the answer any more, which ends the exchange within
                a second where libcurl sends.

        Raises:
            Failure: No answer came, or not a whole one.
            ConfigError: The certificate of the origin is not trusted.
        """
        check()
        try:
            with self._send(Request(method, url, {**HEADERS, **headers}, body, check)) as response:
                return Reply(response.status_code, response.headers, _whole(response))
        except (failures.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            # their kinds only: an error that is kept would keep the whole body with it
            causes = [type(cause) for cause in _causes(error)]
        if any(issubclass(cause, ssl.SSLCertVerificationError) for cause in causes):
            raise ConfigError(
                f"The certificate of {self.host} is not trusted. If your network inspects TLS,"
                " set REQUESTS_CA_BUNDLE to its certificate bundle."
            )
        raise next(
            Failure(reason, connecting=connecting)
            for kinds, reason, connecting in _REASONS
            if any(issubclass(cause, kinds) for cause in causes)
        )


def _usable(url: str, setting: str) -> str:
    """Get an address percent-encoded, if it is one a client can use."""
    with suppress(ValueError):
        prepared = str(requests.Request("GET", url).prepare().url)
        parts = urlsplit(prepared)
        reachable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        if reachable and not parts.username and not parts.query:
            return prepared
    raise ConfigError(
        f"{setting} is not a usable address. It starts with https:// and a host name, and"
        " holds no user name and no query."
    )


def _reached_by(url: str, session: requests.Session) -> dict[str, Any]:
    """Get the proxies and certificates a session takes for an address; look whether they are."""
    try:
        found = dict(session.merge_environment_settings(url, {}, True, None, None))
        if found["verify"] is True and session.trust_env:
            found["verify"] = getenv("SSL_CERT_FILE") or getenv("SSL_CERT_DIR") or True
        if url.startswith("https:") and isinstance(bundle := found["verify"], str):
            ssl.create_default_context(
                cafile=None if Path(bundle).is_dir() else bundle, capath=bundle
            )
        if is_this_machine(urlsplit(url).hostname or "") and not session.proxies:
            found["proxies"] = {}  # what a proxy calls 127.0.0.1 is another machine
        proxy = requests.utils.select_proxy(url, found["proxies"])
        if proxy and not urllib3.util.parse_url(proxy).host:
            raise failures.InvalidProxyURL
    except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
        # A proxy address may hold a password: only the kind of the error is told.
        raise ConfigError(
            f"{urlsplit(url).netloc} cannot be reached as the environment asks"
            f" ({type(error).__name__}). Check"
            " REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, HTTPS_PROXY and HTTP_PROXY."
        ) from None
    return found


def _whole(response: requests.Response) -> bytes:
    """Get a body decompressed, unless it is larger than any documented one."""
    body = bytearray()
    for part in response.iter_content(2**20):
        body += part
        if len(body) > LARGEST_BODY:
            raise failures.ContentDecodingError from OverflowError()
    return bytes(body)


def _causes(error: BaseException) -> list[BaseException]:
    """Get an error and all it came from."""
    found = [error]
    for each in found:
        nearer = (each.__cause__, each.__context__)
        found += [cause for cause in nearer if cause is not None and cause not in found]
    return found
