"""Ctrl-C while dlt writes: it is an interrupt, not a failure of the destination."""

from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.common.runtime.collector import NullCollector

from tests.tools.compare import differences
from workforce_source import load
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


@pytest.mark.parametrize("step", ["Extract", "Normalize", "Load"])
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
