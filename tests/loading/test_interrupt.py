"""Ctrl-C while dlt writes is an interrupt, no failure; who is stopped keeps what was read."""

from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.common.runtime.collector import NullCollector

from tests.tools.compare import counts, differences
from workforce_source import load
from workforce_source.exceptions import Stopped
from workforce_source.sandbox import Sandbox


class Interrupting(NullCollector):
    """Shows no progress, but presses Ctrl-C in one step of dlt, as a person would at any time."""

    def __init__(self, step: str) -> None:
        self._at = step
        self.pressed = False

    def update(self, *given: Any, **named: Any) -> None:
        """Interrupt, once."""
        if str(self.step).startswith(self._at) and not self.pressed:
            self.pressed = True
            raise KeyboardInterrupt


@pytest.mark.parametrize(
    "step",
    ["Load", *(pytest.param(one, marks=pytest.mark.search) for one in ("Extract", "Normalize"))],
)
def test_an_interrupt_within_a_step_of_dlt_stays_one(
    step: str, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The caller gets `KeyboardInterrupt`, whatever dlt wraps it in, and the next run goes on."""

    def pipeline(progress: NullCollector) -> dlt.Pipeline:
        return dlt.pipeline(
            "workforce",
            destination=dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb")),
            dataset_name="credly",
            pipelines_dir=str(tmp_path / "pipelines"),
            progress=progress,
        )

    settings: dict[str, Any] = dict(sandbox.settings)
    keyboard = Interrupting(step)
    with pytest.raises(KeyboardInterrupt) as interrupt:
        load(pipeline(keyboard), **settings)
    assert keyboard.pressed
    assert interrupt.value.__cause__ is None
    again = pipeline(NullCollector())
    load(again, **settings)
    assert differences(again, sandbox.truth()) == []


@pytest.mark.parametrize("silent", [False, pytest.param(True, marks=pytest.mark.search)])
def test_a_run_that_is_stopped_keeps_what_it_had_read(
    silent: bool, sandbox: Sandbox, tmp_path: Path
) -> None:
    """In the midst of the only batch of a first load, also while the API answers nothing."""

    def progress(name: str, done: int, _total: int | None) -> None:
        if name == "employee_data" and done >= 25:
            sandbox.faults.hold = 60.0 if silent else 0.0
            if not silent or sandbox.counts()["employee_data"] > 26:
                raise Stopped("Stopped.")

    pipeline = dlt.pipeline(
        "workforce",
        destination=dlt.destinations.duckdb(str(tmp_path / "workforce.duckdb")),
        dataset_name="credly",
        pipelines_dir=str(tmp_path / "pipelines"),
    )
    settings: dict[str, Any] = dict(sandbox.settings)
    with pytest.raises(Stopped) as stopped:
        load(pipeline, progress=progress, **settings)
    kept = counts(pipeline)["employee_profiles"]
    assert kept >= 24
    assert f"badges of {kept} employees" in stopped.value.message
    sandbox.reset()
    due = load(pipeline, **settings).statistics.due_total
    accepted = [one for one in sandbox.population.employees if one.accepted]
    assert due == len(accepted) - kept
    assert differences(pipeline, sandbox.truth()) == []
