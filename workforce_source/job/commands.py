"""The command `workforce`: which word does what.

What each does is elsewhere, and is imported when it is asked for. What may not be in here: flags.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Final

from workforce_source import __version__
from workforce_source.exit_codes import ExitCode
from workforce_source.job.parts import PARTS
from workforce_source.job.saying import say, show

Main = Callable[[Sequence[str]], int]

ROOMS: Final[Mapping[str, tuple[str, str]]] = {
    "roster": ("workforce_source.job.roster", "plan, and write, your roster into Credly"),
    "forget": ("workforce_source.job.forget", "remove a person, and keep them out of runs to come"),
    "signals": ("workforce_source.signals.__main__", "take webhooks that say whom to read soon"),
    "sandbox": (
        "workforce_source.sandbox.__main__",
        "serve an invented organization on this machine",
    ),
}
"""Commands that are a `main` of their own, by their words: its module, and what it does."""
_LINES: Final = {part.name: part.line for part in PARTS} | {
    name: line for name, (_, line) in ROOMS.items()
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and get its exit code.

    Args:
        arguments: Words of the command line; None for those of this process.

    Returns:
        What the command ends with; 2 for a word that is none.
    """
    word, *rest = (list(sys.argv[1:]) if arguments is None else list(arguments)) or ["--help"]
    if word in ("-h", "--help"):
        show(_help())
        return ExitCode.LOADED
    if word in ("-V", "--version"):
        show(f"workforce_source {__version__}")
        return ExitCode.LOADED
    if (run := _command(word)) is None:
        near = difflib.get_close_matches(word, _LINES, 1)
        meant = f" Did you mean {near[0]}?" if near else ""
        say(f"workforce: there is no command {word}.{meant} `workforce --help` has them all.")
        return ExitCode.UNUSABLE
    return run(rest)


def _command(word: str) -> Main | None:
    for part in PARTS:
        if part.name == word:
            from workforce_source.job.command import main as job

            return lambda words: job(words, part=part)
    if word in ROOMS:
        module, _ = ROOMS[word]
        return lambda words: import_module(module).main(words, program=f"workforce {word}")
    return None


def _help() -> str:
    width = max(map(len, _LINES))
    commands = "\n".join(f"  {name:{width}}  {line}" for name, line in _LINES.items())
    return (
        "usage: workforce COMMAND ...\n\n"
        "Mirrors a Credly Workforce organization into DuckDB or a warehouse.\n\n"
        f"{commands}\n\n"
        "workforce COMMAND --help has the flags of each. The first to try, without an account:\n"
        "  workforce load --sandbox --report report.html"
    )
