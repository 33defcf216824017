"""The rights of docs/destinations.md, executed: who has just these loads and makes marts."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import dlt
import psycopg2
import pytest

from tests.destination.page import PAGE
from tests.sync.test_histories_postgres import as_copied
from tests.tools.compare import differences
from workforce_source import load
from workforce_source.exceptions import DestinationError
from workforce_source.marts import build_marts
from workforce_source.sandbox import Sandbox

pytestmark = pytest.mark.destinations

SHOWN = re.findall(r"^```sql\n(CREATE ROLE .*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)
LAYOUT = "credly_staging"


def execute(url: str, *statements: str) -> None:
    """Run statements as who owns the server."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


@pytest.fixture
def warehouse(postgres_url: str) -> Iterator[str]:
    """The address of a database in which nobody has any right yet."""
    parts = urlsplit(postgres_url)
    execute(
        postgres_url, "CREATE DATABASE warehouse", "REVOKE ALL ON DATABASE warehouse FROM PUBLIC"
    )
    yield parts._replace(path="/warehouse").geturl()
    execute(postgres_url, "DROP DATABASE warehouse WITH (FORCE)", "DROP ROLE workforce")


def into(warehouse: str, folder: Path, **settings: Any) -> dlt.Pipeline:
    """A pipeline of the role into the warehouse."""
    parts = urlsplit(warehouse)
    url = parts._replace(netloc=f"workforce:choose-one@{parts.hostname}").geturl()
    return dlt.pipeline(
        "rights",
        destination=dlt.destinations.postgres(url, **settings),
        dataset_name="credly",
        pipelines_dir=str(folder / "state"),
    )


@pytest.mark.parametrize("statements", SHOWN, ids=["may create schemas", "has three schemas"])
def test_a_role_with_just_these_rights_loads_and_makes_marts(
    statements: str, warehouse: str, tmp_path: Path
) -> None:
    """A first load, changes, and marts."""
    execute(warehouse, *statements.split(";\n")[:-1])
    settings = {"staging_dataset_name_layout": LAYOUT} if "SCHEMA" in statements else {}
    pipeline = into(warehouse, tmp_path, **settings)
    with Sandbox(employees=20, seed=3) as sandbox:
        for _ in range(2):
            given = cast("Any", sandbox.settings)
            assert load(pipeline, badge_max_age="0", allow_removals=True, **given).exit_code == 0
            truth = {name: as_copied(rows) for name, rows in sandbox.truth().items()}
            assert differences(pipeline, truth) == []
            sandbox.churn()
    assert build_marts(pipeline).rows["dim_employee"] > 0


def test_a_role_that_may_not_create_schemas_is_told_before_the_first_request(
    warehouse: str, tmp_path: Path
) -> None:
    """The message says which right is missing."""
    execute(
        warehouse,
        SHOWN[0].replace(", CREATE", "").split(";\n")[0],
        "GRANT CONNECT ON DATABASE warehouse TO workforce",
    )
    with Sandbox(employees=20, seed=3) as sandbox:
        with pytest.raises(DestinationError, match="create"):
            load(into(warehouse, tmp_path), **cast("Any", sandbox.settings))
        assert not sandbox.requests
