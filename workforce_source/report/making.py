"""Makes the figures of the report from the facts, with small groups suppressed.

Pure: every figure of a page is made here, and from figures that are shown already where it can be,
so that it says nothing more.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final, get_args

from workforce_source.report.complements import Groups, choose_groups
from workforce_source.report.facts import (
    ALL,
    DIMENSIONS,
    EVERYBODY,
    Facts,
    Group,
    People,
    Point,
    Skill,
    Target,
)
from workforce_source.report.figures import (
    EndingRow,
    Figures,
    Gap,
    HeatMap,
    Mark,
    Risk,
    SkillRow,
    Status,
    Trend,
)
from workforce_source.report.funnel import invitations_funnel
from workforce_source.report.suppression import MANY, NONE, SMALL, Shown, amount, depth, exactly

GROUPS: Final = 12
"""Groups of a dimension that have a column."""
SKILLS: Final = 25
"""Skills that have a row in each heat map; those of targets come on top."""
_TARGET_SKILLS: Final = 10
_AT_RISK: Final = 20
_ENDINGS: Final = 20
_TRENDS: Final = 6
_POINTS: Final = 90
_NAMED: Final = 200


def figures(facts: Facts) -> Figures:
    """Get the figures; exact ones only when names were asked for."""
    told = facts.named is not None or facts.everybody.known > SMALL
    if not told:
        # the organization itself is a small group; of exactly five, `5+` would say that all have it
        facts = replace(
            facts,
            skills={},
            people={},
            targets=(),
            endings=(),
            ending_people=0,
            observed={},
            rebuilt={},
        )
    return replace(_Making(facts).figures(), told=told)


class _Making:
    """Makes the figures of one report.

    Args:
        facts: What is known.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._exact = facts.named is not None
        self._groups = self._chosen_groups()
        self._everybody = {
            key: self._depth(skill.people, facts.everybody.known)
            for key, skill in facts.skills.items()
        }
        self._cells: dict[str, Mapping[Group, Shown]] = {}
        # one badge that proves a skill alone is one person: so many badges, at least so many people
        self._losers = Counter(name for ending in facts.endings for name in ending.lost)
        # what is shown decides the order, never a number that is not
        self._order = sorted(
            (key for key, skill in facts.skills.items() if skill.people),
            key=lambda key: (-self._everybody[key].low, *_alphabet(facts.skills[key].name), key),
        )

    def figures(self) -> Figures:
        facts = self._facts
        wanted = {target.skill for target in facts.targets}
        rows = self._order[:SKILLS]
        missing = [k for k, s in facts.skills.items() if s.name in wanted and k not in rows]
        missing.sort(key=lambda key: (*_alphabet(facts.skills[key].name), key))
        rows = rows + missing[:_TARGET_SKILLS]
        risks = self._risks()
        endings = self._endings()
        return Figures(
            organization_id=facts.organization_id,
            as_of=facts.as_of,
            everybody=facts.everybody,
            held=len(self._order),
            thin=sum(0 < facts.skills[key].people < SMALL for key in self._order),
            ending_people=self._ending_people(endings),
            heat_maps=tuple(
                self._heat_map(dimension, rows)
                for dimension in DIMENSIONS
                if self._groups.shown[dimension]
            )
            or (self._heat_map(ALL, rows),),
            more_skills=len(set(self._order) - set(rows)),
            risks=tuple(risks[:_AT_RISK]),
            more_risks=max(0, len(risks) - _AT_RISK),
            endings=tuple(endings[:_ENDINGS]),
            more_endings=max(0, len(endings) - _ENDINGS),
            gaps=tuple(sorted(map(self._gap, facts.targets), key=_by_status)),
            funnel=invitations_funnel(facts, self._groups, exact=self._exact),
            trends=tuple(self._trends()),
            oldest_read_at=facts.oldest_read_at,
            newest_read_at=facts.newest_read_at,
            loaded_at=facts.loaded_at,
            named=facts.named
            and People(facts.named.holders[:_NAMED], facts.named.renewals[:_NAMED]),
        )

    def _chosen_groups(self) -> Groups:
        facts = self._facts
        if not self._exact:
            return choose_groups(facts.sizes, facts.inside, tuple(DIMENSIONS), GROUPS)
        shown, hidden = {}, {}
        for dimension in DIMENSIONS:
            groups = [group for group in facts.sizes if group.dimension == dimension]
            groups.sort(key=lambda g: (-facts.sizes[g].known, -facts.sizes[g].employees, g.value))
            shown[dimension] = tuple(groups[:GROUPS]) if len(groups) > 1 else ()
            hidden[dimension] = tuple(groups[len(shown[dimension]) :])
        return Groups(shown, hidden, facts.sizes, facts.inside)

    def _depth(self, people: int, known: int) -> Shown:
        return exactly(people) if self._exact else depth(people, known)

    def _amount(self, count: int) -> Shown:
        return exactly(count) if self._exact else amount(count)

    def _broken_down(self, key: str) -> Mapping[Group, Shown]:
        """Get the figures of the groups; none when they would tell too much, or nobody has it."""
        if key not in self._cells:
            everybody = self._everybody[key]
            people: Mapping[Group, int] = self._facts.people.get(key, {})
            cells = {
                group: self._depth(people.get(group, 0), self._facts.sizes[group].known)
                for groups in self._groups.shown.values()
                for group in groups
            }
            if not self._exact:
                if everybody.low < SMALL:
                    # too few to say where they are
                    cells = {}
                else:
                    skill = self._facts.skills[key]
                    low = max(everybody.low, self._lapsing(skill).low, self._losers[skill.name])
                    at_least = Shown(low, everybody.high)
                    if not self._groups.allows(at_least, cells, people):
                        cells = {}
            self._cells[key] = cells
        return self._cells[key]

    def _heat_map(self, dimension: str, keys: list[str]) -> HeatMap:
        facts = self._facts
        shown = self._groups.shown.get(dimension, ())
        hidden = self._groups.hidden.get(dimension, ())
        rows = []
        for key in keys:
            cells = self._broken_down(key)
            rows.append(
                SkillRow(
                    facts.skills[key].name,
                    self._everybody[key],
                    tuple(cells[group] for group in shown) if cells else (),
                )
            )
        return HeatMap(
            dimension,
            DIMENSIONS.get(dimension, "Organization"),
            tuple((group.value, facts.sizes[group]) for group in shown),
            len(hidden),
            sum(facts.sizes[group].known for group in hidden),
            tuple(rows),
        )

    def _risks(self) -> list[Risk]:
        found = []
        for key in self._order:
            skill = self._facts.skills[key]
            if skill.lapsing:
                today, lapsing = self._everybody[key], self._lapsing(skill)
                found.append(Risk(skill.name, today, lapsing, _difference(today, lapsing)))
        return sorted(found, key=lambda risk: (-risk.lapsing.low, *_alphabet(risk.skill)))

    def _lapsing(self, skill: Skill) -> Shown:
        """Get how many lose a skill, unless that would count out who holds one of the badges."""
        shown = self._amount(skill.lapsing)
        if self._exact or shown.low < SMALL:
            return shown
        if shown.low >= self._facts.everybody.known:
            # so many that everybody has it, those in small groups too
            return Shown(SMALL, MANY)
        teaching = [amount(e.people) for e in self._facts.endings if skill.name in e.taught]
        most = sum(badge.high for badge in teaching)
        if any(badge.few and shown.low > most - badge.high + SMALL - 2 for badge in teaching):
            return Shown(SMALL, MANY)
        return shown

    def _endings(self) -> list[EndingRow]:
        rows = [
            EndingRow(
                ending.badge,
                ending.issuer,
                self._amount(ending.people),
                tuple(name for name in ending.lost if self._exact or self._tells_lost(name)),
            )
            for ending in self._facts.endings
        ]
        return sorted(rows, key=lambda row: (-row.people.low, *_alphabet(row.badge), row.issuer))

    def _tells_lost(self, name: str) -> bool:
        """Whether the badges that take a skill away may be named: four of them are four people."""
        lapsing = next((s.lapsing for s in self._facts.skills.values() if s.name == name), 0)
        if self._losers[name] >= self._facts.everybody.known:
            return False
        return lapsing >= SMALL or self._losers[name] < SMALL - 1

    def _ending_people(self, rows: list[EndingRow]) -> Shown:
        """Get how many people have a badge that ends, unless the rows below would tell more."""
        shown = self._amount(self._facts.ending_people)
        if self._exact or shown.low < SMALL:
            return shown
        most = sum(row.people.high for row in rows)
        for row in rows:
            if row.people.few and shown.low - (most - row.people.high) > SMALL - 2:
                return Shown(SMALL, MANY)
        return shown

    def _gap(self, target: Target) -> Gap:
        facts, group = self._facts, target.group
        name = "Everybody" if group.dimension == ALL else group.value
        gap = partial(Gap, name, DIMENSIONS.get(group.dimension, ""), target.skill)
        if target.status == "no such group":
            return gap(None, None, "no such group")
        key = next((k for k, skill in facts.skills.items() if skill.name == target.skill), None)
        if group == EVERYBODY:
            today = self._everybody[key] if key else NONE
        else:
            cells = self._broken_down(key) if key else {}
            shown = cells.get(group)
            if shown is None and self._exact:
                shown = exactly(target.people)
            if shown is None:
                return gap(None, None, "not shown")
            today = shown
        if target.known == 0:
            return gap(target.needed, None, "nobody known")
        # only what the figure shown decides: the status of the mart would narrow it
        status: Status = "close"
        if today.low >= target.needed:
            status = "met"
        elif today.high < target.needed:
            status = "below"
        return gap(target.needed, today, status)

    def _trends(self) -> list[Trend]:
        facts = self._facts
        found: list[Trend] = []
        for key in self._order:
            skill: Skill = facts.skills[key]
            trend = Trend(
                skill.name,
                self._marks(facts.rebuilt.get(key, ())),
                self._marks(facts.observed.get(key, ())),
            )
            if len(trend.rebuilt) + len(trend.observed) > 1:
                found.append(trend)
        return found[:_TRENDS]

    def _marks(self, points: tuple[Point, ...]) -> tuple[Mark, ...]:
        step = -(-len(points) // _POINTS) or 1
        # counted from the end, so that the last day is among them
        kept = sorted(points, key=lambda p: p.day, reverse=True)[::step][::-1]
        return tuple(
            Mark(p.day, p.known, self._depth(p.people, p.known))
            for p in kept
            if self._exact or p.known >= SMALL
        )


def _by_status(gap: Gap) -> int:
    return get_args(Status).index(gap.status)


def _difference(today: Shown, lapsing: Shown) -> Shown:
    high = MANY if today.high == MANY else today.high - lapsing.low
    return Shown(max(0, today.low - lapsing.high), max(0, high))


def _alphabet(name: str) -> tuple[str, str]:
    return name.casefold(), name
