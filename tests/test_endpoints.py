"""The table of endpoints and the encoding of keys; requests are tested in test_client.py."""

from __future__ import annotations

import dataclasses
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workforce_source.endpoints import (
    EMPLOYEE,
    EMPLOYEE_DATA,
    EMPLOYEES,
    ENDPOINTS,
    EXTERNAL_BADGES,
    Endpoint,
    employee_path,
)

keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def test_an_endpoint_has_at_most_eight_fields() -> None:
    """A ninth field would be a flag; such an endpoint becomes a resource of its own."""
    assert len(dataclasses.fields(Endpoint)) <= 8


def test_the_paths_are_those_of_the_api_page() -> None:
    """The four reads of the page, written out once more by hand."""
    assert [(endpoint.name, endpoint.path) for endpoint in ENDPOINTS] == [
        ("employees", "organizations/{organization_id}/employees"),
        ("employee", "organizations/{organization_id}/employees/{employee}"),
        ("employee_data", "organizations/{organization_id}/employees/{employee}/data"),
        ("external_badges", "organizations/{organization_id}/employee_external_badges"),
    ]


def test_only_the_two_reads_of_one_employee_have_a_parent() -> None:
    """The parent is the list whose records fill the placeholder."""
    parents = {endpoint.name: endpoint.parent for endpoint in ENDPOINTS}
    assert parents == {
        EMPLOYEES.name: None,
        EMPLOYEE.name: EMPLOYEES.name,
        EMPLOYEE_DATA.name: EMPLOYEES.name,
        EXTERNAL_BADGES.name: None,
    }


@pytest.mark.parametrize(
    ("key", "segment"),
    [
        ("a+b@example.com", "a%2Bb%40example.com"),
        ("o'brien@example.com", "o%27brien%40example.com"),
        ("E 1/2", "E%201%2F2"),
        ("../x?y=1#z", "..%2Fx%3Fy%3D1%23z"),
        ("%2F", "%252F"),
        ("zoë", "zo%C3%AB"),
        (".", "%2E"),
        ("..", "%2E%2E"),
        ("{employee}", "%7Bemployee%7D"),
    ],
)
def test_a_key_is_encoded_in_full(key: str, segment: str) -> None:
    """Separators, dots alone, percent signs and accents stay inside the one segment."""
    assert employee_path("a/{employee}/data", key) == f"a/{segment}/data"


@given(keys)
def test_every_key_stays_one_segment_and_can_be_read_back(key: str) -> None:
    """Whatever an employer uses as external_id, the path keeps its shape and its meaning."""
    before, segment, after = employee_path("a/{employee}/data", key).split("/")
    assert (before, unquote(segment), after) == ("a", key, "data")
    assert segment not in {".", ".."}
    assert segment.isascii()


def test_an_empty_key_is_refused() -> None:
    """Without a key the path would address the list of all employees."""
    with pytest.raises(ValueError, match="has no organizations"):
        employee_path(EMPLOYEE.path, "")
