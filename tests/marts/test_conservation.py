"""Random organizations: the marts count like Python does, and lose and make nothing on the way."""

from __future__ import annotations

import dlt
import pytest

from tests.marts import counting, raw
from tests.marts.conftest import Built, Pipelines
from workforce_source.marts import Alias, Category, Seeds, build_marts

SEEDS = Seeds(
    aliases=tuple(Alias(one, other, other) for one, other in counting.ALIASES.items()),
    targets=counting.TARGETS,
    requirements=counting.REQUIREMENTS,
    costs=counting.COSTS,
    categories=tuple(Category(key, key, name) for key, name in counting.CATEGORIES.items()),
)
POPULATIONS = {"few": (1, 4), "some": (2, 30), "more": (3, 90), "others": (4, 90)}
SEARCHED = ("few", "more", "others")


@pytest.fixture(
    scope="session",
    params=[
        pytest.param(name, marks=[pytest.mark.search] if name in SEARCHED else [])
        for name in POPULATIONS
    ],
)
def organizations(
    request: pytest.FixtureRequest, pipelines: Pipelines
) -> tuple[Built, counting.Tables]:
    """The marts of two random organizations, and the raw rows they are built from."""
    seed, employees = POPULATIONS[request.param]
    tables = counting.population(seed, employees)
    pipeline: dlt.Pipeline = pipelines(f"random_{seed}")
    raw.write(pipeline, tables)
    result = build_marts(pipeline, as_of=counting.AS_OF, today=counting.AS_OF, seeds=SEEDS)
    return Built(pipeline, result), tables


Organizations = tuple[Built, counting.Tables]

COUNTS = (
    "employees, connected, known, people, people_verified, people_not_known, people_lapsing_90d"
)
COMPARED = ", ".join(f"'{name}'" for name in ("all", *counting.DIMENSIONS))


def test_every_cell_is_what_counting_people_gives(organizations: Organizations) -> None:
    """Skill by skill and group by group, the same numbers as brute force in Python."""
    built, tables = organizations
    found = built.rows(
        "mart_skill_coverage",
        f"organization_id, dimension, dimension_value, skill_key, {COUNTS}",
        f"dimension IN ({COMPARED})",
    )
    assert found
    cells = {row[:4]: row[4:] for row in found}
    counted = counting.counted(tables)
    assert {cell: counts for cell, counts in cells.items() if cell in counted} == counted
    wanted = [
        (target.dimension, target.dimension_value, target.skill_key) for target in counting.TARGETS
    ]
    # where nobody has a skill there is a row if somebody might look for it, and no other
    nobody = counting.asked(tables, wanted) - counted.keys()
    assert cells.keys() == counted.keys() | nobody
    assert {cells[cell][3:] for cell in nobody} <= {(0, 0, 0, 0)}


def test_coverage_and_bounds_follow_from_the_counts(organizations: Organizations) -> None:
    """Shares are shares of the columns beside them, and the bounds hold what they must.

    coverage is a share of the known, the bounds are shares of all: coverage is within them unless
    external badges alone prove more of the unread than the known have.
    """
    built, _ = organizations
    for employees, known, people, not_known, coverage, low, high in built.rows(
        "mart_skill_coverage",
        "employees, known, people, people_not_known, coverage, coverage_low, coverage_high",
    ):
        assert 0 <= people <= known <= employees
        assert 0 <= not_known <= employees - known
        assert low == pytest.approx((people + not_known) / employees)
        assert high == pytest.approx((people + employees - known) / employees)
        assert 0 <= low <= high <= 1
        if not known:
            assert coverage is None
            continue
        assert coverage == pytest.approx(people / known)
        assert coverage <= high + 1e-9
        proven_of_unread = not_known * known > people * (employees - known)
        assert (low <= coverage + 1e-9) is not proven_of_unread


def test_the_groups_of_a_dimension_add_up_to_the_whole(organizations: Organizations) -> None:
    """Nobody is in two departments, and nobody in none."""
    built, _ = organizations
    for mart, keys, sums in (
        (
            "mart_skill_coverage",
            "organization_id, skill_key",
            "sum(people), sum(people_verified), sum(people_not_known), sum(people_lapsing_90d)",
        ),
        ("bridge_employee_group", "organization_id", "count(*), sum(is_connected), sum(is_known)"),
    ):
        having = "HAVING sum(people) + sum(people_not_known) > 0" * (mart == "mart_skill_coverage")
        by = f"{keys}, dimension"
        found = built.rows(mart, f"{by}, {sums}", f"1 = 1 GROUP BY {by} {having}")
        of = by.count(",")
        whole = {row[:of]: row[of + 1 :] for row in found if row[of] == "all"}
        assert len(found) == 10 * len(whole)
        assert all(row[of + 1 :] == whole[row[:of]] for row in found)


def test_badges_are_earned_and_lapse_in_their_month(organizations: Organizations) -> None:
    """Month by month, the same numbers as brute force in Python."""
    built, tables = organizations
    found = built.rows(
        "mart_badge_velocity",
        "organization_id, month_start_date, department, badge_source, badges_earned, earners,"
        " badges_lapsed, net",
    )
    assert {row[:4]: row[4:7] for row in found} == counting.velocity(tables)
    assert all(earned - lapsed == net for *_, earned, _, lapsed, net in found)


def test_managers_have_those_who_are_found_by_walking_up(organizations: Organizations) -> None:
    """Line by line, the same people at the same depth, circles and shared ids among them."""
    built, tables = organizations
    found = built.rows("bridge_manager", "organization_id, manager_id, employee_id, depth")
    assert len(set(found)) == len(found)
    assert set(found) == counting.managed(tables)


def test_a_line_is_followed_for_fifteen_steps(pipelines: Pipelines) -> None:
    """The twentieth below the head is below the fifteen nearest, and a circle of 20 ends too."""
    pipeline = pipelines("managed")
    rows = [
        {
            "organization_id": name,
            "id": f"e{n}",
            "external_id": f"x{n}",
            "manager_external_id": f"x{n - 1}" if n else top,
        }
        for name, top in (("line", None), ("circle", "x19"))
        for n in range(20)
    ]
    raw.write(pipeline, {"employees": rows})
    built = Built(pipeline, build_marts(pipeline, as_of=counting.AS_OF, today=counting.AS_OF))
    found = built.rows("bridge_manager", "organization_id, manager_id, employee_id, depth")
    assert set(found) == counting.managed({"employees": rows})
    for name in ("line", "circle"):
        assert max(depth for where, *_, depth in found if where == name) == 15


def test_requirements_are_judged_as_in_python(organizations: Organizations) -> None:
    """Employee by employee, and then group by group, everybody once."""
    built, tables = organizations
    found = built.rows(
        "mart_compliance",
        "organization_id, requirement, employee_id, compliance_status, due_date, met_until,"
        " is_met_verified, was_met",
    )
    assert len(found) == len({row[:3] for row in found})
    assert {row[:3]: row[3:] for row in found} == counting.compliance(tables)
    statuses = ("met", "lapsing", "due", "in grace", "overdue", "unknown")
    groups = built.rows(
        "mart_compliance_group",
        "organization_id, dimension, dimension_value, requirement, required, people_met,"
        " people_lapsing, people_due, people_in_grace, people_overdue, people_unknown",
        f"dimension IN ({COMPARED})",
    )
    assert {row[:4]: row[4:] for row in groups} == {
        cell: (sum(counts.values()), *(counts.get(status, 0) for status in statuses))
        for cell, counts in counting.compliance_of_groups(tables).items()
    }


def test_badges_that_ended_became_what_they_became(organizations: Organizations) -> None:
    """Badge by badge, the same outcome and day of renewal as in Python."""
    built, tables = organizations
    found = built.rows(
        "mart_badge_renewal",
        "organization_id, employee_id, badge_source, template_key, ended_date, outcome,"
        " renewed_date",
    )
    assert len(found) == len({row[:5] for row in found})
    assert {row[:5]: row[5:] for row in found} == counting.renewals(tables)


def test_categories_count_people_and_not_skills(organizations: Organizations) -> None:
    """Category by category and group by group, the same people as in Python."""
    built, tables = organizations
    found = built.rows(
        "mart_category_coverage",
        "organization_id, dimension, dimension_value, skill_category, known, people,"
        " people_verified, people_not_known",
        f"dimension IN ({COMPARED}) AND people + people_not_known > 0",
    )
    assert {row[:4]: row[4:] for row in found} == counting.categories(tables)


def test_what_goes_together_and_who_is_near_are_as_in_python(organizations: Organizations) -> None:
    """The same skills in the same places, and the same people after them."""
    built, tables = organizations
    near: dict[tuple[str, str], list[tuple[str, int, float, float]]] = {}
    for organization, skill, _, *found in sorted(
        built.sql(
            "SELECT organization_id, skill_key, place, adjacent_skill_key, people_both, share, lift"
            " FROM marts.mart_adjacent_skill"
        )
    ):
        near.setdefault((organization, skill), []).append(
            (*found[:2], *map(pytest.approx, found[2:]))
        )
    assert near == counting.adjacent(tables)
    people: dict[tuple[str, ...], list[tuple[str, int]]] = {}
    for *target, _, employee, skills in sorted(
        built.sql(
            "SELECT organization_id, dimension, dimension_value, skill_key, place, employee_id,"
            " adjacent_skills FROM marts.mart_gap_candidate"
        )
    ):
        people.setdefault(tuple(target), []).append((employee, skills))
    assert people == counting.candidates(tables)


def test_renewals_cost_what_adding_them_up_gives(organizations: Organizations) -> None:
    """Month by month, group by group and currency by currency, the same sums as in Python."""
    built, tables = organizations
    found = built.rows(
        "mart_renewal_cost",
        "organization_id, month_start_date, dimension, dimension_value, currency, badges_due,"
        " holders, renewal_cost",
        f"dimension IN ({COMPARED})",
    )
    assert {row[:5]: row[5:] for row in found} == counting.costs(tables)


def test_the_funnel_counts_everybody_once(organizations: Organizations) -> None:
    """The months and departments of the funnel hold as many people as there are."""
    built, tables = organizations
    people = list(counting.people_of(tables))
    assert built.rows("mart_invite_funnel", "sum(created), sum(accepted)") == [
        (len(people), sum(person.connected for person in people))
    ]


def test_the_rebuilt_past_is_what_counting_day_by_day_gives(organizations: Organizations) -> None:
    """At every month's end of five years, the same numbers as brute force in Python."""
    built, tables = organizations
    found = built.rows(
        "mart_skill_coverage_rebuilt",
        "organization_id, snapshot_date, skill_key, people",
        "dimension = 'all'",
    )
    assert {row[:3]: row[3] for row in found} == counting.history(tables)


def test_the_rebuilt_past_ends_where_we_are(organizations: Organizations) -> None:
    """Its last day is the coverage of today, cell by cell."""
    built, _ = organizations
    columns = "organization_id, dimension, dimension_value, skill_key, known, people"
    today = f"snapshot_date = '{counting.AS_OF}'"
    assert built.rows("mart_skill_coverage_rebuilt", columns, today) == built.rows(
        "mart_skill_coverage", columns, "people > 0 AND dimension IN ('all', 'department')"
    )


@pytest.mark.search  # builds twice
def test_a_day_built_twice_is_there_once(organizations: Organizations) -> None:
    """Snapshots of a day replace each other."""
    built, _ = organizations
    before = built.rows("mart_skill_coverage_daily")
    build_marts(built.pipeline, as_of=counting.AS_OF, today=counting.AS_OF, seeds=SEEDS)
    assert built.rows("mart_skill_coverage_daily") == before
