"""The command line: serve a sandbox until Ctrl-C, and say what to paste into the settings.

Arguments only; nothing is served here.
"""

import argparse
import gc
import os
import signal
import sys
from dataclasses import fields
from threading import Thread

from workforce_source.sandbox.options import Options
from workforce_source.sandbox.sandbox import Sandbox
from workforce_source.sandbox.serving import HIGHEST_PORT


def parser(program: str | None = None) -> argparse.ArgumentParser:
    """Get the arguments the command takes."""
    parsing = argparse.ArgumentParser(
        prog=program or "python -m workforce_source.sandbox",
        description="Serves an invented organization on this machine, as the Workforce API would.",
    )
    add = parsing.add_argument
    add("--port", type=port, default=8080, help="port to serve on; 0 takes a free one (8080)")
    add("--employees", type=people, default=500, help="people to invent (500)")
    add("--seed", type=int, default=7, help="decides who they are; one seed, one organization (7)")
    add("--admin", action="store_true", help="serve /_admin/...: truth, churn, faults, counters")
    add(
        "--option",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=f"answer to an open question: {', '.join(field.name for field in fields(Options))}",
    )
    add("--until-input-ends", action="store_true", help="stop when standard input is closed")
    return parsing


def port(text: str) -> int:
    """Get a port from a word of the command line."""
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"takes 0 to {HIGHEST_PORT}, not {text}")
    return int(text)


def people(text: str) -> int:
    """Get a number of people from a word of the command line."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"takes 0 and more, not {text}")
    return int(text)


def main(arguments: list[str] | None = None, *, program: str | None = None) -> int:
    """Serve; get the exit code."""
    parsing = parser(program)
    given = parsing.parse_args(arguments)
    texts = dict(option.partition("=")[::2] for option in given.option)
    try:
        options = Options.from_texts(texts)
    except ValueError as error:
        parsing.error(str(error))
    if given.until_input_ends:
        # from the start: whoever is gone before the people are invented will never ask
        Thread(target=_follow_input, daemon=True).start()
    try:
        return _serve(given, options)
    except KeyboardInterrupt:
        return 130


def _serve(given: argparse.Namespace, options: Options) -> int:
    sandbox = Sandbox(
        given.employees, given.seed, options=options, port=given.port, admin=given.admin
    )
    # the people stay until the end: not to be looked through again and again
    gc.collect()
    gc.freeze()
    try:
        listener = sandbox.listen()
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        print(f"Port {given.port} cannot be taken: {reason}. Try --port 0.", file=sys.stderr)
        return 1
    print("[sources.workforce]")
    for name, value in sandbox.settings.items():
        print(f'{name} = "{value}"')
    print(flush=True)
    sandbox.serve(listener)
    return 0


def _follow_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
