"""One origin: how it is reached, and one exchange with it at a time, whoever's session sends it.

`requests` decides on proxies and certificates as it would for any program, once.

What may not be in here: credentials, retries, and what a status means.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3
from requests import exceptions as failures

from workforce_source.client.transport import LARGEST_BODY, CurlAdapter, Request
from workforce_source.exceptions import ConfigError
from workforce_source.throttle import Cancel

HEADERS = {
    "User-Agent": "workforce-source",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",
}
REDIRECT = "x-redirect"
"""The header of a `Reply` that says where a redirect leads."""
_UNREACHABLE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL)


class Reply(NamedTuple):
    """One answer as it came: status, headers, and the whole body, decompressed."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Broken(Exception):
    """An exchange that ended without an answer; never leaves the client."""

    def __init__(self, reason: str, *, connecting: bool = False) -> None:
        """Keep what happened.

        Args:
            reason: What happened, for a message.
            connecting: No connection came about: the origin was not reached at all.
        """
        super().__init__(reason)
        self.reason = reason
        self.connecting = connecting


def curl_session() -> requests.Session:
    """Get a session that sends by libcurl."""
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, CurlAdapter())
    return session


class Origin:
    """One origin, as a session reaches it; safe to use, and to close, from any thread."""

    def __init__(
        self,
        url: str,
        *,
        setting: str,
        session: requests.Session,
        timeout: tuple[float, float],
    ) -> None:
        """Resolve how the origin is reached; nothing is sent yet.

        Args:
            url: An address of the origin.
            setting: Name of the setting the address comes from, for messages.
            session: Sends the requests; its proxies, certificates and headers count.
            timeout: Seconds to wait for a connection, and for the next bytes of an answer.

        Raises:
            ConfigError: The address, a proxy or a certificate bundle cannot be used.
        """
        self.url = _usable(url, setting)
        self.host = urlsplit(self.url).netloc
        self._session = session
        self._timeout = timeout
        self._reached_by = _reached_by(self.url, session)
        self._closed = threading.Event()

    def exchange(
        self,
        url: str,
        headers: Mapping[str, str],
        *,
        method: str = "GET",
        body: bytes | None = None,
        cancel: Cancel | None = None,
    ) -> Reply:
        """Send one request and get the answer.

        Args:
            url: The address, percent-encoded.
            headers: Headers beside those of every request.
            method: HTTP method.
            body: Body of the request.
            cancel: Ends the exchange when it is cancelled.

        Raises:
            Broken: No answer came, or not a whole one.
            ConfigError: The certificate of the origin is not trusted.
        """

        def ended() -> bool:
            return self._closed.is_set() or (cancel is not None and cancel.cancelled)

        if ended():
            raise Broken("the client is closed")
        request = Request(method, url, HEADERS | dict(headers), body, ended)
        request.register_hook("response", _keep_redirect)
        try:
            with self._session.send(
                request,
                stream=True,
                timeout=self._timeout,
                allow_redirects=False,
                **self._reached_by,
            ) as response:
                return Reply(response.status_code, response.headers, _whole(response.raw))
        except (failures.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            causes = list(_causes(error))
            if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
                raise ConfigError(
                    f"The certificate of {self.host} is not trusted. If your network inspects TLS,"
                    " set REQUESTS_CA_BUNDLE to its certificate bundle."
                ) from None
            raise _broken(causes) from None

    def close(self) -> None:
        """End what is under way, within a second where libcurl sends, and send nothing more."""
        self._closed.set()
        self._session.close()


def _keep_redirect(response: requests.Response, **_: object) -> None:
    """Hide where a redirect leads from the session, which would prepare to follow it."""
    if "location" in response.headers:
        response.headers[REDIRECT] = response.headers.pop("location")


def _usable(url: str, setting: str) -> str:
    """Get an address percent-encoded, if it is one a client can use."""
    try:
        prepared = str(requests.Request("GET", url).prepare().url)
        parts = urlsplit(prepared)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        usable = usable and parts.port != 0 and not parts.query
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            f"{setting} is not a usable address. It starts with https:// and a host name, and"
            " holds no user name and no query."
        )
    return prepared


def _reached_by(url: str, session: requests.Session) -> dict[str, Any]:
    """Get the proxies and certificates a session takes for an address; look whether they are."""
    try:
        found = dict(session.merge_environment_settings(url, {}, None, None, None))
        found.pop("stream")
        if found["verify"] is True and session.trust_env:
            named = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR")
            found["verify"] = named or True
        if isinstance(found["verify"], str):
            Path(found["verify"]).stat()
        proxy = requests.utils.select_proxy(url, found["proxies"])
        if proxy and not urllib3.util.parse_url(proxy).host:
            raise failures.InvalidProxyURL
    except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
        # A proxy address may hold a password: only the kind of the error is told.
        origin = "://".join(urlsplit(url)[:2])
        raise ConfigError(
            f"{origin} cannot be reached as the environment asks ({type(error).__name__}). Check"
            " REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, HTTPS_PROXY and HTTP_PROXY."
        ) from None
    return found


def _whole(raw: Any) -> bytes:
    """Get a body decompressed, unless it is larger than any documented one."""
    read = partial(raw.read, decode_content=True) if hasattr(raw, "stream") else raw.read
    parts, size = [], 0
    while part := read(LARGEST_BODY - size + 1):
        parts.append(part)
        size += len(part)
        if size > LARGEST_BODY:
            raise failures.ContentDecodingError from OverflowError()
    return b"".join(parts)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Get an error and what it came from, wherever a library keeps it."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        inner = getattr(cause, "reason", None) or next(iter(cause.args), None)
        after = cause.__cause__ or cause.__context__
        cause = inner if isinstance(inner, BaseException) else after


def _broken(causes: list[BaseException]) -> Broken:
    def any_is(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if any_is(socket.gaierror, UnicodeError, urllib3.exceptions.NameResolutionError):
        return Broken("the host name is not known", connecting=True)
    if any_is(ConnectionRefusedError):
        return Broken("the connection was refused", connecting=True)
    if any_is(failures.ConnectTimeout):
        return Broken("no connection within the connect timeout", connecting=True)
    if any_is(failures.SSLError):
        return Broken("TLS could not be agreed on", connecting=True)
    unreachable = any(getattr(cause, "errno", None) in _UNREACHABLE for cause in causes)
    if unreachable or any_is(failures.ProxyError, urllib3.exceptions.NewConnectionError):
        return Broken("the host, or the proxy to it, is not reachable", connecting=True)
    if any_is(failures.ReadTimeout, urllib3.exceptions.ReadTimeoutError):
        return Broken("no answer within the read timeout")
    if any_is(OverflowError):
        return Broken("the body is larger than any documented one")
    if any_is(failures.ContentDecodingError, urllib3.exceptions.DecodeError):
        return Broken("the body is not what its encoding says")
    if any_is(failures.ChunkedEncodingError, urllib3.exceptions.IncompleteRead):
        return Broken("the body was cut off")
    return Broken("the connection was lost")
