"""What became of badges that ended: each outcome, on both sides of each border, by hand."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.marts import raw
from tests.marts.conftest import Built, Pipelines
from workforce_source.marts import build_marts

AS_OF = date(2026, 11, 24)
ENDED = date(2026, 1, 31)


def copy_of(name: str, issued: date | None, expires: date | None, **more: Any) -> dict[str, Any]:
    """A badge of the person whose story it tells."""
    story = name.rstrip("0123456789")
    return {
        "organization_id": "o",
        "employee_id": story,
        "id": name,
        "badge_template_id": "t",
        "state": "accepted",
        "issued_at_date": issued,
        "expires_at_date": expires,
        **more,
    }


def test_each_outcome_is_told_from_the_others(pipelines: Pipelines) -> None:
    """A story a person; the first copy ended on January 31 unless it is said otherwise."""
    pipeline = pipelines("renewals")
    year, late = timedelta(days=365), timedelta(days=90)
    first = ENDED - year
    stories = [
        # in time: on the last day, or long before, or when nobody knows
        *(copy_of("early1", first, ENDED), copy_of("early2", first + late, ENDED + late * 4)),
        *(copy_of("day1", first, ENDED), copy_of("day2", ENDED, None)),
        *(copy_of("dateless1", first, ENDED), copy_of("dateless2", None, None)),
        # after it: the 90th day is in the window, the next is not
        *(copy_of("late1", first, ENDED), copy_of("late2", ENDED + late, None)),
        copy_of("back1", first, ENDED),
        copy_of("back2", ENDED + late + timedelta(days=1), None),
        # never; and not yet, on the last day of the window and the day after
        copy_of("gone1", first, ENDED),
        copy_of("waiting1", first, AS_OF - late),
        copy_of("over1", first, AS_OF - late - timedelta(days=1)),
        copy_of("today1", first, AS_OF),  # has not ended
        # what is no renewal: shorter, of another state, of another template, tomorrow
        *(copy_of("shorter1", first, ENDED), copy_of("shorter2", first, ENDED - late)),
        *(copy_of("pending1", first, ENDED), copy_of("pending2", ENDED, None, state="pending")),
        copy_of("other1", first, ENDED),
        copy_of("other2", ENDED, None, badge_template_id="t2"),
        *(copy_of("tomorrow1", first, ENDED), copy_of("tomorrow2", AS_OF + timedelta(1), None)),
        # two copies that end on one day are one
        *(copy_of("twice1", first, ENDED), copy_of("twice2", first + late, ENDED)),
        # taken away, by two ways; an accepted copy of the same end stands before both
        copy_of("revoked1", first, ENDED, state="revoked"),
        *(copy_of("half1", first, ENDED, state="revoked"), copy_of("half2", first, ENDED)),
        copy_of("deleted1", first, ENDED, removed_at=AS_OF),
        *(copy_of("again1", first, ENDED, removed_at=AS_OF), copy_of("again2", first, ENDED)),
        copy_of("never1", first, ENDED, state="rejected"),
        copy_of("unborn1", ENDED + late, ENDED),  # ended before it was issued
    ]
    people = {row["employee_id"] for row in stories}
    raw.write(
        pipeline,
        {
            "employees": [
                {"organization_id": "o", "id": name, "employee_state": "accepted"}
                for name in people
            ],
            "employee_badges": stories,
        },
    )
    built = Built(pipeline, build_marts(pipeline, as_of=AS_OF, today=AS_OF))
    found = built.rows(
        "mart_badge_renewal",
        "employee_id, outcome, days_to_renewal, is_window_closed",
        "NOT (employee_id = 'shorter' AND ended_date < '2026-01-31')",
    )
    assert found == [
        ("again", "lapsed", None, 1),
        ("back", "returned", 91, 1),
        ("dateless", "renewed", None, 1),
        ("day", "renewed", 0, 1),
        ("deleted", "deleted", None, 1),
        ("early", "renewed", -275, 1),
        ("gone", "lapsed", None, 1),
        ("half", "lapsed", None, 1),
        ("late", "renewed late", 90, 1),
        ("other", "lapsed", None, 1),
        ("over", "lapsed", None, 1),
        ("pending", "lapsed", None, 1),
        ("revoked", "revoked", None, 1),
        ("shorter", "lapsed", None, 1),
        ("tomorrow", "lapsed", None, 1),
        ("twice", "lapsed", None, 1),
        ("waiting", "open", None, 0),
    ]
    # the shorter copy ended under the longer one
    assert built.rows(
        "mart_badge_renewal", "outcome, days_to_renewal", "ended_date < '2026-01-31'"
    ) == [("renewed", -275)]
