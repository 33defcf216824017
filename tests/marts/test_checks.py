"""The checks on the hand-made organization: every offender counted with a pencil."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from tests.marts import acme, raw
from tests.marts.conftest import Built, Pipelines
from workforce_source.marts import CHECKS, CheckResult, build_marts, run_checks

OFFENDERS = {
    "employee_twice": 0,
    "employee_state_unknown": 1,  # e38
    "badge_without_employee": 1,  # b37, whose employee was deleted
    "nobody_connected": 0,
    "many_unreadable": 0,  # e12 and e21 are fewer than 3
    "reads_stale": 0,
    "employees_dropped": 0,  # there is no earlier snapshot
    "unreadable": 2,  # e12 and e21
    "never_read": 4,  # e07 e12 e22 e33
    "badge_of_unconnected": 1,  # b30
    "badge_state_unknown": 1,  # b27
    "expires_before_issue": 1,  # b28
    "end_unreadable": 0,
    "issued_in_future": 2,  # b17 b18
    "external_id_missing": 2,  # e36 e38
    "external_id_shared": 1,  # e34 and e35
    "verified_missing": 2,  # x22 x28
    "target_without_group": 1,  # Nowhere
    "target_without_skill": 2,  # Rust in acme, Kubernetes in the other organization
    "requirement_without_group": 1,  # Safety
    "requirement_without_badge": 1,  # Safety asks for Rust
    "category_without_skill": 1,  # COBOL
    "cost_without_badge": 1,  # Diploma x08 of the Cloud Guild
    "own_issuer_unused": 1,  # Acme University
    "skill_without_name": 1,  # the second skill of x28
    "badge_without_skills": 1,  # b29
    "badge_held_twice": 1,  # b09a
    "skill_spelled_variously": 2,  # Kubernetes and SQL
    "department_unknown": 3,  # e34 e35 e36
    "manager_unknown": 4,  # e29 e30 e33 e34
    "dates_disagree": 1,  # b26s
    "template_skills_changed": 1,
    "skill_spelled_nearly_alike": 1,  # Power BI and PowerBI
}


def offenders(results: list[CheckResult]) -> dict[str, int]:
    """Offenders by check."""
    return {result.name: result.offenders for result in results}


def test_every_check_counts_its_offenders(built: Built) -> None:
    """Each trap of the organization is found by the check made for it, and by no other."""
    assert offenders(run_checks(built.pipeline, as_of=acme.AS_OF)) == OFFENDERS


def test_one_offender_is_spoken_of_as_one(built: Built) -> None:
    """What stands behind a 1 is in the singular, behind every other number in the plural."""
    said = {r.name: r.message for r in run_checks(built.pipeline, as_of=acme.AS_OF)}
    assert said["expires_before_issue"] == "badge expires before it is issued: it never counts"
    assert said["unreadable"] == "connected employees cannot be read: they count as not known"
    assert said["employee_twice"].startswith("employees are")
    for check in CHECKS:
        assert (said[check.name] == check.one) == (OFFENDERS[check.name] == 1)
        noun = re.compile(r"(?:connected |active |external |Credly )?(\w+)")
        of_one, of_many = (noun.match(text) for text in (check.one, check.message))
        assert of_one
        assert of_many
        assert of_many[1] == f"{of_one[1]}s"


def test_errors_come_first_and_fail_the_run(built: Built) -> None:
    """Only an error-level check with offenders is a reason not to trust the figures."""
    results = run_checks(built.pipeline, as_of=acme.AS_OF)
    order = ["error", "warn", "info"]
    assert [r.severity for r in results] == sorted((r.severity for r in results), key=order.index)
    assert [r.name for r in results if r.failed] == [
        "employee_state_unknown",
        "badge_without_employee",
    ]


def test_as_many_are_announced_as_are_made(built: Built) -> None:
    """`checks: 0 of N` and `N checks of the data` are one number, and each is told of."""
    told: list[tuple[int, int | None]] = []
    results = run_checks(
        built.pipeline,
        as_of=acme.AS_OF,
        progress=lambda _, done, total: told.append((done, total)),
    )
    assert told == [(done, len(results)) for done in range(len(results))]


@pytest.mark.search  # plays several runs
def test_who_cannot_be_read_is_counted_by_organization(pipelines: Pipelines) -> None:
    """One of 60 is no reason to trust no figure; 39 of 40 are, whoever else is in the dataset."""
    pipeline = pipelines("unreadable")
    sizes = {"large": (5000, 50), "small": (60, 1), "other": (40, 39), "tiny": (1, 1)}
    employees = [
        {"organization_id": name, "id": f"e{n}", "employee_state": "accepted"}
        for name, (size, _) in sizes.items()
        for n in range(size)
    ]
    reads = [
        {"organization_id": name, "employee_id": f"e{n}", "read_status": "unreadable"}
        for name, (_, unreadable) in sizes.items()
        for n in range(unreadable)
    ]
    raw.write(pipeline, {"employees": employees, "badge_reads": reads})
    assert offenders(run_checks(pipeline, as_of=acme.AS_OF))["many_unreadable"] == 39 + 1


@pytest.mark.search  # builds once more
def test_a_badge_whose_end_cannot_be_read_does_not_count_as_one_without(
    pipelines: Pipelines,
) -> None:
    """It came, and is no date; one that has another date beside it, or none at all, counts."""
    pipeline = pipelines("ends")
    badge = {"organization_id": "o", "employee_id": "e", "state": "accepted"}
    outer = {"organization_id": "o", "employee_id": "e", "issuer_name": "Elsewhere"}
    unread = '{"expires_at":"never ever"}'
    raw.write(
        pipeline,
        {
            "employees": [{"organization_id": "o", "id": "e", "employee_state": "accepted"}],
            "employee_badges": [
                {**badge, "id": "unread", "extra": unread},
                {**badge, "id": "dated", "extra": unread, "expires_at_date": date(2099, 1, 1)},
                {**badge, "id": "endless", "extra": '{"level":"Advanced"}'},
                {**badge, "id": "plain"},
            ],
            "external_badges": [
                {**outer, "credly_record_id": "x", "extra": f'{{"external_badge":{unread}}}'}
            ],
        },
    )
    build_marts(pipeline, as_of=acme.AS_OF)
    assert offenders(run_checks(pipeline, as_of=acme.AS_OF))["end_unreadable"] == 2
    with pipeline.sql_client() as client:
        active = f"SELECT badge_id FROM {pipeline.dataset_name}_marts.fct_badge WHERE is_active = 1"
        rows = client.execute_sql(active)
    assert sorted(badge_id for (badge_id,) in rows or ()) == ["dated", "endless", "plain"]


@pytest.mark.search  # plays several runs
def test_a_drop_in_employees_is_an_error(pipelines: Pipelines) -> None:
    """More than one in five gone since the last snapshot, and three or more, is found."""
    pipeline = pipelines("dropped")
    employees = [
        {"organization_id": "o", "id": f"e{n}", "employee_state": "accepted"} for n in range(10)
    ]
    key = {"organization_id": "o", "employee_id": "e0", "credly_record_id": "x"}
    skill = {**key, "skill_name": "SQL", "skill_key": "sql"}
    for day, left, expected in ((0, 10, 0), (1, 8, 0), (2, 6, 0), (3, 3, 1)):
        raw.write(
            pipeline,
            {
                "employees": employees[:left],
                "external_badges": [key],
                "external_badge_skills": [skill],
            },
        )
        as_of = acme.AS_OF + timedelta(days=day)
        build_marts(pipeline, as_of=as_of, today=as_of)
        assert offenders(run_checks(pipeline, as_of=as_of))["employees_dropped"] == expected


def test_reads_that_stopped_are_an_error(pipelines: Pipelines) -> None:
    """Eight days without a read are allowed, nine are not."""
    pipeline = pipelines("stale")
    raw.write(pipeline, {"badge_reads": acme.ROWS["badge_reads"]})  # two organizations, on the 23rd
    for days, expected in ((8, 0), (9, 2)):
        as_of = date(2026, 11, 23) + timedelta(days=days)
        assert offenders(run_checks(pipeline, as_of=as_of))["reads_stale"] == expected


def test_without_marts_the_checks_of_the_raw_tables_run(pipelines: Pipelines) -> None:
    """A run that builds no marts still looks at what it loaded."""
    pipeline = pipelines("raw_only")
    raw.write(pipeline, acme.ROWS)
    found = offenders(run_checks(pipeline, as_of=acme.AS_OF))
    about_raw = {check.name for check in CHECKS if "marts." not in check.sql}
    assert found == {name: OFFENDERS[name] for name in about_raw}
