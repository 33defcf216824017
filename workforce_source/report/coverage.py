"""Makes the figures of skills by group, as far as all of a page tells no small number of them.

Pure. Which groups have figures is decided in `complements.py`, what badges tell of skills in
`evidence.py`, what is lost in `lapsing.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from workforce_source.report.complements import Groups, choose_groups
from workforce_source.report.evidence import Evidence
from workforce_source.report.facts import ALL, DIMENSIONS, EVERYBODY, Facts, Group, Size
from workforce_source.report.figures import HeatMap, SkillRow
from workforce_source.report.lapsing import Lapsing
from workforce_source.small_groups import Rule, Shown

_GROUPS: Final = 12
"""Groups of a dimension that have a column."""
_SKILLS: Final = 25
"""Skills that have a row in each heat map; those of targets come on top."""
_TARGET_SKILLS: Final = 10


class Coverage:
    """Who can do what.

    Args:
        facts: What is known.
        rule: How numbers of people are told.
        evidence: What is told of badges.
        lapsing: What is told of what is lost.
    """

    def __init__(self, facts: Facts, rule: Rule, evidence: Evidence, lapsing: Lapsing) -> None:
        self._facts = facts
        self._rule = rule
        self._evidence = evidence
        self._lapsing = lapsing
        self.groups = choose(facts.sizes, facts.inside, rule)
        """Which groups have figures."""
        self._cells: dict[str, Mapping[Group, Shown]] = {}
        # what is shown decides the order, never a number that is not
        self.order = sorted(
            (key for key, skill in facts.skills.items() if skill.people),
            key=lambda key: (
                -evidence.skills[key].rounded,
                *alphabet(facts.skills[key].name),
                key,
            ),
        )
        """Keys of the skills somebody has, the most people first."""

    def rows(self) -> list[str]:
        """Get the keys of the skills that have a row: those most held, then those of targets."""
        facts = self._facts
        wanted = {target.skill for target in facts.targets}
        rows = self.order[:_SKILLS]
        missing = [k for k, s in facts.skills.items() if s.name in wanted and k not in rows]
        missing.sort(key=lambda key: (*alphabet(facts.skills[key].name), key))
        return rows + missing[:_TARGET_SKILLS]

    def heat_maps(self, rows: Sequence[str]) -> tuple[HeatMap, ...]:
        """Get a table for each way to form groups, or one of everybody where there is none."""
        return tuple(
            self._heat_map(dimension, rows)
            for dimension in DIMENSIONS
            if self.groups.shown[dimension]
        ) or (self._heat_map(ALL, rows),)

    def broken_down(self, key: str) -> Mapping[Group, Shown]:
        """Get the figures of the groups; fewer of them, or none, when they would tell too much."""
        if key not in self._cells:
            people: Mapping[Group, int] = self._facts.people.get(key, {})
            shown = self.groups.shown
            cells = {
                group: self._rule.count(people.get(group, 0), self._facts.sizes[group].known)
                for groups in shown.values()
                for group in groups
            }
            if not self._rule.exact:
                everybody = self._evidence.skills[key]
                if everybody.few:
                    # too few to say where they are
                    cells = {}
                dimensions = [dimension for dimension in shown if shown[dimension]]
                while cells and not self.allows(key, everybody, cells):
                    # the last of the page goes first
                    last = dimensions.pop()
                    cells = {g: cell for g, cell in cells.items() if g.dimension != last}
            self._cells[key] = cells
        return self._cells[key]

    def _heat_map(self, dimension: str, keys: Sequence[str]) -> HeatMap:
        facts = self._facts
        shown = self.groups.shown.get(dimension, ())
        hidden = self.groups.hidden.get(dimension, ())
        rows = []
        for key in keys:
            cells = self.broken_down(key)
            told = tuple(cells[group] for group in shown if group in cells)
            rows.append(SkillRow(facts.skills[key].name, self._evidence.skills[key], told))
        return HeatMap(
            dimension,
            DIMENSIONS.get(dimension, "Organization"),
            tuple((group.value, told_size(facts.sizes[group], self._rule)) for group in shown),
            len(hidden),
            self._rule.number(sum(facts.sizes[group].known for group in hidden)),
            tuple(rows),
        )

    def allows(self, key: str, everybody: Shown, cells: Mapping[Group, Shown]) -> bool:
        """Say whether these figures of a skill may stand beside all else the page tells of it."""
        skill = self._facts.skills[key]
        bounds = self._evidence.skill(key)
        low = max(everybody.low, bounds.low, self._lapsing.least(key))
        people = {**self._facts.people.get(key, {}), EVERYBODY: skill.people}
        high = min(everybody.high, bounds.high, self._facts.everybody.known)
        return self.groups.allows(Shown(low, high), cells, people)


def told_size(size: Size, rule: Rule) -> Size:
    """Get the size of a group as it is told."""
    return Size(rule.number(size.employees), rule.number(size.connected), rule.number(size.known))


def alphabet(name: str) -> tuple[str, str]:
    """Get what names are sorted by."""
    return name.casefold(), name


def choose(
    sizes: Mapping[Group, Size], inside: Mapping[Group, tuple[Group, ...]], rule: Rule
) -> Groups:
    """Choose the groups that have figures."""
    if not rule.exact:
        return choose_groups(sizes, inside, tuple(DIMENSIONS), _GROUPS, rule.least)
    shown, hidden = {}, {}
    for dimension in DIMENSIONS:
        groups = [group for group in sizes if group.dimension == dimension]
        groups.sort(key=lambda g: (-sizes[g].known, -sizes[g].employees, g.value))
        shown[dimension] = tuple(groups[:_GROUPS]) if len(groups) > 1 else ()
        hidden[dimension] = tuple(groups[len(shown[dimension]) :])
    return Groups(shown, hidden, sizes, inside)
