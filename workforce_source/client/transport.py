"""HTTP for `requests` by libcurl: an adapter that moves one request and one whole answer at a time.

libcurl connects, sends, receives and waits without holding the interpreter. What a session decided
(proxy, certificates, timeouts) is told to it explicitly, so that it looks nowhere else.

What may not be in here: the API, credentials, retries, and messages for people.
"""

import io
import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

import pycurl
import requests
import urllib3
from requests import exceptions as failures

from workforce_source.client.origin import LARGEST_BODY

# Read timeouts that a whole answer may take: a body may drip, but not for ever.
WHOLE_READ: Final = 5

_OPTIONS: Final = (
    (pycurl.NOSIGNAL, 1),
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.FOLLOWLOCATION, 0),
    (pycurl.PATH_AS_IS, 1),  # a key of dots stays what it is, percent-encoded
    (pycurl.NETRC, pycurl.NETRC_IGNORED),
    (pycurl.NOPROXY, ""),
    (pycurl.HEADEROPT, pycurl.HEADER_SEPARATE),  # nothing of ours reaches a proxy
    (pycurl.BUFFERSIZE, 64 * 2**10),  # most answers come in one piece
    (pycurl.MAXFILESIZE_LARGE, LARGEST_BODY),
)
# Seconds between two looks whether a transfer is still wanted, and whether it is silent.
_TICK: Final = 0.2
# What ended a transfer, by the kind requests has for it, and what would have caused it there.
_KINDS: Final[dict[int, tuple[type[failures.RequestException], type[Exception]]]] = {
    pycurl.E_COULDNT_RESOLVE_HOST: (failures.ConnectionError, socket.gaierror),
    pycurl.E_COULDNT_RESOLVE_PROXY: (failures.ProxyError, socket.gaierror),
    pycurl.E_COULDNT_CONNECT: (failures.ConnectionError, ConnectionRefusedError),
    pycurl.E_PEER_FAILED_VERIFICATION: (failures.SSLError, ssl.SSLCertVerificationError),
    pycurl.E_SSL_CONNECT_ERROR: (failures.SSLError, ssl.SSLError),
    pycurl.E_PARTIAL_FILE: (failures.ChunkedEncodingError, OSError),
    pycurl.E_FILESIZE_EXCEEDED: (failures.ContentDecodingError, OverflowError),
}
# The same of a timeout, and of whatever else there is: before a connection, and on one.
_LATE: Final = (failures.ConnectTimeout, failures.ReadTimeout)
_LOST: Final = (failures.ProxyError, failures.ConnectionError)


class _Handle:
    """One transfer at a time, and the connections it keeps.

    libcurl's own loop cannot be left while a connection does not come about, so the loop is here.
    """

    def __init__(
        self,
        proxy: str,
        verify: bool | str,
        cert: Any,
        connect: float | None,
        read: float | None,
    ) -> None:
        self._multi, self._curl = pycurl.CurlMulti(), pycurl.Curl()
        self._read = read
        self._head: list[bytes] = []
        self._body: list[bytes] = []
        bundle = verify if isinstance(verify, str) else requests.utils.DEFAULT_CA_BUNDLE_PATH
        whole = 0 if read is None else (connect or 0) + WHOLE_READ * read
        certificates = (cert,) if isinstance(cert, str) else cert or ()
        for option, value in (
            *_OPTIONS,
            (pycurl.HEADERFUNCTION, self._head.append),
            (pycurl.WRITEFUNCTION, self._body.append),
            (pycurl.PROXY, proxy),
            (pycurl.CONNECTTIMEOUT_MS, int((connect or 0) * 1000)),
            (pycurl.TIMEOUT_MS, int(whole * 1000)),
            (pycurl.CAPATH if Path(bundle).is_dir() else pycurl.CAINFO, bundle),
            (pycurl.SSL_VERIFYPEER, bool(verify)),
            (pycurl.SSL_VERIFYHOST, 2 if verify else 0),
            *zip((pycurl.SSLCERT, pycurl.SSLKEY), certificates, strict=False),
        ):
            self._curl.setopt(option, value)

    def perform(self, request: requests.PreparedRequest) -> requests.Response:
        """Send a request and receive the answer.

        Raises:
            RequestException: There is none.
        """
        curl = self._curl
        self._head.clear()
        self._body.clear()
        # Told not to expect anything, libcurl sends a body at once.
        curl.setopt(
            pycurl.HTTPHEADER,
            ["Expect:", *(f"{name}: {value!s}" for name, value in request.headers.items())],
        )
        curl.setopt(pycurl.URL, str(request.url))
        curl.setopt(pycurl.CUSTOMREQUEST, str(request.method))
        if request.body is not None:
            curl.setopt(pycurl.POSTFIELDS, request.body)
        self._transfer(getattr(request, "check", bool))
        response = requests.Response()
        response.status_code = curl.getinfo(pycurl.RESPONSE_CODE)
        response.headers = headers = _headers(self._head)
        response.url, response.request = str(request.url), request
        response.raw = io.BytesIO(b"".join(self._body))
        if "content-encoding" in headers:
            response.raw = urllib3.HTTPResponse(response.raw, headers, preload_content=False)
        return response

    def _transfer(self, check: Callable[[], object]) -> None:
        multi, curl, heard = self._multi, self._curl, time.monotonic()
        multi.add_handle(curl)
        try:
            while multi.perform()[1]:
                if multi.select(_TICK) > 0:
                    heard = time.monotonic()
                elif (
                    self._read
                    and time.monotonic() - heard > self._read
                    and curl.getinfo(pycurl.PRETRANSFER_TIME)
                ):
                    raise failures.ReadTimeout("no bytes")
                else:  # select() is back at once where there is no socket yet, or one too many
                    time.sleep(_TICK / 20)
                check()
            for _, code, said in multi.info_read()[2]:
                other = _LATE if code == pycurl.E_OPERATION_TIMEDOUT else _LOST
                kind, cause = _KINDS.get(
                    code, (other[curl.getinfo(pycurl.PRETRANSFER_TIME) > 0], OSError)
                )
                raise kind(said) from cause(said)
        finally:
            multi.remove_handle(curl)


class CurlAdapter(requests.adapters.BaseAdapter):
    """Sends requests of any number of threads; each connection is kept for the next request."""

    def __init__(self) -> None:
        super().__init__()
        self._idle: dict[object, deque[_Handle]] = {}  # by their settings

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
            request: What to send; one with a `check` that raises can be ended.
            stream: Without meaning: the body is there in any case.
            timeout: Seconds to wait for a connection, and for the next bytes of an answer.
            verify: Whether certificates are verified, or what against.
            cert: Client certificate, or that and its key.
            proxies: Proxies by scheme and host, as `requests` has them.

        Raises:
            RequestException: No answer came, or not a whole one.
        """
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        proxy = requests.utils.select_proxy(str(request.url), dict(proxies)) if proxies else None
        settings = (proxy or "", verify, cert, connect, read)
        # libcurl repeats what a kept connection lost: a write gets one that nothing can be lost on,
        # and whose body goes with no other request.
        kept = request.method in ("GET", "HEAD")
        idle = self._idle.setdefault(settings, deque()) if kept else deque()
        try:
            handle = idle.pop()
        except IndexError:
            handle = _Handle(*settings)
        try:
            return handle.perform(request)
        finally:
            idle.append(handle)

    def close(self) -> None:
        """Give back what is idle; what is under way is given back when it ends."""
        self._idle.clear()


def _headers(lines: list[bytes]) -> requests.structures.CaseInsensitiveDict[str]:
    """Get the headers of the last head: others came before it, and trailers may follow it."""
    last = ("\n" + b"".join(lines).decode("latin-1")).rpartition("\nHTTP/")[2]
    head = [line.partition(":") for line in takewhile(str.strip, last.split("\n")[1:])]
    # Of those that stand twice, the first.
    return requests.structures.CaseInsensitiveDict(
        (name, value.strip()) for name, _, value in reversed(head)
    )
