"""No small group can be told from a report: random organizations against an attacker who solves."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.report.attacker import Equation, Page, Range, System, behind, both, number, share
from tests.report.populations import (
    SKILLS,
    TEACHES,
    Person,
    counted,
    organizations,
)
from tests.tools.examples import examples
from workforce_source.report import wording
from workforce_source.report.facts import EVERYBODY, Facts, Group
from workforce_source.report.making import figures
from workforce_source.report.page import page
from workforce_source.report.suppression import depth

DIMENSIONS = ("department", "team", "country")
ALL = str(EVERYBODY)


def shown(facts: Facts) -> Page:
    """The page of some facts."""
    return Page(page(figures(facts)))


def skill_system(facts: Facts, html: Page, skill: str) -> tuple[System, dict[str, int]]:
    """Everything the page says of one skill; and the truth."""
    sizes = facts.sizes
    known = sizes[EVERYBODY].known
    ranges: dict[str, Range] = {str(group): (0, size.known) for group, size in sizes.items()}
    for dimension in ("all", *DIMENSIONS):
        table = html.tables.get(f"by-{dimension}-map")
        for row in table.rows if table else ():
            if table is None or row[0] != skill:
                continue
            meet(ranges, ALL, share(row[1], known))
            if len(row) == len(table.heads):
                for head, cell in zip(table.heads[2:], row[2:], strict=True):
                    group = Group(dimension, re.sub(r" \d+ known$", "", head))
                    meet(ranges, str(group), share(cell, sizes[group].known))
    for row in html.tables["gaps"].rows:
        if row[1] == skill and row[3] != "–":
            name = re.sub(r" Department$", "", row[0])
            group = EVERYBODY if name == "Everybody" else Group("department", name)
            meet(ranges, str(group), people(row[3], sizes[group].known))
    if "years" in html.tables:
        for row in html.tables["years"].rows:
            if row[0] == skill:
                meet(ranges, ALL, share(row[-1], known))
    ranges["lapsing"] = (0, known)
    ranges["losers"] = (0, known)
    if "risks" in html.tables:
        there = [row for row in html.tables["risks"].rows if row[0] == skill]
        ranges["lapsing"] = number(there[0][2], known) if there else (0, 0)
        if there:
            meet(ranges, ALL, both(there[0][1], known))
    badges = {f"{badge} Acme": f"badge {badge}" for badge in TEACHES}
    losing = []
    for row in html.tables["endings"].rows if "endings" in html.tables else ():
        ranges[badges[row[0]]] = number(row[1], known)
        if skill in row[2].split(", "):
            losing.append(badges[row[0]])
    for name in badges.values():
        ranges.setdefault(name, (0, 0))
    meet(ranges, "losers", (len(losing), known))
    teaching = tuple(f"badge {badge}" for badge, taught in TEACHES.items() if skill in taught)
    ranges["taught"] = (0, 10 * known)
    equations = [Equation("taught", teaching)]
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
    have = facts.people.get(skill, {})
    truth = {str(group): have.get(group, 0) for group in sizes}
    truth |= {f"badge {ending.badge}": ending.people for ending in facts.endings}
    truth["lapsing"] = facts.skills[skill].lapsing if skill in facts.skills else 0
    return System(ranges, equations, pairs), truth


def people(text: str, known: int) -> Range:
    """What a number of people of a group may stand for beside a target."""
    return behind(text, known, lambda n: wording.people(depth(n, known)))


def meet(ranges: dict[str, Range], name: str, found: Range) -> None:
    """Keep what both sources say of a number."""
    low, high = ranges[name]
    ranges[name] = max(low, found[0]), min(high, found[1])


@pytest.mark.property
@settings(max_examples=examples(25, 300), deadline=None)
@given(organization=organizations())
def test_no_small_number_can_be_solved_for(organization: list[Person]) -> None:
    """Whatever is 1 to 4 people, and whatever a group under five has, stays open."""
    facts = counted(organization)
    html = shown(facts)
    if facts.everybody.known <= 5:
        assert not html.tables.keys() & {"risks", "endings", "gaps", "years", "by-all-map"}
        return
    for skill in SKILLS:
        system, truth = skill_system(facts, html, skill)
        for name, is_ in truth.items():
            if 0 < is_ < 5:
                assert system.open(name, is_), f"{skill}: {name} can only be {is_}"
        for group, size in facts.sizes.items():
            around = (group, EVERYBODY, *facts.inside.get(group, ()))
            nobody = any(truth[str(whole)] == 0 for whole in around if whole != group)
            if 0 < size.known < 5 and not nobody:
                assert system.open(str(group), truth[str(group)]), f"{skill}: {group} is told"


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
    for name, cell in waiting.rows if waiting else ():
        ranges[name] = number(cell, every.employees)
        counts = [getattr(one, names[name]) for one in facts.invited.values() if name in names]
        truth[name] = sum(counts)
    rows = html.tables["accepted"].rows if "accepted" in html.tables else []
    told = {Group("department", row[0]): share(row[2], int(row[1])) for row in rows}
    rest = [group for group in departments if group not in told]
    for group, (low, high) in told.items():
        size = facts.sizes[group]
        ranges[str(group)] = max(low, size.known), min(high, size.employees)
    ranges["rest"] = (
        sum(facts.sizes[g].known for g in rest),
        sum(facts.sizes[g].employees for g in rest),
    )
    equations = [Equation("connected", (*map(str, told), "rest"))]
    if waiting:
        equations.append(Equation("not connected", tuple(row[0] for row in waiting.rows)))
    system = System(ranges, equations)
    for name in names:
        if waiting and 0 < truth[name] < 5:
            assert system.open(name, truth[name]), f"{name} can only be {truth[name]}"
    for group in told:
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
    found = re.search(r"([\d+–]+) (?:person holds|people hold) a badge that ends", html.text)
    known = facts.everybody.known
    if found is None or "endings" not in html.tables:
        return
    held = {row[0]: number(row[1], known) for row in html.tables["endings"].rows}
    ranges = {**held, "one of them": number(found[1], known), "all": (0, 10 * known)}
    pairs = [("one of them", "all"), *((badge, "one of them") for badge in held)]
    system = System(ranges, [Equation("all", tuple(held))], pairs)
    for ending in facts.endings:
        if ending.people < 5:
            assert system.open(f"{ending.badge} Acme", ending.people)


@pytest.mark.property
@settings(max_examples=examples(10, 100), deadline=None)
@given(organization=organizations(), other=st.integers(1, 4))
def test_a_page_is_the_same_whatever_its_few_are(organization: list[Person], other: int) -> None:
    """Text, labels, drawings and order say 1 to 4 people and not how many: all four look alike."""
    facts = counted(organization)
    few = {key: skill for key, skill in facts.skills.items() if 0 < skill.people < 5}
    changed = dict(facts.skills)
    people = dict(facts.people)
    rebuilt = dict(facts.rebuilt)
    for key, skill in few.items():
        if skill.lapsing == 0:
            changed[key] = replace(skill, people=other)
            people[key] = Counter(dict.fromkeys(people[key], other))
            rebuilt[key] = tuple(
                point if point.people == 0 else type(point)(point.day, point.known, other)
                for point in rebuilt[key]
            )
    one = page(figures(facts))
    assert page(figures(replace(facts, skills=changed, people=people, rebuilt=rebuilt))) == one
