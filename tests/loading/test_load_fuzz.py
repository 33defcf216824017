"""A whole load against an API that answers anything: our own errors, soon, and nobody removed.

`pytest tests/loading/test_load_fuzz.py` tries a few damaged answers, `-m long` hundreds.
"""

from __future__ import annotations

import pickle
import re
import time
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.tools.compare import differences, tables_of
from tests.tools.examples import examples
from tests.tools.histories import History
from tests.tools.loaded import Loaded
from tests.tools.logged import everything_logged, private_to, whole
from tests.tools.main_job import unpacked
from tests.tools.mangling import SOMEBODY, Mangling, manglings
from tests.tools.timekeeping import Waits
from workforce_source.exceptions import DestinationError, WorkforceError
from workforce_source.sandbox import Answer, Entry, Options

KEPT = ("employees", "employee_profiles", "employee_badges", "external_badges")
"""Tables that lose nothing to a damaged answer."""
PATIENT = {"give_up_after": 60.0, "max_pause": 60.0, "badge_max_age": "0"}


class Fuzzed:
    """One loaded organization for all examples: each ends with a load that makes it whole again."""

    def __init__(self) -> None:
        self._loaded = Loaded(
            employees=16, seed=3, options=Options(page_size=4), checkpoint_every=100
        )
        self._history: History | None = None
        self.mangling: Mangling | None = None
        self.mistakes: list[Exception] = []

    def _replace(self, entry: Entry, answer: Answer) -> Answer:
        try:
            return self.mangling(entry, answer) if self.mangling else answer
        except Exception as mistake:
            self.mistakes.append(mistake)
            raise

    def close(self) -> None:
        """Leave nothing behind."""
        self._loaded.close()
        self.spoil()

    def history(self) -> History:
        """The organization as it was loaded."""
        if self._history is None:
            self._history = self._loaded.copy()
            self._history.sandbox.on_answer(self._replace)
        return self._history

    def spoil(self) -> None:
        """Begin anew with the next example."""
        if self._history is not None:
            self._history.close()
        self._history, self.mangling, self.mistakes = None, None, []


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Fuzzed]:
    """Sixteen employees on four pages: fewer than the guard of removals is for."""
    fuzzed = Fuzzed()
    yield fuzzed
    fuzzed.close()


def survives(fuzzed: Fuzzed, mangling: Mangling) -> None:
    """One load against damaged answers, and one when they are whole again."""
    history = fuzzed.history()
    try:
        before = keys(history)
        fuzzed.mangling = mangling
        ends_in_our_own_way(history)
        fuzzed.mangling = None
        assert fuzzed.mistakes == []
        after = keys(history)
        assert {name: gone for name in KEPT if (gone := before[name] - after[name])} == {}
        history.clock.advance(60)
        summary = history.load(badge_max_age="0", allow_removals=True)
        assert summary.exit_code == 0, summary.as_dict()
        wrong = differences(history.pipeline(), history.sandbox.truth())
        if summary.statistics.unconfirmed:
            # invented by a damaged list without a key or a name to ask for: nobody can deny them
            fuzzed.spoil()
            wrong = [one for one in wrong if not re.match("employees: .* should not be here", one)]
        assert wrong == []
    except BaseException:
        fuzzed.spoil()
        raise


def keys(history: History) -> dict[str, set[tuple[Any, ...]]]:
    """The keys of the live rows of the tables that lose nothing."""
    return {name: set(rows) for name, rows in tables_of(history.pipeline(), KEPT).items()}


def ends_in_our_own_way(history: History) -> None:
    """A load that succeeds or raises an error of ours, soon, and tells nothing of anybody."""
    waits, private = Waits(), private_to(history.sandbox) | {SOMEBODY}
    history.clock.advance(60)
    started = time.monotonic()
    ended: WorkforceError | None = None
    with everything_logged() as records:
        try:
            history.load(waits, **PATIENT)
        except WorkforceError as error:
            ended = error
    # nothing an API answers is a reason for the destination to refuse a row
    assert not isinstance(ended, DestinationError)
    assert time.monotonic() - started < 60
    assert waits.now < 3600
    told = "".join(map(whole, records)) + everything(ended) + left_behind(history)
    assert [one for one in private if one in told.casefold()] == []


def everything(error: BaseException | None) -> str:
    """All that an error and what it came from may show."""
    if error is None:
        return ""
    told = "".join(traceback.format_exception(error)) + f"{vars(error)} {pickle.dumps(error)!r}"
    return told + everything(error.__cause__ or error.__context__)


def left_behind(history: History) -> str:
    """All that the files dlt keeps may show: its trace, state, schemas, and load packages."""
    files = [path for path in history.pipelines_dir.rglob("*") if path.is_file()]
    assert any(path.name == "trace.pickle" for path in files)
    return "".join(f"{path.name} {unpacked(path)}" for path in files)


FUZZ = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)


@pytest.mark.search  # in the normal run, lists that change and bodies nobody can read
@pytest.mark.property
@settings(FUZZ, max_examples=examples(2, 8))
@given(manglings)
def test_damaged_answers_remove_nobody(fuzzed: Fuzzed, mangling: Mangling) -> None:
    """The load succeeds or ends in our own error; the next one, with whole answers, is exact."""
    survives(fuzzed, mangling)


@pytest.mark.long
@pytest.mark.parametrize("_part", range(20))  # no test may take five minutes
@settings(FUZZ, max_examples=25, derandomize=False, print_blob=True)
@given(mangling=manglings)
def test_hundreds_of_damaged_answers_remove_nobody(
    fuzzed: Fuzzed, _part: int, mangling: Mangling
) -> None:
    """The same, at random."""
    survives(fuzzed, mangling)
