"""The table of endpoints beside tables and sandbox: what a new one lacks is named here.

And the encoding of keys; requests are tested in tests/client.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.connecting import connect
from workforce_source.endpoints import (
    EMPLOYEE,
    EMPLOYEE_DATA,
    ENDPOINTS,
    LISTS,
    Endpoint,
    employee_path,
)
from workforce_source.exceptions import ConfigError
from workforce_source.sandbox import Sandbox
from workforce_source.tables import (
    BADGE_READS,
    DATA_TABLES,
    RESOURCES,
    TABLE_BY_NAME,
    RecordReader,
    Table,
    tables_of,
)

each_list = pytest.mark.parametrize("endpoint", LISTS, ids=lambda endpoint: endpoint.name)
keys = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def test_an_endpoint_has_at_most_eight_fields() -> None:
    """A ninth field would be a flag; such an endpoint becomes a resource of its own."""
    assert len(dataclasses.fields(Endpoint)) <= 8


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    """Sixty employees nobody changes."""
    with Sandbox(employees=60, seed=7) as serving:
        yield serving


def test_the_documented_paths_are_those_of_the_api_page() -> None:
    """The four reads of the page, written out once more by hand."""
    paths = {endpoint.name: endpoint.path for endpoint in ENDPOINTS}
    assert (
        paths.items()
        >= {
            "employees": "organizations/{organization_id}/employees",
            "employee": "organizations/{organization_id}/employees/{employee}",
            "employee_data": "organizations/{organization_id}/employees/{employee}/data",
            "external_badges": "organizations/{organization_id}/employee_external_badges",
        }.items()
    )


def test_a_parent_is_the_list_whose_records_fill_the_placeholder() -> None:
    """Only the reads of one employee have one; all others are lists."""
    of_one = [endpoint for endpoint in ENDPOINTS if endpoint.parent is not None]
    assert of_one == [EMPLOYEE, EMPLOYEE_DATA]
    assert all("{employee}" in one.path and one.parent == "employees" for one in of_one)
    assert not [endpoint.name for endpoint in LISTS if "{employee}" in endpoint.path]


@each_list
def test_a_list_has_a_table_of_its_name(endpoint: Endpoint) -> None:
    """Its first table is its own; a key of it is what removals are confirmed by."""
    assert endpoint.name in TABLE_BY_NAME, (
        f"workforce_source/tables/definitions.py: DATA_TABLES has no table `{endpoint.name}` for"
        f" the list `{endpoint.name}` of endpoints.py"
    )
    own, *further = tables_of(endpoint.name)
    assert own.name == endpoint.name, f"`{own.name}` stands before `{endpoint.name}`"
    assert own.scope == own.key[: len(own.scope)]
    for table in further:
        assert table.scope == own.key, f"the scope of `{table.name}` is not the key of `{own.name}`"
    if endpoint.cursor is not None:
        types = {column.name: column.type for column in own.columns}
        assert types.get(endpoint.cursor) == "timestamp", (
            f"workforce_source/tables/definitions.py: `{own.name}` has no timestamp"
            f" `{endpoint.cursor}`, the cursor of its endpoint"
        )


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_table_is_filled_by_an_endpoint(resource: str) -> None:
    """A resource is a list, or what is read of one employee."""
    known = {*(endpoint.name for endpoint in LISTS), BADGE_READS.resource}
    assert resource in known, (
        f"workforce_source/endpoints.py: ENDPOINTS has no list `{resource}` for the tables of the"
        f" resource `{resource}`"
    )


@each_list
def test_the_sandbox_serves_a_list(sandbox: Sandbox, endpoint: Endpoint) -> None:
    """Its records have the shape the endpoint declares, and every attribute has its column."""
    reader = RecordReader(sandbox.organization_id)
    with connect(sandbox) as client:
        try:
            records = client.page(endpoint, 1).records
        except ConfigError:
            pytest.fail(f"workforce_source/sandbox/plain.py: there is no route `{endpoint.path}`")
    assert records
    for record in records:
        for name, by_scope in reader.rows(endpoint.name, record).items():
            extra = [row["extra"] for rows in by_scope.values() for row in rows if row["extra"]]
            assert extra == [], (
                f"workforce_source/tables: no column of `{name}` takes {extra[0]}; add it to"
                f" definitions.py, or give `{endpoint.name}` a function in records.py"
            )


@pytest.mark.parametrize("table", DATA_TABLES, ids=lambda table: table.name)
def test_the_sandbox_tells_the_truth_of_a_table(sandbox: Sandbox, table: Table) -> None:
    """Its columns are the ones a load has to fill."""
    truth = sandbox.truth()
    assert table.name in truth, (
        f"workforce_source/sandbox/plain.py: there is no truth of `{table.name}`"
    )
    columns = {"organization_id", *(column.name for column in table.columns)}
    assert set(truth[table.name][0]) == columns - {"skill_count"}


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
