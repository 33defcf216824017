"""The command: take webhooks on a port of this machine until Ctrl-C or SIGTERM.

Arguments and the secret only; what is answered is in `receiver.py`.
"""

import argparse
import os
import re
import socket
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

try:
    import uvicorn

    from workforce_source.signals.receiver import receiver
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError(
        f"The receiver needs {missing.name}: pip install 'workforce-source[signals]'",
        name=missing.name,
    ) from None

from workforce_source.signals.pointer_file import LONGEST_LINE, PointerFile

SECRET: Final = "WORKFORCE_SIGNALS_SECRET"  # noqa: S105  # the name of the variable that has it
_SECRET: Final = re.compile(r"[0-9A-Za-z_-]{32,128}")
_AT_ONCE: Final = 100  # requests under way; more are answered 503
_END_WITHIN: Final = 10  # seconds


def parser(program: str | None = None) -> argparse.ArgumentParser:
    """Get the arguments the command takes."""
    parsing = argparse.ArgumentParser(
        prog=program or "python -m workforce_source.signals",
        description="Takes webhooks of Credly and keeps a pointer to each event in a file, which"
        " runs read by `refresh_from`. The secret path they are posted to stands in the variable"
        f" {SECRET}, or in a file.",
    )
    add = parsing.add_argument
    add("file", type=Path, metavar="FILE", help="file to append to; its name ends with .jsonl")
    add("--host", default="127.0.0.1", help="address to listen on (127.0.0.1: a proxy's side)")
    add("--port", type=int, default=8090, help="port to listen on; 0 takes a free one (8090)")
    add("--secret-file", type=Path, metavar="FILE", help="file that has the secret path")
    add(
        "--organization",
        action="append",
        default=[],
        metavar="ID",
        help="take events of this organization only; may be repeated",
    )
    add("--max-bytes", type=int, default=16 * 2**20, help="largest the file may be (16777216)")
    add("--keep-days", type=float, default=30.0, help="days kept when the file is full (30)")
    add("--per-second", type=float, default=50.0, help="events taken a second (50)")
    return parsing


def main(arguments: list[str] | None = None, *, program: str | None = None) -> int:
    """Take webhooks; get the exit code: 1 where file or port cannot be had, 2 for a wrong call."""
    parsing = parser(program)
    given = parsing.parse_args(arguments)
    if given.file.suffix != ".jsonl":
        parsing.error("the name of FILE must end with .jsonl, as refresh_from takes it")
    if not (0 <= given.port <= 65535 and given.max_bytes >= LONGEST_LINE):
        parsing.error(f"--port is from 0 to 65535, --max-bytes {LONGEST_LINE} or more")
    if not (given.keep_days > 0 and given.per_second > 0):
        parsing.error("--keep-days and --per-second are above 0")
    try:
        secret = _secret(given.secret_file)
    except ValueError as error:
        parsing.error(str(error))
    file = PointerFile(given.file, given.max_bytes, timedelta(days=given.keep_days))
    try:
        file.check()
    except OSError as error:
        print(f"FILE cannot be written: {os.strerror(error.errno or 0)}.", file=sys.stderr)
        return 1
    app = receiver(secret, file, organizations=given.organization, per_second=given.per_second)
    config = uvicorn.Config(
        app,
        access_log=False,  # it would hold the secret
        date_header=False,
        limit_concurrency=_AT_ONCE,
        lifespan="off",
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_END_WITHIN,
    )
    try:
        listener = socket.create_server((given.host, given.port))
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        print(f"Port {given.port} of --host cannot be taken: {reason}.", file=sys.stderr)
        return 1
    print(f"Taking webhooks on http://{given.host}:{listener.getsockname()[1]}/", flush=True)
    try:
        uvicorn.Server(config).run([listener])
    except KeyboardInterrupt:
        return 130
    return 0


def _secret(path: Path | None) -> str:
    """Get the secret path.

    Raises:
        ValueError: There is none, or none that cannot be guessed.
    """
    text = os.environ.get(SECRET, "")
    if path is not None:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeError):
            raise ValueError("the file of --secret-file cannot be read") from None
    secret = text.strip()
    if not _SECRET.fullmatch(secret):
        raise ValueError(
            f"{SECRET}, or the file of --secret-file, must hold 32 to 128 letters, digits, - or _:"
            " make one with python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    return secret


if __name__ == "__main__":
    sys.exit(main())
