"""The section about skills over time: from figures to elements.

Nothing is counted and nothing suppressed here.
"""

from collections.abc import Sequence
from datetime import date
from xml.etree.ElementTree import Element

from workforce_source.report import charts, wording
from workforce_source.report.elements import el, foreign, section
from workforce_source.report.figures import Figures, Trend
from workforce_source.report.suppression import Shown
from workforce_source.report.tables import Cell, table


def time(figures: Figures) -> Element:
    """Get the skills over time."""
    if not figures.trends:
        return section(
            "time",
            "Over time",
            el(
                "p",
                "There is no history yet: it begins with the first badges that have a"
                " day of issue.",
                class_="empty",
            ),
        )
    top = max(_value(p) for t in figures.trends for p in (*t.rebuilt, *t.observed))
    snapshots = len({day for t in figures.trends for day, _, _ in t.observed})
    seen = (
        f"The solid line is what was counted on {wording.many(snapshots, 'day')}"
        if snapshots > 1
        else "There is one snapshot so far, the dot at the end"
        if snapshots
        else "There are no daily snapshots yet"
    )
    drawn = [
        el(
            "figure",
            el("figcaption", foreign(t.skill), " ", el("span", _from_to(t), class_="quiet")),
            charts.trend(
                [(p[0], _value(p)) for p in t.rebuilt],
                [(p[0], _value(p)) for p in t.observed],
                top,
                f"Share of the known people over time: {_from_to(t)}",
            ),
        )
        for t in figures.trends
    ]
    return section(
        "time",
        "Over time",
        el(
            "p",
            f"{seen}; the dashed line is rebuilt from days of issue and expiry. Rebuilt history"
            " flatters the present: people who left and badges that were revoked or deleted are"
            " missing from it.",
            class_="says",
        ),
        el("div", *drawn, class_="charts"),
        _years(figures.trends),
    )


def _value(point: tuple[date, int, Shown]) -> float:
    _, known, shown = point
    if shown.exact:
        return shown.low / known if known else 0
    return shown.percent[0] / 100 if shown.percent else 0


def _from_to(one: Trend) -> str:
    points = sorted((*one.rebuilt, *one.observed))[::1]
    (first, known_first, begin), (last, known_last, end) = points[0], points[-1]
    return (
        f"{wording.share(begin, known_first)} in {first:%B %Y},"
        f" {wording.share(end, known_last)} in {last:%B %Y}"
    )


def _years(trends: Sequence[Trend]) -> Element:
    days = sorted({day for t in trends for day, _, _ in t.rebuilt})
    kept = days[::-1][::12][::-1]
    seen = sorted({day for t in trends for day, _, _ in t.observed})
    counted = [seen[0], seen[-1]] if len(seen) > 1 else seen
    rows: list[tuple[Cell, ...]] = []
    for one in trends:
        rebuilt = {day: wording.share(shown, known) for day, known, shown in one.rebuilt}
        observed = {day: wording.share(shown, known) for day, known, shown in one.observed}
        rows.append(
            (
                foreign(one.skill),
                *(rebuilt.get(day, "0") for day in kept),
                *(observed.get(day, "0") for day in counted),
            )
        )
    columns = (
        "Skill",
        *(f"#{d:%b %Y}, rebuilt" for d in kept),
        *(f"#{d.day} {d:%b %Y}, counted" for d in counted),
    )
    return el(
        "details",
        el("summary", "The same as a table"),
        table("years", "Share of the known people who have a skill, over time", columns, rows),
    )
