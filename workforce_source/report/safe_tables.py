"""The figures of the report as tables, for whoever may not see people but wants to calculate.

Nothing is decided here: a table has what the page has, in the same words, and so says no more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from typing import Final

from workforce_source.report import wording
from workforce_source.report.figures import Figures
from workforce_source.report.history import history
from workforce_source.small_groups import SHOW, Rule, Shown

Cell = str | int | date | datetime | bool | None
_PEOPLE: Final = "to the nearest five; null where it is fewer than are told apart, or not told"
_TEXT: Final = "The same as the report writes it: `25`, `1–2`, `<5`, `some`."
_NAMED: Final = {
    "organization_id": ("VARCHAR", "The organization."),
    "as_of": ("DATE", "The UTC date the figures are made for."),
}
_SKILL: Final = {"skill": ("VARCHAR", "The skill.")}


@dataclass(frozen=True)
class SafeTable:
    """One table of figures.

    Attributes:
        name: Its name.
        description: What one row is.
        columns: Type and meaning of each column after the first two, which every table has.
        rows: Makes the rows of an organization, without those two.
    """

    name: str
    description: str
    columns: dict[str, tuple[str, str]]
    rows: Callable[[Figures], Iterator[tuple[Cell, ...]]]

    @property
    def all_columns(self) -> dict[str, tuple[str, str]]:
        """Type and meaning of every column."""
        return {**_NAMED, **self.columns}

    def filled(self, figures: Figures) -> list[tuple[Cell, ...]]:
        """Get its rows of one organization; none where the page says nothing."""
        if not figures.told:
            return []
        return [(figures.organization_id, figures.as_of, *row) for row in self.rows(figures)]


def _coverage(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    everybody = figures.everybody.known
    seen = set()
    for heat in figures.heat_maps:
        for row in heat.rows:
            if row.skill not in seen:  # each table of the page repeats it
                seen.add(row.skill)
                yield "all", "all", row.skill, everybody, *_shown(row.everybody, everybody)
            for (group, size), cell in zip(heat.groups, row.cells, strict=False):
                yield heat.dimension, group, row.skill, size.known, *_shown(cell, size.known)


def _gaps(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    for gap in figures.gaps:
        today = (None, None) if gap.today is None else _shown(gap.today)
        missing = None if gap.today is None else gap.missing
        yield gap.group, gap.kind or None, gap.skill, gap.needed, *today, missing, gap.status


def _lapsing(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    for risk in figures.risks:
        yield risk.skill, figures.horizon, *_shown(risk.today), *_shown(risk.lapsing)


def _expiring(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    for row in figures.endings:
        lost = ", ".join(row.lost) or None
        yield row.badge, row.issuer, figures.horizon, *_shown(row.people), lost


def _invitations(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    for department, employees, accepted in figures.funnel.departments:
        yield department, employees, *_shown(accepted)


def _history(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    told = history(figures.trends)
    bases = ["rebuilt"] * len(told.rebuilt_days) + ["observed"] * len(told.observed_days)
    days = (*told.rebuilt_days, *told.observed_days)
    for skill, marks in told.rows:
        for basis, day, mark in zip(bases, days, marks, strict=True):
            if mark:
                yield skill, day, basis, *_share(mark.shown, mark.known)


def _departments_then(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    if figures.then is None or not figures.trends:  # where the page says that there is no history
        return
    for skill, cells in figures.then.rows:
        for (name, *sizes), both in zip(figures.then.departments, cells, strict=True):
            days = (figures.then.day, figures.as_of)
            for day, known, shown in zip(days, sizes, both, strict=True):
                yield name, skill, day, known, *_share(shown, known)


def _earned(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    earning = figures.earning
    if earning.holders.high:  # else the page says that nobody holds any, and no more
        yield "last twelve months", *_shown(earning.badges), *_shown(earning.people)
        yield "twelve months before", *_shown(earning.before), None, None


def _renewals(figures: Figures) -> Iterator[tuple[Cell, ...]]:
    for row in figures.renewals.departments:
        told = [
            (None, None) if shown is None or not shown.told else _shown(shown)
            for shown in (row.ending, row.ended, row.kept)
        ]
        yield row.department, figures.horizon, *chain.from_iterable(told)


def _shown(shown: Shown, known: int | None = None) -> tuple[Cell, ...]:
    """Get a number, how the report writes it, and its share where it is one of some people."""
    number = None if shown.few or not shown.told else shown.rounded
    cells: tuple[Cell, ...] = (number, wording.people(shown))
    if known is None:
        return cells
    rule = SHOW if shown.exact else Rule()
    return *cells, None if number is None else rule.percent(shown.rounded, known)


def _share(shown: Shown, known: int) -> tuple[Cell, ...]:
    """Get a share, and what the report writes of a day that is gone: that, or how many people."""
    untold = shown.few or not shown.told
    return None if untold else Rule().percent(shown.rounded, known), wording.share(shown, known)


_HORIZON: Final = {"days_ahead": ("INTEGER", "How far ahead is looked.")}
_TODAY: Final = {
    "people": ("INTEGER", f"Known people who have the skill, {_PEOPLE}."),
    "people_text": ("VARCHAR", _TEXT),
}

_OF_THE_DAY: Final = {
    "share_percent": ("INTEGER", "Known people who had it, in percent; null where not told."),
    "share_text": ("VARCHAR", "The same as the report writes it: `25%`, `15`, `1–2`, `some`."),
}

TABLES: Final = (
    SafeTable(
        "skill_coverage_safe",
        "One skill in the organization, or in a group of it that has figures.",
        {
            "dimension": ("VARCHAR", "What the group is formed by; `all` is the organization."),
            "dimension_value": ("VARCHAR", "The group."),
            **_SKILL,
            "known": ("INTEGER", "Employees of it whose badges were read, to the nearest five."),
            **_TODAY,
            "share_percent": ("INTEGER", "`people` / `known` in percent; null where not told."),
        },
        _coverage,
    ),
    SafeTable(
        "skill_gap_safe",
        "One target, and how far it is met, as far as that is told.",
        {
            "group_name": ("VARCHAR", "The group; `Everybody` is the organization."),
            "group_kind": ("VARCHAR", "What it is a group of; null for everybody."),
            **_SKILL,
            "people_needed": ("INTEGER", "How many people are wanted; null where not told."),
            **_TODAY,
            "missing": ("INTEGER", "How many are missing, by `people`."),
            "status": ("VARCHAR", "`met`, `met today`, `close`, `lapsing`, `below`, or why not."),
        },
        _gaps,
    ),
    SafeTable(
        "skill_lapsing_safe",
        "One skill that people lose unless badges are renewed.",
        {
            **_SKILL,
            **_HORIZON,
            **_TODAY,
            "lapsing": ("INTEGER", f"Those who lose it, {_PEOPLE}."),
            "lapsing_text": ("VARCHAR", _TEXT),
        },
        _lapsing,
    ),
    SafeTable(
        "badge_expiring_safe",
        "One badge that ends, and how many hold it without a copy that lasts longer.",
        {
            "badge": ("VARCHAR", "Name of the badge."),
            "issuer": ("VARCHAR", "Who issued it."),
            **_HORIZON,
            "people": ("INTEGER", f"How many hold it, {_PEOPLE}."),
            "people_text": ("VARCHAR", _TEXT),
            "skills_lost": ("VARCHAR", "Skills that some lose with it, as far as that is told."),
        },
        _expiring,
    ),
    SafeTable(
        "invitations_safe",
        "One department, and how many of its employees have accepted.",
        {
            "department": ("VARCHAR", "The department."),
            "employees": ("INTEGER", "Its employees, to the nearest five."),
            "accepted": ("INTEGER", f"Those who accepted, {_PEOPLE}."),
            "accepted_text": ("VARCHAR", _TEXT),
        },
        _invitations,
    ),
    SafeTable(
        "skill_history_safe",
        "One skill of the organization on one day: one day a year, and the first and last counted.",
        {
            **_SKILL,
            "day": ("DATE", "The day."),
            "basis": ("VARCHAR", "`observed`, or `rebuilt` from days of issue and expiry."),
            **_OF_THE_DAY,
        },
        _history,
    ),
    SafeTable(
        "department_history_safe",
        "One skill in one department, on an earlier day and on that of the figures.",
        {
            "department": ("VARCHAR", "The department."),
            **_SKILL,
            "day": ("DATE", "The day."),
            "known": ("INTEGER", "People whose badges were known then, to the nearest five."),
            **_OF_THE_DAY,
        },
        _departments_then,
    ),
    SafeTable(
        "badges_earned_safe",
        "One year, and how many badges were earned in it.",
        {
            "period": ("VARCHAR", "`last twelve months`, or `twelve months before`."),
            "badges": ("INTEGER", "Badges of known people, to the nearest five."),
            "badges_text": ("VARCHAR", _TEXT),
            "people": ("INTEGER", "Known people who earned them; null for the year before."),
            "people_text": ("VARCHAR", _TEXT),
        },
        _earned,
    ),
    SafeTable(
        "renewals_safe",
        "One department, and how many of its known people have badges that end or ended.",
        {
            "department": ("VARCHAR", "The department."),
            **_HORIZON,
            "ending": ("INTEGER", f"Who has a badge that ends, {_PEOPLE}."),
            "ending_text": ("VARCHAR", _TEXT),
            "ended": ("INTEGER", f"Who had one that ended in twelve months, {_PEOPLE}."),
            "ended_text": ("VARCHAR", _TEXT),
            "renewed": ("INTEGER", f"Who earned each of those again, {_PEOPLE}."),
            "renewed_text": ("VARCHAR", _TEXT),
        },
        _renewals,
    ),
)
"""Every table of figures that may be shown to everybody."""
