"""Keys that lie: an employee is asked for by external_id or e-mail, and either may lead elsewhere.

`pytest tests/sync/test_path_keys.py` takes about a minute; `-m long` tries many more confusions.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.tools.compare import differences, rows_of
from tests.tools.examples import examples
from tests.tools.histories import History
from tests.tools.loaded import Loaded
from workforce_source import Summary
from workforce_source.sandbox import Options
from workforce_source.sandbox.log import Entry
from workforce_source.sandbox.model import Employee

DAY = 86_400


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Sixteen employees, loaded; `/data` is refused of those who have not accepted."""
    once = Loaded(employees=16, seed=3)
    yield once
    once.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """A history of its own."""
    history = loaded.copy()
    yield history
    history.close()


def people(history: History, *, accepted: bool = True) -> list[Employee]:
    """Who has accepted, or has not, the oldest first."""
    return [e for e in history.sandbox.population.in_order() if e.accepted is accepted]


def before_the_first_read(history: History, change: Callable[[], object]) -> None:
    """Let something happen after the lists were walked, before anybody's badges are answered."""
    waiting = [change]

    def watch(entry: Entry) -> None:
        if entry.endpoint == "employee_data" and waiting:
            waiting.pop()()

    history.sandbox.on_request(watch)


def test_a_key_to_refresh_that_is_nobodys_is_told(history: History) -> None:
    """Whoever misspelt it would take the badges of before for new ones; it is not repeated."""
    known = people(history)[0].email.upper()
    notes = history.load(refresh=[known, "nobody@example.com"]).statistics.notes
    assert "1 key to refresh is nobody's in the list of employees." in notes
    assert not any("nobody@" in note for note in notes)


def read_everybody(history: History) -> Summary:
    """A run that asks for everybody, a minute later."""
    history.clock.advance(60)
    history.sandbox.requests.clear()
    return history.load(badge_max_age="0")


def owners(history: History) -> set[tuple[str, ...]]:
    """Whose profile and badges are which, now."""
    found: set[tuple[str, ...]] = set()
    for employee in history.sandbox.population.in_order():
        found.add((employee.id, str(employee.bio), str(employee.vanity_url)))
        found.update((employee.id, badge.id) for badge in employee.badges)
    return found


def written(history: History) -> set[tuple[str, ...]]:
    """Whose profile and badges are which, as the destination has it."""
    profiles = rows_of(history.pipeline(), "employee_profiles").values()
    found = {(r["employee_id"], str(r["bio"]), str(r["vanity_url"])) for r in profiles}
    badges = rows_of(history.pipeline(), "employee_badges")
    return found | {(key[1], key[2]) for key in badges}


def status_of(history: History, employee: Employee) -> dict[str, Any]:
    """The row of `badge_reads` of one employee."""
    reads = rows_of(history.pipeline(), "badge_reads")
    return next(row for key, row in reads.items() if key[1] == employee.id)


def equal(history: History) -> list[str]:
    """What differs from the truth."""
    return differences(history.pipeline(), history.sandbox.truth())


def no_external_id(history: History) -> None:
    """One has no external_id."""
    history.sandbox.population.edit(people(history)[0].id, external_id=None)


def one_for_two(history: History) -> None:
    """Two share an external_id."""
    for employee in people(history)[:2]:
        history.sandbox.population.edit(employee.id, external_id="SHARED")


def case_only(history: History) -> None:
    """Two have external_ids that differ in case only."""
    one, other = people(history)[:2]
    history.sandbox.population.edit(one.id, external_id="shared-1")
    history.sandbox.population.edit(other.id, external_id="SHARED-1")


def anothers_email(history: History) -> None:
    """The external_id of one is the e-mail of another."""
    one, other = people(history)[:2]
    history.sandbox.population.edit(one.id, external_id=other.email)


def email_of_a_pending(history: History) -> None:
    """The external_id of one is the e-mail of somebody whose badges nobody may read."""
    pending = people(history, accepted=False)[0]
    history.sandbox.population.edit(people(history)[0].id, external_id=pending.email)


def crossed(history: History) -> None:
    """Each of two has the other's e-mail as external_id."""
    one, other = people(history)[:2]
    history.sandbox.population.edit(one.id, external_id=other.email)
    history.sandbox.population.edit(other.id, external_id=one.email)


LISTED = [no_external_id, one_for_two, case_only, anothers_email, email_of_a_pending, crossed]


@pytest.mark.parametrize(
    "confuse",
    [
        pytest.param(one, id=one.__name__, marks=[] if one is crossed else pytest.mark.search)
        for one in LISTED
    ],
)
def test_keys_that_lie_on_the_list_still_lead_to_everybody(
    history: History, confuse: Callable[[History], None]
) -> None:
    """Everybody is read by a key of their own; nobody is unreadable."""
    confuse(history)
    summary = read_everybody(history)
    assert summary.exit_code == 0
    assert not summary.statistics.unreadable
    assert equal(history) == []


def swap(history: History, *, with_pending: bool) -> None:
    """Two people exchange their external ids."""
    one = next(e for e in people(history) if e.external_id)
    other = next(
        e for e in people(history, accepted=not with_pending) if e.external_id and e is not one
    )
    ids = one.external_id, other.external_id
    history.sandbox.population.edit(one.id, external_id=ids[1])
    history.sandbox.population.edit(other.id, external_id=ids[0])


def new_external_id(history: History) -> None:
    """One gets another external_id."""
    one = next(e for e in people(history) if e.external_id)
    history.sandbox.population.edit(one.id, external_id="CHANGED-1")


MEANWHILE: dict[str, Callable[[History], None]] = {
    "changed": new_external_id,
    "swapped": lambda history: swap(history, with_pending=False),
    "swapped with one nobody may read": lambda history: swap(history, with_pending=True),
}


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(change, id=name, marks=[] if name == "swapped" else pytest.mark.search)
        for name, change in MEANWHILE.items()
    ],
)
def test_an_external_id_that_changes_after_the_list_is_made_up_for_by_the_email(
    history: History, change: Callable[[History], None]
) -> None:
    """The answer of another person is not taken; the e-mail still leads to the right one."""
    before_the_first_read(history, lambda: change(history))
    summary = read_everybody(history)
    assert summary.exit_code == 0
    assert not summary.statistics.unreadable
    assert not [line for line in equal(history) if line.startswith(("employee_p", "employee_b"))]
    history.run()
    assert equal(history) == []


@pytest.mark.search  # plays several runs
def test_an_employee_whose_only_key_changed_is_unreadable_until_the_badges_are_old(
    history: History,
) -> None:
    """Recorded with its status, badges kept, left alone for `badge_max_age`, then read again."""
    one = people(history)[0]
    population = history.sandbox.population
    population.edit(one.id, external_id=None)
    read_everybody(history)
    mine = {entry for entry in written(history) if entry[0] == one.id}
    before = status_of(history, one)["badges_read_at"]

    before_the_first_read(
        history, lambda: population.edit(one.id, email="moved@else.example", bio="New.")
    )
    summary = read_everybody(history)
    # one of about ten is more than the share that counts as complete
    assert (summary.exit_code, summary.statistics.newly_unreadable) == (3, 1)
    assert summary.statistics.unreadable == {404: 1}
    row = status_of(history, one)
    assert (row["read_status"], row["http_status"]) == ("unreadable", 404)
    assert row["attempted_at"] == history.clock.now
    assert row["badges_read_at"] == before
    assert {entry for entry in written(history) if entry[0] == one.id} == mine

    history.clock.advance(60)
    assert history.load().statistics.due_total == 0
    history.clock.advance(DAY)
    assert history.load().exit_code == 0
    assert equal(history) == []


@pytest.mark.search  # plays several runs
def test_exit_3_is_for_the_newly_unreadable_only(history: History) -> None:
    """Whoever stays unreadable is tried again when due, and is no reason to call a load partial."""
    one = people(history)[0]
    history.refuse(one.id, 422)
    assert read_everybody(history).exit_code == 3
    history.clock.advance(2 * DAY)
    summary = history.load()
    assert (summary.exit_code, summary.statistics.unreadable) == (0, {422: 1})
    history.refuse(one.id, None)
    assert read_everybody(history).exit_code == 0
    history.refuse(one.id, 422)
    assert read_everybody(history).exit_code == 3


def test_an_allowed_share_of_newly_unreadable_employees_still_is_a_complete_load(
    history: History,
) -> None:
    """`max_unreadable_share` says how many."""
    history.refuse(people(history)[0].id, 403)
    history.clock.advance(60)
    summary = history.load(badge_max_age="0", max_unreadable_share=0.2)
    assert (summary.exit_code, summary.statistics.newly_unreadable) == (0, 1)


def reject(history: History, employee: Employee) -> None:
    """An employee takes the connection back."""
    history.sandbox.population.edit(
        employee.id, employee_state="rejected", employee_state_updated_at=history.clock.now
    )


@pytest.mark.search  # plays several runs
def test_data_wins_when_it_says_that_somebody_is_not_accepted_any_more() -> None:
    """An employee who leaves after the list was walked has no profile and no badges here."""
    history = History(16, 3, options=Options(not_accepted_status=200))
    try:
        history.run()
        one = people(history)[0]
        assert any(entry[0] == one.id for entry in written(history))
        before_the_first_read(history, lambda: reject(history, one))
        assert read_everybody(history).exit_code == 0
        assert not any(entry[0] == one.id for entry in written(history))
        history.run()
        assert equal(history) == []
    finally:
        history.close()


@pytest.mark.search  # plays several runs
def test_badges_stay_while_a_refusal_is_all_that_is_known(history: History) -> None:
    """A 403 after the list said accepted keeps the badges; the next list takes them away."""
    one = people(history)[0]
    mine = {entry for entry in written(history) if entry[0] == one.id}
    before_the_first_read(history, lambda: reject(history, one))
    summary = read_everybody(history)
    assert summary.statistics.unreadable == {403: 1}
    assert {entry for entry in written(history) if entry[0] == one.id} == mine
    assert history.load().exit_code == 0
    assert equal(history) == []


@pytest.mark.search  # plays several runs
def test_an_employee_deleted_after_the_list_is_removed_by_the_next_run(history: History) -> None:
    """The read finds nobody; the next list does not have them, and a confirmation agrees."""
    one = people(history)[0]
    before_the_first_read(history, lambda: history.sandbox.population.remove(one.id))
    assert read_everybody(history).statistics.unreadable == {404: 1}
    assert any(entry[0] == one.id for entry in written(history))
    assert history.load().exit_code == 0
    assert equal(history) == []


confusions = st.lists(
    st.tuples(
        st.sampled_from(["swap", "take e-mail", "move", "none", "both", "reject", "delete"]),
        st.integers(0, 15),
        st.integers(0, 15),
    ),
    min_size=1,
    max_size=6,
)


def confuse(history: History, what: str, first: int, second: int, number: int) -> None:
    """One thing happens to one or two people."""
    population = history.sandbox.population
    everybody = population.in_order()
    one, other = everybody[first % len(everybody)], everybody[second % len(everybody)]
    if what == "swap":
        ids = one.external_id, other.external_id
        population.edit(one.id, external_id=ids[1])
        population.edit(other.id, external_id=ids[0])
    elif what == "take e-mail":
        population.edit(one.id, external_id=other.email)
    elif what == "move":
        population.edit(one.id, email=f"moved{number}@else.example")
    elif what == "none":
        population.edit(one.id, external_id=None)
    elif what == "both":
        taken = other.email
        population.edit(other.id, email=f"gave{number}@else.example")
        population.edit(one.id, email=taken)
    elif what == "reject":
        reject(history, one)
    elif len(everybody) > 8:
        population.remove(one.id)


def writes_nothing_under_another_person(
    loaded: Loaded,
    on_the_list: list[tuple[str, int, int]],
    meanwhile: list[tuple[str, int, int]],
) -> None:
    """Keys are confused before the list and between list and reads."""
    history = loaded.copy()
    try:
        owned = owners(history)
        for number, what in enumerate(on_the_list):
            confuse(history, *what, number)

        def happen() -> None:
            for number, what in enumerate(meanwhile, 100):
                confuse(history, *what, number)

        before_the_first_read(history, happen)
        read_everybody(history)
        assert not written(history) - owned
        read_everybody(history)
        assert not written(history) - owned
        assert not [line for line in equal(history) if not line.startswith("badge_templ")]
    finally:
        history.close()


CONFUSED = settings(
    deadline=None,
    database=None,
    max_examples=examples(1, 8),
    suppress_health_check=list(HealthCheck),
    # a run takes a second: the confusion that fails is short enough to be read as it is
    phases=[Phase.generate],
)


@pytest.mark.property
@seed(1)
@given(on_the_list=confusions, meanwhile=confusions)
@settings(CONFUSED)
def test_confused_keys_write_nothing_under_another_person(
    loaded: Loaded,
    on_the_list: list[tuple[str, int, int]],
    meanwhile: list[tuple[str, int, int]],
) -> None:
    """Whatever happens to keys and when, rows stand under their own employee or nowhere."""
    writes_nothing_under_another_person(loaded, on_the_list, meanwhile)


@pytest.mark.long
@seed(2)
@given(on_the_list=confusions, meanwhile=confusions)
@settings(CONFUSED, max_examples=200)
def test_many_confusions_write_nothing_under_another_person(
    loaded: Loaded,
    on_the_list: list[tuple[str, int, int]],
    meanwhile: list[tuple[str, int, int]],
) -> None:
    """The same, two hundred times."""
    writes_nothing_under_another_person(loaded, on_the_list, meanwhile)
