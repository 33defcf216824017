"""docs/tutorial.md, gone through from its first command to its last, in the order of the page."""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.documents import CHECKOUT, blocks, page

PAGE = page("docs/tutorial.md")
ADDRESS = "127.0.0.1:8080"
"""Where the sandbox of the page serves; here on a free port."""
ENDED_BY_CTRL_C = 130
SAVED = {"python": "question.py", "csv": "roster.csv"}


def words_of(command: str) -> list[str]:
    """What a person types, with the Python of these tests."""
    words = shlex.split(command)
    return [sys.executable, *words[2:]] if words[:2] == ["python3", "run.py"] else words


class Reader:
    """Somebody with two terminals, who does what the page says and looks at what it shows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "pipelines").symlink_to(CHECKOUT / "pipelines")
        inherited = {name: v for name, v in os.environ.items() if "SOURCES__" not in name}
        paths = [str(CHECKOUT), *filter(None, [os.environ.get("PYTHONPATH")])]
        own = {"DLT_DATA_DIR": str(folder / "dlt"), "PYTHONPATH": os.pathsep.join(paths)}
        self._variables = inherited | own
        self._serving: subprocess.Popen[str] | None = None
        self._address = ADDRESS
        self.shown = ""

    def save(self, name: str, text: str) -> None:
        """Save a block as a file."""
        (self._folder / name).write_text(text, encoding="utf-8")

    def type(self, command: str) -> None:
        """Type a command of the page."""
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
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
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


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Who goes through the page."""
    going = Reader(tmp_path)
    yield going
    going.leave()


@pytest.mark.search
def test_every_command_of_the_tutorial_does_what_the_page_says(
    reader: Reader, tmp_path: Path
) -> None:
    """Each ends with 0, and shows the lines that stand below it."""
    for kind, text in blocks(PAGE):
        if kind in SAVED:
            reader.save(SAVED[kind], text)
        elif kind == "sh":
            for command in text.splitlines():
                reader.type(command)
                if "question.py" in command and not command.startswith("rm"):
                    assert "Engineering" in reader.shown  # the rows are those of the day
        else:
            assert kind == "text"
            missing = [line for line in text.splitlines() if line.strip() not in reader.shown]
            assert not missing, f"{missing} not in\n{reader.shown}"
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"pipelines", "dlt"}, "the page removes what it made"
