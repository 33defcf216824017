"""Records to rows: the page's samples by hand, what does not fit kept, what is left out gone."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.examples import examples
from workforce_source.tables import DATA_TABLES, EMPLOYEES, TABLE_BY_NAME, RecordReader, Row, hide

ORGANIZATION = "5c4e2a52-0000-4000-8000-000000000000"
SAMPLES = Path(__file__).parents[1] / "tools" / "api_doc"
THEN = datetime(2014, 4, 1, 14, 41, tzinfo=UTC)
READER = RecordReader(ORGANIZATION)


def sample(name: str) -> Any:
    """The data of a response body of the API page."""
    return json.loads((SAMPLES / f"{name}.json").read_text())["data"]


def rows_of(endpoint: str, record: Any, reader: RecordReader = READER) -> dict[str, list[Row]]:
    """The rows of a record by table, whatever their scopes."""
    scoped = reader.rows(endpoint, record)
    return {name: [*chain(*by_scope.values())] for name, by_scope in scoped.items()}


def employee(record: dict[str, Any], reader: RecordReader = READER) -> Row:
    """The one row of an employee's record."""
    (row,) = rows_of("employees", record, reader)["employees"]
    return row


def external_badge(record: dict[str, Any]) -> tuple[Row, list[Row]]:
    """The row of an external badge, and those of its skills."""
    rows = rows_of("external_badges", record)
    (row,) = rows["external_badges"]
    return row, rows["external_badge_skills"]


def with_template(template: dict[str, Any]) -> dict[str, list[Row]]:
    """The rows of somebody whose only badge is of a template."""
    badges = [{"id": "b", "badge_template": template}]
    return rows_of("employee_data", {"id": "1", "badges": badges})


def values(row: Row) -> dict[str, Any]:
    """A row without its hash, which no hand can write."""
    return {name: value for name, value in row.items() if name != "row_hash"}


JOHN = {
    "organization_id": ORGANIZATION,
    "id": "377f7425-bd03-418b-92af-ea20219fd6e6",
    "email": "email5@example.com",
    "created_at": THEN,
    "employee_state": "pending",
    "employee_state_updated_at": THEN,
    "last_invitation_sent_at": None,
    "first_name": "John",
    "last_name": "Doe",
    "full_name": "John Doe",
    "photo_url": None,
    "team": "Development",
    "external_id": None,
    "position_title": "Front End",
    "manager_first_name": None,
    "manager_last_name": None,
    "manager_external_id": None,
    "location": None,
    "country": None,
    "zip_code": None,
    "state_or_province": None,
    "department": "Engineering",
    "organization_level_1": "Farming",
    "organization_level_2": "Aquatic",
    "organization_level_3": "Kelp",
    "job_family": "f100",
    "extra": None,
}


def test_the_sample_employee_is_one_row() -> None:
    """The record of "Get Employees" gives its 25 columns and nothing in extra."""
    (record,) = sample("get_employees")
    assert values(employee(record)) == JOHN


def test_the_sample_single_employee_has_the_same_columns() -> None:
    """A single read differs from the list in id and e-mail alone."""
    row = employee(sample("get_employee"))
    differs = {"id": "89e5edda-1b2c-4e1f-b5b7-38eb4a7884b5", "email": "email4@example.com"}
    assert values(row) == JOHN | differs


def test_the_sample_data_is_a_profile_a_badge_and_a_template() -> None:
    """The record of the "Employee Data API" gives the rows one would write by hand."""
    record = sample("employee_data")
    rows = rows_of("employee_data", record)
    (profile,) = rows["employee_profiles"]
    who = "be77d7d8-de09-4d73-8eeb-eb338541a93f"
    assert values(profile) == {
        "organization_id": ORGANIZATION,
        "employee_id": who,
        "bio": "Team-oriented leading edge capacity",
        "vanity_url": "http://localhost:5002/users/acclaim-owner",
        "badge_count": 1,
        "extra": None,
    }
    assert [values(badge) for badge in rows["employee_badges"]] == [
        {
            "organization_id": ORGANIZATION,
            "employee_id": who,
            "id": "038f24de-6fe9-43de-b213-b36400d18b51",
            "badge_template_id": "8b50d7fa-de1a-5073-8110-00ceb18d89dc",
            "issuer_name": "Acclaim",
            "issuer_image_url": None,
            "issued_to": "Alfred Beaker Skiles",
            "issued_to_first_name": "Alfred",
            "issued_to_middle_name": "Beaker",
            "issued_to_last_name": "Skiles",
            "issued_at": THEN,
            "issued_at_date": date(2014, 4, 1),
            "expires_at": THEN.replace(year=2016),
            "expires_at_date": date(2016, 4, 1),
            "state": "pending",
            "public": False,
            "extra": None,
        }
    ]
    (template,) = rows["badge_templates"]
    assert values(template) == {
        "organization_id": ORGANIZATION,
        "id": "8b50d7fa-de1a-5073-8110-00ceb18d89dc",
        "name": "Great GIF Finder",
        "description": "Dynamically deliver go forward e-tailers",
        "image": None,
        "image_url": None,
        "skill_count": 3,
        "extra": None,
    }
    assert [
        (skill["skill_name"], skill["skill_key"]) for skill in rows["badge_template_skills"]
    ] == [
        ("GIF Finding", "gif finding"),
        ("GIF Pronouncing", "gif pronouncing"),
        ("GIF Sharing", "gif sharing"),
    ]


def test_the_sample_external_badge_is_one_row_and_three_skills() -> None:
    """The record of the "Employee External Badges API" is lifted flat, milliseconds kept."""
    (record,) = sample("external_badges")
    badge, skills = external_badge(record)
    narrative = "Earners are required to exhibit foundational leadership skills."
    assert values(badge) == {
        "organization_id": ORGANIZATION,
        "employee_id": "377f7425-bd03-418b-92af-ea20219fd6e6",
        "credly_record_id": "fba9a90b-fc8d-48c6-9ebd-b4ea0a4e86ef",
        "employee_external_id": None,
        "type": "OpenBadge",
        "badge_name": "Leadership Principles",
        "badge_description": record["external_badge"]["badge_description"],
        "credential_number": "12345",
        "badge_criteria_id": "https://example.edu/criterias/0001",
        "badge_criteria_narrative": narrative,
        "issuer_name": "Pearson",
        "issued_at": datetime(2023, 4, 1, 13, 12, 40, tzinfo=UTC),
        "issued_at_date": date(2023, 4, 1),
        "expires_at": datetime(2025, 4, 1, 13, 12, 40, tzinfo=UTC),
        "expires_at_date": date(2025, 4, 1),
        "badge_url": "https://example.edu/credentials/0001",
        "badge_id": "https://example.edu/credentials/0001",
        "refreshed_at": datetime(2024, 9, 4, 3, 33, 36, 455_000, tzinfo=UTC),
        "verified": False,
        "image_url": "https://cdn.example.com/path/to/image.png",
        "extra": None,
    }
    assert [skill["skill_name"] for skill in skills] == ["Skill 1", "Skill 2", "Skill 3"]
    assert {skill["credly_record_id"] for skill in skills} == {badge["credly_record_id"]}


def test_what_the_page_does_not_name_is_kept_as_sorted_json() -> None:
    """Unknown attributes, nested ones too, stand in extra beside nothing else."""
    row = employee({"id": "1", "zeta": [1], "alpha": {"b": 1, "a": None}})
    assert row["extra"] == '{"alpha":{"a":null,"b":1},"zeta":[1]}'
    record = {
        "employee": {"id": "1", "nickname": "J"},
        "external_badge": {"credly_record_id": "r", "badge_criteria": {"id": "c", "level": 3}},
        "beside": True,
    }
    badge, _ = external_badge(record)
    assert badge["badge_criteria_id"] == "c"
    expected = {"badge_criteria": {"level": 3}, "beside": True, "employee": {"nickname": "J"}}
    assert orjson.loads(badge["extra"]) == expected


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("created_at", "yesterday"),
        ("created_at", ""),
        ("created_at", 1_396_363_260),
        ("created_at", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_value_that_does_not_fit_is_kept_in_extra(column: str, value: Any) -> None:
    """A timestamp nobody can read leaves the column null and itself in extra."""
    row = employee({"id": "1", column: value})
    assert row[column] is None
    assert orjson.loads(row["extra"]) == {column: value}


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-04-01T14:41:00.000Z", THEN),
        ("2014-04-01T09:41:00-05:00", THEN),
        ("2014-04-01T14:41:00", THEN),
        ("2024-09-04T03:33:36.455Z", datetime(2024, 9, 4, 3, 33, 36, 455_000, tzinfo=UTC)),
    ],
)
def test_timestamps_are_utc_with_their_milliseconds(text: str, moment: datetime) -> None:
    """However an instant is written, the column holds it in UTC and loses nothing."""
    row = employee({"id": "1", "created_at": text})
    assert row["created_at"] == moment
    assert row["created_at"].tzinfo == UTC


@pytest.mark.property
@settings(max_examples=examples(100, 1_000))
@given(st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)), st.data())
def test_every_instant_survives_arrow(naive: datetime, data: st.DataObject) -> None:
    """Any instant in any zone comes out of the Arrow table as it went in."""
    minutes = data.draw(st.integers(-14 * 60, 14 * 60))
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    row = employee({"id": "1", "created_at": moment.isoformat()})
    assert EMPLOYEES.to_arrow([row])["created_at"].to_pylist() == [moment]


def test_the_hash_ignores_volatile_columns_and_new_empty_ones() -> None:
    """A photo's address changes nothing; a name does; a null counts as not there."""
    one = employee({"id": "1", "first_name": "A", "photo_url": "x"})
    two = employee({"id": "1", "first_name": "A", "photo_url": "y", "team": None})
    other = employee({"id": "1", "first_name": "B"})
    assert one["row_hash"] == two["row_hash"] != other["row_hash"]


def test_the_same_instant_written_otherwise_changes_nothing() -> None:
    """The hash is of typed values, not of the texts they came as."""
    texts = ("2014-04-01T14:41:00.000Z", "2014-04-01T14:41:00Z", "2014-04-01T16:41:00+02:00")
    rows = [employee({"id": "1", "created_at": text}) for text in texts]
    assert len({row["row_hash"] for row in rows}) == 1


def test_excluded_columns_leave_no_trace() -> None:
    """A value that is left out is in no column, not in extra, and not in the hash."""
    reader = RecordReader(ORGANIZATION, hide(["employees.email", "employees.extra"]))
    row = employee({"id": "1", "email": "a@example.com", "secret": "s"}, reader)
    assert (row["email"], row["extra"]) == (None, None)
    assert row["row_hash"] == employee({"id": "1"}, reader)["row_hash"]


def test_skills_come_as_texts_or_objects() -> None:
    """Both shapes of a skill are read; empty names are none, a name counts once."""
    skills = ["SQL", {"name": "Go", "level": 2}, {"name": ""}, "SQL", None, "", {"name": None}]
    rows = with_template({"id": "t", "skills": skills})["badge_template_skills"]
    assert [(row["skill_name"], row["extra"]) for row in rows] == [
        ("SQL", None),
        ("Go", '{"level":2}'),
    ]


@pytest.mark.parametrize(
    "spelling",
    [
        "data analysis",
        "Data  Analysis",
        " DATA\u00a0ANALYSIS ",
        "\uff24ata Analysis",
        "Data\u200b Analy\u00adsis\ufeff",
        "\u2060data\u200d\ufe0f analysis",
    ],
)
def test_spellings_of_one_skill_share_a_key(spelling: str) -> None:
    """Case, width and spaces make no other skill; the name stays as it was."""
    (row,) = with_template({"id": "t", "skills": [spelling]})["badge_template_skills"]
    assert row["skill_key"] == "data analysis"
    assert row["skill_name"] == spelling


@pytest.mark.parametrize("name", ["\u200b", "\u00ad \ufeff", "\u3164", " "])
def test_a_skill_of_nothing_visible_has_an_empty_key(name: str) -> None:
    """It counts nowhere by that, instead of being a row without a name."""
    (row,) = with_template({"id": "t", "skills": [name]})["badge_template_skills"]
    assert (row["skill_key"], row["skill_name"]) == ("", name)


def test_an_external_badge_without_a_record_id_is_kept() -> None:
    """It gets an id made of what it says, the same each time."""
    record = {"employee": {"id": "1"}, "external_badge": {"badge_name": "B", "issued_at": None}}
    ids = {external_badge(record)[0]["credly_record_id"] for _ in range(2)}
    assert len(ids) == 1
    assert ids.pop().startswith("derived:")


def test_a_template_without_an_id_stays_with_its_badge() -> None:
    """Nothing can be kept under it, so the badge's extra holds it whole."""
    rows = with_template({"name": "N", "skills": ["S"]})
    assert not rows["badge_templates"]
    (row,) = rows["employee_badges"]
    assert row["badge_template_id"] is None
    assert orjson.loads(row["extra"]) == {
        "badge_template_without_id": {"name": "N", "skills": ["S"]}
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.property
@settings(max_examples=examples(100, 1_000), deadline=None)
@given(st.dictionaries(st.sampled_from([c.name for c in EMPLOYEES.columns]), json_values))
def test_no_record_breaks_the_table(record: dict[str, Any]) -> None:
    """Whatever the values are, there is a row for Arrow, or an error that names the id."""
    # what a JSON text can say: no surrogates, no numbers beyond a double
    record = json.loads(json.dumps(record, ensure_ascii=False).encode(errors="replace"))
    try:
        record = orjson.loads(orjson.dumps(record))
    except TypeError:
        return
    row = employee(record | {"id": "1"})
    assert EMPLOYEES.to_arrow([row]).num_rows == 1


def test_every_column_is_described_and_every_reference_leads_somewhere() -> None:
    """Descriptions are sentences; keys come first; references name keys of tables."""
    for table in TABLE_BY_NAME.values():
        assert all(column.description.endswith((".", "?")) for column in table.all_columns)
        assert tuple(column.name for column in table.columns[: len(table.key)]) == table.key
        for reference in table.references:
            assert TABLE_BY_NAME[reference.table].primary_key == reference.referenced
    assert all("row_hash" in table.arrow_schema.names for table in DATA_TABLES)


def test_a_name_figures_are_grouped_by_has_one_form() -> None:
    """`ü` typed as one letter or as two is one department, badge and issuer; an id stays itself."""
    typed = "Zu\u0308rich"
    made = employee({"id": "1", "department": typed, "team": typed, "external_id": typed})
    assert (made["department"], made["team"], made["external_id"]) == ("Zürich", "Zürich", typed)
    badge = {"id": "b", "issuer": {"name": typed}, "badge_template": {"id": "t", "name": typed}}
    rows = rows_of("employee_data", {"id": "1", "badges": [badge]})
    assert rows["employee_badges"][0]["issuer_name"] == "Zürich"
    assert rows["badge_templates"][0]["name"] == "Zürich"
    elsewhere = {"credly_record_id": "x", "badge_name": typed, "issuer_name": typed}
    row, _ = external_badge({"employee": {"id": "1"}, "external_badge": elsewhere})
    assert (row["badge_name"], row["issuer_name"]) == ("Zürich", "Zürich")
