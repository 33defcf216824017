"""Draws the rows of two statements with Altair, for any app that shows its charts."""

from typing import Any

import altair as alt
from asking import Rows

SKILLS_SHOWN = 15
GROUPS_SHOWN = 20
WHAT_IS_SHOWN = (
    "Share of the known people who have it. Groups with fewer than five known are left out; of the"
    f" others up to {GROUPS_SHOWN} with most known, and {SKILLS_SHOWN} skills most of them have."
)


def heat_map(rows: Rows) -> alt.Chart:
    """Draw the share of the known people who have a skill, by group.

    Args:
        rows: Of `coverage`, those of one dimension.
    """
    sizes = {row["dimension_value"]: (row["known"], row["employees"]) for row in rows}
    groups = sorted(sizes, key=lambda group: (-sizes[group][0], group))[:GROUPS_SHOWN]
    people: dict[str, int] = {}
    for row in rows:
        people[row["skill_name"]] = people.get(row["skill_name"], 0) + row["people"]
    skills = sorted(people, key=lambda skill: (-people[skill], skill))[:SKILLS_SHOWN]
    there = {(row["dimension_value"], row["skill_name"]): row for row in rows}
    shown = [
        there.get((group, skill)) or _nobody(group, skill, *sizes[group])
        for group in groups
        for skill in skills
    ]
    base = alt.Chart(alt.Data(values=shown)).encode(
        x=alt.X(
            "dimension_value:N",
            title=None,
            sort=groups,
            axis=alt.Axis(labelAngle=-40, labelLimit=160, labelOverlap=False, orient="top"),
        ),
        y=alt.Y("skill_name:N", title=None, sort=skills, axis=alt.Axis(labelLimit=200)),
        tooltip=[
            alt.Tooltip("dimension_value:N", title="Group"),
            alt.Tooltip("skill_name:N", title="Skill"),
            alt.Tooltip("people:Q", title="People who have it"),
            alt.Tooltip("known:Q", title="Known people"),
            alt.Tooltip("coverage:Q", title="Share of the known", format=".0%"),
            alt.Tooltip("coverage_low:Q", title="Share of all, at least", format=".0%"),
            alt.Tooltip("coverage_high:Q", title="Share of all, at most", format=".0%"),
        ],
    )
    most = max((row["coverage"] for row in shown), default=0)
    return alt.layer(
        base.mark_rect(stroke="white", strokeWidth=1).encode(
            color=alt.Color("coverage:Q", scale=alt.Scale(scheme="blues"), legend=None)
        ),
        base.mark_text(fontSize=11).encode(
            text=alt.Text("coverage:Q", format=".0%"),
            color=alt.condition(
                alt.datum.coverage > 0.6 * most, alt.value("white"), alt.value("#1b2a41")
            ),
        ),
    ).properties(width="container", height=alt.Step(24))


def _nobody(group: str, skill: str, known: int, employees: int) -> dict[str, Any]:
    """Get the row of a skill nobody in a group has: the statement answers none."""
    return {
        "dimension_value": group,
        "skill_name": skill,
        "employees": employees,
        "known": known,
        "people": 0,
        "coverage": 0.0,
        "coverage_low": 0.0,
        "coverage_high": (employees - known) / employees,
    }


def growth(rows: Rows) -> alt.Chart:
    """Draw how many people have a skill over time: observed solid, rebuilt dashed.

    Args:
        rows: Of `history`, those of one skill.
    """
    values = [{**row, "snapshot_date": row["snapshot_date"].isoformat()} for row in rows]
    return (
        alt.Chart(alt.Data(values=values))
        .mark_line(point=True)
        .encode(
            x=alt.X("snapshot_date:T", title=None, axis=alt.Axis(format="%b %Y")),
            y=alt.Y("people:Q", title="People"),
            strokeDash=alt.StrokeDash("basis:N", title=None, sort=["observed", "rebuilt"]),
            tooltip=[
                alt.Tooltip("snapshot_date:T", title="Day", format="%Y-%m-%d"),
                alt.Tooltip("people:Q", title="People"),
                alt.Tooltip("known:Q", title="Known people"),
                alt.Tooltip("basis:N", title="Basis"),
            ],
        )
        .properties(width="container", height=260)
    )


def held_most(rows: Rows) -> str:
    """Name the skill most people have: the one to begin with.

    Args:
        rows: Of `coverage`, those of one group.
    """
    name: str = max(rows, key=lambda row: row["people"])["skill_name"]
    return name
