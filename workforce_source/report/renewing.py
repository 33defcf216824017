"""Makes the figures of who must renew and who did, in the organization and by department.

Pure. These numbers add up with one another, so what may be told of one is decided for all of them.
"""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from workforce_source.report.alternatives import Sum, stay_open
from workforce_source.report.complements import Groups
from workforce_source.report.evidence import Evidence
from workforce_source.report.facts import EVERYBODY, Facts, Group
from workforce_source.report.figures import EndingRow, HeldRow, RenewalRow, Renewals
from workforce_source.small_groups import MANY, NONE, SMALL, UNTOLD, Rule, Shown

_LAPSED: Final = 10
_ENOUGH: Final = 5
"""A badge is among those that lapsed most from so many people on, as they are told."""


class _Choice(NamedTuple):
    """What is told of badges that ended."""

    departments: bool
    kept_by_department: bool
    kept: bool
    rows: bool
    people: bool


_CHOICES: Final = (
    _Choice(departments=True, kept_by_department=True, kept=True, rows=True, people=True),
    _Choice(departments=True, kept_by_department=False, kept=True, rows=True, people=True),
    _Choice(departments=False, kept_by_department=False, kept=True, rows=True, people=True),
    _Choice(departments=False, kept_by_department=False, kept=False, rows=True, people=True),
    _Choice(departments=False, kept_by_department=False, kept=False, rows=False, people=True),
)
"""From all there is to the least; after the last nothing is told."""
_NOTHING: Final = _Choice(*[False] * 5)


@dataclass
class _System:
    """Numbers that add up, what is shown of them, and which of them must stay open."""

    ranges: dict[Hashable, Shown] = field(default_factory=dict)
    truth: dict[Hashable, int] = field(default_factory=dict)
    sums: list[Sum] = field(default_factory=list)
    kept_back: list[Hashable] = field(default_factory=list)

    def add(self, node: Hashable, shown: Shown, truth: int, most: int = MANY) -> None:
        """Add a number; the most it may be is what everybody knows."""
        self.ranges[node] = Shown(shown.low, min(shown.high, most), shown.rounded)
        self.truth[node] = truth
        if 0 < truth < SMALL:
            self.kept_back.append(node)

    def free(self, node: Hashable, truth: int) -> None:
        """Add a number nothing is said of and nothing is kept of."""
        self.ranges[node], self.truth[node] = Shown(0, MANY), truth

    def union(self, whole: Hashable, parts: dict[Hashable, int]) -> None:
        """Let some people be those of the parts together, who may be the same people."""
        total = sum(parts.values())
        one = self.truth[whole]
        self.free((whole, "all"), total)
        self.free((whole, "again"), total - one)
        self.sums += [
            Sum((whole, "all"), tuple(parts)),
            Sum((whole, "all"), (whole, (whole, "again"))),
        ]
        for part, people in parts.items():
            self.free((whole, "not", part), one - people)
            self.sums.append(Sum(whole, (part, (whole, "not", part))))

    @property
    def open(self) -> bool:
        """Whether nothing that is to be kept can be worked out."""
        return stay_open(self.ranges, self.sums, self.truth, self.kept_back)


class Renewing:
    """Who must renew, and who did.

    Args:
        facts: What is known.
        rule: How numbers of people are told.
        evidence: What is told of badges.
        groups: Which groups have figures.
        endings: The badges that end, as they are told.
    """

    def __init__(
        self,
        facts: Facts,
        rule: Rule,
        evidence: Evidence,
        groups: Groups,
        endings: list[EndingRow],
    ) -> None:
        self._facts = facts
        self._rule = rule
        self._evidence = evidence
        self._endings = endings
        self._told = groups.shown["department"]
        self._every = (*self._told, *groups.hidden["department"])
        self._known = facts.everybody.known
        # where no badge ends, the page says so, and that nobody holds one is no secret
        count = rule.count(facts.ending_people, self._known) if facts.endings else NONE
        self.ending_people = UNTOLD
        """Known people who hold a badge that ends."""
        self._ending: dict[Group, Shown] = {}
        for departments in (True, False):
            if rule.exact or count == NONE or self._ending_system(count, departments).open:
                self.ending_people = count
                self._ending = self._ending_cells(departments)
                break

    def renewals(self) -> Renewals:
        """Get what lapsed and what was renewed, as much of it as may be told together."""
        renewing, count = self._facts.renewing, self._rule.count
        choice = next((c for c in _CHOICES if self._rule.exact or self._ended(c).open), _NOTHING)
        lapsed, more = self._lapsed(choice)
        ended, kept = renewing.ended.get(EVERYBODY, 0), renewing.kept.get(EVERYBODY, 0)
        rows = []
        for group in self._told:
            cells = self._ended_cells(group, choice)
            if self._ending or cells != (None, None):
                rows.append(RenewalRow(group.value, self._ending.get(group), *cells))
        return Renewals(
            lapsed=lapsed,
            more_lapsed=more,
            lapsed_people=count(renewing.lapsed_people, self._known) if choice.people else UNTOLD,
            ended=count(ended, self._known) if choice.people else UNTOLD,
            kept=count(kept, self._known) if choice.kept else UNTOLD,
            departments=tuple(rows),
        )

    def _ending_cells(self, departments: bool) -> dict[Group, Shown]:
        people, sizes = self._facts.renewing.ending, self._facts.sizes
        return {
            group: self._rule.count(people.get(group, 0), sizes[group].known)
            for group in (self._told if departments else ())
        }

    def _ending_system(self, count: Shown, departments: bool) -> _System:
        system = _System()
        facts = self._facts
        most = min(self._known, self._evidence.holders.high)
        system.add("ending", count, facts.ending_people, most)
        rows: dict[Hashable, int] = {}
        for ending, row in zip(facts.endings, self._in_order_of(facts), strict=True):
            node = ("badge", ending.badge, ending.issuer)
            held = self._evidence.held(ending.badge, ending.issuer)
            system.add(node, row, ending.people, held.high if held else self._known)
            rows[node] = ending.people
        system.union("ending", rows)
        cells = self._ending_cells(departments)
        self._by_department(system, "ending", facts.renewing.ending, cells, whole=count)
        return system

    def _in_order_of(self, facts: Facts) -> Iterator[Shown]:
        shown = {(row.badge, row.issuer): row.people for row in self._endings}
        return (shown[ending.badge, ending.issuer] for ending in facts.endings)

    def _by_department(
        self,
        system: _System,
        name: Hashable,
        people: Mapping[Group, int],
        cells: dict[Group, Shown],
        *,
        whole: Shown,
    ) -> None:
        """Add a number of each department; together they are that of everybody."""
        parts: list[Hashable] = []
        for group in self._every:
            known = self._facts.sizes[group].known
            node = (name, group)
            truth = people.get(group, 0)
            system.add(node, cells.get(group, Shown(0, known)), truth, known)
            if 0 < known < SMALL and truth == 0 and whole != NONE:
                # that nobody of a small group is among them is to be kept, too
                system.kept_back.append(node)
            parts.append(node)
        if parts:
            system.sums.append(Sum(name, tuple(parts)))

    def _ended_cells(self, group: Group, choice: _Choice) -> tuple[Shown | None, Shown | None]:
        if not choice.departments:
            return None, None
        renewing, known = self._facts.renewing, self._facts.sizes[group].known
        kept = self._rule.count(renewing.kept.get(group, 0), known)
        return (
            self._rule.count(renewing.ended.get(group, 0), known),
            kept if choice.kept_by_department else None,
        )

    def _lapsed(self, choice: _Choice) -> tuple[tuple[HeldRow, ...], int]:
        """Get the badges most people let lapse, and how many others there are."""
        rows = [
            HeldRow(one.badge, one.issuer, self._rule.count(one.people, self._known))
            for one in self._facts.renewing.lapsed
        ]
        many = [r for r in rows if self._rule.exact or r.people.rounded >= _ENOUGH]
        many.sort(key=lambda r: (-r.people.rounded, r.badge.casefold(), r.badge, r.issuer))
        told = tuple(many[:_LAPSED]) if choice.rows else ()
        return told, len(rows) - len(told)

    def _ended(self, choice: _Choice) -> _System:
        system = _System()
        renewing, count, known = self._facts.renewing, self._rule.count, self._known
        ended, kept = renewing.ended, renewing.kept
        lapsed = {group: number - kept.get(group, 0) for group, number in ended.items()}
        anything = Shown(0, known)
        total = {name: of.get(EVERYBODY, 0) for name, of in (("ended", ended), ("kept", kept))}
        whole = count(total["ended"], known) if choice.people else anything
        whole_kept = count(total["kept"], known) if choice.kept else anything
        system.add("ended", whole, total["ended"], known)
        system.add("kept", whole_kept, total["kept"], known)
        system.add("lapsed", anything, lapsed.get(EVERYBODY, 0), known)
        system.sums.append(Sum("ended", ("kept", "lapsed")))
        cells = {group: self._ended_cells(group, choice) for group in self._told}
        told = {group: cell for group, (cell, _) in cells.items() if cell is not None}
        told_kept = {group: cell for group, (_, cell) in cells.items() if cell is not None}
        self._by_department(system, "ended", ended, told, whole=whole)
        self._by_department(system, "kept", kept, told_kept, whole=whole_kept)
        self._by_department(system, "lapsed", lapsed, {}, whole=whole)
        system.sums += [Sum(("ended", g), (("kept", g), ("lapsed", g))) for g in self._every]
        # who let a badge lapse lately is among those who did within the year
        lately = count(renewing.lapsed_people, known) if choice.people else anything
        system.add("lately", lately, renewing.lapsed_people, known)
        system.free("earlier", lapsed.get(EVERYBODY, 0) - renewing.lapsed_people)
        system.sums.append(Sum("lapsed", ("lately", "earlier")))
        self._lately(system, choice)
        return system

    def _lately(self, system: _System, choice: _Choice) -> None:
        """Add the badges that lapsed lately: nobody who let one lapse holds it."""
        facts, known = self._facts, self._known
        listed = self._lapsed(choice)[0]
        shown = {(row.badge, row.issuer): row.people for row in listed}
        # of those without a row it is told that they are no more than the last, or fewer than five
        others = listed[-1].people.high if len(listed) == _LAPSED else self._rule.count(1).high
        unlisted = Shown(0, min(others, known) if choice.rows else known)
        holding = {(held.badge, held.issuer): held.people for held in facts.earned.held}
        system.ranges["known"], system.truth["known"] = Shown(known, known, known), known
        rows: dict[Hashable, int] = {}
        for one in facts.renewing.lapsed:
            key = one.badge, one.issuer
            node = ("lapsed badge", *key)
            system.add(node, shown.get(key, unlisted), one.people, known)
            rows[node] = one.people
            held = self._evidence.held(*key)
            if held is not None:
                have = holding.get(key, 0)
                holder, neither = ("held", *key), ("neither", *key)
                system.ranges[holder], system.truth[holder] = held, have
                system.free(neither, known - have - one.people)
                system.sums.append(Sum("known", (holder, node, neither)))
        if rows:
            system.union("lately", rows)
