"""Makes the figures of targets, with what small groups have suppressed.

Pure. What may be told of a skill in a group is decided in `coverage.py`.
"""

from functools import partial
from typing import get_args

from workforce_source.report.coverage import Coverage, told_size
from workforce_source.report.evidence import Evidence
from workforce_source.report.facts import ALL, DIMENSIONS, EVERYBODY, Facts, Group, Size, Target
from workforce_source.report.figures import Gap, Status
from workforce_source.report.lapsing import Lapsing
from workforce_source.small_groups import SMALL, UNTOLD, Rule, Shown


class Gaps:
    """How far targets are met.

    Args:
        facts: What is known.
        rule: How numbers of people are told.
        evidence: What is told of badges.
        lapsing: What is told of what is lost.
        coverage: What is told of skills.
    """

    def __init__(
        self, facts: Facts, rule: Rule, evidence: Evidence, lapsing: Lapsing, coverage: Coverage
    ) -> None:
        self._facts = facts
        self._rule = rule
        self._evidence = evidence
        self._lapsing = lapsing
        self._coverage = coverage
        self._narrowed: dict[str, dict[Group, Shown]] = {}

    def gaps(self) -> tuple[Gap, ...]:
        """Get the targets, in the order of their status."""
        return tuple(sorted(map(self._gap, self._facts.targets), key=_by_status))

    def _gap(self, target: Target) -> Gap:
        facts, group, count = self._facts, target.group, self._rule.count
        name = "Everybody" if group.dimension == ALL else group.value
        gap = partial(Gap, name, DIMENSIONS.get(group.dimension, ""), target.skill)
        if target.status == "no such group":
            return gap(None, None, "no such group")
        key = next((k for k, skill in facts.skills.items() if skill.name == target.skill), None)
        today: Shown | None = None
        if group == EVERYBODY:
            today = self._evidence.skills[key] if key else count(0)
        elif self._rule.exact:
            today = count(target.people, target.known)
        elif key:
            today = self._coverage.broken_down(key).get(group)
        elif group in self._coverage.groups.shown.get(group.dimension, ()):
            today = count(0)  # of a skill nobody has, nothing is to be kept
        if today is None:
            return gap(None, None, "not shown")
        if target.known == 0:
            return gap(target.needed, None, "nobody known")
        size = told_size(facts.sizes.get(group, Size(0, 0, 0)), self._rule)
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
        if self._rule.exact or key is None:
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
            lost = self._lapsing.people(key) if target.group == EVERYBODY else UNTOLD
            least, most = (lost.low, lost.high) if target.lapsing else (0, 0)
            if status == "met":
                low = max(low, needed + least)
                most = min(most, high - needed)
            else:
                low, high = max(low, needed), min(high, needed - 1 + most)
                least = max(least, low - needed + 1)
            whole = target.group == EVERYBODY and lost.told
            if self._narrows(target, key, (low, high)) or (
                whole and target.lapsing and not self._lapsing.people(key, (least, most)).told
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
        cells = {**self._coverage.broken_down(key), **self._narrowed.get(key, {})}
        cells[target.group] = Shown(*within)
        everybody = cells.pop(EVERYBODY, self._evidence.skills[key])
        return not self._coverage.allows(key, everybody, cells)


def _by_status(gap: Gap) -> int:
    return get_args(Status).index(gap.status)
