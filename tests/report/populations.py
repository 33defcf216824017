"""Random small organizations, counted by hand into the facts a report is made from.

The counting is that of `docs/metrics.md`, in a few lines of Python and without the marts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from hypothesis import strategies as st

from workforce_source.report.facts import (
    ALL,
    EVERYBODY,
    Earned,
    Ending,
    Facts,
    Group,
    Held,
    Invited,
    Past,
    Point,
    Renewing,
    Size,
    Skill,
    Target,
)

AS_OF = date(2026, 11, 24)
TEACHES = {
    "Cloud": ("kubernetes",),
    "Cloud Architect": ("kubernetes", "sql"),
    "Query": ("sql",),
    "Query Expert": ("sql", "rust"),
    "Systems": ("rust",),
}
SKILLS = ("kubernetes", "rust", "sql")
ISSUERS = dict(zip(TEACHES, ("Acme", "Acme", "Acme", "Bolt", "Bolt"), strict=True))
HELD = ("long", "soon", "again")
"""How a badge may be held that counts today."""


class Person(NamedTuple):
    """One employee.

    Attributes:
        department: Number of the department.
        team: Number of the team; 0 and 1 are inside the department, 2 reaches across all.
        country: Number of the country.
        state: accepted (and read), unread (accepted, not read), pending, rejected or created.
        badges: For each badge whether it is held: no, for long, or until it ends soon; or whether
            it ended: lately, longer ago in the year, or then and was earned again.
    """

    department: int
    team: int
    country: int
    state: str
    badges: tuple[str, ...]

    @property
    def known(self) -> bool:
        """Whether the badges were read."""
        return self.state == "accepted"

    @property
    def groups(self) -> list[Group]:
        """The groups the employee is in."""
        team = "Everywhere" if self.team == 2 else f"Team {self.department}-{self.team}"
        return [
            EVERYBODY,
            Group("department", f"Department {self.department}"),
            Group("team", team),
            Group("country", f"Country {self.country}"),
        ]

    def evidence(self, skill: str) -> list[str]:
        """Whether each badge that proves a skill is held for long or ends soon."""
        held = zip(TEACHES.items(), self.badges, strict=True)
        return [how for (_, taught), how in held if how in HELD and skill in taught]


people = st.builds(
    Person,
    st.sampled_from((0, 0, 0, 1, 1, 2, 3)),
    st.sampled_from((0, 0, 1, 2)),
    st.sampled_from((0, 0, 0, 1, 2)),
    st.sampled_from(("accepted",) * 5 + ("unread", "pending", "rejected", "created")),
    st.tuples(
        *[st.sampled_from(("no", "no", "no", "long", "soon", "soon", "again", "lapsed", "gone"))]
        * len(TEACHES)
    ),
)


@st.composite
def organizations(draw: st.DrawFn) -> list[Person]:
    """Organizations of up to fifty employees, many of them alike, so that groups fill up."""
    made: list[Person] = []
    for person in draw(st.lists(people, min_size=1, max_size=14)):
        made += [person] * draw(st.sampled_from((1, 1, 1, 2, 3, 4, 6)))
    return made[:50]


@st.composite
def departments(draw: st.DrawFn) -> list[Person]:
    """Organizations of two or three departments with figures, whose badges end and ended."""
    made: list[Person] = []
    for place in range(draw(st.integers(2, 3))):
        for person in draw(st.lists(people, min_size=1, max_size=5)):
            known = person._replace(department=place, team=0, state="accepted")
            made += [known] * draw(st.sampled_from((1, 1, 2, 3, 5)))
        made += [Person(place, 0, 0, "accepted", ("no",) * 5)] * draw(st.integers(0, 5))
    return made


def counted(organization: list[Person], before: list[Person] | None = None) -> Facts:
    """Count an organization, and what it was a month ago where that is known."""
    members: dict[Group, list[Person]] = defaultdict(list)
    for person in organization:
        for group in person.groups[1:]:
            members[group].append(person)
    known = [person for person in organization if person.known]
    members[EVERYBODY] = organization
    have = {s: [p for p in known if p.evidence(s)] for s in SKILLS}
    lapsing = {s: [p for p in have[s] if set(p.evidence(s)) == {"soon"}] for s in SKILLS}
    sizes = {
        group: Size(
            len(some),
            sum(p.state in ("accepted", "unread") for p in some),
            sum(p.known for p in some),
        )
        for group, some in members.items()
    }
    there = sorted({s for p in organization if p.known for s in SKILLS if p.evidence(s)})
    departments = sorted(group for group in members if group.dimension == "department")
    return Facts(
        organization_id="00000000-0000-4000-8000-000000000001",
        as_of=AS_OF,
        sizes=sizes,
        inside={group: _around(group, members) for group in members if group != EVERYBODY},
        skills={s: Skill(s, len(have[s]), len(lapsing[s])) for s in there},
        people={s: Counter(group for p in have[s] for group in p.groups) for s in there},
        targets=tuple(
            _target(group, s, needed, sizes[group], have[s], lapsing[s])
            for group in (EVERYBODY, *departments)
            for s, needed in zip(SKILLS, (3, 9, 6), strict=True)
        ),
        endings=tuple(_endings(known)),
        ending_people=sum("soon" in p.badges for p in known),
        earned=_earned(known),
        renewing=_renewing(known),
        past=None if before is None else _past(before),
        invited={group.value: _invited(members[group]) for group in departments},
        rebuilt={
            s: tuple(
                Point(AS_OF - timedelta(days=days), len(known), max(0, len(have[s]) - days))
                for days in (2, 1, 0)
            )
            for s in there
        },
        oldest_read_at=datetime(2026, 11, 20, tzinfo=UTC),
        newest_read_at=datetime(2026, 11, 23, tzinfo=UTC),
    )


def _target(
    group: Group, skill: str, needed: int, size: Size, have: list[Person], lapsing: list[Person]
) -> Target:
    people = sum(group in p.groups for p in have)
    lost = sum(group in p.groups for p in lapsing)
    status = "below" if people < needed else "met" if people - lost >= needed else "lapsing"
    return Target(group, skill, needed, people, size.known, status, lost, size.employees)


def _around(group: Group, members: dict[Group, list[Person]]) -> tuple[Group, ...]:
    common = set.intersection(*(set(p.groups) for p in members[group]))
    return tuple(sorted(g for g in common if g.dimension not in (ALL, group.dimension)))


def _endings(known: list[Person]) -> list[Ending]:
    found = []
    for place, (badge, taught) in enumerate(TEACHES.items()):
        holding = [p for p in known if p.badges[place] == "soon"]
        if holding:
            lost = [s for s in taught if any(len(p.evidence(s)) == 1 for p in holding)]
            found.append(
                Ending(badge, ISSUERS[badge], len(holding), tuple(sorted(taught)), tuple(lost))
            )
    return found


def _holding(known: list[Person], *how: str) -> dict[str, list[Person]]:
    """Who has each badge in one of some ways; badges nobody has are left out."""
    found = {b: [p for p in known if p.badges[n] in how] for n, b in enumerate(TEACHES)}
    return {badge: some for badge, some in found.items() if some}


def _earned(known: list[Person]) -> Earned:
    held = _holding(known, *HELD)
    return Earned(
        holders=sum(any(how in HELD for how in p.badges) for p in known),
        badges=sum(how in ("soon", "again") for p in known for how in p.badges),
        people=sum(any(how in ("soon", "again") for how in p.badges) for p in known),
        before=sum(how in ("lapsed", "gone") for p in known for how in p.badges),
        held=tuple(
            Held(badge, ISSUERS[badge], len(some), TEACHES[badge], TEACHES[badge])
            for badge, some in held.items()
        ),
        issuers={
            issuer: len({n for n, p in enumerate(known) if issues(p, issuer)})
            for issuer in {ISSUERS[badge] for badge in held}
        },
    )


def issues(person: Person, issuer: str) -> bool:
    """Whether somebody holds a badge of an issuer."""
    held = zip(TEACHES, person.badges, strict=True)
    return any(how in HELD and ISSUERS[badge] == issuer for badge, how in held)


def ended(person: Person) -> bool:
    """Whether a badge of somebody ended within the year."""
    return any(how in ("lapsed", "gone", "again") for how in person.badges)


def kept(person: Person) -> bool:
    """Whether somebody earned each badge again that ended within the year."""
    return ended(person) and not any(how in ("lapsed", "gone") for how in person.badges)


def _renewing(known: list[Person]) -> Renewing:
    def groups(some: list[Person]) -> Counter[Group]:
        return Counter(group for p in some for group in p.groups[:2])

    return Renewing(
        ending=groups([p for p in known if "soon" in p.badges]),
        ended=groups([p for p in known if ended(p)]),
        kept=groups([p for p in known if kept(p)]),
        lapsed=tuple(
            Held(badge, ISSUERS[badge], len(some))
            for badge, some in _holding(known, "lapsed").items()
        ),
        lapsed_people=sum("lapsed" in p.badges for p in known),
    )


def _past(before: list[Person]) -> Past:
    facts = counted(before)
    there = ("all", "department")
    return Past(
        AS_OF - timedelta(days=30),
        {group: size for group, size in facts.sizes.items() if group.dimension in there},
        {
            skill: {g: n for g, n in people.items() if g.dimension in there}
            for skill, people in facts.people.items()
        },
    )


def _invited(some: list[Person]) -> Invited:
    states = Counter(p.state for p in some)
    accepted = states["accepted"] + states["unread"]
    invited = len(some) - states["created"]
    return Invited(len(some), invited, states["pending"], accepted, states["rejected"])
