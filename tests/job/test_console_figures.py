"""The figures of skills in the console are those of the report, to the letter."""

from __future__ import annotations

import re

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
@pytest.mark.parametrize(("people", "known"), [(87, 303), (2, 303), (13, 13), (6, 18)])
def test_the_console_tells_what_the_report_tells(people: int, known: int, rule: Rule) -> None:
    """87 of 303 people are 85 of 305, 28 %, in both; and a share not told in one is in none."""
    text = outputs_text(Outputs(top=[top(people, known, 500)], rule=rule), 0)
    shown = rule.count(people, known)
    (line,) = (line for line in text.splitlines() if line.strip().startswith("Python"))
    found = re.split(r"\s{2,}", line.strip())
    assert found[1] == wording.people(shown)
    share = wording.share(shown, rule.number(known))
    assert ("%" in share) is (share in found[2:])
    # beside the exact number of the connected, a rounded one has to be seen as such
    number = "the" if rule.exact else "about"
    assert f"among {number} {rule.number(known)} employees whose badges are known" in text
    assert "lapsing" not in text


def test_of_few_known_people_the_console_tells_no_skill() -> None:
    """Five people are a small group, whatever they have."""
    text = outputs_text(Outputs(top=[top(4, 5, 9)]), 0)
    assert "Python" not in text
    assert "no skill is told of so few" in text
