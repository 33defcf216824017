"""Skills over time: lines run from the first day to the last, whatever order rows came in."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from tests.report.attacker import Page
from tests.report.populations import AS_OF, Person, counted
from workforce_source.report.facts import Facts, Point
from workforce_source.report.making import figures
from workforce_source.report.page import page

FACTS = counted([Person(0, 0, 0, "accepted", ("long", "no", "no", "no", "no"))] * 40)


def over_time(*, rebuilt: dict[int, int], observed: dict[int, int]) -> Facts:
    """Facts with one skill: how many of 40 had it, by days before today, in the order given."""

    def line(people: dict[int, int]) -> dict[str, tuple[Point, ...]]:
        marks = (Point(AS_OF - timedelta(days=day), 40, count) for day, count in people.items())
        return {"kubernetes": tuple(marks)}

    return replace(FACTS, rebuilt=line(rebuilt), observed=line(observed))


def test_points_are_in_the_order_of_their_days() -> None:
    """A line that went back and forth in time would be no line; rows may come in any order."""
    ordered = over_time(rebuilt={60: 5, 30: 20, 0: 40}, observed={7: 30, 3: 35, 0: 40})
    mixed = over_time(rebuilt={0: 40, 60: 5, 30: 20}, observed={3: 35, 0: 40, 7: 30})
    made = page(figures(mixed))
    assert made == page(figures(ordered))
    for line in re.findall('points="(.*?)"', made):
        across = [float(point.split(",")[0]) for point in line.split()]
        assert across == sorted(across)


def test_of_many_points_the_latest_are_kept() -> None:
    """A chart has room for so many; the day of the page is among them, in any order of rows."""
    days = {day: 40 - day // 10 for day in range(300)}
    made = page(figures(over_time(rebuilt=days, observed={})))
    assert "25% in February 2026, 100% in November 2026" in Page(made).text
    (line,) = re.findall('points="(.*?)"', made)
    assert line.endswith("294,6.0")
    assert len(line.split()) <= 90


def test_a_day_counted_and_rebuilt_differently_has_both() -> None:
    """The last figure is what was counted, and neither line hides the other."""
    made = page(figures(over_time(rebuilt={30: 0, 0: 20}, observed={0: 40})))
    assert "0 in October 2026, 100% in November 2026" in Page(made).text
    assert Page(made).tables["years"].rows == [["kubernetes", "50%", "100%"]]
