"""How an origin is reached: its address, certificates, proxies and NO_PROXY, resolved once.

`requests` decides, as it would for any program; what it decides per request is decided here once.

What may not be in here: exchanges, and anything that is sent.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from workforce_source.exceptions import ConfigError


def address_of(url: str, setting: str) -> tuple[str, str]:
    """Get the origin and the path of an address, percent-encoded."""
    try:
        parts = urlsplit(str(requests.Request("GET", url).prepare().url))
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
        usable = usable and parts.port != 0 and not parts.query
    except ValueError:
        usable = False
    if not usable:
        raise ConfigError(
            f"{setting} is not a usable address. It starts with https:// and a host name, and"
            " holds no user name and no query."
        )
    return f"{parts.scheme}://{parts.netloc}", parts.path


def pool_for(origin: str) -> tuple[urllib3.HTTPConnectionPool, dict[str, str], bool]:
    """Get the pool `requests` would use, headers for its proxy, and whether that one forwards."""
    try:
        settings = requests.Session().merge_environment_settings(origin, {}, None, None, None)
        verify, proxies = settings["verify"], settings["proxies"]
        if verify is True:
            verify = os.environ.get("SSL_CERT_FILE") or os.environ.get("SSL_CERT_DIR") or True
        adapter = HTTPAdapter()
        request = requests.Request("GET", origin).prepare()
        pool = adapter.get_connection_with_tls_context(request, verify, proxies)
        adapter.cert_verify(pool, origin, verify, None)
        proxy = select_proxy(origin, proxies)
        pool.ConnectionCls = _guarded(pool.ConnectionCls)
        if not proxy or origin.startswith("https:") or proxy.startswith("socks"):
            return pool, {}, False
        return pool, adapter.proxy_headers(proxy), True
    except (OSError, ValueError) as error:
        # A proxy address may hold a password: only the kind of the error is told.
        raise ConfigError(
            f"{origin} cannot be reached as the environment asks ({type(error).__name__}). Check"
            " REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE, SSL_CERT_FILE, HTTPS_PROXY and HTTP_PROXY."
        ) from None


def _guarded(plain: type[Any]) -> type[Any]:
    """Get the connection class with a say over each socket before it connects."""
    own = plain._new_conn is urllib3.connection.HTTPConnection._new_conn

    class Guarded(plain):  # type: ignore[misc]  # urllib3 picks its class at run time
        on_socket: Callable[[socket.socket], None]

        def _new_conn(self) -> socket.socket:
            if not own:  # a SOCKS proxy connects in its own way
                opened: socket.socket = super()._new_conn()
                self.on_socket(opened)
                return opened
            failure = OSError()
            for family, kind, protocol, _name, address in socket.getaddrinfo(
                self._dns_host, self.port, type=socket.SOCK_STREAM
            ):
                opened = socket.socket(family, kind, protocol)
                try:
                    self.on_socket(opened)
                    for option in self.socket_options or ():
                        opened.setsockopt(*option)
                    opened.settimeout(self.timeout)
                    opened.connect(address)
                except OSError as error:
                    opened.close()
                    failure = error
                else:
                    return opened
            raise failure

    return Guarded
