"""Makes the figures of what ends: skills that are lost, badges that end, and how many hold one.

Pure. What else a page tells of badges and skills is in `evidence.py`; whose badges end, by
department, and what became of those that ended, in `renewing.py`.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

from workforce_source.report.alternatives import Sum, stay_open
from workforce_source.report.evidence import Evidence
from workforce_source.report.facts import Facts
from workforce_source.report.figures import EndingRow, Risk
from workforce_source.small_groups import MANY, SMALL, UNTOLD, Rule, Shown


class Lapsing:
    """What is lost within the horizon.

    Args:
        facts: What is known.
        rule: How numbers of people are told.
        evidence: What is told of badges.
    """

    def __init__(self, facts: Facts, rule: Rule, evidence: Evidence) -> None:
        self._facts = facts
        self._rule = rule
        self._evidence = evidence
        # one badge that proves a skill alone is one person: so many badges, at least so many people
        self._losers = Counter(name for ending in facts.endings for name in ending.lost)

    def least(self, key: str) -> int:
        """Get how many people at least have a skill, by what is told of who loses it."""
        skill = self._facts.skills[key]
        return max(self.people(key).low, self._losers[skill.name])

    def risks(self, order: Sequence[str]) -> list[Risk]:
        """Get the skills some people lose, the most people first; `order` has keys of skills."""
        found = []
        for key in order:
            skill = self._facts.skills[key]
            if skill.lapsing:
                today, lapsing = self._evidence.skills[key], self.people(key)
                found.append(Risk(skill.name, today, lapsing, _difference(today, lapsing)))
        return sorted(found, key=lambda risk: (-risk.lapsing.rounded, *_alphabet(risk.skill)))

    def people(self, key: str, within: tuple[int, int] = (0, MANY)) -> Shown:
        """Get how many lose a skill, unless that would count out who holds one of the badges.

        Args:
            key: The skill.
            within: From and up to what it would be, as something else tells.
        """
        skill = self._facts.skills[key]
        shown = self._rule.count(skill.lapsing, self._facts.everybody.known)
        if self._rule.exact or skill.lapsing == 0:
            return shown
        everybody = self._evidence.skill(key)
        losers = self._losers[skill.name]
        known = self._facts.everybody.known
        teaching = [e for e in self._facts.endings if skill.name in e.taught]
        named = {(e.badge, e.issuer): e.people for e in teaching}
        badges: dict[Hashable, int] = {badge: people for badge, people in named.items()}  # noqa: C416
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
        ranges: dict[Hashable, Shown] = {b: self._evidence.endings[b] for b in named}
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

    def endings(self) -> list[EndingRow]:
        """Get the badges that end, the most people first."""
        rows = [
            EndingRow(
                ending.badge,
                ending.issuer,
                self._evidence.endings[ending.badge, ending.issuer],
                tuple(name for name in ending.lost if self._rule.exact or self._tells_lost(name)),
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


def _difference(today: Shown, lapsing: Shown) -> Shown:
    """Get what is left, worked out of what is shown and nothing else."""
    if not lapsing.told:
        return UNTOLD
    low, high = max(0, today.low - lapsing.high), max(0, today.high - lapsing.low)
    return Shown(low, high, max(0, today.rounded - lapsing.rounded))


def _alphabet(name: str) -> tuple[str, str]:
    return name.casefold(), name
