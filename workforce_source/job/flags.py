"""Command lines out of tables of flags: what the commands of this room have in common.

What may not be in here: which flags there are, and what they do.
"""

import argparse
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Flags = Mapping[str, Mapping[str, str]]
"""Each flag by the title of its group, with the name of its value if it has one, and its line in
`--help`."""


@dataclass(frozen=True)
class Part:
    """A part of a command that is a command of its own.

    Attributes:
        name: The word for it.
        line: What it does, in a line.
        own: The flags it has.
        implied: The flag it stands for, in the whole.
        file: The flag of the file it is there for; the file is given without it.
    """

    name: str
    line: str
    own: tuple[str, ...]
    implied: str | None = None
    file: str | None = None

    def flags(self, every: Flags) -> Flags:
        """Get its flags of all there are."""
        mine = {flag for flag in self.own if flag != self.file}
        return {
            title: {flag: text for flag, text in lines.items() if flag.split()[0] in mine}
            for title, lines in every.items()
        }


def build(
    description: str,
    epilog: str,
    meanings: Sequence[tuple[str, str]],
    flags: Flags,
    types: Mapping[str, Callable[[str], Any]],
    repeated: Collection[str],
    program: str | None = None,
) -> argparse.ArgumentParser:
    """Get a parser.

    Args:
        description: What the command does.
        epilog: What stands below the flags.
        meanings: Exit codes, which stand below that.
        flags: The flags.
        types: Reads a value, by its name; others are texts.
        repeated: Flags that may be given several times.
        program: What the command is called; None for the name it was started by.
    """
    parsing = argparse.ArgumentParser(
        prog=program,
        description=description,
        epilog=epilog + "".join(f"  {code:8}  {what}\n" for code, what in meanings),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    for title, lines in flags.items():
        if not lines:
            continue
        group = parsing.add_argument_group(title)
        for flag, text in lines.items():
            name, _, value = flag.partition(" ")
            how: dict[str, Any] = {"help": text, "action": "store_true"}
            if value:
                action = "append" if flag in repeated else "store"
                how |= {"metavar": value, "type": types.get(value, str), "action": action}
            group.add_argument(name, **how)
    return parsing


def chosen(given: argparse.Namespace) -> set[str]:
    """Get the flags that have a value, as they are written."""
    return {
        f"--{name.replace('_', '-')}"
        for name, value in vars(given).items()
        if value is not None and value is not False
    }


def refuse_alone(
    parsing: argparse.ArgumentParser, flags: set[str], goes_with: Mapping[str, tuple[str, ...]]
) -> None:
    """End the process with 2 where a flag means nothing without one of others.

    Args:
        parsing: Says so.
        flags: Those that were chosen.
        goes_with: The others, by flag.
    """
    for part in filter(flags.__contains__, goes_with):
        if flags.isdisjoint(goes_with[part]):
            parsing.error(f"{part} goes with {' or '.join(goes_with[part])}")


def count(text: str) -> int:
    """Read a whole number from 0 up."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError("a whole number from 0 up")
    return int(text)


def attribute(flag: str) -> str:
    """Get the name of a flag's value."""
    return flag.removeprefix("--").replace("-", "_")
