"""Names that look alike are one name, whoever wrote them; what nobody sees is no name."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.marts import raw
from tests.marts.conftest import Built, Pipelines
from tests.report.attacker import Page
from workforce_source.marts import build_marts, skill_key
from workforce_source.report import write_report

AS_OF = date(2026, 11, 24)
ALIKE = (
    "Human Resources",
    "Human  Resources",
    "Human\u00a0 Resources",
    "\tHuman \n Resources\u2800",
)
NOBODY_SEES = ("", "  ", "\u200b", "\ufe0f", "\u3164", "\u2800", "\u115f", None)


def in_organization(**more: Any) -> dict[str, Any]:
    """A row of the organization."""
    return {"organization_id": "o", **more}


def employee(number: int, **more: Any) -> dict[str, Any]:
    """An employee who accepted."""
    return in_organization(id=f"e{number}", employee_state="accepted", **more)


def read(number: int) -> dict[str, Any]:
    """A read of their badges."""
    return in_organization(employee_id=f"e{number}", badges_read_at=AS_OF)


def test_groups_that_look_alike_are_one(pipelines: Pipelines) -> None:
    """However many spaces, and of which kind, are in a name; one without anything is unknown."""
    pipeline = pipelines("groups_alike")
    names = [*ALIKE, *NOBODY_SEES]
    people = [employee(n, department=name, position_title=name) for n, name in enumerate(names)]
    raw.write(pipeline, {"employees": people})
    built = Built(pipeline, build_marts(pipeline, as_of=AS_OF, today=AS_OF))
    for dimension in ("department", "position_title"):
        assert built.rows(
            "bridge_employee_group",
            "dimension_value, count(*)",
            f"dimension = '{dimension}' GROUP BY dimension_value",
        ) == [("(unknown)", len(NOBODY_SEES)), ("Human Resources", len(ALIKE))]


def test_badges_and_issuers_that_look_alike_are_one_row(
    pipelines: Pipelines, tmp_path: Path
) -> None:
    """Forty people hold one badge of one issuer, spelled four ways; ten hold one without a name."""
    pipeline = pipelines("badges_alike")
    names = ("Cloud Day", "Cloud Day\u00a0", "\u200bCloud Day", "Cloud  Day", "\u200b")
    badges = [
        in_organization(
            employee_id=f"e{n}",
            id=f"b{n}",
            badge_template_id=f"t{n % 5}",
            issuer_name=("Guild", "\u00a0Guild")[n % 2],
            state="accepted",
            expires_at_date=AS_OF + timedelta(days=30),
        )
        for n in range(50)
    ]
    raw.write(
        pipeline,
        {
            "employees": [employee(n) for n in range(50)],
            "badge_reads": [read(n) for n in range(50)],
            "badge_templates": [in_organization(id=f"t{n}", name=names[n]) for n in range(5)],
            "employee_badges": badges,
        },
    )
    build_marts(pipeline, as_of=AS_OF, today=AS_OF)
    path = write_report(pipeline, tmp_path / "report.html", small_groups="show")
    tables = Page(path.read_text(encoding="utf-8")).tables
    assert tables["held"].rows == [
        ["Cloud Day Guild", "40", "80%"],
        ["(no name) Guild", "10", "20%"],
    ]
    assert tables["issuers"].rows == [["Guild", "50", "100%"]]
    assert [row[:2] for row in tables["endings"].rows] == [
        ["Cloud Day Guild", "40"],
        ["(no name) Guild", "10"],
    ]


def test_external_badges_without_a_name_are_no_copies_of_each_other(pipelines: Pipelines) -> None:
    """Nothing says that they are the same certificate: each ends by itself."""
    pipeline = pipelines("nameless")
    some = [("x1", "\u200b"), ("x2", " "), ("x3", None), ("x4", "Named"), ("x5", "Named ")]
    raw.write(
        pipeline,
        {
            "employees": [employee(1)],
            "external_badges": [
                in_organization(
                    employee_id="e1",
                    credly_record_id=record,
                    badge_name=name,
                    issuer_name="Guild",
                    expires_at_date=AS_OF + timedelta(days=30),
                )
                for record, name in some
            ],
        },
    )
    built = Built(pipeline, build_marts(pipeline, as_of=AS_OF, today=AS_OF))
    assert built.rows("mart_expiring_badges", "badge_id, badge_name") == [
        ("x1", None),
        ("x2", None),
        ("x3", None),
        ("x4", "Named"),
    ]


@pytest.mark.parametrize("name", ["\u2800", "\x07", "\u3164\ufe0f", "\u200b\u2800 \x1b"])
def test_a_skill_of_nothing_to_be_seen_has_no_key(name: str) -> None:
    """It counts nowhere, and beside letters it makes no other skill of a name."""
    assert skill_key(name) == ""
    assert skill_key(f"{name}Python{name}") == "python"


@pytest.mark.parametrize("name", ["İstanbul", "straße", "ŉ", "ﬁ", "ά", "\u0345a", "ẞ", "ǰ", "Ω"])
def test_the_key_of_a_key_is_that_key(name: str) -> None:
    """What a seed names by a key, and what by a name, is one skill."""
    key = skill_key(name)
    assert skill_key(key) == key


def test_of_copies_that_end_together_the_one_that_is_listed_takes_the_skill(
    pipelines: Pipelines,
) -> None:
    """The copy that was earned last is in the list, whichever id is less."""
    pipeline = pipelines("end_together")
    ends = AS_OF + timedelta(days=30)
    copies = [("a", date(2025, 1, 1)), ("b", date(2025, 6, 1)), ("c", date(2025, 3, 1))]
    raw.write(
        pipeline,
        {
            "employees": [employee(1)],
            "badge_reads": [read(1)],
            "badge_templates": [in_organization(id="t", name="Admin")],
            "badge_template_skills": [
                in_organization(badge_template_id="t", skill_name="SQL", skill_key="sql")
            ],
            "employee_badges": [
                in_organization(
                    employee_id="e1",
                    id=badge,
                    badge_template_id="t",
                    state="accepted",
                    issued_at_date=issued,
                    expires_at_date=ends,
                )
                for badge, issued in copies
            ],
        },
    )
    built = Built(pipeline, build_marts(pipeline, as_of=AS_OF, today=AS_OF))
    assert built.rows("mart_expiring_badges", "badge_id, skills_lost_if_not_renewed") == [("b", 1)]
    assert built.rows("mart_skill_coverage", "people_lapsing_90d", "dimension = 'all'") == [(1,)]
