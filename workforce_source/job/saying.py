"""What the main job prints: all of it goes through here, so that nobody's words steer anything.

A skill may be named like an escape sequence, or like a command of the CI that keeps the log. What
may not be in here: what is said.
"""

import json
import os
import re
import sys
import textwrap
from contextlib import suppress
from typing import Any, Final, TextIO

_COMMANDS: Final = ((re.compile(r"^(\s*)::"), r"\1: :"), (re.compile(r"##(?=\w*\[)"), "# #"))
"""What the logs of GitHub, Azure and TeamCity take for a command, and what stands for it."""


def harmless(text: str) -> str:
    """Get text in which nothing steers a terminal or a CI's log, whoever's words it repeats."""
    return "\n".join(map(_line, text.split("\n")))


def show(text: str) -> None:
    """Print to standard output; whoever read it may have seen enough by now."""
    with suppress(BrokenPipeError):
        print(fitted(harmless(text), sys.stdout), flush=True)


def show_document(value: Any) -> None:
    """Print a value as JSON to standard output, every letter of its texts kept."""
    with suppress(BrokenPipeError):  # not folded: it is pasted elsewhere
        print(harmless(json.dumps(value, indent=2).replace("##", r"#\u0023")), flush=True)


def say(text: str) -> None:
    """Print to standard error."""
    # on a terminal a line takes the place of the progress drawn there
    over = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(f"{over}{fitted(harmless(text), sys.stderr)}", file=sys.stderr, flush=True)


def fitted(text: str, stream: TextIO) -> str:
    """Get text whose sentences end a line between words, where it goes to a terminal."""
    if not stream.isatty():
        return text
    with suppress(OSError, ValueError):
        if columns := os.get_terminal_size(stream.fileno()).columns:
            return "\n".join(_folded(line, columns) for line in text.split("\n"))
    return text


def _folded(line: str, columns: int) -> str:
    words = line.lstrip(" ")
    indent = " " * (len(line) - len(words))
    if len(line) <= columns:
        return line
    if "  " in words:  # what stands in columns stays in them; of a bar, what has room
        return line[:columns] if set(line[columns:]) == {"█"} else line
    return textwrap.fill(
        words,
        columns,
        initial_indent=indent,
        subsequent_indent=f"{indent}  " if indent else "",
        break_long_words=False,  # an address, or a path, can still be marked and copied
        break_on_hyphens=False,
    )


def _line(line: str) -> str:
    line = "".join(letter if letter.isprintable() else "\ufffd" for letter in line)
    for command, instead in _COMMANDS:
        line = command.sub(instead, line)
    return line
