"""SIGKILL at every kind of point in a load package's life: the next run goes on, and tidies up.

`-m long` kills a first load, a later one, and one that gives packages up, at each kind of point.
"""

import json
import re
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.tools.compare import differences
from tests.tools.feed import entries, happened, said
from tests.tools.histories import History
from tests.tools.killed import Child, Point
from tests.tools.loaded import Loaded
from tests.tools.main_job import personal_data_below

PEOPLE: dict[str, Any] = {"employees": 8, "seed": 3}
DAY = 86_400
CHURN = {"profile_edits": 2, "joiners": 1, "new_badges": 2, "vanished_badges": 1, "bio_edits": 1}
PARTS = 10
"""So many tests share the points of a load."""
MOVED = r"/load/normalized/\d+\.\d+$"
"""Changes when a package that is marked as completed is moved away."""
OF_DLT = {"normalize", "load", "schemas", "state.json", "trace.pickle"}
Begun = tuple[History, dict[str, Any]]
"""A history with something to load, and what was loaded before."""


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Eight employees, loaded."""
    once = Loaded(**PEOPLE)
    yield once
    once.close()


def first_load(_loaded: Loaded) -> Begun:
    """Nothing is loaded yet."""
    return History(**PEOPLE), {}


def later_load(loaded: Loaded) -> Begun:
    """A day has passed."""
    history = loaded.copy()
    before = history.data()
    history.clock.advance(DAY + 60)
    history.sandbox.churn(CHURN, seed=5)
    return history, before


def giving_up(loaded: Loaded, killed_at: Point) -> Begun:
    """A killed run has left a package, and another machine has loaded since."""
    history, before = later_load(loaded)
    code, printed = Child.of(history).run(killed_at)
    assert code == -signal.SIGKILL, printed
    history.clock.advance(60)
    elsewhere = Child.of(history, pipelines_dir=str(history.folder / "elsewhere"))
    code, printed = elsewhere.run()
    assert code == 0, printed
    history.clock.advance(DAY)
    return history, before


def extracted_given_up(loaded: Loaded) -> Begun:
    """The package was extracted."""
    return giving_up(loaded, Point(1, r"/load/new/\d"))


def normalized_given_up(loaded: Loaded) -> Begun:
    """Rows of the package are partly loaded."""
    return giving_up(loaded, Point(1, r"/started_jobs/badge_reads\..*\.sql"))


def goes_on(history: History, before: dict[str, Any]) -> None:
    """The next run equals the truth, the feed has each change once, and nothing lies about."""
    history.clock.advance(60)
    assert history.load().exit_code == 0
    assert differences(history.pipeline(), history.sandbox.truth()) == []
    if before:
        assert said(entries(history.pipeline()).values()) == happened(before, history.data())
    assert history.load().packages == 0
    assert lying_about(history.pipelines_dir / "histories") == []
    assert personal_data_below(history.pipelines_dir, history.sandbox) == {}


def lying_about(folder: Path) -> list[str]:
    """Files and folders that belong to no package that is there."""
    of_storage = {
        "": OF_DLT,
        "load": {"new", "normalized", "loaded"},
        "load/new": set[str](),
        "load/normalized": set[str](),
        "normalize": {"extracted"},
        "normalize/extracted": set[str](),
        "schemas": {"workforce.schema.json"},
    }
    return [
        str(path.relative_to(folder))
        for name, known in of_storage.items()
        for path in (folder / name).glob("*")
        if path.name not in known and not path.name.startswith(".") and path.suffix != ".lock"
    ]


def kind_of(change: str) -> str:
    """What a change of a file is, whatever the package, the job and the name for now."""
    change = re.sub(r"\d{10}\.\d+", "PACKAGE", change)
    change = re.sub(r"/[0-9a-f]{16}\b", "/FOR_NOW", change)
    return re.sub(r"/\w+\.[0-9a-f]{10}\.\d+\.", "/JOB.", change)


def dies(history: History, point: Point) -> None:
    """The next run is killed at a point."""
    code, printed = Child.of(history).run(point)
    assert code == -signal.SIGKILL, printed


def test_a_package_marked_as_loaded_and_not_moved_away_ends_no_later_run(loaded: Loaded) -> None:
    """Killed between the two: dlt fails for ever to mark it again."""
    history, before = later_load(loaded)
    try:
        dies(history, Point(1, MOVED))
        goes_on(history, before)
    finally:
        history.close()


@pytest.mark.search  # in the normal run, a package that is loaded
@pytest.mark.parametrize(
    ("begin", "point"),
    [
        pytest.param(first_load, Point(1, r"/load/\w+$"), id="version"),
        pytest.param(first_load, Point(1, r"/load/normalized$"), id="folders"),
        pytest.param(later_load, Point(1, r"/normalize/\w+/.*/new_jobs/employees"), id="extract"),
        pytest.param(later_load, Point(9, r"/load/new/"), id="normalize"),
        pytest.param(normalized_given_up, Point(3, r"/load/normalized"), id="abort that began"),
        pytest.param(normalized_given_up, Point(1, MOVED), id="abort that is marked"),
        *(
            pytest.param(
                extracted_given_up, Point(n, r"/normalize/extracted/\d"), id=f"removal {n}"
            )
            for n in (3, 6, 9, 12)
        ),
        *(
            pytest.param(extracted_given_up, Point(n, r"/schemas/"), id=f"schemas of before {n}")
            for n in (1, 2)
        ),
    ],
)
def test_what_a_kill_leaves_is_ended_or_removed(
    loaded: Loaded, begin: Callable[[Loaded], Begun], point: Point
) -> None:
    """Nobody's rows stay in files that dlt would never look at again."""
    history, before = begin(loaded)
    try:
        dies(history, point)
        goes_on(history, before)
    finally:
        history.close()


@pytest.mark.long
@pytest.mark.parametrize("begin", [first_load, later_load, extracted_given_up, normalized_given_up])
@pytest.mark.parametrize("part", range(PARTS))
def test_a_kill_at_any_kind_of_point_is_made_up_for(
    loaded: Loaded, begin: Callable[[Loaded], Begun], part: int
) -> None:
    """The first and the last of each kind of change that a run makes in the pipelines directory."""
    history, _ = begin(loaded)
    code, printed = Child.of(history).run()
    history.close()
    assert code == 0, printed
    places: dict[str, list[int]] = {}
    for number, change in enumerate(json.loads(printed)["paths"], 1):
        places.setdefault(kind_of(change), []).append(number)
    wrong = []
    for kind, numbers in list(places.items())[part::PARTS]:
        for number in sorted({numbers[0], numbers[-1]}):
            history, before = begin(loaded)
            try:
                code, printed = Child.of(history).run(Point(number))
                # the number of changes is not the same in each run
                assert code in (-signal.SIGKILL, 0), printed
                goes_on(history, before)
            except Exception as error:  # all that are wrong are told
                wrong.append(f"{number} {kind}: {type(error).__name__} {error}"[:300])
            finally:
                history.close()
    assert wrong == []
