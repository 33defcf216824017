"""Every body of the API page, answered by the sandbox to the letter."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.tools.asking import API_DOC, Asking, documented, employee_path
from workforce_source.sandbox import Population, Sandbox, SettableClock, population_from_records

THEN = datetime(2014, 4, 1, 14, 41, tzinfo=UTC)


def same(answered: Any, expected: Any) -> bool:
    """Tell whether two bodies are equal, the order of their attributes included."""
    return json.dumps(answered) == json.dumps(expected)


def recorded(**documents: list[str]) -> Population:
    """Get the population behind some bodies of the page."""

    def records(names: list[str]) -> list[Any]:
        bodies = [documented(name)["data"] for name in names]
        return [r for body in bodies for r in (body if isinstance(body, list) else [body])]

    return population_from_records(
        records(documents["employees"]), records(documents.get("external", []))
    )


def test_the_folder_holds_every_body_of_the_page() -> None:
    """Ten bodies stand on the page: seven answers and three requests."""
    assert len(list(API_DOC.glob("*.json"))) == 10


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("get_employees", "employees"),
        ("get_employee", "employees/email4%40example.com"),
        ("employee_data", "employees/email312%40example.com/data"),
    ],
)
def test_a_documented_read_is_answered_to_the_letter(name: str, path: str) -> None:
    """Who holds the documented employee answers the documented body."""
    with Sandbox(population=recorded(employees=[name])) as sandbox, Asking(sandbox) as ask:
        assert same(ask(path).json(), documented(name))


def test_the_documented_external_badges_are_answered_to_the_letter() -> None:
    """The page's external badge is that of the employee of its list, who is pending."""
    population = recorded(employees=["get_employees"], external=["external_badges"])
    with Sandbox(population=population) as sandbox, Asking(sandbox) as ask:
        assert same(ask("employee_external_badges").json(), documented("external_badges"))


def test_the_documented_creation_is_answered_to_the_letter() -> None:
    """All but the id, which is new."""
    clock = SettableClock(THEN)
    with Sandbox(population=Population(), clock=clock) as sandbox, Asking(sandbox) as ask:
        answer = ask("employees", "POST", json=documented("create_employee_request"))
        expected = documented("create_employee")
        expected["data"]["id"] = sandbox.truth()["employees"][0]["id"]
        assert answer.status_code == 201
        assert same(answer.json(), expected)


def test_the_documented_update_is_answered_to_the_letter() -> None:
    """The documented request turns an employee into the one the page answers."""
    population = recorded(employees=["update_employee"])
    with population.changing():
        employee = population.employees[0]
        employee.team = employee.external_id = employee.country = None
        employee.first_name = "Somebody"
    with Sandbox(population=population) as sandbox, Asking(sandbox) as ask:
        path = employee_path("email2@example.com")
        answer = ask(path, "PUT", json=documented("update_employee_request"))
        assert answer.status_code == 200
        assert same(answer.json(), documented("update_employee"))
        assert same(ask(path).json(), documented("update_employee"))


def test_the_documented_invitation_is_answered_to_the_letter() -> None:
    """The time it starts is the sandbox's present."""
    clock = SettableClock(datetime(2023, 2, 16, 16, 41, 38, 366000, tzinfo=UTC))
    with Sandbox(employees=3, clock=clock) as sandbox, Asking(sandbox) as ask:
        request = documented("send_invitations_request")
        answer = ask("employees/send_invitations", "POST", json=request)
        assert answer.status_code == 200
        assert same(answer.json(), documented("send_invitations"))
