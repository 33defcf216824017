"""`forget` in a lake: what it leaves, and that the commands of its receipt remove it.

The lake is run with the destinations: `--lock requirements-destinations.lock`, `-m destinations`.
"""

import sqlite3
from pathlib import Path
from typing import Any

import dlt
import pytest

from tests.destination.engines import ENGINES
from tests.destination.test_matrix import require
from tests.tools.forgotten import somebody
from tests.tools.hidden import KEY, found_below
from tests.tools.histories import History
from workforce_source import forget
from workforce_source.clock import Clock
from workforce_source.exceptions import ConfigError
from workforce_source.marts import build_marts


@pytest.mark.destinations
def test_the_commands_of_the_receipt_clear_a_lake() -> None:
    """Deleted rows stay in its files until then; afterwards no byte of the person is there."""
    (engine,) = (one for one in ENGINES if "catalog in SQLite" in one.name)
    require(engine)
    history = History(
        8, 5, destination=lambda folder: engine.make(folder, ""), dataset="forgetting"
    )
    history.settings["pseudonym_key"] = KEY
    try:
        person = somebody(history)
        history.load()
        build_marts(history.pipeline(), today=history.clock.now.date())
        receipt = forget(
            history.pipeline(), person.email, clock=Clock(history.clock), **history.settings
        )
        assert receipt.removed["employees"] == 1
        assert found_below(history.folder, person.traces) != {}
        (_, commands), (_, catalog) = receipt.left[:2]
        with history.pipeline().sql_client() as client:
            for command in commands.replace("LAKE", "lake").split(";"):
                client.execute_sql(command)
        assert catalog.startswith("VACUUM in SQLite")
        with sqlite3.connect(history.folder / "catalog.sqlite") as connection:
            connection.execute("VACUUM")
        connection.close()
        assert found_below(history.folder, person.traces) == {}
    finally:
        history.close()


def test_files_are_refused_as_a_destination_to_forget_in(tmp_path: Path) -> None:
    """Delta and Iceberg tables among them: nothing is loaded there, and nothing is removed."""
    pipeline = dlt.pipeline(
        "files",
        destination=dlt.destinations.filesystem(str(tmp_path / "files")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path / "pipelines"),
    )
    given: dict[str, Any] = {"organization_id": "one", "api_token": "token", "pseudonym_key": KEY}
    with pytest.raises(ConfigError, match=r"neither files nor Delta or Iceberg tables"):
        forget(pipeline, "ada@example.com", **given)
