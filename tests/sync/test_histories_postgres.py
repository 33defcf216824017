"""Random histories of an organization, loaded into PostgreSQL; after every run the contract holds.

`pytest tests/sync/test_histories_postgres.py` runs five; `-m long` a hundred more. What can happen
is in `test_histories.py`.
"""

import itertools
from collections.abc import Iterable
from typing import Any

import dlt
import pytest

from tests.sync.test_histories import Histories, run_histories
from tests.tools.compare import Rows
from tests.tools.histories import History

pytestmark = pytest.mark.postgres


def as_copied(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows as PostgreSQL gets them: dlt's COPY (`FORCE_NULL`) makes null of an empty text."""
    return [{name: None if v == "" else v for name, v in row.items()} for row in rows]


class HistoryOnPostgres(History):
    """A history that expects null for empty texts."""

    def _compare(self, name: str, expected: Rows) -> list[str]:
        copied = dict(zip(expected, as_copied(expected.values()), strict=True))
        return super()._compare(name, copied)


def _on(url: str) -> type[Histories]:
    numbers = itertools.count()

    class HistoriesOnPostgres(Histories):
        """Histories with a dataset each, dropped at its end."""

        def make(self, **arguments: Any) -> History:
            """A history in a dataset of its own."""
            return HistoryOnPostgres(
                **arguments,
                destination=lambda _: dlt.destinations.postgres(url),
                dataset=f"history_{next(numbers)}",
            )

        def teardown(self) -> None:
            """Leave nothing behind, in the database neither."""
            if hasattr(self, "history"):
                with self.history.pipeline().sql_client() as client:
                    for name in (client.dataset_name, client.staging_dataset_name):
                        client.execute_sql(f"DROP SCHEMA IF EXISTS {name} CASCADE")
            super().teardown()

    return HistoriesOnPostgres


@pytest.mark.search
@pytest.mark.parametrize("number", [0, 1])
def test_the_contract_holds_after_every_run_on_postgres(postgres_url: str, number: int) -> None:
    """Five random histories, and five in the search."""
    run_histories(_on(postgres_url), number)


@pytest.mark.long
@pytest.mark.parametrize("number", range(100, 120))
def test_the_contract_holds_in_the_long_run_on_postgres(postgres_url: str, number: int) -> None:
    """A hundred more."""
    run_histories(_on(postgres_url), number)
