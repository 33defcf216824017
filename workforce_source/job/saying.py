"""What the main job prints: all of it goes through here, so that nobody's words steer anything.

A skill may be named like an escape sequence, or like a command of the CI that keeps the log. What
may not be in here: what is said.
"""

import json
import re
import sys
from contextlib import suppress
from typing import Any, Final

_COMMANDS: Final = ((re.compile(r"^(\s*)::"), r"\1: :"), (re.compile(r"##(?=\w*\[)"), "# #"))
"""What the logs of GitHub, Azure and TeamCity take for a command, and what stands for it."""


def harmless(text: str) -> str:
    """Get text in which nothing steers a terminal or a CI's log, whoever's words it repeats."""
    return "\n".join(map(_line, text.split("\n")))


def show(text: str) -> None:
    """Print to standard output; whoever read it may have seen enough by now."""
    with suppress(BrokenPipeError):
        print(harmless(text), flush=True)


def show_document(value: Any) -> None:
    """Print a value as JSON to standard output, every letter of its texts kept."""
    show(json.dumps(value, indent=2).replace("##", r"#\u0023"))


def say(text: str) -> None:
    """Print to standard error."""
    print(harmless(text), file=sys.stderr, flush=True)


def _line(line: str) -> str:
    line = "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
    for command, instead in _COMMANDS:
        line = command.sub(instead, line)
    return line
