"""The receiver as people start it: what is answered 200 is on the disk, and all else is not."""

import itertools
import json
import re
import signal
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.tools.receiving import SECRET, Receiving, command, pointer, receiving
from workforce_source.signals.__main__ import main, parser
from workforce_source.signals.pointer_file import read
from workforce_source.signals.receiver import LARGEST_BODY


@pytest.fixture(scope="module")
def taking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Receiving, Path]]:
    """A receiver that takes as much as comes, and its file."""
    file = tmp_path_factory.mktemp("signals") / "signals.jsonl"
    with receiving(file, "--per-second", "100000", "--organization", "0F1E") as found:
        yield found, file


def kept(file: Path) -> list[str]:
    """The ids of the events a file has; nothing in it is damaged."""
    pointers, damaged = read(file) if file.exists() else ([], 0)
    assert damaged == 0
    return [one.event_id for one in pointers]


def test_of_a_webhook_nothing_is_kept_but_id_type_and_time(
    taking: tuple[Receiving, Path],
) -> None:
    """Whatever else stands in it: it may be about people."""
    receiver, file = taking
    body = pointer(1, name="Ada Lovelace", data={"email": "ada@example.com"})
    assert receiver.post(body) == 200
    line = json.loads(file.read_bytes().splitlines()[-1])
    assert set(line) == {"id", "organization_id", "event_type", "occurred_at", "received_at"}
    assert line["id"] == "event-1"
    assert SECRET.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"no JSON", 400),
        (b'{"id": "a"', 400),
        (b"\xff\xfe", 400),
        (b"[" * 2000, 400),
        (b"null", 422),
        (b"[]", 422),
        (b"{}", 422),
        (json.dumps([pointer(2)]).encode(), 422),
        (json.dumps(pointer(2, id=None)).encode(), 422),
        (json.dumps(pointer(2, id=10**400)).encode(), 400),
        (json.dumps(pointer(2, id="")).encode(), 422),
        (json.dumps(pointer(2, id="a/../b")).encode(), 422),
        (json.dumps(pointer(2, id="a\nb")).encode(), 422),
        (json.dumps(pointer(2, id="a" * 65)).encode(), 422),
        (json.dumps(pointer(2, id={"id": "a"})).encode(), 422),
        (json.dumps(pointer(2, event_type="Ada Lovelace")).encode(), 422),
        (json.dumps(pointer(2, event_type=["badge"])).encode(), 422),
        (json.dumps(pointer(2, organization_id="another")).encode(), 422),
        (json.dumps(pointer(2, occurred_at="yesterday")).encode(), 422),
        (json.dumps(pointer(2, occurred_at="2026-11-10")).encode(), 422),
        (json.dumps(pointer(2, occurred_at=1e300)).encode(), 422),
        (json.dumps(pointer(2, occurred_at="9999-12-31T23:59:59-23:59")).encode(), 422),
        (b'{"a":' * 600 + b"1" + b"}" * 600, 422),
        (b" " * 5000, 413),
        (json.dumps(pointer(2, more="x" * 5000)).encode(), 413),
    ],
    ids=itertools.count(),
)
def test_what_is_no_pointer_is_refused_and_nothing_of_it_kept(
    taking: tuple[Receiving, Path], body: bytes, status: int
) -> None:
    """By a status that says what is wrong, without a word."""
    receiver, file = taking
    before = kept(file)
    assert receiver.post(data=body) == status
    assert kept(file) == before


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("", "POST", 404),
        ("/", "POST", 404),
        (f"/{SECRET}x", "POST", 404),
        (f"/{SECRET[:-1]}", "POST", 404),
        (f"/{SECRET}/", "POST", 404),
        (f"/x/{SECRET}", "POST", 404),
        (f"/{SECRET.upper()}", "POST", 404),
        ("/docs", "GET", 404),
        (f"/{SECRET}", "GET", 405),
        (f"/{SECRET}", "PUT", 405),
        (f"/{SECRET}", "DELETE", 405),
        (f"/{SECRET}", "PROPFIND", 405),
    ],
)
def test_another_path_or_method_is_refused(
    taking: tuple[Receiving, Path], path: str, method: str, status: int
) -> None:
    """Whoever does not know the path learns nothing of it."""
    receiver, file = taking
    before = kept(file)
    root = receiver.url.removesuffix(f"/{SECRET}")
    assert receiver.post(pointer(3), method, url=root + path) == status
    assert kept(file) == before


def test_a_body_without_an_end_and_a_length_that_lies_do_no_harm(
    taking: tuple[Receiving, Path],
) -> None:
    """A length too large is refused before the body; chunks are counted as they come."""
    receiver, file = taking
    host, _, port = receiver.url.split("/")[2].partition(":")
    before = kept(file)
    head = f"POST /{SECRET} HTTP/1.1\r\nHost: x\r\n"
    for rest in (
        "Content-Length: 99999999999\r\n\r\n",
        "Content-Length: 4097\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n" + "1000\r\n" + "x" * 4096 + "\r\n" + "1\r\nx\r\n",
    ):
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall((head + rest).encode())
            assert b" 413 " in connection.recv(100)
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(f"{head}Content-Length: 4000\r\n\r\nhalf".encode())
    assert kept(file) == before
    assert receiver.post(pointer(4)) == 200


@pytest.mark.parametrize("name", ["[", f"x/{SECRET}?", "", "a:b:c"])
def test_the_name_of_the_host_is_no_matter(taking: tuple[Receiving, Path], name: str) -> None:
    """It is whatever the sender likes; the path alone is looked at."""
    receiver, _ = taking
    host, _, port = receiver.url.split("/")[2].partition(":")
    body = json.dumps(pointer(6))
    for path, status in ((SECRET, b" 200 "), ("another", b" 404 ")):
        head = f"POST /{path} HTTP/1.1\r\nHost: {name}\r\nContent-Length: {len(body)}\r\n\r\n"
        with socket.create_connection((host, int(port)), timeout=60) as connection:
            connection.sendall((head + body).encode())
            assert status in connection.recv(100)


@pytest.mark.property
def test_random_bytes_are_refused_or_kept_whole(taking: tuple[Receiving, Path]) -> None:
    """Bodies made of pieces of a pointer: a line is kept for each 200, and for nothing else."""
    receiver, file = taking
    rng = Random(7)
    whole = json.dumps(pointer(5)).encode()
    before, taken = kept(file), 0
    for _ in range(60):
        body = bytearray(whole)
        for _ in range(rng.randrange(3)):
            at = rng.randrange(len(body))
            body[at : at + rng.randrange(4)] = bytes(rng.choices(range(256), k=rng.randrange(4)))
        status = receiver.post(data=bytes(body))
        assert status in (200, 400, 422)
        taken += status == 200
    assert len(kept(file)) == len(before) + taken


def test_more_than_the_rate_is_refused(tmp_path: Path) -> None:
    """429, and those that were refused are not kept: the sender repeats them."""
    file = tmp_path / "signals.jsonl"
    with receiving(file, "--per-second", "3") as receiver:
        statuses = [receiver.post(pointer(number)) for number in range(12)]
    assert statuses[:3] == [200, 200, 200]
    assert set(statuses[3:]) <= {200, 429}
    assert statuses.count(429) >= 3
    assert len(kept(file)) == statuses.count(200)


def test_a_file_that_is_full_answers_503(tmp_path: Path) -> None:
    """Nothing is lost: Credly repeats whatever was not answered 200."""
    file = tmp_path / "signals.jsonl"
    with receiving(file, "--max-bytes", "600") as receiver:
        statuses = [receiver.post(pointer(number)) for number in range(6)]
    assert sorted(set(statuses)) == [200, 503]
    assert len(kept(file)) == statuses.count(200)
    assert file.stat().st_size <= 600


def test_what_was_answered_200_is_there_after_a_kill_right_after(tmp_path: Path) -> None:
    """Killed, not stopped: nothing is left in a buffer."""
    file = tmp_path / "signals.jsonl"
    for number in range(2):
        with receiving(file) as receiver:
            assert receiver.post(pointer(number)) == 200
            receiver.process.kill()
    assert kept(file) == ["event-0", "event-1"]


def test_several_receivers_share_a_file_and_lose_no_line(tmp_path: Path) -> None:
    """Two processes, many threads each, one killed in the middle: each 200 is a whole line."""
    file = tmp_path / "signals.jsonl"
    with receiving(file) as one, receiving(file) as other:

        def send(number: int) -> str | None:
            receiver = (one, other)[number % 2]
            if number == 60:
                other.process.kill()
            try:
                return f"event-{number}" if receiver.post(pointer(number)) == 200 else None
            except OSError:
                return None

        with ThreadPoolExecutor(8) as threads:
            answered = set(filter(None, threads.map(send, range(100))))
    assert len(answered) > 50
    assert answered <= set(kept(file))


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.search)]
)
def test_a_signal_ends_it(tmp_path: Path, number: int) -> None:
    """As shells expect, and without a traceback."""
    with receiving(tmp_path / "signals.jsonl") as receiver:
        assert receiver.post(pointer(1)) == 200
        receiver.process.send_signal(number)
        _, errors = receiver.process.communicate(timeout=20)
        assert receiver.process.returncode in (130, -number)
    assert errors == ""


@pytest.mark.parametrize(
    ("flags", "secret", "code", "said"),
    [
        (["signals.txt"], SECRET, 2, "must end with .jsonl"),
        (["signals.jsonl"], "short", 2, "token_urlsafe"),
        (["signals.jsonl"], "with a blank" + SECRET, 2, "token_urlsafe"),
        (["signals.jsonl", "--secret-file", "nowhere"], SECRET, 2, "cannot be read"),
        (["signals.jsonl", "--per-second", "0"], SECRET, 2, "above 0"),
        (["signals.jsonl", "--max-bytes", "1"], SECRET, 2, "512"),
        (["nowhere/signals.jsonl"], SECRET, 1, "cannot be written"),
    ],
)
def test_a_wrong_call_is_told_before_anything_is_taken(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    flags: list[str],
    secret: str,
    code: int,
    said: str,
) -> None:
    """The secret itself is never shown."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WORKFORCE_SIGNALS_SECRET", secret)
    try:
        ended: Any = main(flags)
    except SystemExit as end:
        ended = end.code
    errors = capsys.readouterr().err
    assert ended == code
    assert said in errors
    assert secret not in errors


@pytest.mark.search
def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    """With exit 1."""
    with receiving(tmp_path / "signals.jsonl") as receiver:
        port = receiver.url.split("/")[2].partition(":")[2]
        process = command(tmp_path / "signals.jsonl", "--port", port)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "cannot be taken" in errors


def test_the_proxy_of_the_page_passes_on_what_the_receiver_takes() -> None:
    """The port it names is the usual one, its limit that of a body; no log holds the path."""
    page = Path(__file__).parents[2].joinpath("docs", "signals.md").read_text("utf-8")
    (block,) = re.findall(r"```nginx\n(.*?)```", page, re.DOTALL)
    usual = parser().parse_args(["signals.jsonl"])
    assert f"proxy_pass http://{usual.host}:{usual.port};" in block
    assert f"client_max_body_size {LARGEST_BODY // 1024}k;" in block
    assert "access_log off;" in block


def test_every_flag_stands_on_the_page() -> None:
    """All but the one that asks for help."""
    page = Path(__file__).parents[2].joinpath("docs", "signals.md").read_text("utf-8")
    for action in parser()._actions:
        for flag in action.option_strings:
            assert flag in ("-h", "--help") or f"`{flag}`" in page
