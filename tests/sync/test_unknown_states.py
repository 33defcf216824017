"""States of employees that the API page does not name: they say nothing of anybody's badges."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools.histories import History
from tests.tools.loaded import Loaded
from workforce_source.sandbox import Answer, Entry, Options

STATES: dict[str, Any] = {"another case": "Accepted", "an object": {}, "null": None, "missing": ...}


@pytest.fixture(scope="module")
def few() -> Iterator[Loaded]:
    """Sixteen employees on four pages: fewer than a guard is for."""
    once = Loaded(employees=16, seed=3, options=Options(page_size=4))
    yield once
    once.close()


@pytest.fixture
def history(few: Loaded) -> Iterator[History]:
    """Sixteen employees, loaded."""
    history = few.copy()
    yield history
    history.close()


def with_badges(history: History) -> str:
    """The id of somebody who shows badges."""
    return min(str(key[1]) for key in history.data()["employee_badges"])


def answer_state(history: History, endpoint: str, employee_id: str, state: Any) -> None:
    """Let an endpoint answer another state of an employee; `...` for none at all."""

    def change(entry: Entry, answer: Answer) -> Answer:
        if entry.endpoint != endpoint or answer.status != 200:
            return answer
        body = json.loads(answer.body)
        for record in body["data"] if isinstance(body["data"], list) else [body["data"]]:
            if record["id"] == employee_id:
                del record["employee_state"]
                record |= {} if state is ... else {"employee_state": state}
        return Answer(200, json.dumps(body).encode(), answer.headers)

    history.sandbox.on_answer(change)


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(state, id=name, marks=[] if name == "missing" else pytest.mark.search)
        for name, state in STATES.items()
    ],
)
def test_an_unknown_state_on_the_list_leaves_badges_as_they_are(
    history: History, state: Any
) -> None:
    """Nothing is removed, the employee is not read, and the summary says how many there are."""
    before, somebody = history.data(), with_badges(history)
    answer_state(history, "employees", somebody, state)
    history.clock.advance(60)
    history.sandbox.requests.clear()
    summary = history.load(badge_max_age="0")
    after = history.data()
    assert {name: rows.keys() for name, rows in after.items()} == {
        name: rows.keys() for name, rows in before.items()
    }
    assert after["employee_badges"] == before["employee_badges"]
    assert summary.exit_code == 0
    assert summary.statistics.accepted == history.sandbox.counts()["employee_data"]
    assert summary.statistics.notes[:1] == [
        "1 listed employee has a state the API page does not name, or none: badges stay as they"
        " are, unread."
    ]


@pytest.mark.search  # plays several runs
def test_several_with_unknown_states_are_counted(history: History) -> None:
    """The summary speaks of them in the plural."""
    for employee in history.sandbox.population.employees[:2]:
        answer_state(history, "employees", employee.id, "suspended")
    (note,) = history.load().statistics.notes
    assert note.startswith("2 listed employees have a state")


@pytest.mark.search  # plays several runs
@pytest.mark.parametrize("state", ["suspended", pytest.param(None, marks=pytest.mark.search)])
def test_an_unknown_state_beside_badges_does_not_hide_them(history: History, state: Any) -> None:
    """The list calls the employee accepted; what the answer shows is loaded as ever."""
    before, somebody = history.data(), with_badges(history)
    answer_state(history, "employee_data", somebody, state)
    history.clock.advance(60)
    assert history.load(badge_max_age="0").exit_code == 0
    assert history.data() == before


@pytest.mark.search  # in the normal run, unknown ones
def test_a_known_state_beside_badges_does(history: History) -> None:
    """It is newer than the list: whoever is not accepted shows no badges."""
    somebody = with_badges(history)
    answer_state(history, "employee_data", somebody, "pending")
    history.clock.advance(60)
    history.load(badge_max_age="0")
    assert somebody not in {key[1] for key in history.data()["employee_badges"]}
