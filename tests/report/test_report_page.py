"""The page of a report: one document that asks for nothing, holds nobody's name, and escapes."""

from __future__ import annotations

from dataclasses import replace

from tests.report.attacker import Page
from tests.report.populations import Person, counted
from workforce_source.report.facts import Facts, Holder, People, Skill
from workforce_source.report.making import figures
from workforce_source.report.page import page

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
        assert "//" not in value
    policy = next(value for _, name, value in found.attributes if "default-src" in value)
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_the_same_facts_give_the_same_page() -> None:
    """Nothing of the hour, the machine or an order of hashing gets into it."""
    assert html(counted(ORGANIZATION)) == html(counted(ORGANIZATION[::-1]))


def test_foreign_text_stays_text() -> None:
    """A skill named like HTML is shown as it is called."""
    facts = counted(ORGANIZATION)
    name = '<script>alert("1")</script>\x00 & co'
    facts = replace(facts, skills={**facts.skills, "sql": Skill(name, 42, 0)})
    made = html(facts)
    assert "<script" not in made
    assert "\x00" not in made
    assert '<script>alert("1")</script>� & co' in Page(made).text


def test_depth_is_told_as_nobody_few_or_a_rounded_share() -> None:
    """30 and 15 people: a share in steps of five people, `1–4` never counted out."""
    rows = {row[0]: row[1:] for row in Page(html(counted(ORGANIZATION))).tables["gaps"].rows}
    assert rows  # every target has a row
    found = Page(html(counted(ORGANIZATION))).tables["by-department-map"]
    assert found.heads == ["Skill", "Everybody 45 known", "Department 0 30 known", *found.heads[3:]]
    assert {cell for row in found.rows for cell in row[1:]} <= {
        *("0", "1–4", "5+", "<50%", "25%", "50%", "75%", "<40%", "20%", "40%", "60%", "80%"),
        "too few people to say where they are",
        "not told by group: it would give a small one away",
    }


def test_names_stand_in_a_page_only_when_asked_for() -> None:
    """With names the page warns, counts and names; without it has no section for them."""
    facts = counted(ORGANIZATION)
    named = replace(facts, named=People((Holder("rust", "Zoë Quill", "Department 1"),)))
    assert "Zoë Quill" in html(named)
    assert "Confidential" in html(named)
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


def test_nothing_is_said_of_five_known_people() -> None:
    """Five people or fewer are a small group, whoever they are: no figure of a badge is shown."""
    found = Page(html(counted(KNOWN[:5])))
    assert "five people or fewer" in found.text
    assert not {"risks", "endings", "gaps", "by-all-map"} & found.tables.keys()
