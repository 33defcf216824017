"""What several numbers tell together: which groups may have figures, and which figures a skill.

Pure decisions on numbers that add up; how a single one is rounded is in
`small_groups.py`.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from workforce_source.report.alternatives import Sum, stay_open
from workforce_source.report.facts import EVERYBODY, Group, Size
from workforce_source.small_groups import NONE, SMALL, Shown


@dataclass(frozen=True)
class Groups:
    """Which groups have figures, and how they and the others add up.

    Attributes:
        shown: Groups with figures by dimension, the largest first.
        hidden: The others by dimension.
        sizes: Size of every group.
        inside: For each group the groups that hold all of its employees.
    """

    shown: Mapping[str, tuple[Group, ...]]
    hidden: Mapping[str, tuple[Group, ...]]
    sizes: Mapping[Group, Size]
    inside: Mapping[Group, tuple[Group, ...]]

    def allows(
        self, everybody: Shown, cells: Mapping[Group, Shown], people: Mapping[Group, int]
    ) -> bool:
        """Say whether figures of some shown groups may stand beside that of everybody.

        They may when for whatever is 1 to 4 people, and for each group too small for figures, other
        numbers would give the same figures: then nobody can find it out by subtracting. That nobody
        in a part has what nobody in the whole has is no secret.

        Args:
            everybody: The figure of the organization.
            cells: The figures of the groups that have one.
            people: How many it really are, by group.
        """
        ranges: dict[Hashable, Shown] = {}
        secrets: list[Hashable] = []
        for groups in (*self.shown.values(), *self.hidden.values()):
            for group in groups:
                known = self.sizes[group].known
                cell = cells.get(group, Shown(0, known))
                ranges[group] = Shown(cell.low, min(cell.high, known))
                few = 0 < people.get(group, 0) < SMALL
                if few or (0 < known < SMALL and not self._empty(group, cells)):
                    secrets.append(group)
        ranges[EVERYBODY] = everybody
        if 0 < people.get(EVERYBODY, 0) < SMALL:
            secrets.append(EVERYBODY)
        truth: dict[Hashable, int] = {node: people.get(node, 0) for node in self.sizes}
        sums = []
        for (whole, dimension), parts in self._parts.items():
            rest = self.sizes[whole].known - sum(self.sizes[part].known for part in parts)
            remainder = (whole, dimension)
            ranges[remainder] = Shown(0, rest)
            truth[remainder] = truth[whole] - sum(truth[part] for part in parts)
            sums.append(Sum(whole, (*parts, remainder)))
        return stay_open(ranges, sums, truth, secrets)

    @cached_property
    def _parts(self) -> dict[tuple[Group, str], list[Group]]:
        """The groups inside another, by the other and their own dimension."""
        found: dict[tuple[Group, str], list[Group]] = defaultdict(list)
        for dimension, shown in self.shown.items():
            for group in (*shown, *self.hidden.get(dimension, ())):
                for whole in (EVERYBODY, *self.inside.get(group, ())):
                    if whole.dimension != dimension and whole in self.sizes:
                        found[whole, dimension].append(group)
        return found

    def _empty(self, group: Group, cells: Mapping[Group, Shown]) -> bool:
        return any(cells.get(whole) == NONE for whole in self.inside.get(group, ()))


def choose_groups(
    sizes: Mapping[Group, Size],
    inside: Mapping[Group, tuple[Group, ...]],
    dimensions: Sequence[str],
    limit: int,
    smallest: int = SMALL,
) -> Groups:
    """Choose the groups that get figures.

    A group has figures when at least `smallest` of its people are known and it is among the largest
    of its dimension. What that leaves out of any group shown must be nobody, or at least so many
    known people in at least two groups: else the difference would be the figure of the small group,
    and the smallest neighbour is left out too.

    Args:
        sizes: Size of every group.
        inside: For each group the groups that hold all of its employees.
        dimensions: The dimensions, in order.
        limit: How many groups of a dimension at most.
        smallest: How many known people a group needs.
    """
    every: dict[str, list[Group]] = {dimension: [] for dimension in dimensions}
    for group in sizes:
        if group.dimension in every:
            every[group.dimension].append(group)
    shown = {}
    for dimension, groups in every.items():
        groups.sort(key=lambda g: (-sizes[g].known, -sizes[g].employees, g.value))
        shown[dimension] = [g for g in groups if sizes[g].known >= smallest][:limit]
    within: dict[Group, dict[str, list[Group]]] = defaultdict(dict)
    for dimension, groups in every.items():
        for group in groups:
            for whole in (EVERYBODY, *inside.get(group, ())):
                within[whole].setdefault(dimension, []).append(group)
    while any(
        _leave_out(whole, parts, shown, sizes, smallest)
        for whole, by_dimension in within.items()
        if whole == EVERYBODY or whole in shown.get(whole.dimension, ())
        for parts in by_dimension.values()
    ):
        pass
    chosen = {d: tuple(groups) if len(groups) > 1 else () for d, groups in shown.items()}
    return Groups(
        chosen,
        {d: tuple(g for g in groups if g not in chosen[d]) for d, groups in every.items()},
        sizes,
        inside,
    )


def _leave_out(
    whole: Group,
    parts: Sequence[Group],
    shown: Mapping[str, list[Group]],
    sizes: Mapping[Group, Size],
    smallest: int,
) -> bool:
    """Leave out the smallest part when those left out could be told from the rest."""
    dimension = parts[0].dimension
    told = [part for part in parts if part in shown[dimension]]
    silent = [sizes[part].known for part in parts if part not in told and sizes[part].known]
    left = sizes[whole].known - sum(sizes[part].known for part in told)
    elsewhere = left - sum(silent)  # people of groups that reach beyond this one
    several = len(silent) + (elsewhere > 0) > 1
    small = any(known < smallest for known in silent)
    if not told or left == 0 or (left >= smallest and (several or not small)):
        return False
    shown[dimension].remove(min(told, key=lambda g: (sizes[g].known, sizes[g].employees, g.value)))
    return True
