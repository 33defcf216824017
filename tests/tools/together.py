"""Organizations that load into one dataset at the same instant, each from a process of its own."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import dlt

from tests.tools.compare import differences
from tests.tools.histories import History
from tests.tools.killed import TIMEOUT, Child, Point
from workforce_source.sandbox.log import Entry

CHURN = {"profile_edits": 3, "joiners": 2, "deletions": 1, "new_badges": 3, "vanished_badges": 2}
CHURN |= {"new_external": 2, "vanished_external": 1, "template_edits": 2, "bio_edits": 2}
MINUTES = 5 * 60
_numbers = itertools.count()


class Together:
    """Some organizations and one dataset of a PostgreSQL.

    Args:
        url: Address of the server.
        organizations: How many.
        employees: How many each has in the beginning.
    """

    def __init__(self, url: str, organizations: int, employees: int) -> None:
        self.url = url
        self.dataset = f"together_{next(_numbers)}"
        self.histories = [
            History(
                employees,
                seed,
                destination=lambda _: dlt.destinations.postgres(url),
                dataset=self.dataset,
                checkpoint_every=employees,
            )
            for seed in range(1, organizations + 1)
        ]

    def child(self, number: int, pipelines: str = "", **settings: Any) -> Child:
        """The next run of an organization, everybody's badges read."""
        history = self.histories[number]
        return Child.of(
            history,
            pipelines_dir=f"{history.pipelines_dir}{pipelines}",
            destination="postgres",
            credentials=self.url,
            dataset=self.dataset,
            settings=history.settings | {"badge_max_age": "0"} | settings,
        )

    def run(
        self, children: list[Child], points: dict[int, Point] | None = None
    ) -> list[tuple[int | None, str]]:
        """Run loads at once; get return code and what was printed of each, in their order.

        Args:
            children: The loads; the first request of each waits for those of all organizations.
            points: Where some of them end themselves, by their position.
        """
        meet = threading.Barrier(len({child.settings["organization_id"] for child in children}))
        for history in self.histories:
            if any(
                child.settings["organization_id"] == history.sandbox.organization_id
                for child in children
            ):
                history.sandbox.on_request(_Once(meet))
        started = [
            child.start((points or {}).get(number, Point()))
            for number, child in enumerate(children)
        ]
        done = [process.communicate(timeout=TIMEOUT) for process in started]
        return [
            (process.returncode, printed or complaints)
            for process, (printed, complaints) in zip(started, done, strict=True)
        ]

    def sections(self) -> dict[str, dict[str, Any]]:
        """What the main job's configuration has of each organization; everybody is read."""
        return {
            f"o{number}": history.settings | {"badge_max_age": "0"}
            for number, history in enumerate(self.histories)
        }

    def churn(self, seed: int) -> None:
        """Let something happen in every organization, and time pass."""
        for history in self.histories:
            history.clock.advance(MINUTES)
            history.sandbox.churn(CHURN, seed=seed)

    def problems(self, number: int) -> list[str]:
        """What the destination has otherwise than an organization, in any table and column."""
        history = self.histories[number]
        truth = {
            name: [{k: None if v == "" else v for k, v in row.items()} for row in rows]
            for name, rows in history.sandbox.truth().items()
        }
        whose = history.sandbox.organization_id
        return differences(history.pipeline(), truth, organization_id=whose)

    def datasets(self) -> set[str]:
        """The datasets there are of this name: its own, and staging datasets."""
        with self.histories[0].pipeline().sql_client() as client:
            rows = client.execute_sql("SELECT nspname FROM pg_namespace")
        return {name for (name,) in rows or () if name.startswith(self.dataset)}

    def close(self) -> None:
        """Stop everything and leave nothing behind, in the database neither."""
        with self.histories[0].pipeline().sql_client() as client:
            for name in self.datasets():
                client.execute_sql(f"DROP SCHEMA {name} CASCADE")
        for history in self.histories:
            history.close()


class At:
    """Does something at the request of a number, once.

    Args:
        number: From 1, among those it sees.
        do: What to do.
    """

    def __init__(self, number: int, do: Callable[[], object]) -> None:
        self._left = number
        self._do = do

    def __call__(self, _: Entry) -> None:
        """Count a request."""
        self._left -= 1
        if self._left == 0:
            self._do()


class _Once:
    """Has the first request it sees wait for the others'."""

    def __init__(self, meet: threading.Barrier) -> None:
        self._meet: threading.Barrier | None = meet

    def __call__(self, _: Entry) -> None:
        meet, self._meet = self._meet, None
        if meet is not None:
            with suppress(threading.BrokenBarrierError):  # one ended before it asked for anything
                meet.wait(TIMEOUT / 4)


@contextmanager
def together(url: str, organizations: int, employees: int) -> Iterator[Together]:
    """Some organizations and one dataset, gone afterwards."""
    with ExitStack() as stack:
        whole = Together(url, organizations, employees)
        stack.callback(whole.close)
        yield whole
