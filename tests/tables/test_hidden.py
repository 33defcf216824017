"""What is hidden of an answer: in no column, not in `extra`, and in no hash."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from workforce_source.exceptions import ConfigError
from workforce_source.tables import (
    DATA_TABLES,
    PREFIX,
    PSEUDONYMOUS,
    RecordReader,
    Row,
    Secret,
    hide,
)

SECRET = Secret("k" * 32)
IDENTIFIERS = ["employees.email", "employees.external_id", "employees.manager_external_id"]
VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.just("needle in it"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just("a"), inner, max_size=1),
    max_leaves=3,
)


def employee(record: dict[str, Any], reader: RecordReader) -> Row:
    """The one row of an employee's record."""
    ((row,),) = reader.rows("employees", record)["employees"].values()
    return row


@pytest.mark.parametrize("setting", ["exclude_columns", "pseudonymize"])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("employees.id", "is a key"),
        ("employee_badges.employee_id", "is a key"),
        ("employees.nickname", "is no column"),
        ("people.email", "is no column"),
        ("changes.employee_id", "is no column"),
        ("employees.row_hash", "is no column"),
        ("employees.employee_state", "decides whose badges"),
    ],
)
def test_what_cannot_be_hidden_is_refused(setting: str, name: str, reason: str) -> None:
    """Keys, unknown names and what a run needs are refused with the reason, by the setting."""
    names = {"exclude_columns": ([name], []), "pseudonymize": ([], [name])}[setting]
    with pytest.raises(ConfigError, match=f"^{setting}: {name} .*{reason}"):
        hide(*names, SECRET)


@pytest.mark.parametrize(
    "name", ["employees.created_at", "employee_badges.public", "employees.extra"]
)
def test_what_is_no_text_has_no_pseudonym(name: str) -> None:
    """A time, a truth value, and the text that holds many."""
    with pytest.raises(ConfigError, match="no text of one value"):
        hide([], [name], SECRET)


def test_an_identifier_has_one_pseudonym_wherever_it_stands() -> None:
    """A manager is joined by it; another key, or the same text as an e-mail, has another."""
    reader = RecordReader("o", hide([], IDENTIFIERS, SECRET))
    boss = employee({"id": "1", "external_id": "E-1", "email": "E-1"}, reader)
    report = employee({"id": "2", "external_id": "", "manager_external_id": "E-1"}, reader)
    assert report["manager_external_id"] == boss["external_id"] != boss["email"]
    assert report["external_id"] == ""
    other = RecordReader("o", hide([], IDENTIFIERS, Secret("l" * 32)))
    assert employee({"id": "1", "external_id": "E-1"}, other)["external_id"] != boss["external_id"]
    assert "k" * 32 not in repr(SECRET)


@pytest.mark.property
@given(value=VALUES)
@settings(max_examples=examples(30, 500), deadline=None, database=None)
def test_a_hidden_value_of_any_shape_leaves_no_trace(value: Any) -> None:
    """A list in the place of an e-mail, a text in the place of an object: none is kept aside."""
    hidden = hide(["external_badges.badge_criteria_narrative"], IDENTIFIERS, SECRET)
    reader = RecordReader("o", hidden)
    row = employee({"id": "1", "email": value, "external_id": value}, reader)
    criteria = {"narrative": value} if isinstance(value, dict) else value
    record = {"employee": {"id": "1"}, "external_badge": {"badge_criteria": criteria, "skills": []}}
    badges = [
        b for of in reader.rows("external_badges", record)["external_badges"].values() for b in of
    ]
    assert "needle" not in json.dumps([row, badges], default=str)
    assert (row["email"] or PREFIX).startswith(PREFIX)


def test_the_preset_covers_whatever_says_who_a_person_is() -> None:
    """Each column with a mark is left out or has a pseudonym, `extra` of each table too."""
    hidden = hide([], [PSEUDONYMOUS], SECRET)
    marked = {
        f"{table.name}.{column.name}": column.personal
        for table in DATA_TABLES
        for column in table.all_columns
        if column.personal and column.name not in table.primary_key
    }
    assert hidden.names == marked.keys()
    assert {marked[name] for name in hidden.replaced} == {"identifier"}
    assert {f"{table.name}.extra" for table in DATA_TABLES} <= hidden.left_out
    for column in ("email", "full_name", "photo_url", "external_id", "manager_last_name"):
        assert f"employees.{column}" in marked


def test_what_hides_a_table_hides_its_versions() -> None:
    """A table that keeps versions of another's rows has the same columns hidden."""
    hidden = hide(["employees.full_name"], ["employees.email"], SECRET)
    assert hidden.left_out_of("employees_history") == {"full_name"}
    assert list(hidden.replaced_in("employees_history")) == ["email"]
