"""When the destination is connected to; what is read of it, tests of whole loads show."""

from pathlib import Path

import dlt
import pytest
from dlt.common.exceptions import DltException

from workforce_source.mirror import Memory
from workforce_source.tables import CHANGES, EMPLOYEE_BADGES, EMPLOYEES


@pytest.fixture
def unreadable(tmp_path: Path) -> dlt.Pipeline:
    """A pipeline whose DuckDB file is none, so that connecting to it fails."""
    file = tmp_path / "no.duckdb"
    file.write_text("no database\n" * 1000, encoding="utf-8")
    return dlt.pipeline(
        "unreadable",
        pipelines_dir=str(tmp_path / "pipelines"),
        destination=dlt.destinations.duckdb(str(file)),
        dataset_name="mirror",
    )


def test_who_asks_for_nothing_needs_no_connection(unreadable: dlt.Pipeline) -> None:
    """Questions about no key at all have their answer before the destination is asked."""
    memory = Memory(unreadable, "organization")
    with memory.connect():
        assert memory.rows(EMPLOYEES, []) == {}
        assert memory.within(EMPLOYEE_BADGES, set()).live == {}
        assert memory.entries(CHANGES, []) == {}


def test_the_first_question_connects(unreadable: dlt.Pipeline) -> None:
    """A destination that cannot be opened says so, and a question outside is refused, too."""
    memory = Memory(unreadable, "organization")
    with pytest.raises(DltException):
        memory.remember()
    with pytest.raises(DltException), memory.connect():
        memory.rows(EMPLOYEES, [("somebody",)])
