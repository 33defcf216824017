"""Nobody is removed who is there: faulty lists, lists that change, filters, windows, switches.

`pytest tests/sync/test_removals.py` takes about a minute; `-m long` tries many more changing lists.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest
import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.tools.compare import rows_of
from tests.tools.examples import examples
from tests.tools.histories import History
from tests.tools.loaded import Loaded
from workforce_source import Summary
from workforce_source.sandbox import Answer, Options
from workforce_source.sandbox.log import Entry
from workforce_source.sandbox.model import Employee
from workforce_source.sandbox.records import external_badge_record

Keys = set[tuple[Any, ...]]


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Ninety employees on six pages."""
    once = Loaded(employees=90, seed=7, options=Options(page_size=15), checkpoint_every=100)
    yield once
    once.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """Ninety employees, loaded."""
    history = loaded.copy()
    yield history
    history.close()


@pytest.fixture(scope="module")
def few() -> Iterator[Loaded]:
    """Sixteen employees on four pages: fewer than a guard is for."""
    once = Loaded(employees=16, seed=3, options=Options(page_size=4))
    yield once
    once.close()


def keys(history: History) -> dict[str, Keys]:
    """The keys of the live rows of every data table."""
    return {name: set(rows) for name, rows in history.data().items()}


def removed(history: History, before: dict[str, Keys]) -> dict[str, Keys]:
    """What is not there any more, by table."""
    now = keys(history)
    return {name: gone for name in before if (gone := before[name] - now[name])}


def faulty_run(history: History, **more: Any) -> Summary:
    """Run while the API is not itself, so that there is no truth to hold the outcome to."""
    history.clock.advance(60)
    return history.load(badge_max_age="0", **more)


def equals_the_truth(history: History, **more: Any) -> Summary:
    """Run with everybody's badges read; everything is as the organization is now."""
    summary = history.run(badge_max_age="0", **more)
    assert summary.exit_code == 0, summary.as_dict()
    return summary


FAULTS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "nobody is listed": ({"list_share": 0.0}, {"employees"}),
    "half is listed": ({"list_share": 0.5}, {"employees"}),
    "no external badge is listed": ({"external_share": 0.0}, {"external_badges"}),
    "half of the external badges is listed": ({"external_share": 0.5}, {"external_badges"}),
    "nobody shows badges": ({"empty_badges": True}, {"employee_badges"}),
}


@pytest.mark.parametrize(
    ("fault", "tables"),
    [
        pytest.param(*case, id=name, marks=[] if "nobody" in name else pytest.mark.search)
        for name, case in FAULTS.items()
    ],
)
def test_an_api_that_suddenly_shows_less_removes_nobody(
    history: History, fault: dict[str, Any], tables: set[str]
) -> None:
    """Exit 5 and every row stays; once the API is itself again, a run exits 0 and all is equal."""
    before = keys(history)
    history.sandbox.faults.set(**fault)
    # the whole organization in one batch, as by default
    summary = faulty_run(history, checkpoint_every=2000)
    assert summary.exit_code == 5
    assert tables <= set(summary.statistics.held_back)
    assert not removed(history, before)

    history.sandbox.faults.clear()
    assert not equals_the_truth(history).statistics.held_back
    assert not removed(history, before)


def may_go(badges: Keys) -> float:
    """How many of these badges reads may remove: a fifth, and what one person hides."""
    most = max(Counter(key[1] for key in badges).values())
    return 0.2 * len(badges) + most


@pytest.mark.search  # in the normal run, the guard counts one batch
def test_the_guard_counts_over_all_batches(history: History) -> None:
    """Batches too small to trip it one by one take no more than its share of the table."""
    before = keys(history)
    history.sandbox.faults.empty_badges = True
    summary = faulty_run(history, checkpoint_every=6)
    assert summary.exit_code == 5
    gone = removed(history, before).get("employee_badges", set())
    assert len(gone) <= may_go(before["employee_badges"])

    history.sandbox.faults.clear()
    equals_the_truth(history)


@pytest.mark.search  # plays many runs
def test_a_lie_that_comes_in_slices_is_one_lie(history: History) -> None:
    """Nobody shows badges, in hourly runs that read a few: a fifth goes, then all is held."""
    before = keys(history)["employee_badges"]
    history.sandbox.faults.empty_badges = True
    codes = []
    for _ in range(8):
        history.clock.advance(3 * 3600)
        codes.append(history.load().exit_code)
    assert 5 in codes
    left = keys(history)["employee_badges"]
    assert len(before - left) <= may_go(before)
    history.clock.advance(24 * 3600)  # what was removed first is long ago by now
    assert history.load().exit_code == 5
    assert keys(history)["employee_badges"] == left

    history.sandbox.faults.clear()
    assert history.load().exit_code == 0
    equals_the_truth(history)


@pytest.mark.search  # plays many runs
def test_what_one_person_hides_holds_up_nobody_else(history: History) -> None:
    """Thirty badges of one person are that person's choice, beside one revoked of another."""
    population = history.sandbox.population
    one, other = [e for e in population.in_order() if any(b.visible for b in e.badges)][:2]
    shown = next(badge for badge in one.badges if badge.visible)
    many = [replace(shown, id=population.new_id()) for _ in range(60)]
    population.edit(one.id, badges=[*one.badges, *many])
    equals_the_truth(history)
    population.edit(one.id, badges=[])
    population.edit(other.id, badges=other.badges[1:])
    assert history.run(refresh=[one.id, other.id]).exit_code == 0
    equals_the_truth(history)


@pytest.mark.search  # in the normal run, what the guard holds back
def test_what_is_new_is_loaded_while_removals_are_held_back(history: History) -> None:
    """A guard that trips holds back removals, not joiners, edits and new badges."""
    before = keys(history)
    done = history.sandbox.churn({"joiners": 2, "acceptances": 1, "profile_edits": 5})
    history.sandbox.faults.list_share = 0.5
    assert faulty_run(history).exit_code == 5
    assert not removed(history, before)
    shown = {i for i in done["joiners"] if history.sandbox.faults.lists(i, 0.5)}
    assert shown <= {key[1] for key in rows_of(history.pipeline(), "employees")}
    history.sandbox.faults.clear()
    equals_the_truth(history)


def delete(history: History, count: int) -> None:
    """So many employees are gone, the oldest first."""
    population = history.sandbox.population
    for employee in list(population.in_order())[:count]:
        population.remove(employee.id)


@pytest.mark.search  # in the normal run, the main job's flag
def test_real_deletions_are_allowed_once(history: History) -> None:
    """`allow_removals` removes them in this run; the next mass deletion is held back again."""
    before = keys(history)
    delete(history, 35)
    assert history.run().exit_code == 5
    assert not removed(history, before)
    summary = equals_the_truth(history, allow_removals=True)
    assert summary.statistics.tally["employees"]["removed"] == 35

    before = keys(history)
    delete(history, 25)
    assert history.run().exit_code == 5
    assert not removed(history, before)


@pytest.mark.search  # plays several runs
def test_fewer_than_twenty_rows_never_trip_the_guard(few: Loaded) -> None:
    """In a small organization nearly everybody may leave in one run."""
    history = few.copy()
    try:
        delete(history, 15)
        summary = history.run(badge_max_age="0")
        counted = {name: n for name, n in summary.statistics.held_back.items() if n}
        assert all(n > 19 for n in counted.values()), counted
        assert "employees" not in counted
    finally:
        history.close()


@pytest.mark.search  # in the normal run, any list that changes
@pytest.mark.parametrize(
    "keys_change",
    [
        pytest.param(False, id="same keys", marks=pytest.mark.search),
        pytest.param(True, id="other keys"),
    ],
)
def test_a_deletion_and_a_creation_between_two_pages_remove_nobody_else(
    few: Loaded, keys_change: bool
) -> None:
    """Who slips to a page already read is alive, even with another e-mail and external_id."""
    history = few.copy()
    population = history.sandbox.population
    people = list(population.in_order())
    first, hidden = people[0], people[4]
    done: list[int] = []

    def change(entry: Entry) -> None:
        if entry.endpoint == "employees" and entry.page == 2 and not done:
            done.append(entry.number)
            population.remove(first.id)
            population.add(newcomer(people[-1], population.new_id(), 1))
            if keys_change:
                population.edit(hidden.id, email="moved@else.example", external_id="MOVED-1")

    try:
        history.sandbox.on_request(change)
        summary = history.load(max_workers=1, badge_max_age="0")
        assert summary.exit_code == 0
        # nothing shows: as many distinct ids were listed as the list counts
        assert summary.statistics.alive["employees"] == 1
        rows = rows_of(history.pipeline(), "employees")
        found = {key[1]: row for key, row in rows.items()}
        assert found[hidden.id]["email"] == hidden.email
        equals_the_truth(history)
    finally:
        history.close()


def newcomer(like: Employee, employee_id: str, number: int) -> Employee:
    """Somebody created after everybody else."""
    return replace(
        like,
        id=employee_id,
        email=f"newcomer{number}@else.example",
        external_id=f"NEW-{number}",
        created_at=like.created_at.replace(year=2027),
        badges=[],
        external_badges=[],
    )


happenings = st.lists(
    st.tuples(
        st.sampled_from(["employees", "external_badges"]),
        st.integers(1, 5),
        st.lists(
            st.tuples(
                st.sampled_from(["delete", "create", "keys", "vanish", "appear"]),
                st.integers(0, 40),
            ),
            min_size=1,
            max_size=4,
        ),
    ),
    min_size=1,
    max_size=5,
)


class Changing:
    """Changes the organization while its lists are walked: before the answer of some pages.

    Args:
        history: Whose organization.
        plan: List, page and what happens then, to whom.
    """

    def __init__(self, history: History, plan: list[tuple[str, int, list[tuple[str, int]]]]):
        self._population = history.sandbox.population
        self._plan = list(plan)
        self._number = 0

    def __call__(self, entry: Entry) -> None:
        """Let happen what is planned before this answer."""
        for step in [s for s in self._plan if s[:2] == (entry.endpoint, entry.page)]:
            self._plan.remove(step)
            for what, who in step[2]:
                self._happen(what, who)

    def _happen(self, what: str, who: int) -> None:
        self._number += 1
        population, number = self._population, self._number
        people = population.in_order()
        employee = people[who % len(people)]
        externals = employee.external_badges
        if what == "delete" and len(people) > 1:
            population.remove(employee.id)
        elif what == "create":
            population.add(newcomer(people[-1], population.new_id(), number))
        elif what == "keys":
            population.edit(
                employee.id, email=f"moved{number}@else.example", external_id=f"MOVED-{number}"
            )
        elif what == "vanish" and externals:
            population.edit(employee.id, external_badges=externals[1:])
        elif what == "appear" and externals:
            again = replace(externals[0], credly_record_id=population.new_id())
            population.edit(employee.id, external_badges=[again, *externals])


def alive(history: History) -> tuple[set[str], set[tuple[str, str]]]:
    """Who is employed, and which external records there are."""
    people = history.sandbox.population.in_order()
    records = {(e.id, badge.credly_record_id) for e in people for badge in e.external_badges}
    return {e.id for e in people}, records


def removes_nobody_alive(
    loaded: Loaded, plan: list[tuple[str, int, list[tuple[str, int]]]]
) -> None:
    """A run while lists change, then a quiet one."""
    history = loaded.copy()
    try:
        people, records = alive(history)
        history.sandbox.on_request(Changing(history, plan))
        history.load(badge_max_age="0", allow_removals=True)
        people_now, records_now = alive(history)
        employees = {key[1] for key in rows_of(history.pipeline(), "employees")}
        external = {key[1:] for key in rows_of(history.pipeline(), "external_badges")}
        assert people & people_now <= employees, "a living employee was removed"
        assert records & records_now <= external, "a living external record was removed"
        equals_the_truth(history, allow_removals=True)
    finally:
        history.close()


CHANGING = settings(
    deadline=None,
    database=None,
    max_examples=examples(1, 8),
    suppress_health_check=list(HealthCheck),
    # a run takes a second: the list that fails is short enough to be read as it is
    phases=[Phase.generate],
)


@pytest.mark.property
@seed(1)
@given(plan=happenings)
@settings(CHANGING)
def test_a_list_that_changes_while_it_is_walked_removes_nobody_alive(
    few: Loaded, plan: list[tuple[str, int, list[tuple[str, int]]]]
) -> None:
    """Who lives before and after the run is there; the next quiet run makes all equal."""
    removes_nobody_alive(few, plan)


@pytest.mark.long
@seed(2)
@given(plan=happenings)
@settings(CHANGING, max_examples=300)
def test_many_changing_lists_remove_nobody_alive(
    few: Loaded, plan: list[tuple[str, int, list[tuple[str, int]]]]
) -> None:
    """The same, three hundred times."""
    removes_nobody_alive(few, plan)


def change_external_badges(
    history: History, change: Callable[[bool, list[dict[str, Any]]], list[dict[str, Any]]]
) -> None:
    """Let the list of external badges answer other records; told whether it is one employee's."""

    def answer(entry: Entry, answer: Answer) -> Answer:
        if entry.endpoint != "external_badges":
            return answer
        body = json.loads(answer.body)
        body["data"] = change("filter" in entry.query, body["data"])
        return Answer(200, json.dumps(body).encode(), answer.headers)

    history.sandbox.on_answer(answer)


def two_of_one(history: History) -> tuple[str, str]:
    """Ids of two external records of one employee."""
    records = history.sandbox.truth()["external_badges"]
    owners = Counter(row["employee_id"] for row in records)
    (owner, _), *_ = owners.most_common(1)
    first, second, *_ = (r["credly_record_id"] for r in records if r["employee_id"] == owner)
    return first, second


@pytest.mark.search  # in the normal run, lists that change while they are walked
@pytest.mark.parametrize("shown", [False, True], ids=["missing there too", "shown there"])
def test_an_external_record_is_removed_when_list_and_employee_lack_it(
    history: History, shown: bool
) -> None:
    """What only one of the two answers lacks stays, and makes no entry in the feed."""
    hidden, other = two_of_one(history)
    before = keys(history)

    def change(single: bool, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        lacking = {other} | ({hidden} if not shown else set()) if single else {hidden}
        return [r for r in records if r["external_badge"]["credly_record_id"] not in lacking]

    change_external_badges(history, change)
    summary = faulty_run(history)
    assert summary.statistics.candidates["external_badges"] == 1
    assert summary.statistics.alive["external_badges"] == (1 if shown else 0)
    gone = removed(history, before)
    assert {key[2] for key in gone.get("external_badges", ())} == (set() if shown else {hidden})
    assert {key[2] for key in gone.get("external_badge_skills", ())} <= {hidden}


def test_an_api_that_ignores_the_employee_it_is_asked_for_removes_nobody_elses(
    history: History,
) -> None:
    """It answers everybody's records: what is missing goes, everything else stays."""
    hidden, _ = two_of_one(history)
    everybody = history.sandbox.population.in_order()
    ignored = [external_badge_record(e, badge) for e in everybody for badge in e.external_badges]
    before = keys(history)

    def change(single: bool, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        found = json.loads(orjson.dumps(ignored)) if single else records
        return [r for r in found if r["external_badge"]["credly_record_id"] != hidden]

    change_external_badges(history, change)
    assert faulty_run(history).exit_code == 0
    gone = removed(history, before)
    assert {key[2] for key in gone.pop("external_badges")} == {hidden}
    assert {key[2] for key in gone.pop("external_badge_skills", ())} <= {hidden}
    assert gone == {}


@pytest.mark.search  # in the normal run, a filter
def test_a_window_writes_inside_and_removes_nothing(history: History) -> None:
    """A backfill writes rows stamped in its window and leaves everything else, cursors too."""
    population = history.sandbox.population
    people = sorted(population.in_order(), key=lambda e: e.employee_state_updated_at)
    gone, inside, outside = people[5], people[20], people[40]
    start, end = inside.employee_state_updated_at, people[21].employee_state_updated_at
    assert start < end <= outside.employee_state_updated_at
    population.remove(gone.id)
    for employee in (inside, outside):
        population.edit(employee.id, team="Another team")
    owner = next(e for e in people[:5] + people[22:] if e.external_badges and e is not outside)
    dated = owner.external_badges[0]
    stamp = dated.refreshed_at
    with population.changing():
        dated.badge_name, dated.refreshed_at = "Inside", start
        for badge in owner.external_badges[1:]:
            badge.badge_name, badge.refreshed_at = "Outside", end

    before = history.data()
    summary = history.load(start_date=start.isoformat(), end_date=end.isoformat())
    after = history.data()
    assert summary.exit_code == 0
    assert all(was == now for was, now in summary.cursors.values())
    assert not [name for name in before if before[name].keys() - after[name].keys()]
    employees = {key[1]: row for key, row in after["employees"].items()}
    assert gone.id in employees
    assert employees[inside.id]["team"] == "Another team"
    assert employees[outside.id]["team"] != "Another team"
    names = {row["badge_name"] for row in after["external_badges"].values()}
    assert "Inside" in names
    assert "Outside" not in names
    assert stamp != start

    equals_the_truth(history)


@pytest.mark.parametrize(
    ("ignored", "kind"),
    [
        pytest.param(False, "team", id="obeyed-team"),
        pytest.param(False, "employee_state", id="obeyed-state", marks=pytest.mark.search),
        pytest.param(False, "name_or_email", id="obeyed-name", marks=pytest.mark.search),
        pytest.param(True, "team", id="ignored-team"),
        pytest.param(True, "employee_state", id="ignored-state", marks=pytest.mark.search),
        pytest.param(True, "name_or_email", id="ignored-name", marks=pytest.mark.search),
    ],
)
def test_a_filtered_run_writes_whom_it_asked_for_and_removes_nothing(
    history: History, kind: str, ignored: bool
) -> None:
    """Also where the server ignores the filter and lists everybody."""
    population = history.sandbox.population
    people = population.in_order()
    wanted = next(e for e in people if e.team and e.employee_state == "accepted" and e.last_name)
    value = {
        "team": str(wanted.team),
        "employee_state": "accepted",
        "name_or_email": wanted.full_name,
    }[kind]
    other = next(
        e
        for e in people
        if e.team != wanted.team and not e.accepted and wanted.full_name not in e.full_name
    )
    gone = people[-1] if people[-1] not in (wanted, other) else people[-2]
    population.remove(gone.id)
    for employee in (wanted, other):
        population.edit(employee.id, job_family="Another family")
    if ignored:
        with_everybody(history)
    before = keys(history)
    summary = history.load(employee_filter={kind: value}, badge_max_age="0")
    assert summary.exit_code == 0
    assert not removed(history, before)
    rows = {key[1]: row for key, row in rows_of(history.pipeline(), "employees").items()}
    assert rows[wanted.id]["job_family"] == "Another family"
    assert rows[other.id]["job_family"] != "Another family"


def with_everybody(history: History) -> None:
    """From now on the server lists everybody, whatever filter it is sent."""
    sandbox = history.sandbox
    url = f"{sandbox.base_url}/organizations/{sandbox.organization_id}/employees"
    pages: dict[int | None, bytes] = {}
    for number in range(1, 7):
        answer = requests.get(
            url, params={"page": number}, auth=(sandbox.api_token, ""), timeout=10
        )
        pages[number] = answer.content

    def unfiltered(entry: Entry, answer: Answer) -> Answer:
        return Answer(200, pages[entry.page]) if entry.endpoint == "employees" else answer

    sandbox.on_answer(unfiltered)


@pytest.mark.search  # in the normal run, histories switch
def test_deletions_switch_from_soft_to_hard_and_back(few: Loaded) -> None:
    """Soft keeps a removed row, hard drops what soft left, and a returning row is live again."""
    history = few.copy()
    population = history.sandbox.population
    people = list(population.in_order())

    def everything() -> dict[str, Any]:
        rows = rows_of(history.pipeline(), "employees", live=False)
        return {key[1]: row["removed_at"] for key, row in rows.items()}

    try:
        population.remove(people[0].id)
        equals_the_truth(history, deletions="soft")
        assert everything()[people[0].id] == history.clock.now
        equals_the_truth(history, deletions="hard")
        assert people[0].id not in everything()

        population.remove(people[1].id)
        equals_the_truth(history, deletions="hard")
        assert people[1].id not in everything()
        population.remove(people[2].id)
        equals_the_truth(history, deletions="soft")
        assert everything()[people[2].id] == history.clock.now
        population.add(people[2])
        equals_the_truth(history, deletions="soft")
        assert everything()[people[2].id] is None
    finally:
        history.close()
