"""The figures of the report: everything the page shows, and nothing it does not.

Shapes only: they are filled in `making.py`, and how they look is in the templates.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple, TypeVar

from workforce_source.report.facts import People, Size
from workforce_source.small_groups import NONE, Shown

T = TypeVar("T")


def first(rows: Sequence[T], shown: Sequence[Shown], *, more: bool) -> tuple[T, ...]:
    """Get the first rows, at most three, as far as what is shown puts them before all others.

    Args:
        rows: The rows, the most people first.
        shown: How many people each has.
        more: Whether there are others that are not among the rows, of no more people each.
    """
    people = [one.rounded for one in shown]
    people.append(people[-1] if more and people else 0)
    for most in (3, 2, 1):
        if len(rows) >= most and people[most - 1] > people[most]:
            return tuple(rows[:most])
    return ()


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
class HeldRow:
    """A badge or an issuer, and how many people it is that have it."""

    badge: str
    issuer: str
    people: Shown


@dataclass(frozen=True)
class Earning:
    """What people hold and earned.

    Attributes:
        holders: Known people who hold a badge that counts.
        badges: Badges earned in the last twelve months.
        people: Known people who earned them.
        before: Badges earned in the twelve months before.
        held: The badges most people hold.
        more_held: How many more there are.
        issuers: Whose badges most people hold; `badge` is empty.
        more_issuers: How many more there are.
        lists: Whether badges and issuers are told; not where they would tell what is few.
    """

    holders: Shown = NONE
    badges: Shown = NONE
    people: Shown = NONE
    before: Shown = NONE
    held: tuple[HeldRow, ...] = ()
    more_held: int = 0
    issuers: tuple[HeldRow, ...] = ()
    more_issuers: int = 0
    lists: bool = True

    @property
    def leading(self) -> tuple[HeldRow, ...]:
        """The badges most people hold, at most three; none where the next are held by as many."""
        return first(self.held, [row.people for row in self.held], more=self.more_held > 0)


@dataclass(frozen=True)
class RenewalRow:
    """One department: who must renew, and who did; None is not told."""

    department: str
    ending: Shown | None
    ended: Shown | None
    kept: Shown | None


@dataclass(frozen=True)
class Renewals:
    """What lapsed, and what was renewed.

    Attributes:
        lapsed: Badges that ended in the last 90 days, of people without a copy that lasts longer.
        more_lapsed: How many more there are, of fewer people each.
        lapsed_people: How many people let one lapse.
        ended: People who had a badge that ended in the last twelve months.
        kept: Those of them who earned each of them again.
        departments: The same by department; empty where it is not told.
    """

    lapsed: tuple[HeldRow, ...] = ()
    more_lapsed: int = 0
    lapsed_people: Shown = NONE
    ended: Shown = NONE
    kept: Shown = NONE
    departments: tuple[RenewalRow, ...] = ()


@dataclass(frozen=True)
class Then:
    """Skills in departments on an earlier day and today.

    Attributes:
        day: The earlier day.
        departments: Names of the departments told of both days, with the known people of each.
        rows: Skills, each with a figure of each department on both days.
    """

    day: date
    departments: tuple[tuple[str, int, int], ...]
    rows: tuple[tuple[str, tuple[tuple[Shown, Shown], ...]], ...]


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
        earning: What people hold and earned.
        renewals: What lapsed, and what was renewed.
        then: Skills in departments on an earlier day and today; None where nothing is told of it.
        company: What the organization is called; empty where nothing says it.
        told: Whether anything is said of badges; not where too few people are known.
        observed_at: When the run began that observed a day that is over; None of other figures.
        is_rebuilt: Whether only the date is of such a day, for nobody observed it.
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
    earning: Earning = Earning()
    renewals: Renewals = Renewals()
    then: Then | None = None
    company: str = ""
    told: bool = True
    observed_at: datetime | None = None
    is_rebuilt: bool = False

    @property
    def leading(self) -> tuple[SkillRow, ...]:
        """The skills most people have, at most three; none where the next have as many."""
        rows = self.heat_maps[0].rows
        return first(rows, [row.everybody for row in rows], more=self.more_skills > 0)

    @property
    def leading_risks(self) -> tuple[Risk, ...]:
        """The skills most people lose, at most three; none where the next are lost by as many."""
        return first(self.risks, [risk.lapsing for risk in self.risks], more=self.more_risks > 0)

    @property
    def met(self) -> int:
        """How many targets are met, as far as can be told."""
        return sum(gap.status in ("met", "met today") for gap in self.gaps)
