"""The page of a report: one document that asks for nothing, holds nobody's name, and escapes."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.report.attacker import Page
from tests.report.populations import Person, counted
from workforce_source.report.facts import (
    EVERYBODY,
    Facts,
    Group,
    Holder,
    People,
    Renewal,
    Skill,
    Target,
)
from workforce_source.report.making import figures
from workforce_source.report.page import page
from workforce_source.small_groups import Rule

NO, LONG, SOON = "no", "long", "soon"
KNOWN = [Person(0, 0, 0, "accepted", (LONG, NO, SOON, NO, NO))] * 30
ORGANIZATION = [
    *KNOWN,
    *[Person(1, 0, 1, "accepted", (NO, SOON, NO, NO, NO))] * 12,
    *[Person(1, 1, 1, "accepted", (NO, NO, NO, NO, SOON))] * 3,
    *[Person(0, 1, 0, "pending", (NO, NO, NO, NO, NO))] * 9,
]


def html(facts: Facts) -> str:
    """The page of some facts."""
    return page(figures(facts))


def test_a_page_asks_for_nothing_and_runs_nothing() -> None:
    """No address, no script, no picture from elsewhere; and a policy that forbids them."""
    found = Page(html(counted(ORGANIZATION)))
    assert {tag for tag, _, _ in found.attributes} & {"script", "link", "img", "iframe"} == set()
    for _, name, value in found.attributes:
        assert name not in {"src", "srcset", "style", "action"}
        assert not name.startswith(("on", "data-"))
        assert name != "href" or value.startswith("#")
        # the digest of a policy is base64, in which any letters may meet
        assert "//" not in re.sub("'sha256-.*?'", "", value)
    policy = next(value for _, name, value in found.attributes if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_the_same_facts_give_the_same_page() -> None:
    """Nothing of the hour, the machine or an order of hashing gets into it."""
    assert html(counted(ORGANIZATION)) == html(counted(ORGANIZATION[::-1]))


def test_a_page_of_another_day_says_whether_it_was_observed_or_rebuilt() -> None:
    """Below its date, where nobody misses it; a page of today says neither."""
    facts = counted(ORGANIZATION)
    today = html(facts)
    assert "Observed." not in today
    assert "Rebuilt, not observed." not in today
    observed = html(replace(facts, observed_at=facts.newest_read_at))
    head = observed.partition("</header>")[0]
    assert "Observed.</strong> These figures are what there was at the end of that day" in head
    assert "where they work today" not in observed
    head = html(replace(facts, is_rebuilt=True)).partition("</header>")[0]
    assert "Rebuilt, not observed.</strong> Only the date is of that day" in head


def test_foreign_text_stays_text() -> None:
    """A skill named like HTML is shown as it is called."""
    facts = counted(ORGANIZATION)
    name = '<script>alert("1")</script>\x00 & co'
    facts = replace(facts, skills={**facts.skills, "sql": Skill(name, 42, 0)})
    made = html(facts)
    assert "<script" not in made
    assert "\x00" not in made
    assert '<script>alert("1")</script>� & co' in Page(made).text


def test_depth_is_told_to_the_nearest_five() -> None:
    """42 people are 40, 12 are 10, 3 are 5; shares are of such numbers, of few no share is told."""
    found = Page(html(counted(ORGANIZATION))).tables["by-department-map"]
    assert found.heads == [
        "Skill",
        "Everybody 45 known",
        "Department 0 30 known",
        "Department 1 15 known",
    ]
    assert found.rows == [
        ["kubernetes", "89% 40", "100% 30", "10"],
        ["sql", "89% 40", "100% 30", "10"],
        ["rust", "11% 5", "0", "5"],
    ]


@pytest.mark.parametrize(
    ("rule", "cells"),
    [
        (Rule("round"), ["4% 5", "1–2", "5"]),
        (Rule("hide"), ["<5", "too few people to say where they are"]),
        (Rule("show"), ["3% 4", "1", "3"]),
    ],
)
def test_small_numbers_are_told_as_asked_for(rule: Rule, cells: list[str]) -> None:
    """One of a hundred, three of ten: to the nearest five, fewer than five alike, or counted."""
    rust = (NO, NO, NO, NO, LONG)
    some = [
        *[Person(0, 0, 0, "accepted", (LONG, NO, NO, NO, NO))] * 99,
        Person(0, 0, 0, "accepted", rust),
        *[Person(1, 0, 1, "accepted", (NO, NO, LONG, NO, NO))] * 10,
        *[Person(1, 0, 1, "accepted", rust)] * 3,
    ]
    made = Page(page(figures(counted(some), rule)))
    rows = {row[0]: row[1:] for row in made.tables["by-department-map"].rows}
    if rule.exact:
        assert rows["rust"] == ["4% 4", "1", "23% 3"]
    else:
        assert rows["rust"] == cells


def test_a_group_needs_as_many_known_people_as_asked_for() -> None:
    """Department 1 has fifteen: with twenty asked for it has no column, nor has its neighbour."""
    made = Page(page(figures(counted(ORGANIZATION), Rule(smallest=20))))
    assert not any("Department 1" in head for t in made.tables.values() for head in t.heads)


def test_names_stand_in_a_page_only_when_asked_for() -> None:
    """With names the page warns, counts and names; without it has no section for them."""
    facts = counted(ORGANIZATION)
    named = replace(facts, named=People((Holder("rust", "Zoë Quill", "Department 1"),)))
    assert "Zoë Quill" in html(named)
    assert "Confidential: this copy names people." in Page(html(named)).text
    assert Page(html(named)).tables["funnel"] == Page(html(facts)).tables["funnel"]
    assert "Confidential" not in html(facts)
    assert 'id="people"' not in html(facts)


def test_every_part_of_a_page_can_be_reached() -> None:
    """The links at the top lead to sections that are there; ids are unique."""
    found = Page(html(counted(ORGANIZATION)))
    ids = [value for _, name, value in found.attributes if name == "id"]
    assert len(ids) == len(set(ids))
    for _, name, value in found.attributes:
        assert name != "href" or value.removeprefix("#") in ids
        assert name not in ("aria-labelledby", "for") or value in ids


def test_an_empty_organization_has_a_page() -> None:
    """Before the first load there is a page that says so."""
    assert "There are no employees" in Page(html(counted([]))).text


def test_no_ranking_is_told_that_the_figures_do_not_hold() -> None:
    """Of five skills held by as many, none is held most; where two are ahead, two are named."""
    facts = counted(ORGANIZATION)
    tied = {f"s{n}": Skill(f"s{n}", 21 + n % 2, 0) for n in range(5)}
    made = Page(html(replace(facts, skills=tied, people={}))).text
    assert "No skill stands out" in made
    assert "most people have" not in made
    ahead = {**tied, "a": Skill("ahead", 30, 0), "b": Skill("second", 26, 0)}
    made = Page(html(replace(facts, skills=ahead, people={}))).text
    assert "ahead (67%) and second (56%) are the skills most people have" in made


def test_a_target_that_will_be_missed_is_lapsing() -> None:
    """85 are needed, 88 have it, and 6 of them lose it within the horizon."""
    held = Person(0, 0, 0, "accepted", (LONG, NO, NO, NO, NO))
    soon = Person(0, 0, 0, "accepted", (SOON, NO, NO, NO, NO))
    facts = counted([*[held] * 82, *[soon] * 6, *[held._replace(badges=(NO,) * 5)] * 12])
    group = Group("department", "Department 0")
    target = Target(group, "kubernetes", 85, 88, 100, "lapsing", 6, 100)
    everybody = replace(target, group=EVERYBODY)
    made = Page(html(replace(facts, targets=(everybody,))))
    assert made.tables["gaps"].rows == [
        ["Everybody", "kubernetes", "85", "90", "–", "–", "Lapsing: met today only"]
    ]
    assert "0 of 1 target are met" in made.text
    assert "1 is met today only: too many lapse within 90 days." in made.text


def test_a_target_of_which_it_is_not_told_whether_it_lasts_is_not_told_as_lasting() -> None:
    """85 are needed, 88 have it, and how many of them lose it is a small number, which is kept."""
    held = Person(0, 0, 0, "accepted", (LONG, NO, NO, NO, NO))
    soon = Person(0, 0, 0, "accepted", (SOON, NO, NO, NO, NO))
    facts = counted([*[held] * 84, *[soon] * 4, *[held._replace(badges=(NO,) * 5)] * 12])
    target = Target(EVERYBODY, "kubernetes", 85, 88, 100, "lapsing", 4, 100)
    made = Page(html(replace(facts, targets=(target,))))
    assert [row[-1] for row in made.tables["gaps"].rows] == ["Met today"]
    assert "1 of 1 target is met. Of 1 of them it is not told whether that lasts" in made.text


def test_all_renewals_are_named() -> None:
    """A list that ends somewhere without a word would be taken for the whole."""
    facts = counted(ORGANIZATION)
    renewals = tuple(Renewal(f"Name {n}", "Sales", "Cloud", facts.as_of, 1) for n in range(1085))
    made = Page(html(replace(facts, named=People((), renewals))))
    assert len(made.tables["renewals"].rows) == 1085


def test_nothing_is_said_of_five_known_people() -> None:
    """Five people or fewer are a small group, whoever they are: no figure of a badge is shown."""
    found = Page(html(counted(KNOWN[:5])))
    assert "The badges of 5 people or fewer are known." in found.text
    assert not {"risks", "endings", "gaps", "by-all-map", "held"} & found.tables.keys()
