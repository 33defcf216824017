"""What the sandbox lists, filters, sorts, pages and finds, and what it refuses to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.asking import Asking, employee_path
from workforce_source.sandbox import Employee, Options, Population, Sandbox

STAMP = datetime(2024, 5, 6, 7, 8, 9, 123000, tzinfo=UTC)


@pytest.fixture
def ask(sandbox: Sandbox) -> Iterator[Asking]:
    """Ask the sandbox of the test."""
    with Asking(sandbox) as asking:
        yield asking


def person(number: int, **values: Any) -> Employee:
    """Get an accepted employee, older the smaller the number."""
    defaults: dict[str, Any] = {
        "id": f"{number:08d}-0000-4000-8000-000000000000",
        "email": f"p{number}@example.com",
        "created_at": STAMP.replace(second=number),
        "employee_state": "accepted",
        "employee_state_updated_at": STAMP,
        "first_name": "P",
        "last_name": str(number),
    }
    return Employee(**defaults | values)


def test_the_list_holds_everybody_once_from_the_oldest(ask: Asking, sandbox: Sandbox) -> None:
    """Walking the links reaches every employee, ordered by creation."""
    records = ask.everything("employees")
    stamps = [record["created_at"] for record in records]
    assert len({record["id"] for record in records}) == len(records) == 60
    assert stamps == sorted(stamps)


def test_a_page_says_where_it_stands(ask: Asking) -> None:
    """Counts, totals and both links, which repeat the query and name the asked host."""
    first, second = ask.pages("employees", sort="-created_at")
    assert first["metadata"] == {
        "count": 50,
        "current_page": 1,
        "total_count": 60,
        "total_pages": 2,
        "per": 50,
        "previous_page_url": None,
        "next_page_url": f"{ask.organization}/employees?sort=-created_at&page=2",
    }
    assert second["metadata"] == {
        "count": 10,
        "current_page": 2,
        "total_count": 60,
        "total_pages": 2,
        "per": 50,
        "previous_page_url": f"{ask.organization}/employees?sort=-created_at&page=1",
        "next_page_url": None,
    }


def test_a_page_past_the_end_is_empty(ask: Asking) -> None:
    """Status 200, no records, no links, and the page that was asked for."""
    body = ask("employees", params={"page": 9}).json()
    assert body["data"] == []
    assert body["metadata"]["current_page"] == 9
    assert body["metadata"]["count"] == 0
    assert body["metadata"]["next_page_url"] is body["metadata"]["previous_page_url"] is None


def test_a_page_past_the_end_is_not_found_if_so_chosen() -> None:
    """The option answers 404, but never for the first page."""
    options = Options(past_the_end=404)
    with Sandbox(population=Population(), options=options) as sandbox, Asking(sandbox) as ask:
        assert ask.data("employees") == []
        assert "message" in ask.data("employees", 404, params={"page": 2})


@pytest.mark.parametrize("page", ["0", "-1", "x", "1.5", "", "9" * 5000])
def test_a_page_that_is_no_number_from_one_is_refused(ask: Asking, page: str) -> None:
    """422, with the parameter named."""
    refusal = ask.data("employees", 422, params={"page": page})
    assert refusal["message"].startswith("page must")


def test_per_is_ignored_for_employees(ask: Asking) -> None:
    """The page documents it for external badges only."""
    assert len(ask.data("employees", params={"per": 5})) == 50


@pytest.mark.parametrize("form", ["{0}::{1}", "filter[{0}]"])
@pytest.mark.parametrize(
    ("key", "value", "attribute"),
    [
        ("employee_state", "pending", "employee_state"),
        ("state", "accepted", "employee_state"),
        ("team", "Platform", "team"),
    ],
)
def test_a_filter_lists_who_has_the_value(
    ask: Asking, form: str, key: str, value: str, attribute: str
) -> None:
    """Both forms of the filter list exactly those employees."""
    name, text = ("filter", form.format(key, value)) if "::" in form else (form.format(key), value)
    expected = [r["id"] for r in ask.everything("employees") if r[attribute] == value]
    assert [r["id"] for r in ask.everything("employees", **{name: text})] == expected
    assert expected


def test_name_or_email_matches_a_part_in_any_case(ask: Asking, sandbox: Sandbox) -> None:
    """A part of the full name or of the e-mail is enough."""
    someone = sandbox.population.employees[30]
    for part in (someone.full_name[1:].upper(), someone.email[:-3].upper()):
        found = ask.everything("employees", filter=f"name_or_email::{part}")
        assert someone.id in {record["id"] for record in found}
        assert len(found) < 5


def test_filters_combine(ask: Asking) -> None:
    """An employee passes every one of them."""
    both = ask.everything("employees", filter="state::accepted|name_or_email::meridian")
    assert {record["employee_state"] for record in both} == {"accepted"}
    assert ask.everything("employees", filter="state::accepted|name_or_email::nobody") == []


@pytest.mark.parametrize(
    "query",
    [
        {"filter": "badge_level::Expert"},
        {"filter[shoe_size]": "44"},
        {"filter": "accepted"},
        {"filter": "employee_state::fired"},
        {"sort": "name"},
        {"sort": "-team|email"},
    ],
)
def test_a_query_the_page_does_not_know_is_refused(ask: Asking, query: dict[str, str]) -> None:
    """422, with what would have been taken."""
    assert "message" in ask.data("employees", 422, params=query)


def test_an_unknown_filter_is_ignored_if_so_chosen() -> None:
    """The option lists everybody, as a server may that does not know the key."""
    options = Options(ignore_unknown_filter=True)
    with Sandbox(12, options=options) as sandbox, Asking(sandbox) as ask:
        assert len(ask.data("employees", params={"filter[shoe_size]": "44"})) == 12


@pytest.mark.parametrize("key", ["email", "created_at", "first_name", "last_name"])
def test_each_sort_key_orders_up_and_down(ask: Asking, key: str) -> None:
    """Ascending as it stands, descending with a dash."""
    values = [record[key].casefold() for record in ask.everything("employees", sort=key)]
    assert values == sorted(values)
    down = [record[key].casefold() for record in ask.everything("employees", sort=f"-{key}")]
    assert down == sorted(values, reverse=True)


def test_the_second_sort_key_orders_those_equal_in_the_first() -> None:
    """Keys are joined by a bar, the most important first."""
    people = [person(1, first_name="B"), person(2, first_name="A"), person(3, first_name="A")]
    with Sandbox(population=Population(people)) as sandbox, Asking(sandbox) as ask:
        names = [r["last_name"] for r in ask.data("employees?sort=first_name|-last_name")]
        assert names == ["3", "2", "1"]


def test_ties_are_unstable_if_so_chosen() -> None:
    """The same request orders employees of one instant differently, and loses none."""
    people = [person(number, created_at=STAMP) for number in range(1, 31)]
    for ties, orders in (("stable", 1), ("unstable", 6)):
        options = Options(ties=ties)  # type: ignore[arg-type] # one of the two
        population = Population(people)
        with Sandbox(population=population, options=options) as sandbox, Asking(sandbox) as ask:
            seen = {tuple(r["id"] for r in ask.data("employees")) for _ in range(6)}
            assert len(seen) == orders
            assert {len(set(order)) for order in seen} == {30}


def test_an_employee_is_found_by_each_key_in_any_case(ask: Asking, sandbox: Sandbox) -> None:
    """E-mail and external_id, percent-encoded in full, whatever they hold."""
    held = [key for e in sandbox.population.employees for key in (e.email, e.external_id) if key]
    assert any(set("/ +%?#&'").intersection(key) for key in held)
    for employee in sandbox.population.employees:
        for key in (employee.email, employee.external_id):
            if key and sum(key.casefold() == other.casefold() for other in held) == 1:
                assert ask.data(employee_path(key.upper()))["id"] == employee.id
                assert ask.data(employee_path(key.lower()))["id"] == employee.id


def test_a_key_of_several_employees_answers_always_the_same_one() -> None:
    """An e-mail goes before an external_id, the older employee before the younger."""
    people = [
        person(1, external_id="shared"),
        person(2, external_id="SHARED"),
        person(3, external_id="p4@example.com"),
        person(4),
    ]
    with Sandbox(population=Population(people[::-1])) as sandbox, Asking(sandbox) as ask:
        assert ask.data(employee_path("shared"))["email"] == "p1@example.com"
        assert ask.data(employee_path("p4@example.com"))["email"] == "p4@example.com"


def test_the_id_is_no_path_key_unless_so_chosen() -> None:
    """The page names e-mail and external_id only."""
    population = Population([person(1)])
    one = population.employees[0].id
    with Sandbox(population=population) as sandbox, Asking(sandbox) as ask:
        assert "message" in ask.data(employee_path(one), 404)
    options = Options(uuid_in_path=True)
    with Sandbox(population=population, options=options) as sandbox, Asking(sandbox) as ask:
        assert ask.data(employee_path(one))["id"] == one


def test_data_shows_the_employers_badges_and_public_accepted_ones(
    ask: Asking, sandbox: Sandbox
) -> None:
    """The employer's in every state, those of others only when public and accepted."""
    hidden = 0
    for employee in sandbox.population.employees:
        if employee.accepted and employee.external_id != "SHARED-1":
            answered = ask.data(employee_path(employee.email, "/data"))["badges"]
            expected = [
                badge.id
                for badge in employee.badges
                if badge.template.issuer.employer or (badge.public and badge.state == "accepted")
            ]
            assert [badge["id"] for badge in answered] == expected
            hidden += len(employee.badges) - len(expected)
    assert hidden


@pytest.mark.parametrize("status", [403, 404, 422, 200])
def test_data_of_who_has_not_accepted_is_answered_as_chosen(status: int) -> None:
    """The page leaves it open; 403 by default, and 200 answers no badges."""
    population = Population([person(1, employee_state="pending")])
    options = Options(not_accepted_status=status)
    with Sandbox(population=population, options=options) as sandbox, Asking(sandbox) as ask:
        answered = ask.data(employee_path("p1@example.com", "/data"), status)
        assert answered.get("badges", []) == []
    assert Options().not_accepted_status == 403


def test_external_badges_page_over_employees_who_have_any(ask: Asking, sandbox: Sandbox) -> None:
    """`per` counts employees, so a page holds more records than it counts."""
    owners = [e for e in sandbox.population.in_order() if e.external_badges]
    bodies = ask.pages("employee_external_badges", per=4)
    for number, body in enumerate(bodies):
        page = owners[number * 4 : number * 4 + 4]
        records = [badge.credly_record_id for owner in page for badge in owner.external_badges]
        assert [r["external_badge"]["credly_record_id"] for r in body["data"]] == records
        assert body["metadata"]["count"] == len(page)
        assert body["metadata"]["total_count"] == len(owners)
        assert body["metadata"]["per"] == 4
    assert sum(len(body["data"]) for body in bodies) > len(owners)


def test_external_badges_page_over_all_employees_if_so_chosen() -> None:
    """Then a page may hold no record at all, and the list goes on behind it."""
    options = Options(per_counts="all_employees", page_size=2)
    with Sandbox(60, options=options) as sandbox, Asking(sandbox) as ask:
        bodies = ask.pages("employee_external_badges")
        assert len(bodies) == 30
        assert any(not body["data"] for body in bodies[:-1])
        assert sum(len(body["data"]) for body in bodies) == len(sandbox.truth()["external_badges"])


def test_external_badges_page_over_badges_if_so_chosen() -> None:
    """Then every page but the last is full."""
    options = Options(per_counts="badges")
    with Sandbox(60, options=options) as sandbox, Asking(sandbox) as ask:
        bodies = ask.pages("employee_external_badges", per=7)
        total = len(sandbox.truth()["external_badges"])
        assert [len(body["data"]) for body in bodies[:-1]] == [7] * ((total - 1) // 7)
        assert {body["metadata"]["total_count"] for body in bodies} == {total}


def test_per_never_exceeds_a_page(ask: Asking) -> None:
    """At most fifty are returned at a time: more is cut down in silence."""
    assert ask("employee_external_badges?per=500").json()["metadata"]["per"] == 50


@pytest.mark.parametrize("per", ["0", "-5", "many"])
def test_per_that_is_no_number_from_one_is_refused(ask: Asking, per: str) -> None:
    """422, with the parameter named."""
    assert "per must" in ask.data("employee_external_badges", 422, params={"per": per})["message"]


def test_external_badges_of_one_employee_by_either_id(ask: Asking, sandbox: Sandbox) -> None:
    """The employee's id or external_id, which may belong to several."""
    owner = next(
        e for e in sandbox.population.in_order() if len(e.external_badges) > 1 and e.external_id
    )
    expected = {badge.credly_record_id for badge in owner.external_badges}
    for wanted in (owner.id, owner.id.upper(), owner.external_id):
        records = ask.data("employee_external_badges", params={"filter[employee][id]": wanted})
        assert {r["external_badge"]["credly_record_id"] for r in records} == expected


@pytest.mark.parametrize("wanted", ["nobody", ""])
def test_external_badges_of_nobody_are_an_empty_list(ask: Asking, wanted: str) -> None:
    """A filter that fits nobody is no error."""
    body = ask("employee_external_badges", params={"filter[employee][id]": wanted}).json()
    assert body["data"] == []
    assert body["metadata"]["total_count"] == body["metadata"]["total_pages"] == 0


def test_external_badges_take_no_other_filter(ask: Asking) -> None:
    """422 for what works on employees only."""
    assert "message" in ask.data("employee_external_badges?filter=state::accepted", 422)


def test_external_badges_of_accepted_employees_only_if_so_chosen() -> None:
    """The page says employees; whether the others are listed is an option."""
    with Sandbox(300) as sandbox, Asking(sandbox) as ask:
        assert "pending" in _states_of_owners(sandbox, ask)
    options = Options(external_badges_of="accepted")
    with Sandbox(300, options=options) as sandbox, Asking(sandbox) as ask:
        assert _states_of_owners(sandbox, ask) == {"accepted"}


def _states_of_owners(sandbox: Sandbox, ask: Asking) -> set[str]:
    records = ask.everything("employee_external_badges")
    return {sandbox.population.by_id(r["employee"]["id"]).employee_state for r in records}


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("employees/nobody%40example.com", "GET", 404),
        ("employees/nobody%40example.com/data", "GET", 404),
        ("employees/a/b/data", "GET", 404),
        ("badges", "GET", 404),
        ("employees", "PATCH", 405),
        ("employee_external_badges", "POST", 405),
        ("employees/x/data", "DELETE", 405),
    ],
)
def test_what_does_not_exist_is_refused(ask: Asking, path: str, method: str, status: int) -> None:
    """404 for a path or a person, 405 for a method, both with a message."""
    assert "message" in ask.data(path, status, method)


def test_another_organization_is_not_found(ask: Asking) -> None:
    """There is one organization."""
    ask.organization = ask.organization[:-1] + "z"
    assert ask.data("employees", 404)["message"] == "Organization not found."
