"""Every figure of the hand-made organization, worked out with a pencil, on DuckDB and PostgreSQL.

The traps are in `acme.py`; the comments here say why a figure is what it is. `k8s` below is the
skill Kubernetes, all of its spellings. Who has it:

| employee | why | |
|---|---|---|
| e01 | b01, for ever | has it |
| e02 | b02 until 2027-05-05, and Linux with it | has it |
| e03 | b03 (alias k8s), today is the last day | has it, lapses |
| e04 | b04 expired yesterday | had it |
| e05, e06, e15 | revoked, pending, rejected | never had it |
| e07, e22 | external, connected but not read | not known |
| e08 | external, not connected | not known |
| e09 | b09a and b09b, one template twice, until 2028 | has it |
| e10 | b10, private, and Linux with it | has it |
| e11 | b11 and x11, one certificate in both sources, until 2027-01-31 | has it, lapses |
| e13 | external, expired; rejected | had it, not known |
| e16 | x16 (alias K8s), no date of issue, not verified | has it |
| e17, e18 | issued tomorrow, in UTC | not yet |
| e19 | b19, no dates at all | has it |
| e20 | b20, through today in UTC | has it, lapses |
| e21 | b21, read before it became unreadable | has it |
| e26 | b26 was removed | never had it |
| e30 | b30, a Credly badge of somebody not connected | not known |
| e34 | b34 (alias), in no department | has it |
| e37 | deleted | is not there |
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.marts.acme import ACME, AS_OF, OTHER
from tests.marts.conftest import Built
from workforce_source.marts import top_skills

# group: employees, connected, known
#   Engineering: e01-e14; accepted but e08 pending, e13 rejected, e14 created: 11;
#     not read: e07 waiting, e12 unreadable: 9
#   Data: e15-e24; accepted but e23, e24: 8; not read: e22: 7 (e21 was read before)
#   Sales: e25-e33 and e38; accepted e25-e29 and e33: 6; not read: e33: 5
#   (unknown): e34 null, e35 blank, e36 null; accepted e34, e35: 2; both read
#   Germany: e01-e24 = Engineering + Data; Kenya: the others
#   Moi, Kenya: e36 pending, e38 in a state nobody knows
GROUPS = {
    ("all", "all"): (37, 27, 23),
    ("department", "Engineering"): (14, 11, 9),
    ("department", "Data"): (10, 8, 7),
    ("department", "Sales"): (10, 6, 5),
    ("department", "(unknown)"): (3, 2, 2),
    ("team", "Platform"): (8, 7, 6),  # e01-e08 without e08; without e07
    ("team", "Web"): (6, 4, 3),  # e09-e14 without e13, e14; without e12
    ("team", "BI"): (10, 8, 7),
    ("team", "Field"): (10, 6, 5),
    ("team", "(unknown)"): (3, 2, 2),
    ("job_family", "(unknown)"): (37, 27, 23),
    ("position_title", "(unknown)"): (37, 27, 23),
    ("organization_level_1", "(unknown)"): (37, 27, 23),
    ("organization_level_2", "(unknown)"): (37, 27, 23),
    ("organization_level_3", "(unknown)"): (37, 27, 23),
    ("country", "Germany"): (24, 19, 16),
    ("country", "Kenya"): (13, 8, 7),
    ("location", "Moi, Kenya"): (2, 0, 0),
    ("location", "(unknown)"): (35, 27, 23),
}
SKILLS = ("docker", "kubernetes", "linux", "power bi", "powerbi", "python", "rust", "sql")

# people, verified, not known, lapsing in 90 days; everything not named is 0, 0, 0, 0
HELD = {
    # e11 (until 2027-01-31, 68 days), e16 (not verified), e18 and e20, all by badges from elsewhere
    "docker": {
        ("all", "all"): (4, 3, 0, 1),
        ("department", "Engineering"): (1, 1, 0, 1),
        ("department", "Data"): (3, 2, 0, 0),
        ("team", "Web"): (1, 1, 0, 1),
        ("team", "BI"): (3, 2, 0, 0),
        ("country", "Germany"): (4, 3, 0, 1),
        ("location", "(unknown)"): (4, 3, 0, 1),
    },
    "kubernetes": {
        # Engineering: e01 e02 e03 e09 e10 e11; not known e07 e08; lapsing e03 (today) and e11
        # (68 days)
        ("department", "Engineering"): (6, 6, 2, 2),
        # Data: e16 (not verified) e19 e20 e21; not known e22; lapsing e20 (today)
        ("department", "Data"): (4, 3, 1, 1),
        # Sales: nobody known; e30 holds a Credly badge and is not connected
        ("department", "Sales"): (0, 0, 1, 0),
        ("department", "(unknown)"): (1, 1, 0, 0),  # e34
        ("all", "all"): (11, 10, 4, 3),  # the sum of the four
        ("team", "Platform"): (3, 3, 2, 1),  # e01 e02 e03; e07 e08; e03
        ("team", "Web"): (3, 3, 0, 1),  # e09 e10 e11; e11
        ("team", "BI"): (4, 3, 1, 1),
        ("team", "Field"): (0, 0, 1, 0),
        ("team", "(unknown)"): (1, 1, 0, 0),
        ("country", "Germany"): (10, 9, 3, 3),  # Engineering + Data
        ("country", "Kenya"): (1, 1, 1, 0),  # e34; e30
        ("location", "(unknown)"): (11, 10, 4, 3),
    },
    "linux": {  # e02 and e10, with t-k2
        ("all", "all"): (2, 2, 0, 0),
        ("department", "Engineering"): (2, 2, 0, 0),
        ("team", "Platform"): (1, 1, 0, 0),
        ("team", "Web"): (1, 1, 0, 0),
        ("country", "Germany"): (2, 2, 0, 0),
        ("location", "(unknown)"): (2, 2, 0, 0),
    },
    "sql": {  # e15; e25 (30 days left) e26 and e28 (external, not said to be verified)
        ("all", "all"): (4, 3, 0, 1),
        ("department", "Data"): (1, 1, 0, 0),
        ("department", "Sales"): (3, 2, 0, 1),
        ("team", "BI"): (1, 1, 0, 0),
        ("team", "Field"): (3, 2, 0, 1),
        ("country", "Germany"): (1, 1, 0, 0),
        ("country", "Kenya"): (3, 2, 0, 1),
        ("location", "(unknown)"): (4, 3, 0, 1),
    },
    # e18 and e20 have one each: two skills until somebody says they are one
    "power bi": dict.fromkeys(
        [
            ("all", "all"),
            ("department", "Data"),
            ("team", "BI"),
            ("country", "Germany"),
            ("location", "(unknown)"),
        ],
        (1, 1, 0, 0),
    ),
    "python": {},  # e17 had it until 2020
    "rust": {},  # a target names it, no badge does
}
HELD["powerbi"] = HELD["power bi"]
ALIKE = (
    "job_family",
    "position_title",
    "organization_level_1",
    "organization_level_2",
    "organization_level_3",
)
BANDS = {0: "none", 1: "single", 2: "thin"}
# nobody has it, and a target wants it; the target of a team that is not there counts nothing
WANTED = {
    ("team", "Web", "rust"),
    ("department", "(unknown)", "linux"),
    ("location", "Moi, Kenya", "sql"),
}


def held(skill: str, dimension: str, value: str) -> tuple[int, int, int, int]:
    """The figures of a cell by hand; dimensions nobody filled in repeat the whole."""
    cell = ("all", "all") if dimension in ALIKE else (dimension, value)
    return HELD[skill].get(cell, (0, 0, 0, 0))


def test_the_coverage_is_right_in_every_cell(built: Built) -> None:
    """19 groups x 8 skills of acme, where anybody has one or it is asked for, bounds included."""
    expected = {}
    for (dimension, value), (employees, connected, known) in GROUPS.items():
        for skill in SKILLS:
            people, verified, not_known, lapsing = held(skill, dimension, value)
            asked = dimension == "all" or (dimension, value, skill) in WANTED
            if not (people or not_known or asked):
                continue
            expected[dimension, value, skill] = (
                *(employees, connected, known, people, verified, not_known, lapsing),
                pytest.approx(people / known) if known else None,
                pytest.approx((people + not_known) / employees),
                pytest.approx((people + employees - known) / employees),
                BANDS.get(people, "deep") if known else "unknown",
            )
    found = built.rows(
        "mart_skill_coverage",
        "dimension, dimension_value, skill_key, employees, connected, known, people,"
        " people_verified, people_not_known, people_lapsing_90d, coverage, coverage_low,"
        " coverage_high, depth_band",
        f"organization_id = '{ACME}'",
    )
    # docker, kubernetes, linux, sql, power bi, powerbi; python and rust in all; targets
    assert len(found) == 7 + len(ALIKE) + 18 + 11 + 13 + 10 + 10 + 2 + len(WANTED)
    assert {row[:3]: row[3:] for row in found} == expected


def test_categories_count_whoever_has_one_of_their_skills(built: Built) -> None:
    """Two skills of a category are one person; skills, known, people, verified, not known."""
    found = built.rows(
        "mart_category_coverage",
        "dimension_value, skill_category, skills, employees, known, people, people_verified,"
        " people_not_known, coverage, coverage_low, coverage_high",
        f"organization_id = '{ACME}' AND dimension IN ('all', 'department')",
    )
    assert found == [
        # nobody there has SQL, and e17 had Python until 2020
        ("(unknown)", "Data", 2, 3, 2, 0, 0, 0, 0.0, 0.0, *shares(1 / 3)),
        ("(unknown)", "Operations", 2, 3, 2, 1, 1, 0, 0.5, *shares(1 / 3, 2 / 3)),  # e34
        ("Data", "Data", 2, 10, 7, 1, 1, 0, *shares(1 / 7, 1 / 10, 4 / 10)),  # e15
        ("Data", "Operations", 2, 10, 7, 4, 3, 1, *shares(4 / 7, 5 / 10, 7 / 10)),
        ("Engineering", "Data", 2, 14, 9, 0, 0, 0, 0.0, 0.0, *shares(5 / 14)),
        # e02 and e10 have Kubernetes and Linux
        ("Engineering", "Operations", 2, 14, 9, 6, 6, 2, *shares(6 / 9, 8 / 14, 11 / 14)),
        ("Sales", "Data", 2, 10, 5, 3, 2, 0, *shares(3 / 5, 3 / 10, 8 / 10)),
        ("Sales", "Operations", 2, 10, 5, 0, 0, 1, 0.0, *shares(1 / 10, 5 / 10)),  # e30
        ("all", "Data", 2, 37, 23, 4, 3, 0, *shares(4 / 23, 4 / 37, 18 / 37)),
        ("all", "Operations", 2, 37, 23, 11, 10, 4, *shares(11 / 23, 15 / 37, 25 / 37)),
    ]
    # the one skill of acme's categories that is there: a target of all organizations
    assert built.rows(
        "mart_category_coverage",
        "skill_category, skills, people",
        f"organization_id = '{OTHER}' AND dimension = 'all'",
    ) == [("Operations", 1, 0)]


def test_a_few_shares_as_a_person_would_say_them(built: Built) -> None:
    """Kubernetes: 11 of 23 known; between 15 and 25 of 37 employees."""
    ((coverage, low, high),) = built.rows(
        "mart_skill_coverage",
        "coverage, coverage_low, coverage_high",
        f"organization_id = '{ACME}' AND dimension = 'all' AND skill_key = 'kubernetes'",
    )
    assert (coverage, low, high) == (
        pytest.approx(11 / 23),
        pytest.approx(15 / 37),  # 11 known and 4 of whom other badges say it
        pytest.approx(25 / 37),  # 11 known and 14 of whom nothing is known
    )


def test_the_top_of_the_coverage_is_ready_to_be_shown(built: Built) -> None:
    """The skills most known people have, most held first, of one organization."""
    top = top_skills(built.pipeline, ACME, limit=3)
    assert [(skill.skill_name, skill.people, skill.known) for skill in top] == [
        ("Kubernetes", 11, 23),
        ("Docker", 4, 23),
        ("SQL", 4, 23),
    ]
    assert [skill.skill_name for skill in top_skills(built.pipeline, OTHER)] == ["Cooking"]
    assert top_skills(built.pipeline, "it's nobody") == []


def test_another_organization_keeps_its_own(built: Built) -> None:
    """The same ids in `other` mean another employee, template, badge and skill."""
    found = built.rows(
        "mart_skill_coverage",
        "skill_key, employees, connected, known, people",
        f"organization_id = '{OTHER}' AND dimension = 'all'",
    )
    # two employees, e01 accepted and read; cooking; kubernetes is a target of all organizations
    assert found == [("cooking", 2, 1, 1, 1), ("kubernetes", 2, 1, 1, 0)]


def test_who_has_which_skill_on_what_evidence(built: Built) -> None:
    """Every row of fct_employee_skill: known, evidence, active, has, verified, credly, external."""
    expected: dict[tuple[str, str], tuple[Any, ...]] = {
        ("e01", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, None),
        ("e02", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, date(2027, 5, 5)),
        ("e02", "linux"): (1, 1, 1, 1, 1, 1, 0, date(2027, 5, 5)),
        ("e03", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, date(2026, 11, 24)),
        ("e04", "kubernetes"): (1, 1, 0, 0, 0, 0, 0, None),  # lapsed
        ("e07", "kubernetes"): (0, 1, 1, 1, 1, 0, 1, date(2026, 12, 31)),
        ("e08", "kubernetes"): (0, 1, 1, 1, 0, 0, 1, None),
        ("e09", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, date(2028, 1, 1)),  # two copies are one
        ("e10", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, None),
        ("e10", "linux"): (1, 1, 1, 1, 1, 1, 0, None),
        ("e11", "docker"): (1, 1, 1, 1, 1, 0, 1, date(2027, 1, 31)),
        ("e16", "docker"): (1, 1, 1, 1, 0, 0, 1, None),
        ("e18", "docker"): (1, 1, 1, 1, 1, 0, 1, None),
        ("e20", "docker"): (1, 1, 1, 1, 1, 0, 1, None),
        ("e11", "kubernetes"): (1, 2, 2, 1, 1, 1, 1, date(2027, 1, 31)),  # both sources
        ("e13", "kubernetes"): (0, 1, 0, 0, 0, 0, 0, None),
        ("e15", "sql"): (1, 1, 1, 1, 1, 1, 0, None),
        ("e16", "kubernetes"): (1, 1, 1, 1, 0, 0, 1, None),
        ("e17", "kubernetes"): (1, 1, 0, 0, 0, 0, 0, None),  # tomorrow
        ("e17", "python"): (1, 1, 0, 0, 0, 0, 0, None),
        ("e18", "kubernetes"): (1, 1, 0, 0, 0, 0, 0, None),  # tomorrow in UTC
        ("e18", "power bi"): (1, 1, 1, 1, 1, 0, 1, None),
        ("e19", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, None),
        ("e20", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, date(2026, 11, 24)),
        ("e20", "powerbi"): (1, 1, 1, 1, 1, 0, 1, None),
        ("e21", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, None),
        ("e22", "kubernetes"): (0, 1, 1, 1, 0, 0, 1, None),
        ("e25", "sql"): (1, 1, 1, 1, 1, 1, 0, date(2026, 12, 24)),
        ("e26", "sql"): (1, 1, 1, 1, 1, 1, 0, None),
        ("e28", "sql"): (1, 2, 1, 1, 0, 0, 1, None),  # b28 ended before it began; x28 counts
        ("e30", "kubernetes"): (0, 1, 1, 1, 1, 1, 0, None),
        ("e34", "kubernetes"): (1, 1, 1, 1, 1, 1, 0, None),
    }
    found = built.rows(
        "fct_employee_skill",
        "employee_id, skill_key, is_known, evidence_count, active_evidence_count, has_skill,"
        " has_verified_skill, from_credly, from_external, valid_until",
        f"organization_id = '{ACME}'",
    )
    assert {row[:2]: row[2:] for row in found} == expected


def test_when_skills_were_earned(built: Built) -> None:
    """First and last date of issue over accepted badges; null where no badge has one."""
    found = built.rows(
        "fct_employee_skill",
        "employee_id, first_earned_date, last_earned_date",
        f"organization_id = '{ACME}' AND employee_id IN ('e09', 'e18', 'e19', 'e26')"
        " AND skill_key IN ('kubernetes', 'sql')",
    )
    assert found == [
        ("e09", date(2025, 6, 1), date(2025, 6, 20)),
        ("e18", date(2026, 11, 25), date(2026, 11, 25)),  # 23:30 on the 24th in Los Angeles
        ("e19", None, None),
        ("e26", date(2025, 12, 1), date(2025, 12, 1)),  # the time wins over the date
    ]


def test_badges_are_judged_one_by_one(built: Built) -> None:
    """Accepted, active, expired, and the rank among copies of one template."""
    expected = {
        # badge: (accepted, active, expired, rank)
        **dict.fromkeys(("b01", "b02", "b03", "b10", "b11", "b15s"), (1, 1, 0, 1)),
        **dict.fromkeys(("b19", "b20", "b21", "b25", "b26s", "b29", "b30", "b34"), (1, 1, 0, 1)),
        **dict.fromkeys(("x07", "x08", "x11", "x16", "x18", "x20", "x22", "x28"), (1, 1, 0, 1)),
        **dict.fromkeys(("b05", "b06", "b15", "b27"), (0, 0, 0, 1)),  # not accepted
        **dict.fromkeys(("b04", "b17p", "b28", "x13"), (1, 0, 1, 1)),  # expired
        **dict.fromkeys(("b17", "b18"), (1, 0, 0, 1)),  # issued tomorrow
        "b09b": (1, 1, 0, 1),
        "b09a": (1, 1, 0, 2),  # the copy that ends first
    }  # b26 was removed, b37 belongs to nobody any more
    found = built.rows(
        "fct_badge",
        "badge_id, is_accepted, is_active, is_expired, template_rank",
        f"organization_id = '{ACME}'",
    )
    assert len(found) == len(expected)
    assert {row[0]: row[1:] for row in found} == expected


def test_own_issuers_privacy_and_verification_are_kept(built: Built) -> None:
    """Academy is acme's own, the private badge is private, what nobody verified is not verified."""
    found = built.rows(
        "fct_badge",
        "badge_id, is_own_issuer, is_public, is_verified",
        f"organization_id = '{ACME}' AND badge_id IN ('b03', 'b10', 'x07', 'x08', 'x28')",
    )
    assert found == [
        ("b03", 1, 1, 1),
        ("b10", 0, 0, 1),
        ("x07", 0, None, 1),
        ("x08", 0, None, 0),
        ("x28", 0, None, 0),  # null is not verified
    ]


def test_skills_are_merged_across_spellings_sources_and_aliases(built: Built) -> None:
    """Kubernetes has six spellings, and the name the alias gives it."""
    found = built.rows(
        "dim_skill",
        "skill_key, skill_name, skill_category, spellings, in_credly, in_external, is_target",
        f"organization_id = '{ACME}'",
    )
    assert found == [
        ("docker", "Docker", "(none)", 1, 0, 1, 0),
        # Kubernetes, kubernetes, " KUBERNETES", k8s; K8s and the wide K from elsewhere
        ("kubernetes", "Kubernetes", "Operations", 6, 1, 1, 1),
        ("linux", "Linux", "Operations", 1, 1, 0, 1),
        ("power bi", "Power BI", "(none)", 1, 0, 1, 0),
        ("powerbi", "PowerBI", "(none)", 1, 0, 1, 0),
        ("python", "Python", "Data", 1, 1, 0, 0),
        ("rust", "Rust", "(none)", 0, 0, 0, 1),  # a target only
        ("sql", "SQL", "Data", 2, 1, 1, 1),  # SQL on five badges, sql on one
    ]


def test_templates_know_their_issuer_and_skills(built: Built) -> None:
    """Skills are counted after merging; the issuer comes from the badges."""
    found = built.rows(
        "dim_badge_template",
        "template_id, badge_name, issuer_name, is_own_issuer, skills",
        f"organization_id = '{ACME}'",
    )
    assert found == [
        ("t-k1", "Certified K8s Admin", "Cloud Guild", 0, 1),  # names one skill twice
        ("t-k2", "K8s Developer", "Cloud Guild", 0, 2),
        ("t-k3", "Container Day", "Acme Academy", 1, 1),
        ("t-none", "Welcome", "Acme Academy", 1, 0),
        ("t-py", "Python I", "Cloud Guild", 0, 1),
        ("t-sql", "SQL Basics", "Acme Academy", 1, 1),  # once Kubernetes too
    ]


def test_employees_are_connected_known_and_invited(built: Built) -> None:
    """One row for everybody who is there, 37 of 38; e24 is invited though `created`."""
    found = built.rows(
        "dim_employee",
        "employee_id, is_connected, is_known, is_invited, department",
        f"organization_id = '{ACME}'",
    )
    assert len(found) == 37
    assert "e37" not in {row[0] for row in found}
    by_id = {row[0]: row[1:] for row in found}
    assert by_id["e07"] == (1, 0, 1, "Engineering")  # waiting to be read
    assert by_id["e12"] == (1, 0, 1, "Engineering")  # unreadable
    assert by_id["e14"] == (0, 0, 0, "Engineering")  # never invited
    assert by_id["e21"] == (1, 1, 1, "Data")  # read before
    assert by_id["e24"] == (0, 0, 1, "Data")  # invited, and still `created`
    assert by_id["e33"] == (1, 0, 1, "Sales")  # `Sales ` without the space
    assert by_id["e35"] == (1, 1, 1, "(unknown)")  # blank
    assert by_id["e38"] == (0, 0, 1, "Sales")  # in a state nobody knows


def test_managers_have_people_at_every_depth(built: Built) -> None:
    """Everybody below, the nearest way; circles, shared ids and strangers harm nobody else."""
    found = built.rows(
        "bridge_manager",
        "manager_id, depth, employee_id, is_known",
        f"organization_id = '{ACME}'",
    )
    below: dict[tuple[str, int], set[str]] = {}
    for manager, depth, employee, _ in found:
        below.setdefault((manager, depth), set()).add(employee)
    e09s, e15s = numbered(10, 14), numbered(16, 24)
    assert below == {
        ("e01", 1): numbered(2, 9) | {"e15"},  # and not e01, whose own manager e01 is
        ("e01", 2): e09s | e15s,
        ("e01", 3): {"e25"},
        ("e09", 1): e09s,
        ("e09", 2): {"e25"},
        ("e10", 1): {"e25"},
        ("e15", 1): e15s,
        # e26 and e27 have each other for managers; e28 hangs on e27
        ("e26", 1): {"e27"},
        ("e27", 1): {"e26", "e28"},
        ("e26", 2): {"e28"},
    }  # e29 to e38 name an id that two share, nobody, or somebody who is gone
    known = {employee: is_known for _, _, employee, is_known in found}
    assert (known["e02"], known["e07"], known["e22"]) == (1, 0, 0)
    # in the other organization e02 is below e01, who is somebody else
    assert built.rows(
        "bridge_manager", "manager_id, employee_id, depth", f"organization_id = '{OTHER}'"
    ) == [("e01", "e02", 1)]


def numbered(first: int, last: int) -> set[str]:
    """The ids of the employees from one number to another."""
    return {f"e{number:02}" for number in range(first, last + 1)}


def test_expiring_badges_say_what_goes_with_them(built: Built) -> None:
    """Days left, skills, skills lost, targets missed, and whether the team falls below target."""
    found = built.rows(
        "mart_expiring_badges",
        "badge_id, employee_id, team, days_left, skills, skills_lost_if_not_renewed,"
        " targets_missed_if_not_renewed, leaves_team_below_target",
        f"organization_id = '{ACME}'",
    )
    assert found == [
        # 6 days of November, 31 + 31 + 28 + 31 + 30, 5 of May. Kubernetes and Linux go; Engineering
        # has 6 and needs 6, Germany has 10 and needs 10: both are missed
        ("b02", "e02", "Platform", 162, 2, 2, 2, 0),
        ("b03", "e03", "Platform", 0, 1, 1, 2, 0),
        # the same certificate is in the other source: the skill goes with one of the two, and
        # Engineering (6 of 6), Web (3 of 3) and Germany (10 of 10) are missed then
        ("b11", "e11", "Web", 68, 1, 1, 3, 1),
        ("b20", "e20", "BI", 0, 1, 1, 1, 0),  # Germany
        ("b25", "e25", "Field", 30, 1, 1, 1, 1),  # Field has 3 and needs 3
        ("x07", "e07", "Platform", 37, 1, 1, 0, 0),  # not known: no target counts e07
        ("x11", "e11", "Web", 68, 2, 1, 0, 0),  # Docker goes with it
    ]  # b09a has a later copy, b09b ends in 403 days


def test_requirements_are_judged_one_by_one(built: Built) -> None:
    """Status and last day of everybody to whom a requirement applies."""
    october, november = date(2026, 10, 31), date(2026, 11, 11)
    december, january = date(2026, 12, 1), date(2027, 1, 1)
    expected = {
        # Kubernetes until October 31, with 30 days of grace
        **each("Orchestration", ("met", october), 1, 8, 10),  # e08 by a badge from elsewhere
        ("Orchestration", "e02"): ("met", date(2027, 5, 5)),  # due again when b02 ends
        ("Orchestration", "e03"): ("lapsing", AS_OF),  # today is the last day of b03
        ("Orchestration", "e04"): ("in grace", date(2026, 11, 23)),  # b04 ended yesterday
        **each("Orchestration", ("in grace", october), 5, 6),  # revoked, pending
        ("Orchestration", "e07"): ("lapsing", date(2026, 12, 31)),  # x07, though never read
        ("Orchestration", "e09"): ("met", date(2028, 1, 1)),
        ("Orchestration", "e11"): ("lapsing", date(2027, 1, 31)),
        **each("Orchestration", ("unknown", october), 12, 13, 14),
        # SQL Basics within 300 days; ten days of grace are over on the 21st
        ("Data", "e25"): ("lapsing", date(2026, 12, 24)),
        ("Data", "e26"): ("met", november),
        **each(
            "Data", ("overdue", november), 27, 28, 29
        ),  # b28 never counted; x28 is no SQL Basics
        **each("Data", ("unknown", november), 30, 31, 32, 33, 38),
        # the fixed day of June is earlier than the 300th of anybody in BI
        ("Data", "e15"): ("met", november),
        **each("Data", ("overdue", november), *range(16, 22)),
        **each("Data", ("unknown", november), 22, 23),
        ("Data", "e24"): ("unknown", date(2026, 12, 26)),  # created on March 1 in UTC
        # Container Day, in Engineering earlier than in the rest of Germany
        ("Day", "e03"): ("lapsing", december),
        **each("Day", ("due", december), 1, 2, 4, 5, 6, 9, 10, 11),
        **each("Day", ("unknown", december), 7, 8, 12, 13, 14),
        **each("Day", ("due", january), *range(15, 22)),
        **each("Day", ("unknown", january), 22, 23, 24),
        # Certified K8s Admin by anybody, and today is the last day
        ("Admin", "e09"): ("met", date(2028, 1, 1)),
        ("Admin", "e10"): ("due", AS_OF),
        ("Admin", "e11"): ("lapsing", date(2027, 1, 31)),
        **each("Admin", ("unknown", AS_OF), 12, 13, 14),
    }  # Safety applies to nobody
    found = built.rows(
        "mart_compliance",
        "requirement, employee_id, compliance_status, due_date",
        f"organization_id = '{ACME}'",
    )
    assert len(found) == len(expected)
    assert {row[:2]: row[2:] for row in found} == expected
    # what is required of Germany in every other organization was due in 2020
    assert built.rows(
        "mart_compliance",
        "requirement, employee_id, compliance_status, due_date",
        f"organization_id = '{OTHER}'",
    ) == [
        ("Day", "e01", "overdue", date(2020, 1, 1)),
        ("Day", "e02", "unknown", date(2020, 1, 1)),
    ]


def each(
    requirement: str, found: tuple[str, date], *numbers: int
) -> dict[tuple[str, str], tuple[str, date]]:
    """The same of several employees."""
    return {(requirement, f"e{number:02}"): found for number in numbers}


def test_a_requirement_says_by_what_it_is_met_and_for_how_long(built: Built) -> None:
    """Verified or not, met before or never, until when, and how long there is grace."""
    found = built.rows(
        "mart_compliance",
        "employee_id, dimension, required_kind, required_name, is_met, is_met_verified, was_met,"
        " met_until, grace_end_date",
        f"organization_id = '{ACME}' AND (requirement, employee_id) IN (('Orchestration', 'e04'),"
        " ('Orchestration', 'e08'), ('Orchestration', 'e13'), ('Data', 'e25'), ('Day', 'e16'))",
    )
    asked = ("department", "skill", "Kubernetes")
    assert found == [
        ("e04", *asked, 0, 0, 1, None, date(2026, 12, 23)),  # 30 days after it ended
        ("e08", *asked, 1, 0, 1, None, date(2026, 11, 30)),  # x08 is not verified
        ("e13", *asked, 0, 0, 1, None, date(2026, 11, 30)),  # x13 ended in 2025
        ("e16", "country", "badge", "Container Day", 0, 0, 0, None, date(2027, 1, 1)),
        # the name of the template
        ("e25", "team", "template", "SQL Basics", 1, 1, 1, date(2026, 12, 24), date(2027, 1, 3)),
    ]


def test_requirements_are_counted_in_every_group(built: Built) -> None:
    """Required, met, lapsing, due, in grace, overdue, unknown, and the shares."""
    found = built.rows(
        "mart_compliance_group",
        "dimension, dimension_value, required, people_met, people_lapsing, people_due,"
        " people_in_grace, people_overdue, people_unknown, compliance_rate, compliance_low,"
        " compliance_high",
        f"organization_id = '{ACME}' AND requirement = 'Orchestration'"
        " AND dimension IN ('all', 'team')",
    )
    assert found == [
        ("all", "all", 14, 5, 3, 0, 3, 0, 3, *shares(8 / 11, 8 / 14, 11 / 14)),
        ("team", "Platform", 8, 3, 2, 0, 3, 0, 0, *shares(5 / 8, 5 / 8, 5 / 8)),
        ("team", "Web", 6, 2, 1, 0, 0, 0, 3, *shares(1.0, 3 / 6, 1.0)),
    ]
    # of e12, e13 and e14 nothing is known
    assert built.rows(
        "mart_compliance_group",
        "dimension_value, required, people_unknown, compliance_rate",
        f"organization_id = '{OTHER}' AND dimension = 'all'",
    ) == [("all", 2, 1, 0.0)]


def shares(*values: float) -> tuple[Any, ...]:
    """Shares, nearly."""
    return tuple(pytest.approx(value) for value in values)


def test_targets_are_compared_with_what_is_there(built: Built) -> None:
    """Needed, missing, whether the unread could make up for it, and the status."""
    found = built.rows(
        "mart_skill_gap",
        "organization_id, dimension_value, skill_key, known, people, people_needed, missing,"
        " people_lapsing_90d, could_be_met, status",
    )
    assert found == [
        # half of 2 is 1; of the three, e36 is not known and could be it
        (ACME, "(unknown)", "linux", 2, 0, 1, 1, 0, 1, "below"),
        # acme's own target of 6 stands before the 7 for everybody; e03 and e11 lapse
        (ACME, "Engineering", "kubernetes", 9, 6, 6, 0, 2, 1, "lapsing"),
        (ACME, "Field", "sql", 5, 3, 3, 0, 1, 1, "lapsing"),
        (ACME, "Germany", "kubernetes", 16, 10, 10, 0, 3, 1, "lapsing"),  # 0.625 x 16
        (ACME, "Moi, Kenya", "sql", 0, 0, 1, 1, 0, 1, "unknown"),  # nobody there is known
        (ACME, "Nowhere", "sql", 0, 0, 1, 1, 0, 0, "no such group"),
        (ACME, "Web", "kubernetes", 3, 3, 3, 0, 1, 1, "lapsing"),  # 0.9 x 3 is 2.7, so 3
        (ACME, "Web", "rust", 3, 0, 1, 1, 0, 1, "below"),
        (ACME, "all", "sql", 23, 4, 2, 0, 1, 1, "met"),  # 3 will be left
        # the target for everybody: two employees, one known, cannot reach 7
        (OTHER, "Engineering", "kubernetes", 1, 0, 7, 7, 0, 0, "below"),
    ]


def test_skills_that_go_together_are_found(built: Built) -> None:
    """Of 11 with Kubernetes 3 have Docker, of 23 known 4; Linux goes with it for 2 people only."""
    found = built.rows(
        "mart_adjacent_skill",
        "organization_id, skill_key, adjacent_skill_key, place, people, people_adjacent,"
        " people_both, share, lift, overlap",
    )
    # e11, e16 and e20 have both; 12 people have one of them
    assert found == [
        (ACME, "kubernetes", "docker", 1, 11, 4, 3, *shares(3 / 11, (3 / 11) / (4 / 23), 3 / 12))
    ]


def test_who_is_near_to_a_gap_is_named(built: Built) -> None:
    """e18 has Docker and gets Kubernetes tomorrow; Germany is one of three groups that lapse."""
    found = built.rows(
        "mart_gap_candidate",
        "organization_id, dimension_value, skill_name, employee_id, place, adjacent_skills,"
        " had_skill, status",
    )
    assert found == [(ACME, "Germany", "Kubernetes", "e18", 1, 1, 1, "lapsing")]


def test_the_invite_funnel_counts_by_month_of_creation_in_utc(built: Built) -> None:
    """Created, invited, pending, accepted, rejected, both rates and the median of days."""
    january, march = date(2026, 1, 1), date(2026, 3, 1)
    found = built.rows(
        "mart_invite_funnel",
        "department, month_start_date, created, invited, pending, accepted, rejected,"
        " accept_rate, answer_rate, median_days_to_accept",
        f"organization_id = '{ACME}'",
    )
    assert found == [
        # e34 and e35 took 34 and 35 days
        ("(unknown)", january, 3, 3, 1, 2, 0, pytest.approx(2 / 3), pytest.approx(2 / 3), 34.5),
        # e15-e23; days 15 to 22, in the middle 18 and 19
        ("Data", january, 9, 9, 1, 8, 0, pytest.approx(8 / 9), pytest.approx(8 / 9), 18.5),
        # e24: February in Los Angeles, March in UTC
        ("Data", march, 1, 1, 0, 0, 0, 0.0, 0.0, None),
        # all but e14 invited; days 1-7 and 9-12, in the middle 6
        ("Engineering", january, 14, 13, 1, 11, 1, pytest.approx(11 / 13), *two(12 / 13, 6.0)),
        # e25-e29 and e33; in the middle 27 and 28
        ("Sales", january, 10, 10, 2, 6, 1, pytest.approx(0.6), pytest.approx(0.7), 27.5),
    ]


def two(answer_rate: float, median: float) -> tuple[Any, float]:
    """A rate and a median."""
    return pytest.approx(answer_rate), median


def test_badge_velocity_counts_what_was_earned_and_what_lapsed(built: Built) -> None:
    """Different badges by month of issue and of the last valid day; nothing without a date."""
    found = built.rows(
        "mart_badge_velocity",
        "department, badge_source, month_start_date, badges_earned, earners, badges_lapsed, net",
        f"organization_id = '{ACME}'",
    )
    assert found == [
        ("(unknown)", "credly", date(2025, 11, 1), 1, 1, 0, 1),  # b34
        ("Data", "credly", date(2019, 6, 1), 1, 1, 0, 1),  # b17p
        ("Data", "credly", date(2020, 6, 1), 0, 0, 1, -1),  # b17p ended
        ("Data", "credly", date(2024, 11, 1), 1, 1, 0, 1),  # b20
        ("Data", "credly", date(2025, 1, 1), 2, 2, 0, 2),  # b15s b21
        ("Data", "external", date(2025, 2, 1), 3, 3, 0, 3),  # x18 x20 x22
        ("Engineering", "credly", date(2023, 11, 1), 1, 1, 0, 1),  # b04
        ("Engineering", "credly", date(2024, 5, 1), 1, 1, 0, 1),  # b02
        ("Engineering", "credly", date(2025, 1, 1), 2, 2, 0, 2),  # b01 b11
        ("Engineering", "credly", date(2025, 6, 1), 2, 2, 0, 2),  # b09a and b09b are one; b10
        ("Engineering", "credly", date(2025, 11, 1), 1, 1, 0, 1),  # b03
        ("Engineering", "credly", date(2026, 11, 1), 0, 0, 1, -1),  # b04 ended; b03 has not yet
        ("Engineering", "external", date(2024, 1, 1), 1, 1, 0, 1),  # x13
        ("Engineering", "external", date(2025, 1, 1), 1, 1, 1, 0),  # x11 began, x13 ended
        ("Engineering", "external", date(2025, 6, 1), 1, 1, 0, 1),  # x08
        ("Engineering", "external", date(2025, 12, 1), 1, 1, 0, 1),  # x07
        ("Sales", "credly", date(2025, 12, 1), 4, 4, 0, 4),  # b25 b26s b29 b30
        ("Sales", "credly", date(2026, 4, 1), 0, 0, 1, -1),  # b28 ended before it began
        ("Sales", "credly", date(2026, 5, 1), 1, 1, 0, 1),  # b28
        ("Sales", "external", date(2025, 12, 1), 1, 1, 0, 1),  # x28
    ]  # b16, b19 have no date; b17, b18 are issued tomorrow


def test_badges_that_ended_are_told_apart(built: Built) -> None:
    """Open while there is time to renew; what ended before it began never counted."""
    found = built.rows(
        "mart_badge_renewal",
        "employee_id, badge_name, ended_date, month_start_date, outcome, is_window_closed",
    )
    assert found == [
        ("e04", "Certified K8s Admin", date(2026, 11, 23), date(2026, 11, 1), "open", 0),
        ("e13", "Diploma x13", date(2025, 1, 1), date(2025, 1, 1), "lapsed", 1),
        ("e17", "Python I", date(2020, 6, 1), date(2020, 6, 1), "lapsed", 1),
    ]


def test_renewals_cost_what_their_prices_say(built: Built) -> None:
    """Badges and holders by month and currency, and what has no price beside them."""
    found = built.rows(
        "mart_renewal_cost",
        "month_start_date, dimension_value, currency, badges_due, holders, renewal_cost",
        f"organization_id = '{ACME}' AND dimension IN ('all', 'department')",
    )
    november, december = date(2026, 11, 1), date(2026, 12, 1)
    january, may = date(2027, 1, 1), date(2027, 5, 1)
    assert found == [
        # b20 is a Certified K8s Admin of the Cloud Guild, b03 a Container Day
        (november, "Data", "EUR", 1, 1, Decimal("250.20")),
        (november, "Engineering", "EUR", 1, 1, Decimal("99.50")),
        (november, "all", "EUR", 2, 2, Decimal("349.70")),
        (december, "Engineering", "USD", 1, 1, Decimal("40.00")),  # x07
        (december, "Sales", "(none)", 1, 1, None),  # b25, SQL Basics
        (december, "all", "(none)", 1, 1, None),
        (december, "all", "USD", 1, 1, Decimal("40.00")),
        # b11 and x11 are one certificate of e11, and two badges to renew
        (january, "Engineering", "EUR", 2, 1, Decimal("500.40")),
        (january, "all", "EUR", 2, 1, Decimal("500.40")),
        (may, "Engineering", "(none)", 1, 1, None),  # b02, K8s Developer
        (may, "all", "(none)", 1, 1, None),
    ]


def test_the_rebuilt_past_follows_issue_and_expiry(built: Built) -> None:
    """Kubernetes before e04 lapsed and earlier, and today; departments at quarters' ends."""
    found = built.rows(
        "mart_skill_coverage_rebuilt",
        "snapshot_date, dimension_value, known, people, basis",
        f"organization_id = '{ACME}' AND skill_key = 'kubernetes'"
        " AND dimension_value IN ('all', 'Engineering')"
        " AND snapshot_date IN ('2025-01-31', '2025-03-31', '2026-09-30', '2026-10-31',"
        " '2026-11-24')",
    )
    assert found == [
        # e01 e02 e04 and e11 (on its first day) of Engineering, e16 e19 (no date) e20 e21
        (date(2025, 1, 31), "all", 23, 8, "rebuilt"),
        (date(2025, 3, 31), "Engineering", 9, 4, "rebuilt"),
        (date(2025, 3, 31), "all", 23, 8, "rebuilt"),
        (date(2026, 9, 30), "Engineering", 9, 7, "rebuilt"),  # the six of today and e04
        (date(2026, 9, 30), "all", 23, 12, "rebuilt"),
        (date(2026, 10, 31), "all", 23, 12, "rebuilt"),
        (date(2026, 11, 24), "Engineering", 9, 6, "rebuilt"),
        (date(2026, 11, 24), "all", 23, 11, "rebuilt"),
    ]


def test_the_calendar_knows_its_days(built: Built) -> None:
    """Mondays, first and last days, and a leap day."""
    found = built.rows(
        "dim_date",
        "date_day, week_start_date, month_start_date, quarter_start_date, year_start_date,"
        " is_month_end, days_from_as_of",
        "date_day IN ('1990-01-01', '2024-02-29', '2026-11-24', '2026-12-31')",
    )
    assert found == [
        (*(date(1990, 1, 1),) * 5, 0, -13476),  # a Monday; 36 years, 9 leap days, 327 days
        (
            date(2024, 2, 29),
            date(2024, 2, 26),
            date(2024, 2, 1),
            date(2024, 1, 1),
            date(2024, 1, 1),
            1,
            -999,  # 730 to 2026-02-28, and 269 more
        ),
        (AS_OF, date(2026, 11, 23), date(2026, 11, 1), date(2026, 10, 1), date(2026, 1, 1), 0, 0),
        (
            date(2026, 12, 31),
            date(2026, 12, 28),
            date(2026, 12, 1),
            date(2026, 10, 1),
            date(2026, 1, 1),
            1,
            37,
        ),
    ]


def test_the_day_is_kept_as_observed(built: Built) -> None:
    """The snapshot holds what people compare: all, departments that have it, and targets."""
    observed = built.rows("mart_skill_coverage_daily", "snapshot_date, basis, as_of")
    # acme: all x 8 skills; departments kubernetes 4, docker 2, linux 1, sql 2, power bi 1, powerbi
    # 1; targets elsewhere Web 2, Field 1, Germany 1, Moi 1, and (unknown) linux, which has none
    # other: all x 2 skills; cooking in 1 department, and the target of Engineering
    assert Counter(observed) == {(AS_OF, "observed", AS_OF): 8 + 11 + 6 + 2 + 2}
    assert built.result.snapshot
    # other: cooking in 10 groups; kubernetes, a target, in all and in Engineering
    assert built.result.rows["mart_skill_coverage"] == 67 + 7 + len(ALIKE) + 12


def test_counting_without_the_marts_goes_wrong(built: Built) -> None:
    """A plain join finds 18 people and 37 rows where 11 people have the skill."""
    raw = built.pipeline.dataset_name
    ((rows, people),) = built.sql(
        f"SELECT count(*), count(distinct b.employee_id) FROM {raw}.employee_badges b"
        f" JOIN {raw}.badge_template_skills s ON s.organization_id = b.organization_id"
        " AND s.badge_template_id = b.badge_template_id"
        f" WHERE lower(s.skill_name) = 'kubernetes' AND b.organization_id = '{ACME}'"
    )
    # t-k1 names the skill twice: b01 b04 b05 b06 b09a b09b b11 b15 b17 b18 b19 b20 b21 b26 b30 b37
    # are 32 rows of 15 people; the removed skill of t-sql adds b15s b25 b26s b27 b28 and 3 people.
    # Missed: e02 and e10 (spaces), e03 and e34 (alias), e16 (held elsewhere).
    assert (rows, people) == (37, 18)
