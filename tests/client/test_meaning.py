"""The one check of an answer's shape: each endpoint declares it, and the client sees to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.tools.connecting import connect
from workforce_source.client import Client
from workforce_source.endpoints import (
    EMPLOYEE,
    EMPLOYEE_DATA,
    EMPLOYEES,
    ENDPOINTS,
    EXTERNAL_BADGES,
    Endpoint,
)
from workforce_source.exceptions import UnexpectedResponse
from workforce_source.sandbox import Answer, Entry, Sandbox

KEY = "somebody.private@example.com"
NO_TEXT: tuple[Any, ...] = (None, "", 5, True, ["1"], {})
NO_OBJECT: tuple[Any, ...] = (None, "", 5, [])
NO_LIST: tuple[Any, ...] = (None, "", 5, {}, [[]])
GOOD: dict[str, Any] = {
    EMPLOYEES.name: {"id": "1"},
    EMPLOYEE.name: {"id": "1"},
    EMPLOYEE_DATA.name: {"id": "1", "badges": [{"id": "b"}]},
    EXTERNAL_BADGES.name: {"employee": {"id": "1"}, "external_badge": {}},
}
"""The least that is believed."""
BAD: list[tuple[Endpoint, Any, str]] = [
    *((endpoint, record, "data") for endpoint in ENDPOINTS for record in NO_OBJECT),
    *((EMPLOYEES, {"id": value}, "data.id") for value in NO_TEXT),
    *((EMPLOYEE, {"id": value}, "data.id") for value in NO_TEXT),
    (EMPLOYEE_DATA, {"badges": []}, "data.id"),
    *((EMPLOYEE_DATA, {"id": "1", "badges": value}, "data.badges") for value in NO_LIST),
    *(
        (EMPLOYEE_DATA, {"id": "1", "badges": [{"id": value}]}, "data.badges.id")
        for value in NO_TEXT
    ),
    (EXTERNAL_BADGES, {"external_badge": {}}, "data.employee"),
    *(
        (EXTERNAL_BADGES, {"employee": {"id": value}, "external_badge": {}}, "data.employee.id")
        for value in NO_TEXT
    ),
    *(
        (EXTERNAL_BADGES, {"employee": {"id": "1"}, "external_badge": value}, "data.external_badge")
        for value in NO_OBJECT
    ),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """A sandbox whose answers are replaced."""
    with Sandbox(employees=1) as serving:
        yield serving


def read(sandbox: Sandbox, endpoint: Endpoint, record: Any) -> Any:
    """What the client makes of one record of an endpoint."""
    data = record if endpoint.parent else [record]
    body = {"data": data, "metadata": {"current_page": 1, "total_pages": 1}}

    def answer(_entry: Entry, _answer: Answer) -> Answer:
        return Answer(200, json.dumps(body).encode())

    sandbox.on_answer(answer)
    with connect(sandbox) as client:
        if endpoint.parent is None:
            return client.page(endpoint, 1).records[0]
        return single(client, endpoint)


def single(client: Client, endpoint: Endpoint) -> Any:
    """One employee's record."""
    return (client.data if endpoint is EMPLOYEE_DATA else client.employee)(KEY).record


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
def test_a_record_of_the_declared_shape_reaches_the_caller(
    sandbox: Sandbox, endpoint: Endpoint
) -> None:
    """The least the endpoint declares, and whatever is beside it."""
    record = GOOD[endpoint.name] | {"beside": [1]}
    assert read(sandbox, endpoint, record) == record


@pytest.mark.parametrize(("endpoint", "record", "key"), BAD)
def test_a_record_of_another_shape_is_refused(
    sandbox: Sandbox, endpoint: Endpoint, record: Any, key: str
) -> None:
    """The error names path and attribute, and nothing of anybody."""
    with pytest.raises(UnexpectedResponse) as caught:
        read(sandbox, endpoint, record)
    assert (caught.value.path, caught.value.key) == (endpoint.path, key)
    assert KEY not in str(caught.value)
