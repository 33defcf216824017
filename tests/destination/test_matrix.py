"""Each destination from the first load to the marts, and the page that says so.

`pytest -m destinations` runs all of it in the environment of requirements-destinations.lock.
"""

import os
from pathlib import Path

import pytest

from tests.destination.engines import ENGINES, Engine
from tests.destination.page import PAGE, refusing, shown
from tests.destination.scenario import play, versioned
from workforce_source.destination.known import EXECUTED, kind_of


def require(engine: Engine) -> None:
    """Skip what cannot be run here, with its reason; where all are to be run it is a failure."""
    if engine.missing:
        why = f"{engine.name} needs {', '.join(engine.missing)} (requirements-destinations.lock)"
        if os.environ.get("ENGINES") == "all":
            pytest.fail(why)
        pytest.skip(why)


@pytest.mark.destinations
@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.name)
def test_a_destination_is_exact_from_the_first_load_to_the_marts(
    engine: Engine, postgres_url: str
) -> None:
    """What comes of each step is what the page says."""
    require(engine)
    outcome = play(engine, postgres_url, f"played_{ENGINES.index(engine)}")
    assert shown(PAGE.read_text(encoding="utf-8"))[versioned(engine, postgres_url)] == outcome


def test_the_page_says_what_is_refused_and_names_what_was_run() -> None:
    """One row for each kind that is refused, and one for each engine there is."""
    page = PAGE.read_text(encoding="utf-8")
    assert refusing(page) == page
    names = list(shown(page))
    assert len(names) == len(ENGINES)
    for engine, name in zip(ENGINES, names, strict=True):
        assert name.startswith(engine.name.partition(",")[0])


def test_what_counts_as_run_has_an_engine(tmp_path: Path) -> None:
    """The library's list of destinations that were run is that of the tests."""
    url = "postgresql://nobody:x@localhost/none"
    there = [engine for engine in ENGINES if not engine.missing]
    kinds = {kind_of(engine.make(tmp_path, url)) for engine in there}
    lakes = {"ducklake"} if any(engine.packages for engine in ENGINES) else set[str]()
    assert kinds | lakes == {*EXECUTED}
