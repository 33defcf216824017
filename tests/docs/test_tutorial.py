"""docs/tutorial.md, gone through from its first command to its last, in the order of the page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.documents import blocks, page
from tests.tools.reader import Reader

PAGE = page("docs/tutorial.md")
SAVED = {"python": "question.py", "csv": "roster.csv"}


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Who goes through the page."""
    going = Reader(tmp_path, {})
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
