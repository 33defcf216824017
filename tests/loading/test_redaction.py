"""What dlt keeps of a run beside the destination: its trace, its state, its logs; and nobody in it.

Load packages that wait to be loaded hold rows by nature; nothing else may.
"""

from __future__ import annotations

import json
import pickle
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed

from tests.tools.histories import History
from tests.tools.loaded import Loaded
from tests.tools.logged import everything_logged, private_to, whole
from tests.tools.main_job import unpacked
from workforce_source import workforce
from workforce_source.exceptions import AuthenticationError, DestinationError

TRACE = "histories/trace.pickle"
PACKAGES = ("histories/load/", "histories/normalize/")


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Twenty employees, loaded."""
    once = Loaded(employees=20, seed=3)
    yield once
    once.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """A history of its own."""
    history = loaded.copy()
    yield history
    history.close()


def files_with(folder: Path, private: set[str]) -> set[str]:
    """The files below a folder that hold something private, in their names or themselves."""
    return {
        name
        for path in folder.rglob("*")
        if path.is_file()
        for name in [path.relative_to(folder).as_posix()]
        if any(one in f"{name} {unpacked(path)}".casefold() for one in private)
    }


def refuse(history: History) -> None:
    """Let the destination refuse rows with a message that quotes them."""
    with history.pipeline().sql_client() as client:
        client.execute_sql("CREATE UNIQUE INDEX once ON employees (email)")
    one, other = history.sandbox.population.employees[:2]
    history.sandbox.population.edit(one.id, email=other.email)


def test_a_destination_that_quotes_rows_is_not_quoted(history: History) -> None:
    """Error, trace, state and logs hold nobody, however often it fails; packages that wait do."""
    refuse(history)
    private = private_to(history.sandbox)
    for _ in range(2):  # the second run aborts what the first could not load, and fails itself
        with everything_logged() as records, pytest.raises(DestinationError) as caught:
            history.load()
        raised = "".join(traceback.format_exception(caught.value)) + str(pickle.dumps(caught.value))
        told = "".join(map(whole, records)) + raised.casefold()
        assert [one for one in private if one in told] == []
        held = files_with(history.pipelines_dir, private)
        assert held, "so that this test can fail"
        assert {name for name in held if not name.startswith(PACKAGES)} == set()


@pytest.mark.search  # in the normal run, what a destination quotes
def test_a_package_that_was_aborted_is_not_quoted(history: History) -> None:
    """The next run has nothing to load, and what it aborted first leaves no words behind."""
    one = history.sandbox.population.employees[0]
    email = one.email
    refuse(history)
    with pytest.raises(DestinationError):
        history.load()
    history.sandbox.population.edit(one.id, email=email)
    summary = history.load()
    assert (summary.pending or "").startswith("aborted")
    assert summary.packages == 0
    trace = history.pipeline().last_trace
    assert trace is not None
    assert files_with(history.pipelines_dir, private_to(history.sandbox)) == set()


def test_the_trace_still_says_what_failed(history: History) -> None:
    """Step, kind of error and where it was raised stay, in this process and in the file."""
    refuse(history)
    pipeline = history.pipeline()
    with pytest.raises(DestinationError):
        history.load()
    trace = pipeline.last_trace
    assert trace is not None
    failed = [step for step in trace.steps if step.step_exception]
    assert [step.step for step in failed] == ["load"]
    kinds = [one["exception_type"] for step in failed for one in step.exception_traces or ()]
    assert any(kind.endswith(".ConstraintException") for kind in kinds)
    assert all(one["stack_trace"] for step in failed for one in step.exception_traces or ())


@pytest.mark.parametrize("by", ["load", pytest.param("the source", marks=pytest.mark.search)])
def test_refused_credentials_are_in_no_file(history: History, by: str) -> None:
    """A token that expired is in no trace, no state and no log."""
    history.sandbox.churn({"profile_edits": 2})
    history.sandbox.expire_api_token()
    private = private_to(history.sandbox)
    kind: type[Exception] = AuthenticationError
    run: Callable[[], object] = history.load
    if by == "the source":
        kind = PipelineStepFailed
        run = partial(history.pipeline().run, workforce(**history.settings))
    with everything_logged() as records, pytest.raises(kind, match="401"):
        run()
    told = "".join(map(whole, records))
    assert [one for one in private if one in told] == []
    assert (history.pipelines_dir / TRACE).is_file()
    assert files_with(history.pipelines_dir, private) == set()


@pytest.mark.parametrize("by", ["load", pytest.param("the source", marks=pytest.mark.search)])
def test_settings_that_name_people_are_in_no_file(by: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trace keeps the settings of a run, but neither secrets nor whom to read or look for."""
    history = History(employees=20, seed=3)
    try:
        one, other = (e.email for e in history.sandbox.population.employees[:2])
        history.settings |= {"refresh": [one], "employee_filter": {"name_or_email": other}}
        for name, value in history.settings.items():
            text = value if isinstance(value, str) else json.dumps(value)
            monkeypatch.setenv(f"SOURCES__WORKFORCE__{name.upper()}", text)
        history.settings.clear()
        if by == "load":
            history.load()
        else:
            history.pipeline().run(workforce())
        trace = history.pipeline().last_trace
        assert trace is not None
        if by == "the source":  # of a load only the settings of its last step are kept
            kept = {value.key for value in trace.resolved_config_values}
            assert {"api_token", "max_workers"} <= kept, "so that this test can fail"
        assert files_with(history.pipelines_dir, private_to(history.sandbox)) == set()
    finally:
        history.close()
