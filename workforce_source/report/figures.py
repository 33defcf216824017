"""The figures of the report: everything the page shows, and nothing it does not.

Shapes only: they are filled in `making.py`, and how they look is in the templates.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from workforce_source.report.facts import People, Size
from workforce_source.small_groups import Shown

Status = Literal[
    "below", "lapsing", "close", "met today", "met", "nobody known", "no such group", "not shown"
]
"""How far a target is met, in the order of the page."""


@dataclass(frozen=True)
class SkillRow:
    """One skill of a heat map: its figure in the organization, and in each group.

    Attributes:
        skill: Its name.
        everybody: Its figure in the organization.
        cells: Its figure in each group; empty when it is not broken down.
    """

    skill: str
    everybody: Shown
    cells: tuple[Shown, ...]


@dataclass(frozen=True)
class HeatMap:
    """Coverage of skills in the groups of one dimension.

    Attributes:
        dimension: The column groups are formed by.
        title: The dimension, as people say it.
        groups: Names and sizes of the columns.
        others: How many more groups there are.
        others_known: Known people in them.
        rows: The skills.
    """

    dimension: str
    title: str
    groups: tuple[tuple[str, Size], ...]
    others: int
    others_known: int
    rows: tuple[SkillRow, ...]


@dataclass(frozen=True)
class Risk:
    """A skill some people lose within the horizon, unless badges are renewed."""

    skill: str
    today: Shown
    lapsing: Shown
    left: Shown


@dataclass(frozen=True)
class EndingRow:
    """A badge that ends within the horizon, how many hold it, and the skills some lose with it."""

    badge: str
    issuer: str
    people: Shown
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Gap:
    """One target: what is wanted and what is there; None is not told.

    Attributes:
        group: Name of the group.
        kind: What it is a group of, as people say it; empty for everybody.
        skill: Name of the skill.
        needed: How many people are wanted.
        today: How many there are.
        status: How far that is.
        missing: How many are missing, by what is shown.
        unread: How many of them could be found among those whose badges are not known.
    """

    group: str
    kind: str
    skill: str
    needed: int | None
    today: Shown | None
    status: Status
    missing: int = 0
    unread: int = 0


@dataclass(frozen=True)
class Funnel:
    """How far invitations have come.

    Attributes:
        not_connected: Why employees are not connected: what, and how many; empty if not told.
        departments: Name, employees, and how many of them have accepted; empty if not told.
    """

    not_connected: tuple[tuple[str, Shown], ...]
    departments: tuple[tuple[str, int, Shown], ...]


class Mark(NamedTuple):
    """The figure of a skill on one day, and of how many people it was known."""

    day: date
    known: int
    shown: Shown

    @property
    def part(self) -> float:
        """Which part of the known people that is, for drawing."""
        return min(1.0, self.shown.rounded / self.known) if self.known else 0.0


@dataclass(frozen=True)
class Trend:
    """One skill over time, in the organization: its marks in the order of their days."""

    skill: str
    rebuilt: tuple[Mark, ...]
    observed: tuple[Mark, ...]


@dataclass(frozen=True)
class Figures:
    """Everything the page shows.

    Attributes:
        organization_id: The organization.
        as_of: The UTC date the figures are made for.
        everybody: Employees, connected and known.
        exact: Whether every number is told to the person.
        few: How fewer people are written than are told apart; empty where all are.
        smallest: Groups with fewer known people have no figures.
        horizon: How many days ahead is looked for what ends.
        held: Skills at least one known employee has.
        thin: Skills that 1 to 4 known employees have.
        ending_people: Employees with a badge that ends within the horizon.
        heat_maps: One for each dimension with several groups to show.
        more_skills: Skills that have no row.
        risks: Skills at risk, the most people first.
        more_risks: How many more there are.
        endings: Badges that end.
        more_endings: How many more there are.
        gaps: Targets, in the order of their status.
        funnel: Invitations.
        trends: Skills over time.
        oldest_read_at: When the badges read longest ago were read.
        newest_read_at: When badges were read last.
        loaded_at: When the last load ended.
        named: Names; None unless asked for.
        told: Whether anything is said of badges; not where five people or fewer are known.
    """

    organization_id: str
    as_of: date
    everybody: Size
    exact: bool
    few: str
    smallest: int
    horizon: int
    held: int
    thin: int
    ending_people: Shown
    heat_maps: tuple[HeatMap, ...]
    more_skills: int
    risks: tuple[Risk, ...]
    more_risks: int
    endings: tuple[EndingRow, ...]
    more_endings: int
    gaps: tuple[Gap, ...]
    funnel: Funnel
    trends: tuple[Trend, ...]
    oldest_read_at: datetime | None
    newest_read_at: datetime | None
    loaded_at: datetime | None
    named: People | None
    told: bool = True

    @property
    def leading(self) -> tuple[SkillRow, ...]:
        """The skills most people have, at most three; none where the next have as many."""
        rows = self.heat_maps[0].rows
        shown = [row.everybody.rounded for row in rows] + [0]
        for most in (3, 2, 1):
            if len(rows) >= most and shown[most - 1] > shown[most]:
                return rows[:most]
        return ()

    @property
    def leading_risks(self) -> tuple[Risk, ...]:
        """The skills most people lose, at most three; none where the next are lost by as many."""
        shown = [risk.lapsing.rounded for risk in self.risks] + [0]
        for most in (3, 2, 1):
            if len(self.risks) >= most and shown[most - 1] > shown[most]:
                return self.risks[:most]
        return ()

    @property
    def met(self) -> int:
        """How many targets are met, as far as can be told."""
        return sum(gap.status in ("met", "met today") for gap in self.gaps)
