"""The templates of the report: they escape, they fail on what is misspelt, each state has words."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from jinja2 import TemplateAssertionError, UndefinedError, meta, nodes

from tests.report.attacker import Page
from tests.report.populations import AS_OF, SKILLS, Person, counted
from workforce_source.report.facts import (
    EVERYBODY,
    Ending,
    Facts,
    Group,
    Holder,
    People,
    Point,
    Renewal,
    Skill,
    Target,
)
from workforce_source.report.making import figures
from workforce_source.report.page import page, templates
from workforce_source.small_groups import SHOW, Rule

NO, LONG, SOON = "no", "long", "soon"
HELD = Person(0, 0, 0, "accepted", (LONG, NO, SOON, NO, NO))
FACTS = counted([HELD] * 30 + [Person(1, 0, 1, "accepted", (NO, NO, NO, NO, SOON))] * 12)
FOREIGN = '<script>alert("1")</script>'
READ = templates()
GIVEN = {"figures", "history", "size"}
"""Names a section may use: what `page()` gives, and what `page.html` sets."""


def points(*people: int) -> dict[str, tuple[Point, ...]]:
    """As many holders of each skill on the last days."""
    days = range(len(people) - 1, -1, -1)
    made = zip(days, people, strict=True)
    line = tuple(Point(AS_OF - timedelta(days=day), 42, count) for day, count in made)
    return dict.fromkeys(SKILLS, line)


def test_a_misspelt_name_fails() -> None:
    """A gap in a page would be read as nothing there: a name nobody gave ends the run instead."""
    for text in ("{{ figures.helt }}", "{{ figurs.held }}", "{% if figures.helt %}{% endif %}"):
        with pytest.raises(UndefinedError):
            READ.from_string(text).render(figures=figures(FACTS))
    with pytest.raises(TemplateAssertionError, match="shar"):
        READ.from_string("{{ figures.held | shar }}")


@pytest.mark.parametrize("name", READ.list_templates())
def test_a_template_uses_what_it_is_given_and_calls_nothing_safe(name: str) -> None:
    """Also in branches no page of a test takes; `safe` is the filter that would not escape."""
    assert READ.loader is not None
    tree = READ.parse(READ.loader.get_source(READ, name)[0])
    assert meta.find_undeclared_variables(tree) <= GIVEN
    assert "safe" not in {used.name for used in tree.find_all(nodes.Filter)}
    assert not list(tree.find_all((nodes.MarkSafe, nodes.ScopedEvalContextModifier)))


def test_foreign_text_is_escaped_wherever_it_stands() -> None:
    """Groups, skills, badges, issuers, departments, people and the organization's id are text."""
    named = People(
        (Holder(FOREIGN, FOREIGN, FOREIGN),), (Renewal(FOREIGN, FOREIGN, FOREIGN, AS_OF, 1),)
    )
    group = Group("department", FOREIGN)
    facts = replace(
        FACTS,
        organization_id=FOREIGN,
        sizes={
            group if one == Group("department", "Department 0") else one: size
            for one, size in FACTS.sizes.items()
        },
        skills={key: Skill(FOREIGN, skill.people, 1) for key, skill in FACTS.skills.items()},
        endings=(Ending(FOREIGN, FOREIGN, 30, (FOREIGN,), (FOREIGN,)),),
        targets=(Target(group, FOREIGN, 3, 30, 42, "met"),),
        named=named,
    )
    made = page(figures(facts))
    assert "<script" not in made
    text = Page(made).text
    # beside the tables: the three skills most people have, those most at risk, charts, the footer
    assert text.count(FOREIGN) > 20
    for table in ("by-department-map", "risks", "endings", "gaps", "years", "holders", "renewals"):
        assert FOREIGN in Page(made).tables[table].rows[0][0], table
    assert FOREIGN in " ".join(Page(made).tables["by-department-map"].heads)
    assert FOREIGN in [row[0] for row in Page(made).tables["accepted"].rows]


def test_the_policy_allows_the_style_of_the_page() -> None:
    """Its digest is that of what stands in the page, the rules of this page's tables among it."""
    made = page(figures(FACTS))
    (style,) = re.findall("<style>(.*?)</style>", made, re.DOTALL)
    assert "#by-department:checked" in style
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in made


MANY_SKILLS = {f"s{n:02}": Skill(f"s{n:02}", 4, 1) for n in range(40)}
MANY_BADGES = tuple(Ending(f"b{n:02}", "", 30, (), ()) for n in range(25))
EXACT = replace(FACTS)
NAMELESS = replace(FACTS, named=People())


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (counted([]), "There are no employees in the organization yet."),
        (counted([]), "Anything, before the first load."),
        (counted([HELD._replace(state="pending")] * 9), "None of the badges of 10 employees are"),
        (counted([HELD._replace(state="pending")] * 9), "nobody's badges are known"),
        (counted([HELD._replace(badges=(NO,) * 5)] * 9), "has a badge that stands for a skill yet"),
        (counted([HELD] * 5), "Nothing is said of so few"),
        (counted([HELD] * 9), "Today that is everybody."),
        (FACTS, "kubernetes (75%), sql (75%) and rust (25%) are the skills most people have."),
        (replace(FACTS, skills=MANY_SKILLS), "40 skills rest on one to four people in all."),
        (replace(FACTS, skills=MANY_SKILLS), "15 more skills that fewer people have"),
        (replace(FACTS, skills=MANY_SKILLS), "And 20 more skills, of no more people each."),
        (replace(FACTS, endings=MANY_BADGES), "And 5 more badges, of no more people each."),
        (replace(FACTS, endings=MANY_BADGES), "none: other badges prove them"),
        (counted([HELD._replace(badges=(LONG,) * 5)] * 9), "No badge ends within the next 90 days"),
        (replace(FACTS, targets=()), "No targets are set. Name the skills a group needs in"),
        (
            FACTS,
            "2 of 9 targets are met. 4 are met today only: too many lapse within 90 days. 3 are",
        ),
        (
            replace(FACTS, targets=(Target(EVERYBODY, "sql", 1, 30, 42, "met"),)),
            "1 of 1 target is met",
        ),
        (replace(FACTS, rebuilt={}), "There is no history yet"),
        (FACTS, "There are no daily snapshots yet"),
        (replace(FACTS, observed=points(9)), "There is one snapshot so far"),
        (replace(FACTS, observed=points(8, 9)), "what was counted on 2 days; the dashed line"),
        (replace(FACTS, loaded_at=FACTS.newest_read_at), "Last load ended 23 November 2026, 00:00"),
        (EXACT, "Confidential: this copy counts small groups."),
        (NAMELESS, "Send it to nobody who may not know. Made by workforce_source"),
    ],
)
def test_each_state_has_its_words(facts: Facts, said: str) -> None:
    """What is not there yet, and what there is too much of, is said in a sentence."""
    assert said in re.sub(
        " (?=[.,;:)])", "", Page(page(figures(facts, SHOW if facts is EXACT else Rule()))).text
    )


def test_a_word_that_fits_no_column_may_be_broken() -> None:
    """A name without a space scrolls no page sideways and hides no status; others stay whole."""
    long, short = "W" * 19, "Teamwork-ability 18"
    skills = {"a": Skill(long, 42, 0), "b": Skill(short, 30, 0)}
    made = page(figures(replace(FACTS, skills=skills, people={}, targets=())))
    assert f'<bdi class="long">{long}</bdi>' in made
    assert f"<bdi>{short}</bdi>" in made
    assert "body{overflow-wrap:break-word" in made
