"""Random histories of an organization; after every run the contract holds.

`pytest tests/sync/test_histories.py` runs five, `-m search` twenty-five more; `-m long` the long
run (see CONTRIBUTING).
"""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.tools.histories import History
from workforce_source.sandbox import Options
from workforce_source.sandbox.churn import KINDS
from workforce_source.tables import DATA_TABLES

ages = st.sampled_from(["0", "1h", "24h"])
caps = st.sampled_from([None, None, None, 0, 3])
kinds = st.dictionaries(st.sampled_from(sorted(KINDS)), st.integers(1, 4), min_size=1, max_size=5)
moments = st.sampled_from([0, 30, 1_800, 7_200, 90_000, 200_000])
emptied = st.sampled_from([*(table.name for table in DATA_TABLES), "badge_reads", "changes"])


class Histories(RuleBasedStateMachine):
    """Things that happen to an organization, a machine and a destination, in any order."""

    history: History

    def make(self, **arguments: Any) -> History:
        """The history; other destinations replace this."""
        return History(**arguments)

    @initialize(
        employees=st.integers(0, 24),
        who=st.integers(0, 10),
        page_size=st.sampled_from([3, 7, 50]),
        per_counts=st.sampled_from(["employees", "all_employees", "badges"]),
        checkpoint_every=st.sampled_from([4, 100]),
        deletions=st.sampled_from(["hard", "soft"]),
    )
    def begin(
        self,
        employees: int,
        who: int,
        page_size: int,
        per_counts: Any,
        checkpoint_every: int,
        deletions: str,
    ) -> None:
        """An organization and an empty destination."""
        self.loaded = False
        self.history = self.make(
            employees=employees,
            seed=who,
            options=Options(page_size=page_size, per_counts=per_counts),
            checkpoint_every=checkpoint_every,
            deletions=deletions,
        )

    def teardown(self) -> None:
        """Leave nothing behind."""
        if hasattr(self, "history"):
            self.history.close()

    @rule(names=kinds)
    def churn(self, names: dict[str, int]) -> None:
        """The organization lives on."""
        self.history.sandbox.churn(names)

    @rule(seconds=moments)
    def wait(self, seconds: int) -> None:
        """Time passes."""
        self.history.clock.advance(seconds)

    @rule(age=ages, cap=caps, deletions=st.sampled_from([None, None, "hard", "soft"]))
    def run(self, age: str, cap: int | None, deletions: str | None) -> None:
        """A run; when removals are held back it is allowed once, as the message says."""
        if deletions:
            self.history.settings["deletions"] = deletions
        summary = self.history.run(badge_max_age=age, max_badge_reads=cap)
        if summary.exit_code == 5:
            self.history.run(badge_max_age=age, max_badge_reads=cap, allow_removals=True)
        self.loaded = True
        if cap is None and age != "0" and not self.history.refused:
            self.history.run_again_at_once(badge_max_age=age)

    @rule(pick=st.integers(0, 100), status=st.sampled_from([403, 404, 410, 422, None]))
    def refuse(self, pick: int, status: int | None) -> None:
        """Somebody becomes unreadable, or readable again."""
        people = [e for e in self.history.sandbox.population.in_order() if e.accepted]
        if people:
            self.history.refuse(people[pick % len(people)].id, status)

    @rule(status=st.sampled_from([429, 500, 503]), count=st.integers(1, 2))
    def hiccup(self, status: int, count: int) -> None:
        """The next requests fail and are repeated."""
        self.history.sandbox.fail_next(status, count)

    @rule()
    def lose_pipelines_dir(self) -> None:
        """The next run starts on a new machine."""
        self.history.lose_pipelines_dir()

    @precondition(lambda self: self.loaded)
    @rule(mode=st.sampled_from(["drop_sources", "drop_resources", "drop_data"]))
    def refresh(self, mode: str) -> None:
        """The next run is told to start over."""
        self.history.refresh = mode

    @precondition(lambda self: self.loaded)
    @rule(table=emptied, drop=st.booleans())
    def empty(self, table: str, drop: bool) -> None:
        """Somebody drops or empties a table."""
        self.history.empty(table, drop=drop)


FIVE = settings(
    max_examples=5,
    stateful_step_count=10,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    # a history takes seconds: the one that fails is short enough to be read as it is
    phases=[Phase.generate],
)


def run_histories(machine: type[Histories], number: int) -> None:
    """Five histories that the number decides."""
    seeded = type(machine.__name__, (machine,), {})
    run_state_machine_as_test(seed(number)(seeded), settings=FIVE)


@pytest.mark.parametrize(
    "number", [2, *(pytest.param(number, marks=pytest.mark.search) for number in (0, 1, 3, 4, 5))]
)
def test_the_contract_holds_after_every_run(number: int) -> None:
    """Five random histories on DuckDB; twenty-five more in the search."""
    run_histories(Histories, number)


@pytest.mark.long
@pytest.mark.parametrize("number", range(100, 200))
def test_the_contract_holds_in_the_long_run(number: int) -> None:
    """Five hundred more."""
    run_histories(Histories, number)
