"""Makes the figures of badges people hold, and finds what they tell of the figures of skills.

Pure. A skill is had by whoever holds a badge that stands for it: so the figures of badges bound
those of skills, and whoever decides what may be told of a skill has to know how far.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from workforce_source.report.alternatives import Cover, tightened
from workforce_source.report.facts import Facts
from workforce_source.report.figures import Earning, HeldRow
from workforce_source.small_groups import SMALL, Rule, Shown

_BADGES: Final = 10
_ISSUERS: Final = 8
_MANY_ENOUGH: Final = 10
"""A badge or an issuer is among the most held from so many people on, as they are told."""


class Evidence:
    """What is told of badges, and how far that bounds what is told of skills.

    Args:
        facts: What is known.
        rule: How numbers of people are told.
    """

    def __init__(self, facts: Facts, rule: Rule) -> None:
        self._facts = facts
        self._rule = rule
        known = facts.everybody.known
        self.skills = {k: rule.count(skill.people, known) for k, skill in facts.skills.items()}
        """What is told of each skill in the organization, by its key."""
        self.endings = {(e.badge, e.issuer): rule.count(e.people, known) for e in facts.endings}
        """What is told of each badge that ends, by its name and issuer."""
        self._lists = True
        self.earning = self._earning()
        """What is told of badges people hold and earned."""
        if rule.exact:
            self._bounds: Mapping[Hashable, tuple[int, int]] = {}
            return
        self._bounds = self._bounded()
        if self._pinned():
            # with the lists somebody could count out what is few: then there are none
            self._lists = False
            self.earning = self._earning()
            self._bounds = self._bounded()

    def skill(self, key: str) -> Shown:
        """Get from and up to what the people who have a skill may be, by all of the page."""
        shown = self.skills[key]
        low, high = self._bounds.get(("skill", key), (shown.low, shown.high))
        return Shown(low, high, shown.rounded)

    def held(self, badge: str, issuer: str) -> Shown | None:
        """Get from and up to what the people who hold a badge may be; None if nothing says it."""
        bounds = self._bounds.get(("badge", badge, issuer))
        return None if bounds is None else Shown(*bounds)

    @property
    def holders(self) -> Shown:
        """From and up to what the people who hold any badge may be."""
        shown = self.earning.holders
        low, high = self._bounds.get("holders", (shown.low, shown.high))
        return Shown(low, high, shown.rounded)

    def _earning(self) -> Earning:
        earned, count = self._facts.earned, self._rule.count
        known = self._facts.everybody.known
        held = [HeldRow(h.badge, h.issuer, count(h.people, known)) for h in earned.held]
        issuers = [HeldRow("", i, count(people, known)) for i, people in earned.issuers.items()]
        badges, more_badges = self._most(held if self._lists else [], _BADGES)
        of_issuers, more_issuers = self._most(issuers if self._lists else [], _ISSUERS)
        return Earning(
            holders=count(earned.holders, known),
            badges=count(earned.badges),
            people=count(earned.people, known),
            before=count(earned.before),
            held=badges,
            more_held=more_badges,
            issuers=of_issuers,
            more_issuers=more_issuers,
            lists=self._lists,
        )

    def _most(self, rows: Sequence[HeldRow], limit: int) -> tuple[tuple[HeldRow, ...], int]:
        """Get those most people have, and how many others there are."""
        many = [r for r in rows if self._rule.exact or r.people.rounded >= _MANY_ENOUGH]
        many.sort(key=lambda r: (-r.people.rounded, r.badge.casefold(), r.badge, r.issuer))
        return tuple(many[:limit]), len(rows) - len(many[:limit])

    def _bounded(self) -> Mapping[Hashable, tuple[int, int]]:
        facts, earning = self._facts, self.earning
        ranges: dict[Hashable, Shown] = {"holders": earning.holders}
        told = {(row.badge, row.issuer): row.people for row in earning.held}
        issuers = {row.issuer: row.people for row in earning.issuers}
        # of those without a row it is told that they are no more than the last, or not many
        known = facts.everybody.known
        others = self._others(earning.held, _BADGES)
        elsewhere = self._others(earning.issuers, _ISSUERS)
        covers: list[Cover] = []
        of_issuer: dict[str, list[Hashable]] = defaultdict(list)
        teaching: dict[str, list[Hashable]] = defaultdict(list)
        always: dict[str, list[Hashable]] = defaultdict(list)
        for held in facts.earned.held:
            node = ("badge", held.badge, held.issuer)
            ranges[node] = told.get((held.badge, held.issuer), others)
            of_issuer[held.issuer].append(node)
            for name in held.taught:
                teaching[name].append(node)
            for name in held.always:
                always[name].append(node)
            if (held.badge, held.issuer) in self.endings:
                ending = ("ending", held.badge, held.issuer)
                ranges[ending] = self.endings[held.badge, held.issuer]
                # who holds one that ends holds one
                rest = ("rest", held.badge, held.issuer)
                ranges[rest] = Shown(0, known)
                covers.append(Cover(node, (ending, rest), (ending,)))
        for issuer, nodes in of_issuer.items():
            ranges["issuer", issuer] = issuers.get(issuer, elsewhere)
            covers.append(Cover(("issuer", issuer), tuple(nodes), tuple(nodes)))
        if of_issuer:
            every = tuple(("issuer", issuer) for issuer in of_issuer)
            covers.append(Cover("holders", every, every))
        for key, skill in facts.skills.items():
            ranges["skill", key] = self.skills[key]
            if skill.name in teaching:
                covers.append(
                    Cover(("skill", key), tuple(teaching[skill.name]), tuple(always[skill.name]))
                )
        return tightened({n: Shown(r.low, min(r.high, known)) for n, r in ranges.items()}, covers)

    def _others(self, rows: Sequence[HeldRow], limit: int) -> Shown:
        """Get from and up to what people it is that a badge or an issuer without a row has."""
        known = self._facts.everybody.known
        if not self._lists:
            return Shown(0, known)
        if len(rows) == limit:
            return Shown(0, rows[-1].people.high)
        few = [n for n in range(min(known, _MANY_ENOUGH) + 1) if self._is_few(n)]
        return Shown(0, few[-1])

    def _is_few(self, people: int) -> bool:
        return self._rule.count(people, self._facts.everybody.known).rounded < _MANY_ENOUGH

    def _pinned(self) -> bool:
        facts = self._facts
        few: list[Hashable] = [("skill", k) for k, s in facts.skills.items() if _few(s.people)]
        few += [("badge", h.badge, h.issuer) for h in facts.earned.held if _few(h.people)]
        few += [("issuer", i) for i, people in facts.earned.issuers.items() if _few(people)]
        few += [("ending", e.badge, e.issuer) for e in facts.endings if _few(e.people)]
        few += ["holders"] if _few(facts.earned.holders) else []
        bounds = [self._bounds[node] for node in few if node in self._bounds]
        return any(low == high for low, high in bounds)


def _few(people: int) -> bool:
    return 0 < people < SMALL
