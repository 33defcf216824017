"""docs/history.md: its questions are asked, and answered again without SQL."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime

import duckdb
import pytest

from tests.tools.documents import CHECKOUT
from tests.tools.histories import History

PAGE = (CHECKOUT / "docs" / "history.md").read_text(encoding="utf-8")
MARCH = date(2026, 3, 1)
DAY = 86_400


@pytest.fixture(scope="module")
def told() -> Iterator[tuple[duckdb.DuckDBPyConnection, set[tuple[str, str, int]], set[str]]]:
    """Two days of an organization, what could be counted on the first, and who moved since."""
    history = History(30, 4, dataset="credly")
    history.clock.now = datetime(2026, 3, 1, 6, tzinfo=UTC)
    history.settings |= {"history": True, "badge_max_age": "0"}
    try:
        history.load()
        truth, now = history.sandbox.truth(), history.clock.now
        before = {row["id"]: row["department"] for row in truth["employees"]}
        skills = defaultdict(set)
        for row in truth["badge_template_skills"]:
            skills[row["badge_template_id"]].add(row["skill_key"])
        people = defaultdict(set)
        for badge in truth["employee_badges"]:
            ends = badge["expires_at"]
            if badge["state"] == "accepted" and (ends is None or ends > now):
                for skill in skills[badge["badge_template_id"]]:
                    people[before[badge["employee_id"]], skill].add(badge["employee_id"])
        history.clock.advance(2 * DAY)
        moved = set()
        for employee in list(history.sandbox.population.in_order())[:4]:
            history.sandbox.population.edit(employee.id, department="Elsewhere")
            moved.add(employee.id)
        history.load()
        with duckdb.connect(str(history.folder / "w.duckdb"), read_only=True) as connection:
            counted = {(department, s, len(who)) for (department, s), who in people.items()}
            yield connection, counted, moved
    finally:
        history.close()


@pytest.mark.search  # loads three times
def test_the_questions_of_the_page_are_answered(
    told: tuple[duckdb.DuckDBPyConnection, set[tuple[str, str, int]], set[str]],
) -> None:
    """As what the sandbox held on that day says, and what was edited since."""
    connection, counted, moved = told
    skills, departments = re.findall(r"^```sql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    assert str(MARCH) in skills
    found = connection.execute(skills).fetchall()
    assert counted
    assert (len(found), set(found)) == (len(counted), counted)
    rows = connection.execute(departments).fetchall()
    assert {row[0] for row in rows} == moved
    assert {(row[1].date(), row[3]) for row in rows} == {(date(2026, 3, 3), "Elsewhere")}
