"""Makes the figures of skills over time: in the organization, and in departments then and now.

Pure. What of a day's figures may be told is decided for that day as it is for today.
"""

from collections.abc import Mapping
from typing import Final

from workforce_source.report.complements import Groups
from workforce_source.report.coverage import Coverage, choose
from workforce_source.report.facts import EVERYBODY, Facts, Group, Past, Point, Size, Skill
from workforce_source.report.figures import Mark, Then, Trend
from workforce_source.small_groups import Rule, Shown

_TRENDS: Final = 6
_POINTS: Final = 90
_COMPARED: Final = 10
"""Skills that are told of departments on two days."""


class Trends:
    """Skills over time.

    Args:
        facts: What is known.
        rule: How numbers of people are told.
        coverage: What is told of skills today.
    """

    def __init__(self, facts: Facts, rule: Rule, coverage: Coverage) -> None:
        self._facts = facts
        self._rule = rule
        self._coverage = coverage

    def trends(self) -> list[Trend]:
        """Get the skills most people have, over time."""
        facts = self._facts
        found: list[Trend] = []
        for key in self._coverage.order:
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
            if self._rule.exact or p.known >= self._rule.least
        )

    def then(self) -> Then | None:
        """Get skills in departments on an earlier day and today, where both are told."""
        past = self._facts.past
        if past is None or not self._rule.tells(past.sizes.get(EVERYBODY, Size(0, 0, 0)).known):
            return None
        groups = choose(past.sizes, {}, self._rule)
        both = [
            g for g in self._coverage.groups.shown["department"] if g in groups.shown["department"]
        ]
        rows = []
        for key in self._coverage.order[:_COMPARED]:
            now = self._coverage.broken_down(key)
            before = self._cells(past, groups, key)
            if both and all(group in now and group in before for group in both):
                cells = tuple((before[group], now[group]) for group in both)
                rows.append((self._facts.skills[key].name, cells))
        if not rows:
            return None
        number = self._rule.number
        return Then(
            past.day,
            tuple(
                (g.value, number(past.sizes[g].known), number(self._facts.sizes[g].known))
                for g in both
            ),
            tuple(rows),
        )

    def _cells(self, past: Past, groups: Groups, key: str) -> Mapping[Group, Shown]:
        """Get the figures of an earlier day; none where they would tell too much."""
        people = past.people.get(key, {})
        count = self._rule.count
        everybody = count(people.get(EVERYBODY, 0), past.sizes[EVERYBODY].known)
        cells = {
            group: count(people.get(group, 0), past.sizes[group].known)
            for group in groups.shown["department"]
        }
        if self._rule.exact or (not everybody.few and groups.allows(everybody, cells, people)):
            return cells
        return {}
