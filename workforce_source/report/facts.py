"""What is known of an organization before anything is decided about showing it.

Exact numbers, as the marts have them; nothing here may reach a page without `figures.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, NamedTuple

ALL: Final = "all"
DIMENSIONS: Final = {
    "department": "Department",
    "team": "Team",
    "job_family": "Job family",
    "position_title": "Position",
    "organization_level_1": "Organization level 1",
    "organization_level_2": "Organization level 2",
    "organization_level_3": "Organization level 3",
    "country": "Country",
    "location": "Location",
}
"""The ways to form groups, as people say them, in the order of the page."""


class Group(NamedTuple):
    """A group of employees: a value of a dimension."""

    dimension: str
    value: str


EVERYBODY: Final = Group(ALL, ALL)


@dataclass(frozen=True)
class Size:
    """How many employees a group has, and how many of them are connected and known."""

    employees: int
    connected: int
    known: int


@dataclass(frozen=True)
class Skill:
    """One skill in the whole organization.

    Attributes:
        name: As people write it.
        people: Known employees who have it.
        lapsing: Those of them who lose it within the horizon unless a badge is renewed.
    """

    name: str
    people: int
    lapsing: int


@dataclass(frozen=True)
class Target:
    """One target, and what the marts say of it.

    Attributes:
        group: The group.
        skill: Name of the skill.
        needed: How many people are wanted.
        people: Known people who have it.
        known: Known people of the group.
        status: How far that is.
        lapsing: Those of `people` who lose it within the horizon unless a badge is renewed.
        employees: Everybody in the group.
    """

    group: Group
    skill: str
    needed: int
    people: int
    known: int
    status: str
    lapsing: int = 0
    employees: int = 0


@dataclass(frozen=True)
class Ending:
    """One badge that ends within the horizon, in the hands of some people.

    Attributes:
        badge: Name of the badge.
        issuer: Who issued it.
        people: How many known people hold it and have no later copy.
        taught: Names of the skills it stands for.
        lost: Those of them that some known people lose with it.
    """

    badge: str
    issuer: str
    people: int
    taught: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True)
class Held:
    """One badge known people hold now.

    Attributes:
        badge: Name of the badge.
        issuer: Who issued it.
        people: How many known people hold it.
        taught: Names of the skills it stands for in the hands of some of them.
        always: Those of them it stands for in the hands of each.
    """

    badge: str
    issuer: str
    people: int
    taught: tuple[str, ...] = ()
    always: tuple[str, ...] = ()


@dataclass(frozen=True)
class Earned:
    """What known people hold and earned.

    Attributes:
        holders: Known people who hold a badge that counts.
        badges: Badges earned in the last twelve months.
        people: Known people who earned them.
        before: Badges earned in the twelve months before.
        held: Each badge somebody holds.
        issuers: People who hold a badge of each issuer.
    """

    holders: int = 0
    badges: int = 0
    people: int = 0
    before: int = 0
    held: tuple[Held, ...] = ()
    issuers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Renewing:
    """Known people whose badges end or ended, by group: `EVERYBODY`, and each department.

    Attributes:
        ending: Who holds a badge that ends within the horizon.
        ended: Who had a badge that ended in the last twelve months.
        kept: Those of them who hold, or held, a copy that lasts longer of each that ended.
        lapsed: Badges that ended in the last 90 days, and how many had no copy that lasts longer.
        lapsed_people: People who let one of them lapse.
    """

    ending: Mapping[Group, int] = field(default_factory=dict)
    ended: Mapping[Group, int] = field(default_factory=dict)
    kept: Mapping[Group, int] = field(default_factory=dict)
    lapsed: tuple[Held, ...] = ()
    lapsed_people: int = 0


@dataclass(frozen=True)
class Past:
    """What departments could do on an earlier day, as it was counted then.

    Attributes:
        day: The day.
        sizes: Size of everybody and of each department.
        people: Known people with a skill, by skill key and group.
    """

    day: date
    sizes: Mapping[Group, Size]
    people: Mapping[str, Mapping[Group, int]]


@dataclass(frozen=True)
class Invited:
    """How far a department has come with invitations; states are those of today."""

    employees: int
    invited: int
    pending: int
    accepted: int
    rejected: int


@dataclass(frozen=True)
class Point:
    """A skill in the whole organization on one day."""

    day: date
    known: int
    people: int


@dataclass(frozen=True)
class Holder:
    """Somebody who has a skill few have."""

    skill: str
    name: str
    department: str


@dataclass(frozen=True)
class Renewal:
    """Somebody's badge that ends within the horizon."""

    name: str
    department: str
    badge: str
    ends: date
    lost: int
    team: str = ""
    manager: str = ""


@dataclass(frozen=True)
class People:
    """What is read only when names are asked for."""

    holders: tuple[Holder, ...] = ()
    renewals: tuple[Renewal, ...] = ()


@dataclass(frozen=True)
class Facts:
    """Everything the report is made from.

    Attributes:
        organization_id: The organization.
        as_of: The UTC date the marts are made for.
        sizes: Size of every group, `EVERYBODY` among them.
        inside: For each group the groups that hold all of its employees.
        skills: Skills by key.
        people: Known people with a skill, by skill key and group; 0 where it is missing.
        targets: Targets.
        endings: Badges that end within the horizon.
        ending_people: Known people who hold one of them.
        earned: What people hold and earned.
        renewing: Whose badges end, and who earned them again.
        past: What departments could do on an earlier day; None where nothing was counted before.
        invited: The state of invitations by department.
        observed: Counts of the daily snapshots by skill key.
        rebuilt: Counts worked out from dates of issue and expiry by skill key.
        oldest_read_at: When the badges read longest ago were read; None if none ever was.
        newest_read_at: When badges were read last.
        loaded_at: When the last load ended; None where that is not written down.
        named: Names; None unless asked for.
        horizon: How many days ahead is looked for what ends.
        company: What the organization is called; empty where nothing says it.
        observed_at: When the run began that observed a day that is over; None of other figures.
        is_rebuilt: Whether only the date is of such a day, for nobody observed it.
    """

    organization_id: str
    as_of: date
    sizes: Mapping[Group, Size]
    inside: Mapping[Group, tuple[Group, ...]] = field(default_factory=dict)
    skills: Mapping[str, Skill] = field(default_factory=dict)
    people: Mapping[str, Mapping[Group, int]] = field(default_factory=dict)
    targets: tuple[Target, ...] = ()
    endings: tuple[Ending, ...] = ()
    ending_people: int = 0
    earned: Earned = Earned()
    renewing: Renewing = Renewing()
    past: Past | None = None
    invited: Mapping[str, Invited] = field(default_factory=dict)
    observed: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    rebuilt: Mapping[str, tuple[Point, ...]] = field(default_factory=dict)
    oldest_read_at: datetime | None = None
    newest_read_at: datetime | None = None
    loaded_at: datetime | None = None
    named: People | None = None
    horizon: int = 90
    company: str = ""
    observed_at: datetime | None = None
    is_rebuilt: bool = False

    @property
    def everybody(self) -> Size:
        """The size of the organization."""
        return self.sizes.get(EVERYBODY, Size(0, 0, 0))
