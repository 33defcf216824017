"""The invented organization: the same for one seed, believable, awkward, and truthfully told."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.tools.asking import Asking, documented, employee_path
from workforce_source.sandbox import (
    Employee,
    Options,
    Population,
    Sandbox,
    population_from_records,
)
from workforce_source.sandbox.truth import DATES, TIMESTAMPS

TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def big() -> Iterator[Sandbox]:
    """Serve a thousand people, who stay as they are."""
    with Sandbox(1000) as serving:
        yield serving


def read_everything(sandbox: Sandbox) -> dict[str, list[dict[str, Any]]]:
    """Get the rows of every table from what the API answers, the plain way."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in sandbox.truth()}
    templates: dict[str, dict[str, Any]] = {}
    with Asking(sandbox) as ask:
        for record in ask.everything("employees"):
            rows["employees"].append(record)
            if record["employee_state"] == "accepted":
                data = ask.data(employee_path(record["email"], "/data"))
                assert {name: data[name] for name in record} == record
                profile = {"employee_id": data["id"], "badge_count": len(data["badges"])}
                profile |= {name: data[name] for name in ("bio", "vanity_url")}
                rows["employee_profiles"].append(profile)
                for badge in data["badges"]:
                    template, issuer = badge.pop("badge_template"), badge.pop("issuer")
                    templates[template["id"]] = template
                    badge |= {
                        "employee_id": data["id"],
                        "badge_template_id": template["id"],
                        "issuer_name": issuer["name"],
                        "issuer_image_url": issuer["image_url"],
                    }
                    rows["employee_badges"].append(badge)
        for template in templates.values():
            for skill in set(template.pop("skills")):
                row = {"badge_template_id": template["id"], "skill_name": skill}
                rows["badge_template_skills"].append(row)
            rows["badge_templates"].append(template)
        for record in ask.everything("employee_external_badges"):
            badge, owner = record["external_badge"], record["employee"]
            key = {"employee_id": owner["id"], "credly_record_id": badge["credly_record_id"]}
            for skill in {skill["name"] for skill in badge.pop("skills")}:
                rows["external_badge_skills"].append(key | {"skill_name": skill})
            criteria = badge.pop("badge_criteria") or {}
            status = badge.pop("verification_status") or {}
            badge |= key | {
                "employee_external_id": owner["external_id"],
                "badge_criteria_id": criteria.get("id"),
                "badge_criteria_narrative": criteria.get("narrative"),
                "verified": status.get("verified"),
            }
            rows["external_badges"].append(badge)
    return rows


def comparable(rows: list[dict[str, Any]]) -> Counter[tuple[tuple[str, Any], ...]]:
    """Get rows as they compare: typed, and without what the API does not answer."""

    def typed(name: str, value: Any) -> Any:
        if isinstance(value, str) and name in TIMESTAMPS:
            return datetime.fromisoformat(value)
        if isinstance(value, str) and name in DATES:
            return date.fromisoformat(value)
        return value

    added = ("organization_id", "skill_key")
    return Counter(
        tuple(
            sorted((name, typed(name, value)) for name, value in row.items() if name not in added)
        )
        for row in rows
    )


def test_the_truth_is_what_the_api_answers(big: Sandbox) -> None:
    """Every value of every column of every table, read over HTTP."""
    answered, truth = read_everything(big), big.truth()
    for table, rows in truth.items():
        assert rows
        assert comparable(answered[table]) == comparable(rows), table


def test_the_truth_is_typed_and_names_the_organization(big: Sandbox) -> None:
    """Aware UTC instants of whole milliseconds, days, booleans; the organization in every row."""
    for rows in big.truth().values():
        for row in rows:
            assert row["organization_id"] == big.organization_id
            for name, value in row.items():
                if value is not None and name in TIMESTAMPS:
                    assert value.tzinfo is UTC
                    assert value.microsecond % 1000 == 0
                elif value is not None and name in DATES:
                    assert type(value) is date
                elif name in ("public", "verified"):
                    assert value in (True, False, None)


def test_spellings_of_one_skill_share_a_key(big: Sandbox) -> None:
    """Whatever their case, width and spaces."""
    rows = big.truth()["badge_template_skills"]
    spellings = {row["skill_name"] for row in rows if row["skill_key"] == "machine learning"}
    assert spellings >= {"Machine Learning", "machine learning", "Machine  Learning"}
    assert {row["skill_key"] for row in rows if row["skill_name"].strip().upper() == "SQL"} == {
        "sql"
    }
    assert all(row["skill_key"] == " ".join(row["skill_key"].split()) for row in rows)


def test_the_documented_sample_has_the_rows_one_would_write_by_hand() -> None:
    """The page's badge, template, skills and profile."""
    population = population_from_records([documented("employee_data")["data"]])
    truth = Sandbox(population=population).truth()
    org = {"organization_id": truth["employees"][0]["organization_id"]}
    owner = {"employee_id": "be77d7d8-de09-4d73-8eeb-eb338541a93f"}
    assert truth["employee_profiles"] == [
        org
        | owner
        | {
            "bio": "Team-oriented leading edge capacity",
            "vanity_url": "http://localhost:5002/users/acclaim-owner",
            "badge_count": 1,
        }
    ]
    assert truth["employee_badges"] == [
        org
        | owner
        | {
            "id": "038f24de-6fe9-43de-b213-b36400d18b51",
            "badge_template_id": "8b50d7fa-de1a-5073-8110-00ceb18d89dc",
            "issuer_name": "Acclaim",
            "issuer_image_url": None,
            "issued_to": "Alfred Beaker Skiles",
            "issued_to_first_name": "Alfred",
            "issued_to_middle_name": "Beaker",
            "issued_to_last_name": "Skiles",
            "issued_at": datetime(2014, 4, 1, 14, 41, tzinfo=UTC),
            "issued_at_date": date(2014, 4, 1),
            "expires_at": datetime(2016, 4, 1, 14, 41, tzinfo=UTC),
            "expires_at_date": date(2016, 4, 1),
            "state": "pending",
            "public": False,
        }
    ]
    skills = [row["skill_key"] for row in truth["badge_template_skills"]]
    assert skills == ["gif finding", "gif pronouncing", "gif sharing"]


def test_one_seed_gives_one_organization() -> None:
    """Every value, the ids and the tokens; another seed gives another."""
    one, same, other = Sandbox(200, 3), Sandbox(200, 3), Sandbox(200, 4)
    assert one.truth() == same.truth() != other.truth()
    assert one.api_token == same.api_token != other.api_token
    assert one.organization_id == same.organization_id != other.organization_id


def test_nothing_is_younger_than_the_day_asked_for() -> None:
    """Stamps of the past only; expiry may lie ahead."""
    as_of = datetime(2021, 5, 1, tzinfo=UTC)
    truth = Sandbox(300, options=Options(as_of=as_of)).truth()
    past = TIMESTAMPS - {"expires_at"}
    stamps = [
        value
        for rows in truth.values()
        for row in rows
        for name, value in row.items()
        if name in past and value is not None
    ]
    awkward = datetime(2024, 3, 1, 4, 30, 0, 123000, tzinfo=UTC)
    assert max(stamp for stamp in stamps if stamp != awkward) <= as_of
    assert min(stamps) > as_of - timedelta(days=12 * 365)


def test_the_answers_have_the_documented_forms(big: Sandbox) -> None:
    """Version-4 UUIDs, timestamps of milliseconds in UTC."""
    rows = read_everything(big)
    for table in rows.values():
        for row in table:
            for name, value in row.items():
                if value is not None and name in TIMESTAMPS:
                    assert TIMESTAMP.fullmatch(value)
                if name in ("id", "employee_id", "badge_template_id", "credly_record_id"):
                    assert UUID.fullmatch(value)


def test_the_organization_is_believable(big: Sandbox) -> None:
    """Sixty in a hundred accepted, three badges each, and managers who exist."""
    truth = big.truth()
    people = truth["employees"]
    states = Counter(row["employee_state"] for row in people)
    assert 560 < states["accepted"] < 660
    assert all(states[state] > 20 for state in ("created", "pending", "rejected"))
    assert 2.6 < len(truth["employee_badges"]) / states["accepted"] < 3.6
    assert {row["state"] for row in truth["employee_badges"]} == {
        "accepted",
        "pending",
        "rejected",
        "revoked",
    }
    assert 120 < len(truth["badge_templates"]) < 250
    assert len({row["department"] for row in people}) > 10
    names = {(row["first_name"], row["last_name"]) for row in people}
    managers = Counter(
        (row["manager_first_name"], row["manager_last_name"])
        for row in people
        if row["manager_first_name"]
    )
    assert sum(count for name, count in managers.items() if name in names) > 0.9 * managers.total()
    assert len({row["created_at"] for row in people}) < 0.8 * len(people)


def test_there_may_be_more_badges_than_usual() -> None:
    """As many times as asked for, of as many people."""
    usual, more = (
        len(Sandbox(2000, options=Options(badge_factor=factor)).truth()["employee_badges"])
        for factor in (1.0, 1.6)
    )
    assert 1.45 < more / usual < 1.75


def test_null_stands_wherever_it_may(big: Sandbox) -> None:
    """In every nullable column of every table, and never in the others."""
    never = {
        "employees": {
            "id",
            "email",
            "created_at",
            "employee_state",
            "employee_state_updated_at",
            "first_name",
            "last_name",
            "full_name",
        },
        "employee_profiles": {"employee_id", "badge_count"},
        "employee_badges": {
            "employee_id",
            "id",
            "badge_template_id",
            "issuer_name",
            "state",
            "public",
        },
        "badge_templates": {"id", "name"},
        "badge_template_skills": {"badge_template_id", "skill_name", "skill_key"},
        "external_badges": {"employee_id", "credly_record_id", "type", "badge_name"},
        "external_badge_skills": {"employee_id", "credly_record_id", "skill_name", "skill_key"},
    }
    for table, rows in big.truth().items():
        filled = {name for name in rows[0] if all(row[name] is not None for row in rows)}
        assert filled - {"organization_id"} == never[table], table


def test_the_awkward_cases_are_in_every_small_organization(sandbox: Sandbox) -> None:
    """Keys that need encoding, no key but the e-mail, colliding keys, one person twice."""
    people = sandbox.population.in_order()
    external_ids = [e.external_id for e in people if e.external_id]
    emails = [e.email for e in people]
    assert any("+" in email and "'" in email for email in emails)
    assert any(email != email.lower() for email in emails)
    assert any("/" in key and " " in key for key in external_ids)
    assert any(not key.isascii() for key in external_ids)
    assert any(e.external_id is None for e in people)
    folded = Counter(key.casefold() for key in external_ids)
    assert {"shared-1", "case-1"} == {key for key, count in folded.items() if count > 1}
    others = {e.email.casefold() for e in people}
    assert any(
        key.casefold() in others - {e.email.casefold()} for e in people if (key := e.external_id)
    )
    badges = Counter(row["id"] for row in sandbox.truth()["employee_badges"])
    held = [Counter(b.template.id for b in e.badges if b.visible) for e in people if e.accepted]
    assert max(badges.values()) == 2
    assert any(max(templates.values(), default=0) > 1 for templates in held)


def test_an_organization_may_have_nobody() -> None:
    """Both lists are empty, and every table."""
    with Sandbox(0) as sandbox, Asking(sandbox) as ask:
        assert ask.everything("employees") == ask.everything("employee_external_badges") == []
        assert not any(sandbox.truth().values())


def test_a_change_by_hand_is_served_when_made_inside_changing(sandbox: Sandbox) -> None:
    """Look-ups and lists follow at once."""
    population = sandbox.population
    with Asking(sandbox) as ask:
        ask.everything("employees")
        with population.changing():
            population.employees[3].email = "moved@example.com"
            del population.employees[5:]
        assert len(ask.everything("employees")) == 5
        assert ask.data(employee_path("moved@example.com"))["email"] == "moved@example.com"


def test_an_edit_or_a_removal_of_nobody_is_refused() -> None:
    """With the error of a missing key."""
    population = Population()
    with pytest.raises(KeyError):
        population.edit("nobody", team="x")
    with pytest.raises(KeyError):
        population.remove("nobody")


def test_an_edit_of_an_unknown_attribute_is_refused(sandbox: Sandbox) -> None:
    """A slip of the pen must not pass for an edit that does nothing."""
    with pytest.raises(AttributeError):
        sandbox.population.edit(sandbox.population.employees[0].id, tema="x")


@pytest.mark.parametrize(
    "values",
    [
        {"tier": "gold"},
        {"past_the_end": 500},
        {"per_counts": "rows"},
        {"page_size": 0},
        {"as_of": datetime(2026, 1, 1)},  # without a zone is the point
    ],
)
def test_an_option_that_does_not_exist_is_refused(values: dict[str, Any]) -> None:
    """With what there is."""
    with pytest.raises(ValueError, match=next(iter(values))):
        Options(**values)


def test_new_ids_are_nobodys(sandbox: Sandbox) -> None:
    """Also after many."""
    taken = {employee.id for employee in sandbox.population.employees}
    ids = [sandbox.population.new_id() for _ in range(1000)]
    assert len({*ids, *taken}) == 1060
    assert all(UUID.fullmatch(new) for new in ids)


def test_a_page_size_holds_for_both_lists() -> None:
    """Small pages make long walks of small organizations."""
    with Sandbox(20, options=Options(page_size=3)) as sandbox, Asking(sandbox) as ask:
        assert len(ask.pages("employees")) == 7
        assert ask("employee_external_badges?per=50").json()["metadata"]["per"] == 3


def test_equal_creation_stamps_keep_one_order() -> None:
    """By id, so that a walk in peace meets everybody once."""
    stamp = datetime(2024, 1, 1, tzinfo=UTC)
    people = [
        Employee(
            id=f"{number:08d}-0000-4000-8000-000000000000",
            email=f"{number}@example.com",
            created_at=stamp,
            employee_state="created",
            employee_state_updated_at=stamp,
            first_name="A",
            last_name="B",
        )
        for number in (3, 1, 2)
    ]
    assert [e.email[0] for e in Population(people).in_order()] == ["1", "2", "3"]
