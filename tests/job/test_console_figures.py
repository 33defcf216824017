"""The figures of skills in the console are those of the report, to the letter."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from workforce_source.job.outputs import Outputs
from workforce_source.job.text import outputs_text
from workforce_source.marts import TopSkill
from workforce_source.report import wording
from workforce_source.small_groups import Rule


def top(people: int, known: int, employees: int) -> TopSkill:
    """A skill so many people have."""
    low, high = people / employees, (people + employees - known) / employees
    return TopSkill("Python", people, known, people / known, low, high, 3, employees)


@pytest.mark.parametrize("rule", [Rule(), Rule("hide"), Rule("show")], ids=lambda rule: rule.mode)
@pytest.mark.parametrize(("people", "known"), [(87, 303), (2, 303), (13, 13), (6, 18), (5, 2400)])
def test_the_console_tells_what_the_report_tells(people: int, known: int, rule: Rule) -> None:
    """87 of 303 people are 85 of 305, 28 %, in both; and a share not told in one is in none."""
    employees = max(500, known + 90)
    text = outputs_text(Outputs(top=[top(people, known, employees)], rule=rule), 0)
    shown = rule.count(people, known)
    (line,) = (line for line in text.splitlines() if line.strip().startswith("Python"))
    found = re.split(r"\s{2,}", line.strip())
    assert found[1] == wording.people(shown)
    share = wording.share(shown, rule.number(known))
    assert ("%" in share) is (share in found[2:])
    if "%" in share:
        low, high = found[3:5]
        told = wording.bounds(shown, rule.number(known), rule.number(employees))
        assert told == f"{low.removesuffix('%')}–{high}"
    # beside the exact number of the connected, a rounded one has to be seen as such
    number = "the" if rule.exact else "about"
    assert f"among {number} {rule.number(known):,} employees whose badges are known" in text
    assert "lapsing" not in text


def test_of_few_known_people_the_console_tells_no_skill() -> None:
    """Five people are a small group, whatever they have."""
    text = outputs_text(Outputs(top=[top(4, 5, 9)]), 0)
    assert "Python" not in text
    assert "no skill is told of so few" in text


@pytest.mark.parametrize(("eleventh", "said"), [(29, True), (28, True), (21, False)])
def test_a_list_that_ends_among_equals_says_so(eleventh: int, said: bool) -> None:
    """The first ten of the alphabet are not the ten most held where the eleventh is told alike."""
    skills = [replace(top(29, 303, 500), skill_name=f"Skill {n:02}") for n in range(10)]
    skills.append(replace(top(eleventh, 303, 500), skill_name="Skill 10"))
    text = outputs_text(Outputs(top=skills), 0)
    assert "Skill 09" in text
    assert "Skill 10" not in text
    assert ("Others are held by as many people as the last." in text) is said
