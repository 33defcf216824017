"""The story of the invented organization: departments, managers, renewals, and what never moves."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from workforce_source.sandbox import Options, Sandbox

AS_OF = Options().as_of
Row = dict[str, Any]


@pytest.fixture(scope="module", params=[7, 500])
def truth(request: pytest.FixtureRequest) -> dict[str, list[Row]]:
    """Everything five hundred people have, of two seeds."""
    return Sandbox(500, request.param).truth()


def skills_by_department(truth: dict[str, list[Row]]) -> dict[str, Counter[str]]:
    """People of each department by skill, of all accepted badges on Credly."""
    department = {row["id"]: row["department"] for row in truth["employees"]}
    taught = defaultdict(set)
    for row in truth["badge_template_skills"]:
        taught[row["badge_template_id"]].add(row["skill_key"])
    have = {
        (department[badge["employee_id"]], badge["employee_id"], skill)
        for badge in truth["employee_badges"]
        if badge["state"] == "accepted"
        for skill in taught[badge["badge_template_id"]]
    }
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for where, _, skill in have:
        found[where][skill] += 1
    return found


def copies(truth: dict[str, list[Row]]) -> list[list[Row]]:
    """The badges of one template that one person holds, by day of issue."""
    held = defaultdict(list)
    for badge in truth["employee_badges"]:
        if badge["issued_at"] is not None and badge["state"] == "accepted":
            held[badge["employee_id"], badge["badge_template_id"]].append(badge)
    return [sorted(some, key=lambda badge: badge["issued_at"]) for some in held.values()]


def test_departments_know_what_they_work_with(truth: dict[str, list[Row]]) -> None:
    """Kubernetes is Engineering's and sales are Sales'; what all must know, all know."""
    found = skills_by_department(truth)
    for skill, where in (
        ("kubernetes", "Engineering"),
        ("sales", "Sales"),
        ("customer service", "Customer Success"),
        ("accounting", "Finance"),
    ):
        everywhere = sum(of[skill] for of in found.values())
        assert found[where][skill] > 0.7 * everywhere > 5, skill
    knowing = [where for where, of in found.items() if where and of["security awareness"] > 2]
    assert len(knowing) >= 8


def test_managers_are_employees_several_levels_deep(truth: dict[str, list[Row]]) -> None:
    """Whoever has a manager's id has the id of somebody there; the way up ends at one person."""
    people = truth["employees"]
    by_key = defaultdict(list)
    for row in people:
        if row["external_id"]:
            by_key[row["external_id"]].append(row)
    managed = [row for row in people if row["manager_external_id"]]
    assert len(managed) > 0.85 * len(people)
    assert all(row["manager_external_id"] in by_key for row in managed)
    deep: Counter[int] = Counter()
    for row in managed:
        way = [row["id"]]
        at = row
        while at["manager_external_id"] and len(by_key[at["manager_external_id"]]) == 1:
            at = by_key[at["manager_external_id"]][0]
            assert at["id"] not in way
            way.append(at["id"])
        deep[len(way) - 1] += 1
    assert max(deep) >= 4
    assert sum(deep[levels] for levels in deep if levels >= 3) > 0.4 * len(managed)
    spans = Counter(row["manager_external_id"] for row in managed)
    assert len(spans) > 40
    assert sum(count <= 10 for count in spans.values()) > 0.8 * len(spans)


def test_titles_go_with_departments(truth: dict[str, list[Row]]) -> None:
    """No recruiter works in Finance, and every head heads the department they are in."""
    where = defaultdict(set)
    for row in truth["employees"]:
        if row["position_title"] and row["department"]:
            where[row["position_title"]].add(row["department"].strip())
    assert {title: there for title, there in where.items() if len(there) > 1} == {}
    heads = {t: d for t, d in where.items() if t.startswith("Head of ") and '"' not in t}
    assert len(heads) >= 5
    assert all(title == f"Head of {where}" for title, (where,) in heads.items())


def test_some_renew_and_some_let_badges_lapse(truth: dict[str, list[Row]]) -> None:
    """A later copy lasts longer; of badges that ended last year part was earned again."""
    renewed = lapsed = 0
    for some in copies(truth):
        for one, later in pairwise(some):
            if one["expires_at"] is not None and one["issued_at_date"].year != 2024:
                assert later["expires_at"] > one["expires_at"]
        for one in some:
            ended = one["expires_at"]
            if ended is not None and AS_OF - timedelta(days=365) <= ended < AS_OF:
                again = any(c["expires_at"] is None or c["expires_at"] > ended for c in some)
                renewed, lapsed = renewed + again, lapsed + (not again)
    assert renewed > 25
    assert lapsed > 25
    assert 0.3 < renewed / (renewed + lapsed) < 0.85


def test_what_is_new_at_the_company_grows(truth: dict[str, list[Row]]) -> None:
    """Generative AI began two years ago, and more people learn it every half year."""
    templates = {row["id"] for row in truth["badge_templates"] if "Generative AI" in row["name"]}
    days = [
        badge["issued_at"]
        for badge in truth["employee_badges"]
        if badge["badge_template_id"] in templates and badge["issued_at"].year != 2024
    ]
    halves = Counter((AS_OF - day).days // 365 for day in days)
    assert halves[0] > halves[1]
    assert max(halves) <= 2


def test_the_numbers_others_rely_on_stay() -> None:
    """How many have accepted, and how much there is to read, is what the pages were measured on."""
    for employees, seed, accepted, badges, external in (
        (500, 500, 307, 951, 239),
        (5000, 5000, 3101, 9867, 2476),
    ):
        truth = Sandbox(employees, seed).truth()
        assert len(truth["employee_profiles"]) == accepted
        assert len(truth["employee_badges"]) == badges
        assert len(truth["external_badges"]) == external
