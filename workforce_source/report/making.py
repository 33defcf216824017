"""Makes the figures of the report from the facts, with small groups suppressed.

Pure: every figure of a page is made here, and from figures that are shown already where it can be,
so that it says nothing more.
"""

from collections import Counter
from collections.abc import Hashable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, get_args

from workforce_source.report.alternatives import Sum, stay_open
from workforce_source.report.complements import Groups, choose_groups
from workforce_source.report.facts import (
    ALL,
    DIMENSIONS,
    EVERYBODY,
    Facts,
    Group,
    Point,
    Size,
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
from workforce_source.small_groups import MANY, SMALL, UNTOLD, Rule, Shown

GROUPS: Final = 12
"""Groups of a dimension that have a column."""
SKILLS: Final = 25
"""Skills that have a row in each heat map; those of targets come on top."""
_TARGET_SKILLS: Final = 10
_AT_RISK: Final = 20
_ENDINGS: Final = 20
_TRENDS: Final = 6
_POINTS: Final = 90
_ROUND: Final = Rule()


def figures(facts: Facts, rule: Rule = _ROUND) -> Figures:
    """Get the figures, as a rule about small groups tells them."""
    told = rule.exact or facts.everybody.known > rule.smallest
    if not told:
        # the organization itself is a small group, or so near to one that all of it is told
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
    return replace(_Making(facts, rule).figures(), told=told)


class _Making:
    """Makes the figures of one report.

    Args:
        facts: What is known.
        rule: How numbers of people are told.
    """

    def __init__(self, facts: Facts, rule: Rule) -> None:
        self._facts = facts
        self._rule = rule
        self._exact = rule.exact
        self._groups = self._chosen_groups()
        known = facts.everybody.known
        self._everybody = {k: rule.count(skill.people, known) for k, skill in facts.skills.items()}
        self._cells: dict[str, Mapping[Group, Shown]] = {}
        self._narrowed: dict[str, dict[Group, Shown]] = {}
        # one badge that proves a skill alone is one person: so many badges, at least so many people
        self._losers = Counter(name for ending in facts.endings for name in ending.lost)
        # what is shown decides the order, never a number that is not
        self._order = sorted(
            (key for key, skill in facts.skills.items() if skill.people),
            key=lambda key: (
                -self._everybody[key].rounded,
                *_alphabet(facts.skills[key].name),
                key,
            ),
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
            everybody=self._size(facts.everybody),
            exact=self._exact,
            few={"round": "1–2", "hide": "<5", "show": ""}[self._rule.mode],
            smallest=self._rule.least,
            horizon=facts.horizon,
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
            funnel=invitations_funnel(facts, self._groups, self._rule),
            trends=tuple(self._trends()),
            oldest_read_at=facts.oldest_read_at,
            newest_read_at=facts.newest_read_at,
            loaded_at=facts.loaded_at,
            named=facts.named,
        )

    def _chosen_groups(self) -> Groups:
        facts = self._facts
        if not self._exact:
            return choose_groups(
                facts.sizes, facts.inside, tuple(DIMENSIONS), GROUPS, self._rule.least
            )
        shown, hidden = {}, {}
        for dimension in DIMENSIONS:
            groups = [group for group in facts.sizes if group.dimension == dimension]
            groups.sort(key=lambda g: (-facts.sizes[g].known, -facts.sizes[g].employees, g.value))
            shown[dimension] = tuple(groups[:GROUPS]) if len(groups) > 1 else ()
            hidden[dimension] = tuple(groups[len(shown[dimension]) :])
        return Groups(shown, hidden, facts.sizes, facts.inside)

    def _size(self, size: Size) -> Size:
        number = self._rule.number
        return Size(number(size.employees), number(size.connected), number(size.known))

    def _broken_down(self, key: str) -> Mapping[Group, Shown]:
        """Get the figures of the groups; fewer of them, or none, when they would tell too much."""
        if key not in self._cells:
            people: Mapping[Group, int] = self._facts.people.get(key, {})
            shown = self._groups.shown
            cells = {
                group: self._rule.count(people.get(group, 0), self._facts.sizes[group].known)
                for groups in shown.values()
                for group in groups
            }
            if not self._exact:
                everybody = self._everybody[key]
                if everybody.few:
                    # too few to say where they are
                    cells = {}
                dimensions = [dimension for dimension in shown if shown[dimension]]
                while cells and not self._allows(key, everybody, cells):
                    # the last of the page goes first
                    last = dimensions.pop()
                    cells = {g: cell for g, cell in cells.items() if g.dimension != last}
            self._cells[key] = cells
        return self._cells[key]

    def _heat_map(self, dimension: str, keys: list[str]) -> HeatMap:
        facts = self._facts
        shown = self._groups.shown.get(dimension, ())
        hidden = self._groups.hidden.get(dimension, ())
        rows = []
        for key in keys:
            cells = self._broken_down(key)
            told = tuple(cells[group] for group in shown if group in cells)
            rows.append(SkillRow(facts.skills[key].name, self._everybody[key], told))
        return HeatMap(
            dimension,
            DIMENSIONS.get(dimension, "Organization"),
            tuple((group.value, self._size(facts.sizes[group])) for group in shown),
            len(hidden),
            self._rule.number(sum(facts.sizes[group].known for group in hidden)),
            tuple(rows),
        )

    def _risks(self) -> list[Risk]:
        found = []
        for key in self._order:
            skill = self._facts.skills[key]
            if skill.lapsing:
                today, lapsing = self._everybody[key], self._lapsing(skill)
                found.append(Risk(skill.name, today, lapsing, _difference(today, lapsing)))
        return sorted(found, key=lambda risk: (-risk.lapsing.rounded, *_alphabet(risk.skill)))

    def _lapsing(self, skill: Skill, within: tuple[int, int] = (0, MANY)) -> Shown:
        """Get how many lose a skill, unless that would count out who holds one of the badges.

        Args:
            skill: The skill.
            within: From and up to what it would be, as something else tells.
        """
        shown = self._rule.count(skill.lapsing, self._facts.everybody.known)
        if self._exact or skill.lapsing == 0:
            return shown
        everybody = self._rule.count(skill.people, self._facts.everybody.known)
        losers = self._losers[skill.name]
        known = self._facts.everybody.known
        teaching = [e for e in self._facts.endings if skill.name in e.taught]
        badges: dict[Hashable, int] = {(e.badge, e.issuer): e.people for e in teaching}
        total = sum(badges.values())
        # who loses it is somebody who has it, and holds one of the badges; each badge named as the
        # last to prove it is somebody
        truth: dict[Hashable, int] = {
            **badges,
            "people": skill.people,
            "lapsing": skill.lapsing,
            "others": skill.people - skill.lapsing,
            "badges": total,
            "more": total - skill.lapsing,
        }
        ranges: dict[Hashable, Shown] = {badge: self._rule.count(n) for badge, n in badges.items()}
        ranges |= {
            "people": Shown(max(everybody.low, losers), min(everybody.high, known)),
            "lapsing": Shown(max(shown.low, losers, within[0]), min(shown.high, known, within[1])),
            "others": Shown(0, known),
            "badges": Shown(0, MANY),
            "more": Shown(0, MANY),
        }
        sums = [Sum("people", ("lapsing", "others"))]
        if total >= skill.lapsing:
            sums += [Sum("badges", tuple(badges)), Sum("badges", ("lapsing", "more"))]
        secrets = [node for node in (*badges, "people", "lapsing") if 0 < truth[node] < SMALL]
        return shown if stay_open(ranges, sums, truth, secrets) else UNTOLD

    def _endings(self) -> list[EndingRow]:
        rows = [
            EndingRow(
                ending.badge,
                ending.issuer,
                self._rule.count(ending.people),
                tuple(name for name in ending.lost if self._exact or self._tells_lost(name)),
            )
            for ending in self._facts.endings
        ]
        return sorted(
            rows, key=lambda row: (-row.people.rounded, *_alphabet(row.badge), row.issuer)
        )

    def _tells_lost(self, name: str) -> bool:
        """Whether the badges that take a skill away may be named: four of them are four people."""
        lapsing = next((s.lapsing for s in self._facts.skills.values() if s.name == name), 0)
        losers = self._losers[name]
        if losers >= self._facts.everybody.known:
            return False
        return lapsing >= SMALL or losers < self._rule.count(lapsing).high

    def _ending_people(self, rows: list[EndingRow]) -> Shown:
        """Get how many people have a badge that ends, unless the rows below would tell more."""
        facts, count = self._facts, self._facts.ending_people
        shown = self._rule.count(count)
        if self._exact or count == 0:
            return shown
        badges: dict[Hashable, int] = {(e.badge, e.issuer): e.people for e in facts.endings}
        total = sum(badges.values())
        truth: dict[Hashable, int] = {**badges, "one": count, "all": total, "again": total - count}
        ranges: dict[Hashable, Shown] = {(row.badge, row.issuer): row.people for row in rows}
        ranges |= {"one": shown, "all": Shown(0, MANY), "again": Shown(0, MANY)}
        sums = [Sum("all", tuple(badges)), Sum("all", ("one", "again"))]
        for badge, people in badges.items():
            truth["not", badge] = count - people
            ranges["not", badge] = Shown(0, MANY)
            sums.append(Sum("one", (badge, ("not", badge))))
        secrets = [node for node in (*badges, "one") if 0 < truth[node] < SMALL]
        return shown if stay_open(ranges, sums, truth, secrets) else UNTOLD

    def _gap(self, target: Target) -> Gap:
        facts, group, count = self._facts, target.group, self._rule.count
        name = "Everybody" if group.dimension == ALL else group.value
        gap = partial(Gap, name, DIMENSIONS.get(group.dimension, ""), target.skill)
        if target.status == "no such group":
            return gap(None, None, "no such group")
        key = next((k for k, skill in facts.skills.items() if skill.name == target.skill), None)
        today: Shown | None = None
        if group == EVERYBODY:
            today = self._everybody[key] if key else count(0)
        elif self._exact:
            today = count(target.people, target.known)
        elif key:
            today = self._broken_down(key).get(group)
        elif group in self._groups.shown.get(group.dimension, ()):
            today = count(0)  # of a skill nobody has, nothing is to be kept
        if today is None:
            return gap(None, None, "not shown")
        if target.known == 0:
            return gap(target.needed, None, "nobody known")
        size = self._size(facts.sizes.get(group, Size(0, 0, 0)))
        missing = max(0, target.needed - today.rounded)
        return gap(
            target.needed,
            today,
            self._status(target, key, today),
            missing,
            min(missing, max(0, size.employees - size.known)),
        )

    def _status(self, target: Target, key: str | None, today: Shown) -> Status:
        """Get the status of the marts, unless it would narrow what is kept."""
        needed = target.needed
        statuses: tuple[Status, ...] = ("met", "lapsing", "below")
        close: Status = "close"
        status = next((one for one in statuses if one == target.status), close)
        if self._exact or key is None:
            return status
        low, high = today.low, today.high
        if status == "below":
            high = min(high, needed - 1)
        elif self._narrows(target, key, (max(low, needed), high)):
            return "met today" if low >= needed else "close"
        elif 0 < target.lapsing < SMALL:
            # whether they are enough to miss it would tell how many they are
            low, status = max(low, needed), "met today"
        else:
            skill = self._facts.skills[key]
            lost = self._lapsing(skill) if target.group == EVERYBODY else UNTOLD
            least, most = (lost.low, lost.high) if target.lapsing else (0, 0)
            if status == "met":
                low = max(low, needed + least)
                most = min(most, high - needed)
            else:
                low, high = max(low, needed), min(high, needed - 1 + most)
                least = max(least, low - needed + 1)
            whole = target.group == EVERYBODY and lost.told
            if self._narrows(target, key, (low, high)) or (
                whole and target.lapsing and not self._lapsing(skill, (least, most)).told
            ):
                low, high, status = max(today.low, needed), today.high, "met today"
        if self._narrows(target, key, (low, high)):
            if today.low >= needed:
                return "met today"
            return "below" if today.high < needed else "close"
        self._narrowed.setdefault(key, {})[target.group] = Shown(low, high)
        return status

    def _narrows(self, target: Target, key: str, within: tuple[int, int]) -> bool:
        """Whether a status that says from and up to what a number is would tell too much."""
        cells = {**self._broken_down(key), **self._narrowed.get(key, {})}
        cells[target.group] = Shown(*within)
        everybody = cells.pop(EVERYBODY, self._everybody[key])
        return not self._allows(key, everybody, cells)

    def _allows(self, key: str, everybody: Shown, cells: Mapping[Group, Shown]) -> bool:
        skill = self._facts.skills[key]
        low = max(everybody.low, self._lapsing(skill).low, self._losers[skill.name])
        people = {**self._facts.people.get(key, {}), EVERYBODY: skill.people}
        high = min(everybody.high, self._facts.everybody.known)
        return self._groups.allows(Shown(low, high), cells, people)

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
            Mark(p.day, self._rule.number(p.known), self._rule.count(p.people, p.known))
            for p in kept
            if self._exact or p.known >= self._rule.least
        )


def _by_status(gap: Gap) -> int:
    return get_args(Status).index(gap.status)


def _difference(today: Shown, lapsing: Shown) -> Shown:
    """Get what is left, worked out of what is shown and nothing else."""
    if not lapsing.told:
        return UNTOLD
    low, high = max(0, today.low - lapsing.high), max(0, today.high - lapsing.low)
    return Shown(low, high, max(0, today.rounded - lapsing.rounded))


def _alphabet(name: str) -> tuple[str, str]:
    return name.casefold(), name
