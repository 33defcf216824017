"""Somebody who types the commands of a page: with two terminals, in a folder of their own.

What a page promises of a command is known to its test.
"""

import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.tools.main_job import CHECKOUT, environment

ADDRESS = "127.0.0.1:8080"
"""Where the sandbox of the pages serves; here on a free port."""
ENDED_BY_CTRL_C = 130


def words_of(command: str) -> list[str]:
    """What a person types, with the Python of these tests in the place of theirs."""
    words = shlex.split(command, comments=True)
    if words[:2] == ["python3", "run.py"]:
        return [sys.executable, *words[2:]]
    return [sys.executable, *words[1:]] if words[0] == "python" else words


class Reader:
    """Who does what a page says, and looks at what it shows."""

    def __init__(self, folder: Path, variables: Mapping[str, str]) -> None:
        self._folder = folder
        if not (folder / "pipelines").exists():
            (folder / "pipelines").symlink_to(CHECKOUT / "pipelines")
        self._variables = environment(folder, dict(variables))
        self._serving: subprocess.Popen[str] | None = None
        self._address = ADDRESS
        self.shown = ""

    def save(self, name: str, text: str) -> None:
        """Save a block as a file."""
        (self._folder / name).write_text(text, encoding="utf-8")

    def type(self, command: str, *, ends: int = 0) -> None:
        """Type a command of the page; it ends with this exit code."""
        words = words_of(command.replace(ADDRESS, self._address))
        if words[0] == "export":
            name, _, value = words[1].partition("=")
            self._variables[name] = value
        elif "workforce_source.sandbox" in words:
            self._serve(words)
        else:
            done = subprocess.run(
                words,
                cwd=self._folder,
                env=self._variables,
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            assert done.returncode == ends, f"{command}\n{done.stdout}{done.stderr}"
            self.shown = done.stdout

    def _serve(self, words: list[str]) -> None:
        self._serving = subprocess.Popen(
            [*words, "--port", "0"],
            cwd=self._folder,
            env=self._variables,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._serving.stdout is not None
        lines = [self._serving.stdout.readline() for _ in range(4)]
        self.shown = "".join(lines)
        found = re.search(r"http://([\d.:]+)/v1", self.shown)
        assert found, self.shown
        self._address = found[1]
        self.shown = self.shown.replace(self._address, ADDRESS)

    def leave(self) -> None:
        """Press Ctrl-C in the first terminal."""
        if self._serving is not None:
            with self._serving as serving:
                serving.send_signal(signal.SIGINT)
                assert serving.wait(timeout=30) == ENDED_BY_CTRL_C
