"""Credentials: how they are sent, renewed and refused, and that they go nowhere else."""

from __future__ import annotations

import base64
import logging
import pickle
import ssl
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.tools.connecting import connect
from tests.tools.timekeeping import Waits
from tests.tools.tunnel import Tunnel
from workforce_source.client import Address, Application, Client, Token
from workforce_source.client.client import new_session
from workforce_source.client.fanout import fan_out
from workforce_source.endpoints import EMPLOYEES
from workforce_source.exceptions import (
    AuthenticationError,
    ConfigError,
    GivenUp,
    UnexpectedResponse,
    WorkforceError,
)
from workforce_source.sandbox import Answer, Entry, Options, Sandbox

TLS = Path(__file__).parents[1] / "tools" / "tls"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no certificates but those of the test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def waits() -> Waits:
    """A clock that moves only when the client waits."""
    return Waits()


def oauth(sandbox: Sandbox, **changes: Any) -> Client:
    """Get a client that uses the sandbox's OAuth application."""
    secret = str(changes.pop("client_secret", sandbox.client_secret))
    return connect(sandbox, Application(sandbox.client_id, secret, sandbox.token_url), **changes)


def everywhere(error: BaseException) -> str:
    """Get all that an error may show: message, attributes, traceback, pickle."""
    shown = "".join(traceback.format_exception(error))
    return f"{error} {vars(error)} {shown} {pickle.dumps(error)!r}"


def test_basic_is_the_token_with_a_blank_password(sandbox: Sandbox) -> None:
    """The header is what the API page's users send."""
    with Tunnel(sandbox.origin) as tunnel:
        with connect(sandbox, base_url=f"http://127.0.0.1:{tunnel.port}/v1") as client:
            client.page(EMPLOYEES, 1)
        encoded = base64.b64encode(f"{sandbox.api_token}:".encode())
        assert b"Authorization: Basic " + encoded + b"\r\n" in tunnel.heads[0]


def test_a_refused_basic_token_stops_at_once(sandbox: Sandbox) -> None:
    """One request, and an error that says what to check and shows no token."""
    with (
        connect(sandbox, Token("not-the-token")) as client,
        pytest.raises(AuthenticationError, match="api_token") as caught,
    ):
        client.page(EMPLOYEES, 1)
    assert caught.value.status == 401
    assert len(sandbox.requests) == 1
    assert "not-the-token" not in everywhere(caught.value)


@pytest.mark.parametrize("status", [401, 403])
def test_lists_that_may_not_be_read_are_a_matter_of_credentials(
    sandbox: Sandbox, status: int
) -> None:
    """401 and 403 on a list stop the run, and are not retried."""
    sandbox.fail_next(status, count=5)
    with connect(sandbox) as client, pytest.raises(AuthenticationError) as caught:
        client.page(EMPLOYEES, 1)
    assert caught.value.status == status
    assert len(sandbox.requests) == 1


def test_oauth_asks_for_one_token_however_many_threads_start(sandbox: Sandbox) -> None:
    """Eight threads at once share one token."""
    with oauth(sandbox) as client:
        results = list(
            fan_out(
                lambda number: client.page(EMPLOYEES, number % 2 + 1),
                range(40),
                max_workers=8,
                look_ahead=40,
            )
        )
    assert len(results) == 40
    assert sandbox.counts()["token"] == 1
    assert {entry.authorization for entry in sandbox.requests if entry.page} == {"Bearer"}


def test_an_expired_access_token_is_renewed_once_for_all(sandbox: Sandbox) -> None:
    """A 401 in the middle costs one new token, and nobody notices."""
    with oauth(sandbox) as client:
        client.page(EMPLOYEES, 1)
        sandbox.expire_access_tokens()
        results = list(
            fan_out(
                lambda number: client.page(EMPLOYEES, number % 2 + 1),
                range(40),
                max_workers=8,
                look_ahead=40,
            )
        )
    assert len(results) == 40
    assert sandbox.counts()["token"] == 2


def test_an_access_token_is_renewed_before_it_expires(waits: Waits) -> None:
    """A token of a hundred seconds is not used after ninety."""
    with (
        Sandbox(employees=5, options=Options(token_lifetime=100)) as sandbox,
        oauth(sandbox, clock=waits.clock()) as client,
    ):
        for moment, tokens in ((0, 1), (89, 1), (91, 2)):
            waits.now = moment
            client.page(EMPLOYEES, 1)
            assert sandbox.counts()["token"] == tokens
        assert sandbox.counts() == {"token": 2, "employees": 3}


def test_a_401_after_a_fresh_token_stops(sandbox: Sandbox) -> None:
    """An application without the right scope is not renewed for ever."""
    sandbox.on_answer(
        lambda entry, answer: Answer(401, b"{}") if entry.page is not None else answer
    )
    with oauth(sandbox) as client, pytest.raises(AuthenticationError):
        client.page(EMPLOYEES, 1)
    assert sandbox.counts() == {"token": 2, "employees": 2}


def test_a_wrong_client_secret_stops_at_once(sandbox: Sandbox) -> None:
    """The message names the settings; the secret is nowhere."""
    with (
        oauth(sandbox, client_secret="wrong-secret") as client,
        pytest.raises(AuthenticationError, match="client_secret") as caught,
    ):
        client.page(EMPLOYEES, 1)
    assert sandbox.counts() == {"token": 1}
    assert "wrong-secret" not in everywhere(caught.value)


def test_a_token_endpoint_that_fails_is_asked_again(sandbox: Sandbox, waits: Waits) -> None:
    """Outages and resets of the token endpoint are hiccups too."""
    sandbox.fail_next(503, count=2, endpoint="token")
    sandbox.fail_next(count=1, endpoint="token", kind="reset")
    with oauth(sandbox, clock=waits.clock()) as client:
        client.page(EMPLOYEES, 1)
    assert sandbox.counts()["token"] == 4


def test_a_dead_token_endpoint_is_given_up(sandbox: Sandbox, waits: Waits) -> None:
    """In bounded time, naming token_url."""
    sandbox.fail_next(503, count=1000, endpoint="token")
    with (
        oauth(sandbox, clock=waits.clock()) as client,
        pytest.raises(GivenUp, match="token_url"),
    ):
        client.page(EMPLOYEES, 1)
    assert waits.now <= 930


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"<html>",
        b'{"access_token": 5}',
        b'{"access_token": ""}',
        b'{"access_token": "a\\r\\nX-Evil: 1"}',
        '{"access_token": "é"}'.encode(),
    ],
)
def test_an_answer_without_a_usable_token_is_an_error(sandbox: Sandbox, body: bytes) -> None:
    """Whatever is not a token never becomes a header."""
    sandbox.on_answer(
        lambda entry, answer: Answer(200, body) if entry.endpoint == "token" else answer
    )
    with oauth(sandbox) as client, pytest.raises(UnexpectedResponse, match="token_url"):
        client.page(EMPLOYEES, 1)
    assert sandbox.counts() == {"token": 1}


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_the_credentials_nowhere(sandbox: Sandbox, status: int) -> None:
    """The other host hears nothing; the message names it, and base_url."""
    with Sandbox(employees=1) as other:
        sandbox.faults.set(redirect_to=other.origin, redirect_status=status)
        with connect(sandbox) as client, pytest.raises(ConfigError, match="base_url") as caught:
            client.page(EMPLOYEES, 1)
        assert len(other.requests) == 0
    assert "127.0.0.1" in str(caught.value)


def test_a_redirected_token_endpoint_takes_the_secret_nowhere(sandbox: Sandbox) -> None:
    """A POST with the secret is not repeated elsewhere."""
    with Sandbox(employees=1) as other:
        sandbox.faults.set(redirect_to=other.origin, redirect_status=307)
        with oauth(sandbox) as client, pytest.raises(ConfigError, match="token_url"):
            client.page(EMPLOYEES, 1)
        assert len(other.requests) == 0


def test_links_to_another_host_are_not_followed(sandbox: Sandbox) -> None:
    """Pages are counted; the address of the next one in a body is never used."""
    with Sandbox(employees=1) as other:
        sandbox.faults.links_to = other.origin
        with connect(sandbox) as client:
            assert len(list(client.pages(EMPLOYEES))) == 2
        assert len(other.requests) == 0


def test_nothing_secret_or_personal_reaches_the_log(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture, waits: Waits
) -> None:
    """Not the token, no e-mail, no external id, at any level, even when requests fail."""
    truth = sandbox.truth()["employees"]
    with (
        caplog.at_level(logging.DEBUG),
        connect(sandbox, clock=waits.clock()) as client,
    ):
        records = [record for page in client.pages(EMPLOYEES) for record in page.records]
        for record in records[:20]:
            sandbox.fail_next(503, retry_after=2)
            try:
                client.data(record["external_id"] or record["email"])
            except WorkforceError as error:
                caplog.records.append(
                    logging.makeLogRecord({"msg": everywhere(error), "name": "error"})
                )
    text = "\n".join(record.getMessage() for record in caplog.records).lower()
    assert "page 1 of 2" in text
    secrets = [sandbox.api_token, base64.b64encode(f"{sandbox.api_token}:".encode()).decode()]
    people = [row[name] for row in truth for name in ("email", "external_id") if row[name]]
    for private in (*secrets, *(one for one in people if len(one) > 3)):
        assert private.lower() not in text


def test_a_forwarding_proxy_is_used(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """HTTP_PROXY is honoured, with the whole address in the request line."""
    with Tunnel(sandbox.origin) as proxy:
        monkeypatch.setenv("http_proxy", f"http://user:pass@127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        with connect(sandbox, base_url="http://api.example/v1") as client:
            assert len(list(client.pages(EMPLOYEES))) == 2
        request = proxy.heads[0]
    assert request.startswith(b"GET http://api.example/v1/organizations/")
    assert b"Proxy-Authorization: Basic dXNlcjpwYXNz\r\n" in request


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_this_machine_is_never_asked_through_a_proxy(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """What a proxy calls 127.0.0.1 is the proxy's machine; a sandbox is on this one."""
    with Tunnel(sandbox.origin) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "")
        with connect(sandbox, base_url=sandbox.base_url.replace("127.0.0.1", host)) as client:
            client.page(EMPLOYEES, 1)
        assert proxy.heads == []


def test_no_proxy_is_honoured(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host named in NO_PROXY is reached directly."""
    with Tunnel(sandbox.origin) as proxy:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("no_proxy", "api.invalid")
        with (
            connect(sandbox, base_url="http://api.invalid/v1", clock=Waits().clock()) as client,
            pytest.raises(GivenUp, match="the host name is not known"),
        ):
            client.page(EMPLOYEES, 1)
        assert proxy.heads == []


def test_a_proxy_that_is_no_address_names_the_variables(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The password of a proxy address is not repeated."""
    monkeypatch.setenv("http_proxy", "http://user:hidden@:99999999")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ConfigError, match="HTTP_PROXY") as caught:
        connect(sandbox, base_url="http://api.example/v1")
    assert "hidden" not in everywhere(caught.value)


def server_side() -> ssl.SSLContext:
    """Get the server's end of TLS, with a certificate nobody has signed."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "localhost.crt", TLS / "localhost.key")
    return context


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_certificate_bundle_of_the_environment_is_trusted(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    """Networks that inspect TLS name their bundle in one of these."""
    monkeypatch.setenv(variable, str(TLS / "localhost.crt"))
    with Tunnel(sandbox.origin, tls=server_side()) as tunnel:
        with connect(sandbox, base_url=f"https://localhost:{tunnel.port}/v1") as client:
            assert len(list(client.pages(EMPLOYEES))) == 2
            client.page(EMPLOYEES, 1)
        assert tunnel.heads[0].startswith(b"GET /v1/organizations/")
        assert len(tunnel.heads) == 1  # one handshake for all of them


def test_a_certificate_nobody_vouches_for_is_refused(sandbox: Sandbox) -> None:
    """Nothing is sent, nothing is retried, and the message says what to set."""
    with Tunnel(sandbox.origin, tls=server_side()) as tunnel:
        with (
            connect(sandbox, base_url=f"https://localhost:{tunnel.port}/v1") as client,
            pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE"),
        ):
            client.page(EMPLOYEES, 1)
        assert not any(tunnel.heads)


def test_a_certificate_of_another_host_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trusted certificate is good for its own name only."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(TLS / "localhost.crt"))
    monkeypatch.setenv("no_proxy", "")
    with (
        Tunnel(sandbox.origin, tls=server_side()) as end,
        Tunnel(f"http://127.0.0.1:{end.port}") as proxy,
    ):
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{proxy.port}")
        with (
            connect(sandbox, base_url="https://another.example/v1") as client,
            pytest.raises(ConfigError, match="trust"),
        ):
            client.page(EMPLOYEES, 1)
        assert not any(end.heads)


def test_a_bundle_that_is_not_there_names_its_variable(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typo in the environment is found before anything is sent."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle.pem")
    with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE"):
        connect(sandbox, base_url="https://localhost/v1")


@pytest.mark.parametrize("text", ["no certificates", ""], ids=["text", "empty"])
def test_a_bundle_that_holds_no_certificates_names_its_variable(
    text: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """No attempt would mend such a file, so none is made."""
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(text, encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with pytest.raises(ConfigError, match="REQUESTS_CA_BUNDLE"):
        connect(sandbox, base_url="https://localhost/v1")


def test_tls_through_a_proxy_hides_everything_but_the_host(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proxy is asked to CONNECT and sees neither path nor credentials."""
    with (
        Tunnel(sandbox.origin, tls=server_side()) as end,
        Tunnel(f"http://127.0.0.1:{end.port}") as proxy,
    ):
        # said by a session: what the environment names is not asked for this machine
        session = new_session()
        session.proxies = {"https": f"http://127.0.0.1:{proxy.port}"}
        monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "localhost.crt"))
        with connect(
            sandbox, base_url=f"https://localhost:{end.port}/v1", session=session
        ) as client:
            client.page(EMPLOYEES, 1)
        assert proxy.heads[0].startswith(f"CONNECT localhost:{end.port} ".encode())
        assert b"Authorization" not in proxy.heads[0]


@pytest.mark.parametrize(
    "make",
    [
        lambda: Token(""),
        lambda: Application("only", "", "https://localhost/token"),
        lambda: Application("id", "secret", ""),
        lambda: Address("https://localhost/v1", ""),
    ],
    ids=["token", "secret", "token_url", "organization"],
)
def test_what_is_missing_says_where_to_put_it(make: Callable[[], object]) -> None:
    """A client that could never be let in is not built."""
    with pytest.raises(ConfigError, match=r"\.dlt/"):
        make()


def test_credentials_do_not_show_themselves() -> None:
    """What is printed by mistake, in a log or a traceback, is no secret."""
    shown = f"{Token('hidden')} {Application('id', 'hidden', 'https://localhost/token')}"
    assert "hidden" not in shown


def test_closing_ends_a_request_for_a_token(sandbox: Sandbox) -> None:
    """Threads that wait for the token of another end with it."""
    asked = threading.Event()

    def hold(entry: Entry) -> None:
        sandbox.faults.hold = 60.0
        asked.set()

    sandbox.on_request(hold)
    client = oauth(sandbox)
    errors: list[BaseException] = []

    def read() -> None:
        try:
            client.page(EMPLOYEES, 1)
        except WorkforceError as error:
            errors.append(error)

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    assert asked.wait(10)
    client.close()
    for thread in threads:
        thread.join(2)
    assert [type(error).__name__ for error in errors] == ["Stopped"] * 3
