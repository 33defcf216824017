"""HTTP for `requests` by libcurl: an adapter that moves one request and one whole answer at a time.

libcurl connects, sends, receives and waits without holding the interpreter. What a session decided
(proxy, certificates, timeouts) is told to it explicitly, so that it looks nowhere else.

What may not be in here: the API, credentials, retries, and messages for people.
"""

from __future__ import annotations

import errno
import io
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pycurl
import requests
import urllib3
from requests import exceptions as failures
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy

LARGEST_BODY: Final = 64 * 2**20
"""Bytes of a body: far above any documented one, which has 50 records."""
WHOLE_READ: Final = 5
"""Read timeouts that a whole answer may take: a body may drip, but not for ever."""

_OPTIONS: Final = (
    (pycurl.NOSIGNAL, 1),
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.FOLLOWLOCATION, 0),
    (pycurl.PATH_AS_IS, 1),  # a key of dots stays what it is, percent-encoded
    (pycurl.NETRC, pycurl.NETRC_IGNORED),
    (pycurl.NOPROXY, ""),
    (pycurl.HEADEROPT, pycurl.HEADER_SEPARATE),  # nothing of ours reaches a proxy
    (pycurl.BUFFERSIZE, 256 * 2**10),  # most answers come in one piece
    (pycurl.MAXFILESIZE_LARGE, LARGEST_BODY),
)
_TICK: Final = 0.2
"""Seconds between two looks whether a transfer is still wanted, and whether it is silent."""
# What ended a transfer, by the kind requests has for it, and what would have caused it there.
_KINDS: Final[dict[int, tuple[type[failures.RequestException], type[Exception]]]] = {
    pycurl.E_COULDNT_RESOLVE_HOST: (failures.ConnectionError, socket.gaierror),
    pycurl.E_COULDNT_RESOLVE_PROXY: (failures.ProxyError, socket.gaierror),
    pycurl.E_PEER_FAILED_VERIFICATION: (failures.SSLError, ssl.SSLCertVerificationError),
    pycurl.E_SSL_CONNECT_ERROR: (failures.SSLError, ssl.SSLError),
    pycurl.E_PARTIAL_FILE: (failures.ChunkedEncodingError, OSError),
    pycurl.E_FILESIZE_EXCEEDED: (failures.ContentDecodingError, OverflowError),
}


class Request(requests.PreparedRequest):
    """A request as it is sent, address and all, which can be ended while it is under way.

    Attributes:
        ended: Tells whether nobody waits for the answer any more.
    """

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        ended: Callable[[], bool] = bool,
    ) -> None:
        super().__init__()
        self.method, self.url, self.body = method, url, body
        self.headers = CaseInsensitiveDict(headers)
        self.ended = ended


class CurlAdapter(BaseAdapter):
    """Sends requests of any number of threads; each connection is kept for the next request."""

    def __init__(self) -> None:
        super().__init__()
        self._idle: deque[_Handle] = deque()
        self._closed = False

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Send one request and get the answer, its whole body received and not yet decoded.

        Args:
            request: What to send; a `Request` can be ended.
            stream: Without meaning: the body is there in any case.
            timeout: Seconds to wait for a connection, and for the next bytes of an answer.
            verify: Whether certificates are verified, or what against.
            cert: Client certificate, or that and its key.
            proxies: Proxies by scheme and host, as `requests` has them.

        Raises:
            RequestException: No answer came, or not a whole one.
        """
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        proxy = select_proxy(str(request.url), dict(proxies)) or "" if proxies else ""
        try:
            handle = self._idle.pop()
        except IndexError:
            handle = _Handle()
        try:
            return handle.perform(request, (proxy, verify, cert, connect, read))
        finally:
            self._idle.append(handle)
            if self._closed:  # meanwhile, and perhaps without having seen this one
                self.close()

    def close(self) -> None:
        """Give back what is idle; what is under way gives itself back when it ends."""
        self._closed = True
        while self._idle:
            self._idle.pop().close()


class _Handle:
    """One transfer at a time, and the connections it keeps.

    libcurl's own loop cannot be left while a connection does not come about, so the loop is here.
    """

    def __init__(self) -> None:
        self.curl = pycurl.Curl()
        self._multi = pycurl.CurlMulti()
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        self._settings: tuple[Any, ...] = ()
        for option, value in _OPTIONS:
            self.curl.setopt(option, value)
        self.curl.setopt(pycurl.HEADERFUNCTION, self._head.append)
        self.curl.setopt(pycurl.WRITEFUNCTION, self._body.append)

    def close(self) -> None:
        """Close the connections."""
        self._multi.close()
        self.curl.close()

    def _transfer(self, ended: Callable[[], bool]) -> None:
        """Send what is set and receive the answer.

        Raises:
            RequestException: There is none, or nobody waits for it any more.
        """
        multi, since, received = self._multi, time.monotonic(), 0
        multi.add_handle(self.curl)
        try:
            while multi.perform()[1]:
                asked_at = time.monotonic()
                ready = multi.select(_TICK) > 0
                if ended():
                    raise failures.ConnectionError("nobody waits for it any more")
                if ready:
                    continue
                now = time.monotonic()
                if now - asked_at < _TICK / 2:  # no socket yet, or one select() cannot take
                    time.sleep(_TICK / 20)
                known, received = received, len(self._head) + len(self._body)
                since = since if known == received else now
                if self._read is not None and now - since > self._read and self._connected():
                    raise failures.ReadTimeout("no bytes")
            for _, code, said in multi.info_read()[2]:
                raise self._failure(code, said)
        finally:
            multi.remove_handle(self.curl)

    def _connected(self) -> bool:
        return bool(self.curl.getinfo(pycurl.PRETRANSFER_TIME) > 0)

    def perform(
        self, request: requests.PreparedRequest, settings: tuple[Any, ...]
    ) -> requests.Response:
        curl = self.curl
        if settings != self._settings:
            self._set(*settings)
            self._settings = settings
        self._head.clear()
        self._body.clear()
        # Told not to expect anything, libcurl sends a body at once.
        lines = [f"{name}: {value!s}" for name, value in request.headers.items()]
        curl.setopt(pycurl.URL, str(request.url))
        curl.setopt(pycurl.HTTPHEADER, [*lines, "Expect:"])
        curl.setopt(pycurl.HTTPGET, 1)
        curl.setopt(pycurl.CUSTOMREQUEST, str(request.method))
        if request.body is not None:
            curl.setopt(pycurl.POSTFIELDS, request.body)
        # libcurl repeats what a kept connection lost: a POST gets one that nothing can be lost on.
        once = request.method not in ("GET", "HEAD", "PUT", "DELETE")
        curl.setopt(pycurl.FRESH_CONNECT, once)
        curl.setopt(pycurl.FORBID_REUSE, once)
        self._transfer(getattr(request, "ended", bool))
        response = requests.Response()
        response.status_code = curl.getinfo(pycurl.RESPONSE_CODE)
        response.headers = headers = _headers(self._head)
        response.url, response.request = str(request.url), request
        response.raw = body = io.BytesIO(b"".join(self._body))
        if "content-encoding" in headers:
            response.raw = urllib3.HTTPResponse(body, headers, preload_content=False)
        return response

    def _set(
        self, proxy: str, verify: bool | str, cert: Any, connect: float | None, read: float | None
    ) -> None:
        curl = self.curl
        bundle = DEFAULT_CA_BUNDLE_PATH if verify is True else verify
        if bundle:
            curl.setopt(pycurl.CAPATH if Path(bundle).is_dir() else pycurl.CAINFO, bundle)
        curl.setopt(pycurl.SSL_VERIFYPEER, bool(verify))
        curl.setopt(pycurl.SSL_VERIFYHOST, 2 if verify else 0)
        files = (cert,) if isinstance(cert, str) else cert or ()
        for option, file in zip((pycurl.SSLCERT, pycurl.SSLKEY), files, strict=False):
            curl.setopt(option, file)
        curl.setopt(pycurl.PROXY, proxy)
        self._read = read
        curl.setopt(pycurl.CONNECTTIMEOUT_MS, int((connect or 0) * 1000))
        whole = 0 if read is None else (connect or 0) + WHOLE_READ * read
        curl.setopt(pycurl.TIMEOUT_MS, int(whole * 1000))

    def _failure(self, code: int, said: str) -> failures.RequestException:
        connected = self._connected()
        kind, cause = _KINDS.get(code, (failures.ConnectionError, OSError))
        if code == pycurl.E_OPERATION_TIMEDOUT:
            kind = failures.ReadTimeout if connected else failures.ConnectTimeout
        elif self._settings[0] and kind is failures.ConnectionError and not connected:
            kind = failures.ProxyError
        failure = kind(said)
        number = self.curl.getinfo(pycurl.OS_ERRNO) or errno.EHOSTUNREACH
        failure.__cause__ = (
            OSError(number, said) if code == pycurl.E_COULDNT_CONNECT else cause(said)
        )
        return failure


def _headers(lines: list[bytes]) -> CaseInsensitiveDict[str]:
    """Get the headers of the last head: others came before it, and trailers may follow it."""
    starts = [number for number, line in enumerate(lines) if line.startswith(b"HTTP/")]
    headers: CaseInsensitiveDict[str] = CaseInsensitiveDict()
    for line in lines[starts[-1] + 1 if starts else 0 :]:
        name, colon, value = line.decode("latin-1").partition(":")
        if not line.strip():
            break
        if colon and name not in headers:  # of those that stand twice, the first
            headers[name] = value.strip()
    return headers
