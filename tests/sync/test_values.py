"""Values that vanish from answers: held back and told where they are many, written where few."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from tests.tools.histories import History
from tests.tools.loaded import Loaded
from workforce_source import Summary
from workforce_source.exceptions import AuthenticationError
from workforce_source.sandbox import Answer, Entry, Options

Json = dict[str, Any]
Drift = Callable[[Json], object]
EMPLOYEES, DATA, EXTERNAL = "employees", "employee_data", "external_badges"


@pytest.fixture(scope="module")
def loaded() -> Iterator[Loaded]:
    """Forty employees on two pages."""
    once = Loaded(employees=40, seed=7, options=Options(page_size=25, badge_factor=2.0))
    yield once
    once.close()


@pytest.fixture
def history(loaded: Loaded) -> Iterator[History]:
    """Forty employees, loaded."""
    history = loaded.copy()
    yield history
    history.close()


def drift(history: History, endpoint: str, change: Drift) -> Callable[[], None]:
    """Let every record of an endpoint be changed, lists and single answers alike; get the end."""
    over: list[bool] = []

    def answer(entry: Entry, answer: Answer) -> Answer:
        if over or entry.endpoint != endpoint or answer.status != 200:
            return answer
        body = json.loads(answer.body)
        for record in body["data"] if isinstance(body["data"], list) else [body["data"]]:
            change(record)
        return Answer(200, json.dumps(body).encode(), answer.headers)

    history.sandbox.on_answer(answer)
    return lambda: over.append(True)


def badges(change: Drift) -> Drift:
    """The change, of every badge of an answer."""
    return lambda record: [change(badge) for badge in record["badges"]]


def templates(change: Drift) -> Drift:
    """The change, of every template of an answer."""
    return badges(lambda badge: badge["badge_template"] and change(badge["badge_template"]))


def external(change: Drift) -> Drift:
    """The change, of what an external record holds."""
    return lambda record: change(record["external_badge"])


def renamed(name: str) -> Drift:
    """The attribute has another name."""
    return lambda record: record.update({f"{name}_name": record.pop(name)})


def dropped(name: str) -> Drift:
    """The attribute is not there."""
    return lambda record: record.pop(name)


def emptied(name: str) -> Drift:
    """The attribute is null."""
    return lambda record: record.update({name: None})


def retyped(name: str) -> Drift:
    """The attribute is an object around what it was."""
    return lambda record: record.update({name: {"value": record[name]}})


def run(history: History, **more: Any) -> Summary:
    """A run that reads everybody, a minute later; nothing is compared with the sandbox."""
    history.clock.advance(60)
    return history.load(badge_max_age="0", **more)


def column(history: History, table: str, name: str) -> dict[Any, Any]:
    """The values of a column by key, nulls left out."""
    rows = history.data()[table].items()
    return {key: row[name] for key, row in rows if row[name] is not None}


CASES: dict[str, tuple[str, Drift, str, str]] = {
    "renamed": (EMPLOYEES, renamed("department"), "employees", "department"),
    "dropped": (EMPLOYEES, dropped("external_id"), "employees", "external_id"),
    "emptied": (EMPLOYEES, emptied("position_title"), "employees", "position_title"),
    "re-typed text": (EMPLOYEES, retyped("team"), "employees", "team"),
    "re-typed time": (EMPLOYEES, retyped("created_at"), "employees", "created_at"),
    "profile": (DATA, dropped("bio"), "employee_profiles", "bio"),
    "badge renamed": (DATA, badges(renamed("state")), "employee_badges", "state"),
    "badge emptied": (DATA, badges(emptied("issued_at")), "employee_badges", "issued_at"),
    "issuer dropped": (DATA, badges(dropped("issuer")), "employee_badges", "issuer_name"),
    "template": (DATA, templates(renamed("description")), "badge_templates", "description"),
    "external": (EXTERNAL, external(dropped("badge_name")), "external_badges", "badge_name"),
    "external within": (
        EXTERNAL,
        external(retyped("verification_status")),
        "external_badges",
        "verified",
    ),
}
SKILLS: dict[str, tuple[str, Drift, str]] = {
    "of templates renamed": (DATA, templates(renamed("skills")), "badge_template_skills"),
    "of templates null": (DATA, templates(emptied("skills")), "badge_template_skills"),
    "of templates re-typed": (DATA, templates(retyped("skills")), "badge_template_skills"),
    "of external badges": (EXTERNAL, external(dropped("skills")), "external_badge_skills"),
}
FAST = ("renamed",)


@pytest.mark.parametrize(
    ("endpoint", "change", "table", "name"),
    [
        pytest.param(*case, id=name, marks=[] if name in FAST else [pytest.mark.search])
        for name, case in CASES.items()
    ],
)
def test_a_column_that_loses_its_values_keeps_them(
    history: History, endpoint: str, change: Drift, table: str, name: str
) -> None:
    """Held and told with exit 5 while all else is loaded; quiet; allowed once, or healed."""
    before = column(history, table, name)
    assert len(before) >= 3
    population = history.sandbox.population
    edited = next(e for e in population.in_order() if e.job_family)
    population.edit(edited.id, job_family="Another family")
    heal = drift(history, endpoint, change)
    summary = run(history)
    assert summary.exit_code == 5
    assert summary.statistics.held_values[f"{table}.{name}"] > 0
    assert f"{table}.{name}" in summary.statistics.holds
    assert column(history, table, name) == before
    families = history.data()["employees"].values()
    assert "Another family" in {row["job_family"] for row in families}
    again = run(history)
    assert (again.exit_code, again.statistics.rows_written) == (5, 0)

    allowed = history.load(allow_changes=True)
    assert allowed.exit_code == 0
    assert column(history, table, name) == {}

    heal()
    assert history.run(badge_max_age="0").exit_code == 0
    assert column(history, table, name) == before


@pytest.mark.search  # in the normal run, columns that lose their values
@pytest.mark.parametrize(
    ("endpoint", "change", "table"),
    [
        pytest.param(*case, id=name, marks=[] if "null" in name else [pytest.mark.search])
        for name, case in SKILLS.items()
    ],
)
def test_a_list_that_is_none_is_not_an_empty_list(
    history: History, endpoint: str, change: Drift, table: str
) -> None:
    """Skills stay where an answer does not say which there are, and go once it is allowed."""
    before = history.data()[table].keys()
    heal = drift(history, endpoint, change)
    summary = run(history)
    assert (summary.exit_code, summary.statistics.holds) == (5, [table]), summary.as_dict()
    assert history.data()[table].keys() == before
    again = run(history)
    assert (again.exit_code, again.statistics.rows_written) == (5, 0)
    history.load(allow_changes=True)
    assert history.data()[table] == {}
    heal()
    assert history.run(badge_max_age="0").exit_code == 0
    assert history.data()[table].keys() == before


def test_one_template_without_skills_keeps_them(history: History) -> None:
    """However few are concerned; the odd answer is told."""
    before = history.data()["badge_template_skills"].keys()
    odd = min(key[1] for key in before)

    def change(template: Json) -> None:
        if template["id"] == odd:
            del template["skills"]

    drift(history, DATA, templates(change))
    summary = run(history)
    assert summary.statistics.held_values == {"badge_template_skills": 1}
    assert history.data()["badge_template_skills"].keys() == before


@pytest.mark.search  # in the normal run, a lie told once
def test_a_lie_about_badges_in_slices_is_one_lie(history: History) -> None:
    """Reads that lose a value of each badge add up over runs: twenty rows are enough to see it."""
    before = column(history, "employee_badges", "issued_at")
    drift(history, DATA, badges(emptied("issued_at")))
    for _ in range(40):
        history.clock.advance(3600)
        if history.load(max_badge_reads=1).exit_code == 5:
            break
    assert history.load(max_badge_reads=1).exit_code == 5
    most = max(sum(key[1] == k[1] for k in before) for key in before)
    assert len(before) - len(column(history, "employee_badges", "issued_at")) < 20 + most
    summary = run(history, allow_changes=True)
    assert summary.exit_code == 0
    assert column(history, "employee_badges", "issued_at") == {}


drifts = st.lists(
    st.tuples(
        st.sampled_from(["department", "team", "position_title", "job_family", "country"]),
        st.sampled_from([renamed, dropped, emptied]),
        st.sampled_from([0.2, 0.75, 1.0]),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda drift: drift[0],
)


@pytest.mark.search  # in the normal run, one column
@seed(1)
@given(drifts=drifts, slices=st.booleans())
@settings(
    max_examples=examples(1, 12),
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
def test_above_the_thresholds_no_value_is_lost_and_below_all_is_as_the_api_says(
    loaded: Loaded, drifts: list[tuple[str, Callable[[str], Drift], float]], slices: bool
) -> None:
    """Random attributes of a random share of the people, at once or growing from run to run."""
    history = loaded.copy()
    try:
        before = {name: column(history, "employees", name) for name, *_ in drifts}
        parts = [0.4, 0.7, 1.0] if slices else [1.0]
        reached = [0.0]

        def change(record: Json) -> None:
            for name, how, share in drifts:
                if int(record["id"][:8], 16) < share * reached[0] * 2**32:
                    how(name)(record)

        end = drift(history, EMPLOYEES, change)
        for part in parts:
            reached[0] = part
            summary = run(history, max_badge_reads=0)
        for name, _, share in drifts:
            told = {k: v for k, v in before[name].items() if int(k[1][:8], 16) >= share * 2**32}
            lost = len(before[name]) - len(told)
            kept = column(history, "employees", name)
            if lost >= 3 and lost > len(told):
                assert f"employees.{name}" in summary.statistics.holds
                assert len(kept) >= (len(told) if slices else len(before[name]))
                assert slices or kept == before[name]
                assert 2 * len(kept) >= len(before[name])
            else:
                assert kept == told
        history.load(allow_changes=True, max_badge_reads=0)
        for name, _, share in drifts:
            told = {k: v for k, v in before[name].items() if int(k[1][:8], 16) >= share * 2**32}
            assert column(history, "employees", name) == told
        end()
        history.run(max_badge_reads=0)
        assert {name: column(history, "employees", name) for name, *_ in drifts} == before
    finally:
        history.close()


@pytest.mark.search  # plays several runs
def test_a_hold_outlasts_a_run_that_fails_after_it(history: History) -> None:
    """Who was read before is not due again: only what is remembered tells that nulls were held."""
    before = column(history, "employee_profiles", "bio")
    accepted = [e.id for e in history.sandbox.population.in_order() if e.accepted]
    refusals = [(401,)]

    def refuse(entry: Entry) -> None:
        if refusals and (entry.endpoint, entry.employee_id) == (DATA, accepted[-1]):
            history.sandbox.faults.set(error_share=1.0, statuses=refusals.pop())

    history.sandbox.on_request(refuse)
    heal = drift(history, DATA, dropped("bio"))
    with pytest.raises(AuthenticationError):
        run(history, checkpoint_every=len(accepted) // 2)
    history.sandbox.faults.clear()
    heal()
    summary = history.load(max_badge_reads=0)
    assert (summary.exit_code, summary.statistics.holds) == (5, ["employee_profiles.bio"])
    assert run(history).exit_code == 0
    assert column(history, "employee_profiles", "bio") == before


def test_a_reorganization_is_not_held(history: History) -> None:
    """A third of the departments renamed, and some people without one: values are values."""
    population = history.sandbox.population
    people = [e for e in population.in_order() if e.department]
    for number, employee in enumerate(people[: len(people) // 3]):
        population.edit(employee.id, department=f"New {number % 3}")
    for employee in people[-5:]:
        population.edit(employee.id, department=None, team=None)
    summary = history.run(badge_max_age="0")
    assert (summary.exit_code, summary.statistics.held_values) == (0, {})


@pytest.mark.search  # in the normal run, that histories hold nothing
def test_what_the_settings_do_is_never_held(history: History) -> None:
    """A column left out, and one that may lose its values, by the settings."""
    assert run(history, exclude_columns=["employees.department"]).exit_code == 0
    assert column(history, "employees", "department") == {}
    drift(history, EMPLOYEES, dropped("team"))
    assert run(history, unguarded_columns=["employees.team"]).exit_code == 0
    assert column(history, "employees", "team") == {}


def test_new_attributes_and_values_that_do_not_fit_are_told_and_loaded(history: History) -> None:
    """An attribute once, by name; a value each time; nothing is held for it."""

    def change(record: Json) -> None:
        record.update(level="Advanced", **{"Pat O'Hara": 1})
        if record["badges"]:
            record["badges"][0]["expires_at"] = "never ever"

    drift(history, DATA, change)
    first = run(history)
    notes = " ".join(first.statistics.notes)
    assert "employee_profiles.level" in notes
    assert "O'Hara" not in notes
    assert "of employee_badges.expires_at" in notes
    assert first.exit_code == 0
    notes = " ".join(run(history).statistics.notes)
    assert "level" not in notes
    assert "of employee_badges.expires_at" in notes


def test_the_name_of_an_issuer_is_found_among_its_entities(history: History) -> None:
    """Issued badges elsewhere in the API have it there, and skills as objects."""
    before = column(history, "employee_badges", "issuer_name")
    skills = history.data()["badge_template_skills"].keys()

    def change(badge: Json) -> None:
        name = badge["issuer"].pop("name")
        other = {"primary": False, "entity": {"name": "Somebody else"}}
        badge["issuer"]["entities"] = [other, {"primary": True, "entity": {"name": name}}]
        template = badge["badge_template"]
        template["skills"] = [
            {"id": str(number), "name": skill, "vanity_slug": skill.lower()}
            for number, skill in enumerate(template["skills"])
        ]

    drift(history, DATA, badges(change))
    summary = run(history)
    assert summary.exit_code == 0
    assert column(history, "employee_badges", "issuer_name") == before
    assert history.data()["badge_template_skills"].keys() == skills
    assert "employee_badges.issuer.entities" in " ".join(summary.statistics.notes)
