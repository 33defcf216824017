"""Skills over time, as they are drawn: the points of the charts, and the table beside them.

Geometry and the choice of days only: nothing is counted and nothing suppressed here, and lines and
cells are in the templates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

from workforce_source.report.figures import Mark, Trend

Line = tuple[tuple[float, float], ...]
"""Points of a line, each a part of the width and of the height of its chart."""


@dataclass(frozen=True)
class Chart:
    """One skill over time.

    Attributes:
        skill: Its name.
        first: Where its lines begin.
        last: Where they end.
        rebuilt: The line worked out from days of issue and expiry.
        observed: The line of what was counted.
    """

    skill: str
    first: Mark
    last: Mark
    rebuilt: Line
    observed: Line


@dataclass(frozen=True)
class History:
    """All skills over time.

    Attributes:
        charts: One for each skill; all have the same height for the same share.
        snapshots: On how many days something was counted.
        rebuilt_days: Days that have a column of rebuilt figures: one a year.
        observed_days: Days that have a column of counted ones: the first and the last.
        rows: Skills, each with a figure for each column; None where nobody had it.
    """

    charts: tuple[Chart, ...]
    snapshots: int
    rebuilt_days: tuple[date, ...]
    observed_days: tuple[date, ...]
    rows: tuple[tuple[str, tuple[Mark | None, ...]], ...]


def history(trends: Sequence[Trend]) -> History:
    """Get skills over time as they are drawn."""
    top = max((mark.part for t in trends for mark in (*t.rebuilt, *t.observed)), default=0)
    seen = sorted({mark.day for t in trends for mark in t.observed})
    # every twelfth month, counted from the end
    rebuilt_days = sorted({mark.day for t in trends for mark in t.rebuilt})[::-1][::12][::-1]
    observed_days = [seen[0], seen[-1]] if len(seen) > 1 else seen
    return History(
        tuple(_chart(trend, top or 1) for trend in trends),
        len(seen),
        tuple(rebuilt_days),
        tuple(observed_days),
        tuple(
            (t.skill, (*_on(t.rebuilt, rebuilt_days), *_on(t.observed, observed_days)))
            for t in trends
        ),
    )


def _chart(trend: Trend, top: float) -> Chart:
    # a day may be in both lines; what was counted on it comes after what was rebuilt
    marks = sorted(chain(trend.rebuilt, trend.observed), key=lambda mark: mark.day)
    first, last = marks[0], marks[-1]
    span = max((last.day - first.day).days, 1)

    def line(marks: Sequence[Mark]) -> Line:
        return tuple(((mark.day - first.day).days / span, mark.part / top) for mark in marks)

    return Chart(trend.skill, first, last, line(trend.rebuilt), line(trend.observed))


def _on(marks: Sequence[Mark], days: Sequence[date]) -> list[Mark | None]:
    by_day = {mark.day: mark for mark in marks}
    return [by_day.get(day) for day in days]
