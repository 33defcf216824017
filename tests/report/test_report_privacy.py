"""No small group can be told from a report: random organizations against an attacker who solves."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given, seed, settings
from hypothesis import strategies as st

from tests.report.attacker import (
    Equation,
    Page,
    Range,
    System,
    behind,
    bounded,
    cell,
    number,
    share,
)
from tests.report.populations import (
    ISSUERS,
    SKILLS,
    TEACHES,
    Person,
    counted,
    departments,
    organizations,
    people,
)
from tests.tools.examples import examples
from workforce_source.report import wording
from workforce_source.report.facts import EVERYBODY, Facts, Group
from workforce_source.report.making import figures
from workforce_source.report.page import page
from workforce_source.small_groups import Rule

DIMENSIONS = ("department", "team", "country")
ALL = str(EVERYBODY)
ROUND = Rule()
BADGES_SAY = frozenset(
    ("risks", "endings", "gaps", "years", "by-all-map", "held", "issuers", "departments", "lapsed")
)
"""Tables that say anything of badges."""
LISTS = ("held", "issuers")
PARTS = 20
RULES = st.sampled_from((ROUND, ROUND, Rule("hide")))


def shown(facts: Facts, rule: Rule = ROUND) -> Page:
    """The page of some facts."""
    return Page(page(figures(facts, rule)))


@dataclass
class Knowledge:
    """Everything some pages say of one skill, and the truth."""

    ranges: dict[str, Range]
    equations: list[Equation]
    pairs: list[tuple[str, str]]
    truth: dict[str, int]

    @property
    def system(self) -> System:
        """What follows from it."""
        return System(self.ranges, self.equations, self.pairs)

    def of(self, day: str) -> Knowledge:
        """The same under names of their own."""
        return Knowledge(
            {f"{day} {name}": found for name, found in self.ranges.items()},
            [
                Equation(f"{day} {e.whole}", tuple(f"{day} {p}" for p in e.parts))
                for e in self.equations
            ],
            [(f"{day} {less}", f"{day} {more}") for less, more in self.pairs],
            {f"{day} {name}": count for name, count in self.truth.items()},
        )


def skill_knowledge(facts: Facts, html: Page, skill: str, rule: Rule = ROUND) -> Knowledge:
    """Everything a page says of one skill; and the truth."""
    sizes = facts.sizes
    known = sizes[EVERYBODY].known
    ranges: dict[str, Range] = {str(group): (0, size.known) for group, size in sizes.items()}
    for dimension in ("all", *DIMENSIONS):
        table = html.tables.get(f"by-{dimension}-map")
        for row in table.rows if table else ():
            if table is None or row[0] != skill:
                continue
            meet(ranges, ALL, cell(row[1], known, rule))
            if len(row) == len(table.heads):
                for head, text in zip(table.heads[2:], row[2:], strict=True):
                    group = Group(dimension, re.sub(r" \d+ known$", "", head))
                    meet(ranges, str(group), cell(text, sizes[group].known, rule))
    equations = []
    truth = {}
    for target in facts.targets:
        name = "Everybody" if target.group == EVERYBODY else f"{target.group.value} Department"
        for row in html.tables["gaps"].rows if "gaps" in html.tables else ():
            if row[:2] != [name, skill] or target.skill != skill or row[3] == "–":
                continue
            of = str(target.group)
            most = sizes[target.group].known
            meet(ranges, of, bounded(row[3], most, rule))
            least_left, most_left = 0, most
            if row[-1].startswith("Below"):
                meet(ranges, of, (0, target.needed - 1))
            elif row[-1].startswith("Lapsing"):
                meet(ranges, of, (target.needed, most))
                most_left = target.needed - 1
            elif row[-1].startswith("Met"):
                meet(ranges, of, (target.needed, most))
                least_left = 0 if row[-1] == "Met today" else target.needed
            ranges[f"left {of}"] = (least_left, most_left)
            lost = "lapsing" if target.group == EVERYBODY else f"lapsing {of}"
            ranges.setdefault(lost, (0, most))
            equations.append(Equation(of, (lost, f"left {of}")))
            truth[lost] = target.lapsing
    if "years" in html.tables:
        for row in html.tables["years"].rows:
            if row[0] == skill:
                meet(ranges, ALL, share(row[-1], known, rule))
    ranges.setdefault("lapsing", (0, known))
    ranges["losers"] = (0, known)
    if "risks" in html.tables:
        there = [row for row in html.tables["risks"].rows if row[0] == skill]
        meet(ranges, "lapsing", bounded(there[0][2], known, rule) if there else (0, 0))
        if there:
            meet(ranges, ALL, bounded(there[0][1], known, rule))
    badges = {f"{badge} {ISSUERS[badge]}": f"badge {badge}" for badge in TEACHES}
    losing = []
    for row in html.tables["endings"].rows if "endings" in html.tables else ():
        ranges[badges[row[0]]] = bounded(row[1], known, rule)
        if skill in row[2].split(", "):
            losing.append(badges[row[0]])
    for name in badges.values():
        ranges.setdefault(name, (0, 0))
    meet(ranges, "losers", (len(losing), known))
    teaching = tuple(f"badge {badge}" for badge, taught in TEACHES.items() if skill in taught)
    ranges["taught"] = (0, 10 * known)
    equations.append(Equation("taught", teaching))
    for whole in sizes:
        for dimension in DIMENSIONS:
            parts = [
                group
                for group in sizes
                if group.dimension == dimension != whole.dimension
                and (whole == EVERYBODY or whole in facts.inside[group])
            ]
            if parts:
                rest = f"rest of {whole} by {dimension}"
                ranges[rest] = (0, sizes[whole].known - sum(sizes[g].known for g in parts))
                equations.append(Equation(str(whole), (*map(str, parts), rest)))
    pairs = [("lapsing", ALL), ("losers", "lapsing"), ("lapsing", "taught")]
    evidence_knowledge(facts, html, skill, rule, ranges, equations, pairs, truth)
    have = facts.people.get(skill, {})
    truth |= {str(group): have.get(group, 0) for group in sizes}
    truth |= {f"badge {ending.badge}": ending.people for ending in facts.endings}
    truth["lapsing"] = facts.skills[skill].lapsing if skill in facts.skills else 0
    return Knowledge(ranges, equations, pairs, truth)


def evidence_knowledge(
    facts: Facts,
    html: Page,
    skill: str,
    rule: Rule,
    ranges: dict[str, Range],
    equations: list[Equation],
    pairs: list[tuple[str, str]],
    truth: dict[str, int],
) -> None:
    """Everything a page says of badges people hold, of their issuers, and of who holds any."""
    known = facts.everybody.known
    untold = "not told: it would give a small group away" in html.text
    lists = {name: html.tables[name].rows if name in html.tables else [] for name in LISTS}
    unlisted = max(n for n in range(known + 1) if rule.count(n, known).rounded < 10)
    for badge, taught in TEACHES.items():
        held = f"held {badge}"
        listed = next((r for r in lists["held"] if r[0] == f"{badge} {ISSUERS[badge]}"), None)
        # so few are not listed; ten rows, which there would have to be for more, never are
        ranges[held] = (
            (0, known if untold else unlisted) if listed is None else told_of(listed, known, rule)
        )
        pairs += [(f"badge {badge}", held), (held, f"issuer {ISSUERS[badge]}")]
        if skill in taught:
            pairs.append((held, ALL))
    parts = {issuer: [b for b in TEACHES if ISSUERS[b] == issuer] for issuer in ISSUERS.values()}
    for issuer, issued in parts.items():
        listed = next((row for row in lists["issuers"] if row[0] == issuer), None)
        found = (
            (0, known if untold else unlisted) if listed is None else told_of(listed, known, rule)
        )
        ranges[f"issuer {issuer}"] = found
        ranges[f"all of {issuer}"] = (0, 10 * known)
        equations.append(Equation(f"all of {issuer}", tuple(f"held {b}" for b in issued)))
        pairs += [(f"issuer {issuer}", f"all of {issuer}"), (f"issuer {issuer}", "holders")]
    match = re.search(r"known pe\w+, ([\d<–]+)(?: \([\d%<>]+\))? holds? a badge", html.text)
    ranges["holders"] = bounded(match[1], known, rule) if match else (0, known)
    ranges["all issuers"] = ranges["all teaching"] = (0, 10 * known)
    equations += [
        Equation("all issuers", tuple(f"issuer {issuer}" for issuer in parts)),
        Equation("all teaching", tuple(f"held {b}" for b, t in TEACHES.items() if skill in t)),
    ]
    pairs += [("holders", "all issuers"), (ALL, "all teaching"), (ALL, "holders")]
    truth |= {f"held {badge}": 0 for badge in TEACHES}
    truth |= {f"held {held.badge}": held.people for held in facts.earned.held}
    truth |= {f"issuer {i}": facts.earned.issuers.get(i, 0) for i in parts}
    truth["holders"] = facts.earned.holders


def told_of(row: list[str], known: int, rule: Rule) -> Range:
    """What a row of a list says: a number, and a share of the known where one is told."""
    low, high = bounded(row[1], known, rule)
    if row[2] == "–":
        return low, high

    def written(n: int) -> str:
        return wording.part(rule.count(n, known), rule.number(known))

    least, most = behind(row[2], known, written)
    return max(low, least), min(high, most)


def meet(ranges: dict[str, Range], name: str, found: Range) -> None:
    """Keep what both sources say of a number."""
    low, high = ranges[name]
    ranges[name] = max(low, found[0]), min(high, found[1])


def told(system: System, knowledge: Knowledge, facts: Facts, day: str = "") -> list[str]:
    """What is worked out though it is to be kept: small numbers, and figures of small groups."""
    found = [n for n, is_ in knowledge.truth.items() if 0 < is_ < 5 and not system.open(n, is_)]
    for group, size in facts.sizes.items():
        around = (group, EVERYBODY, *facts.inside.get(group, ()))
        truth = {str(g): knowledge.truth[f"{day}{g}"] for g in around}
        nobody = any(truth[str(whole)] == 0 for whole in around if whole != group)
        name = f"{day}{group}"
        if 0 < size.known < 5 and not nobody and not system.open(name, truth[str(group)]):
            found.append(name)
    return found


@pytest.mark.property
@settings(max_examples=examples(25, 300), deadline=None)
@given(organization=organizations(), rule=RULES)
def test_no_small_number_can_be_solved_for(organization: list[Person], rule: Rule) -> None:
    """Whatever is 1 to 4 people, and whatever a group under five has, stays open."""
    nothing_is_told(organization, rule)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_no_small_number_can_be_solved_for_in_thousands(part: int) -> None:
    """The same for three thousand organizations, in parts that end before they count as hung."""
    tried = given(organization=organizations(), rule=RULES)(nothing_is_told)
    seed(part)(settings(max_examples=3000 // PARTS, deadline=None)(tried))()


def nothing_is_told(organization: list[Person], rule: Rule) -> None:
    """Solve for what a page keeps, skill by skill."""
    facts = counted(organization)
    html = shown(facts, rule)
    if not rule.tells(facts.everybody.known):
        assert not html.tables.keys() & BADGES_SAY
        return
    for skill in SKILLS:
        knowledge = skill_knowledge(facts, html, skill, rule)
        assert not told(knowledge.system, knowledge, facts), skill


@pytest.mark.property
@settings(max_examples=examples(2, 30), deadline=None)
@given(organization=organizations(), place=st.integers(0, 49), other=people)
def test_two_pages_a_day_apart_tell_no_small_number(
    organization: list[Person], place: int, other: Person
) -> None:
    """One person changes, comes or goes; that no more than four did is all that is known of it."""
    changed = list(organization)
    changed[place % len(changed) : place % len(changed) + place % 2] = [other]
    days = [counted(organization), counted(changed)]
    if min(day.everybody.known for day in days) <= 5:
        return
    for skill in SKILLS:
        one, two = (
            skill_knowledge(facts, shown(facts), skill).of(day)
            for day, facts in zip("12", days, strict=True)
        )
        both = Knowledge(
            one.ranges | two.ranges,
            one.equations + two.equations,
            one.pairs + two.pairs,
            one.truth | two.truth,
        )
        for group in {str(group) for facts in days for group in facts.sizes}:
            if f"1 {group}" in both.ranges and f"2 {group}" in both.ranges:
                both.ranges |= {f"up {group}": (0, 4), f"down {group}": (0, 4)}
                both.ranges[f"sum {group}"] = (0, 1000)
                both.equations += [
                    Equation(f"sum {group}", (f"1 {group}", f"up {group}")),
                    Equation(f"sum {group}", (f"2 {group}", f"down {group}")),
                ]
        for day, facts in zip("12", days, strict=True):
            assert not told(both.system, both, facts, f"{day} "), skill


@pytest.mark.property
@settings(max_examples=examples(12, 150), deadline=None)
@given(organization=organizations())
def test_no_small_number_of_an_invitation_can_be_solved_for(organization: list[Person]) -> None:
    """How many of a department accepted, or did not, and why not, stays open where it is 1 to 4."""
    facts = counted(organization)
    html = shown(facts)
    every = facts.everybody
    departments = [group for group in facts.sizes if group.dimension == "department"]
    ranges: dict[str, Range] = {
        "connected": (every.connected, every.connected),
        "not connected": (every.employees - every.connected,) * 2,
    }
    truth = Counter[str]()
    names = {"No answer yet": "pending", "Declined": "rejected"}
    waiting = html.tables.get("waiting")
    for name, text in waiting.rows if waiting else ():
        ranges[name] = number(text, every.employees)
        counts = [getattr(one, names[name]) for one in facts.invited.values() if name in names]
        truth[name] = sum(counts)
    rows = html.tables["accepted"].rows if "accepted" in html.tables else []
    names_told = [Group("department", row[0]) for row in rows]
    accepted = {
        group: share(row[2], facts.sizes[group].employees)
        for group, row in zip(names_told, rows, strict=True)
    }
    rest = [group for group in departments if group not in accepted]
    for group, (low, high) in accepted.items():
        size = facts.sizes[group]
        ranges[str(group)] = max(low, size.known), min(high, size.employees)
    ranges["rest"] = (
        sum(facts.sizes[g].known for g in rest),
        sum(facts.sizes[g].employees for g in rest),
    )
    equations = [Equation("connected", (*map(str, accepted), "rest"))]
    if waiting:
        equations.append(Equation("not connected", tuple(row[0] for row in waiting.rows)))
    system = System(ranges, equations)
    for name in names:
        if waiting and 0 < truth[name] < 5:
            assert system.open(name, truth[name]), f"{name} can only be {truth[name]}"
    for group in accepted:
        size = facts.sizes[group]
        if 0 < size.connected < 5 or 0 < size.employees - size.connected < 5:
            assert system.open(str(group), size.connected), f"{group}: {size.connected} accepted"


@pytest.mark.property
@settings(max_examples=examples(12, 150), deadline=None)
@given(organization=organizations())
def test_no_small_number_of_badges_can_be_solved_for(organization: list[Person]) -> None:
    """How many people hold a badge that ends does not follow from how many hold one of them."""
    facts = counted(organization)
    html = shown(facts)
    found = re.search(r"([\d<–]+|some) (?:person holds|people hold) a badge that ends", html.text)
    known = facts.everybody.known
    if found is None or "endings" not in html.tables:
        return
    held = {row[0]: bounded(row[1], known) for row in html.tables["endings"].rows}
    ranges = {**held, "one of them": bounded(found[1], known), "all": (0, 10 * known)}
    pairs = [("one of them", "all"), *((badge, "one of them") for badge in held)]
    system = System(ranges, [Equation("all", tuple(held))], pairs)
    for ending in facts.endings:
        if ending.people < 5:
            assert system.open(f"{ending.badge} {ending.issuer}", ending.people)


NOTHING = ("no",) * 5
TWO_IN_EACH = [
    Person(department, 0, 0, "accepted", badges)
    for department in range(4)
    for badges in (*[("gone", "soon", "no", "no", "no")] * 2, *[NOTHING] * 4)
]
"""Four times one or two, told beside eight to twelve, would be two each."""


@pytest.mark.property
@example(organization=TWO_IN_EACH, rule=ROUND)
@settings(max_examples=examples(20, 200), deadline=None)
@given(organization=st.one_of(departments(), organizations()), rule=RULES)
def test_no_small_number_of_renewals_can_be_solved_for(
    organization: list[Person], rule: Rule
) -> None:
    """Who must renew, who did and who let a badge lapse stays open, in every department."""
    renewals_tell_nothing(organization, rule)


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_no_small_number_of_renewals_can_be_solved_for_in_thousands(part: int) -> None:
    """The same for three thousand organizations, in parts that end before they count as hung."""
    tried = given(organization=st.one_of(departments(), organizations()), rule=RULES)(
        renewals_tell_nothing
    )
    seed(part)(settings(max_examples=3000 // PARTS, deadline=None)(tried))()


def renewals_tell_nothing(organization: list[Person], rule: Rule) -> None:
    """Solve for what a page keeps of badges that end and ended."""
    facts = counted(organization)
    html = shown(facts, rule)
    known = facts.everybody.known
    if not rule.tells(known):
        assert not html.tables.keys() & BADGES_SAY
        return
    every = [group for group in facts.sizes if group.dimension == "department"]
    renewing = facts.renewing
    truth: dict[str, int] = {}
    ranges: dict[str, Range] = {}
    equations: list[Equation] = []
    pairs: list[tuple[str, str]] = []
    evidence_knowledge(facts, html, SKILLS[0], rule, ranges, equations, pairs, truth)
    del ranges["all teaching"]  # what is told of the skill itself is the other test's
    equations = [e for e in equations if e.whole != "all teaching"]
    pairs = [pair for pair in pairs if ALL not in pair]
    totals = {
        "ending": r"([\d<–]+|some) (?:person holds|people hold) a badge that ends",
        "ended": r"([\d<–]+) (?:person|people) had a badge end in the last",
        "kept": r"; ([\d<–]+) of them(?: \(\S+\))? earned each",
        "lately": r"([\d<–]+) (?:person|people) let one lapse",
    }
    for name, pattern in totals.items():
        match = re.search(pattern, html.text)
        ranges[name] = (0, known) if match is None else bounded(match[1], known, rule)
        if name == "ending" and "No badge ends within" in html.text:
            ranges[name] = (0, 0)
    gone = {group: renewing.ended[group] - renewing.kept[group] for group in facts.sizes}
    counts = {
        "ending": renewing.ending,
        "ended": renewing.ended,
        "kept": renewing.kept,
        "gone": gone,
    }
    ranges["gone"] = (0, known)
    rows = (
        {row[0]: row for row in html.tables["departments"].rows}
        if ("departments" in html.tables)
        else {}
    )
    for name, of in counts.items():
        truth[name] = of.get(EVERYBODY, 0)
        for group in every:
            size = facts.sizes[group].known
            place = ("", "ending", "ended", "kept").index(name) if name != "gone" else None
            text = "–" if place is None or group.value not in rows else rows[group.value][place]
            ranges[f"{name} {group}"] = (0, size) if text == "–" else bounded(text, size, rule)
            truth[f"{name} {group}"] = of.get(group, 0)
        equations.append(Equation(name, tuple(f"{name} {group}" for group in every)))
    for of_whom in ("", *(f" {group}" for group in every)):
        equations.append(Equation(f"ended{of_whom}", (f"kept{of_whom}", f"gone{of_whom}")))
    for row in html.tables["endings"].rows if "endings" in html.tables else ():
        badge = next(b for b in TEACHES if row[0] == f"{b} {ISSUERS[b]}")
        ranges[f"badge {badge}"] = bounded(row[1], known, rule)
    truth |= {f"badge {badge}": 0 for badge in TEACHES}
    truth |= {f"badge {ending.badge}": ending.people for ending in facts.endings}
    lapsed = {row[0]: row for row in html.tables["lapsed"].rows} if "lapsed" in html.tables else {}
    told_at_all = lapsed or re.search(totals["kept"], html.text)
    for badge in TEACHES:
        ranges.setdefault(f"badge {badge}", (0, 0))
        here = lapsed.get(f"{badge} {ISSUERS[badge]}")
        few = 4 if rule.mode == "hide" else 2
        ranges[f"lately {badge}"] = (
            bounded(here[1], known, rule) if here else (0, few if told_at_all else known)
        )
        truth[f"lately {badge}"] = 0
        ranges[f"neither {badge}"] = (0, known)
        ranges["known"] = (known, known)
        parts = (f"held {badge}", f"lately {badge}", f"neither {badge}")
        equations.append(Equation("known", parts))
        pairs += [(f"badge {badge}", "ending"), (f"lately {badge}", "lately")]
    truth |= {f"lately {one.badge}": one.people for one in renewing.lapsed}
    truth["lately"] = renewing.lapsed_people
    for name in ("badge", "lately"):
        ranges[f"all {name}"] = (0, 10 * known)
        equations.append(Equation(f"all {name}", tuple(f"{name} {badge}" for badge in TEACHES)))
    pairs += [("ending", "all badge"), ("lately", "all lately"), ("lately", "gone")]
    pairs += [("ending", "holders")]
    system = System(ranges, equations, pairs)
    found = [n for n, is_ in truth.items() if 0 < is_ < 5 and not system.open(n, is_)]
    for group in every:
        if 0 < facts.sizes[group].known < 5:
            found += [
                f"{name} {group}"
                for name in counts
                if truth[name] and not system.open(f"{name} {group}", truth[f"{name} {group}"])
            ]
    assert not found


@pytest.mark.property
@settings(max_examples=examples(6, 100), deadline=None)
@given(organization=organizations(), before=organizations())
def test_no_small_number_of_an_earlier_day_can_be_solved_for(
    organization: list[Person], before: list[Person]
) -> None:
    """What departments could do then is told as it was told then: nothing small follows from it."""
    facts = counted(organization, before)
    html = shown(facts)
    table = html.tables.get("then")
    assert facts.past is not None
    past = counted(before)
    for skill in SKILLS if table else ():
        sizes = past.sizes
        ranges = {
            str(g): (0, s.known) for g, s in sizes.items() if g.dimension in ("all", "department")
        }
        for row in table.rows if table else ():
            if table is None or row[0] != skill:
                continue
            for head, text in zip(table.heads[1:], row[1:], strict=True):
                name = re.sub(r" \d+ known, now \d+$", "", head)
                group = Group("department", name)
                meet(ranges, str(group), share(text.split(" → ")[0], sizes[group].known))
        parts = tuple(name for name in ranges if name != ALL)
        people = past.people.get(skill, {})
        truth = {str(g): people.get(g, 0) for g in sizes if str(g) in ranges}
        system = System(ranges, [Equation(ALL, parts)])
        assert not [n for n, is_ in truth.items() if 0 < is_ < 5 and not system.open(n, is_)], skill


@pytest.mark.property
@settings(max_examples=examples(10, 100), deadline=None)
@given(organization=organizations(), other=st.integers(1, 2))
def test_a_page_is_the_same_whatever_its_few_are(organization: list[Person], other: int) -> None:
    """Text, labels, drawings and order say 1 or 2 people and not which: both look alike."""
    facts = counted(organization)
    few = {key: skill for key, skill in facts.skills.items() if 0 < skill.people < 3}
    changed = dict(facts.skills)
    having = dict(facts.people)
    rebuilt = dict(facts.rebuilt)
    for key, skill in few.items():
        if skill.lapsing == 0:
            changed[key] = replace(skill, people=other)
            having[key] = Counter(dict.fromkeys(having[key], other))
            rebuilt[key] = tuple(
                point if point.people == 0 else type(point)(point.day, point.known, other)
                for point in rebuilt[key]
            )
    facts = replace(facts, targets=())
    one = page(figures(facts))
    assert page(figures(replace(facts, skills=changed, people=having, rebuilt=rebuilt))) == one
